//! The nodes of a cluster move addresses by calling the Compute API, and have no way to reach it.

use std::collections::BTreeMap;

use twinrail_facts::{Bool, keys};
use twinrail_model::{
    Answer, Class, ClusterId, Field, Finding, Hole, Judged, Known, Network, NextHop, NicId, Place, SubnetId, View,
    VipPoolId,
};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "mover-without-api-path",
    class: Class::Broken,
    page: include_str!("../../pages/mover-without-api-path.md"),
    judge: Judge::Cluster(judge),
};

fn judge(view: &View<'_>, cluster: ClusterId) -> Judged {
    let network = view.network;
    let Some(pool) = calling(view, cluster)? else { return Ok(Answer::NotApplicable) };
    let mut by_subnet: BTreeMap<SubnetId, NicId> = BTreeMap::new();
    for instance in &network.clusters[cluster].instances {
        let Some(nic0) = network.instances[*instance].nics.first() else { continue };
        if !*network.nics[*nic0].external {
            by_subnet.entry(network.nics[*nic0].subnet.get()?).or_insert(*nic0);
        }
    }
    for (subnet, nic0) in by_subnet {
        if !has_way_out(network, subnet)? && view.facts.get(keys::nic::GOOGLE_APIS_NEED_EXTERNAL_OR_PRIVATE_ACCESS) {
            return Ok(finding(network, cluster, pool, subnet, nic0).into());
        }
    }
    Ok(Answer::Holds)
}

/// A pool of the cluster whose mover calls the API from the nodes.
fn calling(view: &View<'_>, cluster: ClusterId) -> Field<Option<VipPoolId>> {
    for pool in &view.network.clusters[cluster].vips {
        if view.network.vips[*pool].mover.kind.fact::<Bool>(view.facts, "api-from-nodes")? {
            return Ok(Some(*pool));
        }
    }
    Ok(None)
}

/// Whether an instance without an external address reaches Google's APIs from this subnet, or may do so in a way that is not judged here.
fn has_way_out(network: &Network, subnet: SubnetId) -> Field<bool> {
    let row = &network.subnets[subnet];
    if row.known == Known::Outside {
        return Err(Hole::NotInInput(Place::field(subnet, "privateIpGoogleAccess")));
    }
    let vpc = row.vpc.get()?;
    let in_vpc = |other: &Field<_>| *other == Ok(vpc);
    let nat = network
        .routers
        .iter()
        .any(|(_, router)| in_vpc(&router.vpc) && router.region == row.region && !router.nats.is_empty());
    // A default route to an appliance or a tunnel, and an endpoint for Google's APIs (a global rule without a backend service), lead out too.
    let other_exit = network.routes.iter().any(|(_, route)| {
        in_vpc(&route.vpc)
            && route.destination.as_ref().is_ok_and(|destination| destination.prefix_len() == 0)
            && !matches!(*route.next_hop, Ok(NextHop::InternetGateway))
    });
    let endpoint = network
        .forwarding_rules
        .iter()
        .any(|(_, rule)| in_vpc(&rule.vpc) && rule.region.is_none() && rule.backend_service.is_none());
    Ok(*row.private_google_access || nat || other_exit || endpoint)
}

fn finding(network: &Network, cluster: ClusterId, pool: VipPoolId, subnet: SubnetId, nic0: NicId) -> Finding {
    Finding::new(
        Place::field(subnet, "privateIpGoogleAccess"),
        format!(
            "`{}` moves `{}` by calling the Compute API, and has no way to it from `{}`",
            network.short(cluster),
            network.short(pool),
            network.short(subnet)
        ),
    )
    .label("no Private Google Access")
    .also(nic0, "no external address; the guest's default route leaves by nic0")
    .also(Place::field(pool, "mover"), format!("{} calls the API from the nodes", network.vips[pool].mover.kind))
    .help(format!(
        "turn Private Google Access on for `{}`, or give its network a Cloud NAT in this region; nic0 belongs in an ordinary \
         network, where both are to be had",
        network.short(subnet)
    ))
}
