//! A pool of VIPs whose mover makes its holders receive packets for addresses that are not theirs, over instances that have no IP forwarding.

use twinrail_facts::Bool;
use twinrail_model::{Answer, Class, Finding, Hole, Judged, Place, View, VipPoolId};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "vip-holder-not-forwarding",
    class: Class::Broken,
    page: include_str!("../../pages/vip-holder-not-forwarding.md"),
    judge: Judge::VipPool(judge),
};

fn judge(view: &View<'_>, pool: VipPoolId) -> Judged {
    let network = view.network;
    let row = &network.vips[pool];
    let cluster = &network.clusters[row.over];
    let Some(holder) = cluster.instances.iter().find(|id| !network.instances[**id].can_ip_forward) else {
        return Ok(Answer::NotApplicable);
    };
    let id = format!("mover.{}.needs-ip-forwarding", row.mover.kind);
    let key = view.facts.catalog().key::<Bool>(&id).ok_or(Hole::NotInCatalog(id))?;
    if !view.facts.get(key) {
        return Ok(Answer::Holds);
    }
    let finding = Finding::new(
        Place::field(pool, "over"),
        format!(
            "{} moves the {} VIPs of `{}` over `{}`, whose instances have no IP forwarding",
            row.mover.kind,
            row.count,
            network.short(pool),
            network.short(row.over)
        ),
    )
    .label("its instances drop what is routed to them")
    .also(Place::field(*holder, "canIpForward"), "IP forwarding is off")
    .help("set `ip-forwarding: true` for the cluster; an instance gets it at its creation only");
    Ok(finding.into())
}
