//! Pictures that sections share: of times, ranges and cumulative distributions on an axis of powers of ten and a timeline with a cursor; bars of a
//! part of a whole; and, on axes from nothing up, weeks, columns, bands and swings. Each is told apart without
//! colour, says what it shows in words, and stands without scripts. Not here: where the figures come from.

mod band;
mod columns;
mod frontier;
mod linear;
mod meter;
mod panels;
mod schedule;
mod swings;
mod week;

use maud::{Markup, html};

use super::sequence::clipped;

pub use band::{Moment, band};
pub use columns::{Column, columns};
pub(crate) use frontier::percent;
pub use frontier::{Point, frontier};
pub use meter::{Meter, meter};
pub use panels::{Mark, PanelRow, panels};
pub(crate) use schedule::moment;
pub use schedule::{Held, schedule};
pub use swings::{Swing, swings};
pub use week::{Hourly, week};

/// Lengths in units of the picture, about a pixel each.
const WIDTH: f64 = 960.0;
const LABEL: f64 = 220.0;
const RIGHT: f64 = 170.0;
const ROW: f64 = 28.0;
const AXIS: f64 = 26.0;

/// Times of one subject, in seconds; `f64::INFINITY` is never.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range<'a> {
    pub label: &'a str,
    /// Said below the label.
    pub note: &'a str,
    pub low: f64,
    /// The median, or what stands for the whole.
    pub middle: f64,
    pub high: f64,
    /// Drawn stronger: what the model names.
    pub named: bool,
}

/// A cumulative distribution: seconds, rising, and the share of outcomes at or below them, in 0.0..=1.0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Series<'a> {
    pub label: &'a str,
    pub points: &'a [(f64, f64)],
}

/// One of those whom a timeline shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane<'a> {
    pub label: &'a str,
    pub spans: Vec<Span<'a>>,
    pub events: Vec<Event<'a>>,
}

/// What somebody is for a while, in seconds from the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span<'a> {
    pub from: f64,
    pub to: f64,
    pub label: &'a str,
    pub kind: Kind,
}

/// What happens at a moment, in seconds from the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event<'a> {
    pub at: f64,
    pub label: &'a str,
    pub kind: Kind,
}

/// How good something is for whoever waits. Each kind has an edge of its own besides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Good,
    Waiting,
    Bad,
    Plain,
}

impl Kind {
    fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Waiting => "maybe",
            Self::Bad => "bad",
            Self::Plain => "plain",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Waiting => "…",
            Self::Bad => "✗",
            Self::Plain => "",
        }
    }
}

/// A time as people say it: `420 ms`, `4.2 s`, `73 s`, `12m00s`, `never`.
pub fn seconds(seconds: f64) -> String {
    if !seconds.is_finite() {
        "never".to_owned()
    } else if seconds <= 0.0 {
        "0 s".to_owned()
    } else if seconds < 0.000_999_5 {
        "below 1 ms".to_owned()
    } else if seconds < 0.9995 {
        format!("{:.0} ms", seconds * 1e3)
    } else if seconds < 9.95 {
        format!("{seconds:.1} s")
    } else {
        crate::failover::said(seconds)
    }
}

/// An axis of powers of ten.
#[derive(Debug, Clone, Copy)]
struct Axis {
    /// Exponents of its ends, in seconds.
    from: i32,
    to: i32,
    left: f64,
    width: f64,
}

impl Axis {
    /// One that holds all of these times; a thousandth of a second is the least that is told apart.
    fn of(times: impl Iterator<Item = f64>, left: f64, width: f64) -> Self {
        let known = times.filter(|time| time.is_finite() && *time > 0.0);
        let (low, high) = known.fold((f64::INFINITY, 0.0_f64), |(low, high), time| (low.min(time), high.max(time)));
        let exponent = |time: f64, whole: fn(f64) -> f64| {
            let exponent = whole(time.max(1e-3).log10()).clamp(-3.0, 9.0);
            #[expect(clippy::cast_possible_truncation, reason = "a whole number of -3 to 9")]
            let exponent = exponent as i32;
            exponent
        };
        let from = if low.is_finite() { exponent(low, f64::floor) } else { -1 };
        let to = if high > 0.0 { exponent(high, f64::ceil) } else { 1 };
        Self { from, to: to.max(from + 1), left, width }
    }

    /// Where a time is; what is beyond the ends is at them.
    fn x(&self, time: f64) -> f64 {
        if time.is_infinite() {
            return self.left + self.width;
        }
        let share = (time.max(1e-9).log10() - f64::from(self.from)) / f64::from(self.to - self.from);
        self.left + share.clamp(0.0, 1.0) * self.width
    }

    fn shown(&self, top: f64, bottom: f64) -> Markup {
        let decades = || (self.from..=self.to).map(|exponent| 10_f64.powi(exponent));
        let between = decades().flat_map(|decade| (2..10).map(move |times| decade * f64::from(times)));
        let last = 10_f64.powi(self.to);
        html! {
            @for time in between.filter(|time| *time < last) { line class="minor" x1=(at(self.x(time))) x2=(at(self.x(time))) y1=(at(top)) y2=(at(bottom)) {} }
            @for time in decades() {
                line class="grid" x1=(at(self.x(time))) x2=(at(self.x(time))) y1=(at(top)) y2=(at(bottom)) {}
                text class="tick" x=(at(self.x(time))) y=(at(bottom + 16.0)) text-anchor=(self.anchor(time)) { (self.words(time)) }
            }
        }
    }
}

impl Axis {
    /// Where a tick is held. At the ends of a narrow axis it stays inside, since another one begins there.
    fn anchor(&self, time: f64) -> &'static str {
        let share = (self.x(time) - self.left) / self.width;
        match self.is_narrow() {
            true if share < 0.01 => "start",
            true if share > 0.99 => "end",
            _ => "middle",
        }
    }

    fn is_narrow(&self) -> bool {
        self.width < 400.0
    }

    /// A tick in words; where there is little room only the first has its unit.
    fn words(&self, time: f64) -> String {
        let words = decade(time);
        let is_first = time < 10_f64.powi(self.from) * 2.0;
        match words.strip_suffix(" s") {
            Some(number) if self.is_narrow() && !is_first => number.to_owned(),
            _ => words,
        }
    }
}

/// A power of ten as a tick: `10 ms`, `1 s`, `1,000 s`.
fn decade(time: f64) -> String {
    if time < 0.5 {
        format!("{:.0} ms", time * 1e3)
    } else if time < 5e3 {
        let thousands = if time > 500.0 { "1,000".to_owned() } else { format!("{time:.0}") };
        format!("{thousands} s")
    } else {
        seconds(time)
    }
}

/// A coordinate, to a tenth.
fn at(length: f64) -> String {
    format!("{length:.1}")
}

/// Bars from the low to the high time of each row, with a mark at the middle, on one axis.
pub fn ranges(title: &str, rows: &[Range<'_>]) -> Markup {
    let times = rows.iter().flat_map(|row| [row.low, row.middle, row.high]);
    let axis = Axis::of(times, LABEL, WIDTH - LABEL - RIGHT);
    let bottom = 8.0 + ROW * rows.len() as f64;
    html! {
        figure class="chart ranges" {
            div class="wide" tabindex="0" role="region" aria-label=(title) {
                svg viewBox={ "0 0 " (WIDTH) " " (at(bottom + AXIS)) } width=(WIDTH) role="img" {
                    title { (title) }
                    (axis.shown(4.0, bottom))
                    @for (place, row) in rows.iter().enumerate() { (range(row, &axis, 8.0 + ROW * place as f64)) }
                }
            }
            figcaption { (title) }
        }
    }
}

fn range(row: &Range<'_>, axis: &Axis, top: f64) -> Markup {
    let [low, middle, high] = [row.low, row.middle, row.high].map(|time| axis.x(time));
    let y = top + ROW / 2.0;
    let words = format!("{} ({} to {})", seconds(row.middle), seconds(row.low), seconds(row.high));
    html! {
        g class={ "range" @if row.named { " named" } } {
            title { (row.label) ": " (words) @if !row.note.is_empty() { ". " (row.note) } }
            text class="label" x=(at(LABEL - 12.0)) y=(at(y + 4.0)) text-anchor="end" { @if row.named { "★ " } (clipped(row.label, 30)) }
            rect class="bar" x=(at(low)) y=(at(y - 5.0)) width=(at((high - low).max(1.0))) height="10" rx="2" {}
            @if row.high.is_infinite() { path class="beyond" d={ "M" (at(high)) " " (at(y - 7.0)) "l9 7l-9 7" } {} }
            line class="middle" x1=(at(middle)) x2=(at(middle)) y1=(at(y - 9.0)) y2=(at(y + 9.0)) {}
            text class="value" x=(at(WIDTH - RIGHT + 14.0)) y=(at(y + 4.0)) { (words) }
        }
    }
}

/// Shares of the vertical axis that have a line.
const SHARES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];
const PLOT: f64 = 300.0;
/// Ways of drawing a line that are told apart without colour; more series begin again.
const DASHES: [&str; 6] = ["none", "8 4", "2 3", "10 3 2 3", "14 5", "5 2 1 2 1 2"];

/// Cumulative distributions on one axis, each with its own dash and its name beside it.
pub fn cumulative(title: &str, series: &[Series<'_>]) -> Markup {
    let times = series.iter().flat_map(|series| series.points.iter().map(|(time, _)| *time));
    let axis = Axis::of(times, 60.0, WIDTH - 60.0 - RIGHT);
    let y = |share: f64| 8.0 + (1.0 - share.clamp(0.0, 1.0)) * PLOT;
    html! {
        figure class="chart cumulative" {
            div class="wide" tabindex="0" role="region" aria-label=(title) {
                svg viewBox={ "0 0 " (WIDTH) " " (at(PLOT + 8.0 + AXIS)) } width=(WIDTH) role="img" {
                    title { (title) }
                    (axis.shown(8.0, 8.0 + PLOT))
                    @for share in SHARES {
                        line class="grid" x1="60" x2=(at(WIDTH - RIGHT)) y1=(at(y(share))) y2=(at(y(share))) {}
                        text class="tick" x="52" y=(at(y(share) + 4.0)) text-anchor="end" { (format!("{:.0} %", share * 100.0)) }
                    }
                    @for (place, one) in series.iter().enumerate() { (curve(one, place, &axis, &y)) }
                    @for (place, level) in levels(series) {
                        @let x = axis.x(reaches(&series[place], level)) + 7.0;
                        text class={ "name s" (place % DASHES.len()) } x=(at(x)) y=(at(y(level) + 4.0)) { (clipped(series[place].label, 26)) }
                    }
                }
            }
            figcaption { (title) }
        }
    }
}

fn curve(series: &Series<'_>, place: usize, axis: &Axis, y: &dyn Fn(f64) -> f64) -> Markup {
    let mut path = String::new();
    let mut before = 0.0;
    for (time, share) in series.points {
        let x = at(axis.x(*time));
        if path.is_empty() {
            path = format!("M{x} {}", at(y(0.0)));
        } else {
            path = format!("{path}L{x} {}", at(y(before)));
        }
        path = format!("{path}L{x} {}", at(y(*share)));
        before = *share;
    }
    html! {
        path class={ "curve s" (place % DASHES.len()) } d=(path) stroke-dasharray=(DASHES[dash(place)]) { title { (series.label) } }
    }
}

/// The dash of a series: where colours begin again, dashes do not.
fn dash(place: usize) -> usize {
    (place + 2 * (place / DASHES.len())) % DASHES.len()
}

/// The first time by which this share is reached; never, if it is not.
fn reaches(series: &Series<'_>, share: f64) -> f64 {
    series.points.iter().find(|(_, reached)| *reached >= share).map_or(f64::INFINITY, |(time, _)| *time)
}

/// At which share each series has its name: the quickest highest, so that names stand where no curve is.
fn levels(series: &[Series<'_>]) -> Vec<(usize, f64)> {
    let mut order: Vec<usize> = (0..series.len()).collect();
    order.sort_by(|a, b| reaches(&series[*a], 0.5).total_cmp(&reaches(&series[*b], 0.5)).then(a.cmp(b)));
    let step = 0.8 / series.len().max(1) as f64;
    order.into_iter().enumerate().map(|(rank, place)| (place, 0.92 - step * rank as f64)).collect()
}

const LANE: f64 = 40.0;

/// Lanes of spans and events over time, with a cursor that says what holds at a moment. `id` is unique on the page.
pub fn timeline(id: &str, title: &str, lanes: &[Lane<'_>]) -> Markup {
    let spans = lanes.iter().flat_map(|lane| lane.spans.iter().map(|span| span.to));
    let ends = spans.chain(lanes.iter().flat_map(|lane| lane.events.iter().map(|event| event.at)));
    let end = ends.filter(|time| time.is_finite()).fold(0.0_f64, f64::max).max(1e-3);
    let bottom = 8.0 + LANE * lanes.len() as f64;
    let (left, width) = (LABEL, WIDTH - LABEL - 20.0);
    let x = move |time: f64| left + (time / end).clamp(0.0, 1.0) * width;
    html! {
        figure class="chart timeline" id=(id) data-end=(format!("{end:.6}")) data-left=(at(left)) data-width=(at(width)) {
            div class="wide" tabindex="0" role="region" aria-label=(title) {
                svg viewBox={ "0 0 " (WIDTH) " " (at(bottom + AXIS)) } width=(WIDTH) role="img" {
                    title { (title) }
                    @for tick in 0..=5 {
                        @let time = end * f64::from(tick) / 5.0;
                        line class="grid" x1=(at(x(time))) x2=(at(x(time))) y1="4" y2=(at(bottom)) {}
                        text class="tick" x=(at(x(time))) y=(at(bottom + 16.0)) text-anchor="middle" { (seconds(time)) }
                    }
                    @for (place, lane) in lanes.iter().enumerate() { (lane_shown(lane, 8.0 + LANE * place as f64, &x)) }
                    line class="cursor script" x1=(at(left)) x2=(at(left)) y1="2" y2=(at(bottom)) {}
                }
            }
            div class="scrub script" {
                label for={ (id) "-time" } { "Moment" }
                input type="range" id={ (id) "-time" } min="0" max="1000" value="0" aria-valuetext="0 s";
                button type="button" class="step" aria-label="The moment before" { "‹" }
                button type="button" class="step" aria-label="The next moment" { "›" }
                output for={ (id) "-time" } aria-live="polite" {}
            }
            figcaption { (title) }
            (moments(lanes))
        }
    }
}

fn lane_shown(lane: &Lane<'_>, top: f64, x: &dyn Fn(f64) -> f64) -> Markup {
    let middle = top + LANE / 2.0;
    html! {
        g class="lane" data-lane=(lane.label) {
            text class="label" x=(at(LABEL - 12.0)) y=(at(middle + 4.0)) text-anchor="end" { (clipped(lane.label, 30)) }
            line class="base" x1=(at(x(0.0))) x2=(at(x(f64::INFINITY))) y1=(at(top + LANE - 2.0)) y2=(at(top + LANE - 2.0)) {}
            @for span in &lane.spans {
                @let (from, to) = (x(span.from), x(span.to));
                @let times = [span.from, span.to.min(1e12)].map(|time| format!("{time:.6}"));
                g class={ "span " (span.kind.class()) } data-from=(times[0]) data-to=(times[1]) data-label=(span.label) {
                    title { (span.label) ": " (seconds(span.from)) " to " (seconds(span.to)) }
                    rect x=(at(from)) y=(at(top + 7.0)) width=(at((to - from).max(1.5))) height=(at(LANE - 16.0)) rx="3" {}
                    @if let Some(words) = fitting(span, to - from) { text x=(at(from + 5.0)) y=(at(middle + 3.0)) { (words) } }
                }
            }
            @for event in &lane.events {
                g class={ "event " (event.kind.class()) } data-at=(format!("{:.6}", event.at)) data-label=(event.label) {
                    title { (event.label) ": " (seconds(event.at)) }
                    path d={ "M" (at(x(event.at))) " " (at(top + 3.0)) "v" (at(LANE - 8.0)) "m-4 " (at(8.0 - LANE)) "h8l-4 6z" } {}
                }
            }
        }
    }
}

/// As much of a span's words as fits into it; nothing of one that is too narrow.
fn fitting(span: &Span<'_>, width: f64) -> Option<String> {
    let sign = span.kind.sign();
    let words = if sign.is_empty() { span.label.to_owned() } else { format!("{sign} {}", span.label) };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a width in pixels, cut to whole characters"
    )]
    let room = ((width - 8.0).max(0.0) / 6.4) as usize;
    match room {
        0 => None,
        1..=3 => (!sign.is_empty()).then(|| sign.to_owned()),
        room => Some(clipped(&words, room)),
    }
}

/// The same as a table, for those who do not see the picture, and for print.
fn moments(lanes: &[Lane<'_>]) -> Markup {
    let mut moments: Vec<(f64, &str, &str)> = Vec::new();
    for lane in lanes {
        moments.extend(lane.spans.iter().map(|span| (span.from, lane.label, span.label)));
        moments.extend(lane.events.iter().map(|event| (event.at, lane.label, event.label)));
    }
    moments.sort_by(|a, b| a.0.total_cmp(&b.0));
    html! {
        details class="more" {
            summary { "Moment by moment" }
            table {
                thead { tr { th { "from" } th { "who" } th { "what" } } }
                tbody {
                    @for (time, who, what) in moments {
                        tr data-at=(format!("{time:.6}")) { td class="number" { (format!("{time:.2} s")) } td { (who) } td { (what) } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_do() {
        let times = [0.0, 0.000_2, 0.42, 0.9999, 4.24, 73.0, 1_800.0, 90_000.0, f64::INFINITY];
        let said = ["0 s", "below 1 ms", "420 ms", "1.0 s", "4.2 s", "73 s", "30m00s", "25h00m", "never"];
        assert_eq!(times.map(seconds), said.map(str::to_owned));
    }

    #[test]
    fn an_axis_holds_its_times() {
        let axis = Axis::of([0.4, 38.0, f64::INFINITY, 0.0].into_iter(), 0.0, 100.0);
        assert_eq!((axis.from, axis.to), (-1, 2));
        let places = [0.0, 0.1, 1.0, 10.0, 100.0, f64::INFINITY].map(|time| format!("{:.0}", axis.x(time)));
        assert_eq!(places, ["0", "0", "33", "67", "100", "100"]);
        let empty = Axis::of(std::iter::empty(), 0.0, 100.0);
        assert!(empty.from < empty.to);
        let one = Axis::of([1.0].into_iter(), 0.0, 100.0);
        assert!(one.from < one.to);
    }

    #[test]
    fn a_bar_ends_at_the_edge_where_it_never_ends() {
        let row = Range { label: "<b>", note: "", low: 1.0, middle: 2.0, high: f64::INFINITY, named: true };
        let drawn = ranges("Outages", &[row]).into_string();
        assert!(drawn.contains("class=\"beyond\"") && drawn.contains("2.0 s (1.0 s to never)"), "{drawn}");
        assert!(drawn.contains("★ &lt;b&gt;") && !drawn.contains("<b>"), "{drawn}");
    }

    #[test]
    fn every_curve_has_a_name_and_a_dash_of_its_own() {
        let points: Vec<Vec<(f64, f64)>> =
            (1..=4).map(|scale| vec![(f64::from(scale), 0.2), (f64::from(scale) * 3.0, 1.0)]).collect();
        let names = ["d", "c", "b", "a"];
        let series: Vec<Series<'_>> =
            names.iter().zip(&points).map(|(label, points)| Series { label, points }).collect();
        let drawn = cumulative("Outages", &series).into_string();
        for (place, name) in names.iter().enumerate() {
            assert!(drawn.contains(&format!("stroke-dasharray=\"{}\"", DASHES[place])), "{drawn}");
            assert!(drawn.contains(&format!(">{name}</text>")), "{drawn}");
        }
        assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
        assert!(cumulative("Nothing", &[]).into_string().contains("<svg"));
    }

    #[test]
    fn a_timeline_stands_without_scripts() {
        let span = Span { from: 0.0, to: f64::INFINITY, label: "serves", kind: Kind::Good };
        let lanes = [Lane {
            label: "vault-01",
            spans: vec![span],
            events: vec![Event { at: 2.0, label: "fails", kind: Kind::Bad }],
        }];
        let drawn = timeline("one", "One failure", &lanes).into_string();
        assert!(drawn.contains("data-end=\"2.000000\"") && drawn.contains("<td>fails</td>"), "{drawn}");
        assert!(!drawn.contains("NaN") && !drawn.contains("inf\""), "{drawn}");
        assert!(timeline("none", "Nothing", &[]).into_string().contains("data-end"));
    }
}
