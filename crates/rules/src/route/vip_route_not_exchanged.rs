//! VIPs that routes move, with clients in a peered network, over a peering that does not pass custom routes on.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Field, Finding, Hole, Judged, Place, View, VipPoolId, VpcId};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "vip-route-not-exchanged",
    class: Class::Broken,
    page: include_str!("../../pages/vip-route-not-exchanged.md"),
    judge: Judge::VipPool(judge),
};

fn judge(view: &View<'_>, pool: VipPoolId) -> Judged {
    let network = view.network;
    let row = &network.vips[pool];
    if !row.mover.kind.uses_routes() {
        return Ok(Answer::NotApplicable);
    }
    let Some(vpc) = network.vip_vpc(row) else { return Ok(Answer::NotApplicable) };
    let mut answer = Answer::NotApplicable;
    for clients in &row.clients {
        let theirs = network.client_vpcs(&network.clients[*clients])?;
        let Some(peer) = theirs.iter().copied().find(|other| network.are_peered(vpc, *other)) else { continue };
        if theirs.contains(&vpc) {
            continue;
        }
        answer = Answer::Holds;
        let Some(missing) = missing(view, vpc, peer)? else { continue };
        if !view.facts.get(keys::peering::CUSTOM_ROUTES_NEED_EXPORT_AND_IMPORT) {
            continue;
        }
        let finding = Finding::new(
            Place::field(pool, "mover"),
            format!(
                "{} moves the VIPs of `{}` by routes of network `{}`, which `{}` does not get: {missing}",
                row.mover.kind,
                network.short(pool),
                network.short(vpc),
                network.short(peer)
            ),
        )
        .label("moved by routes")
        .also(*clients, "these clients are across the peering")
        .step(*clients, format!("`{}` call a VIP from network `{}`", network.short(*clients), network.short(peer)))
        .step(peer, missing)
        .step(vpc, "the route to the holder stays in this network")
        .help("let the peering export custom routes on the side of the VIPs and import them on the other, `custom-routes: true`");
        return Ok(finding.into());
    }
    Ok(answer)
}

/// What the two sides of a peering lack to pass custom routes on.
fn missing(view: &View<'_>, from: VpcId, to: VpcId) -> Field<Option<String>> {
    let network = view.network;
    let side = |a, b| network.peering(a, b).ok_or(Hole::NotInInput(Place::field(a, "peerings")));
    let (exports, imports) = (*side(from, to)?.exports_custom_routes, *side(to, from)?.imports_custom_routes);
    let (exporter, importer) = (network.short(from), network.short(to));
    Ok(match (exports, imports) {
        (true, true) => None,
        (false, true) => Some(format!("`{exporter}` does not export custom routes")),
        (true, false) => Some(format!("`{importer}` does not import custom routes")),
        (false, false) => {
            Some(format!("`{exporter}` does not export custom routes and `{importer}` does not import them"))
        }
    })
}
