//! A plan makes the replacement of a resource before it destroys the old one, and both have one name.

use twinrail_facts::keys;
use twinrail_model::{Action, Answer, Class, Finding, Judged, Refusal, RefusalReason, StepId, View};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "made-before-deleted-under-one-name",
    class: Class::Refused,
    page: include_str!("../../pages/made-before-deleted-under-one-name.md"),
    judge: Judge::Step(judge),
};

fn judge(view: &View<'_>, step: StepId) -> Judged {
    let row = &view.network.steps[step];
    if row.action != (Action::Replace { create_first: true }) {
        return Ok(Answer::NotApplicable);
    }
    if row.before.as_ref() != Some(&row.name) || !view.facts.get(keys::change::NAME_TAKEN_UNTIL_DELETED) {
        return Ok(Answer::Holds);
    }
    let (kind, name) = (row.kind, row.name.short());
    let refusal =
        Refusal { reason: RefusalReason::NameTaken, method: "insert", message: format!("`{name}` already exists") };
    Ok(Finding::new(
        step,
        format!("the plan makes {kind} `{name}` anew before it destroys the old one, under the same name"),
    )
    .label("made first")
    .step(step, format!("a second `{name}` is made: refused, because the name is taken"))
    .help(
        "let the name change with what makes it new (`name_prefix`, or a suffix), or leave out `create_before_destroy`",
    )
    .refused(refusal)
    .into())
}
