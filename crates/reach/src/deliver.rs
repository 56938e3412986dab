//! Who has an address in a network, and what the receiver makes of the packet. Not here: how the packet came to that network.

use std::net::IpAddr;

use twinrail_facts::keys;
use twinrail_model::{
    Alias, AliasRange, Direction, Feature, Field, InstanceId, MoverKind, NicId, Place, Vip, VipSource, VpcId, admit,
};

use crate::bugs::{Bug, has};
use crate::code::Code;
use crate::firewall::{Passage, Question};
use crate::packet::End;
use crate::route::Landings;
use crate::spot::Spot;
use crate::trail::Trail;
use crate::verdict::{Outcome, Receiver, Stage, Walk};
use crate::walker::{Flight, Landing, Leg, Role, Walker, Who};

impl Walker<'_> {
    /// Whoever has the destination in the network whose subnet route matched.
    pub(crate) fn deliver(&self, trail: Trail, owner: VpcId, leg: &Leg<'_>, flight: &Flight) -> Field<Landings> {
        let end = flight.destination.end;
        match (end, flight.destination.address()) {
            // Elsewhere its address is whoever's it is there.
            (End::Vip(vip), address) if address.is_none() || self.is_vip_network(vip, owner) => {
                self.deliver_vip(trail, owner, vip)
            }
            (_, Some(address)) => self.deliver_address(trail, owner, address, leg, flight),
            (End::Rule(rule), None) if self.network().forwarding_rules[rule].vpc.get()? == owner => {
                self.through_rule(trail, rule, leg, flight, Role::Owner)
            }
            (End::Nic(nic) | End::Alias(nic, _), None) if self.network().nics[nic].vpc.get()? == owner => {
                Ok(vec![self.to_owner(trail, nic)])
            }
            (End::Clients(group), None) if self.clients_leg(group)?.vpc == owner => {
                Ok(vec![(trail, Landing::Clients(group))])
            }
            _ => Ok(vec![self.wrong_network(trail, owner, flight)]),
        }
    }

    fn is_vip_network(&self, vip: Vip, owner: VpcId) -> bool {
        let network = self.network();
        let is_holders = self.holder_nic(vip).is_some_and(|nic| *network.nics[nic].vpc == Ok(owner));
        let pool = &network.vips[vip.pool];
        let of_pool = match pool.source {
            VipSource::Subnet(subnet, _) => {
                network.subnets[subnet].vpc.known().and_then(|vpc| vpc.as_ref().ok().copied())
            }
            VipSource::Span(_) => network.vip_vpc(pool),
        };
        is_holders || of_pool.is_none_or(|vpc| vpc == owner)
    }

    fn wrong_network(&self, trail: Trail, owner: VpcId, flight: &Flight) -> (Trail, Landing) {
        let words = || {
            let network = self.network();
            format!(
                "{} is not in {}, where this route ends",
                flight.destination.end.short(network),
                network.short(owner)
            )
        };
        self.nowhere(trail, Stage::Delivery, Some(owner.into()), Code::RouteWrongNetwork, words)
    }

    fn to_owner(&self, mut trail: Trail, nic: NicId) -> (Trail, Landing) {
        trail.hop(self.facts, Stage::Delivery, Place::from(nic), || {
            format!("{} has the address", self.network().short(nic))
        });
        (trail, Landing::Nic(nic, Role::Owner))
    }

    fn deliver_vip(&self, trail: Trail, owner: VpcId, vip: Vip) -> Field<Landings> {
        let pool = &self.network().vips[vip.pool];
        let place = Some(Place::from(vip.pool));
        if pool.mover.kind.uses_routes() {
            let words =
                || format!("a subnet holds the address, so that the route of {} is never asked", pool.mover.kind);
            return Ok(vec![self.nowhere(trail, Stage::Delivery, place, Code::UnknownInternalAddress, words)]);
        }
        let Some(nic) = self.holder_nic(vip) else {
            let words = || "no instance could hold it".to_owned();
            return Ok(vec![self.nowhere(trail, Stage::Delivery, place, Code::VipHasNoHolder, words)]);
        };
        if self.network().nics[nic].vpc.get()? != owner {
            let words = || format!("its holder is not in {}, where this route ends", self.network().short(owner));
            return Ok(vec![self.nowhere(trail, Stage::Delivery, place, Code::RouteWrongNetwork, words)]);
        }
        let mut trail = trail;
        trail.hop(self.facts, Stage::Delivery, place, || {
            format!("{} holds it, moved by {}", self.network().short(nic), pool.mover.kind)
        });
        let role = if pool.mover.kind.uses_load_balancer() { Role::Backend } else { Role::Owner };
        Ok(vec![(trail, Landing::Nic(nic, role))])
    }

    fn deliver_address(
        &self,
        trail: Trail,
        owner: VpcId,
        address: IpAddr,
        leg: &Leg<'_>,
        flight: &Flight,
    ) -> Field<Landings> {
        let hung = self.plane.hung(owner);
        let alias = || hung.aliases.iter().find(|(range, ..)| range.contains(&address)).map(|(_, nic, _)| *nic);
        if let Some(nic) = hung.primaries.get(&address).copied().or_else(alias) {
            let meant = match flight.destination.end {
                End::Nic(meant) | End::Alias(meant, _) => meant == nic,
                End::Rule(_) | End::Clients(_) | End::Vip(_) => false,
                End::Address(_) | End::Prober(_) => true,
            };
            let landing = if meant { self.to_owner(trail, nic) } else { self.other_has_it(trail, nic) };
            return Ok(vec![landing]);
        }
        if let Some(rules) = hung.forwarding.get(&address) {
            let fits = |rule: &&twinrail_model::ForwardingRuleId| match flight.destination.end {
                End::Rule(meant) => meant == **rule,
                End::Address(_) | End::Prober(_) => true,
                End::Nic(_) | End::Alias(..) | End::Vip(_) | End::Clients(_) => false,
            };
            // Rules that share an address are for different ports: the one that takes the packet, else any.
            let taking = rules.iter().filter(fits).find(|rule| self.would_take(**rule, flight));
            if let Some(rule) = taking.or_else(|| rules.iter().find(fits)) {
                return self.through_rule(trail, *rule, leg, flight, Role::Owner);
            }
            return Ok(vec![self.wrong_network(trail, owner, flight)]);
        }
        for vip in self.situation.holders.keys().filter(|vip| End::Vip(**vip) != flight.destination.end) {
            let is_here = self.is_vip_network(*vip, owner) && !self.network().vips[vip.pool].mover.kind.uses_routes();
            if let (Some(nic), true) = (self.holder_nic(*vip), is_here)
                && self.network().vip_ranges(*vip)? == [address.into()]
            {
                return Ok(vec![self.other_has_it(trail, nic)]);
            }
        }
        self.plane.look_for_addresses(owner);
        let words = || format!("nobody in {} has {address}", self.network().short(owner));
        Ok(vec![self.nowhere(trail, Stage::Delivery, Some(owner.into()), Code::UnknownInternalAddress, words)])
    }

    fn other_has_it(&self, trail: Trail, nic: NicId) -> (Trail, Landing) {
        let words = || format!("{} has that address there", self.network().short(nic));
        self.nowhere(trail, Stage::Delivery, Some(nic.into()), Code::RouteWrongNetwork, words)
    }

    /// Whether a NIC may send from an address.
    pub(crate) fn is_own_source(&self, nic: NicId, source: &Spot) -> Field<bool> {
        if has(Bug::SourceUnchecked) {
            return Ok(true);
        }
        let is_let_out = match source.end {
            End::Rule(_) => self.facts.get(keys::lb::BACKEND_REPLIES_FROM_RULE_ADDRESS),
            End::Alias(..) | End::Vip(_) => self.facts.get(keys::alias::PASSES_ANTI_SPOOFING),
            _ => true,
        };
        Ok((is_let_out && self.has_address(nic, source)?)
            || self.may_forward(nic)?
            || !self.facts.get(keys::route::FOREIGN_SOURCE_NEEDS_IP_FORWARDING))
    }

    /// Whether the network knows an address as one of a NIC's: its primary one, an alias, that of a forwarding rule whose backend it is.
    pub(crate) fn has_address(&self, nic: NicId, spot: &Spot) -> Field<bool> {
        let instance = self.instance_of(nic);
        Ok(match spot.end {
            End::Nic(own) | End::Alias(own, _) => own == nic,
            End::Rule(rule) => self.backend_nic_of(rule, instance)? == Some(nic),
            End::Vip(vip) if self.network().vips[vip.pool].mover.kind.uses_routes() => false,
            End::Vip(vip) => self.holder_nic(vip) == Some(nic),
            End::Address(address) => self.nic_with(instance, address) == Some(nic),
            End::Clients(_) | End::Prober(_) => false,
        })
    }

    /// Whether an end is the primary address of a NIC: by itself, or as the VIP that a stateful group keeps there.
    pub(crate) fn is_primary_of(&self, nic: NicId, spot: &Spot) -> bool {
        match spot.end {
            End::Nic(own) => own == nic,
            End::Vip(vip) => {
                let is_kept = self.network().vips[vip.pool].mover.kind == MoverKind::StatefulMig;
                let address = spot.address();
                is_kept && address.is_some() && *self.network().nics[nic].address == Ok(address)
            }
            _ => false,
        }
    }

    /// The NIC of an instance that has an address as its primary one or in an alias range.
    pub(crate) fn nic_with(&self, instance: InstanceId, address: IpAddr) -> Option<NicId> {
        let has = |nic: &NicId| {
            let row = &self.network().nics[*nic];
            let aliased = |alias: &Alias| matches!(alias.range, AliasRange::Range(range) if range.contains(&address));
            *row.address == Ok(Some(address)) || row.aliases.iter().any(aliased)
        };
        self.network().instances[instance].nics.iter().copied().find(has)
    }

    /// Why a PSC interface does not exist: its attachment does not accept the project.
    pub(crate) fn unaccepted(&self, nic: NicId) -> Field<Option<(Place, String)>> {
        let row = &self.network().nics[nic];
        let Some(attachment) = *row.attachment else { return Ok(None) };
        let project = self.network().instances[row.instance].project;
        let refusal = admit::link::attachment_accepts(&self.view, attachment, project)?;
        Ok(refusal.map(|refusal| (Place::from(attachment), refusal.message)))
    }

    /// Whether the instance may send and get packets of others at a NIC.
    fn may_forward(&self, nic: NicId) -> Field<bool> {
        let row = &self.network().nics[nic];
        if !*self.network().instances[row.instance].can_ip_forward {
            return Ok(false);
        }
        self.view.profile(row.vpc.get()?)?.allows(self.facts, Feature::IpForwarding)
    }

    /// What becomes of a packet where routing led it.
    pub(crate) fn arrive(&self, trail: Trail, landing: Landing, flight: &Flight, is_tracked: bool) -> Field<Walk> {
        match landing {
            Landing::Nowhere(walk) => Ok(walk),
            Landing::Prober => Ok(trail.end(Outcome::Delivered(Receiver::Prober))),
            Landing::Internet => Ok(trail.end(Outcome::Delivered(Receiver::Internet))),
            Landing::Clients(group) => {
                let leg = self.clients_leg(group)?;
                match self.let_in(trail, &leg, flight, is_tracked)? {
                    Ok(trail) => Ok(trail.end(Outcome::Delivered(Receiver::Clients(group)))),
                    Err(walk) => Ok(walk),
                }
            }
            Landing::Nic(nic, role) => self.arrive_at(trail, nic, role, flight, is_tracked),
        }
    }

    fn arrive_at(&self, trail: Trail, nic: NicId, role: Role, flight: &Flight, is_tracked: bool) -> Field<Walk> {
        let network = self.network();
        let instance = self.instance_of(nic);
        let flight = &Flight { destination: self.on(nic, &flight.destination)?, ..flight.clone() };
        let end = flight.destination.end;
        if !self.is_running(instance)? && !self.is_recreated(nic, end) {
            let words = || format!("{} does not run", network.short(instance));
            return Ok(trail.drop(self.facts, Stage::Delivery, Place::from(instance), Code::InstanceNotRunning, words));
        }
        if self.situation.down.contains(&twinrail_model::Part::Nic(nic)) {
            let words = || format!("{} is down", network.short(nic));
            return Ok(trail.drop(self.facts, Stage::Delivery, Place::from(nic), Code::NicDown, words));
        }
        if let Some((place, words)) = self.unaccepted(nic)? {
            return Ok(trail.drop(self.facts, Stage::Delivery, place, Code::PscNotAccepted, || words));
        }
        // The network compares addresses: one that the NIC has too is its own, whoever the packet was meant for.
        let known = flight.destination.address().map_or(Ok(None), |address| self.own_end(instance, address))?;
        // A route leads to a VIP without making it an address of the NIC.
        let is_routed = |end: End| matches!(end, End::Vip(vip) if network.vips[vip.pool].mover.kind.uses_routes());
        let is_own = known.is_some_and(|(own, end)| own == nic && !is_routed(end))
            || self.has_address(nic, &flight.destination)?;
        if role == Role::NextHop
            && !is_own
            && self.facts.get(keys::route::NEXT_HOP_NEEDS_IP_FORWARDING)
            && !self.may_forward(nic)?
        {
            let words = || {
                format!(
                    "{} gets a packet to an address that is not its own, without canIpForward",
                    network.short(instance)
                )
            };
            let place = Place::field(instance, "canIpForward");
            return Ok(trail.drop(self.facts, Stage::Delivery, place, Code::ForeignIpDisallowed, words));
        }
        let leg = self.leg(nic)?;
        let is_asked = role != Role::NextHop || self.facts.get(keys::firewall::CHECKED_AT_NEXT_HOP);
        match if is_asked { self.let_in(trail, &leg, flight, is_tracked)? } else { Ok(trail) } {
            Ok(trail) => self.receive(trail, nic, role, flight),
            Err(walk) => Ok(walk),
        }
    }

    /// A stateful group makes the failed holder anew, with its address.
    fn is_recreated(&self, nic: NicId, end: End) -> bool {
        let End::Vip(vip) = end else { return false };
        self.network().vips[vip.pool].mover.kind == MoverKind::StatefulMig && self.holder_nic(vip) == Some(nic)
    }

    /// The ingress firewall.
    fn let_in(&self, mut trail: Trail, leg: &Leg<'_>, flight: &Flight, is_tracked: bool) -> Field<Result<Trail, Walk>> {
        if is_tracked {
            trail.hop(self.facts, Stage::IngressFirewall, None, || {
                "let in as the reply of a tracked connection".to_owned()
            });
            return Ok(Ok(trail));
        }
        let Passage { place, refused, words } = self.ask(Direction::Ingress, leg, flight)?;
        Ok(match refused {
            None => {
                trail.hop(self.facts, Stage::IngressFirewall, place, || words);
                Ok(trail)
            }
            Some(code) => {
                let is_probe = matches!(flight.source.end, End::Prober(_)) && code == Code::FirewallRule;
                let code = if is_probe { Code::HealthCheckBlocked } else { code };
                Err(trail.drop(self.facts, Stage::IngressFirewall, place, code, || words))
            }
        })
    }

    /// The firewall's word on a packet at one end of its way.
    pub(crate) fn ask(&self, direction: Direction, leg: &Leg<'_>, flight: &Flight) -> Field<Passage> {
        self.firewall(&Question {
            direction,
            vpc: self.governing(leg)?,
            region: leg.region,
            machine: self.machine(leg.who),
            source: &flight.source,
            destination: &flight.destination,
            traffic: flight.traffic,
        })
    }

    /// The network whose firewall governs a NIC: its own.
    fn governing(&self, leg: &Leg<'_>) -> Field<VpcId> {
        let Who::Nic(nic) = leg.who else { return Ok(leg.vpc) };
        let row = &self.network().nics[nic];
        if row.attachment.is_none() || self.facts.get(keys::psc::FIREWALL_OF) == "consumer-network" {
            return Ok(leg.vpc);
        }
        match self.network().nics_of(row.instance)?.first() {
            Some(first) => self.network().nics[*first].vpc.get(),
            None => Ok(leg.vpc),
        }
    }

    /// The receiver's guest.
    fn receive(&self, mut trail: Trail, nic: NicId, role: Role, flight: &Flight) -> Field<Walk> {
        let network = self.network();
        let end = flight.destination.end;
        let guest = || network.short(self.instance_of(nic));
        let is_owner = match end {
            End::Vip(vip) => self.holder_nic(vip) == Some(nic),
            _ => role != Role::NextHop || self.has_address(nic, &flight.destination)?,
        };
        let address = flight.destination.address();
        let known = address.map_or(Ok(None), |address| self.own_end(self.instance_of(nic), address))?;
        if !is_owner && known.is_some_and(|(own, _)| own == nic) {
            let words = || format!("{} has that address too, and it was meant for another", guest());
            return Ok(trail.drop(self.facts, Stage::Receiver, Place::from(nic), Code::RouteWrongNetwork, words));
        }
        if !is_owner {
            let words = || format!("{} is to pass it on, and what an appliance does is not modelled", guest());
            return Ok(trail.drop(self.facts, Stage::Receiver, Place::from(nic), Code::NotModelled, words));
        }
        if !self.holds(nic, end)? {
            let words = || format!("the guest of {} has no such address", guest());
            return Ok(trail.drop(
                self.facts,
                Stage::Receiver,
                self.holds_place(nic),
                Code::GuestDoesNotHoldAddress,
                words,
            ));
        }
        if self.is_filtered(nic, &flight.source, &flight.destination)? {
            let words = || {
                format!("the strict reverse-path filter of {} drops it: an answer would leave by another NIC", guest())
            };
            return Ok(trail.drop(
                self.facts,
                Stage::Receiver,
                self.filter_place(nic),
                Code::GuestReversePathFilter,
                words,
            ));
        }
        trail.hop(self.facts, Stage::Receiver, Place::from(nic), || format!("taken by {}", guest()));
        Ok(trail.end(Outcome::Delivered(Receiver::Nic(nic))))
    }

    fn would_take(&self, rule: twinrail_model::ForwardingRuleId, flight: &Flight) -> bool {
        self.takes(&self.network().forwarding_rules[rule], flight.traffic)
    }
}
