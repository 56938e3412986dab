//! How many instances, nodes, addresses and quota, as a document says it: pictures become tables. Not here: how they are worked out.

use super::{Sheet, sign};
use crate::markdown::{code, prose};
use crate::size::text::{minutes, percent};
use crate::size::told;
use crate::words::grouped;
use crate::{Book, ClusterPage, FarmPage, PlanPage};

/// Rows of a table that are written.
const ROWS: usize = 100;

/// Asks that are written.
const ASKS: usize = 300;

/// Clusters that are told of.
const CLUSTERS: usize = 30;

impl Sheet {
    pub(super) fn size(&mut self, book: &Book) {
        let Some(size) = &book.size else { return };
        self.heading(2, "Sizing");
        if !told::is_sized(size) {
            self.paragraph(&prose("Nothing is to be sized: the model has neither `tests` nor `demand`."));
        }
        if let Some(farm) = &size.farm {
            self.farm(farm);
        }
        if let Some(needs) = &size.no_plan {
            self.heading(3, "Customers");
            self.paragraph(&format!("Customers were not planned for: that needs {}.", prose(needs)));
        }
        if let Some(plan) = &size.plan {
            self.plan(plan, &size.date);
        }
        for caveat in &size.caveats {
            self.line(&format!("- {}", prose(caveat)));
        }
    }

    /// A table of the first rows, and how many more there are.
    fn first(&mut self, columns: &[&str], rows: Vec<Vec<String>>, most: usize) {
        let more = rows.len().saturating_sub(most);
        self.table(columns, rows.into_iter().take(most));
        if more > 0 {
            self.paragraph(&format!("{more} more are not shown."));
        }
    }

    fn farm(&mut self, farm: &FarmPage) {
        self.heading(3, "The test farm");
        self.paragraph(&format!("**{}**", prose(&told::farm_lead(farm))));
        self.paragraph(&format!("{}.", prose(&told::farm_setting(farm))));
        let rows = farm.sizes.iter().map(|size| {
            let first = [size.instances.to_string(), sign(&size.verdict), told::part(size.utilisation)];
            let cannot: Vec<String> = size.cannot.iter().map(|line| prose(line)).collect();
            first.into_iter().chain(told::waits(size)).chain([told::more(size), cannot.join("<br>")]).collect()
        });
        self.first(
            &[
                "instances",
                "verdict",
                "busy",
                "mean wait",
                "p95",
                "in time",
                "a step more saves",
                "what it cannot do, and why",
            ],
            rows.collect(),
            ROWS,
        );
        for note in &farm.least_notes {
            self.line(&format!("- the least farm: {}", prose(note)));
        }
        if let Some(erlang) = &farm.erlang {
            self.line(&format!("- Erlang C: {}", prose(&told::erlang(erlang))));
        }
        for relief in &farm.elsewhere {
            self.line(&format!("- {}: {}", prose(&relief.to), prose(&told::relief(relief))));
        }
        for spot in farm.spot.iter().take(ROWS) {
            self.line(&format!("- {} on spot: {}", code(&spot.job), prose(&told::spot(spot))));
        }
        let curve = farm.curve.iter().map(|point| {
            let [wait, waiting, saved] =
                [point.mean_wait_minutes, point.waiting_minutes_a_day, point.saved_minutes_a_day].map(minutes);
            vec![point.instances.to_string(), wait, waiting, saved]
        });
        self.first(&["instances", "mean wait", "all wait, a day", "a step more saves, a day"], curve.collect(), ROWS);
        let jobs = farm.jobs.iter().map(|job| {
            let said = told::offered(job).map(|said| prose(&said));
            [code(&job.job), code(&job.suite)].into_iter().chain(said).collect()
        });
        let columns = ["job", "suite", "instances", "a day", "takes", "deadline", "comes", "may run on"];
        self.first(&columns, jobs.collect(), ROWS);
    }

    fn plan(&mut self, plan: &PlanPage, today: &str) {
        self.heading(3, "Customers");
        self.paragraph(&format!("**{}**", prose(&told::plan_lead(plan))));
        self.paragraph(&format!("{}.", prose(&told::plan_setting(plan))));
        self.quarters(plan);
        for cluster in plan.clusters.iter().take(CLUSTERS) {
            self.cluster(cluster, plan);
        }
        if plan.clusters.len() > CLUSTERS {
            self.paragraph(&format!("{} more segments are not shown.", plan.clusters.len() - CLUSTERS));
        }
        if let Some(pooled) = told::pooled(plan) {
            self.paragraph(&format!("{}.", prose(&pooled)));
        }
        self.moves(plan);
        self.takes(plan);
        self.asks(plan, today);
        for note in &plan.notes {
            self.line(&format!("- {}", prose(note)));
        }
    }

    fn quarters(&mut self, plan: &PlanPage) {
        let rows = plan.quarters.iter().map(|quarter| {
            let clusters = plan.clusters.iter().filter_map(|cluster| {
                let of = cluster.quarters.iter().find(|of| of.quarter == quarter.quarter)?;
                Some(format!("{} {}", prose(&told::segments(cluster)), of.nodes))
            });
            let clusters: Vec<String> = clusters.take(CLUSTERS).collect();
            let covering: Vec<String> =
                quarter.covering.iter().map(|(share, nodes)| format!("{} {nodes}", prose(share))).collect();
            let covered = if told::is_planned(plan) { percent(quarter.covered) } else { "?".to_owned() };
            vec![
                prose(&quarter.quarter),
                clusters.join(", "),
                quarter.nodes.to_string(),
                covered,
                covering.join(", "),
                told::usd(quarter.usd_per_month),
                grouped(quarter.vips),
                grouped(quarter.addresses),
            ]
        });
        let columns = ["quarter", "segments", "nodes", "enough in", "would cover", "USD a month", "VIPs", "addresses"];
        self.first(&columns, rows.collect(), ROWS);
    }

    fn cluster(&mut self, cluster: &ClusterPage, plan: &PlanPage) {
        self.heading(4, &format!("{}: {}", prose(&told::segments(cluster)), prose(&told::why(cluster))));
        for (what, part) in &cluster.full {
            self.line(&format!("- {}: {} full", prose(what), percent(*part)));
        }
        if let Some(regret) = told::regret(cluster, plan) {
            self.line(&format!("- {}", prose(&regret)));
        }
        for other in &cluster.alternatives {
            let lost = other.lost.as_deref().unwrap_or("nothing");
            let (machine, level) = (code(&other.machine), prose(&other.level));
            self.line(&format!("- not {machine} at {level}: more is regretted for {}", prose(lost)));
        }
        for excuse in cluster.excuses.iter().take(ROWS) {
            let bound = excuse
                .bound
                .as_ref()
                .map(|bound| format!(", most for {} in {} worlds", prose(bound), grouped(u64::from(excuse.worlds))));
            let bound = bound.unwrap_or_default();
            self.line(&format!("- not {}: {}{bound}", code(&excuse.machine), prose(&excuse.reason)));
        }
        for line in cluster.open.iter().chain(&cluster.notes) {
            self.line(&format!("- {}", prose(line)));
        }
    }

    /// Inputs and open facts that move the plan.
    fn moves(&mut self, plan: &PlanPage) {
        let (moving, still) = told::swings(plan);
        let rows = moving.iter().map(|swing| {
            let counts = swing.nodes.map(|nodes| nodes.to_string());
            std::iter::once(prose(&told::swing(swing))).chain(counts).collect()
        });
        self.first(&["what moves it most, nodes with it at", "p10", "p50", "p90"], rows.collect(), ROWS);
        if !still.is_empty() {
            let named: Vec<String> = still.iter().take(CLUSTERS).map(|words| prose(words)).collect();
            self.paragraph(&format!("By themselves these do not move it: {}.", named.join(", ")));
        }
        let rows = plan.flips.iter().map(|flip| {
            let values = [&flip.usual, &flip.value].map(|value| prose(value));
            let first = [code(&flip.fact), prose(&flip.status)];
            first.into_iter().chain(values).chain([prose(&told::flip(flip, plan))]).collect()
        });
        let columns =
            ["open fact", "status", "planned with", "if it is", "then, while all others have their first value"];
        self.first(&columns, rows.collect(), ROWS);
    }

    fn takes(&mut self, plan: &PlanPage) {
        let number = |number: Option<u64>| number.map_or_else(|| "?".to_owned(), grouped);
        let rows = plan.subnets.iter().map(|subnet| {
            vec![
                code(&subnet.cluster),
                prose(&subnet.rail),
                subnet.nodes.to_string(),
                grouped(subnet.vips),
                grouped(subnet.addresses),
                subnet.prefix.map_or_else(|| "none is large enough".to_owned(), |prefix| format!("/{prefix}")),
                subnet.subnets.to_string(),
                grouped(subnet.migs),
                number(subnet.placement_groups),
                told::part(subnet.overload),
            ]
        });
        let columns = [
            "subnets to reserve for",
            "rail",
            "nodes",
            "VIPs",
            "addresses",
            "prefix",
            "subnets",
            "MIGs",
            "placements",
            "a lost node puts on the busiest",
        ];
        self.first(&columns, rows.collect(), ROWS);
        let rows = plan.objects.iter().map(|objects| {
            let named = if objects.named { " ★" } else { "" };
            let counts = [grouped(objects.alias_ranges), number(objects.routes), grouped(objects.forwarding_rules)];
            std::iter::once(format!("{}{named}", code(&objects.mover))).chain(counts).collect()
        });
        self.first(&["mover (★ of the model)", "alias ranges", "routes", "forwarding rules"], rows.collect(), ROWS);
    }

    fn asks(&mut self, plan: &PlanPage, today: &str) {
        if let Some(late) = told::all_late(plan, today) {
            self.paragraph(&format!("**{}**, as of {}.", prose(&late), prose(today)));
        }
        let rows = plan.asks.iter().map(|ask| {
            let late = told::late(ask, today).map_or_else(String::new, |late| format!(" **{late}**"));
            let metric = ask.metric.as_ref().map_or_else(String::new, |metric| format!(" {}", code(metric)));
            vec![
                format!("{}{late}", prose(&ask.by)),
                prose(&ask.by_if_slow),
                format!("{}{metric}", prose(&told::ask(ask))),
                prose(&told::amount(ask)),
                prose(&ask.quarter),
                percent(ask.covered),
            ]
        });
        let columns = ["what to ask for: by", "if slow", "what", "amount", "for", "covers"];
        self.first(&columns, rows.collect(), ASKS);
        if !plan.asks.is_empty() {
            self.paragraph(&format!("{}.", prose(told::COVERS)));
        }
    }
}
