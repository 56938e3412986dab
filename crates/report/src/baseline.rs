//! A baseline: the findings that were there when a team adopted the check, so that only new ones fail it. Its form has no line numbers, so that
//! editing a file changes nothing, and one entry a line, so that a difference is read at a glance. Not here: reading and writing files.
//!
//! An entry names a rule, a subject, what the finding was and what it said without the subject's name. A finding that gets a new subject is new for
//! that subject; one that got worse, from `depends` to `violated`, is new as well, and so is one that says something else of the same subject: another
//! NIC in the wrong place, or one more of them. What is suppressed needs no entry. Undecided answers and what is not understood are no
//! findings, so a baseline never covers them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, Write};

use serde::Deserialize;
use twinrail_model::{Answer, Network};
use twinrail_rules::{Outcome, Run};

use crate::words::unnamed;
use crate::{BaselineUse, Finding, KnownFinding, Report};

/// Version of the form.
const VERSION: u32 = 1;

/// A baseline that was read.
#[derive(Debug, Clone)]
pub struct Baseline {
    path: String,
    /// By rule, then by subject and words.
    known: BTreeMap<String, BTreeMap<(String, String), Severity>>,
}

/// How bad a finding is: what is known to be worse covers what is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    BoundHit,
    Depends,
    Violated,
}

impl Severity {
    const ALL: [Self; 3] = [Self::BoundHit, Self::Depends, Self::Violated];

    fn word(self) -> &'static str {
        match self {
            Self::BoundHit => "bound-hit",
            Self::Depends => "depends",
            Self::Violated => "violated",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.word() == word)
    }

    fn of(outcome: &Outcome) -> Self {
        match (outcome.decision.complete, outcome.depends()) {
            (false, _) => Self::BoundHit,
            (true, true) => Self::Depends,
            (true, false) => Self::Violated,
        }
    }
}

/// How a finding's verdict is called.
pub(crate) fn verdict(outcome: &Outcome) -> &'static str {
    Severity::of(outcome).word()
}

/// What is wrong with a baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineError(String);

impl fmt::Display for BaselineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  hint: `twinrail check … --write-baseline FILE` writes one", self.0)
    }
}

impl std::error::Error for BaselineError {}

/// The file as it is written and read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    twinrail_baseline: u32,
    known: Vec<KnownFinding>,
}

impl Baseline {
    /// Reads a baseline from its text.
    pub fn parse(path: &str, text: &str) -> Result<Self, BaselineError> {
        let file: File =
            serde_json::from_str(text).map_err(|error| BaselineError(format!("{path}: is not a baseline: {error}")))?;
        if file.twinrail_baseline != VERSION {
            return Err(BaselineError(format!(
                "{path}: is a baseline of version {}, and this program reads version {VERSION}",
                file.twinrail_baseline
            )));
        }
        let mut known: BTreeMap<String, BTreeMap<(String, String), Severity>> = BTreeMap::new();
        for entry in file.known {
            let severity = Severity::parse(&entry.verdict).ok_or_else(|| {
                let words = Severity::ALL.map(Severity::word).join(", ");
                BaselineError(format!(
                    "{path}: the verdict of `{}` for `{}` is `{}`, not one of {words}",
                    entry.rule, entry.subject, entry.verdict
                ))
            })?;
            let subjects = known.entry(entry.rule.clone()).or_default();
            if subjects.insert((entry.subject.clone(), entry.words), severity).is_some() {
                return Err(BaselineError(format!(
                    "{path}: `{}` for `{}` stands there twice",
                    entry.rule, entry.subject
                )));
            }
        }
        Ok(Self { path: path.to_owned(), known })
    }

    /// Marks what it knows of a run.
    pub fn mark(&self, run: &mut Run, network: &Network) {
        run.mark_known(|outcome| {
            let Some(subjects) = self.known.get(outcome.rule.code).filter(|_| outcome.is_finding()) else {
                return false;
            };
            let said = words(network, outcome);
            let severity = subjects.get(&(network.name(outcome.subject).to_string(), said));
            severity.is_some_and(|severity| *severity >= Severity::of(outcome))
        });
    }

    /// Marks what it knows of the notices, and says what it did.
    pub(crate) fn used<'b>(&'b self, findings: &mut [Finding], is_notice: impl Fn(&Finding) -> bool) -> BaselineUse {
        for notice in findings.iter_mut().filter(|finding| is_notice(finding)) {
            let subjects = self.known.get(&notice.code);
            let key = (notice.subjects[0].clone(), notice.words.clone());
            notice.known = subjects.is_some_and(|subjects| subjects.contains_key(&key));
        }
        let known: BTreeSet<(&str, &str, &str)> =
            findings.iter().filter(|finding| finding.known).flat_map(keys).collect();
        let new = findings.iter().filter(|finding| !finding.known && finding.suppressed.is_none()).flat_map(keys);
        let entries = self.known.iter().flat_map(|(rule, subjects)| {
            let entry = move |((subject, words), severity): (&'b (String, String), &Severity)| {
                (rule.as_str(), subject.as_str(), words.as_str(), *severity)
            };
            subjects.iter().map(entry)
        });
        let gone = entries.filter(|(rule, subject, words, _)| !known.contains(&(*rule, *subject, *words)));
        BaselineUse {
            path: self.path.clone(),
            known: known.len(),
            new: new.count(),
            gone: gone.map(|(rule, subject, words, severity)| entry(rule, subject, words, severity.word())).collect(),
        }
    }
}

/// What an outcome says of its subject, without the subject's name; nothing where it is violated in no world that was seen.
pub(crate) fn words(network: &Network, outcome: &Outcome) -> String {
    let found = outcome.decision.arms.iter().find_map(|arm| match &arm.answer {
        Ok(Answer::Violated(found)) => Some(found),
        _ => None,
    });
    found.map(|found| unnamed(network, outcome.subject, &found.message)).unwrap_or_default()
}

fn entry(rule: &str, subject: &str, words: &str, verdict: &str) -> KnownFinding {
    let [rule, subject, words, verdict] = [rule, subject, words, verdict].map(ToOwned::to_owned);
    KnownFinding { rule, subject, verdict, words }
}

fn keys(finding: &Finding) -> impl Iterator<Item = (&str, &str, &str)> {
    finding.subjects.iter().map(|subject| (finding.code.as_str(), subject.as_str(), finding.words.as_str()))
}

/// Writes the baseline of all findings that nothing suppresses, known ones too.
pub fn write_baseline(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let findings = report.findings.iter().filter(|finding| finding.suppressed.is_none());
    let entries = findings
        .flat_map(|finding| keys(finding).map(|(rule, subject, words)| entry(rule, subject, words, &finding.verdict)));
    // Sorted, and a notice may be there twice for one subject.
    let entries: BTreeSet<KnownFinding> = entries.collect();
    write!(out, "{{\n\"twinrail-baseline\": {VERSION},\n\"known\": [")?;
    for (place, entry) in entries.iter().enumerate() {
        out.write_all(if place == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, entry)?;
    }
    writeln!(out, "\n]\n}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Baseline::parse("base.json", text).expect_err("the form is broken").to_string()
    }

    #[test]
    fn a_broken_form_is_an_error_with_path_and_hint() {
        let entry = r#"{"rule":"a","subject":"b","verdict":"violated","words":"c"}"#;
        let broken = [
            ("", "is not a baseline: EOF"),
            ("[]", "is not a baseline: invalid"),
            ("{}", "missing field `twinrail-baseline`"),
            (r#"{"twinrail-baseline":2,"known":[]}"#, "version 2, and this program reads version 1"),
            (r#"{"twinrail-baseline":1,"known":[],"more":1}"#, "unknown field `more`"),
            (
                r#"{"twinrail-baseline":1,"known":[{"rule":"a","subject":"b","verdict":"bad","words":""}]}"#,
                "`bad`, not one of",
            ),
            (&format!(r#"{{"twinrail-baseline":1,"known":[{entry},{entry}]}}"#), "stands there twice"),
        ];
        for (text, expected) in broken {
            let error = error(text);
            assert!(error.starts_with("base.json: ") && error.contains(expected), "{text}: {error}");
            assert!(error.contains("hint: "), "{error}");
        }
    }
}
