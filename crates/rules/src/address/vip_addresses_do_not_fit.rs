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
    if let Some(span) = row.span {
        let (source, words, place) = match row.source {
            VipSource::Span(source) => (Some(source), source.to_string(), Place::field(pool, "from")),
            VipSource::Subnet(subnet, _) => match admit::address::vip_range(network, pool)? {
                Some(range) => (Some(range.range.into()), range.words(network), Place::field(subnet, range.field())),
                None => (None, String::new(), Place::from(subnet)),
            },
        };
        if let Some(source) = source.filter(|source| !(source.contains(span.first()) && source.contains(span.last()))) {
            let message = format!("the addresses {span} of VIP pool `{name}` are not in {words}");
            let finding = Finding::new(Place::field(pool, "addresses"), message)
                .label("outside")
                .also(place, "the pool comes from here")
                .help(format!("choose addresses of {source}"));
            return Ok(finding.into());
        }
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
