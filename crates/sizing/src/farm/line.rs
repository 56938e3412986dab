//! Who starts when: jobs in the order of their arrival before a farm of equal instances, any of which make a cluster.
//!
//! *First come, first served*: nobody starts before somebody who came earlier. This is what a lock on a pool of machines does, and what is shown unless
//! something else is asked for. More instances never make anybody wait longer, so a search among sizes by halving finds the least.
//!
//! *With backfilling*: the first in the line has a reservation for when enough instances will be free at the latest, and a later job may pass only if
//! that is not put off by it (EASY backfilling; Lifka 1995; Mu'alem and Feitelson 2001). The scheduler knows no job's duration, only the longest
//! of its kind, as a time limit would tell it. A large job never starves, which it does where small ones may pass whenever they fit. More instances may
//! make a single job wait longer.
//!
//! Not here: what the waits amount to (`tally`).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use super::arrivals::Arrival;

/// In which order jobs leave the line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Discipline {
    /// First come, first served, without exception.
    #[default]
    FirstCome,
    /// A later job may pass if that does not put off the first in the line.
    Backfilling,
}

/// When the jobs of a record come to the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coming {
    AsDrawn,
    /// All at the beginning: the farm is never without work, and does as much as it ever can in this order.
    AtOnce,
}

impl Coming {
    fn at(self, arrival: &Arrival) -> u64 {
        match self {
            Self::AsDrawn => arrival.at,
            Self::AtOnce => 0,
        }
    }
}

/// The start of each job, in the order of the arrivals. None of them takes more than `instances`.
pub(super) fn starts(discipline: Discipline, arrivals: &[Arrival], coming: Coming, instances: u32) -> Vec<u64> {
    assert!(arrivals.iter().all(|arrival| arrival.instances <= instances), "jobs that never fit are sorted out before");
    match discipline {
        Discipline::FirstCome => first_come(arrivals, coming, instances),
        Discipline::Backfilling => Backfilling::new(arrivals, coming, instances).run(),
    }
}

fn first_come(arrivals: &[Arrival], coming: Coming, instances: u32) -> Vec<u64> {
    let (mut now, mut free) = (0, instances);
    let mut running: BinaryHeap<Reverse<(u64, u32)>> = BinaryHeap::new();
    let start = |arrival: &Arrival| {
        now = coming.at(arrival).max(now);
        while let Some(&Reverse((end, held))) = running.peek()
            && (end <= now || free < arrival.instances)
        {
            running.pop();
            now = end.max(now);
            free += held;
        }
        free -= arrival.instances;
        running.push(Reverse((now + arrival.duration, arrival.instances)));
        now
    };
    arrivals.iter().map(start).collect()
}

/// So many of those that wait are looked at for one that may pass: schedulers bound that too, and it bounds the time for a farm that cannot keep up.
const DEPTH: usize = 100;

struct Backfilling<'a> {
    arrivals: &'a [Arrival],
    coming: Coming,
    now: u64,
    free: u32,
    /// Places of those that wait, in order.
    waiting: VecDeque<usize>,
    /// Instances that are held, by when they are free at the latest and by whom.
    running: BTreeMap<(u64, usize), u32>,
    ends: BinaryHeap<Reverse<(u64, usize)>>,
    starts: Vec<u64>,
}

impl<'a> Backfilling<'a> {
    fn new(arrivals: &'a [Arrival], coming: Coming, instances: u32) -> Self {
        Self {
            arrivals,
            coming,
            now: 0,
            free: instances,
            waiting: VecDeque::new(),
            running: BTreeMap::new(),
            ends: BinaryHeap::new(),
            starts: vec![0; arrivals.len()],
        }
    }

    fn run(mut self) -> Vec<u64> {
        let mut next = 0;
        loop {
            let arrives = self.arrivals.get(next).map(|arrival| self.coming.at(arrival));
            let ends = self.ends.peek().map(|Reverse((end, _))| *end);
            let Some(now) = [arrives, ends].into_iter().flatten().min() else { return self.starts };
            self.now = now;
            while let Some(&Reverse((end, number))) = self.ends.peek()
                && end <= now
            {
                self.ends.pop();
                self.end(number);
            }
            while self.arrivals.get(next).is_some_and(|arrival| self.coming.at(arrival) <= now) {
                self.waiting.push_back(next);
                next += 1;
            }
            self.schedule();
        }
    }

    fn end(&mut self, number: usize) {
        let limit = self.starts[number] + self.arrivals[number].limit;
        self.free += self.running.remove(&(limit, number)).expect("only what runs ends");
    }

    fn start(&mut self, number: usize) {
        let arrival = self.arrivals[number];
        self.starts[number] = self.now;
        self.free -= arrival.instances;
        self.ends.push(Reverse((self.now + arrival.duration, number)));
        self.running.insert((self.now + arrival.limit, number), arrival.instances);
    }

    fn schedule(&mut self) {
        while let Some(&first) = self.waiting.front()
            && self.arrivals[first].instances <= self.free
        {
            self.waiting.pop_front();
            self.start(first);
        }
        let Some(&first) = self.waiting.front() else { return };
        if self.free == 0 || self.waiting.len() == 1 {
            return;
        }
        let (reserved, mut extra) = self.reservation(self.arrivals[first].instances);
        let mut place = 1;
        while place < self.waiting.len().min(DEPTH) && self.free > 0 {
            let number = self.waiting[place];
            let Arrival { limit, instances, .. } = self.arrivals[number];
            let is_over = self.now + limit <= reserved;
            if instances > self.free || !(is_over || instances <= extra) {
                place += 1;
                continue;
            }
            if !is_over {
                extra -= instances;
            }
            self.waiting.remove(place);
            self.start(number);
        }
    }

    /// When so many instances are free at the latest, and how many are left over then.
    fn reservation(&self, instances: u32) -> (u64, u32) {
        let mut free = self.free;
        let mut reserved = None;
        for (&(limit, _), &held) in &self.running {
            if reserved.is_some_and(|reserved| limit > reserved) {
                break;
            }
            free += held;
            if free >= instances {
                // Others may end at the same time.
                reserved = Some(limit);
            }
        }
        (reserved.expect("when all have ended, the whole farm is free"), free - instances)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Small numbers, so that much happens at the same moment.
    fn records() -> impl Strategy<Value = (Vec<Arrival>, u32)> {
        let arrival = (0_u64..6, 1_u64..9, 0_u64..5, 1_u32..7);
        (prop::collection::vec(arrival, 0..40), 6_u32..12).prop_map(|(jobs, instances)| {
            let mut at = 0;
            let of = |(gap, duration, more, instances): (u64, u64, u64, u32)| {
                // Some come at once.
                at += gap / 2;
                Arrival { at, duration, limit: duration + more, kind: 0, instances }
            };
            (jobs.into_iter().map(of).collect(), instances)
        })
    }

    /// What is free at a time, of what runs until then for sure or perhaps.
    fn free_at(time: u64, running: &[(u64, u32)], instances: u32) -> u32 {
        instances - running.iter().filter(|(limit, _)| *limit > time).map(|(_, held)| held).sum::<u32>()
    }

    /// When so many could start at the latest if nothing else did.
    fn earliest(now: u64, wanted: u32, running: &[(u64, u32)], instances: u32) -> u64 {
        let is_free = |time: &u64| free_at(*time, running, instances) >= wanted;
        let ends = running.iter().map(|(limit, _)| *limit).max().unwrap_or(now);
        (now..=ends).find(is_free).expect("everything ends")
    }

    /// Moment by moment, by the words of the definition alone: the first may start if it fits; another one may if it fits and the first of the line
    /// could start no later with it running than without.
    fn moment_by_moment(discipline: Discipline, arrivals: &[Arrival], instances: u32) -> Vec<u64> {
        let mut starts: Vec<Option<u64>> = vec![None; arrivals.len()];
        for now in 0.. {
            if starts.iter().all(Option::is_some) {
                break;
            }
            loop {
                let runs = |place: usize| starts[place].filter(|start| start + arrivals[place].duration > now);
                let limits = (0..arrivals.len()).filter_map(|place| {
                    runs(place).map(|start| (start + arrivals[place].limit, arrivals[place].instances))
                });
                let running: Vec<(u64, u32)> = limits.collect();
                // What runs on beyond its limit does not exist; what is below it holds its instances now.
                let held: u32 = running.iter().map(|(_, held)| held).sum();
                let here = |place: &usize| starts[*place].is_none() && arrivals[*place].at <= now;
                let waiting: Vec<usize> = (0..arrivals.len()).filter(here).collect();
                let Some(&first) = waiting.first() else { break };
                let fits = |place: usize| arrivals[place].instances <= instances - held;
                let may = |place: usize| {
                    let with: Vec<(u64, u32)> = running
                        .iter()
                        .copied()
                        .chain([(now + arrivals[place].limit, arrivals[place].instances)])
                        .collect();
                    let wanted = arrivals[first].instances;
                    fits(place) && earliest(now, wanted, &with, instances) <= earliest(now, wanted, &running, instances)
                };
                let next = match discipline {
                    _ if fits(first) => Some(first),
                    Discipline::FirstCome => None,
                    Discipline::Backfilling => waiting[1..].iter().copied().find(|place| may(*place)),
                };
                match next {
                    Some(place) => starts[place] = Some(now),
                    None => break,
                }
            }
        }
        starts.into_iter().map(|start| start.expect("all have started")).collect()
    }

    proptest! {
        #[test]
        fn as_the_definition_says((arrivals, instances) in records()) {
            for discipline in [Discipline::FirstCome, Discipline::Backfilling] {
                let expected = moment_by_moment(discipline, &arrivals, instances);
                prop_assert_eq!(starts(discipline, &arrivals, Coming::AsDrawn, instances), expected, "{:?}", discipline);
            }
        }

        /// What the search by halving rests on.
        #[test]
        fn more_instances_hurt_nobody_who_comes_first((arrivals, instances) in records()) {
            let small = starts(Discipline::FirstCome, &arrivals, Coming::AsDrawn, instances);
            let large = starts(Discipline::FirstCome, &arrivals, Coming::AsDrawn, instances + 1);
            prop_assert!(large.iter().zip(&small).all(|(large, small)| large <= small));
        }
    }

    /// Ten instances. One job holds six until 10; the next wants eight and waits. A third wants two until 5: it passes. A fourth wants two for long: it
    /// passes as well, since two are left over beside the eight. A fifth wants two for long: it would put off the second, and waits.
    #[test]
    fn who_may_pass() {
        let job = |at, duration, instances| Arrival { at, duration, limit: duration, kind: 0, instances };
        let arrivals = [job(0, 10, 6), job(1, 5, 8), job(2, 3, 2), job(3, 90, 2), job(3, 90, 2)];
        assert_eq!(starts(Discipline::FirstCome, &arrivals, Coming::AsDrawn, 10), [0, 10, 10, 13, 15]);
        assert_eq!(starts(Discipline::Backfilling, &arrivals, Coming::AsDrawn, 10), [0, 10, 2, 3, 15]);
    }
}
