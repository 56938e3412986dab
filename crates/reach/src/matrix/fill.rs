//! Fills a matrix: one question for each class of pairs and each traffic, asked once however many groups it is about. Not here: what a class is, and who is
//! asked about whom.

use std::collections::{BTreeMap, HashMap};

use twinrail_facts::{Catalog, Decision};
use twinrail_model::{Hole, InstanceId, Rail, Situation};

use super::bound::Bound;
use super::group::{Group, GroupKind, groups};
use super::lane::{Lane, Lanes};
use super::port::{Asked, Ports};
use super::{Cell, Effort, Matrix, Row};
use crate::class::{Ends, Pair, Question, Scope, Senders};
use crate::packet::{Packet, Traffic};
use crate::plane::Plane;
use crate::told::{Reached, Told, ask};

/// Who reaches whom in a situation: every ordered pair of instances, VIPs, load balancers, clients and the internet, on each rail, for the ports of interest.
pub fn matrix(plane: &Plane<'_>, catalog: &Catalog, situation: &Situation) -> Matrix {
    matrix_within(plane, catalog, situation, Bound::default())
}

/// The same with another bound.
pub fn matrix_within(plane: &Plane<'_>, catalog: &Catalog, situation: &Situation, bound: Bound) -> Matrix {
    let table = Table::within(plane, situation, bound);
    Filler::new(plane, catalog).matrix(table, situation).0
}

/// Everybody who is asked about, by class.
pub(super) struct Table {
    pub groups: Vec<Group>,
    /// By group and rail.
    pub senders: BTreeMap<(usize, Option<Rail>), Senders>,
    pub columns: Vec<Column>,
    left_out: BTreeMap<InstanceId, Hole>,
    not_asked: u64,
}

/// The ends of a group on a rail, and what is sent to them.
pub(super) struct Column {
    pub lane: Lane,
    pub ends: Ends,
    pub traffic: Asked,
}

impl Table {
    pub(super) fn new(plane: &Plane<'_>, situation: &Situation) -> Self {
        Self::within(plane, situation, Bound::default())
    }

    pub(super) fn within(plane: &Plane<'_>, situation: &Situation, bound: Bound) -> Self {
        let groups = groups(plane.network);
        let Lanes { lanes, senders, left_out } = Lanes::new(plane, situation, &groups);
        let scope = Scope::new(plane, situation);
        let ports = Ports::new(plane.network);
        let columns = lanes.into_iter().map(|lane| {
            let traffic = ports.to(&groups[lane.to].kind, lane.rail, &lane.vpcs);
            Column { ends: scope.ends(&lane.ends), lane, traffic }
        });
        let columns = columns.collect();
        let senders = senders.into_iter().map(|(key, all)| (key, scope.senders(&all))).collect();
        let mut table = Self { groups, senders, columns, left_out, not_asked: 0 };
        table.not_asked = bound.cut(plane.network, &mut table);
        table
    }

    /// The groups that send to a column, each with its senders.
    pub(super) fn heard<'t>(&'t self, column: &'t Column) -> impl Iterator<Item = (usize, &'t Senders)> {
        let is_internet = |group: usize| self.groups[group].kind == GroupKind::Internet;
        let outside = is_internet(column.lane.to);
        let on_rail = self.senders.iter().filter(|((_, rail), _)| *rail == column.lane.bound);
        on_rail.map(|((from, _), senders)| (*from, senders)).filter(move |(from, _)| !(outside && is_internet(*from)))
    }
}

/// Asks, and remembers: equal questions are asked once.
pub(super) struct Filler<'a> {
    pub plane: &'a Plane<'a>,
    catalog: &'a Catalog,
    /// The place of an answer among those that there are; by the number of the failure that may touch it, if one may.
    memo: HashMap<(Question, Traffic, Option<usize>), usize>,
    /// Different decisions are few, and each is kept once.
    pub decisions: Vec<Decision<Told>>,
    pub effort: Effort,
}

impl<'a> Filler<'a> {
    pub(super) fn new(plane: &'a Plane<'a>, catalog: &'a Catalog) -> Self {
        Self { plane, catalog, memo: HashMap::new(), decisions: Vec::new(), effort: Effort::default() }
    }
}

impl Filler<'_> {
    /// Asks everything of a table in its situation.
    pub(super) fn matrix(&mut self, table: Table, situation: &Situation) -> (Matrix, Table) {
        let scope = Scope::new(self.plane, situation);
        let mut rows = Vec::new();
        for column in &table.columns {
            for (from, senders) in table.heard(column) {
                let asked = scope.between(senders, &column.ends);
                let traffic = column.traffic.kinds.iter();
                rows.extend(traffic.filter_map(|traffic| self.row(situation, from, &column.lane, *traffic, &asked)));
            }
        }
        rows.sort_by_key(|row| (row.from, row.to, row.rail, row.traffic));
        let classes = |counts: &mut dyn Iterator<Item = usize>| counts.sum::<usize>() as u64;
        self.effort.sender_classes = classes(&mut table.senders.values().map(|senders| senders.classes.len()));
        self.effort.end_classes = classes(&mut table.columns.iter().map(|column| column.ends.classes.len()));
        let left_out = table.left_out.iter().map(|(id, hole)| (*id, hole.clone())).collect();
        let not_asked = table.not_asked;
        (Matrix { groups: table.groups.clone(), rows, left_out, not_asked, effort: self.effort }, table)
    }

    /// The answers of one row; `None` where there is nobody to ask about.
    fn row(
        &mut self,
        situation: &Situation,
        from: usize,
        lane: &Lane,
        traffic: Traffic,
        asked: &[(Question, Pair)],
    ) -> Option<Row> {
        let mut cells: BTreeMap<usize, (u64, Packet)> = BTreeMap::new();
        for (question, pair) in asked {
            let packet = Packet { from: pair.from, to: pair.to, traffic };
            let decision = self.decide(situation, None, question, packet);
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

    /// The place of the answer to a question, which a failure of some number may touch.
    pub(super) fn decide(
        &mut self,
        situation: &Situation,
        touched: Option<usize>,
        question: &Question,
        packet: Packet,
    ) -> usize {
        let key = (question.clone(), packet.traffic, touched);
        if let Some(known) = self.memo.get(&key) {
            return *known;
        }
        self.effort.decided += 1;
        let decision = ask(self.plane, self.catalog, situation, &packet);
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

/// The same matrix without classes, by following a packet for every pair: what classes are measured against. Small networks only.
pub fn matrix_by_force(plane: &Plane<'_>, catalog: &Catalog, situation: &Situation) -> Matrix {
    let table = Table::new(plane, situation);
    let scope = Scope::new(plane, situation);
    let mut filler = Filler::new(plane, catalog);
    let mut rows = Vec::new();
    for column in &table.columns {
        let ends = || column.ends.classes.iter().flat_map(|(_, those)| those).copied();
        for (from, senders) in table.heard(column) {
            let all = senders.classes.iter().flat_map(|(_, those)| those).copied();
            let pairs: Vec<Pair> = all
                .flat_map(|from| ends().map(move |to| Pair { from, to, stands_for: 1 }))
                .filter(|pair| !scope.is_itself(pair.from, pair.to))
                .collect();
            for traffic in &column.traffic.kinds {
                let mut cells: Vec<Cell> = Vec::new();
                for pair in &pairs {
                    let packet = Packet { from: pair.from, to: pair.to, traffic: *traffic };
                    let decision = ask(plane, catalog, situation, &packet);
                    filler.effort.decided += 1;
                    match cells.iter_mut().find(|cell| cell.decision == decision) {
                        Some(cell) => cell.pairs += 1,
                        None => {
                            cells.push(Cell { answer: Reached::of(&decision), pairs: 1, witness: packet, decision });
                        }
                    }
                }
                let cells = joined(cells.into_iter());
                if !cells.is_empty() {
                    rows.push(Row { from, to: column.lane.to, rail: column.lane.rail, traffic: *traffic, cells });
                }
            }
        }
    }
    rows.sort_by_key(|row| (row.from, row.to, row.rail, row.traffic));
    filler.effort.pairs = filler.effort.decided;
    let (left_out, not_asked) = (table.left_out.into_iter().collect(), table.not_asked);
    Matrix { groups: table.groups, rows, left_out, not_asked, effort: filler.effort }
}
