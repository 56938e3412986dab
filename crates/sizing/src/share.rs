//! Weighted max-min fair shares, by progressive filling: the rates of all activities rise together, each in proportion to its weight, until its demand
//! is met or a resource that it uses is full, which stops everybody who uses it; the others rise on. This is what long-lived flows with equal
//! round-trip times come to on shared links, and what SimGrid calls its linear max-min system.
//! Not here: what the resources and activities are (flows, NICs, caps of instances), and shares over time, which [`fluid`](crate::fluid) works out.
//!
//! Everything inside is a plain number: the caller chooses one unit for capacities, demands and rates, and keeps it (Gbps, throughout this crate).
//! An activity's *level* is its rate divided by its weight: all that rise have the same, and those that a resource stopped have the resource's.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Who uses what. Indices are places in these lists.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Problem {
    /// How much each resource carries: not negative; infinite where it never bounds.
    pub capacities: Vec<f64>,
    pub activities: Vec<Activity>,
}

/// A flow, or a class of identical ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    /// Its part of what is shared, above 0 and finite. A class of m flows of weight w is an activity of weight m·w.
    pub weight: f64,
    /// What it would take if nothing else bounded it: not negative, and infinite if it takes all it gets. Of a class: of all its flows together.
    pub demand: f64,
    /// What it uses: a resource, and how much of it for one of rate, above 0 and finite. A resource that is named twice is used with the sum.
    pub uses: Vec<(usize, f64)>,
}

/// What keeps an activity from more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bound {
    /// It has all it asks for. Said also where a resource is full just then.
    Demand,
    /// This resource is full, and nobody whom it stops has a higher level. Of several that are full at once, the first.
    Resource(usize),
}

/// Who gets what.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shares {
    /// Of each activity.
    pub rates: Vec<f64>,
    /// Of each activity.
    pub bounds: Vec<Bound>,
    /// What each resource carries, in all.
    pub loads: Vec<f64>,
}

/// Levels that differ by less, relatively, are the same one: sums of many terms differ by as much with the order of the terms.
const SAME: f64 = 1.0 + 1e-12;

/// The shares. Panics where the problem is none: the lists are the caller's own work, so a weight of 0, or an activity that nothing bounds, is a
/// mistake of ours and not of the user's.
#[must_use]
pub fn share(problem: &Problem) -> Shares {
    check(&problem.capacities, problem.activities.iter());
    let mut filling = Filling::new(problem);
    while let Some(step) = filling.next() {
        match step {
            Step::Met(activity) => filling.stop(activity, problem.activities[activity].demand, Bound::Demand),
            Step::Full(resources, level) => {
                for resource in resources {
                    filling.fill(resource, level);
                }
            }
        }
    }
    let mut loads = vec![0.0; problem.capacities.len()];
    for (activity, rate) in problem.activities.iter().zip(&filling.rates) {
        for &(resource, coefficient) in &activity.uses {
            loads[resource] += coefficient * rate;
        }
    }
    let bounds = filling.bounds.into_iter().map(|bound| bound.expect("filling ends when all have stopped")).collect();
    Shares { rates: filling.rates, bounds, loads }
}

/// Panics where these are no resources and activities.
pub(crate) fn check<'a>(capacities: &[f64], activities: impl Iterator<Item = &'a Activity>) {
    assert!(capacities.iter().all(|capacity| *capacity >= 0.0), "a capacity is not negative");
    for Activity { weight, demand, uses } in activities {
        assert!(*weight > 0.0 && weight.is_finite(), "a weight of {weight}");
        assert!(*demand >= 0.0, "a demand of {demand}");
        let mut bounded = demand.is_finite();
        for &(resource, coefficient) in uses {
            assert!(coefficient > 0.0 && coefficient.is_finite(), "a coefficient of {coefficient}");
            assert!(resource < capacities.len(), "resource {resource} is used and not there");
            bounded |= capacities[resource].is_finite();
        }
        assert!(bounded, "an activity is bounded by its demand or by a resource");
    }
}

/// What happens next as the level rises.
enum Step {
    Met(usize),
    /// These are full at this level, in their order.
    Full(Vec<usize>, f64),
}

/// A level as a key: levels are not negative, so their bits are in their order.
fn key(level: f64) -> u64 {
    debug_assert!(level >= 0.0, "a level of {level}");
    level.to_bits()
}

/// How full a resource is while the level rises.
#[derive(Clone, Copy, Default)]
struct Gauge {
    /// What those who have stopped leave.
    left: f64,
    /// What one of level takes: coefficients times weights of those who rise.
    slope: f64,
    /// The slope when it was last summed up. What is subtracted from it afterwards leaves a rounding error of its size.
    summed: f64,
    /// How many entries rise.
    rising: usize,
}

struct Filling<'a> {
    problem: &'a Problem,
    /// Entries of resource r are `users[starts[r]..starts[r + 1]]`: an activity and a coefficient.
    starts: Vec<usize>,
    users: Vec<(usize, f64)>,
    gauges: Vec<Gauge>,
    /// The level at which a resource is full, or was when it was last looked at: since others can only stop early, it only rises.
    full: BinaryHeap<Reverse<(u64, usize)>>,
    /// Activities with a finite demand by the level at which it is met, the lowest last.
    met: Vec<(u64, usize)>,
    level: f64,
    rates: Vec<f64>,
    bounds: Vec<Option<Bound>>,
}

impl<'a> Filling<'a> {
    fn new(problem: &'a Problem) -> Self {
        let (starts, users) = by_resource(problem);
        let finite = problem.activities.iter().enumerate().filter(|(_, activity)| activity.demand.is_finite());
        let mut met: Vec<_> = finite.map(|(place, activity)| (key(activity.demand / activity.weight), place)).collect();
        met.sort_unstable_by_key(|&at| Reverse(at));
        let count = problem.activities.len();
        let mut filling = Self {
            problem,
            starts,
            users,
            gauges: vec![Gauge::default(); problem.capacities.len()],
            full: BinaryHeap::new(),
            met,
            level: 0.0,
            rates: vec![0.0; count],
            bounds: vec![None; count],
        };
        let bounding = (0..problem.capacities.len()).filter(|resource| problem.capacities[*resource].is_finite());
        let keys: Vec<_> = bounding
            .filter_map(|resource| {
                filling.sum_up(resource);
                filling.full_at(resource).map(|level| Reverse((key(level), resource)))
            })
            .collect();
        filling.full = keys.into();
        filling
    }

    /// Reads a gauge anew.
    fn sum_up(&mut self, resource: usize) {
        let mut gauge = Gauge { left: self.problem.capacities[resource], ..Gauge::default() };
        for &(activity, coefficient) in &self.users[self.starts[resource]..self.starts[resource + 1]] {
            if self.bounds[activity].is_some() {
                gauge.left -= coefficient * self.rates[activity];
            } else {
                gauge.slope += coefficient * self.problem.activities[activity].weight;
                gauge.rising += 1;
            }
        }
        gauge.summed = gauge.slope;
        self.gauges[resource] = gauge;
    }

    /// The level at which a resource is full if nobody stops before; `None` if nobody rises who uses it.
    fn full_at(&mut self, resource: usize) -> Option<f64> {
        let gauge = self.gauges[resource];
        if gauge.rising == 0 {
            return None;
        }
        if gauge.slope < gauge.summed / 2.0 {
            self.sum_up(resource);
        }
        let Gauge { left, slope, .. } = self.gauges[resource];
        Some((left / slope).max(self.level))
    }

    /// What happens next, and raises the level to it; `None` when all have stopped.
    fn next(&mut self) -> Option<Step> {
        while self.met.last().is_some_and(|&(_, activity)| self.bounds[activity].is_some()) {
            self.met.pop();
        }
        let met = self.met.last().map_or(f64::INFINITY, |&(level, _)| f64::from_bits(level));
        let Some(resource) = self.first_full() else {
            return self.met.pop().map(|(_, activity)| Step::Met(activity));
        };
        let full = f64::from_bits(resource.0);
        if met <= full * SAME {
            self.full.push(Reverse(resource));
            self.level = self.level.max(met.min(full));
            return self.met.pop().map(|(_, activity)| Step::Met(activity));
        }
        self.level = full;
        let mut resources = vec![resource.1];
        while let Some(Reverse(other)) = self.full.peek().copied().filter(|at| f64::from_bits(at.0.0) <= full * SAME) {
            self.full.pop();
            match self.full_at(other.1) {
                Some(level) if level <= full * SAME => resources.push(other.1),
                Some(level) => self.full.push(Reverse((key(level), other.1))),
                None => {}
            }
        }
        resources.sort_unstable();
        Some(Step::Full(resources, full))
    }

    /// Takes the resource that is full first, with its level, from the heap.
    fn first_full(&mut self) -> Option<(u64, usize)> {
        while let Some(Reverse((was, resource))) = self.full.pop() {
            let Some(level) = self.full_at(resource).map(key) else { continue };
            if level <= was || self.full.peek().is_none_or(|next| (level, resource) <= next.0) {
                return Some((level, resource));
            }
            self.full.push(Reverse((level, resource)));
        }
        None
    }

    fn fill(&mut self, resource: usize, level: f64) {
        for entry in self.starts[resource]..self.starts[resource + 1] {
            let (activity, _) = self.users[entry];
            if self.bounds[activity].is_none() {
                let rate = self.problem.activities[activity].weight * level;
                self.stop(activity, rate, Bound::Resource(resource));
            }
        }
    }

    fn stop(&mut self, activity: usize, rate: f64, bound: Bound) {
        self.rates[activity] = rate;
        self.bounds[activity] = Some(bound);
        let Activity { weight, uses, .. } = &self.problem.activities[activity];
        for &(resource, coefficient) in uses {
            let gauge = &mut self.gauges[resource];
            gauge.left -= coefficient * rate;
            gauge.slope -= coefficient * weight;
            gauge.rising = gauge.rising.saturating_sub(1);
        }
    }
}

/// Entries by resource, each resource's in the order of the activities.
fn by_resource(problem: &Problem) -> (Vec<usize>, Vec<(usize, f64)>) {
    let mut starts = vec![0; problem.capacities.len() + 1];
    let all = || problem.activities.iter().enumerate();
    for (resource, _) in all().flat_map(|(_, activity)| &activity.uses) {
        starts[resource + 1] += 1;
    }
    for resource in 1..starts.len() {
        starts[resource] += starts[resource - 1];
    }
    let mut next = starts.clone();
    let mut users = vec![(0, 0.0); starts[starts.len() - 1]];
    for (place, activity) in all() {
        for &(resource, coefficient) in &activity.uses {
            users[next[resource]] = (place, coefficient);
            next[resource] += 1;
        }
    }
    (starts, users)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn activity(weight: f64, demand: f64, uses: &[usize]) -> Activity {
        Activity { weight, demand, uses: uses.iter().map(|resource| (*resource, 1.0)).collect() }
    }

    const ALL: f64 = f64::INFINITY;

    #[test]
    fn rates_rise_until_something_is_full() {
        // Two links of 10 and 4; a long flow over both, one on each, and one on the first that wants no more than 1.
        let activities = vec![
            activity(1.0, ALL, &[0, 1]),
            activity(1.0, ALL, &[0]),
            activity(1.0, ALL, &[1]),
            activity(1.0, 1.0, &[0]),
        ];
        let shares = share(&Problem { capacities: vec![10.0, 4.0], activities });
        // Level 1: the last is content. Level 2: the second link is full (2 + 2). The rest of the first, 10 - 1 - 2 = 7, is for the flow alone.
        assert_eq!(shares.rates, [2.0, 7.0, 2.0, 1.0]);
        assert_eq!(shares.bounds, [Bound::Resource(1), Bound::Resource(0), Bound::Resource(1), Bound::Demand]);
        assert_eq!(shares.loads, [10.0, 4.0]);
    }

    #[test]
    fn weights_and_coefficients() {
        // A class of three and a single flow share 8 as 6 and 2; a flow that takes two for one, named twice, half of what is left.
        let uses = vec![(1, 1.0), (1, 1.0)];
        let activities = vec![
            activity(3.0, ALL, &[0]),
            activity(1.0, ALL, &[0, 1]),
            Activity { weight: 1.0, demand: ALL, uses },
            activity(2.0, 5.0, &[]),
        ];
        let shares = share(&Problem { capacities: vec![8.0, 12.0], activities });
        assert_eq!(shares.rates, [6.0, 2.0, 5.0, 5.0]);
        assert_eq!(shares.loads, [8.0, 12.0]);
        assert_eq!(shares.bounds[2], Bound::Resource(1));
        assert_eq!(shares.bounds[3], Bound::Demand);
    }

    #[test]
    fn where_nothing_is_carried_nobody_gets_anything() {
        let activities = vec![activity(1.0, 3.0, &[0, 1]), activity(1.0, ALL, &[1, 2]), activity(1.0, 0.0, &[1])];
        let shares = share(&Problem { capacities: vec![0.0, 4.0, ALL], activities });
        assert_eq!(shares.rates, [0.0, 4.0, 0.0]);
        assert_eq!(shares.bounds, [Bound::Resource(0), Bound::Resource(1), Bound::Demand]);
        assert_eq!(share(&Problem::default()), Shares::default());
    }

    #[test]
    fn of_two_that_are_full_at_once_the_first_is_named() {
        // 0.3 and 0.1 + 0.2 differ in the last digit; a demand that is met just then counts as met.
        let activities = vec![activity(1.0, ALL, &[0, 1]), activity(1.0, 0.1, &[0, 1]), activity(1.0, ALL, &[0, 1])];
        let shares = share(&Problem { capacities: vec![0.1 + 0.2, 0.3], activities });
        assert_eq!(shares.bounds, [Bound::Resource(0), Bound::Demand, Bound::Resource(0)]);
        assert_eq!(shares.rates[1].to_bits(), 0.1_f64.to_bits());
    }

    #[test]
    #[should_panic(expected = "bounded")]
    fn what_nothing_bounds_is_our_mistake() {
        let _ = share(&Problem { capacities: vec![ALL], activities: vec![activity(1.0, ALL, &[0])] });
    }
}
