//! What nobody has confirmed and what it changes, and the facts that the input overrides. Not here: facts that change nothing here.

use maud::{Markup, html};

use super::piece::{fact_link, name, prose, sources, status};
use crate::words::counted;
use crate::{Book, OpenFact};

pub(super) fn section(book: &Book) -> Markup {
    html! {
        @if book.open.is_empty() {
            p { "No fact with several possible values changes anything told here." }
        } @else {
            p { "Ask the provider, or read them from the API; those that change most come first." }
            @for open in &book.open { (question(open)) }
        }
        @if !book.report.overrides.is_empty() {
            h3 { "Assumptions of the input" }
            div class="wide" tabindex="0" role="region" aria-label="Facts that the input overrides" {
                table {
                    thead { tr { th { "fact" } th { "value" } th { "status" } th { "note" } } }
                    tbody {
                        @for over in &book.report.overrides {
                            tr {
                                td { code { (over.fact) } } td { (name(&over.value)) } td { (status(&over.status)) }
                                td { (prose(&over.note)) @if over.expired { " " b { "expired, and not used" } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What a fact changes that is not folded.
const FEW: usize = 4;

fn changes(changes: &[String]) -> Markup {
    html! { @for (place, change) in changes.iter().enumerate() { @if place > 0 { "; " } (prose(change)) } }
}

fn question(open: &OpenFact) -> Markup {
    let (first, more) = open.changes.split_at(open.changes.len().min(FEW));
    let why = |place: usize| open.why.get(place).and_then(Option::as_ref);
    html! {
        article class="question" {
            h3 { (open.fact.question) }
            p { (fact_link(&open.fact.id)) " " (status(&open.fact.status)) span class="dim" { " " (sources(&open.fact)) ", " (open.fact.date) } }
            ul class="values" {
                @for (place, value) in open.fact.values.iter().enumerate() {
                    li { b { (value) } @if let Some(why) = why(place) { span class="dim" { " — " (prose(why)) } } }
                }
            }
            p { "It changes " (changes(first)) "." }
            @if !more.is_empty() {
                details class="more" {
                    summary { "and " (counted(more.len(), "more answer")) }
                    ul { @for change in more { li { (prose(change)) } } }
                }
            }
            @if let Some(sought) = &open.sought { p class="dim" { "Sought: " (prose(sought)) } }
        }
    }
}
