//! A network made ready for following packets: what hangs on each of its VPC networks. It reads no facts and looks at no hole: what is missing is kept
//! beside what is known, for the walk to look at where it matters. Not here: any decision.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::OnceLock;

use ipnet::IpNet;
use twinrail_model::{
    AliasRange, Direction, FirewallAction, FirewallPolicyId, FirewallRule, FirewallRuleId, ForwardingRuleId, Hole, Id,
    Known, Layer4, Network, NicId, Place, Platform, PolicyRouteId, PolicyScope, PortRange, RouteId, Scheme, Stated,
    SubnetId, VpcId, look,
};

use crate::class::Classes;

/// A network and its indexes. Built once, read by every walk.
#[derive(Debug)]
pub struct Plane<'n> {
    pub network: &'n Network,
    pub platform: &'n Platform,
    vpcs: Vec<Hung>,
    policies: Vec<Vec<Compiled>>,
    /// Why something could hang on any network: one of each kind stands for all.
    anywhere: Anywhere,
    /// Made when pairs are first asked for.
    classes: OnceLock<Classes>,
}

/// What hangs on one VPC network.
#[derive(Debug, Default)]
pub(crate) struct Hung {
    /// VPC firewall rules.
    pub rules: Vec<(FirewallRuleId, Compiled)>,
    pub policies: Vec<FirewallPolicyId>,
    /// Static routes, longest prefix first.
    pub routes: Vec<(IpNet, RouteId)>,
    pub policy_routes: Vec<PolicyRouteId>,
    /// Primary and secondary ranges, each with its subnet.
    pub ranges: Vec<(IpNet, SubnetId)>,
    /// The networks that it is peered with, from both sides.
    pub peers: Vec<VpcId>,
    /// Those of which one side only states the peering.
    pub half_peers: Vec<VpcId>,
    pub primaries: BTreeMap<IpAddr, NicId>,
    pub aliases: Vec<(IpNet, NicId, usize)>,
    /// Internal forwarding rules by their address.
    pub forwarding: BTreeMap<IpAddr, Vec<ForwardingRuleId>>,
    /// A router with BGP peers, a VPN gateway or an Interconnect attachment: there may be routes that no input lists.
    pub has_dynamic_routes: bool,
    /// Routes that the platform makes are in the input too, so that the list is whole.
    pub lists_routes: bool,
    /// What is missing of any of the above in this network.
    pub subnet_hole: Option<Hole>,
    pub address_hole: Option<Hole>,
}

#[derive(Debug, Default)]
struct Anywhere {
    rules: Option<Hole>,
    policies: Option<Hole>,
    routes: Option<Hole>,
    policy_routes: Option<Hole>,
    subnets: Option<Hole>,
    peerings: Option<Hole>,
    addresses: Option<Hole>,
}

/// A firewall rule with its protocols as numbers.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub direction: Stated<Direction>,
    pub priority: Stated<Option<u64>>,
    pub action: Stated<FirewallAction>,
    pub disabled: Stated<bool>,
    /// Protocols, `None` for all of them, and their ports; none: all.
    pub layer4: Stated<Vec<(Option<u8>, Vec<PortRange>)>>,
}

impl Compiled {
    fn of(rule: &FirewallRule) -> Self {
        let layer4 = rule.layer4.peek().iter().filter_map(|layer4| {
            let protocol = number(layer4)?;
            Some((protocol, layer4.ports.clone()))
        });
        Self {
            direction: rule.direction.clone(),
            priority: rule.priority.clone(),
            action: rule.action.clone(),
            disabled: rule.disabled.clone(),
            layer4: Stated::new(layer4.collect(), rule.layer4.known_or_hole().err()),
        }
    }
}

/// `Some(None)`: all protocols. `None`: a name that is none of the API's, which matches nothing.
#[expect(clippy::option_option, reason = "a protocol, all of them, or a word that is neither")]
fn number(layer4: &Layer4) -> Option<Option<u8>> {
    match layer4.protocol.as_str() {
        "all" => Some(None),
        _ => layer4.number().map(Some),
    }
}

impl<'n> Plane<'n> {
    pub fn new(network: &'n Network, platform: &'n Platform) -> Self {
        let mut plane = Self {
            network,
            platform,
            vpcs: network.vpcs.ids().map(|_| Hung::default()).collect(),
            policies: Vec::new(),
            anywhere: Anywhere::default(),
            classes: OnceLock::new(),
        };
        plane.firewalls();
        plane.routes();
        plane.subnets();
        plane.peerings();
        plane.addresses();
        for hung in &mut plane.vpcs {
            hung.routes.sort_by_key(|(range, id)| (std::cmp::Reverse(range.prefix_len()), *id));
        }
        plane
    }

    /// Which machines nothing tells apart.
    pub(crate) fn classes(&self) -> &Classes {
        self.classes.get_or_init(|| Classes::new(self.network, self.platform))
    }

    pub(crate) fn hung(&self, vpc: VpcId) -> &Hung {
        &self.vpcs[vpc.index()]
    }

    /// The rules of a policy, in its order.
    pub(crate) fn policy_rules(&self, policy: FirewallPolicyId) -> &[Compiled] {
        &self.policies[policy.index()]
    }

    /// The VPC firewall rules of a network. One that could be of any network is looked at.
    pub(crate) fn rules_of(&self, vpc: VpcId) -> &[(FirewallRuleId, Compiled)] {
        self.anywhere.rules.iter().for_each(look);
        &self.hung(vpc).rules
    }

    pub(crate) fn policies_of(&self, vpc: VpcId) -> &[FirewallPolicyId] {
        self.anywhere.policies.iter().for_each(look);
        &self.hung(vpc).policies
    }

    pub(crate) fn routes_of(&self, vpc: VpcId) -> &[(IpNet, RouteId)] {
        self.anywhere.routes.iter().for_each(look);
        &self.hung(vpc).routes
    }

    pub(crate) fn policy_routes_of(&self, vpc: VpcId) -> &[PolicyRouteId] {
        self.anywhere.policy_routes.iter().for_each(look);
        &self.hung(vpc).policy_routes
    }

    /// The ranges of a network's subnets. Call [`Plane::look_for_subnets`] where none of them fits.
    pub(crate) fn ranges_of(&self, vpc: VpcId) -> &[(IpNet, SubnetId)] {
        &self.hung(vpc).ranges
    }

    /// Whether a range lies in a subnet of any network of the input.
    pub(crate) fn is_of_some_subnet(&self, range: &IpNet) -> bool {
        self.vpcs.iter().any(|hung| hung.ranges.iter().any(|(own, _)| own.contains(range)))
    }

    /// Looks at what could be a subnet of this network with just the range that was not found.
    pub(crate) fn look_for_subnets(&self, vpc: VpcId) {
        self.anywhere.subnets.iter().chain(&self.hung(vpc).subnet_hole).for_each(look);
    }

    /// Looks at what could have just the address that was not found in this network.
    pub(crate) fn look_for_addresses(&self, vpc: VpcId) {
        self.anywhere.addresses.iter().chain(&self.hung(vpc).address_hole).for_each(look);
    }

    pub(crate) fn peers_of(&self, vpc: VpcId) -> &[VpcId] {
        self.anywhere.peerings.iter().for_each(look);
        &self.hung(vpc).peers
    }

    fn firewalls(&mut self) {
        for (id, rule) in self.network.firewall_rules.iter().filter(|(_, rule)| rule.known == Known::Here) {
            match rule.vpc.peek() {
                Ok(vpc) => self.vpcs[vpc.index()].rules.push((id, Compiled::of(rule))),
                Err(hole) => keep(&mut self.anywhere.rules, hole),
            }
        }
        for (id, policy) in self.network.firewall_policies.iter() {
            self.policies.push(policy.rules.peek().iter().map(Compiled::of).collect());
            if policy.known == Known::Outside {
                continue;
            }
            if let Err(hole) = policy.networks.known_or_hole() {
                keep(&mut self.anywhere.policies, &hole);
            }
            for vpc in policy.networks.peek() {
                self.vpcs[vpc.index()].policies.push(id);
            }
            // A hierarchical policy whose folder is not known to hold a network may hold any.
            let is_of_others = policy.networks.peek().is_empty() || *policy.of_folder.peek();
            if policy.scope == PolicyScope::Hierarchical && is_of_others {
                let others = self.vpcs.iter_mut().enumerate();
                let others = others.filter(|(vpc, _)| !policy.networks.peek().contains(&VpcId::new(*vpc)));
                others.for_each(|(_, hung)| hung.policies.push(id));
            }
        }
    }

    fn routes(&mut self) {
        for (id, route) in self.network.routes.iter().filter(|(_, route)| route.known == Known::Here) {
            if !route.is_static_peek() {
                if let Ok(vpc) = route.vpc.peek() {
                    self.vpcs[vpc.index()].lists_routes = true;
                }
                continue;
            }
            match (route.vpc.peek(), route.destination.peek()) {
                (Ok(vpc), Ok(range)) => self.vpcs[vpc.index()].routes.push((*range, id)),
                (Err(hole), _) | (_, Err(hole)) => keep(&mut self.anywhere.routes, hole),
            }
        }
        for (id, route) in self.network.policy_routes.iter().filter(|(_, route)| route.known == Known::Here) {
            match route.vpc.peek() {
                Ok(vpc) => self.vpcs[vpc.index()].policy_routes.push(id),
                Err(hole) => keep(&mut self.anywhere.policy_routes, hole),
            }
        }
        let routers = self.network.routers.rows().iter().filter(|router| *router.bgp_peers.peek() > 0);
        let routers = routers.filter_map(|router| router.vpc.peek().as_ref().ok());
        let gateways = self.network.gateways.rows().iter().filter_map(|gateway| gateway.vpc.peek().as_ref().ok());
        for vpc in routers.chain(gateways) {
            self.vpcs[vpc.index()].has_dynamic_routes = true;
        }
    }

    fn subnets(&mut self) {
        for (id, subnet) in self.network.subnets.iter() {
            let vpc = match subnet.vpc.peek() {
                Ok(vpc) => *vpc,
                Err(_) if subnet.known == Known::Outside => continue,
                Err(hole) => {
                    keep(&mut self.anywhere.subnets, hole);
                    continue;
                }
            };
            let hung = &mut self.vpcs[vpc.index()];
            match subnet.range.peek() {
                Ok(range) => hung.ranges.extend(range.map(|range| (range, id))),
                Err(hole) => keep(&mut hung.subnet_hole, hole),
            }
            hung.ranges.extend(subnet.ipv6_range.peek().map(|range| (range, id)));
            hung.ranges.extend(subnet.secondary.peek().iter().map(|(_, range)| (*range, id)));
            if let Err(hole) = subnet.secondary.known_or_hole() {
                keep(&mut hung.subnet_hole, &hole);
            }
        }
    }

    fn peerings(&mut self) {
        let network = self.network;
        for (_, peering) in network.peerings.iter() {
            let peer = match peering.peer.peek() {
                Ok(peer) => *peer,
                Err(hole) => {
                    keep(&mut self.anywhere.peerings, hole);
                    continue;
                }
            };
            if peering.state.peek().as_deref().is_some_and(|state| state != "ACTIVE") {
                continue;
            }
            let back =
                network.peerings.rows().iter().any(|other| other.vpc == peer && other.peer.peek() == &Ok(peering.vpc));
            // A network that is only named may well state its side: the platform says so by the state.
            let stated = peering.state.peek().is_some() && network.vpcs[peer].known == Known::Outside;
            if network.vpcs[peer].known == Known::Outside {
                let hole = Hole::NotInInput(Place::field(peer, "subnetworks"));
                keep(&mut self.vpcs[peer.index()].subnet_hole, &hole);
            }
            let hung = &mut self.vpcs[peering.vpc.index()];
            if back || stated { hung.peers.push(peer) } else { hung.half_peers.push(peer) }
        }
    }

    fn addresses(&mut self) {
        let network = self.network;
        for (id, nic) in network.nics.iter().filter(|(_, nic)| !network.instances[nic.instance].is_template) {
            let vpc = match nic.vpc.peek() {
                Ok(vpc) => *vpc,
                Err(hole) => {
                    keep(&mut self.anywhere.addresses, hole);
                    continue;
                }
            };
            let hung = &mut self.vpcs[vpc.index()];
            match nic.address.peek() {
                Ok(Some(address)) => {
                    hung.primaries.entry(*address).or_insert(id);
                }
                Ok(None) => {}
                Err(hole) => keep(&mut hung.address_hole, hole),
            }
            if let Err(hole) = nic.aliases.known_or_hole() {
                keep(&mut hung.address_hole, &hole);
            }
            for (place, alias) in nic.aliases.peek().iter().enumerate() {
                if let AliasRange::Range(range) = alias.range {
                    hung.aliases.push((range, id, place));
                }
            }
        }
        for (id, rule) in network.forwarding_rules.iter().filter(|(_, rule)| rule.scheme.peek() == &Scheme::Internal) {
            let vpc = match rule.vpc.peek() {
                Ok(vpc) => *vpc,
                Err(hole) => {
                    keep(&mut self.anywhere.addresses, hole);
                    continue;
                }
            };
            let hung = &mut self.vpcs[vpc.index()];
            match rule.address.peek() {
                Ok(Some(address)) => hung.forwarding.entry(*address).or_default().push(id),
                Ok(None) => {}
                Err(hole) => keep(&mut hung.address_hole, hole),
            }
        }
    }
}

/// Any one hole of a kind stands for all.
fn keep(slot: &mut Option<Hole>, hole: &Hole) {
    slot.get_or_insert_with(|| hole.clone());
}
