//! A load balancer over backends of which one at a time may serve, that sends to all of them when none is healthy.

use twinrail_facts::keys;
use twinrail_model::{Answer, BackendServiceId, Class, Finding, Judged, Place, Scheme, View};

use crate::rule::{Judge, Rule};
use crate::single_holder::single_holder;

pub const RULE: Rule = Rule {
    code: "last-resort-to-every-node",
    class: Class::Risk,
    page: include_str!("../../pages/last-resort-to-every-node.md"),
    judge: Judge::BackendService(judge),
};

fn judge(view: &View<'_>, service: BackendServiceId) -> Judged {
    let network = view.network;
    let row = &network.backend_services[service];
    if row.scheme != Scheme::Internal || row.ha_policy.is_some() || row.health_checks.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let Some(held) = single_holder(view, service)? else { return Ok(Answer::NotApplicable) };
    if *row.drop_traffic_if_unhealthy {
        return Ok(Answer::Holds);
    }
    let mut primaries = 0;
    for backend in row.backends.iter().filter(|backend| !*backend.failover) {
        primaries += network.members(backend.group.get()?)?.len();
    }
    if primaries < 2 || !view.facts.get(keys::lb::LAST_RESORT_ALL_PRIMARIES) {
        return Ok(Answer::Holds);
    }
    let finding = Finding::new(
        Place::field(service, "failoverPolicy/dropTrafficIfUnhealthy"),
        format!(
            "backend service `{}` sends to all {primaries} primary backends when none is healthy, though `{}` has one holder at a time",
            network.short(service),
            network.short(held)
        ),
    )
    .label("traffic is not dropped")
    .also(held, "served by one instance at a time")
    .note("between the loss of one holder and the health of the next, no backend is healthy")
    .help("set `dropTrafficIfUnhealthy`, in the model file `failover: { drop-traffic-if-unhealthy: true }`");
    Ok(finding.into())
}
