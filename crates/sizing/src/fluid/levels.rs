//! The levels of resources while transfers start and end.
//! Not here: how levels are found where nothing is to go by, which [`refill`](super::refill) does, and whose idea of fairness this is:
//! see [`share`](mod@crate::share).
//!
//! A flow is *stopped* by one of the resources that it uses, whose level it has: its rate is that times its weight. Shares are max-min exactly if every
//! flow has the lowest level among its resources, and every resource that stops somebody is full, and no other is overfull. So resources are kept in an
//! *order*, in which each flow is stopped by the first of its own. After a start or an end, resources are read again in that order: what is left by those
//! who are stopped before, shared by those whom it stops. Where somebody stopped before has a higher level than that, the order was wrong; the resource
//! moves ahead, stops him too, and those behind are read again. Only what changed is read: a resource is *stale* if a level or a flow that it reads is another
//! one. A start or an end moves few resources in the order and many levels a little, so this is a look at each flow, and no search.
//!
//! How far a flow has come is known from its resource: a flow's *mark* is what the sum of the resource's level over
//! time will be when the flow ends. Levels change
//! without a look at flows.

use std::ops::Range;

use crate::share::Activity;

use super::first::First;

/// No resource stops it, or no place in the order.
pub(super) const NONE: u32 = u32::MAX;

/// A user of a resource that stops it.
#[derive(Debug, Clone, Copy)]
struct Held {
    flow: u32,
    mark: f64,
    /// What it takes of the resource for one of level: its coefficient times its weight.
    takes: f64,
}

/// A user of a resource that another stops.
#[derive(Debug, Clone, Copy)]
struct Passer {
    flow: u32,
    /// Who stops it.
    by: u32,
    takes: f64,
}

#[derive(Debug, Clone)]
struct Resource {
    capacity: f64,
    held: Vec<Held>,
    passers: Vec<Passer>,
    /// What those whom it stops take for one of level, and the first of their marks; as of when `is_weighed`.
    slope: f64,
    soonest: f64,
    is_weighed: bool,
    /// Its place in the order, or [`NONE`] while nobody uses it.
    place: u32,
    /// The sum of its level over time, up to `since`.
    sum: f64,
    since: f64,
    is_stale: bool,
}

/// What a resource has for those whom it stops.
struct Reading {
    /// What the others leave.
    left: f64,
    /// The highest level of the others.
    highest: f64,
}

#[derive(Debug, Clone)]
pub(super) struct Levels {
    /// Of each flow: what it uses, and what it takes of it for one of level. Flow f's begin at `begins[f]`.
    uses: Vec<(u32, f64)>,
    begins: Vec<usize>,
    /// By flow: the resource that stops it.
    stopped_by: Vec<u32>,
    resources: Vec<Resource>,
    /// By resource; infinite where it stops nobody.
    levels: Vec<f64>,
    pub(super) order: Vec<u32>,
    stale: usize,
    /// An empty list, kept for its memory.
    spare: Vec<u32>,
    /// Some resource is in the order that nobody uses any more.
    some_unused: bool,
    /// By resource, when the first flow ends that it stops.
    ends: First,
    /// How often a resource may move ahead in one settlement, times the resources in use, before all is found anew.
    pub(super) patience: usize,
    /// How often all was found anew.
    pub(super) refills: usize,
}

/// Rounding that a sum may have gathered, for each of its terms.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

impl Levels {
    /// A demand becomes a resource of its own. Resources that never bound are left out.
    pub(super) fn new<'a>(capacities: &[f64], activities: impl Iterator<Item = &'a Activity>) -> Self {
        const PATIENCE: usize = 4;
        let mut capacities = capacities.to_vec();
        let (mut begins, mut uses) = (vec![0], Vec::<(u32, f64)>::new());
        for Activity { weight, demand, uses: theirs } in activities {
            let begin = uses.len();
            for &(resource, coefficient) in theirs.iter().filter(|(resource, _)| capacities[*resource].is_finite()) {
                let resource = index(resource);
                match uses[begin..].iter_mut().find(|(other, _)| *other == resource) {
                    Some((_, takes)) => *takes += coefficient * weight,
                    None => uses.push((resource, coefficient * weight)),
                }
            }
            if demand.is_finite() {
                uses.push((index(capacities.len()), *weight));
                capacities.push(*demand);
            }
            begins.push(uses.len());
        }
        let resource = |capacity: &f64| Resource {
            capacity: *capacity,
            held: Vec::new(),
            passers: Vec::new(),
            slope: 0.0,
            soonest: f64::INFINITY,
            is_weighed: true,
            place: NONE,
            sum: 0.0,
            since: 0.0,
            is_stale: false,
        };
        Self {
            uses,
            stopped_by: vec![NONE; begins.len() - 1],
            begins,
            resources: capacities.iter().map(resource).collect(),
            levels: vec![f64::INFINITY; capacities.len()],
            order: Vec::new(),
            stale: 0,
            spare: Vec::new(),
            some_unused: false,
            ends: First::new(capacities.len()),
            patience: PATIENCE,
            refills: 0,
        }
    }

    /// When the next flow ends if none starts before.
    pub(super) fn next_end(&self) -> f64 {
        self.ends.time()
    }

    /// A flow starts, whose level times time will sum up to so much.
    pub(super) fn start(&mut self, flow: usize, sum: f64, now: f64) {
        for at in self.uses_of(flow) {
            let resource = self.uses[at].0;
            if self.place(resource) == NONE as usize {
                self.resources[resource as usize].place = index(self.order.len());
                self.order.push(resource);
            }
        }
        let uses = &self.uses[self.uses_of(flow)];
        let first = uses.iter().map(|(resource, _)| *resource).min_by_key(|resource| self.place(*resource));
        let by = first.expect("an activity is bounded by its demand or by a resource");
        for at in self.uses_of(flow) {
            let (resource, takes) = self.uses[at];
            let Resource { passers, .. } = &mut self.resources[resource as usize];
            passers.push(Passer { flow: index(flow), by: NONE, takes });
            self.spoil(resource);
        }
        self.stop(flow, by, sum, now);
    }

    /// Stops a flow that nobody stops, and that is to get so much of level times time from now on.
    fn stop(&mut self, flow: usize, by: u32, missing: f64, now: f64) {
        self.stopped_by[flow] = by;
        self.pass(by, now);
        for at in self.uses_of(flow) {
            let (resource, takes) = self.uses[at];
            let Resource { held, passers, is_weighed, sum, .. } = &mut self.resources[resource as usize];
            if resource == by {
                take(passers, |passer| passer.flow as usize == flow);
                held.push(Held { flow: index(flow), mark: missing + *sum, takes });
                *is_weighed = false;
            } else {
                let passer = passers.iter_mut().find(|passer| passer.flow as usize == flow);
                passer.expect("a flow uses its resources").by = by;
            }
        }
    }

    /// Lets go of a flow that this resource stops. Returns what it is still to get.
    fn release(&mut self, flow: u32, by: u32, now: f64) -> f64 {
        self.pass(by, now);
        let Resource { held, passers, is_weighed, sum, .. } = &mut self.resources[by as usize];
        let Held { mark, takes, .. } = take(held, |held| held.flow == flow);
        passers.push(Passer { flow, by: NONE, takes });
        *is_weighed = false;
        mark - *sum
    }

    /// Takes away the flows that end up to this moment, and lists them.
    pub(super) fn end(&mut self, until: f64, ended: &mut Vec<usize>) {
        while self.ends.time() <= until {
            let resource = self.ends.place();
            self.ends.set(resource, f64::INFINITY);
            self.ends.play();
            let before = ended.len();
            let held = self.resources[resource].held.iter();
            let due = held.filter(|held| self.end_of(resource, held.mark) <= until);
            ended.extend(due.map(|held| held.flow as usize));
            assert!(before < ended.len(), "what is said to end first does end");
            for flow in &ended[before..] {
                self.remove(*flow);
            }
        }
    }

    fn remove(&mut self, flow: usize) {
        let by = std::mem::replace(&mut self.stopped_by[flow], NONE);
        for at in self.uses_of(flow) {
            let resource = self.uses[at].0;
            let Resource { held, passers, is_weighed, .. } = &mut self.resources[resource as usize];
            if resource == by {
                take(held, |held| held.flow as usize == flow);
                *is_weighed = false;
            } else {
                take(passers, |passer| passer.flow as usize == flow);
            }
            self.some_unused |= self.is_unused(resource);
            self.spoil(resource);
        }
    }

    /// Finds the levels from now on.
    pub(super) fn settle(&mut self, now: f64) {
        let mut patience = self.patience * self.order.len();
        let mut at = 0;
        while self.stale > 0 {
            let resource = self.order[at];
            if !self.resources[resource as usize].is_stale {
                at += 1;
                continue;
            }
            self.weigh(resource);
            let reading = self.read(resource);
            if self.is_first(resource, &reading) {
                self.accept(resource, &reading, now);
                at += 1;
            } else if patience == 0 {
                self.refills += 1;
                self.refill(now);
            } else {
                patience -= 1;
                at = self.move_ahead(resource, &reading, now) + 1;
            }
        }
        self.ends.play();
        if std::mem::take(&mut self.some_unused) {
            self.leave_unused();
        }
    }

    /// Sums up those whom a resource stops, if they are others than before.
    fn weigh(&mut self, resource: u32) {
        let Resource { held, slope, soonest, is_weighed, .. } = &mut self.resources[resource as usize];
        if !*is_weighed {
            *slope = held.iter().map(|held| held.takes).sum();
            *soonest = held.iter().map(|held| held.mark).fold(f64::INFINITY, f64::min);
            *is_weighed = true;
        }
    }

    /// Reads those whom others stop. This is where the time goes, so it is done in several sums that do not wait for each other.
    fn read(&self, resource: u32) -> Reading {
        const LANES: usize = 4;
        let Resource { capacity, passers, .. } = &self.resources[resource as usize];
        let (mut taken, mut highest) = ([0.0; LANES], [0.0_f64; LANES]);
        let (fours, rest) = passers.as_chunks::<LANES>();
        let mut read = |lane: usize, passer: &Passer| {
            let level = self.levels[passer.by as usize];
            taken[lane] += passer.takes * level;
            highest[lane] = if level > highest[lane] { level } else { highest[lane] };
        };
        for four in fours {
            for (lane, passer) in four.iter().enumerate() {
                read(lane, passer);
            }
        }
        for passer in rest {
            read(0, passer);
        }
        let [a, b, c, d] = taken;
        Reading { left: capacity - ((a + b) + (c + d)), highest: highest.into_iter().fold(0.0, f64::max) }
    }

    /// Whether nobody who uses it and is stopped by another has a higher level, but for rounding. Asked in what the resource carries, since a level of its
    /// own is not exact where those whom it stops take little of it.
    fn is_first(&self, resource: u32, reading: &Reading) -> bool {
        let Resource { capacity, held, passers, slope, .. } = &self.resources[resource as usize];
        let terms = (held.len() + passers.len()) as f64;
        reading.highest * slope <= reading.left + ROUNDING * terms * capacity
    }

    fn accept(&mut self, resource: u32, reading: &Reading, now: f64) {
        let slope = self.resources[resource as usize].slope;
        let level = if slope > 0.0 { (reading.left / slope).max(0.0) } else { f64::INFINITY };
        self.refresh(resource);
        if level.total_cmp(&self.levels[resource as usize]).is_ne() {
            self.pass(resource, now);
            self.levels[resource as usize] = level;
            self.spoil_behind(resource);
        }
        self.time_end(resource);
    }

    /// Moves a resource in the order to where its level belongs, and lets it stop whoever has a higher one. Returns its place.
    fn move_ahead(&mut self, resource: u32, reading: &Reading, now: f64) -> usize {
        let level = self.level_ahead(resource, reading);
        let mut first = self.place(resource);
        self.pass(resource, now);
        self.levels[resource as usize] = level;
        let mut at = 0;
        while let Some(&Passer { flow, by, .. }) = self.resources[resource as usize].passers.get(at) {
            if self.levels[by as usize] > level {
                first = first.min(self.place(by));
                self.spoil(by);
                let missing = self.release(flow, by, now);
                // The last of those who pass takes its place in the list.
                self.stop(flow as usize, resource, missing, now);
            } else {
                at += 1;
            }
        }
        let place = self.put_at(resource, first, level);
        self.refresh(resource);
        self.spoil_behind(resource);
        self.weigh(resource);
        self.time_end(resource);
        place
    }

    /// The level at which a resource is full if it stops everybody who has a higher one. Found from below: each round is right for fewer of them, and the
    /// last for those who are left.
    fn level_ahead(&self, resource: u32, reading: &Reading) -> f64 {
        let Resource { capacity, slope: of_held, passers, .. } = &self.resources[resource as usize];
        let mut level = if *of_held > 0.0 { reading.left / of_held } else { f64::NEG_INFINITY };
        let mut before = usize::MAX;
        loop {
            let (mut left, mut slope, mut rising) = (*capacity, *of_held, 0);
            for passer in passers {
                let theirs = self.levels[passer.by as usize];
                let rises = theirs > level;
                slope += if rises { passer.takes } else { 0.0 };
                left -= if rises { 0.0 } else { passer.takes * theirs };
                rising += usize::from(rises);
            }
            if rising == 0 || rising >= before {
                return level.max(0.0);
            }
            (level, before) = (level.max(left / slope), rising);
        }
    }

    /// Puts a resource behind those that have at most its level, from this place of the order on. The others keep their order.
    fn put_at(&mut self, resource: u32, first: usize, level: f64) -> usize {
        let last = self.place(resource);
        let mut behind = std::mem::take(&mut self.spare);
        let mut place = first;
        for from in first..last {
            let other = self.order[from];
            if self.levels[other as usize] <= level {
                self.order[place] = other;
                place += 1;
            } else {
                behind.push(other);
            }
        }
        self.order[place] = resource;
        self.order[place + 1..=last].copy_from_slice(&behind);
        behind.clear();
        self.spare = behind;
        self.number(first..last + 1);
        place
    }

    /// Says in each resource at these places where it is.
    fn number(&mut self, places: Range<usize>) {
        for place in places {
            self.resources[self.order[place] as usize].place = index(place);
        }
    }

    /// Takes resources out of the order that nobody uses any more.
    fn leave_unused(&mut self) {
        let Some(first) = self.order.iter().position(|resource| self.is_unused(*resource)) else { return };
        let mut order = std::mem::take(&mut self.order);
        order.retain(|resource| {
            let is_unused = self.is_unused(*resource);
            if is_unused {
                self.resources[*resource as usize].place = NONE;
            }
            !is_unused
        });
        self.order = order;
        self.number(first..self.order.len());
    }

    /// Lets all flows rise from nothing. Returns what each is still to get.
    pub(super) fn forget(&mut self, now: f64) -> Vec<f64> {
        let mut missing = vec![0.0; self.stopped_by.len()];
        for place in 0..self.order.len() {
            let by = self.order[place];
            while let Some(&Held { flow, .. }) = self.resources[by as usize].held.last() {
                missing[flow as usize] = self.release(flow, by, now);
            }
        }
        for place in 0..self.order.len() {
            let resource = self.order[place] as usize;
            self.resources[resource].passers.iter_mut().for_each(|passer| passer.by = NONE);
            self.levels[resource] = f64::INFINITY;
        }
        missing
    }

    /// The level at which a resource is full if all rise whom nobody stops yet; infinite if there is none.
    pub(super) fn level_of_rising(&self, resource: u32) -> f64 {
        let Resource { capacity, passers, .. } = &self.resources[resource as usize];
        let (mut left, mut slope) = (*capacity, 0.0);
        for passer in passers {
            if passer.by == NONE {
                slope += passer.takes;
            } else {
                left -= passer.takes * self.levels[passer.by as usize];
            }
        }
        if slope > 0.0 { (left / slope).max(0.0) } else { f64::INFINITY }
    }

    /// Stops all at a resource that still rise, and are still to get so much.
    pub(super) fn stop_rising(&mut self, resource: u32, level: f64, missing: &[f64], now: f64) {
        self.pass(resource, now);
        self.levels[resource as usize] = level;
        let mut at = 0;
        while let Some(&Passer { flow, by, .. }) = self.resources[resource as usize].passers.get(at) {
            if by == NONE {
                // The last of those who pass takes its place in the list.
                self.stop(flow as usize, resource, missing[flow as usize], now);
            } else {
                at += 1;
            }
        }
    }

    /// Ends a refill: each resource is as this order has it.
    pub(super) fn reorder(&mut self, order: Vec<u32>) {
        self.order = order;
        self.number(0..self.order.len());
        for place in 0..self.order.len() {
            let resource = self.order[place];
            self.refresh(resource);
            self.weigh(resource);
            self.time_end(resource);
        }
    }

    /// Says when the first flow ends that a resource stops.
    fn time_end(&mut self, resource: u32) {
        let end = self.end_of(resource as usize, self.resources[resource as usize].soonest);
        self.ends.set(resource as usize, end);
    }

    fn is_unused(&self, resource: u32) -> bool {
        self.resources[resource as usize].held.is_empty() && self.resources[resource as usize].passers.is_empty()
    }

    fn place(&self, resource: u32) -> usize {
        self.resources[resource as usize].place as usize
    }

    fn uses_of(&self, flow: usize) -> Range<usize> {
        self.begins[flow]..self.begins[flow + 1]
    }

    fn spoil(&mut self, resource: u32) {
        let is_stale = &mut self.resources[resource as usize].is_stale;
        self.stale += usize::from(!*is_stale);
        *is_stale = true;
    }

    fn refresh(&mut self, resource: u32) {
        let is_stale = &mut self.resources[resource as usize].is_stale;
        self.stale -= usize::from(*is_stale);
        *is_stale = false;
    }

    fn spoil_all_from(&mut self, place: usize) {
        for at in place..self.order.len() {
            self.spoil(self.order[at]);
        }
    }

    /// Whoever reads this resource's level is to read again. All of them stand behind it. Where they are most of those behind, it is cheaper to read all than
    /// to find out who.
    fn spoil_behind(&mut self, resource: u32) {
        let place = self.place(resource);
        let behind = self.order.len() - 1 - place;
        if self.stale == behind {
            return;
        }
        for at in 0..self.resources[resource as usize].held.len() {
            if self.stale * 2 >= behind {
                return self.spoil_all_from(place + 1);
            }
            for at in self.uses_of(self.resources[resource as usize].held[at].flow as usize) {
                let other = self.uses[at].0;
                if other != resource {
                    self.spoil(other);
                }
            }
        }
    }

    /// Sums up a resource's level until now.
    fn pass(&mut self, resource: u32, now: f64) {
        let level = self.levels[resource as usize];
        let Resource { sum, since, .. } = &mut self.resources[resource as usize];
        if level.is_finite() {
            *sum += level * (now - *since);
        }
        *since = now;
    }

    /// When a flow with this mark ends, if the level stays.
    fn end_of(&self, resource: usize, mark: f64) -> f64 {
        let Resource { sum, since, .. } = &self.resources[resource];
        if mark <= *sum { *since } else { *since + (mark - *sum) / self.levels[resource] }
    }
}

/// Takes one out of a list in which it is; the last comes in its place.
fn take<T>(list: &mut Vec<T>, is_it: impl FnMut(&T) -> bool) -> T {
    let place = list.iter().position(is_it).expect("a flow uses its resources");
    list.swap_remove(place)
}

/// Places are kept short, since what is read most is to lie close together.
fn index(place: usize) -> u32 {
    u32::try_from(place).ok().filter(|place| *place != NONE).expect("fewer than 2^32 transfers and resources")
}
