//! What each failure changes in a matrix. Only what it may touch is asked again, and equal questions once. Not here: which failures there are, and what may
//! be touched.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use twinrail_facts::{Catalog, Decision};
use twinrail_model::{InstanceId, Known, Network, Part, Rail, Situation};

use super::fill::{Filler, Table};
use super::{Effort, Matrix};
use crate::class::{Ends, Pair, Question, Scope, Senders, Touched};
use crate::failure::{Failure, failures};
use crate::packet::{End, Packet, Sender, Traffic};
use crate::plane::Plane;
use crate::told::{Reached, Told};

/// What failures change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impacts {
    /// While everything is up.
    pub before: Matrix,
    pub each: Vec<Impact>,
    /// How many failures these stand for, and how many the bound left out.
    pub stands_for: u64,
    pub left_out: u64,
    /// What was asked after failures, beside what the matrix took.
    pub effort: Effort,
}

/// What one failure changes for those who are still up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impact {
    pub failure: Failure,
    /// In the order of groups, rails and traffic; none where it changes nothing for others.
    pub changes: Vec<Change>,
}

/// Pairs whose answer changes in the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Places in the groups of the matrix.
    pub from: usize,
    pub to: usize,
    pub rail: Option<Rail>,
    pub traffic: Traffic,
    pub before: Reached,
    pub after: Reached,
    pub pairs: u64,
    pub witness: Packet,
    /// What becomes of the witness after the failure.
    pub decision: Decision<Told>,
}

/// The matrix, and what the failure of each of these parts changes in it; with `pairs`, of every two of them too.
pub fn impacts(plane: &Plane<'_>, catalog: &Catalog, parts: &[Part], pairs: bool) -> Impacts {
    let nothing = Situation::default();
    let mut filler = Filler::new(plane, catalog);
    let (before, table) = filler.matrix(Table::new(plane, &nothing), &nothing);
    filler.effort = Effort::default();
    let all = failures(plane, parts, pairs, &[]);
    let mut each = Vec::new();
    for (number, failure) in all.each.into_iter().enumerate() {
        let changes = After::new(plane, &table, &failure.situation, number).changes(&mut filler);
        each.push(Impact { failure, changes });
    }
    Impacts { before, each, stands_for: all.stands_for, left_out: all.left_out, effort: filler.effort }
}

/// All instances that the input describes, each as a part that may fail.
pub fn instances(network: &Network) -> Vec<Part> {
    let described = network.instances.iter().filter(|(_, row)| !row.is_template && row.known == Known::Here);
    described.map(|(id, _)| Part::Instance(id)).collect()
}

/// One failure, and what of a table it leaves.
struct After<'f> {
    plane: &'f Plane<'f>,
    table: &'f Table,
    situation: &'f Situation,
    scope: Scope<'f>,
    touched: Touched<'f>,
    /// The machines that are down, whole or in part, and those that share an address with them: their classes are not what they were.
    kin: BTreeSet<InstanceId>,
    number: usize,
}

/// The place of a row.
type RowAt = (usize, usize, Option<Rail>, Traffic);

impl<'f> After<'f> {
    fn new(plane: &'f Plane<'f>, table: &'f Table, situation: &'f Situation, number: usize) -> Self {
        let touched = Touched::new(plane, situation);
        let (kin, scope) = (touched.kin(), Scope::new(plane, situation));
        Self { plane, table, situation, scope, touched, kin, number }
    }

    fn changes(&self, filler: &mut Filler<'_>) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut all: BTreeMap<(usize, Option<Rail>), Senders> = BTreeMap::new();
        let mut some: BTreeMap<(usize, Option<Rail>), Senders> = BTreeMap::new();
        for column in &self.table.columns {
            let touched = self.scope.ends(&self.touched_ends(&column.ends));
            let others = OnceCell::new();
            for (from, senders) in self.table.heard(column) {
                let key = (from, column.lane.bound);
                let mut asked = Vec::new();
                if !touched.classes.is_empty() {
                    let all = all.entry(key).or_insert_with(|| self.left(senders));
                    asked = self.scope.between(all, &touched);
                }
                let some = some.entry(key).or_insert_with(|| self.scope.senders(&self.touched_senders(senders)));
                if !some.classes.is_empty() {
                    let others = others.get_or_init(|| self.scope.ends(&self.other_ends(&column.ends, &touched)));
                    asked.extend(self.scope.between(some, others));
                }
                for traffic in &column.traffic.kinds {
                    let at = (from, column.lane.to, column.lane.rail, *traffic);
                    self.compare(filler, &asked, at, &mut changes);
                }
            }
        }
        changes.sort_by_key(|change| (change.from, change.to, change.rail, change.traffic));
        changes
    }

    /// Asks again, and keeps what has another answer than before.
    fn compare(&self, filler: &mut Filler<'_>, asked: &[(Question, Pair)], at: RowAt, changes: &mut Vec<Change>) {
        let (from, to, rail, traffic) = at;
        let nothing = Situation::default();
        let up = Scope::new(self.plane, &nothing);
        let mut differing: BTreeMap<(usize, usize), (u64, Packet)> = BTreeMap::new();
        for (now, pair) in asked {
            let packet = Packet { from: pair.from, to: pair.to, traffic };
            let before = up.question(pair.from, pair.to).expect("a machine is not asked about itself");
            let before = filler.decide(&nothing, None, &before, packet);
            let after = filler.decide(self.situation, Some(self.number), now, packet);
            if before != after {
                differing.entry((before, after)).or_insert((0, packet)).0 += pair.stands_for;
            }
        }
        for ((before, after), (pairs, witness)) in differing {
            let decision = filler.decisions[after].clone();
            let (before, after) = (Reached::of(&filler.decisions[before]), Reached::of(&decision));
            if before != after {
                changes.push(Change { from, to, rail, traffic, before, after, pairs, witness, decision });
            }
        }
    }

    /// All senders of a group that are left.
    fn left(&self, senders: &Senders) -> Senders {
        let all: Vec<Sender> = senders.classes.iter().flat_map(|(_, those)| those).copied().collect();
        self.scope.senders(&all.into_iter().filter(|sender| self.sends(*sender)).collect::<Vec<_>>())
    }

    /// The senders about which the answers may change whoever the end is.
    fn touched_senders(&self, senders: &Senders) -> Vec<Sender> {
        let mut touched = Vec::new();
        for (_, those) in &senders.classes {
            if self.touched.sender(those[0]) {
                touched.extend(those);
            } else {
                touched.extend(those.iter().filter(|sender| self.is_kin(**sender)));
            }
        }
        touched.retain(|sender| self.sends(*sender));
        touched
    }

    fn touched_ends(&self, ends: &Ends) -> Vec<End> {
        let mut touched = Vec::new();
        for (_, those) in &ends.classes {
            if self.touched.end(those[0]) {
                touched.extend(those);
            }
        }
        touched.extend(ends.of_kin(&self.kin));
        touched.sort_unstable();
        touched.dedup();
        touched.retain(|end| self.answers(*end));
        touched
    }

    fn other_ends(&self, ends: &Ends, touched: &Ends) -> Vec<End> {
        let touched: BTreeSet<End> = touched.classes.iter().flat_map(|(_, those)| those).copied().collect();
        let all = ends.classes.iter().flat_map(|(_, those)| those).copied();
        all.filter(|end| !touched.contains(end) && self.answers(*end)).collect()
    }

    fn is_kin(&self, sender: Sender) -> bool {
        matches!(sender, Sender::Guest { instance, .. } if self.kin.contains(&instance))
    }

    /// Whether a sender is up. One of whom the input does not say is left out, as it is in a matrix.
    fn sends(&self, sender: Sender) -> bool {
        let network = self.plane.network;
        let up = match sender {
            Sender::Guest { bound: Some(End::Nic(nic)), .. } => self.situation.is_nic_up(network, nic),
            Sender::Guest { instance, .. } => self.situation.is_up(network, instance),
            Sender::Clients(_) | Sender::Prober(_) | Sender::Internet(_) => Ok(true),
        };
        up == Ok(true)
    }

    fn answers(&self, end: End) -> bool {
        match end {
            End::Nic(nic) | End::Alias(nic, _) => self.situation.is_nic_up(self.plane.network, nic) == Ok(true),
            End::Vip(_) | End::Rule(_) | End::Clients(_) | End::Address(_) | End::Prober(_) => true,
        }
    }
}
