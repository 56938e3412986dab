//! The test farm on the page: sizes beside each other, the least farm, what one step more saves, then each size with its week. Not here: the plan for
//! customers.

use maud::{Markup, html};

use super::first;
use crate::page::chart::{self, Column, Held, Hourly, Kind, Meter, meter, moment};
use crate::page::piece::{name, prose, verdict};
use crate::size::text::{minutes, percent};
use crate::size::told;
use crate::{BarPage, FarmPage, FarmSize, SchedulePage};

/// Sizes that are shown.
const SIZES: usize = 12;

/// Lines of a list that is not folded.
const LINES: usize = 4;

/// What the columns show.
const SAVED: &str = "Hours of waiting, of all jobs together, that one step more saves a day";

/// Rows of a table of jobs.
const JOBS: usize = 60;

/// Bars of all drawn weeks together, and of one.
const BARS: usize = 900;
const BARS_OF_WEEK: usize = 450;

pub(super) fn shown(farm: &FarmPage) -> Markup {
    let (sizes, more) = first(&farm.sizes, SIZES);
    html! {
        h3 { "The test farm" }
        p class="lead" { (prose(&told::farm_lead(farm))) }
        p class="dim" { (told::farm_setting(farm)) "." }
        (table(sizes))
        @if let Some(more) = more { p class="dim small" { (more) "." } }
        (least(farm))
        (elsewhere(farm))
        h4 { "Each size" }
        @let open = sizes.iter().position(|size| size.verdict == "not enough" && size.utilisation.is_some());
        @for (place, size) in sizes.iter().enumerate() { (one(farm, size, place, open == Some(place))) }
        (offered(farm))
    }
}

fn id(place: usize) -> String {
    format!("size-farm-{place}")
}

/// Sizes beside each other.
fn table(sizes: &[FarmSize]) -> Markup {
    html! {
        div class="wide" tabindex="0" role="region" aria-label="Sizes of the test farm" {
            table class="sizes" {
                thead {
                    tr {
                        th class="number" { "instances" } th { "verdict" } th { "busy" } th class="number" { "mean wait" } th class="number" { "p95" }
                        th class="number" { "in time" } th class="number" { "a step more saves" } th { "what it cannot do, and why" }
                    }
                }
                tbody {
                    @for (place, size) in sizes.iter().enumerate() {
                        tr {
                            th scope="row" class="number" { a href={ "#" (id(place)) } { (size.instances) } }
                            td { (verdict(&size.verdict)) }
                            td class="busy" { (busy(size)) }
                            @for wait in told::waits(size) { td class="number" { (wait) } }
                            td class="number" { (told::more(size)) }
                            td class="cannot" { (cannot(size)) }
                        }
                    }
                }
            }
        }
    }
}

fn busy(size: &FarmSize) -> Markup {
    let words = format!("{} of {} instances are busy", told::part(size.utilisation), size.instances);
    html! {
        @if let Some(part) = size.utilisation { (meter(&Meter { part, range: None, kind: Kind::Plain, words: &words })) }
        span class="figure" { (told::part(size.utilisation)) }
    }
}

/// What keeps a size from running everything as it should.
fn cannot(size: &FarmSize) -> Markup {
    let (shown, rest) = size.cannot.split_at(size.cannot.len().min(LINES));
    html! {
        @if size.cannot.is_empty() && size.verdict == "enough" { span class="dim" { "nothing" } }
        ul class="worlds" { @for line in shown { li { (line) } } }
        @if !rest.is_empty() {
            details class="more" { summary { "and " (rest.len()) " more" } ul class="worlds" { @for line in rest.iter().take(JOBS) { li { (line) } } } }
        }
    }
}

fn least(farm: &FarmPage) -> Markup {
    let columns = farm.curve.iter().map(|point| Column {
        label: point.instances.to_string(),
        value: point.saved_minutes_a_day / 60.0,
        words: short_hours(point.saved_minutes_a_day),
        marked: farm.least == Some(point.instances),
    });
    let columns: Vec<Column> = columns.collect();
    html! {
        @if farm.least.is_some() || !farm.least_notes.is_empty() || farm.erlang.is_some() {
            h4 { "The least farm" }
            @if let Some(least) = farm.least {
                p { b { (least) " instances" } " are the least that run everything as they should: " (prose(&farm.least_notes.join("; "))) "." }
            }
            @else { p { (prose(&farm.least_notes.join("; "))) } }
            @if let Some(erlang) = &farm.erlang {
                p class="dim" { "Beside it, Erlang C for jobs that all take as many instances as the largest: " (told::erlang(erlang)) "." }
            }
        }
        @if !columns.is_empty() {
            (chart::columns(SAVED, ("instances that there are", "hours saved a day"), &columns))
        }
    }
}

/// Hours in few characters: `34.9 h`, `1.5 h`, `41 m`.
fn short_hours(minutes: f64) -> String {
    match minutes {
        hours if hours >= 59.5 => format!("{:.1} h", hours / 60.0),
        minutes => format!("{minutes:.0} m"),
    }
}

/// What may run on spot or on other machine types.
fn elsewhere(farm: &FarmPage) -> Markup {
    let (spots, more) = first(&farm.spot, JOBS);
    html! {
        @if !farm.elsewhere.is_empty() || !spots.is_empty() {
            h4 { "What may run elsewhere" }
            ul { @for relief in &farm.elsewhere { li { b { (relief.to) } ": " (told::relief(relief)) } } }
            @if farm.spot.iter().any(|spot| spot.uninterrupted.is_none()) {
                p class="dim" { "How much longer jobs take on spot is not said: nobody knows how often instances are preempted." }
            } @else if !spots.is_empty() {
                details class="more" {
                    summary { "How long jobs take on spot" }
                    ul {
                        @for spot in spots {
                            li { (name(&spot.job)) ": " (told::spot(spot)) @if let Some(on_time) = spot.on_time { "; " (percent(on_time)) " in time" } }
                        }
                    }
                    @if let Some(more) = more { p class="dim small" { (more) "." } }
                }
            }
        }
    }
}

/// A size, opened: its week by the hour, its jobs, and who runs when.
fn one(farm: &FarmPage, size: &FarmSize, place: usize, open: bool) -> Markup {
    let drawn = farm.schedules.iter().find(|schedule| schedule.instances == size.instances);
    let busy = format!("busy, of {} instances", size.instances);
    let panels = [
        Hourly { label: &busy, values: &size.busy, cap: Some(f64::from(size.instances)) },
        Hourly { label: "jobs that wait", values: &size.queue, cap: None },
    ];
    html! {
        details class="finding condition" id=(id(place)) open[open] {
            summary { (verdict(&size.verdict)) " " span class="message" { (size.instances) " instances" } " " span class="dim" { (short(size)) } }
            div class="body" {
                @if !size.busy.is_empty() { (chart::week(&format!("An average week of {} instances, by the hour", size.instances), &panels)) }
                @if let Some(schedule) = drawn { (week(farm, schedule)) }
                (jobs(size))
                (alone(size))
            }
        }
    }
}

fn short(size: &FarmSize) -> String {
    match (size.utilisation, size.mean_wait_minutes) {
        (Some(part), Some(wait)) => format!("{} busy, mean wait {}", percent(part), minutes(wait)),
        _ => size.cannot.first().cloned().unwrap_or_default(),
    }
}

/// How each job fares.
fn jobs(size: &FarmSize) -> Markup {
    let (jobs, more) = first(&size.jobs, JOBS);
    html! {
        @if !jobs.is_empty() {
            div class="wide" tabindex="0" role="region" aria-label={ "Jobs on " (size.instances) " instances" } {
                table {
                    thead {
                        tr {
                            th { "job" } th class="number" { "mean wait" } th class="number" { "p95" } th class="number" { "in time" }
                            th { "why it does not run as it should" }
                        }
                    }
                    tbody {
                        @for job in jobs {
                            tr {
                                th scope="row" { (name(&job.job)) }
                                td class="number" { (told::time(job.mean_wait_minutes)) } td class="number" { (told::time(job.p95_wait_minutes)) }
                                td class="number" { (told::part(job.on_time)) } td { (job.reasons.join("; ")) }
                            }
                        }
                    }
                }
            }
            @if let Some(more) = more { p class="dim small" { (more) "." } }
        }
    }
}

/// Suites that would run as they should if they had the farm for themselves.
fn alone(size: &FarmSize) -> Markup {
    let alone: Vec<String> =
        size.suites.iter().filter(|suite| suite.alone.is_empty()).map(|suite| suite.suite.clone()).collect();
    html! {
        @if !size.cannot.is_empty() && !alone.is_empty() {
            p class="dim" { "For themselves, these suites would have enough: " (crate::page::piece::names(&alone)) "." }
        }
    }
}

/// The schedule drawn: who holds which instances when.
fn week(farm: &FarmPage, schedule: &SchedulePage) -> Markup {
    if let Some(reason) = &schedule.not_drawn {
        return html! { p class="dim" { "No week is drawn: " (reason) "." } };
    }
    let suites = suites(farm);
    let names: Vec<&str> = suites.iter().map(String::as_str).collect();
    let drawable = farm.schedules.iter().filter(|schedule| schedule.not_drawn.is_none()).count().max(1);
    let (bars, left) = largest(&schedule.bars, (BARS / drawable).min(BARS_OF_WEEK));
    let bars: Vec<Held> = bars.into_iter().map(|bar| held(farm, &suites, bar)).collect();
    html! {
        (chart::schedule(&format!("A week of jobs on {} instances, drawn once by chance", schedule.instances), &names, schedule.instances, &bars))
        @if let Some(left) = left { p class="dim small" { (left) "." } }
        @if schedule.left_out > 0 { p class="dim small" { (schedule.left_out) " more jobs were left out of the schedule." } }
        @if !schedule.too_large.is_empty() {
            p class="dim small" { "Not in it, as they need more instances: " (crate::page::piece::names(&schedule.too_large)) "." }
        }
    }
}

/// Suites in the order in which their jobs stand.
fn suites(farm: &FarmPage) -> Vec<String> {
    let mut suites: Vec<String> = Vec::new();
    for job in &farm.jobs {
        if !suites.contains(&job.suite) {
            suites.push(job.suite.clone());
        }
    }
    suites
}

/// The bars that take most instance-hours, by their start; and what is left out.
fn largest(bars: &[BarPage], most: usize) -> (Vec<&BarPage>, Option<String>) {
    let area = |bar: &BarPage| (bar.end - bar.start) * bar.rows.iter().map(|(_, count)| f64::from(*count)).sum::<f64>();
    let mut shown: Vec<&BarPage> = bars.iter().collect();
    shown.sort_by(|a, b| area(b).total_cmp(&area(a)).then(a.start.total_cmp(&b.start)));
    let rest = shown.split_off(shown.len().min(most));
    shown.sort_by(|a, b| a.start.total_cmp(&b.start));
    let all: f64 = bars.iter().map(area).sum();
    let left = (!rest.is_empty()).then(|| {
        let part = rest.iter().map(|bar| area(bar)).sum::<f64>() / all.max(f64::MIN_POSITIVE);
        format!(
            "Of {} jobs the {} smallest are not drawn; they hold {} of the instance-hours",
            bars.len(),
            rest.len(),
            percent(part)
        )
    });
    (shown, left)
}

fn held(farm: &FarmPage, suites: &[String], bar: &BarPage) -> Held {
    let job = farm.jobs.get(bar.job);
    let suite = job.and_then(|job| suites.iter().position(|suite| *suite == job.suite));
    let waited = (bar.start - bar.arrived) * 60.0;
    let waited = if waited >= 1.0 { format!(", waited {}", minutes(waited)) } else { String::new() };
    let count: u64 = bar.rows.iter().map(|(_, count)| u64::from(*count)).sum();
    let job = job.map_or("?", |job| job.job.as_str());
    Held {
        kind: suite.unwrap_or(0),
        label: format!("{job}, {count} instances, came {}{waited}", moment(bar.arrived)),
        start: bar.start,
        end: bar.end,
        rows: bar.rows.clone(),
    }
}

/// The work that is offered.
fn offered(farm: &FarmPage) -> Markup {
    let (jobs, more) = first(&farm.jobs, JOBS);
    html! {
        details class="more" {
            summary { "The jobs that come" }
            div class="wide" tabindex="0" role="region" aria-label="Jobs that come" {
                table {
                    thead {
                        tr {
                            th { "job" } th { "suite" } th class="number" { "instances" } th class="number" { "a day" } th class="number" { "takes" }
                            th class="number" { "deadline" } th { "comes" } th { "may run on" }
                        }
                    }
                    tbody {
                        @for job in jobs {
                            @let [instances, a_day, takes, deadline, comes, elsewhere] = told::offered(job);
                            tr {
                                th scope="row" { (name(&job.job)) } td { (name(&job.suite)) }
                                td class="number" { (instances) } td class="number" { (a_day) } td class="number" { (takes) } td class="number" { (deadline) }
                                td { (comes) } td { (elsewhere) }
                            }
                        }
                    }
                }
            }
            @if let Some(more) = more { p class="dim small" { (more) "." } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_jobs_are_left_out_and_counted() {
        let bar = |start: f64, hours: f64, count: u32| BarPage {
            job: 0,
            arrived: start,
            start,
            end: start + hours,
            rows: vec![(0, count)],
        };
        // Ten, one and nine instance-hours: the second is left out, a twentieth of all.
        let bars = [bar(5.0, 5.0, 2), bar(1.0, 0.5, 2), bar(0.0, 9.0, 1)];
        let (shown, left) = largest(&bars, 2);
        assert_eq!(shown.iter().map(|bar| bar.start).collect::<Vec<_>>(), [0.0, 5.0]);
        assert_eq!(
            left.as_deref(),
            Some("Of 3 jobs the 1 smallest are not drawn; they hold 5.0 % of the instance-hours")
        );
        assert_eq!(largest(&bars, 3).1, None);
    }

    #[test]
    fn hours_fit_above_a_column() {
        assert_eq!([2097.99, 60.0, 36.2, 0.0].map(short_hours), ["35.0 h", "1.0 h", "36 m", "0 m"]);
    }
}
