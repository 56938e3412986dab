//! A VIP pool whose addresses are not in the range that it names, or are fewer than its VIPs.

use twinrail_model::{Answer, Class, Finding, Judged, Place, View, VipPoolId, VipSource, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "vip-addresses-do-not-fit",
    class: Class::Broken,
    page: include_str!("../../pages/vip-addresses-do-not-fit.md"),
    judge: Judge::VipPool(judge),
};

fn judge(view: &View<'_>, pool: VipPoolId) -> Judged {
    let network = view.network;
    let row = &network.vips[pool];
    let name = network.short(pool);
    if let VipSource::Subnet(subnet, secondary) = &row.source {
        let range = admit::address::vip_range(network, pool)?;
        let missing = secondary.as_ref().filter(|_| range.is_none());
        if let Some(missing) = missing {
            let subnet_name = network.short(*subnet);
            let message = format!("VIP pool `{name}` comes from `{missing}`, but `{subnet_name}` has no such range");
            let finding = Finding::new(Place::field(pool, "from"), message)
                .label("no such secondary range")
                .also(*subnet, "this subnet")
                .help(format!("add a secondary range `{missing}` to `{subnet_name}`, or name one that it has"));
            return Ok(finding.into());
        }
        let outside = row.span.filter(|span| range.is_some_and(|range| !holds(&range, span)));
        if let (Some(span), Some(range)) = (outside, range) {
            let message =
                format!("the addresses {span} of VIP pool `{name}` are not in {}", range.words(network));
            let finding = Finding::new(Place::field(pool, "addresses"), message)
                .label("outside")
                .also(Place::field(*subnet, range.field()), format!("the pool comes from {}", range.range))
                .help(format!("choose addresses of {}", range.range));
            return Ok(finding.into());
        }
    }
    if let (VipSource::Span(source), Some(span)) = (&row.source, row.span)
        && !(source.contains(span.first()) && source.contains(span.last()))
    {
        let message = format!("the addresses {span} of VIP pool `{name}` are not in {source}, which they come from");
        let finding = Finding::new(Place::field(pool, "addresses"), message)
            .label("outside")
            .also(Place::field(pool, "from"), format!("the pool comes from {source}"))
            .help(format!("choose addresses of {source}"));
        return Ok(finding.into());
    }
    let Some(span) = admit::address::vip_span(network, pool).filter(|span| span.count() < row.count) else {
        return Ok(Answer::Holds);
    };
    let there = span.count();
    let finding = Finding::new(
        Place::field(pool, if row.span.is_some() { "addresses" } else { "from" }),
        format!("VIP pool `{name}` has {} VIPs and {there} addresses", row.count),
    )
    .label(format!("{there} addresses"))
    .also(Place::field(pool, "count"), format!("{} VIPs", row.count))
    .help(format!("name at least {} addresses, or fewer VIPs", row.count))
    .note(format!("{} VIPs - {there} addresses of {span} = {} short", row.count, row.count - there));
    Ok(finding.into())
}

fn holds(range: &admit::address::SubnetRange<'_>, span: &twinrail_model::AddressSpan) -> bool {
    range.range.contains(&span.first()) && range.range.contains(&span.last())
}
