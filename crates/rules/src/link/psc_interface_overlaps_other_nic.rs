//! The address of a PSC interface lies, or may come to lie, in the subnet of another NIC of its instance.

use twinrail_model::{AttachmentId, Class, Finding, Judged, NicId, Place, View, admit};

use crate::gather::{Refused, gather};
use crate::rule::{Judge, Rule};
use crate::words;

pub const RULE: Rule = Rule {
    code: "psc-interface-overlaps-other-nic",
    class: Class::Refused,
    page: include_str!("../../pages/psc-interface-overlaps-other-nic.md"),
    judge: Judge::Attachment(judge),
};

fn judge(view: &View<'_>, attachment: AttachmentId) -> Judged {
    let nics = view.network.nics_through(attachment).map(|(nic, _)| nic);
    let admit = |nic| {
        let (nics, place) = view.network.nics_beside(nic);
        admit::link::psc_interface_is_apart(view, &nics, place)
    };
    gather(nics, admit).judged(|refused| finding(view, attachment, refused))
}

fn finding(view: &View<'_>, attachment: AttachmentId, refused: &Refused<NicId>) -> Finding {
    let network = view.network;
    let nic = refused.first;
    let range = |nic: NicId| {
        let range = network.nics[nic].subnet.get().and_then(|subnet| network.subnets[subnet].range.get());
        range.ok().flatten().map(|range| range.to_string()).unwrap_or_default()
    };
    let finding = Finding::new(
        Place::field(attachment, "subnetworks"),
        format!(
            "the subnet behind the network attachment `{}` overlaps the subnet of another NIC, and {} through it",
            network.short(attachment),
            words::verb(refused.count, "such instance", "joins", "join")
        ),
    )
    .label(format!("addresses from {}", range(nic)))
    .help("give the two networks ranges that do not overlap, or join through a subnet with another range");
    let (nics, place) = network.nics_beside(nic);
    let Ok(Some(other)) = admit::link::overlapped_by(network, &nics, place) else { return finding };
    let other = network.instances[network.nics[nic].instance].nics[other];
    let finding = match *network.nics[other].subnet {
        Ok(subnet) => {
            finding.also(Place::field(subnet, "ipCidrRange"), format!("{} has {}", network.short(other), range(other)))
        }
        Err(_) => finding,
    };
    finding.note(format!("{}: {}; {}: {}", network.short(nic), range(nic), network.short(other), range(other)))
}
