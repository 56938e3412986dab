//! A plan deletes a forwarding rule and makes it anew at the same address: its clients are cut off in between.

use twinrail_model::{Answer, Class, Finding, Gap, Judged, StepId, View};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "vip-missing-in-between",
    class: Class::Risk,
    page: include_str!("../../pages/vip-missing-in-between.md"),
    judge: Judge::Step(judge),
};

fn judge(view: &View<'_>, step: StepId) -> Judged {
    let row = &view.network.steps[step];
    let gap = row.gap(|gap| match gap {
        Gap::ForwardingRule { address, again } => Some((address, again)),
        _ => None,
    })?;
    let Some((address, again)) = gap else { return Ok(Answer::NotApplicable) };
    let (name, at) = (
        row.before.as_ref().unwrap_or(&row.name).short(),
        address.map(|address| format!(" at {address}")).unwrap_or_default(),
    );
    let finding = Finding::new(step, format!("the plan deletes forwarding rule `{name}`{at} and makes it anew"))
        .label("deleted here")
        .step(step, "the load balancer stops to answer")
        .step(again.unwrap_or(step), "a new one is made and spreads");
    let finding = match address {
        Some(_) => finding,
        None => finding.note("its address is chosen by the platform, so that it may be another one afterwards"),
    };
    Ok(finding.help("reserve the address, and change the rule when clients can do without it").into())
}
