//! Shares, held against water-filling as textbooks write it, against linear programs, and against what must be so of any shares.
//! Not here: shares over time.

use microlp::{ComparisonOp, OptimizationDirection};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use twinrail_sizing::{Activity, Bound, Problem, Shares, share};

use crate::problem::{alike, problem, water_filling};

/// Against another way to compute the same.
const EXACT: f64 = 1e-9;
/// Against linear programs, which stop when nothing gets better by 1e-8.
const CLOSE: f64 = 1e-7;

/// A linear program with a rate for each activity and, last, a level; those that are settled keep their rates, the others have the level at least.
struct Program {
    program: microlp::Problem,
    rates: Vec<microlp::Variable>,
}

fn program(problem: &Problem, settled: &[Option<f64>], at_least: Option<f64>, best: Option<usize>) -> Program {
    let mut program = microlp::Problem::new(OptimizationDirection::Maximize);
    let goal = |activity| f64::from(u8::from(best == Some(activity)));
    let bounds = |activity: usize| match settled[activity] {
        Some(rate) => (rate * (1.0 - 1e-12), rate),
        None => (
            at_least.map_or(0.0, |level| level * problem.activities[activity].weight),
            problem.activities[activity].demand,
        ),
    };
    let rates: Vec<_> = (0..settled.len()).map(|activity| program.add_var(goal(activity), bounds(activity))).collect();
    for (resource, capacity) in problem.capacities.iter().enumerate().filter(|(_, capacity)| capacity.is_finite()) {
        let takes = |activity: &Activity| {
            activity.uses.iter().filter(|(used, _)| *used == resource).map(|(_, takes)| takes).sum::<f64>()
        };
        let row: Vec<_> = problem
            .activities
            .iter()
            .map(takes)
            .zip(&rates)
            .filter(|(takes, _)| *takes > 0.0)
            .map(|(takes, rate)| (*rate, takes))
            .collect();
        if !row.is_empty() {
            program.add_constraint(&row, ComparisonOp::Le, *capacity);
        }
    }
    if at_least.is_none() {
        let level = program.add_var(1.0, (0.0, f64::INFINITY));
        for activity in (0..settled.len()).filter(|activity| settled[*activity].is_none()) {
            program.add_constraint(
                [(rates[activity], 1.0), (level, -problem.activities[activity].weight)],
                ComparisonOp::Ge,
                0.0,
            );
        }
    }
    Program { program, rates }
}

/// The greatest level that all have who are not settled; then, one by one, who cannot have more; and again without them.
fn by_linear_programs(problem: &Problem) -> Vec<f64> {
    const STUCK: f64 = 1e-8;
    let mut settled: Vec<Option<f64>> = vec![None; problem.activities.len()];
    while settled.iter().any(Option::is_none) {
        let level = solved(&program(problem, &settled, None, None)).0;
        let safe = (level * (1.0 - 1e-10)).max(0.0);
        let most: Vec<(usize, f64)> = (0..settled.len())
            .filter(|activity| settled[*activity].is_none())
            .map(|activity| {
                let at = solved(&program(problem, &settled, Some(safe), Some(activity))).1[activity];
                (activity, at / problem.activities[activity].weight - level)
            })
            .collect();
        let least = most.iter().map(|(_, more)| *more).fold(f64::INFINITY, f64::min);
        for (activity, more) in most {
            if more <= least.max(STUCK * level.max(1e-3)) {
                let Activity { weight, demand, .. } = problem.activities[activity];
                settled[activity] = Some((level * weight).min(demand).max(0.0));
            }
        }
    }
    settled.into_iter().map(|rate| rate.expect("all are settled")).collect()
}

fn solved(program: &Program) -> (f64, Vec<f64>) {
    let solution =
        program.program.solve().expect("nothing is always possible").into_solution().expect("no limit of time");
    (solution.objective(), program.rates.iter().map(|rate| solution.var_value(*rate)).collect())
}

/// What must be so of shares, whoever worked them out: nothing is overfull, and everybody has what he asks for or uses something full where nobody
/// has a higher level. Rates of which this is so are the max-min rates.
fn judge(problem: &Problem, shares: &Shares) -> Result<(), TestCaseError> {
    for (load, capacity) in shares.loads.iter().zip(&problem.capacities) {
        prop_assert!(*load <= capacity * (1.0 + EXACT), "{load} of {capacity}");
    }
    let level = |activity: usize| shares.rates[activity] / problem.activities[activity].weight;
    for (place, activity) in problem.activities.iter().enumerate() {
        let rate = shares.rates[place];
        prop_assert!(rate >= 0.0 && rate <= activity.demand);
        match shares.bounds[place] {
            Bound::Demand => prop_assert_eq!(rate.to_bits(), activity.demand.to_bits()),
            Bound::Resource(bound) => {
                prop_assert!(uses(activity, bound));
                prop_assert!(shares.loads[bound] >= problem.capacities[bound] * (1.0 - EXACT));
                for (other, theirs) in problem.activities.iter().enumerate().filter(|(_, other)| uses(other, bound)) {
                    prop_assert!(level(other) <= level(place) * (1.0 + EXACT), "{:?}", theirs);
                }
            }
        }
    }
    Ok(())
}

fn uses(activity: &Activity, resource: usize) -> bool {
    activity.uses.iter().any(|(used, _)| *used == resource)
}

fn same(rates: &[f64], others: &[f64], relative: f64) -> Result<(), TestCaseError> {
    prop_assert_eq!(rates.len(), others.len());
    for (place, (rate, other)) in rates.iter().zip(others).enumerate() {
        prop_assert!(alike(*rate, *other, relative), "activity {}: {} and {}", place, rate, other);
    }
    Ok(())
}

/// A number for each, by which a list is shuffled.
fn keys() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(any::<u32>(), 40)
}

fn shuffled(length: usize, keys: &[u32]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..length).collect();
    places.sort_by_key(|place| (keys[*place], *place));
    places
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn as_the_textbook_fills(problem in problem(6, 12)) {
        let shares = share(&problem);
        same(&shares.rates, &water_filling(&problem).0, EXACT)?;
        judge(&problem, &shares)?;
    }

    #[test]
    fn larger_ones_too(problem in problem(20, 40)) {
        let shares = share(&problem);
        same(&shares.rates, &water_filling(&problem).0, EXACT)?;
        judge(&problem, &shares)?;
    }

    #[test]
    fn twice_as_much_of_everything_is_twice_the_rate(problem in problem(6, 12), factor in 1e-6..1e6_f64) {
        let mut scaled = problem.clone();
        scaled.capacities.iter_mut().for_each(|capacity| *capacity *= factor);
        scaled.activities.iter_mut().for_each(|activity| activity.demand *= factor);
        let expected: Vec<f64> = share(&problem).rates.iter().map(|rate| rate * factor).collect();
        same(&share(&scaled).rates, &expected, EXACT)?;
        // Only how weights compare counts.
        let mut heavier = problem.clone();
        heavier.activities.iter_mut().for_each(|activity| activity.weight *= factor);
        same(&share(&heavier).rates, &share(&problem).rates, EXACT)?;
    }

    #[test]
    fn the_order_of_the_lists_does_not_matter(problem in problem(6, 12), keys in keys()) {
        let activities = shuffled(problem.activities.len(), &keys);
        let resources = shuffled(problem.capacities.len(), &keys);
        let place = |resource: usize| resources.iter().position(|other| *other == resource).expect("all are there");
        let mut other = Problem { capacities: resources.iter().map(|at| problem.capacities[*at]).collect(), activities: Vec::new() };
        for at in &activities {
            let mut activity = problem.activities[*at].clone();
            activity.uses.iter_mut().for_each(|(resource, _)| *resource = place(*resource));
            activity.uses.reverse();
            other.activities.push(activity);
        }
        let rates = share(&problem).rates;
        let expected: Vec<f64> = activities.iter().map(|at| rates[*at]).collect();
        same(&share(&other).rates, &expected, EXACT)?;
    }

    #[test]
    fn a_class_is_its_members(problem in problem(6, 12), keys in keys()) {
        let mut other = Problem { capacities: problem.capacities.clone(), activities: Vec::new() };
        let mut members = Vec::new();
        for (activity, key) in problem.activities.iter().zip(&keys) {
            let count = key % 4 + 1;
            let mut one = activity.clone();
            one.weight /= f64::from(count);
            one.demand /= f64::from(count);
            members.push(other.activities.len()..other.activities.len() + count as usize);
            other.activities.extend((0..count).map(|_| one.clone()));
        }
        let split = share(&other).rates;
        let joined: Vec<f64> = members.into_iter().map(|members| split[members].iter().sum()).collect();
        same(&share(&problem).rates, &joined, EXACT)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn as_linear_programs_say(problem in problem(4, 7)) {
        same(&share(&problem).rates, &by_linear_programs(&problem), CLOSE)?;
    }
}

/// Every `always` above has its `sometimes`: what the generator is to make, it makes.
#[test]
fn the_problems_are_worth_it() {
    let mut runner = TestRunner::deterministic();
    let strategy = problem(6, 12);
    let (mut steep, mut mixed, mut tied, mut nothing, mut twice, mut partly) = (0, 0, 0, 0, 0, 0);
    for _ in 0..500 {
        let problem = strategy.new_tree(&mut runner).expect("no case is refused").current();
        let shares = share(&problem);
        let demand = shares.bounds.contains(&Bound::Demand);
        let full: Vec<usize> =
            (0..problem.capacities.len()).filter(|at| shares.bounds.contains(&Bound::Resource(*at))).collect();
        steep += usize::from(water_filling(&problem).1 >= 4);
        mixed += usize::from(demand && full.len() >= 2);
        let is_full = |used: &usize| shares.loads[*used] >= problem.capacities[*used] * (1.0 - EXACT);
        let of = |activity: &Activity| {
            let mut used: Vec<usize> = activity.uses.iter().map(|(used, _)| *used).collect();
            used.sort_unstable();
            used
        };
        tied += usize::from(problem.activities.iter().any(|activity| {
            let mut used = of(activity);
            used.dedup();
            used.iter().filter(|used| is_full(used) && problem.capacities[**used] > 0.0).count() >= 2
        }));
        nothing += usize::from(shares.rates.contains(&0.0));
        twice += usize::from(
            problem.activities.iter().any(|activity| of(activity).windows(2).any(|pair| pair[0] == pair[1])),
        );
        partly += usize::from((0..problem.capacities.len()).any(|at| shares.loads[at] > 0.0 && !is_full(&at)));
    }
    for (what, count) in [
        ("four levels", steep),
        ("both bounds", mixed),
        ("two full", tied),
        ("nothing", nothing),
        ("twice", twice),
        ("not full", partly),
    ] {
        assert!(count >= 50, "{what}: {count} of 500");
    }
}
