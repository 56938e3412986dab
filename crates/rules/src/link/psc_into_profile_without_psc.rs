//! A network attachment in a network whose profile has no Private Service Connect.

use twinrail_model::{Answer, AttachmentId, Class, Finding, Judged, Network, Place, View, VpcId, admit};

use crate::rule::{Judge, Rule};
use crate::words;

pub const RULE: Rule = Rule {
    code: "psc-into-profile-without-psc",
    class: Class::Refused,
    page: include_str!("../../pages/psc-into-profile-without-psc.md"),
    judge: Judge::Attachment(judge),
};

fn judge(view: &View<'_>, attachment: AttachmentId) -> Judged {
    let network = view.network;
    if network.attachments[attachment].subnets.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let Some(refusal) = admit::link::profile_takes_attachment(view, attachment)? else { return Ok(Answer::Holds) };
    let vpc = admit::link::network_behind(network, attachment)?;
    let profile = view.profile(vpc)?;
    let finding = Finding::new(
        Place::field(attachment, "subnetworks"),
        format!(
            "the network attachment `{}` leads to `{}`, a {} without Private Service Connect",
            network.short(attachment),
            network.short(vpc),
            profile.title
        ),
    )
    .label(format!("for {}", words::count(network.nics_through(attachment).count(), "PSC interface")))
    .also(Place::field(vpc, "networkProfile"), format!("a {}", profile.title))
    .help("join an ordinary network of the consumer, or put the instances' own RDMA NICs into this one")
    .refused(refusal);
    Ok(walk(finding, network, attachment, vpc).into())
}

/// From the first interface through the attachment into the network.
fn walk(finding: Finding, network: &Network, attachment: AttachmentId, vpc: VpcId) -> Finding {
    let first = network.nics_through(attachment).next().map(|(nic, _)| nic);
    let finding = match first {
        Some(nic) => finding.step(nic, format!("{} is a PSC interface", network.short(nic))),
        None => finding,
    };
    let finding = finding.step(attachment, format!("its network attachment is `{}`", network.short(attachment)));
    let subnet = network.attachments[attachment].subnets.first().copied();
    let finding = match subnet {
        Some(subnet) => finding.step(subnet, format!("which leads into subnet `{}`", network.short(subnet))),
        None => finding,
    };
    finding.step(vpc, format!("of network `{}`", network.short(vpc)))
}
