//! A pool of VIPs that move as alias ranges and are not reserved, so that another resource can be given one between two holders.

use twinrail_facts::keys;
use twinrail_model::{AliasRange, Answer, Class, Finding, Judged, Network, Place, SubnetId, View, VipPoolId, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "vip-not-reserved",
    class: Class::Risk,
    page: include_str!("../../pages/vip-not-reserved.md"),
    judge: Judge::VipPool(judge),
};

fn judge(view: &View<'_>, pool: VipPoolId) -> Judged {
    let network = view.network;
    let row = &network.vips[pool];
    // A forwarding rule keeps its address, a route has none, and a stateful group reserves by itself.
    if !row.mover.kind.uses_alias() {
        return Ok(Answer::NotApplicable);
    }
    if row.reserved {
        return Ok(Answer::Holds);
    }
    let Some(range) = admit::address::vip_range(network, pool)? else { return Ok(Answer::NotApplicable) };
    let span = admit::address::vip_span(network, pool);
    let reserved = span.map_or(0, |span| admit::address::reserved_in(network, &span));
    if span.is_some() && reserved >= row.count {
        return Ok(Answer::Holds);
    }
    // NICs get addresses of the primary range only; of a secondary one, those alias ranges that name a length alone.
    let taker = match range.name {
        None => format!("anything that is made in `{}` without an address", network.short(range.subnet)),
        Some(name) => match picks_from(network, range.subnet, name) {
            Some(instance) => format!("the alias range of `{instance}`, which names a length only,"),
            None => return Ok(Answer::Holds),
        },
    };
    if !view.facts.get(keys::address::UNRESERVED_MAY_BE_TAKEN) || !view.facts.get(keys::alias::MOVE_HAS_GAP) {
        return Ok(Answer::Holds);
    }
    let finding = Finding::new(
        Place::field(pool, "reserved"),
        format!("the addresses of VIP pool `{}` are not reserved", network.short(pool)),
    )
    .label("nobody's while they move")
    .also(Place::field(range.subnet, range.field()), format!("{taker} may get one"))
    .help("set `reserved: true`, and make a reservation for each address before the first instance")
    .note(format!("{} takes an address off one NIC before it puts it on another", row.mover.kind));
    Ok(finding.into())
}

/// An instance with an alias range of this secondary range that the platform picks.
fn picks_from(network: &Network, subnet: SubnetId, name: &str) -> Option<String> {
    let picks = network.nics.rows().iter().filter(|nic| nic.subnet == Ok(subnet)).find(|nic| {
        nic.aliases
            .iter()
            .any(|alias| alias.secondary.as_deref() == Some(name) && matches!(alias.range, AliasRange::Length(_)))
    });
    picks.map(|nic| network.short(nic.instance))
}
