//! Customer plans as a whole, over the embedded catalog: what covers what, what lost and why, what moves the answer, and what is to be asked for when.
//! Not here: distributions, least counts, regret and addresses on their own, which stand beside their code.

use twinrail_facts::{Catalog, Luck, Override, Percentile, Status};
use twinrail_model::unit::{Gb, Gbps, TimeSpan};
use twinrail_model::{Code, Demand, Interval, Load, Name, Network, Platform, Quarter, Sizing, Workload};
use twinrail_sizing::capacity::Bound;
use twinrail_sizing::demand::{Input, Segment};
use twinrail_sizing::need::{AskFor, Clock, Resource};
use twinrail_sizing::plan::{CustomerPlan, Measure, Missing, Question, Reason, plan};
use twinrail_sizing::regret::Part;

const LARGE: &str = "z4m-highmem-192";
const SMALL: &str = "z4m-highmem-96";
const PETABYTE: f64 = 1e6;

fn between(low: f64, high: f64) -> Interval<f64> {
    Interval { low, mid: None, high, confidence: 0.9 }
}

fn gb(low: f64, high: f64) -> Interval<Gb> {
    Interval { low: Gb::new(low), mid: None, high: Gb::new(high), confidence: 0.9 }
}

fn gbps(low: f64, high: f64) -> Interval<Gbps> {
    Interval { low: Gbps::new(low), mid: None, high: Gbps::new(high), confidence: 0.9 }
}

fn quarter(text: &str) -> Quarter {
    text.parse().expect("a quarter")
}

fn segment(name: &str) -> Demand {
    Demand {
        name: Name::new(format!("demand/{name}")),
        from: Some(quarter("2027-Q1")),
        until: None,
        capacity: Some(gb(2.0 * PETABYTE, 5.0 * PETABYTE)),
        read: Some(gbps(1_000.0, 3_000.0)),
        write: Some(gbps(200.0, 900.0)),
        metadata: Some(between(1e5, 1e6)),
        clients: Some(between(100.0, 400.0)),
        growth: Some(between(0.02, 0.2)),
        code: Some(Code { data: 8, parity: 2 }),
        headroom: Some(1),
        utilisation: Some(0.8),
        rebuild_within: Some(TimeSpan::from_hours(6.0)),
    }
}

fn load(demand: Vec<Demand>) -> Load {
    let machines = vec![LARGE.to_owned(), SMALL.to_owned()];
    Load { demand, sizing: Sizing { machines, ..Sizing::default() }, ..Load::default() }
}

fn question(worlds: u32, seed: u64) -> Question {
    Question { worlds, seed, today: "2026-11-30".parse().expect("a date") }
}

fn run(load: &Load) -> CustomerPlan {
    run_with(load, question(200, 1))
}

fn run_with(load: &Load, question: Question) -> CustomerPlan {
    let catalog = Catalog::embedded();
    plan(load, &Network::default(), &Platform::new(catalog), catalog, &question).expect("a plan")
}

/// The catalog with another value for one fact.
fn with_fact(id: &str, value: impl FnOnce(&mut Override)) -> Catalog {
    let mut catalog = Catalog::embedded().clone();
    let mut over = Override {
        id: id.to_owned(),
        values: Vec::new(),
        range: None,
        status: Status::Confirmed,
        date: question(1, 1).today,
        expires: None,
        note: "test".to_owned(),
        source: "test".to_owned(),
        is_question: false,
    };
    value(&mut over);
    catalog.apply(&over, over.date).expect("a fact");
    catalog
}

#[test]
fn sampled_quantiles_are_the_stated_interval() {
    let demand = Demand { growth: Some(between(-0.3, 0.1)), ..segment("a") };
    let segment = Segment::new(&demand, (quarter("2027-Q1"), quarter("2028-Q4")));
    let worlds = 20_000_u32;
    let drawn = |input: Input| {
        let value = |trial| segment.drawn(Luck { seed: 3, trial }).0[input as usize];
        let mut values: Vec<f64> = (0..worlds).map(value).collect();
        values.sort_by(f64::total_cmp);
        values
    };
    // Three standard errors of a share of 5 % among 20,000: 0.46 %.
    for (input, low, high) in [
        (Input::Capacity, 2.0 * PETABYTE, 5.0 * PETABYTE),
        (Input::Read, 1_000.0, 3_000.0),
        (Input::Metadata, 1e5, 1e6),
        (Input::Growth, 0.7, 1.1),
    ] {
        let values = drawn(input);
        let below = |end: f64| values.partition_point(|value| *value < end) as f64 / f64::from(worlds);
        assert!((below(low) - 0.05).abs() < 0.0046, "{input:?}: {} below", below(low));
        assert!((below(high) - 0.95).abs() < 0.0046, "{input:?}: {} below", below(high));
    }
}

/// The same bits on every machine: every printed figure hangs on them.
#[test]
fn draws_are_frozen() {
    let segment = Segment::new(&segment("a"), (quarter("2027-Q1"), quarter("2028-Q4")));
    let drawn = segment.drawn(Luck { seed: 1, trial: 0 }).0.map(f64::to_bits);
    let expected = [
        2_568_177.868_526_580_3_f64,
        1_128.276_317_357_102,
        682.722_170_336_757_1,
        574_727.751_147_240_6,
        190.204_581_479_846_78,
        1.126_853_972_103_528_7,
    ];
    assert_eq!(drawn, expected.map(f64::to_bits));
}

/// A field or a segment more leaves every other value as it was.
#[test]
fn what_is_added_disturbs_nothing() {
    let horizon = (quarter("2027-Q1"), quarter("2028-Q4"));
    let all = Segment::new(&segment("a"), horizon);
    let fewer = Segment::new(&Demand { read: None, growth: None, ..segment("a") }, horizon);
    let other = Segment::new(&segment("b"), horizon);
    for trial in 0..100 {
        let luck = Luck { seed: 9, trial };
        let (all, fewer, other) = (all.drawn(luck).0, fewer.drawn(luck).0, other.drawn(luck).0);
        for input in [Input::Capacity, Input::Write, Input::Metadata, Input::Clients] {
            assert_eq!(all[input as usize].to_bits(), fewer[input as usize].to_bits());
            assert_ne!(all[input as usize].to_bits(), other[input as usize].to_bits());
        }
    }
    let one = run(&load(vec![segment("a")]));
    let two = run(&load(vec![segment("a"), segment("b")]));
    assert_eq!(one.clusters[0], two.clusters[0]);
    assert_eq!(run(&load(vec![segment("a"), segment("b")])), two);
    assert_ne!(run_with(&load(vec![segment("a")]), question(200, 2)).clusters[0], one.clusters[0]);
}

#[test]
fn counts_cover_what_they_say() {
    let found = run(&load(vec![segment("a"), Demand { until: Some(quarter("2027-Q3")), ..segment("b") }]));
    assert_eq!((found.quarters.len(), found.quarters[0].quarter, found.worlds), (8, quarter("2027-Q1"), 200));
    for cluster in &found.clusters {
        let chosen = cluster.chosen.as_ref().expect("a choice");
        for of_quarter in &chosen.quarters {
            let mut last = 0;
            for (share, nodes) in &of_quarter.covering {
                assert!(*nodes >= last);
                last = *nodes;
                assert_eq!(of_quarter.nodes >= *nodes, of_quarter.covered >= share.share(), "{share}");
            }
            assert!(of_quarter.binding.iter().map(|(_, worlds)| worlds).sum::<u32>() <= 200);
        }
    }
    // The second segment ends with its last quarter, and no cluster shrinks before.
    let counts: Vec<Vec<u32>> = (found.clusters.iter())
        .map(|cluster| cluster.chosen.as_ref().expect("a choice").quarters.iter().map(|of| of.nodes).collect())
        .collect();
    assert!(counts[0].windows(2).all(|pair| pair[0] <= pair[1]));
    assert!(counts[1][2] > 0 && counts[1][3..].iter().all(|nodes| *nodes == 0));
    for (place, of_quarter) in found.quarters.iter().enumerate() {
        assert_eq!(of_quarter.nodes, counts[0][place] + counts[1][place]);
        assert!(of_quarter.covered <= of_quarter.covered_in_all + 1e-12 || of_quarter.covered_in_all > 0.0);
    }
    let pooled = found.pooled.expect("two segments can share");
    assert_eq!(pooled.segments.len(), 2);
    assert!(pooled.chosen.is_some());
}

/// The least regret of all, and each other with a reason that it does regret more.
#[test]
fn the_others_lost_for_a_reason() {
    let found = run(&load(vec![segment("a")]));
    let cluster = &found.clusters[0];
    let chosen = cluster.chosen.as_ref().expect("a choice");
    let mut last = chosen.regret;
    for other in &cluster.alternatives {
        assert!(other.regret >= last);
        last = other.regret;
        let sum: f64 = other.parts.iter().map(|part| part.regret).sum();
        assert!((sum - other.regret).abs() < 1e-9 * sum.max(1.0));
        if other.regret > chosen.regret {
            let (_, worlds) = other.lost.expect("a reason");
            assert!(worlds > 0 && worlds <= 200);
        }
    }
    // Far too many nodes lose by their money, far too few by what is short.
    let most = cluster
        .alternatives
        .iter()
        .filter(|other| other.machine == chosen.machine)
        .max_by_key(|other| other.nodes.last().copied());
    assert!(most.is_some_and(|most| most.lost.is_some_and(|(part, _)| part == Part::Over)));
    let rejected: Vec<&str> = cluster.excuses.iter().map(|excuse| excuse.machine.as_str()).collect();
    assert!(!rejected.is_empty() && rejected.iter().all(|machine| *machine != chosen.machine));
    assert!(cluster.excuses.iter().all(|excuse| excuse.worlds > 0));
}

/// The dearer it is to have too little, the more is bought.
#[test]
fn shortage_weighs() {
    let nodes = |shortage: f64| {
        let mut load = load(vec![segment("a")]);
        load.sizing.machines.truncate(1);
        load.sizing.shortage = Some(shortage);
        run(&load).quarters.last().expect("quarters").nodes
    };
    let counts = [0.2, 1.0, 20.0].map(nodes);
    assert!(counts[0] < counts[1] && counts[1] < counts[2], "{counts:?}");
}

/// A certain demand: every level, every world and every end of the tornado is the one count, worked out by hand.
///
/// 4 PB with 8+2 are 5 PB; 168,000 GiB are 180,388.6 GB, of which 80 % are 144,310.9: 34.6 nodes, so 35 and one spare. A quarter later they are 4.4 PB:
/// 38.1, so 39 and one spare.
#[test]
fn what_is_certain_is_certain() {
    let certain = Demand {
        capacity: Some(gb(4.0 * PETABYTE, 4.0 * PETABYTE)),
        growth: Some(between(0.1, 0.1)),
        read: None,
        write: None,
        metadata: None,
        clients: None,
        rebuild_within: None,
        ..segment("a")
    };
    let mut load = load(vec![certain]);
    load.sizing.machines.truncate(1);
    load.sizing.until = Some(quarter("2027-Q2"));
    let found = run(&load);
    let counts: Vec<u32> = found.quarters.iter().map(|of_quarter| of_quarter.nodes).collect();
    assert_eq!(counts, [36, 40]);
    assert!(found.quarters.iter().all(|of_quarter| of_quarter.covered >= 1.0));
    assert!(found.swings.is_empty());
    let cluster = &found.clusters[0];
    assert!(cluster.alternatives.is_empty() && cluster.chosen.as_ref().is_some_and(|chosen| chosen.regret <= 0.0));
    // Of 84,000 GiB twice as many are needed: 69.3 and 76.2.
    let id = Catalog::embedded().find("machine.z4m-highmem-192.local-ssd-gib").expect("a fact");
    let flip = found.flips.iter().find(|flip| flip.fact == id).expect("it is open");
    assert_eq!((flip.nodes.as_slice(), flip.is_other_count), ([71, 78].as_slice(), true));
    // Nobody published what a node does of metadata.
    assert!(cluster.open.contains(&(Bound::Metadata, None)));
}

#[test]
fn what_moves_the_answer() {
    let found = run(&load(vec![segment("a"), segment("b")]));
    assert!(found.swings.len() >= 10);
    let cost = |swing: &twinrail_sizing::swing::Swing| {
        swing.usd_per_hour.as_ref().map_or(0.0, |[low, _, high]| (high.get() - low.get()).abs())
    };
    assert!(found.swings.windows(2).all(|pair| cost(&pair[0]) >= cost(&pair[1])));
    // Clients are counted for VIPs only.
    let clients = found.swings.iter().filter(|swing| swing.input == Input::Clients);
    assert!(clients.clone().count() == 2 && clients.into_iter().all(|swing| swing.width() == 0));
    let read = Catalog::embedded().find("machine.z4m-highmem-192.local-ssd-gib").expect("a fact");
    assert!(found.flips.iter().any(|flip| flip.fact == read));
    assert!(found.flips.iter().all(|flip| flip.nodes.len() == 8 && flip.machines.len() == 2));
}

/// The plan that a flip tells is the plan of a catalog in which the fact has that value: what is kept from the first world changes nothing.
#[test]
fn flips_are_plans_of_their_own() {
    type Case = (&'static str, fn(&mut Override));
    let load = load(vec![segment("a"), segment("b")]);
    let question = question(100, 5);
    let found = run_with(&load, question);
    let cases: [Case; 4] = [
        ("machine.z4m-highmem-192.local-ssd-gib", |over| over.values.push(84_000_u64.into())),
        ("machine.z4m-highmem-192.usd-per-hour", |over| over.values.push(21.434_162.into())),
        ("series.z4m.rdma-shares-egress-cap", |over| over.values.push(false.into())),
        ("series.z4m.default-egress-gbps", |over| over.values.push(200.0.into())),
    ];
    for (id, value) in cases {
        let catalog = with_fact(id, value);
        let fact = catalog.find(id).expect("a fact");
        let there = plan(&load, &Network::default(), &Platform::new(&catalog), &catalog, &question).expect("a plan");
        let flip = found.flips.iter().find(|flip| flip.fact == fact && flip.value == 1).expect("it is open");
        let nodes: Vec<u32> = there.quarters.iter().map(|of_quarter| of_quarter.nodes).collect();
        let machines: Vec<Option<String>> =
            there.clusters.iter().map(|cluster| cluster.chosen.as_ref().map(|chosen| chosen.machine.clone())).collect();
        assert_eq!((&flip.nodes, &flip.machines), (&nodes, &machines), "{id}");
        let most = there.quarters.iter().max_by_key(|of_quarter| of_quarter.nodes).expect("quarters");
        assert_eq!(flip.usd_per_month, most.usd_per_month, "{id}");
    }
}

/// What a machine type's disks do is not known: the plan says that nobody looked, and never takes it for unlimited.
#[test]
fn what_nobody_knows_is_said() {
    let mut load = load(vec![segment("a")]);
    // Without local SSD, and not of this world.
    load.sizing.machines = vec!["h4d-standard-192".to_owned(), "none".to_owned()];
    let found = run(&load);
    assert_eq!(found.not_in_catalog, ["none"]);
    let cluster = &found.clusters[0];
    assert!(cluster.chosen.is_none() && cluster.excuses[0].reason == Reason::NoLocalSsd);
    assert_eq!(found.quarters[0].nodes, 0);

    load.sizing.machines = vec!["a4x-highgpu-4g".to_owned()];
    let found = run(&load);
    let open: Vec<Bound> = found.clusters[0].open.iter().map(|(bound, _)| *bound).collect();
    for bound in [Bound::DiskRead, Bound::DiskWrite] {
        assert!(open.contains(&bound), "{open:?}");
    }
    // No price is known of it: nodes are compared, and the cost is a hole.
    assert_eq!(found.measure, Measure::Nodes);
    assert!(found.quarters[0].usd_per_month.is_err());
}

#[test]
fn what_a_plan_cannot_do_without() {
    let catalog = Catalog::embedded();
    let platform = Platform::new(catalog);
    let missing = |load: &Load| {
        plan(load, &Network::default(), &platform, catalog, &question(10, 1)).expect_err("something is missing")
    };
    assert_eq!(missing(&Load::default()), Missing::Demand);
    let mut without = load(vec![segment("a")]);
    without.sizing.machines.clear();
    assert_eq!(missing(&without), Missing::Machine);
    assert_eq!(missing(&load(vec![Demand { code: None, ..segment("a") }])), Missing::Code);
    let mut backwards = load(vec![segment("a")]);
    backwards.sizing.until = Some(quarter("2026-Q1"));
    assert_eq!(missing(&backwards), Missing::Quarters);
    // The workload's code serves where a segment has none.
    let workload = Workload { code: Some(Code { data: 4, parity: 2 }), ..Workload::default() };
    let found = run(&Load { workload: Some(workload), ..load(vec![Demand { code: None, ..segment("a") }]) });
    assert_eq!(found.clusters[0].terms.width, 6);
}

#[test]
fn too_many_nodes_are_an_excuse() {
    let mut load = load(vec![segment("a")]);
    load.sizing.max_nodes = Some(5);
    let found = run(&load);
    let cluster = &found.clusters[0];
    assert!(cluster.excuses.iter().any(|excuse| excuse.reason == Reason::TooManyNodes && excuse.worlds > 0));
    // Not even the lowest level is covered by five, so that nothing is chosen and nothing asked for.
    assert!(cluster.chosen.is_none() && cluster.alternatives.is_empty());
    assert!(found.quarters.iter().all(|of_quarter| of_quarter.nodes == 0 && of_quarter.covered <= 0.0));
    assert!(found.needs.asks.is_empty() && found.needs.clusters[0].nodes == 0);
    // With as many as half of the worlds need, the levels up to that are left.
    load.sizing.machines.truncate(1);
    load.sizing.max_nodes = None;
    let free = run(&load).clusters[0].chosen.clone().expect("a choice");
    let (_, half) = free.quarters[7].covering[0];
    load.sizing.max_nodes = Some(half);
    let found = run(&load);
    let chosen = found.clusters[0].chosen.as_ref().expect("a choice");
    assert!(chosen.quarters.iter().all(|of_quarter| of_quarter.nodes > 0 && of_quarter.nodes <= half));
    assert!(found.quarters[7].covered > 0.0 && found.quarters[7].covered < 1.0);
}

/// What no number of nodes does is never covered, however many worlds ask for it: a rebuild in a nanosecond.
#[test]
fn what_nothing_is_enough_for_is_not_planned() {
    let never = Demand { rebuild_within: Some(TimeSpan::new(1e-9)), ..segment("b") };
    let found = run(&load(vec![segment("a"), never]));
    assert!(found.clusters[0].chosen.is_some() && found.clusters[1].chosen.is_none());
    let excuses = &found.clusters[1].excuses;
    assert_eq!(excuses.len(), 2);
    for excuse in excuses {
        assert_eq!((&excuse.reason, excuse.worlds), (&Reason::TooManyNodes, 200));
    }
    let of_first = found.clusters[0].chosen.as_ref().map(|chosen| chosen.quarters[7].nodes);
    assert_eq!((Some(found.quarters[7].nodes), found.quarters[7].covered), (of_first, 0.0));
    assert!(found.quarters[7].covered_in_all <= 0.0);
}

/// Quota before reservation before the quarter: 60 nodes of 96 vCPUs are regretted least.
#[test]
fn what_is_to_be_asked_for_and_when() {
    let found = run(&load(vec![segment("a")]));
    let lead = found.needs.lead;
    assert!(lead.quota.first > 0 && lead.reservation.first >= 5 && lead.reservation_needs_quota);
    assert!(lead.quota.slowest > lead.quota.first);
    let first = |clock: Clock, resource: Resource| {
        found.needs.asks.iter().find(|ask| ask.clock == clock && ask.resource == resource).expect("an ask")
    };
    let quota = first(Clock::Quota, Resource::Vcpus);
    let reservation = first(Clock::Reservation, Resource::Instances);
    let nodes = u64::from(found.quarters[0].nodes);
    assert_eq!((quota.amount.clone(), reservation.amount.clone()), (Ok(nodes * 96), Ok(nodes)));
    // The quarter begins on 2027-01-01. A reservation takes 5 days and its quota 2 more: 27 and 25 December.
    assert_eq!((lead.reservation.first, lead.quota.first), (5, 2));
    let days = |ask: &AskFor| (ask.by.to_string(), ask.is_late);
    assert_eq!(days(reservation), ("2026-12-27".to_owned(), false));
    assert_eq!(days(quota), ("2026-12-25".to_owned(), false));
    assert!(quota.by_if_slow < quota.by && reservation.not_before.is_some_and(|day| day.to_string() == "2026-01-01"));
    assert_eq!(quota.metric.as_deref(), Some("compute.googleapis.com/cpus_per_vm_family"));
    assert!(found.needs.asks.windows(2).all(|pair| pair[0].by <= pair[1].by));
    // Amounts are in all, so that they grow from quarter to quarter.
    let vcpus: Vec<u64> = found
        .needs
        .asks
        .iter()
        .filter(|ask| ask.resource == Resource::Vcpus)
        .filter_map(|ask| ask.amount.clone().ok())
        .collect();
    assert!(vcpus.len() > 1 && vcpus.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(found.needs.asks.iter().all(|ask| (0.0..=1.0).contains(&ask.covered)));
    // What is committed to is needed to the end: no more than the first quarter has, as no cluster shrinks.
    let commitment = first(Clock::Commitment, Resource::Instances);
    assert_eq!(commitment.amount, Ok(nodes));
}

/// Addresses: nodes, four VIPs for each and room for a replacement beside them.
#[test]
fn subnets_have_room() {
    let mut load = load(vec![segment("a")]);
    let needs = run(&load).needs;
    let cluster = &needs.clusters[0];
    assert_eq!(needs.vips_per_node, 4);
    assert_eq!(cluster.tcp.addresses, u64::from(cluster.nodes) * 5 * 2);
    assert_eq!(cluster.overload, Some(0.25));
    let rdma = cluster.rdma.clone().expect("known").expect("it has RDMA");
    assert_eq!(rdma.addresses, u64::from(cluster.nodes) * 2);
    assert_eq!((cluster.migs, cluster.placement_groups.clone()), (1, Ok(1)));
    load.sizing.spare_copies = Some(1);
    let needs = run(&load).needs;
    assert_eq!((needs.clusters[0].tcp.addresses, needs.clusters[0].tcp.subnets), (u64::from(cluster.nodes) * 5, 2));
    assert_eq!(needs.mover, None);
    let of = |kind| needs.objects.iter().find(|objects| objects.mover == kind).expect("a mover");
    let vips = u64::from(cluster.nodes) * 4;
    assert_eq!(of(twinrail_model::MoverKind::AliasIp).alias_ranges, vips);
    assert_eq!(of(twinrail_model::MoverKind::RoutePriority).routes, Ok(vips * 2));
    assert_eq!(of(twinrail_model::MoverKind::LbLeader).forwarding_rules, vips);
}

/// A price that is not known leaves nodes to be compared; one that is makes the cheaper type win.
#[test]
fn prices_decide_where_they_are_known() {
    let mut load = load(vec![segment("a")]);
    load.sizing.machines = vec!["z3-highmem-88-highlssd".to_owned(), "z4d-highmem-96-highlssd".to_owned()];
    let found = run(&load);
    assert_eq!(found.measure, Measure::Money);
    let price = |catalog: &Catalog| {
        let found =
            plan(&load, &Network::default(), &Platform::new(catalog), catalog, &question(200, 1)).expect("a plan");
        found.clusters[0].chosen.as_ref().expect("a choice").machine.clone()
    };
    let free = with_fact("machine.z3-highmem-88-highlssd.usd-per-hour", |over| over.values.push(0.01.into()));
    let dear = with_fact("machine.z3-highmem-88-highlssd.usd-per-hour", |over| over.values.push(1_000.0.into()));
    assert_eq!((price(&free).as_str(), price(&dear).as_str()), ("z3-highmem-88-highlssd", "z4d-highmem-96-highlssd"));
    let p95 = found.quarters[1].covering.iter().find(|(share, _)| *share == Percentile::P95).expect("it is told");
    assert!(p95.1 >= 11);
}

/// From a byte to a thousand petabytes, growth of a hundredfold a quarter over ten years: it ends, and every figure is a number.
#[test]
fn extremes_end() {
    let wild = Demand {
        capacity: Some(gb(1e-9, 1e9)),
        read: Some(gbps(0.0, 1e15)),
        write: Some(gbps(1e-9, 1e15)),
        growth: Some(between(-1.0, 100.0)),
        ..segment("a")
    };
    let mut load = load(vec![wild, segment("b")]);
    load.sizing.until = Some(Quarter(u32::MAX / 4));
    let found = run_with(&load, question(20, 1));
    assert_eq!(found.quarters.len(), 40);
    // No number of nodes is enough for the first; the other is planned all the same.
    let first = &found.clusters[0];
    assert!(first.chosen.is_none() && first.excuses.iter().any(|excuse| excuse.reason == Reason::TooManyNodes));
    assert!(found.clusters[1].chosen.as_ref().is_some_and(|chosen| chosen.regret.is_finite()));
}
