//! A VPC network and what hangs on it: subnets, reserved addresses, routes, routers and gateways.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::field::{Field, Stated};
use crate::id::{ForwardingRuleId, InstanceId, ProjectId, SubnetId, VpcId};
use crate::network::{Known, Name};

/// A VPC network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vpc {
    pub name: Name,
    pub known: Known,
    pub project: ProjectId,
    /// Short name of the network profile, `ZONE-vpc-falcon`; `None` for an ordinary network.
    pub profile: Stated<Field<Option<String>>>,
    /// Bytes; `None`: the platform's default for this kind of network.
    pub mtu: Stated<Field<Option<u64>>>,
    /// Auto mode: one subnet a region, made by the platform.
    pub auto_subnets: Stated<bool>,
    /// The API's `networkFirewallPolicyEnforcementOrder`; `None`: the platform's default.
    pub firewall_order: Stated<Option<FirewallOrder>>,
}

/// Whether the network firewall policies of a network are asked after its VPC firewall rules or before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FirewallOrder {
    AfterClassic,
    BeforeClassic,
}

impl FirewallOrder {
    pub const ALL: [Self; 2] = [Self::AfterClassic, Self::BeforeClassic];

    /// The Compute API's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::AfterClassic => "AFTER_CLASSIC_FIREWALL",
            Self::BeforeClassic => "BEFORE_CLASSIC_FIREWALL",
        }
    }
}

/// A subnetwork.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    pub name: Name,
    pub known: Known,
    pub vpc: Stated<Field<VpcId>>,
    pub region: Stated<Field<String>>,
    /// Primary IPv4 range; `None` for an IPv6-only subnet.
    pub range: Stated<Field<Option<IpNet>>>,
    pub ipv6_range: Stated<Option<IpNet>>,
    /// Secondary ranges by name.
    pub secondary: Stated<Vec<(String, IpNet)>>,
    /// `PRIVATE` unless said otherwise.
    pub purpose: Stated<String>,
    /// `IPV4_ONLY`, `IPV4_IPV6` or `IPV6_ONLY`.
    pub stack: Stated<String>,
    pub private_google_access: Stated<bool>,
    pub flow_logs: Stated<bool>,
    /// `allowSubnetCidrRoutesOverlap`: static routes may lead into its ranges.
    pub overlaps_routes: Stated<bool>,
    /// Whether the platform makes it with the network, so that it is no resource of its own.
    pub predefined: bool,
}

/// A reserved address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub name: Name,
    pub known: Known,
    pub project: ProjectId,
    pub address: Stated<Field<IpAddr>>,
    /// Prefix length of a reserved range; `None` for a single address.
    pub prefix_length: Stated<Option<u8>>,
    pub external: Stated<bool>,
    pub subnet: Stated<Option<SubnetId>>,
    /// `GCE_ENDPOINT` unless said otherwise.
    pub purpose: Stated<String>,
    /// `RESERVING`, `RESERVED` or `IN_USE`, where the input says.
    pub status: Stated<Option<String>>,
}

/// Where a route sends packets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextHop {
    Instance(InstanceId),
    Address(IpAddr),
    /// An internal passthrough load balancer.
    ForwardingRule(ForwardingRuleId),
    /// The default internet gateway.
    InternetGateway,
    /// A VPN tunnel, a peering, a hub, the network itself: by the API's field name.
    Other(String),
}

/// A route of the table: the API's `routes` lists subnet and peering routes beside the static ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub name: Name,
    pub known: Known,
    pub vpc: Stated<Field<VpcId>>,
    pub destination: Stated<Field<IpNet>>,
    /// `None`: the platform's default.
    pub priority: Stated<Option<u64>>,
    /// Applies to instances with one of these tags only; empty: to all.
    pub tags: Stated<Vec<String>>,
    pub next_hop: Stated<Field<NextHop>>,
}

impl Route {
    /// Whether a user made it: the others come with a subnet, a peering or a network.
    pub fn is_static(&self) -> bool {
        is_made_by_user(&self.next_hop)
    }

    /// The same, without a look at a next hop that is missing.
    pub fn is_static_peek(&self) -> bool {
        is_made_by_user(self.next_hop.peek())
    }
}

fn is_made_by_user(hop: &Field<NextHop>) -> bool {
    !matches!(hop, Ok(NextHop::Other(field)) if field == "nextHopNetwork" || field == "nextHopPeering")
}

/// Where a policy-based route sends packets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyHop {
    /// The address of an internal passthrough load balancer.
    Address(IpAddr),
    /// The other routes of the network decide, as if no policy-based route were there.
    OtherRoutes,
}

/// Whose packets a policy-based route takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppliesTo {
    /// All instances, VPN tunnels and Interconnect attachments of its network.
    All,
    /// Instances with one of these tags.
    Tags(Vec<String>),
    /// The Interconnect attachments of a region, or of all regions: the API's word.
    Interconnects(String),
}

/// A policy-based route: it is asked before the other routes, and looks at more than the destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRoute {
    pub name: Name,
    pub known: Known,
    pub vpc: Stated<Field<VpcId>>,
    /// `None`: the platform's default.
    pub priority: Stated<Option<u64>>,
    /// `None`: any.
    pub source: Stated<Field<Option<IpNet>>>,
    /// `None`: any.
    pub destination: Stated<Field<Option<IpNet>>>,
    /// In capitals; `ALL` unless said otherwise.
    pub protocol: Stated<Field<String>>,
    pub next_hop: Stated<Field<PolicyHop>>,
    pub applies_to: Stated<Field<AppliesTo>>,
}

/// A Cloud Router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Router {
    pub name: Name,
    pub known: Known,
    pub vpc: Stated<Field<VpcId>>,
    pub region: Stated<Field<String>>,
    /// Its Cloud NAT gateways.
    pub nats: Stated<Vec<Nat>>,
    pub bgp_peers: Stated<usize>,
}

/// A Cloud NAT gateway of a router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nat {
    pub name: String,
    pub sources: Stated<Field<NatSources>>,
    /// A Private NAT: to other networks, not to the internet.
    pub is_private: Stated<bool>,
    /// Whether it serves instances, not proxies only.
    pub serves_instances: Stated<bool>,
}

impl Nat {
    /// Whether it takes packets from a subnet of its router's network and region to the internet: those of its primary range, or those of one of its
    /// secondary ranges by name.
    pub fn covers(&self, subnet: SubnetId, secondary: Option<&str>) -> Field<bool> {
        if *self.is_private || !*self.serves_instances {
            return Ok(false);
        }
        Ok(match self.sources.get_ref()? {
            NatSources::AllRanges => true,
            NatSources::PrimaryRanges => secondary.is_none(),
            NatSources::Subnets(listed) => {
                listed.iter().filter(|row| row.subnet == subnet).any(|row| match secondary {
                    None => row.primary,
                    Some(name) => match &row.secondary {
                        NatSecondary::All => true,
                        NatSecondary::Named(names) => names.iter().any(|known| known == name),
                    },
                })
            }
        })
    }
}

/// Whose packets a Cloud NAT takes: among the subnets of its router's network and region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NatSources {
    /// All ranges of all subnets.
    AllRanges,
    /// The primary ranges of all subnets.
    PrimaryRanges,
    Subnets(Vec<NatSubnet>),
}

/// A subnet that a Cloud NAT names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatSubnet {
    pub subnet: SubnetId,
    /// Its primary range is covered.
    pub primary: bool,
    pub secondary: NatSecondary,
}

/// Which secondary ranges of a subnet a Cloud NAT covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NatSecondary {
    All,
    /// Those of these names, or none.
    Named(Vec<String>),
}

/// What joins a network to another place over a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GatewayKind {
    Vpn,
    Interconnect,
}

/// A VPN gateway or an Interconnect attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway {
    pub name: Name,
    pub known: Known,
    pub kind: GatewayKind,
    pub vpc: Stated<Field<VpcId>>,
}
