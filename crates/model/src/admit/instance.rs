//! Would the API take this instance? What its NICs are together, and what is asked of its host. Not here: a single NIC (`nic`).
//!
//! An instance is asked about as a row with the rows of its NICs, nic0 first, so that it need not be in the network: its own list of ids is never read.

use twinrail_facts::keys;

use crate::admit::{Admission, invalid};
use crate::field::Field;
use crate::id::InstanceId;
use crate::instance::{Instance, Maintenance, Mig, Nic, NicType};
use crate::network::Network;
use crate::platform::{Feature, View};
use crate::range::overlap;

/// The request that makes an instance.
const INSERT: &str = "instances.insert";

/// The NICs that are vNICs of their own: no Dynamic NICs.
pub fn vnics(nics: &[&Nic]) -> usize {
    nics.iter().filter(|nic| nic.dynamic.is_none()).count()
}

/// The instance has no more vNICs than its machine type takes, and no more interfaces than any instance.
pub fn nic_count_fits(view: &View<'_>, instance: &Instance, nics: &[&Nic]) -> Admission {
    let (all, vnics) = (nics.len(), vnics(nics));
    if all < 2 {
        return Ok(None);
    }
    let (most, of) = match view.machine_of(instance) {
        Some(machine) => (machine.count(view.facts, "vnics-max")?, machine.name.as_str()),
        None => (view.facts.get(keys::nic::VNICS_MAX), "an instance"),
    };
    if vnics as u64 > most {
        return Ok(Some(invalid(INSERT, format!("{of} has at most {most} vNICs, not {vnics}"))));
    }
    if vnics == all {
        return Ok(None);
    }
    let most = view.facts.get(keys::nic::INTERFACES_MAX_WITH_DYNAMIC);
    if all as u64 <= most {
        return Ok(None);
    }
    Ok(Some(invalid(INSERT, format!("an instance has at most {most} interfaces with its Dynamic NICs, not {all}"))))
}

/// How many of the NICs are stated to be RDMA NICs.
pub fn rdma_nics(nics: &[&Nic]) -> usize {
    nics.iter().filter(|nic| is_rdma(nic)).count()
}

fn is_rdma(nic: &Nic) -> bool {
    matches!(&*nic.nic_type, Ok(Some(kind)) if kind.is_rdma())
}

/// The instance has no more RDMA NICs than its machine type offers. Admits machine types that the catalog does not have.
pub fn rdma_nic_count_fits(view: &View<'_>, instance: &Instance, nics: &[&Nic]) -> Admission {
    let count = rdma_nics(nics);
    let Some(machine) = view.machine_of(instance) else { return Ok(None) };
    if count == 0 {
        return Ok(None);
    }
    let most = machine.count(view.facts, "rdma-nics-max")?;
    if count as u64 <= most {
        return Ok(None);
    }
    let message = match most {
        0 => format!("{} has no RDMA NICs", machine.name),
        _ => format!("{} has at most {most} RDMA NICs, not {count}", machine.name),
    };
    Ok(Some(invalid(INSERT, message)))
}

/// Whether a NIC counts when NICs of one instance share a network: PSC interfaces and Dynamic NICs follow rules of their own.
fn is_plain(nic: &Nic) -> bool {
    nic.attachment.is_none() && nic.dynamic.is_none()
}

/// Two NICs of one instance may be in the networks they are in. What nic0 is in matters too.
pub fn networks_fit(view: &View<'_>, first: &Nic, second: &Nic, nic0: &Nic) -> Admission {
    if !is_plain(first) || !is_plain(second) {
        return Ok(None);
    }
    let vpc = first.vpc.get()?;
    if vpc != second.vpc.get()? {
        return Ok(None);
    }
    let profile = view.profile(vpc)?;
    if !profile.is_ordinary() {
        if profile.allows(view.facts, Feature::MultiNicInSameNetwork)? {
            return Ok(None);
        }
        let message = format!("a {} takes one NIC of an instance", profile.title);
        return Ok(Some(invalid(INSERT, message)));
    }
    if !view.facts.get(keys::nic::SEVERAL_IN_ONE_ORDINARY_NETWORK) {
        return Ok(Some(invalid(INSERT, "networks must be distinct for NICs attached to a VM")));
    }
    if nic0.vpc.get()? != vpc && view.facts.get(keys::nic::SHARED_NETWORK_IS_THAT_OF_NIC0) {
        return Ok(Some(invalid(INSERT, "only the network of nic0 takes several NICs of an instance")));
    }
    Ok(None)
}

/// Two NICs of one instance may be in the subnets they are in. Admits what [`networks_fit`] refuses already.
pub fn subnets_fit(view: &View<'_>, first: &Nic, second: &Nic, nic0: &Nic) -> Admission {
    if !is_plain(first) || !is_plain(second) || first.subnet.get()? != second.subnet.get()? {
        return Ok(None);
    }
    if networks_fit(view, first, second, nic0)?.is_some() {
        return Ok(None);
    }
    let profile = view.profile(first.vpc.get()?)?;
    let allowed = if profile.is_ordinary() {
        view.facts.get(keys::nic::SEVERAL_IN_ONE_ORDINARY_SUBNET)
    } else {
        profile.allows(view.facts, Feature::MultiNicInSameSubnetwork)?
    };
    if allowed {
        return Ok(None);
    }
    Ok(Some(invalid(INSERT, format!("a subnet of a {} takes one NIC of an instance", profile.title))))
}

/// The subnets of two NICs of one instance, in different networks, do not overlap.
pub fn ranges_disjoint(view: &View<'_>, first: &Nic, second: &Nic) -> Admission {
    if first.attachment.is_some() || second.attachment.is_some() || first.vpc.get()? == second.vpc.get()? {
        return Ok(None);
    }
    let range = |nic: &Nic| -> Field<_> { view.network.subnets[nic.subnet.get()?].range.get() };
    let (Some(one), Some(other)) = (range(first)?, range(second)?) else { return Ok(None) };
    if !overlap(&one, &other) {
        return Ok(None);
    }
    let falcon = [first, second].iter().any(|nic| nic.nic_type == Ok(Some(NicType::Irdma)));
    let allowed = if falcon {
        view.facts.get(keys::subnet::FALCON_MAY_OVERLAP_OTHER_NICS)
    } else {
        view.facts.get(keys::nic::SUBNETS_MAY_OVERLAP)
    };
    if allowed {
        return Ok(None);
    }
    Ok(Some(invalid(INSERT, format!("the subnets of two NICs overlap: {one} and {other}"))))
}

/// The host can do what is asked of it at maintenance. Admits machine types that the catalog does not have.
pub fn maintenance_fits(view: &View<'_>, instance: &Instance, nics: &[&Nic]) -> Admission {
    if instance.on_host_maintenance != Some(Maintenance::Migrate) {
        return Ok(None);
    }
    let irdma = nics.iter().any(|nic| nic.nic_type == Ok(Some(NicType::Irdma)));
    if irdma && !view.facts.get(keys::nic::LIVE_MIGRATION_WITH_IRDMA) {
        return Ok(Some(invalid(INSERT, "instances with an IRDMA NIC do not support live migration")));
    }
    let Some(machine) = view.machine_of(instance) else { return Ok(None) };
    if machine.yes(view.facts, "live-migration")? {
        return Ok(None);
    }
    Ok(Some(invalid(INSERT, format!("{} does not support live migration", machine.name))))
}

/// The instance that stands for a managed instance group: its template, or else its first member.
pub fn member_of(network: &Network, mig: &Mig) -> Option<InstanceId> {
    let described = |id: &InstanceId| network.instances[*id].machine.is_ok();
    mig.template.filter(described).or_else(|| mig.instances.first().copied().filter(described))
}

/// A group may be made of instances like this one: it has no RDMA NICs, or its machine type lets a group have them.
pub fn mig_allowed(view: &View<'_>, member: &Instance, nics: &[&Nic]) -> Admission {
    let Some(machine) = view.machine_of(member) else { return Ok(None) };
    if rdma_nics(nics) == 0 || machine.yes(view.facts, "mig-with-rdma")? {
        return Ok(None);
    }
    let message = format!("instances of {} with RDMA NICs are no members of managed instance groups", machine.name);
    Ok(Some(invalid("instanceGroupManagers.insert", message)))
}
