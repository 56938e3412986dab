//! What fails, and who takes over: the cases in which bandwidth is looked at. Not here: what is carried in a case, and how VIPs move.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use twinrail_model::{Field, InstanceId, MoverKind, Network, Part, Situation, View, Vip};

use super::system::{Pool, System};

/// Where the VIPs of what failed are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Placement {
    /// Each with another survivor, as far as there are survivors.
    Spread,
    /// All with one survivor.
    One,
}

impl Placement {
    pub fn word(self) -> &'static str {
        match self {
            Self::Spread => "spread",
            Self::One => "on one",
        }
    }
}

/// What may be down at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failure {
    Nothing,
    /// So many instances: 1 or 2.
    Instances(u8),
    /// The NIC at this place of some node.
    Nic(usize),
    Zone,
}

/// A kind of state that is looked at: of all that it stands for, the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition {
    pub failure: Failure,
    pub placement: Placement,
    /// Lost data is made again meanwhile.
    pub rebuild: bool,
}

/// A state of the system that is looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Case {
    pub down: BTreeSet<Part>,
    pub placement: Placement,
    pub rebuild: bool,
}

/// A node that is up in a case, with all others of its kind.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeKind {
    pub count: u32,
    /// The first of them, to name it.
    pub example: InstanceId,
    pub zone: String,
    /// For each pool, the part of its traffic that goes to each of these nodes.
    pub fronts: Vec<f64>,
    /// VIPs that each of them has.
    pub vips: u64,
    /// The NICs by which it talks to others.
    pub peers: Vec<usize>,
}

/// Who is there in a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Staffing {
    pub kinds: Vec<NodeKind>,
    /// Nodes whose data cannot be reached.
    pub lost: u32,
    /// For each pool, the part of its traffic for which nobody is there.
    pub cut: Vec<f64>,
}

impl Staffing {
    pub fn live(&self) -> u32 {
        self.kinds.iter().map(|kind| kind.count).sum()
    }
}

/// The cases that a condition stands for, without those that another one stands for: nodes are told apart by zone and by how many VIPs they have.
///
/// # Errors
/// A hole, where the input does not say in which zone a node is.
pub fn cases(network: &Network, system: &System, condition: Condition) -> Field<Vec<Case>> {
    let Condition { failure, placement, rebuild } = condition;
    let kinds = kinds(network, system, failure)?;
    let found = match failure {
        Failure::Nothing => BTreeSet::from([BTreeSet::new()]),
        Failure::Instances(2) => pairs(&kinds),
        Failure::Instances(_) | Failure::Nic(_) | Failure::Zone => singles(&kinds),
    };
    Ok(found.into_iter().map(|down| Case { down, placement, rebuild }).collect())
}

/// Up to two parts of each kind that may fail.
///
/// # Errors
/// A hole, where the input does not say in which zone a node is.
pub(super) fn kinds(network: &Network, system: &System, failure: Failure) -> Field<Vec<Vec<Part>>> {
    let mut counted = alike(network, system, failure)?;
    // Of many kinds those are looked at of which most hangs.
    counted.sort_by_key(|(vips, _)| Reverse(*vips));
    counted.truncate(MOST_ALIKE);
    let mut kinds: Vec<Vec<Part>> = counted.into_iter().map(|(_, parts)| parts.into_iter().take(2).collect()).collect();
    kinds.sort_unstable();
    Ok(kinds)
}

/// One part of each kind.
pub(super) fn singles(kinds: &[Vec<Part>]) -> BTreeSet<BTreeSet<Part>> {
    kinds.iter().map(|parts| BTreeSet::from([parts[0].clone()])).collect()
}

/// Two parts at once, of one kind or of two: on one node, and on two.
pub(super) fn pairs(kinds: &[Vec<Part>]) -> BTreeSet<BTreeSet<Part>> {
    let mut found = BTreeSet::new();
    for (place, one) in kinds.iter().enumerate() {
        if one.len() > 1 {
            found.insert(one.iter().take(2).cloned().collect());
        }
        for other in &kinds[place + 1..] {
            found.extend(other.iter().map(|other| BTreeSet::from([one[0].clone(), other.clone()])));
        }
    }
    found
}

/// Kinds of nodes of which one fails: where more are told apart, those with most VIPs. Pools that divide unevenly would make hundreds of pairs.
const MOST_ALIKE: usize = 6;

/// Parts that may fail, those together that nothing tells apart, with the VIPs that each of them has.
fn alike(network: &Network, system: &System, failure: Failure) -> Field<Vec<(u64, Vec<Part>)>> {
    let mut kinds: BTreeMap<(String, Vec<u64>), Vec<Part>> = BTreeMap::new();
    for (place, node) in system.nodes.iter().enumerate() {
        let zone = network.instances[*node].zone.get()?;
        let vips: Vec<u64> = system.pools.iter().map(|pool| held(pool, place, system.nodes.len())).collect();
        match failure {
            Failure::Nothing => {}
            Failure::Zone => {
                let part = Part::Zone(zone.clone());
                kinds.insert((zone, Vec::new()), vec![part]);
            }
            Failure::Nic(slot) => {
                let nic = network.nics_of(*node)?.get(slot).copied();
                kinds.entry((zone, vips)).or_default().extend(nic.map(Part::Nic));
            }
            Failure::Instances(_) => kinds.entry((zone, vips)).or_default().push(Part::Instance(*node)),
        }
    }
    let kinds = kinds.into_iter().filter(|(_, parts)| !parts.is_empty());
    Ok(kinds.map(|((_, vips), parts)| (vips.iter().sum(), parts)).collect())
}

/// VIPs of a pool that the node at a place has while everything is up: they are dealt out in turn.
fn held(pool: &Pool, place: usize, nodes: usize) -> u64 {
    let (nodes, place) = (nodes as u64, place as u64);
    pool.count / nodes + u64::from(place < pool.count % nodes)
}

/// Who is up, with which VIPs.
///
/// A node that none of its NICs to other nodes is left to has nothing to serve: its VIPs move as if it had failed.
///
/// # Errors
/// A hole, where the input does not say in which zone a node is, or the catalog not who may hold a VIP.
pub fn staffing(view: &View<'_>, system: &System, case: &Case) -> Field<Staffing> {
    let network = view.network;
    let situation = Situation::after(case.down.iter().cloned());
    let mut up = Vec::new();
    for (place, node) in system.nodes.iter().enumerate() {
        let nics = network.nics_of(*node)?;
        let is_left = |slot: &&usize| nics.get(**slot).is_some_and(|nic| !case.down.contains(&Part::Nic(*nic)));
        let peers: Vec<usize> = system.peers.iter().filter(is_left).copied().collect();
        if situation.is_up(network, *node)? && !peers.is_empty() {
            up.push((place, *node, peers));
        }
    }
    let alive: BTreeSet<InstanceId> = up.iter().map(|(_, node, _)| *node).collect();
    let mut fronts: Vec<Vec<f64>> = Vec::new();
    let mut vips = vec![0; system.nodes.len()];
    let mut cut = Vec::new();
    for pool in &system.pools {
        let dealt = deal(view, system, (pool, case.placement), (&situation, &alive))?;
        cut.push(1.0 - dealt.iter().sum::<f64>());
        for (place, part) in dealt.iter().enumerate() {
            // A load balancer's addresses are with everybody: as many as the part that they amount to.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a count of VIPs")]
            let count = (part * pool.count as f64).round() as u64;
            vips[place] += count;
        }
        fronts.push(dealt);
    }
    let mut kinds: Vec<NodeKind> = Vec::new();
    for (place, node, peers) in up {
        let zone = network.instances[node].zone.get()?;
        let of_node: Vec<f64> = fronts.iter().map(|dealt| dealt[place]).collect();
        let is_same = |kind: &&mut NodeKind| kind.zone == zone && kind.fronts == of_node && kind.peers == peers;
        match kinds.iter_mut().find(is_same) {
            Some(kind) => kind.count += 1,
            None => {
                kinds.push(NodeKind { count: 1, example: node, zone, fronts: of_node, vips: vips[place], peers });
            }
        }
    }
    let lost = u32::try_from(system.nodes.len() - alive.len()).expect("a cluster has fewer nodes than that");
    Ok(Staffing { kinds, lost, cut: cut.into_iter().map(|part| part.max(0.0)).collect() })
}

/// The part of a pool's traffic that each node gets.
fn deal(
    view: &View<'_>,
    system: &System,
    (pool, placement): (&Pool, Placement),
    (situation, alive): (&Situation, &BTreeSet<InstanceId>),
) -> Field<Vec<f64>> {
    let nodes = system.nodes.len();
    let mut dealt = vec![0.0; nodes];
    if pool.count == 0 {
        return Ok(dealt);
    }
    let vip = Vip { pool: pool.id, place: 0 };
    // An instance whose NIC for the pool is down holds none of its addresses.
    let without: BTreeSet<InstanceId> = view
        .network
        .vip_nics(pool.id)
        .into_iter()
        .filter(|nic| situation.down.contains(&Part::Nic(*nic)))
        .map(|nic| view.network.nics[nic].instance)
        .collect();
    let can_hold = |instance: &InstanceId| alive.contains(instance) && !without.contains(instance);
    let mut candidates: Vec<usize> = Vec::new();
    if pool.mover == MoverKind::StatefulMig {
        // Each address stays with the instance that it is made again with.
        candidates.extend((0..nodes).filter(|place| can_hold(&system.nodes[*place])));
        for place in candidates {
            dealt[place] = held(pool, place, nodes) as f64 / pool.count as f64;
        }
        return Ok(dealt);
    }
    let able = view.network.candidates(vip, view, situation)?;
    let is_able: BTreeSet<InstanceId> = able.iter().filter(|instance| can_hold(instance)).copied().collect();
    candidates.extend((0..nodes).filter(|place| is_able.contains(&system.nodes[*place])));
    if candidates.is_empty() {
        return Ok(dealt);
    }
    if pool.mover == MoverKind::LbHealthCheck {
        // Connections go to every healthy backend.
        for place in &candidates {
            dealt[*place] = 1.0 / candidates.len() as f64;
        }
        return Ok(dealt);
    }
    let mut counts: Vec<u64> = (0..nodes).map(|place| held(pool, place, nodes)).collect();
    let all: u64 = counts.iter().sum();
    let mut is_candidate = vec![false; nodes];
    for place in &candidates {
        is_candidate[*place] = true;
    }
    for (count, is_candidate) in counts.iter_mut().zip(is_candidate) {
        *count *= u64::from(is_candidate);
    }
    let homeless = all - counts.iter().sum::<u64>();
    match placement {
        Placement::One => counts[candidates[0]] += homeless,
        Placement::Spread => spread(&mut counts, &candidates, homeless),
    }
    for (place, count) in counts.into_iter().enumerate() {
        dealt[place] = count as f64 / pool.count as f64;
    }
    Ok(dealt)
}

/// Deals VIPs out to the candidates, each to one that has fewest.
fn spread(counts: &mut [u64], candidates: &[usize], homeless: u64) {
    // All that everybody gets is dealt at once, so that many VIPs take no longer.
    let all = homeless / candidates.len() as u64;
    for place in candidates {
        counts[*place] += all;
    }
    let rest = homeless % candidates.len() as u64;
    if rest == 0 {
        return;
    }
    let mut by_count: BinaryHeap<Reverse<(u64, usize)>> =
        candidates.iter().map(|place| Reverse((counts[*place], *place))).collect();
    for _ in 0..rest {
        let Reverse((_, least)) = by_count.pop().expect("there are candidates");
        counts[least] += 1;
        by_count.push(Reverse((counts[least], least)));
    }
}
