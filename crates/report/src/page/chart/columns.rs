//! Columns beside each other, on an axis from nothing up. Not here: where the figures come from.

use maud::{Markup, html};

use super::linear::Linear;
use super::{AXIS, WIDTH, at};
use crate::page::sequence::clipped;

const LEFT: f64 = 60.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 28.0;
const HEIGHT: f64 = 150.0;
/// Columns beside each other that still have room for their words.
const MOST: usize = 24;

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Below it.
    pub label: String,
    pub value: f64,
    /// The value as it is printed.
    pub words: String,
    /// What is to be seen first.
    pub marked: bool,
}

/// Columns with their values; `across` and `up` say what the axes are. Of many, the first are drawn.
pub fn columns(title: &str, (across, up): (&str, &str), all: &[Column]) -> Markup {
    let shown = &all[..all.len().min(MOST)];
    let axis = Linear::of(shown.iter().map(|column| column.value));
    let y = |value: f64| TOP + (1.0 - axis.share(value)) * HEIGHT;
    let step = (WIDTH - LEFT - RIGHT) / shown.len().max(1) as f64;
    let width = (step * 0.62).min(44.0);
    html! {
        figure class="chart columns" {
            div class="wide" tabindex="0" role="region" aria-label=(title) {
                svg viewBox={ "0 0 " (WIDTH) " " (at(TOP + HEIGHT + AXIS + 16.0)) } width=(WIDTH) role="img" {
                    title { (title) }
                    @for tick in axis.ticks() {
                        line class="grid" x1=(at(LEFT)) x2=(at(WIDTH - RIGHT)) y1=(at(y(tick))) y2=(at(y(tick))) {}
                        text class="tick" x=(at(LEFT - 8.0)) y=(at(y(tick) + 4.0)) text-anchor="end" { (axis.words(tick)) }
                    }
                    text class="tick" x="4" y="12" { "↑ " (up) }
                    text class="tick" x=(at(WIDTH - RIGHT)) y=(at(TOP + HEIGHT + AXIS + 10.0)) text-anchor="end" { (across) " →" }
                    @for (place, column) in shown.iter().enumerate() {
                        @let middle = LEFT + step * (place as f64 + 0.5);
                        g class={ "column" @if column.marked { " marked" } } {
                            title { (column.label) ": " (column.words) }
                            rect x=(at(middle - width / 2.0)) y=(at(y(column.value))) width=(at(width)) height=(at(TOP + HEIGHT - y(column.value))) {}
                            text class="value" x=(at(middle)) y=(at(y(column.value) - 5.0)) text-anchor="middle" { (clipped(&column.words, 8)) }
                            text class="tick" x=(at(middle)) y=(at(TOP + HEIGHT + 16.0)) text-anchor="middle" {
                                @if column.marked { "★ " } (clipped(&column.label, 8))
                            }
                        }
                    }
                }
            }
            figcaption { (title) @if all.len() > MOST { "; " (all.len() - MOST) " more are not drawn" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(label: &str, value: f64) -> Column {
        Column { label: label.to_owned(), value, words: format!("{value:.0}"), marked: value > 9.0 }
    }

    #[test]
    fn columns_are_as_high_as_their_values() {
        let drawn = columns("Saved", ("instances", "hours"), &[column("<b>", 10.0), column("b", 5.0)]).into_string();
        assert!(drawn.contains("height=\"150.0\"") && drawn.contains("height=\"75.0\""), "{drawn}");
        assert_eq!(drawn.matches("column marked").count(), 1, "{drawn}");
        assert!(drawn.contains("★ &lt;b&gt;") && !drawn.contains("<b>"), "{drawn}");
        assert!(!columns("", ("", ""), &[column("", f64::NAN)]).into_string().contains("NaN\""));
        let many: Vec<Column> = (0..30).map(|place| column(&place.to_string(), 1.0)).collect();
        let drawn = columns("", ("", ""), &many).into_string();
        assert!(drawn.matches("<rect").count() == MOST && drawn.contains("6 more are not drawn"), "{drawn}");
    }
}
