//! The way of one packet as a value: hop by hop, with the line of each decision and the facts it rests on, in every world. [`Trace`] is the JSON of
//! `twinrail trace`. Not here: what becomes of the packet, which `reach` finds out.

mod assemble;
mod text;

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

pub(crate) use assemble::hop;
pub use assemble::{Traced, trace};
pub use text::trace_text;

use crate::{Condition, FactCitation, Place};

/// What becomes of a packet and of the replies to it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Trace {
    /// Version of this form. A change that a reader could notice makes a new one.
    pub version: u32,
    /// Name and version of the program.
    pub tool: String,
    pub inputs: Vec<String>,
    pub from: Party,
    pub to: Party,
    /// `tcp:2049`, `icmp`, `rdma`.
    pub port: String,
    /// What is down.
    pub down: Vec<String>,
    /// Who holds which VIP, where the call says so.
    pub holders: Vec<Held>,
    /// `delivered` (and the replies return), `dropped`, `not-modelled` (never a pass) or `undecided` in every world; `depends`, or `bound-hit` if not all
    /// worlds were seen.
    pub answer: String,
    /// Why it is dropped, if that is the same in every world.
    pub code: Option<String>,
    /// The facts whose values decide between the worlds.
    pub hangs_on: Vec<FactCitation>,
    /// One for each answer.
    pub worlds: Vec<WorldTrace>,
    /// Of a packet that is dropped: what would let it pass.
    pub mending: Option<Mends>,
}

/// One side of a packet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Party {
    pub name: String,
    /// Its address, or the ranges that it will come from.
    pub addresses: Vec<String>,
    /// What was chosen where the name means several.
    pub choice: Option<String>,
}

/// A VIP and who holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Held {
    pub vip: String,
    pub instance: String,
}

/// The answer in some worlds.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct WorldTrace {
    /// Values of facts: alternatives, each of conditions that hold together. Empty: every world.
    pub when: Vec<Vec<Condition>>,
    /// `delivered`, `dropped`, `not-modelled` or `undecided`.
    pub answer: String,
    pub code: Option<String>,
    /// What the input lacks, where that decides; the ways below go as far as the input does.
    pub needs: Option<Needs>,
    /// The ways that the packet may take, those that fail first. Ways that differ only in whom they lead to are one.
    pub ways: Vec<Way>,
    /// Every fact that the answer rests on, in the order in which they were read.
    pub facts: Vec<FactCitation>,
}

/// What the input lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Needs {
    pub what: String,
    pub place: Option<Place>,
}

/// One way of a request, with the ways of its replies.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Way {
    /// How many like ways there are: the first is shown.
    pub count: usize,
    /// The machines that they lead to, or were on their way to.
    pub leads_to: Vec<String>,
    pub request: Leg,
    /// Empty where no reply is sent.
    pub replies: Vec<Leg>,
}

/// The way of one packet.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Leg {
    pub hops: Vec<TraceHop>,
    pub delivered: bool,
    /// Where it ended.
    pub end: String,
    pub code: Option<String>,
    /// What the code says, in one sentence.
    pub meaning: Option<String>,
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TraceHop {
    /// `guest`, `source`, `egress`, `route`, `delivery`, `ingress` or `receiver`.
    pub stage: String,
    pub words: String,
    /// Kind and canonical name of what decided; nothing where no resource does, such as an implied rule.
    pub kind: Option<String>,
    pub entity: Option<String>,
    /// Nothing for an entity that the input only names.
    pub place: Option<Place>,
    /// What was read for it first.
    pub facts: Vec<FactCitation>,
}

/// What was tried to let a packet pass.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Mends {
    /// How many single edits were made and the packet sent again.
    pub tried: usize,
    /// Whether there were more than are tried at most.
    pub bound_hit: bool,
    /// The kinds of edits that were tried, as far as the network has a place for them.
    pub kinds: Vec<String>,
    /// Edits each of which lets it pass in every world, the likeliest first.
    pub offers: Vec<Mend>,
    /// Edits each of which lets it pass in some worlds.
    pub partial: Vec<Mend>,
    /// Edits that would let it pass, and that the API refuses.
    pub refused: Vec<RefusedMend>,
    /// Where no single edit does: a few that let it pass together, in the order in which each gets it further.
    pub together: Vec<Mend>,
}

/// A single edit.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Mend {
    pub kind: String,
    pub words: String,
    /// The same as a line of the model file or a command of gcloud; `NAME` is for the reader to choose.
    pub write: String,
    pub place: Option<Place>,
    /// The values of facts with which it does: alternatives, each of conditions that hold together. Empty: every world.
    pub when: Vec<Vec<Condition>>,
}

/// An edit that would help and that the API refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RefusedMend {
    pub kind: String,
    pub words: String,
    pub why: String,
}

/// Writes a trace as JSON.
pub fn trace_json(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, trace)?;
    writeln!(out)
}

/// The JSON Schema of a trace.
pub fn trace_schema() -> Value {
    schemars::schema_for!(Trace).to_value()
}
