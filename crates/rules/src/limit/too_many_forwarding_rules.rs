//! A network with more internal forwarding rules than its quota allows, those of VIP pools among them.

use twinrail_model::{Answer, Class, Finding, Judged, View, VpcId, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "too-many-forwarding-rules",
    class: Class::Refused,
    page: include_str!("../../pages/too-many-forwarding-rules.md"),
    judge: Judge::Vpc(judge),
};

fn judge(view: &View<'_>, vpc: VpcId) -> Judged {
    let Some(excess) = admit::limit::forwarding_rules_in_network(view, vpc)? else { return Ok(Answer::Holds) };
    let total = excess.count.total();
    let name = view.network.short(vpc);
    let mut finding = Finding::new(
        vpc,
        format!("`{name}` would hold {total} internal forwarding rules; its quota is {}", excess.limit),
    )
    .label(format!("{total} forwarding rules"))
    .help("use fewer VIPs, move them as alias ranges, or have the quota raised first")
    .note(excess.count.sum())
    .refused(excess.refusal);
    for part in excess.count.parts.iter().filter(|part| part.of != vpc.into()) {
        finding = finding.also(part.of, format!("{} of them", part.count));
    }
    Ok(finding.into())
}
