//! All pairs of senders and ends through classes: machines that no rule, route or range tells apart stand for one another. Classes read no facts, so that
//! they hold in every world. Not here: what becomes of the packets.
//!
//! Two senders are of one class if everything that a walk may compare about them is alike ([`colour`]), and so with ends. What is between a sender and an
//! end, such as being the same machine or having the other's address, is no matter of either class: it is their *tie* ([`tie`]), and pairs with a tie
//! stand apart from those without. So two classes and a tie have one verdict, whichever pair of machines is asked about.

mod colour;
mod range;
mod tie;
mod traffic;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use twinrail_model::{
    BackendServiceId, ClientGroupId, Id, InstanceId, Network, Part, Platform, Situation, VipPoolId, looks,
};

use colour::{Colour, Colours, place};
pub use range::internet;
use tie::{Kin, Tie, Ties};
pub use traffic::{TrafficClass, traffic_classes};

use crate::packet::{End, Sender};
use crate::plane::Plane;

/// One pair, and how many pairs like it there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    pub from: Sender,
    pub to: End,
    pub stands_for: u64,
}

/// One pair for each class of pairs of different machines, while everything is up. An instance is never asked whether it reaches its own NICs; whether it
/// reaches a VIP that it may hold itself is asked.
pub fn pairs(plane: &Plane<'_>, senders: &[Sender], ends: &[End]) -> Vec<Pair> {
    pairs_in(plane, &Situation::default(), senders, ends)
}

/// One pair for each class of pairs of different machines, in a situation.
pub fn pairs_in(plane: &Plane<'_>, situation: &Situation, senders: &[Sender], ends: &[End]) -> Vec<Pair> {
    let scope = Scope::new(plane, situation);
    let asked = scope.between(&scope.senders(senders), &scope.ends(ends));
    asked.into_iter().map(|(_, pair)| pair).collect()
}

/// Which machines nothing tells apart: what is true of a network in every situation.
#[derive(Debug)]
pub(crate) struct Classes {
    colours: Colours,
    kin: Kin,
}

impl Classes {
    pub(crate) fn new(network: &Network, platform: &Platform) -> Self {
        // Who stands for whom is no part of an answer, so nothing counts as looked at.
        let (colours, _) = looks(|| Colours::new(network, platform));
        let (kin, _) = looks(|| Kin::new(network, &colours.holders));
        Self { colours, kin }
    }

    pub(crate) fn colour(&self, instance: InstanceId) -> Colour {
        self.colours.instances[instance.index()]
    }
}

/// What is alike about senders.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum SenderClass {
    Guest { colour: Colour, bound: Option<EndClass>, tie: Tie, marks: Vec<Mark> },
    Clients(ClientGroupId),
    Prober(BackendServiceId),
    Internet(IpAddr),
}

/// What is alike about ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum EndClass {
    /// The colour of the instance, and which of its NICs.
    Nic(Colour, usize, Vec<Mark>),
    Alias(Colour, usize, usize, Vec<Mark>),
    Vip(VipPoolId, Colour, Vec<Mark>, Option<Colour>),
    Rule(Colour, Vec<Mark>),
    Clients(ClientGroupId),
    Address(IpAddr),
    Prober(usize),
}

/// What is down of an instance: one bit for each NIC, and the highest for the instance.
pub(crate) type Mark = u64;

/// The classes of two and what is between them: pairs with the same question have the same verdict for the same traffic in the same situation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    from: SenderClass,
    to: EndClass,
    tie: Tie,
}

/// The question that a pair asks in a situation; `None` for a machine and its own NIC, which is not asked.
pub fn question(plane: &Plane<'_>, situation: &Situation, from: Sender, to: End) -> Option<Question> {
    let scope = Scope::new(plane, situation);
    let tie = match scope.relation(from, to) {
        Relation::Itself => return None,
        Relation::None => Tie::new(),
        Relation::Tie(tie) => tie,
    };
    Some(Question { from: scope.sender_class(from), to: scope.end_class(to), tie })
}

/// Where pairs are told apart: a network in a situation.
pub(crate) struct Scope<'p> {
    plane: &'p Plane<'p>,
    classes: &'p Classes,
    situation: &'p Situation,
    marks: BTreeMap<InstanceId, Mark>,
}

/// The bit of a mark that says that the instance is down.
const WHOLE: u32 = u64::BITS - 1;

impl<'p> Scope<'p> {
    pub(crate) fn new(plane: &'p Plane<'p>, situation: &'p Situation) -> Self {
        let mut marks: BTreeMap<InstanceId, Mark> = BTreeMap::new();
        for part in &situation.down {
            let (instance, bit) = match part {
                Part::Instance(instance) => (*instance, WHOLE),
                Part::Nic(nic) => {
                    let row = &plane.network.nics[*nic];
                    (row.instance, u32::try_from(row.index).map_or(WHOLE - 1, |index| index.min(WHOLE - 1)))
                }
                // The zone is a part of the colour.
                Part::Zone(_) => continue,
            };
            *marks.entry(instance).or_default() |= 1 << bit;
        }
        Self { plane, classes: plane.classes(), situation, marks }
    }
}

/// Things in the order of their classes.
pub(crate) struct Sorted<C, T> {
    pub classes: Vec<(C, Vec<T>)>,
}

impl<C: Ord, T> Sorted<C, T> {
    fn new(things: impl Iterator<Item = (T, C)>) -> Self {
        let mut classes: BTreeMap<C, Vec<T>> = BTreeMap::new();
        for (thing, class) in things {
            classes.entry(class).or_default().push(thing);
        }
        Self { classes: classes.into_iter().collect() }
    }
}

/// Senders by class.
pub(crate) type Senders = Sorted<SenderClass, Sender>;
/// Ends by class.
pub(crate) type Ends = Sorted<EndClass, End>;

/// Pairs of two classes with one tie: how many, and the first of them.
type Tied = BTreeMap<(usize, usize), BTreeMap<Tie, Pair>>;

impl Plane<'_> {
    /// What an instance is like: of two for which this is the same, it does not matter which one fails. Who shares an address with another is like nobody.
    pub(crate) fn likeness(&self, instance: InstanceId) -> (u32, Option<InstanceId>) {
        let classes = self.classes();
        let is_alone = classes.kin.of(instance).is_empty();
        (classes.colour(instance), (!is_alone).then_some(instance))
    }

    /// One instance of each kind among several, in their order: those that nothing tells apart stand for one another. The sender itself, and who shares
    /// an address with it or with the end, are of kinds of their own.
    pub(crate) fn stand_ins(
        &self,
        situation: &Situation,
        instances: &[InstanceId],
        own: Option<InstanceId>,
        to: End,
    ) -> Vec<InstanceId> {
        if instances.len() < 2 {
            return instances.to_vec();
        }
        let scope = Scope::new(self, situation);
        let mut apart = scope.ties().kin(to);
        if let Some(own) = own {
            apart.push(own);
            apart.extend(scope.classes.kin.of(own));
        }
        let mut seen = BTreeSet::new();
        let mut is_new =
            |id: InstanceId| apart.contains(&id) || seen.insert((scope.classes.colour(id), scope.marks_of(id)));
        instances.iter().copied().filter(|id| is_new(*id)).collect()
    }
}

impl Scope<'_> {
    pub(crate) fn senders(&self, senders: &[Sender]) -> Senders {
        Sorted::new(senders.iter().map(|sender| (*sender, self.sender_class(*sender))))
    }

    pub(crate) fn ends(&self, ends: &[End]) -> Ends {
        Sorted::new(ends.iter().map(|end| (*end, self.end_class(*end))))
    }

    /// One pair for each question between these, in the order of classes.
    pub(crate) fn between(&self, senders: &Senders, ends: &Ends) -> Vec<(Question, Pair)> {
        let (tied, mut apart) = self.tied(senders, ends);
        let mut asked = Vec::new();
        for (from_at, (from, those_who_send)) in senders.classes.iter().enumerate() {
            for (to_at, (to, those_who_get)) in ends.classes.iter().enumerate() {
                let question = |tie: Tie| Question { from: from.clone(), to: to.clone(), tie };
                let all = those_who_send.len() as u64 * those_who_get.len() as u64;
                let free = all - apart.remove(&(from_at, to_at)).unwrap_or(0);
                if free > 0 {
                    let pair = self.first_free(those_who_send, those_who_get, free);
                    asked.push((question(Tie::new()), pair));
                }
                for (tie, pair) in tied.get(&(from_at, to_at)).into_iter().flatten() {
                    asked.push((question(tie.clone()), *pair));
                }
            }
        }
        asked
    }

    /// The pairs with a tie, and how many pairs of each two classes have one or are no pair at all.
    fn tied(&self, senders: &Senders, ends: &Ends) -> (Tied, BTreeMap<(usize, usize), u64>) {
        let mut by_machine: BTreeMap<InstanceId, Vec<(usize, Sender)>> = BTreeMap::new();
        let mut by_vip: Vec<(usize, Sender)> = Vec::new();
        for (at, (_, those)) in senders.classes.iter().enumerate() {
            for sender in those {
                match *sender {
                    Sender::Guest { bound: Some(End::Vip(_) | End::Rule(_) | End::Address(_)), .. } => {
                        by_vip.push((at, *sender));
                    }
                    Sender::Guest { instance, .. } => by_machine.entry(instance).or_default().push((at, *sender)),
                    Sender::Clients(_) | Sender::Prober(_) | Sender::Internet(_) => {}
                }
            }
        }
        let (mut tied, mut apart) = (Tied::new(), BTreeMap::new());
        for (to_at, (_, those)) in ends.classes.iter().enumerate() {
            for to in those {
                let kin = self.ties().kin(*to);
                let of_kin = kin.iter().filter_map(|instance| by_machine.get(instance)).flatten();
                for (from_at, from) in of_kin.chain(&by_vip).copied() {
                    let relation = self.relation(from, *to);
                    if relation == Relation::None {
                        continue;
                    }
                    *apart.entry((from_at, to_at)).or_insert(0) += 1;
                    if let Relation::Tie(tie) = relation {
                        let of_two = tied.entry((from_at, to_at)).or_default();
                        of_two.entry(tie).or_insert(Pair { from, to: *to, stands_for: 0 }).stands_for += 1;
                    }
                }
            }
        }
        (tied, apart)
    }

    /// The first pair of two classes that has no tie, of which there are some.
    fn first_free(&self, senders: &[Sender], ends: &[End], stands_for: u64) -> Pair {
        let all = senders.iter().flat_map(|from| ends.iter().map(move |to| (*from, *to)));
        let mut free = all.filter(|(from, to)| self.relation(*from, *to) == Relation::None);
        let (from, to) = free.next().expect("fewer pairs have a tie than there are");
        Pair { from, to, stands_for }
    }

    fn relation(&self, from: Sender, to: End) -> Relation {
        let network = self.plane.network;
        match (from, to) {
            (Sender::Guest { instance, .. }, End::Nic(nic) | End::Alias(nic, _))
                if network.nics[nic].instance == instance =>
            {
                Relation::Itself
            }
            _ => match self.ties().tie(from, to) {
                tie if tie.is_empty() => Relation::None,
                tie => Relation::Tie(tie),
            },
        }
    }

    fn ties(&self) -> Ties<'_> {
        let Classes { colours, kin } = self.classes;
        Ties { network: self.plane.network, holders: &colours.holders, kin, situation: self.situation }
    }

    fn sender_class(&self, sender: Sender) -> SenderClass {
        match sender {
            Sender::Clients(group) => SenderClass::Clients(group),
            Sender::Prober(service) => SenderClass::Prober(service),
            Sender::Internet(address) => SenderClass::Internet(address),
            Sender::Guest { instance, bound } => SenderClass::Guest {
                colour: self.classes.colour(instance),
                bound: bound.map(|end| self.end_class(end)),
                // What is between a machine and the address that it is bound to.
                tie: bound.map_or_else(Tie::new, |end| self.ties().tie(Sender::Guest { instance, bound: None }, end)),
                marks: self.marks_of(instance),
            },
        }
    }

    fn end_class(&self, end: End) -> EndClass {
        let network = self.plane.network;
        match end {
            End::Nic(nic) => {
                let row = &network.nics[nic];
                EndClass::Nic(self.classes.colour(row.instance), row.index, self.marks_of(row.instance))
            }
            End::Alias(nic, place) => {
                let row = &network.nics[nic];
                EndClass::Alias(self.classes.colour(row.instance), row.index, place, self.marks_of(row.instance))
            }
            End::Vip(vip) => {
                let holder = self.situation.holders.get(&vip).map(|instance| self.classes.colour(*instance));
                let colour = self.classes.colours.vips[&vip.pool][place(vip)];
                EndClass::Vip(vip.pool, colour, self.marks(&self.ties().kin(end)), holder)
            }
            End::Rule(rule) => {
                EndClass::Rule(self.classes.colours.rules[rule.index()], self.marks(&self.ties().kin(end)))
            }
            End::Clients(group) => EndClass::Clients(group),
            End::Address(address) => EndClass::Address(address),
            End::Prober(range) => EndClass::Prober(range),
        }
    }

    /// What is down of a machine and of those that share an address with it; empty where nothing is.
    fn marks_of(&self, instance: InstanceId) -> Vec<Mark> {
        if self.marks.is_empty() {
            return Vec::new();
        }
        let kin: Vec<InstanceId> =
            std::iter::once(instance).chain(self.classes.kin.of(instance).iter().copied()).collect();
        self.marks(&kin)
    }

    fn marks(&self, kin: &[InstanceId]) -> Vec<Mark> {
        let marks: Vec<Mark> = kin.iter().map(|id| self.marks.get(id).copied().unwrap_or(0)).collect();
        if marks.iter().all(|mark| *mark == 0) { Vec::new() } else { marks }
    }
}

/// What is between a sender and an end.
#[derive(Debug, PartialEq, Eq)]
enum Relation {
    None,
    /// They are one machine, which is not asked.
    Itself,
    Tie(Tie),
}
