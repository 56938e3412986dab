//! The decision record: options, what speaks for and against each, the evidence, what is unconfirmed and what would flip it. Nothing is said until a book
//! holds one. Not here: the deciding.

use maud::{Markup, html};

use crate::Book;

pub(super) fn section(_book: &Book) -> Markup {
    html! {}
}
