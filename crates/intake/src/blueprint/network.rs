//! The modules that make networks: `vpc`, `multivpc`, which makes several of them, and `gpu-rdma-vpc`; and
//! `pre-existing-vpc`, which only names one. What they make is what their Terraform makes; what they give has the names of
//! their outputs.
//! Not here: the addresses of a NAT, which the platform chooses, and routes that a setting has deleted: that is listed.

use ipnet::IpNet;

use super::function;
use super::module::{Setting, Settings};
use super::value::{OTHERS, Value};
use super::{Fault, Reading};
use crate::resource::Kind;

/// A subnet before it is made.
struct Subnet {
    name: String,
    region: Setting,
    range: Value,
    private_access: Value,
    flow_logs: Value,
    purpose: Value,
    role: Value,
    stack: Value,
    /// Where it is written, and where its range is.
    at: String,
    range_at: String,
}

/// A subnet that was made: `REGION/NAME`, by which the modules order them, and its attributes.
type Made = (String, Value);

/// The URL of a resource, by its canonical name.
pub(super) fn link(name: &str) -> Value {
    Value::Text(format!("https://www.googleapis.com/compute/v1/{name}"))
}

impl Reading<'_> {
    /// `modules/network/vpc`.
    pub(super) fn vpc(&mut self, settings: &Settings) -> Value {
        let project = self.project(&settings.get("project_id"));
        let network = self.network(settings, &project);
        let subnets = self.subnets(settings);
        let name = network.rsplit('/').next().unwrap_or_default().to_owned();
        let secondary = self.secondary_ranges(settings);
        let made = subnets.as_ref().map(|subnets| self.make_subnets(subnets, &network, secondary.as_ref()));
        self.firewall(settings, &network, &name);
        match &subnets {
            Some(subnets) => self.routers(settings, subnets, &network),
            None => self.not_understood(format!("subnetworks and routers of blueprint module {}", settings.id)),
        }
        let primary = made.as_ref().and_then(|made| made.first()).map_or(Value::Unknown, |(_, subnet)| subnet.clone());
        let of_primary = |attribute| primary.attribute(attribute).unwrap_or(Value::Unknown);
        let interfaces = interfaces(made.as_deref(), &settings.value("nic_type"));
        let Value::Map(mut outputs) = network_outputs(&network, made.as_deref()) else {
            unreachable!("outputs are a map")
        };
        outputs.extend([
            ("subnetwork_name".to_owned(), of_primary("name")),
            ("subnetwork_self_link".to_owned(), of_primary("self_link")),
            ("subnetwork_address".to_owned(), of_primary("ip_cidr_range")),
            ("subnetwork".to_owned(), primary),
            ("nat_ips".to_owned(), Value::Unknown),
            ("instance_additional_networks".to_owned(), interfaces),
        ]);
        Value::Map(outputs)
    }

    /// `modules/network/multivpc`: a vpc for each number, each with one subnet that is all of its range.
    pub(super) fn multivpc(&mut self, settings: &Settings) -> Value {
        let Some(count) = self.bounded(settings, "network_count", "max_networks") else {
            return Value::Unknown;
        };
        let prefix =
            [settings.value("network_name_prefix"), settings.value("deployment_name")].map(|name| hyphens(&name));
        let prefix = function::call("coalesce", &prefix).unwrap_or(Value::Unknown);
        let vpc = super::module::find("modules/network/vpc").expect("the table has the vpc");
        let mut made = Vec::new();
        for number in 0..count {
            let numbered = |rest: &str| match &prefix {
                Value::Text(prefix) => Value::Text(format!("{prefix}-{number}{rest}")),
                _ => Value::Unknown,
            };
            let set = |value: Value, of: &str| Setting { value, at: settings.at(of) };
            let range = self.part_of_global(settings, number);
            let subnet = Value::map([
                ("subnet_name", numbered("-subnet")),
                ("subnet_region", settings.value("region")),
                ("subnet_ip", range.clone()),
                ("subnet_private_access", settings.value("subnetwork_private_access")),
            ]);
            let mut each = settings.with(
                vpc,
                [
                    ("network_name", set(numbered(""), "network_name_prefix")),
                    ("network_address_range", set(range, "global_ip_address_range")),
                    ("subnetworks", set(Value::List(vec![subnet]), "global_ip_address_range")),
                ],
            );
            // Names that are not known must differ all the same.
            each.id = format!("{} {number}", settings.id);
            made.push(self.vpc(&each));
        }
        let all = |output: &str| {
            Value::List(made.iter().map(|vpc| vpc.attribute(output).unwrap_or(Value::Unknown)).collect())
        };
        let interface = |vpc: &Value| {
            let own = [
                ("subnetwork", vpc.attribute("subnetwork_name").unwrap_or(Value::Unknown)),
                ("subnetwork_project", settings.value("project_id")),
            ];
            let both = [settings.value("network_interface_defaults"), Value::map(own)];
            function::call("merge", &both).unwrap_or(Value::Unknown)
        };
        Value::map([
            ("network_names", all("network_name")),
            ("network_ids", all("network_id")),
            ("network_self_links", all("network_self_link")),
            ("subnetwork_names", all("subnetwork_name")),
            ("subnetwork_self_links", all("subnetwork_self_link")),
            ("subnetwork_addresses", all("subnetwork_address")),
            ("additional_networks", Value::List(made.iter().map(interface).collect())),
        ])
    }

    /// The part of the range of all networks that one of them has.
    fn part_of_global(&mut self, settings: &Settings, number: usize) -> Value {
        let Setting { value: whole, at } = settings.get("global_ip_address_range");
        let length = settings.value("subnetwork_cidr_suffix");
        if whole.is_open() || length.is_open() {
            return Value::Unknown;
        }
        let Some(range) = self.range(&whole, &at) else { return Value::Unknown };
        let bits = length.as_count().and_then(|length| u8::try_from(length).ok()?.checked_sub(range.prefix_len()));
        let part = match bits {
            Some(bits) => function::subnet(range, bits, number as u128),
            None => Err(Fault::new(format!("`subnetwork_cidr_suffix` is no length within {range}"))),
        };
        part.map_or_else(|fault| self.unknown(&at, fault), |part| Value::Text(part.to_string()))
    }

    /// `modules/network/gpu-rdma-vpc`: a network with a profile, and subnets after a template.
    pub(super) fn rdma_vpc(&mut self, settings: &Settings) -> Value {
        let project = self.project(&settings.get("project_id"));
        let network = self.network(settings, &project);
        let Setting { value: template, at } = settings.get("subnetworks_template");
        self.only_parts(settings, "subnetworks_template", &template);
        let subnets = match &template {
            // The profile makes the subnet; what the module gives then was not read.
            Value::Null => None,
            Value::Map(_) => self.templated_subnets(settings, &template, &at),
            Value::Unknown => {
                self.not_understood(format!("subnetworks of blueprint module {}", settings.id));
                None
            }
            other => {
                self.error(&at, format!("`subnetworks_template` is {}, not a map", other.kind()), None);
                None
            }
        };
        let made = subnets.as_ref().map(|subnets| self.make_subnets(subnets, &network, Some(&Vec::new())));
        let interfaces = interfaces(made.as_deref(), &settings.value("nic_type"));
        let Value::Map(mut outputs) = network_outputs(&network, made.as_deref()) else {
            unreachable!("outputs are a map")
        };
        outputs.extend([
            ("subnetwork_interfaces".to_owned(), interfaces),
            ("subnetwork_interfaces_gke".to_owned(), Value::Unknown),
            ("subnetwork_name_prefix".to_owned(), template.attribute("name_prefix").unwrap_or(Value::Null)),
        ]);
        Value::Map(outputs)
    }

    /// The subnets of a template: as many parts of one range.
    fn templated_subnets(&mut self, settings: &Settings, template: &Value, at: &str) -> Option<Vec<Subnet>> {
        let part = |key: &str| template.attribute(key).unwrap_or(Value::Null);
        let whole = Setting { value: part("count"), at: format!("{at}/count") };
        let max = settings.entry.constant("max_subnetworks").as_count();
        let Some(count) = self.count(&whole, "count", max) else {
            self.not_understood(format!("subnetworks of blueprint module {}", settings.id));
            return None;
        };
        let prefix = match part("name_prefix") {
            Value::Null => suffixed(&hyphens(&settings.value("deployment_name")), "-subnet"),
            given => given,
        };
        let region = match part("region") {
            Value::Null => settings.get("region"),
            value => Setting { value, at: format!("{at}/region") },
        };
        let range_at = format!("{at}/ip_range");
        let range = part("ip_range");
        let range = if range.is_open() { None } else { self.range(&range, &range_at) };
        let bits = u8::try_from(count.next_power_of_two().trailing_zeros()).expect("the count is bounded");
        let mut subnets = Vec::with_capacity(count);
        for number in 0..count {
            let stand_in = format!("{} subnet {number}", settings.id);
            let part = range.map(|range| function::subnet(range, bits, number as u128));
            let range = match part {
                None => Value::Unknown,
                Some(part) => {
                    part.map_or_else(|fault| self.unknown(&range_at, fault), |part| Value::Text(part.to_string()))
                }
            };
            subnets.push(Subnet {
                name: self.name(&suffixed(&prefix, &format!("-{number}")), at, &stand_in),
                region: region.clone(),
                range,
                private_access: settings.entry.constant("listed_subnet_private_access"),
                flow_logs: Value::Null,
                purpose: Value::Null,
                role: Value::Null,
                stack: Value::Null,
                at: at.to_owned(),
                range_at: range_at.clone(),
            });
        }
        Some(subnets)
    }

    /// `modules/network/pre-existing-vpc`: names a network and its subnet in a region, which are outside.
    pub(super) fn existing_vpc(&mut self, settings: &Settings) -> Value {
        let project = self.project(&settings.get("project_id"));
        let Setting { value, at } = settings.get("network_name");
        let name = self.name(&value, &at, &settings.id);
        let subnet_name = settings.get("subnetwork_name");
        let subnet_name = if subnet_name.value == Value::Null { Setting { value, at } } else { subnet_name };
        let region = self.location(&settings.get("region"));
        let subnet = self.name(&subnet_name.value, &subnet_name.at, &format!("{} subnet", settings.id));
        let network = format!("{project}/global/networks/{name}");
        let made = attributes(&project, &region, &subnet, &network, Value::Unknown);
        let Value::Map(mut outputs) = network_outputs(&network, None) else { unreachable!("outputs are a map") };
        outputs.extend([
            ("subnetwork_name".to_owned(), named(&subnet)),
            ("subnetwork_self_link".to_owned(), made.attribute("self_link").unwrap_or(Value::Unknown)),
            ("subnetwork_address".to_owned(), Value::Unknown),
            ("subnetwork".to_owned(), made),
        ]);
        Value::Map(outputs)
    }

    /// Makes the network itself. Returns its canonical name.
    fn network(&mut self, settings: &Settings, project: &str) -> String {
        let name = match settings.get("network_name") {
            Setting { value: Value::Null, at } => {
                Setting { value: suffixed(&hyphens(&settings.value("deployment_name")), "-net"), at }
            }
            given => given,
        };
        let name_text = self.name(&name.value, &name.at, &settings.id);
        let canonical = format!("{project}/global/networks/{name_text}");
        let mtu = settings.get("mtu");
        // Zero is the platform's default.
        let mtu_value = if mtu.value.as_count() == Some(0) { Value::Null } else { mtu.value };
        if !matches!(mtu_value, Value::Null | Value::Unknown) && mtu_value.as_count().is_none() {
            self.error(&mtu.at, format!("`mtu` is {}, not a whole number", mtu_value.kind()), None);
        }
        let profile = settings.get("network_profile");
        let is_profile = |text: &str| text.contains('/') && !text.ends_with('/');
        if !matches!(&profile.value, Value::Null | Value::Unknown) && !profile.value.as_text().is_some_and(is_profile) {
            let hint = "write `projects/PROJECT/global/networkProfiles/NAME`".to_owned();
            self.error(&profile.at, "`network_profile` is no URL of a network profile", Some(hint));
        }
        let flags = ["shared_vpc_host", "delete_default_internet_gateway_routes"];
        for flag in flags {
            if self.flag(settings, flag) != Some(false) {
                self.not_understood(format!("blueprint setting {flag} of {}", settings.entry.source));
            }
        }
        let body = Value::map([
            ("name", Value::text(name_text)),
            ("autoCreateSubnetworks", Value::Bool(false)),
            ("mtu", mtu_value),
            ("networkProfile", profile.value),
        ]);
        let fields = vec![
            ("/name".to_owned(), name.at),
            ("/mtu".to_owned(), mtu.at),
            ("/networkProfile".to_owned(), profile.at),
        ];
        self.push(Kind::Network, canonical.clone(), &body, &settings.at, fields);
        canonical
    }

    /// The subnets of a vpc: those that are listed, or one primary subnet. `None` where it is not known which.
    fn subnets(&mut self, settings: &Settings) -> Option<Vec<Subnet>> {
        let listed = self.list(settings, "subnetworks")?;
        if listed.is_empty() {
            return Some(vec![self.primary_subnet(settings)]);
        }
        let at = settings.at("subnetworks");
        let ranges = self.ranges(settings, &listed, &at);
        let mut subnets = Vec::with_capacity(listed.len());
        for (place, subnet) in listed.iter().enumerate() {
            let at = format!("{at}/{place}");
            self.only_parts(settings, "subnetworks", subnet);
            if !matches!(subnet, Value::Map(_) | Value::Unknown) {
                self.error(&at, format!("a subnetwork is a map, not {}", subnet.kind()), None);
            }
            let part = |key: &str| subnet.attribute(key).unwrap_or(Value::Null);
            for (key, what) in [("subnet_name", "name"), ("subnet_region", "region")] {
                if matches!(subnet, Value::Map(_)) && part(key) == Value::Null {
                    self.error(&at, format!("a subnetwork without its {what}, `{key}`"), None);
                }
            }
            let stand_in = format!("{} subnet {place}", settings.id);
            let access = match part("subnet_private_access") {
                Value::Null => settings.entry.constant("listed_subnet_private_access"),
                given => given,
            };
            subnets.push(Subnet {
                name: self.name(&part("subnet_name"), &format!("{at}/subnet_name"), &stand_in),
                region: Setting { value: part("subnet_region"), at: format!("{at}/subnet_region") },
                range: ranges.get(place).cloned().unwrap_or(Value::Unknown),
                private_access: access,
                flow_logs: part("subnet_flow_logs"),
                purpose: part("purpose"),
                role: part("role"),
                stack: part("stack_type"),
                range_at: format!("{at}/subnet_ip"),
                at,
            });
        }
        Some(subnets)
    }

    /// The ranges of listed subnets: their own, or parts of the network's range of so many bits each.
    fn ranges(&mut self, settings: &Settings, listed: &[Value], at: &str) -> Vec<Value> {
        let of = |key: &str| -> Vec<Value> {
            listed.iter().map(|subnet| subnet.attribute(key).unwrap_or(Value::Null)).collect()
        };
        let own = of("subnet_ip");
        if own.iter().all(|range| *range != Value::Null) {
            return own;
        }
        let bits = of("new_bits");
        let mut arguments = vec![settings.value("network_address_range")];
        arguments.extend(bits);
        if arguments.iter().any(Value::is_open) {
            return Vec::new();
        }
        match function::call("cidrsubnets", &arguments) {
            Ok(Value::List(ranges)) => ranges,
            Ok(_) => Vec::new(),
            Err(fault) => {
                let hint = "every subnetwork has a `subnet_ip`, or every one has `new_bits`";
                self.fault(at, fault.hint(hint));
                Vec::new()
            }
        }
    }

    fn primary_subnet(&mut self, settings: &Settings) -> Subnet {
        let name = match settings.get("subnetwork_name") {
            Setting { value: Value::Null, at } => {
                Setting { value: suffixed(&hyphens(&settings.value("deployment_name")), "-primary-subnet"), at }
            }
            given => given,
        };
        let arguments = [
            settings.value("network_address_range"),
            settings.value("default_primary_subnetwork_size"),
            Value::Number(0.0),
        ];
        let range_at = settings.at("network_address_range");
        let range = function::call("cidrsubnet", &arguments).unwrap_or_else(|fault| self.unknown(&range_at, fault));
        Subnet {
            name: self.name(&name.value, &name.at, &format!("{} subnet", settings.id)),
            region: settings.get("region"),
            range,
            private_access: settings.entry.constant("default_subnet_private_access"),
            flow_logs: Value::Bool(false),
            purpose: Value::Null,
            role: Value::Null,
            stack: Value::Null,
            at: settings.at.clone(),
            range_at,
        }
    }

    /// Pairs of a subnet's name and its secondary ranges; `None` where they are not known.
    fn secondary_ranges(&mut self, settings: &Settings) -> Option<Vec<(Value, Value)>> {
        let listed = self.list(settings, "secondary_ranges_list")?;
        let mut pairs: Vec<(Value, Value)> = listed
            .iter()
            .map(|entry| {
                let part = |key: &str| entry.attribute(key).unwrap_or(Value::Unknown);
                (part("subnetwork_name"), part("ranges"))
            })
            .collect();
        match settings.get("secondary_ranges") {
            Setting { value: Value::Map(fields), .. } if !fields.contains_key(OTHERS) => {
                pairs.extend(fields.into_iter().map(|(name, ranges)| (Value::Text(name), ranges)));
            }
            Setting { value: Value::Null, .. } => {}
            Setting { value: Value::Map(_) | Value::Unknown, .. } => return None,
            Setting { value, at } => {
                self.error(&at, format!("`secondary_ranges` is {}, not a map", value.kind()), None);
            }
        }
        let is_known = pairs.iter().all(|(name, _)| !name.is_open());
        is_known.then_some(pairs)
    }

    fn make_subnets(
        &mut self,
        subnets: &[Subnet],
        network: &str,
        secondary: Option<&Vec<(Value, Value)>>,
    ) -> Vec<Made> {
        let project = crate::resource::project_of(network).to_owned();
        let mut made = Vec::with_capacity(subnets.len());
        for subnet in subnets {
            let region = self.location(&subnet.region);
            let canonical = format!("{project}/regions/{region}/subnetworks/{}", subnet.name);
            if !subnet.range.is_open() {
                self.range(&subnet.range, &subnet.range_at);
            }
            let ranges = match secondary {
                None => Value::Unknown,
                Some(pairs) => pairs
                    .iter()
                    .find(|(name, _)| name.as_text() == Some(&subnet.name))
                    .map_or(Value::Null, |(_, ranges)| secondary_of(ranges)),
            };
            let flag = |value: &Value| match value {
                Value::Null => Value::Null,
                value => value.as_flag().map_or(Value::Unknown, Value::Bool),
            };
            let body = Value::map([
                ("name", Value::text(&subnet.name)),
                ("network", Value::text(network)),
                ("region", if region.starts_with('(') { Value::Unknown } else { Value::text(&region) }),
                ("ipCidrRange", subnet.range.clone()),
                ("privateIpGoogleAccess", flag(&subnet.private_access)),
                ("enableFlowLogs", flag(&subnet.flow_logs)),
                ("purpose", subnet.purpose.clone()),
                ("role", subnet.role.clone()),
                ("stackType", subnet.stack.clone()),
                ("secondaryIpRanges", ranges),
            ]);
            let at = &subnet.at;
            let fields = vec![
                ("/ipCidrRange".to_owned(), subnet.range_at.clone()),
                ("/region".to_owned(), subnet.region.at.clone()),
                ("/name".to_owned(), format!("{at}/subnet_name")),
                ("/privateIpGoogleAccess".to_owned(), format!("{at}/subnet_private_access")),
                ("/enableFlowLogs".to_owned(), format!("{at}/subnet_flow_logs")),
            ];
            self.push(Kind::Subnetwork, canonical, &body, &format!("{at}/subnet_name"), fields);
            let attributes = attributes(&project, &region, &subnet.name, network, subnet.range.clone());
            made.push((format!("{region}/{}", subnet.name), attributes));
        }
        made
    }

    /// A router in each region, with a NAT.
    fn routers(&mut self, settings: &Settings, subnets: &[Subnet], network: &str) {
        match self.flag(settings, "enable_cloud_router") {
            Some(true) => {}
            Some(false) => return,
            None => return self.not_understood(format!("routers of blueprint module {}", settings.id)),
        }
        let nat = self.flag(settings, "enable_cloud_nat");
        let addresses = settings.value("ips_per_nat").as_count();
        let name = network.rsplit('/').next().unwrap_or_default();
        let project = crate::resource::project_of(network);
        let mut seen = Vec::new();
        for subnet in subnets {
            let region = self.location(&subnet.region);
            if seen.contains(&region) {
                continue;
            }
            let nats = match (nat, addresses) {
                (Some(false), _) | (_, Some(0)) => Value::List(Vec::new()),
                (Some(true), Some(_)) => {
                    // What the module behind it fills in.
                    let sources = Value::text("ALL_SUBNETWORKS_ALL_IP_RANGES");
                    let name = Value::Text(format!("cloud-nat-{region}"));
                    Value::List(vec![Value::map([("name", name), ("sourceSubnetworkIpRangesToNat", sources)])])
                }
                _ => Value::Unknown,
            };
            let body = Value::map([
                ("name", Value::Text(format!("{name}-router"))),
                ("network", Value::text(network)),
                ("region", if region.starts_with('(') { Value::Unknown } else { Value::text(&region) }),
                ("nats", nats),
            ]);
            let fields = vec![("/nats".to_owned(), settings.at("enable_cloud_nat"))];
            let canonical = format!("{project}/regions/{region}/routers/{name}-router");
            self.push(Kind::Router, canonical, &body, &settings.at("enable_cloud_router"), fields);
            seen.push(region);
        }
    }

    /// The firewall rules of a vpc: its own list, then those that flags ask for.
    fn firewall(&mut self, settings: &Settings, network: &str, name: &str) {
        match self.list(settings, "firewall_rules") {
            Some(rules) => {
                for (place, rule) in rules.iter().enumerate() {
                    self.only_parts(settings, "firewall_rules", rule);
                    let at = format!("{}/{place}", settings.at("firewall_rules"));
                    self.own_rule(settings, network, rule, &at);
                }
            }
            None => self.not_understood(format!("firewall_rules of blueprint module {}", settings.id)),
        }
        let constant = |name: &str| settings.entry.constant(name);
        let ssh = settings.get("allowed_ssh_ip_ranges");
        if !matches!(&ssh.value, Value::Null) && ssh.value != Value::List(Vec::new()) {
            let allowed =
                Value::List(vec![Value::map([("IPProtocol", Value::text("tcp")), ("ports", constant("ssh_ports"))])]);
            self.rule(network, &format!("{name}-fw-allow-ssh-ingress"), ssh.value, allowed, &ssh.at);
        }
        let at = settings.at("enable_internal_traffic");
        match self.flag(settings, "enable_internal_traffic") {
            Some(true) => {
                let sources = Value::List(vec![settings.value("network_address_range")]);
                self.rule(network, &format!("{name}-fw-allow-internal-traffic"), sources, constant("internal"), &at);
            }
            Some(false) => {}
            None => {
                self.not_understood(format!("firewall rule for internal traffic of blueprint module {}", settings.id));
            }
        }
        let mut ports = Vec::new();
        let Value::Map(known) = constant("iap_ports") else { unreachable!("the table has the ports of IAP") };
        for (flag, port) in known {
            match self.flag(settings, &flag) {
                Some(true) => ports.push(port),
                Some(false) => {}
                None => ports.push(Value::Unknown),
            }
        }
        match settings.value("extra_iap_ports") {
            Value::List(extra) => {
                ports.extend(extra.iter().map(|port| port.to_text().map_or(Value::Unknown, Value::Text)));
            }
            Value::Null => {}
            _ => ports.push(Value::Unknown),
        }
        if !ports.is_empty() {
            let ports = if ports.iter().any(Value::is_open) { Value::Unknown } else { Value::List(ports) };
            let allowed = Value::List(vec![Value::map([("IPProtocol", Value::text("tcp")), ("ports", ports)])]);
            let sources = Value::List(vec![constant("iap_range")]);
            let at = settings.at("enable_iap_ssh_ingress");
            self.rule(network, &format!("{name}-fw-allow-iap-ingress"), sources, allowed, &at);
        }
    }

    fn rule(&mut self, network: &str, name: &str, sources: Value, allowed: Value, at: &str) {
        let body = Value::map([
            ("name", Value::text(name)),
            ("network", Value::text(network)),
            ("direction", Value::text("INGRESS")),
            ("sourceRanges", sources),
            ("allowed", allowed),
        ]);
        let project = crate::resource::project_of(network);
        self.push(Kind::Firewall, format!("{project}/global/firewalls/{name}"), &body, at, Vec::new());
    }

    /// A rule of the setting `firewall_rules`.
    fn own_rule(&mut self, settings: &Settings, network: &str, rule: &Value, at: &str) {
        let part = |key: &str| rule.attribute(key).unwrap_or(Value::Null);
        if !matches!(rule, Value::Map(_)) {
            self.not_understood(format!("firewall rule of blueprint module {}", settings.id));
            return;
        }
        let name =
            self.name(&part("name"), &format!("{at}/name"), &format!("{} rule {at}", settings.id).replace('/', " "));
        let direction = match part("direction") {
            Value::Null => Value::text("INGRESS"),
            given => given,
        };
        let is_egress = direction.as_text() == Some("EGRESS");
        let ranges = if is_egress { "destinationRanges" } else { "sourceRanges" };
        let body = Value::map([
            ("name", Value::text(&name)),
            ("network", Value::text(network)),
            ("direction", direction),
            ("priority", part("priority")),
            (ranges, part("ranges")),
            ("sourceTags", part("source_tags")),
            ("sourceServiceAccounts", part("source_service_accounts")),
            ("targetTags", part("target_tags")),
            ("targetServiceAccounts", part("target_service_accounts")),
            ("disabled", part("disabled")),
            ("allowed", layer4(&part("allow"))),
            ("denied", layer4(&part("deny"))),
        ]);
        let fields = [
            (ranges, "ranges"),
            ("allowed", "allow"),
            ("denied", "deny"),
            ("targetTags", "target_tags"),
            ("sourceTags", "source_tags"),
        ];
        let fields: Vec<_> = fields.iter().map(|(api, own)| (format!("/{api}"), format!("{at}/{own}"))).collect();
        let project = crate::resource::project_of(network);
        self.push(Kind::Firewall, format!("{project}/global/firewalls/{name}"), &body, &format!("{at}/name"), fields);
    }

    /// A range; one that has not the form is an error.
    fn range(&mut self, value: &Value, at: &str) -> Option<IpNet> {
        let range = value.as_text().and_then(|text| text.parse().ok());
        if range.is_none() {
            let shown = value.to_text().unwrap_or_else(|| value.kind().to_owned());
            self.error(at, format!("`{shown}` is no range of addresses"), Some("write it as `10.0.0.0/24`".to_owned()));
        }
        range
    }

    fn unknown(&mut self, at: &str, fault: Fault) -> Value {
        self.fault(at, fault);
        Value::Unknown
    }

    /// A number of things that a setting asks for; `None`, and listed, where it is not known.
    pub(super) fn bounded(&mut self, settings: &Settings, name: &str, max: &str) -> Option<usize> {
        let max = settings.entry.constant(max).as_count();
        let count = self.count(&settings.get(name), name, max);
        if count.is_none() {
            self.not_understood(format!("blueprint module {}, whose {name} is not known", settings.id));
        }
        count
    }

    fn count(&mut self, setting: &Setting, name: &str, max: Option<u64>) -> Option<usize> {
        if setting.value.is_open() {
            return None;
        }
        let count = setting.value.as_count().filter(|count| max.is_none_or(|max| *count <= max));
        if count.is_none() {
            let shown = setting.value.to_text().unwrap_or_else(|| setting.value.kind().to_owned());
            let hint = max.map(|max| format!("a whole number up to {max}"));
            self.error(&setting.at, format!("`{name}` is {shown}"), hint);
        }
        usize::try_from(count?).ok()
    }
}

/// With hyphens for underscores, as the modules make names of a deployment's.
fn hyphens(name: &Value) -> Value {
    match name {
        Value::Text(name) => Value::Text(name.replace('_', "-")),
        Value::Null => Value::Null,
        _ => Value::Unknown,
    }
}

fn suffixed(name: &Value, suffix: &str) -> Value {
    match name {
        Value::Text(name) => Value::Text(format!("{name}{suffix}")),
        _ => Value::Unknown,
    }
}

/// A name as an output: one that is not known is unknown there.
fn named(name: &str) -> Value {
    if name.starts_with('(') { Value::Unknown } else { Value::text(name) }
}

/// A subnet as the modules give it.
fn attributes(project: &str, region: &str, name: &str, network: &str, range: Value) -> Value {
    let canonical = format!("{project}/regions/{region}/subnetworks/{name}");
    Value::map([
        ("name", named(name)),
        ("region", named(region)),
        ("id", Value::text(&canonical)),
        ("self_link", link(&canonical)),
        ("network", link(network)),
        ("ip_cidr_range", range),
        (OTHERS, Value::Unknown),
    ])
}

/// The outputs that every module of a network has.
fn network_outputs(network: &str, subnets: Option<&[Made]>) -> Value {
    let by_key = |subnets: &[Made]| Value::Map(subnets.iter().cloned().collect());
    Value::map([
        ("network_name", named(network.rsplit('/').next().unwrap_or_default())),
        ("network_id", Value::text(network)),
        ("network_self_link", link(network)),
        ("subnetworks", subnets.map_or(Value::Unknown, by_key)),
    ])
}

/// An interface on each subnet, in the order of their keys.
fn interfaces(subnets: Option<&[Made]>, nic_type: &Value) -> Value {
    let Some(subnets) = subnets else { return Value::Unknown };
    let mut subnets: Vec<&Made> = subnets.iter().collect();
    subnets.sort_by_key(|(key, _)| key);
    let interface = |(_, subnet): &Made| {
        Value::map([
            ("network", Value::Null),
            ("subnetwork", subnet.attribute("self_link").unwrap_or(Value::Unknown)),
            ("subnetwork_project", Value::Null),
            ("network_ip", Value::Null),
            ("nic_type", nic_type.clone()),
            ("stack_type", Value::Null),
            ("queue_count", Value::Null),
            ("access_config", Value::List(Vec::new())),
            ("ipv6_access_config", Value::List(Vec::new())),
            ("alias_ip_range", Value::List(Vec::new())),
        ])
    };
    Value::List(subnets.into_iter().map(interface).collect())
}

fn secondary_of(ranges: &Value) -> Value {
    let Value::List(ranges) = ranges else { return Value::Unknown };
    let range = |range: &Value| {
        let part = |key: &str| range.attribute(key).unwrap_or(Value::Unknown);
        Value::map([("rangeName", part("range_name")), ("ipCidrRange", part("ip_cidr_range"))])
    };
    Value::List(ranges.iter().map(range).collect())
}

/// `allow` and `deny` of a rule, in the API's words.
fn layer4(entries: &Value) -> Value {
    let Value::List(entries) = entries else { return entries.clone() };
    let entry = |entry: &Value| {
        let ports = match entry.attribute("ports") {
            Some(Value::List(ports)) => {
                Value::List(ports.iter().map(|port| port.to_text().map_or(Value::Unknown, Value::Text)).collect())
            }
            other => other.unwrap_or(Value::Null),
        };
        Value::map([("IPProtocol", entry.attribute("protocol").unwrap_or(Value::Unknown)), ("ports", ports)])
    };
    Value::List(entries.iter().map(entry).collect())
}
