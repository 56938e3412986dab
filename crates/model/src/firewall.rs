//! VPC firewall rules and firewall policies.

use ipnet::IpNet;

use crate::field::Field;
use crate::id::{ProjectId, VpcId};
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
    pub vpc: Field<VpcId>,
    pub direction: Direction,
    /// `None`: the platform's default.
    pub priority: Option<u64>,
    pub action: FirewallAction,
    pub layer4: Vec<Layer4>,
    pub selector: Selector,
    pub disabled: bool,
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
    pub kind: PolicyKind,
    /// By priority.
    pub rules: Vec<FirewallRule>,
    /// The networks it is associated with.
    pub networks: Vec<VpcId>,
}
