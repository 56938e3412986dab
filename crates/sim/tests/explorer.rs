//! The explorer: the same answer with and without symmetry, on any number of threads, in either order; bounds are said when they are hit.

use std::collections::HashSet;
use std::num::NonZeroUsize;

use twinrail_model::MoverKind;
use twinrail_sim::{
    Bounds, Exploration, Fencing, Order, Property, PropertySet, Setting, Stop, Symmetry, System, explore, pending, step,
};

use crate::{explored, plain, renamings, scope, storm};

fn small(mover: MoverKind) -> Setting {
    Setting { menu: storm(), ..Setting::new(mover, scope(3, 1, 2, 2)) }
}

fn verdicts(exploration: &Exploration) -> PropertySet {
    exploration.violations.iter().map(|(property, _)| *property).collect()
}

/// How many states follow from all ways to call things at the start: a second, plain search that shares nothing with the explorer.
fn brute_force(setting: &Setting) -> u64 {
    let mut seen: HashSet<System> = Symmetry::of(setting).images(&setting.start()).into_iter().collect();
    let mut next: Vec<System> = seen.iter().cloned().collect();
    while let Some(system) = next.pop() {
        let mut events = Vec::new();
        pending(&system, setting, &mut events);
        for event in events {
            let mut after = system.clone();
            step(&mut after, setting, event);
            if seen.insert(after.clone()) {
                next.push(after);
            }
        }
    }
    seen.len() as u64
}

#[test]
fn orbits_sum_up_to_all_states_and_verdicts_are_the_same() {
    for mover in MoverKind::ALL {
        for fencing in [Fencing::Epoch, Fencing::Nothing] {
            let setting = Setting { fencing, ..small(mover) };
            let few = explored(&setting);
            let all = explore(&setting, PropertySet::all(), plain(), &mut |_| {});
            assert_eq!(few.full_states, brute_force(&setting), "{mover} {fencing:?}");
            assert_eq!(all.full_states, all.states, "{mover} {fencing:?}");
            assert!(few.states <= all.states && all.states <= few.full_states, "{mover} {fencing:?}");
            assert_eq!(verdicts(&few), verdicts(&all), "{mover} {fencing:?}");
            assert_eq!(few.reached, all.reached, "{mover} {fencing:?}");
            assert!(few.depth <= all.depth, "{mover} {fencing:?}");
            for (property, trace) in few.violations.iter().chain(&all.violations) {
                trace.replay().unwrap_or_else(|error| panic!("{mover} {property:?}: {error}"));
            }
            assert!(few.states * renamings(&setting) as u64 >= few.full_states, "{mover} {fencing:?}");
        }
    }
}

#[test]
fn counterexamples_of_safety_are_as_short_without_symmetry() {
    for mover in MoverKind::ALL {
        let setting = Setting { fencing: Fencing::Nothing, ..small(mover) };
        let few = explored(&setting);
        let all = explore(&setting, PropertySet::all(), plain(), &mut |_| {});
        for (property, trace) in few.violations.iter().filter(|(property, _)| !property.is_liveness()) {
            let other = all.violation(*property).map(|trace| trace.events.len());
            assert_eq!(Some(trace.events.len()), other, "{mover} {property:?}");
        }
    }
}

#[test]
fn the_answer_is_the_same_on_any_number_of_threads() {
    for mover in [MoverKind::AliasIp, MoverKind::LbGarp, MoverKind::RouteMakeBeforeBreak] {
        let setting = Setting { fencing: Fencing::Nothing, ..Setting::new(mover, scope(3, 2, 2, 2)) };
        let setting = Setting { menu: storm(), ..setting };
        let on = |threads: usize| {
            let bounds = Bounds { threads: NonZeroUsize::new(threads).expect("some"), ..Bounds::default() };
            let exploration = explore(&setting, PropertySet::all(), bounds, &mut |_| {});
            (exploration.states, exploration.transitions, exploration.depth, exploration.violations)
        };
        let one = on(1);
        assert!(!one.3.is_empty(), "{mover}");
        for threads in [2, 3, 7] {
            assert_eq!(on(threads), one, "{mover}");
        }
    }
}

#[test]
fn depth_first_sees_the_same_states() {
    for mover in MoverKind::ALL {
        let setting = small(mover);
        let deep = Bounds { order: Order::Depth, ..Bounds::default() };
        let deep = explore(&setting, PropertySet::all(), deep, &mut |_| {});
        let broad = explored(&setting);
        assert_eq!((deep.states, deep.transitions), (broad.states, broad.transitions), "{mover}");
        assert_eq!(verdicts(&deep), verdicts(&broad), "{mover}");
    }
}

#[test]
fn a_bound_is_said_and_nothing_is_claimed_beyond_it() {
    let setting = small(MoverKind::AliasIpFenced);
    let whole = explored(&setting);
    for bounds in
        [Bounds { states: whole.states / 2, ..Bounds::default() }, Bounds { bytes: 4096, ..Bounds::default() }]
    {
        let part = explore(&setting, PropertySet::all(), bounds, &mut |_| {});
        assert_eq!(part.stop, Stop::Bound);
        assert!(part.states < whole.states);
        assert!(
            part.violations.iter().all(|(property, _)| !property.is_liveness()),
            "a part of the graph shows no end"
        );
    }
}

#[test]
fn a_trace_that_shows_nothing_is_not_reproduced() {
    let setting = Setting { fencing: Fencing::Nothing, ..small(MoverKind::AliasIp) };
    let trace = explored(&setting).violation(Property::Converges).cloned().expect("the naive mover loses an address");
    let mut cut = trace.clone();
    cut.events.pop();
    cut.loops_from = Some(cut.events.len());
    assert!(cut.replay().is_err(), "one event less is not the end");
    let mut other = trace.clone();
    other.property = Property::SenderDiscipline;
    assert!(other.replay().is_err(), "it shows something else");
    let mut strange = trace;
    strange.setting.scope.nodes = 200;
    assert!(strange.replay().is_err(), "no such scope");
}
