//! Whether the bandwidth is enough, as a value: what clients get under each condition, what binds, loads beside caps. [`Bandwidth`] is the JSON of `twinrail
//! bandwidth`. Not here: the shares, which `sizing` works out.

mod assemble;
mod text;
pub(crate) mod told;
mod words;

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

pub use assemble::{Judged, bandwidth};
pub use text::bandwidth_text;
pub(crate) use text::gbps;

use crate::{Condition, FactCitation, IntentResult};

/// Whether the bandwidth is enough.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Bandwidth {
    /// Version of this form. A change that a reader could notice makes a new one.
    pub version: u32,
    /// Name and version of the program.
    pub tool: String,
    pub inputs: Vec<String>,
    /// Clusters that serve clients.
    pub systems: Vec<SystemBandwidth>,
    pub intents: Vec<BandwidthVerdict>,
    /// What keeps anything from being looked at.
    pub needs: Option<String>,
    /// Every fact that was read, in the order of their ids.
    pub facts: Vec<FactCitation>,
    /// What the figures do not say.
    pub caveats: Vec<String>,
}

/// A cluster and what its clients get.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SystemBandwidth {
    pub cluster: String,
    pub machine: String,
    pub nodes: u64,
    /// `8+2`, `3x`; nothing where the model does not say.
    pub code: Option<String>,
    /// 1 or 2.
    pub hops: u8,
    pub asked: Vec<AskedFor>,
    /// From everything up to two instances down.
    pub rows: Vec<BandwidthRow>,
    /// Limits of which nothing is known, and which could therefore not bind.
    pub unknown: Vec<String>,
}

/// What a group of clients asks for.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AskedFor {
    pub clients: String,
    /// `read`, `write`, `checkpoint`.
    pub kind: String,
    pub gbps: f64,
}

/// One condition, of all cases that it stands for the worst.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct BandwidthRow {
    /// `one instance down, its VIPs on one other`.
    pub condition: String,
    /// What is down in the case that is shown.
    pub down: Vec<String>,
    /// Whether lost data is made again meanwhile.
    pub rebuilds: bool,
    /// `enough`, `not enough`, `depends`, `undecided` or `bound-hit`.
    pub verdict: String,
    /// With the first value of every open fact.
    pub flows: Vec<FlowPage>,
    pub rebuild: Option<RebuildPage>,
    pub nodes: Vec<NodePage>,
    /// Each answer, and the values of facts with which it holds; nothing where there is one.
    pub worlds: Vec<BandwidthWorld>,
    /// What single facts change while all others have their first value; those that change nothing alone are left out.
    pub alone: Vec<AloneFact>,
    /// Open facts whose values decide between enough and not enough.
    pub deciding: Vec<FactCitation>,
    /// What the input lacks, where that leaves it undecided.
    pub needs: Option<String>,
    /// What else is to be said of it.
    pub notes: Vec<String>,
}

/// What a group of clients gets.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct FlowPage {
    pub clients: String,
    pub kind: String,
    pub asked_gbps: f64,
    pub achieved_gbps: f64,
    /// Least and most over all worlds that were looked at.
    pub range_gbps: (f64, f64),
    /// What keeps most of it from more, where it gets less.
    pub bound: Option<String>,
    /// The part that those get who get least of what they ask for.
    pub worst_part: f64,
}

/// How lost data is made again.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct RebuildPage {
    /// Of lost data.
    pub gbps: f64,
    /// Nothing: it never ends, or nobody says how much there is.
    pub hours: Option<f64>,
    /// Quickest and slowest over all worlds that were looked at; nothing: never.
    pub range_hours: (Option<f64>, Option<f64>),
    pub bound: String,
    /// That the model allows.
    pub within_hours: Option<f64>,
}

/// What each of some like nodes carries.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NodePage {
    /// One of them.
    pub node: String,
    pub count: u32,
    pub vips: u64,
    pub loads: Vec<LoadPage>,
}

/// A load beside its cap.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct LoadPage {
    pub limit: String,
    pub load_gbps: f64,
    pub cap_gbps: f64,
}

impl LoadPage {
    /// The part of the cap that is in use; all of a cap of nothing.
    pub(crate) fn part(&self) -> f64 {
        if self.cap_gbps > 0.0 { self.load_gbps / self.cap_gbps } else { 1.0 }
    }
}

/// An answer and when it holds.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BandwidthWorld {
    /// `enough` or `not enough`, or what is missing.
    pub answer: String,
    /// What clients get, and how long a rebuild takes, in words.
    pub figures: String,
    pub when: Vec<Vec<Condition>>,
}

/// What one fact changes while all others have their first value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AloneFact {
    pub fact: String,
    /// In their order; the first is the one that everything is shown with.
    pub values: Vec<AloneValue>,
}

/// What comes of one value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AloneValue {
    pub value: String,
    /// `enough`, `not enough`, `holds` or `violated`.
    pub answer: String,
    pub figures: String,
}

/// An intent on bandwidth.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct BandwidthVerdict {
    /// As the model has it.
    pub intent: String,
    /// `holds`, `violated`, `depends`, `undecided` or `bound-hit`.
    pub verdict: String,
    /// The least that arrives in the world in which every open fact has its first value, and when.
    pub least_gbps: Option<f64>,
    pub case: Option<String>,
    /// What keeps it from more.
    pub bound: Option<String>,
    /// Cases that were looked at in that world.
    pub cases: usize,
    /// More is lost than the code survives.
    pub beyond_code: Option<String>,
    /// What was left out of account.
    pub left_out: Option<String>,
    pub worlds: Vec<BandwidthWorld>,
    pub alone: Vec<AloneFact>,
    pub deciding: Vec<FactCitation>,
    pub needs: Option<String>,
}

/// An intent on bandwidth among the others.
pub(crate) fn intent(verdict: &BandwidthVerdict) -> IntentResult {
    let mut proof: Vec<String> = told::least(verdict).into_iter().collect();
    proof.extend(verdict.left_out.clone());
    for alone in &verdict.alone {
        let values = alone.values.iter().filter(|value| value.answer != alone.values[0].answer);
        proof.extend(
            values.map(|value| format!("{} ({}) if {} is {}", value.answer, value.figures, alone.fact, value.value)),
        );
    }
    if verdict.verdict == "depends" && proof.len() < 2 {
        let other = verdict.worlds.iter().find(|world| world.answer != verdict.worlds[0].answer);
        proof.extend(other.map(|other| {
            format!("{} ({}) if {}", other.answer, other.figures, crate::words::conditions(&other.when[..1]))
        }));
    }
    proof.extend(verdict.needs.iter().map(|needs| format!("needs {needs}")));
    IntentResult {
        text: verdict.intent.clone(),
        about: "bandwidth".to_owned(),
        verdict: verdict.verdict.clone(),
        proof,
        place: None,
    }
}

/// Writes the value as JSON.
pub fn bandwidth_json(bandwidth: &Bandwidth, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, bandwidth)?;
    writeln!(out)
}

/// The JSON Schema of the value.
pub fn bandwidth_schema() -> Value {
    schemars::schema_for!(Bandwidth).to_value()
}
