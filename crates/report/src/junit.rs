//! The report as JUnit XML, for test reports of CI systems.
//!
//! A suite is a family of rules. A case is one rule on one subject, so that its history can be followed, wherever the answer is not simply passed;
//! all passed answers of a rule are one case, whose `assertions` count them, and so are its undecided ones. A denied finding fails. A warning passes,
//! with its words in the output. What depends, is undecided, suppressed or known is skipped, and says why. A last suite is about the
//! check itself: notices, what was not understood, and a strict check that fails.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report as Xml, TestCase, TestCaseStatus, TestSuite};

use crate::words::{self, escape};
use crate::{Finding, Report, RuleResult};

/// Writes the report as JUnit XML.
pub fn junit(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut xml = Xml::new("twinrail");
    for rules in report.rules.chunk_by(|a, b| a.family == b.family) {
        let mut suite = TestSuite::new(rules[0].family.as_str());
        for rule in rules {
            suite.add_test_cases(of_rule(report, rule));
        }
        if !suite.test_cases.is_empty() {
            xml.add_test_suite(suite);
        }
    }
    let about = about_check(report);
    if !about.test_cases.is_empty() {
        xml.add_test_suite(about);
    }
    xml.serialize(out).map_err(io::Error::other)
}

fn of_rule<'r>(report: &'r Report, rule: &'r RuleResult) -> Vec<TestCase> {
    let mut cases = Vec::new();
    if rule.passed > 0 {
        cases.push(counted(&rule.code, "passed", rule.passed, TestCaseStatus::success()));
    }
    for finding in report.findings.iter().filter(|finding| finding.code == rule.code) {
        cases.extend(of_finding(finding));
    }
    if rule.undecided > 0 {
        let needs = report.undecided.iter().filter(|group| group.rules.contains(&rule.code));
        let needs: Vec<&str> = needs.map(|group| group.needs.as_str()).collect();
        let why = format!("undecided: needs {}", needs.join("; "));
        cases.push(counted(&rule.code, "undecided", rule.undecided, skipped(&why)));
    }
    cases
}

fn counted(code: &str, name: &str, judgements: usize, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(code).set_assertions(judgements);
    case
}

/// A case for each subject of a finding.
fn of_finding(finding: &Finding) -> impl Iterator<Item = TestCase> {
    let status = status(finding);
    let is_warning = matches!(status, TestCaseStatus::Success { .. });
    let place = finding.place.as_ref().map(|place| (escape(&place.path), place.line));
    finding.subjects.iter().enumerate().map(move |(number, subject)| {
        let mut case = TestCase::new(escape(subject), status.clone());
        case.set_classname(finding.code.as_str()).set_assertions(1);
        if is_warning {
            case.set_system_out(format!("warning: {}", words(finding)));
        }
        // The place is that of the first subject.
        if let (0, Some((path, line))) = (number, &place) {
            case.extra.insert("file".into(), path.as_str().into());
            case.extra.insert("line".into(), line.to_string().into());
        }
        case
    })
}

fn status(finding: &Finding) -> TestCaseStatus {
    let message = escape(&finding.message);
    if let Some(suppressed) = &finding.suppressed {
        return skipped(&format!("suppressed until {}: {}: {message}", suppressed.expires, suppressed.reason));
    }
    if finding.known {
        return skipped(&format!("known by the baseline: {message}"));
    }
    if finding.verdict != "violated" {
        let mut status = skipped(&format!("{}: {message}", finding.verdict));
        status.set_description(words(finding));
        return status;
    }
    if finding.level != "deny" {
        return TestCaseStatus::success();
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(finding.class.as_str()).set_message(message).set_description(words(finding));
    status
}

fn skipped(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(escape(why));
    status
}

/// What a reader of a test report needs: what is, where, why, and what to do.
fn words(finding: &Finding) -> String {
    let mut lines = vec![finding.message.clone()];
    lines.extend(finding.place.iter().map(|place| format!("at {}", words::at(place))));
    if finding.subjects.len() > 1 {
        lines.push(format!("the first of {} like it", finding.subjects.len()));
    }
    lines.extend(finding.notes.iter().cloned());
    lines.extend(finding.worlds.iter().map(words::world));
    if !finding.help.is_empty() {
        lines.push(format!("help: {}", finding.help));
    }
    lines.iter().map(|line| escape(line)).collect::<Vec<_>>().join("\n")
}

fn about_check(report: &Report) -> TestSuite {
    let mut suite = TestSuite::new("check");
    let of_rules = |finding: &Finding| report.rules.iter().any(|rule| rule.code == finding.code);
    for notice in report.findings.iter().filter(|finding| !of_rules(finding)) {
        suite.add_test_cases(of_finding(notice));
    }
    if report.summary.not_understood > 0 {
        let left = &report.not_understood;
        let kinds = left.kinds.iter().map(|kind| format!("{} × {}", kind.count, kind.kind));
        let malformed = left.malformed.iter().map(|value| format!("malformed: {value}"));
        let what: Vec<String> = kinds.chain(malformed).collect();
        let case = counted("input", "not understood", report.summary.not_understood, skipped(&what.join("; ")));
        suite.add_test_case(case);
    }
    if report.strict && report.is_unclean() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(format!("a strict check fails on {}", words::counts(&report.unclean())));
        suite.add_test_case(counted("check", "strict", 1, status));
    }
    suite
}
