//! What the findings about a feature that a network's profile blocks have in common. Not here: which features, and where they are used.

use twinrail_model::{Feature, Field, Finding, Judged, Known, NicId, Refusal, View, VpcId};

/// A finding that points at the network, and names the field of its profile that answers.
pub(crate) fn by_profile(view: &View<'_>, vpc: VpcId, feature: Feature, refusal: Refusal, finding: Finding) -> Judged {
    let profile = view.profile(vpc)?;
    Ok(finding
        .also(vpc, format!("this network is a {}", profile.title))
        .note(format!("`{}` of the network profile answers for this", feature.api_name()))
        .refused(refusal)
        .into())
}

/// A network with its kind, such as a Falcon VPC network, and its name in backticks.
pub(crate) fn named(view: &View<'_>, vpc: VpcId) -> String {
    match view.profile(vpc) {
        Ok(profile) => format!("{} `{}`", profile.title, view.network.short(vpc)),
        Err(_) => format!("network `{}`", view.network.short(vpc)),
    }
}

/// The network of a NIC, if it has a profile. A NIC that does not say that it is an RDMA NIC, in a network that is only named in the input,
/// is taken for an ordinary one: imports are full of them, and asking each for its network's profile would drown what matters.
pub(crate) fn network_with_profile(view: &View<'_>, nic: NicId) -> Field<Option<VpcId>> {
    let row = &view.network.nics[nic];
    let vpc = row.vpc.get()?;
    let network = &view.network.vpcs[vpc];
    let says_rdma = matches!(&*row.nic_type, Ok(Some(kind)) if kind.is_rdma());
    if !says_rdma && network.known == Known::Outside && network.profile.known().is_none() {
        return Ok(None);
    }
    Ok((!view.profile(vpc)?.is_ordinary()).then_some(vpc))
}
