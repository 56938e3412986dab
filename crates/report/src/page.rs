//! The book as a page: one HTML file that needs nothing else, in light, dark and print, with or without scripts. Each section is a module of its own beside
//! this one; [`SECTIONS`] is their order. Not here: what is said in them, and anything that decides.
//!
//! Names come from files that others wrote. `maud` escapes every text where it is spliced, no script holds data, and characters that cannot be seen or that
//! turn the order of others around are replaced in the finished page, so that no section can forget it.

mod about;
mod bandwidth;
pub mod chart;
mod decision;
mod facts;
mod failover;
mod findings;
mod open;
mod piece;
mod proofs;
mod reach;
mod sequence;
mod size;
mod summary;
mod topology;

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::Book;
use crate::words::is_hidden;

/// A part of the page.
struct Section {
    /// Its anchor.
    id: &'static str,
    title: &'static str,
    /// Empty where there is nothing to say: then it is left out, here and in the navigation.
    section: fn(&Book) -> Markup,
}

const SECTIONS: [Section; 12] = [
    Section { id: "summary", title: "Summary", section: summary::section },
    Section { id: "topology", title: "Topology", section: topology::section },
    Section { id: "findings", title: "Findings", section: findings::section },
    Section { id: "reach", title: "Reachability", section: reach::section },
    Section { id: "proofs", title: "Proofs", section: proofs::section },
    Section { id: "failover", title: "Failover", section: failover::section },
    Section { id: "decision", title: "Decision", section: decision::section },
    Section { id: "bandwidth", title: "Bandwidth", section: bandwidth::section },
    Section { id: "size", title: "Sizing", section: size::section },
    Section { id: "open", title: "Open questions", section: open::section },
    Section { id: "facts", title: "Facts", section: facts::section },
    Section { id: "about", title: "Made with", section: about::section },
];

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// Nothing is loaded and nothing is sent, whatever stands in the page.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Writes a book as a page.
pub fn page(book: &Book, out: &mut dyn Write) -> io::Result<()> {
    let sections = SECTIONS.iter().map(|section| (section, (section.section)(book)));
    let sections: Vec<(&Section, Markup)> = sections.filter(|(_, body)| !body.0.is_empty()).collect();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(book.made.tool);
                title { "Twinrail: " (summary::inputs(book)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a class="skip" href="#summary" { "Skip to the summary" }
                (navigation(&sections))
                main {
                    @for (section, body) in &sections {
                        section id=(section.id) aria-labelledby={ (section.id) "-title" } {
                            @if section.id == "summary" {
                                (summary::title(book))
                            } @else {
                                h2 id={ (section.id) "-title" } { (section.title) }
                            }
                            (body)
                        }
                    }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    out.write_all(seen(&page.into_string()).as_bytes())
}

fn navigation(sections: &[(&Section, Markup)]) -> Markup {
    html! {
        header class="bar" {
            a class="brand" href="#summary" {
                svg class="logo" viewBox="0 0 28 16" aria-hidden="true" {
                    line class="rail-tcp" x1="1" y1="4" x2="27" y2="4" {}
                    line class="rail-rdma" x1="1" y1="12" x2="27" y2="12" {}
                }
                "Twinrail"
            }
            nav aria-label="Sections" {
                ul {
                    @for (section, _) in sections {
                        li { a href={ "#" (section.id) } { (section.title) } }
                    }
                }
            }
            div class="tools script" {
                button type="button" id="expand" aria-pressed="false" { "Expand all" }
                button type="button" id="theme" aria-pressed="false" { "Dark" }
            }
        }
    }
}

/// The page with a mark for every hidden character; what is written here itself has none.
fn seen(page: &str) -> String {
    page.chars().map(|c| if is_hidden(c) { '\u{fffd}' } else { c }).collect()
}
