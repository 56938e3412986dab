//! Would the API take this load balancer? Only internal passthrough load balancers are judged: the others have rules of their own.
//!
//! Forwarding rules, backend services and health checks are asked about as rows, and what they are held against is passed as rows too, so that none of it need
//! be in the network. Groups of backends are named by their ids.

use std::collections::BTreeMap;

use twinrail_facts::keys;

use crate::admit::Admission;
use crate::balancing::{BackendService, Endpoint, ForwardingRule, HealthCheck, Scheme};
use crate::field::{Field, Hole, Place};
use crate::finding::{Refusal, RefusalReason};
use crate::id::{EntityId, VpcId};
use crate::network::{Known, Network};
use crate::platform::View;

const INSERT_SERVICE: &str = "regionBackendServices.insert";
const INSERT_RULE: &str = "forwardingRules.insert";

/// Every backend has the balancing mode that such load balancers have; one that names none gets it.
pub fn balancing_mode(view: &View<'_>, service: &BackendService) -> Admission {
    let named = || service.backends.iter().filter_map(|backend| backend.balancing_mode.as_deref());
    if service.scheme != Scheme::Internal || named().next().is_none() {
        return Ok(None);
    }
    let only = view.facts.get(keys::lb::BALANCING_MODE);
    let wrong = named().find(|mode| *mode != only);
    Ok(wrong.map(|mode| invalid(INSERT_SERVICE, format!("the balancing mode must be {only} here, not {mode}"))))
}

/// Every backend is in the region of the service.
pub fn backends_in_region(view: &View<'_>, service: &BackendService) -> Admission {
    let Some((backend, region)) = backend_elsewhere(view, service) else { return Ok(None) };
    if view.facts.get(keys::lb::BACKENDS_IN_OTHER_REGION_ALLOWED) {
        return Ok(None);
    }
    let message = format!("the backend {} is in region {region}", view.network.short(backend));
    Ok(Some(invalid(INSERT_SERVICE, message)))
}

/// The first backend outside the service's region, and the region it is in.
pub fn backend_elsewhere<'a>(view: &View<'a>, service: &BackendService) -> Option<(EntityId, &'a str)> {
    let region = service.region.as_deref().filter(|_| service.scheme == Scheme::Internal)?;
    let endpoints = service.backends.iter().filter_map(|backend| backend.group.get().ok());
    let mut elsewhere = endpoints.filter_map(|endpoint| {
        let other = view.network.region_of_backend(endpoint)?;
        (other != region).then_some((endpoint.entity(), other))
    });
    elsewhere.next()
}

/// Forwarding rules that lead to a service are in its network: the one that is asked for, or all of them where the service is.
pub fn rules_in_network(view: &View<'_>, service: &BackendService, rules: &[&ForwardingRule]) -> Admission {
    let Some((place, of_rule, of_service)) = rule_elsewhere(view.network, service, rules)? else { return Ok(None) };
    if view.facts.get(keys::lb::RULE_IN_OTHER_NETWORK_ALLOWED) {
        return Ok(None);
    }
    let message = format!(
        "the network {} of forwarding rule {} must be {}, that of its backend service",
        view.network.short(of_rule),
        rules[place].name.short(),
        view.network.short(of_service)
    );
    Ok(Some(invalid(INSERT_RULE, message)))
}

/// The first of a service's forwarding rules in another network than it: the rule's place among them, its network, and the service's.
pub fn rule_elsewhere(
    network: &Network,
    service: &BackendService,
    rules: &[&ForwardingRule],
) -> Field<Option<(usize, VpcId, VpcId)>> {
    if service.scheme != Scheme::Internal || rules.is_empty() {
        return Ok(None);
    }
    let Some(of_service) = service_vpc(network, service)? else { return Ok(None) };
    let mut unknown = None;
    for (place, rule) in rules.iter().enumerate() {
        match &*rule.vpc {
            Ok(of_rule) if *of_rule != of_service => return Ok(Some((place, *of_rule, of_service))),
            Ok(_) => {}
            Err(hole) => {
                unknown.get_or_insert_with(|| hole.clone());
            }
        }
    }
    unknown.map_or(Ok(None), Err)
}

/// The network of a backend service: the one it names, else that of its backends.
fn service_vpc(network: &Network, service: &BackendService) -> Field<Option<VpcId>> {
    if service.vpc.is_some() {
        return Ok(*service.vpc);
    }
    for backend in &service.backends {
        let endpoint = backend.group.get()?;
        let named = match endpoint {
            Endpoint::Group(id) => *network.instance_groups[id].vpc,
            Endpoint::Neg(id) => *network.negs[id].vpc,
            Endpoint::Mig(_) => None,
        };
        if named.is_some() {
            return Ok(named);
        }
        if let Some(member) = network.members(endpoint)?.first() {
            return network.backend_vpc(service, endpoint, *member);
        }
    }
    Ok(None)
}

/// A forwarding rule names no more single ports than it may.
pub fn ports_within_limit(view: &View<'_>, rule: &ForwardingRule) -> Admission {
    if rule.scheme != Scheme::Internal || *rule.all_ports || rule.ports.is_empty() {
        return Ok(None);
    }
    let limit = view.facts.get(keys::lb::PORTS_PER_FORWARDING_RULE);
    let ports = rule.ports.len();
    let refused = ports as u64 > limit;
    Ok(refused.then(|| invalid(INSERT_RULE, format!("{ports} ports where {limit} are allowed"))))
}

/// Draining on failover is switched off for TCP only.
pub fn drain_may_be_disabled(view: &View<'_>, service: &BackendService) -> Admission {
    if service.scheme != Scheme::Internal || !*service.disable_drain_on_failover || service.protocol == "TCP" {
        return Ok(None);
    }
    let refused = view.facts.get(keys::lb::DISABLE_DRAIN_NEEDS_TCP);
    Ok(refused.then(|| {
        invalid(INSERT_SERVICE, format!("draining on failover cannot be disabled for protocol {}", service.protocol))
    }))
}

/// A health check waits no longer than its interval, which is not too short.
pub fn health_check_timing(view: &View<'_>, check: &HealthCheck) -> Admission {
    if check.interval_seconds.is_none() && check.timeout_seconds.is_none() {
        return Ok(None);
    }
    let interval = match *check.interval_seconds {
        Some(seconds) => seconds as f64,
        None => view.facts.get(keys::lb::HEALTH_CHECK_INTERVAL_DEFAULT),
    };
    let timeout = match *check.timeout_seconds {
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
pub fn ha_policy_stands_alone(view: &View<'_>, service: &BackendService) -> Admission {
    let conflicts = ha_policy_conflicts(view, service)?;
    if conflicts.is_empty() {
        return Ok(None);
    }
    Ok(Some(invalid(INSERT_SERVICE, format!("haPolicy does not go with {}", conflicts.join(", ")))))
}

/// What a service has beside its HA policy that it must not have, in words.
pub fn ha_policy_conflicts(view: &View<'_>, service: &BackendService) -> Field<Vec<String>> {
    if service.scheme != Scheme::Internal || service.ha_policy.is_none() {
        return Ok(Vec::new());
    }
    let excluded = view.facts.get(keys::lb::HA_POLICY_EXCLUDES);
    let usual = view.facts.get(keys::lb::PERSISTENCE_ON_UNHEALTHY_DEFAULT);
    let tracked = service.persistence.as_deref().is_some_and(|persistence| persistence != usual);
    let balanced = service.session_affinity.as_deref().is_some_and(|affinity| affinity != "NONE");
    let settings = [
        ("health-checks", !service.health_checks.is_empty(), "health checks"),
        ("session-affinity", balanced, "session affinity"),
        ("connection-tracking-policy", tracked, "a connection tracking policy"),
        ("failover-policy", *service.has_failover_policy, "a failover policy"),
    ];
    let set = settings.iter().filter(|(name, is_set, _)| *is_set && excluded.iter().any(|other| other == name));
    let mut conflicts: Vec<String> = set.map(|(.., words)| (*words).to_owned()).collect();
    let backends = backends_of_other_kind(view, service);
    if let Ok(Some(words)) = &backends {
        conflicts.push(words.clone());
    }
    if service.vpc.is_none() && view.facts.get(keys::lb::HA_POLICY_NEEDS_NETWORK) {
        conflicts.push("an unnamed network".to_owned());
    }
    match backends {
        Err(hole) if conflicts.is_empty() => Err(hole),
        _ => Ok(conflicts),
    }
}

fn backends_of_other_kind(view: &View<'_>, service: &BackendService) -> Field<Option<String>> {
    if service.backends.is_empty() {
        return Ok(None);
    }
    let taken = view.facts.get(keys::lb::HA_POLICY_ENDPOINTS);
    let mut unknown = None;
    for backend in &service.backends {
        match &*backend.group {
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
pub fn moves_fast(view: &View<'_>, service: &BackendService) -> bool {
    let Some(mode) = service.ha_policy.as_ref().filter(|_| service.scheme == Scheme::Internal) else { return false };
    view.facts.get(keys::lb::FAST_IP_MOVE_MODES).contains(mode)
}

/// A service with fast IP move may have so many endpoints.
pub fn endpoints_within_limit(view: &View<'_>, service: &BackendService, count: u64) -> Admission {
    if !moves_fast(view, service) {
        return Ok(None);
    }
    let limit = view.facts.get(keys::lb::FAST_IP_MOVE_ENDPOINTS_PER_SERVICE);
    let refused = count > limit;
    Ok(refused
        .then(|| limited("networkEndpointGroups.attachNetworkEndpoints", format!("{count} endpoints of {limit}"))))
}

/// How many endpoints a service has in the network.
pub fn endpoints(view: &View<'_>, service: &BackendService) -> Field<u64> {
    let mut count = 0;
    for backend in &service.backends {
        count += view.network.members(backend.group.get()?)?.len() as u64;
    }
    Ok(count)
}

/// A network has no more services with fast IP move in one region than it may.
pub fn fast_services_within_limit(view: &View<'_>, region: &str, count: u64) -> Admission {
    let limit = view.facts.get(keys::lb::FAST_IP_MOVE_SERVICES_PER_NETWORK_REGION);
    let refused = count > limit;
    Ok(refused.then(|| limited(INSERT_SERVICE, format!("{count} services with fast IP move in {region}, of {limit}"))))
}

/// The region with most of these services that are of a network and have fast IP move, and their number.
pub fn most_fast_services<'s>(
    view: &View<'_>,
    vpc: VpcId,
    services: impl IntoIterator<Item = &'s BackendService>,
) -> Option<(&'s str, u64)> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for service in services {
        if service.vpc == Some(vpc) && moves_fast(view, service) {
            *counts.entry(service.region.as_deref().unwrap_or("global")).or_default() += 1;
        }
    }
    counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)))
}

/// A forwarding rule and the backend service that it leads to.
pub type RuleAndService<'r> = (&'r ForwardingRule, Option<&'r BackendService>);

/// A forwarding rule shares its address with none of the others, if its service or that of the other has fast IP move.
pub fn address_is_own(view: &View<'_>, rule: RuleAndService<'_>, others: &[RuleAndService<'_>]) -> Admission {
    let Some(place) = shares_address_with(view, rule, others)? else { return Ok(None) };
    if view.facts.get(keys::lb::FAST_IP_MOVE_SHARED_ADDRESS) {
        return Ok(None);
    }
    let (one, other) = (rule.0.name.short(), others[place].0.name.short());
    let message = format!("forwarding rules {one} and {other} share an address, which fast IP move does not allow");
    Ok(Some(invalid(INSERT_RULE, message)))
}

/// The place of the first of the others at the address of a rule, where a service of either has fast IP move. An address that is assigned later, or that the
/// input does not say of the other, is none that is shared.
pub fn shares_address_with(
    view: &View<'_>,
    rule: RuleAndService<'_>,
    others: &[RuleAndService<'_>],
) -> Field<Option<usize>> {
    let Some(address) = rule.0.address.get()? else { return Ok(None) };
    let vpc = rule.0.vpc.get()?;
    let moves = |(_, service): &RuleAndService<'_>| service.is_some_and(|service| moves_fast(view, service));
    let same = |(other, _): &RuleAndService<'_>| other.address == Ok(Some(address)) && other.vpc == Ok(vpc);
    Ok(others.iter().position(|other| same(other) && (moves(&rule) || moves(other))))
}

fn invalid(method: &'static str, message: String) -> Refusal {
    Refusal { reason: RefusalReason::Invalid, method, message }
}

fn limited(method: &'static str, message: String) -> Refusal {
    Refusal { reason: RefusalReason::Limit, method, message }
}
