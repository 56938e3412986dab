//! The nodes of a cluster call the Compute API to move addresses, and the model names no permission of theirs.

use twinrail_facts::{Bool, Names};
use twinrail_model::{Answer, Class, ClusterId, Finding, Judged, Place, View};

use crate::rule::{Judge, Rule};
use crate::words;

pub const RULE: Rule = Rule {
    code: "mover-permissions-not-named",
    class: Class::Risk,
    page: include_str!("../../pages/mover-permissions-not-named.md"),
    judge: Judge::Cluster(judge),
};

fn judge(view: &View<'_>, cluster: ClusterId) -> Judged {
    let network = view.network;
    let row = &network.clusters[cluster];
    for pool in &row.vips {
        let kind = network.vips[*pool].mover.kind;
        if !kind.fact::<Bool>(view.facts, "api-from-nodes")? {
            continue;
        }
        if row.permissions.is_some() {
            return Ok(Answer::Holds);
        }
        let permissions = kind.fact::<Names>(view.facts, "permissions")?;
        let finding = Finding::new(
            cluster,
            format!("{kind} calls the Compute API from `{}`, whose permissions the model does not name", network.short(cluster)),
        )
        .label("no `permissions`")
        .also(Place::field(*pool, "mover"), "calls the Compute API from the nodes")
        .help("name the permissions of the cluster's service account, so that they can be checked against what the mover needs")
        .note(format!("needed at failover: {}", words::list(permissions)));
        return Ok(finding.into());
    }
    Ok(Answer::NotApplicable)
}
