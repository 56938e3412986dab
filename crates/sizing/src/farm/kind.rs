//! The jobs of all suites as the farm sees them: sizes, and times in whole milliseconds; and the load that they offer.
//! Not here: when each of them arrives (`arrivals`).

use std::collections::BTreeMap;

use twinrail_model::unit::TimeSpan;
use twinrail_model::{Arrivals, Job, Suite};

use crate::demand::{FNV_OFFSET, fnv};

pub(super) const HOUR: u64 = 3_600_000;
pub(super) const DAY: u64 = 24 * HOUR;
pub(super) const WEEK: u64 = 7 * DAY;

/// A job that takes longer counts as one that takes so long: a year. Times of a simulation then add up without an overflow.
pub(super) const LONGEST: u64 = 365 * DAY;

/// More jobs a day count as so many: a thousand million, of which nobody can make sense. Sums of loads then stay numbers.
const MOST_PER_DAY: f64 = 1e9;

/// A job of a suite, with numbers that cannot be wrong: whatever the model holds.
#[derive(Debug, Clone)]
pub(super) struct Kind {
    pub suite: usize,
    pub job: usize,
    /// What its luck hangs on, and its turn among those that arrive at once: of its names, so that no order in the file changes anything.
    pub key: u64,
    /// At least 1.
    pub instances: u32,
    /// Milliseconds, each at least 1 and at most [`LONGEST`]. Never empty where `per_day` is above 0.
    pub durations: Vec<u64>,
    /// 0 where nothing is known of the durations.
    pub per_day: f64,
    pub arrivals: Arrivals,
    /// Milliseconds from arrival to finish.
    pub deadline: Option<u64>,
    pub spot: bool,
    /// It may run on another machine type.
    pub other_shapes: bool,
}

impl Kind {
    fn of((suite, place): (usize, usize), key: u64, job: &Job) -> Self {
        let is_rate = job.per_day.is_finite() && job.per_day > 0.0 && !job.durations.is_empty();
        Self {
            suite,
            job: place,
            key,
            instances: job.instances.max(1),
            durations: job.durations.iter().map(|&duration| milliseconds(duration).max(1)).collect(),
            per_day: if is_rate { job.per_day.min(MOST_PER_DAY) } else { 0.0 },
            arrivals: job.arrivals,
            deadline: job.deadline.map(milliseconds),
            spot: job.spot,
            other_shapes: !job.machines.is_empty(),
        }
    }

    /// What no run of it exceeds: what a scheduler is told that cannot see into the future.
    pub fn longest(&self) -> u64 {
        self.durations.iter().copied().max().unwrap_or(0)
    }

    /// In milliseconds.
    pub fn mean(&self) -> f64 {
        let sum: u128 = self.durations.iter().map(|&duration| u128::from(duration)).sum();
        sum as f64 / self.durations.len().max(1) as f64
    }

    /// In milliseconds, squared.
    fn mean_square(&self) -> f64 {
        let squares = self.durations.iter().map(|&duration| duration as f64 * duration as f64);
        squares.sum::<f64>() / self.durations.len().max(1) as f64
    }

    /// The mean number of instances that it keeps busy.
    pub fn busy(&self) -> f64 {
        self.per_day * self.mean() * f64::from(self.instances) / DAY as f64
    }
}

/// Every job of every suite, in their order.
pub(super) fn kinds(suites: &[Suite]) -> Vec<Kind> {
    let mut named: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    let mut kinds = Vec::new();
    for (place, suite) in suites.iter().enumerate() {
        for (job, of) in suite.jobs.iter().enumerate() {
            let number = named.entry((suite.name.as_str(), &of.name)).or_default();
            kinds.push(Kind::of((place, job), key(suite.name.as_str(), &of.name, *number), of));
            *number += 1;
        }
    }
    kinds
}

/// Of those that have the same names, the number says which.
fn key(suite: &str, job: &str, number: u32) -> u64 {
    let number = if number == 0 { String::new() } else { format!("\0{number}") };
    [suite, "\0", job, &number].iter().fold(FNV_OFFSET, |hash, text| fnv(hash, text))
}

/// A sum over kinds that has the same digits in whichever order they come.
pub(super) fn sum<'a>(kinds: impl IntoIterator<Item = &'a Kind>, of: impl Fn(&Kind) -> f64) -> f64 {
    let mut parts: Vec<f64> = kinds.into_iter().map(of).collect();
    parts.sort_by(f64::total_cmp);
    parts.into_iter().sum()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and held below a year")]
fn milliseconds(span: TimeSpan) -> u64 {
    libm::round((span.seconds() * 1e3).min(LONGEST as f64)) as u64
}

/// The work that arrives, in the long run, whatever the farm.
#[derive(Debug, Clone, PartialEq)]
pub struct Offered {
    /// Every job of every suite, in their order: other lists count by places in this one.
    pub jobs: Vec<JobLoad>,
    /// Jobs a day, of all kinds.
    pub per_day: f64,
    /// Instances that would be busy on average if nobody ever waited.
    pub busy_instances: f64,
    /// Clusters that would be busy then: the offered load of Erlang's formulas.
    pub busy_clusters: f64,
    /// Of a job, over all arrivals. Nothing if nothing arrives.
    pub mean_duration: TimeSpan,
    /// The variance of a job's duration over its mean, squared: 1 for exponential times, 0 where all take the same time.
    pub variation: f64,
    /// Instances of the largest job that ever arrives: what a slot for any job takes. 0 if nothing arrives.
    pub largest: u32,
    /// Instances that most jobs take; the larger of two that are as common. 0 if nothing arrives.
    pub commonest: u32,
}

/// What one job of a suite offers.
#[derive(Debug, Clone, PartialEq)]
pub struct JobLoad {
    /// The place of the suite.
    pub suite: usize,
    /// The place of the job in its suite.
    pub job: usize,
    /// 1 if the model says 0.
    pub instances: u32,
    pub per_day: f64,
    /// One that takes longer than a year counts as one of a year; times are whole milliseconds.
    pub mean_duration: TimeSpan,
    /// Instances that it would keep busy on average.
    pub busy_instances: f64,
}

impl Offered {
    pub(super) fn by(kinds: &[Kind]) -> Self {
        let per_day = sum(kinds, |kind| kind.per_day);
        let over_arrivals = |of: fn(&Kind) -> f64| {
            let all = sum(kinds, |kind| kind.per_day * of(kind));
            if per_day > 0.0 { all / per_day } else { 0.0 }
        };
        let (mean, square) = (over_arrivals(Kind::mean), over_arrivals(Kind::mean_square));
        let arriving = || kinds.iter().filter(|kind| kind.per_day > 0.0);
        let rate_of = |instances: u32| sum(arriving().filter(|kind| kind.instances == instances), |kind| kind.per_day);
        let sizes = arriving().map(|kind| kind.instances);
        let commonest = sizes.clone().max_by(|&a, &b| rate_of(a).total_cmp(&rate_of(b)).then(a.cmp(&b)));
        let job = |kind: &Kind| JobLoad {
            suite: kind.suite,
            job: kind.job,
            instances: kind.instances,
            per_day: kind.per_day,
            mean_duration: TimeSpan::new(kind.mean() / 1e3),
            busy_instances: kind.busy(),
        };
        Self {
            jobs: kinds.iter().map(job).collect(),
            per_day,
            busy_instances: sum(kinds, Kind::busy),
            busy_clusters: per_day * mean / DAY as f64,
            mean_duration: TimeSpan::new(mean / 1e3),
            variation: if mean > 0.0 { (square / (mean * mean) - 1.0).max(0.0) } else { 0.0 },
            largest: sizes.max().unwrap_or(0),
            commonest: commonest.unwrap_or(0),
        }
    }
}
