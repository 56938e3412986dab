//! Small problems of sharing with much in them that is equal, full at once, 0 or without a bound; and the textbook's water-filling, which is
//! slow, dense and shares no line with the solver.
//! Not here: what is asked of them.

use proptest::prelude::*;
use twinrail_sizing::{Activity, Problem};

/// Of what is equal often enough for ties, and of what is not.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![4 => (1..=6_u8).prop_map(f64::from), 1 => Just(0.1), 1 => Just(0.3), 3 => 0.05..40.0_f64]
}

fn capacity() -> impl Strategy<Value = f64> {
    prop_oneof![1 => Just(0.0), 1 => Just(f64::INFINITY), 12 => number().prop_map(|number| number * 3.0)]
}

fn demand() -> impl Strategy<Value = f64> {
    prop_oneof![5 => Just(f64::INFINITY), 1 => Just(0.0), 4 => number()]
}

fn factor() -> impl Strategy<Value = f64> {
    prop_oneof![6 => Just(1.0), 1 => Just(2.0), 1 => Just(0.5), 2 => 0.1..5.0_f64]
}

/// Uses name a resource by a number that is taken modulo how many there are; some name one twice.
fn activity() -> impl Strategy<Value = Activity> {
    let uses = prop::collection::vec((0..60_usize, factor()), 0..4);
    (factor(), demand(), uses).prop_map(|(weight, demand, uses)| Activity { weight, demand, uses })
}

/// A capacity for each resource, and activities that are bounded.
pub fn problem(most_resources: usize, most_activities: usize) -> impl Strategy<Value = Problem> {
    let capacities = prop::collection::vec(capacity(), 1..=most_resources);
    let activities = prop::collection::vec(activity(), 0..=most_activities);
    (capacities, activities).prop_map(|(capacities, mut activities)| {
        for activity in &mut activities {
            for (resource, _) in &mut activity.uses {
                *resource %= capacities.len();
            }
            if !activity.uses.iter().any(|(resource, _)| capacities[*resource].is_finite()) {
                activity.demand = activity.demand.min(4.0);
            }
        }
        Problem { capacities, activities }
    })
}

/// What one of rate takes of each resource, by activity.
fn matrix(problem: &Problem) -> Vec<Vec<f64>> {
    let row = |activity: &Activity| {
        let mut row = vec![0.0; problem.capacities.len()];
        for (resource, coefficient) in &activity.uses {
            row[*resource] += coefficient;
        }
        row
    };
    problem.activities.iter().map(row).collect()
}

/// Max-min rates: all rise by the same step of level until the first is stopped, and how many steps there were.
pub fn water_filling(problem: &Problem) -> (Vec<f64>, usize) {
    const FULL: f64 = 1e-11;
    let matrix = matrix(problem);
    let count = problem.activities.len();
    let (mut rates, mut rises, mut steps) = (vec![0.0; count], vec![true; count], 0);
    while rises.iter().any(|rises| *rises) {
        let rising: Vec<usize> = (0..count).filter(|activity| rises[*activity]).collect();
        let missing = |activity: usize, rates: &[f64]| problem.activities[activity].demand - rates[activity];
        let free = |resource: usize, rates: &[f64]| {
            problem.capacities[resource]
                - (0..count).map(|activity| matrix[activity][resource] * rates[activity]).sum::<f64>()
        };
        let slope = |resource: usize| {
            rising
                .iter()
                .map(|activity| matrix[*activity][resource] * problem.activities[*activity].weight)
                .sum::<f64>()
        };
        let bounding: Vec<usize> = (0..problem.capacities.len())
            .filter(|resource| problem.capacities[*resource].is_finite() && slope(*resource) > 0.0)
            .collect();
        let by_demand = rising.iter().map(|activity| missing(*activity, &rates) / problem.activities[*activity].weight);
        let by_resource = bounding.iter().map(|resource| free(*resource, &rates) / slope(*resource));
        let step = by_demand.chain(by_resource).fold(f64::INFINITY, f64::min).max(0.0);
        for activity in &rising {
            rates[*activity] += step * problem.activities[*activity].weight;
        }
        for &activity in &rising {
            let is_met = missing(activity, &rates) <= FULL * rates[activity];
            let is_full = |resource: &usize| {
                matrix[activity][*resource] > 0.0 && free(*resource, &rates) <= FULL * problem.capacities[*resource]
            };
            rises[activity] = !is_met && !bounding.iter().any(is_full);
        }
        steps += 1;
        assert!(steps <= count + 1, "each step stops somebody");
    }
    (rates, steps)
}

/// Equal, infinite ones too, or but for a relative error; below a thousandth, for an error that is as small for a thousandth.
pub fn alike(a: f64, b: f64, relative: f64) -> bool {
    a.total_cmp(&b).is_eq() || (a - b).abs() <= relative * (a.abs() + b.abs()) + relative * 1e-3
}
