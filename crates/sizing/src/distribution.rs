//! What an interval with a confidence says, as a distribution: of `low` to `high` with 90 %, 5 % lie below `low` and 5 % above `high`, to the last digit.
//! Not here: which quantities there are, and chance.
//!
//! - Without `mid`: the gamma distribution through both ends; it is above zero and leans to the right, as demand does. Where the ends are so near or so
//!   far from each other that none of its shapes fits, the lognormal one.
//! - With `mid`: half lies below `mid`, and on each side the logarithm is a half of a normal distribution, so that all three are met however lopsided
//!   they are. A `mid` at an end puts that half on the end itself.
//! - From zero: nothing lies below, so only the upper end is a quantile. The gamma distribution whose half is `mid`; without it, the exponential one.
//!
//! A quantity that may be negative (growth) is stated as what it multiplies by, which is not.

use crate::gamma::{SHAPES, ln_point};

/// Nothing is larger: a thousand million million of anything, and more than the platform has.
pub const CEILING: f64 = 1e18;
/// The confidences that are told apart: what is surer or less sure counts as these.
const CONFIDENCES: (f64, f64) = (0.01, 0.9999);

/// A quantity that is not below zero, and how likely it is how large.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distribution {
    Constant(f64),
    Gamma {
        shape: f64,
        scale: f64,
    },
    /// The logarithm is normal around `ln_mid`, with one deviation below it and one above.
    Lognormal {
        ln_mid: f64,
        below: f64,
        above: f64,
    },
}

impl Distribution {
    /// Ends and middle are taken in order; what is below zero or beyond [`CEILING`] is taken for that.
    pub fn of_interval(low: f64, mid: Option<f64>, high: f64, confidence: f64) -> Self {
        let within = |number: f64| if number.is_nan() { 0.0 } else { number.clamp(0.0, CEILING) };
        let low = within(low);
        let high = within(high).max(low);
        let mid = mid.map(|mid| within(mid).clamp(low, high));
        let confidence = if confidence.is_nan() { 0.5 } else { confidence.clamp(CONFIDENCES.0, CONFIDENCES.1) };
        let upper = f64::midpoint(1.0, confidence);
        if high <= low {
            return Self::Constant(low);
        }
        let reach = normal_point(upper);
        let halves = |low: f64, mid: f64| Self::Lognormal {
            ln_mid: libm::log(mid),
            below: libm::log(mid / low) / reach,
            above: libm::log(high / mid) / reach,
        };
        match mid {
            Some(mid) if low > 0.0 => halves(low, mid),
            Some(mid) if mid > 0.0 && mid < high => {
                gamma_through((mid, 0.5), (high, upper)).unwrap_or_else(|| halves(mid * mid / high, mid))
            }
            None if low > 0.0 => gamma_through((low, 1.0 - upper), (high, upper))
                .unwrap_or_else(|| halves(low, libm::sqrt(low) * libm::sqrt(high))),
            _ => Self::Gamma { shape: 1.0, scale: high / libm::exp(ln_point(1.0, upper)) },
        }
    }

    /// The quantity that this share of all cases does not exceed; the share lies strictly between 0 and 1.
    pub fn quantile(&self, share: f64) -> f64 {
        let value = match *self {
            Self::Constant(value) => value,
            Self::Gamma { shape, scale } => scale * libm::exp(ln_point(shape, share)),
            Self::Lognormal { ln_mid, below, above } => {
                let z = normal_point(share);
                libm::exp(ln_mid + z * if z < 0.0 { below } else { above })
            }
        };
        value.min(CEILING)
    }
}

/// The gamma distribution with these two quantiles, if one of the known shapes has them: the further apart they are, the smaller its shape. Regula falsi
/// (Illinois) on logarithms, along which it is nearly a straight line.
fn gamma_through(one: (f64, f64), other: (f64, f64)) -> Option<Distribution> {
    const MOST_STEPS: u32 = 100;
    const ENOUGH: f64 = 1e-13;
    let aim = libm::log(libm::log(other.0 / one.0));
    let apart = |ln_shape: f64| {
        let shape = libm::exp(ln_shape);
        libm::log(ln_point(shape, other.1) - ln_point(shape, one.1)) - aim
    };
    let (mut low, mut high) = (libm::log(SHAPES.0), libm::log(SHAPES.1));
    let (mut at_low, mut at_high) = (apart(low), apart(high));
    if !(at_low > 0.0 && at_high < 0.0) {
        return None;
    }
    let mut ln_shape = low;
    let mut last_side = 0;
    for _ in 0..MOST_STEPS {
        ln_shape = (low * at_high - high * at_low) / (at_high - at_low);
        let here = apart(ln_shape);
        if here.abs() < ENOUGH || high - low < ENOUGH {
            break;
        }
        if here > 0.0 {
            (low, at_low) = (ln_shape, here);
            at_high /= if last_side == 1 { 2.0 } else { 1.0 };
            last_side = 1;
        } else {
            (high, at_high) = (ln_shape, here);
            at_low /= if last_side == 2 { 2.0 } else { 1.0 };
            last_side = 2;
        }
    }
    let shape = libm::exp(ln_shape);
    Some(Distribution::Gamma { shape, scale: other.0 / libm::exp(ln_point(shape, other.1)) })
}

/// The point of the standard normal distribution below which this share lies: a start of three digits (Abramowitz and Stegun, 26.2.23) and two steps of
/// Halley's method, each of which triples them.
pub fn normal_point(share: f64) -> f64 {
    const ABOVE: [f64; 3] = [0.010_328, 0.802_853, 2.515_517];
    const BELOW: [f64; 4] = [0.001_308, 0.189_269, 1.432_788, 1.0];
    let tail = share.min(1.0 - share);
    let depth = libm::sqrt(-2.0 * libm::log(tail));
    let value = |coefficients: &[f64]| coefficients.iter().fold(0.0, |sum, coefficient| sum * depth + coefficient);
    // How far out the tail begins: at zero or beyond.
    let mut far = depth - value(&ABOVE) / value(&BELOW);
    for _ in 0..2 {
        let off = 0.5 * libm::erfc(far / std::f64::consts::SQRT_2) - tail;
        let density = libm::exp(-far * far / 2.0) / libm::sqrt(2.0 * std::f64::consts::PI);
        let newton = -off / density;
        far -= newton / (1.0 + far * newton / 2.0);
    }
    if share < 0.5 { -far } else { far }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn normal_points_as_tables_print_them() {
        let cases = [
            (0.5, 0.0),
            (0.75, 0.674_489_750_196_082),
            (0.9, 1.281_551_565_544_6),
            (0.975, 1.959_963_984_540_054),
            (0.999, 3.090_232_306_167_813),
            (0.000_1, -3.719_016_485_455_681),
            (1e-15, -7.941_345_326_170_997),
        ];
        for (share, expected) in cases {
            assert!((normal_point(share) - expected).abs() < 1e-12, "{share}: {}", normal_point(share));
        }
    }

    #[test]
    fn ends_are_quantiles() {
        let cases = [
            (1.0, None, 2.0, 0.9),
            (100.0, None, 100.5, 0.9),
            (1e-9, None, 1e9, 0.9),
            (1.0, None, 1e6, 0.999),
            (1.0, Some(1.5), 10.0, 0.8),
            (1.0, Some(9.0), 10.0, 0.8),
            (0.95, Some(1.05), 1.1, 0.9),
        ];
        for (low, mid, high, confidence) in cases {
            let distribution = Distribution::of_interval(low, mid, high, confidence);
            let tail = (1.0 - confidence) / 2.0;
            for (share, expected) in [(tail, Some(low)), (0.5, mid), (1.0 - tail, Some(high))] {
                let Some(expected) = expected else { continue };
                let got = distribution.quantile(share);
                assert!((got / expected - 1.0).abs() < 1e-9, "{distribution:?}, {share}: {got}, not {expected}");
            }
        }
    }

    #[test]
    fn which_family() {
        let of = |low, mid, high| Distribution::of_interval(low, mid, high, 0.9);
        assert_eq!(of(3.0, None, 3.0), Distribution::Constant(3.0));
        assert!(matches!(of(1.0, None, 5.0), Distribution::Gamma { .. }));
        assert!(matches!(of(100.0, None, 100.1), Distribution::Lognormal { .. }));
        assert!(matches!(of(1.0, Some(2.0), 5.0), Distribution::Lognormal { .. }));
        assert!(matches!(of(0.0, Some(2.0), 5.0), Distribution::Gamma { .. }));
        // P(X < 5) = 0.95 of an exponential distribution: its scale is 5 / ln 20.
        let Distribution::Gamma { shape, scale } = of(0.0, None, 5.0) else { panic!("exponential") };
        assert!((shape - 1.0).abs() < 1e-15 && (scale - 5.0 / 20_f64.ln()).abs() < 1e-12);
        // A middle at the lower end holds half of all cases there.
        let at_end = of(5.0, Some(5.0), 10.0);
        assert_eq!((at_end.quantile(0.001), at_end.quantile(0.5)), (at_end.quantile(0.3), at_end.quantile(0.01)));
    }

    proptest! {
        /// Whatever is stated, from a byte to a thousand petabytes: finite, not negative, and larger where the share is.
        #[test]
        fn nothing_hangs_or_is_no_number(
            exponents in (-12.0_f64..12.0, -12.0_f64..12.0, -12.0_f64..12.0),
            confidence in prop_oneof![Just(1e-12), Just(1.0 - 1e-12), 0.0_f64..1.0],
            has_mid: bool,
            from_zero: bool,
        ) {
            let mut numbers = [exponents.0, exponents.1, exponents.2].map(|exponent| 10_f64.powf(exponent));
            numbers.sort_by(f64::total_cmp);
            let low = if from_zero { 0.0 } else { numbers[0] };
            let distribution = Distribution::of_interval(low, has_mid.then_some(numbers[1]), numbers[2], confidence);
            let mut last = 0.0;
            for step in 1..64 {
                let value = distribution.quantile(f64::from(step) / 64.0);
                prop_assert!(value.is_finite() && value >= last * (1.0 - 1e-12), "{distribution:?}: {value} after {last}");
                last = value;
            }
        }
    }

    #[test]
    fn what_is_out_of_bounds_is_taken_for_the_bound() {
        for bad in [f64::NAN, f64::INFINITY, -1.0, f64::MAX, f64::MIN_POSITIVE] {
            for other in [0.0, 1.0, bad] {
                let distribution = Distribution::of_interval(bad, Some(other), other, bad);
                for share in [1e-16, 0.5, 1.0 - 1e-16] {
                    let value = distribution.quantile(share);
                    assert!((0.0..=CEILING).contains(&value), "{bad}, {other}: {value}");
                }
            }
        }
    }
}
