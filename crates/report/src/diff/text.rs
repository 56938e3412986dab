//! A comparison for a terminal: the network first, then the facts, then the findings, and the counts last.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{Changed, Counts, Diff, FieldChange};
use crate::text::short;
use crate::words::escape;
use crate::{Finding, TextOptions};

const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();
const CHANGED: Style = AnsiColor::Yellow.on_default();
const BOLD: Style = Style::new().bold();

/// Resources of a kind that are shown without `details`.
const SHOWN: usize = 5;

/// Writes a comparison as text.
pub fn diff_text(diff: &Diff, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { options, out };
    page.changes(&diff.changes)?;
    page.facts(diff)?;
    page.intents(diff)?;
    page.findings("appear", '+', &diff.appeared)?;
    page.findings("disappear", '-', &diff.disappeared)?;
    page.summary(diff)
}

struct Page<'w> {
    options: TextOptions,
    out: &'w mut dyn Write,
}

impl Page<'_> {
    fn paint(&self, style: Style, text: &str) -> String {
        self.options.paint(style, text)
    }

    fn mark(&self, sign: char) -> String {
        let style = match sign {
            '+' => ADDED,
            '-' => REMOVED,
            _ => CHANGED,
        };
        self.paint(style, &sign.to_string())
    }

    fn heading(&mut self, title: &str, count: usize) -> io::Result<()> {
        let title = self.paint(BOLD, title);
        writeln!(self.out, "{title} ({count})")
    }

    fn changes(&mut self, changes: &[Changed]) -> io::Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        self.heading("network", changes.len())?;
        let width = changes.iter().map(|change| change.kind.len()).max().unwrap_or(0);
        let most = if self.options.details { usize::MAX } else { SHOWN };
        // Like changes of one kind stand together: a thousand added instances are one thing to the reader.
        for like in changes.chunk_by(|a, b| a.kind == b.kind && a.change == b.change && a.fields == b.fields) {
            for change in like.iter().take(most) {
                self.change(change, width)?;
            }
            if like.len() > most {
                let sign = self.mark(sign(&like[0]));
                let more = like.len() - most;
                writeln!(
                    self.out,
                    "  {sign} {:width$}  … and {more} more like it; --details shows them",
                    like[0].kind
                )?;
            }
        }
        writeln!(self.out)
    }

    fn change(&mut self, change: &Changed, width: usize) -> io::Result<()> {
        let sign = self.mark(sign(change));
        writeln!(self.out, "  {sign} {:width$}  {}", change.kind, escape(&change.name))?;
        let names = change.fields.iter().map(|field| field.field.chars().count()).max().unwrap_or(0);
        for field in &change.fields {
            let (old, new) = sides(field);
            writeln!(self.out, "      {:names$}  {} → {}", escape(&field.field), escape(&old), escape(&new))?;
        }
        Ok(())
    }

    fn intents(&mut self, diff: &Diff) -> io::Result<()> {
        if diff.intents.is_empty() {
            return Ok(());
        }
        self.heading("intents", diff.intents.len())?;
        for change in &diff.intents {
            writeln!(self.out, "  {} {}", self.mark('~'), escape(&change.intent))?;
            writeln!(self.out, "      {} → {}", escape(&change.old), escape(&change.new))?;
        }
        writeln!(self.out)
    }

    fn facts(&mut self, diff: &Diff) -> io::Result<()> {
        if diff.facts.is_empty() {
            return Ok(());
        }
        self.heading("facts", diff.facts.len())?;
        let none = "nothing known".to_owned();
        for fact in &diff.facts {
            let sign = self.mark('~');
            writeln!(self.out, "  {sign} {}: {}", self.paint(BOLD, &fact.fact), escape(&fact.question))?;
            let (old, new) = (fact.old.as_ref().unwrap_or(&none), fact.new.as_ref().unwrap_or(&none));
            writeln!(self.out, "      {} → {}", escape(old), escape(new))?;
        }
        writeln!(self.out)
    }

    fn findings(&mut self, what: &str, sign: char, findings: &[Finding]) -> io::Result<()> {
        if findings.is_empty() {
            return Ok(());
        }
        self.heading(&format!("findings that {what}"), findings.len())?;
        for finding in findings {
            let sign = self.mark(sign);
            let level = match (finding.verdict.as_str(), finding.level.as_str()) {
                ("violated", "deny") => "error",
                ("violated", _) => "warning",
                (other, _) => other,
            };
            let code = self.paint(BOLD, &finding.code);
            writeln!(self.out, "  {sign} {level}[{code}]: {}", escape(&finding.message))?;
            if let Some(place) = &finding.place {
                writeln!(self.out, "      at {}:{}:{}", escape(&place.path), place.line, place.column)?;
            }
            self.subjects(&finding.subjects)?;
        }
        writeln!(self.out)
    }

    /// The subjects, if there are more than the one that the message is about.
    fn subjects(&mut self, subjects: &[String]) -> io::Result<()> {
        if subjects.len() < 2 {
            return Ok(());
        }
        let most = if self.options.details { usize::MAX } else { SHOWN };
        let names: Vec<String> = subjects.iter().take(most).map(|name| escape(short(name))).collect();
        let more = subjects.len().saturating_sub(most);
        let more = if more > 0 { format!(", … and {more} more") } else { String::new() };
        writeln!(self.out, "      for {}{more}", names.join(", "))
    }

    fn summary(&mut self, diff: &Diff) -> io::Result<()> {
        let count = |sign: &str| diff.changes.iter().filter(|change| change.change == sign).count();
        let (added, removed, changed) = (count("added"), count("removed"), count("changed"));
        if added + removed + changed + diff.facts.len() == 0 {
            writeln!(self.out, "the networks are the same")?;
        } else {
            writeln!(
                self.out,
                "network: {added} added, {removed} removed, {changed} changed; facts: {} changed",
                diff.facts.len()
            )?;
        }
        let subjects = |findings: &[Finding]| findings.iter().map(|finding| finding.subjects.len()).sum::<usize>();
        let (appeared, disappeared) = (subjects(&diff.appeared), subjects(&diff.disappeared));
        let counts = |counts: &Counts| format!("{} → {}", counts.old, counts.new);
        writeln!(
            self.out,
            "findings: {appeared} appear, {disappeared} disappear, {} remain; undecided {}, not understood {}",
            diff.remaining,
            counts(&diff.undecided),
            counts(&diff.not_understood),
        )?;
        if diff.left_to_platform > 0 {
            writeln!(self.out, "{} fields that only the live network states were not compared", diff.left_to_platform)?;
        }
        Ok(())
    }
}

fn sign(change: &Changed) -> char {
    match change.change.as_str() {
        "added" => '+',
        "removed" => '-',
        _ => '~',
    }
}

/// Both values in words.
fn sides(field: &FieldChange) -> (String, String) {
    let words = |value: &Option<String>| match value {
        Some(value) => value.clone(),
        None if field.known_after_apply => "(known after apply)".to_owned(),
        None => "(none)".to_owned(),
    };
    (words(&field.old), words(&field.new))
}
