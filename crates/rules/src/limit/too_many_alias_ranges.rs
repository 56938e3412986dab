//! A network with more alias ranges than its quota allows, VIPs among them.

use twinrail_model::{Answer, Class, Finding, Judged, View, VpcId, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "too-many-alias-ranges",
    class: Class::Refused,
    page: include_str!("../../pages/too-many-alias-ranges.md"),
    judge: Judge::Vpc(judge),
};

fn judge(view: &View<'_>, vpc: VpcId) -> Judged {
    let Some(excess) = admit::limit::alias_ranges_in_network(view, vpc)? else { return Ok(Answer::Holds) };
    let total = excess.count.total();
    let name = view.network.short(vpc);
    let mut finding =
        Finding::new(vpc, format!("`{name}` would hold {total} alias ranges; its quota is {}", excess.limit))
            .label(format!("{total} alias ranges"))
            .help("use fewer and wider ranges, or have the quota raised first")
            .note(excess.count.sum())
            .refused(excess.refusal);
    for part in excess.count.parts.iter().filter(|part| part.of != vpc.into()) {
        finding = finding.also(part.of, format!("{} of them", part.count));
    }
    Ok(finding.into())
}
