//! The engine and the Datalog formulation say the same of every packet: how it may end, and how its reply may end then. `seeds.rs` says about how
//! many networks, and `SEED` about one only. Not here: what is right where they differ, which Google's pages tell.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::IpAddr;

use twinrail_facts::{Catalog, Facts};
use twinrail_model::{Alias, AliasRange, Id, MoverKind, Network, NicId, Platform, VpcId};
use twinrail_reach::bugs::{self, Bug};
use twinrail_reach::{Code, End, Outcome, Packet, Plane, Receiver, Verdict, forward};

use crate::brute::{is_ambiguous, is_refused, packets};
use crate::datalog::{Ending, endings};
use crate::random::{Case, case, describe};
use crate::seeds::{number, seeds, span, tell as tell_figures};

const NETWORKS: u64 = 300;

/// Among so many networks every seeded bug must show.
const NETWORKS_OF_BUGS: u64 = 5_000;

/// Codes that no random packet ends with: random networks have no PSC interfaces, and rails are what intents ask for.
const ELSEWHERE: [Code; 2] = [Code::PscNotAccepted, Code::NoNicOnRail];

/// The endings of a verdict.
fn of_verdict(verdict: &Verdict) -> BTreeSet<Ending> {
    let mut endings = BTreeSet::new();
    for branch in &verdict.branches {
        if branch.replies.is_empty() {
            endings.insert((branch.request.end, None));
        }
        endings.extend(branch.replies.iter().map(|reply| (branch.request.end, Some(reply.end))));
    }
    endings
}

/// What is about to be compared, with what the Datalog says.
struct Asked {
    case: Case,
    platform: Platform,
    oracle: Vec<BTreeSet<Ending>>,
}

/// A packet, and how it may end by the engine and by the Datalog.
type Difference = (Packet, BTreeSet<Ending>, BTreeSet<Ending>);

impl Asked {
    fn new(seed: u64) -> Self {
        let mut case = case(seed);
        if let Some(stride) = number("STRIDE") {
            case.packets = packets(&case, usize::try_from(stride).expect("a small stride"));
        }
        Self::of(case)
    }

    fn of(case: Case) -> Self {
        let catalog = Catalog::embedded();
        let (platform, facts) = (Platform::new(catalog), Facts::new(catalog));
        let oracle = endings(&case.network, &platform, &case.situation, &facts, &case.packets);
        let oracle = oracle.expect("a random network has no holes");
        Self { case, platform, oracle }
    }

    /// Where two networks have the same ranges, an address that was sought in the wrong one is either nobody's or somebody else's: no page of Google's tells
    /// which word such a packet gets, so both are taken for one.
    fn coarse(&self, endings: &BTreeSet<Ending>) -> BTreeSet<Ending> {
        let ranges: Vec<_> = self.case.network.subnets.rows().iter().map(|row| row.range.clone()).collect();
        let twins = ranges.iter().enumerate().any(|(place, range)| ranges[..place].contains(range));
        let join = |outcome: Outcome| match outcome {
            Outcome::Dropped(Code::UnknownInternalAddress) if twins => Outcome::Dropped(Code::RouteWrongNetwork),
            other => other,
        };
        endings.iter().map(|(request, reply)| (join(*request), reply.map(join))).collect()
    }

    /// Whether several in one network have the address that a packet is for, which the API lets nobody do; or a VIP or a forwarding rule among several in
    /// all networks, of which no page says who gets it when it is sought in the wrong one.
    fn is_ambiguous(&self, to: End) -> bool {
        let network = &self.case.network;
        let Some(address) = address(network, to) else { return false };
        let mut of_networks: Vec<VpcId> = Vec::new();
        for (_, nic) in network.nics.iter() {
            let has = |alias: &Alias| matches!(alias.range, AliasRange::Range(range) if range.contains(&address));
            let aliases = nic.aliases.iter().filter(|alias| has(alias)).count();
            let times = usize::from(nic.address == Ok(Some(address))) + aliases;
            of_networks.extend(std::iter::repeat_n(nic.vpc.get().ok(), times).flatten());
        }
        let of_machines = of_networks.len();
        let rules = network.forwarding_rules.rows().iter().filter(|rule| rule.address == Ok(Some(address)));
        of_networks.extend(rules.filter_map(|rule| rule.vpc.get().ok()));
        for (pool, row) in network.vips.iter() {
            let is_kept = row.mover.kind == MoverKind::StatefulMig;
            let has = network.vips_of(pool).any(|vip| network.vip_ranges(vip) == Ok(vec![address.into()]));
            let of_first = network.vip_vpc(row).unwrap_or(VpcId::new(0));
            of_networks.extend((has && !is_kept).then_some(of_first));
        }
        if of_networks.len() > of_machines && of_networks.len() > 1 {
            return true;
        }
        of_networks.sort_unstable();
        of_networks.windows(2).any(|two| two[0] == two[1])
    }

    /// The packets that are compared, with what the Datalog says of them.
    fn packets(&self) -> impl Iterator<Item = (&Packet, &BTreeSet<Ending>)> {
        let all = self.case.packets.iter().zip(&self.oracle);
        let network = &self.case.network;
        let is_compared = |packet: &Packet| !self.is_ambiguous(packet.to) && !is_ambiguous(network, packet);
        let all = all.filter(move |(packet, _)| is_compared(packet));
        // What the API refuses is compared by nobody.
        all.take(if is_refused(network) { 0 } else { usize::MAX })
    }

    /// The packets about which the engine says something else.
    fn differences(&self) -> Vec<Difference> {
        let facts = Facts::new(Catalog::embedded());
        let plane = Plane::new(&self.case.network, &self.platform);
        let mut found = Vec::new();
        for (packet, expected) in self.packets() {
            let verdict = forward(&plane, &self.case.situation, &facts, packet).expect("a random network has no holes");
            let engine = of_verdict(&verdict);
            // Of backends and holders that nothing tells apart the engine follows one; the Datalog follows all.
            let (ours, theirs) = (self.coarse(&engine), self.coarse(expected));
            if !ours.is_subset(&theirs) || shapes(&ours) != shapes(&theirs) {
                found.push((*packet, engine, expected.clone()));
            }
        }
        found
    }
}

/// The address of an end, where it is known.
fn address(network: &Network, end: End) -> Option<IpAddr> {
    match end.ranges(network).ok()?.as_slice() {
        [range] if range.prefix_len() == range.max_prefix_len() => Some(range.addr()),
        _ => None,
    }
}

/// Endings without the names of those who got the packets.
fn shapes(endings: &BTreeSet<Ending>) -> BTreeSet<Ending> {
    let shape = |outcome: Outcome| match outcome {
        Outcome::Delivered(Receiver::Nic(_)) => Outcome::Delivered(Receiver::Nic(NicId::new(0))),
        other => other,
    };
    endings.iter().map(|(request, reply)| (shape(*request), reply.map(shape))).collect()
}

/// Whether the Datalog says of one packet what the engine says, or that several have the address, which decides nothing: for whoever finds that somebody else
/// says otherwise.
pub fn sides_with_the_engine(case: &Case, packet: Packet) -> bool {
    let (network, situation) = (case.network.clone(), case.situation.clone());
    let asked = Asked::of(Case { seed: case.seed, network, situation, packets: vec![packet] });
    asked.differences().is_empty()
}

fn tell(case: &Case, (packet, engine, oracle): &Difference) -> String {
    let mut text = String::new();
    let (from, to) = (packet.from.short(&case.network), packet.to.short(&case.network));
    writeln!(text, "SEED={}: {from} to {to} {}, {packet:?}", case.seed, packet.traffic).expect("text grows");
    writeln!(text, "  engine {engine:?}\n  oracle {oracle:?}").expect("text grows");
    text
}

#[test]
fn the_engine_and_the_datalog_agree() {
    let one = number("SEED");
    let seeds = seeds(NETWORKS, 1);
    let (mut networks, mut packets) = (0, 0);
    let mut text = String::new();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut different = 0;
    for seed in seeds.clone() {
        let asked = Asked::new(seed);
        let compared = asked.packets().count();
        (networks, packets) = (networks + usize::from(compared > 0), packets + compared);
        let (case, found) = (&asked.case, asked.differences());
        for difference in &found {
            let words = |set: &BTreeSet<Ending>| set.iter().map(word).collect::<BTreeSet<_>>();
            let kind = format!("engine {:?} oracle {:?}", words(&difference.1), words(&difference.2));
            let times = kinds.entry(kind).or_default();
            *times += 1;
            if *times == 1 || one.is_some() {
                text += &tell(case, difference);
            }
        }
        different += found.len();
        if one.is_some() {
            text += &describe(case);
        }
    }
    for (kind, times) in &kinds {
        writeln!(text, "{times} times {kind}").expect("text grows");
    }
    tell_figures(&format!("Datalog: {packets} packets of {networks} networks compared, {}", span(seeds)));
    assert!(different == 0, "{different} packets differ\n{text}");
}

fn word((request, reply): &Ending) -> String {
    let word = |outcome: &Outcome| match outcome {
        Outcome::Dropped(code) => code.word().to_owned(),
        Outcome::Delivered(receiver) => format!("{receiver:?}").chars().take_while(|c| *c != '(').collect(),
    };
    reply.as_ref().map_or_else(|| word(request), |reply| format!("{}/{}", word(request), word(reply)))
}

/// Every `always` has its `sometimes`: each way to end that the generator can make is made.
#[test]
fn every_ending_occurs() {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    let mut codes = BTreeSet::new();
    for seed in 0..NETWORKS {
        for ending in Asked::new(seed).oracle.into_iter().flatten() {
            *times.entry(word(&ending)).or_default() += 1;
            for outcome in [Some(ending.0), ending.1].into_iter().flatten() {
                if let Outcome::Dropped(code) = outcome {
                    codes.insert(code);
                }
            }
        }
    }
    let missing: Vec<&Code> =
        Code::ALL.iter().filter(|code| !codes.contains(code) && !ELSEWHERE.contains(code)).collect();
    assert!(missing.is_empty(), "never seen: {missing:?}\n{times:#?}");
}

/// Each mistake that can be switched on shows in some random network.
#[test]
fn the_datalog_notices_each_seeded_bug() {
    let mut hidden: Vec<Bug> = Bug::ALL.to_vec();
    for seed in 0..NETWORKS_OF_BUGS {
        let asked = Asked::new(seed);
        let right = asked.differences();
        hidden.retain(|bug| bugs::with(*bug, || asked.differences()) == right);
        if hidden.is_empty() {
            return;
        }
    }
    panic!("no difference shows {hidden:?}");
}
