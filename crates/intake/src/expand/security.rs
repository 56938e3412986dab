//! Firewall rules, policies and routes.

use serde_json::{Value, json};

use super::{Expander, pointer};
use crate::resource::{Kind, project_of};
use crate::spec::{self, Cidr};

impl Expander<'_> {
    pub(super) fn firewall(&mut self) {
        let model = self.model;
        for (name, rule) in &model.firewall {
            let at = pointer(&["firewall", name]);
            let Some(network) = self.network(&format!("{at}/network"), &rule.network) else { continue };
            let key = match rule.action {
                spec::RuleAction::Allow => "allowed",
                spec::RuleAction::Deny => "denied",
                spec::RuleAction::GotoNext => {
                    let hint = Some("use a firewall policy".to_owned());
                    self.error(&format!("{at}/action"), "a VPC firewall rule cannot `goto-next`".to_owned(), hint);
                    continue;
                }
            };
            let mut body = json!({
                "name": name,
                "network": network,
                "direction": direction(rule.direction),
                "sourceRanges": ranges(&rule.from),
                "destinationRanges": ranges(&rule.to),
                "sourceTags": rule.from_tags,
                "sourceServiceAccounts": rule.from_service_accounts,
                "targetTags": rule.target_tags,
                "targetServiceAccounts": rule.target_service_accounts,
                "disabled": rule.disabled,
            });
            body[key] = self.layer4(&at, &rule.ports, "IPProtocol");
            if let Some(priority) = rule.priority {
                body["priority"] = priority.into();
            }
            let fields = [
                ("sourceRanges", "from"),
                ("destinationRanges", "to"),
                ("sourceTags", "from-tags"),
                ("sourceServiceAccounts", "from-service-accounts"),
                ("targetTags", "target-tags"),
                ("targetServiceAccounts", "target-service-accounts"),
                ("allowed", "ports"),
                ("denied", "ports"),
            ];
            let fields = fields.iter().map(|(api, model)| (format!("/{api}"), format!("{at}/{model}"))).collect();
            self.push(Kind::Firewall, format!("{}/global/firewalls/{name}", project_of(&network)), body, at, fields);
        }
    }

    pub(super) fn policies(&mut self) {
        let model = self.model;
        for (name, policy) in &model.firewall_policies {
            let at = pointer(&["firewall-policies", name]);
            let mut networks = Vec::new();
            for (place, network) in policy.networks.iter().enumerate() {
                networks.extend(self.network(&format!("{at}/networks/{place}"), network));
            }
            let project = match (&policy.project, networks.first()) {
                (None, Some(network)) => project_of(network).to_owned(),
                (stated, _) => self.project_or_only(&at, stated.as_deref()),
            };
            let rules: Vec<Value> = policy
                .rules
                .iter()
                .enumerate()
                .map(|(place, rule)| self.policy_rule(&format!("{at}/rules/{place}"), rule))
                .collect();
            let associations: Vec<Value> =
                networks.iter().map(|network| json!({ "attachmentTarget": network })).collect();
            let mut body = json!({ "name": name, "rules": rules, "associations": associations });
            if let Some(kind) = &policy.policy_type {
                body["policyType"] = kind.as_str().into();
            }
            let fields = vec![
                ("/policyType".to_owned(), format!("{at}/type")),
                ("/associations".to_owned(), format!("{at}/networks")),
            ];
            let canonical = match &policy.region {
                Some(region) => format!("{project}/regions/{region}/firewallPolicies/{name}"),
                None => format!("{project}/global/firewallPolicies/{name}"),
            };
            self.push(Kind::FirewallPolicy, canonical, body, at, fields);
        }
    }

    fn policy_rule(&mut self, at: &str, rule: &spec::PolicyRule) -> Value {
        let action = match rule.action {
            spec::RuleAction::Allow => "allow",
            spec::RuleAction::Deny => "deny",
            spec::RuleAction::GotoNext => "goto_next",
        };
        let tags = |names: &[String]| -> Vec<Value> { names.iter().map(|name| json!({ "name": name })).collect() };
        json!({
            "priority": rule.priority,
            "direction": direction(rule.direction),
            "action": action,
            "match": {
                "srcIpRanges": ranges(&rule.from),
                "destIpRanges": ranges(&rule.to),
                "srcSecureTags": tags(&rule.from_secure_tags),
                "layer4Configs": self.layer4(at, &rule.ports, "ipProtocol"),
            },
            "targetSecureTags": tags(&rule.target_secure_tags),
            "targetServiceAccounts": rule.target_service_accounts,
            "disabled": rule.disabled,
        })
    }

    /// `tcp:2049`, `tcp:100-200`, `udp`, `all` as the API's list of protocols with their ports.
    fn layer4(&mut self, at: &str, ports: &[String], protocol_key: &str) -> Value {
        let mut entries: Vec<Value> = Vec::new();
        for (place, text) in ports.iter().enumerate() {
            let (protocol, ports) =
                text.split_once(':').map_or((text.as_str(), None), |(protocol, ports)| (protocol, Some(ports)));
            let known = matches!(protocol, "tcp" | "udp" | "icmp" | "esp" | "ah" | "sctp" | "ipip" | "all")
                || protocol.parse::<u8>().is_ok();
            let fits = ports.is_none_or(|ports| ports.parse::<twinrail_model::PortRange>().is_ok());
            if !known || !fits {
                let hint = Some("write `tcp:2049`, `tcp:100-200`, `udp`, `icmp` or `all`".to_owned());
                self.error(&format!("{at}/ports/{place}"), format!("`{text}` is not a protocol with its ports"), hint);
                continue;
            }
            let mut entry = json!({ protocol_key: protocol });
            if let Some(ports) = ports {
                entry["ports"] = json!([ports]);
            }
            entries.push(entry);
        }
        Value::Array(entries)
    }

    pub(super) fn routes(&mut self) {
        let model = self.model;
        for (name, route) in &model.routes {
            let at = pointer(&["routes", name]);
            let Some(network) = self.network(&format!("{at}/network"), &route.network) else { continue };
            let mut body = json!({ "name": name, "network": network, "destRange": route.destination.0.to_string(), "tags": route.tags });
            if let Some(priority) = route.priority {
                body["priority"] = priority.into();
            }
            let mut hops = 0;
            if let Some(instance) = &route.next_hop_instance {
                hops += 1;
                if let Some(instance) = self.instance_named(&format!("{at}/next-hop-instance"), instance) {
                    body["nextHopInstance"] = instance.into();
                }
            }
            if let Some(address) = &route.next_hop_address {
                hops += 1;
                body["nextHopIp"] = address.0.to_string().into();
            }
            if let Some(balancer) = &route.next_hop_load_balancer {
                hops += 1;
                if let Some(rule) = self.balancer_named(&format!("{at}/next-hop-load-balancer"), balancer) {
                    body["nextHopIlb"] = rule.into();
                }
            }
            if route.next_hop_internet {
                hops += 1;
                body["nextHopGateway"] =
                    format!("{}/global/gateways/default-internet-gateway", project_of(&network)).into();
            }
            if hops != 1 {
                self.error(&at, format!("the route `{name}` has {hops} next hops, not one"), None);
                continue;
            }
            let fields = [
                ("destRange", "destination"),
                ("nextHopIp", "next-hop-address"),
                ("nextHopInstance", "next-hop-instance"),
                ("nextHopIlb", "next-hop-load-balancer"),
            ];
            let fields = fields.iter().map(|(api, model)| (format!("/{api}"), format!("{at}/{model}"))).collect();
            self.push(Kind::Route, format!("{}/global/routes/{name}", project_of(&network)), body, at, fields);
        }
    }

    /// Canonical name of an instance or of a member of a cluster.
    pub(super) fn instance_named(&mut self, at: &str, name: &str) -> Option<String> {
        let suffix = format!("/instances/{name}");
        let found = self
            .made
            .resources
            .iter()
            .find(|resource| resource.kind == Kind::Instance && resource.name.ends_with(&suffix));
        if let Some(found) = found {
            return Some(found.name.clone());
        }
        let known: Vec<String> = self
            .made
            .resources
            .iter()
            .filter(|resource| resource.kind == Kind::Instance)
            .map(|resource| crate::resource::short(&resource.name).to_owned())
            .collect();
        self.dangling(at, "instance", name, known.iter());
        None
    }
}

fn direction(direction: spec::Direction) -> &'static str {
    match direction {
        spec::Direction::Ingress => "INGRESS",
        spec::Direction::Egress => "EGRESS",
    }
}

fn ranges(ranges: &[Cidr]) -> Vec<String> {
    ranges.iter().map(|range| range.0.to_string()).collect()
}
