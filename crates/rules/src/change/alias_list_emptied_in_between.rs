//! A plan changes the alias list of a NIC, and ranges that stay are removed meanwhile.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, Gap, Judged, StepId, View};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "alias-list-emptied-in-between",
    class: Class::Risk,
    page: include_str!("../../pages/alias-list-emptied-in-between.md"),
    judge: Judge::Step(judge),
};

fn judge(view: &View<'_>, step: StepId) -> Judged {
    let row = &view.network.steps[step];
    let gap = row.gap(|gap| match gap {
        Gap::KeptAliases { nic, ranges } => Some((nic, ranges)),
        _ => None,
    })?;
    let Some((nic, ranges)) = gap else { return Ok(Answer::NotApplicable) };
    if !view.facts.get(keys::change::KEPT_ALIAS_RANGES_DROPPED) {
        return Ok(Answer::Holds);
    }
    let count = ranges.len();
    let which = if count == 1 {
        format!("{} stays", ranges[0])
    } else {
        format!("{count} ranges stay, {} among them", ranges[0])
    };
    let message =
        format!("the plan changes the alias list of {} {nic}: {which}, and is removed meanwhile", row.name.short());
    Ok(Finding::new(step, message)
        .label("replaced here")
        .step(step, "all alias ranges of the NIC are removed")
        .step(step, "those of the new list are added")
        .note("the guest agent takes the addresses down and up again, so connections to them end")
        .help("change alias lists with `gcloud compute instances network-interfaces update`, or when nobody uses the addresses")
        .into())
}
