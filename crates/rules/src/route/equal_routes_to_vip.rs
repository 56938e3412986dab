//! Static routes to one VIP with equal priority and different next hops: traffic is shared over them, so that two instances hold the VIP.

use std::collections::BTreeSet;

use ipnet::IpNet;
use twinrail_facts::keys;
use twinrail_model::{
    Answer, Class, EntityId, Finding, Judged, Known, Network, NextHop, Place, Route, RouteId, View, VpcId,
};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "equal-routes-to-vip",
    class: Class::Broken,
    page: include_str!("../../pages/equal-routes-to-vip.md"),
    judge: Judge::Route(judge),
};

fn judge(view: &View<'_>, route: RouteId) -> Judged {
    let network = view.network;
    let row = &network.routes[route];
    if network.vips.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let (vpc, destination) = (row.vpc.get()?, row.destination.get()?);
    if holder(network, row, vpc).is_none() {
        return Ok(Answer::NotApplicable);
    }
    let Some(pool) = network.vips_around(vpc, &destination) else { return Ok(Answer::NotApplicable) };
    let rivals = rivals(view, vpc, &destination, row);
    // The last route of the group reports for all of them.
    if rivals.last() != Some(&route) {
        return Ok(Answer::NotApplicable);
    }
    let holders: BTreeSet<EntityId> =
        rivals.iter().filter_map(|id| holder(network, &network.routes[*id], vpc)).collect();
    if holders.len() < 2 || !view.facts.get(keys::route::EQUAL_PRIORITY_SHARES) {
        return Ok(Answer::Holds);
    }
    let mut finding = Finding::new(
        Place::field(route, "priority"),
        format!(
            "{} routes of priority {} lead to {destination}, a VIP of `{}`, so that {} instances hold it",
            rivals.len(),
            priority(view, row),
            network.short(pool),
            holders.len()
        ),
    )
    .label("shares the traffic with the others")
    .help("keep one route to each VIP, or give the one that stands by a larger priority number");
    for other in rivals.iter().filter(|other| **other != route) {
        finding = finding.also(Place::field(*other, "priority"), "of equal priority");
    }
    Ok(finding.into())
}

/// The static routes that share traffic with this one, itself included, by id.
fn rivals(view: &View<'_>, vpc: VpcId, destination: &IpNet, row: &Route) -> Vec<RouteId> {
    let rank = priority(view, row);
    let same = |other: &Route| {
        other.known == Known::Here
            && other.vpc == Ok(vpc)
            && other.destination.as_ref() == Ok(destination)
            && priority(view, other) == rank
            && serve_one_client(row, other)
            && holder(view.network, other, vpc).is_some()
    };
    view.network.routes.iter().filter(|(_, other)| same(other)).map(|(id, _)| id).collect()
}

fn priority(view: &View<'_>, route: &Route) -> u64 {
    route.priority.unwrap_or_else(|| view.facts.get(keys::route::PRIORITY_DEFAULT))
}

/// Whether an instance could see both routes by its tags.
fn serve_one_client(a: &Route, b: &Route) -> bool {
    a.tags.is_empty() || b.tags.is_empty() || a.tags.iter().any(|tag| b.tags.contains(tag))
}

/// The instance that a route sends to, or the address as its stand-in.
fn holder(network: &Network, route: &Route, vpc: VpcId) -> Option<EntityId> {
    match *route.next_hop {
        Ok(NextHop::Instance(instance)) => Some(instance.into()),
        Ok(NextHop::Address(address)) => Some(network.nics[network.primary_holder(vpc, address)?].instance.into()),
        _ => None,
    }
}
