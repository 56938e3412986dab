//! Bandwidth for a terminal: a line for each condition, then intents, then on what it hangs. Short first; `details` shows loads beside caps, every world and
//! the facts. Not here: what is said.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::told::{self, Got, title};
use super::{
    AloneFact, Bandwidth, BandwidthRow, BandwidthVerdict, BandwidthWorld, FlowPage, LoadPage, SystemBandwidth,
};
use crate::TextOptions;
use crate::text::citation;
use crate::words::{conditions, counted, escape};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default();

/// Worlds of a row that are shown without `details`.
const FEW: usize = 4;

/// A rate with as many digits as people read.
pub(crate) fn gbps(rate: f64) -> String {
    format!("{} Gbps", number(rate))
}

/// A rate with as many digits as people read, without its unit.
pub(crate) fn number(rate: f64) -> String {
    let text = if rate < 99.95 { format!("{rate:.1}") } else { format!("{rate:.0}") };
    text.trim_end_matches(".0").to_owned()
}

/// A time of hours or days.
pub(crate) fn hours(hours: f64) -> String {
    if hours < 1.0 {
        return format!("{:.0} min", hours * 60.0);
    }
    if hours < 48.0 { format!("{hours:.1} h") } else { format!("{:.1} d", hours / 24.0) }
}

/// Writes bandwidth as text.
pub fn bandwidth_text(bandwidth: &Bandwidth, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { options, out };
    if let Some(needs) = &bandwidth.needs {
        writeln!(page.out, "bandwidth was not looked at: it needs {}", escape(needs))?;
    }
    for system in &bandwidth.systems {
        page.system(system)?;
    }
    page.intents(&bandwidth.intents)?;
    page.facts(bandwidth)
}

/// The sign of a verdict.
fn sign(verdict: &str) -> (&'static str, Style) {
    match verdict {
        "enough" | "holds" => ("✓", GREEN),
        "not enough" | "violated" => ("✗", RED),
        "depends" => ("◐", CYAN),
        "bound-hit" => ("▸", CYAN),
        _ => ("?", CYAN),
    }
}

struct Page<'w> {
    options: TextOptions,
    out: &'w mut dyn Write,
}

impl Page<'_> {
    fn paint(&self, style: Style, text: &str) -> String {
        self.options.paint(style, text)
    }

    fn system(&mut self, system: &SystemBandwidth) -> io::Result<()> {
        let code = system
            .code
            .as_ref()
            .map_or_else(|| "stored once".to_owned(), |code| format!("{code}, {} hops", system.hops));
        let code = code.replace("1 hops", "1 hop");
        let asked: Vec<String> = system
            .asked
            .iter()
            .map(|asked| format!("{} {} {}", escape(&asked.clients), asked.kind, gbps(asked.gbps)))
            .collect();
        let title = self.paint(BOLD, &escape(&system.cluster));
        let asked = if asked.is_empty() { "nothing is asked of it".to_owned() } else { asked.join(", ") };
        writeln!(self.out, "{title}: {} {}, {code}; asked: {asked}\n", system.nodes, escape(&system.machine))?;
        let mut table: Vec<[String; 5]> =
            vec![["", "read Gbps", "write Gbps", "rebuild", "bound by, or fullest"].map(str::to_owned)];
        table.extend(system.rows.iter().map(cells));
        let width = |column: usize| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..5).map(width).collect();
        for (place, row) in table.iter().enumerate() {
            let verdict = place.checked_sub(1).map(|place| sign(&system.rows[place].verdict));
            let sign = verdict.map_or_else(|| " ".to_owned(), |(sign, style)| self.paint(style, sign));
            let pad =
                |column: usize| format!("{}{}", row[column], " ".repeat(widths[column] - row[column].chars().count()));
            let line = format!("{}  {}  {}  {}  {}", pad(0), pad(1), pad(2), pad(3), row[4]);
            let line = if place == 0 { self.paint(DIM, line.trim_end()) } else { line.trim_end().to_owned() };
            writeln!(self.out, "  {sign} {line}")?;
        }
        writeln!(self.out)?;
        let mut notes: Vec<&String> = system.rows.iter().flat_map(|row| &row.notes).collect();
        notes.sort();
        notes.dedup();
        for note in notes {
            writeln!(self.out, "  {}\n", escape(note))?;
        }
        for row in &system.rows {
            self.worlds(row)?;
        }
        if self.options.details {
            for row in &system.rows {
                self.loads(row)?;
            }
        }
        for line in &system.unknown {
            writeln!(self.out, "  not looked at: {}", escape(line))?;
        }
        if !system.unknown.is_empty() {
            writeln!(self.out)?;
        }
        Ok(())
    }

    /// What a row hangs on, where its verdict does; with details also where only its figures do.
    fn worlds(&mut self, row: &BandwidthRow) -> io::Result<()> {
        let differs = matches!(row.verdict.as_str(), "depends" | "bound-hit");
        if !(differs || self.options.details && !row.worlds.is_empty()) {
            return Ok(());
        }
        writeln!(self.out, "  {}", self.paint(BOLD, &title(row)))?;
        self.alone(&row.alone)?;
        self.arms(&row.worlds, row.alone.is_empty())
    }

    /// What single facts change, a line each.
    fn alone(&mut self, alone: &[AloneFact]) -> io::Result<()> {
        for fact in alone {
            writeln!(self.out, "    {}", fact.fact)?;
            let width = fact.values.iter().map(|value| value.value.chars().count()).max().unwrap_or(0);
            for value in &fact.values {
                let (sign, style) = sign(&value.answer);
                let (sign, pad) = (self.paint(style, sign), " ".repeat(width - value.value.chars().count()));
                writeln!(self.out, "      {}{pad}  {sign} {}", value.value, escape(&value.figures))?;
            }
        }
        Ok(())
    }

    /// Every answer with the facts that lead to it, with details or where no fact alone changes anything.
    fn arms(&mut self, worlds: &[BandwidthWorld], is_needed: bool) -> io::Result<()> {
        if worlds.is_empty() || !(self.options.details || is_needed) {
            if !worlds.is_empty() {
                writeln!(
                    self.out,
                    "    with several facts at once: {} (--details)\n",
                    counted(worlds.len(), "answer")
                )?;
            }
            return Ok(());
        }
        let shown = if self.options.details { worlds.len() } else { FEW.min(worlds.len()) };
        for world in &worlds[..shown] {
            let (sign, style) = sign(&world.answer);
            let sign = self.paint(style, sign);
            writeln!(self.out, "    {sign} {}", escape(&world.figures))?;
            writeln!(self.out, "      if {}", escape(&shortened(&conditions(&world.when), self.options.details)))?;
        }
        if shown < worlds.len() {
            writeln!(self.out, "    {} more (--details)", worlds.len() - shown)?;
        }
        writeln!(self.out)
    }

    fn loads(&mut self, row: &BandwidthRow) -> io::Result<()> {
        for node in &row.nodes {
            let who = match node.count {
                1 => escape(&node.node),
                count => format!("each of {count} such as {}", escape(&node.node)),
            };
            writeln!(self.out, "  {}: {who}, {} with the likeliest values", title(row), counted_vips(node.vips))?;
            let width = node.loads.iter().map(|load| load.limit.chars().count()).max().unwrap_or(0);
            for load in &node.loads {
                let pad = " ".repeat(width - load.limit.chars().count());
                writeln!(self.out, "    {}{pad}  {}", load.limit, bar(load))?;
            }
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn intents(&mut self, intents: &[BandwidthVerdict]) -> io::Result<()> {
        for intent in intents {
            let (sign, style) = sign(&intent.verdict);
            let sign = self.paint(style, sign);
            writeln!(self.out, "{sign} {} {}", intent.verdict, escape(&intent.intent))?;
            let result = super::intent(intent);
            for line in result.proof.iter().take(if intent.left_out.is_some() { 2 } else { 1 }) {
                writeln!(self.out, "    {}", escape(line))?;
            }
            if !intent.worlds.is_empty() {
                self.alone(&intent.alone)?;
                self.arms(&intent.worlds, intent.alone.is_empty())?;
            }
        }
        if !intents.is_empty() {
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn facts(&mut self, bandwidth: &Bandwidth) -> io::Result<()> {
        for line in &bandwidth.caveats {
            writeln!(self.out, "{}", self.paint(DIM, &format!("note: {line}")))?;
        }
        let mut deciding: Vec<&crate::FactCitation> = Vec::new();
        let rows = bandwidth.systems.iter().flat_map(|system| &system.rows).flat_map(|row| &row.deciding);
        for fact in rows.chain(bandwidth.intents.iter().flat_map(|intent| &intent.deciding)) {
            if !deciding.iter().any(|known| known.id == fact.id) {
                deciding.push(fact);
            }
        }
        if !deciding.is_empty() {
            writeln!(self.out, "\nhangs on {}", counted(deciding.len(), "open fact"))?;
            for fact in deciding {
                writeln!(self.out, "  {} ({}): {}", fact.id, fact.status, escape(&fact.question))?;
            }
        }
        if self.options.details {
            writeln!(self.out, "\nfacts")?;
            for fact in &bandwidth.facts {
                writeln!(self.out, "  {}", citation(fact))?;
            }
        }
        Ok(())
    }
}

fn counted_vips(vips: u64) -> String {
    if vips == 1 { "1 VIP,".to_owned() } else { format!("{vips} VIPs,") }
}

/// Conditions of which only the first alternatives fit on a screen.
fn shortened(text: &str, all: bool) -> String {
    const ALTERNATIVES: usize = 2;
    let parts: Vec<&str> = text.split(", or if ").collect();
    if all || parts.len() <= ALTERNATIVES {
        return text.to_owned();
    }
    format!("{}, or in {} more cases", parts[..ALTERNATIVES].join(", or if "), parts.len() - ALTERNATIVES)
}

/// What flows get together, or a dash where there are none.
fn rate<'f>(flows: impl Iterator<Item = &'f FlowPage>) -> String {
    Got::of(flows).map_or_else(|| "-".to_owned(), |got| got.words())
}

/// The cells of a row.
fn cells(row: &BandwidthRow) -> [String; 5] {
    if let Some(needs) = &row.needs {
        return [row.condition.clone(), format!("needs {needs}"), String::new(), String::new(), String::new()];
    }
    let reads = row.flows.iter().filter(|flow| flow.kind == "read");
    let writes = row.flows.iter().filter(|flow| flow.kind != "read");
    let rebuild = row.rebuild.as_ref().map(told::rebuild).unwrap_or_default();
    let condition = if row.rebuilds { "  and a rebuild".to_owned() } else { row.condition.clone() };
    [condition, rate(reads), rate(writes), rebuild, tightest(row)]
}

/// A load as a bar against its cap.
fn bar(load: &LoadPage) -> String {
    const CELLS: usize = 20;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of twenty cells")]
    let full = (load.part().clamp(0.0, 1.0) * CELLS as f64).round() as usize;
    let bar = format!("{}{}", "█".repeat(full), "░".repeat(CELLS - full));
    format!("{bar}  {} of {}  {:.0} %", number(load.load_gbps), gbps(load.cap_gbps), load.part() * 100.0)
}

/// What keeps flows from more; where nothing does, what is nearest to it.
fn tightest(row: &BandwidthRow) -> String {
    told::held_back(row).or_else(|| told::fullest(row).map(told::filled)).unwrap_or_default()
}
