//! A load balancer over backends of which one at a time may serve, that leaves open connections on the old one: by draining on failover, or because
//! TCP persists on an unhealthy backend.

use twinrail_facts::keys;
use twinrail_model::{Answer, BackendService, BackendServiceId, Class, Finding, Judged, Place, Scheme, View};

use crate::rule::{Judge, Rule};
use crate::single_holder::{fails_over, single_holder};

pub const RULE: Rule = Rule {
    code: "old-flows-stay",
    class: Class::Risk,
    page: include_str!("../../pages/old-flows-stay.md"),
    judge: Judge::BackendService(judge),
};

fn judge(view: &View<'_>, service: BackendServiceId) -> Judged {
    let network = view.network;
    let row = &network.backend_services[service];
    if row.scheme != Scheme::Internal
        || row.ha_policy.is_some()
        || row.health_checks.is_empty()
        || row.protocol == "UDP"
    {
        return Ok(Answer::NotApplicable);
    }
    let Some(held) = single_holder(view, service)? else { return Ok(Answer::NotApplicable) };
    let finding = if fails_over(row) { drains(view, service, row) } else { persists(view, service, row) };
    let Some(finding) = finding else { return Ok(Answer::Holds) };
    Ok(finding.also(held, "served by one instance at a time").into())
}

fn drains(view: &View<'_>, service: BackendServiceId, row: &BackendService) -> Option<Finding> {
    let seconds = view.facts.get(keys::lb::FAILOVER_DRAIN_SECONDS);
    if *row.disable_drain_on_failover || seconds <= 0.0 {
        return None;
    }
    let finding = Finding::new(
        Place::field(service, "failoverPolicy/disableConnectionDrainOnFailover"),
        format!(
            "backend service `{}` keeps open connections on the old backend for up to {seconds} s after a failover",
            view.network.short(service)
        ),
    );
    Some(
        finding
            .label("connections are drained")
            .note("clients with an open connection keep talking to the deposed holder, or wait for one that is dead")
            .help("set `disableConnectionDrainOnFailover`, in the model file `failover: { disable-connection-drain: true }`"),
    )
}

fn persists(view: &View<'_>, service: BackendServiceId, row: &BackendService) -> Option<Finding> {
    let default = || view.facts.get(keys::lb::PERSISTENCE_ON_UNHEALTHY_DEFAULT);
    let persistence = row.persistence.as_deref().unwrap_or_else(default);
    let stays = match persistence {
        "NEVER_PERSIST" => false,
        "ALWAYS_PERSIST" => true,
        _ => view.facts.get(keys::lb::TCP_STAYS_ON_UNHEALTHY_BY_DEFAULT),
    };
    if !stays {
        return None;
    }
    let finding = Finding::new(
        Place::field(service, "connectionTrackingPolicy/connectionPersistenceOnUnhealthyBackends"),
        format!(
            "backend service `{}` leaves open TCP connections on a backend that became unhealthy",
            view.network.short(service)
        ),
    );
    Some(
        finding
            .label(format!("persistence is {persistence}"))
            .note("clients with an open connection keep talking to the deposed holder, or wait for one that is dead")
            .help("set the persistence on unhealthy backends to NEVER_PERSIST"),
    )
}
