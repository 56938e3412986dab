//! VIPs on one NIC of instances whose guest would answer the clients through another NIC, as it has one default route only.

use twinrail_facts::keys;
use twinrail_model::{
    Answer, Class, ClientGroup, ClientGroupId, Finding, GuestRouting, Hole, InstanceId, Judged, NicId, Place, SubnetId,
    View, VipPoolId,
};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "reply-leaves-by-other-nic",
    class: Class::Broken,
    page: include_str!("../../pages/reply-leaves-by-other-nic.md"),
    judge: Judge::VipPool(judge),
};

fn judge(view: &View<'_>, pool: VipPoolId) -> Judged {
    let network = view.network;
    let row = &network.vips[pool];
    let cluster = &network.clusters[row.over];
    let Some(holder) = cluster.instances.first().copied() else { return Ok(Answer::NotApplicable) };
    let Some(nic) = network.vip_nic(row, holder) else { return Ok(Answer::NotApplicable) };
    // The members of a cluster are alike, so the first stands for all.
    if network.instances[holder].nics.len() < 2 {
        return Ok(Answer::NotApplicable);
    }
    if cluster.guest.routing == GuestRouting::PerNic {
        return Ok(Answer::Holds);
    }
    for clients in row.clients.iter().copied() {
        let group = &network.clients[clients];
        if group.protocol.is_rdma() {
            continue;
        }
        let Some(subnet) = client_subnet(view, group, nic)? else { continue };
        let exit = exit(view, holder, subnet)?;
        let needs = || {
            view.facts.get(keys::nic::DEFAULT_ROUTE_ON_NIC0_ONLY)
                && view.facts.get(keys::route::OTHER_NICS_NEED_POLICY_ROUTING)
        };
        if exit != nic && needs() {
            return Ok(finding(view, pool, clients, nic, exit).into());
        }
    }
    Ok(Answer::Holds)
}

/// The subnet that a client calls from: that of its NIC closest to the VIP.
fn client_subnet(view: &View<'_>, group: &ClientGroup, vip: NicId) -> Result<Option<SubnetId>, Hole> {
    let network = view.network;
    if group.subnet.is_some() {
        return Ok(group.subnet);
    }
    let Some(client) = network.client_instances(group).first() else { return Ok(None) };
    let (vpc, subnet) = (network.nics[vip].vpc.get()?, network.nics[vip].subnet.get()?);
    let nics = &network.instances[*client].nics;
    let same_subnet = nics.iter().find(|nic| network.nics[**nic].subnet == Ok(subnet));
    let same_network = || nics.iter().find(|nic| network.nics[**nic].vpc == Ok(vpc));
    let chosen = same_subnet.or_else(same_network).or(nics.first());
    chosen.map(|nic| network.nics[*nic].subnet.get()).transpose()
}

/// The NIC through which a guest with one default route sends to a subnet: the one that is in it, else nic0.
fn exit(view: &View<'_>, instance: InstanceId, to: SubnetId) -> Result<NicId, Hole> {
    let nics = &view.network.instances[instance].nics;
    for nic in nics {
        if view.network.nics[*nic].subnet.get()? == to {
            return Ok(*nic);
        }
    }
    Ok(nics[0])
}

fn finding(view: &View<'_>, pool: VipPoolId, clients: ClientGroupId, nic: NicId, exit: NicId) -> Finding {
    let network = view.network;
    let cluster = network.vips[pool].over;
    let (here, there) = (network.nics[nic].label(), network.nics[exit].label());
    let effect = if network.clusters[cluster].guest.rp_filter {
        format!("its strict reverse-path filter drops what clients send to {here}, as the way back is {there}")
    } else {
        format!("requests come in on {here}, replies leave by {there} with a source that does not belong there")
    };
    Finding::new(
        Place::field(cluster, "guest/routing"),
        format!(
            "`{}` holds the VIPs of `{}` on {here} but would answer clients `{}` through {there}",
            network.short(cluster),
            network.short(pool),
            network.short(clients)
        ),
    )
    .label("one default route, on nic0")
    .also(pool, format!("these VIPs are on {here}"))
    .also(clients, format!("reached through {there}"))
    .step(clients, format!("clients `{}` call a VIP of `{}`", network.short(clients), network.short(pool)))
    .step(nic, format!("the request comes in on {here}"))
    .step(exit, format!("the reply leaves by {there}, where the guest's one default route is"))
    .note(effect)
    .help("give the guest a rule and a table for every NIC, `guest: { routing: per-nic }`")
}
