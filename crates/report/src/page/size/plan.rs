//! The plan for customers on the page: nodes by quarter, why these, what moves it, what it takes of the platform and what to ask for by when. Not here: the
//! test farm.

use maud::{Markup, html};

use super::first;
use crate::page::chart::{self, Kind, Meter, Moment, Swing, meter};
use crate::page::decision::linked;
use crate::page::piece::{name, prose, status};
use crate::page::sequence::clipped;
use crate::size::text::percent;
use crate::size::told;
use crate::words::grouped;
use crate::{AskPage, Book, ClusterPage, PlanPage};

/// Segments that have a column of their own.
const COLUMNS: usize = 6;

/// Rows of a table that are shown.
const ROWS: usize = 60;

/// Asks that are not folded.
const ASKS: usize = 14;

/// Asks that are shown at all.
const MOST_ASKS: usize = 300;

/// Clusters that are opened, and lines in one.
const CLUSTERS: usize = 30;
const LINES: usize = 12;

/// Inputs that have a bar.
const SWINGS: usize = 12;

/// What the pictures show.
const PLANNED: &str = "Nodes of all segments by quarter: planned, and what covers half, 90 % and 99 % of the worlds";
const MOVED: &str = "Nodes of the segment in the quarter in which they are most, with the input at p10, p50 and p90 and all others in their middle";

/// Ends of the band of what is needed.
const ENDS: [&str; 3] = ["p50", "p90", "p99"];

pub(super) fn shown(book: &Book, plan: &PlanPage, today: &str) -> Markup {
    let quarters_of_all =
        plan.quarters.iter().map(|quarter| (quarter.quarter.as_str(), quarter.nodes, quarter.covering.as_slice()));
    html! {
        h3 { "Customers" }
        p class="lead" { (prose(&told::plan_lead(plan))) }
        p class="dim" { (told::plan_setting(plan)) "." }
        (picture(PLANNED, quarters_of_all))
        (quarters(plan))
        h4 { "Why these machines, and so many" }
        @let (clusters, more) = first(&plan.clusters, CLUSTERS);
        @for cluster in clusters { (why(cluster, plan)) }
        @if let Some(more) = more { p class="dim small" { (more) "." } }
        @if let Some(pooled) = told::pooled(plan) { p { (prose(&pooled)) "." } }
        (swings(plan))
        (flips(book, plan))
        (takes(plan))
        (asks(plan, today))
        @if !plan.notes.is_empty() { ul class="dim" { @for note in &plan.notes { li { (prose(note)) } } } }
    }
}

/// The segments of a cluster where there is little room.
fn called(cluster: &ClusterPage) -> String {
    clipped(&cluster.segments.join(", "), 32)
}

/// Nodes over quarters in front of the band of what is needed.
fn picture<'p>(title: &str, quarters: impl Iterator<Item = (&'p str, u32, &'p [(String, u32)])>) -> Markup {
    let moments = quarters.map(|(label, count, covering)| {
        let covers = |end: &str| covering.iter().find(|(share, _)| share == end).map(|(_, nodes)| *nodes);
        let [low, middle, high] = ENDS.map(covers);
        let needed = low.zip(middle).zip(high).map(|((low, middle), high)| [low, middle, high]);
        Moment { label, count, needed }
    });
    let moments: Vec<Moment<'_>> = moments.collect();
    html! { @if !moments.is_empty() { (chart::band(title, ENDS, &moments)) } }
}

fn quarters(plan: &PlanPage) -> Markup {
    let clusters = if plan.clusters.len() > COLUMNS || plan.clusters.len() < 2 { &[][..] } else { &plan.clusters[..] };
    let (quarters, more) = first(&plan.quarters, ROWS);
    let is_planned = told::is_planned(plan);
    html! {
        div class="wide" tabindex="0" role="region" aria-label="Nodes by quarter" {
            table class="quarters" {
                thead {
                    tr {
                        th { "quarter" } @for cluster in clusters { th class="number" { (called(cluster)) } }
                        th class="number" { "nodes" } th { "enough in" } th class="number" { "USD a month" } th class="number" { "VIPs" }
                        th class="number" { "addresses" }
                    }
                }
                tbody {
                    @for (place, quarter) in quarters.iter().enumerate() {
                        tr {
                            th scope="row" { (quarter.quarter) }
                            @for cluster in clusters {
                                td class="number" { @if let Some(quarter) = cluster.quarters.get(place) { (quarter.nodes) } @else { "–" } }
                            }
                            td class="number" { b { (quarter.nodes) } }
                            td class="covered" {
                                @if is_planned {
                                    @let words = format!("{} nodes are enough in {} of the worlds", quarter.nodes, percent(quarter.covered));
                                    (meter(&Meter { part: quarter.covered, range: None, kind: Kind::Plain, words: &words }))
                                    span class="figure" { (percent(quarter.covered)) }
                                } @else { "?" }
                            }
                            td class="number" { (told::usd(quarter.usd_per_month)) }
                            td class="number" { (grouped(quarter.vips)) } td class="number" { (grouped(quarter.addresses)) }
                        }
                    }
                }
            }
        }
        @if let Some(more) = more { p class="dim small" { (more) "." } }
        @if let Some(last) = plan.quarters.last() {
            @if !last.prices.is_empty() { p class="dim small" { "Prices: " (last.prices.join("; ")) "." } }
            @if let Some(needs) = &last.needs_price { p class="dim" { "What it costs is not known: that needs " (prose(needs)) "." } }
        }
    }
}

/// A cluster, opened: its picture, what is full, what it was chosen before.
fn why(cluster: &ClusterPage, plan: &PlanPage) -> Markup {
    let quarters =
        cluster.quarters.iter().map(|quarter| (quarter.quarter.as_str(), quarter.nodes, quarter.covering.as_slice()));
    html! {
        details class="finding condition" {
            summary { span class="message" { (prose(&told::segments(cluster))) } " " span class="dim" { (prose(&told::why(cluster))) } }
            div class="body" {
                @if plan.clusters.len() > 1 { (picture(&format!("Nodes for {} by quarter", called(cluster)), quarters)) }
                @if !cluster.full.is_empty() {
                    p { "How full each limit is with every input at its middle and the headroom lost:" }
                    div class="chart load caps" { table { tbody {
                        @for (what, part) in cluster.full.iter().take(LINES) {
                            @let words = format!("{what}: {}", percent(*part));
                            tr {
                                th scope="row" { (what) }
                                td { (meter(&Meter { part: *part, range: None, kind: Kind::Plain, words: &words })) span class="figure" { (percent(*part)) } }
                            }
                        }
                    } } }
                }
                @if let Some(regret) = told::regret(cluster, plan) { p { (prose(&regret)) "." } }
                (alternatives(cluster))
                (excuses(cluster))
                @for line in &cluster.open { p class="note" { "Not looked at: " (prose(line)) "." } }
                @for line in &cluster.notes { p class="note" { (prose(line)) "." } }
            }
        }
    }
}

fn alternatives(cluster: &ClusterPage) -> Markup {
    html! {
        @if !cluster.alternatives.is_empty() {
            div class="wide" tabindex="0" role="region" aria-label={ "What else could be planned for " (called(cluster)) } {
                table {
                    thead { tr { th { "instead" } th { "at" } th class="number" { "nodes at the end" } th { "loses, as more is regretted for" } } }
                    tbody {
                        @for other in &cluster.alternatives {
                            tr {
                                th scope="row" { (name(&other.machine)) } td { (other.level) }
                                td class="number" { @if let Some(nodes) = other.nodes.last() { (nodes) } }
                                td { @if let Some(lost) = &other.lost { (lost) } @else { "nothing" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn excuses(cluster: &ClusterPage) -> Markup {
    let (excuses, more) = first(&cluster.excuses, LINES);
    html! {
        @if !excuses.is_empty() {
            ul {
                @for excuse in excuses {
                    li {
                        "not " (name(&excuse.machine)) ": " (prose(&excuse.reason))
                        @if let Some(bound) = &excuse.bound {
                            span class="dim" { ", most for " (bound) " in " (grouped(u64::from(excuse.worlds))) " worlds" }
                        }
                    }
                }
            }
            @if let Some(more) = more { p class="dim small" { (more) "." } }
        }
    }
}

/// Inputs that move the count most.
fn swings(plan: &PlanPage) -> Markup {
    let (moving, still) = told::swings(plan);
    let rows = moving.iter().take(SWINGS).map(|swing| Swing {
        label: format!("{} {}", swing.segment, swing.input),
        counts: swing.nodes,
        words: format!("{} ({} to {})", swing.nodes[1], swing.nodes[0], swing.nodes[2]),
    });
    let rows: Vec<Swing> = rows.collect();
    html! {
        @if !moving.is_empty() || !still.is_empty() { h4 { "What moves it most" } }
        @if !rows.is_empty() {
            (chart::swings(MOVED, &rows))
        }
        @if moving.len() > SWINGS { p class="dim small" { (moving.len() - SWINGS) " more move it less." } }
        @if !still.is_empty() {
            p class="dim" {
                "By themselves these do not move it: " (prose(&still[..still.len().min(SWINGS)].join(", ")))
                @if still.len() > SWINGS { ", and " (still.len() - SWINGS) " more" } "."
            }
        }
    }
}

/// What open facts make of it.
fn flips(book: &Book, plan: &PlanPage) -> Markup {
    let (flips, more) = first(&plan.flips, ROWS);
    html! {
        @if !flips.is_empty() {
            h4 { "What open facts flip" }
            div class="wide" tabindex="0" role="region" aria-label="Open facts on which the plan hangs" {
                table class="flips" {
                    thead {
                        tr { th { "fact" } th { "status" } th { "planned with" } th { "if it is" } th { "then, while all others have their first value" } }
                    }
                    tbody {
                        @for flip in flips {
                            tr {
                                th scope="row" { (linked(book, &flip.fact)) } td { (status(&flip.status)) }
                                td { (flip.usual) } td { b { (flip.value) } }
                                td { (prose(&told::flip(flip, plan))) }
                            }
                        }
                    }
                }
            }
            @if let Some(more) = more { p class="dim small" { (more) "." } }
        }
    }
}

/// Subnets, and what movers make.
fn takes(plan: &PlanPage) -> Markup {
    let (subnets, more) = first(&plan.subnets, ROWS);
    let number = |number: Option<u64>| number.map_or_else(|| "?".to_owned(), grouped);
    html! {
        @if !subnets.is_empty() {
            h4 { "What it takes of the platform" }
            div class="wide" tabindex="0" role="region" aria-label="Subnets to reserve" {
                table {
                    thead {
                        tr {
                            th { "subnets to reserve for" } th { "rail" } th class="number" { "nodes" } th class="number" { "VIPs" }
                            th class="number" { "addresses" }
                            th { "prefix" } th class="number" { "subnets" } th class="number" { "MIGs" } th class="number" { "placements" }
                            th { "a lost node puts on the busiest" }
                        }
                    }
                    tbody {
                        @for subnet in subnets {
                            tr {
                                th scope="row" { (name(&subnet.cluster)) } td { (crate::page::piece::rail(Some(&subnet.rail))) }
                                td class="number" { (subnet.nodes) } td class="number" { (grouped(subnet.vips)) }
                                td class="number" { (grouped(subnet.addresses)) }
                                td { @if let Some(prefix) = subnet.prefix { "/" (prefix) } @else { span class="full" { "none is large enough" } } }
                                td class="number" { (subnet.subnets) } td class="number" { (grouped(subnet.migs)) }
                                td class="number" { (number(subnet.placement_groups)) }
                                td { @if let Some(part) = subnet.overload { "+" (percent(part)) " of its VIPs" } @else { "–" } }
                            }
                        }
                    }
                }
            }
            @if let Some(more) = more { p class="dim small" { (more) "." } }
            p class="dim small" { (plan.vips_per_node) " VIPs for each node." }
            (objects(plan))
        }
    }
}

/// What each mover makes; those that the model names first.
fn objects(plan: &PlanPage) -> Markup {
    let (named, others): (Vec<_>, Vec<_>) = plan.objects.iter().partition(|objects| objects.named);
    let number = |number: Option<u64>| number.map_or_else(|| "?".to_owned(), grouped);
    html! {
        @if !plan.objects.is_empty() {
            details class="more" {
                summary { "What each mover makes of it" }
                div class="wide" tabindex="0" role="region" aria-label="Objects by mover" {
                    table {
                        thead {
                            tr { th { "mover" } th class="number" { "alias ranges" } th class="number" { "routes" } th class="number" { "forwarding rules" } }
                        }
                        tbody {
                            @for objects in named.into_iter().chain(others) {
                                tr {
                                    th scope="row" { (name(&objects.mover)) @if objects.named { " ★" } }
                                    td class="number" { (grouped(objects.alias_ranges)) } td class="number" { (number(objects.routes)) }
                                    td class="number" { (grouped(objects.forwarding_rules)) }
                                }
                            }
                        }
                    }
                }
                p class="dim small" { "★ the model names it." }
            }
        }
    }
}

/// What to ask for, the soonest first.
fn asks(plan: &PlanPage, today: &str) -> Markup {
    let (shown, more) = first(&plan.asks, MOST_ASKS);
    let (soon, later) = shown.split_at(shown.len().min(ASKS));
    html! {
        @if !plan.asks.is_empty() {
            h4 { "What to ask for, and by when" }
            @if let Some(late) = told::all_late(plan, today) { p { b class="full" { (late) } ", as of " (today) "." } }
            (ask_table(soon, today, "What to ask for first"))
            @if !later.is_empty() {
                details class="more" {
                    summary { (later.len()) " more, until " (plan.until) }
                    (ask_table(later, today, "What to ask for later"))
                }
            }
            @if let Some(more) = more { p class="dim small" { (more) "." } }
            p class="dim small" { (told::COVERS) "." }
        }
    }
}

fn ask_table(asks: &[AskPage], today: &str, label: &str) -> Markup {
    html! {
        div class="wide" tabindex="0" role="region" aria-label=(label) {
            table class="asks" {
                thead { tr { th { "by" } th { "if slow" } th { "what" } th class="number" { "amount" } th { "for" } th class="number" { "covers" } } }
                tbody {
                    @for ask in asks {
                        @let late = told::late(ask, today);
                        tr {
                            td class="date" { (ask.by) @if late == Some("late") { " " b class="full" { "late" } } }
                            td class="date" { (ask.by_if_slow) @if late == Some("late if slow") { " " b class="full" { "late" } } }
                            td {
                                (prose(&told::ask(ask)))
                                @if let Some(metric) = &ask.metric { " " span class="dim small" { (name(metric)) } }
                                @if let Some(day) = ask.not_before.as_ref().filter(|day| day.as_str() > today) {
                                    span class="dim small" { ", not before " (day) }
                                }
                            }
                            td class="number" { (told::amount(ask)) } td class="date" { (ask.quarter) } td class="number" { (percent(ask.covered)) }
                        }
                    }
                }
            }
        }
    }
}
