//! All pairs of senders and ends through classes: machines that no rule, route or range tells apart stand for one another. Classes read no facts, so that
//! they hold in every world. Not here: what becomes of the packets.
//!
//! Two senders are of one class if everything that a walk may compare about them is alike ([`colour`]), and so with ends. What is between a sender and an
//! end, such as being the same machine or having the other's address, is no matter of either class: it is their *tie* ([`tie`]), and pairs with a tie
//! stand apart from those without. So two classes and a tie have one verdict, whichever pair of machines is asked about.

mod colour;
mod range;
mod reliance;
mod tie;
mod traffic;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use twinrail_model::{
    BackendServiceId, ClientGroupId, Id, InstanceId, Network, Part, Platform, Situation, VipPoolId, looks,
};

use colour::{Colour, Colours, place};
pub use range::internet;
use reliance::{Reliance, may_be_in, sources};
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
    reliance: Reliance,
}

impl Classes {
    pub(crate) fn new(network: &Network, platform: &Platform) -> Self {
        // Who stands for whom is no part of an answer, so nothing counts as looked at.
        let (colours, _) = looks(|| Colours::new(network, platform));
        let (kin, _) = looks(|| Kin::new(network, &colours.holders));
        let (reliance, _) = looks(|| Reliance::new(network, &colours.holders));
        Self { colours, kin, reliance }
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
    Scope::new(plane, situation).question(from, to)
}

/// Where pairs are told apart: a network in a situation.
#[derive(Debug)]
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

/// Senders by class.
#[derive(Debug, Default)]
pub(crate) struct Senders {
    pub classes: Vec<(SenderClass, Vec<Sender>)>,
    /// Those of a machine, each with the place of its class.
    by_machine: BTreeMap<InstanceId, Vec<(usize, Sender)>>,
    /// Those bound to an address that is no machine's own: they may have a tie with any end.
    by_vip: Vec<(usize, Sender)>,
}

/// Ends by class.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    pub classes: Vec<(EndClass, Vec<End>)>,
    /// Those of which a machine is kin, each with the place of its class.
    by_kin: BTreeMap<InstanceId, Vec<(usize, End)>>,
}

impl Ends {
    /// The ends of which one of several machines is kin.
    pub(crate) fn of_kin(&self, kin: &BTreeSet<InstanceId>) -> Vec<End> {
        kin.iter().filter_map(|id| self.by_kin.get(id)).flatten().map(|(_, end)| *end).collect()
    }
}

impl Senders {
    pub(crate) fn count(&self) -> u64 {
        self.classes.iter().map(|(_, those)| those.len() as u64).sum()
    }

    /// How many of them are a machine's own.
    pub(crate) fn of_machine(&self, instance: InstanceId) -> u64 {
        self.by_machine.get(&instance).map_or(0, |those| those.len() as u64)
    }

    fn new(classes: Vec<(SenderClass, Vec<Sender>)>) -> Self {
        let mut senders = Self { classes, ..Self::default() };
        for (at, (_, those)) in senders.classes.iter().enumerate() {
            for sender in those {
                match *sender {
                    Sender::Guest { bound: Some(End::Vip(_) | End::Rule(_) | End::Address(_)), .. } => {
                        senders.by_vip.push((at, *sender));
                    }
                    Sender::Guest { instance, .. } => {
                        senders.by_machine.entry(instance).or_default().push((at, *sender));
                    }
                    Sender::Clients(_) | Sender::Prober(_) | Sender::Internet(_) => {}
                }
            }
        }
        senders
    }
}

fn by_class<C: Ord, T>(things: impl Iterator<Item = (C, T)>) -> Vec<(C, Vec<T>)> {
    let mut classes: BTreeMap<C, Vec<T>> = BTreeMap::new();
    for (class, thing) in things {
        classes.entry(class).or_default().push(thing);
    }
    classes.into_iter().collect()
}

/// Pairs of two classes with one tie: how many, and the first of them.
type Tied = BTreeMap<(usize, usize), BTreeMap<Tie, Pair>>;

impl Plane<'_> {
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
        Senders::new(by_class(senders.iter().map(|sender| (self.sender_class(*sender), *sender))))
    }

    pub(crate) fn ends(&self, ends: &[End]) -> Ends {
        self.kindred(by_class(ends.iter().map(|end| (self.end_class(*end), *end))))
    }

    fn kindred(&self, classes: Vec<(EndClass, Vec<End>)>) -> Ends {
        let mut by_kin: BTreeMap<InstanceId, Vec<(usize, End)>> = BTreeMap::new();
        for (at, (_, those)) in classes.iter().enumerate() {
            for end in those {
                for instance in self.ties().kin(*end) {
                    by_kin.entry(instance).or_default().push((at, *end));
                }
            }
        }
        Ends { classes, by_kin }
    }

    pub(crate) fn question(&self, from: Sender, to: End) -> Option<Question> {
        let tie = match self.relation(from, to) {
            Relation::Itself => return None,
            Relation::None => Tie::new(),
            Relation::Tie(tie) => tie,
        };
        Some(Question { from: self.sender_class(from), to: self.end_class(to), tie })
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
        let (mut tied, mut apart) = (Tied::new(), BTreeMap::new());
        let mut add = |from_at: usize, from: Sender, to_at: usize, to: End| {
            let relation = self.relation(from, to);
            if relation == Relation::None {
                return;
            }
            *apart.entry((from_at, to_at)).or_insert(0) += 1;
            if let Relation::Tie(tie) = relation {
                let of_two = tied.entry((from_at, to_at)).or_default();
                of_two.entry(tie).or_insert(Pair { from, to, stands_for: 0 }).stands_for += 1;
            }
        };
        let mut add_all = |of_machine: &[(usize, Sender)], of_kin: &[(usize, End)]| {
            for (from_at, from) in of_machine {
                for (to_at, to) in of_kin {
                    add(*from_at, *from, *to_at, *to);
                }
            }
        };
        // Whichever are fewer are gone through.
        if senders.by_machine.len() < ends.by_kin.len() {
            for (instance, of_machine) in &senders.by_machine {
                add_all(of_machine, ends.by_kin.get(instance).map_or(&[], Vec::as_slice));
            }
        } else {
            for (instance, of_kin) in &ends.by_kin {
                add_all(senders.by_machine.get(instance).map_or(&[], Vec::as_slice), of_kin);
            }
        }
        for (from_at, from) in &senders.by_vip {
            for (to_at, (_, those)) in ends.classes.iter().enumerate() {
                for to in those {
                    add(*from_at, *from, to_at, *to);
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

    /// Whether a machine would be asked about its own NIC.
    pub(crate) fn is_itself(&self, from: Sender, to: End) -> bool {
        let nics = &self.plane.network.nics;
        match (from, to) {
            (Sender::Guest { instance, .. }, End::Nic(nic) | End::Alias(nic, _)) => nics[nic].instance == instance,
            _ => false,
        }
    }

    fn relation(&self, from: Sender, to: End) -> Relation {
        if self.is_itself(from, to) {
            return Relation::Itself;
        }
        match self.ties().tie(from, to) {
            tie if tie.is_empty() => Relation::None,
            tie => Relation::Tie(tie),
        }
    }

    fn ties(&self) -> Ties<'_> {
        let Classes { colours, kin, .. } = self.classes;
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

/// Whose answers a failure may change: an answer about anybody else is as it was.
#[derive(Debug)]
pub struct Touched<'p> {
    scope: Scope<'p>,
    failing: BTreeSet<InstanceId>,
    /// Between which addresses routes may lead elsewhere now; `None`: between any.
    carried: Option<Vec<IpNet>>,
    /// Whether probes may fail elsewhere.
    probes: bool,
}

impl<'p> Touched<'p> {
    pub fn new(plane: &'p Plane<'p>, situation: &'p Situation) -> Self {
        let network = plane.network;
        let is_in = |zone: &str| situation.down.contains(&Part::Zone(zone.to_owned()));
        let zones = situation.down.iter().any(|part| matches!(part, Part::Zone(_)));
        let mut failing: BTreeSet<InstanceId> = BTreeSet::new();
        for part in &situation.down {
            match part {
                Part::Instance(instance) => failing.insert(*instance),
                Part::Nic(nic) => failing.insert(network.nics[*nic].instance),
                Part::Zone(_) => false,
            };
        }
        if zones {
            // One whose zone is not known may be in it.
            let rows = network.instances.iter();
            failing.extend(
                rows.filter(|(_, row)| row.zone.peek().as_ref().map_or(true, |zone| is_in(zone))).map(|(id, _)| id),
            );
        }
        let scope = Scope::new(plane, situation);
        let carried = scope.classes.reliance.carried(&failing);
        let meets_facts = |ranges: &Vec<IpNet>| {
            ranges
                .iter()
                .any(|range| plane.platform.ranges().iter().any(|probed| twinrail_model::overlap(range, probed)))
        };
        let probes = carried.as_ref().is_none_or(meets_facts);
        Self { scope, failing, carried, probes }
    }

    /// The machines that are down, whole or in part, and those that share an address with them.
    pub(crate) fn kin(&self) -> BTreeSet<InstanceId> {
        let shared = self.failing.iter().flat_map(|id| self.scope.classes.kin.of(*id));
        self.failing.iter().chain(shared).copied().collect()
    }

    /// Whether the answers about a sender may change, whoever the end is. All senders of a class are alike in this, but for the kin of what fails.
    pub(crate) fn sender(&self, sender: Sender) -> bool {
        sources(self.scope.plane.network, sender).into_iter().any(|source| self.relies(source))
    }

    /// Whether the answers about an end may change, whoever the sender is. All ends of a class are alike in this, but for those of the kin of what fails.
    pub(crate) fn end(&self, end: End) -> bool {
        self.relies(end) || (self.probes && matches!(end, End::Rule(_) | End::Vip(_)))
    }

    fn relies(&self, end: End) -> bool {
        let network = self.scope.plane.network;
        let Classes { colours, reliance, .. } = self.scope.classes;
        reliance.of_end(network, &colours.holders, end, &self.failing)
            || self.carried.as_ref().is_none_or(|ranges| may_be_in(network, end, ranges))
    }

    /// Whether the answer about a pair may be another than while everything is up.
    pub fn pair(&self, from: Sender, to: End) -> bool {
        let kin = self.kin();
        let is_kin = |instance: Option<InstanceId>| instance.is_some_and(|id| kin.contains(&id));
        let of_sender = match from {
            Sender::Guest { instance, .. } => is_kin(Some(instance)),
            Sender::Clients(_) | Sender::Prober(_) | Sender::Internet(_) => matches!(from, Sender::Prober(_)),
        };
        let of_end = self.scope.ties().kin(to).into_iter().any(|id| is_kin(Some(id)));
        of_sender || of_end || self.sender(from) || self.end(to)
    }
}

impl Scope<'_> {
    /// What is alike about a part that fails. Machines that are spoken of by name are apart from others: the numbers of the sets that each is in.
    pub(crate) fn part_class(&self, part: &Part, apart: &BTreeMap<InstanceId, Vec<usize>>) -> PartClass {
        let of =
            |instance: InstanceId| (self.classes.colour(instance), apart.get(&instance).cloned().unwrap_or_default());
        match part {
            Part::Instance(instance) => PartClass::Instance(of(*instance)),
            Part::Nic(nic) => {
                let row = &self.plane.network.nics[*nic];
                PartClass::Nic(of(row.instance), row.index)
            }
            Part::Zone(zone) => PartClass::Zone(zone.clone()),
        }
    }

    /// The machine that a part is, or is of.
    pub(crate) fn machine_of_part(&self, part: &Part) -> Option<InstanceId> {
        match part {
            Part::Instance(instance) => Some(*instance),
            Part::Nic(nic) => Some(self.plane.network.nics[*nic].instance),
            Part::Zone(_) => None,
        }
    }

    /// Machines that share an address with one.
    pub(crate) fn sharing(&self, instance: InstanceId) -> &[InstanceId] {
        self.classes.kin.of(instance)
    }
}

/// What is alike about parts that fail.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PartClass {
    Instance((Colour, Vec<usize>)),
    Nic((Colour, Vec<usize>), usize),
    Zone(String),
}
