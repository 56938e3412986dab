//! Whether the nodes of a managed instance group keep data on their local SSD that would be missed.

use twinrail_model::{ClusterId, InstanceId, MigId, View};

/// Whether a group's instances have local SSD with data that somebody relies on: that of a cluster that serves or protects data, or, where the
/// input knows no clusters, of machines without GPUs, which would use it as scratch space.
pub(crate) fn is_kept(view: &View<'_>, mig: MigId, member: InstanceId) -> bool {
    let Ok(machine) = view.machine(member) else { return false };
    let serves = cluster_of(view, mig).map(|cluster| {
        let row = &view.network.clusters[cluster];
        let service = &row.service;
        !row.vips.is_empty()
            || service.tolerates.is_some()
            || service.fence.is_some()
            || service.takeover_milliseconds.is_some()
    });
    // A shape for which the catalog names no local SSD has none that is known.
    if serves == Some(false) || machine.count(view.facts, "local-ssd-gib").unwrap_or(0) == 0 {
        return false;
    }
    serves == Some(true) || machine.count(view.facts, "gpus").unwrap_or(0) == 0
}

/// How many lost nodes the protection scheme of the group's cluster tolerates, where the model says.
pub(crate) fn tolerated(view: &View<'_>, mig: MigId) -> Option<u64> {
    view.network.clusters[cluster_of(view, mig)?].service.tolerates
}

fn cluster_of(view: &View<'_>, mig: MigId) -> Option<ClusterId> {
    view.network.clusters.iter().find(|(_, cluster)| cluster.mig == Some(mig)).map(|(id, _)| id)
}
