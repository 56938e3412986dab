//! A plan deletes a resource that another one, which stays as it is, still uses.

use twinrail_facts::keys;
use twinrail_model::{Action, Answer, Class, Finding, Judged, Refusal, RefusalReason, StepId, View};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "deleted-while-in-use",
    class: Class::Refused,
    page: include_str!("../../pages/deleted-while-in-use.md"),
    judge: Judge::Step(judge),
};

fn judge(view: &View<'_>, step: StepId) -> Judged {
    let row = &view.network.steps[step];
    if row.action != Action::Delete {
        return Ok(Answer::NotApplicable);
    }
    let users = row.used_by.clone()?;
    let Some((user_kind, user)) = users.first() else { return Ok(Answer::Holds) };
    if !view.facts.get(keys::change::IN_USE_NOT_DELETED) {
        return Ok(Answer::Holds);
    }
    let (kind, name, user) = (row.kind, row.name.short(), user.short());
    let more = match users.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let refusal = Refusal {
        reason: RefusalReason::InUse,
        method: "delete",
        message: format!("`{name}` is already being used by `{user}`"),
    };
    Ok(Finding::new(step, format!("the plan deletes {kind} `{name}`, and {user_kind} `{user}`{more} still uses it"))
        .label("deleted here")
        .help(format!("delete or change {user_kind} `{user}` in the same plan, or keep {kind} `{name}`"))
        .refused(refusal)
        .into())
}
