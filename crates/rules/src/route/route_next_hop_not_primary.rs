//! A static route to an address that is no NIC's primary address: an alias, or nobody's. The API takes it, and no packet ever follows it.

use std::net::IpAddr;

use twinrail_facts::keys;
use twinrail_model::{
    Answer, Class, EntityId, Finding, Hole, Judged, Known, NextHop, NicId, Place, RouteId, View, VpcId,
};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "route-next-hop-not-primary",
    class: Class::Broken,
    page: include_str!("../../pages/route-next-hop-not-primary.md"),
    judge: Judge::Route(judge),
};

fn judge(view: &View<'_>, route: RouteId) -> Judged {
    let network = view.network;
    let row = &network.routes[route];
    let Ok(NextHop::Address(address)) = *row.next_hop else { return Ok(Answer::NotApplicable) };
    let vpc = row.vpc.get()?;
    if network.primary_holder(vpc, address).is_some() {
        return Ok(Answer::Holds);
    }
    let balanced = network.forwarding_rules.rows().iter();
    if balanced.into_iter().any(|rule| rule.address == Ok(Some(address)) && rule.vpc == Ok(vpc)) {
        return Ok(Answer::NotApplicable);
    }
    if !view.facts.get(keys::route::NEXT_HOP_ADDRESS_MUST_BE_NIC_PRIMARY) {
        return Ok(Answer::Holds);
    }
    if let Some(holder) = alias_of(view, vpc, address) {
        if view.facts.get(keys::route::ALIAS_NEXT_HOP_WORKS) {
            return Ok(Answer::Holds);
        }
        return Ok(alias(view, route, address, holder).into());
    }
    everyone_is_known(view, vpc, address)?;
    if view.facts.get(keys::route::NEXT_HOP_ADDRESS_OF_NOBODY_WORKS) {
        return Ok(Answer::Holds);
    }
    Ok(nobody(view, route, address, vpc).into())
}

/// Who has the address beside their primary one: a NIC, or a pool whose VIPs are alias ranges.
fn alias_of(view: &View<'_>, vpc: VpcId, address: IpAddr) -> Option<EntityId> {
    if let Some(nic) = view.network.alias_holder(vpc, address) {
        return Some(nic.into());
    }
    let pool = view.network.vips_around(vpc, &address.into())?;
    view.network.vips[pool].mover.kind.uses_alias().then(|| pool.into())
}

/// A hole if a NIC could have the address without the input saying so.
fn everyone_is_known(view: &View<'_>, vpc: VpcId, address: IpAddr) -> Result<(), Hole> {
    let network = view.network;
    if network.vpcs[vpc].known == Known::Outside || !network.is_complete() {
        return Err(Hole::NotInInput(Place::field(vpc, "instances")));
    }
    let Some(subnet) = network.subnet_around(vpc, address) else { return Ok(()) };
    for (_, nic) in network.nics_on(subnet) {
        nic.address.get()?;
    }
    Ok(())
}

fn alias(view: &View<'_>, route: RouteId, address: IpAddr, holder: EntityId) -> Finding {
    Finding::new(
        Place::field(route, "nextHopIp"),
        format!(
            "route `{}` sends to {address}, which is an alias address of `{}` and never a next hop",
            view.network.short(route),
            view.network.short(holder)
        ),
    )
    .label("an alias address")
    .also(holder, "has it as an alias")
    .help("name the NIC's primary address, or the instance itself")
}

fn nobody(view: &View<'_>, route: RouteId, address: IpAddr, vpc: VpcId) -> Finding {
    let network = view.network;
    let finding = Finding::new(
        Place::field(route, "nextHopIp"),
        format!(
            "route `{}` sends to {address}, which no NIC in network `{}` has as its primary address",
            network.short(route),
            network.short(vpc)
        ),
    )
    .label("the address of nobody")
    .help("name the primary address of a NIC in the route's network, or the instance itself");
    match elsewhere(view, address) {
        Some(nic) => finding.also(nic, "has it, in another network"),
        None => finding,
    }
}

fn elsewhere(view: &View<'_>, address: IpAddr) -> Option<NicId> {
    view.network.nics.iter().find(|(_, nic)| nic.address == Ok(Some(address))).map(|(id, _)| id)
}
