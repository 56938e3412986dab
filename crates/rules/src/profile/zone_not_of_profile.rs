//! An instance in another zone than the profile of a network that it has a NIC in.

use twinrail_model::{Answer, Class, Finding, Judged, NicId, Place, View, admit};

use crate::blocked::{named, network_with_profile};
use crate::rule::{Judge, Rule};
use crate::siblings;

pub const RULE: Rule = Rule {
    code: "zone-not-of-profile",
    class: Class::Refused,
    page: include_str!("../../pages/zone-not-of-profile.md"),
    judge: Judge::Nic(judge),
};

fn judge(view: &View<'_>, nic: NicId) -> Judged {
    let row = &view.network.nics[nic];
    let instance = &view.network.instances[row.instance];
    // The zone of a PSC interface is a matter of its attachment.
    if instance.is_template || row.attachment.is_some() {
        return Ok(Answer::NotApplicable);
    }
    let Some(vpc) = network_with_profile(view, nic)? else { return Ok(Answer::NotApplicable) };
    let Some(zone) = view.profile_zone(vpc)? else { return Ok(Answer::NotApplicable) };
    if earlier_nic_in(view, nic) || siblings::repeats_sibling(view.network, row.instance) {
        return Ok(Answer::NotApplicable);
    }
    let Some(refusal) = admit::nic::zone_fits_profile(view, instance, row)? else { return Ok(Answer::Holds) };
    let here = instance.zone.get()?;
    let message = format!(
        "{} is in zone {here}, and its NIC is in {}, which is of zone {zone}",
        view.network.short(row.instance),
        named(view, vpc)
    );
    let finding = Finding::new(Place::field(row.instance, "zone"), message)
        .label(format!("not {zone}"))
        .also(Place::field(vpc, "networkProfile"), format!("of zone {zone}"))
        .help(format!("put the instance into {zone}, or make an RDMA network with the profile of {here}"))
        .refused(refusal);
    Ok(siblings::count_note(finding, view.network, row.instance).into())
}

/// Eight NICs in one network in the wrong zone are one mistake.
fn earlier_nic_in(view: &View<'_>, nic: NicId) -> bool {
    let row = &view.network.nics[nic];
    let nics = &view.network.instances[row.instance].nics;
    nics.iter().take_while(|other| **other != nic).any(|other| {
        let other = &view.network.nics[*other];
        other.vpc == row.vpc && other.attachment.is_none()
    })
}
