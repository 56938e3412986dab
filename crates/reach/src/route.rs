//! Where the network sends a packet that left a NIC: special return paths, policy-based routes, subnet routes, static routes. Not here: firewalls, and what
//! the receiver makes of it.

use std::net::IpAddr;

use ipnet::IpNet;
use twinrail_facts::keys;
use twinrail_model::{
    AppliesTo, Feature, Field, Known, Nat, NextHop, Place, PolicyHop, PolicyRouteId, RouteId, RouterId, SubnetId, Vip,
    VpcId,
};

use crate::bugs::{Bug, has};
use crate::code::Code;
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
    /// Why its next hop cannot be used.
    unusable: Option<Code>,
}

impl Walker<'_> {
    pub(crate) fn route(&self, mut trail: Trail, leg: &Leg<'_>, flight: &Flight) -> Field<Landings> {
        if let End::Prober(_) = flight.destination.end
            && flight.answers_at.is_some_and(|nic| leg.who == Who::Nic(nic))
            && self.facts.get(keys::lb::HEALTH_CHECKS_USE_SPECIAL_ROUTES)
        {
            trail.hop(self.facts, Stage::Route, None, || "goes back to the prober by a special return path".to_owned());
            return Ok(vec![(trail, Landing::Prober)]);
        }
        let chosen = self.policy_routes(leg, flight)?;
        if chosen.is_empty() {
            return self.other_routes(trail, leg, flight);
        }
        let mut landings = Vec::new();
        for id in chosen {
            let row = &self.network().policy_routes[id];
            let mut trail = trail.clone();
            match row.next_hop.get()? {
                PolicyHop::Address(address) => {
                    trail.hop(self.facts, Stage::Route, Place::from(id), || {
                        format!("policy-based route {} leads to the load balancer at {address}", row.name.short())
                    });
                    landings.extend(self.to_policy_hop(trail, leg, flight, id, address)?);
                }
                PolicyHop::OtherRoutes => {
                    trail.hop(self.facts, Stage::Route, Place::from(id), || {
                        format!("policy-based route {} leaves it to the other routes", row.name.short())
                    });
                    landings.extend(self.other_routes(trail, leg, flight)?);
                }
            }
        }
        Ok(landings)
    }

    /// Subnet routes, then static ones.
    fn other_routes(&self, mut trail: Trail, leg: &Leg<'_>, flight: &Flight) -> Field<Landings> {
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

    /// The policy-based routes with the smallest number of those about this packet. Of several Google picks one by a rule that it does not tell.
    fn policy_routes(&self, leg: &Leg<'_>, flight: &Flight) -> Field<Vec<PolicyRouteId>> {
        let mut best: Vec<PolicyRouteId> = Vec::new();
        let mut smallest = u64::MAX;
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
            if number < smallest {
                best.clear();
                smallest = number;
            }
            if number == smallest {
                best.push(*id);
            }
        }
        Ok(best)
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
                return self.through_next_hop_rule(trail, rules, leg, flight);
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
                let is_exchanged = owner == vpc || is_private(range) || self.imports_public_ranges();
                if is_exchanged && flight.destination.is_within(range)? {
                    return Ok(Some((owner, *subnet)));
                }
            }
            // Public addresses of a peer are imported only where somebody asks for it.
            if owner == vpc || flight.destination.ranges.iter().all(is_private) {
                self.plane.look_for_subnets(owner);
            }
        }
        Ok(None)
    }

    /// Whether a peer's ranges of public addresses come over unasked; no input says whether somebody asks for it.
    fn imports_public_ranges(&self) -> bool {
        self.facts.get(keys::peering::PUBLIC_RANGES_EXPORTED_BY_DEFAULT)
            && self.facts.get(keys::peering::PUBLIC_RANGES_IMPORTED_BY_DEFAULT)
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

    /// Static routes. The most specific destination is settled first, then whose routes count, and only then what can be used.
    fn static_route(&self, trail: Trail, leg: &Leg<'_>, flight: &Flight) -> Field<Landings> {
        if let Some(landings) = self.vip_route(&trail, leg, flight)? {
            return Ok(landings);
        }
        if self.has_dynamic_routes(leg.vpc) {
            let words = || "no subnet holds the address, and routes that a router learns are not modelled".to_owned();
            return Ok(vec![self.nowhere(trail, Stage::Route, Some(leg.vpc.into()), Code::NotModelled, words)]);
        }
        let mut contenders = self.contenders(leg, flight)?;
        let shortest = has(Bug::ShortestPrefix) || !self.facts.get(keys::route::LONGEST_PREFIX_FIRST);
        let prefix = contenders.iter().map(|route| route.prefix);
        let Some(best) = (if shortest { prefix.min() } else { prefix.max() }) else {
            let words = || self.no_route_words(leg.vpc, flight);
            return Ok(vec![self.nowhere(trail, Stage::Route, Some(leg.vpc.into()), Code::NoRoute, words)]);
        };
        contenders.retain(|route| route.prefix == best);
        let mut landings = Vec::new();
        for group in self.by_owner(leg.vpc, contenders) {
            landings.extend(self.of_one_network(trail.clone(), &group, leg, flight)?);
        }
        Ok(landings)
    }

    /// The routes of the network itself, if it has any; else those of each peer apart: one peer is picked, nobody says which.
    fn by_owner(&self, vpc: VpcId, routes: Vec<Contender>) -> Vec<Vec<Contender>> {
        let (own, mut theirs): (Vec<Contender>, Vec<Contender>) =
            routes.into_iter().partition(|route| route.owner == vpc);
        if !own.is_empty() && (theirs.is_empty() || self.facts.get(keys::route::LOCAL_BEFORE_PEER)) {
            return vec![own];
        }
        if !self.facts.get(keys::route::PEER_CHOSEN_BEFORE_PRIORITY) {
            theirs.extend(own);
            return vec![theirs];
        }
        theirs.sort_by_key(|route| route.owner);
        let mut groups = Vec::new();
        while let Some(owner) = theirs.first().map(|route| route.owner) {
            let rest = theirs.iter().position(|route| route.owner != owner).unwrap_or(theirs.len());
            groups.push(theirs.drain(..rest).collect());
        }
        groups
    }

    /// Of the routes of one network to one destination: the usable ones, of these the smallest number; several share by a hash.
    fn of_one_network(
        &self,
        mut trail: Trail,
        routes: &[Contender],
        leg: &Leg<'_>,
        flight: &Flight,
    ) -> Field<Landings> {
        let lower_wins = self.facts.get(keys::route::LOWER_NUMBER_WINS);
        let rank = |route: &Contender| if lower_wins { route.priority } else { u64::MAX - route.priority };
        let usable = |route: &Contender| route.unusable.is_none();
        let Some(best) = routes.iter().filter(|route| usable(route)).map(rank).min() else {
            let dead = routes.iter().min_by_key(|route| rank(route)).expect("a group of routes is not empty");
            let code = dead.unusable.expect("none of them is usable");
            let place = dead.route.map(Place::from);
            let words = || format!("{} leads to a next hop that cannot be used", self.route_words(leg.vpc, dead));
            return Ok(vec![self.nowhere(trail, Stage::Route, place, code, words)]);
        };
        let chosen: Vec<&Contender> = routes.iter().filter(|route| usable(route) && rank(route) == best).collect();
        if chosen.len() > 1 {
            self.facts.get(keys::route::EQUAL_PRIORITY_SHARES);
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
        let learns = |vpc: VpcId| self.plane.hung(vpc).has_dynamic_routes;
        let mut peers = self.plane.peers_of(vpc).iter();
        learns(vpc) || peers.any(|peer| learns(*peer) && self.exchanges_custom_routes(*peer, vpc))
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
            if !(row.tags.is_empty() || is_own || self.facts.get(keys::peering::TAGGED_ROUTES_EXCHANGED)) {
                continue;
            }
            if !row.tags.is_empty() && !self.is_tagged(leg.who, &row.tags) {
                continue;
            }
            let hop = row.next_hop.get()?;
            if !is_own && hop == NextHop::InternetGateway && !self.facts.get(keys::peering::GATEWAY_ROUTES_EXCHANGED) {
                continue;
            }
            let unusable = self.unusable(owner, &hop)?;
            let priority = row.priority.unwrap_or_else(|| self.facts.get(keys::route::PRIORITY_DEFAULT));
            found.push(Contender { prefix: range.prefix_len(), priority, owner, route: Some(*id), hop, unusable });
        }
        Ok(())
    }

    /// Why a route's next hop cannot be used, so that another to the same destination is.
    fn unusable(&self, owner: VpcId, hop: &NextHop) -> Field<Option<Code>> {
        let (word, code) = match hop {
            NextHop::Instance(instance) => {
                let row = &self.network().instances[*instance];
                if row.known == Known::Outside && self.network().is_complete() {
                    ("deleted-instance", Code::NextHopResourceNotFound)
                } else if !self.is_running(*instance)? {
                    ("stopped-instance", Code::InstanceNotRunning)
                } else if self.network().nic_in(*instance, owner)?.is_none() {
                    ("instance-outside-network", Code::NextHopInstanceWrongNetwork)
                } else {
                    return Ok(None);
                }
            }
            NextHop::Address(address) => match self.unusable_address(owner, *address)? {
                Some(why) => why,
                None => return Ok(None),
            },
            NextHop::ForwardingRule(_) | NextHop::InternetGateway | NextHop::Other(_) => return Ok(None),
        };
        if has(Bug::StoppedNextHopUsed) && code == Code::InstanceNotRunning {
            return Ok(None);
        }
        let left_out = self.facts.get(keys::route::UNUSABLE_NEXT_HOPS).iter().any(|known| known == word);
        Ok(left_out.then_some(code))
    }

    fn unusable_address(&self, owner: VpcId, address: IpAddr) -> Field<Option<(&'static str, Code)>> {
        let hung = self.plane.hung(owner);
        if let Some(nic) = hung.primaries.get(&address) {
            let runs = self.is_running(self.instance_of(*nic))?;
            return Ok((!runs).then_some(("stopped-instance", Code::InstanceNotRunning)));
        }
        let around = std::iter::once(&owner).chain(self.plane.peers_of(owner));
        if around.into_iter().any(|vpc| self.plane.hung(*vpc).forwarding.contains_key(&address)) {
            return Ok(None);
        }
        if hung.aliases.iter().any(|(range, ..)| range.contains(&address)) {
            return Ok(Some(("alias-address", Code::NextHopInstanceNonPrimaryIp)));
        }
        self.plane.look_for_addresses(owner);
        Ok(Some(("address-of-nobody", Code::NextHopAddressNotResolved)))
    }

    /// The default route to the internet that an ordinary network is made with. It is taken to be there where the input lists none, unless it lists routes
    /// that the platform made as well: then it would list this one too.
    fn default_route(&self, leg: &Leg<'_>, flight: &Flight, found: &mut Vec<Contender>) -> Field<()> {
        let is_v4 = flight.destination.ranges.iter().all(|range| range.addr().is_ipv4());
        let hung = self.plane.hung(leg.vpc);
        let listed = hung.lists_routes || hung.routes.iter().any(|(range, _)| range.prefix_len() == 0);
        if listed
            || !is_v4
            || !self.view.profile(leg.vpc)?.is_ordinary()
            || !self.facts.get(keys::route::DEFAULT_MADE_WITH_NETWORK)
        {
            return Ok(());
        }
        let priority = self.facts.get(keys::route::DEFAULT_PRIORITY);
        let hop = NextHop::InternetGateway;
        found.push(Contender { prefix: 0, priority, owner: leg.vpc, route: None, hop, unusable: None });
        Ok(())
    }

    pub(crate) fn is_tagged(&self, who: Who, tags: &[String]) -> bool {
        self.machine(who).tags().iter().any(|tag| tags.contains(tag))
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
        let Some(nic) = self.holder_nic(vip) else {
            let words =
                || format!("nobody could hold {}, so its route leads nowhere", End::Vip(vip).short(self.network()));
            let place = Some(Place::from(vip.pool));
            return Ok(Some(vec![self.nowhere(trail.clone(), Stage::Route, place, Code::VipHasNoHolder, words)]));
        };
        if self.network().nics[nic].vpc.get()? != owner {
            let words =
                || format!("the holder, {}, is not in {}", self.network().short(nic), self.network().short(owner));
            let code = Code::NextHopInstanceWrongNetwork;
            return Ok(Some(vec![self.nowhere(trail.clone(), Stage::Route, Some(nic.into()), code, words)]));
        }
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
                Ok(vec![self.to_next_hop(trail, nic)])
            }
            NextHop::Address(address) => self.through_address(trail, route, *address, leg, flight),
            NextHop::ForwardingRule(rule) => {
                if self.network().forwarding_rules[*rule].vpc.get()? != route.owner {
                    let words = || format!("{} is not in the network of the route", self.network().short(*rule));
                    let code = Code::NextHopForwardingRuleIpMismatch;
                    return Ok(vec![self.nowhere(trail, Stage::Route, place, code, words)]);
                }
                self.through_next_hop_rule(trail, &[*rule], leg, flight)
            }
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
            return Ok(vec![self.to_next_hop(trail, *nic)]);
        }
        if let Some(rules) = hung.forwarding.get(&address) {
            return self.through_next_hop_rule(trail, rules, leg, flight);
        }
        let peers = self.plane.peers_of(route.owner).iter();
        let mut theirs = peers.filter_map(|peer| self.plane.hung(*peer).forwarding.get(&address));
        if let Some(rules) = theirs.next()
            && self.facts.get(keys::route::LB_NEXT_HOP_BY_ADDRESS_IN_PEER)
        {
            return self.through_next_hop_rule(trail, rules, leg, flight);
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

    fn to_next_hop(&self, mut trail: Trail, nic: twinrail_model::NicId) -> (Trail, Landing) {
        trail.hop(self.facts, Stage::Delivery, Place::from(nic), || {
            format!("handed to the next hop {}", self.network().short(nic))
        });
        (trail, Landing::Nic(nic, Role::NextHop))
    }

    /// Out to the internet: an external address, or Cloud NAT.
    fn internet(&self, mut trail: Trail, leg: &Leg<'_>, flight: &Flight) -> Field<Landings> {
        if flight.destination.ranges.iter().any(|range| is_private(range) || self.plane.is_of_some_subnet(range)) {
            let words = || format!("{} is no address of the internet", flight.destination.words());
            return Ok(vec![self.nowhere(trail, Stage::Route, None, Code::PrivateTrafficToInternet, words)]);
        }
        if let Who::Nic(nic) = leg.who
            && *self.network().nics[nic].external
            && self.is_primary_of(nic, &flight.source)
        {
            trail.hop(self.facts, Stage::Delivery, Place::field(nic, "accessConfigs"), || {
                "leaves by the NIC's external address".to_owned()
            });
            return Ok(vec![(trail, Landing::Internet)]);
        }
        if let Some(router) = self.translating_router(leg, flight)?
            && self.view.profile(leg.vpc)?.allows(self.facts, Feature::CloudNat)?
        {
            trail.hop(self.facts, Stage::Delivery, Place::from(router), || "leaves by Cloud NAT".to_owned());
            return Ok(vec![(trail, Landing::Internet)]);
        }
        let words = || "the NIC has no external address, and no Cloud NAT serves its subnet".to_owned();
        Ok(vec![self.nowhere(trail, Stage::Delivery, Some(leg.subnet.into()), Code::NoExternalAddress, words)])
    }

    /// The router whose Cloud NAT takes a packet.
    fn translating_router(&self, leg: &Leg<'_>, flight: &Flight) -> Field<Option<RouterId>> {
        // It knows a NIC's primary and alias addresses, not those of load balancers.
        if let Who::Nic(nic) = leg.who
            && (matches!(flight.source.end, End::Rule(_)) || !self.has_address(nic, &flight.source)?)
        {
            return Ok(None);
        }
        for (id, router) in self.network().routers.iter() {
            if router.vpc.get()? != leg.vpc || router.region.get_ref()? != leg.region {
                continue;
            }
            for nat in &router.nats {
                if self.translates(nat, leg, flight)? {
                    return Ok(Some(id));
                }
            }
        }
        Ok(None)
    }

    /// Whether a Cloud NAT covers the range of its network and region that a packet's source is in.
    fn translates(&self, nat: &Nat, leg: &Leg<'_>, flight: &Flight) -> Field<bool> {
        for (id, subnet) in self.network().subnets_of(leg.vpc) {
            if subnet.region.get_ref()? != leg.region {
                continue;
            }
            if let Some(range) = subnet.range.get()?
                && flight.source.is_within(&range)?
            {
                return nat.covers(id, None);
            }
            for (name, range) in &subnet.secondary {
                if flight.source.is_within(range)? {
                    return nat.covers(id, Some(name));
                }
            }
        }
        Ok(false)
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
