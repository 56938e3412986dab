//! The service account of a cluster lacks a permission that its mover or its fence needs.

use std::collections::BTreeSet;

use twinrail_facts::{Bool, Names, keys};
use twinrail_model::{Answer, Class, ClusterId, Fence, Field, Finding, Judged, Place, View};

use crate::rule::{Judge, Rule};
use crate::words;

pub const RULE: Rule = Rule {
    code: "mover-permission-missing",
    class: Class::Broken,
    page: include_str!("../../pages/mover-permission-missing.md"),
    judge: Judge::Cluster(judge),
};

fn judge(view: &View<'_>, cluster: ClusterId) -> Judged {
    let network = view.network;
    let row = &network.clusters[cluster];
    let Some(named) = &row.permissions else { return Ok(Answer::NotApplicable) };
    let needed = needed(view, cluster)?;
    if needed.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let missing: Vec<&str> =
        needed.into_iter().filter(|permission| !named.iter().any(|name| name == permission)).collect();
    if missing.is_empty() {
        return Ok(Answer::Holds);
    }
    let finding = Finding::new(
        Place::field(cluster, "permissions"),
        format!("the service account of `{}` is without {}", network.short(cluster), words::list(&missing)),
    )
    .label("the permissions that are named")
    .help("add them to the role of the service account: without them the first failover fails with 403");
    let finding = row.vips.iter().fold(finding, |finding, pool| {
        finding.also(Place::field(*pool, "mover"), format!("{} calls the Compute API", network.vips[*pool].mover.kind))
    });
    Ok(finding.into())
}

/// What the movers that run on the nodes need, and with them the fence.
fn needed<'a>(view: &View<'a>, cluster: ClusterId) -> Field<BTreeSet<&'a str>> {
    let row = &view.network.clusters[cluster];
    let mut needed: BTreeSet<&str> = BTreeSet::new();
    for pool in &row.vips {
        let kind = view.network.vips[*pool].mover.kind;
        if kind.fact::<Bool>(view.facts, "api-from-nodes")? {
            needed.extend(kind.fact::<Names>(view.facts, "permissions")?.iter().map(String::as_str));
        }
    }
    if !needed.is_empty() {
        let fence = match row.service.fence {
            Some(Fence::Stop) => view.facts.get(keys::fence::STOP_PERMISSIONS),
            Some(Fence::Reset) => view.facts.get(keys::fence::RESET_PERMISSIONS),
            Some(Fence::None | Fence::Epoch) | None => &[],
        };
        needed.extend(fence.iter().map(String::as_str));
    }
    Ok(needed)
}
