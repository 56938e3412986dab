//! A VPC peering of a network whose profile blocks it.

use twinrail_model::{Answer, Class, Feature, Finding, Judged, PeeringId, View, VpcId, admit};

use crate::blocked::{self, named};
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "peering-on-rdma-network",
    class: Class::Refused,
    page: include_str!("../../pages/peering-on-rdma-network.md"),
    judge: Judge::Peering(judge),
};

fn judge(view: &View<'_>, peering: PeeringId) -> Judged {
    let row = &view.network.peerings[peering];
    let own = !view.profile(row.vpc)?.is_ordinary();
    // A peer that the input does not describe is judged where it is described.
    let peers = view.profile(row.peer).is_ok_and(|profile| !profile.is_ordinary());
    if !own && !peers || other_half_reports(view, peering, own, peers) {
        return Ok(Answer::NotApplicable);
    }
    for vpc in [(own, row.vpc), (peers, row.peer)].into_iter().filter_map(|(blocks, vpc)| blocks.then_some(vpc)) {
        if let Some(refusal) = admit::profile::peering_allowed(view, peering, vpc)? {
            return blocked::by_profile(view, vpc, Feature::VpcPeering, refusal, finding(view, peering, vpc));
        }
    }
    Ok(Answer::Holds)
}

/// Both networks state a peering: the one with a profile reports it, and of two such the later.
fn other_half_reports(view: &View<'_>, peering: PeeringId, own: bool, peers: bool) -> bool {
    let row = &view.network.peerings[peering];
    let halves = view.network.peerings.iter();
    let other = halves.filter(|(_, other)| other.vpc == row.peer && other.peer == row.vpc).map(|(id, _)| id).next();
    other.is_some_and(|other| peers && (!own || other > peering))
}

fn finding(view: &View<'_>, peering: PeeringId, vpc: VpcId) -> Finding {
    let row = &view.network.peerings[peering];
    let other = if vpc == row.vpc { row.peer } else { row.vpc };
    let message = format!("{} is peered with `{}`", named(view, vpc), view.network.short(other));
    Finding::new(peering, message)
        .label("this peering")
        .also(other, "the other network")
        .help("peer the ordinary networks of both sides; what needs RDMA gets a NIC in this one, where allowed by a PSC interface")
}
