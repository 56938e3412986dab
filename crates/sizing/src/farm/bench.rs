//! A farm of one size on trial: whether it can keep up at all, and the sums of a run if it can. A farm that cannot is never simulated: its line would grow
//! as long as one looks.
//! Not here: what is good enough (`search` and `look`).

use twinrail_model::unit::TimeSpan;

use super::arrivals::{Arrival, MOST_KINDS, Record, Span};
use super::kind::{DAY, Kind, WEEK, sum};
use super::line::{Coming, Discipline, starts};
use super::tally::{Rough, Tally};
use super::{LEAST_SPAN_JOBS, MOST_BACKFILLED, MOST_JOBS, NotSimulated, Offered, Question};

/// Whether a farm can keep up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Capacity {
    /// It can.
    Enough,
    /// More work arrives than all instances could do if none was ever idle.
    Short {
        /// Time of instances, summed over them, that is missing on an average day.
        over: TimeSpan,
    },
    /// All instances together could do it, but jobs that start in this order leave too many of them idle: those that are free do not make up the cluster
    /// that is the next.
    Blocked {
        /// Time of instances, summed over them, that is missing on an average day.
        over: TimeSpan,
    },
}

impl Capacity {
    /// Of whatever is drawn: where at least as much arrives as can be done, no line settles.
    pub(super) fn by_load(busy: f64, instances: u32) -> Self {
        let over = busy - f64::from(instances);
        if over >= 0.0 { Self::Short { over: a_day(over) } } else { Self::Enough }
    }
}

/// So many instances for a day.
fn a_day(instances: f64) -> TimeSpan {
    TimeSpan::from_milliseconds(DAY) * instances.max(0.0)
}

/// Jobs, and what was drawn for them.
#[derive(Debug)]
pub(super) struct Bench<'a> {
    pub kinds: &'a [Kind],
    pub discipline: Discipline,
    pub record: Record,
    /// The load of the jobs of the record, in instances.
    busy: f64,
    /// Places of those jobs.
    pub jobs: Vec<usize>,
}

/// Simulated so often.
const REPETITIONS: u32 = 4;
const MOST_WEEKS: u32 = 52;

/// Whether so much can be simulated in this order.
pub(super) fn is_too_much_at_once(discipline: Discipline, offered: &Offered) -> bool {
    discipline == Discipline::Backfilling && offered.busy_clusters > MOST_BACKFILLED
}

/// How long is simulated for about so many jobs.
pub(super) fn span(kinds: &[Kind], offered: &Offered, question: &Question) -> Result<Span, NotSimulated> {
    let a_week = offered.per_day * (WEEK / DAY) as f64;
    if a_week <= 0.0 {
        return Err(NotSimulated::NothingArrives);
    }
    if kinds.len() > MOST_KINDS {
        return Err(NotSimulated::TooManyKinds);
    }
    if is_too_much_at_once(question.discipline, offered) {
        return Err(NotSimulated::TooManyAtOnce { clusters: offered.busy_clusters });
    }
    let longest = kinds.iter().map(Kind::longest).max().unwrap_or(0);
    // From an empty farm it takes the longest job at least until all are there that could be.
    let warm_up = u32::try_from(longest.div_ceil(WEEK)).expect("at most a year").max(1);
    let all = |weeks: u32| a_week * f64::from((warm_up + weeks) * REPETITIONS);
    let jobs = question.jobs.min(MOST_JOBS);
    if all(1) > f64::from(jobs.max(LEAST_SPAN_JOBS)) {
        return Err(NotSimulated::TooMany { jobs: all(1) });
    }
    let fits = |weeks: &u32| all(*weeks) <= f64::from(jobs);
    let weeks = (1..=MOST_WEEKS).rev().find(fits).unwrap_or(1);
    Ok(Span { warm_up, weeks, repetitions: REPETITIONS })
}

impl<'a> Bench<'a> {
    pub fn new(kinds: &'a [Kind], discipline: Discipline, record: Record) -> Self {
        let jobs = (0..kinds.len()).filter(|place| kinds[*place].per_day > 0.0).collect();
        Self { kinds, discipline, record, busy: sum(kinds, Kind::busy), jobs }
    }

    /// Those jobs alone: what is left arrives as before.
    pub fn only(&self, keep: impl Fn(&Kind) -> bool) -> Self {
        self.only_at(|place| keep(&self.kinds[place]))
    }

    /// The same by their places.
    pub fn only_at(&self, keep: impl Fn(usize) -> bool) -> Self {
        let kept: Vec<bool> = (0..self.kinds.len()).map(keep).collect();
        let jobs: Vec<usize> = self.jobs.iter().copied().filter(|job| kept[*job]).collect();
        Self {
            record: self.record.only(|arrival: &Arrival| kept[arrival.kind as usize]),
            busy: sum(jobs.iter().map(|job| &self.kinds[*job]), Kind::busy),
            jobs,
            ..*self
        }
    }

    /// The same with one repetition alone.
    pub fn each_repetition(&self) -> impl Iterator<Item = Self> {
        self.record.repetitions.iter().map(|arrivals| {
            let span = Span { repetitions: 1, ..self.record.span };
            let record = Record { span, repetitions: vec![arrivals.clone()] };
            Self { record, jobs: self.jobs.clone(), ..*self }
        })
    }

    /// The same jobs in another order.
    pub fn in_order(&self, discipline: Discipline) -> Self {
        Self { discipline, record: self.record.clone(), jobs: self.jobs.clone(), ..*self }
    }

    /// Instances of the largest job; 0 without jobs.
    pub fn largest(&self) -> u32 {
        self.jobs.iter().map(|job| self.kinds[*job].instances).max().unwrap_or(0)
    }

    pub fn busy(&self) -> f64 {
        self.busy
    }

    /// Whether so many instances keep up with these jobs, none of which is larger.
    ///
    /// The second half is the saturation rule (Baccelli and Foss, 1995): a line in which nobody is hurt by others who come later or are done sooner
    /// settles exactly if less arrives than it does when all work is there from the beginning. First come, first served is such a line; for
    /// backfilling the rule is a good guess. It is applied to the jobs that were drawn.
    pub fn capacity(&self, instances: u32) -> Capacity {
        let by_load = Capacity::by_load(self.busy, instances);
        if by_load != Capacity::Enough {
            return by_load;
        }
        let usable = self.usable(instances) * f64::from(instances);
        if self.busy >= usable { Capacity::Blocked { over: a_day(self.busy - usable) } } else { Capacity::Enough }
    }

    /// The part of the instances that is busy when all work is there from the beginning, until the last job starts: 1 if all start at once.
    fn usable(&self, instances: u32) -> f64 {
        let (mut done, mut time) = (0_u128, 0_u128);
        for arrivals in &self.record.repetitions {
            let starts = starts(self.discipline, arrivals, Coming::AtOnce, instances);
            let Some(last) = starts.iter().copied().max() else { continue };
            time += u128::from(last);
            let until = |(arrival, start): (&Arrival, &u64)| {
                u128::from(arrival.duration.min(last - start)) * u128::from(arrival.instances)
            };
            done += arrivals.iter().zip(&starts).map(until).sum::<u128>();
        }
        if time == 0 { 1.0 } else { done as f64 / (time as f64 * f64::from(instances)) }
    }

    pub fn rough(&self, instances: u32) -> Rough {
        Rough::of(self.kinds, &self.record, self.discipline, instances)
    }

    pub fn tally(&self, instances: u32) -> Tally<'a> {
        Tally::of(self.kinds, &self.record, self.discipline, instances)
    }
}
