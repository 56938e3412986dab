//! A project that would reserve more internal addresses in a region than its quota allows.

use twinrail_model::{Answer, Class, Finding, Judged, ProjectId, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "too-many-reserved-addresses",
    class: Class::Refused,
    page: include_str!("../../pages/too-many-reserved-addresses.md"),
    judge: Judge::Project(judge),
};

fn judge(view: &View<'_>, project: ProjectId) -> Judged {
    let Some(excess) = admit::limit::reserved_addresses_in_region(view, project)? else { return Ok(Answer::Holds) };
    let name = view.network.short(project);
    // A project has no place of its own in a model file; what reserves most of it has.
    let most = excess.count.parts.iter().max_by_key(|part| part.count).map_or(project.into(), |part| part.of);
    let mut finding = Finding::new(most, format!("project `{name}` would have {}", excess.refusal.message))
        .label(format!("{} reservations", excess.count.total()))
        .help("reserve what moves or comes back, not a whole range; or have the quota raised first")
        .note(excess.count.sum())
        .refused(excess.refusal);
    for part in excess.count.parts.iter().filter(|part| part.of != project.into() && part.of != most) {
        finding = finding.also(part.of, format!("{} of them", part.count));
    }
    Ok(finding.into())
}
