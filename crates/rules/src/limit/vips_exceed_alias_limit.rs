//! More VIPs than the NICs of the surviving instances can hold as alias ranges, when as many instances are lost as the service tolerates.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, ClusterId, Finding, Judged, Place, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "vips-exceed-alias-limit",
    class: Class::Broken,
    page: include_str!("../../pages/vips-exceed-alias-limit.md"),
    judge: Judge::Cluster(judge),
};

#[expect(clippy::unnecessary_wraps, reason = "every rule is judged by a function of this form")]
fn judge(view: &View<'_>, cluster: ClusterId) -> Judged {
    let network = view.network;
    let loads = admit::limit::alias_load(network, cluster);
    if loads.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let limit = view.facts.get(keys::limits::ALIAS_RANGES_PER_NIC);
    let over = loads.iter().find(|load| load.per_nic() > limit);
    let Some((load, pool)) = over.and_then(|load| Some((load, load.pools.first()?))) else { return Ok(Answer::Holds) };
    let name = network.short(cluster);
    let message = format!(
        "with {} of {} instances of `{name}` lost, a NIC has to hold {} alias ranges; it holds {limit}",
        load.lost,
        load.instances,
        load.per_nic()
    );
    let own = if load.own > 0 { format!(" + {} of its own", load.own) } else { String::new() };
    let arithmetic = format!(
        "{} VIPs / ({} instances - {} lost) = {} each, rounded up{own}",
        load.vips,
        load.instances,
        load.lost,
        load.per_nic() - load.own
    );
    let mut finding = Finding::new(Place::field(*pool, "count"), message)
        .label(format!("{} VIPs", network.vips[*pool].count))
        .also(Place::field(cluster, "service/tolerates"), format!("{} instances may be lost", load.lost))
        .help("use fewer VIPs or more instances; even spreading is the best case, so leave room")
        .note(arithmetic);
    if network.clusters[cluster].service.tolerates.is_none() {
        finding = finding.note("the model does not say how many losses the service tolerates: one is assumed");
    }
    for other in load.pools.iter().skip(1) {
        finding = finding.also(Place::field(*other, "count"), format!("{} VIPs more", network.vips[*other].count));
    }
    Ok(finding.into())
}
