//! VPC firewall rules and firewall policies.

use ipnet::IpNet;

use crate::field::{Field, Stated};
use crate::id::{ProjectId, VpcId};
use crate::instance::Instance;
use crate::network::{Known, Name};
use crate::range::PortRange;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    Ingress,
    Egress,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FirewallAction {
    Allow,
    Deny,
    GotoNext,
    /// Sends the packet to a security profile: not modelled further.
    Inspect,
}

/// A protocol and its ports; no ports: all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer4 {
    /// `tcp`, `udp`, `icmp`, `all`, or a protocol number.
    pub protocol: String,
    pub ports: Vec<PortRange>,
}

impl Layer4 {
    /// Whether it is about some packets of a protocol (`tcp`): those to one port, or to any.
    pub fn meets(&self, protocol: &str, port: Option<u16>) -> bool {
        let same = self.protocol == "all" || number(&self.protocol) == number(protocol);
        same && (self.ports.is_empty() || port.is_none_or(|port| self.ports.iter().any(|range| range.contains(port))))
    }

    /// IP's number of its protocol, where it has one.
    pub fn number(&self) -> Option<u8> {
        number(&self.protocol).parse().ok()
    }

    /// Whether it is about all packets of a protocol, whatever their port.
    pub fn holds_all_of(&self, protocol: &str) -> bool {
        (self.protocol == "all" || number(&self.protocol) == number(protocol)) && self.ports.is_empty()
    }

    /// Whether some packet is both of this and of another.
    pub fn overlaps(&self, other: &Self) -> bool {
        let any = self.protocol == "all" || other.protocol == "all";
        let ports = self.ports.is_empty()
            || other.ports.is_empty()
            || self.ports.iter().any(|a| other.ports.iter().any(|b| a.first <= b.last && b.first <= a.last));
        ports && (any || number(&self.protocol) == number(&other.protocol))
    }
}

/// A protocol's number where the API takes a name for it, so that `tcp` and `6` are one.
fn number(protocol: &str) -> &str {
    match protocol {
        "icmp" => "1",
        "ipip" => "4",
        "tcp" => "6",
        "udp" => "17",
        "esp" => "50",
        "ah" => "51",
        "sctp" => "132",
        other => other,
    }
}

/// Which packets a rule is about. Empty lists mean no restriction, except that a rule with some source selector and no other matches by that one only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    pub source_ranges: Vec<IpNet>,
    pub destination_ranges: Vec<IpNet>,
    pub source_tags: Vec<String>,
    pub source_service_accounts: Vec<String>,
    pub source_secure_tags: Vec<String>,
    pub target_tags: Vec<String>,
    pub target_service_accounts: Vec<String>,
    pub target_secure_tags: Vec<String>,
    /// Selectors of the API that are not modelled: address groups, FQDN, regions, threat lists.
    pub unmodelled: Vec<String>,
}

/// A firewall rule, of a network or of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirewallRule {
    /// A policy's rule has the policy's name and its priority: `…/firewallPolicies/p/rules/1000`.
    pub name: Name,
    pub known: Known,
    /// The network of a VPC firewall rule; for a rule of a policy see the policy.
    pub vpc: Stated<Field<VpcId>>,
    pub direction: Stated<Direction>,
    /// `None`: the platform's default.
    pub priority: Stated<Option<u64>>,
    pub action: Stated<FirewallAction>,
    pub layer4: Stated<Vec<Layer4>>,
    pub selector: Stated<Selector>,
    pub disabled: Stated<bool>,
}

impl FirewallRule {
    /// Whether it applies to an instance's NICs in its network. The API lets a rule have targets of one kind only.
    pub fn applies_to(&self, instance: &Instance) -> bool {
        let selector = &self.selector;
        let some = |wanted: &[String], held: &[String]| wanted.iter().any(|word| held.contains(word));
        if !selector.target_tags.is_empty() {
            return some(&selector.target_tags, &instance.tags);
        }
        if !selector.target_service_accounts.is_empty() {
            return some(&selector.target_service_accounts, &instance.service_accounts);
        }
        selector.target_secure_tags.is_empty() || some(&selector.target_secure_tags, &instance.secure_tags)
    }

    /// Whether its source tags or source service accounts name an instance.
    pub fn names_source(&self, instance: &Instance) -> bool {
        self.selector.source_tags.iter().any(|tag| instance.tags.contains(tag))
            || self.selector.source_service_accounts.iter().any(|account| instance.service_accounts.contains(account))
    }

    /// Whether it lets packets in that it matches.
    pub fn admits_ingress(&self) -> bool {
        !*self.disabled && self.direction == Direction::Ingress && self.action == FirewallAction::Allow
    }
}

/// Where a policy applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyScope {
    /// An organisation's or folder's.
    Hierarchical,
    Global,
    Regional(String),
}

/// The API's `policyType`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyKind {
    Vpc,
    RdmaRoce,
    RdmaFalcon,
    Other(String),
}

impl PolicyKind {
    /// The Compute API's word.
    pub fn word(&self) -> &str {
        match self {
            Self::Vpc => "VPC_POLICY",
            Self::RdmaRoce => "RDMA_ROCE_POLICY",
            Self::RdmaFalcon => "RDMA_FALCON_POLICY",
            Self::Other(word) => word,
        }
    }
}

/// A firewall policy with its rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirewallPolicy {
    pub name: Name,
    pub known: Known,
    pub project: Option<ProjectId>,
    pub scope: PolicyScope,
    pub kind: Stated<PolicyKind>,
    /// By priority.
    pub rules: Stated<Vec<FirewallRule>>,
    /// The networks it is associated with.
    pub networks: Stated<Vec<VpcId>>,
    /// Whether it is associated with folders or an organisation too: the input does not tell whose networks they hold.
    pub of_folder: Stated<bool>,
}

impl FirewallPolicy {
    /// Whether it may govern a network that it does not name.
    pub fn may_govern_others(&self) -> bool {
        self.scope == PolicyScope::Hierarchical && (self.networks.is_empty() || *self.of_folder)
    }
}
