//! A plan takes an alias range from one NIC and gives it to another, and nothing says which comes first.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, Gap, Judged, StepId, View};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "alias-range-moved-without-order",
    class: Class::Broken,
    page: include_str!("../../pages/alias-range-moved-without-order.md"),
    judge: Judge::Step(judge),
};

fn judge(view: &View<'_>, step: StepId) -> Judged {
    let network = view.network;
    let row = &network.steps[step];
    let gap = row.gap(|gap| match gap {
        Gap::MovedAlias { nic, range, to } => Some((nic, range, to)),
        _ => None,
    })?;
    let Some((nic, range, to)) = gap else { return Ok(Answer::NotApplicable) };
    if view.facts.get(keys::address::TWO_HOLDERS_ALLOWED) {
        return Ok(Answer::Holds);
    }
    let (from, taker) = (row.name.short(), network.steps[to].name.short());
    let message = format!("the plan moves alias range {range} from {from} {nic} to {taker}, in no order");
    Ok(Finding::new(step, message)
        .label("removed here")
        .step(step, format!("{range} is removed from {from}"))
        .step(to, format!("{range} is added to {taker}: refused if it comes first, and nobody holds it if it comes late"))
        .help("move addresses with the mover and let Terraform ignore them (`ignore_changes = [network_interface]`), or apply in two plans")
        .into())
}
