//! Transfers over time: each starts at its time with its amount, takes its max-min share of what it uses while others take theirs, and ends when its
//! amount is through: a rebuild beside clients, a checkpoint of all at once.
//! Not here: the shares of one moment ([`share`](crate::share::share)), and whatever packets do: queues, incast, retransmission. Flows are fluids, which is
//! right for capacity and steady sharing, and not for latency.
//!
//! Capacities, demands and rates are in Gbps.
//!
//! Between two events (a start or an end) nothing changes, so there are at most two solutions for each transfer; what makes it fast is that the next one is
//! seldom far from the last. See [`Levels`](levels::Levels).

mod first;
mod levels;
mod refill;

use std::cmp::Reverse;

use twinrail_model::unit::{Gb, TimeSpan};

use crate::share::Activity;
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
    run(Levels::new(capacities, transfers.iter().map(|transfer| &transfer.activity)), transfers)
}

fn run(mut levels: Levels, transfers: &[Transfer]) -> Course {
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
