//! What no rule looked at: a check says as much about a network as it looks at of it. Counts resources of which no rule said anything, and names the fields
//! that are read and that no rule asks for. Not here: fields that nothing reads, which intake lists.

use std::collections::{BTreeMap, BTreeSet};

use twinrail_model::{Answer, EntityId, Network};
use twinrail_rules::{Run, described};

use crate::{Coverage, Unjudged};

/// Fields that are read from the input and that neither a rule nor a predicate of the model looks at: kind, field of the API, field of the model.
/// `cargo xtask tidy` holds the list to the code, by names: a field that is mentioned where judgements are made must not be here, any other must be.
pub const UNJUDGED: &[(&str, &str, &str)] = &[
    ("network", "networkFirewallPolicyEnforcementOrder", "Vpc.firewall_order"),
    ("subnet", "logConfig", "Subnet.flow_logs"),
    ("router", "bgpPeers", "Router.bgp_peers"),
    ("instance", "scheduling/provisioningModel", "Instance.spot"),
    ("instance", "networkPerformanceConfig/totalEgressBandwidthTier", "Instance.egress_tier"),
    ("managed instance group", "updatePolicy/instanceRedistributionType", "Mig.redistribution"),
    ("managed instance group", "updatePolicy/replacementMethod", "Mig.replacement"),
    ("firewall rule", "destinationRanges", "Selector.destination_ranges"),
    ("forwarding rule", "allowGlobalAccess", "ForwardingRule.global_access"),
    ("backend service", "failoverPolicy/failoverRatio", "BackendService.failover_ratio"),
    ("backend service", "haPolicy/leader", "BackendService.leader"),
    ("backend service", "connectionDraining/drainingTimeoutSec", "BackendService.drain_seconds"),
    ("health check", "portSpecification", "HealthCheck.port_specification"),
    ("health check", "healthyThreshold", "HealthCheck.healthy_threshold"),
];

pub(crate) fn coverage(network: &Network, run: &Run) -> Coverage {
    let named = named(run);
    let judged = |entity: &EntityId| run.judged.binary_search(entity).is_ok() || named.contains(entity);
    // Steps of a plan are no resources.
    let resource = |entity: &EntityId| !matches!(entity, EntityId::Step(_));
    let all: Vec<EntityId> = described(network).into_iter().filter(resource).collect();
    let mut kinds: BTreeMap<&str, Unjudged> = BTreeMap::new();
    for entity in &all {
        let kind = entity.kind();
        let row =
            kinds.entry(kind).or_insert_with(|| Unjudged { kind: kind.to_owned(), described: 0, names: Vec::new() });
        row.described += 1;
        if !judged(entity) {
            row.names.push(network.name(*entity).to_string());
        }
    }
    let here = UNJUDGED.iter().filter(|(kind, ..)| kinds.contains_key(kind));
    Coverage {
        described: all.len(),
        fields_without_rule: here.map(|(kind, field, _)| format!("{kind}.{field}")).collect(),
        unjudged: kinds.into_values().filter(|row| !row.names.is_empty()).collect(),
    }
}

/// The entities that findings point at.
fn named(run: &Run) -> BTreeSet<EntityId> {
    let arms = run.outcomes.iter().flat_map(|outcome| &outcome.decision.arms);
    let findings = arms.filter_map(|arm| match &arm.answer {
        Ok(Answer::Violated(finding)) => Some(finding),
        _ => None,
    });
    let places = findings.flat_map(|finding| {
        let more = finding.also.iter().chain(&finding.path).map(|(place, _)| *place);
        std::iter::once(finding.place).chain(more)
    });
    places.map(|place| place.entity).collect()
}
