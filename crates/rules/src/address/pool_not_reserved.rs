//! A cluster whose address pool is not reserved, so that another resource of the subnet can be given one of its addresses.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, ClusterId, Finding, Judged, Place, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "pool-not-reserved",
    class: Class::Risk,
    page: include_str!("../../pages/pool-not-reserved.md"),
    judge: Judge::Cluster(judge),
};

fn judge(view: &View<'_>, cluster: ClusterId) -> Judged {
    let network = view.network;
    let row = &network.clusters[cluster];
    let Some(pool) = &row.pool else { return Ok(Answer::NotApplicable) };
    if pool.reserved {
        return Ok(Answer::Holds);
    }
    let Some(subnet) = admit::address::pool_subnet(network, cluster)? else { return Ok(Answer::NotApplicable) };
    let reserved = admit::address::reserved_in(network, &pool.span);
    if reserved >= pool.span.count() || !view.facts.get(keys::address::UNRESERVED_MAY_BE_TAKEN) {
        return Ok(Answer::Holds);
    }
    let (name, subnet_name) = (network.short(cluster), network.short(subnet));
    let finding = Finding::new(
        Place::field(cluster, "addresses/reserved"),
        format!("the pool {} of `{name}` is not reserved", pool.span),
    )
    .label("free for any new resource of the subnet")
    .also(subnet, format!("whatever is made in `{subnet_name}` without an address may get one of the pool"))
    .help("set `reserved: true`, and make a reservation for each address of the pool")
    .note(format!("{reserved} of {} addresses are reserved", pool.span.count()));
    Ok(finding.into())
}
