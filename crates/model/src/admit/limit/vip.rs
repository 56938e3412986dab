//! What the VIPs of a pool cost in routes, alias ranges and services, at worst.

use std::collections::BTreeMap;

use twinrail_facts::{Count as CountOf, keys};

use crate::admit::address::{vip_span, vip_vpc};
use crate::admit::limit::{Count, Excess};
use crate::balancing::BackendService;
use crate::field::Field;
use crate::id::{ClusterId, SubnetId, VipPoolId};
use crate::instance::AliasRange;
use crate::network::{Known, Network};
use crate::platform::View;
use crate::vip::{MoverKind, VipPool, VipSource};

/// How many instances of a cluster are lost at worst: what its service tolerates, and one where it does not say.
fn lost(network: &Network, cluster: ClusterId) -> u64 {
    network.clusters[cluster].service.tolerates.unwrap_or(1)
}

/// The static routes that a routed pool needs at its busiest moment, and how they come about.
pub fn routes_for_vips(view: &View<'_>, pool: VipPoolId) -> Field<(u64, String)> {
    let row = &view.network.vips[pool];
    let fact = |name| row.mover.kind.fact::<CountOf>(view.facts, name);
    let (standing, extra) = (fact("routes-per-vip")?, fact("extra-routes-while-moving")?);
    let instances = view.network.clusters[row.over].count.max(1);
    let moving = row.count.div_ceil(instances).saturating_mul(lost(view.network, row.over)).min(row.count);
    let total = row.count.saturating_mul(standing).saturating_add(moving.saturating_mul(extra));
    let mut what = format!("for {} VIPs of pool `{}`, {standing} each", row.count, view.network.short(pool));
    if extra > 0 {
        what = format!("{what} and {extra} more for each of {moving} that move at once");
    }
    Ok((total, what))
}

/// Alias ranges that one NIC of a cluster holds when as many instances are lost as its service tolerates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasLoad {
    pub subnet: SubnetId,
    pub pools: Vec<VipPoolId>,
    pub vips: u64,
    pub instances: u64,
    pub lost: u64,
    /// Alias ranges of the NIC that are no VIPs.
    pub own: u64,
}

impl AliasLoad {
    pub fn survivors(&self) -> u64 {
        self.instances.saturating_sub(self.lost).max(1)
    }

    /// Spread as evenly as can be.
    pub fn per_nic(&self) -> u64 {
        self.vips.div_ceil(self.survivors()).saturating_add(self.own)
    }
}

/// For each subnet that pools of alias VIPs over this cluster come from: what one NIC there has to hold.
pub fn alias_load(network: &Network, cluster: ClusterId) -> Vec<AliasLoad> {
    let mut by_subnet: BTreeMap<SubnetId, Vec<VipPoolId>> = BTreeMap::new();
    for (id, pool) in network.vips.iter().filter(|(_, pool)| pool.over == cluster && pool.mover.kind.uses_alias()) {
        let subnet = match pool.source {
            VipSource::Subnet(subnet, _) => Some(subnet),
            VipSource::Span(_) => network.vip_nics(id).first().and_then(|nic| network.nics[*nic].subnet.get().ok()),
        };
        if let Some(subnet) = subnet {
            by_subnet.entry(subnet).or_default().push(id);
        }
    }
    let load = |(subnet, pools): (SubnetId, Vec<VipPoolId>)| AliasLoad {
        subnet,
        vips: pools.iter().map(|pool| network.vips[*pool].count).sum(),
        instances: network.clusters[cluster].count,
        lost: lost(network, cluster),
        own: own_aliases(network, &pools),
        pools,
    };
    by_subnet.into_iter().map(load).collect()
}

/// The most alias ranges of a carrying NIC that are no VIPs of these pools.
fn own_aliases(network: &Network, pools: &[VipPoolId]) -> u64 {
    let spans: Vec<_> = pools.iter().filter_map(|pool| vip_span(network, *pool)).collect();
    let nics = pools.first().map(|pool| network.vip_nics(*pool)).unwrap_or_default();
    let own = nics.iter().map(|nic| {
        let aliases = network.nics[*nic].aliases.iter();
        let others = aliases.filter(|alias| match alias.range {
            AliasRange::Range(range) => !spans.iter().any(|span| span.overlaps(&range.into())),
            AliasRange::Length(_) => true,
        });
        number(others.count())
    });
    own.max().unwrap_or(0)
}

/// The limits of fast IP move that a pool breaks: endpoints of a service, services of an endpoint, services of a network in a region. Pools that share a
/// limit are judged where the last of them stands.
pub fn fast_ip_moves(view: &View<'_>, pool: VipPoolId) -> Field<Vec<Excess>> {
    let network = view.network;
    let row = &network.vips[pool];
    let cluster = network.short(row.over);
    let mut endpoints = Count::default();
    endpoints.add(row.over, network.clusters[row.over].count, format!("instances of `{cluster}`"));
    let limit = view.facts.get(keys::lb::FAST_IP_MOVE_ENDPOINTS_PER_SERVICE);
    let per_service = endpoints.over(limit, "backendServices.insert", "endpoints of one service with fast IP move");

    let mut services = Count::default();
    for (id, other) in moved_with(network, pool).filter(|(_, other)| other.over == row.over) {
        services.add(id, services_of(view, other), format!("for the VIPs of pool `{}`", network.short(id)));
    }
    let limit = view.facts.get(keys::lb::FAST_IP_MOVE_SERVICES_PER_ENDPOINT);
    let what = format!("services with fast IP move on each instance of `{cluster}`");
    let per_endpoint = services.over(limit, "backendServices.insert", &what);
    // The same VIPs over the limit of their network are no second mistake.
    let in_region = if per_endpoint.is_some() { None } else { services_in_region(view, pool)? };
    Ok([per_service, per_endpoint, in_region].into_iter().flatten().collect())
}

/// Services with fast IP move of the pool's network and region: those that the input lists, and those that pools bring.
fn services_in_region(view: &View<'_>, pool: VipPoolId) -> Field<Option<Excess>> {
    let network = view.network;
    let (Some(vpc), Some(region)) = (vip_vpc(network, pool)?, region_of(network, pool)?) else { return Ok(None) };
    let modes = view.facts.get(keys::lb::FAST_IP_MOVE_MODES);
    let here = |service: &&BackendService| {
        let announces = service.ha_policy.as_ref().is_some_and(|mode| modes.contains(mode));
        announces
            && service.known == Known::Here
            && service.vpc == Some(vpc)
            && service.region.as_deref() == Some(region)
    };
    let mut services = Count::default();
    services.add(vpc, number(network.backend_services.rows().iter().filter(here).count()), "services in the input");
    for (id, other) in moved_with(network, pool) {
        if vip_vpc(network, id)? == Some(vpc) && region_of(network, id)? == Some(region) {
            let planned = services_of(view, other).saturating_sub(number(other.forwarding_rules.len()));
            services.add(id, planned, format!("for the VIPs of pool `{}`", network.short(id)));
        }
    }
    let limit = view.facts.get(keys::lb::FAST_IP_MOVE_SERVICES_PER_NETWORK_REGION);
    let what = format!("services with fast IP move of `{}` in {region}", network.short(vpc));
    Ok(services.over(limit, "backendServices.insert", &what))
}

/// Pools with fast IP move, up to this one.
fn moved_with(network: &Network, last: VipPoolId) -> impl Iterator<Item = (VipPoolId, &VipPool)> {
    network.vips.iter().filter(move |(id, row)| *id <= last && row.mover.kind == MoverKind::LbGarp)
}

/// Services that a pool needs: one for each VIP where one announcement moves every rule of a service.
fn services_of(view: &View<'_>, pool: &VipPool) -> u64 {
    if view.facts.get(keys::lb::GARP_MOVES_EVERY_RULE) { pool.count } else { 1 }
}

fn region_of(network: &Network, pool: VipPoolId) -> Field<Option<&str>> {
    let subnet = match network.vips[pool].source {
        VipSource::Subnet(subnet, _) => Some(subnet),
        VipSource::Span(_) => {
            let nics = network.vip_nics(pool);
            nics.first().map(|nic| network.nics[*nic].subnet.get()).transpose()?
        }
    };
    subnet.map(|subnet| network.subnets[subnet].region.as_deref().map_err(Clone::clone)).transpose()
}

fn number(count: usize) -> u64 {
    u64::try_from(count).expect("counts of rows fit")
}
