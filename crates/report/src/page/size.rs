//! How many instances, nodes, addresses and quota: the test farm, then customers. Not here: how they are worked out, and the words that the document has too
//! (`size::told`).

mod farm;
mod plan;

use maud::{Markup, html};

use super::piece::prose;
use crate::Book;
use crate::size::told;

pub(super) fn section(book: &Book) -> Markup {
    let Some(size) = &book.size else {
        return html! { p { "Not asked for." } };
    };
    html! {
        @if !told::is_sized(size) { p { (prose("Nothing is to be sized: the model has neither `tests` nor `demand`.")) } }
        @if let Some(farm) = &size.farm { (farm::shown(farm)) }
        @if let Some(needs) = &size.no_plan {
            h3 { "Customers" }
            p { "Customers were not planned for: that needs " (prose(needs)) "." }
        }
        @if let Some(plan) = &size.plan { (plan::shown(book, plan, &size.date)) }
        @if !size.caveats.is_empty() {
            h3 { "What the figures do not say" }
            ul class="dim" { @for caveat in &size.caveats { li { (prose(caveat)) } } }
        }
    }
}

/// The first of a list, then what is left out of it, if anything is.
fn first<T>(all: &[T], most: usize) -> (&[T], Option<String>) {
    let (shown, rest) = all.split_at(all.len().min(most));
    (shown, (!rest.is_empty()).then(|| format!("{} more are not shown", rest.len())))
}
