//! Where the network sends a packet that left a NIC: special return paths, policy-based routes, subnet routes, static routes. Not here: firewalls, and what
//! the receiver makes of it.

use std::net::IpAddr;

use ipnet::IpNet;
use twinrail_facts::keys;
use twinrail_model::{
    AppliesTo, Feature, Field, NextHop, Place, PolicyHop, PolicyRouteId, RouteId, SubnetId, Vip, VpcId,
};

use crate::bugs::{Bug, has};
use crate::code::Code;
use crate::firewall::Machine;
use crate::packet::{End, Traffic};
use crate::trail::Trail;
use crate::verdict::Stage;
use crate::walker::{Flight, Landing, Leg, Role, Walker, Who};

/// Every place to which a hash may send a packet, with the way there.
pub(crate) type Landings = Vec<(Trail, Landing)>;

/// A static route as far as it competes with others.
struct Contender {
    prefix: u8,
    priority: u64,
    /// The network whose route it is: next hops are looked for there.
    owner: VpcId,
    /// `None`: the default route that a network is made with.
    route: Option<RouteId>,
    hop: NextHop,
}

impl Walker<'_> {
    pub(crate) fn route(&self, mut trail: Trail, leg: &Leg<'_>, flight: &Flight) -> Field<Landings> {
        if let End::Prober(_) = flight.destination.end
            && self.facts.get(keys::lb::HEALTH_CHECKS_USE_SPECIAL_ROUTES)
        {
            trail.hop(self.facts, Stage::Route, None, || "goes back to the prober by a special return path".to_owned());
            return Ok(vec![(trail, Landing::Prober)]);
        }
        if let Some(id) = self.policy_route(leg, flight)? {
            let row = &self.network().policy_routes[id];
            if let PolicyHop::Address(address) = row.next_hop.get()? {
                trail.hop(self.facts, Stage::Route, Place::from(id), || {
                    format!("policy-based route {} leads to the load balancer at {address}", row.name.short())
                });
                return self.to_policy_hop(trail, leg, flight, id, address);
            }
        }
        if let Some((owner, subnet)) = self.subnet_route(leg.vpc, flight)? {
            trail.hop(self.facts, Stage::Route, Place::from(subnet), || self.subnet_words(leg.vpc, owner, subnet));
            return self.deliver(trail, owner, leg, flight);
        }
        self.static_route(trail, leg, flight)
    }

    fn subnet_words(&self, vpc: VpcId, owner: VpcId, subnet: SubnetId) -> String {
        let subnet = self.network().short(subnet);
        if owner == vpc {
            return format!("subnet route of {subnet}");
        }
        format!("subnet route of {subnet}, from the peer network {}", self.network().short(owner))
    }

    /// The policy-based route with the smallest number that is about this packet. Of several with that number the first by name stands for Google's own choice.
    fn policy_route(&self, leg: &Leg<'_>, flight: &Flight) -> Field<Option<PolicyRouteId>> {
        let mut best: Option<(u64, PolicyRouteId)> = None;
        for id in self.plane.policy_routes_of(leg.vpc) {
            let row = &self.network().policy_routes[*id];
            let applies = match row.applies_to.get_ref()? {
                AppliesTo::All => true,
                AppliesTo::Tags(tags) => self.is_tagged(leg.who, tags),
                AppliesTo::Interconnects(_) => false,
            };
            let fits = |range: Option<IpNet>, spot: &crate::spot::Spot| match range {
                Some(range) => spot.is_within(&range),
                None => Ok(true),
            };
            if !applies
                || !is_of_protocol(row.protocol.get_ref()?, flight.traffic)
                || !fits(row.source.get()?, &flight.source)?
                || !fits(row.destination.get()?, &flight.destination)?
            {
                continue;
            }
            let number = row.priority.unwrap_or_else(|| self.facts.get(keys::route::PRIORITY_DEFAULT));
            if best.is_none_or(|(known, _)| number < known) {
                best = Some((number, *id));
            }
        }
        Ok(best.map(|(_, id)| id))
    }

    fn to_policy_hop(
        &self,
        trail: Trail,
        leg: &Leg<'_>,
        flight: &Flight,
        id: PolicyRouteId,
        address: IpAddr,
    ) -> Field<Landings> {
        let around = std::iter::once(leg.vpc).chain(self.plane.peers_of(leg.vpc).iter().copied());
        for vpc in around {
            if let Some(rules) = self.plane.hung(vpc).forwarding.get(&address) {
                return self.through_rule(trail, rules[0], leg, flight, Role::NextHop);
            }
        }
        self.plane.look_for_addresses(leg.vpc);
        let code = Code::NextHopForwardingRuleIpMismatch;
        let words = || format!("no internal forwarding rule has the address {address}");
        Ok(vec![self.nowhere(trail, Stage::Route, Some(Place::from(id)), code, words)])
    }

    /// The subnet whose range holds the destination: of the network itself, or of one it is peered with.
    fn subnet_route(&self, vpc: VpcId, flight: &Flight) -> Field<Option<(VpcId, SubnetId)>> {
        for owner in self.reachable(vpc)? {
            for (range, subnet) in self.plane.ranges_of(owner) {
                if flight.destination.is_within(range)? {
                    return Ok(Some((owner, *subnet)));
                }
            }
            self.plane.look_for_subnets(owner);
        }
        Ok(None)
    }

    /// A network, then those that exchange subnet routes with it.
    fn reachable(&self, vpc: VpcId) -> Field<Vec<VpcId>> {
        let mut all = vec![vpc];
        if has(Bug::OneSidedPeering) || !self.facts.get(keys::peering::NEEDS_BOTH_SIDES) {
            all.extend(&self.plane.hung(vpc).half_peers);
        }
        for peer in self.plane.peers_of(vpc) {
            if self.facts.get(keys::peering::SUBNET_ROUTES_ALWAYS_EXCHANGED) {
                all.push(*peer);
            }
        }
        if all.len() > 1 && (has(Bug::TransitivePeering) || self.facts.get(keys::peering::TRANSITIVE)) {
            let further: Vec<VpcId> = all[1..].iter().flat_map(|peer| self.plane.peers_of(*peer)).copied().collect();
            all.extend(further.into_iter().filter(|peer| *peer != vpc));
        }
        Ok(all)
    }

    /// Static routes: those with the longest prefix, of them those with the smallest number; several share by a hash.
    fn static_route(&self, mut trail: Trail, leg: &Leg<'_>, flight: &Flight) -> Field<Landings> {
        if let Some(landings) = self.vip_route(&trail, leg, flight)? {
            return Ok(landings);
        }
        if self.has_dynamic_routes(leg.vpc) {
            let words = || "no subnet holds the address, and routes that a router learns are not modelled".to_owned();
            return Ok(vec![self.nowhere(trail, Stage::Route, Some(leg.vpc.into()), Code::NotModelled, words)]);
        }
        let contenders = self.contenders(leg, flight)?;
        let longest_first = self.facts.get(keys::route::LONGEST_PREFIX_FIRST) && !has(Bug::ShortestPrefix);
        let rank = |route: &Contender| {
            let prefix = if longest_first { 128 - u64::from(route.prefix) } else { u64::from(route.prefix) };
            let lower_wins = self.facts.get(keys::route::LOWER_NUMBER_WINS);
            (prefix, if lower_wins { route.priority } else { u64::MAX - route.priority })
        };
        let Some(best) = contenders.iter().map(rank).min() else {
            let place = Some(Place::from(leg.vpc));
            let words = || self.no_route_words(leg.vpc, flight);
            return Ok(vec![self.nowhere(trail, Stage::Route, place, Code::NoRoute, words)]);
        };
        let mut chosen: Vec<&Contender> = contenders.iter().filter(|route| rank(route) == best).collect();
        if !self.facts.get(keys::route::EQUAL_PRIORITY_SHARES) {
            chosen.truncate(1);
        }
        if chosen.len() > 1 {
            trail
                .hop(self.facts, Stage::Route, None, || format!("{} routes of one rank share by a hash", chosen.len()));
        }
        let mut landings = Vec::new();
        for route in chosen {
            let mut trail = trail.clone();
            let place = route.route.map(Place::from);
            trail.hop(self.facts, Stage::Route, place, || self.route_words(leg.vpc, route));
            landings.extend(self.through(trail, route, leg, flight)?);
        }
        Ok(landings)
    }

    fn route_words(&self, vpc: VpcId, route: &Contender) -> String {
        let name = route.route.map_or_else(
            || "the network's default route".to_owned(),
            |id| format!("static route {}", self.network().short(id)),
        );
        if route.owner == vpc {
            name
        } else {
            format!("{name}, from the peer network {}", self.network().short(route.owner))
        }
    }

    fn no_route_words(&self, vpc: VpcId, flight: &Flight) -> String {
        let network = self.network();
        let words = format!("no route of {} leads to {}", network.short(vpc), flight.destination.words());
        let beyond = self.plane.hung(vpc).peers.iter().find_map(|peer| {
            let further = self.plane.hung(*peer).peers.iter().filter(|further| **further != vpc);
            let mut holding = further.filter(|further| {
                self.plane.ranges_of(**further).iter().any(|(range, _)| flight.destination.is_within(range) == Ok(true))
            });
            holding.next().map(|further| (*peer, *further))
        });
        match beyond {
            Some((peer, further)) => format!(
                "{words}: it is in {}, a peer of the peer {}, and peering is not transitive",
                network.short(further),
                network.short(peer)
            ),
            None => words,
        }
    }

    fn has_dynamic_routes(&self, vpc: VpcId) -> bool {
        let around = std::iter::once(&vpc).chain(&self.plane.hung(vpc).peers);
        around.into_iter().any(|vpc| self.plane.hung(*vpc).has_dynamic_routes)
    }

    /// The static routes of a network, and those that its peers share with it, that are about a packet and whose next hop runs.
    fn contenders(&self, leg: &Leg<'_>, flight: &Flight) -> Field<Vec<Contender>> {
        let mut found = Vec::new();
        self.routes_from(leg.vpc, leg, flight, &mut found)?;
        for peer in self.plane.peers_of(leg.vpc) {
            if self.exchanges_custom_routes(*peer, leg.vpc) {
                self.routes_from(*peer, leg, flight, &mut found)?;
            }
        }
        self.default_route(leg, flight, &mut found)?;
        Ok(found)
    }

    fn exchanges_custom_routes(&self, from: VpcId, to: VpcId) -> bool {
        let network = self.network();
        let export = network.peering(from, to).is_some_and(|peering| *peering.exports_custom_routes);
        let import = network.peering(to, from).is_some_and(|peering| *peering.imports_custom_routes);
        if self.facts.get(keys::peering::CUSTOM_ROUTES_NEED_EXPORT_AND_IMPORT) {
            export && import
        } else {
            export || import
        }
    }

    fn routes_from(&self, owner: VpcId, leg: &Leg<'_>, flight: &Flight, found: &mut Vec<Contender>) -> Field<()> {
        let is_own = owner == leg.vpc;
        for (range, id) in self.plane.routes_of(owner) {
            let row = &self.network().routes[*id];
            if !flight.destination.is_within(range)? {
                continue;
            }
            if !row.tags.is_empty() && !(is_own || self.facts.get(keys::peering::TAGGED_ROUTES_EXCHANGED)) {
                continue;
            }
            if !row.tags.is_empty() && !self.is_tagged(leg.who, &row.tags) {
                continue;
            }
            let hop = row.next_hop.get()?;
            if !is_own && hop == NextHop::InternetGateway {
                continue;
            }
            if !has(Bug::StoppedNextHopUsed) && self.is_skipped(owner, &hop)? {
                continue;
            }
            let priority = row.priority.unwrap_or_else(|| self.facts.get(keys::route::PRIORITY_DEFAULT));
            found.push(Contender { prefix: range.prefix_len(), priority, owner, route: Some(*id), hop });
        }
        Ok(())
    }

    /// Whether a route is left out because its next hop does not run.
    fn is_skipped(&self, owner: VpcId, hop: &NextHop) -> Field<bool> {
        let instance = match hop {
            NextHop::Instance(instance) => Some(*instance),
            NextHop::Address(address) => {
                self.plane.hung(owner).primaries.get(address).map(|nic| self.instance_of(*nic))
            }
            _ => None,
        };
        let Some(instance) = instance else { return Ok(false) };
        Ok(!self.is_running(instance)? && self.facts.get(keys::route::STOPPED_NEXT_HOP_SKIPPED))
    }

    /// A network that a model file describes is made with a default route to the internet; an import lists it.
    fn default_route(&self, leg: &Leg<'_>, flight: &Flight, found: &mut Vec<Contender>) -> Field<()> {
        let is_v4 = flight.destination.ranges.iter().all(|range| range.addr().is_ipv4());
        let listed = self.plane.hung(leg.vpc).routes.iter().any(|(range, _)| range.prefix_len() == 0);
        if !self.network().is_complete() || listed || !is_v4 || !self.view.profile(leg.vpc)?.is_ordinary() {
            return Ok(());
        }
        let priority = self.facts.get(keys::route::PRIORITY_DEFAULT);
        found.push(Contender { prefix: 0, priority, owner: leg.vpc, route: None, hop: NextHop::InternetGateway });
        Ok(())
    }

    pub(crate) fn is_tagged(&self, who: Who, tags: &[String]) -> bool {
        match self.machine(who) {
            Machine::Instance(instance) => instance.tags.iter().any(|tag| tags.contains(tag)),
            Machine::Clients(_) => false,
        }
    }

    /// The route that the mover of a VIP keeps to its holder, where the input has none that leads to a running instance.
    fn vip_route(&self, trail: &Trail, leg: &Leg<'_>, flight: &Flight) -> Field<Option<Landings>> {
        let End::Vip(vip) = flight.destination.end else { return Ok(None) };
        let pool = &self.network().vips[vip.pool];
        if !pool.mover.kind.uses_routes() {
            return Ok(None);
        }
        let Some(owner) = self.network().vip_vpc(pool) else { return Ok(None) };
        if owner != leg.vpc
            && !(self.plane.peers_of(leg.vpc).contains(&owner) && self.exchanges_custom_routes(owner, leg.vpc))
        {
            return Ok(None);
        }
        if self.has_own_route(owner, leg, flight)? {
            return Ok(None);
        }
        let Some(nic) = self.holder_nic(vip) else { return Ok(None) };
        let mut trail = trail.clone();
        let words = || format!("the route that {} keeps to the holder, {}", pool.mover.kind, self.network().short(nic));
        trail.hop(self.facts, Stage::Route, Place::field(vip.pool, "mover"), words);
        Ok(Some(vec![(trail, Landing::Nic(nic, Role::NextHop))]))
    }

    /// Whether a route for just this destination is in the input and its next hop runs.
    fn has_own_route(&self, owner: VpcId, leg: &Leg<'_>, flight: &Flight) -> Field<bool> {
        let mut own = Vec::new();
        self.routes_from(owner, leg, flight, &mut own)?;
        Ok(own
            .iter()
            .any(|route| Some(route.prefix) == flight.destination.address().map(|a| IpNet::from(a).max_prefix_len())))
    }

    /// The NIC on which the holder of a VIP has it. [`crate::forward()`] has singled the holder out.
    pub(crate) fn holder_nic(&self, vip: Vip) -> Option<twinrail_model::NicId> {
        let holder = *self.situation.holders.get(&vip)?;
        self.network().vip_nic(&self.network().vips[vip.pool], holder)
    }

    /// Follows a chosen route to its next hop.
    fn through(&self, trail: Trail, route: &Contender, leg: &Leg<'_>, flight: &Flight) -> Field<Landings> {
        let place = route.route.map(|id| Place::field(id, "nextHopIp"));
        match &route.hop {
            NextHop::Instance(instance) => {
                let Some(nic) = self.network().nic_in(*instance, route.owner)? else {
                    let words = || {
                        let name = self.network().short(*instance);
                        format!("{name} has no NIC in {}", self.network().short(route.owner))
                    };
                    return Ok(vec![self.nowhere(
                        trail,
                        Stage::Route,
                        place,
                        Code::NextHopInstanceWrongNetwork,
                        words,
                    )]);
                };
                Ok(vec![self.to_next_hop(trail, nic, leg)])
            }
            NextHop::Address(address) => self.through_address(trail, route, *address, leg, flight),
            NextHop::ForwardingRule(rule) => self.through_rule(trail, *rule, leg, flight, Role::NextHop),
            NextHop::InternetGateway => self.internet(trail, leg, flight),
            NextHop::Other(field) => {
                let words = || format!("the next hop is a {field}, which is not modelled");
                Ok(vec![self.nowhere(trail, Stage::Route, place, Code::NotModelled, words)])
            }
        }
    }

    fn through_address(
        &self,
        trail: Trail,
        route: &Contender,
        address: IpAddr,
        leg: &Leg<'_>,
        flight: &Flight,
    ) -> Field<Landings> {
        let hung = self.plane.hung(route.owner);
        let place = route.route.map(|id| Place::field(id, "nextHopIp"));
        if let Some(nic) = hung.primaries.get(&address) {
            return Ok(vec![self.to_next_hop(trail, *nic, leg)]);
        }
        if let Some(rules) = hung.forwarding.get(&address) {
            return self.through_rule(trail, rules[0], leg, flight, Role::NextHop);
        }
        if let Some((_, nic, _)) = hung.aliases.iter().find(|(range, ..)| range.contains(&address))
            && !self.facts.get(keys::route::ALIAS_NEXT_HOP_WORKS)
        {
            let words = || {
                format!("{address} is an alias address of {}, which a route cannot lead to", self.network().short(*nic))
            };
            return Ok(vec![self.nowhere(trail, Stage::Route, place, Code::NextHopInstanceNonPrimaryIp, words)]);
        }
        self.plane.look_for_addresses(route.owner);
        let words = || format!("no NIC in {} has the address {address}", self.network().short(route.owner));
        Ok(vec![self.nowhere(trail, Stage::Route, place, Code::NextHopAddressNotResolved, words)])
    }

    fn to_next_hop(&self, mut trail: Trail, nic: twinrail_model::NicId, leg: &Leg<'_>) -> (Trail, Landing) {
        if leg.who == Who::Nic(nic) {
            let words = || "the next hop is the sender itself".to_owned();
            return self.nowhere(trail, Stage::Route, Some(nic.into()), Code::RoutingLoop, words);
        }
        trail.hop(self.facts, Stage::Delivery, Place::from(nic), || {
            format!("handed to the next hop {}", self.network().short(nic))
        });
        (trail, Landing::Nic(nic, Role::NextHop))
    }

    /// Out to the internet: an external address, or Cloud NAT.
    fn internet(&self, mut trail: Trail, leg: &Leg<'_>, flight: &Flight) -> Field<Landings> {
        if flight.destination.ranges.iter().any(is_private) {
            let words = || format!("{} is no address of the internet", flight.destination.words());
            return Ok(vec![self.nowhere(trail, Stage::Route, None, Code::PrivateTrafficToInternet, words)]);
        }
        if let Who::Nic(nic) = leg.who
            && *self.network().nics[nic].external
        {
            trail.hop(self.facts, Stage::Delivery, Place::field(nic, "accessConfigs"), || {
                "leaves by the NIC's external address".to_owned()
            });
            return Ok(vec![(trail, Landing::Internet)]);
        }
        let nat = self.network().routers.iter().find(|(_, router)| {
            router.vpc == Ok(leg.vpc)
                && matches!(&*router.region, Ok(region) if region == leg.region)
                && !router.nats.is_empty()
        });
        let offered = self.view.profile(leg.vpc)?.allows(self.facts, Feature::CloudNat)?;
        if let (Some((id, _)), true) = (nat, offered) {
            trail.hop(self.facts, Stage::Delivery, Place::from(id), || "leaves by Cloud NAT".to_owned());
            return Ok(vec![(trail, Landing::Internet)]);
        }
        let words = || "the NIC has no external address, and no Cloud NAT serves its subnet".to_owned();
        Ok(vec![self.nowhere(trail, Stage::Delivery, Some(leg.subnet.into()), Code::NoExternalAddress, words)])
    }

    pub(crate) fn nowhere(
        &self,
        trail: Trail,
        stage: Stage,
        place: Option<Place>,
        code: Code,
        words: impl FnOnce() -> String,
    ) -> (Trail, Landing) {
        let walk = trail.drop(self.facts, stage, place, code, words);
        (self.trail(), Landing::Nowhere(walk))
    }
}

fn is_of_protocol(named: &str, traffic: Traffic) -> bool {
    let number = match named {
        "ALL" => return true,
        "TCP" => crate::packet::protocol::TCP,
        "UDP" => crate::packet::protocol::UDP,
        "ICMP" => crate::packet::protocol::ICMP,
        other => match other.parse() {
            Ok(number) => number,
            Err(_) => return false,
        },
    };
    matches!(traffic, Traffic::Ip { protocol, .. } if protocol == number)
}

/// Whether a range holds addresses that the internet does not route: RFC 1918, RFC 6598, link-local, loopback and their like in IPv6.
pub(crate) fn is_private(range: &IpNet) -> bool {
    match range {
        IpNet::V4(range) => {
            let address = range.addr();
            let [first, second, ..] = address.octets();
            let shared = first == 100 && (64..128).contains(&second);
            address.is_private() || address.is_link_local() || address.is_loopback() || shared
        }
        IpNet::V6(range) => {
            let address = range.addr();
            address.is_unique_local() || address.is_unicast_link_local() || address.is_loopback()
        }
    }
}
