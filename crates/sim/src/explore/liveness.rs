//! What must come about sooner or later, on the graph of all states that were seen, once no more faults happen.
//!
//! From every state a good one must be reachable by progress alone; luck (a restart, the end of a pause) does not count. A run then ends in a part of the
//! graph that it cannot leave, and under a scheduler that gives every pending event a chance it visits all of it. That is a property of single states and of
//! what follows them, so it holds for a state exactly if it holds for the one that stands for it. A VIP moves for ever if a cycle of progress
//! moves it; a cycle among states that stand for others is one among those too, gone through as often as the renaming has to be repeated.

use crate::explore::Search;
use crate::explore::store::{Id, Store};
use crate::property::{Property, is_good};
use crate::trace::Trace;

/// Edges by the state they start from, or end in.
struct Edges {
    first: Vec<u32>,
    ends: Vec<(u32, bool)>,
}

impl Edges {
    fn by(count: usize, edges: &[(Id, Id, bool)], key: impl Fn(&(Id, Id, bool)) -> (usize, usize)) -> Self {
        let mut first = vec![0_u32; count + 1];
        for edge in edges {
            first[key(edge).0 + 1] += 1;
        }
        for place in 1..first.len() {
            first[place] += first[place - 1];
        }
        let mut next = first.clone();
        let mut ends = vec![(0, false); edges.len()];
        for edge in edges {
            let (at, to) = key(edge);
            let place = &mut next[at];
            ends[*place as usize] = (u32::try_from(to).expect("ids are within 32 bits"), edge.2);
            *place += 1;
        }
        Self { first, ends }
    }

    fn of(&self, at: usize) -> &[(u32, bool)] {
        &self.ends[self.first[at] as usize..self.first[at + 1] as usize]
    }
}

/// Bytes of so many edges, and of what will be made of them and of the states when the search is over.
pub(super) fn bytes(room: usize, edges: usize, states: u64) -> u64 {
    let later = 2 * size_of::<(u32, bool)>() * edges;
    let of_state = if edges == 0 { 0 } else { 32 };
    (room * size_of::<(Id, Id, bool)>() + later) as u64 + of_state * states
}

pub(super) fn violations(search: &Search<'_>, store: &Store, edges: &[(Id, Id, bool)]) -> Vec<(Property, Trace)> {
    let count = store.capacity();
    let forward = Edges::by(count, edges, |(from, to, _)| (from.index(), to.index()));
    let mut found = Vec::new();
    let about_good = search.asked & (Property::Converges | Property::DriftRepaired | Property::FailsBack);
    if !about_good.is_empty()
        && let Some(stuck) = first_stuck(search, store, edges, count)
    {
        let lasso = stuck_loop(store, &forward, stuck);
        found.extend(about_good.iter().map(|property| (property, trace(search, store, property, stuck, &lasso))));
    }
    if search.asked.contains(Property::NoPingPong)
        && let Some((at, lasso)) = first_moving_loop(store, &forward, count)
    {
        found.push((Property::NoPingPong, trace(search, store, Property::NoPingPong, at, &lasso)));
    }
    found
}

/// The first state, by depth and then by its packed form, from which no good one can be reached.
fn first_stuck(search: &Search<'_>, store: &Store, edges: &[(Id, Id, bool)], count: usize) -> Option<Id> {
    let backward = Edges::by(count, edges, |(from, to, _)| (to.index(), from.index()));
    let mut saved = vec![false; count];
    let mut next = Vec::new();
    for id in store.ids() {
        if is_good(&search.layout.unpack(&store.packed(id)), search.setting) {
            saved[id.index()] = true;
            next.push(id.index());
        }
    }
    while let Some(at) = next.pop() {
        for (from, _) in backward.of(at) {
            if !std::mem::replace(&mut saved[*from as usize], true) {
                next.push(*from as usize);
            }
        }
    }
    store.ids().filter(|id| !saved[id.index()]).min_by_key(|id| (store.depth(*id), store.packed(*id)))
}

/// Where a run from a state stays for ever: the states on the way there, and then round and round; empty if nothing happens any more.
fn stuck_loop(store: &Store, forward: &Edges, from: Id) -> Lasso {
    let mut way = vec![from];
    // Each step goes to a state from which the walk has not come; when there is none, the last is at the end or on a loop.
    let mut seen = std::collections::BTreeMap::from([(from, 0_usize)]);
    loop {
        let at = way[way.len() - 1];
        let ends = forward.of(at.index());
        let fresh = ends.iter().map(|(to, _)| Id::at(*to as usize)).find(|to| !seen.contains_key(to));
        if let Some(to) = fresh {
            seen.insert(to, way.len());
            way.push(to);
            continue;
        }
        let back = ends.iter().filter_map(|(to, _)| seen.get(&Id::at(*to as usize))).min();
        let round = back.map(|first| way[*first..].to_vec()).unwrap_or_default();
        let lead = back.map_or(way.len(), |first| *first + 1);
        return Lasso { lead: way[..lead].iter().map(|id| store.packed(*id)).collect(), round: repeat(store, &round) };
    }
}

/// A way to a loop, and the loop from its first state back to it; empty where there is none.
struct Lasso {
    lead: Vec<crate::pack::Packed>,
    round: Vec<crate::pack::Packed>,
}

/// The states of a loop after its first, and the first again.
fn repeat(store: &Store, round: &[Id]) -> Vec<crate::pack::Packed> {
    let Some(first) = round.first() else { return Vec::new() };
    round[1..].iter().chain([first]).map(|id| store.packed(*id)).collect()
}

/// A loop of progress in which a VIP moves, by the least state in such a component.
fn first_moving_loop(store: &Store, forward: &Edges, count: usize) -> Option<(Id, Lasso)> {
    let component = components(forward, count);
    let mut least: Option<(u32, crate::pack::Packed, Id, Id)> = None;
    for id in store.ids() {
        for (to, moves) in forward.of(id.index()) {
            if *moves && component[id.index()] == component[*to as usize] {
                let key = (store.depth(id), store.packed(id));
                if least.as_ref().is_none_or(|(depth, packed, ..)| key < (*depth, *packed)) {
                    least = Some((key.0, key.1, id, Id::at(*to as usize)));
                }
            }
        }
    }
    let (.., from, to) = least?;
    let back = way_within(forward, &component, to, from);
    let mut round = vec![from];
    round.extend(&back[..back.len().saturating_sub(1)]);
    if from == to {
        round.truncate(1);
    }
    Some((from, Lasso { lead: vec![store.packed(from)], round: repeat(store, &round) }))
}

/// The shortest way between two states of one component, both included.
fn way_within(forward: &Edges, component: &[u32], from: Id, to: Id) -> Vec<Id> {
    let mut before = std::collections::BTreeMap::new();
    let mut next = std::collections::VecDeque::from([from]);
    while let Some(at) = next.pop_front() {
        if at == to {
            break;
        }
        for (end, _) in forward.of(at.index()) {
            let end = Id::at(*end as usize);
            if component[end.index()] == component[from.index()] && end != from && !before.contains_key(&end) {
                before.insert(end, at);
                next.push_back(end);
            }
        }
    }
    let mut way = vec![to];
    while way[way.len() - 1] != from {
        way.push(before[&way[way.len() - 1]]);
    }
    way.reverse();
    way
}

/// The strongly connected component of every state, by Tarjan's algorithm without recursion: the graphs are far deeper than a stack.
fn components(forward: &Edges, count: usize) -> Vec<u32> {
    const NEW: u32 = u32::MAX;
    let mut order = vec![NEW; count];
    let mut low = vec![0_u32; count];
    let mut component = vec![NEW; count];
    let (mut stack, mut calls) = (Vec::new(), Vec::new());
    let (mut number, mut components) = (0, 0);
    for root in 0..count {
        if order[root] != NEW {
            continue;
        }
        calls.push((root, 0_usize));
        while let Some((at, edge)) = calls.pop() {
            if edge == 0 {
                order[at] = number;
                low[at] = number;
                number += 1;
                stack.push(at);
            }
            let ends = forward.of(at);
            if edge > 0 {
                let before = ends[edge - 1].0 as usize;
                low[at] = low[at].min(low[before]);
            }
            let mut edge = edge;
            let mut into = None;
            while edge < ends.len() {
                let to = ends[edge].0 as usize;
                edge += 1;
                if order[to] == NEW {
                    into = Some(to);
                    break;
                }
                if component[to] == NEW {
                    low[at] = low[at].min(order[to]);
                }
            }
            if let Some(to) = into {
                calls.push((at, edge));
                calls.push((to, 0));
                continue;
            }
            if low[at] == order[at] {
                while let Some(member) = stack.pop() {
                    component[member] = components;
                    if member == at {
                        break;
                    }
                }
                components += 1;
            }
        }
    }
    component
}

fn trace(search: &Search<'_>, store: &Store, property: Property, to: Id, lasso: &Lasso) -> Trace {
    let mut path = store.path(to);
    let lead = path.len();
    path.extend(&lasso.lead[1..]);
    let mut events = search.events(&path, lead);
    let start = events.len();
    // The loop is followed with the names that the way to it gave, as often as it takes for them to be the same again.
    let mut system = search.setting.start();
    for event in &events {
        crate::step(&mut system, search.setting, *event);
    }
    if lasso.round.is_empty() {
        return Trace::new(search.setting, property, events, Some(start));
    }
    // Which of several like events is followed depends on the state alone, so that the walk comes to a state that it was in at the start of some round, if not
    // of the first.
    let mut rounds = vec![(system.clone(), events.len())];
    loop {
        for packed in &lasso.round {
            let event = search.event_to(&system, packed, crate::Event::is_progress);
            crate::step(&mut system, search.setting, event);
            events.push(event);
        }
        if let Some((_, since)) = rounds.iter().find(|(before, _)| *before == system) {
            return Trace::new(search.setting, property, events, Some(*since));
        }
        rounds.push((system.clone(), events.len()));
    }
}
