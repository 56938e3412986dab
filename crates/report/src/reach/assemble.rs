//! From matrices to a value that can be printed: names, witnesses with the decision that drops them, and what failures change. Not here: how it looks.

use std::collections::{BTreeMap, BTreeSet};

use twinrail_facts::{Catalog, Decision, FactId};
use twinrail_intake::Loaded;
use twinrail_model::Network;
use twinrail_reach::{Cell, Change, Counts, Hop, Impacts, Matrix, Packet, Reached, Row, Told};

use super::{
    Afterwards, HangsOn, LeftOut, ReachAnswer, ReachChange, ReachCounts, ReachFailure, ReachGroup, ReachLoss, ReachRow,
    ReachWorld, Reachability,
};
use crate::cite;
use crate::place::Places;
use crate::trace::hop;

/// The decision that drops a packet, in the first world in which it is dropped.
pub type DroppedBy<'a> = dyn Fn(&Packet) -> Option<Hop> + 'a;

/// A matrix, and what failures change in it.
pub struct Seen<'a> {
    pub matrix: &'a Matrix,
    /// What fails, in words, and what that changes.
    pub after: Option<(&'a str, &'a Impacts)>,
    pub dropped_by: &'a DroppedBy<'a>,
}

impl std::fmt::Debug for Seen<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seen").field("matrix", self.matrix).finish_non_exhaustive()
    }
}

/// Makes a printable value of a matrix.
pub fn reachability(loaded: &Loaded, catalog: &Catalog, seen: &Seen<'_>) -> Reachability {
    let network = &loaded.network;
    let assembler = Assembler { network, catalog, places: Places::new(network, &loaded.origins), seen };
    let matrix = seen.matrix;
    let mut pairs = Counts::default();
    for cell in matrix.rows.iter().flat_map(|row| &row.cells) {
        pairs.add(cell.answer, cell.pairs);
    }
    let group = |group: &twinrail_reach::Group| ReachGroup { name: group.kind.short(network), size: group.size };
    let left_out = matrix
        .left_out
        .iter()
        .map(|(instance, hole)| LeftOut { instance: network.short(*instance), needs: cite::hole(network, hole) });
    Reachability {
        version: 1,
        tool: concat!("twinrail ", env!("CARGO_PKG_VERSION")).to_owned(),
        inputs: loaded.origins.sources().map(|source| loaded.origins.path(source).to_owned()).collect(),
        groups: matrix.groups.iter().map(group).collect(),
        pairs: counts(pairs),
        rows: matrix.rows.iter().map(|row| assembler.row(row)).collect(),
        hangs_on: assembler.hangs_on(),
        left_out: left_out.collect(),
        not_asked: matrix.not_asked,
        after: seen.after.map(|(failing, impacts)| assembler.after(failing, impacts)),
    }
}

fn counts(counts: Counts) -> ReachCounts {
    let Counts { yes, no, depends, undecided } = counts;
    ReachCounts { yes, no, depends, undecided }
}

struct Assembler<'a> {
    network: &'a Network,
    catalog: &'a Catalog,
    places: Places<'a>,
    seen: &'a Seen<'a>,
}

impl Assembler<'_> {
    fn row(&self, row: &Row) -> ReachRow {
        let name = |place: usize| self.seen.matrix.groups[place].kind.short(self.network);
        ReachRow {
            from: name(row.from),
            to: name(row.to),
            rail: row.rail.map(|rail| rail.word().to_owned()),
            port: row.traffic.to_string(),
            pairs: counts(row.counts()),
            answers: row.cells.iter().map(|cell| self.answer(cell)).collect(),
        }
    }

    fn answer(&self, cell: &Cell) -> ReachAnswer {
        let dropped_by = match cell.answer {
            Reached::Yes => None,
            _ => (self.seen.dropped_by)(&cell.witness),
        };
        ReachAnswer {
            answer: cell.answer.word().to_owned(),
            pairs: cell.pairs,
            from: cell.witness.from.short(self.network),
            to: cell.witness.to.short(self.network),
            worlds: self.worlds(&cell.decision),
            dropped_by: dropped_by.map(|found| hop(self.network, self.catalog, &self.places, &found)),
        }
    }

    fn worlds(&self, decision: &Decision<Told>) -> Vec<ReachWorld> {
        let world = |arm: &twinrail_facts::Arm<Told>| {
            let is_only = decision.arms.len() == 1 && decision.complete;
            let when = if is_only { Vec::new() } else { cite::conditions(self.catalog, decision, arm) };
            let mut world =
                ReachWorld { when, outcome: "arrives".to_owned(), losses: Vec::new(), sometimes: false, needs: None };
            match &arm.answer {
                Told::Arrives => {}
                Told::Lost { losses, sometimes } => {
                    let outcome = if arm.answer.is_open() { "undecided" } else { "lost" };
                    outcome.clone_into(&mut world.outcome);
                    let loss = |loss: &twinrail_reach::Loss| ReachLoss {
                        code: loss.code.word().to_owned(),
                        of_reply: loss.of_reply,
                    };
                    world.losses = losses.iter().map(loss).collect();
                    world.sometimes = *sometimes;
                }
                Told::Undecided(hole) => {
                    "undecided".clone_into(&mut world.outcome);
                    world.needs = Some(cite::hole(self.network, hole));
                }
            }
            world
        };
        decision.arms.iter().map(world).collect()
    }

    /// The facts on which pairs hang.
    fn hangs_on(&self) -> Vec<HangsOn> {
        let mut pairs: BTreeMap<FactId, u64> = BTreeMap::new();
        for cell in self.seen.matrix.rows.iter().flat_map(|row| &row.cells) {
            if cell.answer == Reached::Depends {
                for fact in &cell.decision.deciding {
                    *pairs.entry(*fact).or_default() += cell.pairs;
                }
            }
        }
        let mut facts: Vec<HangsOn> =
            pairs.into_iter().map(|(id, pairs)| HangsOn { fact: cite::citation(self.catalog, id), pairs }).collect();
        facts.sort_by(|a, b| b.pairs.cmp(&a.pairs).then_with(|| a.fact.id.cmp(&b.fact.id)));
        facts
    }

    /// Changes after each failure, those of like failures together.
    fn after(&self, failing: &str, impacts: &Impacts) -> Afterwards {
        let mut changes: Vec<ReachChange> = Vec::new();
        for impact in &impacts.each {
            let down = impact.failure.situation.down.iter().map(|part| part.short(self.network)).collect();
            let failure = ReachFailure { down, like: impact.failure.stands_for };
            for change in &impact.changes {
                let found = self.change(change);
                let witness = found.witness.clone();
                let alike = |other: &ReachChange| {
                    ReachChange { failures: Vec::new(), witness: witness.clone(), ..other.clone() } == found
                };
                match changes.iter_mut().find(|other| alike(other)) {
                    Some(known) => known.failures.push(failure.clone()),
                    None => changes.push(ReachChange { failures: vec![failure.clone()], ..found }),
                }
            }
        }
        Afterwards { failing: failing.to_owned(), failures: impacts.stands_for, not_tried: impacts.left_out, changes }
    }

    /// A change, of which no failure is said yet.
    fn change(&self, change: &Change) -> ReachChange {
        let name = |place: usize| self.seen.matrix.groups[place].kind.short(self.network);
        let (from, to) = (change.witness.from.short(self.network), change.witness.to.short(self.network));
        ReachChange {
            from: name(change.from),
            to: name(change.to),
            rail: change.rail.map(|rail| rail.word().to_owned()),
            port: change.traffic.to_string(),
            before: change.before.word().to_owned(),
            after: change.after.word().to_owned(),
            pairs: change.pairs,
            why: self.reasons(&change.decision),
            witness: format!("{from} → {to}"),
            failures: Vec::new(),
        }
    }

    /// Codes and holes of a decision, each once.
    fn reasons(&self, decision: &Decision<Told>) -> Vec<String> {
        let reasons = decision.arms.iter().flat_map(|arm| match &arm.answer {
            Told::Arrives => Vec::new(),
            Told::Lost { losses, .. } => losses.iter().map(|loss| loss.code.word().to_owned()).collect(),
            Told::Undecided(hole) => vec![format!("needs {}", cite::hole(self.network, hole))],
        });
        let reasons: BTreeSet<String> = reasons.collect();
        reasons.into_iter().collect()
    }
}
