//! Limits of a network, a NIC, a subnet and a project.
//!
//! What ends in `_fit` takes a count, so that whoever keeps a state of its own counts for itself; the others count what the model holds.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use twinrail_facts::keys;

use crate::admit::Admission;
use crate::admit::address::{is_internal, pool_subnet, ranges, reserved_in, vip_range, vip_span, vip_vpc};
use crate::admit::limit::{Count, Excess, WithinLimit, over, routes_for_vips};
use crate::balancing::{ForwardingRule, Scheme};
use crate::field::Field;
use crate::id::{EntityId, ProjectId, SubnetId, VpcId};
use crate::instance::Alias;
use crate::network::{Known, Network};
use crate::platform::View;
use crate::range::AddressSpan;
use crate::vpc::Address;

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
    Ok(nics_fit(view, count))
}

/// So many NICs may be in one network.
pub fn nics_fit(view: &View<'_>, count: Count) -> Option<Excess> {
    if count.is_empty() {
        return None;
    }
    count.over(view.facts.get(keys::limits::NICS_PER_NETWORK), "instances.insert", "NICs in one network")
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
    Ok(alias_ranges_fit(view, count))
}

/// So many alias ranges may be in one network.
pub fn alias_ranges_fit(view: &View<'_>, count: Count) -> Option<Excess> {
    if count.is_empty() {
        return None;
    }
    let limit = view.facts.get(keys::limits::ALIAS_RANGES_PER_NETWORK);
    count.over(limit, "instances.updateNetworkInterface", "alias ranges in one network")
}

/// Alias ranges of one NIC: those it has, or those that are to replace them.
pub fn alias_ranges_on_nic(view: &View<'_>, aliases: &[Alias], method: &'static str) -> Admission {
    if aliases.is_empty() {
        return Ok(None);
    }
    let limit = view.facts.get(keys::limits::ALIAS_RANGES_PER_NIC);
    Ok(over(number(aliases.len()), limit, method, "alias ranges on one NIC"))
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
    network.peerings.rows().iter().filter(|row| row.vpc == vpc).filter_map(|row| row.peer.get().ok()).collect()
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
    Ok(static_routes_fit(view, static_routes(view, vpc)?))
}

/// So many static routes may be in one network.
pub fn static_routes_fit(view: &View<'_>, count: Count) -> Option<Excess> {
    if count.is_empty() {
        return None;
    }
    let limit = view.facts.get(keys::limits::STATIC_ROUTES_PER_NETWORK);
    count.over(limit, "routes.insert", "static routes in one network")
}

/// Static routes of a network and those it imports from its peers.
pub fn static_routes_in_peering_group(view: &View<'_>, vpc: VpcId) -> WithinLimit {
    let network = view.network;
    let stated = network.peerings.rows();
    let imports =
        |peer: VpcId| stated.iter().any(|row| row.vpc == vpc && row.peer == Ok(peer) && *row.imports_custom_routes);
    let exports =
        |peer: VpcId| stated.iter().any(|row| row.vpc == peer && row.peer == Ok(vpc) && *row.exports_custom_routes);
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
    let routes = routes.filter(|row| row.known == Known::Here && row.vpc == Ok(vpc) && row.is_static()).count();
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
    let here = rules.filter(|row| row.known == Known::Here && row.vpc == Ok(vpc) && row.scheme == Scheme::Internal);
    let mut count = Count::default();
    count.add(vpc, number(here.count()), "internal forwarding rules");
    for (id, row) in network.vips.iter().filter(|(_, row)| row.mover.kind.uses_load_balancer()) {
        if vip_vpc(network, id)? == Some(vpc) {
            let planned = row.count.saturating_sub(number(row.forwarding_rules.len()));
            count.add(id, planned, format!("rules for VIP pool `{}`", network.short(id)));
        }
    }
    Ok(forwarding_rules_fit(view, count))
}

/// So many internal forwarding rules may be in one network.
pub fn forwarding_rules_fit(view: &View<'_>, count: Count) -> Option<Excess> {
    if count.is_empty() {
        return None;
    }
    let limit = view.facts.get(keys::limits::INTERNAL_FORWARDING_RULES_PER_NETWORK);
    count.over(limit, "forwardingRules.insert", "internal forwarding rules in one network")
}

/// Internal forwarding rules on an address that is reserved for several, counted among these.
pub fn rules_on_address<'r>(
    view: &View<'_>,
    address: &Address,
    rules: impl IntoIterator<Item = &'r ForwardingRule>,
) -> Admission {
    if *address.external || address.purpose != view.facts.get(keys::address::PURPOSE_FOR_SHARED_RULES) {
        return Ok(None);
    }
    let held = address.address.get()?;
    let count = rules.into_iter().filter(|rule| shares(address, held, rule)).count();
    if count == 0 {
        return Ok(None);
    }
    let limit = view.facts.get(keys::limits::INTERNAL_RULES_PER_SHARED_ADDRESS);
    Ok(over(number(count), limit, "forwardingRules.insert", "internal forwarding rules on one address"))
}

/// Whether an internal forwarding rule has the address of a reservation.
pub fn shares(address: &Address, held: IpAddr, rule: &ForwardingRule) -> bool {
    is_internal(&rule.scheme) && rule.address == Ok(Some(held)) && rule.subnet == address.subnet
}

/// Reserved internal addresses of a project in the region that has most of them, with those that reserved pools bring.
pub fn reserved_addresses_in_region(view: &View<'_>, project: ProjectId) -> WithinLimit {
    let mut regions = reserved_rows(view.network, project)?;
    reserved_pools(view.network, project, &mut regions)?;
    let Some((region, count)) = regions.into_iter().max_by_key(|(_, count)| count.total()) else { return Ok(None) };
    Ok(reserved_addresses_fit(view, &region, count))
}

/// A project may have so many reserved internal addresses in one region.
pub fn reserved_addresses_fit(view: &View<'_>, region: &str, count: Count) -> Option<Excess> {
    if count.is_empty() {
        return None;
    }
    let limit = view.facts.get(keys::limits::STATIC_INTERNAL_ADDRESSES_PER_REGION);
    count.over(limit, "addresses.insert", &format!("reserved internal addresses in {region}"))
}

fn reserved_rows(network: &Network, project: ProjectId) -> Field<BTreeMap<String, Count>> {
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    for row in network.addresses.rows().iter().filter(|row| row.known == Known::Here && !*row.external) {
        let Some(region) = row.name.part("regions") else { continue };
        if network.same_project(row.project, project)? {
            *rows.entry(region).or_default() += 1;
        }
    }
    let mut regions = BTreeMap::new();
    for (region, addresses) in rows {
        let mut count = Count::default();
        count.add(project, number(addresses), "reserved addresses");
        regions.insert(region.to_owned(), count);
    }
    Ok(regions)
}

fn reserved_pools(network: &Network, project: ProjectId, regions: &mut BTreeMap<String, Count>) -> Field<()> {
    let mut add = |subnet: SubnetId, of: EntityId, count: u64, what: String| -> Field<()> {
        let row = &network.subnets[subnet];
        if network.same_project(network.vpcs[row.vpc.get()?].project, project)? {
            regions.entry(row.region.get()?).or_default().add(of, count, what);
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
