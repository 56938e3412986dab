//! A static route to an instance that has no NIC in the route's network.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, Judged, NextHop, Place, RouteId, View};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "route-next-hop-outside-network",
    class: Class::Broken,
    page: include_str!("../../pages/route-next-hop-outside-network.md"),
    judge: Judge::Route(judge),
};

fn judge(view: &View<'_>, route: RouteId) -> Judged {
    let network = view.network;
    let row = &network.routes[route];
    let Ok(NextHop::Instance(instance)) = *row.next_hop else { return Ok(Answer::NotApplicable) };
    let vpc = row.vpc.get()?;
    if network.nic_in(instance, vpc)?.is_some() || view.facts.get(keys::route::NEXT_HOP_OUTSIDE_NETWORK_WORKS) {
        return Ok(Answer::Holds);
    }
    let finding = Finding::new(
        Place::field(route, "nextHopInstance"),
        format!(
            "route `{}` in network `{}` sends to `{}`, which has no NIC there",
            network.short(route),
            network.short(vpc),
            network.short(instance)
        ),
    )
    .label("not in the route's network")
    .also(instance, "none of its NICs is in that network")
    .help("send to an instance with a NIC in the route's network, or make the route in the network of its NIC");
    Ok(finding.into())
}
