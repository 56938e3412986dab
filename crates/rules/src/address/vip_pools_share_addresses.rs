//! Two pools of routed VIPs of one network with the same addresses: the routes of both would lead to two holders. Inside subnets
//! `address-used-twice` says so.

use twinrail_facts::keys;
use twinrail_model::{AddressSpan, Answer, Class, Finding, Judged, Network, Place, View, VipPoolId, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "vip-pools-share-addresses",
    class: Class::Broken,
    page: include_str!("../../pages/vip-pools-share-addresses.md"),
    judge: Judge::VipPool(judge),
};

fn judge(view: &View<'_>, pool: VipPoolId) -> Judged {
    let network = view.network;
    let Some(span) = routed(network, pool) else { return Ok(Answer::NotApplicable) };
    let vpc = admit::address::vip_vpc(network, pool)?;
    for other in network.vips.ids().filter(|other| *other < pool) {
        let Some(theirs) = routed(network, other).filter(|theirs| theirs.overlaps(&span)) else { continue };
        if !view.facts.get(keys::route::EQUAL_PRIORITY_SHARES)
            || vpc.is_none()
            || admit::address::vip_vpc(network, other)? != vpc
        {
            continue;
        }
        let common = AddressSpan::new(span.first().max(theirs.first()), span.last().min(theirs.last()));
        let common = common.map_or_else(String::new, |common| format!(" {common}"));
        let names = [network.short(other), network.short(pool)];
        let finding = Finding::new(
            Place::field(pool, "from"),
            format!("VIP pools `{}` and `{}` both hold{common}", names[0], names[1]),
        )
        .label(format!("{span} here"))
        .also(Place::field(other, "from"), format!("{theirs} there"))
        .help("give each pool addresses of its own")
        .note("routes to one address that differ only in name send its packets to two holders");
        return Ok(finding.into());
    }
    Ok(Answer::Holds)
}

/// The addresses of a pool that static routes move.
fn routed(network: &Network, pool: VipPoolId) -> Option<AddressSpan> {
    let kind = network.vips[pool].mover.kind;
    kind.uses_routes().then(|| admit::address::vip_span(network, pool)).flatten()
}
