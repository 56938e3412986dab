//! What was proved of movers as a value: a verdict for each property, and each violation as a sequence of messages. [`Proofs`] is the JSON of
//! `twinrail prove`, [`Sequence`] what `twinrail replay` shows too. Not here: the verdicts, which `sim` finds out by looking at every state.

mod assemble;
pub(crate) mod message;
mod sequence;
mod text;

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

pub use assemble::{Proved, Tried, proofs, property_page};
pub use sequence::{circumstances, sequence};
pub use text::{property_text, prove_text, sequence_text};

use crate::{Condition, FactCitation};

/// What was proved of movers on pools of virtual IPs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Proofs {
    /// Version of this form. A change that a reader could notice makes a new one.
    pub version: u32,
    /// Name and version of the program.
    pub tool: String,
    pub inputs: Vec<String>,
    /// What each property says, in the order of the verdicts.
    pub properties: Vec<PropertyPage>,
    pub bounds: ProofBounds,
    pub pools: Vec<PoolProof>,
    /// Open facts that decide some verdict.
    pub hangs_on: Vec<FactCitation>,
    /// Every fact that some verdict rests on.
    pub facts: Vec<FactCitation>,
}

/// What a property says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PropertyPage {
    /// I1 to I10, L1 to L4.
    pub code: String,
    pub title: String,
    /// What is looked at in the states of the model.
    pub meaning: String,
    /// The state that it is about: if that cannot be reached, it is vacuous.
    pub twin: String,
    /// The kinds of faults that may happen.
    pub faults: Vec<String>,
}

/// How far the exploration might go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProofBounds {
    pub states: u64,
    pub bytes: u64,
}

/// What was proved on one pool.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PoolProof {
    pub pool: String,
    pub cluster: String,
    /// Of the pool and of its cluster.
    pub all_vips: u64,
    pub all_nodes: u64,
    /// The mover that the model names.
    pub mover: String,
    /// What is explored of it; nothing if the input lacks what decides.
    pub explored: Option<Explored>,
    /// The mover that the model names first.
    pub movers: Vec<MoverProof>,
}

/// A system made small enough to look at every state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Explored {
    pub nodes: u8,
    pub vips: u8,
    pub controllers: u8,
    /// In one run, of all kinds together.
    pub faults: u8,
    /// The most of one class, where it has a budget of its own: `1 of node`.
    pub at_most: Vec<String>,
    /// What keeps a deposed holder from writing: `none`, `stop`, `reset` or `epoch`.
    pub fence: String,
    /// Whether addresses of the pool are reserved: `yes`, `no`, or `depends` where the model says so and nobody has confirmed that the platform does it;
    /// nothing where that does not matter to any mover asked about.
    pub reserved: Option<String>,
    /// A managed instance group recreates instances that fail their health check.
    pub repaired: bool,
    /// The step that movers leave out.
    pub without: Option<String>,
}

/// What was proved of one mover.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct MoverProof {
    pub mover: String,
    /// It is the one that the model names.
    pub named: bool,
    /// It was asked about by name.
    pub asked: bool,
    /// Why the platform refuses what it asks for, in every world: then nothing else is said of it.
    pub refusal: Option<String>,
    /// The same in some worlds: the verdicts say what becomes of it there, too.
    pub refused_if: Vec<RefusedIf>,
    /// Its VIPs share nothing, so that one stands for all: it is explored with one.
    pub one_vip: bool,
    pub verdicts: Vec<PropertyVerdict>,
    /// The explorations in the world that is tried first, the largest first.
    pub efforts: Vec<ProofEffort>,
    /// Every fact that the verdicts rest on.
    pub facts: Vec<FactCitation>,
}

/// Why the platform refuses what a mover asks for, in some worlds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RefusedIf {
    /// Values of facts: alternatives, each of conditions that hold together.
    pub when: Vec<Vec<Condition>>,
    pub refusal: String,
}

/// One exploration, in figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ProofEffort {
    pub faults: Vec<String>,
    pub states: u64,
    /// States that those stand for, as nodes, VIPs and controllers can be exchanged.
    pub full_states: u64,
    /// Events from the start to the farthest state.
    pub depth: u32,
    pub bytes: u64,
    /// Of one packed state.
    pub bits: u32,
    /// Whether a bound ended it before every state was seen.
    pub bound_hit: bool,
}

/// How a property fares.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PropertyVerdict {
    pub property: String,
    /// `proved`, `vacuous`, `violated`, `bound-hit`, `absent` (it does not arise) or `undecided` in every world, or `depends`; if not all worlds were seen,
    /// `bound-hit`.
    pub verdict: String,
    /// One for each verdict.
    pub worlds: Vec<ProofWorld>,
}

/// The verdict in some worlds.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ProofWorld {
    /// Values of facts: alternatives, each of conditions that hold together. Empty: every world.
    pub when: Vec<Vec<Condition>>,
    pub verdict: String,
    /// Why it does not arise, or what the input lacks.
    pub why: Option<String>,
    /// The shortest way to a violation.
    pub counterexample: Option<Sequence>,
    /// The file that the counterexample was written to.
    pub file: Option<String>,
}

/// Who does what, one after the other, and where that leaves the VIPs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Sequence {
    /// The property that is violated in the end.
    pub property: String,
    pub mover: String,
    /// What the API's word on a VIP is: `the API`, `its routes`, `healthy`, `its leader`.
    pub held_by: String,
    /// The VIPs that the steps touch.
    pub vips: Vec<String>,
    /// Where they are before the first step.
    pub start: Vec<VipState>,
    pub steps: Vec<SequenceStep>,
    /// The number of the first of the steps that repeat for ever, of a violation that never ends.
    pub repeats_from: Option<usize>,
    /// What it shows, a sentence a line; the last names the violation.
    pub shows: Vec<String>,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SequenceStep {
    pub number: usize,
    /// Who acts: a controller, a node, `platform`, `storage`, `cluster`, `operator`, `stranger`, `chance`, `time`.
    pub who: String,
    /// Whom it reaches: who is asked, answered or struck.
    pub to: Option<String>,
    pub words: String,
    /// Whether it counts as a fault.
    pub fault: bool,
    /// Where it leaves the VIPs.
    pub vips: Vec<VipState>,
}

/// Where a VIP is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct VipState {
    /// Who has it by the API.
    pub held: Vec<String>,
    /// Of routes: who has it by a route of better priority, before those.
    pub better: Vec<String>,
    /// Who gets packets.
    pub packets: Vec<String>,
    /// Who gets packets of hosts that have not heard of the last change.
    pub late_packets: Vec<String>,
    /// Who serves it.
    pub serving: Vec<String>,
    /// Who would serve it, and is refused by the storage.
    pub fenced: Vec<String>,
}

impl VipState {
    /// Who has it by the API, those of better priority first.
    pub(crate) fn holders(&self) -> Vec<String> {
        let better = self.better.iter().map(|name| format!("{name} first"));
        better.chain(self.held.iter().cloned()).collect()
    }

    /// Who gets packets, then who gets those of hosts that have not heard of the last change.
    pub(crate) fn receivers(&self) -> Vec<String> {
        let late = self.late_packets.iter().map(|name| format!("late: {name}"));
        self.packets.iter().cloned().chain(late).collect()
    }

    /// Who serves it, then in parentheses who would and is refused by the storage.
    pub(crate) fn servers(&self) -> Vec<String> {
        let fenced = self.fenced.iter().map(|name| format!("({name})"));
        self.serving.iter().cloned().chain(fenced).collect()
    }
}

impl Proofs {
    /// Whether a mover that the model names violates a property in every world, or asks for what the platform refuses.
    pub fn is_violated(&self) -> bool {
        let named = self.pools.iter().flat_map(|pool| &pool.movers).filter(|mover| mover.named);
        named
            .into_iter()
            .any(|mover| mover.refusal.is_some() || mover.verdicts.iter().any(|verdict| verdict.verdict == "violated"))
    }
}

impl Proofs {
    /// Whether something is open of a mover that the model names: a property that is not proved, but depends, is undecided, or was not looked at to the end.
    pub fn is_open(&self) -> bool {
        let named = self.pools.iter().flat_map(|pool| &pool.movers).filter(|mover| mover.named);
        let open = ["depends", "undecided", "bound-hit"];
        named.flat_map(|mover| &mover.verdicts).any(|verdict| open.contains(&verdict.verdict.as_str()))
    }
}

/// Writes proofs as JSON.
pub fn prove_json(proofs: &Proofs, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, proofs)?;
    writeln!(out)
}

/// The JSON Schema of proofs.
pub fn prove_schema() -> Value {
    schemars::schema_for!(Proofs).to_value()
}
