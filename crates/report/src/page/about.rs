//! How the page was made, so that it can be made again. Not here: anything about the network.

use maud::{Markup, html};

use super::piece::name;
use crate::Book;

pub(super) fn section(book: &Book) -> Markup {
    let made = &book.made;
    html! {
        dl class="made-with" {
            dt { "Command" } dd { pre { code { (made.command) } } }
            dt { "Program" } dd { (made.tool) }
            dt { "Day" } dd { (made.date) }
            dt { "Seed" } dd { @match made.seed { Some(seed) => (seed), None => "none: nothing here is drawn by chance" } }
            dt { "Inputs" } dd { ul { @for input in &book.report.inputs { li { (name(input)) } } } }
            @if let Some(config) = &book.report.config { dt { "Config" } dd { (name(config)) } }
            @if !made.skipped.is_empty() { dt { "Left out" } dd { (made.skipped.join(", ")) } }
        }
        p class="dim" { "The same command, program, day and inputs give the same page, byte by byte." }
    }
}
