//! An instance with a NIC in a subnet of another region: subnets are regional, so creating it fails.

use twinrail_model::{Answer, Class, Finding, InstanceId, Judged, Network, Place, View, admit};

use crate::rule::{Judge, Rule};
use crate::siblings;

pub const RULE: Rule = Rule {
    code: "instance-outside-region-of-subnet",
    class: Class::Refused,
    page: include_str!("../../pages/instance-outside-region-of-subnet.md"),
    judge: Judge::Instance(judge),
};

fn judge(view: &View<'_>, id: InstanceId) -> Judged {
    let network = view.network;
    let instance = &network.instances[id];
    if instance.is_template || siblings::repeats_sibling(network, id) {
        return Ok(Answer::NotApplicable);
    }
    for nic in &instance.nics {
        let row = &network.nics[*nic];
        // A PSC interface has a rule of its own, which looks at its attachment.
        if row.attachment.is_some() {
            continue;
        }
        let Some(refusal) = admit::nic::in_region_of_subnet(view, instance, row)? else { continue };
        let subnet = row.subnet.get()?;
        let zone = instance.zone.get()?;
        let finding = Finding::new(
            Place::field(*nic, "subnetwork"),
            format!(
                "{} is in zone {zone}, and subnet `{}` of its {} is of region {}",
                network.short(id),
                network.short(subnet),
                row.label(),
                network.subnets[subnet].region.get()?
            ),
        )
        .label("a subnet of another region")
        .also(Place::field(id, "zone"), format!("in {}", Network::region_of(&zone)))
        .also(Place::field(subnet, "region"), "its region")
        .help("take a subnet of the instance's region, or a zone of the subnet's")
        .refused(refusal);
        return Ok(siblings::count_note(finding, network, id).into());
    }
    Ok(if instance.nics.is_empty() { Answer::NotApplicable } else { Answer::Holds })
}
