//! How far off a value may be: two factors around one, within which the truth is believed to lie.
//! Not here: which facts carry one (`parse` and `catalog` say who may), and what is tried within it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::fact::{Status, Unit};

/// Factors on the whole of a fact's value, such as on every time of a distribution at once: the truth is believed to lie between `low` times and `high`
/// times what is stated. `0.001 <= low <= 1 <= high <= 1000`: who is off by more than that knows nothing, and says so with several values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Ends")]
pub struct Range {
    low: f64,
    high: f64,
}

/// A range as it is written, not yet held against its rule.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ends {
    low: f64,
    high: f64,
}

impl Range {
    /// The least that `low` and the most that `high` may be.
    pub const WIDEST: (f64, f64) = (0.001, 1000.0);

    /// Fails, with what to write instead, unless both are on their side of one.
    pub fn new(low: f64, high: f64) -> Result<Self, String> {
        let (least, most) = Self::WIDEST;
        if (least..=1.0).contains(&low) && (1.0..=most).contains(&high) {
            return Ok(Self { low, high });
        }
        Err(format!(
            "`{low}` to `{high}` is no range of factors: `low` is from {least} to 1 and `high` from 1 to {most}, such as `{{ low = 0.5, high = 2.0 }}`"
        ))
    }

    /// At most one.
    pub fn low(self) -> f64 {
        self.low
    }

    /// At least one.
    pub fn high(self) -> f64 {
        self.high
    }

    /// Why a fact of this unit and status cannot have a range; `None` if it can.
    pub(crate) fn misfit(unit: &Unit, status: Status) -> Option<String> {
        let is_scale = match unit {
            Unit::Delay => true,
            Unit::Number(unit) => unit == "seconds" || unit == "ratio",
            Unit::Bool | Unit::Choice | Unit::Names | Unit::Cidrs | Unit::Count(_) => false,
        };
        if !is_scale {
            let unit = unit.word();
            return Some(format!("a range belongs to a delay, to seconds or to a ratio, not to a fact in `{unit}`"));
        }
        match status {
            Status::Assumed | Status::Reported | Status::Observed => None,
            Status::Documented | Status::Confirmed => Some(format!(
                "a range belongs to what is assumed, reported or observed: a {status} value is taken as it is"
            )),
            Status::Conflicting | Status::Unknown => Some(format!(
                "a range belongs to what is assumed, reported or observed: the values of a fact that is {status} say how far they reach"
            )),
        }
    }
}

impl TryFrom<Ends> for Range {
    type Error = String;

    fn try_from(ends: Ends) -> Result<Self, String> {
        Self::new(ends.low, ends.high)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {} times", self.low, self.high)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_lies_within_every_range() {
        for (low, high) in [(0.5, 2.0), (1.0, 1.0), (0.001, 1000.0)] {
            assert!(Range::new(low, high).is_ok(), "{low} {high}");
        }
        for (low, high) in
            [(1.1, 2.0), (0.5, 0.9), (0.0, 2.0), (-1.0, 2.0), (0.5, 1001.0), (f64::NAN, 2.0), (0.5, f64::NAN)]
        {
            assert!(Range::new(low, high).is_err(), "{low} {high}");
        }
        assert_eq!(Range::new(0.5, 2.0).expect("a range").to_string(), "0.5 to 2 times");
    }

    proptest! {
        #[test]
        fn what_is_read_would_also_be_made(low in -1.0..3.0, high in -1.0..3.0) {
            let read = serde_json::from_value::<Range>(serde_json::json!({ "low": low, "high": high }));
            prop_assert_eq!(read.ok(), Range::new(low, high).ok());
        }
    }
}
