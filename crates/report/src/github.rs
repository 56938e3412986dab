//! The report as annotations of a GitHub Actions step: workflow commands on stdout.
//!
//! GitHub shows ten errors, ten warnings and ten notices of a step, in the order of the log: so the most severe come first, and the totals are among
//! the notices whatever else there is. The log keeps all lines.
//! The commands are documented at <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>; their escaping is that of
//! `command.ts` in <https://github.com/actions/toolkit>.

use std::io::{self, Write};

use crate::words::{self, escape};
use crate::{Finding, Report};

/// Annotations of a kind that GitHub shows of a step.
const SHOWN: usize = 10;

/// Writes the report as workflow commands.
pub fn github(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let is_new = |finding: &&Finding| !finding.known && finding.suppressed.is_none();
    let new: Vec<&Finding> = report.findings.iter().filter(is_new).collect();
    let (violated, open): (Vec<&Finding>, Vec<&Finding>) =
        new.into_iter().partition(|finding| finding.verdict == "violated");
    let (denied, warned): (Vec<&Finding>, Vec<&Finding>) =
        violated.into_iter().partition(|finding| finding.level == "deny");
    if report.strict && report.is_unclean() && denied.is_empty() {
        let why = format!("a strict check fails on {}", words::counts(&report.unclean()));
        writeln!(out, "::error title=strict::{}", data(&why))?;
    }
    for finding in denied {
        annotation("error", finding, out)?;
    }
    for finding in warned {
        annotation("warning", finding, out)?;
    }
    // The last notice that is shown is for the totals.
    for finding in open.iter().take(SHOWN - 1) {
        annotation("notice", finding, out)?;
    }
    writeln!(out, "::notice title=twinrail::{}", data(&words::totals(report)))
}

fn annotation(command: &str, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let mut properties = Vec::new();
    if let Some(place) = &finding.place {
        properties.push(format!("file={}", property(&place.path)));
        properties.push(format!("line={}", place.line));
        properties.push(format!("col={}", place.column));
    }
    let of = if finding.verdict == "violated" { String::new() } else { format!("{}: ", finding.verdict) };
    properties.push(format!("title={}", property(&format!("{of}{}", finding.code))));
    let address = finding.place.as_ref().and_then(|place| place.address.as_ref());
    let mut lines: Vec<String> = vec![finding.message.clone()];
    lines.extend(address.map(|address| format!("in {address}")));
    if finding.subjects.len() > 1 {
        lines.push(format!("and {} more like it", finding.subjects.len() - 1));
    }
    lines.extend(finding.worlds.iter().map(words::world));
    if !finding.help.is_empty() {
        lines.push(format!("help: {}", finding.help));
    }
    let text: Vec<String> = lines.iter().map(|line| escape(line)).collect();
    writeln!(out, "::{command} {}::{}", properties.join(","), data(&text.join("\n")))
}

/// The message of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
