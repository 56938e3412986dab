//! Who reaches whom as a value: groups, rails and ports, with a witness of every answer and what a failure changes. [`Reachability`] is the JSON of
//! `twinrail reach`. Not here: the answers, which `reach` finds out.

mod assemble;
mod csv;
mod text;

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

pub use assemble::{DroppedBy, Seen, reachability};
pub use csv::reach_csv;
pub use text::reach_text;

use crate::{Condition, FactCitation, TraceHop};

/// Who reaches whom.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Reachability {
    /// Version of this form. A change that a reader could notice makes a new one.
    pub version: u32,
    /// Name and version of the program.
    pub tool: String,
    pub inputs: Vec<String>,
    pub groups: Vec<ReachGroup>,
    /// All ordered pairs of a sender and an end, once for each port.
    pub pairs: ReachCounts,
    pub rows: Vec<ReachRow>,
    /// Open facts that decide some answer; those on which most pairs hang first.
    pub hangs_on: Vec<HangsOn>,
    /// Instances that are on no row of some rail, and what the input lacks.
    pub left_out: Vec<LeftOut>,
    /// Ordered pairs, once for each port, that were not asked about: there are more than the bound.
    pub not_asked: u64,
    /// What failures change, where they were asked about.
    pub after: Option<Afterwards>,
}

/// Who stands together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReachGroup {
    pub name: String,
    /// How many machines, VIPs or addresses.
    pub size: u64,
}

/// How many ordered pairs have which answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReachCounts {
    pub yes: u64,
    pub no: u64,
    pub depends: u64,
    pub undecided: u64,
}

/// The pairs of two groups, on one rail and by one port.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ReachRow {
    pub from: String,
    pub to: String,
    /// `rdma` or `tcp`; nothing for an end that is on no rail.
    pub rail: Option<String>,
    /// `tcp:2049`, `icmp`, `rdma`.
    pub port: String,
    pub pairs: ReachCounts,
    /// The answers with their reasons, those of most pairs first.
    pub answers: Vec<ReachAnswer>,
}

/// The pairs of a row that have one answer for one reason.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ReachAnswer {
    /// `yes`, `no`, `depends` or `undecided`.
    pub answer: String,
    pub pairs: u64,
    /// One of the pairs.
    pub from: String,
    pub to: String,
    /// What becomes of that one, one for each answer.
    pub worlds: Vec<ReachWorld>,
    /// The decision that drops it, in the first world in which it is dropped.
    pub dropped_by: Option<TraceHop>,
}

/// What becomes of a pair in some worlds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ReachWorld {
    /// Values of facts: alternatives, each of conditions that hold together. Empty: every world.
    pub when: Vec<Vec<Condition>>,
    /// `arrives`, `lost` or `undecided`.
    pub outcome: String,
    /// Why it is lost, every way of it; of one that is undecided, what of its way is not modelled.
    pub losses: Vec<ReachLoss>,
    /// Whether it arrives on another way all the same.
    pub sometimes: bool,
    /// What the input lacks, where that leaves it undecided.
    pub needs: Option<String>,
}

/// One way of not arriving.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ReachLoss {
    pub code: String,
    /// Whether the reply is lost, and the request arrives.
    pub of_reply: bool,
}

/// A fact and how many pairs hang on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HangsOn {
    pub fact: FactCitation,
    pub pairs: u64,
}

/// An instance whose NICs on some rail are not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LeftOut {
    pub instance: String,
    pub needs: String,
}

/// What failures change for those who are still up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Afterwards {
    /// What fails: `any one instance`.
    pub failing: String,
    /// How many failures there are, one of each class being asked about. Each VIP is with any candidate that is left.
    pub failures: u64,
    /// Failures beyond the bound, which nothing is said of.
    pub not_tried: u64,
    pub changes: Vec<ReachChange>,
}

/// Pairs whose answer changes in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReachChange {
    pub from: String,
    pub to: String,
    pub rail: Option<String>,
    pub port: String,
    /// `yes`, `no`, `depends` or `undecided`.
    pub before: String,
    pub after: String,
    /// How many pairs, after each of the failures.
    pub pairs: u64,
    /// Codes, and what the input lacks.
    pub why: Vec<String>,
    /// One of the pairs.
    pub witness: String,
    /// One failure of each class that does this, and how many like it there are.
    pub failures: Vec<ReachFailure>,
}

/// A failure, and how many like it there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReachFailure {
    /// The parts that are down.
    pub down: Vec<String>,
    pub like: u64,
}

impl ReachCounts {
    pub fn total(self) -> u64 {
        self.yes + self.no + self.depends + self.undecided
    }
}

/// Writes reachability as JSON.
pub fn reach_json(reach: &Reachability, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, reach)?;
    writeln!(out)
}

/// The JSON Schema of reachability.
pub fn reach_schema() -> Value {
    schemars::schema_for!(Reachability).to_value()
}
