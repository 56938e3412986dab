//! IP packets that get from the TCP rail to RDMA NICs of a cluster, or from these to the TCP rail: the rails are meant to be two networks.

use twinrail_model::{Answer, Class, ClusterId, EntityId, Field, InstanceId, Judged, Known, Rail, Situation, View};
use twinrail_reach::intent::{Demand, Proof, Scene, Sent, Violation};
use twinrail_reach::{End, Plane, Sender, nics_on, pairs};

use crate::named::speaks;
use crate::rule::{Judge, Rule, Walk};
use crate::walks::{self, About};

pub const RULE: Rule = Rule {
    code: "rails-joined",
    class: Class::Broken,
    page: include_str!("../../pages/rails-joined.md"),
    judge: Judge::Walk(Walk::Cluster(judge)),
};

fn judge(view: &View<'_>, plane: &Plane<'_>, cluster: ClusterId) -> Judged {
    let network = view.network;
    let row = &network.clusters[cluster];
    let ours = on_rail(plane, row.instances.iter().copied(), Rail::Rdma)?;
    let peerings: Vec<EntityId> = network.peerings.ids().map(EntityId::from).collect();
    if ours.is_empty() || speaks(view, plane, "peering-of-rdma-network", &peerings) {
        return Ok(Answer::NotApplicable);
    }
    let described = network.instances.iter().filter(|(_, row)| row.known == Known::Here && !row.is_template);
    let theirs = on_rail(plane, described.map(|(id, _)| id), Rail::Tcp)?;
    let mut proof = Proof { situations: 1, traffic: vec!["IP on every port".to_owned()], ..Proof::default() };
    let scene = Scene { plane, facts: view.facts, situation: &Situation::default() };
    let demand = Demand::Never { sent: Sent::Ip, but: Vec::new() };
    let mut lacking = None;
    for (from, to) in [(&theirs, &ours), (&ours, &theirs)] {
        let senders: Vec<Sender> = from.iter().map(|(sender, _)| *sender).collect();
        let ends: Vec<End> = to.iter().map(|(_, end)| *end).collect();
        let asked = pairs(plane, &senders, &ends);
        proof.pairs += asked.iter().map(|pair| pair.stands_for).sum::<u64>();
        match scene.ask(&asked, &demand) {
            Ok(None) => {}
            Ok(Some(why)) => {
                let violation = Violation { situation: Situation::default(), why };
                return Ok(finding(view, cluster, &violation));
            }
            Err(hole) => lacking = lacking.or(Some(hole)),
        }
    }
    lacking.map_or_else(|| Ok(Answer::Proved(walks::lines(&proof))), Err)
}

/// The NICs of instances on a rail, as senders and as ends.
fn on_rail(plane: &Plane<'_>, instances: impl Iterator<Item = InstanceId>, rail: Rail) -> Field<Vec<(Sender, End)>> {
    let mut found = Vec::new();
    for instance in instances {
        let ends = nics_on(plane, instance, rail)?.into_iter().map(End::Nic);
        found.extend(ends.map(|end| (Sender::Guest { instance, bound: Some(end) }, end)));
    }
    Ok(found)
}

fn finding(view: &View<'_>, cluster: ClusterId, violation: &Violation) -> Answer {
    let about = About {
        network: view.network,
        place: cluster.into(),
        claim: format!("the RDMA rail of `{}` is joined to a TCP rail", view.network.short(cluster)),
        label: "its rails".to_owned(),
    };
    let finding = walks::finding(&about, violation);
    finding.help("put the rails into two networks, and no peering or route between them").into()
}
