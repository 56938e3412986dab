//! A week on many machines: a bar for each job, on the rows of the machines that it holds. Not here: who runs when.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::week::{DAYS, HOURS, HOURS_OF_DAY, LEFT, RIGHT, days, x};
use super::{AXIS, WIDTH, at};

const TOP: f64 = 8.0;
/// Of all rows together, if no row is too low or too high for that.
const HEIGHT: f64 = 330.0;
const LOWEST: f64 = 2.0;
const HIGHEST: f64 = 15.0;
/// Colours; more kinds begin again, and have letters of their own.
const COLOURS: usize = 6;
/// A bar of this width and height has room for a letter.
const LETTER: (f64, f64) = (11.0, 11.0);

/// A job on some rows, in hours from Monday at midnight.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// Place among the kinds.
    pub kind: usize,
    pub label: String,
    pub start: f64,
    pub end: f64,
    /// First and how many, from 0.
    pub rows: Vec<(u32, u32)>,
}

/// Bars of a week on so many rows; `kinds` are named in the legend.
pub fn schedule(title: &str, kinds: &[&str], rows: u32, bars: &[Held]) -> Markup {
    let row = (HEIGHT / f64::from(rows.max(1))).clamp(LOWEST, HIGHEST);
    let bottom = TOP + row * f64::from(rows);
    let every = rows.div_ceil(10).max(1);
    html! {
        figure class="chart schedule" {
            ul class="legend" {
                @for (place, kind) in kinds.iter().enumerate() {
                    li { span class={ "swatch s" (place % COLOURS) } aria-hidden="true" { (letter(place)) } (kind) }
                }
            }
            div class="wide" tabindex="0" role="region" aria-label=(title) {
                svg viewBox={ "0 0 " (WIDTH) " " (at(bottom + AXIS)) } width=(WIDTH) role="img" {
                    title { (title) }
                    rect class="ground" x=(at(x(0.0))) y=(at(TOP)) width=(at(WIDTH - LEFT - RIGHT)) height=(at(bottom - TOP)) {}
                    (days(TOP, bottom))
                    @for tick in (0..=rows).filter(|tick| tick % every == 0) {
                        text class="tick" x=(at(LEFT - 8.0)) y=(at(TOP + row * f64::from(tick) + 4.0)) text-anchor="end" { (tick) }
                    }
                    @for bar in bars { (drawn(bar, rows, row)) }
                }
            }
            figcaption { (title) }
        }
    }
}

fn drawn(bar: &Held, rows: u32, row: f64) -> Markup {
    let (left, right) = (x(bar.start), x(bar.end));
    let width = (right - left).max(0.6);
    let mut path = String::new();
    let mut tallest = (0.0, 0.0);
    for (first, count) in &bar.rows {
        let (first, count) = (f64::from((*first).min(rows)), f64::from((*count).min(rows)));
        let (top, height) = (TOP + row * first, (row * count - 0.6).max(0.6));
        // Writing to a text cannot fail.
        let _ = write!(path, "M{} {}h{}v{}h-{}z", at(left), at(top), at(width), at(height), at(width));
        if height > tallest.1 {
            tallest = (top, height);
        }
    }
    let is_lettered = width >= LETTER.0 && tallest.1 >= LETTER.1;
    html! {
        path class={ "held s" (bar.kind % COLOURS) } d=(path) { title { (bar.label) ", " (moment(bar.start)) " to " (moment(bar.end)) } }
        @if is_lettered {
            text class="letter" x=(at(left + width / 2.0)) y=(at(tallest.0 + tallest.1 / 2.0 + 3.5)) text-anchor="middle" { (letter(bar.kind)) }
        }
    }
}

/// The letter of a kind: colours do not tell them apart for all.
fn letter(kind: usize) -> char {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char::from(LETTERS[kind % LETTERS.len()])
}

/// A moment of the week: `Mon 09:12`.
pub(crate) fn moment(hour: f64) -> String {
    const MINUTES_OF_HOUR: f64 = 60.0;
    if !hour.is_finite() || hour >= HOURS {
        return "the end of the week".to_owned();
    }
    let hour = hour.max(0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within a week")]
    let (day, minutes) = ((hour / HOURS_OF_DAY) as usize, (hour % HOURS_OF_DAY * MINUTES_OF_HOUR) as u32);
    format!("{} {:02}:{:02}", DAYS[day.min(DAYS.len() - 1)], minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_covers_its_rows_while_it_runs() {
        let bar = Held { kind: 1, label: "<b>".to_owned(), start: 24.0, end: 48.0, rows: vec![(0, 5), (7, 3)] };
        let shown = schedule("A week", &["a", "<i>"], 10, &[bar]).into_string();
        // Ten rows are 15 high each: five begin at the top, three 7 rows below it.
        let (left, width) = (at(x(24.0)), at(x(48.0) - x(24.0)));
        assert!(shown.contains(&format!("M{left} 8.0h{width}v74.4h-{width}zM{left} 113.0h{width}v44.4")), "{shown}");
        assert!(shown.contains("held s1") && shown.contains(", Tue 00:00 to Wed 00:00"), "{shown}");
        assert!(!shown.contains("<b>") && !shown.contains("<i>") && shown.contains(">B</text>"), "{shown}");
        let odd = Held {
            kind: 99,
            label: String::new(),
            start: f64::NAN,
            end: f64::INFINITY,
            rows: vec![(u32::MAX, u32::MAX)],
        };
        assert!(!schedule("", &[], 0, &[odd]).into_string().contains("NaN"));
    }

    #[test]
    fn moments_are_days_and_times() {
        assert_eq!(
            [0.0, 33.2, 167.99, 168.0].map(moment),
            ["Mon 00:00", "Tue 09:12", "Sun 23:59", "the end of the week"]
        );
    }
}
