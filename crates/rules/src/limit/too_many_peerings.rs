//! A network with more peerings than its quota allows.

use twinrail_model::{Answer, Class, Finding, Judged, View, VpcId, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "too-many-peerings",
    class: Class::Refused,
    page: include_str!("../../pages/too-many-peerings.md"),
    judge: Judge::Vpc(judge),
};

fn judge(view: &View<'_>, vpc: VpcId) -> Judged {
    let Some(excess) = admit::limit::peerings_of_network(view, vpc)? else { return Ok(Answer::Holds) };
    let total = excess.count.total();
    let name = view.network.short(vpc);
    let mut finding = Finding::new(vpc, format!("`{name}` would have {total} peerings; its quota is {}", excess.limit))
        .label(format!("{total} peerings"))
        .help("join networks by a hub or by PSC interfaces, or have the quota raised first")
        .note(excess.count.sum())
        .refused(excess.refusal);
    for part in excess.count.parts.iter().filter(|part| part.of != vpc.into()) {
        finding = finding.also(part.of, format!("{} of them", part.count));
    }
    Ok(finding.into())
}
