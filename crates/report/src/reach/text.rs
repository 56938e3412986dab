//! Reachability for a terminal: a table of groups, rails and ports, then what the answers hang on and what failures change. `details` shows a witness of
//! each answer with the decision that drops it. Not here: what is said.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{Afterwards, ReachAnswer, ReachChange, ReachCounts, ReachRow, ReachWorld, Reachability};
use crate::TextOptions;
use crate::text::citation;
use crate::words::{conditions, escape, grouped, origin};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const CYAN: Style = AnsiColor::Cyan.on_default();
const GREEN: Style = AnsiColor::Green.on_default();

/// Names of a list that are shown without `details`.
const SHOWN: usize = 3;

/// Writes reachability as text.
pub fn reach_text(reach: &Reachability, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { options, out };
    page.table(reach)?;
    page.left_out(reach)?;
    page.hangs_on(reach)?;
    if let Some(after) = &reach.after {
        page.after(after)?;
    }
    page.summary(reach)
}

struct Page<'w> {
    options: TextOptions,
    out: &'w mut dyn Write,
}

/// Widths of the first columns.
struct Widths {
    from: usize,
    to: usize,
    port: usize,
    answer: usize,
}

impl Page<'_> {
    fn paint(&self, style: Style, text: &str) -> String {
        self.options.paint(style, text)
    }

    fn table(&mut self, reach: &Reachability) -> io::Result<()> {
        if reach.rows.is_empty() {
            return writeln!(self.out, "nobody in the input could be asked about\n");
        }
        // Ports of one answer share a line; where each shows its witness, those of one witness.
        let details = self.options.details;
        let like = |a: &ReachRow, b: &ReachRow| {
            let key = |row: &ReachRow| (row.from.clone(), row.to.clone(), row.rail.clone(), said(row.pairs), why(row));
            key(a) == key(b) && (!details || a.answers == b.answers)
        };
        let rows: Vec<(&ReachRow, String)> = reach
            .rows
            .chunk_by(like)
            .map(|like| (&like[0], like.iter().map(|row| row.port.as_str()).collect::<Vec<_>>().join(", ")))
            .collect();
        let widest = |title: &str, width: &dyn Fn(&(&ReachRow, String)) -> usize| {
            rows.iter().map(width).chain([title.len()]).max().unwrap_or(0)
        };
        let widths = Widths {
            from: widest("from", &|(row, _)| row.from.chars().count()),
            to: widest("to", &|(row, _)| row.to.chars().count()),
            port: widest("port", &|(_, ports)| ports.len()),
            answer: widest("answer", &|(row, _)| said(row.pairs).len()),
        };
        let Widths { from, to, port, answer } = widths;
        let heading = format!("{:from$}  {:to$}  rail  {:port$}  {:answer$}  why", "from", "to", "port", "answer");
        writeln!(self.out, "{}", self.paint(BOLD, &heading))?;
        for (row, ports) in rows {
            self.row(row, &ports, &widths)?;
        }
        writeln!(self.out)
    }

    fn row(&mut self, row: &ReachRow, ports: &str, widths: &Widths) -> io::Result<()> {
        let Widths { from, to, port, answer } = *widths;
        let text = said(row.pairs);
        let painted = self.paint(style(row.pairs), &format!("{text:answer$}"));
        let rail = row.rail.as_deref().unwrap_or("");
        let names = format!("{:from$}  {:to$}", escape(&row.from), escape(&row.to));
        let why = self.paint(DIM, &escape(&why(row)));
        let line = format!("{names}  {rail:4}  {ports:port$}  {painted}  {why}");
        writeln!(self.out, "{}", line.trim_end())?;
        if self.options.details {
            for answer in &row.answers {
                self.answer(answer)?;
            }
        }
        Ok(())
    }

    /// A witness, what becomes of it and the decision that drops it.
    fn answer(&mut self, answer: &ReachAnswer) -> io::Result<()> {
        let pair = escape(&format!("{} → {}", answer.from, answer.to));
        writeln!(self.out, "    {} × {}: {pair}", grouped(answer.pairs), answer.answer)?;
        if answer.answer == "yes" {
            return Ok(());
        }
        for world in &answer.worlds {
            let when = if world.when.is_empty() { String::new() } else { format!(" if {}", conditions(&world.when)) };
            writeln!(self.out, "        {}{}", escape(&outcome(world)), escape(&when))?;
        }
        let Some(hop) = &answer.dropped_by else { return Ok(()) };
        let place = hop.place.as_ref().map(|place| format!("  {}:{}", origin(place), place.line)).unwrap_or_default();
        let words = escape(&format!("{}: {}", hop.stage, hop.words));
        writeln!(self.out, "        {words}{}", self.paint(DIM, &escape(&place)))
    }

    fn left_out(&mut self, reach: &Reachability) -> io::Result<()> {
        if reach.left_out.is_empty() {
            return Ok(());
        }
        let title = self.paint(YELLOW, "left out");
        writeln!(self.out, "{title} ({}): on which rail their NICs are, the input does not say", reach.left_out.len())?;
        let most = if self.options.details { usize::MAX } else { SHOWN };
        for left in reach.left_out.iter().take(most) {
            writeln!(self.out, "  {} needs {}", escape(&left.instance), escape(&left.needs))?;
        }
        self.more(reach.left_out.len(), most)?;
        writeln!(self.out)
    }

    fn more(&mut self, total: usize, most: usize) -> io::Result<()> {
        match total.saturating_sub(most) {
            0 => Ok(()),
            more => writeln!(self.out, "  … and {more} more; --details shows them"),
        }
    }

    fn hangs_on(&mut self, reach: &Reachability) -> io::Result<()> {
        if reach.hangs_on.is_empty() {
            return Ok(());
        }
        let title = self.paint(CYAN, "depends on");
        writeln!(self.out, "{title} ({}): facts that nobody has confirmed", reach.hangs_on.len())?;
        for hangs in &reach.hangs_on {
            writeln!(self.out, "  {} × {}", grouped(hangs.pairs), escape(&citation(&hangs.fact)))?;
        }
        writeln!(self.out)
    }

    fn after(&mut self, after: &Afterwards) -> io::Result<()> {
        let title = self.paint(BOLD, &format!("after {} failed", after.failing));
        let bound = match after.not_tried {
            0 => String::new(),
            more => format!("; nothing is said of {} more: the bound was hit", grouped(more)),
        };
        let failures = match after.failures {
            1 => format!("1 failure{bound}"),
            several => format!("{} failures{bound}", grouped(several)),
        };
        if after.changes.is_empty() {
            let same = self.paint(GREEN, "those who are left reach whom they reached");
            return writeln!(self.out, "{title}: {same} ({failures})\n");
        }
        writeln!(self.out, "{title}: what changes for those who are left ({failures})")?;
        // Ports of one change share a line.
        let like = |a: &ReachChange, b: &ReachChange| {
            ReachChange { port: b.port.clone(), witness: b.witness.clone(), ..a.clone() } == *b
        };
        for like in after.changes.chunk_by(like) {
            let ports: Vec<&str> = like.iter().map(|change| change.port.as_str()).collect();
            self.change(&like[0], &ports.join(", "))?;
        }
        writeln!(self.out)
    }

    fn change(&mut self, change: &ReachChange, ports: &str) -> io::Result<()> {
        let rail = change.rail.as_ref().map(|rail| format!(" on the {rail} rail")).unwrap_or_default();
        let row = format!("{} → {}{rail}, {ports}", change.from, change.to);
        let style = if change.after == "yes" { GREEN } else { RED };
        let counted = format!("{} × {} → {}", grouped(change.pairs), change.before, change.after);
        let why = if change.why.is_empty() { String::new() } else { format!("  {}", change.why.join(", ")) };
        writeln!(self.out, "  {}: {}{}", escape(&row), self.paint(style, &counted), self.paint(DIM, &escape(&why)))?;
        let most = if self.options.details { usize::MAX } else { SHOWN };
        for failure in change.failures.iter().take(most) {
            let like = match failure.like {
                1 => String::new(),
                2 => ", and one like it".to_owned(),
                several => format!(", and each of {} like it", grouped(several - 1)),
            };
            writeln!(self.out, "      after {} failed{like}", escape(&failure.down.join(" and ")))?;
        }
        if self.options.details {
            writeln!(self.out, "      such as {}", escape(&change.witness))?;
        }
        match change.failures.len().saturating_sub(most) {
            0 => Ok(()),
            more => writeln!(self.out, "      … and after {more} more; --details shows them"),
        }
    }

    fn summary(&mut self, reach: &Reachability) -> io::Result<()> {
        let groups: Vec<String> =
            reach.groups.iter().map(|group| format!("{} ({})", group.name, grouped(group.size))).collect();
        writeln!(self.out, "{}", escape(&groups.join(", ")))?;
        let ReachCounts { yes, no, depends, undecided } = reach.pairs;
        let counts = [reach.pairs.total(), yes, no, depends, undecided];
        let [all, yes, no, depends, undecided] = counts.map(grouped);
        writeln!(self.out, "{all} ordered pairs: {yes} yes, {no} no, {depends} depends, {undecided} undecided")?;
        if reach.not_asked > 0 {
            let bound = self.paint(YELLOW, "bound hit");
            let more = grouped(reach.not_asked);
            writeln!(
                self.out,
                "{bound}: nothing is said of {more} more pairs; `twinrail trace` asks about any of them"
            )?;
        }
        Ok(())
    }
}

/// The answers of a row: one word if they agree, else each with how many.
fn said(pairs: ReachCounts) -> String {
    let ReachCounts { yes, no, depends, undecided } = pairs;
    let all = [(yes, "yes"), (no, "no"), (depends, "depends"), (undecided, "undecided")];
    let some: Vec<(u64, &str)> = all.into_iter().filter(|(count, _)| *count > 0).collect();
    match some.as_slice() {
        [(_, word)] => (*word).to_owned(),
        several => {
            several.iter().map(|(count, word)| format!("{} {word}", grouped(*count))).collect::<Vec<_>>().join(", ")
        }
    }
}

fn style(pairs: ReachCounts) -> Style {
    match pairs {
        ReachCounts { no: 0, depends: 0, undecided: 0, .. } => GREEN,
        ReachCounts { yes: 0, depends: 0, undecided: 0, .. } => RED,
        ReachCounts { undecided: 0, depends, .. } if depends > 0 => CYAN,
        _ => YELLOW,
    }
}

/// Codes, facts and holes of a row, each once.
fn why(row: &ReachRow) -> String {
    let mut reasons: Vec<String> = Vec::new();
    for world in row.answers.iter().flat_map(|answer| &answer.worlds) {
        let losses = world
            .losses
            .iter()
            .map(|loss| if loss.of_reply { format!("reply {}", loss.code) } else { loss.code.clone() });
        let needs = world.needs.iter().map(|needs| format!("needs {needs}"));
        for reason in losses.chain(needs) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
    reasons.join(", ")
}

fn outcome(world: &ReachWorld) -> String {
    let codes: Vec<String> = world
        .losses
        .iter()
        .map(|loss| if loss.of_reply { format!("{} of the reply", loss.code) } else { loss.code.clone() })
        .collect();
    let sometimes = if world.sometimes { ", and arrives on another way" } else { "" };
    match (&world.needs, world.outcome.as_str()) {
        (Some(needs), _) => format!("undecided: needs {needs}"),
        (None, "arrives") => "arrives".to_owned(),
        (None, "undecided") => format!("undecided: {}{sometimes}", codes.join(", ")),
        (None, _) => format!("{}{sometimes}", codes.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_well() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(said(ReachCounts { yes: 3, ..ReachCounts::default() }), "yes");
        assert_eq!(said(ReachCounts { yes: 3, no: 1_000, ..ReachCounts::default() }), "3 yes, 1,000 no");
    }
}
