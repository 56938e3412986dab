//! How long clients are cut off, as a value: every mover in every scenario, what its figures rest on, who is first and
//! where that flips, and the verdict on each
//! intent about outages. [`Failover`] is the JSON of `twinrail failover`. Not here: trials, which `sim` plays.

mod assemble;
mod text;
pub(crate) mod told;
mod trial;

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

pub use assemble::{Compared, Swept, failover};
pub use text::failover_text;
pub(crate) use text::{dollars, quantile, range, seconds as said};
pub use trial::{MomentPage, TrialClient, TrialPage, trial, trial_json, trial_text};

use crate::{Condition, FactCitation, IntentResult, RefusedIf};

/// How long movers cut clients off.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Failover {
    /// Version of this form. A change that a reader could notice makes a new one.
    pub version: u32,
    /// Name and version of the program.
    pub tool: String,
    pub inputs: Vec<String>,
    pub seed: u64,
    /// Of each mover in each scenario.
    pub trials: u32,
    /// The same with a fact elsewhere.
    pub varied: u32,
    pub scenarios: Vec<ScenarioPage>,
    pub pools: Vec<PoolFailover>,
    /// Every fact that some figure rests on.
    pub facts: Vec<FactCitation>,
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ScenarioPage {
    pub scenario: String,
    pub words: String,
    /// The choice and the intents are about it.
    pub decides: bool,
}

/// The movers of one pool.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PoolFailover {
    pub pool: String,
    pub cluster: String,
    /// The mover that the model names.
    pub mover: String,
    pub vips: u64,
    pub instances: u64,
    /// VIPs of one instance, which are lost together and moved one after the other.
    pub vips_together: u32,
    pub clients: Vec<ClientPage>,
    /// The best first.
    pub movers: Vec<MoverFailover>,
    pub choice: ChoicePage,
    pub intents: Vec<OutageVerdict>,
    /// The mover's parameter at several values.
    pub sweeps: Vec<Sweep>,
    /// A killed instance under the mover that the model names and under the one that is first: of each the trial that is in the middle of all.
    pub examples: Vec<TrialPage>,
}

/// Whose outages are counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ClientPage {
    /// Client groups of the model that speak it; none: it was asked about.
    pub groups: Vec<String>,
    pub protocol: String,
    pub connections: u32,
}

/// One mover.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct MoverFailover {
    pub mover: String,
    /// It is the one that the model names.
    pub named: bool,
    /// Why it cannot be used on this network, in every world.
    pub refusal: Option<String>,
    /// The same in some worlds.
    pub refused_if: Vec<RefusedIf>,
    /// What has to change before it can be used; it is played as if it had changed.
    pub obstacles: Vec<String>,
    /// The world of the trials, where it is not that of the first values.
    pub world: Vec<Condition>,
    /// Who notices a failure, and within what time.
    pub detector: Option<String>,
    /// By scenario.
    pub cells: Vec<CellPage>,
    /// In US dollars a month.
    pub price: f64,
    /// In US dollars for each GiB that clients write through it.
    pub price_per_gib: Option<f64>,
    /// In US dollars a month beside that, if clients write all the time as much as the model's `workload` says.
    pub price_of_load: Option<f64>,
    pub uses: Vec<LimitUse>,
    pub needs: Vec<String>,
    /// What was proved of it at a small scope; nothing if nobody looked.
    pub proved: Option<ProvedOf>,
    /// The p99 of its worst client in the worst scenario of the choice, in seconds.
    pub p99: QuantilePage,
    /// By how much that moves when one fact is elsewhere, the largest swing first.
    pub swings: Vec<Swing>,
    /// Ids of the facts that its figures rest on.
    pub rests_on: Vec<String>,
}

/// One mover in one scenario.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct CellPage {
    pub scenario: String,
    /// How long the VIP of a client was not served.
    pub downtime: Distribution,
    /// Until all VIPs of the incident were served again.
    pub all_back: Distribution,
    /// By client.
    pub outages: Vec<Distribution>,
    /// How long the platform gives the VIP to nobody, so that somebody else may get it.
    pub free: Distribution,
    /// Trials in which two guests could answer for the VIP.
    pub doubled: u64,
    /// The longest of those times, in seconds.
    pub doubled_most: f64,
    /// Changes asked of the API, in half of the trials and at most.
    pub calls: u32,
    pub calls_most: u32,
    /// Trials in which the VIP went elsewhere.
    pub moved: u64,
    pub trials: u64,
}

/// Times of many trials.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Distribution {
    pub p50: QuantilePage,
    pub p99: QuantilePage,
    pub p999: QuantilePage,
    /// Trials in which it did not end within the horizon.
    pub never: u64,
    /// Seconds and the share of trials that ended by then, from short to long: enough to draw it.
    pub curve: Vec<(f64, f64)>,
}

/// A quantile, in seconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct QuantilePage {
    /// Nothing where `why_not` says why, or where it is never.
    pub seconds: Option<f64>,
    /// It did not end within the horizon.
    pub never: bool,
    /// Between which the quantile lies with a probability of 95 %, whatever the distribution.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// It is at least so long even if no distribution that nobody measured had a tail.
    pub at_least: Option<f64>,
    /// From the quick to the slow end of every fact that it rests on.
    pub range: Option<(Option<f64>, Option<f64>)>,
    /// Why it is not printed.
    pub why_not: Option<String>,
}

/// A share of a limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LimitUse {
    pub what: String,
    pub used: u64,
    pub most: u64,
    pub fact: String,
}

/// What was proved of a mover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProvedOf {
    pub proved: Vec<String>,
    pub violated: Vec<String>,
    pub depends: Vec<String>,
    /// Did not arise, or was not seen to the end.
    pub other: Vec<String>,
}

/// What becomes of a figure when one fact is elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Swing {
    pub fact: String,
    /// `api.nic-update-time is 4 times that`, `api.nic-update-time has no slow tail`.
    pub what: String,
    /// Nothing: never, or the mover cannot be used there.
    pub seconds: Option<f64>,
    pub usable: bool,
}

/// Who is first, and where not.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ChoicePage {
    /// What decides, in its order.
    pub criterion: Vec<String>,
    pub first: Option<String>,
    /// Who would be first if nothing had to change before any mover could be used.
    pub first_of_all: Option<String>,
    /// Why it is ahead of each other one, in the order of the ranking.
    pub because: Vec<Because>,
    /// It is no slower in any scenario, as safe and as cheap as every other.
    pub dominates: Option<String>,
    pub by_scenario: Vec<(String, Option<String>)>,
    pub flips: Vec<FlipPage>,
    /// Worlds that were looked at, and those of them in which the same mover is first.
    pub worlds: usize,
    pub same: usize,
    /// Facts by what knowing them would save, in seconds of p99 on average over the worlds looked at, all taken as equally likely.
    pub worth: Vec<Worth>,
    /// Who is first where many facts are elsewhere at once; no part of `worlds`.
    pub corners: Vec<CornerPage>,
}

/// A world in which many facts are elsewhere at once, and who is first there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct CornerPage {
    /// `every fact is at its slow end`, `nothing unmeasured has a slow tail`.
    pub world: String,
    pub first: Option<String>,
}

/// Why one mover is behind the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Because {
    pub mover: String,
    pub why: String,
}

/// A fact at which the choice flips.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct FlipPage {
    pub fact: String,
    /// What it is there: `no`, `2.1 times as long or longer`, `without its tail`.
    pub at: String,
    pub first: Option<String>,
}

/// What it is worth to know a fact.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Worth {
    pub fact: String,
    /// Nothing: the first mover does not work for one of the values.
    pub seconds: Option<f64>,
    /// Values that were tried, with equal weights.
    pub tried: usize,
}

/// The verdict on `outage of … for …: p99 below …`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct OutageVerdict {
    pub intent: String,
    /// `holds`, `violated` or `depends`, of the mover that the model names.
    pub verdict: String,
    /// The scenario in which it fares worst, and its quantile there.
    pub scenario: Option<String>,
    pub quantile: Option<QuantilePage>,
    /// What is otherwise where it fares otherwise.
    pub otherwise: Vec<Otherwise>,
    /// Movers that keep it, as far as this goes: in every world that was looked at.
    pub kept_by: Vec<String>,
}

/// A world in which an intent fares otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Otherwise {
    pub fact: Option<String>,
    pub what: String,
    pub verdict: String,
}

/// A mover's parameter at several values.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Sweep {
    pub mover: String,
    pub parameter: String,
    pub points: Vec<SweepPoint>,
}

/// One value of a parameter.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SweepPoint {
    pub value: String,
    pub detector: String,
    /// Of the first client when an instance is killed.
    pub p50: QuantilePage,
    pub p99: QuantilePage,
    /// Share of false alarms in which the VIP moves.
    pub false_failovers: f64,
    /// No other value has both a shorter outage and fewer false failovers.
    pub on_frontier: bool,
}

impl Failover {
    /// Whether an intent on outages is violated.
    pub fn is_violated(&self) -> bool {
        self.pools.iter().flat_map(|pool| &pool.intents).any(|intent| intent.verdict == "violated")
    }
}

/// An intent on outages among the others.
pub(crate) fn intent(verdict: &OutageVerdict) -> IntentResult {
    let mut proof = Vec::new();
    if let (Some(scenario), Some(page)) = (&verdict.scenario, &verdict.quantile) {
        proof.push(format!("worst where {scenario}: {} in the first world", quantile(page)));
    }
    proof.extend(verdict.otherwise.iter().map(|other| format!("{} if {}", other.verdict, other.what)));
    IntentResult {
        text: verdict.intent.clone(),
        about: "outage".to_owned(),
        verdict: verdict.verdict.clone(),
        proof,
        place: None,
    }
}

/// Writes the value as JSON.
pub fn failover_json(failover: &Failover, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, failover)?;
    writeln!(out)
}

/// The JSON Schema of the value.
pub fn failover_schema() -> Value {
    schemars::schema_for!(Failover).to_value()
}
