//! Follows a packet, decision by decision, and then its replies. Each step is in a module of its own; the order of the steps is here. Not here: which
//! packets are worth following.

use twinrail_facts::{Bool, Facts, keys};
use twinrail_model::{
    BackendServiceId, ClientGroupId, Direction, Field, ForwardingRuleId, Hole, InstanceId, MoverKind, NicId, Place,
    Scheme, Situation, View, Vip, VpcId, looks,
};

use crate::bugs::{Bug, has};
use crate::code::Code;
use crate::packet::{End, Packet, Sender, Traffic};
use crate::plane::Plane;
use crate::route::Landings;
use crate::spot::Spot;
use crate::trail::Trail;
use crate::verdict::{Branch, Outcome, Receiver, Stage, Verdict, Walk};
use crate::walker::{Asker, Flight, Landing, Leg, Role, Walker, Who};

/// What becomes of a packet, and of the replies to it, in a situation.
///
/// # Errors
/// The hole, where the input lacks what decides.
pub fn forward(plane: &Plane<'_>, situation: &Situation, facts: &Facts<'_>, packet: &Packet) -> Field<Verdict> {
    decided(|| follow(plane, situation, facts, packet, false))
}

/// The same without hops: for whoever asks thousands of pairs for their outcome.
///
/// # Errors
/// The hole, where the input lacks what decides.
pub fn outcome(plane: &Plane<'_>, situation: &Situation, facts: &Facts<'_>, packet: &Packet) -> Field<Verdict> {
    decided(|| follow(plane, situation, facts, packet, true))
}

/// A walk that looked at a hole could have ended otherwise, whatever it found.
fn decided(walk: impl FnOnce() -> Field<Verdict>) -> Field<Verdict> {
    match looks(walk) {
        (_, Some(hole)) => Err(hole),
        (verdict, None) => verdict,
    }
}

/// The walk as far as it goes: the caller listens for [`looks`] at what the input lacks.
pub(crate) fn follow(
    plane: &Plane<'_>,
    situation: &Situation,
    facts: &Facts<'_>,
    packet: &Packet,
    is_silent: bool,
) -> Field<Verdict> {
    let view = View { network: plane.network, platform: plane.platform, facts };
    let branches = Walker { plane, situation, facts, view, is_silent }.branches(packet)?;
    Ok(Verdict { branches })
}

impl Walker<'_> {
    /// Every way of a packet. Where several instances may hold the VIP that it is for, the ways with each of them.
    fn branches(&self, packet: &Packet) -> Field<Vec<Branch>> {
        let packet = self.identified(packet);
        if let Some((vip, instance)) = self.own_vip(&packet)? {
            // Who is bound to a VIP holds it.
            let mut situation = self.situation.clone();
            situation.holders.insert(vip, instance);
            return Walker { situation: &situation, ..*self }.to_holders(&packet);
        }
        self.to_holders(&packet)
    }

    /// The VIP that a sender is bound to and may hold, where nobody is singled out as its holder.
    fn own_vip(&self, packet: &Packet) -> Field<Option<(Vip, InstanceId)>> {
        let Sender::Guest { instance, bound: Some(End::Vip(vip)) } = packet.from else { return Ok(None) };
        if self.situation.holders.contains_key(&vip) {
            return Ok(None);
        }
        let candidates = self.network().candidates(vip, &self.view, self.situation)?;
        Ok(candidates.contains(&instance).then_some((vip, instance)))
    }

    fn to_holders(&self, packet: &Packet) -> Field<Vec<Branch>> {
        let End::Vip(vip) = packet.to else { return self.request(packet) };
        let rule = self.network().vip_rule(vip);
        let balanced = self.network().vips[vip.pool].mover.kind == MoverKind::LbHealthCheck;
        let to = rule.map_or(packet.to, End::Rule);
        let packet = Packet { to, ..*packet };
        if self.situation.holders.contains_key(&vip) || (balanced && rule.is_some()) {
            return self.request(&packet);
        }
        let candidates = self.network().candidates(vip, &self.view, self.situation)?;
        if candidates.is_empty() {
            return self.request(&packet);
        }
        let own = match packet.from {
            Sender::Guest { instance, .. } => Some(instance),
            _ => None,
        };
        let mut branches = Vec::new();
        for holder in self.plane.stand_ins(self.situation, &candidates, own, End::Vip(vip)) {
            let mut situation = self.situation.clone();
            situation.holders.insert(vip, holder);
            branches.extend(Walker { situation: &situation, ..*self }.request(&packet)?);
        }
        Ok(branches)
    }

    /// The same packet with ends that say whose they are: an address that a pool names is a VIP, and the VIP of a load balancer is bound as its rule.
    fn identified(&self, packet: &Packet) -> Packet {
        let from = match packet.from {
            Sender::Guest { instance, bound: Some(End::Vip(vip)) } => {
                let bound = self.network().vip_rule(vip).map_or(End::Vip(vip), End::Rule);
                Sender::Guest { instance, bound: Some(bound) }
            }
            from => from,
        };
        let End::Address(address) = packet.to else { return Packet { from, ..*packet } };
        let mut places = self.network().vips.iter().filter_map(|(pool, row)| {
            let place = row.span?.place_of(address)?;
            (place < row.count).then_some(Vip { pool, place })
        });
        Packet { from, to: places.next().map_or(packet.to, End::Vip), ..*packet }
    }

    fn request(&self, packet: &Packet) -> Field<Vec<Branch>> {
        match packet.from {
            Sender::Guest { instance, bound } if packet.traffic == Traffic::Rdma => {
                self.verbs(instance, bound, packet.to)
            }
            Sender::Guest { instance, bound } => self.guest_sends(instance, bound, packet),
            Sender::Clients(group) => self.clients_send(group, packet),
            Sender::Prober(service) => self.prober_sends(service, packet),
            Sender::Internet(address) => self.internet_sends(address, packet),
        }
    }

    fn guest_sends(&self, instance: InstanceId, bound: Option<End>, packet: &Packet) -> Field<Vec<Branch>> {
        let mut trail = self.trail();
        if !self.is_running(instance)? {
            let words = || format!("{} does not run", self.network().short(instance));
            let walk = trail.drop(self.facts, Stage::Guest, Place::from(instance), Code::InstanceNotRunning, words);
            return Ok(vec![unanswered(walk)]);
        }
        let destination = self.spot(packet.to)?;
        if let Some(branch) = self.to_itself(instance, &destination)? {
            return Ok(vec![branch]);
        }
        let bound = bound.map(|end| self.spot(end)).transpose()?;
        let exit = self.exit(instance, bound.as_ref(), &destination)?;
        trail.hop(self.facts, Stage::Guest, exit.place, || exit.words.clone());
        let source = match bound {
            Some(bound) => bound,
            None => self.spot(End::Nic(exit.nic))?,
        };
        let flight = Flight { source, destination, traffic: packet.traffic, answers_at: None };
        match self.checked(trail, exit.nic, &flight)? {
            Ok(trail) => self.send(trail, &self.leg(exit.nic)?, &flight),
            Err(walk) => Ok(vec![unanswered(walk)]),
        }
    }

    fn spot(&self, end: End) -> Field<Spot> {
        let mut spot = Spot::of(end, self.network())?;
        if let End::Prober(place) = end {
            spot.ranges = vec![self.facts.get(keys::firewall::HEALTH_CHECK_RANGES)[place]];
        }
        Ok(spot)
    }

    /// A spot as the guest behind a NIC knows it.
    pub(crate) fn on(&self, nic: NicId, spot: &Spot) -> Field<Spot> {
        Ok(Spot { end: self.owned(nic, spot.end)?, ranges: spot.ranges.clone() })
    }

    /// A packet to an address that the sending guest holds itself never leaves it.
    fn to_itself(&self, instance: InstanceId, destination: &Spot) -> Field<Option<Branch>> {
        let to = destination.end;
        for nic in self.network().nics_of(instance)? {
            let own = self.on(*nic, destination)?;
            if own.end != to {
                return self.to_itself(instance, &own);
            }
        }
        let nic = match to {
            End::Nic(_) | End::Alias(..) => self.nic_of_own(instance, to)?,
            End::Vip(vip) => self.holder_nic(vip).filter(|nic| self.instance_of(*nic) == instance),
            End::Rule(rule) if !has(Bug::NoHairpin) && self.facts.get(keys::lb::BACKEND_REACHES_ITSELF) => {
                self.backend_nic_of(rule, instance)?
            }
            _ => None,
        };
        let Some(nic) = nic else { return self.to_own_address(instance, destination) };
        if !self.holds(nic, to)? {
            return Ok(None);
        }
        let mut trail = self.trail();
        let never_others = match to {
            End::Rule(rule) => !self.is_leader(rule, instance),
            End::Vip(vip) => self.network().vips[vip.pool].mover.kind == MoverKind::LbHealthCheck,
            _ => false,
        };
        if never_others {
            let words = || {
                "the guest holds the load balancer's address, so it answers itself and never reaches a peer".to_owned()
            };
            let walk = trail.drop(self.facts, Stage::Guest, self.holds_place(nic), Code::BackendReachesItself, words);
            return Ok(Some(unanswered(walk)));
        }
        trail.hop(self.facts, Stage::Guest, Place::from(nic), || "the address is the guest's own".to_owned());
        Ok(Some(unanswered(trail.end(Outcome::Delivered(Receiver::Itself)))))
    }

    /// A guest knows addresses, not machines: one that it has as well never leaves it, whoever it was meant for.
    fn to_own_address(&self, instance: InstanceId, destination: &Spot) -> Field<Option<Branch>> {
        let Some(address) = destination.address() else { return Ok(None) };
        let Some((nic, end)) = self.own_end(instance, address)? else { return Ok(None) };
        if end == destination.end || !self.holds(nic, end)? {
            return Ok(None);
        }
        let mut trail = self.trail();
        let words = || format!("{} of the sender itself has that address", self.network().nics[nic].label());
        let code = match (end, destination.end) {
            (End::Rule(rule), _) if !self.is_leader(rule, instance) => Code::BackendReachesItself,
            (_, End::Address(_)) => {
                trail.hop(self.facts, Stage::Guest, Place::from(nic), words);
                return Ok(Some(unanswered(trail.end(Outcome::Delivered(Receiver::Itself)))));
            }
            _ => Code::RouteWrongNetwork,
        };
        Ok(Some(unanswered(trail.drop(self.facts, Stage::Guest, Place::from(nic), code, words))))
    }

    /// The end of an instance's own that has an address: a NIC, an alias, a VIP that it is said to hold, a forwarding rule that it serves.
    pub(crate) fn own_end(&self, instance: InstanceId, address: std::net::IpAddr) -> Field<Option<(NicId, End)>> {
        let network = self.network();
        if let Some(nic) = self.nic_with(instance, address) {
            let is_primary = network.nics[nic].address == Ok(Some(address));
            return Ok(Some((nic, if is_primary { End::Nic(nic) } else { End::Alias(nic, 0) })));
        }
        for (vip, _) in self.situation.holders.iter().filter(|(_, holder)| **holder == instance) {
            if let (Some(nic), true) = (self.holder_nic(*vip), self.spot(End::Vip(*vip))?.address() == Some(address)) {
                return Ok(Some((nic, End::Vip(*vip))));
            }
        }
        if has(Bug::NoHairpin) || !self.facts.get(keys::lb::BACKEND_REACHES_ITSELF) {
            return Ok(None);
        }
        for nic in network.nics_of(instance)? {
            let rules = self.plane.hung(network.nics[*nic].vpc.get()?).forwarding.get(&address);
            for rule in rules.into_iter().flatten() {
                if self.backend_nic_of(*rule, instance)? == Some(*nic) {
                    return Ok(Some((*nic, End::Rule(*rule))));
                }
            }
        }
        Ok(None)
    }

    /// Whether a backend is the one that a VIP at this rule is with.
    fn is_leader(&self, rule: ForwardingRuleId, instance: InstanceId) -> bool {
        let mut holders = self.situation.holders.iter();
        holders.any(|(vip, holder)| *holder == instance && self.network().vip_rule(*vip) == Some(rule))
    }

    /// Whether the NIC is up and may send from this source.
    fn checked(&self, mut trail: Trail, nic: NicId, flight: &Flight) -> Field<Result<Trail, Walk>> {
        let network = self.network();
        if self.situation.down.contains(&twinrail_model::Part::Nic(nic)) {
            let words = || format!("{} is down", network.short(nic));
            return Ok(Err(trail.drop(self.facts, Stage::Guest, Place::from(nic), Code::NicDown, words)));
        }
        if let Some((place, words)) = self.unaccepted(nic)? {
            return Ok(Err(trail.drop(self.facts, Stage::Guest, place, Code::PscNotAccepted, || words)));
        }
        let source = || flight.source.words();
        if !self.is_own_source(nic, &flight.source)? {
            let words = || {
                format!(
                    "{} may not send from {}: it is no address of this NIC, and canIpForward is off",
                    network.short(nic),
                    source()
                )
            };
            let place = Place::field(self.instance_of(nic), "canIpForward");
            return Ok(Err(trail.drop(self.facts, Stage::SourceCheck, place, Code::ForeignIpDisallowed, words)));
        }
        trail.hop(self.facts, Stage::SourceCheck, Place::from(nic), || {
            format!("{} may send from {}", network.short(nic), source())
        });
        Ok(Ok(trail))
    }

    /// From a NIC into its network: the egress firewall, the routes, the receivers, and their replies.
    fn send(&self, mut trail: Trail, leg: &Leg<'_>, flight: &Flight) -> Field<Vec<Branch>> {
        if let Some(walk) = self.of_two_families(&trail, flight) {
            return Ok(vec![unanswered(walk)]);
        }
        let passage = self.ask(Direction::Egress, leg, flight)?;
        if let Some(code) = passage.refused {
            let walk = trail.drop(self.facts, Stage::EgressFirewall, passage.place, code, || passage.words);
            return Ok(vec![unanswered(walk)]);
        }
        trail.hop(self.facts, Stage::EgressFirewall, passage.place, || passage.words);
        let mut branches = Vec::new();
        for (trail, landing) in self.alike_landings(self.route(trail, leg, flight)?, leg, flight) {
            let request = match looped(&landing, leg) {
                Some(nic) => self.loop_of(trail, nic),
                None => self.arrive(trail, landing, flight, false)?,
            };
            let replies = self.replies(&request, leg.who, flight)?;
            branches.push(Branch { request, replies });
        }
        Ok(branches)
    }

    fn loop_of(&self, trail: Trail, nic: NicId) -> Walk {
        let words = || format!("it comes back to {}, which sent it", self.network().short(nic));
        trail.drop(self.facts, Stage::Delivery, Place::from(nic), Code::RoutingLoop, words)
    }

    /// A packet has addresses of one family; machines that have both could speak the other one, which is not modelled.
    fn of_two_families(&self, trail: &Trail, flight: &Flight) -> Option<Walk> {
        let is_v4 = |spot: &Spot| spot.ranges.iter().any(|range| range.addr().is_ipv4());
        let is_v6 = |spot: &Spot| spot.ranges.iter().any(|range| range.addr().is_ipv6());
        let (source, destination) = (&flight.source, &flight.destination);
        let shared = (is_v4(source) && is_v4(destination)) || (is_v6(source) && is_v6(destination));
        if shared {
            return None;
        }
        let words =
            || format!("from {} to {}: what there is of IPv6 is not modelled", source.words(), destination.words());
        let place = destination.end.place();
        Some(trail.clone().drop(self.facts, Stage::Guest, place, Code::NotModelled, words))
    }

    /// One landing of each kind: backends that nothing tells apart get the same packets.
    fn alike_landings(&self, landings: Landings, leg: &Leg<'_>, flight: &Flight) -> Landings {
        if landings.len() < 2 {
            return landings;
        }
        let own = match leg.who {
            Who::Nic(nic) => Some(self.instance_of(nic)),
            Who::Clients(_) => None,
        };
        let nics = landings.iter().filter_map(|(_, landing)| match landing {
            Landing::Nic(nic, _) => Some(self.instance_of(*nic)),
            _ => None,
        });
        let nics: Vec<InstanceId> = nics.collect();
        let kept = self.plane.stand_ins(self.situation, &nics, own, flight.destination.end);
        let keep = |landing: &Landing| match landing {
            Landing::Nic(nic, _) => kept.contains(&self.instance_of(*nic)),
            _ => true,
        };
        landings.into_iter().filter(|(_, landing)| keep(landing)).collect()
    }

    /// The replies to a request that arrived.
    fn replies(&self, request: &Walk, sender: Who, flight: &Flight) -> Field<Vec<Walk>> {
        let Outcome::Delivered(receiver) = request.end else { return Ok(Vec::new()) };
        let flight = reversed(flight);
        match receiver {
            Receiver::Itself | Receiver::Prober => Ok(Vec::new()),
            Receiver::Internet => {
                let mut trail = self.trail();
                trail.hop(self.facts, Stage::Route, None, || {
                    "comes back by the address translation of the request".to_owned()
                });
                Ok(vec![self.back_from_internet(trail, sender, &flight)?])
            }
            Receiver::Nic(nic) => self.reply_from_guest(nic, Asker::Who(sender), flight),
            Receiver::Clients(group) => {
                let leg = self.clients_leg(group)?;
                let tracked = self.is_tracked(leg.vpc)?;
                self.reply_through(self.trail(), &leg, Asker::Who(sender), &flight, tracked)
            }
        }
    }

    fn back_from_internet(&self, trail: Trail, sender: Who, flight: &Flight) -> Field<Walk> {
        let nic = match sender {
            Who::Nic(nic) => nic,
            Who::Clients(group) => return Ok(trail.end(Outcome::Delivered(Receiver::Clients(group)))),
        };
        if self.holds(nic, flight.destination.end)? {
            return Ok(trail.end(Outcome::Delivered(Receiver::Nic(nic))));
        }
        let words = || format!("the guest of {} has no such address", self.network().short(self.instance_of(nic)));
        Ok(trail.drop(self.facts, Stage::Receiver, self.holds_place(nic), Code::GuestDoesNotHoldAddress, words))
    }

    fn is_tracked(&self, vpc: VpcId) -> Field<bool> {
        let by_tracking = self.facts.get(keys::firewall::REPLY_ALLOWED_BY_TRACKING) && !has(Bug::RepliesNeedRules);
        Ok(by_tracking && self.view.profile(vpc)?.get::<Bool>(self.facts, "stateful-firewall")?)
    }

    /// The reply of the guest behind a NIC, from the address that was asked.
    fn reply_from_guest(&self, nic: NicId, asker: Asker, flight: Flight) -> Field<Vec<Walk>> {
        let flight = Flight { source: self.on(nic, &flight.source)?, answers_at: Some(nic), ..flight };
        if let Some(branch) = self.to_itself(self.instance_of(nic), &flight.destination)? {
            return Ok(vec![stays(branch.request)]);
        }
        let mut trail = self.trail();
        let exit = self.exit(self.instance_of(nic), Some(&flight.source), &flight.destination)?;
        trail.hop(self.facts, Stage::Guest, exit.place, || exit.words.clone());
        let trail = match self.checked(trail, exit.nic, &flight)? {
            Ok(trail) => trail,
            Err(walk) => return Ok(vec![walk]),
        };
        let leg = self.leg(exit.nic)?;
        let tracked = exit.nic == nic && self.is_tracked(leg.vpc)?;
        self.reply_through(trail, &leg, asker, &flight, tracked)
    }

    fn reply_through(
        &self,
        mut trail: Trail,
        leg: &Leg<'_>,
        asker: Asker,
        flight: &Flight,
        tracked: bool,
    ) -> Field<Vec<Walk>> {
        if tracked {
            trail.hop(self.facts, Stage::EgressFirewall, None, || {
                "let out as the reply of a tracked connection".to_owned()
            });
        } else {
            let passage = self.ask(Direction::Egress, leg, flight)?;
            if let Some(code) = passage.refused {
                return Ok(vec![trail.drop(self.facts, Stage::EgressFirewall, passage.place, code, || passage.words)]);
            }
            trail.hop(self.facts, Stage::EgressFirewall, passage.place, || passage.words);
        }
        let mut walks = Vec::new();
        for (trail, landing) in self.route(trail, leg, flight)? {
            walks.push(match looped(&landing, leg) {
                Some(nic) => self.loop_of(trail, nic),
                None => self.return_to(trail, landing, asker, flight)?,
            });
        }
        Ok(walks)
    }

    /// A reply where routing led it: it must be with whoever asked.
    fn return_to(&self, trail: Trail, landing: Landing, asker: Asker, flight: &Flight) -> Field<Walk> {
        let at = match &landing {
            Landing::Nic(nic, _) => Some(Asker::Who(Who::Nic(*nic))),
            Landing::Clients(group) => Some(Asker::Who(Who::Clients(*group))),
            Landing::Prober => Some(Asker::Prober),
            Landing::Internet => Some(Asker::Internet),
            Landing::Nowhere(_) => None,
        };
        let is_back = at == Some(asker);
        let vpc = match asker {
            Asker::Who(Who::Nic(nic)) => Some(self.network().nics[nic].vpc.get()?),
            Asker::Who(Who::Clients(group)) => Some(self.clients_leg(group)?.vpc),
            Asker::Prober | Asker::Internet => None,
        };
        let tracked = match vpc {
            Some(vpc) => is_back && self.is_tracked(vpc)?,
            None => false,
        };
        let walk = self.arrive(trail.clone(), landing, flight, tracked)?;
        if matches!(walk.end, Outcome::Delivered(_)) && !is_back {
            let words = || "the reply arrives elsewhere than the request came from".to_owned();
            return Ok(trail.drop(self.facts, Stage::Delivery, None, Code::RouteWrongNetwork, words));
        }
        Ok(walk)
    }

    fn clients_send(&self, group: ClientGroupId, packet: &Packet) -> Field<Vec<Branch>> {
        let leg = self.clients_leg(group)?;
        if packet.traffic == Traffic::Rdma && !self.view.is_rdma(leg.vpc)? {
            let words = || format!("{} is no RDMA network", self.network().short(leg.vpc));
            let walk = self.trail().drop(self.facts, Stage::Guest, Place::from(group), Code::RdmaNeedsRdmaNic, words);
            return Ok(vec![unanswered(walk)]);
        }
        if packet.traffic == Traffic::Rdma
            && let Some(end) = self.verbs_end(packet.to)
            && self.network().nics[end].vpc.get()? != leg.vpc
        {
            let words = || {
                format!("{} is in another network, and no route or peering carries verbs", self.network().short(end))
            };
            let walk = self.trail().drop(self.facts, Stage::Route, Place::from(end), Code::RdmaOtherNetwork, words);
            return Ok(vec![unanswered(walk)]);
        }
        let mut trail = self.trail();
        trail.hop(self.facts, Stage::Guest, Place::from(group), || {
            format!("leaves a machine in {}", self.network().short(leg.subnet))
        });
        let flight = Flight {
            source: self.spot(End::Clients(group))?,
            destination: self.spot(packet.to)?,
            traffic: packet.traffic,
            answers_at: None,
        };
        self.send(trail, &leg, &flight)
    }

    /// Health checks of a service: to the address of a forwarding rule at each backend, or at one.
    fn prober_sends(&self, service: BackendServiceId, packet: &Packet) -> Field<Vec<Branch>> {
        let only = match packet.to {
            End::Nic(nic) => Some(nic),
            _ => None,
        };
        let rule = match packet.to {
            End::Rule(rule) => Some(rule),
            _ => self.network().rules_of(service).next(),
        };
        let rule = rule.ok_or(Hole::NotInInput(Place::field(service, "forwardingRules")))?;
        let mut branches = Vec::new();
        for member in self.backends(service)? {
            if only.is_some_and(|nic| member.nic != Some(nic)) {
                continue;
            }
            if let Some(nic) = member.nic {
                branches.extend(self.probe(service, rule, nic, packet.traffic)?);
                continue;
            }
            let name = self.network().short(member.instance);
            let words = || format!("{name} has no NIC in the network of its backend service");
            let (place, code) = (Place::from(service), Code::BackendInvalidNetwork);
            branches.push(unanswered(self.trail().drop(self.facts, Stage::Delivery, place, code, words)));
        }
        if branches.is_empty() {
            let words = || "the service has no such backend".to_owned();
            let walk = self.trail().drop(
                self.facts,
                Stage::Delivery,
                Place::from(service),
                Code::ForwardingRuleNoInstances,
                words,
            );
            branches.push(unanswered(walk));
        }
        Ok(branches)
    }

    /// Probes from each range that health checks come from, to one backend.
    pub(crate) fn probe(
        &self,
        service: BackendServiceId,
        rule: ForwardingRuleId,
        nic: NicId,
        traffic: Traffic,
    ) -> Field<Vec<Branch>> {
        let mut branches = Vec::new();
        for place in 0..self.facts.get(keys::firewall::HEALTH_CHECK_RANGES).len() {
            let mut trail = self.trail();
            let source = self.spot(End::Prober(place))?;
            trail.hop(self.facts, Stage::Delivery, Place::from(service), || {
                format!("a probe from {} to {}", source.ranges[0], self.network().short(nic))
            });
            let asks_rule = self.facts.get(keys::lb::PROBE_DESTINATION) == "forwarding-rule";
            let destination = self.spot(if asks_rule { End::Rule(rule) } else { End::Nic(nic) })?;
            let flight = Flight { source, destination, traffic, answers_at: None };
            let request = self.arrive(trail, Landing::Nic(nic, Role::Backend), &flight, false)?;
            let replies = match request.end {
                Outcome::Delivered(_) => self.reply_from_guest(nic, Asker::Prober, reversed(&flight))?,
                Outcome::Dropped(_) => Vec::new(),
            };
            branches.push(Branch { request, replies });
        }
        Ok(branches)
    }

    /// An external load balancer or a forwarding of a protocol by which an end may be reached from the internet.
    fn external_rule(&self, to: End) -> Field<Option<ForwardingRuleId>> {
        let network = self.network();
        let machine = match to {
            End::Nic(nic) if *network.nics[nic].external => return Ok(None),
            End::Nic(nic) | End::Alias(nic, _) => Some(self.instance_of(nic)),
            _ => None,
        };
        for (id, rule) in network.forwarding_rules.iter() {
            if *rule.scheme == Scheme::Internal {
                continue;
            }
            let is_it = match (to, *rule.backend_service) {
                (End::Rule(to), _) => to == id,
                (End::Address(address), _) => *rule.address == Ok(Some(address)),
                // It leads to a target of which the input does not say which machine it is.
                (_, None) => machine.is_some(),
                (_, Some(service)) => match self.backends(service) {
                    Ok(members) => members.iter().any(|member| Some(member.instance) == machine),
                    Err(_) => machine.is_some(),
                },
            };
            if is_it {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    fn internet_sends(&self, address: std::net::IpAddr, packet: &Packet) -> Field<Vec<Branch>> {
        let trail = self.trail();
        if packet.traffic == Traffic::Rdma {
            let words = || "RDMA verbs go between RDMA NICs of one network".to_owned();
            let walk = trail.drop(self.facts, Stage::Delivery, packet.to.place(), Code::RdmaNeedsRdmaNic, words);
            return Ok(vec![unanswered(walk)]);
        }
        if let Some(rule) = self.external_rule(packet.to)? {
            let words =
                || format!("{} is no internal load balancer, and others are not modelled", self.network().short(rule));
            let walk = trail.drop(self.facts, Stage::Delivery, Place::from(rule), Code::NotModelled, words);
            return Ok(vec![unanswered(walk)]);
        }
        let nic = match packet.to {
            End::Nic(nic) if *self.network().nics[nic].external => nic,
            End::Address(to) if !crate::route::is_private(&to.into()) => {
                let words = || format!("nobody in the input has the external address {to}");
                let walk = trail.drop(self.facts, Stage::Delivery, None, Code::UnknownExternalAddress, words);
                return Ok(vec![unanswered(walk)]);
            }
            _ => {
                let words = || format!("{} has no external address", packet.to.short(self.network()));
                let walk = trail.drop(self.facts, Stage::Delivery, packet.to.place(), Code::NoRouteFromInternet, words);
                return Ok(vec![unanswered(walk)]);
            }
        };
        let flight = Flight {
            source: self.spot(End::Address(address))?,
            destination: self.spot(packet.to)?,
            traffic: packet.traffic,
            answers_at: None,
        };
        if let Some(walk) = self.of_two_families(&trail, &flight) {
            return Ok(vec![unanswered(walk)]);
        }
        let request = self.arrive(trail, Landing::Nic(nic, Role::Owner), &flight, false)?;
        let replies = match request.end {
            Outcome::Delivered(_) => self.reply_from_guest(nic, Asker::Internet, reversed(&flight))?,
            Outcome::Dropped(_) => Vec::new(),
        };
        Ok(vec![Branch { request, replies }])
    }
}

/// The NIC that sent the packet, if routing leads back to it.
fn looped(landing: &Landing, leg: &Leg<'_>) -> Option<NicId> {
    match landing {
        Landing::Nic(nic, _) if leg.who == Who::Nic(*nic) => Some(*nic),
        _ => None,
    }
}

/// The reply's ends. It goes to the port that the request came from, which is any.
fn reversed(flight: &Flight) -> Flight {
    let traffic = match flight.traffic {
        Traffic::Ip { protocol, .. } => Traffic::Ip { protocol, port: None },
        Traffic::Rdma => Traffic::Rdma,
    };
    Flight { source: flight.destination.clone(), destination: flight.source.clone(), traffic, answers_at: None }
}

/// A reply to an address that the one who answers has as well never gets to whoever asked.
fn stays(walk: Walk) -> Walk {
    match walk.end {
        Outcome::Delivered(_) => Walk { end: Outcome::Dropped(Code::RouteWrongNetwork), ..walk },
        Outcome::Dropped(_) => walk,
    }
}

fn unanswered(request: Walk) -> Branch {
    Branch { request, replies: Vec::new() }
}
