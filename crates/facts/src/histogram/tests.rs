//! Histograms against the same samples in a sorted list, and intervals against the distribution that the samples were drawn from.

use proptest::prelude::*;

use super::*;
use crate::delay::{Delay, Part, Shape};
use crate::random::{Luck, Purpose};

const AT: [Percentile; 4] = [Percentile::P50, Percentile::P90, Percentile::P99, Percentile::P99_9];

fn histogram(samples: &[Ended]) -> Histogram {
    let mut histogram = Histogram::new();
    for sample in samples {
        histogram.record(*sample);
    }
    histogram
}

fn merged<'a>(shards: impl IntoIterator<Item = &'a Histogram>) -> Histogram {
    let mut sum = Histogram::new();
    for shard in shards {
        sum.merge(shard);
    }
    sum
}

fn ended() -> impl Strategy<Value = Ended> {
    let time = |most: u64| (0..=most).prop_map(|time| Ended::After(Microseconds(time)));
    prop_oneof![
        4 => time(3_000),
        4 => time(10_000_000),
        4 => time(Histogram::LONGEST.0),
        1 => Just(Ended::Never),
    ]
}

fn list() -> impl Strategy<Value = Vec<Ended>> {
    prop::collection::vec(ended(), 0..400)
}

/// Whether a time that is told stands for this one: no shorter, and longer by less than a part in a thousand.
fn tells(told: Ended, exact: Ended) -> bool {
    match (told, exact) {
        (Ended::After(told), Ended::After(exact)) => told >= exact && (told.0 - exact.0) * 1_000 <= exact.0,
        _ => told == exact,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn percentiles_are_those_of_the_sorted_list(samples in list()) {
        let histogram = histogram(&samples);
        let mut sorted = samples;
        sorted.sort_unstable();
        prop_assert_eq!(histogram.count(), sorted.len() as u64);
        prop_assert_eq!(histogram.never(), sorted.iter().filter(|ended| **ended == Ended::Never).count() as u64);
        let nth = |rank: u64| sorted[usize::try_from(rank).expect("small") - 1];
        for at in AT {
            let Some(found) = histogram.percentile(at) else {
                prop_assert!(sorted.is_empty());
                continue;
            };
            let n = sorted.len() as u64;
            prop_assert!(tells(found.value, nth(at.rank(n))));
            let Ranks { lower, upper } = ranks(at, n, MISS / 2.0);
            prop_assert_eq!((found.low.is_some(), found.high.is_some()), (lower.is_some(), upper.is_some()));
            prop_assert!(lower.is_none_or(|rank| found.low <= Some(nth(rank)) && tells(nth(rank), found.low.expect("known"))));
            prop_assert!(upper.is_none_or(|rank| tells(found.high.expect("known"), nth(rank))));
            prop_assert_eq!(histogram.bound(at).is_some(), is_determined(at, n));
        }
    }

    #[test]
    fn shards_merge_in_any_order_and_grouping(a in list(), b in list(), c in list()) {
        let whole = histogram(&[a.clone(), b.clone(), c.clone()].concat());
        let (a, b, c) = (histogram(&a), histogram(&b), histogram(&c));
        prop_assert_eq!(&merged([&a, &b, &c]), &whole);
        prop_assert_eq!(&merged([&c, &a, &b]), &whole);
        prop_assert_eq!(&merged([&merged([&a, &b]), &c]), &merged([&a, &merged([&b, &c])]));
        let text = |histogram: &Histogram| serde_json::to_string(histogram).expect("no key is anything but text");
        prop_assert_eq!(text(&merged([&b, &c, &a])), text(&whole));
    }

    #[test]
    fn text_gives_the_same_again(samples in list()) {
        let histogram = histogram(&samples);
        let text = serde_json::to_string(&histogram).expect("no key is anything but text");
        let again: Histogram = serde_json::from_str(&text).expect("what was written");
        prop_assert_eq!(&again, &histogram);
        for at in AT {
            prop_assert_eq!(again.percentile(at), histogram.percentile(at));
        }
        let twice = merged([&again, &again]);
        prop_assert_eq!(twice.count(), 2 * histogram.count());
    }
}

#[test]
fn text_is_short_and_read_strictly() {
    let samples = [2_500, 2_500, 2_501, 0].map(|time| Ended::After(Microseconds(time)));
    let mut histogram = histogram(&samples);
    histogram.record(Ended::Never);
    let text = serde_json::to_string(&histogram).expect("no key is anything but text");
    assert_eq!(text, r#"{"times":[[0,1],[2500,3]],"never":1}"#);
    let wrong = [
        (r#"{"times":[[2501,1]],"never":0}"#, "[2501, 1] is not the next cell"),
        (r#"{"times":[[5,1],[5,1]],"never":0}"#, "[5, 1] is not the next cell"),
        (r#"{"times":[[6,1],[5,1]],"never":0}"#, "[5, 1] is not the next cell"),
        (r#"{"times":[[5,0]],"never":0}"#, "[5, 0] is not the next cell"),
        (r#"{"times":[[72000000000,1]],"never":0}"#, "is not the next cell"),
        (r#"{"times":[[18446744073709551615,1]],"never":0}"#, "is not the next cell"),
        (r#"{"times":[[5,18446744073709551615],[6,2]],"never":0}"#, "a histogram of more than"),
        (r#"{"times":[],"never":18446744073709551615}"#, "a histogram of more than"),
        (r#"{"times":[],"never":0,"sum":1}"#, "unknown field"),
    ];
    for (text, expected) in wrong {
        let error = serde_json::from_str::<Histogram>(text).expect_err(text).to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

/// The smallest numbers of trials that bound a percentile by their largest: n with p^n below 5 %.
#[test]
fn how_many_trials_a_percentile_takes() {
    let cases = [
        (Percentile::P50, 5),
        (Percentile::P90, 29),
        (Percentile::P99, 299),
        (Percentile::P99_9, 2_995),
        (Percentile::P99_99, 29_956),
    ];
    for (at, n) in cases {
        assert!(is_determined(at, n) && !is_determined(at, n - 1), "{at}");
        assert!(at.share().powf(n as f64) <= 0.05 && at.share().powf((n - 1) as f64) > 0.05, "{at}");
    }
    let second = Ended::After(Microseconds::whole_seconds(1));
    let few = histogram(&[second; 298]);
    assert_eq!(few.bound(Percentile::P99), None);
    assert_eq!(few.percentile(Percentile::P99).expect("trials").high, None);
    let enough = histogram(&[second; 299]);
    assert!(tells(enough.bound(Percentile::P99).expect("enough"), second));
}

#[test]
fn never_is_not_a_number() {
    let mut histogram = histogram(&[Ended::After(Microseconds(2_000_000)); 980]);
    for _ in 0..10 {
        histogram.record(Ended::Never);
        histogram.record(Ended::After(Microseconds(Histogram::LONGEST.0 + 1)));
    }
    assert_eq!((histogram.count(), histogram.never()), (1_000, 20));
    let value = |at| histogram.percentile(at).expect("trials").value;
    assert!(tells(value(Percentile::P90), Ended::After(Microseconds(2_000_000))));
    assert_eq!(value(Percentile::P99), Ended::Never);
    assert_eq!(value(Percentile::P99).to_string(), "never");
    assert_eq!(Histogram::new().percentile(Percentile::P50), None);
}

/// Exponential times, of which one in 2,000 never ends: the intervals cover the percentile that they are for in at least 93 % of the
/// repetitions, and bounds given alone likewise. Small numbers of trials cover more, because ranks are whole.
#[test]
fn intervals_cover_what_they_should() {
    let time = |share: f64| match share / 0.9995 {
        ended if ended < 1.0 => Ended::After(Microseconds::from_seconds(-0.002 * (-ended).ln_1p())),
        _ => Ended::Never,
    };
    for (n, at, repetitions) in [
        (20_u32, Percentile::P50, 2_000),
        (200, Percentile::P50, 2_000),
        (500, Percentile::P90, 2_000),
        (400, Percentile::P99, 2_000),
        (4_000, Percentile::P99_9, 200),
    ] {
        let truth = time(at.share());
        let (mut covered, mut bounded) = (0, 0);
        for repetition in 0..repetitions {
            let luck = |trial| Luck { seed: 5, trial }.draw(Purpose(1), repetition, 0);
            let samples: Vec<Ended> = (0..n).map(|trial| time(luck(trial).first())).collect();
            let histogram = histogram(&samples);
            let found = histogram.percentile(at).expect("trials");
            covered +=
                u32::from(found.low.is_none_or(|low| low <= truth) && found.high.is_none_or(|high| truth <= high));
            bounded += u32::from(histogram.bound(at).is_none_or(|bound| truth <= bound));
        }
        let enough = repetitions * 93 / 100;
        assert!(covered >= enough && bounded >= enough, "{at} of {n}: {covered} and {bounded} of {repetitions}");
    }
}

/// The same for delays with a rare slow part and one that always takes the same time, where many samples are equal.
#[test]
fn intervals_cover_percentiles_of_mixtures() {
    let parts = [
        (0.6, Shape::Lognormal { median: 0.0015, p99: 0.009 }),
        (0.3, Shape::Point(0.001)),
        (0.1, Shape::Uniform { low: 0.03, high: 0.12 }),
    ];
    let delay = Delay::try_from(parts.map(|(weight, shape)| Part { weight, shape }).to_vec()).expect("a delay");
    let mut covered = [Percentile::P50, Percentile::P90, Percentile::P99].map(|at| (at, 0));
    for repetition in 0..2_000 {
        let luck = |trial| Luck { seed: 6, trial }.draw(Purpose(1), repetition, 0);
        let samples: Vec<Ended> = (0..500).map(|trial| Ended::After(delay.sample(luck(trial)))).collect();
        let histogram = histogram(&samples);
        for (at, covered) in &mut covered {
            let truth = Ended::After(delay.percentile(*at));
            let found = histogram.percentile(*at).expect("trials");
            *covered +=
                u32::from(found.low.is_none_or(|low| low <= truth) && found.high.is_none_or(|high| truth <= high));
        }
    }
    assert!(covered.iter().all(|(_, covered)| *covered >= 1_860), "{covered:?} of 2,000");
}
