//! Two networks that peer although ranges of their subnets share addresses, or although both are in auto mode.

use twinrail_facts::keys;
use twinrail_model::{
    Answer, Class, Finding, Hole, Judged, Known, PeeringId, Place, Refusal, RefusalReason, View, admit,
};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "peered-ranges-overlap",
    class: Class::Refused,
    page: include_str!("../../pages/peered-ranges-overlap.md"),
    judge: Judge::Peering(judge),
};

fn judge(view: &View<'_>, peering: PeeringId) -> Judged {
    let network = view.network;
    let row = &network.peerings[peering];
    let peer = row.peer.get()?;
    // Each network states a peering of its own: one of the two is enough.
    if network.peerings.iter().any(|(id, other)| id < peering && other.vpc == peer && other.peer == Ok(row.vpc)) {
        return Ok(Answer::NotApplicable);
    }
    let [mine, theirs] = [&network.vpcs[row.vpc], &network.vpcs[peer]];
    let names = [network.short(row.vpc), network.short(peer)];
    if mine.known == Known::Outside || theirs.known == Known::Outside {
        // What is active was found free of overlaps.
        if row.state.as_deref() == Some("ACTIVE") {
            return Ok(Answer::NotApplicable);
        }
        let outside = if mine.known == Known::Outside { row.vpc } else { peer };
        return Err(Hole::NotInInput(outside.into()));
    }
    let overlaps = admit::address::peer_overlaps(network, peering)?;
    let Some(pair) = overlaps.first() else {
        let both_auto = *mine.auto_subnets && *theirs.auto_subnets;
        if !both_auto || view.facts.get(keys::peering::TWO_AUTO_MODE_NETWORKS) {
            return Ok(Answer::Holds);
        }
        let message = format!("`{}` and `{}` peer, and both are in auto mode", names[0], names[1]);
        let finding = Finding::new(Place::field(peering, "network"), message.clone())
            .label("both have the same subnets")
            .help("make one of them anew with subnets of your own")
            .refused(refusal(message));
        return Ok(finding.into());
    };
    if view.facts.get(keys::peering::RANGES_MAY_OVERLAP) {
        return Ok(Answer::Holds);
    }
    let words = [pair.mine.words(network), pair.other.words(network)];
    let message = format!("`{}` and `{}` peer, but {} overlaps {}", names[0], names[1], words[0], words[1]);
    let mut finding = Finding::new(Place::field(peering, "network"), message.clone())
        .label("ranges overlap across this peering")
        .help("change the range of one of the subnets: a range that exists can grow but not move")
        .refused(refusal(message));
    for pair in &overlaps {
        finding = finding
            .also(Place::field(pair.mine.subnet, pair.mine.field()), format!("{} here", pair.mine.range))
            .also(Place::field(pair.other.subnet, pair.other.field()), format!("{} there", pair.other.range));
    }
    Ok(finding.into())
}

fn refusal(message: String) -> Refusal {
    Refusal { reason: RefusalReason::Invalid, method: "networks.addPeering", message }
}
