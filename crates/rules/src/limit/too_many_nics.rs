//! A network with more NICs than its quota allows.

use twinrail_model::{Answer, Class, Finding, Judged, View, VpcId, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "too-many-nics",
    class: Class::Refused,
    page: include_str!("../../pages/too-many-nics.md"),
    judge: Judge::Vpc(judge),
};

fn judge(view: &View<'_>, vpc: VpcId) -> Judged {
    let Some(excess) = admit::limit::nics_in_network(view, vpc)? else { return Ok(Answer::Holds) };
    let total = excess.count.total();
    let name = view.network.short(vpc);
    let mut finding = Finding::new(vpc, format!("`{name}` would hold {total} NICs; its quota is {}", excess.limit))
        .label(format!("{total} NICs"))
        .help("spread the clients over several networks, or have the quota raised first")
        .note(excess.count.sum())
        .refused(excess.refusal);
    for part in excess.count.parts.iter().filter(|part| part.of != vpc.into()) {
        finding = finding.also(part.of, format!("{} of them", part.count));
    }
    Ok(finding.into())
}
