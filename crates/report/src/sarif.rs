//! The report as SARIF 2.1.0, for code scanning and for editors.
//!
//! One run; one result for each root cause. The level is `error` exactly where a result fails the check, so that a gate on errors says what the exit
//! code says; what is known or suppressed is a `note`, for GitHub reads neither `suppressions` nor `kind`. An undecided answer is of kind `open`:
//! "insufficient information to decide", which the standard gives the level `none`. What was not understood are notifications of the invocation.
//!
//! GitHub refuses files above its limits, and results without a place; both are heeded here, and what was cut is said in a notification. It
//! tells results apart by `primaryLocationLineHash` alone, so that is the rule and its first subject, and never moves with lines.
//! Documented at <https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support>.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::{Map, Value, json};
use twinrail_rules::notice::NOTICES;
use twinrail_rules::{Level, Page};

use crate::words::{self, escape};
use crate::{Finding, Place, Report, Undecided};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What GitHub stores of a run; it refuses a file with five times as many.
const MOST_RESULTS: usize = 5_000;
/// What GitHub shows of the locations of a result; it refuses a file with ten times as many.
const MOST_LOCATIONS: usize = 100;
/// What GitHub stores of the steps of a result.
const MOST_STEPS: usize = 1_000;
/// Characters of a description or message, at GitHub.
const MOST_CHARACTERS: usize = 1_024;
/// Notifications of one kind: a dump with a million unread values must not become a million lines.
const MOST_NOTIFICATIONS: usize = 1_000;

/// Writes the report as SARIF.
pub fn sarif(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [run(report)],
    });
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

fn run(report: &Report) -> Value {
    let rules = rules(report);
    let index: BTreeMap<&str, usize> =
        rules.iter().enumerate().filter_map(|(at, rule)| Some((rule["id"].as_str()?, at))).collect();
    let mut sheet = Sheet { report, index: &index, cut: Cut::default() };
    let results = sheet.results();
    let notifications = sheet.notifications();
    let (name, version) = report.tool.split_once(' ').unwrap_or((&report.tool, ""));
    json!({
        "tool": { "driver": { "name": name, "semanticVersion": version, "rules": rules } },
        "invocations": [{ "executionSuccessful": true, "toolExecutionNotifications": notifications }],
        "originalUriBaseIds": { "%SRCROOT%": { "description": { "text": "the folder in which the check was run" } } },
        "artifacts": report.inputs.iter().map(|path| json!({ "location": artifact(path) })).collect::<Vec<_>>(),
        // Columns count characters, not UTF-16 units.
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": { "summary": report.summary, "date": report.date },
    })
}

/// Every rule that was run, every notice, and one for answers that need something the input does not say.
fn rules(report: &Report) -> Vec<Value> {
    let of_rules = report.rules.iter().filter(|rule| rule.level != Level::Allow.word()).filter_map(|rule| {
        let text = twinrail_rules::find(&rule.code)?.page;
        let page = Page::parse(text).expect("a test holds every page to its form");
        let fix = page.fix.replace('\n', " ");
        Some(descriptor(
            &rule.code,
            &rule.summary,
            page.why,
            &fix,
            text,
            level(&rule.level),
            &[&rule.class, &rule.family],
        ))
    });
    let of_notices = NOTICES.iter().map(|notice| {
        let summary = notice.page.lines().nth(2).unwrap_or_default();
        descriptor(notice.code, summary, summary, summary, notice.page, "warning", &["risk", "notice"])
    });
    let undecided = "An answer needs something that the input does not say.";
    let help = "Give the input that says it, such as the dump of the resource that is named.";
    let of_undecided = descriptor(UNDECIDED, undecided, undecided, help, help, "note", &["undecided"]);
    of_rules.chain(of_notices).chain([of_undecided]).collect()
}

/// The rule of all undecided answers.
const UNDECIDED: &str = "undecided";

fn descriptor(id: &str, short: &str, full: &str, help: &str, page: &str, level: &str, tags: &[&str]) -> Value {
    json!({
        "id": id,
        "shortDescription": { "text": clip(short) },
        "fullDescription": { "text": clip(&full.replace('\n', " ")) },
        "help": { "text": help, "markdown": page },
        "defaultConfiguration": { "level": level },
        "properties": { "tags": tags },
    })
}

fn level(of_rule: &str) -> &'static str {
    if of_rule == Level::Deny.word() { "error" } else { "warning" }
}

/// What did not fit.
#[derive(Default)]
struct Cut {
    results: usize,
    locations: usize,
    steps: usize,
}

struct Sheet<'r> {
    report: &'r Report,
    index: &'r BTreeMap<&'r str, usize>,
    cut: Cut,
}

impl Sheet<'_> {
    fn results(&mut self) -> Vec<Value> {
        let mut findings: Vec<&Finding> = self.report.findings.iter().collect();
        // The worst first: these are what is kept if there are too many.
        findings.sort_by_key(|finding| severity(finding));
        let total = findings.len() + self.report.undecided.len();
        let mut results: Vec<Value> = Vec::new();
        for finding in findings.into_iter().take(MOST_RESULTS) {
            results.push(self.result(finding));
        }
        for undecided in self.report.undecided.iter().take(MOST_RESULTS - results.len()) {
            results.push(self.open(undecided));
        }
        self.cut.results = total - results.len();
        results
    }

    fn result(&mut self, finding: &Finding) -> Value {
        let mut locations: Vec<Value> =
            finding.place.iter().chain(&finding.alike).take(MOST_LOCATIONS).map(location).collect();
        self.cut.locations += (finding.alike.len() + 1).saturating_sub(MOST_LOCATIONS);
        if locations.is_empty() {
            locations.push(self.nowhere(finding));
        }
        let also = &finding.also[..finding.also.len().min(MOST_LOCATIONS)];
        self.cut.locations += finding.also.len() - also.len();
        let mut result = json!({
            "ruleId": finding.code,
            "ruleIndex": self.rule_index(&finding.code),
            "kind": "fail",
            "level": severity(finding).level(),
            "message": { "text": message(finding, also) },
            "locations": locations,
            "partialFingerprints": fingerprints(&finding.code, &finding.subjects),
        });
        let fields = result.as_object_mut().expect("it was made as an object");
        fields.insert("occurrenceCount".to_owned(), json!(finding.subjects.len()));
        if !also.is_empty() {
            fields.insert("relatedLocations".to_owned(), also.iter().enumerate().map(related).collect());
        }
        let steps: Vec<Value> = finding.path.iter().take(MOST_STEPS).map(step).collect();
        self.cut.steps += finding.path.len() - steps.len();
        if !steps.is_empty() {
            fields.insert("codeFlows".to_owned(), json!([{ "threadFlows": [{ "locations": steps }] }]));
        }
        if let Some(suppressed) = &finding.suppressed {
            let until = format!("{} (until {})", suppressed.reason, suppressed.expires);
            fields.insert("suppressions".to_owned(), json!([{ "kind": "external", "justification": until }]));
        }
        if self.report.baseline.is_some() {
            fields.insert("baselineState".to_owned(), json!(if finding.known { "unchanged" } else { "new" }));
        }
        fields.insert("properties".to_owned(), properties(finding));
        result
    }

    /// The place of a rule in the list; the standard's -1 for one that is not there.
    fn rule_index(&self, code: &str) -> i64 {
        self.index.get(code).and_then(|at| i64::try_from(*at).ok()).unwrap_or(-1)
    }

    /// A result for answers that the input does not allow.
    fn open(&self, undecided: &Undecided) -> Value {
        let judgements = undecided.judgements;
        let text = format!("undecided: {judgements} judgements need {}", undecided.needs);
        let rules = undecided.rules.join(", ");
        json!({
            "ruleId": UNDECIDED,
            "ruleIndex": self.rule_index(UNDECIDED),
            "kind": "open",
            "level": "none",
            "message": { "text": clip(&link_text(&format!("{text} (rules: {rules})"))) },
            "locations": [undecided.place.as_ref().map_or_else(|| self.input(), location)],
            "occurrenceCount": judgements,
            "partialFingerprints": fingerprints(UNDECIDED, std::slice::from_ref(&undecided.needs)),
            "properties": { "rules": undecided.rules },
        })
    }

    /// Where a result without a place of its own is shown: GitHub refuses a file that has one without.
    fn nowhere(&self, finding: &Finding) -> Value {
        let of_config = finding.code.starts_with("suppression-");
        match &self.report.config {
            Some(config) if of_config => json!({ "physicalLocation": { "artifactLocation": artifact(config) } }),
            _ => self.input(),
        }
    }

    fn input(&self) -> Value {
        let path = self.report.inputs.first().map_or("input", String::as_str);
        json!({ "physicalLocation": { "artifactLocation": artifact(path) } })
    }

    fn notifications(&self) -> Vec<Value> {
        let left = &self.report.not_understood;
        let mut notes = Vec::new();
        let mut list = |level: &str, id: &str, texts: Vec<String>| {
            let total = texts.len();
            notes.extend(texts.into_iter().take(MOST_NOTIFICATIONS).map(|text| notification(level, id, &text)));
            if total > MOST_NOTIFICATIONS {
                let more = format!("and {} more of this kind", total - MOST_NOTIFICATIONS);
                notes.push(notification(level, id, &more));
            }
        };
        let counted = |what: &str, parts: &[crate::Contents]| -> Vec<String> {
            parts.iter().map(|part| format!("{what}: {} × {}", part.count, part.kind)).collect()
        };
        list("warning", "not-understood", counted("not understood", &left.kinds));
        list("warning", "malformed", left.malformed.iter().map(|value| format!("malformed: {value}")).collect());
        list(
            "note",
            "outside-the-input",
            left.outside.iter().map(|name| format!("named, not described: {name}")).collect(),
        );
        list("note", "unread-field", counted("no field that is read", &left.unread_fields));
        let parts = self.report.not_evaluated.iter();
        list(
            "note",
            "not-evaluated",
            parts.map(|part| format!("{} `{}` needs {}", part.kind, part.name, part.needs)).collect(),
        );
        let cut = [
            (self.cut.results, "results", MOST_RESULTS),
            (self.cut.locations, "locations", MOST_LOCATIONS),
            (self.cut.steps, "steps", MOST_STEPS),
        ];
        let cut = cut.into_iter().filter(|(count, ..)| *count > 0);
        let cut = cut
            .map(|(count, what, most)| format!("{count} {what} above the limit of {most} are left out of this file"));
        list("warning", "cut", cut.collect());
        if self.report.strict && self.report.is_unclean() {
            let why = format!("a strict check fails on {}", words::counts(&self.report.unclean()));
            list("error", "strict", vec![why]);
        }
        notes
    }
}

/// How bad a result is, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Denied,
    Warning,
    /// It depends, or not all worlds were seen.
    Depends,
    /// Known by the baseline, or suppressed.
    Accepted,
}

impl Severity {
    fn level(self) -> &'static str {
        match self {
            Self::Denied => "error",
            Self::Warning => "warning",
            Self::Depends | Self::Accepted => "note",
        }
    }
}

fn severity(finding: &Finding) -> Severity {
    if finding.known || finding.suppressed.is_some() {
        Severity::Accepted
    } else if finding.verdict != "violated" {
        Severity::Depends
    } else if finding.level == Level::Deny.word() {
        Severity::Denied
    } else {
        Severity::Warning
    }
}

/// The message, and below it what helps: refusal, arithmetic, worlds, the fix, and links to the related locations.
fn message(finding: &Finding, also: &[Place]) -> String {
    let mut lines = vec![link_text(&finding.message)];
    if finding.subjects.len() > 1 {
        lines.push(format!("and {} more like it", finding.subjects.len() - 1));
    }
    for (at, place) in also.iter().enumerate() {
        lines.push(format!("[{}]({at}): {}", link_text(&shown(place)), link_text(&place.label)));
    }
    let refusal = finding.refusal.as_ref().map(|refusal| {
        format!("{} is refused with {} {}: {}", refusal.method, refusal.status, refusal.reason, refusal.message)
    });
    lines.extend(refusal.iter().chain(&finding.notes).map(|line| link_text(line)));
    lines.extend(finding.worlds.iter().map(|arm| link_text(&words::world(arm))));
    if !finding.help.is_empty() {
        lines.push(format!("help: {}", link_text(&finding.help)));
    }
    fit(&lines)
}

/// As many whole lines as a message may have; a cut link would be none.
fn fit(lines: &[String]) -> String {
    let mut text = String::new();
    let mut left = MOST_CHARACTERS;
    for (place, line) in lines.iter().enumerate() {
        let length = line.chars().count() + 1;
        if length > left {
            return if place == 0 { clip(line) } else { text };
        }
        left -= length;
        if place > 0 {
            text.push('\n');
        }
        text.push_str(line);
    }
    text
}

fn shown(place: &Place) -> String {
    place.address.clone().unwrap_or_else(|| format!("{} {}", place.kind, place.entity))
}

/// Text in which brackets are no links.
fn link_text(text: &str) -> String {
    escape(text).replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

/// At most as many characters as GitHub shows.
fn clip(text: &str) -> String {
    if text.chars().count() <= MOST_CHARACTERS {
        return text.to_owned();
    }
    let kept: String = text.chars().take(MOST_CHARACTERS - 1).collect();
    format!("{}…", kept.trim_end_matches('\\'))
}

fn location(place: &Place) -> Value {
    let mut region = json!({ "startLine": place.line, "startColumn": place.column });
    let meant = place.text.get(place.start..place.end).unwrap_or_default();
    region["endLine"] = json!(place.line);
    region["endColumn"] = json!(place.column + meant.chars().count().max(1));
    if !meant.is_empty() {
        region["snippet"] = json!({ "text": meant });
    }
    let name = place.address.as_ref().unwrap_or(&place.entity);
    let mut location = json!({
        "physicalLocation": { "artifactLocation": artifact(&place.path), "region": region },
        "logicalLocations": [{ "fullyQualifiedName": name, "kind": "resource" }],
    });
    if !place.label.is_empty() {
        location["message"] = json!({ "text": link_text(&place.label) });
    }
    location
}

fn related((id, place): (usize, &Place)) -> Value {
    let mut location = location(place);
    location["id"] = json!(id);
    location
}

fn step(step: &crate::Step) -> Value {
    let mut at = match &step.place {
        Some(place) => location(place),
        None => json!({ "logicalLocations": [{ "fullyQualifiedName": step.entity, "kind": "resource" }] }),
    };
    at["message"] = json!({ "text": link_text(&step.label) });
    json!({ "location": at })
}

fn properties(finding: &Finding) -> Value {
    let mut bag = Map::new();
    bag.insert("class".to_owned(), json!(finding.class));
    bag.insert("level".to_owned(), json!(finding.level));
    bag.insert("verdict".to_owned(), json!(finding.verdict));
    bag.insert("subjects".to_owned(), json!(finding.subjects.iter().take(MOST_LOCATIONS).collect::<Vec<_>>()));
    bag.insert("facts".to_owned(), finding.facts.iter().map(|fact| json!(fact.id)).collect());
    Value::Object(bag)
}

/// What stays the same when lines move: the rule and its subjects.
fn fingerprints(code: &str, subjects: &[String]) -> Value {
    let first = subjects.first().map_or("", String::as_str);
    json!({
        "primaryLocationLineHash": format!("{:016x}:1", hash([code, first])),
        "twinrailSubjects/v1": format!("{:016x}", hash(std::iter::once(code).chain(subjects.iter().map(String::as_str)))),
    })
}

/// FNV-1a over parts and their ends: short, and the same in every release of every library.
fn hash<'t>(parts: impl IntoIterator<Item = &'t str>) -> u64 {
    let bytes = parts.into_iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn notification(level: &str, id: &str, text: &str) -> Value {
    json!({ "level": level, "descriptor": { "id": id }, "message": { "text": clip(&link_text(text)) } })
}

/// A path as a URI: relative ones below the folder of the check.
fn artifact(path: &str) -> Value {
    let slashed = path.replace(std::path::MAIN_SEPARATOR, "/");
    let encoded = encode(slashed.strip_prefix("./").unwrap_or(&slashed));
    if slashed.starts_with('/') {
        json!({ "uri": format!("file://{encoded}") })
    } else {
        json!({ "uri": encoded, "uriBaseId": "%SRCROOT%" })
    }
}

/// Percent-encodes all but what may stand in the path of a URI. A colon would make the first part a scheme.
fn encode(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte);
    path.bytes().fold(String::with_capacity(path.len()), |mut uri, byte| {
        if plain(byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
        uri
    })
}
