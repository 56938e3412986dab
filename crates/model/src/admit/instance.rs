//! Would the API take this instance? What its NICs are together, and what is asked of its host. Not here: a single NIC (`nic`).

use twinrail_facts::keys;

use crate::admit::{Admission, invalid};
use crate::field::Field;
use crate::id::{InstanceId, MigId, NicId};
use crate::instance::{Maintenance, Nic, NicType};
use crate::platform::{Feature, View};
use crate::range::overlap;

/// The request that makes an instance.
const INSERT: &str = "instances.insert";

/// The NICs that are vNICs of their own: no Dynamic NICs.
pub fn vnics(view: &View<'_>, instance: InstanceId) -> usize {
    let nics = &view.network.instances[instance].nics;
    nics.iter().filter(|nic| view.network.nics[**nic].dynamic.is_none()).count()
}

/// The instance has no more vNICs than its machine type takes, and no more interfaces than any instance.
pub fn nic_count_fits(view: &View<'_>, instance: InstanceId) -> Admission {
    let (all, vnics) = (view.network.instances[instance].nics.len(), vnics(view, instance));
    if all < 2 {
        return Ok(None);
    }
    let (most, of) = match view.machine(instance) {
        Ok(machine) => (machine.count(view.facts, "vnics-max")?, machine.name.as_str()),
        Err(_) => (view.facts.get(keys::nic::VNICS_MAX), "an instance"),
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

/// How many of the instance's NICs are stated to be RDMA NICs.
pub fn rdma_nics(view: &View<'_>, instance: InstanceId) -> usize {
    let nics = &view.network.instances[instance].nics;
    nics.iter().filter(|nic| is_rdma(&view.network.nics[**nic])).count()
}

fn is_rdma(nic: &Nic) -> bool {
    matches!(&nic.nic_type, Ok(Some(kind)) if kind.is_rdma())
}

/// The instance has no more RDMA NICs than its machine type offers. Admits machine types that the catalog does not have.
pub fn rdma_nic_count_fits(view: &View<'_>, instance: InstanceId) -> Admission {
    let count = rdma_nics(view, instance);
    let Ok(machine) = view.machine(instance) else { return Ok(None) };
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

/// Two NICs of one instance may be in the networks they are in.
pub fn networks_fit(view: &View<'_>, a: NicId, b: NicId) -> Admission {
    let (first, second) = (&view.network.nics[a], &view.network.nics[b]);
    if !is_plain(first) || !is_plain(second) {
        return Ok(None);
    }
    let vpc = first.vpc.clone()?;
    if vpc != second.vpc.clone()? {
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
    let nic0 = view.network.instances[first.instance].nics[0];
    if view.network.nics[nic0].vpc.clone()? != vpc && view.facts.get(keys::nic::SHARED_NETWORK_IS_THAT_OF_NIC0) {
        return Ok(Some(invalid(INSERT, "only the network of nic0 takes several NICs of an instance")));
    }
    Ok(None)
}

/// Two NICs of one instance may be in the subnets they are in. Admits what [`networks_fit`] refuses already.
pub fn subnets_fit(view: &View<'_>, a: NicId, b: NicId) -> Admission {
    let (first, second) = (&view.network.nics[a], &view.network.nics[b]);
    if !is_plain(first) || !is_plain(second) || first.subnet.clone()? != second.subnet.clone()? {
        return Ok(None);
    }
    if networks_fit(view, a, b)?.is_some() {
        return Ok(None);
    }
    let profile = view.profile(first.vpc.clone()?)?;
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
pub fn ranges_disjoint(view: &View<'_>, a: NicId, b: NicId) -> Admission {
    let (first, second) = (&view.network.nics[a], &view.network.nics[b]);
    if first.attachment.is_some() || second.attachment.is_some() || first.vpc.clone()? == second.vpc.clone()? {
        return Ok(None);
    }
    let range = |nic: &Nic| -> Field<_> { view.network.subnets[nic.subnet.clone()?].range.clone() };
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
pub fn maintenance_fits(view: &View<'_>, instance: InstanceId) -> Admission {
    let row = &view.network.instances[instance];
    if row.on_host_maintenance != Some(Maintenance::Migrate) {
        return Ok(None);
    }
    let irdma = row.nics.iter().any(|nic| view.network.nics[*nic].nic_type == Ok(Some(NicType::Irdma)));
    if irdma && !view.facts.get(keys::nic::LIVE_MIGRATION_WITH_IRDMA) {
        return Ok(Some(invalid(INSERT, "instances with an IRDMA NIC do not support live migration")));
    }
    let Ok(machine) = view.machine(instance) else { return Ok(None) };
    if machine.yes(view.facts, "live-migration")? {
        return Ok(None);
    }
    Ok(Some(invalid(INSERT, format!("{} does not support live migration", machine.name))))
}

/// The instance that stands for a managed instance group: its template, or else its first member.
pub fn member_of(view: &View<'_>, mig: MigId) -> Option<InstanceId> {
    let row = &view.network.migs[mig];
    let described = |id: &InstanceId| view.network.instances[*id].machine.is_ok();
    row.template.filter(described).or_else(|| row.instances.first().copied().filter(described))
}

/// The group's instances have no RDMA NICs, or their machine type lets a group have them.
pub fn mig_allowed(view: &View<'_>, mig: MigId) -> Admission {
    let Some(member) = member_of(view, mig) else { return Ok(None) };
    let Ok(machine) = view.machine(member) else { return Ok(None) };
    if rdma_nics(view, member) == 0 || machine.yes(view.facts, "mig-with-rdma")? {
        return Ok(None);
    }
    let message = format!("instances of {} with RDMA NICs are no members of managed instance groups", machine.name);
    Ok(Some(invalid("instanceGroupManagers.insert", message)))
}
