//! Ranges of many subjects in several panels beside each other, on one axis: who is slow in what. Not here: where the figures come from.

use maud::{Markup, html};

use super::{AXIS, Axis, WIDTH, at, seconds};
use crate::failover::told::within;
use crate::page::sequence::clipped;

const LABEL: f64 = 200.0;
const HEAD: f64 = 26.0;
const ROW: f64 = 25.0;
const GAP: f64 = 20.0;

/// A subject, with a mark in each panel.
#[derive(Debug, Clone, PartialEq)]
pub struct PanelRow<'a> {
    pub label: &'a str,
    /// Drawn stronger: what the model names.
    pub named: bool,
    /// In the order of the panels; nothing: no figure.
    pub marks: Vec<Option<Mark>>,
}

/// Times in seconds; `f64::INFINITY` is never.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    pub low: f64,
    pub high: f64,
    /// `high` is only a bound: it may be longer.
    pub open: bool,
    /// How far `high` may lie elsewhere.
    pub reach: Option<(f64, f64)>,
    /// Of `high`, as it is printed.
    pub words: String,
}

/// Bars from the low to the high time of every subject in every panel.
pub fn panels(title: &str, heads: &[&str], rows: &[PanelRow<'_>]) -> Markup {
    let marks = rows.iter().flat_map(|row| row.marks.iter().flatten());
    let times = marks.flat_map(|mark| {
        let (quick, slow) = mark.reach.unwrap_or((mark.low, mark.high));
        [mark.low, mark.high, quick, slow]
    });
    let count = heads.len().max(1) as f64;
    let width = (WIDTH - LABEL - GAP * count) / count;
    let axis = Axis::of(times, 0.0, width);
    let left = |place: usize| LABEL + (width + GAP) * place as f64;
    let top = |place: usize| HEAD + 4.0 + ROW * place as f64;
    let bottom = top(rows.len());
    html! {
        figure class="chart panels" {
            div class="wide" tabindex="0" role="region" aria-label=(title) {
                svg viewBox={ "0 0 " (WIDTH) " " (at(bottom + AXIS)) } width=(WIDTH) role="img" {
                    title { (title) }
                    @for (place, head) in heads.iter().enumerate() {
                        text class="head" x=(at(left(place))) y="16" { (clipped(head, 24)) }
                        (Axis { left: left(place), ..axis }.shown(HEAD, bottom))
                    }
                    @for (place, row) in rows.iter().enumerate() {
                        g class={ "range" @if row.named { " named" } } {
                            text class="label" x=(at(LABEL - 14.0)) y=(at(top(place) + ROW / 2.0 + 4.0)) text-anchor="end" {
                                @if row.named { "★ " } (clipped(row.label, 28))
                            }
                            @for (panel, mark) in row.marks.iter().take(heads.len()).enumerate() {
                                @let axis = Axis { left: left(panel), ..axis };
                                @if let Some(mark) = mark { (drawn(mark, (row.label, heads[panel]), &axis, top(place) + ROW / 2.0)) }
                            }
                        }
                    }
                }
            }
            figcaption { (title) }
        }
    }
}

fn drawn(mark: &Mark, (label, head): (&str, &str), axis: &Axis, y: f64) -> Markup {
    let [low, high] = [mark.low, mark.high].map(|time| axis.x(time));
    let is_open = mark.open || mark.high.is_infinite();
    let reach = mark.reach.map(|(quick, slow)| (axis.x(quick), axis.x(slow)));
    let right = reach.map_or(high, |(_, slow)| slow.max(high)) + if is_open { 9.0 } else { 0.0 };
    let left = reach.map_or(low, |(quick, _)| quick.min(low));
    let room = mark.words.chars().count() as f64 * 6.6 + 6.0;
    let has_room = right + room <= axis.left + axis.width + GAP - 6.0;
    let half = if mark.low.is_infinite() { "never".to_owned() } else { seconds(mark.low) };
    html! {
        g class={ "mark" @if is_open { " open" } } {
            title { (label) ", " (head) ": half within " (half) ", 99 of 100 " (within(&mark.words)) }
            @if let Some((quick, slow)) = reach { line class="reach-line" x1=(at(quick)) x2=(at(slow)) y1=(at(y)) y2=(at(y)) {} }
            rect class="bar" x=(at(low)) y=(at(y - 5.0)) width=(at((high - low).max(1.0))) height="10" rx="2" {}
            @if is_open { path class="beyond" d={ "M" (at(high)) " " (at(y - 6.0)) "l7 6l-7 6" } {} }
            line class="middle" x1=(at(low)) x2=(at(low)) y1=(at(y - 8.0)) y2=(at(y + 8.0)) {}
            @if has_room { text class="value" x=(at(right + 5.0)) y=(at(y + 4.0)) { (mark.words) } }
            @else if left - room > axis.left { text class="value" x=(at(left - 6.0)) y=(at(y + 4.0)) text-anchor="end" { (mark.words) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_open_and_never_ends_at_the_edge() {
        let mark = |high: f64, open: bool, words: &str| {
            Some(Mark { low: 2.0, high, open, reach: Some((1.0, f64::INFINITY)), words: words.to_owned() })
        };
        let marks = vec![mark(54.0, true, "≥ 54 s"), mark(f64::INFINITY, false, "never"), None];
        let rows = [PanelRow { label: "<b>", named: true, marks }];
        let drawn = panels("Outages", &["killed", "hung", "<i>"], &rows).into_string();
        assert_eq!(drawn.matches("class=\"beyond\"").count(), 2, "{drawn}");
        assert!(drawn.contains("★ &lt;b&gt;") && !drawn.contains("<b>") && !drawn.contains("<i>"), "{drawn}");
        assert!(drawn.contains("99 of 100 within a time that nobody can tell, at least 54 s"), "{drawn}");
        assert!(!drawn.contains("NaN") && !drawn.contains("inf\""), "{drawn}");
        assert!(panels("Nothing", &[], &[]).into_string().contains("<svg"));
    }
}
