//! Instances that one plan made: a mistake of the plan is reported once, on the first of them, and not a thousand times.
//! Not here: which mistakes there are.

use twinrail_model::{Finding, Instance, InstanceId, Known, Network, Nic, Stated};

/// How many earlier siblings are compared. A plan makes a few kinds of instance at most, one for each zone.
const COMPARED: usize = 8;

/// Whether an earlier instance of the same cluster or group, in the same zone, is made like this one.
pub(crate) fn repeats_sibling(network: &Network, instance: InstanceId) -> bool {
    sibling(network, instance).is_some()
}

/// Whether its template or an earlier sibling is made like this instance, so that the mistake is reported there.
pub(crate) fn repeats_plan(network: &Network, instance: InstanceId) -> bool {
    stands_for(network, instance).is_some()
}

/// The template or the earlier sibling that is made like this instance, so that rules look there.
pub(crate) fn stands_for(network: &Network, instance: InstanceId) -> Option<InstanceId> {
    let row = &network.instances[instance];
    // A template that its instances stand for is never judged itself, so it reports nothing for them.
    let reports = |id: &InstanceId| network.instances[*id].known == Known::Here && !network.is_stood_for(*id);
    let template = row.template.filter(reports).filter(|id| alike(network, row, &network.instances[*id]));
    template.or_else(|| sibling(network, instance))
}

/// The first of the earlier siblings of the same zone that is made like this instance.
fn sibling(network: &Network, instance: InstanceId) -> Option<InstanceId> {
    let row = &network.instances[instance];
    let mut earlier = siblings(network, row).iter().take_while(|other| **other != instance).take(COMPARED);
    let made_alike = |other: &&InstanceId| {
        let other = &network.instances[**other];
        row.zone == other.zone && alike(network, row, other)
    };
    earlier.find(made_alike).copied()
}

/// Says for how many instances a finding stands.
pub(crate) fn count_note(finding: Finding, network: &Network, instance: InstanceId) -> Finding {
    let row = &network.instances[instance];
    let count = siblings(network, row).len();
    let plan = row.cluster.map(|id| network.short(id)).or_else(|| (*row.mig).map(|id| network.short(id)));
    match plan {
        Some(plan) if count > 1 => {
            finding.note(format!("`{plan}` has {count} instances; one stands for those made like it"))
        }
        _ => finding,
    }
}

fn siblings<'n>(network: &'n Network, row: &Instance) -> &'n [InstanceId] {
    match (row.cluster, *row.mig) {
        (Some(cluster), _) => &network.clusters[cluster].instances,
        // Of a group that is only named, nobody knows which instances it has.
        (None, Some(mig)) => network.migs[mig].instances.known().map_or(&[], Vec::as_slice),
        (None, None) => &[],
    }
}

/// Whether two instances are known to be the same but for their names, addresses and zones.
fn alike(network: &Network, a: &Instance, b: &Instance) -> bool {
    let (Some(mine), Some(theirs)) = (a.nics.known(), b.nics.known()) else { return false };
    a.machine.is_known_as(&b.machine)
        && a.can_ip_forward.is_known_as(&b.can_ip_forward)
        && a.on_host_maintenance.is_known_as(&b.on_host_maintenance)
        && mine.len() == theirs.len()
        && mine.iter().zip(theirs).all(|(one, other)| nics_alike(&network.nics[*one], &network.nics[*other]))
}

/// Whether both are known and alike in what matters of them.
fn both<T>(a: &Stated<T>, b: &Stated<T>, matters: impl Fn(&T) -> bool) -> bool {
    a.known().zip(b.known()).is_some_and(|(a, b)| matters(a) == matters(b))
}

fn nics_alike(a: &Nic, b: &Nic) -> bool {
    a.nic_type.is_known_as(&b.nic_type)
        && a.vpc.is_known_as(&b.vpc)
        && a.subnet.is_known_as(&b.subnet)
        && a.external.is_known_as(&b.external)
        && both(&a.aliases, &b.aliases, Vec::is_empty)
        && a.dynamic.is_known_as(&b.dynamic)
        && both(&a.attachment, &b.attachment, Option::is_some)
        && a.rail.is_known_as(&b.rail)
}
