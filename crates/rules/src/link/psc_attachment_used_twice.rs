//! Two PSC interfaces of one instance join through the same attachment of a network that takes several.

use twinrail_model::{AttachmentId, Class, Finding, Judged, NicId, View, admit};

use crate::gather::{Refused, gather};
use crate::rule::{Judge, Rule};
use crate::words;

pub const RULE: Rule = Rule {
    code: "psc-attachment-used-twice",
    class: Class::Refused,
    page: include_str!("../../pages/psc-attachment-used-twice.md"),
    judge: Judge::Attachment(judge),
};

fn judge(view: &View<'_>, attachment: AttachmentId) -> Judged {
    let nics = view.network.nics_through(attachment).map(|(nic, _)| nic);
    let admit = |nic| {
        let (nics, place) = view.network.nics_beside(nic);
        admit::link::psc_interface_has_its_own_attachment(view, &nics, place)
    };
    gather(nics, admit).judged(|refused| finding(view, attachment, refused))
}

fn finding(view: &View<'_>, attachment: AttachmentId, refused: &Refused<NicId>) -> Finding {
    let network = view.network;
    let nic = refused.first;
    let finding = Finding::new(
        nic,
        format!(
            "{} joins through the network attachment `{}`, which an earlier NIC of the instance uses already",
            network.short(nic),
            network.short(attachment)
        ),
    )
    .label("the same attachment again")
    .also(attachment, format!("used twice by {}", words::count(refused.count, "instance")))
    .help("make a network attachment for each PSC interface of an instance: several may lead to one subnet");
    let (nics, place) = network.nics_beside(nic);
    match admit::link::earlier_through_attachment(&nics, place) {
        Some(earlier) => finding.also(network.instances[network.nics[nic].instance].nics[earlier], "the earlier one"),
        None => finding,
    }
}
