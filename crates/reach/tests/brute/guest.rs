//! Inside the guest: by which NIC it sends, which addresses it takes for its own, and what its reverse-path filter drops. From
//! <https://docs.cloud.google.com/vpc/docs/create-use-multiple-interfaces> (one default route, on nic0) and
//! <https://github.com/GoogleCloudPlatform/guest-agent> (local routes for aliases and forwarding rules). Not here: what Google lets pass.

use std::net::IpAddr;

use twinrail_model::{GuestRouting, InstanceId, MoverKind, NicId, VipHolder};

use super::balancer;
use super::flight::Flight;
use super::world::World;

/// The NIC of an instance that an address belongs to: as primary address, as alias, as address of a forwarding rule or as VIP that a route leads to.
pub fn nic_of_address(world: &World, instance: InstanceId, address: IpAddr) -> Option<NicId> {
    world.nics_of(instance).into_iter().find(|nic| is_at(world, *nic, address))
}

/// Whether an address belongs to a NIC.
pub fn is_at(world: &World, nic: NicId, address: IpAddr) -> bool {
    world.primary(nic) == address
        || world.has_alias(nic, address)
        || !balancer::rules_served_by(world, nic, address).is_empty()
        || world.vip_at(address).is_some_and(|vip| world.nic_of_vip(vip) == Some(nic))
}

/// Whether the guest takes an address for its own. Its primary addresses it has from DHCP. Aliases and forwarding rules the agent adds, or the cluster's
/// software; a VIP that a route leads to the agent does not know of.
pub fn holds(world: &World, instance: InstanceId, address: IpAddr) -> bool {
    if world.nics_of(instance).iter().any(|nic| world.primary(*nic) == address) {
        return true;
    }
    let who = world.guest(instance).holds_vip;
    if let Some(vip) = world.vip_at(address) {
        let kind = world.network.vips[vip.pool].mover.kind;
        let is_here = world.holders.get(&vip).copied().flatten() == Some(instance);
        if is_here && kind == MoverKind::StatefulMig {
            return true;
        }
        if is_here && kind.uses_routes() {
            return who == VipHolder::Address;
        }
    }
    let belongs =
        |nic: &NicId| world.has_alias(*nic, address) || !balancer::rules_served_by(world, *nic, address).is_empty();
    who != VipHolder::Nobody && world.nics_of(instance).iter().any(belongs)
}

/// The NIC by which a guest sends: "the primary subnet range of each interface leaves by it, everything else by the default route, which is nic0's". With a
/// table for every NIC, a bound source chooses its own.
pub fn nic_for(world: &World, instance: InstanceId, destination: IpAddr, bound: Option<IpAddr>) -> Option<NicId> {
    let per_nic = world.guest(instance).routing == GuestRouting::PerNic;
    if let (true, Some(source)) = (per_nic, bound)
        && let Some(nic) = nic_of_address(world, instance, source)
    {
        return Some(nic);
    }
    let nics = world.nics_of(instance);
    let mut connected = Vec::new();
    for nic in &nics {
        let subnet = world.network.nics[*nic].subnet.get().expect("a random NIC states its subnet");
        let range = world.network.subnets[subnet].range.get().expect("a random subnet states its range");
        connected.extend(range.filter(|range| range.contains(&destination)).map(|range| (range.prefix_len(), *nic)));
    }
    let longest = connected.iter().map(|(length, _)| *length).max();
    let found = connected.iter().find(|(length, _)| Some(*length) == longest).map(|(_, nic)| *nic);
    found.or_else(|| nics.first().copied())
}

/// "Strict mode as defined in RFC 3704: each incoming packet is tested against the forwarding table, and if the interface is not the best reverse path, the
/// check fails": <https://docs.kernel.org/networking/ip-sysctl.html>, `rp_filter`. With a table for every NIC the way back is always the NIC itself.
pub fn filter_passes(world: &World, nic: NicId, flight: &Flight) -> bool {
    let instance = world.instance_of(nic);
    let guest = world.guest(instance);
    if !guest.rp_filter || guest.routing == GuestRouting::PerNic {
        return true;
    }
    nic_for(world, instance, flight.source, Some(flight.destination)) == Some(nic)
}
