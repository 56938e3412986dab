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
//! How far a flow has come is known from its resource: a flow's *mark* is what the sum of the resource's level over time will be when the flow ends. Levels change
//! without a look at flows.

use crate::share::Activity;

use super::first::First;

/// No resource stops it, or no place in the order.
pub(super) const NONE: u32 = u32::MAX;

/// Who uses a resource now, and what it takes of it for one of level: its coefficient times its weight.
#[derive(Debug, Clone, Copy)]
struct User {
    flow: u32,
    takes: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Flow {
    /// Where its uses begin; they end where the next one's begin.
    uses: usize,
    mark: f64,
}

#[derive(Debug, Clone)]
struct Resource {
    capacity: f64,
    users: Vec<User>,
    /// Its place in the order, or [`NONE`] while nobody uses it.
    place: u32,
    /// The sum of its level over time, up to `since`.
    sum: f64,
    since: f64,
    is_stale: bool,
}

/// What a resource has for those whom it stops.
pub(super) struct Reading {
    /// What the others leave.
    left: f64,
    /// What one of level takes of those whom it stops.
    slope: f64,
    /// The highest level of the others.
    highest: f64,
    /// The first mark among those whom it stops.
    soonest: f64,
}

#[derive(Debug, Clone)]
pub(super) struct Levels {
    /// With a last one that only says where uses end.
    flows: Vec<Flow>,
    /// By flow: the resource that stops it.
    stopped_by: Vec<u32>,
    uses: Vec<(u32, f64)>,
    resources: Vec<Resource>,
    /// By resource; infinite where it stops nobody.
    levels: Vec<f64>,
    pub(super) order: Vec<u32>,
    stale: usize,
    /// By resource, when the first flow ends that it stops.
    ends: First,
    /// How often a resource may move ahead in one settlement, times the resources in use, before all is found anew.
    pub(super) patience: usize,
}

/// Rounding that a sum may have gathered, for each of its terms.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

impl Levels {
    /// A demand becomes a resource of its own. Resources that never bound are left out.
    pub(super) fn new<'a>(capacities: &[f64], activities: impl Iterator<Item = &'a Activity>) -> Self {
        const PATIENCE: usize = 4;
        let mut capacities = capacities.to_vec();
        let (mut flows, mut uses) = (Vec::new(), Vec::<(u32, f64)>::new());
        for Activity { weight, demand, uses: theirs } in activities {
            let begin = uses.len();
            flows.push(Flow { uses: begin, mark: 0.0 });
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
        }
        let count = flows.len();
        flows.push(Flow { uses: uses.len(), mark: 0.0 });
        let resource = |capacity: &f64| Resource {
            capacity: *capacity,
            users: Vec::new(),
            place: NONE,
            sum: 0.0,
            since: 0.0,
            is_stale: false,
        };
        Self {
            flows,
            stopped_by: vec![NONE; count],
            uses,
            resources: capacities.iter().map(resource).collect(),
            levels: vec![f64::INFINITY; capacities.len()],
            order: Vec::new(),
            stale: 0,
            ends: First::new(capacities.len()),
            patience: PATIENCE,
        }
    }

    /// When the next flow ends if none starts before.
    pub(super) fn next_end(&self) -> f64 {
        self.ends.time()
    }

    /// A flow starts, whose level times time will sum up to so much.
    pub(super) fn start(&mut self, flow: usize, sum: f64, now: f64) {
        let mut by = NONE;
        for at in self.uses_of(flow) {
            let (resource, takes) = self.uses[at];
            let place = self.resources[resource as usize].place;
            if place == NONE {
                self.resources[resource as usize].place = index(self.order.len());
                self.order.push(resource);
            }
            self.resources[resource as usize].users.push(User { flow: index(flow), takes });
            self.spoil(resource);
            if by == NONE || self.place(resource) < self.place(by) {
                by = resource;
            }
        }
        assert!(by != NONE, "an activity is bounded by its demand or by a resource");
        self.stopped_by[flow] = by;
        self.pass(by, now);
        self.flows[flow].mark = self.resources[by as usize].sum + sum;
    }

    /// Takes away the flows that end up to this moment, and lists them.
    pub(super) fn end(&mut self, until: f64, ended: &mut Vec<usize>) {
        while self.ends.time() <= until {
            let resource = self.ends.place();
            self.ends.set(resource, f64::INFINITY);
            let due = self.resources[resource].users.iter().map(|user| user.flow as usize).filter(|flow| {
                self.stopped_by[*flow] as usize == resource && self.end_of(resource, self.flows[*flow].mark) <= until
            });
            let due: Vec<usize> = due.collect();
            assert!(!due.is_empty(), "what is said to end first does end");
            for flow in due {
                self.remove(flow);
                ended.push(flow);
            }
        }
    }

    fn remove(&mut self, flow: usize) {
        self.stopped_by[flow] = NONE;
        for at in self.uses_of(flow) {
            let resource = self.uses[at].0;
            let users = &mut self.resources[resource as usize].users;
            let place = users.iter().position(|user| user.flow as usize == flow).expect("a flow uses its resources");
            users.swap_remove(place);
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
            let reading = self.read(resource, resource);
            if self.is_first(resource, &reading) {
                self.accept(resource, &reading, now);
                at += 1;
            } else if patience == 0 {
                self.refill(now);
            } else {
                patience -= 1;
                at = self.move_ahead(resource, now) + 1;
            }
        }
        self.leave_unused();
    }

    /// What those leave who are stopped by others than this resource, or `rising`.
    pub(super) fn read(&self, resource: u32, rising: u32) -> Reading {
        let Resource { capacity, users, .. } = &self.resources[resource as usize];
        let mut reading = Reading { left: *capacity, slope: 0.0, highest: 0.0, soonest: f64::INFINITY };
        for &User { flow, takes } in users {
            let by = self.stopped_by[flow as usize];
            if by == rising {
                reading.slope += takes;
                reading.soonest = reading.soonest.min(self.flows[flow as usize].mark);
            } else {
                let level = self.levels[by as usize];
                reading.left -= takes * level;
                reading.highest = reading.highest.max(level);
            }
        }
        reading
    }

    /// Whether nobody who uses it and is stopped by another has a higher level, but for rounding. Asked in what the resource carries, since a level of its
    /// own is not exact where those whom it stops take little of it.
    fn is_first(&self, resource: u32, reading: &Reading) -> bool {
        let Resource { capacity, users, .. } = &self.resources[resource as usize];
        reading.highest * reading.slope <= reading.left + ROUNDING * users.len() as f64 * capacity
    }

    fn accept(&mut self, resource: u32, reading: &Reading, now: f64) {
        self.refresh(resource);
        let level = reading.level();
        let was = self.levels[resource as usize];
        if level.total_cmp(&was).is_ne() {
            self.pass(resource, now);
            self.levels[resource as usize] = level;
            self.spoil_behind(resource);
        }
        self.ends.set(resource as usize, self.end_of(resource as usize, reading.soonest));
    }

    /// Moves a resource in the order to where its level belongs, and lets it stop whoever has a higher one. Returns its place.
    fn move_ahead(&mut self, resource: u32, now: f64) -> usize {
        let level = self.level_ahead(resource);
        let mut first = self.place(resource);
        self.pass(resource, now);
        self.levels[resource as usize] = level;
        for at in 0..self.resources[resource as usize].users.len() {
            let flow = self.resources[resource as usize].users[at].flow as usize;
            let by = self.stopped_by[flow];
            if by != resource && self.levels[by as usize] > level {
                first = first.min(self.place(by));
                self.pass(by, now);
                self.flows[flow].mark += self.resources[resource as usize].sum - self.resources[by as usize].sum;
                self.stopped_by[flow] = resource;
            }
        }
        let place = self.put_at(resource, first, level);
        self.time_end(resource);
        self.spoil_behind(resource);
        place
    }

    /// The level at which a resource is full if it stops everybody who has a higher one. Found from below: each round is right for fewer of them, and the
    /// last for those who are left.
    fn level_ahead(&self, resource: u32) -> f64 {
        let Resource { capacity, users, .. } = &self.resources[resource as usize];
        let (mut level, mut before) = (f64::NEG_INFINITY, usize::MAX);
        loop {
            let (mut left, mut slope, mut rising) = (*capacity, 0.0, 0);
            for user in users {
                let by = self.stopped_by[user.flow as usize];
                let theirs = self.levels[by as usize];
                if by == resource || theirs > level {
                    slope += user.takes;
                    rising += 1;
                } else {
                    left -= user.takes * theirs;
                }
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
        let behind: Vec<u32> =
            self.order[first..last].iter().copied().filter(|other| self.levels[*other as usize] > level).collect();
        let place = last - behind.len();
        let mut at = first;
        for from in first..last {
            let other = self.order[from];
            if self.levels[other as usize] <= level {
                self.order[at] = other;
                at += 1;
            }
        }
        self.order[place] = resource;
        self.order[place + 1..=last].copy_from_slice(&behind);
        self.number(first);
        place
    }

    /// Says in each resource from this place on where it is.
    pub(super) fn number(&mut self, first: usize) {
        for place in first..self.order.len() {
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
        self.number(first);
    }

    /// Lets all flows rise from nothing. Until they are stopped again, a mark is what is missing.
    pub(super) fn forget(&mut self, now: f64) {
        for place in 0..self.order.len() {
            self.pass(self.order[place], now);
        }
        for place in 0..self.order.len() {
            let resource = self.order[place] as usize;
            for at in 0..self.resources[resource].users.len() {
                let flow = self.resources[resource].users[at].flow as usize;
                let by = self.stopped_by[flow];
                if by != NONE {
                    self.flows[flow].mark -= self.resources[by as usize].sum;
                    self.stopped_by[flow] = NONE;
                }
            }
        }
        for place in 0..self.order.len() {
            self.levels[self.order[place] as usize] = f64::INFINITY;
        }
    }

    /// Stops all at a resource that still rise.
    pub(super) fn stop_rising(&mut self, resource: u32, level: f64) {
        self.levels[resource as usize] = level;
        let Resource { users, sum, .. } = &self.resources[resource as usize];
        for user in users {
            let by = &mut self.stopped_by[user.flow as usize];
            if *by == NONE {
                *by = resource;
                self.flows[user.flow as usize].mark += sum;
            }
        }
    }

    /// Says when the first flow ends that a resource stops.
    pub(super) fn time_end(&mut self, resource: u32) {
        self.refresh(resource);
        let soonest = self.read(resource, resource).soonest;
        self.ends.set(resource as usize, self.end_of(resource as usize, soonest));
    }

    fn is_unused(&self, resource: u32) -> bool {
        self.resources[resource as usize].users.is_empty()
    }

    fn place(&self, resource: u32) -> usize {
        self.resources[resource as usize].place as usize
    }

    fn uses_of(&self, flow: usize) -> std::ops::Range<usize> {
        self.flows[flow].uses..self.flows[flow + 1].uses
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

    /// Whoever reads this resource's level is to read again. All of them stand behind it.
    fn spoil_behind(&mut self, resource: u32) {
        let behind = self.order.len() - 1 - self.place(resource);
        for at in 0..self.resources[resource as usize].users.len() {
            if self.stale >= behind {
                return;
            }
            let flow = self.resources[resource as usize].users[at].flow as usize;
            if self.stopped_by[flow] == resource {
                for at in self.uses_of(flow) {
                    let other = self.uses[at].0;
                    if other != resource {
                        self.spoil(other);
                    }
                }
            }
        }
    }

    /// Sums up a resource's level until now.
    pub(super) fn pass(&mut self, resource: u32, now: f64) {
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

impl Reading {
    /// The level at which the resource is full; infinite if it stops nobody.
    pub(super) fn level(&self) -> f64 {
        if self.slope > 0.0 { (self.left / self.slope).max(0.0) } else { f64::INFINITY }
    }
}

/// Places are kept short, since what is read most is to lie close together.
fn index(place: usize) -> u32 {
    u32::try_from(place).ok().filter(|place| *place != NONE).expect("fewer than 2^32 transfers and resources")
}
