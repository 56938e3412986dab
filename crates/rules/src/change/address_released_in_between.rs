//! A plan releases a reserved address and reserves it again: in between, anybody may get it.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, Gap, Judged, StepId, View};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "address-released-in-between",
    class: Class::Risk,
    page: include_str!("../../pages/address-released-in-between.md"),
    judge: Judge::Step(judge),
};

fn judge(view: &View<'_>, step: StepId) -> Judged {
    let row = &view.network.steps[step];
    let gap = row.gap(|gap| match gap {
        Gap::Reservation { address, again } => Some((address, again)),
        _ => None,
    })?;
    let Some((address, again)) = gap else { return Ok(Answer::NotApplicable) };
    if !view.facts.get(keys::address::UNRESERVED_MAY_BE_TAKEN) {
        return Ok(Answer::Holds);
    }
    let finding = Finding::new(step, format!("the plan releases {address} and reserves it again"))
        .label("released here")
        .step(step, format!("{address} is released"))
        .step(again.unwrap_or(step), format!("{address} is reserved again, if nobody took it meanwhile"));
    let finding = match again {
        Some(_) => finding
            .note("nothing says that the one comes after the other: the reservation may also be refused, as in use"),
        None => finding,
    };
    Ok(finding
        .help("keep the reservation: rename it with a `moved` block, or change only what can be changed in place")
        .into())
}
