//! Two networks that peer with the same third one although ranges of their subnets share addresses.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, Judged, Place, Refusal, RefusalReason, View, VpcId, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "peers-of-one-network-overlap",
    class: Class::Refused,
    page: include_str!("../../pages/peers-of-one-network-overlap.md"),
    judge: Judge::Vpc(judge),
};

fn judge(view: &View<'_>, vpc: VpcId) -> Judged {
    let network = view.network;
    // One that is not known may stand for several: its look makes the rest undecided.
    if network.peerings.rows().iter().filter(|row| row.vpc == vpc && row.peer.is_ok()).count() < 2 {
        return Ok(Answer::NotApplicable);
    }
    let overlaps = admit::address::common_peer_overlaps(network, vpc)?;
    let Some(pair) = overlaps.first() else { return Ok(Answer::Holds) };
    if view.facts.get(keys::peering::PEERS_OF_ONE_NETWORK_MAY_OVERLAP) {
        return Ok(Answer::Holds);
    }
    let peers = [network.subnets[pair.mine.subnet].vpc.get()?, network.subnets[pair.other.subnet].vpc.get()?];
    let message = format!(
        "`{}` and `{}` both peer with `{}`, but {} overlaps {}",
        network.short(peers[0]),
        network.short(peers[1]),
        network.short(vpc),
        pair.mine.words(network),
        pair.other.words(network)
    );
    let refusal = Refusal { reason: RefusalReason::Invalid, method: "networks.addPeering", message: message.clone() };
    let finding = Finding::new(vpc, message)
        .label("this network would learn two routes to the same addresses")
        .also(Place::field(pair.mine.subnet, pair.mine.field()), format!("{} here", pair.mine.range))
        .also(Place::field(pair.other.subnet, pair.other.field()), format!("{} there", pair.other.range))
        .help("change one of the ranges: the peers of one network share no address either")
        .refused(refusal);
    Ok(finding.into())
}
