//! Sizes for a terminal: the test farm, then the plan for customers, then what it takes. Short first; `details` shows
//! jobs, alternatives, all asks and the facts.
//! Not here: what is said.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{AskPage, ClusterPage, FarmPage, FarmSize, FlipPlan, PlanPage, Size, told};
use crate::TextOptions;
use crate::failover::{dollars, said};
use crate::text::citation;
use crate::words::{counted, escape, grouped};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default();

/// Lines of a list that are shown without `details`.
const FEW: usize = 5;

/// Writes sizes as text.
pub fn size_text(size: &Size, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { options, out };
    if size.farm.is_none() && size.plan.is_none() && size.no_plan.is_none() {
        writeln!(page.out, "nothing is to be sized: the model file has neither `tests` nor `demand`")?;
    }
    if let Some(farm) = &size.farm {
        page.farm(farm)?;
    }
    if let Some(needs) = &size.no_plan {
        writeln!(page.out, "customers were not planned for: that needs {needs}\n")?;
    }
    if let Some(plan) = &size.plan {
        page.plan(plan)?;
    }
    for line in &size.caveats {
        writeln!(page.out, "{}", page.options.paint(DIM, &format!("note: {line}")))?;
    }
    if page.options.details {
        writeln!(page.out, "\nfacts")?;
        for fact in &size.facts {
            writeln!(page.out, "  {}", citation(fact))?;
        }
    }
    Ok(())
}

/// A time of minutes.
pub(crate) fn minutes(minutes: f64) -> String {
    const SECONDS_PER_MINUTE: f64 = 60.0;
    said(minutes * SECONDS_PER_MINUTE)
}

/// A part in percent; `<0.1 %` rather than a nothing that is something.
pub(crate) fn percent(part: f64) -> String {
    let percent = part * 100.0;
    match percent {
        whole if whole == 0.0 || whole >= 9.95 => format!("{whole:.0} %"),
        small if small < 0.1 => "<0.1 %".to_owned(),
        small => format!("{small:.1} %"),
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

    /// A table with its first line as header; numbers to the right from the second column on.
    fn table(&mut self, rows: &[Vec<String>], left: &[usize]) -> io::Result<()> {
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (place, row) in rows.iter().enumerate() {
            let cells = row.iter().enumerate().map(|(column, cell)| {
                let pad = " ".repeat(widths[column] - cell.chars().count());
                if left.contains(&column) { format!("{cell}{pad}") } else { format!("{pad}{cell}") }
            });
            let line = cells.collect::<Vec<_>>().join("  ");
            let line = line.trim_end();
            let line = if place == 0 { self.paint(DIM, line) } else { line.to_owned() };
            writeln!(self.out, "  {line}")?;
        }
        writeln!(self.out)
    }

    fn farm(&mut self, farm: &FarmPage) -> io::Result<()> {
        let title = self.paint(BOLD, "test farm");
        writeln!(
            self.out,
            "{title}: {}, {:.1} a day, {:.1} instances busy on average if nobody waited; a job takes {}, a mean wait of {} is still good\n",
            if farm.jobs.len() == 1 {
                "1 kind of job".to_owned()
            } else {
                format!("{} kinds of jobs", farm.jobs.len())
            },
            farm.jobs_a_day,
            farm.busy_instances,
            minutes(farm.mean_duration_minutes),
            minutes(farm.bound_minutes),
        )?;
        if let Some(reason) = &farm.not_simulated {
            writeln!(self.out, "  nothing was simulated: {}\n", escape(reason))?;
        }
        self.sizes(farm)?;
        self.least(farm)?;
        for other in &farm.elsewhere {
            writeln!(self.out, "  {}: {}", other.to, escape(&told::relief(other)))?;
        }
        let unknown = farm.spot.iter().any(|spot| spot.uninterrupted.is_none());
        if unknown {
            writeln!(
                self.out,
                "  how much longer jobs take on spot is not said: nobody knows how often such machines are preempted"
            )?;
        }
        for spot in farm.spot.iter().filter(|_| self.options.details) {
            let expected = spot.expected_minutes.map_or_else(|| "?".to_owned(), minutes);
            let whole =
                spot.uninterrupted.map_or_else(String::new, |part| format!(", {} never preempted", percent(part)));
            writeln!(
                self.out,
                "    {}: {} instead of {}{whole}",
                escape(&spot.job),
                expected,
                minutes(spot.mean_minutes)
            )?;
        }
        writeln!(self.out)?;
        if self.options.details { self.jobs(farm) } else { Ok(()) }
    }

    fn sizes(&mut self, farm: &FarmPage) -> io::Result<()> {
        let mut rows: Vec<Vec<String>> = vec![
            ["", "instances", "busy", "mean wait", "p95", "in time", "one step more saves"].map(str::to_owned).to_vec(),
        ];
        for size in &farm.sizes {
            let time = |time: Option<f64>| time.map_or_else(|| "-".to_owned(), minutes);
            let part = |part: Option<f64>| part.map_or_else(|| "-".to_owned(), percent);
            let (sign, _) = sign(size);
            let more = size
                .more
                .as_ref()
                .map_or_else(|| "-".to_owned(), |more| format!("{} a day", minutes(more.saved_minutes_a_day)));
            rows.push(vec![
                sign.to_owned(),
                size.instances.to_string(),
                part(size.utilisation),
                time(size.mean_wait_minutes),
                time(size.p95_wait_minutes),
                part(size.on_time),
                more,
            ]);
        }
        self.table(&rows, &[0])?;
        for size in &farm.sizes {
            let (mark, style) = sign(size);
            let mark = self.paint(style, mark);
            if size.verdict == "not simulated" {
                writeln!(self.out, "  {mark} {} instances: not simulated", size.instances)?;
                continue;
            }
            if size.cannot.is_empty() {
                writeln!(self.out, "  {mark} {} instances run everything as they should", size.instances)?;
            } else {
                writeln!(self.out, "  {mark} {} instances: {}", size.instances, size.verdict)?;
            }
            for line in &size.cannot {
                writeln!(self.out, "      {}", escape(line))?;
            }
            let alone = size.suites.iter().filter(|suite| suite.alone.is_empty()).map(|suite| suite.suite.as_str());
            let alone: Vec<&str> = alone.collect();
            if !size.cannot.is_empty() && !alone.is_empty() {
                writeln!(self.out, "      alone would do: {}", escape(&alone.join(", ")))?;
            }
        }
        writeln!(self.out)
    }

    fn least(&mut self, farm: &FarmPage) -> io::Result<()> {
        if let Some(least) = farm.least {
            let least = self.paint(BOLD, &format!("{least} instances"));
            writeln!(
                self.out,
                "  {least} are the least that run everything as they should ({})",
                farm.least_notes.join("; ")
            )?;
        } else {
            for note in &farm.least_notes {
                writeln!(self.out, "  {note}")?;
            }
        }
        if let Some(erlang) = &farm.erlang {
            writeln!(self.out, "  Erlang C: {}", told::erlang(erlang))?;
        }
        if !farm.curve.is_empty() {
            let shown = if self.options.details { farm.curve.len() } else { farm.curve.len().min(FEW) };
            let points = farm.curve[..shown]
                .iter()
                .map(|point| format!("{}: {}", point.instances, minutes(point.saved_minutes_a_day)));
            writeln!(self.out, "  one step more saves a day, from {}", points.collect::<Vec<_>>().join(", from "))?;
        }
        Ok(())
    }

    fn jobs(&mut self, farm: &FarmPage) -> io::Result<()> {
        let mut rows =
            vec![["job", "suite", "instances", "a day", "takes", "deadline", "arrives"].map(str::to_owned).to_vec()];
        rows.extend(farm.jobs.iter().map(|job| {
            vec![
                escape(&job.job),
                escape(&job.suite),
                job.instances.to_string(),
                format!("{}", job.per_day),
                minutes(job.mean_minutes),
                job.deadline_minutes.map_or_else(|| "-".to_owned(), minutes),
                job.arrives.clone(),
            ]
        }));
        self.table(&rows, &[0, 1, 6])
    }

    fn plan(&mut self, plan: &PlanPage) -> io::Result<()> {
        let title = self.paint(BOLD, "customers");
        let by = if plan.measure == "money" { "money" } else { "nodes, as prices are missing" };
        writeln!(
            self.out,
            "{title}: {}, {} to {}, {} worlds, least regret by {by}\n",
            counted(plan.clusters.len(), "segment"),
            plan.from,
            plan.until,
            grouped(u64::from(plan.worlds)),
        )?;
        self.quarters(plan)?;
        for cluster in &plan.clusters {
            self.cluster(cluster)?;
        }
        if let Some(pooled) = &plan.pooled {
            let (machine, nodes) = (pooled.machine.as_deref().unwrap_or("nothing"), pooled.quarters.last());
            let nodes = nodes
                .map_or_else(|| "-".to_owned(), |quarter| format!("{} nodes in {}", quarter.nodes, quarter.quarter));
            writeln!(self.out, "  one cluster for all would take {nodes} of {}\n", escape(machine))?;
        }
        self.moves(plan)?;
        self.takes(plan)?;
        for note in &plan.notes {
            writeln!(self.out, "  {}", escape(note))?;
        }
        writeln!(self.out)
    }

    fn quarters(&mut self, plan: &PlanPage) -> io::Result<()> {
        // More columns than this fit on no screen.
        const COLUMNS: usize = 6;
        let clusters =
            if plan.clusters.len() > COLUMNS && !self.options.details { &[][..] } else { &plan.clusters[..] };
        let all_planned = plan.clusters.iter().all(|cluster| cluster.machine.is_some());
        let mut header = vec![String::new()];
        header.extend(clusters.iter().map(|cluster| escape(&cluster.segments.join(", "))));
        header.extend(["nodes", "enough in", "USD a month", "VIPs", "addresses"].map(str::to_owned));
        let mut rows = vec![header];
        for (place, quarter) in plan.quarters.iter().enumerate() {
            let mut row = vec![quarter.quarter.clone()];
            row.extend(clusters.iter().map(|cluster| {
                cluster.quarters.get(place).map_or_else(|| "-".to_owned(), |quarter| quarter.nodes.to_string())
            }));
            row.push(quarter.nodes.to_string());
            row.push(if all_planned { percent(quarter.covered) } else { "?".to_owned() });
            row.push(quarter.usd_per_month.map_or_else(|| "?".to_owned(), dollars));
            row.push(quarter.vips.to_string());
            row.push(quarter.addresses.to_string());
            rows.push(row);
        }
        self.table(&rows, &[0])?;
        if let Some(last) = plan.quarters.last() {
            writeln!(self.out, "  prices on demand: {}\n", escape(&last.prices.join("; ")))?;
        }
        Ok(())
    }

    fn cluster(&mut self, cluster: &ClusterPage) -> io::Result<()> {
        let name = self.paint(BOLD, &escape(&cluster.segments.join(", ")));
        let Some(machine) = &cluster.machine else {
            writeln!(self.out, "  {name}: no machine type stores anything")?;
            return self.excuses(cluster);
        };
        let level = cluster.level.as_deref().unwrap_or("?");
        let bound = cluster.quarters.last().and_then(|quarter| quarter.binding.first());
        let bound = bound.map_or_else(String::new, |(what, part)| {
            format!("; {what} asks for most in {} of the worlds", percent(*part))
        });
        writeln!(self.out, "  {name}: {} at {level}{bound}", escape(machine))?;
        if let Some((what, part)) = cluster.full.first() {
            writeln!(
                self.out,
                "    in the middle of all, with its headroom lost, the fullest is {what}: {}",
                percent(*part)
            )?;
        }
        let shown = if self.options.details { cluster.alternatives.len() } else { cluster.alternatives.len().min(2) };
        for other in &cluster.alternatives[..shown] {
            let why = other.lost.as_deref().unwrap_or("nothing");
            writeln!(
                self.out,
                "    not {} at {}: more is regretted for {}",
                escape(&other.machine),
                other.level,
                escape(why)
            )?;
        }
        self.excuses(cluster)?;
        for line in cluster.open.iter().chain(&cluster.notes) {
            writeln!(self.out, "    {}: {}", self.paint(CYAN, "open"), escape(line))?;
        }
        writeln!(self.out)
    }

    fn excuses(&mut self, cluster: &ClusterPage) -> io::Result<()> {
        let shown = if self.options.details { cluster.excuses.len() } else { cluster.excuses.len().min(FEW) };
        for excuse in &cluster.excuses[..shown] {
            let bound = excuse.bound.as_ref().map_or_else(String::new, |bound| {
                format!(", most for {bound} in {} worlds", grouped(u64::from(excuse.worlds)))
            });
            writeln!(self.out, "    not {}: {}{bound}", escape(&excuse.machine), escape(&excuse.reason))?;
        }
        Ok(())
    }

    /// What moves the plan: inputs, then open facts.
    fn moves(&mut self, plan: &PlanPage) -> io::Result<()> {
        let shown = if self.options.details { plan.swings.len() } else { plan.swings.len().min(FEW) };
        if shown > 0 {
            writeln!(self.out, "  what moves it most: nodes with the input at p10, p50, p90")?;
            let most = plan.swings.iter().map(|swing| swing.nodes[2].max(swing.nodes[0])).max().unwrap_or(1).max(1);
            let mut rows = vec![["input", "p10", "p50", "p90", ""].map(str::to_owned).to_vec()];
            rows.extend(plan.swings[..shown].iter().map(|swing| {
                let mut row = vec![escape(&format!("{} {}", swing.segment, swing.input))];
                row.extend(swing.nodes.iter().map(ToString::to_string));
                row.push(bar(swing.nodes, most));
                row
            }));
            self.table(&rows, &[0, 4])?;
        }
        let flips = &plan.flips;
        if flips.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "  open facts that change it: {}", flips.len())?;
        let shown = if self.options.details { flips.len() } else { flips.len().min(FEW) };
        for flip in &flips[..shown] {
            writeln!(self.out, "    {}", flipped(flip, plan))?;
        }
        if shown < flips.len() {
            writeln!(self.out, "    {} more (--details)", flips.len() - shown)?;
        }
        writeln!(self.out)
    }

    /// What it takes of the platform.
    fn takes(&mut self, plan: &PlanPage) -> io::Result<()> {
        let mut rows = vec![
            ["subnets to reserve", "rail", "nodes", "VIPs", "addresses", "prefix", "subnets", "a lost node's VIPs"]
                .map(str::to_owned)
                .to_vec(),
        ];
        rows.extend(plan.subnets.iter().map(|subnet| {
            vec![
                escape(&subnet.cluster),
                subnet.rail.clone(),
                subnet.nodes.to_string(),
                if subnet.vips > 0 { subnet.vips.to_string() } else { "-".to_owned() },
                subnet.addresses.to_string(),
                subnet.prefix.map_or_else(|| "none fits".to_owned(), |prefix| format!("/{prefix}")),
                subnet.subnets.to_string(),
                subnet.overload.map_or_else(|| "-".to_owned(), |part| format!("+{} on the busiest", percent(part))),
            ]
        }));
        self.table(&rows, &[0, 1])?;
        for subnet in plan.subnets.iter().filter(|subnet| subnet.rail == "tcp") {
            let placement = subnet.placement_groups.map_or_else(|| "?".to_owned(), |groups| groups.to_string());
            let groups = format!("{}, {placement} for placement", counted_groups(subnet.migs));
            writeln!(self.out, "  {}: {groups}", escape(&subnet.cluster))?;
        }
        for objects in plan.objects.iter().filter(|objects| objects.named || self.options.details) {
            let routes = objects.routes.map_or_else(|| "?".to_owned(), |routes| routes.to_string());
            writeln!(
                self.out,
                "  {} makes {} alias ranges, {routes} routes, {} forwarding rules",
                objects.mover, objects.alias_ranges, objects.forwarding_rules
            )?;
        }
        let shown = if self.options.details { plan.asks.len() } else { plan.asks.len().min(2 * FEW) };
        writeln!(self.out, "\n  what to ask for, and by when")?;
        let mut rows = vec![["by", "if slow", "what", "amount", "for", "covers"].map(str::to_owned).to_vec()];
        rows.extend(plan.asks[..shown].iter().map(asked));
        self.table(&rows, &[0, 1, 2, 4])?;
        if shown < plan.asks.len() {
            writeln!(self.out, "  {} more (--details)\n", plan.asks.len() - shown)?;
        }
        Ok(())
    }
}

fn counted_groups(groups: u64) -> String {
    if groups == 1 { "1 managed group".to_owned() } else { format!("{groups} managed groups") }
}

fn sign(size: &FarmSize) -> (&'static str, Style) {
    match size.verdict.as_str() {
        "enough" => ("✓", GREEN),
        "not enough" => ("✗", RED),
        _ => ("?", CYAN),
    }
}

/// What an open fact makes of the plan.
fn flipped(flip: &FlipPlan, plan: &PlanPage) -> String {
    let parts = flip_parts(flip, plan).join(", ");
    escape(&format!("{} = {} instead of {}: {parts}", flip.fact, flip.value, flip.usual))
}

/// The other machine types, count and cost, each where it is another.
pub(crate) fn flip_parts(flip: &FlipPlan, plan: &PlanPage) -> Vec<String> {
    let mut parts = Vec::new();
    if flip.is_other_machine {
        let machines = flip.machines.iter().map(|machine| machine.as_deref().unwrap_or("none"));
        parts.push(machines.collect::<Vec<_>>().join(", "));
    }
    if let (true, Some(nodes), Some(quarter)) = (flip.is_other_count, flip.nodes.last(), plan.quarters.last()) {
        parts.push(format!("{nodes} nodes instead of {} in {}", quarter.nodes, quarter.quarter));
    }
    if let (Some(usd), Some(usual)) =
        (flip.usd_per_month, plan.quarters.last().and_then(|quarter| quarter.usd_per_month))
        && usd.to_bits() != usual.to_bits()
    {
        parts.push(format!("{} USD a month instead of {}", dollars(usd), dollars(usual)));
    }
    parts
}

fn asked(ask: &AskPage) -> Vec<String> {
    let day = if ask.is_late { format!("{}, late", ask.by) } else { ask.by.clone() };
    let machine = ask.machine.as_ref().map_or_else(String::new, |machine| format!(" of {machine}"));
    let amount = ask.amount.map_or_else(|| "?".to_owned(), grouped);
    let unit = ask.unit.as_ref().map_or_else(String::new, |unit| format!(" {unit}"));
    vec![
        day,
        if ask.is_late_if_slow { format!("{}, past", ask.by_if_slow) } else { ask.by_if_slow.clone() },
        escape(&format!("{}: {}{machine}", ask.clock, ask.what)),
        format!("{amount}{unit}"),
        ask.quarter.clone(),
        if ask.clock == "commitment" { format!("needed in {}", percent(ask.covered)) } else { percent(ask.covered) },
    ]
}

/// A swing as a line between its ends, with a mark in the middle.
fn bar(nodes: [u32; 3], most: u32) -> String {
    const CELLS: u32 = 30;
    let at = |nodes: u32| usize::try_from(u64::from(nodes) * u64::from(CELLS) / u64::from(most)).unwrap_or(0);
    let (low, high) = (at(nodes[0].min(nodes[2])), at(nodes[0].max(nodes[2])));
    let mid = at(nodes[1]).clamp(low, high);
    let cell = |place: usize| match place {
        place if place == mid => '┼',
        place if (low..=high).contains(&place) => '─',
        _ => ' ',
    };
    (0..=high).map(cell).collect()
}
