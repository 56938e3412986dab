//! The report as a comment on a pull request: a verdict in one line, the counts, the denied findings; all else folded. Not here: posting it.
//!
//! Names come from files that others wrote: in a comment they could break a table, inject HTML or call somebody by `@name`, so one function
//! escapes every text. GitHub takes comments of 65,536 characters; what does not fit is counted.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::words::{self, escape};
use crate::{Finding, Report};

/// What a comment holds at GitHub, in characters; counted in bytes here, which are never fewer.
const MOST_BYTES: usize = 65_536;
/// Kept free for the ends of sections and the line that says what was cut.
const RESERVE: usize = 2_048;
/// Characters of one cell.
const MOST_IN_CELL: usize = 600;

/// Writes the report as Markdown.
pub fn markdown(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut sheet = Sheet { text: String::new(), cut: 0 };
    sheet.head(report);
    let is_new = |finding: &&Finding| !finding.known && finding.suppressed.is_none();
    let violated = |deny: bool| {
        let findings = report.findings.iter().filter(is_new);
        findings.filter(move |finding| finding.verdict == "violated" && (finding.level == "deny") == deny)
    };
    let findings = ["rule", "place", "what is", "what to do"];
    sheet.table("Denied", false, &findings, violated(true).map(row));
    sheet.table("Warnings", true, &findings, violated(false).map(row));
    let open = report.findings.iter().filter(is_new).filter(|finding| finding.verdict != "violated");
    sheet.table(
        "Depends on what nobody has confirmed",
        true,
        &["rule", "place", "what is", "worlds"],
        open.map(world_row),
    );
    let questions = report.open_questions.iter().map(|question| {
        let fact = &question.fact;
        vec![question.judgements.to_string(), code(&fact.id), prose(&fact.question), prose(&fact.values.join(" or "))]
    });
    sheet.table("Open questions", true, &["judgements", "fact", "question", "values"], questions);
    let undecided = report
        .undecided
        .iter()
        .map(|group| vec![group.judgements.to_string(), prose(&group.needs), prose(&group.rules.join(", "))]);
    sheet.table("Undecided", true, &["judgements", "need", "rules"], undecided);
    sheet.left_over(report);
    sheet.end();
    out.write_all(sheet.text.as_bytes())
}

fn row(finding: &Finding) -> Vec<String> {
    vec![code(&finding.code), place(finding), what(finding), prose(&finding.help)]
}

fn world_row(finding: &Finding) -> Vec<String> {
    let worlds: Vec<String> = finding.worlds.iter().map(|arm| prose(&words::world(arm))).collect();
    vec![code(&finding.code), place(finding), what(finding), worlds.join("<br>")]
}

fn what(finding: &Finding) -> String {
    match finding.subjects.len() {
        0 | 1 => prose(&finding.message),
        several => format!("{}<br>and {} more like it", prose(&finding.message), several - 1),
    }
}

fn place(finding: &Finding) -> String {
    let Some(place) = &finding.place else { return String::new() };
    let line = code(&format!("{}:{}", place.path, place.line));
    match &place.address {
        Some(address) => format!("{}<br>{line}", code(address)),
        None => line,
    }
}

struct Sheet {
    text: String,
    /// Lines of tables that did not fit.
    cut: usize,
}

impl Sheet {
    fn head(&mut self, report: &Report) {
        let sign = if report.fails() { "❌" } else { "✅" };
        self.line(&format!("### {sign} Twinrail: {}\n", prose(&words::headline(report))));
        let summary = &report.summary;
        let counts = [
            ("judgements", summary.run),
            ("passed", summary.passed),
            ("violated", summary.violated),
            ("denied", summary.denied),
            ("depends", summary.depends),
            ("undecided", summary.undecided),
            ("bound hit", summary.bound_hit),
            ("suppressed", summary.suppressed),
            ("known", summary.known),
            ("not evaluated", summary.not_evaluated),
            ("not understood", summary.not_understood),
        ];
        self.line(&format!("| {} |", counts.map(|(name, _)| name).join(" | ")));
        self.line(&format!("|{}", " ---: |".repeat(counts.len())));
        self.line(&format!("| {} |\n", counts.map(|(_, count)| count.to_string()).join(" | ")));
    }

    /// What reading left over, what no rule looked at, and what the baseline no longer needs.
    fn left_over(&mut self, report: &Report) {
        let left = &report.not_understood;
        let kinds = left.kinds.iter().map(|kind| vec![kind.count.to_string(), prose(&kind.kind)]);
        let malformed = left.malformed.iter().map(|value| vec!["malformed".to_owned(), prose(value)]);
        self.table("Not understood", true, &["count", "what"], kinds.chain(malformed));
        let intents = report
            .intents
            .iter()
            .map(|intent| vec![prose(&intent.verdict), prose(&intent.text), prose(&intent.proof.join("; "))]);
        self.table("Intents", true, &["verdict", "intent", "looked at"], intents);
        let parts =
            report.not_evaluated.iter().map(|part| vec![prose(&part.kind), prose(&part.name), prose(&part.needs)]);
        self.table("Not evaluated yet", true, &["kind", "part", "needs"], parts);
        let unjudged = report.coverage.unjudged.iter().map(|kind| {
            let names: Vec<String> = kind.names.iter().take(SAMPLES).map(|name| code(name)).collect();
            let more = if kind.names.len() > SAMPLES { ", …" } else { "" };
            vec![prose(&kind.kind), format!("{} of {}", kind.names.len(), kind.described), names.join(", ") + more]
        });
        self.table("Not looked at by any rule", true, &["kind", "count", "such as"], unjudged);
        let gone = report.baseline.iter().flat_map(|baseline| &baseline.gone);
        let gone = gone.map(|entry| vec![code(&entry.rule), code(&entry.subject)]);
        self.table("Entries of the baseline that match nothing any more", true, &["rule", "subject"], gone);
    }

    /// A section with its count and a table of as many rows as fit; nothing for no rows.
    fn table(&mut self, title: &str, folded: bool, columns: &[&str], rows: impl Iterator<Item = Vec<String>>) {
        let rows: Vec<Vec<String>> = rows.collect();
        if rows.is_empty() {
            return;
        }
        if self.text.len() + RESERVE > MOST_BYTES {
            self.cut += rows.len();
            return;
        }
        let title = format!("{title} ({})", rows.len());
        self.line(&if folded { format!("<details><summary>{title}</summary>\n") } else { format!("#### {title}\n") });
        self.line(&format!("| {} |", columns.join(" | ")));
        self.line(&format!("|{}", " --- |".repeat(columns.len())));
        for row in &rows {
            let line = format!("| {} |", row.join(" | "));
            if self.text.len() + line.len() + RESERVE > MOST_BYTES {
                self.cut += 1;
            } else {
                self.line(&line);
            }
        }
        self.line(if folded { "\n</details>\n" } else { "" });
    }

    fn end(&mut self) {
        if self.cut > 0 {
            let cut = self.cut;
            let _ = writeln!(self.text, "{cut} lines are left out: a comment holds {MOST_BYTES} characters at most.");
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// Names of a kind that are shown.
const SAMPLES: usize = 3;

/// Text as text: parts in backticks become code, and nothing else in it means anything.
pub(crate) fn prose(text: &str) -> String {
    let parts = clip(text);
    let pairs = parts.matches('`').count() / 2;
    let mut shown = String::new();
    for (place, part) in parts.splitn(2 * pairs + 1, '`').enumerate() {
        if place % 2 == 1 { shown.push_str(&code(part)) } else { plain(part, &mut shown) }
    }
    shown
}

/// A name as code. In it GitHub calls nobody and links nothing.
pub(crate) fn code(name: &str) -> String {
    if name.is_empty() {
        return String::new();
    }
    let mut shown = "<code>".to_owned();
    plain(&clip(name), &mut shown);
    shown + "</code>"
}

fn plain(text: &str, shown: &mut String) {
    const NOTHING: char = '\u{200b}';
    for c in escape(text).chars() {
        match c {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '!' => {
                shown.push('\\');
                shown.push(c);
            }
            // No mention, no issue, no link: what follows is no longer next to it.
            '@' | '#' => shown.extend([c, NOTHING]),
            '/' if shown.ends_with(":/") => shown.extend([NOTHING, c]),
            '.' if shown.ends_with("www") => shown.extend([NOTHING, c]),
            c => shown.push(c),
        }
    }
}

fn clip(text: &str) -> String {
    match text.char_indices().nth(MOST_IN_CELL) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
