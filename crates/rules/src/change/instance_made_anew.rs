//! A plan destroys an instance with data on local SSD and makes it anew.

use twinrail_model::{Answer, Class, EntityId, Finding, Gap, Judged, StepId, View};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "instance-made-anew",
    class: Class::Risk,
    page: include_str!("../../pages/instance-made-anew.md"),
    judge: Judge::Step(judge),
};

fn judge(view: &View<'_>, step: StepId) -> Judged {
    let row = &view.network.steps[step];
    let (true, Some(EntityId::Instance(instance))) = (row.gaps.clone()?.contains(&Gap::Instance), row.entity) else {
        return Ok(Answer::NotApplicable);
    };
    // A shape for which the catalog names no local SSD has none that is known.
    let Ok(machine) = view.machine(instance) else { return Ok(Answer::NotApplicable) };
    let size = machine.count(view.facts, "local-ssd-gib").unwrap_or(0);
    if size == 0 {
        return Ok(Answer::NotApplicable);
    }
    let message =
        format!("the plan destroys instance `{}` and makes it anew: its local SSD comes back empty", row.name.short());
    Ok(Finding::new(step, message)
        .label("destroyed here")
        .step(step, "the instance is deleted, with its local disks and unreserved addresses")
        .step(step, "it is made anew")
        .help("drain it first, one node at a time, or change what can be changed in place (`allow_stopping_for_update` keeps an instance, not its local SSD)")
        .into())
}
