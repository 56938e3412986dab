//! What the starts of a record's jobs amount to: waits, jobs that were finished in time, and what was busy and waiting by the hour of the week.
//! Only jobs that arrive in weeks that count are counted, each to its end, however late.
//! Not here: who starts when (`line`), and what is good enough (`look`).

use twinrail_facts::Percentile;
use twinrail_model::unit::TimeSpan;

use super::arrivals::{Arrival, Record, Span};
use super::kind::{DAY, HOUR, Kind, WEEK};
use super::line::{Coming, Discipline, starts};

/// Hours of a week, from Monday at midnight.
pub const HOURS_PER_WEEK: usize = 168;

/// How long jobs wait from arrival to start.
#[derive(Debug, Clone, PartialEq)]
pub struct Waits {
    /// Simulated jobs. At least 1.
    pub jobs: u64,
    pub mean: TimeSpan,
    /// The standard error of the mean, with weeks as batches. The line of one week goes on into the next one, so that this is too small, by far where the
    /// farm only just keeps up. `None` with fewer than two weeks.
    pub error: Option<TimeSpan>,
    pub p50: TimeSpan,
    pub p95: TimeSpan,
    pub p99: TimeSpan,
    pub longest: TimeSpan,
}

/// How a job, or a suite, or all of them fare.
#[derive(Debug, Clone, PartialEq)]
pub struct Fare {
    pub waits: Waits,
    /// The part of those with a deadline that meets it, between 0 and 1. `None`: none has one.
    pub on_time: Option<f64>,
    /// Jobs that are finished a day, on average over all days.
    pub finished_a_day: f64,
}

/// Sums over one kind of job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub jobs: u64,
    /// Milliseconds.
    pub waited: u64,
    pub on_time: u64,
}

/// Sums over each kind: what a search looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rough {
    pub kinds: Vec<Sums>,
}

impl Rough {
    pub fn of(kinds: &[Kind], record: &Record, discipline: Discipline, instances: u32) -> Self {
        let mut sums = vec![Sums::default(); kinds.len()];
        for arrivals in &record.repetitions {
            let starts = starts(discipline, arrivals, Coming::AsDrawn, instances);
            for (arrival, start) in counted(record.span, arrivals, &starts) {
                add(&mut sums, kinds, arrival, start);
            }
        }
        Self { kinds: sums }
    }

    /// If nobody ever waited.
    pub fn without_waits(kinds: &[Kind], record: &Record) -> Self {
        let mut sums = vec![Sums::default(); kinds.len()];
        for arrivals in &record.repetitions {
            for arrival in arrivals.iter().filter(|arrival| arrival.at >= record.span.from()) {
                add(&mut sums, kinds, arrival, arrival.at);
            }
        }
        Self { kinds: sums }
    }

    /// In milliseconds. `None` if there were no jobs.
    pub fn mean_wait(&self) -> Option<f64> {
        let jobs: u64 = self.kinds.iter().map(|sums| sums.jobs).sum();
        let waited: u64 = self.kinds.iter().map(|sums| sums.waited).sum();
        (jobs > 0).then(|| waited as f64 / jobs as f64)
    }

    /// Kinds with a deadline that less than this part of their jobs meets.
    pub fn late<'a>(&'a self, kinds: &'a [Kind], part: f64) -> impl Iterator<Item = usize> + 'a {
        let of_all = kinds.iter().zip(&self.kinds).enumerate();
        let late = of_all.filter(move |(_, (kind, sums))| {
            kind.deadline.is_some() && (sums.on_time as f64) < part * sums.jobs as f64
        });
        late.map(|(place, _)| place)
    }
}

fn add(sums: &mut [Sums], kinds: &[Kind], arrival: &Arrival, start: u64) {
    let kind = arrival.kind as usize;
    let sums = &mut sums[kind];
    let wait = start - arrival.at;
    sums.jobs += 1;
    sums.waited += wait;
    sums.on_time += u64::from(kinds[kind].deadline.is_some_and(|deadline| wait + arrival.duration <= deadline));
}

/// Jobs that arrive in weeks that count, with their starts.
fn counted<'a>(span: Span, arrivals: &'a [Arrival], starts: &'a [u64]) -> impl Iterator<Item = (&'a Arrival, u64)> {
    let all = arrivals.iter().zip(starts.iter().copied());
    all.filter(move |(arrival, _)| arrival.at >= span.from())
}

/// Everything that is shown of a farm.
#[derive(Debug)]
pub(super) struct Tally<'a> {
    kinds: &'a [Kind],
    span: Span,
    sums: Vec<Sums>,
    finished: Vec<u64>,
    /// Of each kind, in milliseconds, sorted.
    waits: Vec<Vec<u64>>,
    /// Jobs and their waits in milliseconds, for each kind and week.
    batches: Vec<Vec<(u64, u64)>>,
    busy: Hours,
    queue: Hours,
}

impl<'a> Tally<'a> {
    pub fn of(kinds: &'a [Kind], record: &Record, discipline: Discipline, instances: u32) -> Self {
        let span = record.span;
        let mut tally = Self {
            kinds,
            span,
            sums: vec![Sums::default(); kinds.len()],
            finished: vec![0; kinds.len()],
            waits: vec![Vec::new(); kinds.len()],
            batches: vec![vec![(0, 0); span.batches()]; kinds.len()],
            busy: Hours::new(span),
            queue: Hours::new(span),
        };
        for (repetition, arrivals) in record.repetitions.iter().enumerate() {
            let starts = starts(discipline, arrivals, Coming::AsDrawn, instances);
            tally.add(repetition * span.weeks as usize, arrivals, &starts);
        }
        for waits in &mut tally.waits {
            waits.sort_unstable();
        }
        tally
    }

    /// One repetition, whose first week is this batch.
    fn add(&mut self, batch: usize, arrivals: &[Arrival], starts: &[u64]) {
        self.busy.begin();
        self.queue.begin();
        for (arrival, &start) in arrivals.iter().zip(starts) {
            let (kind, end) = (arrival.kind as usize, start + arrival.duration);
            self.busy.add(start, end, arrival.instances);
            self.queue.add(arrival.at, start, 1);
            self.finished[kind] += u64::from((self.span.from()..self.span.until()).contains(&end));
        }
        self.busy.end();
        self.queue.end();
        for (arrival, start) in counted(self.span, arrivals, starts) {
            add(&mut self.sums, self.kinds, arrival, start);
            let (kind, wait) = (arrival.kind as usize, start - arrival.at);
            self.waits[kind].push(wait);
            let week = usize::try_from((arrival.at - self.span.from()) / WEEK).expect("some weeks");
            let (jobs, waited) = &mut self.batches[kind][batch + week];
            *jobs += 1;
            *waited += wait;
        }
    }

    /// How these kinds fare together. `None` if none of their jobs arrived.
    pub fn fare(&self, of: &[usize]) -> Option<Fare> {
        let waits = self.waits(of)?;
        let with_deadline = of.iter().filter(|kind| self.kinds[**kind].deadline.is_some());
        let (jobs, on_time) = with_deadline.fold((0, 0), |(jobs, on_time), kind| {
            let sums = self.sums[*kind];
            (jobs + sums.jobs, on_time + sums.on_time)
        });
        let finished: u64 = of.iter().map(|kind| self.finished[*kind]).sum();
        let days = self.span.batches() as f64 * (WEEK / DAY) as f64;
        let on_time = (jobs > 0).then(|| on_time as f64 / jobs as f64);
        Some(Fare { waits, on_time, finished_a_day: finished as f64 / days })
    }

    pub fn waits(&self, of: &[usize]) -> Option<Waits> {
        let mut sorted: Vec<u64> = of.iter().flat_map(|kind| self.waits[*kind].iter().copied()).collect();
        sorted.sort_unstable();
        let longest = *sorted.last()?;
        let at = |percentile: Percentile| TimeSpan::from_milliseconds(*percentile.of(&sorted).expect("there are some"));
        let waited: u64 = sorted.iter().sum();
        Some(Waits {
            jobs: sorted.len() as u64,
            mean: TimeSpan::new(waited as f64 / sorted.len() as f64 / 1e3),
            error: self.error(of),
            p50: at(Percentile::P50),
            p95: at(Percentile::P95),
            p99: at(Percentile::P99),
            longest: TimeSpan::from_milliseconds(longest),
        })
    }

    /// The standard error of a ratio of sums over batches.
    fn error(&self, of: &[usize]) -> Option<TimeSpan> {
        let count = self.span.batches();
        if count < 2 {
            return None;
        }
        let batch = |place: usize| {
            let sums = of.iter().map(|kind| self.batches[*kind][place]);
            sums.fold((0.0, 0.0), |(jobs, waited), of| (jobs + of.0 as f64, waited + of.1 as f64))
        };
        let batches: Vec<(f64, f64)> = (0..count).map(batch).collect();
        let jobs: f64 = batches.iter().map(|(jobs, _)| jobs).sum();
        let mean = batches.iter().map(|(_, waited)| waited).sum::<f64>() / jobs;
        let squares: f64 = batches.iter().map(|(jobs, waited)| (waited - mean * jobs) * (waited - mean * jobs)).sum();
        let count = count as f64;
        Some(TimeSpan::new((count / (count - 1.0) * squares).sqrt() / jobs / 1e3))
    }

    /// The mean number of busy instances in each hour of the week.
    pub fn busy(&self) -> Vec<f64> {
        self.busy.means()
    }

    /// The mean number of waiting jobs in each hour of the week.
    pub fn queue(&self) -> Vec<f64> {
        self.queue.means()
    }
}

/// How much of something there is in each hour of the week, summed over all weeks that count.
#[derive(Debug)]
struct Hours {
    span: Span,
    /// Of each hour of the week: amount times milliseconds.
    sums: Vec<u64>,
    /// Of each hour of one repetition: what lasts for a part of it.
    parts: Vec<u64>,
    /// What begins with an hour and lasts for all of it, less what ends so.
    changes: Vec<i64>,
}

impl Hours {
    fn new(span: Span) -> Self {
        Self { span, sums: vec![0; HOURS_PER_WEEK], parts: Vec::new(), changes: Vec::new() }
    }

    fn begin(&mut self) {
        let hours = self.span.weeks as usize * HOURS_PER_WEEK;
        self.parts = vec![0; hours];
        self.changes = vec![0; hours + 1];
    }

    /// So much from one time until another, as far as both lie in weeks that count. The same work however long that is.
    fn add(&mut self, from: u64, until: u64, amount: u32) {
        let (from, until) = (from.max(self.span.from()), until.min(self.span.until()));
        if from >= until {
            return;
        }
        let (from, until) = (from - self.span.from(), until - self.span.from());
        let place = |hour: u64| usize::try_from(hour).expect("hours of some weeks");
        let (first, last) = (from / HOUR, (until - 1) / HOUR);
        if first == last {
            self.parts[place(first)] += (until - from) * u64::from(amount);
            return;
        }
        self.parts[place(first)] += ((first + 1) * HOUR - from) * u64::from(amount);
        self.parts[place(last)] += (until - last * HOUR) * u64::from(amount);
        self.changes[place(first + 1)] += i64::from(amount);
        self.changes[place(last)] -= i64::from(amount);
    }

    fn end(&mut self) {
        let mut whole = 0;
        for (hour, (part, change)) in self.parts.iter().zip(&self.changes).enumerate() {
            whole += change;
            let lasting = u64::try_from(whole).expect("nothing ends that did not begin");
            self.sums[hour % HOURS_PER_WEEK] += part + lasting * HOUR;
        }
    }

    fn means(&self) -> Vec<f64> {
        let all = HOUR as f64 * self.span.batches() as f64;
        self.sums.iter().map(|sum| *sum as f64 / all).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Adds minute by minute.
    fn minutes(span: Span, all: &[(u64, u64, u32)]) -> Vec<f64> {
        const MINUTE: u64 = 60_000;
        let mut sums = vec![0.0; HOURS_PER_WEEK];
        for &(from, until, amount) in all {
            for minute in (from..until).step_by(60_000).filter(|at| (span.from()..span.until()).contains(at)) {
                let hour = usize::try_from(minute / HOUR).expect("small") % HOURS_PER_WEEK;
                sums[hour] += MINUTE as f64 * f64::from(amount);
            }
        }
        sums.iter().map(|sum| sum / HOUR as f64 / f64::from(span.weeks)).collect()
    }

    proptest! {
        #[test]
        fn hours_add_up(all in prop::collection::vec((0_u64..50_000, 0_u64..20_000, 1_u32..9), 0..12)) {
            let span = Span { warm_up: 1, weeks: 3, repetitions: 1 };
            let all: Vec<(u64, u64, u32)> =
                all.into_iter().map(|(from, long, amount)| (from * 60_000, (from + long) * 60_000, amount)).collect();
            let mut hours = Hours::new(span);
            hours.begin();
            for &(from, until, amount) in &all {
                hours.add(from, until, amount);
            }
            hours.end();
            for (mean, expected) in hours.means().into_iter().zip(minutes(span, &all)) {
                prop_assert!((mean - expected).abs() < 1e-9 * expected.max(1.0), "{mean} {expected}");
            }
        }
    }
}
