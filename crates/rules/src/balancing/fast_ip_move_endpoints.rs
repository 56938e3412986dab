//! A backend service with fast IP move that has more endpoints than one may have.

use twinrail_facts::keys;
use twinrail_model::{Answer, BackendServiceId, Class, Finding, Judged, Place, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "fast-ip-move-endpoints",
    class: Class::Refused,
    page: include_str!("../../pages/fast-ip-move-endpoints.md"),
    judge: Judge::BackendService(judge),
};

fn judge(view: &View<'_>, service: BackendServiceId) -> Judged {
    let row = &view.network.backend_services[service];
    if row.ha_policy.is_none() || !admit::balancing::moves_fast(view, row) {
        return Ok(Answer::NotApplicable);
    }
    let count = admit::balancing::endpoints(view, row)?;
    let Some(refusal) = admit::balancing::endpoints_within_limit(view, row, count)? else { return Ok(Answer::Holds) };
    let limit = view.facts.get(keys::lb::FAST_IP_MOVE_ENDPOINTS_PER_SERVICE);
    let finding = Finding::new(
        Place::field(service, "backends"),
        format!(
            "backend service `{}` has {count} endpoints, and one with fast IP move takes {limit}",
            view.network.short(service)
        ),
    )
    .label(format!("{count} endpoints"))
    .help("let fewer nodes stand by for each VIP, in groups of nodes with services of their own")
    .refused(refusal);
    Ok(finding.into())
}
