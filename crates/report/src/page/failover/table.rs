//! Outages of every mover in every scenario as a table, with the reasons for figures that are not printed below it. Not here: pictures.

use maud::{Markup, html};

use super::Shown;
use crate::failover::quantile;
use crate::failover::told::{self, Footnotes, Reason};
use crate::page::chart::percent;
use crate::page::decision::linked;
use crate::page::piece::{Choice, filter, prose, verdict};
use crate::{CellPage, Distribution, MoverFailover, QuantilePage, ScenarioPage};

impl Shown<'_> {
    /// Movers down and scenarios across; of several clients each has a row.
    pub(super) fn table(&self) -> Markup {
        let id = format!("outages-{}", self.place);
        let scenarios = self.scenarios();
        let (decide, others): (Vec<&ScenarioPage>, Vec<&ScenarioPage>) =
            scenarios.iter().copied().partition(|page| page.decides);
        let mut notes = Footnotes::default();
        let rows: Vec<Markup> = self.rows(&scenarios, &mut notes);
        let protocols: Vec<&str> = self.pool.clients.iter().map(|client| client.protocol.as_str()).collect();
        let mut choices = vec![
            Choice { attribute: "use", title: "Use", values: &["usable", "refused"] },
            Choice { attribute: "safety", title: "Safety", values: &["nothing violated", "violated", "not looked at"] },
        ];
        if protocols.len() > 1 {
            choices.push(Choice { attribute: "client", title: "Client", values: &protocols });
        }
        html! {
            h4 { "Every scenario: p50, and p99 below it" }
            (filter(&id, &choices))
            div class="wide" tabindex="0" role="region" aria-label={ "Outages of " (self.pool.pool) } {
                table class="outages" id=(id) {
                    thead {
                        tr class="groups" {
                            td colspan=(if protocols.len() > 1 { 2 } else { 1 }) {}
                            @if !decide.is_empty() { th scope="colgroup" colspan=(decide.len()) { "these decide" } }
                            @if !others.is_empty() { th scope="colgroup" class="other" colspan=(others.len()) { "these do not" } }
                        }
                        tr {
                            th scope="col" { "mover" }
                            @if protocols.len() > 1 { th scope="col" { "client" } }
                            @for page in &scenarios { th scope="col" class={ "number" @if !page.decides { " other" } } title=(page.words) { (page.scenario) } }
                        }
                    }
                    tbody { @for row in rows { (row) } }
                }
            }
            (self.notes(&notes))
            details class="more" {
                summary { "What happens in each scenario" }
                dl class="properties" { @for page in &scenarios { dt { b { (page.scenario) } @if page.decides { " (decides)" } } dd { (prose(&page.words)) } } }
            }
        }
    }

    /// Those that decide first.
    fn scenarios(&self) -> Vec<&ScenarioPage> {
        let mut scenarios: Vec<&ScenarioPage> = self.failover.scenarios.iter().collect();
        scenarios.sort_by_key(|page| !page.decides);
        scenarios
    }

    fn rows(&self, scenarios: &[&ScenarioPage], notes: &mut Footnotes) -> Vec<Markup> {
        let clients = self.pool.clients.len().max(1);
        let mut rows = Vec::new();
        for mover in told::usable(self.pool) {
            for client in 0..clients {
                rows.push(self.row(mover, client, scenarios, notes));
            }
        }
        let columns = scenarios.len().max(1) + usize::from(clients > 1);
        let refused = told::refused(self.pool).map(|(mover, why)| {
            html! {
                tr data-item data-use="refused" data-safety=(safety(mover)) {
                    th scope="row" { (mover.mover) @if mover.named { " ★" } }
                    td colspan=(columns) class="refusal-cell" { (verdict("refused")) " " (prose(why)) }
                }
            }
        });
        rows.extend(refused);
        rows
    }

    fn row(&self, mover: &MoverFailover, client: usize, scenarios: &[&ScenarioPage], notes: &mut Footnotes) -> Markup {
        let protocol = self.pool.clients.get(client).map_or("", |client| client.protocol.as_str());
        let link = format!("#{}", super::mover_id(self.place, &mover.mover));
        html! {
            tr data-item data-use="usable" data-safety=(safety(mover)) data-client=(protocol) class=[mover.named.then_some("named")] {
                th scope="row" { a href=(link) { (mover.mover) } @if mover.named { " ★" } }
                @if self.pool.clients.len() > 1 { td { (protocol) } }
                @for page in scenarios {
                    td class={ "number" @if !page.decides { " other" } } {
                        @if let Some(cell) = told::cell(mover, &page.scenario) { (self.cell(cell, told::outage(cell, client), notes)) }
                    }
                }
            }
        }
    }

    fn cell(&self, cell: &CellPage, outage: &Distribution, notes: &mut Footnotes) -> Markup {
        let share = outage.never as f64 / cell.trials.max(1) as f64;
        html! {
            span class="p50" { (self.figure(&outage.p50, notes)) }
            span class="p99" { (self.figure(&outage.p99, notes)) }
            @if outage.never > 0 && !outage.p50.never { span class="never" { (percent(share)) " never" } }
        }
    }

    fn figure(&self, page: &QuantilePage, notes: &mut Footnotes) -> Markup {
        html! {
            (quantile(page))
            @if let Some(number) = notes.number(page) { sup { a href={ "#note-" (self.place) "-" (number) } { (number) } } }
        }
    }

    /// A reason, in which the fact is a link.
    fn reason(&self, reason: &Reason) -> Markup {
        let parts = reason.fact.as_ref().and_then(|fact| Some((fact, reason.words.split_once(&told::ticked(fact))?)));
        match parts {
            Some((fact, (before, after))) => html! { (before) (linked(self.book, fact)) (after) },
            None => prose(&reason.words),
        }
    }

    fn notes(&self, notes: &Footnotes) -> Markup {
        html! {
            @if !notes.reasons.is_empty() {
                p class="dim small" { (told::NOT_PRINTED) }
                ol class="notes" {
                    @for (number, reason) in notes.reasons.iter().enumerate() {
                        li id={ "note-" (self.place) "-" (number + 1) } {
                            (self.reason(reason))
                        }
                    }
                }
            }
        }
    }
}

fn safety(mover: &MoverFailover) -> &'static str {
    match &mover.proved {
        None => "not looked at",
        Some(proved) if proved.violated.is_empty() => "nothing violated",
        Some(_) => "violated",
    }
}
