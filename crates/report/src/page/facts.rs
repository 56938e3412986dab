//! Every fact that something on the page rests on: value, status, source and date. Not here: the rest of the catalog.

use maud::{Markup, html};

use super::piece::{Choice, anchor, filter, sources, status};
use crate::{Book, UsedFact};

pub(super) fn section(book: &Book) -> Markup {
    if book.facts.is_empty() {
        return html! {};
    }
    let statuses = ["documented", "reported", "observed", "confirmed", "assumed", "conflicting", "unknown"];
    html! {
        (filter("fact-list", &[Choice { attribute: "status", title: "Status", values: &statuses }]))
        div class="wide" tabindex="0" role="region" aria-label="Facts" {
            table id="fact-list" class="facts" {
                thead { tr { th { "fact" } th { "value" } th { "status" } th { "source" } th { "date" } th { "used by" } } }
                tbody { @for used in &book.facts { (row(used)) } }
            }
        }
    }
}

fn row(used: &UsedFact) -> Markup {
    let fact = &used.fact;
    html! {
        tr id={ "fact-" (anchor(&fact.id)) } data-item data-status=(fact.status) {
            td { code { (fact.id) } p class="dim small" { (fact.question) } }
            td { (fact.values.join(" or ")) }
            td { (status(&fact.status)) }
            td { (sources(fact)) }
            td class="date" { (fact.date) }
            td class="dim" { (used.by.join(", ")) }
        }
    }
}
