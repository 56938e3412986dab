//! Tests of the state machine and of the explorer.

mod client;
mod defects;
mod explorer;
mod fenced;
mod stateright;
mod system;
mod trials;

use twinrail_sim::{
    Bounds, Event, Exploration, Fault, FaultSet, Property, PropertySet, Scope, Setting, Stop, Symmetry, Trace, explore,
};

/// A scope as four numbers: nodes, VIPs, controllers, faults.
pub fn scope(nodes: u8, vips: u8, controllers: u8, faults: u8) -> Scope {
    Scope { nodes, vips, controllers, faults }
}

/// Everything that can be reached, or a panic where a bound was hit.
pub fn explored(setting: &Setting) -> Exploration {
    let exploration = explore(setting, PropertySet::all(), Bounds::default(), &mut |_| {});
    assert_eq!(exploration.stop, Stop::Exhausted, "the setting is small enough");
    exploration
}

/// The counterexample to a property, which was replayed.
pub fn broken(setting: &Setting, property: Property) -> Option<Trace> {
    let exploration = explored(setting);
    let trace = exploration.violation(property).cloned();
    match &trace {
        Some(trace) => drop(trace.replay().expect("a counterexample can be followed")),
        None => assert!(exploration.reached.contains(property), "{property:?} holds, but what it is about never comes"),
    }
    trace
}

/// The faults of a counterexample, in order.
pub fn faults(trace: &Trace) -> Vec<Fault> {
    trace.events.iter().filter_map(|event: &Event| event.fault()).collect()
}

/// The menu under which a property is looked at.
pub fn storm() -> FaultSet {
    Property::Converges.menu()
}

/// Without symmetry.
pub fn plain() -> Bounds {
    Bounds { symmetry: false, ..Bounds::default() }
}

/// The number of renamings of a setting.
pub fn renamings(setting: &Setting) -> usize {
    Symmetry::of(setting).order()
}
