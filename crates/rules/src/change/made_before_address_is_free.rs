//! A plan makes the replacement of a resource before it destroys the old one, and both ask for one address.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, Gap, Judged, Refusal, RefusalReason, StepId, View};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "made-before-address-is-free",
    class: Class::Refused,
    page: include_str!("../../pages/made-before-address-is-free.md"),
    judge: Judge::Step(judge),
};

fn judge(view: &View<'_>, step: StepId) -> Judged {
    let row = &view.network.steps[step];
    let held = row.gap(|gap| match gap {
        Gap::Held { address } => Some(address),
        _ => None,
    })?;
    let Some(address) = held else { return Ok(Answer::NotApplicable) };
    if view.facts.get(keys::address::TWO_HOLDERS_ALLOWED) {
        return Ok(Answer::Holds);
    }
    let (kind, name) = (row.kind, row.name.short());
    let refusal = Refusal {
        reason: RefusalReason::AddressInUse,
        method: "insert",
        message: format!("{address} is in use by the {kind} that is to be replaced"),
    };
    Ok(Finding::new(
        step,
        format!("the plan makes {kind} `{name}` with {address} before it destroys the one that holds it"),
    )
    .label("made first")
    .step(step, format!("{kind} `{name}` asks for {address}: refused"))
    .step(step, "the old one would be destroyed, and its address be free, only then")
    .help("leave out `create_before_destroy`, or let the new one have another address")
    .refused(refusal)
    .into())
}
