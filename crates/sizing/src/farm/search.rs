//! The least farm that is good enough, and what each step beyond a small one saves.
//! Not here: runs of one size (`bench`).

use std::collections::BTreeMap;

use twinrail_model::unit::TimeSpan;

use super::bench::{Bench, Capacity};
use super::tally::Rough;

/// The least farm.
#[derive(Debug, Clone, PartialEq)]
pub struct Least {
    pub instances: u32,
    /// Places in [`Offered::jobs`](super::Offered::jobs) of jobs that are too long for their deadlines, so that no farm helps them. The least farm is that
    /// for the others.
    pub hopeless: Vec<usize>,
    /// The mean wait with the least farm.
    pub mean_wait: TimeSpan,
}

/// What larger farms save.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Curve {
    /// Instances between two points.
    pub step: u32,
    /// From the first multiple of the step that can run all jobs and keep up, to where less than a minute a day is left to save. Empty where none does.
    pub points: Vec<Point>,
    /// Whether it goes on, and was cut because it has 64 points.
    pub is_cut: bool,
}

/// A farm, and what a larger one saves.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    pub instances: u32,
    pub mean_wait: TimeSpan,
    /// Of all jobs together, on an average day.
    pub waiting_a_day: TimeSpan,
    /// What one step more saves of it. With backfilling it may save nothing.
    pub saved_a_day: TimeSpan,
    /// What one step more saves of the mean wait.
    pub saved_a_job: TimeSpan,
}

/// Below this nobody counts what waits a day: a minute, in milliseconds.
const LEAST_WAITING: u64 = 60_000;
const MOST_POINTS: usize = 64;

/// Sizes of one bench, each run once.
#[derive(Debug)]
pub(super) struct Search<'a, 'b> {
    bench: &'b Bench<'a>,
    /// In milliseconds.
    bound: f64,
    on_time: f64,
    per_day: f64,
    runs: BTreeMap<u32, Option<Rough>>,
}

impl<'a, 'b> Search<'a, 'b> {
    pub fn new(bench: &'b Bench<'a>, bound: TimeSpan, on_time: f64) -> Self {
        let per_day = bench.jobs.iter().map(|job| bench.kinds[*job].per_day).sum();
        Self { bench, bound: bound.seconds() * 1e3, on_time, per_day, runs: BTreeMap::new() }
    }

    /// The sums of a run with so many instances. `None`: some job is larger, or they do not keep up.
    fn run(&mut self, instances: u32) -> Option<&Rough> {
        let bench = self.bench;
        let run = || {
            let keeps_up = bench.largest() <= instances && bench.capacity(instances) == Capacity::Enough;
            keeps_up.then(|| bench.rough(instances))
        };
        self.runs.entry(instances).or_insert_with(run).as_ref()
    }

    /// In milliseconds. `None`: see [`Self::run`], or no job arrived in a week that counts.
    fn mean_wait(&mut self, instances: u32) -> Option<f64> {
        self.run(instances).and_then(Rough::mean_wait)
    }

    fn is_good(&mut self, instances: u32, hopeless: &[usize]) -> bool {
        let (bound, on_time, kinds) = (self.bound, self.on_time, self.bench.kinds);
        self.run(instances).is_some_and(|rough| {
            let is_short = rough.mean_wait().is_none_or(|wait| wait <= bound);
            is_short && rough.late(kinds, on_time).all(|kind| hopeless.contains(&kind))
        })
    }

    /// The least farm, by halving between what is too small for sure and where nobody waits. First come, first served only ever gets better with
    /// instances, so that this is the least. With backfilling it is a size that is good while one instance less is not.
    pub fn least(&mut self) -> Option<Least> {
        let free = Rough::without_waits(self.bench.kinds, &self.bench.record);
        let hopeless: Vec<usize> = free.late(self.bench.kinds, self.on_time).collect();
        let floor = whole(self.bench.busy()).max(self.bench.largest().saturating_sub(1));
        let peak = u32::try_from(self.bench.record.peak()).unwrap_or(u32::MAX);
        let (mut bad, mut good) = (floor, peak.max(floor.saturating_add(1)));
        if !self.is_good(good, &hopeless) {
            return None;
        }
        while good - bad > 1 {
            let middle = bad + (good - bad) / 2;
            if self.is_good(middle, &hopeless) {
                good = middle;
            } else {
                bad = middle;
            }
        }
        let mean_wait = TimeSpan::new(self.mean_wait(good).unwrap_or(0.0) / 1e3);
        Some(Least { instances: good, hopeless, mean_wait })
    }

    pub fn curve(&mut self, step: u32) -> Curve {
        let step = step.max(1);
        let mut curve = Curve { step, ..Curve::default() };
        let mut next = self.first_that_keeps_up(step);
        while let Some(point) = next.and_then(|instances| self.point(instances, step)) {
            if curve.points.len() == MOST_POINTS {
                curve.is_cut = true;
                break;
            }
            let is_last = point.waiting_a_day < TimeSpan::from_milliseconds(LEAST_WAITING);
            next = point.instances.checked_add(step).filter(|_| !is_last);
            curve.points.push(point);
        }
        curve
    }

    /// The first multiple of the step that can run all jobs and keeps up with them, by halving up to where nobody waits. `None`: not even that, or
    /// beyond all numbers.
    fn first_that_keeps_up(&mut self, step: u32) -> Option<u32> {
        let size = |steps: u64| u32::try_from(steps * u64::from(step)).ok();
        let peak = self.bench.record.peak().max(1).div_ceil(u64::from(step));
        // So many steps are too few for sure.
        let mut bad = u64::from(whole(self.bench.busy()).max(self.bench.largest().saturating_sub(1)) / step);
        let mut good = peak.max(bad + 1);
        self.mean_wait(size(good)?)?;
        while good - bad > 1 {
            let middle = u64::midpoint(bad, good);
            if size(middle).and_then(|instances| self.mean_wait(instances)).is_some() {
                good = middle;
            } else {
                bad = middle;
            }
        }
        size(good)
    }

    /// A size, and what `step` more instances save. `None` where it cannot run all jobs or does not keep up.
    pub fn point(&mut self, instances: u32, step: u32) -> Option<Point> {
        let wait = self.mean_wait(instances)?;
        let next = self.mean_wait(instances.checked_add(step)?)?;
        let span = |milliseconds: f64| TimeSpan::new(milliseconds.max(0.0) / 1e3);
        Some(Point {
            instances,
            mean_wait: span(wait),
            waiting_a_day: span(wait * self.per_day),
            saved_a_day: span((wait - next) * self.per_day),
            saved_a_job: span(wait - next),
        })
    }
}

/// The whole part of a load: so many instances are never enough.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative; the largest where it is more"
)]
fn whole(load: f64) -> u32 {
    load as u32
}
