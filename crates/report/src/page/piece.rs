//! What sections of the page share: words with names in them, verdicts, places, facts, conditions, filters. Not here: any section.

use maud::{Markup, html};

use crate::{Condition, FactCitation, Place, words};

/// Names of a list that are shown before it is folded.
const SHOWN: usize = 12;

/// Text as text; what stands in backticks is a name.
pub(super) fn prose(text: &str) -> Markup {
    let pairs = text.matches('`').count() / 2;
    html! {
        @for (place, part) in text.splitn(2 * pairs + 1, '`').enumerate() {
            @if place % 2 == 1 { (name(part)) } @else { (part) }
        }
    }
}

/// A name as it stands in an input. Whatever its letters are, the text around it keeps its order.
pub(super) fn name(text: &str) -> Markup {
    html! { code { (text) } }
}

/// Names, of which many are folded.
pub(super) fn names(all: &[String]) -> Markup {
    let list = |names: &[String]| {
        html! { @for (place, text) in names.iter().enumerate() { @if place > 0 { ", " } (name(text)) } }
    };
    if all.len() <= SHOWN {
        return list(all);
    }
    html! {
        (list(&all[..SHOWN]))
        details class="more" {
            summary { "and " (all.len() - SHOWN) " more" }
            (list(&all[SHOWN..]))
        }
    }
}

/// How a verdict looks: its tone, a sign that is told apart without colour, and its word.
fn look(verdict: &str) -> (&'static str, &'static str, &str) {
    let tone = match verdict {
        "holds" | "enough" | "proved" | "yes" | "delivered" | "arrives" => "good",
        "violated" | "not enough" | "refused" | "broken" => "bad",
        "no" | "dropped" | "lost" => "shut",
        "depends" => "maybe",
        "absent" => "none",
        _ => "warn",
    };
    let (sign, word) = words::sign(verdict);
    (tone, sign, word)
}

/// A verdict as a sign and a word.
pub(super) fn verdict(word: &str) -> Markup {
    let (tone, sign, word) = look(word);
    html! { span class={ "verdict " (tone) } { span class="sign" aria-hidden="true" { (sign) } (word) } }
}

/// The tone and the sign of a verdict.
pub(super) fn tone(word: &str) -> (&'static str, &'static str) {
    let (tone, sign, _) = look(word);
    (tone, sign)
}

/// A rail, told apart by its word and by how it is drawn.
pub(super) fn rail(rail: Option<&str>) -> Markup {
    html! { @if let Some(rail) = rail { span class={ "rail " (rail_class(Some(rail))) } { (rail) } } }
}

/// The class of a rail.
pub(super) fn rail_class(rail: Option<&str>) -> &'static str {
    match rail {
        Some("rdma") => "rdma",
        Some("tcp") => "tcp",
        Some("mixed") => "mixed",
        _ => "none",
    }
}

/// File and line.
pub(super) fn at(place: &Place) -> Markup {
    html! {
        span class="at" {
            @if let Some(address) = &place.address { (name(address)) " in " }
            code { (place.path) ":" (place.line) }
        }
    }
}

/// The lines of places, with what is meant marked; those of one file together.
pub(super) fn excerpts(places: &[&Place]) -> Markup {
    html! {
        @for alike in places.chunk_by(|a, b| a.path == b.path) {
            figure class="source" {
                figcaption { (alike[0].path) }
                div class="lines" { @for place in alike { (excerpt(place)) } }
            }
        }
    }
}

fn excerpt(place: &Place) -> Markup {
    let text = place.text.as_str();
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let whole = text.is_char_boundary(place.start) && text.is_char_boundary(place.end) && place.start <= place.end;
    let (start, end) = if whole { (place.start, place.end.min(text.len())) } else { (text.len(), text.len()) };
    html! {
        p {
            span class="line" { (place.line) }
            code { (part(0, start)) @if start < end { mark { (part(start, end)) } } (part(end, text.len())) }
            @if !place.label.is_empty() { span class="label" { (prose(&place.label)) } }
            @if let Some(address) = &place.address { span class="label" { (name(address)) } }
        }
    }
}

/// A part of an anchor or an id: different texts give different parts.
pub(super) fn anchor(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    text.chars().map(|c| if is_plain(c) { c.to_string() } else { format!("_{:x}_", u32::from(c)) }).collect()
}

/// A fact by its id, leading to the list of all.
pub(super) fn fact_link(id: &str) -> Markup {
    html! { a class="fact" href={ "#fact-" (anchor(id)) } { code { (id) } } }
}

/// The status of a fact.
pub(super) fn status(word: &str) -> Markup {
    let class = match word {
        "documented" | "confirmed" | "observed" => "sure",
        "reported" | "assumed" => "weak",
        _ => "unsure",
    };
    html! { span class={ "status " (class) } { (word) } }
}

/// Where a fact comes from, with links.
pub(super) fn sources(fact: &FactCitation) -> Markup {
    html! {
        @for (place, source) in fact.sources.iter().enumerate() {
            @if place > 0 { ", " }
            @if source.url.starts_with("https://") || source.url.starts_with("http://") {
                a href=(source.url) title=(source.title) rel="noreferrer" { (source.key) }
            } @else {
                span title=(source.title) { (source.key) }
            }
        }
    }
}

/// Facts that an answer rests on, one a line.
pub(super) fn cited(facts: &[FactCitation]) -> Markup {
    html! {
        @if !facts.is_empty() {
            ul class="cited" {
                @for fact in facts {
                    li {
                        (fact_link(&fact.id)) " = " (fact.values.join(" or ")) " " (status(&fact.status))
                        span class="dim" { " " (sources(fact)) @if !fact.date.is_empty() { ", " (fact.date) } }
                    }
                }
            }
        }
    }
}

/// The values of facts with which something holds.
pub(super) fn conditions(when: &[Vec<Condition>]) -> Markup {
    html! {
        @for (place, together) in when.iter().enumerate() {
            @if place > 0 { ", or if " }
            @for (place, condition) in together.iter().enumerate() {
                @if place > 0 { " and " }
                (fact_link(&condition.fact)) " = " (name(&condition.value))
            }
        }
    }
}

/// A choice of a filter: the name of the attribute, how it is called, and its values.
pub(super) struct Choice<'a> {
    pub attribute: &'a str,
    pub title: &'a str,
    pub values: &'a [&'a str],
}

/// Narrows what carries `data-item` inside the element of that id. Only scripts can, so only they show it.
pub(super) fn filter(of: &str, choices: &[Choice<'_>]) -> Markup {
    html! {
        form class="filter script" role="search" data-filter=(of) {
            label { span { "Search" } input type="search" name="text" autocomplete="off" spellcheck="false"; }
            @for choice in choices {
                label {
                    span { (choice.title) }
                    select name=(choice.attribute) {
                        option value="" { "all" }
                        @for value in choice.values { option value=(value) { (value) } }
                    }
                }
            }
            output aria-live="polite" {}
        }
    }
}

/// A count with its noun.
pub(super) fn counted(count: usize, what: &str) -> String {
    words::counted(count, what)
}
