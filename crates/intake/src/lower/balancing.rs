//! Forwarding rules, backend services, health checks and endpoint groups.

use twinrail_model::{
    Backend, BackendService, BackendServiceId, Endpoint, ForwardingRule, ForwardingRuleId, HealthCheck, HealthCheckId,
    Hole, Known, Name, Neg, NegEndpoint, NegId, Place, PortSpecification, Scheme, Stated,
};

use super::compute::location;
use super::fields::Fields;
use super::{Item, Lowering, known};
use crate::resource::{Anchor, collection_of, project_of, short};

pub(super) fn outside_forwarding_rule(lowering: &mut Lowering<'_>, name: &str, id: ForwardingRuleId) -> ForwardingRule {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    let canonical = Name::new(name);
    ForwardingRule {
        known: Known::Outside,
        project: lowering.project(project_of(name)),
        region: canonical.part("regions").map(ToOwned::to_owned),
        scheme: Stated::missing(Scheme::Other(String::new()), hole("loadBalancingScheme")),
        address: Err(hole("IPAddress")).into(),
        vpc: Err(hole("network")).into(),
        subnet: Stated::missing(None, hole("subnetwork")),
        backend_service: Stated::missing(None, hole("backendService")),
        protocol: Stated::missing(String::new(), hole("IPProtocol")),
        ports: Stated::missing(Vec::new(), hole("ports")),
        all_ports: Stated::missing(false, hole("allPorts")),
        global_access: Stated::missing(false, hole("allowGlobalAccess")),
        name: canonical,
    }
}

pub(super) fn outside_backend_service(lowering: &mut Lowering<'_>, name: &str, id: BackendServiceId) -> BackendService {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    let canonical = Name::new(name);
    BackendService {
        known: Known::Outside,
        project: lowering.project(project_of(name)),
        region: canonical.part("regions").map(ToOwned::to_owned),
        scheme: Stated::missing(Scheme::Other(String::new()), hole("loadBalancingScheme")),
        protocol: Stated::missing(String::new(), hole("protocol")),
        vpc: Stated::missing(None, hole("network")),
        backends: Stated::missing(Vec::new(), hole("backends")),
        health_checks: Stated::missing(Vec::new(), hole("healthChecks")),
        has_failover_policy: Stated::missing(false, hole("failoverPolicy")),
        failover_ratio: Stated::missing(None, hole("failoverPolicy")),
        drop_traffic_if_unhealthy: Stated::missing(false, hole("failoverPolicy")),
        disable_drain_on_failover: Stated::missing(false, hole("failoverPolicy")),
        drain_seconds: Stated::missing(None, hole("connectionDraining")),
        session_affinity: Stated::missing(None, hole("sessionAffinity")),
        persistence: Stated::missing(None, hole("connectionTrackingPolicy")),
        ha_policy: Stated::missing(None, hole("haPolicy")),
        leader: Stated::missing(None, hole("haPolicy")),
        name: canonical,
    }
}

pub(super) fn outside_health_check(_: &mut Lowering<'_>, name: &str, id: HealthCheckId) -> HealthCheck {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    let canonical = Name::new(name);
    HealthCheck {
        known: Known::Outside,
        region: canonical.part("regions").map(ToOwned::to_owned),
        protocol: Stated::missing(String::new(), hole("type")),
        port: Stated::missing(None, hole("port")),
        port_specification: Stated::missing(PortSpecification::Fixed, hole("portSpecification")),
        interval_seconds: Stated::missing(None, hole("checkIntervalSec")),
        timeout_seconds: Stated::missing(None, hole("timeoutSec")),
        healthy_threshold: Stated::missing(None, hole("healthyThreshold")),
        unhealthy_threshold: Stated::missing(None, hole("unhealthyThreshold")),
        name: canonical,
    }
}

pub(super) fn outside_neg(_: &mut Lowering<'_>, name: &str, id: NegId) -> Neg {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    Neg {
        name: Name::new(name),
        known: Known::Outside,
        kind: Stated::missing(String::new(), hole("networkEndpointType")),
        vpc: Stated::missing(None, hole("network")),
        subnet: Stated::missing(None, hole("subnetwork")),
        location: location(name),
        instances: Stated::missing(Vec::new(), hole("networkEndpoints")),
        endpoints: Stated::missing(Vec::new(), hole("networkEndpoints")),
    }
}

impl Lowering<'_> {
    pub(super) fn lower_health_check(&mut self, item: &Item<'_>) {
        let id = self.health_check(&item.resource.name);
        let fields = &item.fields;
        // The legacy kinds say by their collection what they are, and have the port at the top.
        let legacy = match collection_of(&item.resource.name) {
            Some("httpHealthChecks") => "HTTP",
            Some("httpsHealthChecks") => "HTTPS",
            _ => "",
        };
        let name = Name::new(item.resource.name.as_str());
        let row = HealthCheck {
            known: Known::Here,
            region: name.part("regions").map(ToOwned::to_owned),
            protocol: fields.stated(id, |fields| fields.text("type").unwrap_or(legacy).to_owned()),
            port: fields.stated(id, checked_port),
            port_specification: fields.stated(id, port_specification),
            interval_seconds: fields.stated(id, |fields| fields.count("checkIntervalSec")),
            timeout_seconds: fields.stated(id, |fields| fields.count("timeoutSec")),
            healthy_threshold: fields.stated(id, |fields| fields.count("healthyThreshold")),
            unhealthy_threshold: fields.stated(id, |fields| fields.count("unhealthyThreshold")),
            name,
        };
        self.network.health_checks[id] = row;
        self.origins.record(id, item.anchor, "");
    }

    pub(super) fn lower_neg(&mut self, item: &Item<'_>) {
        let id = self.neg(&item.resource.name);
        let fields = &item.fields;
        let endpoints = fields.stated(id, |fields| {
            let endpoints = fields.children("networkEndpoints");
            endpoints.iter().map(|endpoint| self.neg_endpoint(item, endpoint, id)).collect::<Vec<_>>()
        });
        // An answer of the API about a group does not list its endpoints.
        let is_silent =
            matches!(item.resource.anchor, Anchor::Json { .. }) && endpoints.known().is_some_and(Vec::is_empty);
        let hole = || Hole::NotInInput(Place::field(id, "networkEndpoints"));
        let endpoints = if is_silent { Stated::missing(Vec::new(), hole()) } else { endpoints };
        let vpc = fields.stated(id, |fields| self.link(item, fields, "network"));
        let subnet = fields.stated(id, |fields| self.link(item, fields, "subnetwork"));
        let row = Neg {
            name: Name::new(item.resource.name.as_str()),
            known: known(item),
            kind: fields.stated(id, |fields| fields.text("networkEndpointType").unwrap_or_default().to_owned()),
            vpc: Stated::map(vpc, |name| name.map(|name| self.vpc(&name))),
            subnet: Stated::map(subnet, |name| name.map(|name| self.subnet(&name))),
            location: location(&item.resource.name),
            instances: Stated::map(endpoints.clone(), |endpoints| {
                endpoints.iter().filter_map(|endpoint| endpoint.instance).collect()
            }),
            endpoints,
        };
        self.network.negs[id] = row;
        self.origins.record(id, item.anchor, "");
    }

    fn neg_endpoint(&mut self, item: &Item<'_>, fields: &Fields<'_>, neg: NegId) -> NegEndpoint {
        let resolve = |text: &str| self.instance_beside(item, &item.resource.name, text);
        let instance = fields.plain("instance", fields.resolved("instance", resolve));
        NegEndpoint {
            instance: instance.map(|name| self.instance(&name)),
            address: self.address_field(item, fields, "ipAddress", neg).into(),
            port: fields.port("port"),
        }
    }

    /// An instance by its URL, or by its short name in the zone of a group.
    fn instance_beside(&self, item: &Item<'_>, group: &str, text: &str) -> Option<String> {
        let is_short = !text.is_empty() && !text.contains('/');
        let (project, zone) = (project_of(group), Name::new(group));
        let beside = || Some(format!("{project}/zones/{}/instances/{text}", zone.part("zones")?));
        if is_short { beside() } else { self.resolve(item, text) }
    }

    /// The leader that an HA policy names, which is in the zone of its group.
    fn leader(&self, item: &Item<'_>, fields: &Fields<'_>) -> Option<String> {
        let leader = fields.child("haPolicy")?.child("leader")?;
        let group = self.link(item, &leader, "backendGroup").unwrap_or_default();
        let endpoint = leader.child("networkEndpoint")?;
        endpoint.plain("instance", endpoint.resolved("instance", |text| self.instance_beside(item, &group, text)))
    }

    pub(super) fn lower_backend_service(&mut self, item: &Item<'_>) {
        let id = self.backend_service(&item.resource.name);
        let fields = &item.fields;
        let slots = fields.stated(id, |fields| fields.children("backends"));
        let backends = Stated::map(slots, |slots| slots.iter().map(|fields| self.backend(item, fields, id)).collect());
        let checks = fields.stated(id, |fields| self.links(item, fields, "healthChecks"));
        let vpc = fields.stated(id, |fields| self.link(item, fields, "network"));
        let leader = fields.stated(id, |fields| self.leader(item, fields));
        let failover = |fields: &Fields<'_>, key| fields.child("failoverPolicy").is_some_and(|policy| policy.flag(key));
        let name = Name::new(item.resource.name.as_str());
        let row = BackendService {
            known: Known::Here,
            project: self.project(project_of(&item.resource.name)),
            region: name.part("regions").map(ToOwned::to_owned),
            scheme: fields.stated(id, |fields| scheme(fields.text("loadBalancingScheme"))),
            protocol: fields.stated(id, |fields| fields.text("protocol").unwrap_or_default().to_owned()),
            vpc: Stated::map(vpc, |name| name.map(|name| self.vpc(&name))),
            backends,
            health_checks: Stated::map(checks, |names| names.iter().map(|name| self.health_check(name)).collect()),
            has_failover_policy: fields.stated(id, |fields| fields.child("failoverPolicy").is_some()),
            failover_ratio: fields.stated(id, |fields| fields.child("failoverPolicy")?.ratio("failoverRatio")),
            drop_traffic_if_unhealthy: fields.stated(id, |fields| failover(fields, "dropTrafficIfUnhealthy")),
            disable_drain_on_failover: fields.stated(id, |fields| failover(fields, "disableConnectionDrainOnFailover")),
            drain_seconds: fields.stated(id, |fields| fields.child("connectionDraining")?.count("drainingTimeoutSec")),
            session_affinity: fields.stated(id, |fields| fields.text("sessionAffinity").map(ToOwned::to_owned)),
            persistence: fields.stated(id, |fields| {
                let tracking = fields.child("connectionTrackingPolicy")?;
                tracking.text("connectionPersistenceOnUnhealthyBackends").map(ToOwned::to_owned)
            }),
            ha_policy: fields.stated(id, |fields| {
                fields.child("haPolicy").map(|policy| policy.text("fastIPMove").unwrap_or("DISABLED").to_owned())
            }),
            leader: Stated::map(leader, |name| name.map(|name| self.instance(&name))),
            name,
        };
        self.network.backend_services[id] = row;
        self.origins.record(id, item.anchor, "");
    }

    fn backend(&mut self, item: &Item<'_>, fields: &Fields<'_>, service: BackendServiceId) -> Backend {
        let place = Place::field(service, "backends");
        let link = fields.stated(service, |fields| self.link(item, fields, "group"));
        let group = match link.peek() {
            Some(name) if name.contains("/networkEndpointGroups/") => Ok(Endpoint::Neg(self.neg(name))),
            Some(name) if name.contains("/instanceGroupManagers/") => Ok(Endpoint::Mig(self.mig(name))),
            Some(name) if name.contains("/instanceGroups/") => Ok(Endpoint::Group(self.instance_group(name))),
            Some(name) => {
                fields.malformed("group", &name.as_str().into());
                Err(Hole::NotUnderstood(place))
            }
            None if fields.lacks("group") => Err(fields.absent("group", service)),
            None if fields.has("group") => Err(Hole::NotUnderstood(place)),
            None => Err(Hole::NotInInput(place)),
        };
        Backend {
            group: group.into(),
            balancing_mode: fields.stated(service, |fields| fields.text("balancingMode").map(ToOwned::to_owned)),
            failover: fields.stated(service, |fields| fields.flag("failover")),
        }
    }

    pub(super) fn lower_forwarding_rule(&mut self, item: &Item<'_>) {
        let id = self.forwarding_rule(&item.resource.name);
        let fields = &item.fields;
        let name = Name::new(item.resource.name.as_str());
        let subnet = fields.stated(id, |fields| self.link(item, fields, "subnetwork"));
        let subnet = Stated::map(subnet, |name| name.map(|name| self.subnet(&name)));
        let vpc = self.link_field(item, "network", id).map(|name| self.vpc(&name));
        // A target that is no backend service is a proxy, a VPN gateway or a published service: not modelled.
        let service = fields.stated(id, |fields| {
            let target = || fields.text("target").and_then(|url| self.resolve(item, url));
            let named = self.link(item, fields, "backendService").or_else(target);
            named.filter(|name| name.contains("/backendServices/"))
        });
        let address = self.address_field(item, fields, "IPAddress", id);
        let row = ForwardingRule {
            known: Known::Here,
            project: self.project(project_of(&item.resource.name)),
            region: name.part("regions").map(ToOwned::to_owned),
            scheme: fields.stated(id, |fields| scheme(fields.text("loadBalancingScheme"))),
            address: address.into(),
            vpc: match subnet.known_or_hole() {
                Ok(Some(subnet)) => self.network.subnets[*subnet].vpc.get().or(vpc),
                Err(hole) => vpc.map_err(|_| hole),
                Ok(None) => vpc,
            }
            .into(),
            subnet,
            backend_service: Stated::map(service, |name| name.map(|name| self.backend_service(&name))),
            protocol: fields.stated(id, |fields| fields.text("IPProtocol").unwrap_or("TCP").to_owned()),
            ports: fields.stated(id, |fields| {
                fields.texts("ports").into_iter().chain(fields.text("portRange")).map(ToOwned::to_owned).collect()
            }),
            all_ports: fields.stated(id, |fields| fields.flag("allPorts")),
            global_access: fields.stated(id, |fields| fields.flag("allowGlobalAccess")),
            name,
        };
        self.network.forwarding_rules[id] = row;
        self.origins.record(id, item.anchor, "");
    }
}

/// The settings of a health check, by its protocol.
const CHECK_SETTINGS: &[&str] = &[
    "tcpHealthCheck",
    "httpHealthCheck",
    "httpsHealthCheck",
    "http2HealthCheck",
    "sslHealthCheck",
    "grpcHealthCheck",
    "grpcTlsHealthCheck",
    "udpHealthCheck",
];

/// The port that a health check asks; the legacy kinds have it at the top.
fn checked_port(fields: &Fields<'_>) -> Option<u16> {
    let mut settings = CHECK_SETTINGS.iter().filter_map(|key| fields.child(key));
    settings.find_map(|settings| settings.port("port")).or_else(|| fields.port("port"))
}

/// Where a health check takes its port from. Without a word about it, a name is meant where only a name is given.
fn port_specification(fields: &Fields<'_>) -> PortSpecification {
    let Some(settings) = CHECK_SETTINGS.iter().find_map(|key| fields.child(key)) else {
        return PortSpecification::Fixed;
    };
    let name = settings.text("portName").map(ToOwned::to_owned);
    let named = name.map(PortSpecification::Named);
    let is_known = ["USE_FIXED_PORT", "USE_NAMED_PORT", "USE_SERVING_PORT"].map(|word| (word, word));
    match settings.word("portSpecification", &is_known) {
        Some("USE_SERVING_PORT") => PortSpecification::Serving,
        Some("USE_FIXED_PORT") => PortSpecification::Fixed,
        None if settings.has("port") => PortSpecification::Fixed,
        _ => named.unwrap_or(PortSpecification::Fixed),
    }
}

fn scheme(text: Option<&str>) -> Scheme {
    match text {
        Some("INTERNAL") => Scheme::Internal,
        Some("EXTERNAL") => Scheme::External,
        other => Scheme::Other(other.map(short).unwrap_or_default().to_owned()),
    }
}
