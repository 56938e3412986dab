//! Would the API take this NIC? A NIC is asked about as a row, with the instance that it is to be a part of, so that neither need be in the network.

use twinrail_facts::{Bool, Names, keys};

use crate::admit::profile::blocks;
use crate::admit::{Admission, invalid};
use crate::instance::{Alias, Instance, Nic};
use crate::network::Network;
use crate::platform::{Feature, View};

/// The request that makes a NIC.
const INSERT: &str = "instances.insert";

/// The NIC's type is one that the profile of its network takes.
pub fn type_fits_profile(view: &View<'_>, nic: &Nic) -> Admission {
    let Some(nic_type) = nic.nic_type.get()? else { return Ok(None) };
    let vpc = nic.vpc.get()?;
    let profile = view.profile(vpc)?;
    let types = profile.lists(view.facts, Feature::InterfaceTypes)?;
    if types.iter().any(|word| word == nic_type.word()) {
        return Ok(None);
    }
    Ok(Some(invalid(INSERT, format!("{} takes NICs of type {}, not {nic_type}", profile.title, types.join(" or ")))))
}

/// The machine type offers the NIC's type for ordinary traffic. Admits machine types that the catalog does not have,
/// and RDMA NICs, whose types follow the profile.
pub fn type_fits_machine(view: &View<'_>, instance: &Instance, nic: &Nic) -> Admission {
    let Some(nic_type) = nic.nic_type.get()? else { return Ok(None) };
    let Some(machine) = view.machine_of(instance) else { return Ok(None) };
    if nic_type.is_rdma() {
        return Ok(None);
    }
    let types = machine.get::<Names>(view.facts, "ordinary-nic-types")?;
    if types.iter().any(|word| word == nic_type.word()) {
        return Ok(None);
    }
    let message = format!("{} takes ordinary NICs of type {}, not {nic_type}", machine.name, types.join(" or "));
    Ok(Some(invalid(INSERT, message)))
}

/// nic0 is in a network whose profile lets it be there.
pub fn nic0_allowed(view: &View<'_>, nic: &Nic) -> Admission {
    if nic.index != 0 {
        return Ok(None);
    }
    blocks(view, nic.vpc.get()?, Feature::DefaultNicAttachment, INSERT, "nic0 of an instance")
}

/// There are no alias ranges, or the profile of the NIC's network allows them. They may be those it has or those that are to replace them.
pub fn aliases_allowed(view: &View<'_>, nic: &Nic, aliases: &[Alias], method: &'static str) -> Admission {
    if aliases.is_empty() {
        return Ok(None);
    }
    blocks(view, nic.vpc.get()?, Feature::AliasIpRanges, method, "alias IP ranges")
}

/// The NIC has no external address, or its network's profile allows one.
pub fn external_address_allowed(view: &View<'_>, nic: &Nic) -> Admission {
    if !*nic.external {
        return Ok(None);
    }
    blocks(view, nic.vpc.get()?, Feature::ExternalIpAccess, INSERT, "external addresses")
}

/// The NIC is no Dynamic NIC, or its network's profile allows it.
pub fn dynamic_allowed(view: &View<'_>, nic: &Nic) -> Admission {
    if nic.dynamic.is_none() {
        return Ok(None);
    }
    blocks(view, nic.vpc.get()?, Feature::SubInterfaces, INSERT, "Dynamic NICs")
}

/// The instance's zone is that of the profile. Admits templates, which have no zone yet, and ordinary networks.
pub fn zone_fits_profile(view: &View<'_>, instance: &Instance, nic: &Nic) -> Admission {
    let vpc = nic.vpc.get()?;
    if instance.is_template {
        return Ok(None);
    }
    let Some(zone) = view.profile_zone(vpc)? else { return Ok(None) };
    let here = instance.zone.get()?;
    let profile = view.profile(vpc)?;
    if zone == here || !profile.get::<Bool>(view.facts, "zonal")? {
        return Ok(None);
    }
    let message = format!("the network's profile is of zone {zone}, and the instance is in {here}");
    Ok(Some(invalid(INSERT, message)))
}

/// The RDMA NIC's network has the profile that the machine type needs. Admits machine types that the catalog does not have, or that have no RDMA at all.
pub fn profile_fits_machine(view: &View<'_>, instance: &Instance, nic: &Nic) -> Admission {
    let Some(nic_type) = nic.nic_type.get()? else { return Ok(None) };
    let vpc = nic.vpc.get()?;
    let profile = view.profile(vpc)?;
    let Some(machine) = view.machine_of(instance) else { return Ok(None) };
    if !nic_type.is_rdma() || profile.is_ordinary() || type_fits_profile(view, nic)?.is_some() {
        return Ok(None);
    }
    let needed = machine.choice(view.facts, "rdma-profile")?;
    if needed == profile.id || needed == "none" {
        return Ok(None);
    }
    let known = view.platform.profiles().iter().find(|other| other.id == needed);
    let needed = known.map_or(needed, |other| other.title.as_str());
    let message = format!("the RDMA NICs of {} attach to a {needed}, not to a {}", machine.name, profile.title);
    Ok(Some(invalid(INSERT, message)))
}

/// The NIC's subnet is of the instance's region.
pub fn in_region_of_subnet(view: &View<'_>, instance: &Instance, nic: &Nic) -> Admission {
    let zone = instance.zone.get()?;
    let subnet = &view.network.subnets[nic.subnet.get()?];
    let region = subnet.region.get()?;
    if Network::region_of(&zone) == region || view.facts.get(keys::subnet::INSTANCES_OF_OTHER_REGIONS_ALLOWED) {
        return Ok(None);
    }
    Ok(Some(invalid(
        "instances.insert",
        format!("an instance of zone {zone} has no NIC in a subnet of region {region}"),
    )))
}

/// The NIC's network is of the instance's project, or shared with it. `shared`: the network's project is its host.
pub fn network_is_shared(view: &View<'_>, instance: &Instance, nic: &Nic, shared: bool) -> Admission {
    let host = view.network.vpcs[nic.vpc.get()?].project;
    let own = shared || nic.attachment.is_some() || view.network.same_project(host, instance.project)?;
    if own || !view.facts.get(keys::shared_vpc::NEEDED_FOR_NETWORK_OF_OTHER_PROJECT) {
        return Ok(None);
    }
    Ok(Some(invalid("instances.insert", "the network belongs to another project, which does not share it")))
}
