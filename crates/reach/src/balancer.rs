//! Internal passthrough load balancers: whether a forwarding rule takes a packet, and which backends may get it. Not here: the way there.

use twinrail_facts::keys;
use twinrail_model::{
    BackendServiceId, Endpoint, Field, ForwardingRule, ForwardingRuleId, HealthCheckId, Hole, InstanceId, Known,
    Network, NicId, Place, Ratio, Scheme,
};

use crate::bugs::{Bug, has};
use crate::code::Code;
use crate::packet::{Traffic, protocol};
use crate::route::Landings;
use crate::trail::Trail;
use crate::verdict::Stage;
use crate::walker::{Flight, Landing, Leg, Role, Walker};

/// One backend: an instance and the NIC at which it gets packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member {
    pub instance: InstanceId,
    /// `None` where it has no NIC in the network that the service names.
    pub nic: Option<NicId>,
    pub is_failover: bool,
}

impl Walker<'_> {
    /// The backends of a service, in the order of its list.
    pub(crate) fn backends(&self, service: BackendServiceId) -> Field<Vec<Member>> {
        let network = self.network();
        let row = &network.backend_services[service];
        let mut members = Vec::new();
        for backend in &row.backends {
            let endpoint = backend.group.get()?;
            if let Endpoint::Neg(neg) = endpoint
                && !network.negs[neg].endpoints.is_empty()
            {
                for named in &network.negs[neg].endpoints {
                    let Some(instance) = named.instance else { continue };
                    let nic = network.endpoint_nic(neg, named)?;
                    members.push(Member { instance, nic, is_failover: *backend.failover });
                }
                continue;
            }
            for instance in network.members(endpoint)? {
                let nic = self.backend_nic(service, endpoint, *instance)?;
                members.push(Member { instance: *instance, nic, is_failover: *backend.failover });
            }
        }
        Ok(members)
    }

    fn backend_nic(&self, service: BackendServiceId, endpoint: Endpoint, instance: InstanceId) -> Field<Option<NicId>> {
        let row = &self.network().backend_services[service];
        match self.network().backend_vpc(row, endpoint, instance)? {
            Some(vpc) => self.network().nic_in(instance, vpc),
            None => Ok(None),
        }
    }

    /// The NIC at which an instance is a backend of a forwarding rule.
    pub(crate) fn backend_nic_of(&self, rule: ForwardingRuleId, instance: InstanceId) -> Field<Option<NicId>> {
        let Some(service) = *self.network().forwarding_rules[rule].backend_service else { return Ok(None) };
        let members = self.backends(service)?;
        Ok(members.iter().find(|member| member.instance == instance).and_then(|member| member.nic))
    }

    /// Through the load balancer that a route leads to: one that takes every protocol by itself, and whose address is its own.
    pub(crate) fn through_next_hop_rule(
        &self,
        trail: Trail,
        rules: &[ForwardingRuleId],
        leg: &Leg<'_>,
        flight: &Flight,
    ) -> Field<Landings> {
        let rule = rules[0];
        let row = &self.network().forwarding_rules[rule];
        let l3 = row.protocol == "L3_DEFAULT" && !self.facts.get(keys::route::LB_NEXT_HOP_L3_DEFAULT_WORKS);
        let shared = rules.len() > 1 && !self.facts.get(keys::route::LB_NEXT_HOP_SHARED_ADDRESS_WORKS);
        if l3 || shared {
            let why = if l3 { "is for every protocol" } else { "shares its address" };
            let words = || format!("{} {why}, and cannot be a next hop", row.name.short());
            let code = Code::NextHopForwardingRuleTypeInvalid;
            return Ok(vec![self.nowhere(trail, Stage::Route, Some(Place::from(rule)), code, words)]);
        }
        self.through_rule(trail, rule, leg, flight, Role::NextHop)
    }

    /// Through a forwarding rule to each backend that may get the packet.
    pub(crate) fn through_rule(
        &self,
        mut trail: Trail,
        rule: ForwardingRuleId,
        leg: &Leg<'_>,
        flight: &Flight,
        as_what: Role,
    ) -> Field<Landings> {
        let row = &self.network().forwarding_rules[rule];
        let place = Some(Place::from(rule));
        if *row.scheme != Scheme::Internal {
            let (code, words) = match as_what {
                Role::NextHop => (
                    Code::NextHopForwardingRuleTypeInvalid,
                    "a route leads to internal passthrough load balancers only",
                ),
                _ => (Code::NotModelled, "only internal passthrough load balancers are modelled"),
            };
            return Ok(vec![self.nowhere(trail, Stage::Delivery, place, code, || words.to_owned())]);
        }
        if as_what != Role::NextHop && !self.takes(row, flight.traffic) {
            let words = || format!("forwarding rule {} does not take {}", row.name.short(), flight.traffic);
            return Ok(vec![self.nowhere(trail, Stage::Delivery, place, Code::ForwardingRuleMismatch, words)]);
        }
        if let Some(region) = &row.region
            && region != leg.region
            && !(*row.global_access && self.serves_peers(rule, leg)?)
            && !has(Bug::RegionIgnored)
            && self.needs_global_access(as_what)
        {
            let words = || {
                format!(
                    "the client is in {}, and {} serves {region} without global access",
                    leg.region,
                    row.name.short()
                )
            };
            let place = Some(Place::field(rule, "allowGlobalAccess"));
            return Ok(vec![self.nowhere(trail, Stage::Delivery, place, Code::ForwardingRuleRegionMismatch, words)]);
        }
        let Some(service) = *row.backend_service else {
            let words = || format!("{} leads to no backend service", row.name.short());
            return Ok(vec![self.nowhere(trail, Stage::Delivery, place, Code::NotModelled, words)]);
        };
        trail.hop(self.facts, Stage::Delivery, place, || format!("forwarding rule {} takes it", row.name.short()));
        self.to_backends(&trail, rule, service, as_what)
    }

    /// Whether global access counts for a client: one of the rule's own network, or of a peer.
    fn serves_peers(&self, rule: ForwardingRuleId, leg: &Leg<'_>) -> Field<bool> {
        let is_own = self.network().forwarding_rules[rule].vpc.get()? == leg.vpc;
        Ok(is_own || self.facts.get(keys::lb::GLOBAL_ACCESS_COUNTS_FOR_PEERS))
    }

    fn needs_global_access(&self, as_what: Role) -> bool {
        match as_what {
            Role::NextHop => self.facts.get(keys::route::LB_NEXT_HOP_NEEDS_GLOBAL_ACCESS),
            _ => self.facts.get(keys::lb::GLOBAL_ACCESS_NEEDED_FROM_OTHER_REGION),
        }
    }

    /// Whether a forwarding rule is about a protocol and port.
    pub(crate) fn takes(&self, rule: &ForwardingRule, traffic: Traffic) -> bool {
        let Traffic::Ip { protocol, port } = traffic else { return false };
        let same = match rule.protocol.as_str() {
            "TCP" => protocol == protocol::TCP,
            "UDP" => protocol == protocol::UDP,
            "L3_DEFAULT" => self.facts.get(keys::lb::L3_DEFAULT_TAKES_ANY_PROTOCOL),
            _ => false,
        };
        let listed = || {
            port.is_some_and(|port| {
                rule.ports
                    .iter()
                    .any(|text| text.parse::<twinrail_model::PortRange>().is_ok_and(|range| range.contains(port)))
            })
        };
        same && (*rule.all_ports || listed())
    }

    fn to_backends(
        &self,
        trail: &Trail,
        rule: ForwardingRuleId,
        service: BackendServiceId,
        as_what: Role,
    ) -> Field<Landings> {
        let place = Place::from(service);
        let chosen = match self.active(rule, service)? {
            Ok(chosen) => chosen,
            Err(code) => {
                let words = || "no backend may get it".to_owned();
                return Ok(vec![self.nowhere(trail.clone(), Stage::Delivery, Some(place), code, words)]);
            }
        };
        let mut landings = Vec::new();
        for member in chosen {
            let mut trail = trail.clone();
            let Some(nic) = member.nic else {
                let words = || {
                    format!(
                        "{} has no NIC in the network of its backend service",
                        self.network().short(member.instance)
                    )
                };
                landings.push(self.nowhere(trail, Stage::Delivery, Some(place), Code::BackendInvalidNetwork, words));
                continue;
            };
            let row = &self.network().backend_services[service];
            let moves = row.ha_policy.is_some() && row.leader.is_some_and(|leader| leader != member.instance);
            trail.hop(self.facts, Stage::Delivery, place, || {
                let name = self.network().short(nic);
                if moves { format!("backend {name}, once it is made the leader") } else { format!("backend {name}") }
            });
            let part = if as_what == Role::NextHop { Role::NextHop } else { Role::Backend };
            landings.push((trail, Landing::Nic(nic, part)));
        }
        Ok(landings)
    }

    /// The backends of which a hash picks one, never none: the healthy ones of the active pool, or, where none is healthy, all primary ones. Else why
    /// there are none.
    pub(crate) fn active(&self, rule: ForwardingRuleId, service: BackendServiceId) -> Field<Result<Vec<Member>, Code>> {
        let row = &self.network().backend_services[service];
        let members = self.backends(service)?;
        if row.ha_policy.is_some() {
            let leaders = self.leaders(rule, service, &members)?;
            return Ok(if leaders.is_empty() { Err(Code::ForwardingRuleNoInstances) } else { Ok(leaders) });
        }
        let mut healthy = Vec::new();
        let mut first_failure = None;
        for member in &members {
            match self.failure(rule, service, member)? {
                None => healthy.push(*member),
                Some(code) => first_failure = first_failure.or(Some(code)),
            }
        }
        let of = |list: &[Member], failover: bool| -> Vec<Member> {
            list.iter().filter(|member| member.is_failover == failover).copied().collect()
        };
        let (primary, standby) = (of(&healthy, false), of(&healthy, true));
        let all_primary = of(&members, false);
        let keeps = self.keeps_to_primary(service, primary.len(), all_primary.len())
            || (standby.is_empty()
                && self.facts.get(keys::lb::BELOW_RATIO_WITHOUT_HEALTHY_FAILOVER) == "healthy-primaries");
        let chosen = if keeps { primary } else { standby };
        if !chosen.is_empty() {
            return Ok(Ok(chosen));
        }
        let code = first_failure.unwrap_or(Code::ForwardingRuleNoInstances);
        if *row.drop_traffic_if_unhealthy || !self.facts.get(keys::lb::LAST_RESORT_ALL_PRIMARIES) {
            return Ok(Err(code));
        }
        Ok(if all_primary.is_empty() { Err(Code::ForwardingRuleNoInstances) } else { Ok(all_primary) })
    }

    /// Whether enough primary backends are healthy. A ratio of 0 means: one.
    fn keeps_to_primary(&self, service: BackendServiceId, healthy: usize, all: usize) -> bool {
        let ratio = self.failover_ratio(service);
        let means_none = self.facts.get(keys::lb::FAILOVER_RATIO_ZERO_MEANS) == "no-primary-healthy";
        if (ratio <= 0.0 && means_none) || has(Bug::RatioIgnored) {
            return healthy > 0;
        }
        let (share, needed) = (healthy as f64, ratio * all as f64);
        let is_enough = if self.facts.get(keys::lb::FAILOVER_BELOW_RATIO) { share >= needed } else { share > needed };
        healthy > 0 && is_enough
    }

    fn failover_ratio(&self, service: BackendServiceId) -> f64 {
        let stated = self.network().backend_services[service].failover_ratio.map(Ratio::get);
        stated.unwrap_or_else(|| self.facts.get(keys::lb::FAILOVER_RATIO_DEFAULT))
    }

    /// With an HA policy one endpoint gets everything, the leader: the one that the situation or the input names, else any that runs.
    fn leaders(&self, rule: ForwardingRuleId, service: BackendServiceId, members: &[Member]) -> Field<Vec<Member>> {
        let holder = self.situation.holders.iter().find(|(vip, _)| self.network().vip_rule(**vip) == Some(rule));
        let named = holder.map(|(_, holder)| *holder).or(*self.network().backend_services[service].leader);
        let mut running = Vec::new();
        for member in members {
            let up = member.nic.map_or(Ok(true), |nic| self.situation.is_nic_up(self.network(), nic))?;
            if up && self.is_running(member.instance)? {
                running.push(*member);
            }
        }
        match running.iter().find(|member| Some(member.instance) == named) {
            Some(leader) => Ok(vec![*leader]),
            None if holder.is_some() => Ok(Vec::new()),
            None => Ok(running),
        }
    }

    /// Why health checks fail at a backend: it does not run, a probe does not get in, or its answer does not get back. Without a check every backend that runs
    /// counts as healthy.
    fn failure(&self, rule: ForwardingRuleId, service: BackendServiceId, member: &Member) -> Field<Option<Code>> {
        let row = &self.network().backend_services[service];
        let Some(nic) = member.nic else { return Ok(Some(Code::BackendInvalidNetwork)) };
        if !self.is_running(member.instance)? && self.facts.get(keys::lb::STOPPED_BACKEND_IS_UNHEALTHY) {
            return Ok(Some(Code::InstanceNotRunning));
        }
        if !self.situation.is_nic_up(self.network(), nic)? {
            return Ok(Some(Code::NicDown));
        }
        let Some(check) = row.health_checks.first() else { return Ok(None) };
        let Some(traffic) = probe_traffic(self.network(), service, *check)? else { return Ok(None) };
        let silent = Walker { is_silent: true, ..*self };
        let branches = silent.probe(service, rule, nic, traffic)?;
        Ok(branches.iter().find_map(crate::verdict::Branch::dropped).map(|(_, code)| code))
    }
}

/// What a health check sends: TCP to its port, or to the service's own; `None` where neither is named.
///
/// # Errors
/// The hole, where the input does not say.
pub fn probe_traffic(network: &Network, service: BackendServiceId, check: HealthCheckId) -> Field<Option<Traffic>> {
    let row = &network.health_checks[check];
    if row.known == Known::Outside {
        return Err(Hole::NotInInput(Place::field(check, "type")));
    }
    if let Some(port) = *row.port {
        return Ok(Some(Traffic::tcp(port)));
    }
    let mut ports = network.rules_of(service).flat_map(|rule| network.forwarding_rules[rule].ports.iter());
    Ok(ports.find_map(|text| text.parse().ok()).map(Traffic::tcp))
}
