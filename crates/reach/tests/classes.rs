//! Classes are right: every pair of a random network has the verdict of the pair that stands for it, and every pair is counted once. Not here: whether the
//! verdict itself is right, which the oracles ask.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use twinrail_facts::{Catalog, Decision};
use twinrail_model::{AliasRange, Id, Instance, InstanceId, Name, NegEndpoint, Network, Platform, Situation, Stated};
use twinrail_reach::{End, Packet, Plane, Question, Sender, Told, Traffic, ask, pairs_in, question};

use crate::random;

const SEEDS: u64 = 100;

/// Everybody who could send: each instance as its guest chooses, and bound to each of its addresses and each VIP.
fn senders(network: &Network) -> Vec<Sender> {
    let mut senders = Vec::new();
    for (instance, row) in network.instances.iter() {
        senders.push(Sender::Guest { instance, bound: None });
        for nic in &*row.nics {
            senders.push(Sender::Guest { instance, bound: Some(End::Nic(*nic)) });
            let aliases = 0..network.nics[*nic].aliases.len();
            senders.extend(aliases.map(|place| Sender::Guest { instance, bound: Some(End::Alias(*nic, place)) }));
        }
        let vips = network.vips.ids().flat_map(|pool| network.vips_of(pool));
        senders.extend(vips.map(|vip| Sender::Guest { instance, bound: Some(End::Vip(vip)) }));
    }
    senders.extend(network.clients.ids().map(Sender::Clients));
    senders
}

/// Every end that the network describes.
fn ends(network: &Network) -> Vec<End> {
    let mut ends = Vec::new();
    for (nic, row) in network.nics.iter() {
        ends.push(End::Nic(nic));
        ends.extend((0..row.aliases.len()).map(|place| End::Alias(nic, place)));
    }
    ends.extend(network.vips.ids().flat_map(|pool| network.vips_of(pool)).map(End::Vip));
    ends.extend(network.forwarding_rules.ids().map(End::Rule));
    ends.extend(network.clients.ids().map(End::Clients));
    ends
}

/// An answer without the places of holes: those of two machines that are alike stand at each of them.
fn in_short(decision: &Decision<Told>) -> Vec<String> {
    let told = |told: &Told| match told {
        Told::Undecided(hole) => format!("{hole:?}").split('(').next().unwrap_or_default().to_owned(),
        other => format!("{other:?}"),
    };
    decision.arms.iter().map(|arm| format!("{} {:?}", told(&arm.answer), arm.worlds)).collect()
}

/// The same network with twins of every instance: in the same cluster, groups and subnets, with addresses of their own. Rules that name single addresses or
/// small ranges still tell some from others.
pub fn crowded(network: &Network, twins: u8) -> Network {
    let mut network = network.clone();
    for instance in network.instances.ids().collect::<Vec<_>>() {
        for twin in 1..=twins {
            let mut row = network.instances[instance].clone();
            row.name = Name::new(format!("{}-{twin}", row.name));
            let odd = (twin > 1).then_some((instance.index() + usize::from(twin)) % 6);
            set_apart(&mut row, odd);
            let nics = std::mem::replace(&mut row.nics, Stated::given(Vec::new()));
            let id = network.instances.push(row);
            for nic in &*nics {
                let mut row = network.nics[*nic].clone();
                row.instance = id;
                row.address = Ok(row.address.get().expect("an address is stated").map(|own| moved(own, twin))).into();
                row.aliases.change(|aliases| {
                    for alias in aliases {
                        if let AliasRange::Range(range) = alias.range {
                            alias.range = AliasRange::Range(moved(range.addr(), twin).into());
                        }
                    }
                });
                let nic = network.nics.push(row);
                network.instances[id].nics.change(|nics| nics.push(nic));
            }
            if odd == Some(4) {
                network.instances[id].cluster = None;
            }
            join(&mut network, instance, id, odd == Some(5));
        }
    }
    network
}

/// The second twin of each is not quite alike.
fn set_apart(row: &mut Instance, odd: Option<usize>) {
    match odd {
        Some(0) => row.can_ip_forward = Stated::given(!*row.can_ip_forward),
        Some(1) => row.tags = Stated::given(Vec::new()),
        Some(2) => row.service_accounts = Stated::given(Vec::new()),
        Some(3) => row.status = Stated::given(Some("TERMINATED".to_owned())),
        _ => {}
    }
}

/// An address of the same subnet that no random case gives out.
fn moved(address: IpAddr, twin: u8) -> IpAddr {
    let IpAddr::V4(address) = address else { unreachable!("random cases have IPv4 addresses") };
    let [a, b, c, d] = address.octets();
    assert!(d < 60, "random cases are small");
    Ipv4Addr::new(a, b, c, d + 64 * twin).into()
}

/// A twin is in the cluster that its row names, and a backend wherever the first one is.
fn join(network: &mut Network, first: InstanceId, twin: InstanceId, is_no_backend: bool) {
    if let Some(cluster) = network.instances[twin].cluster {
        network.clusters[cluster].instances.push(twin);
    }
    if is_no_backend {
        return;
    }
    for group in network.instance_groups.ids().collect::<Vec<_>>() {
        if network.instance_groups[group].instances.contains(&first) {
            network.instance_groups[group].instances.change(|instances| instances.push(twin));
        }
    }
    for neg in network.negs.ids().collect::<Vec<_>>() {
        network.negs[neg].instances.change(|instances| {
            if instances.contains(&first) {
                instances.push(twin);
            }
        });
        network.negs[neg].endpoints.change(|endpoints| {
            let own = endpoints.iter().find(|endpoint| endpoint.instance == Some(first)).cloned();
            endpoints.extend(own.map(|endpoint| NegEndpoint {
                instance: Some(twin),
                address: Ok(None).into(),
                ..endpoint
            }));
        });
    }
}

/// Asks every pair by itself, and compares those that are to be alike; the numbers of pairs and of questions.
fn compare(seed: u64, network: &Network, situation: &Situation) -> (usize, usize) {
    let catalog = Catalog::embedded();
    let platform = Platform::new(catalog);
    let plane = Plane::new(network, &platform);
    let (senders, ends) = (senders(network), ends(network));
    let mut groups: BTreeMap<Question, Vec<(Sender, End)>> = BTreeMap::new();
    for from in &senders {
        for to in &ends {
            if let Some(question) = question(&plane, situation, *from, *to) {
                groups.entry(question).or_default().push((*from, *to));
            }
        }
    }
    for alike in groups.values() {
        for traffic in [Traffic::tcp(2049), Traffic::Rdma] {
            let told = |(from, to)| in_short(&ask(&plane, catalog, situation, &Packet { from, to, traffic }));
            let first = told(alike[0]);
            for other in &alike[1..] {
                assert_eq!(told(*other), first, "seed {seed}: {other:?} is not like {:?}, {traffic}", alike[0]);
            }
        }
    }
    let mut counted: Vec<u64> = groups.values().map(|alike| alike.len() as u64).collect();
    let mut stood_for: Vec<u64> =
        pairs_in(&plane, situation, &senders, &ends).iter().map(|pair| pair.stands_for).collect();
    counted.sort_unstable();
    stood_for.sort_unstable();
    assert_eq!(stood_for, counted, "seed {seed}");
    (groups.values().map(Vec::len).sum(), groups.len())
}

#[test]
fn every_pair_is_like_the_one_that_stands_for_it() {
    let (mut pairs, mut questions) = (0, 0);
    for seed in 0..SEEDS {
        let case = random::case(seed);
        let network = crowded(&case.network, 2);
        let (of_case, asked) = compare(seed, &network, &case.situation);
        (pairs, questions) = (pairs + of_case, questions + asked);
    }
    assert!(questions * 3 < pairs * 2, "classes are worth having: {questions} questions for {pairs} pairs");
}
