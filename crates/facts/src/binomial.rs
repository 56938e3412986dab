//! How many of n independent samples lie below a point, exactly: the binomial distribution by its own recurrence, term by term, for small n and
//! large, and never its normal approximation. From it, which order statistics enclose a percentile whatever the distribution is.
//! Not here: the samples ([`Histogram`](crate::Histogram)).

use crate::percentile::Percentile;

/// Which of n sorted samples, counted from one, lie on either side of a percentile of the distribution they come from. `None` where n is too
/// small for any of them to do so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ranks {
    pub lower: Option<u64>,
    pub upper: Option<u64>,
}

/// The ranks for which the sample lies above the percentile, or below it, with a probability of at most `miss` each. No assumption is
/// made on the distribution; where values repeat, the probabilities are smaller still.
pub(crate) fn ranks(at: Percentile, n: u64, miss: f64) -> Ranks {
    let Terms { first, weights } = terms(n, at.share());
    let allowed = weights.iter().sum::<f64>() * miss;
    // The l-th sample exceeds the percentile if fewer than l samples are below it.
    let lower = first + within(weights.iter(), allowed);
    // The u-th sample is below the percentile if at least u samples are.
    let end = first + weights.len() as u64;
    let upper = end - within(weights.iter().rev(), allowed);
    Ranks { lower: (lower > 0).then_some(lower), upper: (upper <= n).then_some(upper) }
}

/// How many terms from this end add up to no more than is allowed.
fn within<'a>(weights: impl Iterator<Item = &'a f64>, allowed: f64) -> u64 {
    let mut sum = 0.0;
    let fitting = weights.take_while(|weight| {
        sum += *weight;
        sum <= allowed
    });
    fitting.count() as u64
}

/// The probabilities of `first`, `first + 1`, … successes, as multiples of the largest.
struct Terms {
    first: u64,
    weights: Vec<f64>,
}

/// The terms of the binomial distribution that are not smaller than the largest by a factor of 10^20; the others change no digit of
/// a sum. There are at most about twenty standard deviations of them.
fn terms(n: u64, p: f64) -> Terms {
    const NEGLIGIBLE: f64 = 1e-20;
    let odds = p / (1.0 - p);
    let mode = mode(n, p);
    let mut weights = Vec::new();
    let (mut at, mut weight) = (mode, 1.0);
    while weight > NEGLIGIBLE {
        weights.push(weight);
        if at == 0 {
            break;
        }
        weight *= at as f64 / ((n - at + 1) as f64 * odds);
        at -= 1;
    }
    let first = mode + 1 - weights.len() as u64;
    weights.reverse();
    (at, weight) = (mode, 1.0);
    while at < n {
        weight *= (n - at) as f64 * odds / (at + 1) as f64;
        if weight <= NEGLIGIBLE {
            break;
        }
        weights.push(weight);
        at += 1;
    }
    Terms { first, weights }
}

/// The most likely number of successes, or its neighbour: a place to start from, where no term is negligible.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number between 0 and n + 1, cut to a whole one"
)]
fn mode(n: u64, p: f64) -> u64 {
    (((n + 1) as f64 * p) as u64).min(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same sums in another order of operations: each probability by itself, from logarithms of factorials.
    fn by_logarithms(n: u64, p: f64) -> Vec<f64> {
        let mut factorials = vec![0.0_f64];
        for k in 1..=n {
            factorials.push(factorials[factorials.len() - 1] + (k as f64).ln());
        }
        let of = |k: u64| factorials[usize::try_from(k).expect("small")];
        (0..=n)
            .map(|k| (of(n) - of(k) - of(n - k) + k as f64 * p.ln() + (n - k) as f64 * (1.0 - p).ln()).exp())
            .collect()
    }

    #[test]
    fn terms_are_the_binomial_probabilities() {
        for n in [0, 1, 2, 10, 299, 5_000] {
            for p in [0.000_1, 0.25, 0.5, 0.99, 0.999] {
                let expected = by_logarithms(n, p);
                let Terms { first, weights } = terms(n, p);
                let total: f64 = weights.iter().sum();
                for (k, expected) in (0..=n).zip(expected) {
                    let place = k.checked_sub(first).and_then(|place| usize::try_from(place).ok());
                    let found = place.and_then(|place| weights.get(place)).map_or(0.0, |weight| weight / total);
                    assert!((found - expected).abs() < 1e-11, "{k} of {n} at {p}: {found}, expected {expected}");
                }
            }
        }
    }

    /// The definition, tried on every rank.
    #[test]
    fn ranks_are_the_closest_that_are_safe() {
        for n in [0_u64, 1, 5, 6, 20, 58, 59, 100, 298, 299, 367, 368, 1_000, 3_000] {
            for at in [Percentile::P50, Percentile::P90, Percentile::P99, Percentile::P99_9] {
                for miss in [0.025, 0.05] {
                    let probabilities = by_logarithms(n, at.share());
                    let below =
                        |rank: u64| probabilities.iter().take(usize::try_from(rank).expect("small")).sum::<f64>();
                    let lower = (1..=n).rev().find(|&rank| below(rank) <= miss);
                    let upper = (1..=n).find(|&rank| 1.0 - below(rank) <= miss);
                    assert_eq!(ranks(at, n, miss), Ranks { lower, upper }, "{at}, {n}, {miss}");
                }
            }
        }
    }

    /// Intervals for the median as tables of the sign test print them.
    #[test]
    fn printed_tables() {
        for (n, lower, upper) in [(6, 1, 6), (10, 2, 9), (20, 6, 15), (50, 18, 33), (100, 40, 61)] {
            let found = ranks(Percentile::P50, n, 0.025);
            assert_eq!(found, Ranks { lower: Some(lower), upper: Some(upper) }, "{n}");
        }
        assert_eq!(ranks(Percentile::P50, 5, 0.025), Ranks { lower: None, upper: None });
    }

    /// In a large sample they lie where the normal approximation says, nearly.
    #[test]
    fn large_samples() {
        for n in [1_000_000_u64, 100_000_000] {
            for at in [Percentile::P50, Percentile::P99_9] {
                let (n_real, p) = (n as f64, at.share());
                let spread = 1.96 * (n_real * p * (1.0 - p)).sqrt();
                let Ranks { lower, upper } = ranks(at, n, 0.025);
                let near = |rank: Option<u64>, expected: f64| {
                    (rank.expect("enough samples") as f64 - expected).abs() < 3.0 + spread / 100.0
                };
                assert!(near(lower, n_real * p - spread) && near(upper, n_real * p + spread), "{lower:?}, {upper:?}");
            }
        }
    }
}
