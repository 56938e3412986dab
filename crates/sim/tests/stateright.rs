//! Stateright, an explorer of others, on the same machine: it knows nothing of packing, of symmetry or of our tables, and comes to the same states and
//! verdicts. Not here: a machine of others, which is the benchmark's model for SPIN.

use stateright::{Checker, Model};
use twinrail_model::MoverKind;
use twinrail_sim::{Event, Fencing, Property, PropertySet, Setting, Stop, Symmetry, System, explore, pending, step};

use crate::{plain, scope, storm};

#[derive(Clone)]
struct Machine {
    setting: Setting,
    starts: Vec<System>,
}

impl Machine {
    fn of(setting: &Setting) -> Self {
        Self { setting: setting.clone(), starts: vec![setting.start()] }
    }

    fn one_writer(&self, system: &System) -> bool {
        let scope = self.setting.scope;
        (0..scope.vips)
            .all(|vip| (0..scope.nodes).filter(|node| system.is_served_by(&self.setting, vip, *node)).count() <= 1)
    }
}

impl Model for Machine {
    type State = System;
    type Action = Event;

    fn init_states(&self) -> Vec<System> {
        self.starts.clone()
    }

    fn actions(&self, state: &System, actions: &mut Vec<Event>) {
        pending(state, &self.setting, actions);
    }

    fn next_state(&self, state: &System, event: Event) -> Option<System> {
        let mut next = state.clone();
        step(&mut next, &self.setting, event);
        Some(next)
    }

    fn properties(&self) -> Vec<stateright::Property<Self>> {
        vec![
            stateright::Property::always("one writer", Self::one_writer),
            // It ends when every property has an example, so that one without keeps it going to the end.
            stateright::Property::always("nothing", |_, _| true),
        ]
    }
}

fn small(mover: MoverKind, size: (u8, u8, u8, u8)) -> Setting {
    Setting { menu: storm(), ..Setting::new(mover, scope(size.0, size.1, size.2, size.3)) }
}

#[test]
fn it_counts_the_same_states_and_transitions() {
    for (mover, size) in [
        (MoverKind::AliasIp, (2, 1, 1, 2)),
        (MoverKind::AliasIp, (3, 2, 2, 1)),
        (MoverKind::AliasIp, (2, 2, 1, 2)),
        (MoverKind::AliasIpFenced, (2, 1, 2, 1)),
        (MoverKind::PacemakerAlias, (3, 1, 1, 1)),
        (MoverKind::RouteReplace, (3, 1, 2, 1)),
        (MoverKind::RouteMakeBeforeBreak, (2, 2, 1, 1)),
        (MoverKind::LbLeader, (3, 1, 2, 2)),
        (MoverKind::LbGarp, (2, 1, 1, 2)),
        (MoverKind::StatefulMig, (3, 2, 1, 2)),
    ] {
        let setting = small(mover, size);
        let ours = explore(&setting, PropertySet::empty(), plain(), &mut |_| {});
        let theirs = Machine::of(&setting).checker().spawn_bfs().join();
        assert!(ours.states > 50, "{mover} {size:?}: there is something to count");
        assert_eq!(ours.states, theirs.unique_state_count() as u64, "{mover} {size:?}");
        // It counts the start as generated.
        assert_eq!(ours.transitions + 1, theirs.state_count() as u64, "{mover} {size:?}");
        assert_eq!(ours.depth as usize + 1, theirs.max_depth(), "{mover} {size:?}");
    }
}

#[test]
fn it_counts_what_representatives_stand_for() {
    let setting = small(MoverKind::AliasIp, (2, 2, 2, 2));
    let starts = Symmetry::of(&setting).images(&setting.start());
    let theirs = Machine { starts, ..Machine::of(&setting) }.checker().spawn_bfs().join();
    let ours = explore(&setting, PropertySet::empty(), twinrail_sim::Bounds::default(), &mut |_| {});
    assert_eq!(ours.full_states, theirs.unique_state_count() as u64);
}

#[test]
fn verdicts_are_the_same() {
    for (fencing, kept) in [(Fencing::Epoch, true), (Fencing::Nothing, false)] {
        let setting = Setting { fencing, ..small(MoverKind::AliasIp, (3, 1, 1, 1)) };
        let ours = explore(&setting, Property::NoDeposedWrite.into(), plain(), &mut |_| {});
        let theirs = Machine::of(&setting).checker().spawn_bfs().join();
        let example = theirs.discovery("one writer");
        assert_eq!(example.is_none(), kept, "{fencing:?}");
        assert_eq!(ours.violation(Property::NoDeposedWrite).is_none(), kept, "{fencing:?}");
        assert_eq!(ours.stop, if kept { Stop::Exhausted } else { Stop::Answered });
        if let (Some(theirs), Some(ours)) = (example, ours.violation(Property::NoDeposedWrite)) {
            assert!(theirs.into_actions().len() >= ours.events.len(), "ours is as short as can be; theirs need not be");
        }
    }
}
