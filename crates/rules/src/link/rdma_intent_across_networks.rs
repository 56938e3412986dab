//! The user wants two parties to reach one another by RDMA, and no RDMA network has NICs of both.

use std::collections::BTreeSet;

use twinrail_model::{
    Answer, Ask, Class, ClusterId, Field, Finding, How, Judged, Network, Party, Rail, Reach, View, VpcId,
};

use crate::rdma;
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "rdma-intent-across-networks",
    class: Class::Broken,
    page: include_str!("../../pages/rdma-intent-across-networks.md"),
    judge: Judge::Cluster(judge),
};

fn judge(view: &View<'_>, cluster: ClusterId) -> Judged {
    let mut answer = Answer::NotApplicable;
    for intent in view.network.intents.rows() {
        let Ask::Reach { reach: Reach::Reaches(from), to, how: How { rail: Some(Rail::Rdma), .. }, .. } = &intent.ask
        else {
            continue;
        };
        if subject(view.network, from, to) != Some(cluster) {
            continue;
        }
        let (Some(ours), Some(theirs)) = (of_party(view, from)?, of_party(view, to)?) else { continue };
        if ours.is_disjoint(&theirs) {
            return Ok(finding(view, cluster, &intent.text, &ours, &theirs).into());
        }
        answer = Answer::Holds;
    }
    Ok(answer)
}

/// The cluster that answers for an intent: the first one that it is about.
fn subject(network: &Network, from: &Party, to: &Party) -> Option<ClusterId> {
    [from, to].into_iter().find_map(|party| match party {
        Party::Cluster(cluster) => Some(*cluster),
        Party::Vips(pool) => Some(network.vips[*pool].over),
        Party::Instance(instance) => network.instances[*instance].cluster,
        Party::Clients(_) | Party::Internet => None,
    })
}

/// The RDMA networks of a party; `None` for a party without NICs.
fn of_party(view: &View<'_>, party: &Party) -> Field<Option<BTreeSet<VpcId>>> {
    match party {
        Party::Cluster(cluster) => rdma::of_instances(view, &view.network.clusters[*cluster].instances).map(Some),
        Party::Clients(clients) => rdma::of_clients(view, *clients).map(Some),
        Party::Vips(pool) => rdma::of_nics(view, view.network.vip_nics(*pool)).map(Some),
        Party::Instance(instance) => rdma::of_instances(view, &[*instance]).map(Some),
        Party::Internet => Ok(None),
    }
}

fn finding(
    view: &View<'_>,
    cluster: ClusterId,
    text: &str,
    ours: &BTreeSet<VpcId>,
    theirs: &BTreeSet<VpcId>,
) -> Finding {
    let finding = Finding::new(
        cluster,
        format!("`{text}` cannot be: the first is in {}, the second in {}", rdma::words(view, ours), rdma::words(view, theirs)),
    )
    .label("no RDMA network in common")
    .help("give both sides RDMA NICs of one type in one RDMA network, or ask for the tcp rail")
    .note("RDMA reaches only between RDMA NICs of one network; no peering, route or PSC link carries it from one to another");
    ours.union(theirs).fold(finding, |finding, vpc| finding.also(*vpc, "an RDMA network of one side"))
}
