//! VPC firewall rules and firewall policies.

use ipnet::IpNet;
use twinrail_model::{
    Direction, FirewallAction, FirewallPolicy, FirewallPolicyId, FirewallRule, FirewallRuleId, Hole, Known, Layer4,
    Name, Place, PolicyKind, PolicyScope, Selector, Stated,
};

use super::fields::Fields;
use super::{Item, Lowering, known};
use crate::resource::{Kind, project_of, short};

pub(super) fn outside_rule(_: &mut Lowering<'_>, name: &str, id: FirewallRuleId) -> FirewallRule {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    FirewallRule {
        name: Name::new(name),
        known: Known::Outside,
        vpc: Err(hole("network")).into(),
        direction: Stated::missing(Direction::Ingress, hole("direction")),
        priority: Stated::missing(None, hole("priority")),
        action: Stated::missing(FirewallAction::Deny, hole("denied")),
        layer4: Stated::missing(Vec::new(), hole("denied")),
        selector: Stated::missing(Selector::default(), hole("sourceRanges")),
        disabled: Stated::missing(true, hole("disabled")),
    }
}

pub(super) fn outside_policy(lowering: &mut Lowering<'_>, name: &str, id: FirewallPolicyId) -> FirewallPolicy {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    FirewallPolicy {
        name: Name::new(name),
        known: Known::Outside,
        project: name.starts_with("projects/").then(|| lowering.project(project_of(name))),
        scope: scope(name),
        kind: Stated::missing(PolicyKind::Vpc, hole("policyType")),
        rules: Stated::missing(Vec::new(), hole("rules")),
        networks: Stated::missing(Vec::new(), hole("associations")),
        of_folder: Stated::missing(false, hole("associations")),
    }
}

const OF_FOLDER: &str =
    "association of a firewall policy with a folder or an organisation, whose networks are not said";

fn scope(name: &str) -> PolicyScope {
    let canonical = Name::new(name);
    match canonical.part("regions") {
        Some(region) => PolicyScope::Regional(region.to_owned()),
        None if name.starts_with("projects/") => PolicyScope::Global,
        None => PolicyScope::Hierarchical,
    }
}

impl Lowering<'_> {
    pub(super) fn lower_firewall_rule(&mut self, item: &Item<'_>) {
        let id = self.firewall_rule(&item.resource.name);
        let fields = &item.fields;
        let vpc = self.link_field(item, "network", id);
        let row = FirewallRule {
            name: Name::new(item.resource.name.as_str()),
            known: Known::Here,
            vpc: vpc.map(|name| self.vpc(&name)).into(),
            direction: fields.stated(id, direction),
            priority: fields.stated(id, |fields| fields.count("priority")),
            action: fields.stated(id, |fields| rule_action(fields).0),
            layer4: fields.stated(id, |fields| rule_action(fields).1),
            selector: fields.stated(id, rule_selector),
            disabled: fields.stated(id, |fields| fields.flag("disabled")),
        };
        self.network.firewall_rules[id] = row;
        self.origins.record(id, item.anchor, "");
    }

    pub(super) fn lower_firewall_policy(&mut self, item: &Item<'_>) {
        let id = self.firewall_policy(&item.resource.name);
        let fields = &item.fields;
        let rules = fields.stated(id, |fields| {
            let name = &item.resource.name;
            let mut rules: Vec<FirewallRule> =
                fields.children("rules").iter().map(|rule| policy_rule(name, rule, id)).collect();
            rules.sort_by_key(|rule| *rule.priority.peek());
            rules
        });
        let targets = fields.stated(id, |fields| {
            let associations = fields.children("associations");
            let targets = associations.iter().filter_map(|association| association.text("attachmentTarget"));
            let is_network = |name: &String| Kind::of_name(name) == Some(Kind::Network);
            // An organisation or a folder is no resource of the Compute API, and the input does not tell whose networks it holds.
            let networks = targets.map(|url| self.resolve(item, url).filter(is_network)).collect::<Vec<_>>();
            networks.iter().filter(|name| name.is_none()).for_each(|_| fields.astray(OF_FOLDER));
            networks
        });
        let project =
            item.resource.name.starts_with("projects/").then(|| self.project(project_of(&item.resource.name)));
        let row = FirewallPolicy {
            name: Name::new(item.resource.name.as_str()),
            known: known(item),
            project,
            scope: scope(&item.resource.name),
            kind: fields.stated(id, |fields| match fields.text("policyType") {
                None | Some("VPC_POLICY") => PolicyKind::Vpc,
                Some("RDMA_ROCE_POLICY") => PolicyKind::RdmaRoce,
                Some("RDMA_FALCON_POLICY") => PolicyKind::RdmaFalcon,
                Some(other) => PolicyKind::Other(other.to_owned()),
            }),
            rules,
            of_folder: Stated::map(targets.clone(), |names| names.contains(&None)),
            networks: Stated::map(targets, |names| names.iter().flatten().map(|name| self.vpc(name)).collect()),
        };
        self.network.firewall_policies[id] = row;
        self.origins.record(id, item.anchor, "");
    }
}

/// What a rule does, and with which packets.
fn rule_action(fields: &Fields<'_>) -> (FirewallAction, Vec<Layer4>) {
    match (fields.children("allowed"), fields.children("denied")) {
        (allowed, denied) if denied.is_empty() => (FirewallAction::Allow, layer4(&allowed)),
        (_, denied) => (FirewallAction::Deny, layer4(&denied)),
    }
}

fn rule_selector(fields: &Fields<'_>) -> Selector {
    let direction = direction(fields);
    let sources = ["sourceRanges", "sourceTags", "sourceServiceAccounts"];
    Selector {
        source_ranges: ranges_or_any(fields, "sourceRanges", direction == Direction::Ingress, &sources),
        destination_ranges: ranges_or_any(
            fields,
            "destinationRanges",
            direction == Direction::Egress,
            &["destinationRanges"],
        ),
        source_tags: owned(&fields.texts("sourceTags")),
        source_service_accounts: owned(&fields.texts("sourceServiceAccounts")),
        target_tags: owned(&fields.texts("targetTags")),
        target_service_accounts: owned(&fields.texts("targetServiceAccounts")),
        ..Selector::default()
    }
}

fn direction(fields: &Fields<'_>) -> Direction {
    fields
        .word("direction", &[("INGRESS", Direction::Ingress), ("EGRESS", Direction::Egress)])
        .unwrap_or(Direction::Ingress)
}

fn layer4(entries: &[Fields<'_>]) -> Vec<Layer4> {
    let entry = |fields: &Fields<'_>| Layer4 {
        protocol: fields.text("IPProtocol").or_else(|| fields.text("ipProtocol")).unwrap_or("all").to_lowercase(),
        ports: fields.forms("ports"),
    };
    entries.iter().map(entry).collect()
}

/// What narrows a rule of a policy and is not modelled.
const UNMODELLED: &[&str] = &[
    "srcAddressGroups",
    "destAddressGroups",
    "srcFqdns",
    "destFqdns",
    "srcRegionCodes",
    "destRegionCodes",
    "srcThreatIntelligences",
    "destThreatIntelligences",
    "srcNetworks",
    "srcNetworkContext",
    "destNetworkContext",
    "srcNetworkType",
    "destNetworkType",
    "srcNetworkScope",
    "destNetworkScope",
];

/// The ranges of a field. The API reads a rule that states no source (or, for egress, no destination) as one for any address, so it means the same here; a
/// malformed one is listed and means nothing.
fn ranges_or_any(fields: &Fields<'_>, key: &'static str, applies: bool, stated: &[&'static str]) -> Vec<IpNet> {
    let ranges = fields.ranges(key);
    if applies && stated.iter().all(|key| fields.is_empty(key)) { vec![IpNet::default(), ANY_IPV6] } else { ranges }
}

/// Every IPv6 address; the default of [`IpNet`] is every IPv4 address.
const ANY_IPV6: IpNet = IpNet::V6(ipnet::Ipv6Net::new_assert(std::net::Ipv6Addr::UNSPECIFIED, 0));

fn policy_rule(policy: &str, fields: &Fields<'_>, id: FirewallPolicyId) -> FirewallRule {
    let priority = fields.stated(id, |fields| Some(fields.count("priority").unwrap_or(0)));
    let actions = [
        ("allow", FirewallAction::Allow),
        ("deny", FirewallAction::Deny),
        ("goto_next", FirewallAction::GotoNext),
        ("apply_security_profile_group", FirewallAction::Inspect),
    ];
    FirewallRule {
        name: Name::new(format!("{policy}/rules/{}", priority.peek().unwrap_or(0))),
        known: Known::Here,
        vpc: Err(Hole::NotInCatalog("a policy's rule has no network of its own".to_owned())).into(),
        direction: fields.stated(id, direction),
        priority,
        // An action that is not known was listed as malformed.
        action: fields.stated(id, |fields| fields.word("action", &actions).unwrap_or(FirewallAction::Deny)),
        layer4: fields.stated(id, |fields| {
            fields.child("match").map(|matcher| layer4(&matcher.children("layer4Configs"))).unwrap_or_default()
        }),
        selector: fields.stated(id, policy_selector),
        disabled: fields.stated(id, |fields| fields.flag("disabled")),
    }
}

fn policy_selector(fields: &Fields<'_>) -> Selector {
    let matcher = fields.child("match");
    let matcher = matcher.as_ref();
    let texts = |key: &'static str| matcher.map(|matcher| owned(&matcher.texts(key))).unwrap_or_default();
    let ranges = |key: &'static str| matcher.map(|matcher| matcher.ranges(key)).unwrap_or_default();
    let secure_tags =
        |tags: Vec<Fields<'_>>| tags.iter().filter_map(|tag| tag.text("name").map(ToOwned::to_owned)).collect();
    let mut unmodelled: Vec<String> = Vec::new();
    for (fields, keys) in [(matcher, UNMODELLED), (Some(fields), &["targetResources", "targetForwardingRules"])] {
        let narrows = |key: &&&'static str| fields.is_some_and(|fields| fields.narrows(key));
        unmodelled.extend(keys.iter().filter(narrows).map(|key| (*key).to_owned()));
    }
    Selector {
        source_ranges: ranges("srcIpRanges"),
        destination_ranges: ranges("destIpRanges"),
        source_secure_tags: matcher.map(|matcher| secure_tags(matcher.children("srcSecureTags"))).unwrap_or_default(),
        target_secure_tags: secure_tags(fields.children("targetSecureTags")),
        target_service_accounts: owned(&fields.texts("targetServiceAccounts")),
        source_tags: texts("srcTags"),
        unmodelled,
        ..Selector::default()
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| short_account(text)).collect()
}

/// Service accounts and tags are plain; targets of a policy may be URLs.
fn short_account(text: &str) -> String {
    if text.contains("/projects/") { short(text).to_owned() } else { text.to_owned() }
}
