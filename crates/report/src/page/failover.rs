//! How long clients are cut off: outages of each mover, and a timeline of one failure. Nothing is said until a book
//! holds trials: they become a field of `Book`,
//! filled from `Parts`, and are shown here. `chart` draws what is needed: `ranges` for the outages of movers, `cumulative` for their distributions, `timeline`
//! for one failure. Not here: the trials.

use maud::{Markup, html};

use crate::Book;

pub(super) fn section(_book: &Book) -> Markup {
    html! {}
}
