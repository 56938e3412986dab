//! Bandwidth, from the text of a model to what clients get: random models against an oracle that looks at every node and every VIP, cases by hand, and
//! decisions against every world there is.
//! Not here: what is printed of it.

#[path = "bandwidth/oracle.rs"]
mod oracle;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use oracle::{Caps, Group, Moves, Oracle, Order, Pool, State};
use twinrail_facts::{Catalog, Date, Facts};
use twinrail_intake::{Input as Text, Loaded};
use twinrail_model::{Network, Part, Platform, View, Workload};
use twinrail_sizing::bandwidth::{
    self, Carried, Case, Condition, Failure, Flow, Input, Kind, Limit, Placement, Reading, Row, Study, System, carry,
    cases, study, usual,
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
    let code = if oracle.data == 1.0 { "3x".to_owned() } else { format!("{}+{}", oracle.data, oracle.parity) };
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
            let is_beyond = |state: &State| oracle.lost(state) as f64 > oracle.parity;
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
