//! `A reaches B`: which of A's senders must get what to which ends of B. Not here: what becomes of it, and who must not.
//!
//! - `on rdma`: from every RDMA NIC of A to every RDMA NIC of B, both RDMA verbs and some plain IP, by which connections are managed.
//! - `on tcp`: from every NIC of A on the TCP rail to every NIC of B on it, by some port that is let through.
//! - `on tcp:2049`: to that port, from A as its guests choose NIC and source.
//! - nothing said: on every rail that both have.
//! - To VIPs, the ports are those that they serve, and every VIP must be reached.
//!
//! Machines that have several networks on a rail are asked about within the networks that both are in; only where they share none, across.

use std::collections::BTreeSet;

use twinrail_model::{ClientGroupId, Field, How, Part, Party, Rail, View, VpcId};

use super::{Demand, Proof, Scene, Sent, Why, name, of_port, outweigh};
use crate::class::{Pair, internet, pairs_in};
use crate::packet::{End, Sender, Traffic};
use crate::party;
use crate::plane::Plane;

/// One way in which a party must reach another.
struct Leg {
    /// `None`: as the guests choose.
    rail: Option<Rail>,
    demands: Vec<Demand>,
}

impl Scene<'_> {
    /// What keeps one party from reaching another, if anything does.
    pub fn reaches(&self, from: Party, to: Party, how: &How, account: &mut Proof) -> Field<Option<Why>> {
        let mut result = Ok(None);
        for leg in self.legs(from, to, how)? {
            result = outweigh(result, self.leg(from, to, &leg, account));
            if matches!(result, Ok(Some(_))) {
                break;
            }
        }
        result
    }

    fn legs(&self, from: Party, to: Party, how: &How) -> Field<Vec<Leg>> {
        if let Some(port) = &how.port {
            return Ok(vec![Leg { rail: how.rail, demands: vec![Demand::Every(Sent::These(vec![of_port(port)]))] }]);
        }
        let served = match to {
            Party::Vips(pool) => self.plane.network.vips[pool].ports.iter().map(of_port).collect(),
            _ => Vec::new(),
        };
        let tcp = if served.is_empty() { Demand::Some(Sent::Ip) } else { Demand::Every(Sent::These(served)) };
        let on = |rail: Rail| match rail {
            Rail::Rdma => Leg {
                rail: Some(rail),
                demands: vec![Demand::Every(Sent::These(vec![Traffic::Rdma])), Demand::Some(Sent::Ip)],
            },
            Rail::Tcp => Leg { rail: Some(rail), demands: vec![tcp.clone()] },
        };
        Ok(match (how.rail, to) {
            (Some(rail), _) => vec![on(rail)],
            (None, Party::Vips(_) | Party::Internet) => vec![Leg { rail: None, demands: vec![tcp] }],
            (None, _) => {
                let mut legs = Vec::new();
                for rail in [Rail::Tcp, Rail::Rdma] {
                    let senders = self.senders(from, Some(rail))?;
                    if !senders.is_empty() && !self.ends(to, Some(rail))?.is_empty() {
                        legs.push(on(rail));
                    }
                }
                if legs.is_empty() { vec![Leg { rail: None, demands: vec![tcp] }] } else { legs }
            }
        })
    }

    fn leg(&self, from: Party, to: Party, leg: &Leg, account: &mut Proof) -> Field<Option<Why>> {
        let senders = self.senders(from, leg.rail)?;
        if senders.is_empty() {
            if self.situation.down.is_empty() {
                return Ok(Some(Why::NoSender(from)));
            }
            let whom = name(self.plane.network, from);
            account.leaves_out(format!("after {} nobody of `{whom}` is left to ask", self.failure()));
            return Ok(None);
        }
        let ends = self.ends(to, leg.rail)?;
        if ends.is_empty() {
            return Ok(Some(Why::NoEnd(to)));
        }
        if let Some(rail) = leg.rail
            && self.cuts_off(rail)?
        {
            account
                .leaves_out(format!("a machine whose last NIC on the {} rail is down is not asked on it", rail.word()));
        }
        let asked = self.asked(&senders, &ends, account)?;
        if asked.is_empty() && !self.situation.down.is_empty() {
            let whom = name(self.plane.network, to);
            account.leaves_out(format!("after {} nobody else is left who would reach `{whom}`", self.failure()));
        }
        account.pairs += asked.iter().map(|pair| pair.stands_for).sum::<u64>();
        let mut result = Ok(None);
        for demand in &leg.demands {
            account.sends(demand);
            result = outweigh(result, self.ask(&asked, demand));
        }
        result
    }

    /// What has failed, in words.
    fn failure(&self) -> String {
        let down = self.situation.down.iter().map(|part| format!("`{}`", part.short(self.plane.network)));
        let down: Vec<String> = down.collect();
        if down.len() == 1 { format!("{} fails", down[0]) } else { format!("{} fail", down.join(" and ")) }
    }

    /// Whether a failed NIC leaves its machine, which is up, without any on a rail.
    fn cuts_off(&self, rail: Rail) -> Field<bool> {
        let network = self.plane.network;
        for part in &self.situation.down {
            let Part::Nic(nic) = part else { continue };
            let instance = network.nics[*nic].instance;
            let on_rail = party::nics_on(self.plane, instance, rail)?;
            let mut left = false;
            for other in &on_rail {
                left |= self.situation.is_nic_up(network, *other)?;
            }
            if on_rail.contains(nic) && !left && self.situation.is_up(network, instance)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Those who send for a party; on the internet, one for each range that rules know.
    pub(super) fn senders(&self, party: Party, rail: Option<Rail>) -> Field<Vec<Sender>> {
        if party == Party::Internet {
            return Ok(internet(self.plane.network).into_iter().map(Sender::Internet).collect());
        }
        let mut senders = Vec::new();
        for sender in party::senders(self.plane, self.situation, party, rail)? {
            if let (Sender::Clients(group), Some(rail)) = (sender, rail)
                && !self.is_on(group, rail)?
            {
                continue;
            }
            senders.push(sender);
        }
        Ok(senders)
    }

    /// The ends at which a party is reached. Where no rail is asked for, those on the TCP rail, if it has any.
    pub(super) fn ends(&self, party: Party, rail: Option<Rail>) -> Field<Vec<End>> {
        if party == Party::Internet {
            return Ok(internet(self.plane.network).into_iter().map(End::Address).collect());
        }
        let mut on_rail = Vec::new();
        for end in party::ends(self.plane, self.situation, party, Some(rail.unwrap_or(Rail::Tcp)))? {
            if let (End::Clients(group), Some(rail)) = (end, rail)
                && !self.is_on(group, rail)?
            {
                continue;
            }
            on_rail.push(end);
        }
        if rail.is_none() && on_rail.is_empty() {
            return party::ends(self.plane, self.situation, party, None);
        }
        Ok(on_rail)
    }

    /// Whether clients that are only counted are on a rail: that of the network of their subnet.
    pub(super) fn is_on(&self, group: ClientGroupId, rail: Rail) -> Field<bool> {
        let Plane { network, platform, .. } = self.plane;
        let view = View { network, platform, facts: self.facts };
        for vpc in network.client_vpcs(&network.clients[group])? {
            if view.is_rdma(vpc)? == (rail == Rail::Rdma) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The pairs that are asked about: within the networks that both sides are in, or all of them where they share none.
    fn asked(&self, senders: &[Sender], ends: &[End], account: &mut Proof) -> Field<Vec<Pair>> {
        let mut ours = Vec::new();
        for sender in senders {
            ours.push((*sender, self.networks_of_sender(*sender)?));
        }
        let mut theirs = Vec::new();
        for end in ends {
            theirs.push((*end, self.network_of_end(*end)?));
        }
        let known: BTreeSet<VpcId> = theirs.iter().filter_map(|(_, vpc)| *vpc).collect();
        let shared: BTreeSet<VpcId> = ours.iter().flat_map(|(_, vpcs)| vpcs.intersection(&known)).copied().collect();
        if shared.is_empty() {
            return Ok(pairs_in(self.plane, self.situation, senders, ends));
        }
        let mut asked = Vec::new();
        for vpc in &shared {
            let senders: Vec<Sender> =
                ours.iter().filter(|(_, vpcs)| vpcs.contains(vpc)).map(|(sender, _)| *sender).collect();
            let ends: Vec<End> = theirs.iter().filter(|(_, of)| *of == Some(*vpc)).map(|(end, _)| *end).collect();
            asked.extend(pairs_in(self.plane, self.situation, &senders, &ends));
        }
        let nowhere: Vec<End> = theirs.iter().filter(|(_, vpc)| vpc.is_none()).map(|(end, _)| *end).collect();
        asked.extend(pairs_in(self.plane, self.situation, senders, &nowhere));
        let apart = ours.iter().filter(|(_, vpcs)| !vpcs.is_empty() && vpcs.is_disjoint(&shared)).count()
            + theirs.iter().filter(|(_, vpc)| vpc.is_some_and(|vpc| !shared.contains(&vpc))).count();
        if apart > 0 {
            let names: Vec<String> = shared.iter().map(|vpc| format!("`{}`", self.plane.network.short(*vpc))).collect();
            let apart = if apart == 1 {
                "1 NIC in another network is".to_owned()
            } else {
                format!("{apart} NICs in other networks are")
            };
            let line = format!("asked within {} only: {apart} left out", names.join(", "));
            account.leaves_out(line);
        }
        Ok(asked)
    }

    fn networks_of_sender(&self, sender: Sender) -> Field<BTreeSet<VpcId>> {
        let network = self.plane.network;
        match sender {
            Sender::Guest { bound: Some(end), .. } => Ok(self.network_of_end(end)?.into_iter().collect()),
            Sender::Guest { instance, bound: None } => {
                network.nics_of(instance)?.iter().map(|nic| network.nics[*nic].vpc.get()).collect()
            }
            Sender::Clients(group) => network.client_vpcs(&network.clients[group]),
            Sender::Prober(_) | Sender::Internet(_) => Ok(BTreeSet::new()),
        }
    }

    pub(super) fn network_of_end(&self, end: End) -> Field<Option<VpcId>> {
        let network = self.plane.network;
        match end {
            End::Nic(nic) | End::Alias(nic, _) => network.nics[nic].vpc.get().map(Some),
            End::Vip(vip) => Ok(network.vip_vpc(&network.vips[vip.pool])),
            End::Rule(rule) => network.forwarding_rules[rule].vpc.get().map(Some),
            End::Clients(group) => Ok(network.client_vpcs(&network.clients[group])?.first().copied()),
            End::Address(_) | End::Prober(_) => Ok(None),
        }
    }
}
