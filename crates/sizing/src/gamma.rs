//! The gamma distribution of scale 1: the share below a point, and the point below which a share lies. Plain arithmetic and `libm`, so that every machine
//! gives the same bits. Logarithms throughout: no share and no point is too small to be told from zero.
//! Not here: which gamma distribution an interval stands for.

/// Shapes that these functions are right for. Below, a tenth of the mass lies beneath 10^-50 of the mean; above, it is a normal distribution of a hundredth.
pub const SHAPES: (f64, f64) = (0.02, 1e4);

/// Terms of a series or a fraction, which for these shapes end after a few hundred.
const MOST_TERMS: u32 = 10_000;
/// Steps towards a point, which Newton's method takes four to eight of.
const MOST_STEPS: u32 = 200;
/// What one more term or step may still change, relatively.
const ENOUGH: f64 = 1e-15;

/// Logarithm of the density of ln x times x, which is the slope of the share along ln x: x^shape e^-x / Γ(shape).
fn ln_slope(shape: f64, ln_x: f64) -> f64 {
    shape * ln_x - libm::exp(ln_x) - libm::lgamma(shape)
}

/// Logarithms of the shares below and above the point whose logarithm is given.
pub fn ln_shares(shape: f64, ln_x: f64) -> (f64, f64) {
    let x = libm::exp(ln_x);
    if x < shape + 1.0 {
        let below = ln_slope(shape, ln_x) + libm::log(series(shape, x));
        (below, ln_rest(below))
    } else {
        let above = ln_slope(shape, ln_x) + libm::log(fraction(shape, x));
        (ln_rest(above), above)
    }
}

/// ln(1 - e^part) for a part of at most all.
fn ln_rest(part: f64) -> f64 {
    libm::log(-libm::expm1(part.min(0.0)))
}

/// 1/a + x/(a(a+1)) + x²/(a(a+1)(a+2)) + …
fn series(shape: f64, x: f64) -> f64 {
    let mut term = 1.0 / shape;
    let mut sum = term;
    let mut under = shape;
    for _ in 0..MOST_TERMS {
        under += 1.0;
        term *= x / under;
        sum += term;
        if term < sum * ENOUGH {
            break;
        }
    }
    sum
}

/// The continued fraction of the upper share, from its front (Lentz).
fn fraction(shape: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let nonzero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut under = x + 1.0 - shape;
    let mut above = 1.0 / TINY;
    let mut below = 1.0 / nonzero(under);
    let mut result = below;
    for term in 1..=MOST_TERMS {
        let term = f64::from(term);
        let over = -term * (term - shape);
        under += 2.0;
        below = 1.0 / nonzero(over * below + under);
        above = nonzero(under + over / above);
        let change = below * above;
        result *= change;
        if (change - 1.0).abs() < ENOUGH {
            break;
        }
    }
    result
}

/// Logarithm of the point below which this part lies, strictly between 0 and 1: Newton's method on the logarithm of the smaller side, kept between bounds
/// that halve where it leaves them.
pub fn ln_point(shape: f64, part: f64) -> f64 {
    const SPREAD: f64 = 13.0;
    const REACH: f64 = 100.0;
    // The share below x is at most x^a / Γ(a+1), whose logarithm is this straight line.
    let mut low = (libm::log(part) + libm::lgamma(shape + 1.0)) / shape;
    let mut high = libm::log(shape + SPREAD * libm::sqrt(shape) + REACH).max(low);
    let below = part <= 0.5;
    let aim = if below { libm::log(part) } else { libm::log1p(-part) };
    let mut ln_x = low.max(libm::log(shape)).min(high);
    if below && shape < 1.0 {
        ln_x = low;
    }
    for _ in 0..MOST_STEPS {
        let (ln_below, ln_above) = ln_shares(shape, ln_x);
        let (here, sign) = if below { (ln_below, 1.0) } else { (ln_above, -1.0) };
        let off = (here - aim) * sign;
        if off > 0.0 {
            high = ln_x;
        } else {
            low = ln_x;
        }
        let slope = libm::exp(ln_slope(shape, ln_x) - here);
        let mut next = ln_x - off / slope;
        if !(next > low && next < high) {
            next = f64::midpoint(low, high);
        }
        let step = (next - ln_x).abs();
        ln_x = next;
        if step <= ENOUGH * ln_x.abs().max(1.0) {
            break;
        }
    }
    ln_x
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARES: [f64; 9] = [1e-12, 1e-4, 0.05, 0.3, 0.5, 0.7, 0.95, 0.9999, 1.0 - 1e-12];

    fn relative(got: f64, expected: f64, what: &str) {
        assert!((got / expected - 1.0).abs() < 1e-10, "{what}: {got}, not {expected}");
    }

    /// With shape 1 it is the exponential distribution, and with 1/2 half of the square of a normal one, whose points tables print.
    #[test]
    fn known_points() {
        for share in SHARES {
            relative(libm::exp(ln_point(1.0, share)), -libm::log1p(-share), "exponential");
        }
        for (share, z) in [(0.95, 1.959_963_984_540_054), (0.99, 2.575_829_303_548_901), (0.5, 0.674_489_750_196_081_7)]
        {
            relative(libm::exp(ln_point(0.5, share)), z * z / 2.0, "chi square");
        }
        for x in [0.1, 1.0, 5.0, 30.0] {
            let above = libm::exp(ln_shares(3.0, libm::log(x)).1);
            relative(above, libm::exp(-x) * (1.0 + x + x * x / 2.0), "Erlang of 3");
        }
    }

    /// Against the integral of the density by Simpson's rule along ln x, which shares nothing with series and fraction.
    #[test]
    fn the_area_under_the_curve() {
        for shape in [0.05, 0.3, 0.99, 1.0, 2.5, 40.0, 900.0, 9_000.0] {
            for share in [0.001, 0.05, 0.5, 0.9, 0.999] {
                let end = ln_point(shape, share);
                let start = ((-45.0 + libm::lgamma(shape + 1.0)) / shape).max(end - 60.0 / shape.min(1.0) - 20.0);
                let start = if shape > 10.0 { end.min(libm::log(shape)) - 30.0 / libm::sqrt(shape) } else { start };
                let steps = 20_000_u32;
                let width = (end - start) / f64::from(steps);
                let area: f64 = (0..=steps)
                    .map(|step| {
                        let weight = if step == 0 || step == steps { 1.0 } else { 2.0 + 2.0 * f64::from(step % 2) };
                        weight * libm::exp(ln_slope(shape, start + f64::from(step) * width))
                    })
                    .sum::<f64>()
                    * width
                    / 3.0;
                assert!((area / share - 1.0).abs() < 1e-7, "{shape}, {share}: {area}");
            }
        }
    }

    /// There and back, and further along where the share is larger, from one end of the shapes to the other.
    #[test]
    fn there_and_back() {
        let shapes = (0..60).map(|step| SHAPES.0 * libm::pow(SHAPES.1 / SHAPES.0, f64::from(step) / 59.0));
        for shape in shapes {
            let mut last = f64::NEG_INFINITY;
            for share in SHARES {
                let point = ln_point(shape, share);
                assert!(point > last && point.is_finite(), "{shape}, {share}: {point} after {last}");
                last = point;
                let (below, above) = ln_shares(shape, point);
                let (got, expected) =
                    if share <= 0.5 { (libm::exp(below), share) } else { (libm::exp(above), 1.0 - share) };
                assert!((got / expected - 1.0).abs() < 1e-9, "{shape}, {share}: {got}");
            }
        }
    }
}
