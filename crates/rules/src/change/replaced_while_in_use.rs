//! A plan destroys a resource before it makes its replacement, and another resource still uses it.

use twinrail_facts::keys;
use twinrail_model::{Action, Answer, Class, Finding, Judged, Refusal, RefusalReason, StepId, View};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "replaced-while-in-use",
    class: Class::Refused,
    page: include_str!("../../pages/replaced-while-in-use.md"),
    judge: Judge::Step(judge),
};

fn judge(view: &View<'_>, step: StepId) -> Judged {
    let row = &view.network.steps[step];
    if row.action != (Action::Replace { create_first: false }) {
        return Ok(Answer::NotApplicable);
    }
    let users = row.used_by.clone()?;
    let Some(user) = users.first() else { return Ok(Answer::Holds) };
    let refuses = view.facts.get(keys::change::USERS_UPDATED_AFTER_REPLACEMENT)
        && view.facts.get(keys::change::IN_USE_NOT_DELETED);
    if !refuses {
        return Ok(Answer::Holds);
    }
    let (kind, name) = (row.kind, row.before.as_ref().unwrap_or(&row.name).short());
    let (user_kind, user) = (user.0, user.1.short());
    let more = match users.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message =
        format!("the plan destroys {kind} `{name}` before it makes it anew, while {user_kind} `{user}`{more} uses it");
    let refusal = Refusal {
        reason: RefusalReason::InUse,
        method: "delete",
        message: format!("`{name}` is already being used by `{user}`"),
    };
    Ok(Finding::new(step, message)
        .label("destroyed first")
        .step(step, format!("{kind} `{name}` is deleted: refused"))
        .step(step, format!("{kind} `{}` would be made", row.name.short()))
        .note(format!("{user_kind} `{user}` would be updated only then"))
        .help(
            "set `create_before_destroy` on it, with a name that changes (`name_prefix`, or a suffix of what changes)",
        )
        .refused(refusal)
        .into())
}
