//! A cluster whose address pool lies, wholly or in part, outside the primary ranges of its NICs' subnets.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, ClusterId, Finding, Judged, Place, Refusal, RefusalReason, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "pool-outside-subnet",
    class: Class::Refused,
    page: include_str!("../../pages/pool-outside-subnet.md"),
    judge: Judge::Cluster(judge),
};

fn judge(view: &View<'_>, cluster: ClusterId) -> Judged {
    let network = view.network;
    let row = &network.clusters[cluster];
    let Some(pool) = &row.pool else { return Ok(Answer::NotApplicable) };
    if admit::address::pool_subnet(network, cluster)?.is_some() {
        return Ok(Answer::Holds);
    }
    if !view.facts.get(keys::address::NIC_PRIMARY_FROM_PRIMARY_RANGE) {
        return Ok(Answer::Holds);
    }
    let name = network.short(cluster);
    let message = format!("the pool {} of `{name}` is not within a primary range of its NICs' subnets", pool.span);
    let refusal = Refusal {
        reason: RefusalReason::Invalid,
        method: "instances.insert",
        message: format!("addresses of {} are outside the subnet of every NIC of `{name}`", pool.span),
    };
    let mut finding = Finding::new(Place::field(cluster, "addresses/pool"), message)
        .label("outside")
        .help("take the pool from the primary range of the subnet whose NIC is to have these addresses")
        .refused(refusal);
    let mut subnets: Vec<_> = row.nics.iter().map(|nic| nic.subnet).collect();
    subnets.sort_unstable();
    subnets.dedup();
    for subnet in subnets {
        if let Some(range) = network.subnets[subnet].range.get()? {
            finding = finding.also(Place::field(subnet, "ipCidrRange"), format!("a NIC is in {range}"));
        }
    }
    Ok(finding.into())
}
