//! Virtual IPs and the mechanisms that move them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use twinrail_facts::{Facts, Key, Kind};

use crate::field::{Field, Hole, Stated};
use crate::id::{ClientGroupId, ClusterId, ForwardingRuleId, NicId, SubnetId, VipPoolId};
use crate::instance::Rail;
use crate::network::{Name, Network};
use crate::range::{AddressSpan, Port};

/// A mechanism that moves a VIP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MoverKind {
    AliasIp,
    AliasIpFenced,
    RouteReplace,
    RouteMakeBeforeBreak,
    RoutePriority,
    LbHealthCheck,
    LbLeader,
    LbGarp,
    StatefulMig,
    PacemakerAlias,
}

impl MoverKind {
    pub const ALL: [Self; 10] = [
        Self::AliasIp,
        Self::AliasIpFenced,
        Self::RouteReplace,
        Self::RouteMakeBeforeBreak,
        Self::RoutePriority,
        Self::LbHealthCheck,
        Self::LbLeader,
        Self::LbGarp,
        Self::StatefulMig,
        Self::PacemakerAlias,
    ];

    /// The name in the model file and in fact ids (`mover.NAME.…`).
    pub fn word(self) -> &'static str {
        match self {
            Self::AliasIp => "alias-ip",
            Self::AliasIpFenced => "alias-ip-fenced",
            Self::RouteReplace => "route-replace",
            Self::RouteMakeBeforeBreak => "route-make-before-break",
            Self::RoutePriority => "route-priority",
            Self::LbHealthCheck => "lb-health-check",
            Self::LbLeader => "lb-leader",
            Self::LbGarp => "lb-garp",
            Self::StatefulMig => "stateful-mig",
            Self::PacemakerAlias => "pacemaker-alias",
        }
    }

    pub fn uses_alias(self) -> bool {
        matches!(self, Self::AliasIp | Self::AliasIpFenced | Self::PacemakerAlias)
    }

    pub fn uses_routes(self) -> bool {
        matches!(self, Self::RouteReplace | Self::RouteMakeBeforeBreak | Self::RoutePriority)
    }

    pub fn uses_load_balancer(self) -> bool {
        matches!(self, Self::LbHealthCheck | Self::LbLeader | Self::LbGarp)
    }

    /// A fact about this mover by its name behind `mover.NAME.`.
    pub fn fact<'a, K: Kind>(self, facts: &Facts<'a>, name: &str) -> Field<K::View<'a>> {
        let id = format!("mover.{self}.{name}");
        let key: Option<Key<K>> = facts.catalog().key(&id);
        key.map(|key| facts.get(key)).ok_or(Hole::NotInCatalog(id))
    }
}

impl FromStr for MoverKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|kind| kind.word() == text);
        known.ok_or_else(|| format!("`{text}` is not a mover"))
    }
}

impl fmt::Display for MoverKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A mechanism and its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Mover {
    pub kind: MoverKind,
    /// Parameters by name, in milliseconds or as plain numbers.
    pub parameters: BTreeMap<String, f64>,
}

/// Where the addresses of a pool come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VipSource {
    /// A subnet's primary range, or a secondary range of it by name.
    Subnet(SubnetId, Option<String>),
    /// Addresses given as such.
    Span(AddressSpan),
}

/// A pool of VIPs over the instances of a cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct VipPool {
    pub name: Name,
    pub count: u64,
    pub source: VipSource,
    /// The addresses, where the model names them: inside the source.
    pub span: Option<AddressSpan>,
    pub reserved: bool,
    pub over: ClusterId,
    pub rail: Rail,
    pub ports: Vec<Port>,
    pub mover: Mover,
    /// Clients that use it.
    pub clients: Vec<ClientGroupId>,
    /// The forwarding rules that realise it, where the input has them.
    pub forwarding_rules: Stated<Vec<ForwardingRuleId>>,
}

impl Network {
    /// The NICs that may hold the addresses of a pool: on each instance of its cluster the NIC in the pool's subnet, or, for addresses that come
    /// from no subnet, the first NIC of the pool's rail.
    pub fn vip_nics(&self, pool: VipPoolId) -> Vec<NicId> {
        let pool = &self.vips[pool];
        let holds = |nic: &NicId| match pool.source {
            VipSource::Subnet(subnet, _) => self.nics[*nic].subnet == Ok(subnet),
            VipSource::Span(_) => self.nics[*nic].rail == Some(pool.rail),
        };
        let instances = self.clusters[pool.over].instances.iter();
        instances.filter_map(|id| self.instances[*id].nics.iter().copied().find(holds)).collect()
    }
}
