//! Bandwidth, from the text of a model to what clients get: random models against an oracle that looks at every node and every VIP, cases by hand, and
//! decisions against every world there is.
//! Not here: what is printed of it.

#[path = "bandwidth/oracle.rs"]
mod oracle;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use oracle::{Caps, Group, Moves, Oracle, Order, Pool, State};
use twinrail_facts::{Arm, Catalog, Date, Decision, FactId, Facts, World};
use twinrail_intake::{Input as Text, Loaded};
use twinrail_model::unit::{Gbps, TimeSpan};
use twinrail_model::{Network, Part, Party, Place, Platform, Transfer, View};
use twinrail_sizing::bandwidth::{
    Carried, Case, Condition, Failure, Flow, Input, Kind, Limit, Placement, Reading, Row, Study, System, Wish, carry,
    cases, judge, study,
};

fn today() -> Date {
    "2026-11-30".parse().expect("a date")
}

/// A model file and its catalog.
fn load(text: &str) -> (Loaded, Catalog) {
    let input = Text { path: "model.yaml".to_owned(), text: text.to_owned() };
    let loaded = twinrail_intake::read(vec![input], today()).unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
    let (catalog, _) = loaded.learn(Catalog::embedded().clone(), today()).unwrap_or_else(|errors| panic!("{errors:?}"));
    (loaded, catalog)
}

fn studied(loaded: &Loaded, catalog: &Catalog) -> Vec<Study> {
    let platform = Platform::new(catalog);
    let workload = loaded.network.load.workload.as_ref().expect("a workload");
    study(Input { network: &loaded.network, platform: &platform, catalog }, workload).expect("nothing is missing")
}

/// A random model: the oracle's own view of it.
fn random(rng: &mut fastrand::Rng) -> Oracle {
    let most = if rng.u8(..4) == 0 { 14 } else { 6 };
    let nodes = rng.usize(2..=most);
    let two_zones = rng.bool();
    let rdma = rng.choice([0, 1, 1, 2]).expect("a few");
    let mut nics = vec![(false, 0)];
    if rng.u8(..3) == 0 {
        nics.push((false, rng.usize(..2)));
    }
    nics.extend((0..rdma).map(|rail| (true, 2 + rail)));
    let fronts: Vec<usize> =
        (0..nics.len()).filter(|slot| !nics[*slot].0 && (*slot == 0 || nics[*slot].1 == 1)).collect();
    let pool = |rng: &mut fastrand::Rng| Pool {
        count: rng.usize(1..=2 * nodes + 1),
        front: *rng.choice(&fronts).expect("nic0"),
        moves: rng.choice([Moves::Alias, Moves::Alias, Moves::Balancer, Moves::Stays]).expect("a few"),
    };
    let pools: Vec<Pool> = (0..rng.usize(1..=2)).map(|_| pool(rng)).collect();
    let all: Vec<usize> = (0..pools.len()).collect();
    let group = |rng: &mut fastrand::Rng, place: usize| Group {
        count: f64::from(rng.u32(1..=40)),
        connections: f64::from(rng.u32(1..=4)),
        is_rdma: rng.u8(..5) == 0,
        uses: if rng.bool() { all.clone() } else { vec![rng.usize(..pools.len())] },
        machine: (place == 1).then(|| (cap(rng, 40.0), cap(rng, 60.0))),
    };
    let groups: Vec<Group> = (0..rng.usize(1..=2)).map(|place| group(rng, place)).collect();
    let (data, parity) = rng.choice([(4.0, 2.0), (8.0, 2.0), (1.0, 2.0), (2.0, 1.0), (4.0, 0.0)]).expect("a few");
    let each = nodes as f64;
    let asked = [0.0; 3].map(|_| if rng.u8(..4) == 0 { 0.0 } else { cap(rng, 40.0 * each) });
    Oracle {
        nodes,
        zones: (0..nodes).map(|node| if two_zones { node % 2 } else { 0 }).collect(),
        nics,
        pools,
        groups,
        asked,
        data,
        parity,
        two_hops: if rng.bool() { rng.bool() } else { data > 1.0 },
        share: f64::from(rng.u32(1..=10)) / 10.0,
        weight: f64::from(rng.u32(1..=8)) / 4.0,
        operation: rng.bool().then_some(0.008_388_608),
        between_zones: rng.bool().then(|| cap(rng, 60.0 * each)),
        caps: caps(rng),
    }
}

/// A whole number of tenths up to about so much.
fn cap(rng: &mut fastrand::Rng, around: f64) -> f64 {
    (rng.f64() * around * 10.0).ceil().max(1.0) / 10.0
}

/// Mostly wide, and some of them narrow, so that each binds somewhere.
fn caps(rng: &mut fastrand::Rng) -> Caps {
    let mut some = |wide: f64| if rng.u8(..3) == 0 { cap(rng, 40.0) } else { wide };
    let (egress, rdma, physical, flow) = (some(400.0), some(400.0), some(200.0), some(50.0));
    // Whole MiB and operations a second.
    let mut whole = |wide: f64| if rng.u8(..3) == 0 { (rng.f64() * 6_000.0).ceil() } else { wide };
    let (disk_read, disk_write) = (whole(150_000.0), whole(150_000.0));
    let (operations_read, operations_write) = (whole(9_000_000.0), whole(9_000_000.0));
    let mib = 8.0 * 1_048_576.0 / 1e9;
    Caps {
        egress,
        rdma,
        is_shared: rng.bool(),
        is_ingress_capped: rng.u8(..4) == 0,
        physical_nics: rng.usize(1..=3),
        physical,
        rdma_nics_max: f64::from(rng.u32(1..=9)),
        spreads: rng.bool(),
        order: rng.choice([Order::Alternating, Order::FillFirst, Order::Any]).expect("a few"),
        disk_read: disk_read * mib,
        disk_write: disk_write * mib,
        operations_read,
        operations_write,
        flow,
    }
}

fn facts(oracle: &Oracle) -> String {
    let caps = &oracle.caps;
    let mib = |gbps: f64| (gbps * 1e9 / 8.0 / 1_048_576.0).round();
    let order = match caps.order {
        Order::Alternating => "alternating",
        Order::FillFirst => "fill-first",
        Order::Any => "any",
    };
    let (client_egress, client_physical) = oracle.groups.iter().find_map(|group| group.machine).unwrap_or((1.0, 1.0));
    let values = [
        ("series.z4m.default-egress-gbps", caps.egress.to_string()),
        ("series.z4m.rdma-gbps", caps.rdma.to_string()),
        ("series.z4m.rdma-shares-egress-cap", caps.is_shared.to_string()),
        ("series.z4m.physical-nics", caps.physical_nics.to_string()),
        ("series.z4m.physical-nic-gbps", caps.physical.to_string()),
        ("series.z4m.rdma-nics-max", caps.rdma_nics_max.to_string()),
        ("series.z4m.vnics-for-full-egress", if caps.spreads { "1" } else { "2" }.to_owned()),
        ("series.z4m.local-ssd-read-mib-per-s", mib(caps.disk_read).to_string()),
        ("series.z4m.local-ssd-write-mib-per-s", mib(caps.disk_write).to_string()),
        ("series.z4m.local-ssd-read-iops", caps.operations_read.to_string()),
        ("series.z4m.local-ssd-write-iops", caps.operations_write.to_string()),
        ("machine.z4m-highmem-192.local-ssd-gib", "168000".to_owned()),
        ("bandwidth.nic-to-physical-nic", order.to_owned()),
        ("bandwidth.per-flow-internal-gbps", caps.flow.to_string()),
        ("bandwidth.internal-ingress-capped", caps.is_ingress_capped.to_string()),
        ("series.h4d.default-egress-gbps", client_egress.to_string()),
        ("series.h4d.physical-nic-gbps", client_physical.to_string()),
    ];
    let line = |(id, value): (&str, String)| {
        format!("  {id}: {{ value: {value}, status: confirmed, date: 2026-11-01, note: a test }}\n")
    };
    values.into_iter().map(line).collect()
}

/// The model file of a random model.
fn yaml(oracle: &Oracle) -> String {
    let mut text = "twinrail: 1
projects: { p: {} }
networks:
  tcp: { project: p, mtu: 8896 }
  tcp2: { project: p, mtu: 8896 }
  rdma0: { project: p, profile: us-central1-a-vpc-falcon, mtu: 8896 }
  rdma1: { project: p, profile: us-central1-a-vpc-falcon, mtu: 8896 }
subnets:
  s0: { network: tcp, region: us-central1, range: 10.10.0.0/22, secondary: { vips: 10.11.0.0/22 } }
  s1: { network: tcp2, region: us-central1, range: 10.12.0.0/22, secondary: { vips: 10.13.0.0/22 } }
  s2: { network: rdma0, region: us-central1, range: 192.168.32.0/22 }
  s3: { network: rdma1, region: us-central1, range: 192.168.36.0/22 }
  clients: { network: tcp, region: us-central1, range: 10.20.0.0/22 }
"
    .to_owned();
    let zones = if oracle.zones.contains(&1) { "[us-central1-a, us-central1-b]" } else { "[us-central1-a]" };
    let _ = write!(text, "clusters:\n  vault:\n    machine: z4m-highmem-192\n    zones: {zones}\n");
    let _ = write!(text, "    count: {}\n    nics:\n", oracle.nodes);
    for (is_rdma, network) in &oracle.nics {
        let (rail, kind) = if *is_rdma { ("rdma", "IRDMA") } else { ("tcp", "GVNIC") };
        let _ = writeln!(text, "      - {{ rail: {rail}, type: {kind}, subnet: s{network} }}");
    }
    if let Some(group) = oracle.groups.iter().find(|group| group.machine.is_some()) {
        let _ = writeln!(
            text,
            "  farm:\n    machine: h4d-standard-192\n    zone: us-central1-a\n    count: {}",
            group.count
        );
        text.push_str("    nics: [{ rail: tcp, type: GVNIC, subnet: clients }]\n");
    }
    text.push_str("vips:\n");
    for (place, pool) in oracle.pools.iter().enumerate() {
        let network = oracle.nics[pool.front].1;
        let _ = writeln!(
            text,
            "  pool{place}: {{ count: {}, from: s{network}/vips, over: vault, rail: tcp, ports: [tcp:2049], mover: {} }}",
            pool.count,
            pool.moves.word()
        );
    }
    text.push_str("clients:\n");
    for (place, group) in oracle.groups.iter().enumerate() {
        let who = match group.machine {
            Some(_) => "cluster: farm".to_owned(),
            None => format!("project: p, subnet: clients, count: {}", group.count),
        };
        let uses: Vec<String> = group.uses.iter().map(|pool| format!("pool{pool}")).collect();
        let protocol = if group.is_rdma { "nfs-rdma" } else { "nfs4-tcp" };
        let (uses, connections) = (uses.join(", "), group.connections);
        let _ =
            writeln!(text, "  g{place}: {{ {who}, protocol: {protocol}, uses: [{uses}], nconnect: {connections} }}");
    }
    let [read, write, checkpoint] = oracle.asked;
    let code = if oracle.is_copies() { "3x".to_owned() } else { format!("{}+{}", oracle.data, oracle.parity) };
    let _ = write!(text, "workload:\n  code: {code}\n  hops: {}\n", if oracle.two_hops { "two" } else { "one" });
    for (name, rate) in [("read", read), ("write", write), ("checkpoint", checkpoint)] {
        let _ = writeln!(text, "  {name}: {:.0} Mbps", rate * 1_000.0);
    }
    let _ = write!(text, "  rebuild-share: {}\n  rebuild-weight: {}\n  filled: 0.5\n", oracle.share, oracle.weight);
    if oracle.operation.is_some() {
        text.push_str("  io-size: 1 MiB\n");
    }
    if let Some(cap) = oracle.between_zones {
        let _ = writeln!(text, "  between-zones: {:.0} Mbps", cap * 1_000.0);
    }
    let _ = write!(text, "facts:\n{}", facts(oracle));
    text
}

/// What a case is to the oracle.
fn state(network: &Network, system: &System, case: &Case) -> State {
    let mut state = State { on_one: case.placement == Placement::One, rebuild: case.rebuild, ..State::default() };
    let place = |node| system.nodes.iter().position(|known| *known == node).expect("a node of the system");
    for part in &case.down {
        match part {
            Part::Instance(node) => {
                state.nodes.insert(place(*node));
            }
            Part::Nic(nic) => {
                let nic = &network.nics[*nic];
                state.nics.insert((place(nic.instance), nic.index));
            }
            Part::Zone(zone) => {
                let there = |node: &usize| network.instances[system.nodes[*node]].zone.get().as_ref() == Ok(zone);
                state.nodes.extend((0..system.nodes.len()).filter(there));
            }
        }
    }
    state
}

/// Every state that a condition stands for, by every node on its own.
fn states(oracle: &Oracle, condition: Condition) -> Vec<State> {
    let one = |nodes: &[usize]| State {
        nodes: nodes.iter().copied().collect(),
        on_one: condition.placement == Placement::One,
        rebuild: condition.rebuild,
        ..State::default()
    };
    let all = 0..oracle.nodes;
    match condition.failure {
        Failure::Nothing => vec![one(&[])],
        Failure::Instances(1) => all.map(|node| one(&[node])).collect(),
        Failure::Instances(_) => {
            all.clone().flat_map(|a| (a + 1..oracle.nodes).map(move |b| [a, b])).map(|pair| one(&pair)).collect()
        }
        Failure::Nic(slot) => {
            all.map(|node| State { nics: [(node, slot)].into_iter().collect(), ..one(&[]) }).collect()
        }
        Failure::Zone => (0..2)
            .map(|zone| all.clone().filter(|node| oracle.zones[*node] == zone).collect::<Vec<_>>())
            .filter(|nodes| !nodes.is_empty())
            .map(|nodes| one(&nodes))
            .collect(),
    }
}

fn is_near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 3e-6 + 1e-6 * a.abs().max(b.abs())
}

/// The name of a limit in the oracle begins so.
fn name(limit: Limit) -> String {
    format!("{limit:?}")
}

/// Compares one case; what differs.
fn differs(oracle: &Oracle, network: &Network, system: &System, (case, carried): (&Case, &Carried)) -> Vec<String> {
    let answer = oracle.answer(&state(network, system, case));
    let mut wrong = Vec::new();
    for ((group, kind), asked, got) in &answer.flows {
        let (clients, kind) = (format!("g{group}"), Kind::ALL[*kind]);
        let Some(flow) = carried.flows.iter().find(|flow| network.short(flow.clients) == clients && flow.kind == kind)
        else {
            wrong.push(format!("no flow {clients} {}", kind.word()));
            continue;
        };
        if !is_near(flow.asked.get(), *asked) || !is_near(flow.achieved.get(), *got) {
            wrong.push(format!("{clients} {}: {flow:?}, not {got} of {asked}", kind.word()));
        }
        let of_node =
            |limit: &Limit| !matches!(limit, Limit::Flow | Limit::Clients | Limit::Nobody | Limit::RebuildShare);
        if let Some(limit) = flow.bound.filter(of_node) {
            let full = answer.resources.iter().filter(|((known, _), ..)| known.starts_with(&name(limit)));
            if !full.into_iter().any(|((known, _), ..)| answer.is_full(known)) {
                wrong.push(format!("{clients} {}: {limit:?} is not full", kind.word()));
            }
        }
    }
    if carried.flows.len() != answer.flows.len() {
        wrong.push(format!("{} flows, not {}", carried.flows.len(), answer.flows.len()));
    }
    match (carried.rebuild, answer.rebuild) {
        (Some(rebuilt), Some(rate)) if is_near(rebuilt.rate.get(), rate) => {}
        (None, None) => {}
        (got, expected) => wrong.push(format!("rebuild {got:?}, not {expected:?}")),
    }
    for node in &carried.nodes {
        let place = system.nodes.iter().position(|known| *known == node.example);
        for load in &node.loads {
            let mut known =
                answer.resources.iter().filter(|((limit, at), ..)| *at == place && *limit == name(load.limit));
            match known.next() {
                Some((_, carried, cap)) if is_near(*carried, load.load.get()) && is_near(*cap, load.cap.get()) => {}
                other => wrong.push(format!("{place:?} {load:?}, not {other:?}")),
            }
        }
    }
    wrong
}

/// Everything about one random model; the limits that bind in it.
fn check(oracle: &Oracle, bound: &mut BTreeMap<String, usize>) -> Vec<String> {
    let text = yaml(oracle);
    let (loaded, catalog) = load(&text);
    let studies = studied(&loaded, &catalog);
    let mut wrong = Vec::new();
    if oracle.asked.iter().all(|asked| *asked == 0.0) {
        return wrong;
    }
    let [Study { system, rows }] = studies.as_slice() else { panic!("one cluster serves") };
    for Row { condition, shown, decision } in rows {
        let (case, carried) = shown.as_ref().expect("nothing is missing");
        let found = differs(oracle, &loaded.network, system, (case, carried));
        wrong.extend(found.into_iter().map(|line| format!("{condition:?} {case:?}: {line}")));
        let [only] = decision.arms.as_slice() else {
            wrong.push(format!("{condition:?} hangs on {:?}", decision.deciding));
            continue;
        };
        let answer = only.answer.as_ref().expect("nothing is missing");
        if answer
            .flows
            .iter()
            .map(|flow| (flow.clients, flow.kind, flow.achieved))
            .ne(carried.flows.iter().map(|flow| (flow.clients, flow.kind, flow.achieved)))
        {
            wrong.push(format!("{condition:?}: {answer:?} where caps that cannot bind are left out, else {carried:?}"));
        }
        for limit in carried.flows.iter().filter_map(|flow| flow.bound) {
            *bound.entry(kind_of(limit)).or_default() += 1;
        }
        if let Some(rebuilt) = carried.rebuild {
            *bound.entry(kind_of(rebuilt.bound)).or_default() += 1;
        }
        // The case that is shown is the worst of all. Of survivors with as many VIPs the first takes them, and in which zone that one is can matter.
        if oracle.nodes <= 5 && oracle.between_zones.is_none() {
            // Where some case loses more than the code survives, the worst of those.
            // A stripe whose chunks are dealt out one by one, to the lost nodes first.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few chunks")]
            let chunks = |lost: usize| {
                (0..(oracle.data + oracle.parity) as usize).filter(|chunk| chunk % oracle.nodes < lost).count()
            };
            let is_beyond = |state: &State| chunks(oracle.lost(state)) as f64 > oracle.parity;
            let states = states(oracle, *condition);
            let any = states.iter().any(is_beyond);
            let those = states.iter().filter(|state| is_beyond(state) == any);
            let worst = those.map(|state| oracle.answer(state).missing()).fold(0.0, f64::max);
            if any != carried.is_beyond_code {
                wrong.push(format!("{condition:?}: beyond the code is {any}"));
            }
            let missing: f64 = carried.flows.iter().map(|flow| flow.asked.less(flow.achieved).get()).sum();
            if (worst - missing).abs() > 1e-5 + 1e-6 * worst {
                wrong.push(format!("{condition:?}: {missing} is missing at worst, not {worst}"));
            }
        }
    }
    if !wrong.is_empty() {
        wrong.push(text);
    }
    wrong
}

fn kind_of(limit: Limit) -> String {
    name(limit).chars().take_while(char::is_ascii_alphabetic).collect()
}

/// Each limit but those of the shapes of a model binds in some random one.
const LIMITS: [&str; 16] = [
    "Flow",
    "Clients",
    "Egress",
    "SharedEgress",
    "Ingress",
    "Rdma",
    "PhysicalNicOut",
    "PhysicalNicIn",
    "DiskRead",
    "DiskWrite",
    "ReadOperations",
    "WriteOperations",
    "ZoneOut",
    "ZoneIn",
    "RebuildShare",
    "Nobody",
];

#[test]
fn random_models_come_to_the_same_by_every_node_and_vip() {
    const MODELS: u64 = 300;
    let (mut bound, mut wrong) = (BTreeMap::new(), Vec::new());
    for seed in 0..MODELS {
        let oracle = random(&mut fastrand::Rng::with_seed(seed));
        let found = check(&oracle, &mut bound);
        if !found.is_empty() {
            wrong.push(format!("seed {seed}\n{}", found.join("\n")));
        }
    }

    assert!(wrong.is_empty(), "{} of {MODELS} differ\n{}", wrong.len(), wrong[0]);
    for limit in LIMITS {
        assert!(bound.get(limit).is_some_and(|times| *times > 2), "{limit} hardly ever binds: {bound:?}");
    }
}

const Z4M: &str = include_str!("../../../examples/z4m.yaml");

/// The example with other words for load.
fn z4m(workload: &str, more: &str) -> (Loaded, Catalog) {
    let patch = format!("workload: {workload}\nintents: []\n{more}");
    load(&twinrail_intake::patch(Z4M, &patch).unwrap_or_else(|error| panic!("{patch}: {error}")))
}

/// The rows of the one cluster by condition, in the first world with every cap.
fn shown(loaded: &Loaded, catalog: &Catalog) -> Vec<(Condition, Carried)> {
    let study = studied(loaded, catalog).remove(0);
    study.rows.into_iter().map(|row| (row.condition, row.shown.expect("nothing is missing").1)).collect()
}

fn of(rows: &[(Condition, Carried)], failure: Failure, placement: Placement, rebuild: bool) -> &Carried {
    let condition = Condition { failure, placement, rebuild };
    &rows.iter().find(|(known, _)| *known == condition).expect("a usual condition").1
}

#[track_caller]
fn loads(carried: &Carried, vips: u64, expected: &[(Limit, f64)]) {
    let node = carried.nodes.iter().find(|node| node.vips == vips).expect("a node with so many VIPs");
    for (limit, gbps) in expected {
        let load = node.loads.iter().find(|load| load.limit == *limit).expect("a load").load.get();
        assert!(is_near(load, *gbps), "{limit:?}: {load}, not {gbps}");
    }
}

/// 12 nodes, 400 Gbps read and 120 written, 8+2, two hops; nic0 on physical NIC 0 and nic1 on physical NIC 1.
#[test]
fn the_example_with_everything_up_by_hand() {
    let (loaded, catalog) = z4m("{ read: 400 Gbps, write: 120 Gbps, code: 8+2 }", "");
    let rows = shown(&loaded, &catalog);
    let up = of(&rows, Failure::Nothing, Placement::Spread, false);
    // To clients 400/12; from them 120/12. Between nodes 11/12 of what is read and of 10/8 of what is written, a twelfth of it for each node:
    // 400 x 11/12 / 12 + 120 x 10/8 x 11/12 / 12 = 30.5556 + 11.4583 = 42.0139, and as much in.
    let between = 30.555_556 + 11.458_333;
    let expected = [
        (Limit::PhysicalNicOut(0), 400.0 / 12.0),
        (Limit::PhysicalNicIn(0), 10.0),
        (Limit::PhysicalNicOut(1), between),
        (Limit::PhysicalNicIn(1), between),
        (Limit::SharedEgress, 400.0 / 12.0 + between),
        (Limit::Rdma, between),
        (Limit::DiskRead, 400.0 / 12.0),
        (Limit::DiskWrite, 120.0 * 1.25 / 12.0),
    ];
    loads(up, 4, &expected);
}

/// A node's VIPs on four survivors are a quarter more for each of them, and on one twice as many: +1/v, and +100 %.
#[test]
fn vips_of_a_lost_node_by_hand() {
    let (loaded, catalog) = z4m("{ read: 240 Gbps, write: null, code: 8+2 }", "");
    let rows = shown(&loaded, &catalog);
    let spread = of(&rows, Failure::Instances(1), Placement::Spread, false);
    // 48 VIPs of 5 Gbps each: four on every node, five on four of eleven survivors.
    loads(spread, 5, &[(Limit::PhysicalNicOut(0), 25.0)]);
    loads(spread, 4, &[(Limit::PhysicalNicOut(0), 20.0)]);
    let counts: Vec<(u64, u32)> = spread.nodes.iter().map(|node| (node.vips, node.count)).collect();
    assert_eq!(BTreeSet::from_iter(counts), BTreeSet::from([(4, 7), (5, 4)]));
    let one = of(&rows, Failure::Instances(1), Placement::One, false);
    loads(one, 8, &[(Limit::PhysicalNicOut(0), 40.0)]);
    // A twelfth of all data was lost, and is read as eight chunks: 240 (11/12 + 8/12) = 380 Gbps of disk reads over eleven nodes.
    loads(one, 8, &[(Limit::DiskRead, 380.0 / 11.0)]);
    // Of what the eight VIPs of the one fetch, ten elevenths are elsewhere: 40 x 19/12 x 10/11.
    loads(one, 8, &[(Limit::PhysicalNicIn(1), 40.0 * 19.0 / 12.0 * 10.0 / 11.0)]);
}

/// 168,000 GiB are 180,388.6 GB. Eleven survivors may each send a quarter of 200 Gbps, and nine times ten elevenths of each byte are sent:
/// B = 11 x 50 / (9 x 10/11) = 67.222 Gbps, which takes 180,388.6 x 8 / 67.222 s = 21,467.6 s = 5.96 h.
#[test]
fn the_rebuild_of_a_full_node_by_hand() {
    let (loaded, catalog) = z4m("{ read: 1 Gbps, write: null, code: 8+2, filled: null }", "");
    let rows = shown(&loaded, &catalog);
    let rebuilt = of(&rows, Failure::Instances(1), Placement::Spread, true).rebuild.expect("a rebuild");
    assert!(is_near(rebuilt.rate.get(), 67.222_222), "{rebuilt:?}");
    assert_eq!(rebuilt.bound, Limit::RebuildShare);
    assert_eq!(format!("{:.2}", rebuilt.time.expect("it ends").hours()), "5.96");
    // The figures of the research: 70 % full, with 20 and 10 survivors.
    for (nodes, hours) in [(21, "2.40"), (11, "4.55")] {
        let more = format!("clusters: {{ vault: {{ count: {nodes} }} }}");
        let (loaded, catalog) = z4m("{ read: 1 Gbps, write: null, code: 8+2, filled: 0.7 }", &more);
        let rows = shown(&loaded, &catalog);
        let rebuilt = of(&rows, Failure::Instances(1), Placement::Spread, true).rebuild.expect("a rebuild");
        assert_eq!(format!("{:.2}", rebuilt.time.expect("it ends").hours()), hours);
    }
}

/// What all nodes send is R (1 + (n-1)/n) + W (D+P)/D (n-1)/n + B (D+1) (n-1)/n.
#[test]
fn two_hop_egress_is_the_sum_over_nodes() {
    for nodes in [3, 5, 12, 30] {
        let more = format!("clusters: {{ vault: {{ count: {nodes} }} }}");
        let (loaded, catalog) = z4m("{ read: 40 Gbps, write: 12 Gbps, code: 8+2, rebuild-share: 0.01 }", &more);
        let rows = shown(&loaded, &catalog);
        let sent = |carried: &Carried| -> f64 {
            let all = carried.nodes.iter().flat_map(|node| node.loads.iter().map(move |load| (node.count, load)));
            let out = all.filter(|(_, load)| matches!(load.limit, Limit::PhysicalNicOut(_)));
            out.map(|(count, load)| f64::from(count) * load.load.get()).sum()
        };
        let n = f64::from(nodes);
        let up = of(&rows, Failure::Nothing, Placement::Spread, false);
        let by_formula = 40.0 * (1.0 + (n - 1.0) / n) + 12.0 * 1.25 * (n - 1.0) / n;
        assert!((sent(up) - by_formula).abs() < 1e-4, "{nodes}: {}, not {by_formula}", sent(up));
        // With one lost the survivors read a lost byte as eight chunks.
        let down = of(&rows, Failure::Instances(1), Placement::One, true);
        let (live, lost) = (n - 1.0, 1.0 / n);
        let fetched = (1.0 - lost) + 8.0 * lost;
        let elsewhere = (live - 1.0) / live;
        let rate = down.rebuild.expect("a rebuild").rate.get();
        let by_formula = 40.0 * (1.0 + fetched * elsewhere) + 12.0 * 1.25 * elsewhere + rate * 9.0 * elsewhere;
        assert!((sent(down) - by_formula).abs() < 1e-4, "{nodes}: {}, not {by_formula}", sent(down));
    }
}

/// Losing the zone that has three of five nodes loses more than 4+2 survives, though nobody misses any bandwidth.
#[test]
fn a_zone_beyond_the_code_is_not_enough() {
    let more = "clusters: { vault: { count: 5, zone: null, zones: [us-central1-a, us-central1-b] } }";
    let (loaded, catalog) = z4m("{ read: 1 Gbps, write: null, code: 4+2 }", more);
    let rows = shown(&loaded, &catalog);
    let zone = of(&rows, Failure::Zone, Placement::Spread, false);
    assert!(zone.is_beyond_code && zone.flows.iter().all(Flow::is_met), "{zone:?}");
}

/// One pool is on a narrow NIC and another is not: what is promised of the narrow one is not met by what the other has to spare.
#[test]
fn a_promise_of_one_pool_is_not_met_by_another() {
    let more = "
networks: { tcp2: { project: storage, mtu: 8896 } }
subnets: { tcp2-a: { network: tcp2, region: us-central1, range: 10.30.0.0/22, secondary: { vips2: 10.31.0.0/22 } } }
clusters: { vault: { count: 4, nics: [{ rail: tcp, type: GVNIC, subnet: tcp-a }, { rail: tcp, type: GVNIC, subnet: tcp2-a }, { rail: rdma, type: IRDMA, subnet: rdma-a }] } }
vips:
  nfs: { count: 4 }
  late: { count: 1, from: tcp2-a/vips2, over: vault, rail: tcp, ports: [tcp:2049], mover: alias-ip }
clients: { gpu: { uses: [nfs, late] } }
facts:
  bandwidth.per-flow-internal-gbps: { value: 400, status: confirmed, date: 2026-11-01, note: a test }
  series.z4m.physical-nic-gbps: { value: 100, status: confirmed, date: 2026-11-01, note: a test }
  series.z4m.vnics-for-full-egress: { value: 2, status: confirmed, date: 2026-11-01, note: a test }
";
    let (loaded, catalog) = z4m("{ read: 100 Gbps, write: null, code: 4+0 }", more);
    let platform = Platform::new(&catalog);
    let input = Input { network: &loaded.network, platform: &platform, catalog: &catalog };
    let late = loaded.network.vips.iter().find(|(_, pool)| pool.name.short() == "late").expect("the pool").0;
    let wish = Wish { transfer: Transfer::Read, of: Party::Vips(late), at_least: Gbps::new(150.0), after: None };
    let decision = judge(input, &wish, Place::from(late));
    // The one VIP is on one node, whose NIC carries 100 Gbps at most; the other pool's 80 Gbps are as they were.
    for arm in &decision.arms {
        let judgement = arm.answer.as_ref().expect("nothing is missing");
        assert!(!judgement.holds && judgement.least.get() <= 100.001, "{judgement:?}");
    }
}

/// Every world of the open facts that some arm read, and the place of the arm that holds in it.
fn worlds<T>(catalog: &Catalog, decision: &Decision<T>) -> Vec<(World, usize)> {
    let mut open: Vec<FactId> = decision.arms.iter().flat_map(|arm| arm.reads.iter().copied()).collect();
    open.sort_unstable();
    open.dedup();
    open.retain(|id| catalog.fact(*id).values.len() > 1);
    let mut all = vec![World::new()];
    for id in open {
        let values = u8::try_from(catalog.fact(id).values.len()).expect("a few values");
        let with = |world: &World, value: u8| {
            let mut world = world.clone();
            world.insert(id, value);
            world
        };
        all = all.iter().flat_map(|world| (0..values).map(|value| with(world, value)).collect::<Vec<_>>()).collect();
    }
    let holds = |world: &World, arm: &Arm<T>| {
        arm.worlds.iter().any(|choices| choices.iter().all(|choice| world.get(&choice.fact) == Some(&choice.value)))
    };
    let arm = |world: World| {
        let place = decision.arms.iter().position(|arm| holds(&world, arm)).expect("arms cover every world");
        (world, place)
    };
    all.into_iter().map(arm).collect()
}

/// A fact is read only where it could bind: the answer of a decision's arm is that of every world of the arm in which every cap is looked at.
#[test]
fn what_is_left_out_changes_nothing_in_any_world() {
    // A stated disk, size and machine shape keep the number of worlds in the thousands.
    let facts = "facts:
  machine.z4m-highmem-192.local-ssd-gib: { value: 168000, status: confirmed, date: 2026-11-01, note: a test }
  series.z4m.local-ssd-write-mib-per-s: { value: 30000, status: confirmed, date: 2026-11-01, note: a test }
";
    let (mut looked, mut skipped, mut different) = (0, 0, 0);
    for workload in [
        "{ read: 400 Gbps, write: 120 Gbps, code: 8+2 }",
        "{ read: 1200 Gbps, write: 300 Gbps, code: 8+2, rebuild-share: 0.5 }",
        "{ read: 90 Gbps, write: 2 Tbps, code: 8+2 }",
        "{ read: 2 Tbps, write: 10 Gbps, code: 3x }",
    ] {
        let (loaded, catalog) = z4m(workload, facts);
        let platform = Platform::new(&catalog);
        let load = loaded.network.load.workload.as_ref().expect("a workload");
        let [Study { system, rows }] = &*studied(&loaded, &catalog) else { panic!("one cluster serves") };
        for row in rows {
            let Row { condition, decision, .. } = row;
            // The bound on runs leaves worlds without an arm.
            let is_whole = decision.complete && condition.failure != Failure::Instances(2);
            let case = cases(&loaded.network, system, *condition).expect("zones").remove(0);
            if !is_whole {
                continue;
            }
            for (world, arm) in worlds(&catalog, decision) {
                let run = |reading| {
                    let facts = Facts::in_world(&catalog, world.clone());
                    let view = View { network: &loaded.network, platform: &platform, facts: &facts };
                    (carry(&view, system, load, &case, reading).expect("nothing is missing"), facts.reads())
                };
                let (all, everything) = run(Reading::All);
                let (few, read) = run(Reading::WhereItBinds);
                let answer = decision.arms[arm].answer.as_ref().expect("nothing is missing");
                assert_eq!(answer.flows, few.flows, "{workload} {condition:?} {world:?}");
                // Of several limits that are full at once, the one is named that was read.
                let is_full = |limit: Limit| {
                    let loads = all.nodes.iter().flat_map(|node| &node.loads);
                    loads.filter(|load| load.limit == limit).any(|load| is_near(load.load.get(), load.cap.get()))
                };
                let is_named = |a: Option<Limit>, b: Option<Limit>| a == b || a.is_some() && b.is_some_and(is_full);
                let same = |a: &Flow, b: &Flow| {
                    is_near(a.achieved.get(), b.achieved.get()) && is_named(a.bound, b.bound) && a.asked == b.asked
                };
                let is_same =
                    all.flows.len() == few.flows.len() && all.flows.iter().zip(&few.flows).all(|(a, b)| same(a, b));
                assert!(is_same, "{workload} {condition:?} {world:?}: {:?}, not {:?}", few.flows, all.flows);
                let rate = |carried: &Carried| carried.rebuild.map(|rebuilt| rebuilt.rate);
                assert_eq!(rate(&all), rate(&few), "{workload} {condition:?} {world:?}");
                let bound = |carried: &Carried| carried.rebuild.map(|rebuilt| rebuilt.bound);
                assert!(is_named(bound(&all), bound(&few)), "{workload} {condition:?} {world:?}");
                assert_eq!(answer.rebuild, few.rebuild);
                looked += 1;
                skipped += usize::from(everything.iter().any(|id| !read.contains(id)));
            }
            different += usize::from(decision.arms.len() > 1);
        }
    }
    assert!(
        looked > 1_000 && skipped > looked / 4 && different > 8,
        "{looked} worlds, {skipped} skipped, {different} differ"
    );
}

/// Load and sizing that nobody should write are answered, or refused with their place; the program's own fault is a panic, which would end this test.
#[test]
fn hostile_loads_are_answered_or_refused() {
    for (workload, more) in [
        ("{ read: 0 Gbps, write: null }", ""),
        ("{ read: 1000000000 Tbps, write: 1000000000 Tbps, checkpoint: 1000000000 Tbps, code: 8+2 }", ""),
        ("{ read: 400 Gbps, write: null, code: 900+99 }", "clusters: { vault: { count: 3 } }"),
        ("{ read: 400 Gbps, write: null, code: 8+2, filled: 0, rebuild-share: 1, rebuild-within: 1 h }", ""),
        ("{ read: 400 Gbps, write: null, code: 8+2, rebuild-within: 1 h }", "clusters: { vault: { count: 1 } }"),
        ("{ read: 400 Gbps, write: null, code: 8+2, rebuild-within: 1 h }", "clusters: { vault: { count: 2 } }"),
        ("{ read: 400 Gbps, write: null, code: 8+2 }", "clusters: { vault: { nics: [] } }"),
        ("{ read: 400 Gbps, write: null, code: 8+2 }", "clusters: { vault: { machine: z9-none-1 } }"),
        ("{ read: 400 Gbps, write: null, code: 8+2 }", "vips: { nfs: { count: 100000, from: tcp-a } }"),
        ("{ read: 400 Gbps, write: null, code: 8+2 }", "clients: { gpu: { count: 1000000 } }"),
        (
            "{ read: 400 Gbps, write: null, code: 8+2 }",
            "clients: { gpu: { project: null, subnet: null, count: null, cluster: vault } }",
        ),
    ] {
        let (loaded, catalog) = z4m(workload, more);
        for study in studied(&loaded, &catalog) {
            assert!(!study.rows.is_empty());
        }
    }
    // Overrides with boundless or no capacity at all.
    for (id, value) in [
        ("series.z4m.rdma-gbps", "0"),
        ("series.z4m.rdma-gbps", "1.0e308"),
        ("series.z4m.default-egress-gbps", "1.0e308"),
        ("series.z4m.physical-nics", "0"),
        ("series.z4m.physical-nics", "18446744073709551615"),
        ("series.z4m.rdma-nics-max", "0"),
        ("series.z4m.local-ssd-read-mib-per-s", "0"),
        ("series.z4m.local-ssd-read-mib-per-s", "18446744073709551615"),
        ("machine.z4m-highmem-192.local-ssd-gib", "18446744073709551615"),
        ("bandwidth.per-flow-internal-gbps", "0"),
        ("sizing.rebuild-share", "1.0e308"),
        ("sizing.rebuild-share", "0"),
    ] {
        let more =
            format!("facts: {{ {id}: {{ value: {value}, status: confirmed, date: 2026-11-01, note: a test }} }}");
        let (loaded, catalog) = z4m("{ read: 400 Gbps, write: 120 Gbps, code: 8+2 }", &more);
        assert_eq!(studied(&loaded, &catalog).len(), 1, "{id}: {value}");
    }
}

/// A lone survivor has nobody to send chunks to, and a disk without data is made again at once.
#[test]
fn rebuilds_that_never_end_or_take_no_time() {
    let late = |workload: &str, more: &str| {
        let (loaded, catalog) = z4m(workload, more);
        let load = loaded.network.load.workload.clone().expect("a workload");
        let study = studied(&loaded, &catalog).remove(0);
        let row = study.rows.into_iter().find(|row| row.condition.rebuild).expect("a rebuild");
        let answer = row.decision.arms[0].answer.clone().expect("nothing is missing");
        (answer.rebuild.expect("a rebuild").time, answer.is_enough(&load))
    };
    let two = "clusters: { vault: { count: 2 } }";
    assert_eq!(late("{ read: 1 Gbps, write: null, code: 2x, rebuild-within: 100 h }", two), (None, false));
    let empty = "{ read: 1 Gbps, write: null, code: 8+2, filled: 0, rebuild-within: 1 s }";
    assert_eq!(late(empty, ""), (Some(TimeSpan::ZERO), true));
}

/// Nodes that are clients themselves: 400 Gbps of reads leave twelve front NICs and come in by the same twelve, a twelfth each way; 120 of writes likewise.
#[test]
fn nodes_that_are_clients_have_both_ends() {
    let own = "clients: { gpu: { project: null, subnet: null, count: null, cluster: vault } }";
    let (loaded, catalog) = z4m("{ read: 400 Gbps, write: 120 Gbps, code: 8+2 }", own);
    let rows = shown(&loaded, &catalog);
    let up = of(&rows, Failure::Nothing, Placement::Spread, false);
    let load = |limit: Limit| {
        let found = up.nodes[0].loads.iter().find(|load| load.limit == limit);
        found.unwrap_or_else(|| panic!("{limit:?}: {up:?}")).load.get()
    };
    assert!(is_near(load(Limit::PhysicalNicOut(0)), 520.0 / 12.0), "{up:?}");
    assert!(is_near(load(Limit::PhysicalNicIn(0)), 520.0 / 12.0), "{up:?}");
}
