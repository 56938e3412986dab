//! A health check that waits longer for an answer than until its next probe, or that probes too often.

use twinrail_model::{Answer, Class, Finding, HealthCheckId, Judged, Place, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "health-check-timing",
    class: Class::Refused,
    page: include_str!("../../pages/health-check-timing.md"),
    judge: Judge::HealthCheck(judge),
};

fn judge(view: &View<'_>, check: HealthCheckId) -> Judged {
    let row = &view.network.health_checks[check];
    if row.interval_seconds.is_none() && row.timeout_seconds.is_none() {
        return Ok(Answer::NotApplicable);
    }
    let Some(refusal) = admit::balancing::health_check_timing(view, row)? else { return Ok(Answer::Holds) };
    let field = if row.timeout_seconds.is_some() { "timeoutSec" } else { "checkIntervalSec" };
    let finding = Finding::new(
        Place::field(check, field),
        format!("health check `{}` cannot be made: {}", view.network.short(check), refusal.message),
    )
    .label("does not fit the other")
    .help("let the timeout be at most the interval; state both where one differs from the default")
    .refused(refusal);
    Ok(finding.into())
}
