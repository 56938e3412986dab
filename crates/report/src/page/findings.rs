//! What was found: each finding with its line, what follows, what to do and the facts it rests on; then what is undecided or was not understood. Not here:
//! the judging.

use maud::{Markup, html};

use super::piece::{self, Choice, at, cited, conditions, excerpts, filter, name, prose, verdict};
use crate::book::told;
use crate::{Book, Finding, Report, WorldArm};

pub(super) fn section(book: &Book) -> Markup {
    let report = &book.report;
    let (counts, silent) = told(report);
    html! {
        @if counts.is_empty() {
            p { "Nothing was found: " (report.summary.passed) " judgements passed." }
        } @else {
            @if counts.len() > 3 {
                (filter("finding-list", &[
                    Choice { attribute: "class", title: "Class", values: &["refused", "broken", "risk"] },
                    Choice { attribute: "verdict", title: "Verdict", values: &["violated", "depends", "bound-hit"] },
                ]))
            }
            div id="finding-list" {
                @for (place, finding) in counts.iter().enumerate() { (finding_box(finding, place < 3)) }
            }
        }
        @if !silent.is_empty() {
            details class="rest" {
                summary { (piece::counted(silent.len(), "finding")) " suppressed, or known by the baseline" }
                @for finding in silent { (finding_box(finding, false)) }
            }
        }
        (left_over(report))
    }
}

fn finding_box(finding: &Finding, open: bool) -> Markup {
    let word = if finding.verdict == "violated" { &finding.class } else { &finding.verdict };
    html! {
        details class="finding" data-item data-class=(finding.class) data-verdict=(finding.verdict) open[open] {
            summary {
                (verdict(word)) " "
                span class="message" { (prose(&finding.message)) }
                @if finding.subjects.len() > 1 { span class="chip" { (finding.subjects.len()) " alike" } }
                span class="rule" { (finding.code) @if word != &finding.class { " · " (finding.class) } }
            }
            div class="body" {
                @if let Some(suppressed) = &finding.suppressed {
                    p { "Suppressed until " (suppressed.expires) ": " (suppressed.reason) }
                }
                @if finding.known { p { "Known by the baseline." } }
                (excerpts(&finding.place.iter().chain(&finding.also).collect::<Vec<_>>()))
                (path(finding))
                @for note in &finding.notes { p class="note" { (prose(note)) } }
                @if let Some(refusal) = &finding.refusal {
                    p class="refusal" {
                        "The API answers " (name(&refusal.method)) " with " b { (refusal.status) " " (refusal.reason) } ": " (prose(&refusal.message))
                    }
                }
                (worlds(&finding.worlds))
                @if !finding.help.is_empty() { p class="help" { b { "What to do: " } (prose(&finding.help)) "." } }
                @if finding.subjects.len() > 1 { p class="dim" { "In " (piece::names(&finding.subjects)) "." } }
                (cited(&finding.facts))
            }
        }
    }
}

fn path(finding: &Finding) -> Markup {
    html! {
        @if !finding.path.is_empty() {
            ol class="path" {
                @for step in &finding.path {
                    li {
                        (prose(&step.label)) " "
                        span class="dim" { (step.kind) " " (name(step.entity.rsplit('/').next().unwrap_or_default())) }
                        @if let Some(place) = &step.place { " " (at(place)) }
                    }
                }
            }
        }
    }
}

fn worlds(worlds: &[WorldArm]) -> Markup {
    html! {
        @if !worlds.is_empty() {
            ul class="worlds" {
                @for world in worlds {
                    li {
                        (verdict(&world.verdict)) " if " (conditions(&world.when))
                        @if let Some(message) = &world.message { ": " (prose(message)) }
                    }
                }
            }
        }
    }
}

/// What could not be judged, and why.
fn left_over(report: &Report) -> Markup {
    let left = &report.not_understood;
    html! {
        @if !report.undecided.is_empty() {
            h3 { "Undecided: the input does not say" }
            table {
                thead { tr { th { "judgements" } th { "need" } th { "rules" } } }
                tbody {
                    @for group in &report.undecided {
                        tr { td class="number" { (group.judgements) } td { (prose(&group.needs)) } td class="dim" { (group.rules.join(", ")) } }
                    }
                }
            }
        }
        @if !left.kinds.is_empty() || !left.malformed.is_empty() {
            h3 { "Not understood" }
            ul {
                @for kind in &left.kinds { li { (kind.count) " × " (name(&kind.kind)) } }
                @for value in &left.malformed { li { "malformed: " (prose(value)) } }
            }
        }
        @if !report.not_evaluated.is_empty() {
            h3 { "Read, and judged by no analysis yet" }
            ul { @for part in &report.not_evaluated { li { (part.kind) " " (name(&part.name)) " needs " (part.needs) } } }
        }
    }
}
