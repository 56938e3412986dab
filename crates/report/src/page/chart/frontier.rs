//! A parameter at several values: how short an outage is against how often nothing had failed, with the values that no
//! other beats joined. Not here: the trials.

use maud::{Markup, html};

use super::{AXIS, Axis, PLOT, WIDTH, at};
use crate::page::sequence::clipped;

const LEFT: f64 = 70.0;
const RIGHT: f64 = 40.0;
/// From the top to the highest share, so that its label has room.
const TOP: f64 = 18.0;

/// One value of the parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point<'a> {
    pub label: &'a str,
    /// Seconds; `f64::INFINITY` is never.
    pub time: f64,
    /// In 0.0..=1.0.
    pub share: f64,
    /// No other point is better in both.
    pub best: bool,
}

/// Points with their names; `across` and `up` say what the axes are.
pub fn frontier(title: &str, (across, up): (&str, &str), points: &[Point<'_>]) -> Markup {
    let axis = Axis::of(points.iter().map(|point| point.time), LEFT, WIDTH - LEFT - RIGHT);
    let most = top(points.iter().map(|point| point.share).fold(0.0_f64, f64::max));
    let y = |share: f64| TOP + (1.0 - (share / most).clamp(0.0, 1.0)) * PLOT;
    let mut best: Vec<&Point<'_>> = points.iter().filter(|point| point.best).collect();
    best.sort_by(|one, other| one.time.total_cmp(&other.time));
    let line: Vec<String> =
        best.iter().map(|point| format!("{} {}", at(axis.x(point.time)), at(y(point.share)))).collect();
    html! {
        figure class="chart frontier" {
            div class="wide" tabindex="0" role="region" aria-label=(title) {
                svg viewBox={ "0 0 " (WIDTH) " " (at(TOP + PLOT + AXIS + 20.0)) } width=(WIDTH) role="img" {
                    title { (title) }
                    (axis.shown(TOP, TOP + PLOT))
                    @for step in 0..=4 {
                        @let share = most * f64::from(step) / 4.0;
                        line class="grid" x1=(at(LEFT)) x2=(at(WIDTH - RIGHT)) y1=(at(y(share))) y2=(at(y(share))) {}
                        text class="tick" x=(at(LEFT - 8.0)) y=(at(y(share) + 4.0)) text-anchor="end" { (percent(share)) }
                    }
                    text class="tick" x=(at(WIDTH - RIGHT)) y=(at(TOP + PLOT + AXIS + 10.0)) text-anchor="end" { (across) " →" }
                    text class="tick" x=(at(LEFT)) y="12" { "↑ " (up) }
                    @if !line.is_empty() { path class="curve s0" d={ "M" (line.join("L")) } {} }
                    @for point in points {
                        g class={ "point" @if point.best { " best" } } {
                            title { (point.label) ": " (super::seconds(point.time)) ", " (percent(point.share)) }
                            circle cx=(at(axis.x(point.time))) cy=(at(y(point.share))) r="5" {}
                            text class="name" x=(at(axis.x(point.time) + 9.0)) y=(at(y(point.share) - 7.0)) { (clipped(point.label, 16)) }
                        }
                    }
                }
            }
            figcaption { (title) }
        }
    }
}

/// A share of the vertical axis that nothing is above.
fn top(most: f64) -> f64 {
    [0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5].into_iter().find(|top| most <= *top).unwrap_or(1.0)
}

pub(crate) fn percent(share: f64) -> String {
    let text = format!("{:.2}", share * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_are_joined_and_nothing_is_left_out() {
        let point = |label, time, share, best| Point { label, time, share, best };
        let points =
            [point("<1s>", 4.0, 0.04, true), point("2s", 9.0, 0.0, true), point("5s", f64::INFINITY, 0.03, false)];
        let drawn = frontier("Interval", ("outage", "false failovers"), &points).into_string();
        assert_eq!(drawn.matches("<circle").count(), 3, "{drawn}");
        assert_eq!(drawn.matches("point best").count(), 2, "{drawn}");
        assert!(drawn.contains("5 %") && !drawn.contains("<1s>") && !drawn.contains("NaN"), "{drawn}");
        assert!(frontier("Nothing", ("", ""), &[]).into_string().contains("<svg"));
    }
}
