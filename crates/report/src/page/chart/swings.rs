//! How far each of several inputs moves a count: bars from the count with it low to that with it high. Not here: where the figures come from.

use maud::{Markup, html};

use super::linear::Linear;
use super::{AXIS, LABEL, RIGHT, ROW, WIDTH, at};
use crate::page::sequence::clipped;

/// Counts with an input low, at its middle and high.
#[derive(Debug, Clone, PartialEq)]
pub struct Swing {
    pub label: String,
    pub counts: [u32; 3],
    /// Said behind the bar.
    pub words: String,
}

/// A bar for each input, the one that moves most first.
pub fn swings(title: &str, rows: &[Swing]) -> Markup {
    let axis = Linear::of_whole(rows.iter().flat_map(|row| row.counts).map(f64::from));
    let x = |count: f64| LABEL + axis.share(count) * (WIDTH - LABEL - RIGHT);
    let bottom = 8.0 + ROW * rows.len() as f64;
    html! {
        figure class="chart swings" {
            div class="wide" tabindex="0" role="region" aria-label=(title) {
                svg viewBox={ "0 0 " (WIDTH) " " (at(bottom + AXIS)) } width=(WIDTH) role="img" {
                    title { (title) }
                    @for tick in axis.ticks() {
                        line class="grid" x1=(at(x(tick))) x2=(at(x(tick))) y1="4" y2=(at(bottom)) {}
                        text class="tick" x=(at(x(tick))) y=(at(bottom + 16.0)) text-anchor="middle" { (axis.words(tick)) }
                    }
                    @for (place, row) in rows.iter().enumerate() {
                        @let y = 8.0 + ROW * (place as f64 + 0.5);
                        @let [low, middle, high] = row.counts.map(|count| x(f64::from(count)));
                        g class="range" {
                            title { (row.label) ": " (row.words) }
                            text class="label" x=(at(LABEL - 12.0)) y=(at(y + 4.0)) text-anchor="end" { (clipped(&row.label, 30)) }
                            rect class="bar" x=(at(low.min(high))) y=(at(y - 5.0)) width=(at((high - low).abs().max(1.0))) height="10" rx="2" {}
                            line class="middle" x1=(at(middle)) x2=(at(middle)) y1=(at(y - 9.0)) y2=(at(y + 9.0)) {}
                            text class="value" x=(at(WIDTH - RIGHT + 14.0)) y=(at(y + 4.0)) { (clipped(&row.words, 26)) }
                        }
                    }
                }
            }
            figcaption { (title) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_spans_both_ends_whichever_is_more() {
        let row = |counts: [u32; 3]| Swing { label: "<b>".to_owned(), counts, words: format!("{counts:?}") };
        let drawn = swings("What moves it", &[row([0, 50, 100]), row([100, 50, 0])]).into_string();
        let whole = format!("width=\"{}\" height=\"10\"", at(WIDTH - LABEL - RIGHT));
        assert_eq!(drawn.matches(&whole).count(), 2, "{drawn}");
        assert!(!drawn.contains("<b>") && drawn.contains("[0, 50, 100]"), "{drawn}");
        assert!(swings("", &[]).into_string().contains("<svg"));
    }
}
