//! Would the API take what a mover of virtual IPs asks of it?

use twinrail_facts::keys;

use crate::admit::Admission;
use crate::finding::{Refusal, RefusalReason};
use crate::id::VpcId;
use crate::instance::Mig;
use crate::platform::{Feature, View};

/// The profile of a network allows a feature that a request needs.
pub fn profile_allows(view: &View<'_>, vpc: VpcId, feature: Feature, method: &'static str) -> Admission {
    let profile = view.profile(vpc)?;
    if profile.allows(view.facts, feature)? {
        return Ok(None);
    }
    let message = format!("{} is off in the profile of this {}", feature.api_name(), profile.title);
    Ok(Some(Refusal { reason: RefusalReason::Invalid, method, message }))
}

/// A group that keeps addresses for its instances is not autoscaled.
pub fn group_may_autoscale(view: &View<'_>, mig: &Mig) -> Admission {
    if !*mig.autoscaled || mig.stateful_addresses.is_empty() || view.facts.get(keys::mig::STATEFUL_AUTOSCALING) {
        return Ok(None);
    }
    Ok(Some(Refusal {
        reason: RefusalReason::Invalid,
        method: "autoscalers.insert",
        message: "a managed instance group with stateful addresses cannot be autoscaled".to_owned(),
    }))
}
