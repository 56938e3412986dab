//! Who reaches whom: all ordered pairs, by groups, rails and ports, with a witness of every answer. Not here: where one packet goes, what is wanted, and
//! how a matrix is printed.

mod bound;
mod fill;
mod group;
mod impact;
mod lane;
mod port;

use twinrail_facts::Decision;
use twinrail_model::{Hole, InstanceId, Rail};

pub use bound::Bound;
pub use fill::{matrix, matrix_by_force, matrix_within};
pub use group::{Group, GroupKind};
pub use impact::{Change, Impact, Impacts, impacts, instances};

use crate::packet::{Packet, Traffic};
use crate::told::{Reached, Told};

/// Who reaches whom, in one situation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matrix {
    pub groups: Vec<Group>,
    /// In the order of groups, rails and traffic. Groups between which nobody is asked about have none.
    pub rows: Vec<Row>,
    /// Instances that are on no row of some rail, because the input does not say which of their NICs are on it.
    pub left_out: Vec<(InstanceId, Hole)>,
    /// Ordered pairs, once for each traffic, of which nothing is said: the bound was hit.
    pub not_asked: u64,
    pub effort: Effort,
}

/// How much was asked to answer how much.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effort {
    /// Ordered pairs of a sender and an end, each counted once for each traffic.
    pub pairs: u64,
    /// Classes of senders and of ends that nothing tells apart.
    pub sender_classes: u64,
    pub end_classes: u64,
    /// Packets that were followed, each in every world that matters to it.
    pub decided: u64,
}

/// The pairs of two groups on one rail, for one kind of traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Places in [`Matrix::groups`].
    pub from: usize,
    pub to: usize,
    /// The rail of the end; of the sender too, where the end is a NIC's. `None` where the end is on no rail.
    pub rail: Option<Rail>,
    pub traffic: Traffic,
    /// The answers, those of most pairs first; never empty.
    pub cells: Vec<Cell>,
}

/// The pairs of a row that have one answer, for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub answer: Reached,
    /// How many ordered pairs of a sender and an end.
    pub pairs: u64,
    /// One of them.
    pub witness: Packet,
    /// What becomes of that one, in every world.
    pub decision: Decision<Told>,
}

/// How many ordered pairs have which answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub yes: u64,
    pub no: u64,
    pub depends: u64,
    pub undecided: u64,
}

impl Counts {
    pub fn add(&mut self, answer: Reached, pairs: u64) {
        match answer {
            Reached::Yes => self.yes += pairs,
            Reached::No => self.no += pairs,
            Reached::Depends => self.depends += pairs,
            Reached::Undecided => self.undecided += pairs,
        }
    }

    pub fn total(&self) -> u64 {
        self.yes + self.no + self.depends + self.undecided
    }

    /// How many have each answer.
    pub fn by_answer(&self) -> [(Reached, u64); 4] {
        [
            (Reached::Yes, self.yes),
            (Reached::No, self.no),
            (Reached::Depends, self.depends),
            (Reached::Undecided, self.undecided),
        ]
    }

    /// The one answer of all pairs, if they have one.
    pub fn unanimous(&self) -> Option<Reached> {
        let mut given = self.by_answer().into_iter().filter(|(_, pairs)| *pairs > 0).map(|(answer, _)| answer);
        given.next().filter(|_| given.next().is_none())
    }
}

impl Row {
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for cell in &self.cells {
            counts.add(cell.answer, cell.pairs);
        }
        counts
    }
}
