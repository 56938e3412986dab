//! A peering of a network whose RDMA profile takes none.

use twinrail_model::{Answer, Class, Finding, Judged, Network, PeeringId, View, admit};

use crate::gather::gather;
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "peering-of-rdma-network",
    class: Class::Refused,
    page: include_str!("../../pages/peering-of-rdma-network.md"),
    judge: Judge::Peering(judge),
};

fn judge(view: &View<'_>, peering: PeeringId) -> Judged {
    let network = view.network;
    let row = &network.peerings[peering];
    let peer = row.peer.get()?;
    // The two sides of one link are one mistake.
    let other_side = other_side(network, peering);
    if other_side.is_some_and(|other| other > peering) {
        return Ok(Answer::NotApplicable);
    }
    gather([row.vpc, peer], |vpc| admit::link::profile_takes_peering(view, vpc)).judged(|refused| {
        let rdma = refused.first;
        let other = if rdma == row.vpc { peer } else { row.vpc };
        let title = view.profile(rdma).map(|profile| profile.title.clone()).unwrap_or_default();
        let finding = Finding::new(
            peering,
            format!("`{}` is a {title}, which cannot be peered with `{}`", network.short(rdma), network.short(other)),
        )
        .label("a peering of an RDMA network")
        .also(rdma, format!("a {title}"))
        .help("peer the ordinary networks of the two sides; RDMA reaches only between NICs of one RDMA network");
        other_side.into_iter().fold(finding, |finding, side| finding.also(side, "the other side of the same peering"))
    })
}

fn other_side(network: &Network, peering: PeeringId) -> Option<PeeringId> {
    let row = &network.peerings[peering];
    let mut sides = network.peerings.iter();
    sides.find(|(_, side)| row.peer == Ok(side.vpc) && side.peer == Ok(row.vpc)).map(|(id, _)| id)
}
