//! Virtual IPs and the mechanisms that move them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use ipnet::IpNet;
use twinrail_facts::{Bool, Facts, Key, Kind};

use crate::field::{Field, Hole, Stated};
use crate::id::{ClientGroupId, ClusterId, ForwardingRuleId, InstanceId, NicId, SubnetId, VipPoolId};
use crate::instance::Rail;
use crate::network::{Name, Network};
use crate::platform::View;
use crate::range::{AddressSpan, Port};
use crate::situation::{Part, Situation};

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
    /// Who finds out that a node has failed, where the model says it.
    pub detector: Option<DetectorKind>,
    /// Parameters by name, in milliseconds or as plain numbers.
    pub parameters: BTreeMap<String, f64>,
}

impl Mover {
    /// A mover as it is without parameters.
    pub fn plain(kind: MoverKind) -> Self {
        Self { kind, detector: None, parameters: BTreeMap::new() }
    }
}

/// Who finds out that a node has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DetectorKind {
    /// Probes at an interval, some of which must fail in a row: a controller's, a load balancer's, a managed group's.
    Probe,
    /// A lease that the holder renews, and that others wait for.
    Lease,
    /// Advertisements among the nodes: VRRP as keepalived speaks it.
    Keepalived,
    /// Corosync's token, which waits the longer the more nodes there are.
    Corosync,
}

impl DetectorKind {
    pub const ALL: [Self; 4] = [Self::Probe, Self::Lease, Self::Keepalived, Self::Corosync];

    /// The name in the model file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Lease => "lease",
            Self::Keepalived => "keepalived",
            Self::Corosync => "corosync",
        }
    }
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

/// One virtual address of a pool, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vip {
    pub pool: VipPoolId,
    pub place: u64,
}

impl Network {
    /// The VIPs of a pool, in order.
    pub fn vips_of(&self, pool: VipPoolId) -> impl Iterator<Item = Vip> + use<> {
        (0..self.vips[pool].count).map(move |place| Vip { pool, place })
    }

    /// The forwarding rule that realises a VIP, where the input has one.
    pub fn vip_rule(&self, vip: Vip) -> Option<ForwardingRuleId> {
        let place = usize::try_from(vip.place).ok()?;
        self.vips[vip.pool].forwarding_rules.get(place).copied()
    }

    /// The address of a VIP as a range of one, or the ranges that it will come from where the model does not name it.
    pub fn vip_ranges(&self, vip: Vip) -> Field<Vec<IpNet>> {
        let pool = &self.vips[vip.pool];
        if let Some(rule) = self.vip_rule(vip)
            && let Some(address) = self.forwarding_rules[rule].address.get()?
        {
            return Ok(vec![address.into()]);
        }
        if let Some(address) = pool.span.and_then(|span| span.nth(vip.place)) {
            return Ok(vec![address.into()]);
        }
        Ok(match &pool.source {
            VipSource::Span(span) => span.ranges(),
            VipSource::Subnet(_, Some(_)) => self.vip_spans(pool)?.iter().flat_map(AddressSpan::ranges).collect(),
            VipSource::Subnet(subnet, None) => {
                let row = &self.subnets[*subnet];
                row.range.get()?.into_iter().chain(*row.ipv6_range).collect()
            }
        })
    }

    /// Who could hold a VIP once every move is complete, in order: the static half of its mover. Empty where nobody could.
    ///
    /// A stateful group recreates the instance that failed, with its address: it stays the one candidate, unless its zone is down.
    pub fn candidates(&self, vip: Vip, view: &View<'_>, situation: &Situation) -> Field<Vec<InstanceId>> {
        let pool = &self.vips[vip.pool];
        let kind = pool.mover.kind;
        let mut candidates = Vec::new();
        let members = self.vip_members(vip)?;
        if kind == MoverKind::StatefulMig {
            if let Some(instance) = owner(vip, &members) {
                let zone = self.instances[instance].zone.get()?;
                if !situation.down.contains(&Part::Zone(zone)) {
                    candidates.push(instance);
                }
            }
            return Ok(candidates);
        }
        for instance in members {
            let Some(nic) = self.vip_nic(pool, instance) else { continue };
            let moves = self.nics[nic].index == 0 || !kind.fact::<Bool>(view.facts, "nic0-only")?;
            if moves && situation.is_nic_up(self, nic)? {
                candidates.push(instance);
            }
        }
        Ok(candidates)
    }

    /// The one instance that a VIP is with whatever fails, where its mover recreates that one.
    pub fn vip_owner(&self, vip: Vip) -> Field<Option<InstanceId>> {
        let stays = self.vips[vip.pool].mover.kind == MoverKind::StatefulMig;
        Ok(if stays { owner(vip, &self.vip_members(vip)?) } else { None })
    }

    /// The instances that a VIP may be with: the backends of its forwarding rule, or the cluster it is over.
    pub fn vip_members(&self, vip: Vip) -> Field<Vec<InstanceId>> {
        let service = self.vip_rule(vip).and_then(|rule| *self.forwarding_rules[rule].backend_service);
        let Some(service) = service else { return Ok(self.clusters[self.vips[vip.pool].over].instances.clone()) };
        let mut members = Vec::new();
        for backend in &self.backend_services[service].backends {
            members.extend_from_slice(self.members(backend.group.get()?)?);
        }
        members.sort_unstable();
        members.dedup();
        Ok(members)
    }

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

/// The member of a stateful group that has a VIP: they take turns.
fn owner(vip: Vip, members: &[InstanceId]) -> Option<InstanceId> {
    let place = usize::try_from(vip.place).map_or(0, |place| place % members.len().max(1));
    members.get(place).copied()
}
