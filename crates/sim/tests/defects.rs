//! Known defects of today's agents and designs, each behind a switch: on, the explorer finds it; off, the property holds.

use enumset::EnumSet;
use twinrail_model::MoverKind;
use twinrail_sim::{Event, Fault, FaultClass, Fencing, Hosts, Property, Scope, Setting, Step};

use crate::{broken, faults, scope};

fn setting(mover: MoverKind, menu: impl Into<EnumSet<Fault>>) -> Setting {
    Setting { menu: menu.into(), ..Setting::new(mover, Scope::default()) }
}

#[test]
fn an_address_is_lost_when_a_controller_crashes_between_removal_and_addition() {
    let mut setting = setting(MoverKind::AliasIp, Fault::Kill | Fault::Crash);
    let trace = broken(&setting, Property::Converges).expect("nobody looks at an address without holder");
    assert_eq!(faults(&trace), [Fault::Kill, Fault::Crash]);
    setting.steps = setting.steps.with(Step::Recover);
    assert_eq!(broken(&setting, Property::Converges), None);
}

#[test]
fn an_address_that_is_not_reserved_is_taken_by_a_recreated_instance() {
    let mut setting = setting(MoverKind::AliasIp, Fault::Kill);
    setting.repaired = true;
    setting.reserved = false;
    let trace = broken(&setting, Property::PoolIntegrity).expect("the group is given a free address");
    assert!(matches!(trace.events.last(), Some(Event::GroupCreatesOn { .. })), "{:?}", trace.events);
    setting.reserved = true;
    assert_eq!(broken(&setting, Property::PoolIntegrity), None);
}

#[test]
fn a_stale_leader_undoes_a_newer_decision() {
    let mut setting = setting(MoverKind::AliasIp, Fault::Hang | Fault::Depose);
    let trace = broken(&setting, Property::NoLostUpdate).expect("nothing tells a late addition from a new one");
    assert_eq!(faults(&trace), [Fault::Hang, Fault::Depose]);
    setting.steps = setting.steps.with(Step::Claim).with(Step::Recover);
    assert_eq!(broken(&setting, Property::NoLostUpdate), None);
}

#[test]
fn an_alias_list_is_overwritten_with_an_old_one_after_412() {
    let mut setting = setting(MoverKind::AliasIp, Fault::Kill | Fault::Touch);
    assert_eq!(broken(&setting, Property::NoCollateral), None);
    setting.steps = setting.steps.without(Step::Relist);
    let trace = broken(&setting, Property::NoCollateral).expect("only the fingerprint is read again");
    assert_eq!(faults(&trace), [Fault::Kill, Fault::Touch]);
}

#[test]
fn two_instances_hold_a_vip_by_routes_of_equal_priority() {
    let mut setting = setting(MoverKind::RouteReplace, Fault::Hang | Fault::Depose);
    assert_eq!(broken(&setting, Property::OneHolder), None);
    setting.steps = setting.steps.without(Step::OneName);
    broken(&setting, Property::OneHolder).expect("each of two controllers inserts a route of its own");
}

#[test]
fn all_backends_serve_when_none_is_healthy() {
    let mut setting = setting(MoverKind::LbHealthCheck, Fault::Blip);
    setting.fencing = Fencing::Nothing;
    for property in [Property::OneHolder, Property::OneResponder] {
        broken(&setting, property).expect("the last resort is to send packets to all");
    }
    setting.drops_if_unhealthy = true;
    assert_eq!(broken(&setting, Property::OneHolder), None);
    assert!(crate::explored(&setting).violation(Property::OneResponder).is_none());
}

#[test]
fn two_instances_announce_themselves() {
    let mut setting = setting(MoverKind::LbGarp, Fault::Cut);
    assert_eq!(broken(&setting, Property::SenderDiscipline), None);
    setting.steps = setting.steps.without(Step::AwaitLease);
    broken(&setting, Property::SenderDiscipline).expect("the one before still announces itself");
}

#[test]
fn a_lease_is_no_help_against_a_pause_or_a_slow_clock() {
    for fault in [Fault::Hang, Fault::Clock] {
        let setting = setting(MoverKind::LbGarp, fault | Fault::Cut);
        let trace =
            broken(&setting, Property::SenderDiscipline).expect("the holder does not know that its lease is over");
        assert!(faults(&trace).contains(&fault), "{:?}", trace.events);
    }
}

#[test]
fn takeover_fails_because_a_peer_of_the_list_is_deleted() {
    let mut setting = setting(MoverKind::PacemakerAlias, Fault::Kill | Fault::Delete);
    broken(&setting, Property::Converges).expect("a host that is not found ends the search");
    setting.steps = setting.steps.with(Step::PassMissingHosts);
    assert_eq!(broken(&setting, Property::Converges), None);
}

#[test]
fn takeover_fails_where_one_name_begins_another() {
    let names: Vec<String> = (1..=10).map(|number| format!("node{number}")).collect();
    // node1 is within node10, so that its own name is taken out of that one too.
    let nodes = ["node1", "node10", "node2"];
    let hosts = |whole_words: bool| -> Vec<Hosts> {
        let node_of = |name: &str| {
            names
                .iter()
                .any(|known| known == name)
                .then(|| nodes.iter().position(|node| *node == name).map(|at| u8::try_from(at).expect("three nodes")))
        };
        nodes.iter().map(|me| Hosts::read(&names, me, whole_words, node_of)).collect()
    };
    let mut setting = setting(MoverKind::PacemakerAlias, Fault::Kill);
    setting.names = nodes.map(str::to_owned).to_vec();
    setting.hosts = hosts(false);
    let trace = broken(&setting, Property::Converges).expect("node1 looks for a host named 0");
    assert!(!trace.events.contains(&Event::Kill { node: 0 }), "node1 is the one that is left: {:?}", trace.events);
    setting.hosts = hosts(true);
    assert_eq!(broken(&setting, Property::Converges), None);
}

#[test]
fn an_agent_that_knows_nic0_only_does_not_move_what_belongs_on_nic1() {
    let mut setting = setting(MoverKind::PacemakerAlias, Fault::Kill);
    setting.right_nic = false;
    setting.refusal = Some("the range is not one of the subnet of nic0".to_owned());
    broken(&setting, Property::Converges).expect("the platform refuses every addition");
    setting.refusal = None;
    broken(&setting, Property::RightNic).expect("the platform takes it, on the wrong NIC");
    setting.right_nic = true;
    assert_eq!(broken(&setting, Property::RightNic), None);
    assert_eq!(broken(&setting, Property::Converges), None);
}

#[test]
fn a_group_recreates_more_nodes_with_data_than_the_scheme_tolerates() {
    for mover in [MoverKind::StatefulMig, MoverKind::AliasIpFenced] {
        let mut setting = setting(mover, Fault::Hang | Fault::Kill);
        setting.repaired = true;
        setting.tolerates = Some(1);
        broken(&setting, Property::DataKept).expect("two nodes that hang are made anew one after the other");
        setting.tolerates = Some(2);
        assert_eq!(broken(&setting, Property::DataKept), None);
        setting.repaired = false;
        assert!(Property::DataKept.absent(&setting).is_some(), "nothing recreates instances");
    }
}

#[test]
fn a_quota_that_is_spent_is_spent_further() {
    let mut setting = setting(MoverKind::AliasIp, Fault::Kill | Fault::Quota);
    assert_eq!(broken(&setting, Property::WithinBounds), None);
    setting.steps = setting.steps.without(Step::RespectBounds);
    broken(&setting, Property::WithinBounds).expect("the request is made again in the same minute");
}

#[test]
fn a_nic_is_asked_to_hold_more_than_fits() {
    let mut setting = setting(MoverKind::AliasIpFenced, Fault::Kill);
    setting.room = 1;
    assert!(crate::explored(&setting).violation(Property::WithinBounds).is_none());
    setting.steps = setting.steps.without(Step::RespectBounds);
    broken(&setting, Property::WithinBounds).expect("the list that was read is full");
}

#[test]
fn a_request_without_request_id_is_made_twice() {
    let menu = Fault::Kill | Fault::Lose;
    let mut setting = Setting { menu, ..Setting::new(MoverKind::RouteMakeBeforeBreak, scope(3, 1, 1, 3)) };
    assert_eq!(broken(&setting, Property::Converges), None);
    setting.steps = setting.steps.without(Step::RequestId);
    let trace = broken(&setting, Property::Converges).expect("what is there already is taken for a failure");
    assert!(faults(&trace).contains(&Fault::Lose), "{:?}", trace.events);
}

#[test]
fn a_single_controller_and_vip_suffice_for_the_first_defect() {
    let setting = Setting { menu: Fault::Kill | Fault::Crash, ..Setting::new(MoverKind::AliasIp, scope(2, 1, 1, 2)) };
    let trace = broken(&setting, Property::Converges).expect("it does");
    assert_eq!(trace.loops_from, Some(5), "nothing happens after that: {:?}", trace.events);
    assert_eq!(trace.events[4..], [Event::Program { vip: 0 }], "the last thing that happens");
}

#[test]
fn faults_are_budgeted_by_class() {
    let mut setting = setting(MoverKind::AliasIp, Fault::Kill | Fault::Crash);
    setting.at_most = [(FaultClass::Controller, 0)].into();
    assert_eq!(broken(&setting, Property::Converges), None);
    setting.at_most = [(FaultClass::Controller, 1), (FaultClass::Node, 1)].into();
    let trace = broken(&setting, Property::Converges).expect("one of each is enough");
    assert_eq!(faults(&trace), [Fault::Kill, Fault::Crash]);
}
