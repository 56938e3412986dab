//! Two checks compared: what changes in the network, in the facts, and in the findings. [`Diff`] is one serialisable
//! value; its renderers are [`diff_text`] and [`diff_json`].
//! Not here: what differs between two resources, which `intake` finds.

mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use twinrail_facts::{Catalog, Fact};
use twinrail_intake::{Change, Difference, Loaded, Told, difference};

use crate::{Finding, IntentResult, Report};

pub use text::diff_text;

/// One side of a comparison.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    pub loaded: &'a Loaded,
    /// With everything that its inputs say otherwise.
    pub catalog: &'a Catalog,
    pub report: &'a Report,
}

/// What changes from one network to another.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Diff {
    /// Version of this form. A change that a reader could notice makes a new one.
    pub version: u32,
    pub tool: String,
    pub date: String,
    pub old: Vec<String>,
    pub new: Vec<String>,
    /// Resources and parts of the model file, by kind and name.
    pub changes: Vec<Changed>,
    /// Fields that a live network states and the other side leaves to the platform: not compared.
    pub left_to_platform: usize,
    pub facts: Vec<FactChange>,
    /// Intents of both sides that fare otherwise.
    pub intents: Vec<IntentChange>,
    /// Findings with subjects that only the new side has them for.
    pub appeared: Vec<Finding>,
    /// Findings with subjects that only the old side has them for.
    pub disappeared: Vec<Finding>,
    /// Findings, counted by subject, that both sides have.
    pub remaining: usize,
    pub undecided: Counts,
    pub not_understood: Counts,
}

/// A count on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    pub old: usize,
    pub new: usize,
}

/// A resource, or a part of the model file, that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Changed {
    pub kind: String,
    pub name: String,
    /// `added`, `removed` or `changed`.
    pub change: String,
    pub fields: Vec<FieldChange>,
}

/// A field with two values; none where that side does not have it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct FieldChange {
    pub field: String,
    pub old: Option<String>,
    pub new: Option<String>,
    /// One of the values is known only after apply, so that it may be the same.
    pub known_after_apply: bool,
}

/// A fact that is believed otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FactChange {
    pub fact: String,
    pub question: String,
    /// Value or values with their status; none where that side has no such fact.
    pub old: Option<String>,
    pub new: Option<String>,
}

/// An intent that fares otherwise, or for another reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct IntentChange {
    pub intent: String,
    /// The verdict and, of an intent on outages, the first line of what it rests on.
    pub old: String,
    pub new: String,
}

/// Compares two checks.
pub fn diff(old: Side<'_>, new: Side<'_>) -> Diff {
    let found = difference(old.loaded, new.loaded);
    let (had, has) = (held(old.report), held(new.report));
    let mut changes: Vec<Changed> = found.changes.into_iter().map(changed).collect();
    for kind in changes.chunk_by_mut(|a, b| a.kind == b.kind) {
        kind.sort_by(|a, b| (&a.change, &a.fields, &a.name).cmp(&(&b.change, &b.fields, &b.name)));
    }
    Diff {
        version: 1,
        tool: new.report.tool.clone(),
        date: new.report.date.clone(),
        old: old.report.inputs.clone(),
        new: new.report.inputs.clone(),
        changes,
        left_to_platform: found.left_to_platform,
        facts: fact_changes(old.catalog, new.catalog),
        intents: intent_changes(old.report, new.report),
        appeared: without(new.report, &had),
        disappeared: without(old.report, &has),
        remaining: had.intersection(&has).count(),
        undecided: Counts { old: old.report.summary.undecided, new: new.report.summary.undecided },
        not_understood: Counts { old: old.report.summary.not_understood, new: new.report.summary.not_understood },
    }
}

/// Writes the comparison as JSON.
pub fn diff_json(diff: &Diff, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, diff)?;
    writeln!(out)
}

/// The JSON Schema of a comparison.
pub fn diff_schema() -> serde_json::Value {
    schemars::schema_for!(Diff).to_value()
}

fn intent_changes(old: &Report, new: &Report) -> Vec<IntentChange> {
    // How much was looked at changes with every resource; what an outage comes to is worth telling.
    let told = |intent: &IntentResult| match intent.proof.first() {
        Some(line) if intent.about == "outage" => format!("{}, {line}", intent.verdict),
        _ => intent.verdict.clone(),
    };
    let changed = new.intents.iter().filter_map(|intent| {
        let before = old.intents.iter().find(|before| before.text == intent.text)?;
        let (old, new) = (told(before), told(intent));
        (old != new).then(|| IntentChange { intent: intent.text.clone(), old, new })
    });
    changed.collect()
}

/// What makes a finding the same on both sides: rule, verdict and subject, and no line or wording.
type Held = (String, String, String);

fn key(finding: &Finding, subject: &str) -> Held {
    (finding.code.clone(), finding.verdict.clone(), subject.to_owned())
}

fn held(report: &Report) -> BTreeSet<Held> {
    let open = report.findings.iter().filter(|finding| finding.suppressed.is_none());
    open.flat_map(|finding| finding.subjects.iter().map(|subject| key(finding, subject))).collect()
}

/// The findings of a report with those subjects that the other side does not have them for.
fn without(report: &Report, other: &BTreeSet<Held>) -> Vec<Finding> {
    let open = report.findings.iter().filter(|finding| finding.suppressed.is_none());
    let left = open.filter_map(|finding| {
        let subjects: Vec<String> =
            finding.subjects.iter().filter(|subject| !other.contains(&key(finding, subject))).cloned().collect();
        (!subjects.is_empty()).then(|| Finding { subjects, ..finding.clone() })
    });
    left.collect()
}

fn changed(difference: Difference) -> Changed {
    let (change, fields) = match difference.change {
        Change::Added => ("added", Vec::new()),
        Change::Removed => ("removed", Vec::new()),
        Change::Changed(fields) => ("changed", fields),
    };
    let value = |told: &Told| match told {
        Told::Value(text) => Some(text.clone()),
        Told::Nothing | Told::AfterApply => None,
    };
    let field = |field: twinrail_intake::FieldChange| FieldChange {
        old: value(&field.old),
        new: value(&field.new),
        known_after_apply: field.old == Told::AfterApply || field.new == Told::AfterApply,
        field: field.field,
    };
    Changed {
        kind: difference.kind.to_owned(),
        name: difference.name,
        change: change.to_owned(),
        fields: fields.into_iter().map(field).collect(),
    }
}

fn fact_changes(old: &Catalog, new: &Catalog) -> Vec<FactChange> {
    let mut facts: BTreeMap<&str, (Option<&Fact>, Option<&Fact>)> = BTreeMap::new();
    for (_, fact) in old.facts() {
        facts.entry(&fact.id).or_default().0 = Some(fact);
    }
    for (_, fact) in new.facts() {
        facts.entry(&fact.id).or_default().1 = Some(fact);
    }
    let believed = |fact: &Fact| {
        let values: Vec<String> = fact.values.iter().map(|possible| possible.value.to_string()).collect();
        format!("{} ({}, {})", values.join(" or "), fact.status.word(), fact.date)
    };
    let change = |(id, (old, new)): (&str, (Option<&Fact>, Option<&Fact>))| {
        let question = new.or(old).map(|fact| fact.question.clone()).unwrap_or_default();
        let (old, new) = (old.map(believed), new.map(believed));
        (old != new).then(|| FactChange { fact: id.to_owned(), question, old, new })
    };
    facts.into_iter().filter_map(change).collect()
}
