//! Who is asked about whom: the senders and the ends of each group, rail by rail. Not here: the questions, and what the groups are.

use std::collections::{BTreeMap, BTreeSet};

use twinrail_model::{ClientGroupId, Hole, InstanceId, Network, NicId, Rail, Situation, VpcId};

use super::group::{Group, GroupKind};
use crate::class::internet;
use crate::packet::{End, Sender};
use crate::party::nics_on;
use crate::plane::Plane;

/// The ends of a group on a rail, and by whom each other group is heard there.
pub(super) struct Lane {
    /// A place in the list of groups.
    pub to: usize,
    /// The rail of the ends; `None` where they are on none.
    pub rail: Option<Rail>,
    /// The rail to whose NICs the senders are bound; `None` where the guest chooses.
    pub bound: Option<Rail>,
    pub ends: Vec<End>,
    /// The networks in which the ends are, as far as it is known.
    pub vpcs: BTreeSet<VpcId>,
}

/// Everybody who sends and every end, by group.
pub(super) struct Lanes {
    pub lanes: Vec<Lane>,
    /// By group and rail; those of which there are none are left out.
    pub senders: BTreeMap<(usize, Option<Rail>), Vec<Sender>>,
    /// Instances that are missing on some rail.
    pub left_out: BTreeMap<InstanceId, Hole>,
}

const RAILS: [Option<Rail>; 3] = [Some(Rail::Rdma), Some(Rail::Tcp), None];

impl Lanes {
    /// All of them that are up.
    pub(super) fn new(plane: &Plane<'_>, situation: &Situation, groups: &[Group]) -> Self {
        let mut lanes = Self { lanes: Vec::new(), senders: BTreeMap::new(), left_out: BTreeMap::new() };
        for (place, group) in groups.iter().enumerate() {
            for rail in RAILS {
                let senders = lanes.senders_of(plane, situation, &group.kind, rail);
                if !senders.is_empty() {
                    lanes.senders.insert((place, rail), senders);
                }
                let ends = lanes.ends_of(plane, situation, &group.kind, rail);
                if !ends.is_empty() {
                    let chosen =
                        matches!(group.kind, GroupKind::Vips(_) | GroupKind::Balancers(_) | GroupKind::Internet);
                    let bound = if chosen { None } else { rail };
                    // What is of interest stays so when some of them are down.
                    let all = lanes.ends_of(plane, &Situation::default(), &group.kind, rail);
                    let vpcs = networks(plane.network, &all);
                    lanes.lanes.push(Lane { to: place, rail, bound, ends, vpcs });
                }
            }
        }
        lanes
    }

    fn senders_of(
        &mut self,
        plane: &Plane<'_>,
        situation: &Situation,
        group: &GroupKind,
        rail: Option<Rail>,
    ) -> Vec<Sender> {
        match group {
            GroupKind::Vips(_) | GroupKind::Balancers(_) => Vec::new(),
            // Packets from the internet come in on any rail.
            GroupKind::Internet => internet(plane.network).into_iter().map(Sender::Internet).collect(),
            GroupKind::Clients(id) if is_counted(plane.network, *id) => {
                let on = rail.is_none_or(|rail| rail == rail_of_clients(plane.network, *id));
                on.then_some(Sender::Clients(*id)).into_iter().collect()
            }
            GroupKind::Clients(_) | GroupKind::Cluster(_) | GroupKind::Instances(_) => {
                let instances = members(plane.network, group);
                let Some(rail) = rail else { return self.free(plane, situation, instances) };
                let nics = self.nics(plane, situation, instances, rail);
                nics.into_iter().map(|(instance, end)| Sender::Guest { instance, bound: Some(end) }).collect()
            }
        }
    }

    fn ends_of(&mut self, plane: &Plane<'_>, situation: &Situation, group: &GroupKind, rail: Option<Rail>) -> Vec<End> {
        let network = plane.network;
        match (group, rail) {
            (GroupKind::Vips(pool), Some(rail)) if network.vips[*pool].rail == rail => {
                network.vips_of(*pool).map(End::Vip).collect()
            }
            (GroupKind::Balancers(rules), None) => rules.iter().copied().map(End::Rule).collect(),
            (GroupKind::Internet, None) => internet(network).into_iter().map(End::Address).collect(),
            (GroupKind::Clients(id), Some(rail)) if is_counted(network, *id) => {
                let on = rail == rail_of_clients(network, *id);
                on.then_some(End::Clients(*id)).into_iter().collect()
            }
            (GroupKind::Clients(_) | GroupKind::Cluster(_) | GroupKind::Instances(_), Some(rail)) => {
                self.nics(plane, situation, members(network, group), rail).into_iter().map(|(_, end)| end).collect()
            }
            _ => Vec::new(),
        }
    }

    fn free(
        &mut self,
        plane: &Plane<'_>,
        situation: &Situation,
        instances: impl Iterator<Item = InstanceId>,
    ) -> Vec<Sender> {
        let mut found = Vec::new();
        for instance in instances {
            match situation.is_up(plane.network, instance) {
                Ok(true) => found.push(Sender::Guest { instance, bound: None }),
                Ok(false) => {}
                Err(hole) => self.leave_out(instance, hole),
            }
        }
        found
    }

    fn nics(
        &mut self,
        plane: &Plane<'_>,
        situation: &Situation,
        instances: impl Iterator<Item = InstanceId>,
        rail: Rail,
    ) -> Vec<(InstanceId, End)> {
        let is_up = |nic: &NicId| situation.is_nic_up(plane.network, *nic);
        let mut found = Vec::new();
        for instance in instances {
            let nics = nics_on(plane, instance, rail).and_then(|nics| {
                nics.into_iter().map(|nic| Ok(is_up(&nic)?.then_some(End::Nic(nic)))).collect::<Result<Vec<_>, _>>()
            });
            match nics {
                Ok(nics) => found.extend(nics.into_iter().flatten().map(|end| (instance, end))),
                Err(hole) => self.leave_out(instance, hole),
            }
        }
        found
    }

    fn leave_out(&mut self, instance: InstanceId, hole: Hole) {
        self.left_out.entry(instance).or_insert(hole);
    }
}

/// The instances of a group, in order.
pub(super) fn members<'a>(network: &'a Network, group: &'a GroupKind) -> impl Iterator<Item = InstanceId> + 'a {
    let instances: &[InstanceId] = match group {
        GroupKind::Cluster(id) => &network.clusters[*id].instances,
        GroupKind::Clients(id) => network.client_instances(&network.clients[*id]),
        GroupKind::Instances(instances) => instances,
        GroupKind::Vips(_) | GroupKind::Balancers(_) | GroupKind::Internet => &[],
    };
    let of_clients = matches!(group, GroupKind::Clients(_));
    // Clients that are instances of a cluster stand with the cluster.
    instances.iter().copied().filter(move |id| !of_clients || network.instances[*id].cluster.is_none())
}

/// Whether the model counts these clients and does not describe them.
fn is_counted(network: &Network, clients: ClientGroupId) -> bool {
    network.client_instances(&network.clients[clients]).is_empty()
}

fn rail_of_clients(network: &Network, clients: ClientGroupId) -> Rail {
    if network.clients[clients].protocol.is_rdma() { Rail::Rdma } else { Rail::Tcp }
}

/// The networks in which ends are, as far as the input says.
fn networks(network: &Network, ends: &[End]) -> BTreeSet<VpcId> {
    let mut vpcs = BTreeSet::new();
    let mut pools = BTreeSet::new();
    for end in ends {
        match end {
            End::Nic(nic) | End::Alias(nic, _) => vpcs.extend(network.nics[*nic].vpc.peek()),
            End::Rule(rule) => vpcs.extend(network.forwarding_rules[*rule].vpc.peek()),
            End::Vip(vip) if pools.insert(vip.pool) => vpcs.extend(network.vip_vpc(&network.vips[vip.pool])),
            End::Clients(group) => {
                let subnet = network.clients[*group].subnet;
                vpcs.extend(subnet.iter().flat_map(|subnet| network.subnets[*subnet].vpc.peek()));
            }
            End::Vip(_) | End::Address(_) | End::Prober(_) => {}
        }
    }
    vpcs
}
