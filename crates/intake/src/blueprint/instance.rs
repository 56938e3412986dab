//! The module that makes instances, `vm-instance`: as many as a count says, with one NIC on the network that it uses, or
//! with the NICs that it lists. Not here: disks, images and what runs on them.

use twinrail_model::Network;

use super::Reading;
use super::module::{Setting, Settings};
use super::network::link;
use super::value::{UNKNOWN_NAME, Value};
use crate::resource::{Kind, UNKNOWN_PLACE};

impl Reading<'_> {
    /// `modules/compute/vm-instance`.
    pub(super) fn instances(&mut self, settings: &Settings) -> Value {
        let Some(count) = self.bounded(settings, "instance_count", "max_instances") else { return Value::Unknown };
        let project = self.project(&settings.get("project_id"));
        let zone = self.location(&settings.get("zone"));
        let prefix = self.prefix(settings);
        let interfaces = self.network_interfaces(settings, &project, &zone);
        let policy = self.placement(settings, &prefix);
        let maintenance = self.maintenance(settings);
        let (mut names, mut links) = (Vec::new(), Vec::new());
        for number in 0..count {
            let full = match &prefix.value {
                Value::Text(prefix) => Value::Text(format!("{prefix}-{number}")),
                _ => Value::Unknown,
            };
            let name = self.name(&full, &prefix.at, &format!("{} {number}", settings.id));
            let canonical = format!("{project}/zones/{zone}/instances/{name}");
            let body = Value::map([
                ("name", Value::text(name)),
                ("machineType", settings.value("machine_type")),
                ("networkInterfaces", interfaces.clone()),
                ("scheduling", scheduling(settings, &maintenance)),
                ("networkPerformanceConfig", performance(&settings.value("bandwidth_tier"))),
                ("resourcePolicies", policy.clone()),
                ("tags", tags(&settings.value("tags"))),
                ("serviceAccounts", accounts(settings)),
            ]);
            links.push(link(&canonical));
            self.push(Kind::Instance, canonical, &body, &settings.at, fields(settings, &prefix, &interfaces));
            names.push(full);
        }
        Value::map([
            ("name", Value::List(names)),
            ("self_link", Value::List(links)),
            ("external_ip", Value::Unknown),
            ("internal_ip", Value::Unknown),
            ("instructions", Value::Unknown),
        ])
    }

    /// What the names of the instances begin with.
    fn prefix(&mut self, settings: &Settings) -> Setting {
        let own = settings.get("name_prefix");
        let deployment = settings.get("deployment_name");
        if own.value == Value::Null {
            return deployment;
        }
        let value = match (self.flag(settings, "add_deployment_name_before_prefix"), &own.value, &deployment.value) {
            (Some(false), value, _) => value.clone(),
            (Some(true), Value::Text(own), Value::Text(deployment)) => Value::Text(format!("{deployment}-{own}")),
            _ => Value::Unknown,
        };
        Setting { value, at: own.at }
    }

    /// The policy that the module makes where `placement_policy` is set.
    fn placement(&mut self, settings: &Settings, prefix: &Setting) -> Value {
        match (settings.value("placement_policy"), &prefix.value) {
            (Value::Null, _) => Value::Null,
            (Value::Unknown, _) => Value::Unknown,
            (_, Value::Text(prefix)) => {
                self.not_understood("blueprint placement policy, of which only the name is read".to_owned());
                Value::List(vec![Value::Text(format!("{prefix}-vm-instance-placement"))])
            }
            _ => Value::Unknown,
        }
    }

    /// What the module sets where `on_host_maintenance` is not set: instances that must stay together, may be taken away,
    /// or have accelerators are terminated.
    fn maintenance(&mut self, settings: &Settings) -> Value {
        let own = settings.value("on_host_maintenance");
        if own != Value::Null {
            return own;
        }
        let spot = self.flag(settings, "spot");
        let policy = settings.value("placement_policy");
        let compact = match &policy {
            Value::Unknown => None,
            policy => match policy.attribute("collocation") {
                Some(Value::Unknown) => None,
                collocation => Some(collocation.is_some_and(|value| value != Value::Null)),
            },
        };
        let machine = settings.value("machine_type");
        let family = machine.as_text().filter(|_| !machine.is_open()).and_then(|machine| machine.split('-').next());
        let is_in = |list: &str| {
            let Value::List(families) = settings.entry.constant(list) else { return false };
            family.is_some_and(|family| families.iter().any(|known| known.as_text() == Some(family)))
        };
        let accelerators = match settings.value("guest_accelerator") {
            Value::List(items) => Some(!items.is_empty()),
            Value::Null => Some(false),
            _ => None,
        };
        let reasons = [spot, compact, accelerators, Some(is_in("gpu_families"))];
        if reasons.contains(&Some(true)) {
            return Value::text("TERMINATE");
        }
        let is_known = !reasons.contains(&None) && family.is_some() && !is_in("unread_families");
        if is_known { Value::text("MIGRATE") } else { Value::Unknown }
    }

    /// The NICs: those that are listed; else one on the network and the subnet that are set or used.
    fn network_interfaces(&mut self, settings: &Settings, project: &str, zone: &str) -> Value {
        let Setting { value, at } = settings.get("network_interfaces");
        let listed = match value {
            Value::List(items) => items,
            Value::Null => Vec::new(),
            Value::Unknown => return Value::Unknown,
            other => {
                self.error(&at, format!("`network_interfaces` is {}, not a list", other.kind()), None);
                return Value::Unknown;
            }
        };
        if listed.is_empty() {
            let tier = settings.value("bandwidth_tier");
            let nic_type = match tier.as_text() {
                Some("not_enabled") => Value::Null,
                Some(_) if !tier.is_open() => Value::text("GVNIC"),
                _ => Value::Unknown,
            };
            let external = match self.flag(settings, "disable_public_ips") {
                Some(true) => Value::List(Vec::new()),
                Some(false) => Value::List(vec![Value::map([])]),
                None => Value::Unknown,
            };
            let only = Value::map([
                ("network", settings.value("network_self_link")),
                ("subnetwork", settings.value("subnetwork_self_link")),
                ("nic_type", nic_type),
                ("access_config", external),
            ]);
            return Value::List(vec![interface(&only, project, zone)]);
        }
        for (place, nic) in listed.iter().enumerate() {
            self.only_parts(settings, "network_interfaces", nic);
            if !matches!(nic, Value::Map(_) | Value::Unknown) {
                self.error(&format!("{at}/{place}"), format!("a network interface is a map, not {}", nic.kind()), None);
            }
        }
        Value::List(listed.iter().map(|nic| interface(nic, project, zone)).collect())
    }
}

/// A NIC of Terraform in the API's words. A subnet or a network may be named without its project and region.
fn interface(nic: &Value, project: &str, zone: &str) -> Value {
    if !matches!(nic, Value::Map(_)) {
        return Value::Unknown;
    }
    let part = |key: &str| match nic.attribute(key).unwrap_or(Value::Null) {
        Value::Text(text) if text.is_empty() => Value::Null,
        other => other,
    };
    let project = match part("subnetwork_project") {
        Value::Text(id) => format!("projects/{id}"),
        Value::Unknown => format!("projects/{UNKNOWN_PLACE}"),
        _ => project.to_owned(),
    };
    let region = if zone.starts_with('(') { UNKNOWN_PLACE } else { Network::region_of(zone) };
    let full = |value: Value, scope: &str| match value {
        Value::Text(name) if name.contains('/') => Value::Text(name),
        Value::Text(name) if name.contains(UNKNOWN_NAME) => Value::Unknown,
        Value::Text(name) => Value::Text(format!("{project}/{scope}/{name}")),
        Value::Null => Value::Null,
        _ => Value::Unknown,
    };
    let each = |key: &str, words: &[(&str, &str)]| match part(key) {
        Value::List(items) => {
            let item = |item: &Value| {
                let entry = |(own, api): &(&str, &str)| ((*api).to_owned(), item.attribute(own).unwrap_or(Value::Null));
                Value::Map(words.iter().map(entry).collect())
            };
            Value::List(items.iter().map(item).collect())
        }
        other => other,
    };
    Value::map([
        ("network", full(part("network"), "global/networks")),
        ("subnetwork", full(part("subnetwork"), &format!("regions/{region}/subnetworks"))),
        ("networkIP", part("network_ip")),
        ("nicType", part("nic_type")),
        ("stackType", part("stack_type")),
        ("queueCount", part("queue_count")),
        ("accessConfigs", each("access_config", &[("nat_ip", "natIP"), ("network_tier", "networkTier")])),
        ("ipv6AccessConfigs", each("ipv6_access_config", &[("network_tier", "networkTier")])),
        (
            "aliasIpRanges",
            each(
                "alias_ip_range",
                &[("ip_cidr_range", "ipCidrRange"), ("subnetwork_range_name", "subnetworkRangeName")],
            ),
        ),
    ])
}

fn scheduling(settings: &Settings, maintenance: &Value) -> Value {
    let spot = settings.value("spot");
    let model = match spot.as_flag() {
        Some(true) => Value::text("SPOT"),
        Some(false) => Value::Null,
        None => Value::Unknown,
    };
    let preemptible = spot.as_flag().map_or(Value::Unknown, Value::Bool);
    Value::map([("onHostMaintenance", maintenance.clone()), ("preemptible", preemptible), ("provisioningModel", model)])
}

fn performance(tier: &Value) -> Value {
    let word = match tier.as_text() {
        Some("tier_1_enabled") => Value::text("TIER_1"),
        Some("not_enabled" | "gvnic_enabled") => Value::text("DEFAULT"),
        _ => Value::Unknown,
    };
    Value::map([("totalEgressBandwidthTier", word)])
}

fn tags(tags: &Value) -> Value {
    if *tags == Value::Null { Value::Null } else { Value::map([("items", tags.clone())]) }
}

/// The service account, where the blueprint names one; else it is the project's default one.
fn accounts(settings: &Settings) -> Value {
    let own = settings.value("service_account_email");
    let email = match own {
        Value::Null => settings.value("service_account").attribute("email").unwrap_or(Value::Null),
        email => email,
    };
    match email {
        Value::Null => Value::Null,
        email => Value::List(vec![Value::map([("email", email)])]),
    }
}

/// Where the fields of an instance are written.
fn fields(settings: &Settings, prefix: &Setting, interfaces: &Value) -> Vec<(String, String)> {
    let direct = [
        ("/machineType", "machine_type"),
        ("/scheduling/onHostMaintenance", "on_host_maintenance"),
        ("/scheduling/preemptible", "spot"),
        ("/scheduling/provisioningModel", "spot"),
        ("/networkPerformanceConfig", "bandwidth_tier"),
        ("/resourcePolicies", "placement_policy"),
        ("/tags", "tags"),
        ("/serviceAccounts", "service_account"),
        ("/zone", "zone"),
    ];
    let mut fields: Vec<(String, String)> =
        direct.iter().map(|(api, own)| ((*api).to_owned(), settings.at(own))).collect();
    fields.push(("/name".to_owned(), prefix.at.clone()));
    let Setting { value, at } = settings.get("network_interfaces");
    let listed = !matches!(value, Value::Null) && value != Value::List(Vec::new());
    if listed {
        let words = [
            ("nicType", "nic_type"),
            ("networkIP", "network_ip"),
            ("aliasIpRanges", "alias_ip_range"),
            ("accessConfigs", "access_config"),
        ];
        fields.push(("/networkInterfaces".to_owned(), at.clone()));
        let count = if let Value::List(items) = interfaces { items.len() } else { 0 };
        for place in 0..count {
            let below =
                |(api, own): (&str, &str)| (format!("/networkInterfaces/{place}/{api}"), format!("{at}/{place}/{own}"));
            fields.extend(words.map(below));
        }
        return fields;
    }
    let of = |api: &str, own: &str| (format!("/networkInterfaces/0{api}"), settings.at(own));
    fields.extend([
        of("", "subnetwork_self_link"),
        of("/network", "network_self_link"),
        of("/nicType", "bandwidth_tier"),
        of("/accessConfigs", "disable_public_ips"),
    ]);
    fields
}
