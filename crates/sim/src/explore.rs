//! Every state that can be reached, one by one: one loop whose order is a parameter, on as many threads as are given, with the same answer on any number.
//!
//! The frontier is taken in batches. Threads expand parts of a batch, and send what they find to the shard that its hash names; each shard then takes in
//! what is new in the order of the batch. So which state is found first, and by which event, does not depend on how the work was shared out. What is
//! stored of a state is its packed form, the state that it was found from, and nothing else. Not here: what is asked of a state (`property`),
//! and what must happen sooner or later (`liveness`).

mod liveness;
mod store;

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
use store::{Found, Id, Store};

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
    /// Twins that were reached.
    pub reached: PropertySet,
}

impl Exploration {
    pub fn violation(&self, property: Property) -> Option<&Trace> {
        self.violations.iter().find(|(violated, _)| *violated == property).map(|(_, trace)| trace)
    }
}

/// States of a depth-first batch.
const BATCH: usize = 4096;

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
    /// For each violated property the first state in the order of the search, with the last event where it is a step that violates.
    violated: Vec<(Property, Id, Option<Packed>)>,
}

/// What one thread makes of a part of a batch.
struct Part {
    /// For each shard what may be new there.
    found: Vec<Vec<Found>>,
    /// Progress between states that were known already.
    edges: Vec<(Id, Id, bool)>,
    violated: Vec<(Property, Id, Option<Packed>)>,
    reached: PropertySet,
    transitions: u64,
}

impl Search<'_> {
    fn run(&mut self, watch: &mut dyn FnMut(Progress)) -> Exploration {
        let mut store = Store::new(self.layout.words());
        let start = self.setting.start();
        let start = self.symmetry.least(&self.layout, &start);
        let root = store.insert(start, None, 0);
        self.look(root, &self.layout.unpack(&start));
        let mut frontier = vec![root];
        let mut edges: Vec<(Id, Id, bool)> = Vec::new();
        let (mut transitions, mut depth, mut reached) = (0, 0, PropertySet::empty());
        let mut stop = Stop::Exhausted;
        while !frontier.is_empty() {
            let bytes = store.bytes() + edges.len() as u64 * size_of::<(Id, Id, bool)>() as u64;
            if store.len() > self.bounds.states || bytes > self.bounds.bytes {
                stop = Stop::Bound;
                break;
            }
            let batch = match self.bounds.order {
                Order::Breadth => std::mem::take(&mut frontier),
                Order::Depth => frontier.split_off(frontier.len().saturating_sub(BATCH)),
            };
            let parts = self.expand(&store, &batch);
            for part in &parts {
                transitions += part.transitions;
                reached |= part.reached;
                edges.extend_from_slice(&part.edges);
                for (property, id, last) in &part.violated {
                    self.note(*property, *id, *last);
                }
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

    fn expand(&self, store: &Store, batch: &[Id]) -> Vec<Part> {
        let threads = self.bounds.threads.get().min(batch.len().div_ceil(256)).max(1);
        if threads == 1 {
            return vec![self.expand_part(store, batch)];
        }
        std::thread::scope(|scope| {
            let parts = batch.chunks(batch.len().div_ceil(threads));
            let handles: Vec<_> = parts.map(|part| scope.spawn(|| self.expand_part(store, part))).collect();
            handles.into_iter().map(|handle| handle.join().expect("a panic of a thread is ours too")).collect()
        })
    }

    fn expand_part(&self, store: &Store, batch: &[Id]) -> Part {
        let mut part = Part {
            found: (0..store::SHARDS).map(|_| Vec::new()).collect(),
            edges: Vec::new(),
            violated: Vec::new(),
            reached: PropertySet::empty(),
            transitions: 0,
        };
        let mut events = Vec::new();
        let mut noted = PropertySet::empty();
        for id in batch {
            let system = self.layout.unpack(&store.packed(*id));
            events.clear();
            pending(&system, self.setting, &mut events);
            for event in &events {
                let mut next = system.clone();
                step(&mut next, self.setting, *event);
                part.transitions += 1;
                part.reached |= property::reached(&system, *event, &next, self.setting);
                let packed = self.symmetry.least(&self.layout, &next);
                let violated = property::violated_by_step(&system, *event, &next, self.setting) & self.asked;
                for property in violated - noted {
                    part.violated.push((property, *id, Some(packed)));
                }
                noted |= violated;
                let edge =
                    (self.liveness && event.is_progress()).then(|| property::moves(&system, &next, self.setting));
                match store.find(&packed) {
                    Some(known) => part.edges.extend(edge.map(|moves| (*id, known, moves))),
                    None => part.found[store::shard_of(&packed)].push(Found { packed, from: *id, edge }),
                }
            }
        }
        part
    }

    fn look_at_all(&mut self, store: &Store, new: &[Id]) {
        let open = self.asked - self.violated.iter().map(|(property, ..)| *property).collect::<PropertySet>();
        if (open - liveness_properties()).is_empty() {
            return;
        }
        for id in new {
            self.look(*id, &self.layout.unpack(&store.packed(*id)));
        }
    }

    fn look(&mut self, id: Id, system: &System) {
        for property in property::violated_by_state(system, self.setting) & self.asked {
            self.note(property, id, None);
        }
    }

    fn note(&mut self, property: Property, id: Id, last: Option<Packed>) {
        if !self.violated.iter().any(|(known, ..)| *known == property) {
            self.violated.push((property, id, last));
        }
    }

    fn full_states(&self, store: &Store) -> u64 {
        if self.symmetry.order() == 1 {
            return store.len();
        }
        store.all().map(|packed| self.symmetry.orbit(&self.layout, &self.layout.unpack(&packed))).sum()
    }

    fn traces(&self, store: &Store) -> Vec<(Property, Trace)> {
        let traces = self.violated.iter().map(|(property, id, last)| {
            let mut path = store.path(*id);
            path.extend(last);
            (*property, Trace::new(self.setting, *property, self.events(&path), None))
        });
        traces.collect()
    }

    /// The events that lead along a path of stored states, from the one start.
    fn events(&self, path: &[Packed]) -> Vec<Event> {
        let mut system = self.setting.start();
        let mut events = Vec::new();
        for packed in &path[1..] {
            let event = self.event_to(&system, packed, |_| true);
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
