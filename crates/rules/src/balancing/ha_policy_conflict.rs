//! A backend service with an HA policy and something that an HA policy excludes.

use twinrail_model::{Answer, BackendServiceId, Class, Finding, Judged, Place, Scheme, View, admit};

use crate::rule::{Judge, Rule};
use crate::words;

pub const RULE: Rule = Rule {
    code: "ha-policy-conflict",
    class: Class::Refused,
    page: include_str!("../../pages/ha-policy-conflict.md"),
    judge: Judge::BackendService(judge),
};

fn judge(view: &View<'_>, service: BackendServiceId) -> Judged {
    let row = &view.network.backend_services[service];
    if row.scheme != Scheme::Internal || row.ha_policy.is_none() {
        return Ok(Answer::NotApplicable);
    }
    let Some(refusal) = admit::balancing::ha_policy_stands_alone(view, row)? else { return Ok(Answer::Holds) };
    let conflicts = admit::balancing::ha_policy_conflicts(view, row)?;
    let finding = Finding::new(
        Place::field(service, "haPolicy"),
        format!(
            "backend service `{}` has an HA policy together with {}",
            view.network.short(service),
            words::list(&conflicts)
        ),
    )
    .label("an HA policy stands alone")
    .help("keep zonal NEGs of type GCE_VM_IP and a named network, and nothing that watches or balances; choose the leader yourself")
    .refused(refusal);
    Ok(finding.into())
}
