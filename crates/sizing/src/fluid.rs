//! Transfers over time: each starts at its time with its amount, takes its max-min share of what it uses while others take theirs, and ends when its
//! amount is through: a rebuild beside clients, a checkpoint of all at once.
//! Not here: the shares of one moment ([`share`](crate::share::share)), and whatever packets do: queues, incast, retransmission. Flows are fluids, which is
//! right for capacity and steady sharing, and not for latency.
//!
//! Capacities, demands and rates are in Gbps.
//!
//! Between two events (a start or an end) nothing changes, so there are at most two solutions for each transfer; what makes it fast is that the next one is
//! seldom far from the last. `levels` says how.

mod first;
mod levels;
mod refill;

use std::cmp::Reverse;

use twinrail_model::unit::{Gb, TimeSpan};

use crate::share::{Activity, check};
use levels::Levels;

const BITS_PER_BYTE: f64 = 8.0;

/// An amount to be moved.
#[derive(Debug, Clone, PartialEq)]
pub struct Transfer {
    pub start: TimeSpan,
    /// Of a class of flows: of all of them together.
    pub amount: Gb,
    /// Its weight, the rate that it takes at most, in Gbps, and what it uses.
    pub activity: Activity,
}

/// What became of transfers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Course {
    /// When each ended, from the same zero as the starts; `None` for one that never does, since something that it uses carries nothing.
    pub ends: Vec<Option<TimeSpan>>,
    /// Moments at which rates were worked out anew.
    pub moments: usize,
}

impl Course {
    /// When the last ended, and 0 where there was none. `None` if one never ends.
    #[must_use]
    pub fn makespan(&self) -> Option<TimeSpan> {
        self.ends.iter().try_fold(TimeSpan::ZERO, |last, end| end.map(|end| last.max(end)))
    }
}

/// Two ends that are this close, relatively, are one moment.
const SAME: f64 = 1.0 + 1e-12;

/// Plays the transfers to their ends. Panics where [`share`](crate::share::share) would.
#[must_use]
pub fn play(capacities: &[f64], transfers: &[Transfer]) -> Course {
    check(capacities, transfers.iter().map(|transfer| &transfer.activity));
    run(&mut levels_of(capacities, transfers), transfers)
}

fn levels_of(capacities: &[f64], transfers: &[Transfer]) -> Levels {
    Levels::new(capacities, transfers.iter().map(|transfer| &transfer.activity))
}

fn run(levels: &mut Levels, transfers: &[Transfer]) -> Course {
    let mut starts: Vec<usize> = (0..transfers.len()).collect();
    starts.sort_unstable_by_key(|next| Reverse((transfers[*next].start, *next)));
    let mut course = Course { ends: vec![None; transfers.len()], moments: 0 };
    let (mut now, mut ended) = (0.0_f64, Vec::new());
    loop {
        let start = starts.last().map_or(f64::INFINITY, |next| transfers[*next].start.seconds());
        now = now.max(start.min(levels.next_end()));
        if now == f64::INFINITY {
            return course;
        }
        levels.end(now * SAME, &mut ended);
        for transfer in ended.drain(..) {
            course.ends[transfer] = Some(TimeSpan::new(now));
        }
        while let Some(next) = starts.pop_if(|next| transfers[*next].start.seconds() <= now) {
            let Transfer { amount, activity, .. } = &transfers[next];
            if *amount > Gb::ZERO {
                levels.start(next, amount.get() * BITS_PER_BYTE / activity.weight, now);
            } else {
                course.ends[next] = Some(TimeSpan::new(now));
            }
        }
        levels.settle(now);
        course.moments += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Transfers of different weights, some with a demand, over one to four of the resources.
    fn transfers(random: &mut fastrand::Rng, resources: usize, count: usize) -> Vec<Transfer> {
        let transfer = |random: &mut fastrand::Rng| {
            let uses = (0..=random.usize(0..4)).map(|_| (random.usize(0..resources), 0.5 + random.f64())).collect();
            let demand = if random.u8(0..4) == 0 { random.f64() } else { f64::INFINITY };
            Transfer {
                start: TimeSpan::new(random.f64()),
                amount: Gb::new(random.f64()),
                activity: Activity { weight: 0.5 + random.f64(), demand, uses },
            }
        };
        (0..count).map(|_| transfer(random)).collect()
    }

    #[test]
    #[should_panic(expected = "bounded")]
    fn what_nothing_bounds_is_our_mistake() {
        let activity = Activity { weight: 1.0, demand: f64::INFINITY, uses: Vec::new() };
        let _ = play(&[], &[Transfer { start: TimeSpan::ZERO, amount: Gb::new(1.0), activity }]);
    }

    #[test]
    fn moved_in_the_order_or_found_anew_it_is_the_same() {
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..100 {
            let capacities: Vec<f64> = (0..10).map(|_| 1.0 + random.f64()).collect();
            let transfers = transfers(&mut random, capacities.len(), 40);
            let (mut usual, mut impatient) = (levels_of(&capacities, &transfers), levels_of(&capacities, &transfers));
            impatient.patience = 0;
            let (course, other) = (run(&mut usual, &transfers), run(&mut impatient, &transfers));
            assert_eq!((course.moments, usual.refills), (other.moments, 0));
            assert!(impatient.refills > 0);
            for (end, other) in course.ends.iter().zip(&other.ends) {
                let (end, other) = (end.expect("all end").seconds(), other.expect("all end").seconds());
                assert!((end - other).abs() <= 1e-9 * end, "{end} and {other}");
            }
        }
    }
}
