//! Judges what the user wants to be true of who reaches whom, in one world: it holds, with how much was looked at, or it is violated, with the failure, the
//! packet and its way. Not here: the sentences, and how an answer is worded.
//!
//! `A reaches B` asks pairs of senders and ends ([`legs`] says by which traffic); `never`, `only` and `nothing else` ask everybody who is not let off
//! ([`others`]); `after …` asks again in every situation ([`situations`]).

mod legs;
mod others;
mod situations;
mod traffic;

use std::collections::BTreeSet;

use twinrail_facts::Facts;
use twinrail_model::{After, Field, Hole, How, InstanceId, Network, Party, Place, Reach, Situation, View};

use crate::class::Pair;
use crate::code::Code;
use crate::forward::{forward, outcome};
use crate::packet::{End, Packet, Sender, Traffic};
use crate::plane::Plane;
use crate::verdict::{Branch, Outcome, Receiver, Verdict, Walk};

pub use others::strangers;
pub use situations::{Situations, situations};
pub use traffic::of_port;

/// A wish about reachability: what an `Ask::Reach` holds.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'w> {
    pub reach: Reach,
    pub to: Party,
    pub how: &'w How,
    pub after: Option<After>,
}

/// What a wish comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    Holds(Proof),
    Violated(Box<Violation>),
}

/// How much was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// Ordered pairs of a sender and an end while everything is up.
    pub pairs: u64,
    /// What was sent between them, in words.
    pub traffic: Vec<String>,
    /// States of the world, the one without failure among them.
    pub situations: u64,
    /// What the answer leaves out of account, in words.
    pub exceptions: Vec<String>,
    /// Whether one of the parties has nothing on the rail that is asked for: then nothing reaches anything on it, though no pair was asked.
    pub off_rail: bool,
}

/// Why a wish is not true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What is down.
    pub situation: Situation,
    pub why: Why,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// A party has nobody who sends on the rail that is asked for.
    NoSender(Party),
    /// A party has no end that could be reached, or none is left.
    NoEnd(Party),
    /// A packet that is to arrive, or a reply to it, is lost.
    Lost {
        packet: Packet,
        stands_for: u64,
        branch: Branch,
        code: Code,
        /// Whether it is one of many of which any would have done, and none gets through.
        of_any: bool,
    },
    /// A packet that is not to arrive does.
    Arrives { packet: Packet, stands_for: u64, walk: Walk },
}

/// What is demanded of the packets between pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// Each arrives, and its replies return.
    Every(Sent),
    /// At least one arrives, and its replies return.
    Some(Sent),
    /// None arrives, whatever becomes of its replies, but for traffic that is let off.
    Never { sent: Sent, but: Vec<Traffic> },
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    These(Vec<Traffic>),
    /// Every class of IP traffic that rules tell apart between the two.
    Ip,
    /// And RDMA verbs.
    Anything,
}

/// A network in one world and one situation.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    pub plane: &'a Plane<'a>,
    pub facts: &'a Facts<'a>,
    pub situation: &'a Situation,
}

/// Judges a wish in one world, in every situation that it names.
///
/// # Errors
/// The hole, where the input lacks what decides and nothing that is known violates the wish.
pub fn judge(plane: &Plane<'_>, facts: &Facts<'_>, wish: &Wish<'_>) -> Field<Judgement> {
    let all = situations(plane, wish)?;
    let mut hole = None;
    let mut proof = Proof { situations: all.stands_for, ..Proof::default() };
    proof.exceptions.extend(all.left_out);
    for (place, situation) in all.each.iter().enumerate() {
        let scene = Scene { plane, facts, situation };
        let mut account = Proof::default();
        match scene.judge(wish, &mut account) {
            Ok(None) => {}
            Ok(Some(why)) => {
                return Ok(Judgement::Violated(Box::new(Violation { situation: situation.clone(), why })));
            }
            Err(lacking) => hole = hole.or(Some(lacking)),
        }
        if place == 0 {
            (proof.pairs, proof.traffic, proof.off_rail) = (account.pairs, account.traffic, account.off_rail);
        }
        account.exceptions.into_iter().for_each(|line| proof.leaves_out(line));
    }
    hole.map_or(Ok(Judgement::Holds(proof)), Err)
}

impl Proof {
    /// Whether nobody was asked, so that whatever is wanted would hold.
    pub fn is_empty(&self) -> bool {
        self.pairs == 0 && !self.off_rail
    }

    /// Says once what is left out of account.
    fn leaves_out(&mut self, line: String) {
        if !self.exceptions.contains(&line) {
            self.exceptions.push(line);
        }
    }

    /// Counts what a demand sends.
    fn sends(&mut self, demand: &Demand) {
        for word in demand.words() {
            if !self.traffic.contains(&word) {
                self.traffic.push(word);
            }
        }
    }
}

impl Scene<'_> {
    fn judge(&self, wish: &Wish<'_>, account: &mut Proof) -> Field<Option<Why>> {
        match wish.reach {
            Reach::Reaches(from) => self.reaches(from, wish.to, wish.how, account),
            Reach::Never(from) => self.never(from, wish, account),
            Reach::Only(from) => {
                let reached = self.reaches(from, wish.to, wish.how, account);
                match reached {
                    Ok(Some(why)) => Ok(Some(why)),
                    known => outweigh(known, self.nobody_else(Some(from), wish, account)),
                }
            }
            Reach::NothingElse => self.nobody_else(None, wish, account),
        }
    }

    /// Asks a demand of pairs; the first of them that is against it.
    ///
    /// # Errors
    /// The hole, if none of what is known is against it and something is not known, or not modelled.
    pub fn ask(&self, pairs: &[Pair], demand: &Demand) -> Field<Option<Why>> {
        let mut hole = None;
        for pair in pairs {
            match self.ask_pair(pair, demand) {
                Ok(None) => {}
                Ok(Some(why)) => return Ok(Some(why)),
                Err(lacking) => hole = hole.or(Some(lacking)),
            }
        }
        hole.map_or(Ok(None), Err)
    }

    fn ask_pair(&self, pair: &Pair, demand: &Demand) -> Field<Option<Why>> {
        let mut first: Option<Why> = None;
        let mut hole: Option<Hole> = None;
        for traffic in demand.packets(self.plane, pair) {
            let packet = Packet { from: pair.from, to: pair.to, traffic };
            let against = match demand {
                Demand::Never { .. } => self.arrives(packet, pair),
                Demand::Every(_) | Demand::Some(_) => self.lost(packet, pair),
            };
            match (against, demand) {
                (Err(lacking), _) => hole = hole.or(Some(lacking)),
                (Ok(None), Demand::Some(_)) => return Ok(None),
                (Ok(None), _) => {}
                (Ok(Some(why)), Demand::Some(_)) => first = first.or(Some(why.of_any())),
                (Ok(Some(why)), _) => return Ok(Some(why)),
            }
        }
        hole.map_or(Ok(first), Err)
    }

    /// How a packet arrives by some way, if it does.
    fn arrives(&self, packet: Packet, pair: &Pair) -> Field<Option<Why>> {
        // What a machine sends to an address that it holds itself reaches nobody else, whether or not it leaves the guest.
        let is_for_itself = self.is_for_itself(&packet)?;
        let is_harmless = |branch: &Branch| match branch.request.end {
            Outcome::Delivered(Receiver::Itself) => true,
            Outcome::Delivered(Receiver::Nic(nic)) => packet.from.is(self.plane.network.nics[nic].instance),
            Outcome::Delivered(_) => false,
            Outcome::Dropped(Code::NotModelled) => is_for_itself,
            Outcome::Dropped(_) => true,
        };
        let reaches = |branch: &&Branch| matches!(branch.request.end, Outcome::Delivered(_)) && !is_harmless(branch);
        if outcome(self.plane, self.situation, self.facts, &packet)?.branches.iter().all(is_harmless) {
            return Ok(None);
        }
        let branches = self.follow(&packet)?.branches;
        if let Some(branch) = branches.iter().find(reaches) {
            let walk = branch.request.clone();
            return Ok(Some(Why::Arrives { packet, stands_for: pair.stands_for, walk }));
        }
        let open = branches.iter().find(|branch| !is_harmless(branch)).expect("two runs of one packet agree");
        Err(not_modelled(&packet, &open.request))
    }

    /// Whether a packet is for a VIP that nobody but its sender could hold.
    fn is_for_itself(&self, packet: &Packet) -> Field<bool> {
        let (Sender::Guest { instance, .. }, End::Vip(vip)) = (packet.from, packet.to) else { return Ok(false) };
        let Plane { network, platform, .. } = *self.plane;
        let view = View { network, platform, facts: self.facts };
        Ok(self.plane.network.candidates(vip, &view, self.situation)? == [instance])
    }

    /// How a packet or a reply is lost by some way, if it is. What is certain goes before what is not modelled.
    fn lost(&self, packet: Packet, pair: &Pair) -> Field<Option<Why>> {
        if outcome(self.plane, self.situation, self.facts, &packet)?.is_delivered() {
            return Ok(None);
        }
        let mut open = None;
        for branch in self.follow(&packet)?.branches {
            match branch.dropped() {
                None => {}
                Some((walk, Code::NotModelled)) => open = open.or_else(|| Some(not_modelled(&packet, walk))),
                Some((_, code)) => {
                    return Ok(Some(Why::Lost { packet, stands_for: pair.stands_for, branch, code, of_any: false }));
                }
            }
        }
        Err(open.expect("two runs of one packet agree"))
    }

    fn follow(&self, packet: &Packet) -> Field<Verdict> {
        forward(self.plane, self.situation, self.facts, packet)
    }
}

impl Why {
    /// The same of a packet that is one of many.
    fn of_any(self) -> Self {
        match self {
            Self::Lost { packet, stands_for, branch, code, .. } => {
                Self::Lost { packet, stands_for, branch, code, of_any: true }
            }
            other => other,
        }
    }
}

/// What is not modelled is neither a pass nor a mistake: the judgement is left undecided, and names what decides.
fn not_modelled(packet: &Packet, walk: &Walk) -> Hole {
    let decided = walk.hops.iter().rev().find_map(|hop| hop.place);
    let place = decided.or_else(|| packet.to.place()).or_else(|| packet.from.place());
    place.map_or_else(|| Hole::NotInCatalog(format!("the way of {}", packet.traffic)), Hole::NotModelled)
}

/// Two parts of an answer: a violation outweighs a hole, and a hole a pass.
fn outweigh(one: Field<Option<Why>>, other: Field<Option<Why>>) -> Field<Option<Why>> {
    match (one, other) {
        (Ok(Some(why)), _) | (_, Ok(Some(why))) => Ok(Some(why)),
        (Err(hole), _) | (_, Err(hole)) => Err(hole),
        (Ok(None), Ok(None)) => Ok(None),
    }
}

/// The machines of a party: those that may hold its VIPs, where it is VIPs.
pub fn machines(plane: &Plane<'_>, party: Party) -> BTreeSet<InstanceId> {
    let network = plane.network;
    match party {
        Party::Cluster(cluster) => network.clusters[cluster].instances.iter().copied().collect(),
        Party::Vips(pool) => network.clusters[network.vips[pool].over].instances.iter().copied().collect(),
        Party::Instance(instance) => BTreeSet::from([instance]),
        Party::Clients(group) => network.client_instances(&network.clients[group]).iter().copied().collect(),
        Party::Internet => BTreeSet::new(),
    }
}

/// What people call a party.
pub fn name(network: &Network, party: Party) -> String {
    match party {
        Party::Cluster(cluster) => network.short(cluster),
        Party::Clients(group) => network.short(group),
        Party::Instance(instance) => network.short(instance),
        Party::Vips(pool) => network.short(pool),
        Party::Internet => "internet".to_owned(),
    }
}

impl Sender {
    /// Whether it is this machine.
    fn is(self, machine: InstanceId) -> bool {
        matches!(self, Self::Guest { instance, .. } if instance == machine)
    }

    /// Where the model describes who sends.
    pub fn place(self) -> Option<Place> {
        match self {
            Self::Guest { bound: Some(end), .. } => end.place(),
            Self::Guest { instance, bound: None } => Some(instance.into()),
            Self::Clients(group) => Some(group.into()),
            Self::Prober(service) => Some(service.into()),
            Self::Internet(_) => None,
        }
    }
}
