//! The ranges of subnets: which may exist, and which exclude each other in a network and across peerings.

use ipnet::IpNet;
use twinrail_facts::keys;

use crate::admit::Admission;
use crate::field::Field;
use crate::finding::{Refusal, RefusalReason};
use crate::id::{PeeringId, SubnetId, VpcId};
use crate::network::{Known, Network};
use crate::platform::View;
use crate::range::overlap;

/// An IPv4 range of a subnet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubnetRange<'a> {
    pub subnet: SubnetId,
    /// Name of a secondary range; `None`: the primary one.
    pub name: Option<&'a str>,
    pub range: IpNet,
}

impl SubnetRange<'_> {
    /// The field of the subnet that holds it.
    pub fn field(&self) -> &'static str {
        if self.name.is_some() { "secondaryIpRanges" } else { "ipCidrRange" }
    }

    /// What it is and whose: the primary range 10.0.0.0/24 of a subnet.
    pub fn words(&self, network: &Network) -> String {
        let subnet = network.short(self.subnet);
        match self.name {
            Some(name) => format!("the secondary range `{name}` {} of `{subnet}`", self.range),
            None => format!("the primary range {} of `{subnet}`", self.range),
        }
    }
}

/// The IPv4 ranges of a subnet, the primary one first.
pub fn ranges(network: &Network, subnet: SubnetId) -> Field<Vec<SubnetRange<'_>>> {
    let row = &network.subnets[subnet];
    let primary = row.range.get()?.map(|range| SubnetRange { subnet, name: None, range });
    let secondary = row.secondary.iter().map(|(name, range)| SubnetRange { subnet, name: Some(name), range: *range });
    Ok(primary.into_iter().chain(secondary).filter(|range| range.range.addr().is_ipv4()).collect())
}

/// Two ranges that share addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap<'a> {
    pub mine: SubnetRange<'a>,
    pub other: SubnetRange<'a>,
}

/// Where the ranges of a subnet overlap each other, or those of a subnet of the same network that stands before it.
pub fn overlaps_in_network(network: &Network, subnet: SubnetId) -> Field<Vec<Overlap<'_>>> {
    let vpc = network.subnets[subnet].vpc.get()?;
    let mine = ranges(network, subnet)?;
    let mut found = Vec::new();
    for (place, later) in mine.iter().enumerate() {
        let shared = mine[..place].iter().filter(|earlier| overlap(&earlier.range, &later.range));
        found.extend(shared.map(|earlier| Overlap { mine: *later, other: *earlier }));
    }
    let mut hole = None;
    let others = network.subnets_of(vpc).filter(|(id, row)| *id < subnet && row.known == Known::Here);
    for (other, _) in others {
        match ranges(network, other) {
            Ok(theirs) => found.extend(cross(&mine, &theirs)),
            Err(missing) => hole = hole.or(Some(missing)),
        }
    }
    match hole {
        Some(hole) if found.is_empty() => Err(hole),
        _ => Ok(found),
    }
}

fn cross<'a>(mine: &[SubnetRange<'a>], theirs: &[SubnetRange<'a>]) -> Vec<Overlap<'a>> {
    let pairs = mine.iter().flat_map(|mine| theirs.iter().map(move |other| Overlap { mine: *mine, other: *other }));
    pairs.filter(|pair| overlap(&pair.mine.range, &pair.other.range)).collect()
}

/// No range of the subnet overlaps another of its network.
pub fn ranges_disjoint(view: &View<'_>, subnet: SubnetId) -> Admission {
    let found = overlaps_in_network(view.network, subnet)?;
    let Some(pair) = found.first() else { return Ok(None) };
    if view.facts.get(keys::subnet::RANGES_MAY_OVERLAP_IN_NETWORK) {
        return Ok(None);
    }
    let message = format!("{} overlaps {}", pair.mine.words(view.network), pair.other.words(view.network));
    Ok(Some(Refusal { reason: RefusalReason::Invalid, method: "subnetworks.insert", message }))
}

/// Every range of the subnet has a length that the platform takes, and none lies in a prohibited range.
pub fn range_allowed<'a>(view: &View<'a>, subnet: SubnetId) -> Field<Option<(SubnetRange<'a>, Refusal)>> {
    for range in ranges(view.network, subnet)? {
        let length = u64::from(range.range.prefix_len());
        let (shortest, longest) = (view.facts.get(keys::subnet::PREFIX_MIN), view.facts.get(keys::subnet::PREFIX_MAX));
        let prohibited = view.facts.get(keys::subnet::PROHIBITED_RANGES);
        let message = if length < shortest {
            format!("{} is larger than a /{shortest}", range.words(view.network))
        } else if length > longest {
            format!("{} is smaller than a /{longest}", range.words(view.network))
        } else if let Some(forbidden) = prohibited.iter().find(|forbidden| overlap(forbidden, &range.range)) {
            format!("{} overlaps {forbidden}, which no subnet may use", range.words(view.network))
        } else {
            continue;
        };
        return Ok(Some((range, Refusal { reason: RefusalReason::Invalid, method: "subnetworks.insert", message })));
    }
    Ok(None)
}

/// All ranges of a network. A subnet that is only named is left out: the network had room for it.
fn network_ranges(network: &Network, vpc: VpcId) -> Field<Vec<SubnetRange<'_>>> {
    let mut all = Vec::new();
    for (subnet, _) in network.subnets_of(vpc).filter(|(_, row)| row.known == Known::Here) {
        all.extend(ranges(network, subnet)?);
    }
    Ok(all)
}

/// Where the ranges of two networks overlap that one of them peers with the other.
pub fn peer_overlaps(network: &Network, peering: PeeringId) -> Field<Vec<Overlap<'_>>> {
    let row = &network.peerings[peering];
    let (mine, theirs) = (network_ranges(network, row.vpc)?, network_ranges(network, row.peer.get()?)?);
    Ok(shared(mine.iter().chain(&theirs).map(|range| (owner(network, range, row.vpc), *range)).collect()))
}

/// Where two networks that one network peers with overlap each other.
pub fn common_peer_overlaps(network: &Network, vpc: VpcId) -> Field<Vec<Overlap<'_>>> {
    let mut peers: Vec<VpcId> =
        network.peerings.iter().filter(|(_, row)| row.vpc == vpc).filter_map(|(_, row)| row.peer.get().ok()).collect();
    peers.sort_unstable();
    peers.dedup();
    let mut all = Vec::new();
    for (place, peer) in peers.into_iter().enumerate() {
        all.extend(network_ranges(network, peer)?.into_iter().map(|range| (place, range)));
    }
    Ok(shared(all))
}

/// 0 for the network that states the peering, 1 for the other: ranges of one network are not held against each other.
fn owner(network: &Network, range: &SubnetRange<'_>, vpc: VpcId) -> usize {
    usize::from(network.subnets[range.subnet].vpc != Ok(vpc))
}

/// Ranges of different owners that share addresses. Two ranges are either disjoint or one lies in the other, so in the order of their first addresses
/// the ranges around one are those that are still open.
fn shared(mut all: Vec<(usize, SubnetRange<'_>)>) -> Vec<Overlap<'_>> {
    all.sort_by_key(|(owner, range)| (range.range.network(), range.range.prefix_len(), *owner, range.subnet));
    let mut open: Vec<(usize, SubnetRange<'_>)> = Vec::new();
    let mut found = Vec::new();
    for (owner, range) in all {
        while open.last().is_some_and(|(_, around)| !overlap(&around.range, &range.range)) {
            open.pop();
        }
        let around = open.iter().filter(|(other, _)| *other != owner);
        found.extend(around.map(|(_, around)| Overlap { mine: range, other: *around }));
        open.push((owner, range));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    /// Against all pairs, on ranges that nest in many ways.
    #[test]
    fn shared_ranges_are_those_of_all_pairs() {
        let mut state = 7_u32;
        let mut random = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % below
        };
        for _ in 0..200 {
            let all: Vec<(usize, SubnetRange<'_>)> = (0..12)
                .map(|place| {
                    let length = 26 + u8::try_from(random(4)).expect("below 4");
                    let address = std::net::Ipv4Addr::from(0x0a00_0000 + random(256));
                    let range = IpNet::new(address.into(), length).expect("a length of IPv4").trunc();
                    (random(3) as usize, SubnetRange { subnet: SubnetId::new(place), name: None, range })
                })
                .collect();
            let pair = |a: SubnetId, b: SubnetId| (a.min(b), a.max(b));
            let mut found: Vec<_> =
                shared(all.clone()).iter().map(|both| pair(both.mine.subnet, both.other.subnet)).collect();
            found.sort_unstable();
            let mut expected = Vec::new();
            for (place, (owner, range)) in all.iter().enumerate() {
                let others = all[place + 1..]
                    .iter()
                    .filter(|(other, there)| other != owner && overlap(&range.range, &there.range));
                expected.extend(others.map(|(_, there)| pair(range.subnet, there.subnet)));
            }
            expected.sort_unstable();
            assert_eq!(found, expected);
        }
    }
}
