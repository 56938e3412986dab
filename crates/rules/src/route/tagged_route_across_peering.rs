//! A static route with network tags to a VIP whose clients are in a peered network: tagged routes never cross a peering.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, ClientGroupId, Finding, Judged, Place, RouteId, View, VipPoolId, VpcId};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "tagged-route-across-peering",
    class: Class::Broken,
    page: include_str!("../../pages/tagged-route-across-peering.md"),
    judge: Judge::Route(judge),
};

fn judge(view: &View<'_>, route: RouteId) -> Judged {
    let network = view.network;
    let row = &network.routes[route];
    if row.tags.is_empty() || !row.is_static() || network.vips.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let vpc = row.vpc.get()?;
    let destination = row.destination.get()?;
    let Some(pool) = network.vips_around(vpc, &destination) else { return Ok(Answer::NotApplicable) };
    let Some((clients, peer)) = clients_across(view, pool, vpc)? else { return Ok(Answer::Holds) };
    if view.facts.get(keys::peering::TAGGED_ROUTES_EXCHANGED) {
        return Ok(Answer::Holds);
    }
    let finding = Finding::new(
        Place::field(route, "tags"),
        format!(
            "route `{}` to {destination} has tags, so clients `{}` in the peered network `{}` never get it",
            network.short(route),
            network.short(clients),
            network.short(peer)
        ),
    )
    .label(format!("for instances tagged {} only", row.tags.join(" or ")))
    .also(clients, "these clients are across the peering")
    .step(clients, format!("`{}` call {destination} from network `{}`", network.short(clients), network.short(peer)))
    .step(peer, format!("the peering with `{}` gives it no route that has tags", network.short(vpc)))
    .step(route, format!("the route to {destination} stays in `{}`", network.short(vpc)))
    .help("make the route without tags and let the peering export and import custom routes");
    Ok(finding.into())
}

/// Clients of a pool that have no NIC in a network but one in a peer of it.
fn clients_across(
    view: &View<'_>,
    pool: VipPoolId,
    vpc: VpcId,
) -> Result<Option<(ClientGroupId, VpcId)>, twinrail_model::Hole> {
    for clients in &view.network.vips[pool].clients {
        let theirs = view.network.client_vpcs(&view.network.clients[*clients])?;
        let peer = theirs.iter().find(|other| view.network.are_peered(vpc, **other));
        if let Some(peer) = peer.filter(|_| !theirs.contains(&vpc)) {
            return Ok(Some((*clients, *peer)));
        }
    }
    Ok(None)
}
