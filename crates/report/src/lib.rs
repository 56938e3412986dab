//! What is printed. [`Report`] is one serialisable value, whose JSON Schema is that of `--format json`;
//! [`assemble`](fn@assemble) makes it, and each renderer turns it into bytes.
//!
//! This is the one place that leads entities back to text, and the one place that renders. It takes no decision about networks and opens no files.

mod assemble;
mod diff;
mod facts;
mod json;
mod text;

pub use assemble::{Setting, assemble};
pub use diff::{Changed, Counts, Diff, FactChange, FieldChange, Side, diff, diff_json, diff_schema, diff_text};
pub use facts::{fact_lines, fact_page};
pub use json::{json, schema};
pub use text::{TextOptions, text};

use schemars::JsonSchema;
use serde::Serialize;

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
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
    /// In the order of rules, then of places.
    pub findings: Vec<Finding>,
    /// Facts that nobody has confirmed and that change an answer; those on which most judgements hang first.
    pub open_questions: Vec<Question>,
    pub undecided: Vec<Undecided>,
    /// Parts of the model that no analysis judges yet.
    pub not_evaluated: Vec<NotEvaluated>,
    pub not_understood: NotUnderstood,
    /// Facts that the input overrides.
    pub overrides: Vec<Overridden>,
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
    pub not_evaluated: usize,
    /// Resources of kinds that are not understood, and malformed values.
    pub not_understood: usize,
}

/// A rule and how its judgements ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct RuleResult {
    pub code: String,
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
}

/// A mistake, found once or in several like subjects.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    pub code: String,
    pub class: String,
    pub level: String,
    /// `violated` in every world, `depends`, or `bound-hit` if not all worlds were seen.
    pub verdict: String,
    pub message: String,
    /// Canonical names of all subjects with this finding.
    pub subjects: Vec<String>,
    pub place: Option<Place>,
    pub also: Vec<Place>,
    pub notes: Vec<String>,
    pub help: String,
    pub refusal: Option<Refusal>,
    /// What it hangs on, if worlds differ: one entry for each verdict and wording.
    pub worlds: Vec<WorldArm>,
    /// Facts that the violated answer rests on.
    pub facts: Vec<FactCitation>,
    pub suppressed: Option<Suppressed>,
}

/// A place in an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Place {
    pub path: String,
    /// Kind and canonical name of the entity, and its field.
    pub kind: String,
    pub entity: String,
    pub field: Option<String>,
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
    /// Where it is missing, if that stands in an input.
    pub place: Option<Place>,
    pub judgements: usize,
    pub rules: Vec<String>,
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

impl Report {
    /// Whether the check failed: a finding at level deny, violated in every world.
    pub fn is_denied(&self) -> bool {
        self.summary.denied > 0
    }

    /// Whether anything keeps the check from being clean: what `--strict` fails on.
    pub fn is_unclean(&self) -> bool {
        let summary = &self.summary;
        summary.violated + summary.depends + summary.undecided + summary.bound_hit + summary.not_understood > 0
    }
}
