//! Whom a party is made of: who sends for it and at which ends it is reached. Not here: whether anything arrives.

use twinrail_model::{Field, InstanceId, NicId, Party, Rail, Situation};

use crate::packet::{End, Sender};
use crate::plane::Plane;

/// Those who send for a party and are up: bound to each of its NICs on a rail, or free where no rail is asked for.
///
/// # Errors
/// The hole, where the input does not say which NICs there are.
pub fn senders(plane: &Plane<'_>, situation: &Situation, party: Party, rail: Option<Rail>) -> Field<Vec<Sender>> {
    let network = plane.network;
    let instances = match party {
        Party::Cluster(cluster) => network.clusters[cluster].instances.clone(),
        Party::Instance(instance) => vec![instance],
        Party::Clients(group) => match network.client_instances(&network.clients[group]) {
            [] => return Ok(vec![Sender::Clients(group)]),
            instances => instances.to_vec(),
        },
        Party::Vips(_) | Party::Internet => Vec::new(),
    };
    let mut senders = Vec::new();
    for instance in instances {
        match rail {
            None if situation.is_up(network, instance)? => senders.push(Sender::Guest { instance, bound: None }),
            None => {}
            Some(rail) => {
                for nic in nics_on(plane, instance, rail)? {
                    if situation.is_nic_up(network, nic)? {
                        senders.push(Sender::Guest { instance, bound: Some(End::Nic(nic)) });
                    }
                }
            }
        }
    }
    Ok(senders)
}

/// The ends at which a party is reached, and that are up: the primary addresses of its NICs, or its VIPs.
///
/// # Errors
/// The hole, where the input does not say which NICs there are.
pub fn ends(plane: &Plane<'_>, situation: &Situation, party: Party, rail: Option<Rail>) -> Field<Vec<End>> {
    let network = plane.network;
    let instances = match party {
        Party::Vips(pool) => return Ok(network.vips_of(pool).map(End::Vip).collect()),
        Party::Internet => return Ok(Vec::new()),
        Party::Cluster(cluster) => network.clusters[cluster].instances.clone(),
        Party::Instance(instance) => vec![instance],
        Party::Clients(group) => match network.client_instances(&network.clients[group]) {
            [] => return Ok(vec![End::Clients(group)]),
            instances => instances.to_vec(),
        },
    };
    let mut ends = Vec::new();
    for instance in instances {
        let nics = match rail {
            Some(rail) => nics_on(plane, instance, rail)?,
            None => network.nics_of(instance)?.to_vec(),
        };
        for nic in nics {
            if situation.is_nic_up(network, nic)? {
                ends.push(End::Nic(nic));
            }
        }
    }
    Ok(ends)
}

/// The NICs of an instance on a rail: as the model says, else by their type.
pub fn nics_on(plane: &Plane<'_>, instance: InstanceId, rail: Rail) -> Field<Vec<NicId>> {
    let network = plane.network;
    let mut found = Vec::new();
    for nic in network.nics_of(instance)? {
        let row = &network.nics[*nic];
        let on = match *row.rail {
            Some(rail) => rail,
            None if row.nic_type.get()?.is_some_and(twinrail_model::NicType::is_rdma) => Rail::Rdma,
            None => Rail::Tcp,
        };
        if on == rail {
            found.push(*nic);
        }
    }
    Ok(found)
}
