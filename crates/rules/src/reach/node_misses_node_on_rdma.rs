//! Nodes of a cluster that do not reach one another on its RDMA rail.

use twinrail_model::{Answer, Ask, Class, ClusterId, How, Judged, Party, Rail, Reach, View};
use twinrail_reach::Plane;
use twinrail_reach::intent::{self, Judgement, Wish};

use crate::named::is_named;
use crate::rule::{Judge, Rule, Walk};
use crate::walks::{self, About};

pub const RULE: Rule = Rule {
    code: "node-misses-node-on-rdma",
    class: Class::Broken,
    page: include_str!("../../pages/node-misses-node-on-rdma.md"),
    judge: Judge::Walk(Walk::Cluster(judge)),
};

fn judge(view: &View<'_>, plane: &Plane<'_>, cluster: ClusterId) -> Judged {
    let network = view.network;
    let row = &network.clusters[cluster];
    if row.instances.len() < 2 || row.nics.iter().all(|nic| nic.rail != Rail::Rdma) || is_asked(view, cluster) {
        return Ok(Answer::NotApplicable);
    }
    let how = How { rail: Some(Rail::Rdma), port: None };
    let itself = Party::Cluster(cluster);
    let wish = Wish { reach: Reach::Reaches(itself), to: itself, how: &how, after: None };
    let judgement = intent::judge(plane, view.facts, &wish)?;
    if let Judgement::Violated(violation) = &judgement
        && is_named(view, plane, violation)
    {
        return Ok(Answer::NotApplicable);
    }
    let about = About {
        network,
        place: cluster.into(),
        claim: format!("the nodes of `{}` do not reach one another on the RDMA rail", network.short(cluster)),
        label: "its nodes have RDMA NICs".to_owned(),
    };
    Ok(walks::answer(&about, judgement))
}

/// Whether an intent asks the same, so that it says what is wrong.
fn is_asked(view: &View<'_>, cluster: ClusterId) -> bool {
    let itself = Party::Cluster(cluster);
    view.network.intents.rows().iter().any(|intent| match &intent.ask {
        Ask::Reach { reach: Reach::Reaches(from) | Reach::Only(from), to, how: How { rail, port: None }, .. } => {
            *from == itself && *to == itself && *rail != Some(Rail::Tcp)
        }
        _ => false,
    })
}
