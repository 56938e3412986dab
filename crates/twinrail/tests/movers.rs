//! The state machine of movers against the other two that know who holds a VIP: where it comes to rest, the holder is one of `Network::candidates`, and a
//! client's packet goes where `reach` says. Both are made from the same model, and share no code.

use std::collections::{BTreeSet, HashSet};

use twinrail_facts::{Catalog, Date, Facts};
use twinrail_intake::{Input, Loaded};
use twinrail_model::{InstanceId, MoverKind, Part, Platform, Situation, View, Vip, VipPoolId};
use twinrail_reach::{End, Outcome, Packet, Plane, Receiver, Sender, Traffic, forward};
use twinrail_sim::{Fault, Health, Scope, Setting, System, is_served, pending, setting_of, step};

const Z4M: &str = include_str!("../../../examples/z4m.yaml");

fn today() -> Date {
    "2026-11-30".parse().expect("a date")
}

fn load(mover: MoverKind) -> Loaded {
    let from = if mover.uses_routes() {
        "10.99.0.0-10.99.0.63"
    } else if mover.uses_alias() {
        "tcp-a/vips"
    } else {
        "tcp-a"
    };
    let mut patch = format!("vips: {{ nfs: {{ mover: {mover}, from: {from}, reserved: null }} }}\n");
    if mover.uses_routes() {
        patch.push_str("clusters: { vault: { ip-forwarding: true, guest: { holds-vip: address } } }\n");
    }
    if mover == MoverKind::StatefulMig {
        patch.push_str("clusters: { vault: { mig: { on-failure: repair } } }\n");
    }
    let text = twinrail_intake::patch(Z4M, &patch).unwrap_or_else(|error| panic!("{mover}: {error}"));
    let input = Input { path: "model.yaml".to_owned(), text };
    twinrail_intake::read(vec![input], today()).unwrap_or_else(|errors| panic!("{mover}: {errors:?}"))
}

/// Every state in which nothing is left to happen but luck.
fn rests(setting: &Setting) -> Vec<System> {
    let mut seen = HashSet::from([setting.start()]);
    let mut next = vec![setting.start()];
    let mut rests = Vec::new();
    while let Some(system) = next.pop() {
        let mut events = Vec::new();
        pending(&system, setting, &mut events);
        if !events.iter().any(|event| event.is_progress()) {
            rests.push(system.clone());
        }
        for event in events {
            let mut after = system.clone();
            step(&mut after, setting, event);
            if seen.insert(after.clone()) {
                next.push(after);
            }
        }
    }
    rests
}

/// What failed in a state, as the other two are told of it.
fn situation(system: &System, nodes: &[InstanceId], vip: Vip, holder: InstanceId) -> Situation {
    let down =
        nodes.iter().enumerate().filter(|(place, _)| !matches!(system.nodes[*place].health, Health::Up | Health::Cut));
    let mut situation = Situation::after(down.map(|(_, node)| Part::Instance(*node)));
    situation.holders.insert(vip, holder);
    situation
}

/// In how many states at rest the holders were compared.
fn compare(mover: MoverKind) -> usize {
    let loaded = load(mover);
    let network = &loaded.network;
    let platform = Platform::new(Catalog::embedded());
    let plane = Plane::new(network, &platform);
    let facts = Facts::new(Catalog::embedded());
    let view = View { network, platform: &platform, facts: &facts };
    let (pool, row): (VipPoolId, _) = network.vips.iter().next().expect("z4m has a pool");
    let scope = Scope { nodes: 3, vips: 1, controllers: 1, faults: 2 };
    let mut setting = setting_of(&view, pool, mover, scope).expect("z4m says all that is needed");
    setting.menu = Fault::Kill | Fault::Hang | Fault::Delete;
    let named = |name: &String| {
        let found = network.instances.iter().find(|(id, _)| network.short(*id) == *name);
        found.expect("names are those of instances").0
    };
    let nodes: Vec<InstanceId> = setting.names.iter().map(named).collect();
    let client = network.clients.iter().next().expect("z4m has clients").0;
    let vip = Vip { pool, place: 0 };
    let mut compared = 0;
    let mut asked: BTreeSet<(Situation, InstanceId)> = BTreeSet::new();
    for system in rests(&setting).iter().filter(|system| is_served(system, &setting, 0)) {
        compared += 1;
        let at = system.destinations(&setting, 0).iter().next().expect("it is served by one");
        let holder = nodes[usize::from(at)];
        let situation = situation(system, &nodes, vip, holder);
        if !asked.insert((situation.clone(), holder)) {
            continue;
        }
        let candidates = network.candidates(vip, &view, &situation).expect("z4m says all that is needed");
        assert!(candidates.contains(&holder), "{mover}: {} holds {}", network.short(holder), row.name.short());
        let packet = Packet { from: Sender::Clients(client), to: End::Vip(vip), traffic: Traffic::tcp(2049) };
        let verdict = forward(&plane, &situation, &facts, &packet).expect("z4m says all that is needed");
        for branch in &verdict.branches {
            let Outcome::Delivered(Receiver::Nic(nic)) = branch.request.end else {
                panic!("{mover}: {} serves, and the packet {:?}", network.short(holder), branch.request)
            };
            assert_eq!(network.nics[nic].instance, holder, "{mover}: where the packet goes");
        }
    }
    // A group makes the holder anew, so that at rest nothing is down.
    let ways = if mover == MoverKind::StatefulMig { 1 } else { 2 };
    assert!(asked.len() >= ways, "{mover}: it comes to rest in {} ways", asked.len());
    compared
}

#[test]
fn where_movers_come_to_rest_the_others_know_the_holder() {
    for mover in MoverKind::ALL {
        assert!(compare(mover) > 1, "{mover}");
    }
}
