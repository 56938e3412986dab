//! Differences against the same differences in a sorted list, and intervals against a difference that is known.

use proptest::prelude::*;

use super::*;
use crate::delay::{Delay, Part, Shape};
use crate::random::{Luck, Purpose};

fn paired(trials: &[(Ended, Ended)]) -> Paired {
    let mut paired = Paired::default();
    for (first, second) in trials {
        paired.record(*first, *second);
    }
    paired
}

/// What the difference of one trial is, in plain words.
fn difference(first: Ended, second: Ended) -> Difference {
    match (first, second) {
        (Ended::After(first), Ended::After(second)) => {
            let signed = |time: Microseconds| i64::try_from(time.0).expect("within ten hours");
            Difference::By(signed(first) - signed(second))
        }
        (Ended::Never, Ended::Never) => Difference::By(0),
        (Ended::Never, Ended::After(_)) => Difference::FirstNever,
        (Ended::After(_), Ended::Never) => Difference::SecondNever,
    }
}

/// Whether two differences are the same to three digits.
fn alike(a: Difference, b: Difference) -> bool {
    match (a, b) {
        (Difference::By(a), Difference::By(b)) => (a - b).abs() * 1_000 <= b.abs() && a.signum() == b.signum(),
        _ => a == b,
    }
}

fn ended() -> impl Strategy<Value = Ended> {
    prop_oneof![
        9 => (0_u64..20_000_000).prop_map(|time| Ended::After(Microseconds(time))),
        3 => (0_u64..5).prop_map(|time| Ended::After(Microseconds(time))),
        1 => Just(Ended::Never),
    ]
}

fn list() -> impl Strategy<Value = Vec<(Ended, Ended)>> {
    prop::collection::vec((ended(), ended()), 1..300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn percentiles_are_those_of_the_sorted_list(trials in list()) {
        let paired = paired(&trials);
        let mut sorted: Vec<Difference> = trials.iter().map(|&(first, second)| difference(first, second)).collect();
        sorted.sort_unstable();
        let n = sorted.len() as u64;
        prop_assert_eq!(paired.count(), n);
        prop_assert_eq!(paired.first_longer(), sorted.iter().filter(|by| **by > Difference::By(0)).count() as u64);
        prop_assert_eq!(paired.second_longer(), sorted.iter().filter(|by| **by < Difference::By(0)).count() as u64);
        let nth = |rank: u64| sorted[usize::try_from(rank).expect("small") - 1];
        for at in [Percentile::P50, Percentile::P90, Percentile::P99] {
            let found = paired.percentile(at).expect("trials");
            prop_assert!(alike(found.value, nth(at.rank(n))));
            let Ranks { lower, upper } = ranks(at, n, MISS / 2.0);
            prop_assert_eq!((found.low.is_some(), found.high.is_some()), (lower.is_some(), upper.is_some()));
            prop_assert!(lower.is_none_or(|rank| found.low <= Some(nth(rank)) && alike(found.low.expect("known"), nth(rank))));
            prop_assert!(upper.is_none_or(|rank| found.high >= Some(nth(rank)) && alike(found.high.expect("known"), nth(rank))));
        }
    }

    #[test]
    fn shards_merge_in_any_order_and_survive_as_text(a in list(), b in list()) {
        let whole = paired(&[a.clone(), b.clone()].concat());
        let (mut ab, mut ba) = (paired(&a), paired(&b));
        ab.merge(&paired(&b));
        ba.merge(&paired(&a));
        prop_assert_eq!(&ab, &whole);
        prop_assert_eq!(&ba, &whole);
        prop_assert_eq!(ab.mean(), ba.mean());
        let text = serde_json::to_string(&ab).expect("no key is anything but text");
        prop_assert_eq!(serde_json::from_str::<Paired>(&text).expect("what was written"), whole);
    }
}

#[test]
fn a_mean_needs_trials_that_end() {
    let after = |time| Ended::After(Microseconds(time));
    let mut paired = paired(&vec![(after(1_500_000), after(1_000_000)); 99]);
    assert_eq!(paired.mean(), None);
    paired.record(after(1_000_000), after(1_500_000));
    let found = paired.mean().expect("a hundred trials");
    let Difference::By(value) = found.value else { panic!("all of them end") };
    assert!((value - 490_000).abs() <= 245, "{value}");
    assert!(found.low < Some(Difference::By(490_000)) && found.high > Some(Difference::By(490_000)));
    paired.record(Ended::Never, Ended::Never);
    assert!(paired.mean().is_some());
    paired.record(Ended::Never, after(1));
    assert_eq!(paired.mean(), None);
    assert_eq!(paired.percentile(Percentile::P99_9).expect("trials").value, Difference::FirstNever);
}

#[test]
fn shown_with_a_sign() {
    let cases = [
        (Difference::By(1_250_000), "+1.25 s"),
        (Difference::By(-300_000), "-0.3 s"),
        (Difference::By(0), "0 s"),
        (Difference::FirstNever, "only the first never ends"),
    ];
    for (difference, text) in cases {
        assert_eq!(difference.to_string(), text);
    }
}

/// Two ways share a delay with a slow tail; the first waits 0.2 s longer on average. 500 trials of a pair show it every time, and the intervals of median
/// and mean cover the truth in at least 93 % of 2,000 repetitions.
#[test]
fn what_is_shared_cancels() {
    let delay = |parts: &[(f64, Shape)]| {
        let parts: Vec<Part> =
            parts.iter().map(|(weight, shape)| Part { weight: *weight, shape: shape.clone() }).collect();
        Delay::try_from(parts).expect("a delay")
    };
    let shared =
        delay(&[(0.99, Shape::Lognormal { median: 1.2, p99: 8.0 }), (0.01, Shape::Uniform { low: 30.0, high: 120.0 })]);
    let extra = delay(&[(1.0, Shape::Uniform { low: 0.0, high: 0.4 })]);
    let (mut median, mut mean, mut told) = (0, 0, 0);
    let truth = Some(Difference::By(200_000));
    for repetition in 0..2_000 {
        let mut paired = Paired::default();
        for trial in 0..500 {
            let luck = Luck { seed: 9, trial };
            let second = shared.sample(luck.draw(Purpose(1), repetition, 0));
            let first = second.saturating_add(extra.sample(luck.draw(Purpose(2), repetition, 0)));
            paired.record(Ended::After(first), Ended::After(second));
        }
        let covers = |found: Interval<Difference>| u32::from(found.low <= truth && found.high >= truth);
        let of_median = paired.percentile(Percentile::P50).expect("trials");
        median += covers(of_median);
        mean += covers(paired.mean().expect("all of them end"));
        told += u32::from(of_median.low > Some(Difference::By(0)));
    }
    assert!(median >= 1_860 && mean >= 1_860, "{median} and {mean} of 2,000");
    assert_eq!(told, 2_000);
}
