//! A count over time, with the band within which what is needed lies. Not here: where the figures come from.

use maud::{Markup, html};

use super::linear::Linear;
use super::{AXIS, WIDTH, at};
use crate::page::sequence::clipped;

const LEFT: f64 = 60.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 14.0;
const HEIGHT: f64 = 200.0;
/// Labels below each other's points that still have room.
const LABELS: usize = 12;
/// Points that are drawn.
const MOST: usize = 100;

/// The count at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment<'a> {
    pub label: &'a str,
    pub count: u32,
    /// What is needed, at the low end, between, and at the high end.
    pub needed: Option<[u32; 3]>,
}

/// A line through the counts, in front of the band of what is needed; `names` are those of its ends and of what is between.
pub fn band(title: &str, names: [&str; 3], all: &[Moment<'_>]) -> Markup {
    let shown = &all[..all.len().min(MOST)];
    let values = shown.iter().flat_map(|moment| moment.needed.into_iter().flatten().chain([moment.count]));
    let axis = Linear::of_whole(values.map(f64::from));
    let y = |count: u32| TOP + (1.0 - axis.share(f64::from(count))) * HEIGHT;
    let gaps = shown.len().saturating_sub(1).max(1) as f64;
    let x = |place: usize| LEFT + 24.0 + place as f64 / gaps * (WIDTH - LEFT - RIGHT - 78.0);
    let line: Vec<String> =
        shown.iter().enumerate().map(|(place, moment)| format!("{} {}", at(x(place)), at(y(moment.count)))).collect();
    let every = shown.len().div_ceil(LABELS).max(1);
    let mut known = shown.iter().enumerate().filter_map(|(place, moment)| Some((place, moment.needed?)));
    let last = known.next_back();
    html! {
        figure class="chart band-chart" {
            div class="wide" tabindex="0" role="region" aria-label=(title) {
                svg viewBox={ "0 0 " (WIDTH) " " (at(TOP + HEIGHT + AXIS)) } width=(WIDTH) role="img" {
                    title { (title) }
                    @for tick in axis.ticks() {
                        @let height = TOP + (1.0 - axis.share(tick)) * HEIGHT;
                        line class="grid" x1=(at(LEFT)) x2=(at(WIDTH - RIGHT)) y1=(at(height)) y2=(at(height)) {}
                        text class="tick" x=(at(LEFT - 8.0)) y=(at(height + 4.0)) text-anchor="end" { (axis.words(tick)) }
                    }
                    @for (class, low, high) in [("needed", 0, 2), ("needed inner", 0, 1)] {
                        path class=(class) d=(area(shown, (low, high), &x, &y)) {}
                    }
                    @if let Some((place, needed)) = last {
                        @for (end, name) in names.iter().enumerate() {
                            text class="tick edge" x=(at(x(place) + 18.0)) y=(at(y(needed[end]) + 4.0)) { (clipped(name, 6)) }
                        }
                    }
                    @if !line.is_empty() { path class="curve s0" d={ "M" (line.join("L")) } {} }
                    @for (place, moment) in shown.iter().enumerate() {
                        g class="point best" {
                            title {
                                (moment.label) ": " (moment.count)
                                @if let Some(needed) = moment.needed { @for end in 0..3 { ", " (names[end]) " " (needed[end]) } }
                            }
                            circle cx=(at(x(place))) cy=(at(y(moment.count))) r="4" {}
                            @if place % every == 0 || place + 1 == shown.len() {
                                text class="name" x=(at(x(place))) y=(at(y(moment.count) - 9.0)) text-anchor="middle" { (moment.count) }
                                text class="tick" x=(at(x(place))) y=(at(TOP + HEIGHT + 16.0)) text-anchor="middle" { (clipped(moment.label, 9)) }
                            }
                        }
                    }
                }
            }
            figcaption { (title) @if all.len() > MOST { "; " (all.len() - MOST) " more are not drawn" } }
        }
    }
}

/// The outline between two ends of what is needed.
fn area(shown: &[Moment<'_>], (low, high): (usize, usize), x: &dyn Fn(usize) -> f64, y: &dyn Fn(u32) -> f64) -> String {
    let known: Vec<(usize, [u32; 3])> =
        shown.iter().enumerate().filter_map(|(place, moment)| Some((place, moment.needed?))).collect();
    let above = known.iter().map(|(place, needed)| format!("{} {}", at(x(*place)), at(y(needed[high]))));
    let below = known.iter().rev().map(|(place, needed)| format!("{} {}", at(x(*place)), at(y(needed[low]))));
    let points: Vec<String> = above.chain(below).collect();
    if points.is_empty() { String::new() } else { format!("M{}Z", points.join("L")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_stands_in_the_band() {
        let moment = |label, count, needed| Moment { label, count, needed };
        let all = [
            moment("2027-Q1", 50, Some([25, 75, 100])),
            moment("<b>", 60, None),
            moment("2027-Q3", 75, Some([50, 90, 100])),
        ];
        let drawn = band("Nodes", ["p50", "p90", "p99"], &all).into_string();
        // The axis ends at a hundred: fifty is in its middle, 14 from the top and 200 high.
        assert!(drawn.contains("cy=\"114.0\"") && drawn.contains("2027-Q1: 50, p50 25, p90 75, p99 100"), "{drawn}");
        assert_eq!(drawn.matches("<circle").count(), 3);
        assert!(drawn.contains("&lt;b&gt;") && !drawn.contains("<b>") && !drawn.contains("NaN"), "{drawn}");
        assert!(band("", ["", "", ""], &[]).into_string().contains("<svg"));
    }
}
