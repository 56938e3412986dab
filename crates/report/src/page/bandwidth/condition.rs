//! One condition, opened: who gets what, a bar for each limit of each kind of node, what open facts change. Not here: conditions beside each other.

use maud::{Markup, html};

use super::{Shown, alone, got_shown, load_shown, rebuild_shown, worlds};
use crate::bandwidth::told::{self, Got};
use crate::page::piece::{self, name, prose, verdict};
use crate::{BandwidthRow, NodePage};

impl Shown<'_> {
    pub(super) fn condition(&self, row: &BandwidthRow, place: usize, open: bool) -> Markup {
        html! {
            details class="finding condition" id=(self.id(place)) open[open] {
                summary {
                    (verdict(&row.verdict)) " " span class="message" { (told::title(row)) } " "
                    span class="dim" { (short(row)) }
                }
                div class="body" {
                    @if !row.down.is_empty() { p { "Down in the case that is shown, the worst of those alike: " (piece::names(&row.down)) "." } }
                    @for note in &row.notes { p class="note" { (prose(note)) "." } }
                    @if let Some(needs) = &row.needs { p { "It needs " (prose(needs)) "." } }
                    (flows(row))
                    @if !row.nodes.is_empty() { div class="loads" { @for node in &row.nodes { (self.node(row, node)) } } }
                    @if row.verdict == "bound-hit" { p class="dim" { "Not all worlds were looked at: there are more answers than these." } }
                    (alone(self.book, &row.alone))
                    (worlds(&row.worlds))
                }
            }
        }
    }

    /// Bars of loads against caps of one kind of node.
    fn node(&self, row: &BandwidthRow, node: &NodePage) -> Markup {
        let who = told::who(node);
        html! {
            figure class="chart load" {
                figcaption { (prose(&who)) }
                table aria-label={ "Loads beside caps: " (who) ", " (told::title(row)) ", " (self.system.cluster) } {
                    thead class="spoken" { tr { th { "limit" } th { "how full" } th { "load of cap" } } }
                    tbody {
                        @for load in &node.loads {
                            tr class=[told::binds(row, load).then_some("binds")] {
                                th scope="row" { (load.limit) @if told::binds(row, load) { " " b class="full" { "binds" } } }
                                td { (load_shown(row, load)) }
                                td class="number" { (told::load(load)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `read 1397 of 1500 Gbps (640 to 1500), rebuild 6.0 h`
fn short(row: &BandwidthRow) -> String {
    if let Some(needs) = &row.needs {
        return format!("needs {needs}");
    }
    let mut kinds: Vec<&str> = row.flows.iter().map(|flow| flow.kind.as_str()).collect();
    kinds.dedup();
    let mut parts: Vec<String> = kinds
        .into_iter()
        .filter_map(|kind| told::got(row, kind).map(|got| format!("{kind} {}", got.rated())))
        .collect();
    parts.extend(row.rebuild.as_ref().map(|rebuild| format!("rebuild {}", told::rebuild(rebuild))));
    parts.join(", ")
}

/// Who gets what, and what keeps it from more.
fn flows(row: &BandwidthRow) -> Markup {
    html! {
        @if !row.flows.is_empty() {
            div class="wide" tabindex="0" role="region" aria-label={ "Flows: " (told::title(row)) } {
                table class="given flows" {
                    thead { tr { th { "who" } th { "gets, of what is asked for" } th { "bound by" } } }
                    tbody {
                        @for flow in &row.flows {
                            tr {
                                th scope="row" { (name(&flow.clients)) " " (flow.kind) }
                                td class="got" { @if let Some(got) = Got::of(std::iter::once(flow)) { (got_shown(&flow.kind, &got, " Gbps")) } }
                                td { @if let Some(bound) = &flow.bound { (bound) } @else { span class="dim" { "nothing" } } }
                            }
                        }
                        @if let Some(rebuild) = &row.rebuild {
                            tr {
                                th scope="row" { "rebuild" }
                                td { (rebuild_shown(rebuild)) span class="dim" { ", " (crate::bandwidth::gbps(rebuild.gbps)) " of lost data" } }
                                td { (rebuild.bound) }
                            }
                        }
                    }
                }
            }
        }
    }
}
