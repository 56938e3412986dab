//! How long something takes: a mixture of simple shapes, so that a slow tail is a part of its own and not a guess about one curve.
//! What was measured is a shape too, the measured seconds themselves: no curve is fitted to them.
//! Not here: chance itself ([`Luck`](crate::Luck)).

use std::fmt;

use serde::{Deserialize, Serialize};

mod sample;

/// A mixture of shapes, in seconds. Weights sum to one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Part>", into = "Vec<Part>")]
pub struct Delay {
    parts: Vec<Part>,
    /// For each part, what its shape needs at every draw and would otherwise compute again.
    sigmas: Vec<f64>,
}

/// One part of a mixture: how often, and what then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    #[serde(default = "whole")]
    pub weight: f64,
    #[serde(flatten)]
    pub shape: Shape,
}

fn whole() -> f64 {
    1.0
}

/// A shape, in seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    Point(f64),
    Uniform {
        low: f64,
        high: f64,
    },
    Lognormal {
        median: f64,
        p99: f64,
    },
    /// What was measured, in any order as it is read and sorted from then on. A draw is one of these times, each as likely as the others: the plain
    /// steps of the empirical distribution. Straight lines between the steps would give times between 2 s and 60 s where only those
    /// two were ever seen. What is rarer than one in their number is not in it, and no draw is longer than the longest.
    Observed(Vec<f64>),
}

impl Delay {
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Every time taken this many times as long; the factor is positive and finite. The same draw gives the scaled time, to the
    /// microsecond.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        assert!(factor > 0.0 && factor.is_finite(), "a factor on times is positive and finite, not {factor}");
        let parts = self.parts.iter().map(|part| Part { weight: part.weight, shape: part.shape.scaled(factor) });
        Self::of(parts.collect())
    }

    /// Of parts that are in order.
    fn of(parts: Vec<Part>) -> Self {
        let sigmas = parts.iter().map(|part| part.shape.sigma()).collect();
        Self { parts, sigmas }
    }
}

impl TryFrom<Vec<Part>> for Delay {
    type Error = String;

    fn try_from(mut parts: Vec<Part>) -> Result<Self, String> {
        let total: f64 = parts.iter().map(|part| part.weight).sum();
        if parts.is_empty()
            || (total - 1.0).abs() > 1e-9
            || parts.iter().any(|part| part.weight.is_nan() || part.weight <= 0.0)
        {
            return Err(format!("the weights of a delay are positive and sum to 1, not to {total}"));
        }
        for part in &mut parts {
            if let Shape::Observed(seconds) = &mut part.shape {
                seconds.sort_by(f64::total_cmp);
            }
            if !part.shape.is_sound() {
                return Err(format!("`{part}` is not a distribution of seconds"));
            }
        }
        Ok(Self::of(parts))
    }
}

impl From<Delay> for Vec<Part> {
    fn from(delay: Delay) -> Self {
        delay.parts
    }
}

impl Shape {
    /// Whether it is a distribution of finite times that are not negative. What was measured is sorted by now.
    fn is_sound(&self) -> bool {
        let is_time = |seconds: f64| seconds >= 0.0 && seconds.is_finite();
        match self {
            Self::Point(at) => is_time(*at),
            Self::Uniform { low, high } => is_time(*low) && is_time(*high) && low < high,
            Self::Lognormal { median, p99 } => is_time(*median) && is_time(*p99) && 0.0 < *median && median < p99,
            Self::Observed(seconds) => !seconds.is_empty() && seconds.iter().all(|at| is_time(*at)),
        }
    }

    fn scaled(&self, factor: f64) -> Self {
        // Times that would be too long to be finite stay the longest there are: sums and differences of them are still numbers.
        let times = |seconds: f64| (seconds * factor).min(f64::MAX);
        match self {
            Self::Point(at) => Self::Point(times(*at)),
            Self::Uniform { low, high } => Self::Uniform { low: times(*low), high: times(*high) },
            Self::Lognormal { median, p99 } => Self::Lognormal { median: times(*median), p99: times(*p99) },
            Self::Observed(seconds) => Self::Observed(seconds.iter().map(|at| times(*at)).collect()),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shape {
            Shape::Point(at) => write!(f, "{at} s"),
            Shape::Uniform { low, high } => write!(f, "{low} to {high} s"),
            Shape::Lognormal { median, p99 } => write!(f, "median {median} s, p99 {p99} s"),
            Shape::Observed(seconds) => match seconds.as_slice() {
                [] => f.write_str("nothing measured"),
                [only] => write!(f, "n=1 measured: {only} s"),
                [low, .., high] => {
                    // The same order statistic as the 50th percentile: one of the measured times.
                    let median = seconds[(seconds.len() - 1) / 2];
                    write!(f, "n={} measured: median {median} s, {low} to {high} s", seconds.len())
                }
            },
        }
    }
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [part] = self.parts.as_slice() {
            return write!(f, "{part}");
        }
        for (place, part) in self.parts.iter().enumerate() {
            let comma = if place == 0 { "" } else { "; " };
            let share = format!("{:.4}", part.weight * 100.0);
            write!(f, "{comma}{} % {part}", share.trim_end_matches('0').trim_end_matches('.'))?;
        }
        Ok(())
    }
}
