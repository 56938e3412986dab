//! One week of a farm, drawn: which instances each job takes, from when to when.
//! Not here: when jobs start (`line`): rows never decide it, since any free instances make a cluster.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use twinrail_model::Suite;
use twinrail_model::unit::TimeSpan;

use super::arrivals::{Arrival, Record, Span};
use super::bench::{Bench, Capacity, span};
use super::kind::{Kind, WEEK, kinds};
use super::line::{Coming, starts};
use super::{NotSimulated, Question};

/// A week of a farm.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    pub instances: u32,
    /// The week that is shown, counted from 0 among those of the first repetition that count: the one whose mean wait is in the middle of all.
    pub week: u32,
    /// By their starts. At most [`MOST_BARS`].
    pub bars: Vec<Bar>,
    /// Jobs of the week that are not among the bars because there are too many: those that start last.
    pub left_out: usize,
    /// Places in [`Offered::jobs`](super::Offered::jobs) of jobs that take more instances than there are.
    pub too_large: Vec<usize>,
}

/// A job that holds instances during the week.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Its place in [`Offered::jobs`](super::Offered::jobs).
    pub job: usize,
    /// From the beginning of the week, a Monday at midnight; 0 for what arrived before.
    pub arrived: TimeSpan,
    /// From the beginning of the week; 0 for what started before.
    pub start: TimeSpan,
    /// From the beginning of the week; the end of the week for what goes on.
    pub end: TimeSpan,
    pub started_before: bool,
    pub goes_on: bool,
    /// The instances, by rows from above, without gaps where there was room; else the first that were free.
    pub rows: Vec<Rows>,
}

/// Some rows without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rows {
    /// From 0.
    pub first: u32,
    pub count: u32,
}

/// More bars are not drawn.
pub const MOST_BARS: usize = 3_000;
/// Larger farms are not drawn.
const MOST_ROWS: u32 = 2_048;

/// Why there is nothing to draw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NotDrawn {
    NotSimulated(NotSimulated),
    /// No job fits, or none arrived.
    NothingRuns,
    CannotKeepUp(Capacity),
    /// More than 2,048 instances.
    TooManyRows,
}

/// Draws a week of a farm of so many instances.
pub fn schedule(suites: &[Suite], question: &Question, instances: u32) -> Result<Schedule, NotDrawn> {
    let kinds = kinds(suites);
    if instances > MOST_ROWS {
        return Err(NotDrawn::TooManyRows);
    }
    let span = span(&kinds, question.jobs).map_err(NotDrawn::NotSimulated)?;
    let record = Record::draw(&kinds, span, question.seed);
    let bench = Bench::new(&kinds, question.discipline, record).only(|kind| kind.instances <= instances);
    let arrivals =
        bench.record.repetitions.first().filter(|arrivals| !arrivals.is_empty()).ok_or(NotDrawn::NothingRuns)?;
    match bench.capacity(instances) {
        Capacity::Enough => {}
        short => return Err(NotDrawn::CannotKeepUp(short)),
    }
    let starts = starts(question.discipline, arrivals, Coming::AsDrawn, instances);
    let week = middling(span, arrivals, &starts);
    let (bars, left_out) = bars(arrivals, &starts, instances, span.from() + u64::from(week) * WEEK);
    let is_too_large = |kind: &Kind| kind.instances > instances;
    let too_large = (0..kinds.len()).filter(|place| is_too_large(&kinds[*place])).collect();
    Ok(Schedule { instances, week, bars, left_out, too_large })
}

/// The week whose mean wait is in the middle of all; the first of two that are the same.
fn middling(span: Span, arrivals: &[Arrival], starts: &[u64]) -> u32 {
    let mean = |week: u32| {
        let from = span.from() + u64::from(week) * WEEK;
        let of_week = arrivals.iter().zip(starts).filter(|(arrival, _)| (from..from + WEEK).contains(&arrival.at));
        let (jobs, waited) =
            of_week.fold((0_u64, 0_u64), |(jobs, waited), (arrival, start)| (jobs + 1, waited + (start - arrival.at)));
        waited as f64 / jobs.max(1) as f64
    };
    let mut weeks: Vec<(f64, u32)> = (0..span.weeks).map(|week| (mean(week), week)).collect();
    weeks.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    weeks.get(weeks.len() / 2).map_or(0, |(_, week)| *week)
}

/// The jobs that hold instances during the week that begins at `from`, and how many more there are.
fn bars(arrivals: &[Arrival], starts: &[u64], instances: u32, from: u64) -> (Vec<Bar>, usize) {
    let until = from + WEEK;
    let mut order: Vec<usize> = (0..arrivals.len()).filter(|place| starts[*place] < until).collect();
    order.sort_by_key(|place| (starts[*place], *place));
    let mut farm = Farm { is_free: vec![true; instances as usize], held: BinaryHeap::new() };
    let (mut bars, mut left_out) = (Vec::new(), 0);
    let within = |at: u64| TimeSpan::from_milliseconds(at.clamp(from, until) - from);
    for place in order {
        let (arrival, start) = (&arrivals[place], starts[place]);
        let end = start + arrival.duration;
        let rows = farm.take(arrival.instances, start, end);
        if end <= from {
            continue;
        }
        if bars.len() == MOST_BARS {
            left_out += 1;
            continue;
        }
        bars.push(Bar {
            job: arrival.kind as usize,
            arrived: within(arrival.at),
            start: within(start),
            end: within(end),
            started_before: start < from,
            goes_on: end > until,
            rows,
        });
    }
    (bars, left_out)
}

struct Farm {
    is_free: Vec<bool>,
    /// By when they become free.
    held: BinaryHeap<Reverse<(u64, Vec<Rows>)>>,
}

impl Farm {
    /// Takes rows for a job, of which there are enough: the line has seen to that.
    fn take(&mut self, count: u32, start: u64, end: u64) -> Vec<Rows> {
        while self.held.peek().is_some_and(|Reverse((end, _))| *end <= start) {
            let Some(Reverse((_, rows))) = self.held.pop() else { break };
            for of in rows {
                self.mark(of, true);
            }
        }
        let runs = self.free();
        let rows = match runs.iter().find(|run| run.count >= count) {
            Some(run) => vec![Rows { first: run.first, count }],
            None => first_free(&runs, count),
        };
        for of in &rows {
            self.mark(*of, false);
        }
        self.held.push(Reverse((end, rows.clone())));
        rows
    }

    fn mark(&mut self, rows: Rows, is_free: bool) {
        self.is_free[rows.first as usize..(rows.first + rows.count) as usize].fill(is_free);
    }

    /// Free rows, as runs without gaps.
    fn free(&self) -> Vec<Rows> {
        let mut runs: Vec<Rows> = Vec::new();
        for (row, _) in (0..).zip(&self.is_free).filter(|(_, is_free)| **is_free) {
            match runs.last_mut() {
                Some(run) if run.first + run.count == row => run.count += 1,
                _ => runs.push(Rows { first: row, count: 1 }),
            }
        }
        runs
    }
}

/// The first rows that are free, with gaps.
fn first_free(runs: &[Rows], count: u32) -> Vec<Rows> {
    let mut missing = count;
    let mut rows = Vec::new();
    for run in runs {
        let taken = run.count.min(missing);
        if taken > 0 {
            rows.push(Rows { first: run.first, count: taken });
        }
        missing -= taken;
    }
    assert_eq!(missing, 0, "a job starts only when enough instances are free");
    rows
}
