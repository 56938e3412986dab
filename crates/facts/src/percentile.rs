//! Which share of the trials a figure covers: p50, p99, p99.9. Not here: the figure ([`Histogram`](crate::Histogram)).

use std::fmt;

/// A share strictly between none and all, in whole millionths, so that its rank among n samples is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percentile(u32);

const WHOLE: u32 = 1_000_000;

impl Percentile {
    pub const P50: Self = Self(500_000);
    pub const P90: Self = Self(900_000);
    pub const P95: Self = Self(950_000);
    pub const P99: Self = Self(990_000);
    pub const P99_9: Self = Self(999_000);
    pub const P99_99: Self = Self(999_900);

    /// So many millionths, if that is more than none and less than all.
    pub const fn of_millionths(millionths: u32) -> Option<Self> {
        if 0 < millionths && millionths < WHOLE { Some(Self(millionths)) } else { None }
    }

    /// The share, between 0 and 1.
    pub fn share(self) -> f64 {
        f64::from(self.0) / f64::from(WHOLE)
    }

    /// The smallest of some sorted samples that at least this share of them does not exceed. `None` without samples.
    pub fn of<T>(self, sorted: &[T]) -> Option<&T> {
        let rank = self.rank(sorted.len() as u64);
        let place = usize::try_from(rank).expect("a rank is at most the number of samples");
        sorted.get(place.checked_sub(1)?)
    }

    /// The place, from one, of the smallest of `n` sorted samples that at least this share of them does not exceed.
    pub(crate) fn rank(self, n: u64) -> u64 {
        let rank = (u128::from(n) * u128::from(self.0)).div_ceil(u128::from(WHOLE));
        u64::try_from(rank).expect("a share of n is at most n")
    }
}

impl fmt::Display for Percentile {
    /// `p99.9`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 10_000, self.0 % 10_000);
        if rest == 0 {
            return f.pad(&format!("p{whole}"));
        }
        f.pad(&format!("p{whole}.{}", format!("{rest:04}").trim_end_matches('0')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_exact() {
        let cases = [
            (Percentile::P50, 1, 1),
            (Percentile::P50, 2, 1),
            (Percentile::P50, 3, 2),
            (Percentile::P99, 100, 99),
            (Percentile::P99, 101, 100),
            (Percentile::P99_9, 3_000, 2_997),
            (Percentile::P99_9, u64::MAX, 18_428_297_329_635_842_064),
        ];
        for (at, n, expected) in cases {
            assert_eq!(at.rank(n), expected, "{at} of {n}");
        }
    }

    #[test]
    fn shown_as_people_say_it() {
        for (at, text) in [(Percentile::P50, "p50"), (Percentile::P99_9, "p99.9"), (Percentile::P99_99, "p99.99")] {
            assert_eq!(at.to_string(), text);
        }
        assert_eq!(Percentile::of_millionths(25_000).expect("a share").to_string(), "p2.5");
        assert_eq!((Percentile::of_millionths(0), Percentile::of_millionths(1_000_000)), (None, None));
    }
}
