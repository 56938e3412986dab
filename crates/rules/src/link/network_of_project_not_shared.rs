//! An instance with a NIC in the network of another project, which is not shared with its own.

use twinrail_model::{Answer, Class, Finding, InstanceId, Judged, LinkKind, Place, View, admit};

use crate::rule::{Judge, Rule};
use crate::siblings;

pub const RULE: Rule = Rule {
    code: "network-of-project-not-shared",
    class: Class::Refused,
    page: include_str!("../../pages/network-of-project-not-shared.md"),
    judge: Judge::Instance(judge),
};

fn judge(view: &View<'_>, id: InstanceId) -> Judged {
    let network = view.network;
    let instance = &network.instances[id];
    // Dumps do not hold which projects are attached to a host; only a model file says it, by its links.
    if instance.cluster.is_none() || siblings::repeats_sibling(network, id) {
        return Ok(Answer::NotApplicable);
    }
    let mut applies = false;
    for nic in instance.nics.iter().filter(|nic| network.nics[**nic].attachment.is_none()) {
        let row = &network.nics[*nic];
        let vpc = row.vpc.get()?;
        let host = network.vpcs[vpc].project;
        if network.same_project(host, instance.project)? {
            continue;
        }
        applies = true;
        let shared = network.links.rows().iter().any(|link| {
            matches!(link.kind, LinkKind::SharedVpc { host: h, service } if h == host && service == instance.project)
        });
        let Some(refusal) = admit::nic::network_is_shared(view, instance, row, shared)? else { continue };
        let finding = Finding::new(
            Place::field(*nic, "subnetwork"),
            format!(
                "{} of project `{}` has {} in network `{}` of project `{}`, which is not shared with it",
                network.short(id),
                network.short(instance.project),
                row.label(),
                network.short(vpc),
                network.short(host)
            ),
        )
        .label("a network of another project")
        .also(vpc, "not shared")
        .help("declare a link with `shared-vpc:` and `used-by:`, or join the network by a PSC interface")
        .refused(refusal);
        return Ok(siblings::count_note(finding, network, id).into());
    }
    Ok(if applies { Answer::Holds } else { Answer::NotApplicable })
}
