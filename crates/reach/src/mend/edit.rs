//! Single edits of a network: what each changes, and whether the API takes it. Not here: which of them may help, and their words.

use std::net::IpAddr;

use ipnet::IpNet;
use twinrail_model::{
    AttachmentId, ClusterId, Direction, Feature, Field, FirewallAction, FirewallPolicyId, FirewallRule, FirewallRuleId,
    ForwardingRuleId, GuestRouting, InstanceId, Known, Layer4, MoverKind, Name, Nat, NatSources, Network, NextHop,
    NicId, Peering, Place, PolicyRouteId, PortRange, ProjectId, Refusal, Route, RouteId, Router, Selector, Stated,
    View, VipHolder, VipPoolId, VpcId, admit,
};

use crate::packet::{Traffic, protocol};

/// The kinds of edits, in the order in which they are tried where nothing suggests another, each with what it does.
pub const EDITS: &[(&str, &str)] = &[
    ("firewall-rule", "add a VPC firewall rule for exactly this traffic"),
    ("policy-rule", "put an allow for exactly this traffic before the other rules of a firewall policy"),
    ("disabled-rule", "disable the firewall rule that drops it"),
    ("accepted-project", "accept a project in a network attachment"),
    ("guest-routing", "route per NIC in the guests of a cluster"),
    ("guest-holds-vip", "let the guests of a cluster hold their VIPs"),
    ("reverse-path-filter", "loosen the reverse-path filter in the guests of a cluster"),
    ("ip-forwarding", "enable IP forwarding on an instance"),
    ("mover", "move the VIPs of a pool by another mechanism"),
    ("instance-running", "start an instance"),
    ("global-access", "allow global access to a load balancer"),
    ("balanced-port", "open the port of a load balancer"),
    ("custom-routes", "exchange custom routes over a peering"),
    ("peering", "peer two networks"),
    ("next-hop", "give the next hop of a route by the primary address of its NIC"),
    ("static-route", "add a static route"),
    ("removed-route", "remove the route that it takes"),
    ("cloud-nat", "add a Cloud NAT"),
    ("external-address", "give a NIC an external address"),
];

/// Traffic that a rule is to let pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    pub direction: Direction,
    /// Whose packets come in, or to whom they go out.
    pub ranges: Vec<IpNet>,
    pub traffic: Traffic,
}

/// One edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    FirewallRule {
        vpc: VpcId,
        opening: Opening,
        tags: Vec<String>,
        priority: Option<u64>,
    },
    PolicyRule {
        policy: FirewallPolicyId,
        opening: Opening,
        priority: u64,
    },
    DisabledRule(FirewallRuleId),
    AcceptedProject {
        attachment: AttachmentId,
        project: ProjectId,
    },
    GuestRouting(ClusterId),
    GuestHoldsVip {
        cluster: ClusterId,
        holder: VipHolder,
    },
    ReversePathFilter(ClusterId),
    /// Of one instance, or of all of a cluster, which the model file sets together.
    IpForwarding(Vec<InstanceId>),
    InstanceRunning(InstanceId),
    Mover {
        pool: VipPoolId,
        kind: MoverKind,
    },
    GlobalAccess(ForwardingRuleId),
    BalancedPort {
        rule: ForwardingRuleId,
        port: u16,
    },
    CustomRoutes {
        from: VpcId,
        to: VpcId,
    },
    Peering {
        one: VpcId,
        other: VpcId,
    },
    NextHop {
        route: RouteId,
        nic: NicId,
        address: IpAddr,
    },
    StaticRoute {
        vpc: VpcId,
        destination: IpNet,
        next_hop: NextHop,
    },
    RemovedRoute(RouteId),
    RemovedPolicyRoute(PolicyRouteId),
    CloudNat {
        vpc: VpcId,
        region: String,
    },
    ExternalAddress(NicId),
}

/// The name of what is added, in a copy that nobody sees.
const ADDED: &str = "(added)";

/// A tag that no instance has: the API takes no parentheses.
const NOBODY: &str = "(nobody)";

impl Edit {
    /// Its place in [`EDITS`].
    pub fn rank(&self) -> usize {
        match self {
            Self::FirewallRule { .. } => 0,
            Self::PolicyRule { .. } => 1,
            Self::DisabledRule(_) => 2,
            Self::AcceptedProject { .. } => 3,
            Self::GuestRouting(_) => 4,
            Self::GuestHoldsVip { .. } => 5,
            Self::ReversePathFilter(_) => 6,
            Self::IpForwarding(_) => 7,
            Self::Mover { .. } => 8,
            Self::InstanceRunning(_) => 9,
            Self::GlobalAccess(_) => 10,
            Self::BalancedPort { .. } => 11,
            Self::CustomRoutes { .. } => 12,
            Self::Peering { .. } => 13,
            Self::NextHop { .. } => 14,
            Self::StaticRoute { .. } => 15,
            Self::RemovedRoute(_) | Self::RemovedPolicyRoute(_) => 16,
            Self::CloudNat { .. } => 17,
            Self::ExternalAddress(_) => 18,
        }
    }

    pub fn kind(&self) -> &'static str {
        EDITS[self.rank()].0
    }

    /// What is edited; nothing for what is added.
    pub fn place(&self) -> Option<Place> {
        Some(match self {
            Self::FirewallRule { vpc, .. } | Self::StaticRoute { vpc, .. } | Self::CloudNat { vpc, .. } => {
                Place::from(*vpc)
            }
            Self::Peering { one, .. } => Place::from(*one),
            Self::PolicyRule { policy, .. } => Place::field(*policy, "rules"),
            Self::DisabledRule(rule) => Place::field(*rule, "disabled"),
            Self::AcceptedProject { attachment, .. } => Place::field(*attachment, "producerAcceptLists"),
            Self::GuestRouting(cluster) => Place::field(*cluster, "guest/routing"),
            Self::GuestHoldsVip { cluster, .. } => Place::field(*cluster, "guest/holds-vip"),
            Self::ReversePathFilter(cluster) => Place::field(*cluster, "guest/reverse-path-filter"),
            Self::IpForwarding(instances) => Place::field(instances[0], "canIpForward"),
            Self::InstanceRunning(instance) => Place::field(*instance, "status"),
            Self::Mover { pool, .. } => Place::field(*pool, "mover"),
            Self::GlobalAccess(rule) => Place::field(*rule, "allowGlobalAccess"),
            Self::BalancedPort { rule, .. } => Place::field(*rule, "ports"),
            Self::CustomRoutes { .. } => return None,
            Self::NextHop { route, .. } => Place::field(*route, "nextHopIp"),
            Self::RemovedRoute(route) => Place::from(*route),
            Self::RemovedPolicyRoute(route) => Place::from(*route),
            Self::ExternalAddress(nic) => Place::from(*nic),
        })
    }

    /// A copy of a network with the edit.
    pub fn applied(&self, network: &Network) -> Network {
        let mut edited = network.clone();
        self.apply(&mut edited);
        edited
    }

    fn apply(&self, network: &mut Network) {
        match self {
            Self::FirewallRule { vpc, opening, tags, priority } => {
                network.firewall_rules.push(opening.rule(Some(*vpc), tags, *priority));
            }
            Self::PolicyRule { policy, opening, priority } => {
                let rule = opening.rule(None, &[], Some(*priority));
                network.firewall_policies[*policy].rules.change(|rules| rules.insert(0, rule));
            }
            Self::DisabledRule(rule) => network.firewall_rules[*rule].disabled = Stated::given(true),
            Self::AcceptedProject { attachment, project } => accept(network, *attachment, *project),
            Self::GuestRouting(cluster) => network.clusters[*cluster].guest.routing = GuestRouting::PerNic,
            Self::GuestHoldsVip { cluster, holder } => network.clusters[*cluster].guest.holds_vip = *holder,
            Self::ReversePathFilter(cluster) => network.clusters[*cluster].guest.rp_filter = false,
            Self::IpForwarding(instances) => {
                for instance in instances {
                    network.instances[*instance].can_ip_forward = Stated::given(true);
                }
            }
            Self::InstanceRunning(instance) => {
                network.instances[*instance].status = Stated::given(Some("RUNNING".to_owned()));
            }
            Self::Mover { pool, kind } => network.vips[*pool].mover.kind = *kind,
            Self::GlobalAccess(rule) => network.forwarding_rules[*rule].global_access = Stated::given(true),
            Self::BalancedPort { rule, port } => {
                network.forwarding_rules[*rule].ports.change(|ports| ports.push(port.to_string()));
            }
            Self::CustomRoutes { from, to } => exchange_routes(network, *from, *to),
            Self::Peering { one, other } => peer(network, *one, *other),
            Self::NextHop { route, address, .. } => {
                network.routes[*route].next_hop = Ok(NextHop::Address(*address)).into();
            }
            Self::StaticRoute { vpc, destination, next_hop } => {
                network.routes.push(Route {
                    name: Name::new(ADDED),
                    known: Known::Here,
                    vpc: Ok(*vpc).into(),
                    destination: Ok(*destination).into(),
                    priority: Stated::given(None),
                    tags: Stated::given(Vec::new()),
                    next_hop: Ok(next_hop.clone()).into(),
                });
            }
            Self::RemovedRoute(route) => network.routes[*route].tags = Stated::given(vec![NOBODY.to_owned()]),
            Self::RemovedPolicyRoute(route) => {
                let nobody = twinrail_model::AppliesTo::Tags(vec![NOBODY.to_owned()]);
                network.policy_routes[*route].applies_to = Ok(nobody).into();
            }
            Self::CloudNat { vpc, region } => {
                network.routers.push(Router {
                    name: Name::new(ADDED),
                    known: Known::Here,
                    vpc: Ok(*vpc).into(),
                    region: Ok(region.clone()).into(),
                    nats: Stated::given(vec![Nat {
                        name: ADDED.to_owned(),
                        sources: Ok(NatSources::AllRanges).into(),
                        is_private: Stated::given(false),
                        serves_instances: Stated::given(true),
                    }]),
                    bgp_peers: Stated::given(0),
                });
            }
            Self::ExternalAddress(nic) => network.nics[*nic].external = Stated::given(true),
        }
    }

    /// Why the API would refuse it, asked of the network that has it.
    ///
    /// # Errors
    /// The hole, where the input lacks what decides.
    pub fn refusal(&self, view: &View<'_>) -> Field<Option<String>> {
        let network = view.network;
        let said = |admission: Option<Refusal>| admission.map(|refusal| refusal.message);
        match self {
            Self::FirewallRule { vpc, .. } => forbidden(view, *vpc, Feature::VpcFirewallRules),
            Self::PolicyRule { policy, .. } => match admit::profile::profile_of_policy(view, *policy)? {
                Some(profile) => {
                    let rule = &network.firewall_policies[*policy].rules[0];
                    Ok(said(admit::profile::policy_sources_fit(view, profile, rule)?))
                }
                None => Ok(None),
            },
            Self::AcceptedProject { attachment, project } => {
                Ok(said(admit::link::attachment_accepts(view, *attachment, *project)?))
            }
            Self::IpForwarding(instances) => {
                for nic in network.nics_of(instances[0])? {
                    let (row, vpc) = (&network.instances[instances[0]], network.nics[*nic].vpc.get()?);
                    if let Some(refusal) = admit::profile::ip_forwarding_allowed(view, row, vpc)? {
                        return Ok(Some(refusal.message));
                    }
                }
                Ok(None)
            }
            Self::Peering { one, other } => refuses_peering(view, *one, *other),
            Self::StaticRoute { .. } => {
                let route = network.routes.rows().last().expect("the edit added a route");
                match admit::profile::static_route_allowed(view, route)? {
                    Some(refusal) => Ok(Some(refusal.message)),
                    None => Ok(said(admit::route::destination_is_outside_subnets(view, route)?)),
                }
            }
            Self::CloudNat { vpc, .. } => match forbidden(view, *vpc, Feature::CloudRouter)? {
                Some(message) => Ok(Some(message)),
                None => forbidden(view, *vpc, Feature::CloudNat),
            },
            Self::ExternalAddress(nic) => forbidden(view, network.nics[*nic].vpc.get()?, Feature::ExternalIpAccess),
            _ => Ok(None),
        }
    }
}

/// What a network's profile has switched off.
fn forbidden(view: &View<'_>, vpc: VpcId, feature: Feature) -> Field<Option<String>> {
    let profile = view.profile(vpc)?;
    let forbids = !profile.allows(view.facts, feature)?;
    Ok(forbids.then(|| format!("of a {}, {} is off", profile.title, feature.api_name())))
}

impl Opening {
    fn rule(&self, vpc: Option<VpcId>, tags: &[String], priority: Option<u64>) -> FirewallRule {
        let (source_ranges, destination_ranges) = match self.direction {
            Direction::Ingress => (self.ranges.clone(), Vec::new()),
            Direction::Egress => (Vec::new(), self.ranges.clone()),
        };
        let target_tags = tags.to_vec();
        FirewallRule {
            name: Name::new(ADDED),
            known: Known::Here,
            vpc: vpc.ok_or(twinrail_model::Hole::NotInCatalog(ADDED.to_owned())).into(),
            direction: Stated::given(self.direction),
            priority: Stated::given(priority),
            action: Stated::given(FirewallAction::Allow),
            layer4: Stated::given(vec![self.layer4()]),
            selector: Stated::given(Selector { source_ranges, destination_ranges, target_tags, ..Selector::default() }),
            disabled: Stated::given(false),
        }
    }

    fn layer4(&self) -> Layer4 {
        match self.traffic {
            // Policies of RDMA networks take no narrower protocol.
            Traffic::Rdma => Layer4 { protocol: "all".to_owned(), ports: Vec::new() },
            Traffic::Ip { protocol, port } => Layer4 {
                protocol: word(protocol),
                ports: port.map(|port| PortRange { first: port, last: port }).into_iter().collect(),
            },
        }
    }
}

/// A protocol as the API calls it.
fn word(number: u8) -> String {
    match number {
        protocol::ICMP => "icmp".to_owned(),
        protocol::TCP => "tcp".to_owned(),
        protocol::UDP => "udp".to_owned(),
        other => other.to_string(),
    }
}

fn accept(network: &mut Network, attachment: AttachmentId, project: ProjectId) {
    let Some(name) = network.projects[project].name.part("projects").map(ToOwned::to_owned) else { return };
    let row = &mut network.attachments[attachment];
    row.rejects.change(|rejected| rejected.retain(|other| *other != name));
    row.accepts.change(|accepted| accepted.push(name));
}

/// Both sides of a peering between two networks, active.
fn peer(network: &mut Network, one: VpcId, other: VpcId) {
    for (vpc, peer) in [(one, other), (other, one)] {
        let stated = network.peerings.iter().find(|(_, row)| row.vpc == vpc && *row.peer.peek() == Ok(peer));
        match stated.map(|(id, _)| id) {
            Some(id) => network.peerings[id].state = Stated::given(Some("ACTIVE".to_owned())),
            None => {
                network.peerings.push(Peering {
                    name: Name::new(ADDED),
                    vpc,
                    peer: Ok(peer).into(),
                    state: Stated::given(Some("ACTIVE".to_owned())),
                    exports_custom_routes: Stated::given(false),
                    imports_custom_routes: Stated::given(false),
                });
            }
        }
    }
}

fn exchange_routes(network: &mut Network, from: VpcId, to: VpcId) {
    let ids: Vec<_> = network.peerings.ids().collect();
    for id in ids {
        let row = &mut network.peerings[id];
        let peer = row.peer.peek().clone();
        if row.vpc == from && peer == Ok(to) {
            row.exports_custom_routes = Stated::given(true);
        }
        if row.vpc == to && peer == Ok(from) {
            row.imports_custom_routes = Stated::given(true);
        }
    }
}

fn refuses_peering(view: &View<'_>, one: VpcId, other: VpcId) -> Field<Option<String>> {
    let network = view.network;
    for vpc in [one, other] {
        if let Some(refusal) = admit::link::profile_takes_peering(view, vpc)? {
            return Ok(Some(refusal.message));
        }
        if !admit::address::common_peer_overlaps(network, vpc)?.is_empty() {
            return Ok(Some(format!("networks that `{}` would peer with overlap", network.short(vpc))));
        }
    }
    let between = network.peerings.iter().find(|(_, row)| row.vpc == one && *row.peer.peek() == Ok(other));
    let (peering, _) = between.expect("the edit peered them");
    let overlaps = !admit::address::peer_overlaps(network, peering)?.is_empty();
    Ok(overlaps.then(|| format!("ranges of `{}` and `{}` overlap", network.short(one), network.short(other))))
}
