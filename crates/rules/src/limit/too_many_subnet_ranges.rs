//! A network, or a group of peered networks, with more subnet ranges than the quota allows.

use twinrail_model::{Answer, Class, Finding, Judged, View, VpcId, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "too-many-subnet-ranges",
    class: Class::Refused,
    page: include_str!("../../pages/too-many-subnet-ranges.md"),
    judge: Judge::Vpc(judge),
};

fn judge(view: &View<'_>, vpc: VpcId) -> Judged {
    let name = view.network.short(vpc);
    let (excess, whose) = match admit::limit::subnet_ranges_in_network(view, vpc)? {
        Some(excess) => (excess, format!("`{name}` would hold")),
        None => match admit::limit::subnet_ranges_in_peering_group(view, vpc)? {
            Some(excess) => (excess, format!("`{name}` and its peers would hold")),
            None => return Ok(Answer::Holds),
        },
    };
    let total = excess.count.total();
    let mut finding = Finding::new(vpc, format!("{whose} {total} subnet ranges; the quota is {}", excess.limit))
        .label(format!("{total} ranges"))
        .help("use fewer and wider ranges, peer with fewer networks, or have the quota raised first")
        .note(excess.count.sum())
        .note("primary and secondary ranges count alike")
        .refused(excess.refusal);
    for part in excess.count.parts.iter().filter(|part| part.of != vpc.into()) {
        finding = finding.also(part.of, format!("{} of them", part.count));
    }
    Ok(finding.into())
}
