//! Two ways to do the same thing, compared trial by trial under the same luck: by how much the first takes longer. What both share, luck
//! above all, cancels; the differences tell two ways apart with far fewer trials than their two distributions do.
//! Not here: which of the two is the better one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::binomial::{Ranks, ranks};
use crate::histogram::{Cell, Ended, Histogram, Interval, MISS, at_rank};
use crate::microseconds::Microseconds;
use crate::normal::Z97_5;
use crate::percentile::Percentile;

/// By how much the first of two takes longer than the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Difference {
    /// Only the second never ends.
    SecondNever,
    /// So many microseconds; negative where the second takes longer.
    By(i64),
    /// Only the first never ends.
    FirstNever,
}

impl fmt::Display for Difference {
    /// `+1.25 s` where the first takes longer.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecondNever => f.pad("only the second never ends"),
            Self::By(0) => f.pad("0 s"),
            Self::By(by) => {
                let sign = if *by < 0 { '-' } else { '+' };
                f.pad(&format!("{sign}{}", Microseconds(by.unsigned_abs())))
            }
            Self::FirstNever => f.pad("only the first never ends"),
        }
    }
}

/// Differences of many trials, each with the same luck for both. Merges exactly, as [`Histogram`] does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Paired {
    first_longer: Histogram,
    second_longer: Histogram,
    equal: u64,
}

impl Paired {
    /// One trial. Where neither ever ends, neither is longer.
    pub fn record(&mut self, first: Ended, second: Ended) {
        match (first.in_range(), second.in_range()) {
            (first, second) if first == second => self.equal += 1,
            (Ended::After(first), Ended::After(second)) if first > second => {
                self.first_longer.record(Ended::After(first.saturating_sub(second)));
            }
            (Ended::After(first), Ended::After(second)) => {
                self.second_longer.record(Ended::After(second.saturating_sub(first)));
            }
            (Ended::Never, _) => self.first_longer.record(Ended::Never),
            (_, Ended::Never) => self.second_longer.record(Ended::Never),
        }
    }

    /// Adds what another shard has counted.
    pub fn merge(&mut self, other: &Self) {
        self.first_longer.merge(&other.first_longer);
        self.second_longer.merge(&other.second_longer);
        self.equal += other.equal;
    }

    /// How many trials were recorded.
    pub fn count(&self) -> u64 {
        self.first_longer() + self.second_longer() + self.equal
    }

    /// In how many trials the first took longer.
    pub fn first_longer(&self) -> u64 {
        self.first_longer.count()
    }

    /// In how many trials the second took longer.
    pub fn second_longer(&self) -> u64 {
        self.second_longer.count()
    }

    /// A percentile of the differences, which is no difference of percentiles, with a distribution-free interval. Exact to three digits. `None`
    /// without trials.
    pub fn percentile(&self, at: Percentile) -> Option<Interval<Difference>> {
        let n = self.count();
        if n == 0 {
            return None;
        }
        let Ranks { lower, upper } = ranks(at, n, MISS / 2.0);
        let spans: Vec<(Span, u64)> = self.spans().collect();
        Some(Interval {
            value: at_rank(&spans, at.rank(n)).middle(),
            low: lower.map(|rank| at_rank(&spans, rank).low),
            high: upper.map(|rank| at_rank(&spans, rank).high),
        })
    }

    /// The mean difference, which is the difference of the means. Its interval leans on the central limit theorem: it is not distribution-free, and
    /// too narrow where a rare slow case decides. `None` below 100 trials, or where in some trial only one of the two ends.
    pub fn mean(&self) -> Option<Interval<Difference>> {
        const FEWEST_TRIALS: u64 = 100;
        if self.count() < FEWEST_TRIALS || self.first_longer.never() + self.second_longer.never() > 0 {
            return None;
        }
        let n = self.count() as f64;
        let values: Vec<(f64, f64)> =
            self.spans().map(|(span, count)| (span.middle_microseconds(), count as f64)).collect();
        let mean = values.iter().map(|(by, count)| by * count).sum::<f64>() / n;
        let squares = values.iter().map(|(by, count)| (by - mean) * (by - mean) * count);
        let variance = squares.sum::<f64>() / (n - 1.0);
        let reach = Z97_5 * libm::sqrt(variance / n);
        Some(Interval { value: rounded(mean), low: Some(rounded(mean - reach)), high: Some(rounded(mean + reach)) })
    }

    /// What was counted, from where the second takes longest to where the first does.
    fn spans(&self) -> impl Iterator<Item = (Span, u64)> {
        let mut second: Vec<(Cell, u64)> = self.second_longer.cells().collect();
        second.reverse();
        let second = second.into_iter().map(|(cell, count)| (Span::of(cell).mirrored(), count));
        let equal = (self.equal > 0).then_some((Span { low: Difference::By(0), high: Difference::By(0) }, self.equal));
        let first = self.first_longer.cells().map(|(cell, count)| (Span::of(cell), count));
        second.chain(equal).chain(first)
    }
}

/// Differences that look alike by their three digits.
#[derive(Clone, Copy)]
struct Span {
    low: Difference,
    high: Difference,
}

impl Span {
    fn of(cell: Cell) -> Self {
        let of = |ended| match ended {
            Ended::After(Microseconds(by)) => Difference::By(i64::try_from(by).expect("within ten hours")),
            Ended::Never => Difference::FirstNever,
        };
        Self { low: of(cell.shortest()), high: of(cell.longest()) }
    }

    fn mirrored(self) -> Self {
        let mirrored = |difference| match difference {
            Difference::SecondNever => Difference::FirstNever,
            Difference::By(by) => Difference::By(-by),
            Difference::FirstNever => Difference::SecondNever,
        };
        Self { low: mirrored(self.high), high: mirrored(self.low) }
    }

    fn middle(self) -> Difference {
        match (self.low, self.high) {
            (Difference::By(low), Difference::By(high)) => Difference::By(i64::midpoint(low, high)),
            (low, _) => low,
        }
    }

    fn middle_microseconds(self) -> f64 {
        match (self.low, self.high) {
            (Difference::By(low), Difference::By(high)) => f64::midpoint(low as f64, high as f64),
            _ => unreachable!("a mean is asked for only where both always end"),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a mean of differences is no larger than the largest of them")]
fn rounded(microseconds: f64) -> Difference {
    Difference::By(libm::round(microseconds) as i64)
}

#[cfg(test)]
mod tests;
