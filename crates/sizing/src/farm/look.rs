//! The study: what each size that was asked for can and cannot run, and why; the least farm; and Erlang's answers beside.
//! Not here: how any of it is worked out.

use twinrail_model::Suite;
use twinrail_model::unit::TimeSpan;

use super::arrivals::Record;
use super::bench::{Bench, Capacity, is_too_much_at_once, span};
use super::kind::{Kind, kinds, sum};
use super::line::Discipline;
use super::search::{Point, Search};
use super::spot::SpotJob;
use super::tally::{Fare, Rough, Tally, Waits};
use super::{Check, Elsewhere, FarmStudy, MOST_SIZES, NotSimulated, Offered, Question, Relief, Simulated, Slots};
use crate::erlang::{Line, Settled, least_slots};

/// A farm of one size.
#[derive(Debug, Clone, PartialEq)]
pub struct SizeLook {
    pub instances: u32,
    /// Clusters of the largest job that fit at once.
    pub slots: u32,
    /// The mean number of busy instances, of those jobs that fit at all.
    pub busy_instances: f64,
    /// Whether it keeps up with those.
    pub capacity: Capacity,
    /// The mean wait by Erlang's formula, in slots of the largest job. `None`: that does not fit, or the line never settles.
    pub erlang: Option<TimeSpan>,
    /// In the order of [`Offered::jobs`].
    pub jobs: Vec<JobLook>,
    /// In the order of the suites.
    pub suites: Vec<SuiteLook>,
    /// The run with all jobs that fit. `None`: it does not keep up, nothing fits, or nothing was simulated.
    pub run: Option<Run>,
    /// What one step more saves, of the jobs that fit before it. `None`: no job fits, it does not keep up, or nothing was simulated.
    pub more: Option<Point>,
}

/// Why a job cannot run as it should.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reason {
    /// It takes more instances than there are.
    TooFewInstances { needs: u32 },
    /// The farm does not keep up with the jobs that fit: sooner or later all of them wait for ever.
    CannotKeepUp(Capacity),
    /// This part of its jobs misses the deadline, which is more than may.
    Late { missed: f64 },
    /// It waits longer on average than is good.
    Waits { mean: TimeSpan },
}

/// A job in a farm of one size.
#[derive(Debug, Clone, PartialEq)]
pub struct JobLook {
    /// Empty: it runs as it should, as far as is known. A job's own mean wait is held against the bound for the mean of all, so that a farm which is good
    /// enough may still have one that waits longer.
    pub reasons: Vec<Reason>,
    /// `None`: it does not run, or was not simulated, or is so rare that it never came.
    pub fare: Option<Fare>,
}

/// A suite in a farm of one size.
#[derive(Debug, Clone, PartialEq)]
pub struct SuiteLook {
    /// Beside all others. `None`: nothing of it runs, or was simulated.
    pub fare: Option<Fare>,
    /// Why the suite would not run as it should if it had the farm for itself, each reason once: for lateness and waits the worst of its jobs. Empty: it
    /// would, as far as is known.
    pub alone: Vec<Reason>,
}

/// What was simulated of one size.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub all: Fare,
    /// The mean part of the instances that is busy, over all hours of the week.
    pub utilisation: f64,
    /// The mean number of busy instances in each of the 168 hours of the week, from Monday at midnight.
    pub busy: Vec<f64>,
    /// The mean number of waiting jobs in each hour.
    pub queue: Vec<f64>,
    /// The waits in the other order: with backfilling where that was not asked for, and the other way round. `None`: then it does not keep up, or more
    /// clusters are busy than [`MOST_BACKFILLED`](super::MOST_BACKFILLED).
    pub otherwise: Option<Waits>,
}

pub(super) fn look(suites: &[Suite], question: &Question) -> FarmStudy {
    let kinds = kinds(suites);
    let offered = Offered::by(&kinds);
    let bound = question.bound(&offered);
    let spot = kinds.iter().enumerate().filter(|(_, kind)| kind.spot);
    let spot: Vec<SpotJob> =
        spot.map(|(place, kind)| SpotJob::of(place, kind, question.preemptions, question.on_time)).collect();
    let slots = slots(&offered, question.wait);
    let drawn = span(&kinds, &offered, question).map(|span| Record::draw(&kinds, span, question.seed));
    let bench = drawn.map(|record| Bench::new(&kinds, question.discipline, record));
    let study =
        Study { kinds: &kinds, offered: &offered, suites: suites.len(), question, bound, bench: bench.as_ref().ok() };
    let mut search = bench.as_ref().ok().map(|bench| Search::new(bench, bound, question.on_time));
    let sizes =
        question.sizes.iter().take(MOST_SIZES).map(|&instances| study.size(instances, search.as_mut())).collect();
    let reliefs = study.reliefs(&spot);
    let simulated = match (&bench, search) {
        (Ok(bench), Some(search)) => Ok(study.simulated(bench, search, slots.as_ref())),
        (Err(reason), _) => Err(*reason),
        (Ok(_), None) => Err(NotSimulated::NothingArrives),
    };
    let sizes_left_out = question.sizes.len().saturating_sub(MOST_SIZES);
    FarmStudy { offered, bound, slots, sizes, sizes_left_out, simulated, spot, reliefs }
}

fn slots(offered: &Offered, wait: f64) -> Option<Slots> {
    if offered.largest == 0 {
        return None;
    }
    let line = least_slots(offered.busy_clusters, wait)?;
    let settled = line.settled()?;
    let span = |part: f64| offered.mean_duration * part;
    Some(Slots {
        slots: line.slots(),
        instances: u64::from(line.slots()) * u64::from(offered.largest),
        utilisation: settled.utilisation(),
        waits: settled.waits(),
        mean_wait: span(settled.mean_wait()),
        p95: span(settled.wait_within(twinrail_facts::Percentile::P95.share())?),
        varied_wait: span(settled.varied_wait(1.0, offered.variation)),
    })
}

struct Study<'a> {
    kinds: &'a [Kind],
    offered: &'a Offered,
    suites: usize,
    question: &'a Question,
    bound: TimeSpan,
    bench: Option<&'a Bench<'a>>,
}

impl Study<'_> {
    fn step(&self) -> u32 {
        self.question.step.unwrap_or(self.offered.commonest).max(1)
    }

    fn size(&self, instances: u32, search: Option<&mut Search<'_, '_>>) -> SizeLook {
        let slots = instances.checked_div(self.offered.largest).unwrap_or(0);
        let fits = |kind: &Kind| kind.instances <= instances;
        let busy_instances = sum(self.kinds.iter().filter(|kind| fits(kind)), Kind::busy);
        let bench = self.bench.map(|bench| bench.only(fits));
        let by_load = || match busy_instances {
            0.0 => Capacity::Enough,
            busy => Capacity::by_load(busy, instances),
        };
        // Without work there is nothing to keep up with.
        let with_work = bench.as_ref().filter(|bench| !bench.jobs.is_empty());
        let capacity = with_work.map_or_else(by_load, |bench| bench.capacity(instances));
        let runs = with_work.filter(|_| capacity == Capacity::Enough);
        let tally = runs.map(|bench| bench.tally(instances));
        let jobs = self.kinds.iter().enumerate();
        let jobs = jobs.map(|(place, kind)| self.job((place, kind), instances, capacity, tally.as_ref())).collect();
        let suites = (0..self.suites).map(|suite| self.suite(suite, instances, tally.as_ref())).collect();
        SizeLook {
            instances,
            slots,
            busy_instances,
            capacity,
            erlang: self.erlang(slots),
            jobs,
            suites,
            run: runs.zip(tally.as_ref()).and_then(|(bench, tally)| self.run(bench, tally, instances)),
            more: runs.and_then(|bench| self.more(bench, instances, search)),
        }
    }

    fn more(&self, fitting: &Bench<'_>, instances: u32, all: Option<&mut Search<'_, '_>>) -> Option<Point> {
        match all {
            // These runs are needed for the curve as well.
            Some(all) if self.offered.largest <= instances => all.point(instances, self.step()),
            _ => self.search(fitting).point(instances, self.step()),
        }
    }

    fn search<'a, 'b>(&self, bench: &'b Bench<'a>) -> Search<'a, 'b> {
        Search::new(bench, self.bound, self.question.on_time)
    }

    fn erlang(&self, slots: u32) -> Option<TimeSpan> {
        let settled = Line::new(self.offered.busy_clusters, slots).and_then(Line::settled);
        settled.map(|settled: Settled| self.offered.mean_duration * settled.mean_wait())
    }

    fn job(
        &self,
        (place, kind): (usize, &Kind),
        instances: u32,
        capacity: Capacity,
        tally: Option<&Tally<'_>>,
    ) -> JobLook {
        if kind.instances > instances {
            return JobLook { reasons: vec![Reason::TooFewInstances { needs: kind.instances }], fare: None };
        }
        if kind.per_day > 0.0 && capacity != Capacity::Enough {
            return JobLook { reasons: vec![Reason::CannotKeepUp(capacity)], fare: None };
        }
        let fare = tally.and_then(|tally| tally.fare(&[place]));
        let reasons = fare.as_ref().map_or_else(Vec::new, |fare| self.reasons(fare.on_time, fare.waits.mean));
        JobLook { reasons, fare }
    }

    fn reasons(&self, on_time: Option<f64>, mean: TimeSpan) -> Vec<Reason> {
        let late = on_time.filter(|part| *part < self.question.on_time);
        let late = late.map(|part| Reason::Late { missed: 1.0 - part });
        let waits = (mean > self.bound).then_some(Reason::Waits { mean });
        late.into_iter().chain(waits).collect()
    }

    fn suite(&self, suite: usize, instances: u32, tally: Option<&Tally<'_>>) -> SuiteLook {
        let of_suite = |kind: &Kind| kind.suite == suite;
        let places: Vec<usize> = (0..self.kinds.len()).filter(|place| of_suite(&self.kinds[*place])).collect();
        let fare = tally.and_then(|tally| tally.fare(&places));
        let needs = places.iter().map(|place| self.kinds[*place].instances).max().unwrap_or(0);
        let mut alone = Vec::new();
        if needs > instances {
            alone.push(Reason::TooFewInstances { needs });
        }
        let bench = self.bench.map(|bench| bench.only(|kind| of_suite(kind) && kind.instances <= instances));
        if let Some(bench) = bench.filter(|bench| !bench.jobs.is_empty()) {
            match bench.capacity(instances) {
                Capacity::Enough => alone.extend(self.worst(&bench.rough(instances))),
                short => alone.push(Reason::CannotKeepUp(short)),
            }
        }
        SuiteLook { fare, alone }
    }

    /// The worst lateness and the worst wait among kinds.
    fn worst(&self, rough: &Rough) -> Vec<Reason> {
        let came = || rough.kinds.iter().zip(self.kinds).filter(|(sums, _)| sums.jobs > 0);
        let with_deadline = came().filter(|(_, kind)| kind.deadline.is_some());
        let on_time = with_deadline.map(|(sums, _)| sums.on_time as f64 / sums.jobs as f64).min_by(f64::total_cmp);
        let waits = came().map(|(sums, _)| TimeSpan::new(sums.waited as f64 / sums.jobs as f64 / 1e3));
        waits.max().map_or_else(Vec::new, |mean| self.reasons(on_time, mean))
    }

    fn simulated(&self, bench: &Bench<'_>, mut search: Search<'_, '_>, slots: Option<&Slots>) -> Simulated {
        let of_one = |alone: Bench<'_>| self.search(&alone).least().map(|least| least.instances);
        Simulated {
            span: bench.record.span,
            jobs: bench.record.repetitions.iter().map(|arrivals| arrivals.len() as u64).sum(),
            least: search.least(),
            least_of_each: bench.each_repetition().map(of_one).collect(),
            check: slots.and_then(|slots| self.check(bench, slots)),
            curve: search.curve(self.step()),
        }
    }

    fn check(&self, bench: &Bench<'_>, slots: &Slots) -> Option<Check> {
        let instances = u32::try_from(slots.instances).ok()?;
        let keeps_up = bench.capacity(instances) == Capacity::Enough;
        let simulated = if keeps_up { Some(bench.tally(instances).waits(&bench.jobs)?) } else { None };
        let apart = simulated.as_ref().and_then(|waits| {
            let error = waits.error.filter(|error| !error.is_zero())?;
            Some((waits.mean.seconds() - slots.mean_wait.seconds()) / error.seconds())
        });
        let holds = simulated.as_ref().is_some_and(|waits| waits.mean <= self.bound);
        Some(Check { instances, erlang: slots.mean_wait, simulated, apart, holds })
    }

    fn reliefs(&self, spot: &[SpotJob]) -> Vec<Relief> {
        let mut gets_through = vec![false; self.kinds.len()];
        for job in spot.iter().filter(|job| job.fits) {
            gets_through[job.job] = true;
        }
        Elsewhere::ALL.iter().filter_map(|to| self.relief(*to, &gets_through)).collect()
    }

    /// `gets_through`: of each kind, whether it does so on spot.
    fn relief(&self, to: Elsewhere, gets_through: &[bool]) -> Option<Relief> {
        let goes = |place: usize| match to {
            Elsewhere::Spot => gets_through[place],
            Elsewhere::OtherShapes => self.kinds[place].other_shapes,
            Elsewhere::Either => gets_through[place] || self.kinds[place].other_shapes,
        };
        let jobs: Vec<usize> = (0..self.kinds.len()).filter(|place| goes(*place)).collect();
        if jobs.is_empty() {
            return None;
        }
        let rest = self.bench.map(|bench| bench.only_at(|place| !goes(place)));
        let least = rest.and_then(|rest| {
            if rest.jobs.is_empty() {
                return Some(0);
            }
            self.search(&rest).least().map(|least| least.instances)
        });
        let busy_instances = sum(jobs.iter().map(|job| &self.kinds[*job]), Kind::busy);
        Some(Relief { to, jobs, busy_instances, least })
    }

    fn run(&self, bench: &Bench<'_>, tally: &Tally<'_>, instances: u32) -> Option<Run> {
        let all = tally.fare(&bench.jobs)?;
        let busy = tally.busy();
        let utilisation = busy.iter().sum::<f64>() / busy.len() as f64 / f64::from(instances);
        let discipline = match bench.discipline {
            Discipline::FirstCome => Discipline::Backfilling,
            Discipline::Backfilling => Discipline::FirstCome,
        };
        let other = bench.in_order(discipline);
        // Where first come, first served keeps up, so does backfilling: it is not held against the saturation rule again, which would take as long as all else.
        let is_tried = !is_too_much_at_once(discipline, self.offered);
        let keeps_up = discipline == Discipline::Backfilling || other.capacity(instances) == Capacity::Enough;
        let otherwise = if is_tried && keeps_up { other.tally(instances).waits(&bench.jobs) } else { None };
        Some(Run { all, utilisation, busy, queue: tally.queue(), otherwise })
    }
}
