//! Time in simulations: whole microseconds. Integers add up to the same sum in any order and on any machine, real numbers do not.
//! Not here: how long something takes ([`Delay`](crate::Delay)), and the clock, which nobody reads.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A span of time, or a moment counted from the start of a trial, in whole microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[must_use]
pub struct Microseconds(pub u64);

const PER_SECOND: u64 = 1_000_000;

impl Microseconds {
    pub const ZERO: Self = Self(0);
    pub const MAX: Self = Self(u64::MAX);

    /// So many whole seconds, at most [`Microseconds::MAX`].
    pub const fn whole_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(PER_SECOND))
    }

    /// The nearest microsecond to so many seconds; half a microsecond rounds up. Negative numbers and NaN become zero, and what
    /// is too long becomes [`Microseconds::MAX`].
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of a real number saturates, which is what is meant"
    )]
    pub fn from_seconds(seconds: f64) -> Self {
        Self((seconds * PER_SECOND as f64 + 0.5) as u64)
    }

    pub fn seconds(self) -> f64 {
        self.0 as f64 / PER_SECOND as f64
    }

    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The time from `other` to this, or zero if `other` is later.
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    pub const fn saturating_mul(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }

    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    pub fn checked_mul(self, times: u64) -> Option<Self> {
        self.0.checked_mul(times).map(Self)
    }

    /// The least multiple of a step that is no less, at most [`Microseconds::MAX`]; with a step of zero, the time itself.
    pub const fn round_up(self, step: Self) -> Self {
        if step.0 == 0 { self } else { step.saturating_mul(self.0.div_ceil(step.0)) }
    }

    /// The greatest multiple of a step that is no more; with a step of zero, the time itself.
    pub const fn round_down(self, step: Self) -> Self {
        match self.0.checked_rem(step.0) {
            Some(rest) => Self(self.0 - rest),
            None => self,
        }
    }
}

impl fmt::Display for Microseconds {
    /// Seconds, exactly: `1.25 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / PER_SECOND, self.0 % PER_SECOND);
        if rest == 0 {
            return f.pad(&format!("{whole} s"));
        }
        let digits = format!("{rest:06}");
        f.pad(&format!("{whole}.{} s", digits.trim_end_matches('0')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_whole_microseconds_and_back() {
        let cases = [
            (0.0, 0),
            (1.25, 1_250_000),
            (0.000_000_4, 0),
            (0.000_000_5, 1),
            (36_000.0, 36_000_000_000),
            (-1.0, 0),
            (f64::NAN, 0),
            (f64::INFINITY, u64::MAX),
            (1e300, u64::MAX),
        ];
        for (seconds, expected) in cases {
            assert_eq!(Microseconds::from_seconds(seconds), Microseconds(expected), "{seconds}");
        }
        assert_eq!(Microseconds(1_250_000).seconds().to_bits(), 1.25f64.to_bits());
        assert_eq!(Microseconds::whole_seconds(3), Microseconds(3_000_000));
    }

    #[test]
    fn sums_stop_at_the_ends() {
        let (one, two) = (Microseconds(1), Microseconds(2));
        assert_eq!(Microseconds::MAX.saturating_add(one), Microseconds::MAX);
        assert_eq!(Microseconds::MAX.checked_add(one), None);
        assert_eq!(one.saturating_sub(two), Microseconds::ZERO);
        assert_eq!(one.checked_sub(two), None);
        assert_eq!(two.checked_sub(one), Some(one));
        assert_eq!(Microseconds::MAX.saturating_mul(2), Microseconds::MAX);
        assert_eq!(Microseconds::MAX.checked_mul(2), None);
        assert_eq!(two.checked_mul(2), Some(Microseconds(4)));
        assert_eq!(Microseconds::whole_seconds(u64::MAX), Microseconds::MAX);
    }

    #[test]
    fn steps_round_up_and_down() {
        let tick = Microseconds(4_000);
        for (time, up, down) in [(0, 0, 0), (1, 4_000, 0), (4_000, 4_000, 4_000), (8_001, 12_000, 8_000)] {
            let time = Microseconds(time);
            assert_eq!((time.round_up(tick), time.round_down(tick)), (Microseconds(up), Microseconds(down)), "{time}");
            assert_eq!((time.round_up(Microseconds::ZERO), time.round_down(Microseconds::ZERO)), (time, time));
        }
        assert_eq!(Microseconds::MAX.round_up(tick), Microseconds::MAX, "the next multiple is too long");
    }

    #[test]
    fn shown_as_seconds() {
        let cases =
            [(0, "0 s"), (1, "0.000001 s"), (1_250_000, "1.25 s"), (61_000_000, "61 s"), (1_000_010, "1.00001 s")];
        for (time, expected) in cases {
            assert_eq!(Microseconds(time).to_string(), expected);
        }
        assert_eq!(format!("{:>8}", Microseconds(2_500_000)), "   2.5 s");
    }
}
