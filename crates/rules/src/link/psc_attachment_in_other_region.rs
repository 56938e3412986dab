//! A PSC interface joins through an attachment of another region than its instance's.

use twinrail_model::{AttachmentId, Class, Finding, Judged, Network, NicId, Place, View, admit};

use crate::gather::{Refused, gather};
use crate::rule::{Judge, Rule};
use crate::words;

pub const RULE: Rule = Rule {
    code: "psc-attachment-in-other-region",
    class: Class::Refused,
    page: include_str!("../../pages/psc-attachment-in-other-region.md"),
    judge: Judge::Attachment(judge),
};

fn judge(view: &View<'_>, attachment: AttachmentId) -> Judged {
    let nics = view.network.nics_through(attachment).map(|(nic, _)| nic);
    let admit = |nic| {
        let row = &view.network.nics[nic];
        admit::link::attachment_in_region(view, &view.network.instances[row.instance], row)
    };
    gather(nics, admit).judged(|refused| finding(view, attachment, refused))
}

fn finding(view: &View<'_>, attachment: AttachmentId, refused: &Refused<NicId>) -> Finding {
    let network = view.network;
    let instance = network.nics[refused.first].instance;
    let zone = network.instances[instance].zone.get().unwrap_or_default();
    let region = network.attachments[attachment].region.get().unwrap_or_default();
    Finding::new(
        Place::field(attachment, "region"),
        format!(
            "the network attachment `{}` is in {region}, and {} to it from another region",
            network.short(attachment),
            words::verb(refused.count, "PSC interface", "comes", "come")
        ),
    )
    .label(format!("region {region}"))
    .also(instance, format!("zone {zone}"))
    .help(format!("make the attachment, and its subnet, in {}", Network::region_of(&zone)))
}
