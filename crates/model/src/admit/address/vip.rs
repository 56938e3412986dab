//! Where the addresses of a VIP pool lie, and whether its mover can move them there.

use ipnet::IpNet;
use twinrail_facts::{ChoiceOf, keys};

use crate::admit::address::{SubnetRange, ranges};
use crate::field::Field;
use crate::finding::{Refusal, RefusalReason};
use crate::id::{SubnetId, VipPoolId, VpcId};
use crate::link::LinkKind;
use crate::network::{Known, Network};
use crate::platform::View;
use crate::range::AddressSpan;
use crate::vip::{MoverKind, VipSource};

/// The addresses of a pool, where the model names them.
pub fn vip_span(network: &Network, pool: VipPoolId) -> Option<AddressSpan> {
    let row = &network.vips[pool];
    match row.source {
        VipSource::Subnet(..) => row.span,
        VipSource::Span(span) => Some(row.span.unwrap_or(span)),
    }
}

/// The network that a pool's addresses belong to; `None` if no NIC of its cluster carries them.
pub fn vip_vpc(network: &Network, pool: VipPoolId) -> Field<Option<VpcId>> {
    match network.vips[pool].source {
        VipSource::Subnet(subnet, _) => network.subnets[subnet].vpc.get().map(Some),
        VipSource::Span(_) => network.vip_nics(pool).first().map(|nic| network.nics[*nic].vpc.get()).transpose(),
    }
}

/// The range of a subnet that a pool comes from: the one it names, or the one that its addresses lie in. `None`: outside every subnet of its network.
pub fn vip_range(network: &Network, pool: VipPoolId) -> Field<Option<SubnetRange<'_>>> {
    match &network.vips[pool].source {
        VipSource::Subnet(subnet, name) => {
            Ok(ranges(network, *subnet)?.into_iter().find(|range| range.name == name.as_deref()))
        }
        VipSource::Span(span) => {
            let Some(vpc) = vip_vpc(network, pool)? else { return Ok(None) };
            for (subnet, _) in network.subnets_of(vpc).filter(|(_, row)| row.known == Known::Here) {
                let around = ranges(network, subnet)?.into_iter().find(|range| span.overlaps(&range.range.into()));
                if around.is_some() {
                    return Ok(around);
                }
            }
            Ok(None)
        }
    }
}

/// The subnets that the NICs of a pool's cluster are in, PSC interfaces among them.
pub fn carrier_subnets(network: &Network, pool: VipPoolId) -> Vec<SubnetId> {
    let over = network.vips[pool].over;
    let planned = network.clusters[over].nics.iter().map(|nic| nic.subnet);
    let linked = network.links.rows().iter().filter_map(|link| match &link.kind {
        LinkKind::PscInterface { cluster: Some(cluster), into, .. } if *cluster == over => Some(*into),
        _ => None,
    });
    let mut all: Vec<SubnetId> = planned.chain(linked).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// A pool that lies where its mover cannot move it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misplaced {
    pub refusal: Refusal,
    /// Where the pool should lie.
    pub help: String,
    /// The subnet that it lies in, if that is what is wrong.
    pub subnet: Option<SubnetId>,
}

/// Whether a pool lies where its mover needs it: in a range of a subnet, or outside all of them.
pub fn misplaced(view: &View<'_>, pool: VipPoolId) -> Field<Option<Misplaced>> {
    let kind = view.network.vips[pool].mover.kind;
    match kind.fact::<ChoiceOf>(view.facts, "vip-place")? {
        "outside-subnets" => in_a_subnet(view, pool),
        _ if kind.uses_load_balancer() => not_for_a_rule(view, pool),
        _ => not_for_a_nic(view, pool),
    }
}

/// A routed VIP must lie outside every subnet of its network.
fn in_a_subnet(view: &View<'_>, pool: VipPoolId) -> Field<Option<Misplaced>> {
    let Some(range) = vip_range(view.network, pool)? else { return Ok(None) };
    if view.facts.get(keys::route::DESTINATION_IN_SUBNET_RANGE_ALLOWED) {
        return Ok(None);
    }
    let kind = view.network.vips[pool].mover.kind;
    Ok(Some(Misplaced {
        refusal: Refusal {
            reason: RefusalReason::Invalid,
            method: "routes.insert",
            message: format!("a static route may not lead into {}", range.words(view.network)),
        },
        help: format!("give `from` addresses outside every subnet of the network: {kind} moves them by static routes"),
        subnet: Some(range.subnet),
    }))
}

/// An alias range, or the address of a NIC, comes from the subnet of that NIC.
fn not_for_a_nic(view: &View<'_>, pool: VipPoolId) -> Field<Option<Misplaced>> {
    let network = view.network;
    let row = &network.vips[pool];
    let carriers = carrier_subnets(network, pool);
    let span = vip_span(network, pool);
    let mut fits = false;
    for subnet in &carriers {
        let named = match &row.source {
            VipSource::Subnet(source, name) => (source == subnet).then_some(name.as_deref()),
            VipSource::Span(_) => None,
        };
        for range in ranges(network, *subnet)? {
            // What is outside of the range that the pool names is another mistake.
            let inside = match named {
                Some(name) => range.name == name,
                None => {
                    matches!(row.source, VipSource::Span(_)) && span.is_some_and(|span| contains(&range.range, &span))
                }
            };
            let usable = row.mover.kind != MoverKind::StatefulMig || range.name.is_none();
            fits |= inside && usable;
        }
        // A secondary range that does not exist is another mistake too.
        fits |= named.is_some_and(|name| name.is_some() && row.mover.kind != MoverKind::StatefulMig);
    }
    if fits {
        return Ok(None);
    }
    let other_rail = |subnet: &SubnetId| {
        let nics = &network.clusters[row.over].nics;
        nics.iter().any(|nic| nic.subnet == *subnet)
            && !nics.iter().any(|nic| nic.subnet == *subnet && nic.rail == row.rail)
    };
    let fitting = carriers.iter().filter(|subnet| !other_rail(subnet));
    let names: Vec<String> = fitting.map(|subnet| format!("`{}`", network.short(*subnet))).collect();
    let part = if row.mover.kind == MoverKind::StatefulMig { "the primary range" } else { "a range" };
    let cluster = network.short(row.over);
    Ok(Some(Misplaced {
        refusal: Refusal {
            reason: RefusalReason::Invalid,
            method: "instances.updateNetworkInterface",
            message: format!("the addresses lie outside the subnets of the NICs of `{cluster}`"),
        },
        help: format!("take them from {part} of a subnet that a NIC of `{cluster}` is in: {}", names.join(", ")),
        subnet: source_subnet(network, pool),
    }))
}

/// A forwarding rule's address comes from a primary range of a subnet of its backends' network.
fn not_for_a_rule(view: &View<'_>, pool: VipPoolId) -> Field<Option<Misplaced>> {
    let network = view.network;
    let row = &network.vips[pool];
    let range = vip_range(network, pool)?;
    let mut networks = Vec::new();
    for subnet in carrier_subnets(network, pool) {
        networks.push(network.subnets[subnet].vpc.get()?);
    }
    let cluster = network.short(row.over);
    let message = match range {
        None if matches!(row.source, VipSource::Subnet(..)) => return Ok(None),
        None => format!("no subnet in the network of `{cluster}` holds the addresses"),
        Some(range) if !networks.contains(&network.subnets[range.subnet].vpc.get()?) => {
            format!("no NIC of `{cluster}` is in the network of `{}`", network.short(range.subnet))
        }
        Some(range) if range.name.is_some() && !view.facts.get(keys::lb::ADDRESS_FROM_SECONDARY_RANGE_ALLOWED) => {
            format!("a forwarding rule takes no address of {}", range.words(network))
        }
        Some(_) => return Ok(None),
    };
    Ok(Some(Misplaced {
        refusal: Refusal { reason: RefusalReason::Invalid, method: "forwardingRules.insert", message },
        help: format!("take them from the primary range of a subnet in a network that `{cluster}` has a NIC in"),
        subnet: source_subnet(network, pool),
    }))
}

fn source_subnet(network: &Network, pool: VipPoolId) -> Option<SubnetId> {
    match network.vips[pool].source {
        VipSource::Subnet(subnet, _) => Some(subnet),
        VipSource::Span(_) => None,
    }
}

pub(super) fn contains(range: &IpNet, span: &AddressSpan) -> bool {
    range.contains(&span.first()) && range.contains(&span.last())
}
