//! The least counts by hand, by counting up one by one, and against the formulas of `traffic` and `rebuild`.

use proptest::prelude::*;
use twinrail_model::unit::{Gib, MibPerSecond};
use twinrail_model::{Code, Hops};

use super::*;
use crate::rebuild::rebuild_time;
use crate::traffic::{Asked, traffic};

fn capability(rdma: f64, shares: bool) -> Capability {
    Capability {
        machine: "m".to_owned(),
        vcpus: Ok(192),
        local_ssd: Ok(Gib::new(168_000.0)),
        disk_read: Ok(MibPerSecond::new(100_000.0)),
        disk_write: Ok(MibPerSecond::new(80_000.0)),
        egress: Ok(Gbps::new(400.0)),
        ingress: Ok(Gbps::new(400.0)),
        rdma: Ok(Gbps::new(rdma)),
        shares_cap: Ok(shares),
        rdma_nics: Ok(2),
        placement_max: Ok(150),
        usd_per_hour: Err(Hole::NotInCatalog("machine.m.usd-per-hour".to_owned())),
        spot_usd_per_hour: Err(Hole::NotInCatalog("machine.m.spot-usd-per-hour".to_owned())),
        price: None,
    }
}

fn terms(headroom: u32, code: Code) -> Terms {
    Terms {
        headroom,
        utilisation: 0.8,
        width: code.width(),
        parity: code.parity,
        rebuild_within: None,
        rebuild_share: 0.25,
        least: 0,
    }
}

fn code(text: &str) -> Code {
    text.parse().expect("a code")
}

fn of(need: &Need, bound: Bound) -> u32 {
    need.by[bound as usize]
}

/// 10 PB with 8+2 are 12.5 PB; a node of 168,000 GiB holds 180,388.6 GB, of which 80 % are 144,310.9: 86.6, so 87 and one spare. Reads of 8 Tbps on
/// 400 Gbps of which 320 count: 8,000 (1 + (m-1)/m) <= 320 m, so that m = 50 is too few (8,000 x 1.98 / 50 = 316.8 fits: 49 has 8,000 x 1.97959 / 49 =
/// 323.2), and 50 live and one spare do. A stripe stands on 10 and one spare.
#[test]
fn by_hand() {
    let ask = Ask { capacity: Gb::new(1e7), read: Gbps::new(8_000.0), metadata: 1e6, ..Ask::default() };
    let pull = Pull::of(&ask, Layout::of(code("8+2"), None));
    let caps = Caps::of(&capability(400.0, true), Some(50_000.0)).expect("it stores");
    let need = need(&pull, &terms(1, code("8+2")), &caps);
    assert_eq!(of(&need, Bound::Capacity), 88);
    assert_eq!(of(&need, Bound::Egress), 51);
    // In comes only what nodes fetch from each other: 8,000 (m-1)/m <= 320 m. 24 live: 7,666.7 <= 7,680.
    assert_eq!(of(&need, Bound::Ingress), 25);
    assert_eq!(of(&need, Bound::Rdma), 25);
    // 1,000,000 / (50,000 x 0.8) = 25.
    assert_eq!(of(&need, Bound::Metadata), 26);
    assert_eq!(of(&need, Bound::Width), 11);
    assert_eq!((need.nodes, need.binding), (88, Bound::Capacity));
    assert!(caps.open.is_empty());
}

/// 10 PB with 8+2, of which 4 hours make a node again: by the formula of the rebuild alone.
#[test]
fn a_rebuild_in_time_takes_its_nodes() {
    let ask = Ask { capacity: Gb::new(1e6), ..Ask::default() };
    let layout = Layout::of(code("8+2"), None);
    let pull = Pull::of(&ask, layout);
    let caps = Caps::of(&capability(200.0, false), None).expect("it stores");
    for hours in [0.5, 1.0, 2.0, 4.0, 12.0] {
        let within = TimeSpan::from_hours(hours);
        let terms = Terms { rebuild_within: Some(within), ..terms(1, code("8+2")) };
        let time = |nodes: u32| {
            rebuild_time(pull.stored / f64::from(nodes), code("8+2"), nodes - 1, 0.25, Gbps::new(200.0))
                .expect("it ends")
        };
        let expected = (3..2_000).find(|nodes| time(*nodes) <= within).expect("some count");
        assert_eq!(of(&need(&pull, &terms, &caps), Bound::Rebuild), expected, "{hours} h");
    }
    // Nobody publishes what a node does of metadata: it bounds nothing, and the plan says so.
    assert_eq!(caps.open, [(Bound::Metadata, None)]);
}

#[test]
fn what_is_not_known_bounds_nothing_and_is_named() {
    let hole = || Hole::NotInCatalog("h".to_owned());
    let unknown = Capability { disk_read: Err(hole()), shares_cap: Err(hole()), ..capability(400.0, true) };
    let caps = Caps::of(&unknown, Some(1.0)).expect("it stores");
    assert_eq!(caps.open, [(Bound::DiskRead, Some(hole())), (Bound::Rdma, Some(hole()))]);
    assert_eq!(Caps::of(&Capability { local_ssd: Err(hole()), ..unknown }, None), Err(hole()));
}

#[test]
fn nothing_takes_for_ever() {
    let ask =
        Ask { capacity: Gb::new(1e18), read: Gbps::new(1e18), write: Gbps::new(1e18), metadata: 1e18, clients: 0.0 };
    let layout = Layout::of(code("998+2"), None);
    let caps = Caps::of(&capability(400.0, false), Some(1e-9)).expect("it stores");
    let terms = Terms { rebuild_within: Some(TimeSpan::new(1e-9)), headroom: u32::MAX, ..terms(0, code("998+2")) };
    let huge = need(&Pull::of(&ask, layout), &terms, &caps);
    assert_eq!(huge.nodes, MOST_NODES);
    let nothing = need(&Pull::default(), &Terms { headroom: 0, rebuild_within: None, ..terms }, &caps);
    assert_eq!((nothing.nodes, nothing.binding), (1_000, Bound::Width));
}

prop_compose! {
    fn asks()(capacity in 0.0..3e6, read in 0.0..9_000.0, write in 0.0..6_000.0, metadata in 0.0..1e5) -> Ask {
        Ask { capacity: Gb::new(capacity), read: Gbps::new(read), write: Gbps::new(write), metadata, clients: 0.0 }
    }
}

proptest! {
    /// Every bound by counting up from one node, with loads from the formulas of `traffic`, and beyond the answer it never fails again.
    #[test]
    fn least_counts_are_those_of_counting(
        ask in asks(),
        text in prop_oneof![Just("8+2"), Just("3x"), Just("4+1"), Just("2x"), Just("1x"), Just("16+4")],
        two_hops: bool,
        (rdma, shares) in (prop_oneof![Just(0.0), Just(200.0), Just(400.0)], any::<bool>()),
        headroom in 0_u32..3,
        rebuild in proptest::option::of(0.2_f64..24.0),
    ) {
        let code = code(text);
        let layout = Layout::of(code, Some(if two_hops { Hops::Two } else { Hops::One }));
        let machine = capability(rdma, shares);
        let caps = Caps::of(&machine, None).expect("it stores");
        let within = rebuild.map(TimeSpan::from_hours);
        let terms = Terms { rebuild_within: within, ..terms(headroom, code) };
        let pull = Pull::of(&ask, layout);
        let need = need(&pull, &terms, &caps);
        let holds = |bound: Bound, nodes: u32| {
            let Some(live) = nodes.checked_sub(headroom).filter(|live| *live > 0) else { return false };
            let lost = pull.stored / f64::from(nodes);
            let rebuild = within.filter(|_| headroom > 0).map_or(Gbps::ZERO, |within| Gbps::from(GbPerSecond::new(lost.get() / within.seconds())));
            let flows = traffic(Asked { read: ask.read, write: ask.write, rebuild }, layout, live);
            let room = f64::from(live) * 0.8 * 1.000_000_001;
            let own = rdma > 0.0 && !shares;
            let (out, inward) = if own { (flows.to_clients, flows.from_clients) } else { (flows.egress(), flows.ingress()) };
            match bound {
                Bound::Egress => out.get() <= 400.0 * room,
                Bound::Ingress => inward.get() <= 400.0 * room,
                Bound::Rdma => rdma == 0.0 || flows.between().get() <= rdma * room,
                Bound::DiskRead => flows.disk_read <= Gbps::from(MibPerSecond::new(100_000.0)) * room,
                Bound::DiskWrite => flows.disk_write <= Gbps::from(MibPerSecond::new(80_000.0)) * room,
                Bound::Rebuild => {
                    let survivors = nodes.saturating_sub(headroom.max(1));
                    let cap = Gbps::new(if rdma > 0.0 { rdma } else { 400.0 });
                    let time = rebuild_time(lost, code, survivors, 0.25, cap);
                    within.is_none_or(|within| lost.is_zero() || time.is_some_and(|time| time.get() <= within.get() * 1.000_000_001))
                }
                _ => lost <= Gb::from(Gib::new(168_000.0)) * 0.8,
            }
        };
        for bound in [Bound::Egress, Bound::Ingress, Bound::Rdma, Bound::DiskRead, Bound::DiskWrite, Bound::Rebuild] {
            let got = of(&need, bound);
            // From two live nodes on a load only falls; of one node alone nothing follows for two.
            let from = if got <= headroom.max(1) + 1 { got } else { headroom + 2 };
            for nodes in from.max(1)..got.max(1) + 40 {
                let fits = holds(bound, nodes);
                prop_assert!(fits == (nodes >= got) || nodes <= headroom + 2, "{bound:?} at {nodes}: {fits}, found {got}");
            }
            prop_assert!(got == 0 || holds(bound, got), "{bound:?} does not hold at {got}");
        }
        prop_assert_eq!(need.nodes, *need.by.iter().max().expect("bounds"));
        prop_assert_eq!(tightest(&pull, &terms, &caps), (need.nodes, need.binding));
    }
}
