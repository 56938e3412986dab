//! A cluster with more instances, now or when it has grown, than its address pool has addresses.

use twinrail_model::{Answer, Class, ClusterId, Finding, Judged, Place, View};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "pool-smaller-than-cluster",
    class: Class::Broken,
    page: include_str!("../../pages/pool-smaller-than-cluster.md"),
    judge: Judge::Cluster(judge),
};

#[expect(clippy::unnecessary_wraps, reason = "every rule is judged by a function of this form")]
fn judge(view: &View<'_>, cluster: ClusterId) -> Judged {
    let row = &view.network.clusters[cluster];
    let Some(pool) = &row.pool else { return Ok(Answer::NotApplicable) };
    let wanted = row.grows_to.map_or(row.count, |size| size.max(row.count));
    let there = pool.span.count();
    if wanted <= there {
        return Ok(Answer::Holds);
    }
    let name = view.network.short(cluster);
    let (message, field) = if row.count > there {
        (format!("`{name}` has {} instances and a pool of {there} addresses", row.count), "count")
    } else {
        (format!("`{name}` is to grow to {wanted} instances, and its pool has {there} addresses"), "grows-to")
    };
    let finding = Finding::new(Place::field(cluster, "addresses/pool"), message)
        .label(format!("{there} addresses"))
        .also(Place::field(cluster, field), format!("{wanted} instances"))
        .help(format!("widen the pool to at least {wanted} addresses"))
        .note(format!("{wanted} instances - {there} addresses of {} = {} short", pool.span, wanted - there));
    Ok(finding.into())
}
