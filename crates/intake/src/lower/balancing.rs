//! Forwarding rules, backend services, health checks and endpoint groups.

use twinrail_model::{
    Backend, BackendService, BackendServiceId, Endpoint, ForwardingRule, ForwardingRuleId, HealthCheck, HealthCheckId,
    Hole, Known, Name, Neg, NegId, Place, Scheme,
};

use super::compute::location;
use super::fields::Fields;
use super::{Item, Lowering, known};
use crate::resource::{collection_of, project_of, short};

pub(super) fn outside_forwarding_rule(lowering: &mut Lowering<'_>, name: &str, id: ForwardingRuleId) -> ForwardingRule {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    let canonical = Name::new(name);
    ForwardingRule {
        known: Known::Outside,
        project: lowering.project(project_of(name)),
        region: canonical.part("regions").map(ToOwned::to_owned),
        scheme: Scheme::Other(String::new()),
        address: Err(hole("IPAddress")),
        vpc: Err(hole("network")),
        subnet: None,
        backend_service: None,
        protocol: String::new(),
        ports: Vec::new(),
        all_ports: false,
        global_access: false,
        name: canonical,
    }
}

pub(super) fn outside_backend_service(lowering: &mut Lowering<'_>, name: &str, _: BackendServiceId) -> BackendService {
    let canonical = Name::new(name);
    BackendService {
        known: Known::Outside,
        project: lowering.project(project_of(name)),
        region: canonical.part("regions").map(ToOwned::to_owned),
        scheme: Scheme::Other(String::new()),
        protocol: String::new(),
        vpc: None,
        backends: Vec::new(),
        health_checks: Vec::new(),
        has_failover_policy: false,
        failover_ratio: None,
        drop_traffic_if_unhealthy: false,
        disable_drain_on_failover: false,
        drain_seconds: None,
        session_affinity: None,
        persistence: None,
        ha_policy: None,
        name: canonical,
    }
}

pub(super) fn outside_health_check(_: &mut Lowering<'_>, name: &str, _: HealthCheckId) -> HealthCheck {
    let canonical = Name::new(name);
    HealthCheck {
        known: Known::Outside,
        region: canonical.part("regions").map(ToOwned::to_owned),
        protocol: String::new(),
        port: None,
        interval_seconds: None,
        timeout_seconds: None,
        healthy_threshold: None,
        unhealthy_threshold: None,
        name: canonical,
    }
}

pub(super) fn outside_neg(_: &mut Lowering<'_>, name: &str, _: NegId) -> Neg {
    Neg {
        name: Name::new(name),
        known: Known::Outside,
        kind: String::new(),
        vpc: None,
        subnet: None,
        location: location(name),
        instances: Vec::new(),
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
        let protocol = fields.text("type").unwrap_or(legacy).to_owned();
        let settings = [
            "tcpHealthCheck",
            "httpHealthCheck",
            "httpsHealthCheck",
            "http2HealthCheck",
            "sslHealthCheck",
            "grpcHealthCheck",
            "grpcTlsHealthCheck",
            "udpHealthCheck",
        ];
        let port = settings.into_iter().filter_map(|key| fields.child(key)).find_map(|settings| settings.port("port"));
        let name = Name::new(item.resource.name.as_str());
        let row = HealthCheck {
            known: Known::Here,
            region: name.part("regions").map(ToOwned::to_owned),
            protocol,
            port: port.or_else(|| fields.port("port")),
            interval_seconds: fields.count("checkIntervalSec"),
            timeout_seconds: fields.count("timeoutSec"),
            healthy_threshold: fields.count("healthyThreshold"),
            unhealthy_threshold: fields.count("unhealthyThreshold"),
            name,
        };
        self.network.health_checks[id] = row;
        self.origins.record(id, item.anchor, "");
    }

    pub(super) fn lower_neg(&mut self, item: &Item<'_>) {
        let id = self.neg(&item.resource.name);
        let fields = &item.fields;
        let endpoints = fields.children("networkEndpoints");
        let members = endpoints.iter().filter_map(|endpoint| self.link(item, endpoint, "instance"));
        let members: Vec<String> = members.collect();
        let row = Neg {
            name: Name::new(item.resource.name.as_str()),
            known: known(item),
            kind: fields.text("networkEndpointType").unwrap_or_default().to_owned(),
            vpc: self.link(item, fields, "network").map(|name| self.vpc(&name)),
            subnet: self.link(item, fields, "subnetwork").map(|name| self.subnet(&name)),
            location: location(&item.resource.name),
            instances: members.iter().map(|name| self.instance(name)).collect(),
        };
        self.network.negs[id] = row;
        self.origins.record(id, item.anchor, "");
    }

    pub(super) fn lower_backend_service(&mut self, item: &Item<'_>) {
        let id = self.backend_service(&item.resource.name);
        let fields = &item.fields;
        let backends = fields.children("backends").iter().map(|backend| self.backend(item, backend, id)).collect();
        let checks = self.links(item, "healthChecks");
        let failover = fields.child("failoverPolicy");
        let failover = failover.as_ref();
        let draining = fields.child("connectionDraining");
        let tracking = fields.child("connectionTrackingPolicy");
        let ha_policy =
            fields.child("haPolicy").map(|policy| policy.text("fastIPMove").unwrap_or("DISABLED").to_owned());
        let name = Name::new(item.resource.name.as_str());
        let row = BackendService {
            known: Known::Here,
            project: self.project(project_of(&item.resource.name)),
            region: name.part("regions").map(ToOwned::to_owned),
            scheme: scheme(fields.text("loadBalancingScheme")),
            protocol: fields.text("protocol").unwrap_or_default().to_owned(),
            vpc: self.link(item, fields, "network").map(|name| self.vpc(&name)),
            backends,
            health_checks: checks.iter().map(|name| self.health_check(name)).collect(),
            has_failover_policy: failover.is_some(),
            failover_ratio: failover.and_then(|policy| policy.percent("failoverRatio")),
            drop_traffic_if_unhealthy: failover.is_some_and(|policy| policy.flag("dropTrafficIfUnhealthy")),
            disable_drain_on_failover: failover.is_some_and(|policy| policy.flag("disableConnectionDrainOnFailover")),
            drain_seconds: draining.and_then(|draining| draining.count("drainingTimeoutSec")),
            session_affinity: fields.text("sessionAffinity").map(ToOwned::to_owned),
            persistence: tracking
                .and_then(|tracking| tracking.text("connectionPersistenceOnUnhealthyBackends").map(ToOwned::to_owned)),
            ha_policy,
            name,
        };
        self.network.backend_services[id] = row;
        self.origins.record(id, item.anchor, "");
    }

    fn backend(&mut self, item: &Item<'_>, fields: &Fields<'_>, service: BackendServiceId) -> Backend {
        let place = Place::field(service, "backends");
        let group = match self.link(item, fields, "group") {
            Some(name) if name.contains("/networkEndpointGroups/") => Ok(Endpoint::Neg(self.neg(&name))),
            Some(name) if name.contains("/instanceGroupManagers/") => Ok(Endpoint::Mig(self.mig(&name))),
            Some(name) if name.contains("/instanceGroups/") => Ok(Endpoint::Group(self.instance_group(&name))),
            Some(name) => {
                fields.malformed("group", &name.into());
                Err(Hole::NotUnderstood(place))
            }
            None if fields.lacks("group") => Err(Hole::AfterApply(place)),
            None if fields.has("group") => Err(Hole::NotUnderstood(place)),
            None => Err(Hole::NotInInput(place)),
        };
        Backend {
            group,
            balancing_mode: fields.text("balancingMode").map(ToOwned::to_owned),
            failover: fields.flag("failover"),
        }
    }

    pub(super) fn lower_forwarding_rule(&mut self, item: &Item<'_>) {
        let id = self.forwarding_rule(&item.resource.name);
        let fields = &item.fields;
        let name = Name::new(item.resource.name.as_str());
        let subnet = self.link(item, fields, "subnetwork").map(|name| self.subnet(&name));
        let vpc = self.link_field(item, "network", id).map(|name| self.vpc(&name));
        // A target that is no backend service is a proxy, a VPN gateway or a published service: not modelled.
        let service = self
            .link(item, fields, "backendService")
            .or_else(|| fields.text("target").and_then(|url| self.resolve(item, url)));
        let service = service.filter(|name| name.contains("/backendServices/")).map(|name| self.backend_service(&name));
        let address = self.address_field(item, fields, "IPAddress", id);
        let ports = fields.texts("ports");
        let range = fields.text("portRange");
        let row = ForwardingRule {
            known: Known::Here,
            project: self.project(project_of(&item.resource.name)),
            region: name.part("regions").map(ToOwned::to_owned),
            scheme: scheme(fields.text("loadBalancingScheme")),
            address,
            vpc: match subnet {
                Some(subnet) => self.network.subnets[subnet].vpc.clone().or(vpc),
                None => vpc,
            },
            subnet,
            backend_service: service,
            protocol: fields.text("IPProtocol").unwrap_or("TCP").to_owned(),
            ports: ports.into_iter().chain(range).map(ToOwned::to_owned).collect(),
            all_ports: fields.flag("allPorts"),
            global_access: fields.flag("allowGlobalAccess"),
            name,
        };
        self.network.forwarding_rules[id] = row;
        self.origins.record(id, item.anchor, "");
    }
}

fn scheme(text: Option<&str>) -> Scheme {
    match text {
        Some("INTERNAL") => Scheme::Internal,
        Some("EXTERNAL") => Scheme::External,
        other => Scheme::Other(other.map(short).unwrap_or_default().to_owned()),
    }
}
