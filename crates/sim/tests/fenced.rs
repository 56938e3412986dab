//! `alias-ip-fenced` keeps every property at the default scope, and no step of it can be left out.

use twinrail_model::MoverKind;
use twinrail_sim::{Fault, FaultSet, Fencing, Property, PropertySet, Scope, Setting, Step, Steps};

use crate::{explored, scope, storm};

fn setting(fencing: Fencing, scope: Scope) -> Setting {
    Setting { fencing, menu: storm(), ..Setting::new(MoverKind::AliasIpFenced, scope) }
}

/// Every property but those that do not arise holds, and none for want of what it is about.
fn assert_proved(setting: &Setting) {
    for (menu, properties) in menus() {
        let setting = Setting { menu, ..setting.clone() };
        let exploration = explored(&setting);
        let asked = exploration.violations.iter().filter(|(property, _)| properties.contains(*property));
        let violated: Vec<_> = asked.map(|(property, trace)| (property, &trace.events)).collect();
        assert!(violated.is_empty(), "{violated:?}");
        let arises: PropertySet = properties.iter().filter(|property| property.absent(&setting).is_none()).collect();
        assert_eq!(arises - exploration.reached, PropertySet::empty(), "vacuous under {menu:?}");
    }
}

/// Each menu, and the properties that are looked at under it.
fn menus() -> Vec<(FaultSet, PropertySet)> {
    let mut menus: Vec<(FaultSet, PropertySet)> = Vec::new();
    for property in PropertySet::all() {
        match menus.iter_mut().find(|(menu, _)| *menu == property.menu()) {
            Some((_, properties)) => *properties |= property,
            None => menus.push((property.menu(), PropertySet::only(property))),
        }
    }
    menus
}

#[test]
fn it_is_proved_with_epochs_and_with_stop() {
    for fencing in [Fencing::Epoch, Fencing::Stop] {
        assert_proved(&setting(fencing, Scope::default()));
    }
}

#[test]
fn it_is_proved_where_fingerprints_come_back_with_their_content() {
    assert_proved(&Setting { fingerprints_repeat: true, ..setting(Fencing::Epoch, Scope::default()) });
}

#[test]
fn it_is_proved_for_four_nodes_and_three_vips() {
    assert_proved(&setting(Fencing::Epoch, scope(4, 3, 2, 2)));
}

#[test]
fn every_step_is_needed() {
    let needed = [
        (Step::Claim, Fencing::Stop, Property::NoLostUpdate),
        (Step::Fence, Fencing::Epoch, Property::NoDeposedWrite),
        (Step::Fence, Fencing::Stop, Property::OneResponder),
        (Step::Recover, Fencing::Epoch, Property::Converges),
        (Step::Relist, Fencing::Epoch, Property::NoCollateral),
        (Step::CheckGuest, Fencing::Epoch, Property::Converges),
        (Step::RespectBounds, Fencing::Epoch, Property::WithinBounds),
    ];
    for step in Steps::of(MoverKind::AliasIpFenced).0 {
        let mut refuted = 0;
        for (_, fencing, property) in needed.iter().filter(|(known, ..)| *known == step) {
            let mut setting = setting(*fencing, Scope::default());
            setting.steps = setting.steps.without(step);
            let exploration = explored(&setting);
            let trace = exploration.violation(*property);
            let trace = trace.unwrap_or_else(|| panic!("without {step:?}, {property:?} is kept"));
            trace.replay().expect("a counterexample can be followed");
            refuted += 1;
        }
        assert!(refuted > 0, "{step:?} is not shown to be needed");
    }
}

#[test]
fn a_claim_is_needed_with_epochs_too() {
    let mut setting = setting(Fencing::Epoch, Scope::default());
    setting.steps = setting.steps.without(Step::Claim);
    assert!(explored(&setting).violation(Property::Converges).is_some());
}

#[test]
fn a_reset_brings_the_address_back_with_the_instance() {
    let setting = setting(Fencing::Reset, Scope::default());
    let exploration = explored(&setting);
    assert!(exploration.violation(Property::OneResponder).is_some());
    assert!(exploration.violation(Property::NoDeposedWrite).is_some());
    assert!(exploration.violation(Property::Converges).is_none());
}

#[test]
fn what_is_not_reserved_may_be_lost_to_a_stranger() {
    let mut setting = setting(Fencing::Epoch, Scope::default());
    setting.reserved = false;
    let exploration = explored(&setting);
    assert!(exploration.violation(Property::PoolIntegrity).is_some());
    setting.may_be_taken = false;
    assert!(explored(&setting).violation(Property::PoolIntegrity).is_none());
}

/// Flaws of earlier versions, which no smaller budget of faults shows: the holder counted as well though the storage had been told to obey another; a crash
/// between claim and grant was never repaired; an address was taken off whoever had it by then, and not off the one that was stopped.
#[test]
fn more_faults_than_the_default_find_nothing_either() {
    let cases = [
        (Fencing::Epoch, scope(3, 1, 1, 3), Fault::Kill | Fault::Cut | Fault::Crash),
        (Fencing::Epoch, scope(2, 1, 1, 4), Fault::Cut | Fault::Crash),
        (Fencing::Stop, scope(3, 1, 2, 4), Fault::Cut | Fault::Depose),
        (Fencing::Stop, scope(2, 1, 2, 2), Fault::Cut | Fault::Kill | Fault::Crash),
    ];
    for (fencing, scope, menu) in cases {
        let setting = Setting { menu, ..setting(fencing, scope) };
        let exploration = explored(&setting);
        let violated: Vec<_> =
            exploration.violations.iter().map(|(property, trace)| (property, &trace.events)).collect();
        assert!(violated.is_empty(), "{fencing:?} {scope:?} {violated:?}");
    }
}

/// `TWINRAIL_SLOW=1`: every fault, four of them.
#[test]
fn four_faults_of_any_kind_find_nothing() {
    if std::env::var_os("TWINRAIL_SLOW").is_none() {
        return;
    }
    for fencing in [Fencing::Epoch, Fencing::Stop] {
        let exploration = explored(&setting(fencing, scope(3, 1, 2, 4)));
        assert!(exploration.violations.is_empty(), "{fencing:?}");
    }
}

#[test]
fn with_epochs_a_deposed_holder_may_still_answer_reads() {
    let mut setting = setting(Fencing::Epoch, Scope::default());
    setting.refuses_reads = false;
    let exploration = explored(&setting);
    let violated: PropertySet = exploration.violations.iter().map(|(property, _)| *property).collect();
    assert_eq!(violated, PropertySet::only(Property::OneResponder));
}

#[test]
fn a_fence_that_stops_costs_local_disks() {
    let mut setting = setting(Fencing::Stop, Scope::default());
    setting.fence_wipes = true;
    setting.tolerates = Some(1);
    assert!(explored(&setting).violation(Property::DataKept).is_some(), "two false alarms empty two nodes");
    setting.tolerates = Some(2);
    assert!(explored(&setting).violation(Property::DataKept).is_none());
}
