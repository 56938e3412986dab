//! What is told of each mover beside its figures: who notices, what it needs, uses up and costs, what was proved of it,
//! and what its figures rest on and hang on.
//! Not here: the figures.

use maud::{Markup, html};

use super::{Shown, mover_id};
use crate::failover::told;
use crate::failover::{quantile, range, said};
use crate::page::chart::{self, Range};
use crate::page::decision::linked;
use crate::page::piece::{counted, name, prose};
use crate::page::proofs::told_at;
use crate::words::grouped;
use crate::{CellPage, Condition, MoverFailover, ProvedOf};

/// Facts of which the swing is drawn.
const SWINGS: usize = 8;

impl Shown<'_> {
    pub(super) fn movers(&self) -> Markup {
        let shared = told::shared_facts(self.pool);
        html! {
            h4 { "The movers" }
            @for mover in told::usable(self.pool) { (self.mover(mover, &shared)) }
            @for (mover, why) in told::refused(self.pool) {
                details class="finding mover" id=(mover_id(self.place, &mover.mover)) {
                    summary { span class="message" { (name(&mover.mover)) @if mover.named { " ★" } } span class="dim" { "cannot be used here" } }
                    div class="body" { p { (prose(why)) } }
                }
            }
            @if !shared.is_empty() {
                details class="more" id={ "rests-" (self.place) } {
                    summary { "The figures of every mover rest on the same " (counted(shared.len(), "fact")) }
                    p { @for (place, fact) in shared.iter().enumerate() { @if place > 0 { ", " } (linked(self.book, fact)) } }
                }
            }
        }
    }

    fn mover(&self, mover: &MoverFailover, shared: &[&str]) -> Markup {
        let own: Vec<&String> = mover.rests_on.iter().filter(|fact| !shared.contains(&fact.as_str())).collect();
        html! {
            details class="finding mover" id=(mover_id(self.place, &mover.mover)) {
                summary {
                    span class="message" { (name(&mover.mover)) @if mover.named { " ★" } }
                    span class="dim" { "p99 " (quantile(&mover.p99)) @if let Some(ends) = range(&mover.p99) { " (" (ends) " within the facts)" } }
                }
                div class="body" {
                    dl class="made-with" {
                        @if let Some(words) = told::mechanism(&mover.mover) { dt { "How" } dd { (words) } }
                        @if let Some(detector) = &mover.detector { dt { "Notices by" } dd { (prose(detector)) } }
                        dt { "Costs" } dd { (told::price(mover)) }
                        @if !mover.needs.is_empty() { dt { "Needs" } dd { ul { @for needs in &mover.needs { li { (prose(needs)) } } } } }
                        @if !mover.uses.is_empty() {
                            dt { "Uses" }
                            dd {
                                ul {
                                    @for used in &mover.uses {
                                        li { (grouped(used.used)) " of " (grouped(used.most)) " " (used.what) " " (linked(self.book, &used.fact)) }
                                    }
                                }
                            }
                        }
                        dt { "Proved" } dd { (self.proved(mover)) }
                        @if !mover.refused_if.is_empty() {
                            dt { "Not usable" } dd {
                                @for refused in &mover.refused_if { p { "if " (self.conditions(&refused.when)) ": " (prose(&refused.refusal)) } }
                            }
                        }
                        @if !mover.world.is_empty() {
                            dt { "Played where" }
                            dd { (self.conditions(std::slice::from_ref(&mover.world))) }
                        }
                        dt { "Rests on" }
                        dd {
                            @for (place, fact) in own.iter().enumerate() { @if place > 0 { ", " } (linked(self.book, fact)) }
                            @if own.is_empty() { "nothing" } @else if !shared.is_empty() { ", and" }
                            @if !shared.is_empty() { " " a href={ "#rests-" (self.place) } { "what all rest on" } }
                        }
                    }
                    (behaviour(mover))
                    (swings(mover))
                }
            }
        }
    }

    /// The values of facts with which something is so; facts that are listed nowhere lead nowhere.
    fn conditions(&self, when: &[Vec<Condition>]) -> Markup {
        html! {
            @for (place, together) in when.iter().enumerate() {
                @if place > 0 { ", or if " }
                @for (place, one) in together.iter().enumerate() {
                    @if place > 0 { " and " }
                    (linked(self.book, &one.fact)) " = " (name(&one.value))
                }
            }
        }
    }

    fn proved(&self, mover: &MoverFailover) -> Markup {
        let Some(ProvedOf { proved, violated, depends, other }) = &mover.proved else {
            return html! { "not looked at" };
        };
        let codes = |title: &str, codes: &[String]| {
            html! {
                @if !codes.is_empty() {
                    p {
                        (title) " "
                        @for (place, code) in codes.iter().enumerate() {
                            @if place > 0 { ", " }
                            @if let Some(at) = told_at(self.book, &self.pool.pool, &mover.mover, code) { a href={ "#" (at) } { (code) } } @else { (code) }
                        }
                    }
                }
            }
        };
        html! {
            (codes("Holds:", proved)) (codes("Violated:", violated)) (codes("Depends on facts:", depends))
            (codes("Does not arise, or not seen to the end:", other))
            p { a href="#proofs" { "All proofs" } }
        }
    }
}

/// What happens besides outages, by scenario.
fn behaviour(mover: &MoverFailover) -> Markup {
    let doubled = |cell: &CellPage| match cell.doubled {
        0 => "no".to_owned(),
        some => format!("{}, up to {}", told::of_trials(some, cell), said(cell.doubled_most)),
    };
    html! {
        div class="wide" tabindex="0" role="region" aria-label={ "Behaviour of " (mover.mover) } {
            table {
                thead {
                    tr {
                        th { "scenario" } th class="number" { "VIP back, p50" } th class="number" { "p99" }
                        th class="number" { "all VIPs back, p50" }
                        th class="number" { "address free, p50" } th { "two could answer" }
                        th class="number" { "API changes" } th class="number" { "VIP moved" }
                    }
                }
                tbody {
                    @for cell in &mover.cells {
                        tr {
                            th scope="row" { (cell.scenario) }
                            td class="number" { (quantile(&cell.downtime.p50)) }
                            td class="number" title=[cell.downtime.p99.why_not.as_ref()] { (quantile(&cell.downtime.p99)) }
                            td class="number" { (quantile(&cell.all_back.p50)) } td class="number" { (quantile(&cell.free.p50)) }
                            td { (doubled(cell)) } td class="number" { (cell.calls) " to " (cell.calls_most) }
                            td class="number" { (chart::percent(cell.moved as f64 / cell.trials.max(1) as f64)) }
                        }
                    }
                }
            }
        }
    }
}

/// The facts that move its p99 most, as a range each.
fn swings(mover: &MoverFailover) -> Markup {
    let Some(middle) = told::number(&mover.p99).filter(|middle| middle.is_finite()) else { return html! {} };
    let mut facts: Vec<(&str, f64, f64, Vec<&str>)> = Vec::new();
    for swing in &mover.swings {
        let there = if swing.usable { swing.seconds.unwrap_or(f64::INFINITY) } else { f64::INFINITY };
        match facts.iter_mut().find(|(fact, ..)| *fact == swing.fact) {
            Some((_, low, high, whats)) => {
                *low = low.min(there);
                *high = high.max(there);
                whats.push(&swing.what);
            }
            None => facts.push((&swing.fact, middle.min(there), middle.max(there), vec![&swing.what])),
        }
    }
    let notes: Vec<String> = facts.iter().map(|(_, _, _, whats)| whats.join("; ")).collect();
    let rows = facts.iter().zip(&notes).take(SWINGS);
    let rows: Vec<Range<'_>> = rows
        .map(|((label, low, high, _), note)| Range { label, note, low: *low, middle, high: *high, named: false })
        .collect();
    html! {
        @if !rows.is_empty() {
            (chart::ranges(&format!("p99 of {} with one fact elsewhere", mover.mover), &rows))
            @if facts.len() > SWINGS { p class="dim small" { "And " (facts.len() - SWINGS) " that move it less." } }
        }
    }
}
