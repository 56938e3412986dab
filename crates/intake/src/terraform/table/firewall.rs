//! VPC firewall rules and firewall policies, with their rules and associations.

use super::{Form, Link, NETWORK, Scope, Shape, Type, field, renamed, to};
use crate::resource::Kind;

pub(super) const TYPES: &[Type] = &[
    Type::own("google_compute_firewall", Kind::Firewall, Scope::Global, "firewalls", FIREWALL_SHAPE),
    policy("google_compute_network_firewall_policy", Scope::Global),
    policy("google_compute_network_firewall_policy_with_rules", Scope::Global),
    rule("google_compute_network_firewall_policy_rule", Scope::Global),
    association("google_compute_network_firewall_policy_association", Scope::Global),
    policy("google_compute_region_network_firewall_policy", Scope::Region),
    policy("google_compute_region_network_firewall_policy_with_rules", Scope::Region),
    rule("google_compute_region_network_firewall_policy_rule", Scope::Region),
    association("google_compute_region_network_firewall_policy_association", Scope::Region),
    policy("google_compute_firewall_policy", Scope::Organisation),
    policy("google_compute_firewall_policy_with_rules", Scope::Organisation),
    rule("google_compute_firewall_policy_rule", Scope::Organisation),
    association("google_compute_firewall_policy_association", Scope::Organisation),
];

const fn policy(word: &'static str, scope: Scope) -> Type {
    Type::own(word, Kind::FirewallPolicy, scope, "firewallPolicies", POLICY_SHAPE)
}

const fn rule(word: &'static str, scope: Scope) -> Type {
    Type::part(word, Kind::FirewallPolicy, "firewall_policy", policies(scope), "rules", RULE_SHAPE)
}

const fn association(word: &'static str, scope: Scope) -> Type {
    Type::part(word, Kind::FirewallPolicy, "firewall_policy", policies(scope), "associations", ASSOCIATION_SHAPE)
}

const fn policies(scope: Scope) -> Link {
    to(scope, "firewallPolicies")
}

const PROTOCOL: &Shape = &[renamed("protocol", "IPProtocol")];

const FIREWALL_SHAPE: &Shape = &[
    field("allow", "allowed", Form::Many(PROTOCOL)),
    field("deny", "denied", Form::Many(PROTOCOL)),
    // What `log_config` was once.
    renamed("enable_logging", "logConfig/enable"),
    field("log_config", "logConfig", Form::One(&[])),
    field("network", "network", Form::Link(NETWORK)),
];

const POLICY_SHAPE: &Shape = &[
    renamed("firewall_policy_id", "id"),
    renamed("network_firewall_policy_id", "id"),
    field("rule", "rules", Form::Many(RULE_SHAPE)),
];

const MATCH: &Shape = &[
    field("layer4_config", "layer4Configs", Form::Many(&[])),
    field("layer4_configs", "layer4Configs", Form::Many(&[])),
    field("src_secure_tag", "srcSecureTags", Form::Many(&[])),
    field("src_secure_tags", "srcSecureTags", Form::Many(&[])),
];

const RULE_SHAPE: &Shape = &[
    field("match", "match", Form::One(MATCH)),
    field("target_secure_tag", "targetSecureTags", Form::Many(&[])),
    field("target_secure_tags", "targetSecureTags", Form::Many(&[])),
];

const ASSOCIATION_SHAPE: &Shape = &[field("attachment_target", "attachmentTarget", Form::Link(NETWORK))];
