//! The answers, short: one card for each question that a user comes with. Not here: the reasons.

use maud::{Markup, html};

use super::piece;
use crate::words::{counted, grouped, singular};
use crate::{Book, ShortAnswer};

/// The inputs in a few words.
pub(super) fn inputs(book: &Book) -> String {
    match book.report.inputs.as_slice() {
        [] => "no input".to_owned(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} and {}", counted(rest.len(), "more input")),
    }
}

pub(super) fn title(book: &Book) -> Markup {
    html! {
        h1 id="summary-title" { (inputs(book)) }
        p class="made" { "Network report, as of " time datetime=(book.made.date) { (book.made.date) } " · " (book.made.tool) }
    }
}

pub(super) fn section(book: &Book) -> Markup {
    html! {
        p class="headline" { (book.headline) }
        ul class="cards" {
            @for answer in &book.answers { (card(answer)) }
        }
        p class="contents" {
            @for (place, contents) in book.report.contents.iter().enumerate() {
                @if place > 0 { " · " }
                b { (grouped(contents.count as u64)) } " " (if contents.count == 1 { singular(&contents.kind) } else { contents.kind.clone() })
            }
        }
    }
}

/// One question and its answer.
fn card(answer: &ShortAnswer) -> Markup {
    let (tone, sign) = piece::tone(&answer.verdict);
    html! {
        li class={ "card " (tone) } {
            h3 { a href={ "#" (answer.about) } { (answer.question) } }
            p class="answer" { span class="sign" aria-hidden="true" { (sign) } (piece::prose(&answer.answer)) }
            p class="detail" { (piece::prose(&answer.detail)) }
        }
    }
}
