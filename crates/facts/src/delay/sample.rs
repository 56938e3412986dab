//! Delays drawn, and what can be said of them without drawing: the share within a time, percentiles, the least and the most.
//! Not here: which delays there are, and chance itself ([`Luck`](crate::Luck)).
//!
//! Everything is in functions that give the same bits on every platform; the standard library's `ln` and `exp` do not.

use super::{Delay, Shape};
use crate::microseconds::Microseconds;
use crate::normal::{Z99, point_of, share_below};
use crate::percentile::Percentile;
use crate::random::Draw;

impl Delay {
    /// The delay that this draw stands for: its first number chooses the part, its second the place in the part, from short to long. A larger second
    /// number never gives a shorter delay from the same part, so that equal luck is comparable luck, whatever the parameters.
    pub fn sample(&self, draw: Draw) -> Microseconds {
        let mut left = draw.first();
        let chosen = self.parts.iter().position(|part| {
            left -= part.weight;
            left < 0.0
        });
        // Weights that add up to a little less than one leave the rest to the last part.
        let chosen = chosen.unwrap_or(self.parts.len() - 1);
        self.parts[chosen].shape.at(draw.second(), self.sigmas[chosen])
    }

    /// The share of samples that are at most this long.
    pub fn share_within(&self, limit: Microseconds) -> f64 {
        let shares = self.parts.iter().map(|part| part.weight * part.shape.share_within(limit));
        // Weights add up to one only nearly.
        let weights: f64 = self.parts.iter().map(|part| part.weight).sum();
        shares.sum::<f64>() / weights
    }

    /// The shortest time within which at least this share of samples lies.
    pub fn percentile(&self, at: Percentile) -> Microseconds {
        let reaches = |limit: u64| self.share_within(Microseconds(limit)) >= at.share();
        let (mut short, mut long) = (0, 1);
        while long < u64::MAX && !reaches(long) {
            short = long;
            long = long.saturating_mul(2);
        }
        if reaches(short) {
            return Microseconds(short);
        }
        while long - short > 1 {
            let middle = short + (long - short) / 2;
            if reaches(middle) {
                long = middle;
            } else {
                short = middle;
            }
        }
        Microseconds(long)
    }

    /// The 95th percentile: what is longer is the delay's tail.
    pub fn tail_from(&self) -> Microseconds {
        self.percentile(Percentile::P95)
    }

    /// No sample is shorter.
    pub fn least(&self) -> Microseconds {
        self.parts.iter().map(|part| part.shape.least()).min().expect("a delay has at least one part")
    }

    /// No sample is longer; `None` if a part has a tail without end.
    pub fn most(&self) -> Option<Microseconds> {
        self.parts.iter().map(|part| part.shape.most()).try_fold(Microseconds::ZERO, |most, part| Some(most.max(part?)))
    }
}

impl Shape {
    /// The delay below which this share lies, strictly between 0 and 1.
    fn at(&self, share: f64, sigma: f64) -> Microseconds {
        Microseconds::from_seconds(match self {
            Self::Point(at) => *at,
            Self::Uniform { low, high } => (low + (high - low) * share).min(*high),
            Self::Lognormal { median, .. } => median * libm::exp(sigma * point_of(share)),
            Self::Observed(seconds) => seconds[step(share, seconds.len())],
        })
    }

    /// The share of samples, each rounded to a microsecond, that are at most this long.
    fn share_within(&self, limit: Microseconds) -> f64 {
        let seconds = (limit.0 as f64 + 0.5) / 1e6;
        match self {
            Self::Point(at) => f64::from(u8::from(Microseconds::from_seconds(*at) <= limit)),
            Self::Uniform { low, high } => ((seconds - low) / (high - low)).clamp(0.0, 1.0),
            Self::Lognormal { median, .. } => share_below(libm::log(seconds / median) / self.sigma()),
            Self::Observed(measured) => {
                let within = measured.partition_point(|at| Microseconds::from_seconds(*at) <= limit);
                within as f64 / measured.len() as f64
            }
        }
    }

    /// The standard deviation of the logarithm of a lognormal delay; zero for other shapes.
    pub(super) fn sigma(&self) -> f64 {
        match self {
            Self::Lognormal { median, p99 } => libm::log(p99 / median) / Z99,
            Self::Point(_) | Self::Uniform { .. } | Self::Observed(_) => 0.0,
        }
    }

    fn least(&self) -> Microseconds {
        match self {
            Self::Point(at) => Microseconds::from_seconds(*at),
            Self::Uniform { low, .. } => Microseconds::from_seconds(*low),
            Self::Lognormal { .. } => Microseconds::ZERO,
            Self::Observed(seconds) => Microseconds::from_seconds(seconds[0]),
        }
    }

    fn most(&self) -> Option<Microseconds> {
        match self {
            Self::Point(at) => Some(Microseconds::from_seconds(*at)),
            Self::Uniform { high, .. } => Some(Microseconds::from_seconds(*high)),
            Self::Lognormal { .. } => None,
            Self::Observed(seconds) => Some(Microseconds::from_seconds(seconds[seconds.len() - 1])),
        }
    }
}

/// The step of so many equal ones, from zero, in which this share between 0 and 1 lies.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative, and what rounds up to the number of steps is in the last"
)]
fn step(share: f64, steps: usize) -> usize {
    ((share * steps as f64) as usize).min(steps - 1)
}

#[cfg(test)]
mod tests;
