//! Times of many trials, counted: three digits of each, how many never ended, and percentiles with what the number of trials allows to say of them.
//! Shards merge exactly: in any order, any grouping, to the same counts.
//! Not here: means (a slow tail that was seen twice moves them as it likes), and which percentiles are worth printing.
//!
//! Intervals are distribution-free: they hold for every distribution that the trials may have, because which two of the sorted samples enclose a
//! percentile depends on the binomial distribution alone. That is computed exactly (`binomial`), for small numbers of trials and large.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::binomial::{Ranks, ranks};
use crate::microseconds::Microseconds;
use crate::percentile::Percentile;

/// When something ended. Never is later than any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ended {
    After(Microseconds),
    /// Not within the horizon of the trial.
    Never,
}

impl Ended {
    /// Never, where the time is longer than [`Histogram::LONGEST`].
    pub(crate) fn in_range(self) -> Self {
        if self <= Self::After(Histogram::LONGEST) { self } else { Self::Never }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(time) => time.fmt(f),
            Self::Never => f.pad("never"),
        }
    }
}

/// A figure of the samples, and between which bounds the figure of the distribution lies with a probability of 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval<T> {
    pub value: T,
    /// `None`: so few samples say nothing about how small it may be.
    pub low: Option<T>,
    /// `None`: so few samples say nothing about how large it may be.
    pub high: Option<T>,
}

/// How often a bound is wrong that is given alone; an interval may miss on either side half as often.
pub(crate) const MISS: f64 = 0.05;

/// Whether `n` samples are enough to bound this percentile from above, with a probability of 95 % that the bound is right: whether the largest
/// of them is such a bound. It takes 299 samples for p99, 2,995 for p99.9.
pub fn is_determined(at: Percentile, n: u64) -> bool {
    ranks(at, n, MISS).upper.is_some()
}

/// Times of trials.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Form", into = "Form")]
pub struct Histogram {
    /// Grows with the largest time: 16 KiB up to two milliseconds, 216 KiB up to ten hours.
    times: hdrhistogram::Histogram<u64>,
    never: u64,
}

impl Histogram {
    /// What takes longer counts as never: no trial looks further.
    pub const LONGEST: Microseconds = Microseconds::whole_seconds(36_000);

    pub fn new() -> Self {
        let times = hdrhistogram::Histogram::new(3).expect("three digits are among those that are possible");
        Self { times, never: 0 }
    }

    pub fn record(&mut self, ended: Ended) {
        self.record_many(ended, 1);
    }

    fn record_many(&mut self, ended: Ended, count: u64) {
        match ended.in_range() {
            Ended::After(time) => {
                self.times.record_n(time.0, count).expect("the table grows up to the longest time");
            }
            Ended::Never => self.never += count,
        }
    }

    /// Adds what another shard has counted.
    pub fn merge(&mut self, other: &Self) {
        self.times.add(&other.times).expect("the table grows up to the longest time");
        self.never += other.never;
    }

    /// How many trials were recorded.
    pub fn count(&self) -> u64 {
        self.times.len() + self.never
    }

    /// In how many of them it never ended.
    pub fn never(&self) -> u64 {
        self.never
    }

    /// A percentile: the time within which at least this share of the trials ended. A time stands for all that have the same three digits: the
    /// value and the upper bound are the longest of these, the lower bound the shortest. `None` without trials.
    pub fn percentile(&self, at: Percentile) -> Option<Interval<Ended>> {
        let n = self.count();
        if n == 0 {
            return None;
        }
        let Ranks { lower, upper } = ranks(at, n, MISS / 2.0);
        let cells: Vec<(Cell, u64)> = self.cells().collect();
        Some(Interval {
            value: at_rank(&cells, at.rank(n)).longest(),
            low: lower.map(|rank| at_rank(&cells, rank).shortest()),
            high: upper.map(|rank| at_rank(&cells, rank).longest()),
        })
    }

    /// What the percentile of the distribution does not exceed, with a probability of 95 %. `None` where [`is_determined`] is false.
    pub fn bound(&self, at: Percentile) -> Option<Ended> {
        let rank = ranks(at, self.count(), MISS).upper?;
        let cells: Vec<(Cell, u64)> = self.cells().collect();
        Some(at_rank(&cells, rank).longest())
    }

    /// The cells that are not empty, from short to long.
    pub(crate) fn cells(&self) -> impl Iterator<Item = (Cell, u64)> {
        let never = (self.never > 0).then_some((Cell::Never, self.never));
        let times = self.times.iter_recorded().map(|step| {
            let value = step.value_iterated_to();
            let cell = Cell::Times(self.times.lowest_equivalent(value), self.times.highest_equivalent(value));
            (cell, step.count_at_value())
        });
        times.chain(never)
    }
}

/// The entry that holds the sample of this rank, counted from one.
pub(crate) fn at_rank<T: Copy>(counts: &[(T, u64)], rank: u64) -> T {
    let mut passed = 0;
    let found = counts.iter().find(|(_, count)| {
        passed += count;
        passed >= rank
    });
    found.expect("a rank is at most the number of samples").0
}

/// All times that look alike by their three digits: the shortest and the longest, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell {
    Times(u64, u64),
    Never,
}

impl Cell {
    pub(crate) fn shortest(self) -> Ended {
        match self {
            Self::Times(shortest, _) => Ended::After(Microseconds(shortest)),
            Self::Never => Ended::Never,
        }
    }

    pub(crate) fn longest(self) -> Ended {
        match self {
            Self::Times(_, longest) => Ended::After(Microseconds(longest)),
            Self::Never => Ended::Never,
        }
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialEq for Histogram {
    /// Whether the counts are the same, however large the tables have grown.
    fn eq(&self, other: &Self) -> bool {
        self.cells().eq(other.cells())
    }
}

impl Eq for Histogram {}

/// A histogram as text: the cells that are not empty, each with its shortest time in microseconds and its count.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    times: Vec<(u64, u64)>,
    never: u64,
}

impl From<Histogram> for Form {
    fn from(histogram: Histogram) -> Self {
        let times = histogram.cells().filter_map(|(cell, count)| match cell {
            Cell::Times(shortest, _) => Some((shortest, count)),
            Cell::Never => None,
        });
        Self { times: times.collect(), never: histogram.never }
    }
}

impl TryFrom<Form> for Histogram {
    type Error = String;

    fn try_from(form: Form) -> Result<Self, String> {
        /// More than any run can make, and few enough for a percentile to be found in no time.
        const MOST_TRIALS: u64 = 1 << 40;
        let mut histogram = Self::new();
        let (mut last, mut total) = (None, form.never);
        for (time, count) in form.times {
            let is_cell = time <= Self::LONGEST.0 && histogram.times.lowest_equivalent(time) == time;
            if !is_cell || count == 0 || last >= Some(time) {
                return Err(format!("[{time}, {count}] is not the next cell of a histogram"));
            }
            total = total.saturating_add(count);
            histogram.record_many(Ended::After(Microseconds(time)), if total <= MOST_TRIALS { count } else { 0 });
            last = Some(time);
        }
        if total > MOST_TRIALS {
            return Err(format!("a histogram of more than {MOST_TRIALS} trials"));
        }
        histogram.never = form.never;
        Ok(histogram)
    }
}

#[cfg(test)]
mod tests;
