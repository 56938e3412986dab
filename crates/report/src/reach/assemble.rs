//! From matrices to a value that can be printed: names, witnesses with the decision that drops them, and what failures change. Not here: how it looks.

use std::collections::{BTreeMap, BTreeSet};

use twinrail_facts::{Catalog, Decision, FactId};
use twinrail_intake::Loaded;
use twinrail_model::{Failing, Network, Part};
use twinrail_reach::{Cell, Counts, Hop, Matrix, Packet, Reached, Row, Told, Traffic};

use super::{
    Afterwards, HangsOn, LeftOut, ReachAnswer, ReachCounts, ReachGroup, ReachLoss, ReachRow, ReachWorld, Reachability,
    Worse,
};
use crate::cite;
use crate::place::Places;
use crate::trace::hop;

/// A matrix, and those after failures.
pub struct Seen<'a> {
    pub matrix: &'a Matrix,
    /// What fails, the matrix after each failure, and how many parts were not tried.
    pub after: Option<(Failing, &'a [(Part, Matrix)], usize)>,
    /// The decision that drops a packet, in the first world in which it is dropped.
    pub dropped_by: &'a dyn Fn(&Packet) -> Option<Hop>,
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
        after: seen.after.map(|(failing, after, not_tried)| assembler.after(failing, after, not_tried)),
    }
}

fn counts(counts: Counts) -> ReachCounts {
    let Counts { yes, no, depends, undecided } = counts;
    ReachCounts { yes, no, depends, undecided }
}

/// What a row is about: the same in every situation.
type Key = (String, String, Option<String>, Traffic);

struct Assembler<'a> {
    network: &'a Network,
    catalog: &'a Catalog,
    places: Places<'a>,
    seen: &'a Seen<'a>,
}

impl Assembler<'_> {
    fn key(&self, matrix: &Matrix, row: &Row) -> Key {
        let name = |place: usize| matrix.groups[place].kind.short(self.network);
        (name(row.from), name(row.to), row.rail.map(|rail| rail.word().to_owned()), row.traffic)
    }

    fn row(&self, row: &Row) -> ReachRow {
        let (from, to, rail, traffic) = self.key(self.seen.matrix, row);
        let answers = row.cells.iter().map(|cell| self.answer(cell)).collect();
        ReachRow { from, to, rail, port: traffic.to_string(), pairs: counts(row.counts()), answers }
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
                    "lost".clone_into(&mut world.outcome);
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

    /// Rows that get worse, those of like failures together.
    fn after(&self, failing: Failing, after: &[(Part, Matrix)], not_tried: usize) -> Afterwards {
        let before: Vec<(Key, &Row)> =
            self.seen.matrix.rows.iter().map(|row| (self.key(self.seen.matrix, row), row)).collect();
        let mut worse: Vec<Worse> = Vec::new();
        for (part, matrix) in after {
            let rows: BTreeMap<Key, &Row> = matrix.rows.iter().map(|row| (self.key(matrix, row), row)).collect();
            for (key, row) in &before {
                if let Some(found) = self.worse(key, row, rows.get(key).copied()) {
                    let part = part.short(self.network);
                    let alike = |other: &&mut Worse| Worse { parts: Vec::new(), ..(**other).clone() } == found;
                    match worse.iter_mut().find(alike) {
                        Some(known) => known.parts.push(part),
                        None => worse.push(Worse { parts: vec![part], ..found }),
                    }
                }
            }
        }
        let failing = match failing {
            Failing::Nic => "nic",
            Failing::Zone => "zone",
            _ => "instance",
        };
        Afterwards { failing: failing.to_owned(), tried: after.len(), not_tried, worse }
    }

    /// A row that lost more than the machines that failed: some pair of those that are left has a worse answer.
    fn worse(&self, key: &Key, before: &Row, after: Option<&Row>) -> Option<Worse> {
        let (was, is) = (before.counts(), after.map(Row::counts));
        let is_worse = match is {
            None => was.yes > 0,
            Some(is) => is.no > was.no || is.depends > was.depends || is.undecided > was.undecided,
        };
        if !is_worse {
            return None;
        }
        let known = self.reasons(before);
        let found = after.map(|row| self.reasons(row)).unwrap_or_default();
        let (from, to, rail, traffic) = key.clone();
        Some(Worse {
            from,
            to,
            rail,
            port: traffic.to_string(),
            before: counts(was),
            after: is.map(counts),
            why: found.difference(&known).cloned().collect(),
            parts: Vec::new(),
        })
    }

    /// The codes and holes of a row.
    fn reasons(&self, row: &Row) -> BTreeSet<String> {
        let arms = row.cells.iter().flat_map(|cell| &cell.decision.arms);
        let reasons = arms.flat_map(|arm| match &arm.answer {
            Told::Arrives => Vec::new(),
            Told::Lost { losses, .. } => losses.iter().map(|loss| loss.code.word().to_owned()).collect(),
            Told::Undecided(hole) => vec![format!("needs {}", cite::hole(self.network, hole))],
        });
        reasons.collect()
    }
}
