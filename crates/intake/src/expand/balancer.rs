//! Internal passthrough load balancers: forwarding rule, backend service, health check and the groups of their backends.

use serde_json::{Value, json};
use twinrail_model::Network;

use super::{Expander, pointer};
use crate::resource::{Kind, project_of};
use crate::spec;

impl Expander<'_> {
    pub(super) fn balancers(&mut self) {
        let model = self.model;
        for (name, balancer) in &model.load_balancers {
            self.balancer(name, balancer);
        }
    }

    fn balancer(&mut self, name: &str, balancer: &spec::LoadBalancer) {
        let at = pointer(&["load-balancers", name]);
        let Some((subnet, spec)) = self.subnet(&format!("{at}/subnet"), &balancer.subnet) else { return };
        let region = spec.region.clone();
        let project = project_of(&subnet).to_owned();
        let service = format!("{project}/regions/{region}/backendServices/{name}");
        let mut body = json!({
            "name": name,
            "loadBalancingScheme": "INTERNAL",
            "protocol": balancer.protocol,
            "backends": self.backends(&at, &project, balancer),
        });
        if let Some(check) = &balancer.health_check {
            let check_name = format!("{project}/regions/{region}/healthChecks/{name}");
            self.health_check(check_name.clone(), check, format!("{at}/health-check"));
            body["healthChecks"] = json!([check_name]);
        }
        if let Some(network) = &balancer.network {
            body["network"] = self.network(&format!("{at}/network"), network).into();
        }
        if let Some(failover) = &balancer.failover {
            body["failoverPolicy"] = json!({
                "dropTrafficIfUnhealthy": failover.drop_traffic_if_unhealthy,
                "disableConnectionDrainOnFailover": failover.disable_connection_drain,
            });
            if let Some(ratio) = failover.ratio {
                body["failoverPolicy"]["failoverRatio"] = ratio.0.into();
            }
        }
        if let Some(persistence) = balancer.persistence {
            body["connectionTrackingPolicy"] = json!({ "connectionPersistenceOnUnhealthyBackends": persistence });
        }
        if let Some(policy) = &balancer.ha_policy {
            body["haPolicy"] = json!({ "fastIPMove": if policy.fast_ip_move { "GARP_RA" } else { "DISABLED" } });
            let leader = policy.leader.as_ref();
            if let Some(leader) =
                leader.and_then(|leader| self.leader(&format!("{at}/ha-policy/leader"), leader, &body))
            {
                body["haPolicy"]["leader"] = leader;
            }
        }
        let fields = [
            ("failoverPolicy", "failover"),
            ("haPolicy", "ha-policy"),
            ("connectionTrackingPolicy", "persistence"),
            ("healthChecks", "health-check"),
        ];
        let fields = fields.iter().map(|(api, model)| (format!("/{api}"), format!("{at}/{model}"))).collect();
        self.push(Kind::BackendService, service.clone(), body, at.clone(), fields);
        self.forwarding_rule(&at, name, balancer, &subnet, &region, &service);
    }

    /// A leader of these backends by its name, with the group that it is in.
    fn leader(&mut self, at: &str, name: &str, body: &Value) -> Option<Value> {
        let instance = self.instance_named(at, name)?;
        let (zone, _) = instance.split_once("/instances/")?;
        let groups = body["backends"].as_array().into_iter().flatten().filter_map(|backend| backend["group"].as_str());
        let is_member = |group: &&str| {
            let cluster = self.made.groups.iter().find(|(known, _)| known == group).map(|(_, cluster)| cluster);
            let members = cluster.and_then(|cluster| self.made.clusters.get(cluster)).map(|names| &names.instances);
            group.starts_with(zone) && members.is_some_and(|members| members.contains(&instance))
        };
        let Some(group) = groups.into_iter().find(is_member) else {
            let hint = Some("a leader is a member of a cluster that is a backend, with `neg-on`".to_owned());
            self.error(at, format!("`{name}` is no backend of this load balancer"), hint);
            return None;
        };
        Some(json!({ "backendGroup": group, "networkEndpoint": { "instance": name } }))
    }

    fn forwarding_rule(
        &mut self,
        at: &str,
        name: &str,
        balancer: &spec::LoadBalancer,
        subnet: &str,
        region: &str,
        service: &str,
    ) {
        let protocol = match balancer.protocol {
            spec::BalancedProtocol::Tcp => "TCP",
            spec::BalancedProtocol::Udp => "UDP",
            spec::BalancedProtocol::Unspecified => "L3_DEFAULT",
        };
        let ports: Vec<String> = balancer.ports.iter().map(ToString::to_string).collect();
        let mut rule = json!({
            "name": name,
            "loadBalancingScheme": "INTERNAL",
            "IPProtocol": protocol,
            "subnetwork": subnet,
            "backendService": service,
            "allPorts": ports.is_empty(),
            "ports": ports,
            "allowGlobalAccess": balancer.global_access,
        });
        if let Some(address) = &balancer.address {
            rule["IPAddress"] = address.0.to_string().into();
        }
        let fields = [
            ("IPAddress", "address"),
            ("IPProtocol", "protocol"),
            ("allowGlobalAccess", "global-access"),
            ("subnetwork", "subnet"),
        ];
        let fields = fields.iter().map(|(api, model)| (format!("/{api}"), format!("{at}/{model}"))).collect();
        let canonical = format!("{}/regions/{region}/forwardingRules/{name}", project_of(subnet));
        self.push(Kind::ForwardingRule, canonical, rule, at.to_owned(), fields);
    }

    fn backends(&mut self, at: &str, project: &str, balancer: &spec::LoadBalancer) -> Value {
        let mut list = Vec::new();
        for (place, backend) in balancer.backends.iter().enumerate() {
            let here = format!("{at}/backends/{place}");
            let model = self.model;
            let Some(cluster) = model.clusters.get(&backend.cluster) else {
                self.dangling(&format!("{here}/cluster"), "cluster", &backend.cluster, model.clusters.keys());
                continue;
            };
            let zones: Vec<&String> = cluster.zone.iter().chain(&cluster.zones).collect();
            let managed = self.made.clusters.get(&backend.cluster).and_then(|names| names.mig.clone());
            let groups: Vec<String> = match (&backend.neg_on, managed) {
                (Some(nic), _) => self.endpoint_groups(&here, project, backend, cluster, &zones, nic),
                (None, Some(mig)) => vec![mig.replace("instanceGroupManagers", "instanceGroups")],
                (None, None) => self.instance_groups(&here, project, backend, &zones),
            };
            for group in groups {
                let mut entry = json!({ "group": group, "failover": backend.failover });
                // CONNECTION is what a passthrough load balancer is meant to have; the API's own default is another and is refused.
                entry["balancingMode"] = backend.balancing_mode.as_deref().unwrap_or("CONNECTION").into();
                list.push(entry);
            }
        }
        Value::Array(list)
    }

    /// One unmanaged group a zone, with the cluster's instances in it.
    fn instance_groups(&mut self, at: &str, project: &str, backend: &spec::Backend, zones: &[&String]) -> Vec<String> {
        let mut groups = Vec::new();
        for zone in zones {
            let name = format!("{project}/zones/{zone}/instanceGroups/{}", backend.cluster);
            if !self.made.groups.iter().any(|(known, _)| *known == name) {
                self.push(
                    Kind::InstanceGroup,
                    name.clone(),
                    json!({ "name": backend.cluster }),
                    at.to_owned(),
                    Vec::new(),
                );
                self.made.groups.push((name.clone(), backend.cluster.clone()));
            }
            groups.push(name);
        }
        groups
    }

    /// One zonal endpoint group a zone, on a NIC that need not be nic0.
    fn endpoint_groups(
        &mut self,
        at: &str,
        project: &str,
        backend: &spec::Backend,
        cluster: &spec::Cluster,
        zones: &[&String],
        nic: &str,
    ) -> Vec<String> {
        let index: Option<usize> = nic.strip_prefix("nic").and_then(|index| index.parse().ok());
        let Some(plan) = index.and_then(|index| cluster.nics.get(index)) else {
            self.error(&format!("{at}/neg-on"), format!("the cluster `{}` has no {nic}", backend.cluster), None);
            return Vec::new();
        };
        let Some((subnet, spec)) = self.subnet(at, &plan.subnet) else { return Vec::new() };
        let network_name = spec.network.clone();
        let Some(network) = self.network(at, &network_name) else { return Vec::new() };
        let mut groups = Vec::new();
        for zone in zones {
            let name = format!("{project}/zones/{zone}/networkEndpointGroups/{}-{nic}", backend.cluster);
            if !self.made.groups.iter().any(|(known, _)| *known == name) {
                let body = json!({ "name": backend.cluster, "networkEndpointType": "GCE_VM_IP", "network": network, "subnetwork": subnet });
                self.push(Kind::NetworkEndpointGroup, name.clone(), body, at.to_owned(), Vec::new());
                self.made.groups.push((name.clone(), backend.cluster.clone()));
            }
            groups.push(name);
        }
        debug_assert!(zones.iter().all(|zone| Network::region_of(zone) != zone.as_str()), "zones have regions");
        groups
    }

    pub(super) fn health_check(&mut self, name: String, check: &spec::HealthCheck, at: String) {
        let protocol = check.port.0.protocol.to_uppercase();
        let settings = format!("{}HealthCheck", check.port.0.protocol);
        let mut body =
            json!({ "name": crate::resource::short(&name), "type": protocol, settings: { "port": check.port.0.port } });
        let seconds = |time: spec::Milliseconds| time.0.div_ceil(1000);
        let times = [("checkIntervalSec", check.interval), ("timeoutSec", check.timeout)];
        for (key, time) in times {
            if let Some(time) = time {
                body[key] = seconds(time).into();
            }
        }
        for (key, count) in [("healthyThreshold", check.healthy), ("unhealthyThreshold", check.unhealthy)] {
            if let Some(count) = count {
                body[key] = count.into();
            }
        }
        let fields = [
            ("checkIntervalSec", "interval"),
            ("timeoutSec", "timeout"),
            ("healthyThreshold", "healthy"),
            ("unhealthyThreshold", "unhealthy"),
        ];
        let fields = fields.iter().map(|(api, model)| (format!("/{api}"), format!("{at}/{model}"))).collect();
        self.push(Kind::HealthCheck, name, body, at, fields);
    }

    /// Canonical name of a load balancer's forwarding rule.
    pub(super) fn balancer_named(&mut self, at: &str, name: &str) -> Option<String> {
        let model = self.model;
        let Some(balancer) = model.load_balancers.get(name) else {
            self.dangling(at, "load balancer", name, model.load_balancers.keys());
            return None;
        };
        let (subnet, spec) = self.subnet(&pointer(&["load-balancers", name, "subnet"]), &balancer.subnet)?;
        Some(format!("{}/regions/{}/forwardingRules/{name}", project_of(&subnet), spec.region))
    }
}
