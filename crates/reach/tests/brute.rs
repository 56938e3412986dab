//! Reachability by brute force: a slow interpreter of Google's sentences over concrete packets, against which the engine is held. Every address is known,
//! every rule, route, NIC and backend is looked at for every packet, and what failed is taken out of the network first. It shares no code with the engine.
//! `SEED=7 cargo test -p twinrail-reach brute` runs one network, `seeds.rs` says how many more are run. Not here: the random networks.

mod balancer;
mod firewall;
mod flight;
mod guest;
mod rdma;
mod route;
mod walk;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use twinrail_facts::{Catalog, Facts};
use twinrail_model::{Hole, Id, Known, Network, NicId, Platform, Vip};
use twinrail_reach::bugs::{self, Bug};
use twinrail_reach::{
    Code, End, Outcome, Packet, Plane, Receiver, Sender, Traffic, Verdict, forward, pairs_in, protocol,
};

use self::walk::{Ending, endings};
use self::world::address_of_vip;
use crate::agreement::sides_with_the_engine;
use crate::random::{Case, case, describe};
use crate::seeds::{number, seeds, span, tell};

/// What the engine says, as a set of endings.
fn of_verdict(verdict: &Verdict) -> BTreeSet<Ending> {
    let mut found = BTreeSet::new();
    for branch in &verdict.branches {
        if branch.replies.is_empty() {
            found.insert((branch.request.end, None));
        }
        found.extend(branch.replies.iter().map(|reply| (branch.request.end, Some(reply.end))));
    }
    found
}

/// Every sender of a network: each NIC, bound and free, each alias, each group of clients.
fn senders(network: &Network) -> Vec<Sender> {
    let mut senders = Vec::new();
    for (instance, _) in network.instances.iter().filter(|(_, row)| row.known == Known::Here) {
        senders.push(Sender::Guest { instance, bound: None });
        let bound = |end: End| Sender::Guest { instance, bound: Some(end) };
        for nic in &network.instances[instance].nics {
            senders.push(bound(End::Nic(*nic)));
            senders.extend((0..network.nics[*nic].aliases.len()).map(|place| bound(End::Alias(*nic, place))));
        }
    }
    senders.extend(network.clients.ids().map(Sender::Clients));
    senders
}

/// Every end of a network that an address is known of.
fn ends(network: &Network) -> Vec<End> {
    let mut ends: Vec<End> = network.nics.ids().map(End::Nic).collect();
    for nic in network.nics.ids() {
        ends.extend((0..network.nics[nic].aliases.len()).map(|place| End::Alias(nic, place)));
    }
    ends.extend(network.forwarding_rules.ids().map(End::Rule));
    ends.extend(network.vips.ids().flat_map(|pool| network.vips_of(pool)).map(End::Vip));
    ends.extend(network.clients.ids().map(End::Clients));
    ends
}

/// The kinds of packets at the boundaries of what random rules name, and RDMA.
const TRAFFIC: [(u8, Option<u16>); 7] = [
    (protocol::TCP, Some(22)),
    (protocol::TCP, Some(111)),
    (protocol::TCP, Some(2049)),
    (protocol::TCP, Some(3001)),
    (protocol::UDP, Some(111)),
    (protocol::UDP, Some(2049)),
    (protocol::ICMP, None),
];

/// One packet in so many of a full enumeration is followed.
const STRIDE: usize = 17;

/// The packets of a case, and as many of a full enumeration as a stride leaves.
pub fn packets(case: &Case, stride: usize) -> Vec<Packet> {
    let mut all = Vec::new();
    let kinds = TRAFFIC.map(|(protocol, port)| Traffic::Ip { protocol, port });
    for from in senders(&case.network) {
        for to in ends(&case.network) {
            for traffic in kinds {
                all.push(Packet { from, to, traffic });
            }
            if matches!((from, to), (Sender::Guest { .. }, End::Nic(_))) {
                all.push(Packet { from, to, traffic: Traffic::Rdma });
            }
        }
    }
    let start = usize::try_from(case.seed).expect("a small seed") % stride;
    case.packets.iter().copied().chain(all.into_iter().skip(start).step_by(stride)).collect()
}

/// Whether a packet names an address that two VIPs have: `vip-pools-share-addresses` finds such a model, and who gets the packet nobody can say.
pub fn is_ambiguous(network: &Network, packet: &Packet) -> bool {
    let vips = || network.vips.ids().flat_map(|pool| network.vips_of(pool));
    let shared = |end: End| match end {
        End::Vip(vip) => {
            let same = |other: &Vip| address_of_vip(network, *other) == address_of_vip(network, vip);
            vips().filter(same).count() > 1
        }
        End::Address(address) => vips().filter(|vip| address_of_vip(network, *vip) == Some(address)).count() > 1,
        _ => false,
    };
    let bound = match packet.from {
        Sender::Guest { bound, .. } => bound,
        _ => None,
    };
    shared(packet.to) || bound.is_some_and(shared)
}

/// Of so many packets one may be told otherwise by the brute force than by both the engine and the Datalog: which of two words a packet gets that is lost
/// for two reasons, what an instance of a stateful group serves that is made anew, and a forwarding rule's address that
/// somebody has in another network of the same ranges, as a next hop sees
/// it. No page decides these.
const ONE_DISPUTED_IN: u64 = 50_000;

/// Whether the API would refuse some forwarding rule: its service names no network, and the first NIC of a backend is in another one than the rule's.
pub fn is_refused(network: &Network) -> bool {
    network.forwarding_rules.ids().any(|rule| {
        let service = network.forwarding_rules[rule].backend_service.expect("a random rule has a service");
        let names_none = network.backend_services[service].vpc.is_none();
        names_none && balancer::backends(network, rule).iter().any(|member| member.nic.is_none())
    })
}

/// An ending without the NIC that it ended at.
fn shape((request, reply): Ending) -> Ending {
    let plain = |outcome: Outcome| match outcome {
        Outcome::Delivered(Receiver::Nic(_)) => Outcome::Delivered(Receiver::Nic(NicId::new(0))),
        other => other,
    };
    (plain(request), reply.map(plain))
}

/// Of several holders or backends that nothing tells apart one may stand for the others, so the engine may name fewer endings, but no others and none of a
/// shape of its own.
fn agree(said: &BTreeSet<Ending>, expected: &BTreeSet<Ending>) -> bool {
    let shapes = |endings: &BTreeSet<Ending>| -> BTreeSet<Ending> { endings.iter().copied().map(shape).collect() };
    said.is_subset(expected) && shapes(said) == shapes(expected)
}

/// An address that nobody in the sender's network has, while it is a VIP of another network: which of two words that gets is the engine's affair.
fn in_its_words(endings: BTreeSet<Ending>, packet: &Packet) -> BTreeSet<Ending> {
    let nobody = Outcome::Dropped(Code::UnknownInternalAddress);
    let elsewhere = Outcome::Dropped(Code::RouteWrongNetwork);
    let is_vip = matches!(packet.to, End::Vip(_));
    let word = |(request, reply): Ending| (if is_vip && request == nobody { elsewhere } else { request }, reply);
    endings.into_iter().map(word).collect()
}

/// What a comparison found.
#[derive(Debug, Default)]
struct Found {
    packets: u64,
    wrong: Vec<(Packet, String)>,
    /// Packets of which the brute force says something else, and the Datalog sides with the engine.
    disputed: u64,
}

/// Where the engine and the brute force differ on a case, and the Datalog does not side with the engine.
fn judge(case: &Case, stride: usize) -> Found {
    let mut found = compare(case, stride);
    let all = std::mem::take(&mut found.wrong);
    let (disputed, wrong): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(packet, _)| sides_with_the_engine(case, *packet));
    found.disputed = disputed.len() as u64;
    found.wrong = wrong;
    found
}

/// Where the engine and the brute force differ on a case.
fn compare(case: &Case, stride: usize) -> Found {
    let catalog = Catalog::embedded();
    let (platform, facts) = (Platform::new(catalog), Facts::new(catalog));
    let plane = Plane::new(&case.network, &platform);
    let mut found = Found::default();
    if is_refused(&case.network) {
        return found;
    }
    for packet in packets(case, stride) {
        if is_ambiguous(&case.network, &packet) {
            continue;
        }
        let said = match forward(&plane, &case.situation, &facts, &packet) {
            Ok(verdict) => in_its_words(of_verdict(&verdict), &packet),
            // An import without clusters may lack the firewall rules of a network.
            Err(Hole::NotInInput(lacking))
                if lacking.field == Some("firewalls") && case.network.clusters.is_empty() =>
            {
                continue;
            }
            Err(hole) => {
                let text = format!("seed {} {packet:?}: the engine looks at a hole: {hole:?}", case.seed);
                found.wrong.push((packet, text));
                continue;
            }
        };
        found.packets += 1;
        let expected = in_its_words(endings(&case.network, &case.situation, &packet), &packet);
        if !agree(&said, &expected) {
            let mut text = String::new();
            writeln!(text, "seed {} {packet:?}", case.seed).expect("text grows");
            writeln!(text, "  engine {said:?}").expect("text grows");
            write!(text, "  brute  {expected:?}").expect("text grows");
            found.wrong.push((packet, text));
        }
    }
    found
}

#[test]
fn the_engine_agrees_with_brute_force() {
    let stride = number("STRIDE").map_or(STRIDE, |stride| usize::try_from(stride).expect("a small stride"));
    let most = number("MOST").map_or(40, |most| usize::try_from(most).expect("a small number"));
    let (mut networks, mut packets, mut disputed, mut wrong, mut last) = (0, 0, 0, Vec::new(), None);
    let seeds = seeds(300, 1);
    for seed in seeds.clone() {
        let case = case(seed);
        let found = judge(&case, stride);
        disputed += found.disputed;
        networks += u64::from(found.packets > 0);
        packets += found.packets;
        if !found.wrong.is_empty() {
            wrong.extend(found.wrong.into_iter().map(|(_, text)| text));
            last = last.or(Some(case));
        }
        if wrong.len() >= most {
            break;
        }
    }
    tell(&format!(
        "brute force: {packets} packets of {networks} networks compared, {}; in {disputed} of them the Datalog sides with the engine",
        span(seeds.clone())
    ));
    let dump = last.map_or(String::new(), |case| describe(&case));
    let many = 30 * seeds.count() as u64;
    assert!(packets > many || wrong.len() >= most, "only {packets} packets of {networks} networks");
    assert!(disputed <= packets / ONE_DISPUTED_IN + 2, "{disputed} packets of {packets} are disputed");
    assert!(
        wrong.is_empty(),
        "{} differences in {packets} packets\n{}\nthe first network:\n{dump}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// A guest is never asked whether it reaches its own NICs.
fn is_itself(network: &Network, from: Sender, to: End) -> bool {
    match (from, to) {
        (Sender::Guest { instance, .. }, End::Nic(nic) | End::Alias(nic, _)) => network.nics[nic].instance == instance,
        _ => false,
    }
}

/// How many pairs end in each way by brute force, less how many the classes say do.
fn by_classes(case: &Case, traffic: Traffic) -> BTreeMap<BTreeSet<Ending>, i64> {
    let platform = Platform::new(Catalog::embedded());
    let plane = Plane::new(&case.network, &platform);
    let (senders, ends) = (senders(&case.network), ends(&case.network));
    let shapes = |from: Sender, to: End| -> BTreeSet<Ending> {
        let packet = Packet { from, to, traffic };
        endings(&case.network, &case.situation, &packet).into_iter().map(shape).collect()
    };
    let mut balance: BTreeMap<BTreeSet<Ending>, i64> = BTreeMap::new();
    for from in &senders {
        for to in ends.iter().filter(|to| !is_itself(&case.network, *from, **to)) {
            *balance.entry(shapes(*from, *to)).or_insert(0) += 1;
        }
    }
    for pair in pairs_in(&plane, &case.situation, &senders, &ends) {
        *balance.entry(shapes(pair.from, pair.to)).or_insert(0) -= i64::try_from(pair.stands_for).expect("few pairs");
    }
    balance.retain(|_, count| *count != 0);
    balance
}

#[test]
fn classes_end_as_their_witnesses_do() {
    let mut wrong = Vec::new();
    for seed in seeds(60, 6) {
        let case = case(seed);
        let (protocol, port) = TRAFFIC[usize::try_from(seed).expect("a small seed") % TRAFFIC.len()];
        let balance = by_classes(&case, Traffic::Ip { protocol, port });
        if !balance.is_empty() {
            wrong.push(format!("seed {seed} {protocol} {port:?}: more by brute force than by classes: {balance:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} networks\n{}", wrong.len(), wrong.join("\n"));
}

/// Among so many networks every seeded bug must show.
const NETWORKS: u64 = 5_000;

#[test]
fn every_seeded_bug_shows() {
    for bug in Bug::ALL {
        let shows = |seed: u64| {
            let case = case(seed);
            let differs = || !compare(&case, STRIDE).wrong.is_empty();
            !differs() && bugs::with(*bug, differs)
        };
        assert!((0..NETWORKS).any(shows), "{bug:?} shows in none of {NETWORKS} networks");
    }
}
