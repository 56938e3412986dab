//! Addresses of a secondary range that are to be reserved. Whether the platform takes such a reservation is an open fact.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, Judged, Place, Refusal, RefusalReason, SubnetId, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "reservation-in-secondary-range",
    class: Class::Refused,
    page: include_str!("../../pages/reservation-in-secondary-range.md"),
    judge: Judge::Subnet(judge),
};

fn judge(view: &View<'_>, subnet: SubnetId) -> Judged {
    let network = view.network;
    let ranges = admit::address::ranges(network, subnet)?;
    if ranges.iter().all(|range| range.name.is_none()) {
        return Ok(Answer::NotApplicable);
    }
    let mut wanted = Vec::new();
    for (pool, row) in network.vips.iter().filter(|(_, row)| row.reserved) {
        let range = admit::address::vip_range(network, pool)?;
        if let Some(range) = range.filter(|range| range.subnet == subnet && range.name.is_some()) {
            wanted.push((
                Place::field(pool, "reserved"),
                format!("{} VIPs of `{}`", row.count, network.short(pool)),
                range,
            ));
        }
    }
    for (id, row) in network.addresses.iter().filter(|(_, row)| row.subnet == Some(subnet) && row.status.is_none()) {
        let Ok(address) = *row.address else { continue };
        if let Some(range) = ranges.iter().find(|range| range.name.is_some() && range.range.contains(&address)) {
            wanted.push((Place::field(id, "address"), format!("address `{}`", network.short(id)), *range));
        }
    }
    let [(place, what, range), more @ ..] = wanted.as_slice() else { return Ok(Answer::Holds) };
    if view.facts.get(keys::alias::RESERVABLE_IN_SECONDARY_RANGE) {
        return Ok(Answer::Holds);
    }
    let message = format!("{what} cannot be reserved: {} is a secondary range", range.range);
    let refusal = Refusal { reason: RefusalReason::Invalid, method: "addresses.insert", message: message.clone() };
    let mut finding = Finding::new(*place, message)
        .label("a reservation is asked for here")
        .also(Place::field(subnet, range.field()), format!("{} is secondary", range.range))
        .help("take the addresses from the primary range; or do without a reservation, and keep the secondary range for these alone")
        .refused(refusal);
    for (place, what, _) in more {
        finding = finding.also(*place, what.clone());
    }
    Ok(finding.into())
}
