//! Would the API take this link between networks: an attachment, a PSC interface, a peering?
//!
//! A PSC interface comes with its instance, so it is asked about among the rows of the instance's NICs, by its place there. Attachments and peerings are
//! named by their ids: no request of a running system makes them.

use ipnet::IpNet;
use twinrail_facts::{Bool, Facts, keys};

use crate::admit::Admission;
use crate::field::{Field, Hole, Place};
use crate::finding::{Refusal, RefusalReason};
use crate::id::{AttachmentId, ProjectId, VpcId};
use crate::instance::{Instance, Nic};
use crate::link::AttachmentPreference;
use crate::network::{Known, Network};
use crate::platform::{Feature, View};
use crate::range::overlap;

const INSERT: &str = "instances.insert";

fn invalid(method: &'static str, message: impl Into<String>) -> Refusal {
    Refusal { reason: RefusalReason::Invalid, method, message: message.into() }
}

/// The network that an attachment is the door to.
pub fn network_behind(network: &Network, attachment: AttachmentId) -> Field<VpcId> {
    let subnet = network.attachments[attachment].subnets.first();
    let subnet = subnet.ok_or(Hole::NotInInput(Place::field(attachment, "subnetworks")))?;
    network.subnets[*subnet].vpc.get()
}

/// The profile of the network behind an attachment takes attachments at all.
pub fn profile_takes_attachment(view: &View<'_>, attachment: AttachmentId) -> Admission {
    let profile = view.profile(network_behind(view.network, attachment)?)?;
    if profile.is_ordinary() || profile.allows(view.facts, Feature::Psc)? {
        return Ok(None);
    }
    let message = format!("a {} takes no network attachment: {} is off", profile.title, Feature::Psc.api_name());
    Ok(Some(invalid("networkAttachments.insert", message)))
}

/// The attachment of a PSC interface is in the region of its instance.
pub fn attachment_in_region(view: &View<'_>, instance: &Instance, nic: &Nic) -> Admission {
    let Some(attachment) = *nic.attachment else { return Ok(None) };
    if instance.is_template {
        return Ok(None);
    }
    let zone = instance.zone.get_ref()?;
    let region = view.network.attachments[attachment].region.get_ref()?;
    if Network::region_of(zone) == region || !view.facts.get(keys::psc::ATTACHMENT_IN_INSTANCE_REGION) {
        return Ok(None);
    }
    Ok(Some(invalid(
        INSERT,
        format!("a network attachment serves instances of its own region {region}, not of zone {zone}"),
    )))
}

/// A PSC interface is not the first NIC.
pub fn psc_interface_is_not_nic0(view: &View<'_>, nic: &Nic) -> Admission {
    if nic.attachment.is_none() || nic.index > 0 || view.facts.get(keys::psc::NIC0_ALLOWED) {
        return Ok(None);
    }
    Ok(Some(invalid(INSERT, "nic0 must be in a network of the producer")))
}

/// The place of another NIC of the instance whose subnet holds, or may come to hold, the address of the PSC interface at this place.
pub fn overlapped_by(network: &Network, nics: &[&Nic], place: usize) -> Field<Option<usize>> {
    let range = |nic: &Nic| -> Field<Option<IpNet>> { network.subnets[nic.subnet.get()?].range.get() };
    let own = match *nics[place].address {
        Ok(Some(address)) => Some(IpNet::from(address)),
        _ => range(nics[place])?,
    };
    let Some(own) = own else { return Ok(None) };
    for (other, nic) in nics.iter().enumerate().filter(|(other, _)| *other != place) {
        if range(nic)?.is_some_and(|theirs| overlap(&own, &theirs)) {
            return Ok(Some(other));
        }
    }
    Ok(None)
}

/// The address of a PSC interface is outside the subnets of the instance's other NICs.
pub fn psc_interface_is_apart(view: &View<'_>, nics: &[&Nic], place: usize) -> Admission {
    if nics[place].attachment.is_none() {
        return Ok(None);
    }
    let Some(other) = overlapped_by(view.network, nics, place)? else { return Ok(None) };
    if view.facts.get(keys::psc::ADDRESS_MAY_OVERLAP_OTHER_NICS) {
        return Ok(None);
    }
    let other = nics[other].label();
    Ok(Some(invalid(INSERT, format!("the address of a PSC interface may not lie in the subnet of {other}"))))
}

/// The attachment takes interfaces of instances of this project.
pub fn attachment_accepts(view: &View<'_>, attachment: AttachmentId, project: ProjectId) -> Admission {
    let row = &view.network.attachments[attachment];
    if row.preference.get()? == AttachmentPreference::Automatic {
        return Ok(None);
    }
    let Some(name) = view.network.projects[project].name.part("projects") else {
        return Err(Hole::NotInInput(Place::from(project)));
    };
    let (accepted, rejected) = (row.accepts.iter().any(|on| on == name), row.rejects.iter().any(|on| on == name));
    if accepted && (!rejected || !view.facts.get(keys::psc::REJECT_LIST_WINS)) {
        return Ok(None);
    }
    // A project stands on the lists by id or by number, and the input need not say which number is whose.
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !rejected && row.accepts.iter().any(|on| is_number(on) != is_number(name)) {
        return Err(Hole::NotUnderstood(Place::field(attachment, "producerAcceptLists")));
    }
    if !view.facts.get(keys::psc::CREATION_FAILS_UNLESS_ACCEPTED) {
        return Ok(None);
    }
    let lists = if rejected { "is on the reject list" } else { "is not on the accept list" };
    Ok(Some(invalid(INSERT, format!("project {name} {lists} of the network attachment"))))
}

/// The place of an earlier PSC interface of the instance that joins the same network.
pub fn earlier_in_network(nics: &[&Nic], place: usize) -> Field<Option<usize>> {
    for (earlier, other) in nics[..place].iter().enumerate() {
        if other.attachment.is_some() && other.vpc.get()? == nics[place].vpc.get()? {
            return Ok(Some(earlier));
        }
    }
    Ok(None)
}

fn several_in_one_network(view: &View<'_>, vpc: VpcId) -> Field<bool> {
    view.profile(vpc)?.get::<Bool>(view.facts, "psc-interfaces-per-instance-several")
}

/// No two PSC interfaces of an instance join one network, unless its profile takes that.
pub fn psc_interface_has_its_own_network(view: &View<'_>, nics: &[&Nic], place: usize) -> Admission {
    if nics[place].attachment.is_none() || earlier_in_network(nics, place)?.is_none() {
        return Ok(None);
    }
    let vpc = nics[place].vpc.get()?;
    if several_in_one_network(view, vpc)? {
        return Ok(None);
    }
    Ok(Some(invalid(INSERT, "an instance joins such a network with one PSC interface only")))
}

/// The place of an earlier PSC interface of the instance that joins through the same attachment.
pub fn earlier_through_attachment(nics: &[&Nic], place: usize) -> Option<usize> {
    let attachment = (*nics[place].attachment)?;
    nics[..place].iter().position(|earlier| earlier.attachment == Some(attachment))
}

/// No two PSC interfaces of an instance join through one attachment. Says nothing where they may not join one network in the first place.
pub fn psc_interface_has_its_own_attachment(view: &View<'_>, nics: &[&Nic], place: usize) -> Admission {
    if earlier_through_attachment(nics, place).is_none() {
        return Ok(None);
    }
    let vpc = nics[place].vpc.get()?;
    if !several_in_one_network(view, vpc)? || shares_attachment(view, vpc)? {
        return Ok(None);
    }
    Ok(Some(invalid(INSERT, "each PSC interface of an instance needs a network attachment of its own")))
}

fn shares_attachment(view: &View<'_>, vpc: VpcId) -> Field<bool> {
    let falcon = view.profile(vpc)?.id == FALCON;
    Ok(!view.facts.get(keys::psc::OWN_ATTACHMENT_PER_INTERFACE)
        || falcon && view.facts.get(keys::psc::ONE_ATTACHMENT_FOR_SEVERAL_FALCON_INTERFACES))
}

/// A PSC interface may hold alias ranges from this part of its subnet: a secondary range, or the primary one.
pub fn psc_interface_takes_alias(facts: &Facts<'_>, secondary: bool, method: &'static str) -> Admission {
    if !facts.get(keys::psc::ALIAS_RANGES_ALLOWED) {
        return Ok(Some(invalid(method, "a PSC interface has no alias ranges")));
    }
    if !secondary || facts.get(keys::psc::ALIAS_FROM_SECONDARY_ALLOWED) {
        return Ok(None);
    }
    Ok(Some(invalid(method, "alias ranges of a PSC interface come from the primary range of its subnet")))
}

/// The id of the profile whose networks have facts of their own about PSC interfaces.
const FALCON: &str = "falcon";

/// An instance that joins a Falcon network has a NIC that such a network takes.
pub fn falcon_joined_by_its_nic(view: &View<'_>, nics: &[&Nic], place: usize) -> Admission {
    let Some(vpc) = joins_falcon(view, nics[place])? else { return Ok(None) };
    let types = view.profile(vpc)?.lists(view.facts, Feature::InterfaceTypes)?;
    for other in nics {
        let nic_type = other.nic_type.get()?;
        if nic_type.is_some_and(|nic_type| types.iter().any(|word| word == nic_type.word())) {
            return Ok(None);
        }
    }
    if !view.facts.get(keys::psc::FALCON_NEEDS_IRDMA_NIC) {
        return Ok(None);
    }
    Ok(Some(invalid(INSERT, format!("only an instance with an {} NIC joins a Falcon network", types.join(" or ")))))
}

/// An instance that joins a Falcon network is in its zone.
pub fn falcon_joined_in_its_zone(view: &View<'_>, instance: &Instance, nic: &Nic) -> Admission {
    let Some(vpc) = joins_falcon(view, nic)? else { return Ok(None) };
    if instance.is_template {
        return Ok(None);
    }
    let zone = instance.zone.get_ref()?;
    let Some(of_profile) = view.profile_zone(vpc)?.filter(|of_profile| of_profile != zone) else { return Ok(None) };
    if !view.facts.get(keys::psc::FALCON_NEEDS_SAME_ZONE) {
        return Ok(None);
    }
    Ok(Some(invalid(INSERT, format!("a Falcon network of zone {of_profile} takes no instance of zone {zone}"))))
}

fn joins_falcon(view: &View<'_>, nic: &Nic) -> Field<Option<VpcId>> {
    if nic.attachment.is_none() {
        return Ok(None);
    }
    let vpc = nic.vpc.get()?;
    Ok((view.profile(vpc)?.id == FALCON).then_some(vpc))
}

/// The profile of a network takes a peering. A network that is only named in the input is taken for an ordinary one: it is another's to check.
pub fn profile_takes_peering(view: &View<'_>, vpc: VpcId) -> Admission {
    if view.network.vpcs[vpc].known == Known::Outside {
        return Ok(None);
    }
    let profile = view.profile(vpc)?;
    if profile.is_ordinary() || profile.allows(view.facts, Feature::VpcPeering)? {
        return Ok(None);
    }
    let message = format!("a {} cannot be peered: {} is off", profile.title, Feature::VpcPeering.api_name());
    Ok(Some(invalid("networks.addPeering", message)))
}
