//! A plan makes a resource under a name that another one has: in the live network, or in the same plan.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, Judged, Refusal, RefusalReason, StepId, Taken, View};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "made-though-it-exists",
    class: Class::Refused,
    page: include_str!("../../pages/made-though-it-exists.md"),
    judge: Judge::Step(judge),
};

fn judge(view: &View<'_>, step: StepId) -> Judged {
    let row = &view.network.steps[step];
    let Some(taken) = row.taken.clone()? else { return Ok(Answer::NotApplicable) };
    if !view.facts.get(keys::change::NAME_TAKEN_UNTIL_DELETED) {
        return Ok(Answer::Holds);
    }
    let (kind, name) = (row.kind, row.name.short());
    let refusal =
        Refusal { reason: RefusalReason::NameTaken, method: "insert", message: format!("`{name}` already exists") };
    let finding = match taken {
        Taken::Live => Finding::new(step, format!("the plan makes {kind} `{name}`, which exists already"))
            .note("the live network that is given beside the plan has it, and the plan's state does not")
            .help("take it into the state with an `import` block, or give the new one another name"),
        Taken::Step(other) => Finding::new(step, format!("the plan makes {kind} `{name}` twice"))
            .also(other, "made here, too")
            .help("give one of them another name, or leave it out"),
    };
    Ok(finding.label("made here").refused(refusal).into())
}
