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
        physical_nics: Ok(2),
        physical_nic: Ok(Gbps::new(400.0)),
        full_egress_vnics: Ok(2),
        nic_order: "alternating".to_owned(),
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
        vips: 4,
    }
}

fn code(text: &str) -> Code {
    text.parse().expect("a code")
}

fn of(need: &Need, bound: Bound) -> u32 {
    need.by[bound as usize]
}

/// 10 PB with 8+2 are 12.5 PB; a node of 168,000 GiB holds 180,388.6 GB, of which 80 % are 144,310.9: 86.6, so 87 and one spare. A stripe stands on 10 and
/// one spare.
///
/// Reads of 8 Tbps with one of n nodes lost, m = n - 1 left: an n-th of them is read from 8 chunks, so 8,000 (1 + 7/n) (m-1)/m go between nodes; the busiest
/// of four VIPs a node has 1 + m/(4n) of an even part of what clients get. Each sends at most 320 of 400 Gbps. n = 60: 8,000 x 1.24583 + 8,781.9 = 18,748.6
/// <= 18,880. n = 59: 8,000 x 1.24576 + 8,794.9 = 18,761.0 > 18,560.
#[test]
fn by_hand() {
    let ask = Ask { capacity: Gb::new(1e7), read: Gbps::new(8_000.0), metadata: 1e6, ..Ask::default() };
    let pull = Pull::of(&ask, Layout::of(code("8+2"), None));
    let caps = Caps::of(&capability(400.0, true), Some(50_000.0), 1).expect("it stores");
    let need = need(&pull, &terms(1, code("8+2")), &caps);
    assert_eq!(of(&need, Bound::Capacity), 88);
    assert_eq!(of(&need, Bound::Egress), 60);
    // In comes only what nodes fetch from each other, the busiest more. n = 37: 9,249.2 x 1.24324 = 11,499.1 <= 11,520; n = 36: 9,282.5 x 1.24306 =
    // 11,538.7 > 11,200. The physical NIC of the RDMA rail receives the same.
    assert_eq!(of(&need, Bound::Ingress), 37);
    assert_eq!(of(&need, Bound::Rdma), 37);
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
    let caps = Caps::of(&capability(200.0, false), None, 1).expect("it stores");
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
    let caps = Caps::of(&unknown, Some(1.0), 1).expect("it stores");
    assert_eq!(caps.open, [(Bound::Rdma, Some(hole())), (Bound::DiskRead, Some(hole()))]);
    assert_eq!(Caps::of(&Capability { local_ssd: Err(hole()), ..unknown }, None, 1), Err(hole()));
}

#[test]
fn nothing_takes_for_ever() {
    let ask =
        Ask { capacity: Gb::new(1e18), read: Gbps::new(1e18), write: Gbps::new(1e18), metadata: 1e18, clients: 0.0 };
    let layout = Layout::of(code("998+2"), None);
    let caps = Caps::of(&capability(400.0, false), Some(1e-9), 1).expect("it stores");
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

/// What the busiest node sends and receives to clients and to nodes, and reads and writes, beside so much of a rebuild.
fn busiest(
    ask: &Ask,
    (layout, two_hops): (Layout, bool),
    (nodes, headroom): (u32, u32),
    rebuild: f64,
) -> ([f64; 2], [f64; 2], f64, f64) {
    let code = layout.code;
    let (live, data) = (nodes - headroom, f64::from(code.data));
    let lost_part = f64::from(headroom) / f64::from(nodes);
    let chunks = ask.read * (1.0 - lost_part + lost_part * data);
    let fetched = match (two_hops, code.is_copies()) {
        (true, _) => chunks,
        (false, true) => Gbps::ZERO,
        (false, false) => ask.read * (lost_part * data),
    };
    let asked = Asked { read: fetched, write: ask.write, rebuild: Gbps::new(rebuild) };
    let flows = traffic(asked, Layout::of(code, Some(Hops::Two)), live);
    let written = traffic(Asked { write: ask.write, ..Asked::default() }, layout, live).between_for_write.get();
    let (read, made) = (flows.between_for_read.get(), flows.between_for_rebuild.get());
    let even = 1.0 / f64::from(live);
    let busy = if headroom > 0 { even + 1.0 / (4.0 * f64::from(nodes)) } else { even };
    let out = [ask.read.get() * busy, read * even + written * busy + made * even];
    let inward = [ask.write.get() * busy, read * busy + written * even + made * even];
    (out, inward, (chunks.get() + rebuild * data) * even, (ask.write.get() * code.expansion() + rebuild) * even)
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
        let caps = Caps::of(&machine, None, 1).expect("it stores");
        let within = rebuild.map(TimeSpan::from_hours);
        let rebuild_asked = within;
        let terms = Terms { rebuild_within: within, ..terms(headroom, code) };
        let pull = Pull::of(&ask, layout);
        let need = need(&pull, &terms, &caps);
        // One node at a time: the busiest, with its part of everything. Two physical NICs, one for each rail.
        let holds = |bound: Bound, nodes: u32| {
            let Some(live) = nodes.checked_sub(headroom).filter(|live| *live > 0) else { return false };
            let lost = pull.stored / f64::from(nodes);
            let within = within.filter(|_| headroom > 0);
            let rebuild = within.map_or(0.0, |within| lost.get() * f64::from(headroom) / within.seconds() * 8.0);
            let flows = |rebuild: f64| busiest(&ask, (layout, two_hops), (nodes, headroom), rebuild);
            let ((out, inward, disk_read, disk_write), own) = (flows(rebuild), rdma > 0.0);
            let almost = 1.000_000_001;
            let sums = |of: [f64; 2]| if own && !shares { of[0] } else { of[0] + of[1] };
            // A rebuild at its pace leaves clients what they ask for, under every cap that both use.
            let pace = if own { rdma } else { 400.0 } * 0.25;
            let (clients_out, clients_in, ..) = flows(0.0);
            let is_idle = within.is_none() || live < 2 || pull.stored.is_zero();
            let with_pace = |of: fn([f64; 2]) -> f64, cap: f64| is_idle || of(clients_out) + pace <= cap * almost;
            let with_pace_in = |of: fn([f64; 2]) -> f64, cap: f64| is_idle || of(clients_in) + pace <= cap * almost;
            let both = |of: [f64; 2]| of[0] + of[1];
            let second = |of: [f64; 2]| of[1];
            let shared = !own || shares;
            match bound {
                Bound::Egress => sums(out) <= 320.0 * almost && (!shared || with_pace(both, 400.0)),
                Bound::Ingress => sums(inward) <= 320.0 * almost && (!shared || with_pace_in(both, 400.0)),
                Bound::Rdma => {
                    !own || out[1] <= rdma * 0.8 * almost
                        && inward[1].max(out[1]) <= 320.0 * almost
                        && with_pace(second, rdma)
                        && with_pace_in(second, 400.0)
                }
                Bound::DiskRead => disk_read <= 100_000.0 * 0.008_388_608 * 0.8 * almost,
                Bound::DiskWrite => disk_write <= 80_000.0 * 0.008_388_608 * 0.8 * almost,
                Bound::Rebuild => {
                    let lost_nodes = headroom.max(1);
                    let survivors = nodes.saturating_sub(lost_nodes);
                    let cap = Gbps::new(if own { rdma } else { 400.0 });
                    let time = rebuild_time(lost * f64::from(lost_nodes), code, survivors, 0.25, cap);
                    rebuild_asked.is_none_or(|within| lost.is_zero() || time.is_some_and(|time| time.get() <= within.get() * almost))
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
