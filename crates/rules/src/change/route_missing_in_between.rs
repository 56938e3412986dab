//! A plan deletes a route and inserts it again: in between, packets are dropped or take another way.

use twinrail_model::{Answer, Class, Finding, Gap, Judged, StepId, View};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "route-missing-in-between",
    class: Class::Risk,
    page: include_str!("../../pages/route-missing-in-between.md"),
    judge: Judge::Step(judge),
};

fn judge(view: &View<'_>, step: StepId) -> Judged {
    let row = &view.network.steps[step];
    let gap = row.gap(|gap| match gap {
        Gap::Route { destination, again } => Some((destination, again)),
        _ => None,
    })?;
    let Some((destination, again)) = gap else { return Ok(Answer::NotApplicable) };
    let name = row.before.as_ref().unwrap_or(&row.name).short();
    let finding = Finding::new(step, format!("the plan deletes route `{name}` to {destination} and inserts it again"))
        .label("deleted here")
        .step(step, format!("the route to {destination} is deleted"))
        .step(again.unwrap_or(step), format!("a route to {destination} is inserted"))
        .note("a route cannot be changed in place, so clients of what lies behind it are cut off until the second request has spread");
    Ok(finding
        .help("give the new route another name and `create_before_destroy`, so that both exist for a while")
        .into())
}
