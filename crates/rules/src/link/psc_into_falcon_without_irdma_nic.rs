//! A PSC interface into a Falcon network, of an instance that has no NIC for it.

use twinrail_model::{AttachmentId, Class, Finding, Judged, NicId, View, admit};

use crate::gather::{Refused, gather};
use crate::rule::{Judge, Rule};
use crate::words;

pub const RULE: Rule = Rule {
    code: "psc-into-falcon-without-irdma-nic",
    class: Class::Refused,
    page: include_str!("../../pages/psc-into-falcon-without-irdma-nic.md"),
    judge: Judge::Attachment(judge),
};

fn judge(view: &View<'_>, attachment: AttachmentId) -> Judged {
    let nics = view.network.nics_through(attachment).map(|(nic, _)| nic);
    let admit = |nic| {
        let (nics, place) = view.network.nics_beside(nic);
        admit::link::falcon_joined_by_its_nic(view, &nics, place)
    };
    gather(nics, admit).judged(|refused| finding(view, attachment, refused))
}

fn finding(view: &View<'_>, attachment: AttachmentId, refused: &Refused<NicId>) -> Finding {
    let network = view.network;
    let joined = admit::link::network_behind(network, attachment).map(|vpc| network.short(vpc)).unwrap_or_default();
    let instance = network.nics[refused.first].instance;
    Finding::new(
        refused.first,
        format!(
            "{} the Falcon network `{joined}` through `{}` without an RDMA NIC for it",
            words::verb(refused.count, "instance", "joins", "join"),
            network.short(attachment)
        ),
    )
    .label("a PSC interface into a Falcon network")
    .also(attachment, "the door to that network")
    .also(instance, "none of its NICs is of a type that the network takes")
    .help("use a machine type with IRDMA NICs and make the interface one of them, or join an ordinary network of the consumer")
}
