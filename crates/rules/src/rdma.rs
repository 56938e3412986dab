//! Which RDMA networks NICs, instances and clients are in. Two parties reach one another by RDMA only if they have one in common.

use std::collections::BTreeSet;

use twinrail_model::{ClientGroupId, Field, InstanceId, NicId, View, VpcId};

use crate::words::list;

/// The RDMA networks among those of some NICs.
pub(crate) fn of_nics(view: &View<'_>, nics: impl IntoIterator<Item = NicId>) -> Field<BTreeSet<VpcId>> {
    let vpcs: Field<BTreeSet<VpcId>> = nics.into_iter().map(|nic| view.network.nics[nic].vpc.get()).collect();
    among(view, vpcs?)
}

pub(crate) fn of_instances(view: &View<'_>, instances: &[InstanceId]) -> Field<BTreeSet<VpcId>> {
    of_nics(view, instances.iter().flat_map(|instance| view.network.instances[*instance].nics.iter().copied()))
}

/// Of clients that are only counted, the network of their subnet.
pub(crate) fn of_clients(view: &View<'_>, clients: ClientGroupId) -> Field<BTreeSet<VpcId>> {
    let row = &view.network.clients[clients];
    if !row.is_abstract() {
        return of_instances(view, &row.instances);
    }
    if let Some(cluster) = row.cluster {
        return of_instances(view, &view.network.clusters[cluster].instances);
    }
    let vpcs: Field<BTreeSet<VpcId>> =
        row.subnet.iter().map(|subnet| view.network.subnets[*subnet].vpc.get()).collect();
    among(view, vpcs?)
}

fn among(view: &View<'_>, vpcs: BTreeSet<VpcId>) -> Field<BTreeSet<VpcId>> {
    let mut rdma = BTreeSet::new();
    for vpc in vpcs {
        if view.is_rdma(vpc)? {
            rdma.insert(vpc);
        }
    }
    Ok(rdma)
}

/// ``the Falcon VPC network `rdma` ``, or `no RDMA network`.
pub(crate) fn words(view: &View<'_>, networks: &BTreeSet<VpcId>) -> String {
    let phrase = |vpc: &VpcId| {
        let title = view.profile(*vpc).map_or("network", |profile| profile.title.as_str());
        format!("the {title} `{}`", view.network.short(*vpc))
    };
    let phrases: Vec<String> = networks.iter().map(phrase).collect();
    if phrases.is_empty() { "no RDMA network".to_owned() } else { list(&phrases) }
}
