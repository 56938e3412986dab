//! A plan deletes a firewall rule and makes it anew: what it allows is dropped in between, what it denies is let through.

use twinrail_model::{Answer, Class, EntityId, Finding, FirewallAction, Gap, Judged, StepId, View};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "firewall-rule-missing-in-between",
    class: Class::Risk,
    page: include_str!("../../pages/firewall-rule-missing-in-between.md"),
    judge: Judge::Step(judge),
};

fn judge(view: &View<'_>, step: StepId) -> Judged {
    let row = &view.network.steps[step];
    if !row.gaps.clone()?.contains(&Gap::FirewallRule) {
        return Ok(Answer::NotApplicable);
    }
    let denies = matches!(row.entity, Some(EntityId::FirewallRule(rule)) if view.network.firewall_rules[rule].action == FirewallAction::Deny);
    let meanwhile = if denies { "what it denies is let through" } else { "what it allows is dropped" };
    let message = format!(
        "the plan deletes firewall rule `{}` and makes it anew: meanwhile {meanwhile}",
        row.before.as_ref().unwrap_or(&row.name).short()
    );
    Ok(Finding::new(step, message)
        .label("deleted here")
        .step(step, "the rule is deleted")
        .step(step, "it is made anew")
        .help("give the new rule another name and `create_before_destroy`")
        .into())
}
