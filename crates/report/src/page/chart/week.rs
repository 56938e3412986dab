//! Figures by the hour of a week, in panels below each other. Not here: where they come from.

use maud::{Markup, html};

use super::linear::Linear;
use super::{AXIS, WIDTH, at};
use crate::page::sequence::clipped;

pub(super) const LEFT: f64 = 60.0;
pub(super) const RIGHT: f64 = 16.0;
const HEAD: f64 = 22.0;
const PANEL: f64 = 96.0;

pub(super) const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
pub(super) const HOURS_OF_DAY: f64 = 24.0;
pub(super) const HOURS: f64 = 168.0;
const STEPS: usize = 168;

/// One figure over the week.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hourly<'a> {
    pub label: &'a str,
    /// From Monday at midnight; beyond a week is not drawn.
    pub values: &'a [f64],
    /// What it cannot be more than, drawn as a line.
    pub cap: Option<f64>,
}

/// Where an hour of the week is.
pub(super) fn x(hour: f64) -> f64 {
    let share = if hour.is_nan() { 0.0 } else { (hour / HOURS).clamp(0.0, 1.0) };
    LEFT + share * (WIDTH - LEFT - RIGHT)
}

/// Days of the week with their names below.
pub(super) fn days(top: f64, bottom: f64) -> Markup {
    html! {
        @for (place, day) in DAYS.iter().enumerate() {
            @let from = HOURS_OF_DAY * place as f64;
            line class="grid" x1=(at(x(from))) x2=(at(x(from))) y1=(at(top)) y2=(at(bottom)) {}
            text class="tick" x=(at(x(from + HOURS_OF_DAY / 2.0))) y=(at(bottom + 16.0)) text-anchor="middle" { (day) }
        }
        line class="grid" x1=(at(x(HOURS))) x2=(at(x(HOURS))) y1=(at(top)) y2=(at(bottom)) {}
    }
}

/// Steps by the hour, one panel for each figure.
pub fn week(title: &str, panels: &[Hourly<'_>]) -> Markup {
    let top = |place: usize| HEAD + (HEAD + PANEL) * place as f64;
    let bottom = top(panels.len()) - HEAD;
    html! {
        figure class="chart week" {
            div class="wide" tabindex="0" role="region" aria-label=(title) {
                svg viewBox={ "0 0 " (WIDTH) " " (at(bottom + AXIS)) } width=(WIDTH) role="img" {
                    title { (title) }
                    (days(HEAD, bottom.max(HEAD)))
                    @for (place, panel) in panels.iter().enumerate() { (drawn(panel, place, top(place))) }
                }
            }
            figcaption { (title) }
        }
    }
}

fn drawn(panel: &Hourly<'_>, place: usize, top: f64) -> Markup {
    let axis = Linear::of_whole(panel.values.iter().copied().chain(panel.cap));
    let y = |value: f64| top + (1.0 - axis.share(value)) * PANEL;
    let mut path = String::new();
    let mut hour = 0.0;
    for value in panel.values.iter().take(STEPS) {
        let begins = if path.is_empty() { "M" } else { "L" };
        path = format!("{path}{begins}{} {}H{}", at(x(hour)), at(y(*value)), at(x(hour + 1.0)));
        hour += 1.0;
    }
    let most = panel.values.iter().copied().filter(|value| value.is_finite()).fold(0.0_f64, f64::max);
    html! {
        g class="hourly" {
            title { (panel.label) ": " (format!("{most:.1}")) " in the fullest hour" }
            text class="head" x=(at(LEFT)) y=(at(top - 7.0)) { (clipped(panel.label, 60)) }
            @for tick in axis.ticks() {
                line class="grid" x1=(at(LEFT)) x2=(at(WIDTH - RIGHT)) y1=(at(y(tick))) y2=(at(y(tick))) {}
                text class="tick" x=(at(LEFT - 8.0)) y=(at(y(tick) + 4.0)) text-anchor="end" { (axis.words(tick)) }
            }
            @if !path.is_empty() {
                path class={ "area s" (place) } d={ (path) "V" (at(top + PANEL)) "H" (at(x(0.0))) "Z" } {}
                path class={ "curve s" (place) } d=(path) {}
            }
            @if let Some(cap) = panel.cap { line class="cap" x1=(at(LEFT)) x2=(at(WIDTH - RIGHT)) y1=(at(y(cap))) y2=(at(y(cap))) {} }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hour_is_a_step_below_the_cap() {
        let values = [3.0, 10.0, f64::NAN];
        let drawn = week("A <b>", &[Hourly { label: "busy", values: &values, cap: Some(20.0) }]).into_string();
        // Twenty is the end of the axis, so ten is in its middle: 22 from the top, 96 high.
        let ten = format!("{}H{}", at(22.0 + 48.0), at(x(2.0)));
        assert!(drawn.contains(&ten), "{ten}: {drawn}");
        assert!(drawn.contains("class=\"cap\"") && drawn.contains("10.0 in the fullest hour"), "{drawn}");
        assert!(!drawn.contains("NaN") && !drawn.contains("<b>") && drawn.contains("Sun"), "{drawn}");
        let long = vec![1.0; 400];
        let drawn = week("", &[Hourly { label: "", values: &long, cap: None }]).into_string();
        assert!(drawn.matches(&format!("H{}", at(WIDTH - RIGHT))).count() == 2, "a week and no more: {drawn}");
        assert!(week("", &[]).into_string().contains("<svg"));
    }
}
