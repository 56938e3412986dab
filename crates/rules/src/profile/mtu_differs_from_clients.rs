//! Clients in a network with another MTU than the network in which their storage answers.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, ClientGroupId, Field, Finding, Judged, Place, View, VipPool, VipSource, VpcId};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "mtu-differs-from-clients",
    class: Class::Risk,
    page: include_str!("../../pages/mtu-differs-from-clients.md"),
    judge: Judge::ClientGroup(judge),
};

fn judge(view: &View<'_>, group: ClientGroupId) -> Judged {
    let mut answer = Answer::NotApplicable;
    for (_, pool) in view.network.vips.iter().filter(|(_, pool)| pool.clients.contains(&group)) {
        let (clients, servers) = (networks_of(view, group)?, serving_networks(view, pool)?);
        let (Some(from), Some(to)) = (clients.first(), servers.first()) else { continue };
        answer = Answer::Holds;
        if servers.iter().any(|vpc| clients.contains(vpc)) {
            continue;
        }
        let (here, there) = (view.mtu(*from)?, view.mtu(*to)?);
        if here != there && view.facts.get(keys::network::CONNECTED_MTUS_SHOULD_MATCH) {
            return Ok(finding(view, group, (*from, here), (*to, there)).into());
        }
    }
    Ok(answer)
}

/// The networks that the clients are in.
fn networks_of(view: &View<'_>, group: ClientGroupId) -> Field<Vec<VpcId>> {
    let row = &view.network.clients[group];
    if let Some(subnet) = row.subnet {
        return Ok(vec![view.network.subnets[subnet].vpc.get()?]);
    }
    let Some(first) = row.instances.first() else { return Ok(Vec::new()) };
    view.network.instances[*first].nics.iter().map(|nic| view.network.nics[*nic].vpc.get()).collect()
}

/// The network that a pool's addresses lie in; for addresses outside all subnets, those of the NICs on its rail.
fn serving_networks(view: &View<'_>, pool: &VipPool) -> Field<Vec<VpcId>> {
    if let VipSource::Subnet(subnet, _) = pool.source {
        return Ok(vec![view.network.subnets[subnet].vpc.get()?]);
    }
    let Some(first) = view.network.clusters[pool.over].instances.first() else { return Ok(Vec::new()) };
    let nics = view.network.instances[*first].nics.iter().map(|nic| &view.network.nics[*nic]);
    nics.filter(|nic| nic.rail == Some(pool.rail)).map(|nic| nic.vpc.get()).collect()
}

fn finding(view: &View<'_>, group: ClientGroupId, from: (VpcId, u64), to: (VpcId, u64)) -> Finding {
    let name = |vpc| view.network.short(vpc);
    let message = format!(
        "clients `{}` are in network `{}` with an MTU of {}, and their storage answers in `{}` with {}",
        view.network.short(group),
        name(from.0),
        from.1,
        name(to.0),
        to.1
    );
    let (small, large) = if from.1 < to.1 { (from, to) } else { (to, from) };
    Finding::new(group, message)
        .label("an MTU on each side")
        .also(Place::field(from.0, "mtu"), format!("{} bytes", from.1))
        .also(Place::field(to.0, "mtu"), format!("{} bytes", to.1))
        .note(format!(
            "TCP settles on the smaller one: {} packets instead of {} for 64 KiB; anything else rests on path MTU discovery",
            (64 * 1024_u64).div_ceil(small.1.max(1)),
            (64 * 1024_u64).div_ceil(large.1.max(1)),
        ))
        .help(format!("give both networks the same MTU, best the {} of `{}`", large.1, name(large.0)))
}
