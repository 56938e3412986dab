//! RDMA verbs: they go between RDMA NICs of one network and nowhere else; no route and no peering carries them. Not here: plain IP over such NICs, which
//! goes the way of all packets.

use twinrail_facts::Bool;
use twinrail_model::{Direction, Feature, Field, InstanceId, NicId, Part, Place, VpcId};

use crate::code::Code;
use crate::packet::{End, Traffic};
use crate::spot::Spot;
use crate::trail::Trail;
use crate::verdict::{Branch, Outcome, Receiver, Stage, Walk};
use crate::walker::{Flight, Walker};

impl Walker<'_> {
    /// What becomes of verbs from an instance, by the RDMA NIC that is bound, or by its first in the receiver's network.
    pub(crate) fn verbs(&self, instance: InstanceId, bound: Option<End>, to: End) -> Field<Vec<Branch>> {
        let trail = self.trail();
        let request = match self.verbs_nics(instance, bound, to)? {
            Err((place, code, words)) => trail.drop(self.facts, Stage::Guest, place, code, || words),
            Ok((from, nic)) => return Ok(vec![self.between(trail, from, nic, bound, to)?]),
        };
        Ok(vec![Branch { request, replies: Vec::new() }])
    }

    /// The two NICs, or why there are none.
    #[expect(clippy::type_complexity, reason = "a refusal in the parts of a hop")]
    fn verbs_nics(
        &self,
        instance: InstanceId,
        bound: Option<End>,
        to: End,
    ) -> Field<Result<(NicId, NicId), (Option<Place>, Code, String)>> {
        let network = self.network();
        if !self.is_running(instance)? {
            let words = format!("{} does not run", network.short(instance));
            return Ok(Err((Some(instance.into()), Code::InstanceNotRunning, words)));
        }
        let Some(receiver) = self.verbs_end(to) else {
            let words = format!("{} is no address of an RDMA NIC", to.short(network));
            return Ok(Err((to.place(), Code::RdmaNeedsRdmaNic, words)));
        };
        let vpc = network.nics[receiver].vpc.get()?;
        let own = match bound {
            Some(end) => self.nic_of_own(instance, end)?,
            None => self.rdma_nic(instance, vpc)?,
        };
        let Some(own) = own else {
            let words = format!("{} has no RDMA NIC", network.short(instance));
            return Ok(Err((Some(instance.into()), Code::RdmaNeedsRdmaNic, words)));
        };
        for nic in [own, receiver] {
            if !self.is_rdma_nic(nic)? {
                let words = format!("{} is no RDMA NIC", network.short(nic));
                return Ok(Err((Some(Place::field(nic, "nicType")), Code::RdmaNeedsRdmaNic, words)));
            }
        }
        if let End::Vip(vip) = to
            && network.vips[vip.pool].mover.kind.uses_routes()
        {
            let words = "verbs to an address that only a route leads to are not modelled".to_owned();
            return Ok(Err((Some(vip.pool.into()), Code::NotModelled, words)));
        }
        Ok(Ok((own, receiver)))
    }

    /// The NIC at an end that verbs could be for.
    pub(crate) fn verbs_end(&self, to: End) -> Option<NicId> {
        match to {
            End::Nic(nic) | End::Alias(nic, _) => Some(nic),
            End::Vip(vip) => self.holder_nic(vip),
            End::Rule(_) | End::Clients(_) | End::Address(_) | End::Prober(_) => None,
        }
    }

    fn is_rdma_nic(&self, nic: NicId) -> Field<bool> {
        Ok(self.view.nic_type(nic)?.is_some_and(twinrail_model::NicType::is_rdma))
    }

    /// The first RDMA NIC of an instance in a network, else its first at all.
    fn rdma_nic(&self, instance: InstanceId, vpc: VpcId) -> Field<Option<NicId>> {
        let mut any = None;
        for nic in self.network().nics_of(instance)? {
            if self.is_rdma_nic(*nic)? {
                if self.network().nics[*nic].vpc.get()? == vpc {
                    return Ok(Some(*nic));
                }
                any = any.or(Some(*nic));
            }
        }
        Ok(any)
    }

    fn between(&self, mut trail: Trail, from: NicId, to: NicId, bound: Option<End>, end: End) -> Field<Branch> {
        let network = self.network();
        trail.hop(self.facts, Stage::Guest, Place::from(from), || format!("verbs of {}", network.short(from)));
        let vpc = network.nics[from].vpc.get()?;
        if vpc != network.nics[to].vpc.get()? {
            let words =
                || format!("{} is in another network, and no route or peering carries verbs", network.short(to));
            return Ok(lost(trail.drop(self.facts, Stage::Route, Place::from(to), Code::RdmaOtherNetwork, words)));
        }
        let profile = self.view.profile(vpc)?;
        let carries = self.view.is_rdma(vpc)? && profile.allows(self.facts, Feature::SameNetworkUnicast)?;
        if !carries {
            let words = || format!("{} carries no verbs between its NICs", network.short(vpc));
            return Ok(lost(trail.drop(self.facts, Stage::Route, Place::from(vpc), Code::RdmaOtherNetwork, words)));
        }
        trail.hop(self.facts, Stage::Route, Place::from(vpc), || format!("both NICs are in {}", network.short(vpc)));
        let source = Spot::of(bound.unwrap_or(End::Nic(from)), network)?;
        let flight = Flight { source, destination: Spot::of(end, network)?, traffic: Traffic::Rdma, answers_at: None };
        let request = self.verbs_arrive(trail, from, to, &flight)?;
        if !matches!(request.end, Outcome::Delivered(_)) {
            return Ok(lost(request));
        }
        let back =
            Flight { source: flight.destination, destination: flight.source, traffic: Traffic::Rdma, answers_at: None };
        let reply = if profile.get::<Bool>(self.facts, "stateful-firewall")? {
            let mut trail = self.trail();
            trail.hop(self.facts, Stage::IngressFirewall, None, || {
                "acknowledgements return over the tracked connection".to_owned()
            });
            trail.end(Outcome::Delivered(Receiver::Nic(from)))
        } else {
            self.verbs_arrive(self.trail(), to, from, &back)?
        };
        Ok(Branch { request, replies: vec![reply] })
    }

    /// Past the firewall at both ends to the NIC, if both are up.
    fn verbs_arrive(&self, mut trail: Trail, from: NicId, to: NicId, flight: &Flight) -> Field<Walk> {
        let network = self.network();
        let instance = self.instance_of(to);
        let down = |nic: NicId| self.situation.down.contains(&Part::Nic(nic));
        let (place, code) = if down(from) {
            (Some(Place::from(from)), Code::NicDown)
        } else if !self.is_running(instance)? {
            (Some(Place::from(instance)), Code::InstanceNotRunning)
        } else {
            (down(to).then(|| Place::from(to)), Code::NicDown)
        };
        if let Some(place) = place {
            let words = || format!("{} is down", network.short(place.entity));
            return Ok(trail.drop(self.facts, Stage::Delivery, place, code, words));
        }
        let sides =
            [(from, Direction::Egress, Stage::EgressFirewall), (to, Direction::Ingress, Stage::IngressFirewall)];
        for (nic, direction, stage) in sides {
            let passage = self.ask(direction, &self.leg(nic)?, flight)?;
            if let Some(code) = passage.refused {
                return Ok(trail.drop(self.facts, stage, passage.place, code, || passage.words));
            }
            trail.hop(self.facts, stage, passage.place, || passage.words);
        }
        if !self.holds(to, flight.destination.end)? {
            let words = || format!("the guest of {} has no such address", network.short(instance));
            return Ok(trail.drop(
                self.facts,
                Stage::Receiver,
                self.holds_place(to),
                Code::GuestDoesNotHoldAddress,
                words,
            ));
        }
        trail.hop(self.facts, Stage::Receiver, Place::from(to), || format!("taken by {}", network.short(to)));
        Ok(trail.end(Outcome::Delivered(Receiver::Nic(to))))
    }
}

fn lost(request: Walk) -> Branch {
    Branch { request, replies: Vec::new() }
}
