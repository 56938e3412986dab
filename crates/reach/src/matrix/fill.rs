//! Fills a matrix: one question for each class of pairs and each traffic, asked once however many groups it is about. Not here: what a class is, and who is
//! asked about whom.

use std::collections::{BTreeMap, HashMap};

use twinrail_facts::{Catalog, Decision};
use twinrail_model::Situation;

use super::group::{GroupKind, groups};
use super::lane::{Lane, Lanes};
use super::port::Ports;
use super::{Cell, Effort, Matrix, Row};
use crate::class::{Pair, Question, Scope, Senders};
use crate::packet::{Packet, Traffic};
use crate::plane::Plane;
use crate::told::{Reached, Told, ask};

/// Who reaches whom in a situation: every ordered pair of instances, VIPs, load balancers, clients and the internet, on each rail, for the ports of interest.
pub fn matrix(plane: &Plane<'_>, catalog: &Catalog, situation: &Situation) -> Matrix {
    let groups = groups(plane.network);
    let lanes = Lanes::new(plane, situation, &groups);
    let scope = Scope::new(plane, situation);
    let senders: BTreeMap<_, Senders> = lanes.senders.iter().map(|(key, all)| (*key, scope.senders(all))).collect();
    let ports = Ports::new(plane.network);
    let mut filler =
        Filler { plane, catalog, situation, memo: HashMap::new(), decisions: Vec::new(), effort: Effort::default() };
    let mut rows = Vec::new();
    for lane in &lanes.lanes {
        let ends = scope.ends(&lane.ends);
        let traffic = ports.to(&groups[lane.to].kind, lane.rail, &lane.vpcs);
        for ((from, rail), senders) in &senders {
            let outside = groups[*from].kind == GroupKind::Internet && groups[lane.to].kind == GroupKind::Internet;
            if *rail == lane.bound && !outside {
                let asked = scope.between(senders, &ends);
                rows.extend(traffic.iter().filter_map(|traffic| filler.row(*from, lane, *traffic, &asked)));
            }
        }
    }
    rows.sort_by_key(|row| (row.from, row.to, row.rail, row.traffic));
    Matrix { groups, rows, left_out: lanes.left_out.into_iter().collect(), effort: filler.effort }
}

/// Asks, and remembers: equal questions are asked once.
struct Filler<'a> {
    plane: &'a Plane<'a>,
    catalog: &'a Catalog,
    situation: &'a Situation,
    /// The place of an answer among those that there are.
    memo: HashMap<(Question, Traffic), usize>,
    /// Different decisions are few, and each is kept once.
    decisions: Vec<Decision<Told>>,
    effort: Effort,
}

impl Filler<'_> {
    /// The answers of one row; `None` where there is nobody to ask about.
    fn row(&mut self, from: usize, lane: &Lane, traffic: Traffic, asked: &[(Question, Pair)]) -> Option<Row> {
        let mut cells: BTreeMap<usize, (u64, Packet)> = BTreeMap::new();
        for (question, pair) in asked {
            let packet = Packet { from: pair.from, to: pair.to, traffic };
            let decision = self.decide(question, packet);
            cells.entry(decision).or_insert((0, packet)).0 += pair.stands_for;
            self.effort.pairs += pair.stands_for;
        }
        let cells = cells.into_iter().map(|(decision, (pairs, witness))| {
            let decision = self.decisions[decision].clone();
            Cell { answer: Reached::of(&decision), pairs, witness, decision }
        });
        let cells = joined(cells);
        (!cells.is_empty()).then_some(Row { from, to: lane.to, rail: lane.rail, traffic, cells })
    }

    fn decide(&mut self, question: &Question, packet: Packet) -> usize {
        let key = (question.clone(), packet.traffic);
        if let Some(known) = self.memo.get(&key) {
            return *known;
        }
        self.effort.decided += 1;
        let decision = ask(self.plane, self.catalog, self.situation, &packet);
        let known = self.decisions.iter().position(|other| *other == decision);
        let place = known.unwrap_or(self.decisions.len());
        if known.is_none() {
            self.decisions.push(decision);
        }
        self.memo.insert(key, place);
        place
    }
}

/// One cell for each answer and reason, whatever else was read on the way to it; those of most pairs first.
fn joined(cells: impl Iterator<Item = Cell>) -> Vec<Cell> {
    let reason = |cell: &Cell| -> Vec<_> {
        let arms = cell.decision.arms.iter();
        arms.map(|arm| (arm.answer.clone(), cell.decision.conditions(arm))).collect()
    };
    let mut joined: Vec<Cell> = Vec::new();
    for cell in cells {
        match joined.iter_mut().find(|known| known.answer == cell.answer && reason(known) == reason(&cell)) {
            Some(known) => known.pairs += cell.pairs,
            None => joined.push(cell),
        }
    }
    joined.sort_by_key(|cell| std::cmp::Reverse(cell.pairs));
    joined
}
