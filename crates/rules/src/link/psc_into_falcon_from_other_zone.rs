//! A PSC interface into a Falcon network, of an instance in another zone.

use twinrail_model::{AttachmentId, Class, Finding, Judged, NicId, Place, View, admit};

use crate::gather::{Refused, gather};
use crate::rule::{Judge, Rule};
use crate::words;

pub const RULE: Rule = Rule {
    code: "psc-into-falcon-from-other-zone",
    class: Class::Refused,
    page: include_str!("../../pages/psc-into-falcon-from-other-zone.md"),
    judge: Judge::Attachment(judge),
};

fn judge(view: &View<'_>, attachment: AttachmentId) -> Judged {
    let nics = view.network.nics_through(attachment).map(|(nic, _)| nic);
    let admit = |nic| {
        let row = &view.network.nics[nic];
        admit::link::falcon_joined_in_its_zone(view, &view.network.instances[row.instance], row)
    };
    gather(nics, admit).judged(|refused| finding(view, attachment, refused))
}

fn finding(view: &View<'_>, attachment: AttachmentId, refused: &Refused<NicId>) -> Finding {
    let network = view.network;
    let nic = &network.nics[refused.first];
    let zone = network.instances[nic.instance].zone.get().unwrap_or_default();
    let vpc = nic.vpc.get();
    let of_profile = vpc.clone().and_then(|vpc| view.profile_zone(vpc)).ok().flatten().unwrap_or_default();
    let joined = vpc.clone().map(|vpc| network.short(vpc)).unwrap_or_default();
    let finding = Finding::new(
        refused.first,
        format!(
            "{} from {zone} the Falcon network `{joined}`, which is in {of_profile}",
            words::verb(refused.count, "instance", "joins", "join"),
        ),
    )
    .label("a PSC interface into a Falcon network")
    .also(Place::field(nic.instance, "zone"), format!("zone {zone}"))
    .also(attachment, "the door to that network")
    .help(format!("place the instances in {of_profile}, or make a Falcon network with the profile of {zone}"));
    match vpc {
        Ok(vpc) => finding.also(Place::field(vpc, "networkProfile"), format!("the profile of {of_profile}")),
        Err(_) => finding,
    }
}
