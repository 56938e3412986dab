//! Samples against curves computed another way: the standard library's functions and numerical integration.

use std::f64::consts::PI;

use proptest::prelude::*;

use super::*;
use crate::delay::Part;
use crate::random::{Luck, Purpose};

fn mixture(parts: &[(f64, Shape)]) -> Delay {
    let parts: Vec<Part> = parts.iter().map(|(weight, shape)| Part { weight: *weight, shape: shape.clone() }).collect();
    Delay::try_from(parts).expect("a delay")
}

/// A fast common part, a slow rare one, and one that always takes the same time.
fn three() -> Delay {
    mixture(&[
        (0.9, Shape::Lognormal { median: 1.5, p99: 9.0 }),
        (0.04, Shape::Uniform { low: 30.0, high: 120.0 }),
        (0.06, Shape::Point(2.0)),
    ])
}

fn samples(delay: &Delay, seed: u64, count: u32) -> Vec<Microseconds> {
    let mut all: Vec<Microseconds> =
        (0..count).map(|trial| delay.sample(Luck { seed, trial }.draw(Purpose(1), 4, 2))).collect();
    all.sort_unstable();
    all
}

/// The share of a delay that lies below so many seconds: Simpson's rule over the density of its logarithm.
fn share_below_seconds(delay: &Delay, seconds: f64) -> f64 {
    let share = |shape: &Shape| match *shape {
        Shape::Point(at) => f64::from(u8::from(at <= seconds)),
        Shape::Observed(ref all) => all.iter().filter(|at| **at <= seconds).count() as f64 / all.len() as f64,
        Shape::Uniform { low, high } => ((seconds - low) / (high - low)).clamp(0.0, 1.0),
        Shape::Lognormal { median, p99 } => {
            let z = (seconds / median).ln() / ((p99 / median).ln() / 2.326_347_874_040_840_8);
            let steps = 1_000_u32;
            let (start, end) = (-10.0, z.clamp(-10.0, 10.0));
            let width = (end - start) / f64::from(steps);
            let heights = (0..=steps).map(|step| {
                let x: f64 = start + f64::from(step) * width;
                let weight = if step == 0 || step == steps { 1.0 } else { 2.0 + 2.0 * f64::from(step % 2) };
                weight * (-x * x / 2.0).exp() / (2.0 * PI).sqrt()
            });
            heights.sum::<f64>() * width / 3.0
        }
    };
    delay.parts().iter().map(|part| part.weight * share(&part.shape)).sum()
}

/// The largest distance between the samples' distribution and the curve, at and just below some hundreds of the samples.
fn distance(delay: &Delay, sorted: &[Microseconds]) -> f64 {
    let n = sorted.len() as f64;
    let mut worst: f64 = 0.0;
    for at in sorted.iter().step_by(1 + sorted.len() / 300) {
        let below = sorted.partition_point(|sample| sample < at) as f64 / n;
        let upto = sorted.partition_point(|sample| sample <= at) as f64 / n;
        let seconds = at.0 as f64 / 1e6;
        worst = worst.max((upto - share_below_seconds(delay, seconds + 5e-7)).abs());
        worst = worst.max((below - share_below_seconds(delay, seconds - 5e-7)).abs());
    }
    worst
}

/// The bound of Dvoretzky, Kiefer, Wolfowitz and Massart on that distance, missed once in 10^9: it holds for every distribution.
fn bound(n: usize) -> f64 {
    (2e9_f64.ln() / (2.0 * n as f64)).sqrt()
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        (0_u32..5_000_000).prop_map(|at| Shape::Point(f64::from(at) / 1e3)),
        (0.0..100.0, 0.001..1000.0).prop_map(|(low, width)| Shape::Uniform { low, high: low + width }),
        (0.0001..1000.0, 1.01..50.0).prop_map(|(median, times)| Shape::Lognormal { median, p99: median * times }),
        prop::collection::vec(0_u32..5_000_000, 1..40)
            .prop_map(|all| Shape::Observed(all.into_iter().map(|at| f64::from(at) / 1e3).collect())),
    ]
}

fn delay() -> impl Strategy<Value = Delay> {
    prop::collection::vec((1_u32..1_000, shape()), 1..5).prop_map(|parts| {
        let total: u32 = parts.iter().map(|(weight, _)| weight).sum();
        let parts: Vec<_> =
            parts.iter().map(|(weight, s)| (f64::from(*weight) / f64::from(total), s.clone())).collect();
        mixture(&parts)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn samples_follow_the_curve(delay in delay(), seed: u64) {
        let sorted = samples(&delay, seed, 1_000);
        let apart = distance(&delay, &sorted);
        prop_assert!(apart < bound(sorted.len()), "{delay}: {apart}");
        prop_assert!(delay.least() <= sorted[0]);
        prop_assert!(delay.most().is_none_or(|most| sorted[sorted.len() - 1] <= most));
    }

    #[test]
    fn percentiles_are_where_the_share_is_reached(delay in delay(), millionths in 1_u32..1_000_000) {
        let at = Percentile::of_millionths(millionths).expect("a share");
        let found = delay.percentile(at);
        prop_assert!(delay.share_within(found) >= at.share());
        prop_assert!(found.0 == 0 || delay.share_within(Microseconds(found.0 - 1)) < at.share());
        let independent = share_below_seconds(&delay, found.0 as f64 / 1e6 + 5e-7);
        prop_assert!((delay.share_within(found) - independent).abs() < 1e-9);
        prop_assert!(delay.least() <= found && delay.most().is_none_or(|most| found <= most));
    }

    #[test]
    fn more_of_the_same_luck_takes_no_less(shape in shape(), a in 1e-15..1.0, b in 1e-15..1.0) {
        let (less, more) = if a < b { (a, b) } else { (b, a) };
        let delay = mixture(&[(1.0, shape)]);
        let shape = &delay.parts()[0].shape;
        prop_assert!(shape.at(less, shape.sigma()) <= shape.at(more, shape.sigma()));
    }

    #[test]
    fn the_same_draw_gives_the_scaled_time(delay in delay(), factor in 0.01..100.0, seed: u64, trial: u32) {
        let draw = Luck { seed, trial }.draw(Purpose(1), 4, 2);
        let (plain, scaled) = (delay.sample(draw), delay.scaled(factor).sample(draw));
        // Each is rounded to a microsecond once, the plain one before it is multiplied here.
        let bound = 0.5 + 0.5 * factor + 1e-9 * scaled.0 as f64;
        prop_assert!((plain.0 as f64 * factor - scaled.0 as f64).abs() <= bound, "{plain} × {factor} is {scaled}");
    }

    #[test]
    fn what_is_said_of_a_scaled_delay_is_scaled(delay in delay(), factor in 0.01..100.0) {
        let scaled = delay.scaled(factor);
        let near = |a: Microseconds, b: Microseconds| {
            (a.0 as f64 * factor - b.0 as f64).abs() <= 2.0 + 2.0 * factor + 1e-9 * b.0 as f64
        };
        prop_assert!(near(delay.least(), scaled.least()));
        prop_assert_eq!(delay.most().is_some(), scaled.most().is_some());
        prop_assert!(delay.most().zip(scaled.most()).is_none_or(|(a, b)| near(a, b)));
        // A scaled delay is still one that a file could hold.
        let text = serde_json::to_string(&scaled).expect("a delay is data");
        prop_assert!(serde_json::from_str::<Delay>(&text).is_ok(), "{}", text);
    }
}

#[test]
fn many_samples_follow_the_curve_closely() {
    let sorted = samples(&three(), 1, 100_000);
    assert!(distance(&three(), &sorted) < bound(sorted.len()));
}

/// Half of the samples within the median, 99 of 100 within the p99: what the two parameters say.
#[test]
fn parameters_mean_what_they_say() {
    let delay = mixture(&[(1.0, Shape::Lognormal { median: 1.5, p99: 9.0 })]);
    let within = |seconds| delay.share_within(Microseconds::whole_seconds(seconds));
    assert!((within(9) - 0.99).abs() < 1e-8, "{}", within(9));
    assert_eq!(delay.percentile(Percentile::P50), Microseconds(1_500_000));
    assert_eq!(delay.percentile(Percentile::P99), Microseconds(9_000_000));
    let even = mixture(&[(1.0, Shape::Uniform { low: 1.0, high: 2.0 })]);
    assert_eq!(even.percentile(Percentile::P90), Microseconds(1_900_000));
    assert_eq!((even.least(), even.most()), (Microseconds(1_000_000), Some(Microseconds(2_000_000))));
    let fixed = mixture(&[(1.0, Shape::Point(0.0))]);
    assert_eq!((fixed.percentile(Percentile::P99_9), fixed.most()), (Microseconds::ZERO, Some(Microseconds::ZERO)));
    assert_eq!((three().least(), three().most()), (Microseconds::ZERO, None));
}

/// The mean of a mixture is the weighted mean of its parts' means, which are known in closed form; within six standard errors.
#[test]
fn means_of_mixtures() {
    let moments = |shape: &Shape| match *shape {
        Shape::Point(at) => (at, at * at),
        Shape::Uniform { low, high } => (f64::midpoint(low, high), (low * low + low * high + high * high) / 3.0),
        Shape::Lognormal { median, p99 } => {
            let variance = ((p99 / median).ln() / 2.326_347_874_040_840_8).powi(2);
            (median * (variance / 2.0).exp(), median * median * (2.0 * variance).exp())
        }
        Shape::Observed(_) => unreachable!("not among the three"),
    };
    let (mut mean, mut square) = (0.0, 0.0);
    for part in three().parts() {
        let (first, second) = moments(&part.shape);
        mean += part.weight * first;
        square += part.weight * second;
    }
    for seed in 0..5 {
        let all = samples(&three(), seed, 200_000);
        let n = all.len() as f64;
        let found = all.iter().map(|sample| sample.seconds()).sum::<f64>() / n;
        assert!((found - mean).abs() < 6.0 * ((square - mean * mean) / n).sqrt(), "{found}, expected {mean}");
    }
}

/// These numbers may never change, on any platform. They were also computed with 40 digits, by a program that shares nothing with this one.
#[test]
fn known_answers() {
    let sample =
        |seed, trial, purpose, entity, n| three().sample(Luck { seed, trial }.draw(Purpose(purpose), entity, n)).0;
    let found: Vec<u64> = (0..8).map(|trial| sample(1, trial, 2, 3, 0)).collect();
    assert_eq!(found, [1_152_390, 1_594_912, 413_440, 2_314_168, 523_869, 99_275_065, 1_623_139, 1_895_608]);
    assert_eq!(sample(u64::MAX, u32::MAX, u16::MAX, u32::MAX, u32::MAX), 1_302_230);
    // A checksum over many, so that a difference in one rare branch shows.
    let sum =
        (0..100_000).fold(0_u64, |sum, trial| sum.wrapping_mul(31).wrapping_add(sample(42, trial, 7, trial % 12, 1)));
    assert_eq!(sum, 3_021_185_242_335_538_691);
}

#[test]
fn what_is_longer_than_any_time_is_the_longest_time() {
    let delay = mixture(&[(1.0, Shape::Lognormal { median: 1e300, p99: 1e307 })]);
    assert_eq!(delay.percentile(Percentile::P50), Microseconds::MAX);
    assert_eq!(delay.sample(Luck { seed: 1, trial: 1 }.draw(Purpose(0), 0, 0)), Microseconds::MAX);
}

/// One of the measured times comes out of each draw, all of them equally often, and what is said of them is what sorting says.
#[test]
fn measured_times_are_drawn_as_they_are() {
    let delay: Delay = serde_json::from_str(r#"[{"observed": [9.1, 1.0, 1.3, 1.3, 60.25]}]"#).expect("a delay");
    assert_eq!(delay.to_string(), "n=5 measured: median 1.3 s, 1 to 60.25 s");
    let milliseconds = |time: Microseconds| time.0 / 1_000;
    let mut seen = std::collections::BTreeMap::new();
    for sample in samples(&delay, 3, 100_000) {
        *seen.entry(milliseconds(sample)).or_insert(0_u32) += 1;
    }
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), [1_000, 1_300, 9_100, 60_250]);
    assert!(seen.values().all(|count| (19_000..=41_000).contains(count)), "{seen:?}");
    assert_eq!(milliseconds(delay.percentile(Percentile::P50)), 1_300);
    assert_eq!(milliseconds(delay.tail_from()), 60_250);
    assert_eq!((milliseconds(delay.least()), delay.most().map(milliseconds)), (1_000, Some(60_250)));
    assert!((delay.share_within(Microseconds::whole_seconds(2)) - 0.6).abs() < 1e-12);
    let shape = &delay.parts()[0].shape;
    let at = |share: f64| milliseconds(shape.at(share, 0.0));
    assert_eq!(
        [at(1e-17), at(0.2), at(0.599), at(0.6), at(1.0 - f64::EPSILON / 2.0)],
        [1_000, 1_300, 1_300, 9_100, 60_250]
    );
    assert_eq!(milliseconds(delay.scaled(2.0).percentile(Percentile::P50)), 2_600);
    let twenty = mixture(&[(1.0, Shape::Observed((1_u32..=20).map(f64::from).collect()))]);
    assert_eq!(twenty.tail_from(), Microseconds::whole_seconds(19), "19 of 20 are 95 of 100");
}

#[test]
fn what_is_no_list_of_times_is_refused() {
    for text in ["[]", "[-1.0]", "[1.0, -0.5]"] {
        let found = serde_json::from_str::<Delay>(&format!(r#"[{{"weight": 1.0, "observed": {text}}}]"#));
        assert!(found.expect_err(text).to_string().contains("is not a distribution of seconds"));
    }
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let part = Part { weight: 1.0, shape: Shape::Observed(vec![1.0, bad, 2.0]) };
        assert!(Delay::try_from(vec![part]).is_err(), "{bad}");
    }
}
