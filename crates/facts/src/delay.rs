//! How long something takes: a mixture of simple shapes, so that a slow tail is a part of its own and not a guess about one curve.
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
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Part {
    #[serde(default = "whole")]
    pub weight: f64,
    #[serde(flatten)]
    pub shape: Shape,
}

fn whole() -> f64 {
    1.0
}

/// A shape with at most two parameters, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    Point(f64),
    Uniform { low: f64, high: f64 },
    Lognormal { median: f64, p99: f64 },
}

impl Delay {
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }
}

impl TryFrom<Vec<Part>> for Delay {
    type Error = String;

    fn try_from(parts: Vec<Part>) -> Result<Self, String> {
        let total: f64 = parts.iter().map(|part| part.weight).sum();
        if parts.is_empty()
            || (total - 1.0).abs() > 1e-9
            || parts.iter().any(|part| part.weight.is_nan() || part.weight <= 0.0)
        {
            return Err(format!("the weights of a delay are positive and sum to 1, not to {total}"));
        }
        for part in &parts {
            let fits = match part.shape {
                Shape::Point(at) => at >= 0.0,
                Shape::Uniform { low, high } => 0.0 <= low && low < high,
                Shape::Lognormal { median, p99 } => 0.0 < median && median < p99,
            };
            if !fits || !part.is_finite() {
                return Err(format!("`{part}` is not a distribution of seconds"));
            }
        }
        let sigmas = parts.iter().map(|part| part.shape.sigma()).collect();
        Ok(Self { parts, sigmas })
    }
}

impl From<Delay> for Vec<Part> {
    fn from(delay: Delay) -> Self {
        delay.parts
    }
}

impl Part {
    fn is_finite(&self) -> bool {
        match self.shape {
            Shape::Point(at) => at.is_finite(),
            Shape::Uniform { low, high } => low.is_finite() && high.is_finite(),
            Shape::Lognormal { median, p99 } => median.is_finite() && p99.is_finite(),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.shape {
            Shape::Point(at) => write!(f, "{at} s"),
            Shape::Uniform { low, high } => write!(f, "{low} to {high} s"),
            Shape::Lognormal { median, p99 } => write!(f, "median {median} s, p99 {p99} s"),
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
            write!(f, "{comma}{:.4}% {part}", part.weight * 100.0)?;
        }
        Ok(())
    }
}
