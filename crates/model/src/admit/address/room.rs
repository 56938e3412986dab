//! How many addresses a range has and how many are wanted of it, now and after growth. Not here: which addresses those are (`claim`).

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use twinrail_facts::keys;

use crate::admit::address::vip::contains;
use crate::admit::address::{SubnetRange, is_internal, ranges, vip_range, vip_span};
use crate::field::Field;
use crate::id::{ClusterId, EntityId, SubnetId};
use crate::instance::{AliasRange, Stack};
use crate::network::Network;
use crate::platform::View;
use crate::range::AddressSpan;
use crate::vip::MoverKind;

/// Addresses that something needs of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    pub of: EntityId,
    pub what: String,
    pub now: u64,
    /// After the growth that the model states.
    pub grown: u64,
}

/// A range of a subnet and what is needed of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room<'a> {
    pub range: SubnetRange<'a>,
    /// All addresses of the range.
    pub size: u64,
    /// Those that the platform keeps.
    pub kept: u64,
    pub needs: Vec<Need>,
}

impl Room<'_> {
    pub fn free(&self) -> u64 {
        self.size.saturating_sub(self.kept)
    }

    pub fn now(&self) -> u64 {
        self.needs.iter().map(|need| need.now).sum()
    }

    pub fn grown(&self) -> u64 {
        self.needs.iter().map(|need| need.grown).sum()
    }

    /// What the range has: its addresses less those that the platform keeps.
    pub fn free_words(&self) -> String {
        format!("{} in {} - {} that the platform keeps = {}", self.size, self.range.range, self.kept, self.free())
    }

    /// What is needed of it, part by part.
    pub fn need_words(&self, of: impl Fn(&Need) -> u64) -> String {
        if let [only] = self.needs.as_slice() {
            return format!("{}: {}", only.what, of(only));
        }
        let parts: Vec<String> = self.needs.iter().map(|need| format!("{} ({})", need.what, of(need))).collect();
        format!("{} = {}", parts.join(" + "), self.needs.iter().map(of).sum::<u64>())
    }

    /// The longest prefix of a range that would hold so many addresses.
    pub fn prefix_for(&self, addresses: u64) -> u32 {
        let size = addresses.saturating_add(self.kept).max(1).checked_next_power_of_two();
        32_u32.saturating_sub(size.map_or(u64::BITS, u64::trailing_zeros))
    }
}

/// The ranges of a subnet of which addresses are needed.
pub fn rooms<'a>(view: &View<'a>, subnet: SubnetId) -> Field<Vec<Room<'a>>> {
    let network = view.network;
    let mut found = Vec::new();
    for range in ranges(network, subnet)? {
        let mut needs = Vec::new();
        if range.name.is_none() {
            cluster_needs(network, &range, &mut needs);
            other_needs(network, &range, &mut needs);
        }
        vip_needs(network, &range, &mut needs);
        alias_needs(network, &range, &mut needs);
        if needs.is_empty() {
            continue;
        }
        let kept = if range.name.is_none() {
            view.facts.get(keys::address::RESERVED_AT_START) + view.facts.get(keys::address::RESERVED_AT_END)
        } else {
            view.facts.get(keys::address::RESERVED_IN_SECONDARY)
        };
        found.push(Room { range, size: AddressSpan::from(range.range).count(), kept, needs });
    }
    Ok(found)
}

/// The subnet that a cluster's pool lies in: that of its NIC whose range holds all of it.
pub fn pool_subnet(network: &Network, cluster: ClusterId) -> Field<Option<SubnetId>> {
    let row = &network.clusters[cluster];
    let Some(pool) = &row.pool else { return Ok(None) };
    for nic in &row.nics {
        let range = network.subnets[nic.subnet].range.get()?;
        if range.is_some_and(|range| contains(&range, &pool.span)) {
            return Ok(Some(nic.subnet));
        }
    }
    Ok(None)
}

/// NICs of clusters, with the growth of each and what its reserved pool keeps; then those of single instances.
fn cluster_needs(network: &Network, range: &SubnetRange<'_>, needs: &mut Vec<Need>) {
    let mut nics: BTreeMap<ClusterId, u64> = BTreeMap::new();
    let mut single = 0;
    for (_, nic) in network.nics_on(range.subnet).filter(|(_, nic)| nic.stack != Stack::Ipv6Only) {
        match network.instances[nic.instance].cluster {
            Some(cluster) => *nics.entry(cluster).or_default() += 1,
            None => single += 1,
        }
    }
    for (id, count) in nics {
        let cluster = &network.clusters[id];
        let reserved = cluster.pool.as_ref().filter(|pool| pool.reserved && contains(&range.range, &pool.span));
        let pool = reserved.map_or(0, |pool| pool.span.count());
        let members = u64::try_from(cluster.instances.len()).unwrap_or(u64::MAX).max(1);
        let grown = cluster.grows_to.map_or(count, |size| size.max(members).saturating_mul(count / members));
        let kept = if pool > count { ", for which its pool reserves so many" } else { "" };
        let what = format!("NICs of `{}`{kept}", network.short(id));
        needs.push(Need { of: id.into(), what, now: count.max(pool), grown: grown.max(pool) });
    }
    if single > 0 {
        let what = "NICs of single instances".to_owned();
        needs.push(Need { of: range.subnet.into(), what, now: single, grown: single });
    }
}

/// Clients that are only counted, forwarding rules, and reservations outside every pool.
fn other_needs(network: &Network, range: &SubnetRange<'_>, needs: &mut Vec<Need>) {
    for (id, row) in network.clients.iter() {
        if row.is_abstract() && row.cluster.is_none() && row.subnet == Some(range.subnet) {
            let what = format!("clients `{}`", network.short(id));
            needs.push(Need { of: id.into(), what, now: row.count, grown: row.count });
        }
    }
    let pools = pool_spans(network);
    let pooled = |address| pools.iter().any(|span| span.contains(address));
    let mut known = Vec::new();
    let mut rules = 0;
    for (id, row) in network.forwarding_rules.iter() {
        let realises = network.vips.rows().iter().any(|pool| pool.forwarding_rules.contains(&id));
        if row.subnet != Some(range.subnet) || !is_internal(&row.scheme) || realises {
            continue;
        }
        match *row.address {
            Ok(Some(address)) if pooled(address) || known.contains(&address) => continue,
            Ok(Some(address)) => known.push(address),
            Ok(None) | Err(_) => {}
        }
        rules += 1;
    }
    if rules > 0 {
        let what = "forwarding rules".to_owned();
        needs.push(Need { of: range.subnet.into(), what, now: rules, grown: rules });
    }
    known.extend(network.nics_on(range.subnet).filter_map(|(_, nic)| nic.address.get().ok().flatten()));
    known.sort_unstable();
    let mut reserved = 0;
    for row in network.addresses.rows().iter().filter(|row| !*row.external && row.subnet == Some(range.subnet)) {
        let Ok(address) = *row.address else { continue };
        let length = row.prefix_length.and_then(|length| IpNet::new(address, length).ok());
        if range.range.contains(&address) && !pooled(address) && known.binary_search(&address).is_err() {
            reserved += length.map_or(1, |range| AddressSpan::from(range).count());
        }
    }
    if reserved > 0 {
        let what = "reserved addresses that nothing here uses".to_owned();
        needs.push(Need { of: range.subnet.into(), what, now: reserved, grown: reserved });
    }
}

/// The addresses that pools name, which count as theirs.
fn pool_spans(network: &Network) -> Vec<AddressSpan> {
    let clusters = network.clusters.rows().iter().filter_map(|cluster| cluster.pool.as_ref().map(|pool| pool.span));
    clusters.chain(network.vips.ids().filter_map(|pool| vip_span(network, pool))).collect()
}

/// VIPs. Those of a stateful MIG are the addresses of its NICs, which are counted already.
fn vip_needs(network: &Network, range: &SubnetRange<'_>, needs: &mut Vec<Need>) {
    for (id, row) in network.vips.iter().filter(|(_, row)| row.mover.kind != MoverKind::StatefulMig) {
        if vip_range(network, id) != Ok(Some(*range)) {
            continue;
        }
        let named = vip_span(network, id).map_or(0, |span| span.count());
        let count = if row.reserved { row.count.max(named) } else { row.count };
        let what = format!("VIP pool `{}`", network.short(id));
        needs.push(Need { of: id.into(), what, now: count, grown: count });
    }
}

/// Alias ranges that belong to no VIP pool, each once: two NICs with the same one are another mistake.
fn alias_needs(network: &Network, range: &SubnetRange<'_>, needs: &mut Vec<Need>) {
    let pools = pool_spans(network);
    let (mut addresses, mut counted) = (0_u64, BTreeSet::new());
    for (_, nic) in network.nics_on(range.subnet) {
        for alias in nic.aliases.iter().filter(|alias| alias.secondary.as_deref() == range.name) {
            addresses = addresses.saturating_add(match alias.range {
                AliasRange::Range(alias) if pools.iter().any(|span| span.overlaps(&alias.into())) => 0,
                AliasRange::Range(alias) if range.range.contains(&alias) && counted.insert(alias) => {
                    AddressSpan::from(alias).count()
                }
                AliasRange::Range(_) => 0,
                AliasRange::Length(length) => 1_u64.checked_shl(32_u32.saturating_sub(length.into())).unwrap_or(0),
            });
        }
    }
    if addresses > 0 {
        let what = "alias ranges".to_owned();
        needs.push(Need { of: range.subnet.into(), what, now: addresses, grown: addresses });
    }
}
