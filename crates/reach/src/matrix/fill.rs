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
    let mut filler = Filler { plane, catalog, situation, memo: HashMap::new(), effort: Effort::default() };
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

/// What is asked, over all situations in which nothing of it is touched.
type Memo = HashMap<(Question, Traffic), Decision<Told>>;

struct Filler<'a> {
    plane: &'a Plane<'a>,
    catalog: &'a Catalog,
    situation: &'a Situation,
    memo: Memo,
    effort: Effort,
}

impl Filler<'_> {
    /// The answers of one row; `None` where there is nobody to ask about.
    fn row(&mut self, from: usize, lane: &Lane, traffic: Traffic, asked: &[(Question, Pair)]) -> Option<Row> {
        let mut cells: Vec<Cell> = Vec::new();
        for (question, pair) in asked {
            let packet = Packet { from: pair.from, to: pair.to, traffic };
            let decision = self.decide(question, &packet);
            match cells.iter_mut().find(|cell| cell.decision == *decision) {
                Some(cell) => cell.pairs += pair.stands_for,
                None => cells.push(Cell {
                    answer: Reached::of(decision),
                    pairs: pair.stands_for,
                    witness: packet,
                    decision: decision.clone(),
                }),
            }
            self.effort.pairs += pair.stands_for;
        }
        cells.sort_by_key(|cell| std::cmp::Reverse(cell.pairs));
        (!cells.is_empty()).then_some(Row { from, to: lane.to, rail: lane.rail, traffic, cells })
    }

    fn decide(&mut self, question: &Question, packet: &Packet) -> &Decision<Told> {
        let Self { plane, catalog, situation, memo, effort } = self;
        memo.entry((question.clone(), packet.traffic)).or_insert_with(|| {
            effort.decided += 1;
            ask(plane, catalog, situation, packet)
        })
    }
}
