//! Would the API take this NIC?

use crate::admit::Admission;
use crate::finding::{Refusal, RefusalReason};
use crate::id::NicId;
use crate::platform::{Feature, View};

/// The NIC's type is one that the profile of its network takes.
pub fn type_fits_profile(view: &View<'_>, nic: NicId) -> Admission {
    let row = &view.network.nics[nic];
    let Some(nic_type) = row.nic_type.clone()? else { return Ok(None) };
    let vpc = row.vpc.clone()?;
    let profile = view.profile(vpc)?;
    let types = profile.lists(view.facts, Feature::InterfaceTypes)?;
    if types.iter().any(|word| word == nic_type.word()) {
        return Ok(None);
    }
    Ok(Some(Refusal {
        reason: RefusalReason::Invalid,
        method: "instances.insert",
        message: format!("{} takes NICs of type {}, not {nic_type}", profile.title, types.join(" or ")),
    }))
}
