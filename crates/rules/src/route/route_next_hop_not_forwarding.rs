//! A static route to an instance that may not forward: what is not for its own addresses is dropped on arrival.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, Hole, InstanceId, Judged, Known, NextHop, Place, RouteId, View};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "route-next-hop-not-forwarding",
    class: Class::Broken,
    page: include_str!("../../pages/route-next-hop-not-forwarding.md"),
    judge: Judge::Route(judge),
};

fn judge(view: &View<'_>, route: RouteId) -> Judged {
    let network = view.network;
    let Some(instance) = next_hop(view, route)? else { return Ok(Answer::NotApplicable) };
    let row = &network.instances[instance];
    if row.known == Known::Outside {
        return Err(Hole::NotInInput(Place::field(instance, "canIpForward")));
    }
    if *row.can_ip_forward || !view.facts.get(keys::route::NEXT_HOP_NEEDS_IP_FORWARDING) {
        return Ok(Answer::Holds);
    }
    let destination = network.routes[route].destination.get()?;
    let finding = Finding::new(
        route,
        format!(
            "route `{}` sends {destination} to `{}`, which has no IP forwarding",
            network.short(route),
            network.short(instance)
        ),
    )
    .label("this next hop drops what is not its own")
    .also(Place::field(instance, "canIpForward"), "IP forwarding is off")
    .step(route, format!("a packet to {destination} takes this route"))
    .step(instance, format!("`{}` gets it, and drops what is not its own", network.short(instance)))
    .help("create the instance with canIpForward, or move the address as an alias range, which needs none");
    Ok(finding.into())
}

/// The instance that a route sends to, named or by the primary address of its NIC.
fn next_hop(view: &View<'_>, route: RouteId) -> Result<Option<InstanceId>, Hole> {
    let row = &view.network.routes[route];
    match *row.next_hop {
        Ok(NextHop::Instance(instance)) => Ok(Some(instance)),
        Ok(NextHop::Address(address)) => {
            let holder = view.network.primary_holder(row.vpc.get()?, address);
            Ok(holder.map(|nic| view.network.nics[nic].instance))
        }
        _ => Ok(None),
    }
}
