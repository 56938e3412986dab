//! A mover needs something of the network of its pool that the network's profile blocks: alias ranges, static routes, forwarding rules.

use std::collections::BTreeSet;

use twinrail_facts::{Bool, ChoiceOf};
use twinrail_model::{
    Answer, Class, Feature, Field, Finding, Hole, Judged, MoverKind, Place, Refusal, View, VipPoolId, VpcId, admit,
};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "mover-feature-blocked",
    class: Class::Refused,
    page: include_str!("../../pages/mover-feature-blocked.md"),
    judge: Judge::VipPool(judge),
};

fn judge(view: &View<'_>, pool: VipPoolId) -> Judged {
    let network = view.network;
    let nics = network.vip_nics(pool);
    let vpcs: Field<BTreeSet<VpcId>> = nics.iter().map(|nic| network.nics[*nic].vpc.get()).collect();
    let vpcs = vpcs?;
    let kind = network.vips[pool].mover.kind;
    if vpcs.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let Some(feature) = needed(view, kind)? else { return Ok(Answer::NotApplicable) };
    for vpc in vpcs {
        // On an ordinary network IP forwarding is a matter of the instance alone. Asked first: more is known of it than of static routes.
        let forwards = !view.profile(vpc)?.is_ordinary() && kind.fact::<Bool>(view.facts, "needs-ip-forwarding")?;
        if forwards
            && let Some(refusal) = admit::mover::profile_allows(view, vpc, Feature::IpForwarding, "instances.insert")?
        {
            return Ok(finding(view, pool, vpc, refusal).into());
        }
        if let Some(refusal) = admit::mover::profile_allows(view, vpc, feature, method(kind))? {
            return Ok(finding(view, pool, vpc, refusal).into());
        }
    }
    Ok(Answer::Holds)
}

/// The feature that the mover cannot do without, if there is one.
fn needed(view: &View<'_>, kind: MoverKind) -> Field<Option<Feature>> {
    let word = kind.fact::<ChoiceOf>(view.facts, "needs-feature")?;
    if word == "none" {
        return Ok(None);
    }
    let feature = Feature::from_api(word);
    feature.map(Some).ok_or_else(|| Hole::NotInCatalog(format!("mover.{kind}.needs-feature: {word}")))
}

/// The request that is refused.
fn method(kind: MoverKind) -> &'static str {
    if kind.uses_alias() {
        "instances.updateNetworkInterface"
    } else if kind.uses_routes() {
        "routes.insert"
    } else {
        "forwardingRules.insert"
    }
}

fn finding(view: &View<'_>, pool: VipPoolId, vpc: VpcId, refusal: Refusal) -> Finding {
    let network = view.network;
    let row = &network.vips[pool];
    let title = view.profile(vpc).map(|profile| profile.title.clone()).unwrap_or_default();
    Finding::new(
        Place::field(pool, "mover"),
        format!("{} cannot move `{}` in `{}`: {}", row.mover.kind, network.short(pool), network.short(vpc), refusal.message),
    )
    .label(format!("a mover on the {} rail", row.rail.word()))
    .also(Place::field(vpc, "networkProfile"), format!("a {title}"))
    .help("put these addresses on the tcp rail, or let the service itself lead its RDMA clients to another node's own address")
    .refused(refusal)
}
