//! What the findings about a feature that a network's profile blocks have in common. Not here: which features, and where they are used.

use twinrail_model::{Feature, Finding, Judged, Refusal, View, VpcId};

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
