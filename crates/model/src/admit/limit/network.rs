//! Limits of a network, a NIC, a subnet and a project.

use std::collections::{BTreeMap, BTreeSet};

use twinrail_facts::keys;

use crate::admit::address::{is_internal, pool_subnet, ranges, reserved_in, vip_range, vip_span, vip_vpc};
use crate::admit::limit::{Count, WithinLimit, routes_for_vips};
use crate::balancing::Scheme;
use crate::field::Field;
use crate::id::{AddressId, EntityId, NicId, ProjectId, SubnetId, VpcId};
use crate::network::{Known, Network};
use crate::platform::View;
use crate::range::AddressSpan;

/// NICs of instances, and of clients that are only counted.
pub fn nics_in_network(view: &View<'_>, vpc: VpcId) -> WithinLimit {
    let network = view.network;
    let nics = network.nics_in(vpc).filter(|(_, nic)| !network.instances[nic.instance].is_template).count();
    let mut count = Count::default();
    count.add(vpc, number(nics), "NICs of instances");
    for (id, row) in network.clients.iter().filter(|(_, row)| row.is_abstract() && row.cluster.is_none()) {
        if row.subnet.is_some_and(|subnet| network.subnets[subnet].vpc == Ok(vpc)) {
            count.add(id, row.count, format!("clients `{}`", network.short(id)));
        }
    }
    if count.is_empty() {
        return Ok(None);
    }
    Ok(count.over(view.facts.get(keys::limits::NICS_PER_NETWORK), "instances.insert", "NICs in one network"))
}

/// Alias ranges of NICs, and those that VIP pools bring.
pub fn alias_ranges_in_network(view: &View<'_>, vpc: VpcId) -> WithinLimit {
    let network = view.network;
    let mut count = Count::default();
    let nics = network.nics_in(vpc).filter(|(_, nic)| !network.instances[nic.instance].is_template);
    count.add(vpc, nics.map(|(_, nic)| number(nic.aliases.len())).sum(), "alias ranges of NICs");
    for (id, row) in network.vips.iter().filter(|(_, row)| row.mover.kind.uses_alias()) {
        if vip_vpc(network, id)? == Some(vpc) {
            count.add(id, row.count, format!("VIPs of pool `{}`", network.short(id)));
        }
    }
    if count.is_empty() {
        return Ok(None);
    }
    let limit = view.facts.get(keys::limits::ALIAS_RANGES_PER_NETWORK);
    Ok(count.over(limit, "instances.updateNetworkInterface", "alias ranges in one network"))
}

/// Alias ranges of one NIC.
pub fn alias_ranges_on_nic(view: &View<'_>, nic: NicId) -> WithinLimit {
    let row = &view.network.nics[nic];
    if row.aliases.is_empty() {
        return Ok(None);
    }
    let mut count = Count::default();
    count.add(nic, number(row.aliases.len()), "alias ranges");
    let limit = view.facts.get(keys::limits::ALIAS_RANGES_PER_NIC);
    Ok(count.over(limit, "instances.insert", "alias ranges on one NIC"))
}

/// Secondary ranges of one subnet.
pub fn secondary_ranges_of_subnet(view: &View<'_>, subnet: SubnetId) -> WithinLimit {
    let row = &view.network.subnets[subnet];
    if row.secondary.is_empty() {
        return Ok(None);
    }
    let mut count = Count::default();
    count.add(subnet, number(row.secondary.len()), "secondary ranges");
    let limit = view.facts.get(keys::limits::SECONDARY_RANGES_PER_SUBNET);
    Ok(count.over(limit, "subnetworks.insert", "secondary ranges of one subnet"))
}

/// Primary and secondary ranges of one network.
pub fn subnet_ranges_in_network(view: &View<'_>, vpc: VpcId) -> WithinLimit {
    let count = subnet_ranges(view.network, vpc)?;
    if count.is_empty() {
        return Ok(None);
    }
    let limit = view.facts.get(keys::limits::SUBNET_RANGES_PER_NETWORK);
    Ok(count.over(limit, "subnetworks.insert", "subnet ranges in one network"))
}

/// Ranges of a network and of the networks it peers with.
pub fn subnet_ranges_in_peering_group(view: &View<'_>, vpc: VpcId) -> WithinLimit {
    let peers = peers(view.network, vpc);
    if peers.is_empty() {
        return Ok(None);
    }
    let mut count = subnet_ranges(view.network, vpc)?;
    for peer in peers {
        count.parts.extend(subnet_ranges(view.network, peer)?.parts);
    }
    let own = view.facts.get(keys::limits::SUBNET_RANGES_PER_NETWORK);
    // The limit of a group is never below that of one network, so that the open fact matters beyond it only.
    if count.total() <= own {
        return Ok(None);
    }
    let group = view.facts.get(keys::limits::SUBNET_RANGES_PER_PEERING_GROUP);
    Ok(count.over(group.max(own), "networks.addPeering", "subnet ranges in one peering group"))
}

fn subnet_ranges(network: &Network, vpc: VpcId) -> Field<Count> {
    let mut total = 0;
    for (subnet, _) in network.subnets_of(vpc).filter(|(_, row)| row.known == Known::Here) {
        total += number(ranges(network, subnet)?.len());
    }
    let mut count = Count::default();
    count.add(vpc, total, format!("ranges of `{}`", network.short(vpc)));
    Ok(count)
}

/// The networks that a network peers with, each once.
fn peers(network: &Network, vpc: VpcId) -> BTreeSet<VpcId> {
    network.peerings.rows().iter().filter(|row| row.vpc == vpc).map(|row| row.peer).collect()
}

/// Peerings of one network.
pub fn peerings_of_network(view: &View<'_>, vpc: VpcId) -> WithinLimit {
    let peers = peers(view.network, vpc);
    if peers.is_empty() {
        return Ok(None);
    }
    let mut count = Count::default();
    count.add(vpc, number(peers.len()), "peerings");
    Ok(count.over(view.facts.get(keys::limits::PEERINGS_PER_NETWORK), "networks.addPeering", "peerings of one network"))
}

/// Static routes, and those that VIP pools bring.
pub fn static_routes_in_network(view: &View<'_>, vpc: VpcId) -> WithinLimit {
    let count = static_routes(view, vpc)?;
    if count.is_empty() {
        return Ok(None);
    }
    let limit = view.facts.get(keys::limits::STATIC_ROUTES_PER_NETWORK);
    Ok(count.over(limit, "routes.insert", "static routes in one network"))
}

/// Static routes of a network and those it imports from its peers.
pub fn static_routes_in_peering_group(view: &View<'_>, vpc: VpcId) -> WithinLimit {
    let network = view.network;
    let stated = network.peerings.rows();
    let imports =
        |peer: VpcId| stated.iter().any(|row| row.vpc == vpc && row.peer == peer && row.imports_custom_routes);
    let exports =
        |peer: VpcId| stated.iter().any(|row| row.vpc == peer && row.peer == vpc && row.exports_custom_routes);
    let peers = peers(network, vpc);
    let sources: Vec<VpcId> = peers.into_iter().filter(|peer| imports(*peer) && exports(*peer)).collect();
    if sources.is_empty() {
        return Ok(None);
    }
    let mut count = static_routes(view, vpc)?;
    for peer in sources {
        count.parts.extend(static_routes(view, peer)?.parts);
    }
    if count.is_empty() {
        return Ok(None);
    }
    let own = view.facts.get(keys::limits::STATIC_ROUTES_PER_NETWORK);
    let group = view.facts.get(keys::limits::STATIC_ROUTES_PER_PEERING_GROUP);
    Ok(count.over(group.max(own), "routes.insert", "static routes in one peering group"))
}

fn static_routes(view: &View<'_>, vpc: VpcId) -> Field<Count> {
    let network = view.network;
    let routes = network.routes.rows().iter();
    let routes = routes.filter(|row| row.vpc == Ok(vpc) && row.known == Known::Here && row.is_static()).count();
    let mut count = Count::default();
    count.add(vpc, number(routes), format!("static routes of `{}`", network.short(vpc)));
    for id in network.vips.ids().filter(|id| network.vips[*id].mover.kind.uses_routes()) {
        if vip_vpc(network, id)? == Some(vpc) {
            let (routes, what) = routes_for_vips(view, id)?;
            count.add(id, routes, what);
        }
    }
    Ok(count)
}

/// Forwarding rules of internal passthrough load balancers, and those that VIP pools bring.
pub fn forwarding_rules_in_network(view: &View<'_>, vpc: VpcId) -> WithinLimit {
    let network = view.network;
    let rules = network.forwarding_rules.rows().iter();
    let here = rules.filter(|row| row.vpc == Ok(vpc) && row.known == Known::Here && row.scheme == Scheme::Internal);
    let mut count = Count::default();
    count.add(vpc, number(here.count()), "internal forwarding rules");
    for (id, row) in network.vips.iter().filter(|(_, row)| row.mover.kind.uses_load_balancer()) {
        if vip_vpc(network, id)? == Some(vpc) {
            let planned = row.count.saturating_sub(number(row.forwarding_rules.len()));
            count.add(id, planned, format!("rules for VIP pool `{}`", network.short(id)));
        }
    }
    if count.is_empty() {
        return Ok(None);
    }
    let limit = view.facts.get(keys::limits::INTERNAL_FORWARDING_RULES_PER_NETWORK);
    Ok(count.over(limit, "forwardingRules.insert", "internal forwarding rules in one network"))
}

/// Internal forwarding rules on an address that is reserved for several.
pub fn rules_on_address(view: &View<'_>, address: AddressId) -> WithinLimit {
    let network = view.network;
    let row = &network.addresses[address];
    if row.external || row.purpose != view.facts.get(keys::address::PURPOSE_FOR_SHARED_RULES) {
        return Ok(None);
    }
    let held = row.address.clone()?;
    let mut count = Count::default();
    for (id, rule) in network.forwarding_rules.iter().filter(|(_, rule)| is_internal(&rule.scheme)) {
        if rule.address == Ok(Some(held)) && rule.subnet == row.subnet {
            count.add(id, 1, format!("rule `{}`", network.short(id)));
        }
    }
    if count.is_empty() {
        return Ok(None);
    }
    let limit = view.facts.get(keys::limits::INTERNAL_RULES_PER_SHARED_ADDRESS);
    Ok(count.over(limit, "forwardingRules.insert", "internal forwarding rules on one address"))
}

/// Reserved internal addresses of a project in the region that has most of them, with those that reserved pools bring.
pub fn reserved_addresses_in_region(view: &View<'_>, project: ProjectId) -> WithinLimit {
    let mut regions = reserved_rows(view.network, project);
    reserved_pools(view.network, project, &mut regions)?;
    let Some((region, count)) = regions.into_iter().max_by_key(|(_, count)| count.total()) else { return Ok(None) };
    if count.is_empty() {
        return Ok(None);
    }
    let limit = view.facts.get(keys::limits::STATIC_INTERNAL_ADDRESSES_PER_REGION);
    Ok(count.over(limit, "addresses.insert", &format!("reserved internal addresses in {region}")))
}

fn reserved_rows(network: &Network, project: ProjectId) -> BTreeMap<String, Count> {
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    for row in network.addresses.rows().iter().filter(|row| row.project == project && !row.external) {
        if let (Known::Here, Some(region)) = (row.known, row.name.part("regions")) {
            *rows.entry(region).or_default() += 1;
        }
    }
    let mut regions = BTreeMap::new();
    for (region, addresses) in rows {
        let mut count = Count::default();
        count.add(project, number(addresses), "reserved addresses");
        regions.insert(region.to_owned(), count);
    }
    regions
}

fn reserved_pools(network: &Network, project: ProjectId, regions: &mut BTreeMap<String, Count>) -> Field<()> {
    let mut add = |subnet: SubnetId, of: EntityId, count: u64, what: String| -> Field<()> {
        let row = &network.subnets[subnet];
        if network.vpcs[row.vpc.clone()?].project == project {
            regions.entry(row.region.clone()?).or_default().add(of, count, what);
        }
        Ok(())
    };
    // Addresses of a pool that the input lists as resources are counted there.
    let listed = |span: &AddressSpan| reserved_in(network, span);
    for (id, row) in network.clusters.iter() {
        let Some(pool) = row.pool.as_ref().filter(|pool| pool.reserved) else { continue };
        if let Some(subnet) = pool_subnet(network, id)? {
            let count = pool.span.count().saturating_sub(listed(&pool.span));
            add(subnet, id.into(), count, format!("in the pool of `{}`", network.short(id)))?;
        }
    }
    for (id, row) in network.vips.iter().filter(|(_, row)| row.reserved) {
        let Some(range) = vip_range(network, id)? else { continue };
        let span = vip_span(network, id);
        let count = span.map_or(row.count, |span| span.count().max(row.count));
        let listed = listed(&span.unwrap_or_else(|| range.range.into()));
        add(range.subnet, id.into(), count.saturating_sub(listed), format!("of VIP pool `{}`", network.short(id)))?;
    }
    Ok(())
}

fn number(count: usize) -> u64 {
    u64::try_from(count).expect("counts of rows fit")
}
