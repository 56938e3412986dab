//! Would the API take this load balancer? Only internal passthrough load balancers are judged: the others have rules of their own.

use std::collections::BTreeMap;

use twinrail_facts::keys;

use crate::admit::Admission;
use crate::balancing::{BackendService, Endpoint, Scheme};
use crate::field::{Field, Hole, Place};
use crate::finding::{Refusal, RefusalReason};
use crate::id::{BackendServiceId, EntityId, ForwardingRuleId, HealthCheckId, VpcId};
use crate::network::Known;
use crate::platform::View;

const INSERT_SERVICE: &str = "regionBackendServices.insert";
const INSERT_RULE: &str = "forwardingRules.insert";

/// Every backend has the balancing mode that such load balancers have; one that names none gets it.
pub fn balancing_mode(view: &View<'_>, service: BackendServiceId) -> Admission {
    let row = &view.network.backend_services[service];
    let named = || row.backends.iter().filter_map(|backend| backend.balancing_mode.as_deref());
    if row.scheme != Scheme::Internal || named().next().is_none() {
        return Ok(None);
    }
    let only = view.facts.get(keys::lb::BALANCING_MODE);
    let wrong = named().find(|mode| *mode != only);
    Ok(wrong.map(|mode| invalid(INSERT_SERVICE, format!("the balancing mode must be {only} here, not {mode}"))))
}

/// Every backend is in the region of the service.
pub fn backends_in_region(view: &View<'_>, service: BackendServiceId) -> Admission {
    let Some((backend, region)) = backend_elsewhere(view, service) else { return Ok(None) };
    if view.facts.get(keys::lb::BACKENDS_IN_OTHER_REGION_ALLOWED) {
        return Ok(None);
    }
    let message = format!("the backend {} is in region {region}", view.network.short(backend));
    Ok(Some(invalid(INSERT_SERVICE, message)))
}

/// The first backend outside the service's region, and the region it is in.
pub fn backend_elsewhere<'a>(view: &View<'a>, service: BackendServiceId) -> Option<(EntityId, &'a str)> {
    let row = &view.network.backend_services[service];
    let region = row.region.as_deref().filter(|_| row.scheme == Scheme::Internal)?;
    let endpoints = row.backends.iter().filter_map(|backend| backend.group.clone().ok());
    let mut elsewhere = endpoints.filter_map(|endpoint| {
        let other = view.network.region_of_backend(endpoint)?;
        (other != region).then_some((endpoint.entity(), other))
    });
    elsewhere.next()
}

/// Every forwarding rule is in the network of its service.
pub fn rules_in_network(view: &View<'_>, service: BackendServiceId) -> Admission {
    let Some((rule, of_rule, of_service)) = rule_elsewhere(view, service)? else { return Ok(None) };
    if view.facts.get(keys::lb::RULE_IN_OTHER_NETWORK_ALLOWED) {
        return Ok(None);
    }
    let network = view.network;
    let message = format!(
        "the network {} of forwarding rule {} must be {}, that of its backend service",
        network.short(of_rule),
        network.short(rule),
        network.short(of_service)
    );
    Ok(Some(invalid(INSERT_RULE, message)))
}

/// The first forwarding rule in another network than its service: the rule, its network, and the service's.
pub fn rule_elsewhere(view: &View<'_>, service: BackendServiceId) -> Field<Option<(ForwardingRuleId, VpcId, VpcId)>> {
    let network = view.network;
    if network.backend_services[service].scheme != Scheme::Internal || network.rules_of(service).next().is_none() {
        return Ok(None);
    }
    let Some(of_service) = service_vpc(view, service)? else { return Ok(None) };
    let mut unknown = None;
    for rule in network.rules_of(service) {
        match &network.forwarding_rules[rule].vpc {
            Ok(of_rule) if *of_rule != of_service => return Ok(Some((rule, *of_rule, of_service))),
            Ok(_) => {}
            Err(hole) => {
                unknown.get_or_insert_with(|| hole.clone());
            }
        }
    }
    unknown.map_or(Ok(None), Err)
}

/// The network of a backend service: the one it names, else that of its backends.
fn service_vpc(view: &View<'_>, service: BackendServiceId) -> Field<Option<VpcId>> {
    let row = &view.network.backend_services[service];
    if row.vpc.is_some() {
        return Ok(row.vpc);
    }
    for backend in &row.backends {
        let endpoint = backend.group.clone()?;
        let named = match endpoint {
            Endpoint::Group(id) => view.network.instance_groups[id].vpc,
            Endpoint::Neg(id) => view.network.negs[id].vpc,
            Endpoint::Mig(_) => None,
        };
        if named.is_some() {
            return Ok(named);
        }
        if let Some(member) = view.network.members(endpoint)?.first() {
            return view.network.backend_vpc(row, endpoint, *member);
        }
    }
    Ok(None)
}

/// A forwarding rule names no more single ports than it may.
pub fn ports_within_limit(view: &View<'_>, rule: ForwardingRuleId) -> Admission {
    let row = &view.network.forwarding_rules[rule];
    if row.scheme != Scheme::Internal || row.all_ports || row.ports.is_empty() {
        return Ok(None);
    }
    let limit = view.facts.get(keys::lb::PORTS_PER_FORWARDING_RULE);
    let ports = row.ports.len();
    let refused = ports as u64 > limit;
    Ok(refused.then(|| invalid(INSERT_RULE, format!("{ports} ports where {limit} are allowed"))))
}

/// Draining on failover is switched off for TCP only.
pub fn drain_may_be_disabled(view: &View<'_>, service: BackendServiceId) -> Admission {
    let row = &view.network.backend_services[service];
    if row.scheme != Scheme::Internal || !row.disable_drain_on_failover || row.protocol == "TCP" {
        return Ok(None);
    }
    let refused = view.facts.get(keys::lb::DISABLE_DRAIN_NEEDS_TCP);
    Ok(refused.then(|| {
        invalid(INSERT_SERVICE, format!("draining on failover cannot be disabled for protocol {}", row.protocol))
    }))
}

/// A health check waits no longer than its interval, which is not too short.
pub fn health_check_timing(view: &View<'_>, check: HealthCheckId) -> Admission {
    let row = &view.network.health_checks[check];
    if row.interval_seconds.is_none() && row.timeout_seconds.is_none() {
        return Ok(None);
    }
    let interval = match row.interval_seconds {
        Some(seconds) => seconds as f64,
        None => view.facts.get(keys::lb::HEALTH_CHECK_INTERVAL_DEFAULT),
    };
    let timeout = match row.timeout_seconds {
        Some(seconds) => seconds as f64,
        None => view.facts.get(keys::lb::HEALTH_CHECK_TIMEOUT_DEFAULT),
    };
    let shortest = view.facts.get(keys::lb::HEALTH_CHECK_INTERVAL_MIN);
    let message = if interval < shortest {
        format!("the interval of {interval} s is shorter than {shortest} s")
    } else if timeout > interval && !view.facts.get(keys::lb::HEALTH_CHECK_TIMEOUT_ABOVE_INTERVAL) {
        format!("the timeout of {timeout} s is longer than the interval of {interval} s")
    } else {
        return Ok(None);
    };
    Ok(Some(invalid("healthChecks.insert", message)))
}

/// An HA policy stands alone, on endpoints of the kind it takes, in a named network.
pub fn ha_policy_stands_alone(view: &View<'_>, service: BackendServiceId) -> Admission {
    let conflicts = ha_policy_conflicts(view, service)?;
    if conflicts.is_empty() {
        return Ok(None);
    }
    Ok(Some(invalid(INSERT_SERVICE, format!("haPolicy does not go with {}", conflicts.join(", ")))))
}

/// What a service has beside its HA policy that it must not have, in words.
pub fn ha_policy_conflicts(view: &View<'_>, service: BackendServiceId) -> Field<Vec<String>> {
    let row = &view.network.backend_services[service];
    if row.scheme != Scheme::Internal || row.ha_policy.is_none() {
        return Ok(Vec::new());
    }
    let excluded = view.facts.get(keys::lb::HA_POLICY_EXCLUDES);
    let usual = view.facts.get(keys::lb::PERSISTENCE_ON_UNHEALTHY_DEFAULT);
    let tracked = row.persistence.as_deref().is_some_and(|persistence| persistence != usual);
    let balanced = row.session_affinity.as_deref().is_some_and(|affinity| affinity != "NONE");
    let settings = [
        ("health-checks", !row.health_checks.is_empty(), "health checks"),
        ("session-affinity", balanced, "session affinity"),
        ("connection-tracking-policy", tracked, "a connection tracking policy"),
        ("failover-policy", row.has_failover_policy, "a failover policy"),
    ];
    let set = settings.iter().filter(|(name, is_set, _)| *is_set && excluded.iter().any(|other| other == name));
    let mut conflicts: Vec<String> = set.map(|(.., words)| (*words).to_owned()).collect();
    let backends = backends_of_other_kind(view, row);
    if let Ok(Some(words)) = &backends {
        conflicts.push(words.clone());
    }
    if row.vpc.is_none() && view.facts.get(keys::lb::HA_POLICY_NEEDS_NETWORK) {
        conflicts.push("an unnamed network".to_owned());
    }
    match backends {
        Err(hole) if conflicts.is_empty() => Err(hole),
        _ => Ok(conflicts),
    }
}

fn backends_of_other_kind(view: &View<'_>, row: &BackendService) -> Field<Option<String>> {
    if row.backends.is_empty() {
        return Ok(None);
    }
    let taken = view.facts.get(keys::lb::HA_POLICY_ENDPOINTS);
    let mut unknown = None;
    for backend in &row.backends {
        match &backend.group {
            Ok(Endpoint::Group(_) | Endpoint::Mig(_)) => {
                return Ok(Some(format!("instance groups as backends, where only NEGs of type {taken} go")));
            }
            Ok(Endpoint::Neg(id)) => {
                let neg = &view.network.negs[*id];
                if neg.known == Known::Outside {
                    unknown.get_or_insert(Hole::NotInInput(Place::field(*id, "networkEndpointType")));
                } else if neg.kind != taken {
                    return Ok(Some(format!("endpoints of type {}, where only {taken} go", neg.kind)));
                }
            }
            Err(hole) => {
                unknown.get_or_insert_with(|| hole.clone());
            }
        }
    }
    unknown.map_or(Ok(None), Err)
}

/// Whether a service has fast IP move.
pub fn moves_fast(view: &View<'_>, service: BackendServiceId) -> bool {
    let row = &view.network.backend_services[service];
    let Some(mode) = row.ha_policy.as_ref().filter(|_| row.scheme == Scheme::Internal) else { return false };
    view.facts.get(keys::lb::FAST_IP_MOVE_MODES).contains(mode)
}

/// A service with fast IP move has no more endpoints than it may.
pub fn endpoints_within_limit(view: &View<'_>, service: BackendServiceId) -> Admission {
    if !moves_fast(view, service) {
        return Ok(None);
    }
    let count = endpoints(view, service)?;
    let limit = view.facts.get(keys::lb::FAST_IP_MOVE_ENDPOINTS_PER_SERVICE);
    let refused = count > limit;
    Ok(refused
        .then(|| limited("networkEndpointGroups.attachNetworkEndpoints", format!("{count} endpoints of {limit}"))))
}

/// How many endpoints a service has.
pub fn endpoints(view: &View<'_>, service: BackendServiceId) -> Field<u64> {
    let mut count = 0;
    for backend in &view.network.backend_services[service].backends {
        count += view.network.members(backend.group.clone()?)?.len() as u64;
    }
    Ok(count)
}

/// A network has no more services with fast IP move in one region than it may. Names the first region that is over the limit.
pub fn fast_services_within_limit(view: &View<'_>, vpc: VpcId) -> Admission {
    let Some((region, count)) = most_fast_services(view, vpc) else { return Ok(None) };
    let limit = view.facts.get(keys::lb::FAST_IP_MOVE_SERVICES_PER_NETWORK_REGION);
    let refused = count > limit;
    Ok(refused.then(|| limited(INSERT_SERVICE, format!("{count} services with fast IP move in {region}, of {limit}"))))
}

/// The region with most services of a network that have fast IP move, and their number.
pub fn most_fast_services<'a>(view: &View<'a>, vpc: VpcId) -> Option<(&'a str, u64)> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (id, service) in view.network.backend_services.iter() {
        if service.vpc == Some(vpc) && moves_fast(view, id) {
            *counts.entry(service.region.as_deref().unwrap_or("global")).or_default() += 1;
        }
    }
    counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)))
}

/// No forwarding rule of a service with fast IP move shares its address with another rule.
pub fn addresses_are_own(view: &View<'_>, service: BackendServiceId) -> Admission {
    let Some((rule, other)) = shared_address(view, service)? else { return Ok(None) };
    if view.facts.get(keys::lb::FAST_IP_MOVE_SHARED_ADDRESS) {
        return Ok(None);
    }
    let message = format!(
        "forwarding rules {} and {} share an address, which fast IP move does not allow",
        view.network.short(rule),
        view.network.short(other)
    );
    Ok(Some(invalid(INSERT_RULE, message)))
}

/// The first two forwarding rules with one address of which the first leads to this service with fast IP move. If both lead to such services, the later
/// rule is the one that is refused.
pub fn shared_address(
    view: &View<'_>,
    service: BackendServiceId,
) -> Field<Option<(ForwardingRuleId, ForwardingRuleId)>> {
    let network = view.network;
    if !moves_fast(view, service) {
        return Ok(None);
    }
    let mut unknown = None;
    for rule in network.rules_of(service) {
        let row = &network.forwarding_rules[rule];
        let (address, vpc) = match (&row.address, &row.vpc) {
            (Ok(Some(address)), Ok(vpc)) => (*address, *vpc),
            (Ok(None), _) => continue,
            (Err(hole), _) | (_, Err(hole)) => {
                unknown.get_or_insert_with(|| hole.clone());
                continue;
            }
        };
        let earlier = |other: &ForwardingRuleId| {
            *other < rule
                || network.forwarding_rules[*other].backend_service.is_none_or(|service| !moves_fast(view, service))
        };
        let same = network.forwarding_rules.iter().find(|(other, candidate)| {
            *other != rule && candidate.address == Ok(Some(address)) && candidate.vpc == Ok(vpc) && earlier(other)
        });
        if let Some((other, _)) = same {
            return Ok(Some((rule, other)));
        }
    }
    unknown.map_or(Ok(None), Err)
}

fn invalid(method: &'static str, message: String) -> Refusal {
    Refusal { reason: RefusalReason::Invalid, method, message }
}

fn limited(method: &'static str, message: String) -> Refusal {
    Refusal { reason: RefusalReason::Limit, method, message }
}
