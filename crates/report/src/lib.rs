//! What is printed. [`Report`] is one serialisable value, whose JSON Schema is that of `--format json`;
//! [`assemble`](fn@assemble) makes it, and each renderer turns it into bytes.
//!
//! This is the one place that leads entities back to text, and the one place that renders. It takes no decision about networks and opens no files.

mod ask;
mod assemble;
mod bandwidth;
mod baseline;
mod book;
mod cite;
mod coverage;
mod decision;
mod diff;
mod document;
mod facts;
mod failover;
mod github;
mod intents;
mod json;
mod junit;
mod markdown;
mod page;
mod place;
mod prove;
mod reach;
mod sarif;
mod text;
mod topology;
mod trace;
mod words;

pub use ask::{Answered, AskForm, ask, ask_schema};
pub use assemble::{Setting, assemble};
pub use bandwidth::{
    AloneFact, AloneValue, AskedFor, Bandwidth, BandwidthRow, BandwidthVerdict, BandwidthWorld, FlowPage, Judged,
    LoadPage, NodePage, RebuildPage, SystemBandwidth, bandwidth, bandwidth_json, bandwidth_schema, bandwidth_text,
};
pub use baseline::{Baseline, BaselineError, write_baseline};
pub use book::{Book, IntentPacket, Made, OpenFact, Parts, ShortAnswer, UsedFact, book, book_json, book_schema};
pub use coverage::UNJUDGED;
pub use diff::{
    Changed, Counts, Diff, FactChange, FieldChange, IntentChange, Side, diff, diff_json, diff_schema, diff_text,
};
pub use document::document;
pub use facts::{fact_lines, fact_page};
pub use failover::{
    Because, CellPage, ChoicePage, ClientPage, Compared, CornerPage, Distribution, Failover, FlipPage, LimitUse,
    MomentPage, MoverFailover, Otherwise, OutageVerdict, PoolFailover, ProvedOf, QuantilePage, ScenarioPage, Sweep,
    SweepPoint, Swept, Swing, TrialClient, TrialPage, Worth, failover, failover_json, failover_schema, failover_text,
    trial, trial_json, trial_text,
};
pub use github::github;
pub use json::{json, schema};
pub use junit::junit;
pub use markdown::markdown;
pub use page::{chart, page};
pub use prove::{
    Explored, MoverProof, PoolProof, ProofBounds, ProofEffort, ProofWorld, Proofs, PropertyPage, PropertyVerdict,
    Proved, RefusedIf, Sequence, SequenceStep, Tried, VipState, circumstances, proofs, property_page, property_text,
    prove_json, prove_schema, prove_text, sequence, sequence_text,
};
pub use reach::{
    Afterwards, DroppedBy, HangsOn, LeftOut, ReachAnswer, ReachChange, ReachCounts, ReachFailure, ReachGroup,
    ReachLoss, ReachRow, ReachWorld, Reachability, Seen, reach_csv, reach_json, reach_schema, reach_text, reachability,
};
pub use sarif::sarif;
pub use text::{TextOptions, text};
pub use topology::{ClientBox, MachineGroup, NetworkBox, NicBox, ProjectBox, SubnetBox, Topology, VipBox, topology};
pub use trace::{
    Held, Leg, Mend, Mends, Needs, Party, RefusedMend, Trace, TraceHop, Traced, Way, WorldTrace, trace, trace_json,
    trace_schema, trace_text,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The result of a check.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// Version of this form. A change that a reader could notice makes a new one.
    pub version: u32,
    /// Name and version of the program.
    pub tool: String,
    /// The day for which suppressions and confirmations were judged.
    pub date: String,
    pub inputs: Vec<String>,
    pub contents: Vec<Contents>,
    pub summary: Summary,
    /// Every rule, with how its judgements ended.
    pub rules: Vec<RuleResult>,
    /// The file of levels and suppressions that was used.
    pub config: Option<String>,
    /// Whether everything unclean fails the check, and not only what is denied.
    pub strict: bool,
    pub baseline: Option<BaselineUse>,
    /// In the order of rules, then of places.
    pub findings: Vec<Finding>,
    /// Facts that nobody has confirmed and that change an answer; those on which most judgements hang first.
    pub open_questions: Vec<Question>,
    pub undecided: Vec<Undecided>,
    /// What the user wants to be true of who reaches whom, and whether it is.
    pub intents: Vec<IntentResult>,
    /// Parts of the model that no analysis judges yet.
    pub not_evaluated: Vec<NotEvaluated>,
    pub not_understood: NotUnderstood,
    /// Facts that the input overrides.
    pub overrides: Vec<Overridden>,
    pub coverage: Coverage,
}

/// How many entities of a kind the network has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Contents {
    pub kind: String,
    pub count: usize,
}

/// Counts of judgements: one rule on one subject.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Summary {
    /// Rules that were run.
    pub rules: usize,
    pub run: usize,
    pub passed: usize,
    pub violated: usize,
    /// Of the violated ones, those whose rule is at level deny: they fail the check.
    pub denied: usize,
    pub depends: usize,
    pub undecided: usize,
    /// Judgements whose worlds were not all seen.
    pub bound_hit: usize,
    pub suppressed: usize,
    /// Violated, depending or not seen in all worlds, and known by the baseline: counted here and not there.
    pub known: usize,
    pub not_evaluated: usize,
    /// Resources of kinds that are not understood, and malformed values.
    pub not_understood: usize,
}

/// A rule and how its judgements ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct RuleResult {
    pub code: String,
    /// Rules about one subject matter, such as `route`.
    pub family: String,
    pub class: String,
    /// `allow`: it was not run.
    pub level: String,
    /// Whether the config, and not the rule's class, set the level.
    pub level_from_config: bool,
    /// What it finds, in one sentence.
    pub summary: String,
    pub run: usize,
    pub passed: usize,
    pub violated: usize,
    pub depends: usize,
    pub undecided: usize,
    pub bound_hit: usize,
    pub suppressed: usize,
    pub known: usize,
}

/// A mistake, found once or in several like subjects: what differs between them is only their name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// What a baseline knows it by: the message without the subject's name.
    #[serde(skip)]
    pub words: String,
    pub code: String,
    pub class: String,
    pub level: String,
    /// `violated` in every world, `depends`, or `bound-hit` if not all worlds were seen.
    pub verdict: String,
    pub message: String,
    /// Canonical names of all subjects with this finding.
    pub subjects: Vec<String>,
    /// Where the first subject has it.
    pub place: Option<Place>,
    /// Where the further subjects have it, each place once.
    pub alike: Vec<Place>,
    /// Other places that matter for the first subject.
    pub also: Vec<Place>,
    /// The steps of a walk through the network, or of a change, for the first subject.
    pub path: Vec<Step>,
    pub notes: Vec<String>,
    pub help: String,
    pub refusal: Option<Refusal>,
    /// What it hangs on, if worlds differ: one entry for each verdict and wording.
    pub worlds: Vec<WorldArm>,
    /// Facts that the violated answer rests on.
    pub facts: Vec<FactCitation>,
    pub suppressed: Option<Suppressed>,
    /// The baseline has it for these subjects.
    pub known: bool,
}

/// One step of a walk or of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Step {
    /// What happens here, in a few words.
    pub label: String,
    /// Kind and canonical name of the entity.
    pub kind: String,
    pub entity: String,
    /// Nothing for an entity that the input only names.
    pub place: Option<Place>,
}

/// A place in an input.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Place {
    pub path: String,
    /// Kind and canonical name of the entity, and its field.
    pub kind: String,
    pub entity: String,
    pub field: Option<String>,
    /// How the tool that wrote the input calls the entity: `google_compute_instance.node["a"]`.
    pub address: Option<String>,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    pub label: String,
    /// The line's text.
    pub text: String,
    /// Bytes of `text` that are meant.
    pub start: usize,
    pub end: usize,
}

/// What the API would answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Refusal {
    pub method: String,
    pub status: u16,
    pub reason: String,
    pub message: String,
}

/// A verdict, and the values of facts with which it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WorldArm {
    pub verdict: String,
    /// Alternatives; each is a list of conditions that hold together.
    pub when: Vec<Vec<Condition>>,
    /// The finding's words in these worlds, where they are violated.
    pub message: Option<String>,
}

/// A fact and one of its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Condition {
    pub fact: String,
    pub value: String,
}

/// A fact as a finding cites it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FactCitation {
    pub id: String,
    pub question: String,
    /// All its possible values.
    pub values: Vec<String>,
    pub status: String,
    pub sources: Vec<SourceCitation>,
    pub date: String,
}

/// A source as it is cited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SourceCitation {
    pub key: String,
    pub title: String,
    pub url: String,
}

/// An open fact that changes answers about this network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Question {
    pub fact: FactCitation,
    /// Judgements that hang on it.
    pub judgements: usize,
    /// Rules of those judgements.
    pub rules: Vec<String>,
    /// Where an unknown fact was looked for.
    pub sought: Option<String>,
    /// Why each value is plausible, beside the values of `fact`.
    pub why: Vec<Option<String>>,
}

/// Judgements that need something the input does not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Undecided {
    /// What is missing.
    pub needs: String,
    /// Where it is missing first, if that stands in an input.
    pub place: Option<Place>,
    /// Canonical names of all entities that lack it.
    pub entities: Vec<String>,
    pub judgements: usize,
    pub rules: Vec<String>,
}

/// An intent about who reaches whom, and what following packets found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct IntentResult {
    /// As the model has it.
    pub text: String,
    /// `reach`, `outage` or `bandwidth`. A violated one about who reaches whom is a finding besides.
    pub about: String,
    /// `holds`, `violated`, `depends`, `undecided`, `bound-hit`, or `not run` if the rule is allowed.
    pub verdict: String,
    /// Where it holds: how much was looked at, who was let off, and what was left out of account.
    pub proof: Vec<String>,
    pub place: Option<Place>,
}

/// A part of the model that no analysis judges yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NotEvaluated {
    pub name: String,
    pub kind: String,
    /// The analysis that would.
    pub needs: String,
}

/// What reading the input left over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct NotUnderstood {
    /// Resources by kind.
    pub kinds: Vec<Contents>,
    /// Values that are malformed.
    pub malformed: Vec<String>,
    /// Fields of understood kinds that nothing reads, as `kind.field`.
    pub unread_fields: Vec<Contents>,
    /// Resources that are named in the input and not described there.
    pub outside: Vec<String>,
    /// Answers in recordings that a later answer replaced.
    pub superseded: usize,
}

/// A suppression that covers a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Suppressed {
    pub reason: String,
    pub expires: String,
}

/// A fact that the input overrides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Overridden {
    pub fact: String,
    pub value: String,
    pub status: String,
    pub note: String,
    /// The override has expired and was not used.
    pub expired: bool,
}

/// A baseline and what it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BaselineUse {
    pub path: String,
    /// Judgements and notices that it knows.
    pub known: usize,
    /// Those that it does not know, and that nothing suppresses.
    pub new: usize,
    /// Entries that match nothing any more: the file can shrink.
    pub gone: Vec<KnownFinding>,
}

/// One entry of a baseline.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownFinding {
    pub rule: String,
    /// Canonical name.
    pub subject: String,
    /// What it was: `violated`, `depends` or `bound-hit`. What got worse since is new.
    pub verdict: String,
    /// What it said, with `·` for the subject's name. What says something else since is new.
    pub words: String,
}

/// What no rule looked at. A check is as good as what it looks at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Coverage {
    /// Resources and parts of the model that the input describes.
    pub described: usize,
    /// Of those, the ones of which no rule said anything and that no finding names, by kind.
    pub unjudged: Vec<Unjudged>,
    /// Fields of the API that are read from the input and that no rule looks at, whatever the input: `kind.field`.
    pub fields_without_rule: Vec<String>,
}

/// Entities of a kind of which no rule said anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Unjudged {
    pub kind: String,
    /// How many of this kind the input describes.
    pub described: usize,
    /// Canonical names.
    pub names: Vec<String>,
}

impl Report {
    /// Whether the check failed, as it was asked for.
    pub fn fails(&self) -> bool {
        self.is_denied() || (self.strict && self.is_unclean())
    }

    /// Whether the check failed: a finding at level deny, violated in every world, or an intent that no rule judges and that is.
    pub fn is_denied(&self) -> bool {
        self.summary.denied > 0 || self.analysed("violated") > 0
    }

    /// Whether anything keeps the check from being clean: what `--strict` fails on.
    pub fn is_unclean(&self) -> bool {
        !self.unclean().is_empty()
    }

    /// Intents on outages and bandwidth with a verdict: those about who reaches whom are findings besides.
    fn analysed(&self, verdict: &str) -> usize {
        self.intents.iter().filter(|intent| intent.about != "reach" && intent.verdict == verdict).count()
    }

    /// Adds what trials say of intents on outages.
    pub fn add_outages(&mut self, verdicts: &[OutageVerdict]) {
        self.intents.extend(verdicts.iter().map(failover::intent));
    }

    /// Adds what shares of bandwidth say of intents on it.
    pub fn add_bandwidth(&mut self, verdicts: &[BandwidthVerdict]) {
        self.intents.extend(verdicts.iter().map(bandwidth::intent));
    }

    /// What keeps the check from being clean, with how many of each there are.
    pub fn unclean(&self) -> Vec<(usize, &'static str)> {
        let summary = &self.summary;
        let counts = [
            (summary.denied, "denied"),
            (summary.violated - summary.denied, "warnings"),
            (summary.depends, "depends"),
            (summary.undecided, "undecided"),
            (summary.bound_hit, "bound hit"),
            (summary.not_understood, "not understood"),
            (self.analysed("violated"), "intents on outages or bandwidth violated"),
            (self.analysed("depends"), "intents on outages or bandwidth depend"),
            (self.analysed("undecided"), "intents on outages or bandwidth undecided"),
            (self.analysed("bound-hit"), "intents not seen in all worlds"),
        ];
        counts.into_iter().filter(|(count, _)| *count > 0).collect()
    }
}
