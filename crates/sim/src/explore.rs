//! Every state that can be reached, one by one: one loop whose order is a parameter, on as many threads as are given, with the same answer on any number.
//!
//! The frontier is taken in batches. Threads expand parts of a batch, and send what they find to the shard that its hash names; each shard then takes in
//! what is new in the order of the batch. So which state is found first, and by which event, does not depend on how the work was shared out. What is
//! stored of a state is its packed form, the state that it was found from, and nothing else. Not here: what is asked of a state (`property`),
//! and what must happen sooner or later (`liveness`).

mod liveness;
mod store;

use std::collections::VecDeque;
use std::num::NonZeroUsize;

use enumset::EnumSet;

use crate::event::Event;
use crate::pack::{Layout, Packed};
use crate::pending::pending;
use crate::property::{self, Property, PropertySet};
use crate::setting::Setting;
use crate::step::step;
use crate::symmetry::Symmetry;
use crate::system::System;
use crate::trace::Trace;
use store::{Found, Hash, Id, Store};

/// Which state of the frontier comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The one that was found first: counterexamples are as short as can be.
    Breadth,
    /// The ones that were found last: little is waiting at any time.
    Depth,
}

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub states: u64,
    /// Of the stored states, their index and the edges between them.
    pub bytes: u64,
    pub threads: NonZeroUsize,
    pub order: Order,
    /// Let one state stand for all that are alike.
    pub symmetry: bool,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { states: 50_000_000, bytes: 6 << 30, threads: NonZeroUsize::MIN, order: Order::Breadth, symmetry: true }
    }
}

/// Why the exploration ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Every state was seen.
    Exhausted,
    /// A bound on states or on memory was hit: what was not found may still exist.
    Bound,
    /// Everything that was asked about is violated; what else there is was not looked at.
    Answered,
}

/// What a long exploration says of itself now and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub states: u64,
    pub waiting: u64,
    pub depth: u32,
}

/// What was seen.
#[derive(Debug, Clone)]
pub struct Exploration {
    pub stop: Stop,
    pub states: u64,
    /// States that the stored ones stand for, whatever nodes, VIPs and controllers are called at the start. Without symmetry: those that were stored,
    /// which follow from the one start.
    pub full_states: u64,
    /// Events that were followed.
    pub transitions: u64,
    /// Events from the start to the farthest state.
    pub depth: u32,
    /// Bytes of all stored states with their index, when the exploration ended.
    pub bytes: u64,
    /// Bytes of one packed state.
    pub state_bytes: u64,
    pub violations: Vec<(Property, Trace)>,
    /// Twins that were reached, of the properties that were asked about.
    pub reached: PropertySet,
}

impl Exploration {
    pub fn violation(&self, property: Property) -> Option<&Trace> {
        self.violations.iter().find(|(violated, _)| *violated == property).map(|(_, trace)| trace)
    }
}

/// States of a depth-first batch.
const DEEP_BATCH: usize = 4096;

/// States of a breadth-first batch, which is a level or a part of one: what follows them is in memory twice for a while.
const BROAD_BATCH: usize = 1 << 16;

/// States that a thread expands before it looks up what follows them.
const AT_ONCE: usize = 64;

/// Explores a setting, and looks at the properties that are asked about. `watch` is told how far it is, and is called a few times a second at most as often
/// as batches end.
pub fn explore(setting: &Setting, asked: PropertySet, bounds: Bounds, watch: &mut dyn FnMut(Progress)) -> Exploration {
    let layout = Layout::new(setting);
    let symmetry = if bounds.symmetry { Symmetry::of(setting) } else { Symmetry::none(setting) };
    let liveness = !(asked & liveness_properties()).is_empty();
    let mut search = Search { setting, layout, symmetry, asked, liveness, bounds, violated: Vec::new() };
    search.run(watch)
}

fn liveness_properties() -> PropertySet {
    EnumSet::all().iter().filter(|property: &Property| property.is_liveness()).collect()
}

struct Search<'s> {
    setting: &'s Setting,
    layout: Layout,
    symmetry: Symmetry,
    asked: PropertySet,
    liveness: bool,
    bounds: Bounds,
    violated: Vec<Violation>,
}

/// A property, and the least of the nearest states that violate it.
#[derive(Clone, Copy)]
struct Violation {
    property: Property,
    depth: u32,
    /// The state that violates, or that the step which violates leads to.
    state: Packed,
    /// The stored state itself, or the one before that step.
    stored: Id,
    /// It is a step that violates.
    is_step: bool,
}

impl Violation {
    fn is_before(&self, other: &Self) -> bool {
        (self.depth, self.state, self.is_step) < (other.depth, other.state, other.is_step)
    }
}

/// What one thread makes of a part of a batch.
struct Part {
    /// For each shard what may be new there.
    found: Vec<Vec<Found>>,
    /// Progress between states that were known already.
    edges: Vec<(Id, Id, bool)>,
    violated: Vec<Violation>,
    reached: PropertySet,
    transitions: u64,
}

impl Search<'_> {
    fn run(&mut self, watch: &mut dyn FnMut(Progress)) -> Exploration {
        let mut store = Store::new(self.layout.words());
        let start = self.setting.start();
        let start = self.symmetry.least(&self.layout, &start);
        let root = store.insert(start, None, 0);
        self.look_at_all(&store, &[root]);
        let mut frontier = VecDeque::from([root]);
        let mut edges: Vec<(Id, Id, bool)> = Vec::new();
        let (mut transitions, mut depth, mut reached) = (0, 0, PropertySet::empty());
        let mut stop = Stop::Exhausted;
        while !frontier.is_empty() {
            if !self.asked.is_empty() && self.asked == self.known_violated() {
                stop = Stop::Answered;
                break;
            }
            let bytes = store.reserved() + liveness::bytes(edges.capacity(), edges.len(), store.len());
            if store.len() > self.bounds.states || bytes > self.bounds.bytes {
                stop = Stop::Bound;
                break;
            }
            let batch = self.batch(&store, &mut frontier);
            let wanted = self.asked - reached;
            let parts = self.share_out(&batch, |part| self.expand_part(&store, part, wanted));
            for part in &parts {
                transitions += part.transitions;
                reached |= part.reached;
                edges.extend_from_slice(&part.edges);
                part.violated.iter().for_each(|violation| note(&mut self.violated, *violation));
            }
            let new =
                store.take_in(parts.into_iter().map(|part| part.found).collect(), self.bounds.threads, &mut edges);
            for id in &new {
                depth = depth.max(store.depth(*id));
            }
            self.look_at_all(&store, &new);
            frontier.extend(new);
            watch(Progress { states: store.len(), waiting: frontier.len() as u64, depth });
        }
        let mut exploration = Exploration {
            stop,
            states: store.len(),
            full_states: self.full_states(&store),
            transitions,
            depth,
            bytes: store.bytes(),
            state_bytes: store.bytes() / store.len().max(1),
            violations: Vec::new(),
            reached,
        };
        exploration.violations = self.traces(&store);
        if self.liveness && stop == Stop::Exhausted {
            exploration.violations.extend(liveness::violations(self, &store, &edges));
        }
        exploration.violations.sort_by_key(|(property, _)| *property);
        exploration
    }

    /// `wanted` are the twins that were not reached yet.
    fn expand_part(&self, store: &Store, batch: &[Id], wanted: PropertySet) -> Part {
        let mut part = Part {
            found: (0..store::SHARDS).map(|_| Vec::new()).collect(),
            edges: Vec::new(),
            violated: Vec::new(),
            reached: PropertySet::empty(),
            transitions: 0,
        };
        let (mut events, mut next_ones) = (Vec::new(), Vec::new());
        for some in batch.chunks(AT_ONCE) {
            for id in some {
                let system = self.layout.unpack(&store.packed(*id));
                let depth = u16::try_from(store.depth(*id) + 1).unwrap_or(u16::MAX);
                events.clear();
                pending(&system, self.setting, &mut events);
                for event in &events {
                    let mut next = system.clone();
                    step(&mut next, self.setting, *event);
                    part.transitions += 1;
                    part.reached |= property::reached(&system, *event, &next, self.setting, wanted - part.reached);
                    let packed = self.symmetry.least(&self.layout, &next);
                    let violated = property::violated_by_step(&system, *event, &next, self.setting) & self.asked;
                    for property in violated {
                        let depth = u32::from(depth);
                        let violation = Violation { property, depth, state: packed, stored: *id, is_step: true };
                        note(&mut part.violated, violation);
                    }
                    let edge =
                        (self.liveness && event.is_progress()).then(|| property::moves(&system, &next, self.setting));
                    next_ones.push(Found { packed, hash: Hash::of(&packed), from: *id, depth, edge });
                }
            }
            store.warm(&next_ones);
            for found in next_ones.drain(..) {
                match store.find(&found.packed, found.hash) {
                    Some(known) => part.edges.extend(found.edge.map(|moves| (found.from, known, moves))),
                    None => part.found[found.hash.shard()].push(found),
                }
            }
        }
        part
    }

    /// The next part of the frontier. Breadth first it is of one level.
    fn batch(&self, store: &Store, frontier: &mut VecDeque<Id>) -> Vec<Id> {
        match self.bounds.order {
            Order::Breadth => {
                let level = store.depth(frontier[0]);
                let of_level = frontier.iter().take(BROAD_BATCH).take_while(|id| store.depth(**id) == level);
                let count = of_level.count();
                frontier.drain(..count).collect()
            }
            Order::Depth => frontier.split_off(frontier.len().saturating_sub(DEEP_BATCH)).into(),
        }
    }

    /// Looks at states for what they violate, on as many threads as are given. What a nearer state violates is not looked for any more.
    fn look_at_all(&mut self, store: &Store, new: &[Id]) {
        let Some(level) = new.iter().map(|id| store.depth(*id)).min() else { return };
        let nearer = self.violated.iter().filter(|violation| violation.depth < level);
        let nearer: PropertySet = nearer.map(|violation| violation.property).collect();
        let open = self.asked - liveness_properties() - nearer;
        if open.is_empty() {
            return;
        }
        let look = |part: &[Id]| {
            let mut violated = Vec::new();
            for id in part {
                let state = store.packed(*id);
                for property in property::violated_by_state(&self.layout.unpack(&state), self.setting, open) {
                    let depth = store.depth(*id);
                    note(&mut violated, Violation { property, depth, state, stored: *id, is_step: false });
                }
            }
            violated
        };
        for violation in self.share_out(new, look).into_iter().flatten() {
            note(&mut self.violated, violation);
        }
    }

    /// What each thread makes of a part, in the order of the parts.
    fn share_out<T: Send>(&self, all: &[Id], make: impl Fn(&[Id]) -> T + Sync) -> Vec<T> {
        let threads = self.bounds.threads.get().min(all.len().div_ceil(256)).max(1);
        if threads == 1 {
            return vec![make(all)];
        }
        std::thread::scope(|scope| {
            let make = &make;
            let handles: Vec<_> =
                all.chunks(all.len().div_ceil(threads)).map(|part| scope.spawn(move || make(part))).collect();
            handles.into_iter().map(|handle| handle.join().expect("a panic of a thread is ours too")).collect()
        })
    }

    fn known_violated(&self) -> PropertySet {
        self.violated.iter().map(|violation| violation.property).collect()
    }

    fn full_states(&self, store: &Store) -> u64 {
        if self.symmetry.order() == 1 {
            return store.len();
        }
        store.all().map(|packed| self.symmetry.orbit(&self.layout, &self.layout.unpack(&packed))).sum()
    }

    fn traces(&self, store: &Store) -> Vec<(Property, Trace)> {
        let traces = self.violated.iter().map(|violation| {
            let mut path = store.path(violation.stored);
            path.extend(violation.is_step.then_some(violation.state));
            (violation.property, Trace::new(self.setting, violation.property, self.events(&path, path.len()), None))
        });
        traces.collect()
    }

    /// The events that lead along a path of stored states, from the one start; from some place in it on by progress alone.
    fn events(&self, path: &[Packed], progress_from: usize) -> Vec<Event> {
        let mut system = self.setting.start();
        let mut events = Vec::new();
        for (place, packed) in path.iter().enumerate().skip(1) {
            let event = self.event_to(&system, packed, |event| place < progress_from || event.is_progress());
            step(&mut system, self.setting, event);
            events.push(event);
        }
        events
    }

    /// The first event that leads from a state to one that is like the given.
    fn event_to(&self, system: &System, packed: &Packed, which: impl Fn(Event) -> bool) -> Event {
        let mut events = Vec::new();
        pending(system, self.setting, &mut events);
        let leads = events.into_iter().filter(|event| which(*event)).find(|event| {
            let mut next = system.clone();
            step(&mut next, self.setting, *event);
            self.symmetry.least(&self.layout, &next) == *packed
        });
        leads.expect("a state was found from the one before it by an event")
    }
}

/// Keeps the least of the nearest violations of each property.
fn note(known: &mut Vec<Violation>, new: Violation) {
    match known.iter_mut().find(|violation| violation.property == new.property) {
        Some(violation) if new.is_before(violation) => *violation = new,
        Some(_) => {}
        None => known.push(new),
    }
}
