//! Transfers over time, held against a plain simulation that asks the textbook at every moment.
//! Not here: shares at one moment.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use twinrail_model::unit::{Gb, TimeSpan};
use twinrail_sizing::fluid::{Transfer, play};
use twinrail_sizing::{Activity, Problem};

use crate::problem::{alike, problem, water_filling};

const BITS_PER_BYTE: f64 = 8.0;
/// Two moments that are this close, relatively, are one.
const SAME: f64 = 1e-11;

/// When each ends; infinite if never.
fn plain(capacities: &[f64], transfers: &[Transfer]) -> Vec<f64> {
    let mut left: Vec<f64> = transfers.iter().map(|transfer| transfer.amount.get() * BITS_PER_BYTE).collect();
    let mut ends = vec![f64::INFINITY; transfers.len()];
    let mut now = 0.0_f64;
    loop {
        for (place, transfer) in transfers.iter().enumerate() {
            if transfer.start.seconds() <= now && ends[place].is_infinite() && left[place] <= 0.0 {
                ends[place] = now;
            }
        }
        let runs = |place: &usize| transfers[*place].start.seconds() <= now && ends[*place].is_infinite();
        let running: Vec<usize> = (0..transfers.len()).filter(runs).collect();
        let activities = running.iter().map(|place| transfers[*place].activity.clone()).collect();
        let (rates, _) = water_filling(&Problem { capacities: capacities.to_vec(), activities });
        let starts = transfers.iter().map(|transfer| transfer.start.seconds()).filter(|start| *start > now);
        let next = starts.fold(f64::INFINITY, f64::min) - now;
        let lasts = |at: usize| if rates[at] > 0.0 { left[running[at]] / rates[at] } else { f64::INFINITY };
        let lasts: Vec<f64> = (0..running.len()).map(lasts).collect();
        let step = lasts.iter().copied().fold(next, f64::min);
        if step.is_infinite() {
            return ends;
        }
        for (at, place) in running.iter().enumerate() {
            let is_last = lasts[at] <= step + SAME * (now + step);
            left[*place] = if is_last { 0.0 } else { left[*place] - rates[at] * step };
        }
        now += step;
    }
}

/// Of three transfers one has a twin, which ends with it. Times and amounts of which some are equal and some are 0.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![1 => Just(0.0), 4 => (1..4_u8).prop_map(f64::from), 4 => 0.01..5.0_f64]
}

fn transfers(resources: usize, most: usize) -> impl Strategy<Value = (Vec<f64>, Vec<Transfer>)> {
    let when = prop::collection::vec((number(), number(), 0..3), most);
    (problem(resources, most), when).prop_map(|(Problem { capacities, activities }, when)| {
        let mut transfers = Vec::new();
        for (activity, (start, amount, twin)) in activities.into_iter().zip(when) {
            transfers.push(Transfer { start: TimeSpan::new(start), amount: Gb::new(amount), activity });
            transfers.extend(transfers.last().filter(|_| twin == 0).cloned());
        }
        (capacities, transfers)
    })
}

fn agree(capacities: &[f64], transfers: &[Transfer]) -> Result<(), TestCaseError> {
    let course = play(capacities, transfers);
    let expected = plain(capacities, transfers);
    for (place, (end, expected)) in course.ends.iter().zip(&expected).enumerate() {
        let end = end.map_or(f64::INFINITY, TimeSpan::seconds);
        let is_same = alike(end, *expected, 1e-9);
        prop_assert!(is_same, "transfer {} ends at {} and at {}", place, end, expected);
    }
    let last = expected.into_iter().fold(0.0, f64::max);
    let makespan = course.makespan().map_or(f64::INFINITY, TimeSpan::seconds);
    prop_assert!(alike(makespan, last, 1e-9));
    prop_assert!(course.moments <= 2 * transfers.len());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn as_a_plain_simulation((capacities, transfers) in transfers(6, 12)) {
        agree(&capacities, &transfers)?;
    }

    #[test]
    fn many_on_many((capacities, transfers) in transfers(20, 40)) {
        agree(&capacities, &transfers)?;
    }
}

/// All hosts send to all others, from random starts: what is compared with SimGrid in a benchmark.
#[test]
fn all_to_all() {
    for seed in 0..20 {
        let mut random = fastrand::Rng::with_seed(seed);
        let hosts = 2 + random.usize(0..7);
        let capacities = vec![10.0; 2 * hosts];
        let pairs = (0..hosts).flat_map(|from| (0..hosts).map(move |to| (from, to))).filter(|(from, to)| from != to);
        let transfers: Vec<Transfer> = pairs
            .map(|(from, to)| Transfer {
                start: TimeSpan::new(random.f64() * 2.0),
                amount: Gb::new(random.f64()),
                activity: Activity { weight: 1.0, demand: f64::INFINITY, uses: vec![(from, 1.0), (hosts + to, 1.0)] },
            })
            .collect();
        agree(&capacities, &transfers).expect("both end at the same time");
    }
}

/// 10 Gbps, and three transfers: 5 GB from 0 s, 2.5 GB from 1 s, and a third that takes no more than 2 Gbps, 1 GB from 1 s.
#[test]
fn a_case_by_hand() {
    let transfer = |start, amount, demand| Transfer {
        start: TimeSpan::new(start),
        amount: Gb::new(amount),
        activity: Activity { weight: 1.0, demand, uses: vec![(0, 1.0)] },
    };
    let all = f64::INFINITY;
    let course = play(
        &[10.0],
        &[transfer(0.0, 5.0, all), transfer(1.0, 2.5, all), transfer(1.0, 1.0, 2.0), transfer(3.0, 0.0, all)],
    );
    // First second: 10 of the first's 40 Gbit. Then 4, 4 and 2 Gbps: the third's 8 Gbit take 4 s, until 5 s; the first has 14 left, the second 4. Then
    // 5 and 5: the second ends at 5.8 s, the first has 10 left and 10 Gbps: 6.8 s.
    let ends: Vec<f64> = course.ends.iter().map(|end| end.expect("all end").seconds()).collect();
    for (end, expected) in ends.iter().zip([6.8, 5.8, 5.0, 3.0]) {
        assert!(alike(*end, expected, 1e-14), "{ends:?}");
    }
    // Starts at 0, 1 and 3 s, and three ends.
    assert_eq!(course.moments, 6);
    assert_eq!(play(&[0.0], &[transfer(0.0, 1.0, all), transfer(0.0, 0.0, all)]).ends, [None, Some(TimeSpan::ZERO)]);
    assert_eq!(play(&[0.0], &[transfer(0.0, 1.0, all)]).makespan(), None);
    assert_eq!(play(&[], &[]).makespan(), Some(TimeSpan::ZERO));
}

/// What the generator is to make, it makes.
#[test]
fn the_transfers_are_worth_it() {
    let mut runner = TestRunner::deterministic();
    let strategy = transfers(6, 12);
    let (mut never, mut together, mut overlap) = (0, 0, 0);
    for _ in 0..300 {
        let (capacities, transfers) = strategy.new_tree(&mut runner).expect("no case is refused").current();
        let course = play(&capacities, &transfers);
        never += usize::from(course.makespan().is_none());
        let mut ends: Vec<f64> =
            course.ends.iter().flatten().map(|end| end.seconds()).filter(|end| *end > 3.0).collect();
        ends.sort_by(f64::total_cmp);
        together += usize::from(ends.windows(2).any(|pair| pair[0].to_bits() == pair[1].to_bits()));
        overlap += usize::from(ends.len() >= 4);
    }
    assert!(never >= 20 && together >= 20 && overlap >= 50, "{never} {together} {overlap}");
}
