//! Would the API take this route?

use ipnet::IpNet;
use twinrail_facts::keys;

use crate::admit::Admission;
use crate::field::{Field, Hole};
use crate::finding::{Refusal, RefusalReason};
use crate::id::SubnetId;
use crate::network::Network;
use crate::platform::View;
use crate::vpc::Route;

/// Its destination lies in no subnet range of its network.
pub fn destination_is_outside_subnets(view: &View<'_>, route: &Route) -> Admission {
    let Some((subnet, range)) = subnet_around_destination(view.network, route)? else { return Ok(None) };
    if view.facts.get(keys::route::DESTINATION_IN_SUBNET_RANGE_ALLOWED) {
        return Ok(None);
    }
    let destination = route.destination.get()?;
    Ok(Some(Refusal {
        reason: RefusalReason::Invalid,
        method: "routes.insert",
        message: format!("{destination} hides addresses of {range}, a range of subnet {}", view.network.short(subnet)),
    }))
}

/// The subnet range that holds all of a static route's destination. A subnet that allows such routes does not count.
pub fn subnet_around_destination(network: &Network, route: &Route) -> Field<Option<(SubnetId, IpNet)>> {
    if !route.is_static() {
        return Ok(None);
    }
    let vpc = route.vpc.get()?;
    let destination = route.destination.get()?;
    let mut unknown: Option<Hole> = None;
    for (id, subnet) in network.subnets_of(vpc).filter(|(_, subnet)| !*subnet.overlaps_routes) {
        let primary = match &*subnet.range {
            Ok(range) => *range,
            Err(hole) => {
                unknown.get_or_insert_with(|| hole.clone());
                None
            }
        };
        let secondary = subnet.secondary.iter().map(|(_, range)| *range);
        let mut ranges = primary.into_iter().chain(*subnet.ipv6_range).chain(secondary);
        if let Some(range) = ranges.find(|range| range.contains(&destination)) {
            return Ok(Some((id, range)));
        }
    }
    unknown.map_or(Ok(None), Err)
}
