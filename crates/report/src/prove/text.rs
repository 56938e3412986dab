//! Proofs for a terminal: a table of movers and properties in words and marks that any terminal shows, then each violation as a sequence of messages. Short
//! first; `details` shows every mover, exploration and fact. Not here: what is said.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{Explored, MoverProof, PoolProof, ProofWorld, Proofs, PropertyPage, PropertyVerdict, Sequence, VipState};
use crate::text::citation;
use crate::words::{conditions, counted, escape, grouped, wrapped};
use crate::{FactCitation, TextOptions};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default();

/// Each verdict with its mark and what that means.
const MARKS: [(&str, &str, &str, Style); 7] = [
    ("proved", "ok", "proved", GREEN),
    ("violated", "NO", "violated", RED),
    ("depends", "~", "depends on facts", CYAN),
    ("undecided", "?", "the input lacks what decides", YELLOW),
    ("bound-hit", ">", "not violated as far as the bound let it look", YELLOW),
    ("vacuous", "0", "holds, but what it is about never comes", YELLOW),
    ("absent", "-", "does not arise", DIM),
];

/// The widest code of a property.
const CODE: usize = 3;

/// What happens is broken into lines of this width.
const WORDS: usize = 64;

/// Writes proofs as text.
pub fn prove_text(proofs: &Proofs, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { options, out };
    if proofs.pools.is_empty() {
        return writeln!(page.out, "no pool of virtual IPs in the input: there is nothing to prove");
    }
    for pool in &proofs.pools {
        page.pool(pool, proofs)?;
    }
    page.hangs_on(&proofs.hangs_on)?;
    page.facts(&proofs.facts)?;
    page.summary(proofs)
}

/// A property, for those who met its code in a table.
pub fn property_text(page: &PropertyPage, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}\n", page.code, page.title)?;
    for line in wrapped(&page.meaning, 100) {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "\nIt is vacuous, and not proved, where this cannot be reached: {}.", page.twin)?;
    writeln!(out, "Looked at under these faults, as far as they concern a mover:")?;
    for line in wrapped(&page.faults.join(", "), 98) {
        writeln!(out, "  {line}")?;
    }
    writeln!(out, "\nWhat is kept of the real thing and what is dropped is the table in docs/movers.md.")
}

/// Writes one sequence as text.
pub fn sequence_text(sequence: &Sequence, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    Page { options, out }.sequence(sequence)
}

struct Page<'w> {
    options: TextOptions,
    out: &'w mut dyn Write,
}

impl Page<'_> {
    fn paint(&self, style: Style, text: &str) -> String {
        self.options.paint(style, text)
    }

    fn pool(&mut self, pool: &PoolProof, proofs: &Proofs) -> io::Result<()> {
        let title = escape(&format!("{} over {}", pool.pool, pool.cluster));
        let title = self.paint(BOLD, &title);
        match &pool.explored {
            Some(explored) => writeln!(self.out, "{title}: {}", scope(pool, explored))?,
            None => writeln!(
                self.out,
                "{title}: {}, {}",
                counted(usize::try_from(pool.all_nodes).unwrap_or(usize::MAX), "node"),
                counted(usize::try_from(pool.all_vips).unwrap_or(usize::MAX), "VIP")
            )?,
        }
        writeln!(self.out)?;
        self.table(pool, proofs)?;
        self.legend(pool)?;
        self.refused(pool)?;
        for mover in &pool.movers {
            if mover.refusal.is_none() && (mover.named || mover.asked || self.options.details) {
                self.mover(pool, mover, proofs)?;
            }
        }
        let hidden = |mover: &&MoverProof| !(mover.named || mover.asked) && mover.is_violated();
        let hidden: Vec<&str> = pool.movers.iter().filter(hidden).map(|mover| mover.mover.as_str()).collect();
        if !self.options.details && !hidden.is_empty() {
            let hint = self.paint(DIM, "--mover NAME shows how");
            writeln!(self.out, "properties are violated by {}: {hint}\n", hidden.join(", "))?;
        }
        Ok(())
    }

    fn table(&mut self, pool: &PoolProof, proofs: &Proofs) -> io::Result<()> {
        let width = pool.movers.iter().map(|mover| mover.mover.len() + 2).max().unwrap_or(0);
        let codes: Vec<String> = proofs.properties.iter().map(|page| format!("{:CODE$}", page.code)).collect();
        let heading = format!("{:width$}  {}  {:>11}  depth", "mover", codes.join(" "), "states");
        writeln!(self.out, "{}", self.paint(BOLD, &heading))?;
        for mover in &pool.movers {
            let named = if mover.named { " *" } else { "" };
            let name = format!("{:width$}", format!("{}{named}", mover.mover));
            let name = if mover.named { self.paint(BOLD, &name) } else { name };
            if let Some(refusal) = &mover.refusal {
                let words = self.paint(RED, "cannot be used here");
                writeln!(self.out, "{name}  {words}: {}", escape(refusal))?;
                continue;
            }
            let marks: Vec<String> = mover.verdicts.iter().map(|verdict| self.mark(verdict)).collect();
            let states = mover.efforts.iter().map(|effort| effort.states).max();
            let states = states.map(grouped).unwrap_or_default();
            let depth = mover.efforts.iter().map(|effort| effort.depth).max();
            let depth = depth.map(|depth| depth.to_string()).unwrap_or_default();
            writeln!(self.out, "{name}  {}  {states:>11}  {depth:>5}", marks.join(" "))?;
        }
        writeln!(self.out)
    }

    fn mark(&self, verdict: &PropertyVerdict) -> String {
        let (_, mark, _, style) = mark(&verdict.verdict);
        self.paint(style, &format!("{mark:CODE$}"))
    }

    /// What the marks that are seen mean.
    fn legend(&mut self, pool: &PoolProof) -> io::Result<()> {
        let verdicts = || pool.movers.iter().filter(|mover| mover.refusal.is_none()).flat_map(|mover| &mover.verdicts);
        let seen = MARKS.iter().filter(|(word, ..)| verdicts().any(|verdict| verdict.verdict == *word));
        let mut words: Vec<String> = seen.map(|(_, mark, meaning, _)| format!("{mark} {meaning}")).collect();
        if pool.movers.iter().any(|mover| mover.named) {
            words.insert(0, "* the model names it".to_owned());
        }
        writeln!(self.out, "{}", self.paint(DIM, &words.join("; ")))?;
        let alone = pool.movers.iter().filter(|mover| mover.one_vip).map(|mover| mover.mover.as_str());
        let alone: Vec<&str> = alone.collect();
        if !alone.is_empty() {
            let words = format!("one VIP stands for all, as they share nothing: {}", alone.join(", "));
            writeln!(self.out, "{}", self.paint(DIM, &words))?;
        }
        if pool.movers.iter().any(|mover| !mover.named && mover.refusal.is_none()) {
            let words = "movers that the model does not name are tried as if the addresses lay where they need them";
            writeln!(self.out, "{}", self.paint(DIM, words))?;
        }
        let words = "whether permissions and paths to the API are there is judged by `twinrail check`";
        writeln!(self.out, "{}", self.paint(DIM, words))?;
        writeln!(self.out)
    }

    /// Movers that the platform refuses in some worlds.
    fn refused(&mut self, pool: &PoolProof) -> io::Result<()> {
        let some = pool.movers.iter().flat_map(|mover| mover.refused_if.iter().map(move |refused| (mover, refused)));
        let mut told = false;
        for (mover, refused) in some {
            let words = self.paint(YELLOW, "cannot be used here");
            let when = escape(&conditions(&refused.when));
            writeln!(self.out, "{} {words} if {when}: {}", mover.mover, escape(&refused.refusal))?;
            told = true;
        }
        if told { writeln!(self.out) } else { Ok(()) }
    }

    /// What is not simply proved of a mover.
    fn mover(&mut self, pool: &PoolProof, mover: &MoverProof, proofs: &Proofs) -> io::Result<()> {
        let mut shown: Vec<&Sequence> = Vec::new();
        let mut told: Vec<(&str, &str)> = Vec::new();
        let silent = |verdict: &PropertyVerdict| {
            verdict.verdict == "proved" || verdict.verdict == "absent" && !self.options.details
        };
        let verdicts: Vec<&PropertyVerdict> = mover.verdicts.iter().filter(|verdict| !silent(verdict)).collect();
        for verdict in &verdicts {
            // What is said of several for the same reason is said once.
            let key = (verdict.verdict.as_str(), reason(verdict));
            let is_plain = matches!(key.0, "bound-hit" | "absent" | "undecided");
            if is_plain && told.contains(&key) {
                continue;
            }
            told.push(key);
            let alike: Vec<&str> = verdicts
                .iter()
                .filter(|other| is_plain && (other.verdict.as_str(), reason(other)) == key)
                .map(|other| other.property.as_str())
                .collect();
            self.verdict(verdict, &alike, mover, proofs)?;
            for world in &verdict.worlds {
                self.world(verdict, world, (pool, mover), &mut shown)?;
            }
        }
        if self.options.details {
            self.efforts(mover)?;
        }
        if !told.is_empty() || self.options.details { writeln!(self.out) } else { Ok(()) }
    }

    /// A verdict on one property, or on several alike.
    fn verdict(
        &mut self,
        verdict: &PropertyVerdict,
        alike: &[&str],
        mover: &MoverProof,
        proofs: &Proofs,
    ) -> io::Result<()> {
        let page = proofs.properties.iter().find(|page| page.code == verdict.property);
        let (title, twin) = page.map(|page| (page.title.as_str(), page.twin.as_str())).unwrap_or_default();
        let properties = if alike.len() > 1 { alike.join(" ") } else { format!("{} {title}", verdict.property) };
        let why = match verdict.verdict.as_str() {
            "vacuous" => format!(": it is never reached that {twin}"),
            "bound-hit" => format!(": {}", bound(mover)),
            "depends" => " on facts that nobody has confirmed".to_owned(),
            "undecided" => format!(": needs {}", reason(verdict)),
            "absent" => format!(": {}", reason(verdict)),
            _ => String::new(),
        };
        let (_, _, _, style) = mark(&verdict.verdict);
        let name = self.paint(BOLD, &mover.mover);
        let said = self.paint(style, in_words(&verdict.verdict));
        writeln!(self.out, "{name} {properties}: {said}{}", escape(&why))
    }

    fn world<'p>(
        &mut self,
        verdict: &PropertyVerdict,
        world: &'p ProofWorld,
        (pool, mover): (&PoolProof, &MoverProof),
        shown: &mut Vec<&'p Sequence>,
    ) -> io::Result<()> {
        if !world.when.is_empty() {
            let why = world.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            let words = format!("{} if {}{why}", in_words(&world.verdict), conditions(&world.when));
            writeln!(self.out, "    {}", escape(&words))?;
        }
        let Some(sequence) = &world.counterexample else { return Ok(()) };
        let known =
            shown.iter().find(|known| known.steps == sequence.steps && known.repeats_from == sequence.repeats_from);
        if let Some(known) = known {
            writeln!(self.out, "    by the same steps as {}:", known.property)?;
            self.shows(sequence)?;
        } else {
            self.sequence(sequence)?;
            shown.push(sequence);
        }
        let words = if let Some(file) = &world.file {
            format!("= file: {file}; `twinrail replay` shows it again")
        } else {
            format!("= file: --save DIR writes it as {}-{}-{}.json", pool.pool, mover.mover, verdict.property)
        };
        writeln!(self.out, "    {}", self.paint(DIM, &escape(&words)))
    }

    fn sequence(&mut self, sequence: &Sequence) -> io::Result<()> {
        let columns = Columns::of(sequence);
        let Columns { number, who, words, .. } = columns;
        let names = columns.titles(sequence);
        let [above, below] = names.map(|line| self.paint(BOLD, line.trim_end()));
        writeln!(self.out, "    {:number$}    {:who$}  {:words$}  {above}", "", "", "")?;
        writeln!(self.out, "    {:number$}    {:who$}  {:words$}  {below}", "", "who", "does what")?;
        let start = columns.cells(&sequence.start);
        writeln!(self.out, "    {:>number$}    {:who$}  {:words$}  {}", 0, "", "all is well", start.trim_end())?;
        let mut before = &sequence.start;
        for step in &sequence.steps {
            if sequence.repeats_from == Some(step.number) {
                let again = format!("{:number$}    from here on it repeats", "");
                writeln!(self.out, "    {}", self.paint(DIM, &again))?;
            }
            let mark = if step.fault { "!" } else { " " };
            let cells = columns.cells(&step.vips);
            let cells = cells.trim_end();
            let cells = if step.vips == *before { self.paint(DIM, cells) } else { cells.to_owned() };
            let mut lines = wrapped(&step.words, WORDS).into_iter();
            let first = format!("{:who$}  {:words$}", step.who, lines.next().unwrap_or_default());
            let line = format!("    {:>number$} {mark}  {}  {cells}", step.number, escape(&first));
            writeln!(self.out, "{}", line.trim_end())?;
            for more in lines {
                writeln!(self.out, "    {:number$}    {:who$}    {}", "", "", escape(&more))?;
            }
            before = &step.vips;
        }
        self.brackets(sequence)?;
        self.shows(sequence)
    }

    /// What brackets mean, where there are some.
    fn brackets(&mut self, sequence: &Sequence) -> io::Result<()> {
        let states = || sequence.steps.iter().flat_map(|step| &step.vips);
        let mut words = Vec::new();
        if states().any(|state| !state.better.is_empty()) {
            words.push("a > b: the route by a has the better priority");
        }
        if states().any(|state| !state.late_packets.is_empty()) {
            words.push("(name) under packets to: hosts that have not heard of the change still send there");
        }
        if states().any(|state| !state.fenced.is_empty()) {
            words.push("(name) under serves: the storage refuses what it writes");
        }
        for line in words {
            writeln!(self.out, "    {}", self.paint(DIM, line))?;
        }
        Ok(())
    }

    fn shows(&mut self, sequence: &Sequence) -> io::Result<()> {
        let last = sequence.shows.len().saturating_sub(1);
        for (place, line) in sequence.shows.iter().enumerate() {
            let line = escape(line);
            let line = if place == last { self.paint(RED, &line) } else { line };
            writeln!(self.out, "    {line}")?;
        }
        Ok(())
    }

    /// What was explored, in figures.
    fn efforts(&mut self, mover: &MoverProof) -> io::Result<()> {
        for effort in &mover.efforts {
            let hit = if effort.bound_hit { "; bound hit" } else { "" };
            writeln!(
                self.out,
                "    = explored: {} states of {} bits, for {}, {} deep, {}{hit}; faults: {}",
                grouped(effort.states),
                effort.bits,
                grouped(effort.full_states),
                effort.depth,
                size(effort.bytes),
                if effort.faults.is_empty() { "none".to_owned() } else { effort.faults.join(", ") },
            )?;
        }
        Ok(())
    }

    fn hangs_on(&mut self, facts: &[FactCitation]) -> io::Result<()> {
        if facts.is_empty() {
            return Ok(());
        }
        let title = self.paint(CYAN, "open questions");
        writeln!(self.out, "{title} ({}): facts that nobody has confirmed and that decide", facts.len())?;
        for fact in facts {
            writeln!(self.out, "  {}", escape(&citation(fact)))?;
            writeln!(self.out, "    {}", escape(&fact.question))?;
        }
        writeln!(self.out)
    }

    /// What the verdicts rest on and nobody has stated or seen; with `details`, everything that they rest on.
    fn facts(&mut self, facts: &[FactCitation]) -> io::Result<()> {
        let is_sure = |fact: &&FactCitation| matches!(fact.status.as_str(), "documented" | "confirmed" | "observed");
        let sure = facts.iter().filter(is_sure).count();
        let doubtful = facts.len() - sure;
        let title = self.paint(CYAN, "rests on");
        let (count, doubts) = (counted(facts.len(), "fact"), if doubtful == 1 { "is" } else { "are" });
        match (facts.len(), doubtful, self.options.details) {
            (0, ..) => return Ok(()),
            (_, _, true) => writeln!(self.out, "{title} {count}")?,
            (_, 0, false) => writeln!(self.out, "{title} {count}, documented or seen; --details shows which")?,
            (_, _, false) => {
                writeln!(
                    self.out,
                    "{title} {count}, of which {doubtful} {doubts} neither documented nor seen; --details shows the others"
                )?;
            }
        }
        for fact in facts.iter().filter(|fact| self.options.details || !is_sure(fact)) {
            writeln!(self.out, "  {}", escape(&citation(fact)))?;
        }
        writeln!(self.out)
    }

    fn summary(&mut self, proofs: &Proofs) -> io::Result<()> {
        for pool in &proofs.pools {
            let Some(named) = pool.movers.iter().find(|mover| mover.named) else { continue };
            let pool = escape(&pool.pool);
            if named.refusal.is_some() {
                writeln!(self.out, "{pool}: {} {}", named.mover, self.paint(RED, "cannot be used here"))?;
                continue;
            }
            let count = |word: &str| named.verdicts.iter().filter(|verdict| verdict.verdict == word).count();
            let some = MARKS.iter().map(|(word, ..)| (count(word), *word)).filter(|(count, _)| *count > 0);
            let some = some.map(|(count, word)| match word {
                "absent" if count == 1 => "1 does not arise".to_owned(),
                "absent" => format!("{count} do not arise"),
                word => format!("{count} {}", in_words(word)),
            });
            let some: Vec<String> = some.collect();
            writeln!(self.out, "{pool}: {}: {}", named.mover, some.join(", "))?;
        }
        Ok(())
    }
}

impl MoverProof {
    fn is_violated(&self) -> bool {
        self.refusal.is_none() && self.verdicts.iter().any(|verdict| verdict.verdict == "violated")
    }
}

/// Widths of columns.
struct Columns {
    number: usize,
    who: usize,
    words: usize,
    /// The three columns of each VIP.
    each: Vec<[usize; 3]>,
}

impl Columns {
    fn of(sequence: &Sequence) -> Self {
        let rows = || std::iter::once(&sequence.start).chain(sequence.steps.iter().map(|step| &step.vips));
        let each = (0..sequence.vips.len()).map(|vip| {
            let mut widths = [sequence.held_by.len(), "packets to".len(), "serves".len()];
            for cells in rows().filter_map(|row| row.get(vip)).map(cells) {
                for (most, cell) in widths.iter_mut().zip(&cells) {
                    *most = (*most).max(width(cell));
                }
            }
            // The name of the VIP stands over all three.
            let name = width(&sequence.vips[vip]).saturating_sub(widths.iter().sum::<usize>() + 4);
            widths[2] += name;
            widths
        });
        let steps = &sequence.steps;
        let lines = steps.iter().flat_map(|step| wrapped(&step.words, WORDS));
        Self {
            number: steps.len().to_string().len().max(2),
            who: steps.iter().map(|step| width(&step.who)).chain(["who".len()]).max().unwrap_or(0),
            words: lines.map(|line| width(&line)).chain(["all is well".len()]).max().unwrap_or(0),
            each: each.collect(),
        }
    }

    /// Both lines of the heading.
    fn titles(&self, sequence: &Sequence) -> [String; 2] {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for ([held, packets, serves], name) in self.each.iter().zip(&sequence.vips) {
            let all = held + packets + serves + 4;
            first.push(format!("{:all$}", escape(name)));
            second.push(format!("{:held$}  {:packets$}  {:serves$}", sequence.held_by, "packets to", "serves"));
        }
        [first.join(" | "), second.join(" | ")]
    }

    fn cells(&self, states: &[VipState]) -> String {
        let row = self.each.iter().zip(states).map(|([held, packets, serves], state)| {
            let [one, two, three] = cells(state);
            format!("{one:held$}  {two:packets$}  {three:serves$}")
        });
        row.collect::<Vec<_>>().join(" | ")
    }
}

/// Who has a VIP, who gets packets, who serves.
fn cells(state: &VipState) -> [String; 3] {
    let list = |names: &[String], others: &[String]| {
        let others = others.iter().map(|name| format!("({name})"));
        let names: Vec<String> = names.iter().cloned().chain(others).collect();
        if names.is_empty() { "nobody".to_owned() } else { escape(&names.join(" ")) }
    };
    let held = match state.better.as_slice() {
        [] => list(&state.held, &[]),
        better => escape(format!("{} > {}", better.join(" "), state.held.join(" ")).trim_end()),
    };
    [held, list(&state.packets, &state.late_packets), list(&state.serving, &state.fenced)]
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn mark(verdict: &str) -> (&'static str, &'static str, &'static str, Style) {
    MARKS.into_iter().find(|(word, ..)| *word == verdict).unwrap_or(MARKS[3])
}

fn in_words(verdict: &str) -> &str {
    match verdict {
        "absent" => "does not arise",
        "bound-hit" => "bound hit",
        other => other,
    }
}

/// `3 of 12 nodes, 2 of 48 VIPs, 2 controllers, 2 faults; fence: epoch; addresses reserved`
fn scope(pool: &PoolProof, explored: &Explored) -> String {
    let most = match explored.at_most.as_slice() {
        [] => String::new(),
        some => format!(" (at most {})", some.join(", ")),
    };
    let mut words = format!(
        "{} of {}, {} of {}, {}, {}{most}; fence: {}",
        explored.nodes,
        counted(usize::try_from(pool.all_nodes).unwrap_or(usize::MAX), "node"),
        explored.vips,
        counted(usize::try_from(pool.all_vips).unwrap_or(usize::MAX), "VIP"),
        counted(explored.controllers.into(), "controller"),
        counted(explored.faults.into(), "fault"),
        explored.fence
    );
    match explored.reserved.as_deref() {
        Some("yes") => words.push_str("; addresses reserved"),
        Some("depends") => words.push_str("; addresses reserved, if that is possible"),
        Some(_) => words.push_str("; addresses not reserved"),
        None => {}
    }
    if explored.repaired {
        words.push_str("; a group recreates instances");
    }
    if let Some(step) = &explored.without {
        words.push_str("; without the step ");
        words.push_str(step);
    }
    words
}

/// Why a property does not arise, or what the input lacks.
fn reason(verdict: &PropertyVerdict) -> &str {
    verdict.worlds.first().and_then(|world| world.why.as_deref()).unwrap_or_default()
}

/// How far the exploration came.
fn bound(mover: &MoverProof) -> String {
    let hit = mover.efforts.iter().filter(|effort| effort.bound_hit).max_by_key(|effort| effort.states);
    match hit {
        Some(effort) => {
            format!(
                "{} states, {}; --states and --memory let it look further",
                grouped(effort.states),
                size(effort.bytes)
            )
        }
        None => "not all worlds were seen".to_owned(),
    }
}

/// Bytes in the largest unit that has a whole.
fn size(bytes: u64) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let mut tenths = bytes.saturating_mul(10);
    let mut unit = 0;
    while tenths >= 10_240 && unit + 1 < units.len() {
        tenths /= 1024;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} bytes") } else { format!("{}.{} {}", tenths / 10, tenths % 10, units[unit]) }
}
