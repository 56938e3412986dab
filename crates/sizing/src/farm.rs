//! The test farm: how many instances keep the line of test jobs short, if they come when they really come and take clusters of several sizes; and what a
//! farm of a given size can and cannot run. [`look`] answers; [`schedule`] draws one week.
//!
//! A farm is a number of equal instances. A job takes as many of them at once as its cluster has, any of them, holds them until it is done, and
//! waits in one line until it can start, in the order that [`Discipline`] says: first come, first served, unless something else is asked for. Jobs
//! arrive as the model says ([`Arrivals`](twinrail_model::Arrivals)), each with one of its durations. What is drawn is the same for every size, so
//! that curves are smooth and sizes can be compared.
//!
//! A *slot* is room for one whole cluster. Erlang's formulas (`erlang`) count slots of the largest job, and are given beside every answer, with how far
//! they are off.
//!
//! Not modelled: boot and teardown (put them into the duration), instances that fail, priorities, and suites that are started one after
//! the other. Not here: prices, and words for users.
//!
//! `kind` says what arrives, `arrivals` when, `line` who starts, `tally` what that amounts to, `bench` puts a size on trial, `search` finds the least,
//! `spot` is about preemptions.

mod arrivals;
mod bench;
mod kind;
mod line;
mod look;
mod schedule;
mod search;
mod spot;
mod tally;

use twinrail_model::unit::TimeSpan;
use twinrail_model::{Sizing, Suite};

pub use arrivals::Span;
pub use bench::Capacity;
pub use kind::{JobLoad, Offered};
pub use line::Discipline;
pub use look::{JobLook, Reason, Run, SizeLook, SuiteLook};
pub use schedule::{Bar, NotDrawn, Rows, Schedule, schedule};
pub use search::{Curve, Least, Point};
pub use spot::{Restarted, SpotJob, lengthened, through_within};
pub use tally::{Fare, HOURS_PER_WEEK, Waits};

/// What is asked of a farm.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Sizes to look at, in instances. The first [`MOST_SIZES`] are.
    pub sizes: Vec<u32>,
    /// The mean wait that is still good, as a part of the mean duration of a job.
    pub wait: f64,
    /// The part of the jobs with a deadline that is to meet it, between 0 and 1.
    pub on_time: f64,
    pub discipline: Discipline,
    /// Instances that the farm grows by; the size of the most common job if left out.
    pub step: Option<u32>,
    /// Preemptions of one spot instance in an hour. `None`: not known.
    pub preemptions: Option<f64>,
    pub seed: u64,
    /// Jobs to simulate for each size, about, those of the warm-up included: more take longer and say more. At most [`MOST_JOBS`]; what one week has, and
    /// the warm-up before it, is simulated in any case, up to [`LEAST_SPAN_JOBS`].
    pub jobs: u32,
}

/// More sizes are not looked at.
pub const MOST_SIZES: usize = 100;
/// More jobs are not simulated, whatever is asked for.
pub const MOST_JOBS: u32 = 400_000;
/// If the shortest span has more jobs than this, and than were asked for, nothing is simulated, and there are Erlang's formulas alone: an answer within
/// about a second. Without long jobs these are 1,785 a day.
pub const LEAST_SPAN_JOBS: u32 = 100_000;
/// With more busy clusters nothing is simulated in the order of backfilling, which looks at all of them whenever the first in the line is stuck: first come,
/// first served still is.
pub const MOST_BACKFILLED: f64 = 1_000.0;
/// The mean wait that is good if nobody says otherwise.
pub const USUAL_WAIT: f64 = 0.1;
/// The part of the jobs that is to meet its deadline if nobody says otherwise.
pub const USUAL_ON_TIME: f64 = 0.95;
/// Jobs that are simulated for each size if nobody says otherwise.
const USUAL_JOBS: u32 = 12_000;

impl Question {
    pub fn of(sizing: &Sizing, seed: u64) -> Self {
        Self {
            sizes: sizing.farms.clone(),
            wait: sizing.wait.unwrap_or(USUAL_WAIT),
            on_time: USUAL_ON_TIME,
            discipline: Discipline::default(),
            step: None,
            preemptions: None,
            seed,
            jobs: USUAL_JOBS,
        }
    }

    /// The mean wait that is still good: 0 for what is no number.
    fn bound(&self, offered: &Offered) -> TimeSpan {
        /// With so many durations everything is good, and the product stays a number.
        const MOST: f64 = 1e12;
        let wait = if self.wait.is_finite() { self.wait.max(0.0) } else { 0.0 };
        offered.mean_duration * wait.min(MOST)
    }
}

/// All that is known of a farm.
#[derive(Debug, Clone, PartialEq)]
pub struct FarmStudy {
    pub offered: Offered,
    /// The mean wait that is still good.
    pub bound: TimeSpan,
    /// Erlang's answer. `None`: nothing arrives, or no number of slots below a million is enough.
    pub slots: Option<Slots>,
    /// In the order of the question.
    pub sizes: Vec<SizeLook>,
    /// Sizes that were asked for beyond [`MOST_SIZES`].
    pub sizes_left_out: usize,
    /// What only a simulation says.
    pub simulated: Result<Simulated, NotSimulated>,
    /// Jobs that may run on spot instances, each with what preemptions do to it.
    pub spot: Vec<SpotJob>,
    /// What the farm is relieved of if jobs run elsewhere: on spot, on other machine types, on either. Only those of which there are jobs.
    pub reliefs: Vec<Relief>,
}

/// Why nothing was simulated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NotSimulated {
    NothingArrives,
    /// The shortest span has so many jobs, more than [`LEAST_SPAN_JOBS`] and than the question allows: one week that fills the farm, or as many as the
    /// longest job takes, and one that counts, four times.
    TooMany {
        jobs: f64,
    },
    /// More kinds of jobs than 4,096.
    TooManyKinds,
    /// With backfilling alone: so many clusters are busy at once, more than [`MOST_BACKFILLED`].
    TooManyAtOnce {
        clusters: f64,
    },
}

/// Erlang's answer (M/M/c): slots of the largest job, jobs that all arrive on their own at any time, exponential durations.
#[derive(Debug, Clone, PartialEq)]
pub struct Slots {
    /// The least that keep the mean wait within the bound.
    pub slots: u32,
    /// That many clusters of the largest job.
    pub instances: u64,
    /// The part of the slots that is busy.
    pub utilisation: f64,
    /// The part of the jobs that waits.
    pub waits: f64,
    pub mean_wait: TimeSpan,
    /// 95 of 100 jobs wait no longer.
    pub p95: TimeSpan,
    /// An approximation (Allen and Cunneen): the mean wait if durations vary as they do and arrivals are Poisson.
    pub varied_wait: TimeSpan,
}

/// What was simulated.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    pub span: Span,
    /// Simulated jobs for a size that can run all of them, those of the warm-up included.
    pub jobs: u64,
    /// The least farm with which all jobs run, the mean wait is within the bound, and enough jobs meet their deadlines. `None`: there is none below
    /// four billion instances.
    pub least: Option<Least>,
    /// The same by each repetition alone, from a part of the jobs: how far chance moves it.
    pub least_of_each: Vec<Option<u32>>,
    /// Erlang's answer held against the simulation. `None` without one, or if it is none for a farm that can be simulated.
    pub check: Option<Check>,
    /// What a larger farm saves.
    pub curve: Curve,
}

/// Erlang's answer, simulated.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Of Erlang's answer: a multiple of the largest job's.
    pub instances: u32,
    pub erlang: TimeSpan,
    /// `None`: the line never settles, whatever Erlang says.
    pub simulated: Option<Waits>,
    /// Simulated less Erlang's, in standard errors of the simulation. `None` where that has no error to measure by.
    pub apart: Option<f64>,
    /// Whether the simulated mean wait is within the bound, which is what Erlang's answer promises.
    pub holds: bool,
}

/// Where two means are no further apart than so many standard errors, they count as one: less than three chances in a thousand where they are.
pub const SAME: f64 = 3.0;

impl Check {
    /// Whether the mean waits are the same, as far as can be told.
    pub fn agrees(&self) -> bool {
        self.apart.is_some_and(|apart| apart.abs() <= SAME)
    }
}

/// Where jobs may run beside the farm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Elsewhere {
    Spot,
    /// On another machine type, which the model file names.
    OtherShapes,
    Either,
}

impl Elsewhere {
    pub const ALL: [Self; 3] = [Self::Spot, Self::OtherShapes, Self::Either];
}

/// The farm without jobs that may run elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Relief {
    pub to: Elsewhere,
    /// Places in [`Offered::jobs`] of those that go. One that would not get through on spot stays ([`SpotJob::fits`]).
    pub jobs: Vec<usize>,
    /// Busy instances that the farm has less, on average.
    pub busy_instances: f64,
    /// Instances of the least farm for the rest, by the same bound on the wait as with all. `Some(0)`: nothing is left. `None`: it was not simulated,
    /// or no farm is enough.
    pub least: Option<u32>,
}

/// Looks at a farm.
pub fn look(suites: &[Suite], question: &Question) -> FarmStudy {
    look::look(suites, question)
}
