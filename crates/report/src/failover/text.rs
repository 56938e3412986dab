//! Comparisons for a terminal: the choice first, then the movers, the scenarios, the intents, and on what it hangs. Short first; `details` shows needs, limits
//! and facts. Not here: what is said.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{
    CellPage, ChoicePage, Distribution, Failover, MoverFailover, OutageVerdict, PoolFailover, QuantilePage, Sweep,
};
use crate::TextOptions;
use crate::text::citation;
use crate::words::escape;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default();

/// Flips, swings and worths that are shown without `details`.
const FEW: usize = 5;

/// Writes comparisons as text.
pub fn failover_text(failover: &Failover, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { options, out };
    if failover.pools.is_empty() {
        return writeln!(page.out, "no pool of virtual IPs in the input: nothing fails over");
    }
    for pool in &failover.pools {
        page.pool(pool, failover)?;
    }
    page.summary(failover)
}

/// A time with as many digits as people read: `0.3 s`, `27 s`, `3 min 14 s`, `1 h 5 min`.
pub(crate) fn seconds(seconds: f64) -> String {
    if seconds < 9.95 {
        let text = format!("{seconds:.1}");
        return format!("{} s", text.trim_end_matches(".0"));
    }
    let whole = seconds.round();
    if whole < 120.0 {
        return format!("{whole} s");
    }
    let minutes = (whole / 60.0).floor();
    if minutes < 60.0 {
        return format!("{minutes}m{:02}s", whole - minutes * 60.0);
    }
    format!("{}h{:02}m", (minutes / 60.0).floor(), minutes % 60.0)
}

/// A quantile in one word: `27 s`, `≥ 54 s` where only a bound is honest, `never`, `?`.
pub(crate) fn quantile(page: &QuantilePage) -> String {
    match (page.seconds, page.never, page.at_least) {
        (Some(value), _, _) => seconds(value),
        (None, true, _) => "never".to_owned(),
        (None, false, Some(bound)) => format!("≥ {}", seconds(bound)),
        (None, false, None) => "?".to_owned(),
    }
}

/// Where a quantile lies within the ranges of the facts: `12 s to 2m10s`.
pub(crate) fn range(page: &QuantilePage) -> Option<String> {
    let (quick, slow) = page.range.filter(|_| !page.never)?;
    let end = |end: Option<f64>| end.map_or_else(|| "never".to_owned(), seconds);
    Some(format!("{} to {}", end(quick), end(slow)))
}

/// A figure of a distribution.
type OfOutage = fn(&Distribution) -> &QuantilePage;

/// US dollars with as many digits as matter: `332`, `12k`, `294k`, `1.2M`.
pub(crate) fn dollars(dollars: f64) -> String {
    match dollars {
        least if least < 10_000.0 => format!("{least:.0}"),
        thousands if thousands < 1e6 => format!("{:.0}k", thousands / 1e3),
        more => format!("{:.1}M", more / 1e6),
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

    fn pool(&mut self, pool: &PoolFailover, failover: &Failover) -> io::Result<()> {
        let title = self.paint(BOLD, &escape(&format!("{} over {}", pool.pool, pool.cluster)));
        let clients: Vec<String> = pool
            .clients
            .iter()
            .map(|client| {
                let who = if client.groups.is_empty() { "any".to_owned() } else { client.groups.join(", ") };
                let connections = if client.connections > 1 {
                    format!(", {} connections", client.connections)
                } else {
                    String::new()
                };
                format!("{} ({}{connections})", escape(&who), client.protocol)
            })
            .collect();
        writeln!(
            self.out,
            "{title}: {} VIPs over {} instances, {} go with one; clients: {}\n",
            pool.vips,
            pool.instances,
            pool.vips_together,
            clients.join(", ")
        )?;
        if pool.clients.iter().any(|client| client.protocol.contains("rdma")) {
            let caveat = "RDMA clients: their timers were observed on soft RoCE in emulated machines, and are assumed for Falcon and RoCE hardware";
            writeln!(self.out, "{}\n", self.paint(DIM, caveat))?;
        }
        self.choice(&pool.choice, pool)?;
        self.movers(pool, failover)?;
        self.scenarios(pool, failover)?;
        self.intents(&pool.intents)?;
        self.hangs_on(pool)?;
        for sweep in &pool.sweeps {
            self.sweep(sweep)?;
        }
        if self.options.details {
            for mover in pool.movers.iter().filter(|mover| mover.refusal.is_none()) {
                self.mover(mover)?;
            }
        }
        Ok(())
    }

    fn choice(&mut self, choice: &ChoicePage, pool: &PoolFailover) -> io::Result<()> {
        let Some(first) = &choice.first else {
            return writeln!(self.out, "no mover can be used on this network\n");
        };
        let named = if *first == pool.mover { ", which the model names" } else { "" };
        writeln!(self.out, "{} {first}{named}", self.paint(BOLD, "first:"))?;
        writeln!(self.out, "  by {}", choice.criterion.join(", then "))?;
        match (&choice.dominates, choice.worlds) {
            (Some(mover), _) => {
                writeln!(self.out, "  {mover} is no slower in any scenario, as safe and as cheap as any")?;
            }
            (None, _) if choice.because.is_empty() => {}
            (None, _) => writeln!(self.out, "  no mover is the best in everything")?,
        }
        if choice.worlds > 0 {
            writeln!(
                self.out,
                "  it stays first in {} of {} worlds that differ in one fact",
                choice.same, choice.worlds
            )?;
        }
        if let Some(other) = choice.first_of_all.as_ref().filter(|other| *other != first) {
            let mover = pool.movers.iter().find(|mover| mover.mover == *other);
            let obstacles = mover.map(|mover| mover.obstacles.join("; ")).unwrap_or_default();
            writeln!(self.out, "  {other} would be, but something has to change first: {}", escape(&obstacles))?;
        }
        for because in &choice.because {
            writeln!(self.out, "  before {}: {}", because.mover, because.why)?;
        }
        writeln!(self.out)
    }

    fn movers(&mut self, pool: &PoolFailover, failover: &Failover) -> io::Result<()> {
        let width = pool.movers.iter().map(|mover| mover.mover.len() + 2).max().unwrap_or(0);
        let heading = format!(
            "{:width$}  {:>10} {:>10} {:>18}  {:>10} {:>10} {:>6} {:>8}  proofs",
            "mover", "client p50", "client p99", "p99, facts' ends", "VIP p50", "held by 0", "calls", "USD/mon"
        );
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
            let decides =
                |cell: &&CellPage| failover.scenarios.iter().any(|page| page.decides && page.scenario == cell.scenario);
            let Some(cell) = mover.cells.iter().find(decides).or(mover.cells.first()) else { continue };
            let Some(outage) = cell.outages.first() else { continue };
            writeln!(
                self.out,
                "{name}  {:>10} {:>10} {:>18}  {:>10} {:>10} {:>6} {:>8}  {}",
                quantile(&outage.p50),
                quantile(&mover.p99),
                range(&mover.p99).unwrap_or_default(),
                quantile(&cell.downtime.p50),
                quantile(&cell.free.p50),
                cell.calls,
                dollars(mover.price + mover.price_of_load.unwrap_or(0.0)),
                self.proofs(mover),
            )?;
            for obstacle in &mover.obstacles {
                writeln!(self.out, "  {} {}", self.paint(CYAN, "first has to change:"), escape(obstacle))?;
            }
        }
        let decides = failover.scenarios.iter().find(|page| page.decides).or(failover.scenarios.first());
        let scenario = decides.map(|page| page.scenario.as_str());
        let legend = format!(
            "* named by the model. {}: p50, VIP, held by nobody and API changes; p99: the worst of the scenarios that decide. \
             ≥: only a bound is honest.",
            scenario.unwrap_or_default()
        );
        writeln!(self.out, "{}\n", self.paint(DIM, &legend))
    }

    fn proofs(&self, mover: &MoverFailover) -> String {
        let Some(proved) = &mover.proved else { return "not looked at".to_owned() };
        let mut parts = Vec::new();
        if !proved.violated.is_empty() {
            parts.push(self.paint(RED, &format!("violates {}", proved.violated.join(" "))));
        }
        if !proved.depends.is_empty() {
            parts.push(self.paint(CYAN, &format!("{} depend", proved.depends.join(" "))));
        }
        if parts.is_empty() {
            parts.push(self.paint(GREEN, &format!("{} hold", proved.proved.len())));
        }
        parts.join(", ")
    }

    /// Outages of the first client, movers down and scenarios across.
    fn scenarios(&mut self, pool: &PoolFailover, failover: &Failover) -> io::Result<()> {
        let usable: Vec<&MoverFailover> = pool.movers.iter().filter(|mover| !mover.cells.is_empty()).collect();
        let width = usable.iter().map(|mover| mover.mover.len()).max().unwrap_or(0).max(18);
        let tables: [(&str, OfOutage); 2] = [("outage, p50", |page| &page.p50), ("outage, p99", |page| &page.p99)];
        for (title, of) in tables {
            let columns: Vec<String> = failover.scenarios.iter().map(|page| format!("{:>11}", page.scenario)).collect();
            let heading = format!("{title:width$} {}", columns.join(" "));
            writeln!(self.out, "{}", self.paint(BOLD, &heading))?;
            for mover in &usable {
                let cells = mover.cells.iter().map(|cell: &CellPage| {
                    let page = cell.outages.first().map(of);
                    format!("{:>11}", page.map(quantile).unwrap_or_default())
                });
                writeln!(self.out, "{:width$} {}", mover.mover, cells.collect::<Vec<_>>().join(" "))?;
            }
            writeln!(self.out)?;
        }
        self.why_not(&usable)
    }

    /// The reasons for which figures are not printed, each once.
    fn why_not(&mut self, movers: &[&MoverFailover]) -> io::Result<()> {
        let mut reasons: Vec<(String, usize)> = Vec::new();
        for cell in movers.iter().flat_map(|mover| &mover.cells) {
            for page in cell.outages.iter().map(|outage| &outage.p99) {
                let Some(why) = &page.why_not else { continue };
                let fact = why.split("the tail of ").nth(1).unwrap_or(why).to_owned();
                match reasons.iter_mut().find(|(known, _)| *known == fact) {
                    Some((_, count)) => *count += 1,
                    None => reasons.push((fact, 1)),
                }
            }
        }
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for (fact, count) in &reasons {
            let figures = if *count == 1 { "1 figure is".to_owned() } else { format!("{count} figures are") };
            writeln!(
                self.out,
                "{figures} not printed: most of the slowest trials drew in the tail of {fact}, which nobody measured"
            )?;
        }
        if !reasons.is_empty() {
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn intents(&mut self, intents: &[OutageVerdict]) -> io::Result<()> {
        for intent in intents {
            let (style, verdict) = match intent.verdict.as_str() {
                "holds" => (GREEN, "holds"),
                "violated" => (RED, "violated"),
                _ => (CYAN, "depends"),
            };
            writeln!(self.out, "{} {}", self.paint(style, verdict), escape(&intent.intent))?;
            if let (Some(scenario), Some(page)) = (&intent.scenario, &intent.quantile) {
                writeln!(self.out, "  worst where {scenario}: {} in the first world", quantile(page))?;
            }
            let shown = if self.options.details { intent.otherwise.len() } else { FEW };
            for other in intent.otherwise.iter().take(shown) {
                writeln!(self.out, "  {} if {}", other.verdict, other.what)?;
            }
            if intent.otherwise.len() > shown {
                writeln!(self.out, "  … and in {} more worlds (--details)", intent.otherwise.len() - shown)?;
            }
            let kept = if intent.kept_by.is_empty() { "no mover".to_owned() } else { intent.kept_by.join(", ") };
            writeln!(self.out, "  kept in every world that was looked at by {kept}\n")?;
        }
        Ok(())
    }

    fn hangs_on(&mut self, pool: &PoolFailover) -> io::Result<()> {
        let choice = &pool.choice;
        if !choice.flips.is_empty() {
            writeln!(self.out, "{}", self.paint(BOLD, "the choice flips"))?;
            for flip in &choice.flips {
                let first = flip.first.as_deref().unwrap_or("none");
                writeln!(self.out, "  {}, if it is {}: {first}", flip.fact, flip.at)?;
            }
            writeln!(self.out)?;
        }
        if !choice.worth.is_empty() {
            writeln!(self.out, "{}", self.paint(BOLD, "worth knowing first"))?;
            for worth in choice.worth.iter().take(FEW) {
                let saves = if let Some(saved) = worth.seconds {
                    format!("{} of p99", seconds(saved))
                } else {
                    "a mover that works".to_owned()
                };
                writeln!(
                    self.out,
                    "  {}: saves {saves} on average of {} values, equally likely",
                    worth.fact, worth.tried
                )?;
            }
            writeln!(self.out)?;
        }
        let named = pool.movers.iter().find(|mover| mover.named);
        if let Some(mover) = named.filter(|mover| !mover.swings.is_empty()) {
            writeln!(self.out, "{}", self.paint(BOLD, &format!("p99 of {} with one fact elsewhere", mover.mover)))?;
            let shown = if self.options.details { mover.swings.len() } else { 2 * FEW };
            for swing in mover.swings.iter().take(shown) {
                let value = match (swing.usable, swing.seconds) {
                    (false, _) => "cannot be used".to_owned(),
                    (true, None) => "never".to_owned(),
                    (true, Some(value)) => seconds(value),
                };
                writeln!(self.out, "  {value:>8}  if {}", swing.what)?;
            }
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn sweep(&mut self, sweep: &Sweep) -> io::Result<()> {
        let heading = format!("{} of {}", sweep.parameter, sweep.mover);
        writeln!(
            self.out,
            "{}",
            self.paint(
                BOLD,
                &format!("{heading:24} {:>10} {:>10} {:>16}  frontier", "killed p50", "p99", "false failovers")
            )
        )?;
        for point in &sweep.points {
            let mark = if point.on_frontier { "#" } else { "" };
            writeln!(
                self.out,
                "{:24} {:>10} {:>10} {:>14.1} %  {mark}",
                point.value,
                quantile(&point.p50),
                quantile(&point.p99),
                point.false_failovers * 100.0
            )?;
        }
        writeln!(self.out)
    }

    fn mover(&mut self, mover: &MoverFailover) -> io::Result<()> {
        writeln!(self.out, "{}", self.paint(BOLD, &mover.mover))?;
        if let Some(detector) = &mover.detector {
            writeln!(self.out, "  notices by {detector}")?;
        }
        for condition in &mover.world {
            writeln!(self.out, "  played where {} = {}", condition.fact, condition.value)?;
        }
        for refused in &mover.refused_if {
            let when = crate::words::conditions(&refused.when);
            writeln!(self.out, "  cannot be used if {when}: {}", escape(&refused.refusal))?;
        }
        for needs in &mover.needs {
            writeln!(self.out, "  needs {}", escape(needs))?;
        }
        for used in &mover.uses {
            writeln!(self.out, "  uses {} of {} {}", used.used, used.most, used.what)?;
        }
        if let Some(price) = mover.price_per_gib {
            let load = mover.price_of_load.map_or_else(String::new, |load| {
                format!(": {} USD a month at the model's rate of writes all the time", dollars(load))
            });
            let month = format!("beside {:.0} USD a month", mover.price);
            writeln!(self.out, "  costs {price} USD for each GiB that clients write{load}, {month}")?;
        }
        let rests_on: Vec<&str> = mover.rests_on.iter().map(String::as_str).collect();
        writeln!(self.out, "  rests on {}\n", rests_on.join(", "))
    }

    fn summary(&mut self, failover: &Failover) -> io::Result<()> {
        if self.options.details {
            writeln!(self.out, "{}", self.paint(BOLD, "facts"))?;
            for fact in &failover.facts {
                writeln!(self.out, "  {}", citation(fact))?;
            }
            writeln!(self.out)?;
        }
        let cells = failover.pools.iter().flat_map(|pool| &pool.movers).map(|mover| mover.cells.len()).sum::<usize>();
        writeln!(
            self.out,
            "{} trials in each of {cells} cells, {} with one fact elsewhere; seed {}",
            failover.trials, failover.varied, failover.seed
        )
    }
}
