//! The test farm as a value. Not here: how it looks.

use schemars::JsonSchema;
use serde::Serialize;
use twinrail_model::unit::TimeSpan;
use twinrail_model::{Arrivals, Load};
use twinrail_sizing::farm::{
    Capacity, Elsewhere, Fare, FarmStudy, NotDrawn, NotSimulated, Point, Reason, Schedule, SizeLook,
};

use crate::failover::said;
use crate::words::counted;

/// The test farm.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct FarmPage {
    pub jobs: Vec<OfferedJob>,
    pub jobs_a_day: f64,
    /// Instances that would be busy on average if nobody ever waited.
    pub busy_instances: f64,
    pub mean_duration_minutes: f64,
    /// The mean wait that is still good.
    pub bound_minutes: f64,
    pub sizes: Vec<FarmSize>,
    /// The least farm that runs everything as it should; nothing where none does or nothing was simulated.
    pub least: Option<u32>,
    /// What is to be said of it.
    pub least_notes: Vec<String>,
    /// The same by Erlang C, for slots of the largest job.
    pub erlang: Option<ErlangPage>,
    /// What each step saves.
    pub curve: Vec<CurvePage>,
    pub elsewhere: Vec<ElsewherePage>,
    pub spot: Vec<SpotPage>,
    /// A week of each size that can be drawn.
    pub schedules: Vec<SchedulePage>,
    /// Why nothing was simulated.
    pub not_simulated: Option<String>,
}

/// A job and the work that it brings.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct OfferedJob {
    pub suite: String,
    pub job: String,
    pub instances: u32,
    pub per_day: f64,
    /// `any-time`, `working-hours`, `nightly`.
    pub arrives: String,
    pub mean_minutes: f64,
    pub deadline_minutes: Option<f64>,
    pub busy_instances: f64,
    pub spot: bool,
    /// Other machine types on which it may run.
    pub machines: Vec<String>,
}

/// A farm of one size.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct FarmSize {
    pub instances: u32,
    /// Clusters of the largest job that fit at once.
    pub slots: u32,
    /// `enough`, `not enough`, or `not simulated`.
    pub verdict: String,
    /// Part of the instances that is busy.
    pub utilisation: Option<f64>,
    pub mean_wait_minutes: Option<f64>,
    pub p95_wait_minutes: Option<f64>,
    /// Part of those with a deadline.
    pub on_time: Option<f64>,
    pub finished_a_day: Option<f64>,
    /// Erlang's mean wait, in slots of the largest job.
    pub erlang_minutes: Option<f64>,
    /// What it cannot run, and why.
    pub cannot: Vec<String>,
    pub jobs: Vec<JobFare>,
    pub suites: Vec<SuiteFare>,
    /// Busy instances and waiting jobs by the hour of the week, from Monday at midnight; empty where nothing was simulated.
    pub busy: Vec<f64>,
    pub queue: Vec<f64>,
    /// What one step more saves.
    pub more: Option<CurvePage>,
}

/// How a job fares.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct JobFare {
    pub job: String,
    pub runs: bool,
    pub mean_wait_minutes: Option<f64>,
    pub p95_wait_minutes: Option<f64>,
    pub on_time: Option<f64>,
    pub reasons: Vec<String>,
}

/// How a suite fares beside all others, and would alone.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SuiteFare {
    pub suite: String,
    pub mean_wait_minutes: Option<f64>,
    pub on_time: Option<f64>,
    /// Why it would not run as it should if it had the farm for itself.
    pub alone: Vec<String>,
}

/// Erlang's answer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ErlangPage {
    pub slots: u32,
    pub instances: u64,
    pub utilisation: f64,
    pub mean_wait_minutes: f64,
    pub p95_wait_minutes: f64,
    /// Simulated with the real arrivals on as many instances.
    pub simulated_minutes: Option<f64>,
    /// Whether the two are the same, as far as can be told; nothing where that was not simulated.
    pub agrees: Option<bool>,
    /// Whether the farm that Erlang asks for keeps the bound.
    pub holds: Option<bool>,
}

/// A size, and what one step more saves.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct CurvePage {
    pub instances: u32,
    pub mean_wait_minutes: f64,
    /// Of all jobs together.
    pub waiting_minutes_a_day: f64,
    pub saved_minutes_a_day: f64,
}

/// What the farm is relieved of.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ElsewherePage {
    /// `on spot`, `on other machine types`, `on either`.
    pub to: String,
    pub jobs: Vec<String>,
    pub busy_instances: f64,
    /// The least farm for the rest, by the same bound on the mean wait.
    pub least: Option<u32>,
    /// What is to be said of it.
    pub note: Option<String>,
}

/// A job on spot instances.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SpotPage {
    pub job: String,
    pub mean_minutes: f64,
    /// With restarts; nothing where nobody says how often instances are preempted, or it never gets through.
    pub expected_minutes: Option<f64>,
    /// Part that is never preempted.
    pub uninterrupted: Option<f64>,
    pub on_time: Option<f64>,
}

/// A week of a farm.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SchedulePage {
    pub instances: u32,
    pub bars: Vec<BarPage>,
    /// Jobs that are not drawn, as there are too many.
    pub left_out: usize,
    /// Jobs that need more instances than there are.
    pub too_large: Vec<String>,
    /// Why there is nothing to draw.
    pub not_drawn: Option<String>,
}

/// A job on some instances, in hours from Monday at midnight.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BarPage {
    /// Place among the jobs.
    pub job: usize,
    pub arrived: f64,
    pub start: f64,
    pub end: f64,
    /// First row and how many, from 0.
    pub rows: Vec<(u32, u32)>,
}

const SECONDS_PER_MINUTE: f64 = 60.0;

fn minutes(span: TimeSpan) -> f64 {
    span.seconds() / SECONDS_PER_MINUTE
}

/// The value.
pub(super) fn page(load: &Load, study: &FarmStudy, schedules: &[(u32, Result<Schedule, NotDrawn>)]) -> FarmPage {
    let names: Vec<String> =
        study.offered.jobs.iter().map(|job| load.suites[job.suite].jobs[job.job].name.clone()).collect();
    let simulated = study.simulated.as_ref().ok();
    FarmPage {
        jobs: offered(load, study),
        // A sum of nothing is minus zero.
        jobs_a_day: study.offered.per_day + 0.0,
        busy_instances: study.offered.busy_instances + 0.0,
        mean_duration_minutes: minutes(study.offered.mean_duration),
        bound_minutes: minutes(study.bound),
        sizes: study.sizes.iter().map(|size| farm_size(load, study, size, &names)).collect(),
        least: simulated.and_then(|simulated| simulated.least.as_ref()).map(|least| least.instances),
        least_notes: least_notes(study, &names),
        erlang: erlang(study),
        curve: simulated.map(|simulated| simulated.curve.points.iter().map(curve).collect()).unwrap_or_default(),
        elsewhere: elsewhere(study, &names),
        spot: spot(study, &names),
        schedules: schedules.iter().map(|(instances, drawn)| schedule(*instances, drawn, &names)).collect(),
        not_simulated: study.simulated.as_ref().err().map(not_simulated),
    }
}

fn offered(load: &Load, study: &FarmStudy) -> Vec<OfferedJob> {
    let jobs = study.offered.jobs.iter().map(|offered| {
        let suite = &load.suites[offered.suite];
        let job = &suite.jobs[offered.job];
        OfferedJob {
            suite: suite.name.short().to_owned(),
            job: job.name.clone(),
            instances: offered.instances,
            per_day: offered.per_day,
            arrives: match job.arrivals {
                Arrivals::AnyTime => "any-time",
                Arrivals::WorkingHours => "working-hours",
                Arrivals::Nightly => "nightly",
            }
            .to_owned(),
            mean_minutes: minutes(offered.mean_duration),
            deadline_minutes: job.deadline.map(minutes),
            busy_instances: offered.busy_instances,
            spot: job.spot,
            machines: job.machines.clone(),
        }
    });
    jobs.collect()
}

fn farm_size(load: &Load, study: &FarmStudy, size: &SizeLook, names: &[String]) -> FarmSize {
    let all = size.run.as_ref().map(|run| &run.all);
    let wait = |fare: &Fare| minutes(fare.waits.mean);
    let mut cannot: Vec<String> = Vec::new();
    if let Some(fare) = all.filter(|fare| fare.waits.mean > study.bound) {
        let (mean, bound) = (said(fare.waits.mean.seconds()), said(study.bound.seconds()));
        cannot.push(format!("jobs wait {mean} on average, and {bound} would be good"));
    }
    cannot.extend(unable(size, names));
    let verdict = if study.simulated.is_err() {
        "not simulated"
    } else if size.run.is_none() || !cannot.is_empty() {
        "not enough"
    } else {
        "enough"
    };
    let jobs = names.iter().zip(&size.jobs).map(|(name, job)| JobFare {
        job: name.clone(),
        runs: job.fare.is_some(),
        mean_wait_minutes: job.fare.as_ref().map(wait),
        p95_wait_minutes: job.fare.as_ref().map(|fare| minutes(fare.waits.p95)),
        on_time: job.fare.as_ref().and_then(|fare| fare.on_time),
        reasons: job.reasons.iter().map(reason).collect(),
    });
    let suites = load.suites.iter().zip(&size.suites).map(|(suite, look)| SuiteFare {
        suite: suite.name.short().to_owned(),
        mean_wait_minutes: look.fare.as_ref().map(wait),
        on_time: look.fare.as_ref().and_then(|fare| fare.on_time),
        alone: look.alone.iter().map(reason).collect(),
    });
    FarmSize {
        instances: size.instances,
        slots: size.slots,
        verdict: verdict.to_owned(),
        utilisation: size.run.as_ref().map(|run| run.utilisation),
        mean_wait_minutes: all.map(wait),
        p95_wait_minutes: all.map(|fare| minutes(fare.waits.p95)),
        on_time: all.and_then(|fare| fare.on_time),
        finished_a_day: all.map(|fare| fare.finished_a_day),
        erlang_minutes: size.erlang.map(minutes),
        cannot,
        jobs: jobs.collect(),
        suites: suites.collect(),
        busy: size.run.as_ref().map(|run| run.busy.clone()).unwrap_or_default(),
        queue: size.run.as_ref().map(|run| run.queue.clone()).unwrap_or_default(),
        more: size.more.as_ref().map(curve),
    }
}

/// What keeps jobs from running as they should, those together that have the same reason. That one waits longer than the mean of all is no such reason.
fn unable(size: &SizeLook, names: &[String]) -> Vec<String> {
    let mut by_reason: Vec<(String, Vec<&str>)> = Vec::new();
    for (name, job) in names.iter().zip(&size.jobs) {
        for why in job.reasons.iter().filter(|why| !matches!(why, Reason::Waits { .. })).map(reason) {
            match by_reason.iter_mut().find(|(known, _)| *known == why) {
                Some((_, jobs)) => jobs.push(name),
                None => by_reason.push((why, vec![name])),
            }
        }
    }
    by_reason.into_iter().map(|(why, jobs)| format!("{}: {why}", jobs.join(", "))).collect()
}

fn reason(reason: &Reason) -> String {
    match reason {
        Reason::TooFewInstances { needs } => format!("takes {needs} instances"),
        Reason::CannotKeepUp(capacity) => capacity_words(*capacity),
        Reason::Late { missed } => format!("misses its deadline {:.0} % of the time", missed * 100.0),
        Reason::Waits { mean } => format!("waits {} on average", said(mean.seconds())),
    }
}

fn capacity_words(capacity: Capacity) -> String {
    let hours = |over: TimeSpan| format!("{:.0}", over.hours());
    match capacity {
        Capacity::Enough => "keeps up".to_owned(),
        Capacity::Short { over } if over.hours() < 0.5 => {
            "the farm has no time left: it falls behind by chance alone".to_owned()
        }
        Capacity::Short { over } => {
            format!("the farm does not keep up: {} instance-hours a day too much work", hours(over))
        }
        Capacity::Blocked { over } => {
            format!(
                "the farm does not keep up: {} instance-hours a day are lost waiting for clusters that fit",
                hours(over)
            )
        }
    }
}

fn least_notes(study: &FarmStudy, names: &[String]) -> Vec<String> {
    let Ok(simulated) = &study.simulated else { return Vec::new() };
    let mut notes = Vec::new();
    if let Some(least) = &simulated.least {
        let each: Vec<u32> = simulated.least_of_each.iter().flatten().copied().collect();
        if let (Some(low), Some(high)) = (each.iter().min(), each.iter().max())
            && low != high
        {
            notes.push(format!("each repetition alone says {low} to {high}"));
        }
        for place in &least.hopeless {
            notes.push(format!("but `{}`, which takes longer than its deadline on any farm", names[*place]));
        }
    } else {
        notes.push("no farm runs everything as it should".to_owned());
    }
    let weeks = counted(simulated.span.weeks as usize, "week");
    let times = counted(simulated.span.repetitions as usize, "time");
    notes.push(format!("{weeks} after {} of warm-up, {times}", counted(simulated.span.warm_up as usize, "week")));
    notes
}

fn erlang(study: &FarmStudy) -> Option<ErlangPage> {
    let slots = study.slots.as_ref()?;
    let check = study.simulated.as_ref().ok().and_then(|simulated| simulated.check.as_ref());
    Some(ErlangPage {
        slots: slots.slots,
        instances: slots.instances,
        utilisation: slots.utilisation,
        mean_wait_minutes: minutes(slots.mean_wait),
        p95_wait_minutes: minutes(slots.p95),
        simulated_minutes: check.and_then(|check| check.simulated.as_ref()).map(|waits| minutes(waits.mean)),
        agrees: check.filter(|check| check.apart.is_some()).map(twinrail_sizing::farm::Check::agrees),
        holds: check.map(|check| check.holds),
    })
}

fn curve(point: &Point) -> CurvePage {
    CurvePage {
        instances: point.instances,
        mean_wait_minutes: minutes(point.mean_wait),
        waiting_minutes_a_day: minutes(point.waiting_a_day),
        saved_minutes_a_day: minutes(point.saved_a_day),
    }
}

fn elsewhere(study: &FarmStudy, names: &[String]) -> Vec<ElsewherePage> {
    let all = study.simulated.as_ref().ok().and_then(|simulated| simulated.least.as_ref()).map(|least| least.instances);
    let pages = study.reliefs.iter().map(|relief| ElsewherePage {
        to: match relief.to {
            Elsewhere::Spot => "on spot",
            Elsewhere::OtherShapes => "on other machine types",
            Elsewhere::Either => "on either",
        }
        .to_owned(),
        jobs: relief.jobs.iter().map(|place| names[*place].clone()).collect(),
        busy_instances: relief.busy_instances,
        least: relief.least,
        note: relief.least.zip(all).filter(|(rest, all)| rest > all).map(|_| {
            "no saving that can be told from chance, or the rest waits longer than the mean of all".to_owned()
        }),
    });
    pages.collect()
}

fn spot(study: &FarmStudy, names: &[String]) -> Vec<SpotPage> {
    let pages = study.spot.iter().map(|spot| SpotPage {
        job: names[spot.job].clone(),
        mean_minutes: minutes(spot.mean_duration),
        expected_minutes: spot.restarted.as_ref().and_then(|restarted| restarted.expected).map(minutes),
        uninterrupted: spot.restarted.as_ref().map(|restarted| restarted.uninterrupted),
        on_time: spot.restarted.as_ref().and_then(|restarted| restarted.on_time),
    });
    pages.collect()
}

fn schedule(instances: u32, drawn: &Result<Schedule, NotDrawn>, names: &[String]) -> SchedulePage {
    let bars = drawn.iter().flat_map(|schedule| &schedule.bars).map(|bar| BarPage {
        job: bar.job,
        arrived: bar.arrived.hours(),
        start: bar.start.hours(),
        end: bar.end.hours(),
        rows: bar.rows.iter().map(|rows| (rows.first, rows.count)).collect(),
    });
    SchedulePage {
        instances,
        bars: bars.collect(),
        left_out: drawn.as_ref().map_or(0, |schedule| schedule.left_out),
        too_large: drawn.iter().flat_map(|schedule| &schedule.too_large).map(|place| names[*place].clone()).collect(),
        not_drawn: drawn.as_ref().err().map(|reason| match reason {
            NotDrawn::NotSimulated(reason) => not_simulated(reason),
            NotDrawn::NothingRuns => "no job fits".to_owned(),
            NotDrawn::CannotKeepUp(capacity) => capacity_words(*capacity),
            NotDrawn::TooManyRows => "too many instances to draw".to_owned(),
        }),
    }
}

fn not_simulated(reason: &NotSimulated) -> String {
    match reason {
        NotSimulated::NothingArrives => "no job ever arrives".to_owned(),
        NotSimulated::TooMany { jobs } => {
            format!("{jobs:.0} jobs would have to be simulated: Erlang's formulas are all there is")
        }
        NotSimulated::TooManyAtOnce { clusters } => {
            format!("{clusters:.0} clusters are busy at once: with backfilling that takes too long")
        }
        NotSimulated::TooManyKinds => "there are too many kinds of jobs".to_owned(),
    }
}
