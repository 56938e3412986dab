//! How long clients are cut off: a sentence, who is slow in what, every figure with the reason where it is not printed, whole distributions, trials moment by
//! moment, intents, and what each mover needs. Not here: the trials, and which mover to choose (`decision`).

mod mover;
mod table;
mod trial;

use maud::{Markup, html};

use super::chart::{self, Mark, PanelRow, Point, Series};
use super::piece::{anchor, name, prose, verdict};
use crate::failover::quantile;
use crate::failover::told::{self, number};
use crate::words::{counted, grouped};
use crate::{Book, Distribution, Failover, OutageVerdict, PoolFailover, Sweep};

/// Scenarios that have a panel; all are in the table.
const PANELS: usize = 4;

pub(super) fn section(book: &Book) -> Markup {
    let Some(failover) = &book.failover else {
        return html! { p { "Not asked for." } };
    };
    html! {
        @if failover.pools.is_empty() {
            p { "There is no pool of virtual IPs in the input: nothing fails over." }
        } @else {
            p class="dim" {
                "Failures are played " (grouped(u64::from(failover.trials))) " times for each mover and scenario, by the machine that the proofs look "
                "at, with delays drawn from the facts. An outage is what one client sees: from its last good reply to the first after the failure. "
                "Half of the outages are no longer than the p50, and 99 of 100 no longer than the p99."
            }
            @for (place, pool) in failover.pools.iter().enumerate() { (Shown { book, failover, pool, place }.pool()) }
        }
    }
}

/// The anchor of what is told of a mover beside its figures.
pub(super) fn mover_id(place: usize, mover: &str) -> String {
    format!("mover-{place}-{}", anchor(mover))
}

struct Shown<'b> {
    book: &'b Book,
    failover: &'b Failover,
    pool: &'b PoolFailover,
    /// Of the pool.
    place: usize,
}

impl Shown<'_> {
    fn pool(&self) -> Markup {
        let pool = self.pool;
        let is_usable = told::usable(pool).next().is_some();
        html! {
            h3 { (name(&pool.pool)) " over " (name(&pool.cluster)) }
            p class="lead" { (prose(&told::lead(pool, self.failover))) " " a href={ "#decision-" (self.place) } { "Which mover, and why" } }
            p class="dim" {
                (grouped(pool.vips)) " VIPs over " (grouped(pool.instances)) " instances, " (pool.vips_together) " on each; "
                @let clients = told::clients(pool);
                @if clients.is_empty() { "no client is known: figures are how long the VIP is not served." }
                @else { "clients: " (prose(&told::listed(&clients))) "." }
                @if told::has_rdma(pool) { " " (told::RDMA) }
            }
            @if is_usable { (self.panels()) }
            (self.table())
            @if is_usable { (self.curves()) }
            (self.trials())
            (self.intents())
            @for sweep in &pool.sweeps { (sweep_shown(sweep)) }
            (self.movers())
        }
    }

    /// Who is slow in which of the scenarios that decide.
    fn panels(&self) -> Markup {
        let deciding = told::deciding(self.failover);
        let heads = &deciding[..deciding.len().min(PANELS)];
        let rows: Vec<PanelRow<'_>> = told::usable(self.pool)
            .map(|mover| PanelRow {
                label: &mover.mover,
                named: mover.named,
                marks: heads.iter().map(|head| mark(told::outage(told::cell(mover, head)?, 0))).collect(),
            })
            .collect();
        let who = match self.pool.clients.first() {
            Some(client) => format!("Outage of a client ({})", client.protocol),
            None => "How long the VIP is not served".to_owned(),
        };
        html! {
            h4 { "Who is slow in what" }
            (chart::panels(&format!("{who}, by mover and scenario"), heads, &rows))
            p class="dim small" {
                "From the middle outage (thick mark) to the p99 (the figure). An open arrow: longer than that by an amount that nobody can tell. "
                "Thin line: the p99 from the quick to the slow end of every fact. ★ named by the model; the first stands highest."
            }
        }
    }

    fn curves(&self) -> Markup {
        let deciding = told::deciding(self.failover);
        let Some(scenario) = deciding.first() else { return html! {} };
        let series: Vec<Series<'_>> = told::usable(self.pool)
            .filter_map(|mover| Some((mover, told::outage(told::cell(mover, scenario)?, 0))))
            .filter(|(_, outage)| !outage.curve.is_empty())
            .map(|(mover, outage)| Series { label: &mover.mover, points: &outage.curve })
            .collect();
        html! {
            @if !series.is_empty() {
                h4 { "Not only two figures: all outages where " (scenario) }
                (chart::cumulative(&format!("Share of outages that are over by then: {scenario}"), &series))
            }
        }
    }

    fn intents(&self) -> Markup {
        let intents = &self.pool.intents;
        html! {
            div id={ "intents-" (self.place) } {
                h4 { "Intents on outages" }
                @if intents.is_empty() { p { "No intent of the model says how long an outage may be." } }
                @for intent in intents { (self.intent(intent)) }
            }
        }
    }

    fn intent(&self, intent: &OutageVerdict) -> Markup {
        let worst = intent.scenario.as_ref().zip(intent.quantile.as_ref());
        html! {
            article class="outage" {
                p { (verdict(&intent.verdict)) " " (name(&intent.intent)) }
                @if let Some((scenario, page)) = worst {
                    p class="dim" {
                        "With " (name(&self.pool.mover)) ": " (quantile(page)) " in the worst scenario, " (scenario) (interval(page))
                        ", as drawn in the first world."
                    }
                } @else if intent.verdict == "violated" {
                    p class="dim" { (name(&self.pool.mover)) " cannot be used here." }
                }
                p class="dim" {
                    @if intent.kept_by.is_empty() { "No mover keeps it in every world that was looked at." }
                    @else {
                        @let kept: Vec<&str> = intent.kept_by.iter().map(String::as_str).collect();
                        "Kept in every world that was looked at by " (prose(&told::ticked_all(&kept))) "."
                    }
                }
                @if !intent.otherwise.is_empty() {
                    details class="more" {
                        summary { "Otherwise in " (counted(intent.otherwise.len(), "world")) }
                        ul class="worlds" { @for other in &intent.otherwise { li { (verdict(&other.verdict)) " if " (other.what) } } }
                    }
                }
            }
        }
    }
}

/// ` (95 %: 12 s to 15 s)`
fn interval(page: &crate::QuantilePage) -> String {
    let said = crate::failover::said;
    match (page.low, page.high) {
        (Some(low), Some(high)) => format!(" (95 %: {} to {})", said(low), said(high)),
        (Some(low), None) => format!(" (95 %: {} or more)", said(low)),
        _ => String::new(),
    }
}

/// From the middle to the p99.
fn mark(outage: &Distribution) -> Option<Mark> {
    let low = number(&outage.p50)?;
    let high = number(&outage.p99)?.max(low);
    let page = &outage.p99;
    let end = |end: Option<f64>| end.unwrap_or(f64::INFINITY);
    let reach = page.range.filter(|_| !page.never).map(|(quick, slow)| (end(quick), end(slow)));
    let open = page.seconds.is_none() && !page.never;
    Some(Mark { low, high, open, reach, words: quantile(page) })
}

fn sweep_shown(sweep: &Sweep) -> Markup {
    let points: Vec<Point<'_>> = sweep
        .points
        .iter()
        .filter_map(|point| {
            let time = number(&point.p50)?;
            Some(Point { label: &point.value, time, share: point.false_failovers, best: point.on_frontier })
        })
        .collect();
    let title = format!("{} of {}: short outages against false failovers", sweep.parameter, sweep.mover);
    html! {
        h4 { "The " (sweep.parameter) " of " (name(&sweep.mover)) }
        (chart::frontier(&title, ("outage, p50, of a killed instance", "false alarms that move the VIP"), &points))
        p class="dim small" { "Filled and joined: no other value has both a shorter outage and fewer false failovers." }
        div class="wide" tabindex="0" role="region" aria-label={ "Values of " (sweep.parameter) } {
            table {
                thead {
                    tr {
                        th { (sweep.parameter) } th class="number" { "outage p50" } th class="number" { "p99" }
                        th class="number" { "false failovers" } th { "notices by" }
                    }
                }
                tbody {
                    @for point in &sweep.points {
                        tr class=[point.on_frontier.then_some("named")] {
                            th scope="row" { (point.value) @if point.on_frontier { " ●" } }
                            td class="number" { (quantile(&point.p50)) } td class="number" { (quantile(&point.p99)) }
                            td class="number" { (chart::percent(point.false_failovers)) } td { (prose(&point.detector)) }
                        }
                    }
                }
            }
        }
    }
}
