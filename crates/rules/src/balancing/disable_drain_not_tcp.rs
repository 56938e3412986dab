//! Draining on failover switched off for a protocol that does not allow it.

use twinrail_model::{Answer, BackendServiceId, Class, Finding, Judged, Place, Scheme, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "disable-drain-not-tcp",
    class: Class::Refused,
    page: include_str!("../../pages/disable-drain-not-tcp.md"),
    judge: Judge::BackendService(judge),
};

fn judge(view: &View<'_>, service: BackendServiceId) -> Judged {
    let row = &view.network.backend_services[service];
    if row.scheme != Scheme::Internal || !*row.disable_drain_on_failover {
        return Ok(Answer::NotApplicable);
    }
    let Some(refusal) = admit::balancing::drain_may_be_disabled(view, row)? else { return Ok(Answer::Holds) };
    let finding = Finding::new(
        Place::field(service, "failoverPolicy/disableConnectionDrainOnFailover"),
        format!(
            "backend service `{}` of protocol {} disables draining on failover, which is for TCP only",
            view.network.short(service),
            row.protocol
        ),
    )
    .label("not with this protocol")
    .also(Place::field(service, "protocol"), format!("{} here", row.protocol))
    .help("balance TCP, or leave draining on")
    .refused(refusal);
    Ok(finding.into())
}
