//! A mover that waits for a fence, over a service that has none.

use twinrail_model::{Answer, Class, Fence, Finding, Judged, MoverKind, Place, View, VipPoolId};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "fenced-mover-without-fence",
    class: Class::Broken,
    page: include_str!("../../pages/fenced-mover-without-fence.md"),
    judge: Judge::VipPool(judge),
};

#[expect(clippy::unnecessary_wraps, reason = "every judge has this signature")]
fn judge(view: &View<'_>, pool: VipPoolId) -> Judged {
    let network = view.network;
    let row = &network.vips[pool];
    let fence = network.clusters[row.over].service.fence;
    if row.mover.kind != MoverKind::AliasIpFenced {
        return Ok(Answer::NotApplicable);
    }
    if fence.is_some_and(|fence| fence != Fence::None) {
        return Ok(Answer::Holds);
    }
    let finding = Finding::new(
        Place::field(pool, "mover"),
        format!(
            "alias-ip-fenced moves `{}` after a fence, and the service of `{}` has none",
            network.short(pool),
            network.short(row.over)
        ),
    )
    .label("waits for a fence")
    .also(Place::field(row.over, "service/fence"), "no fence here")
    .help("say how a deposed holder is kept from writing (`fence: epoch`, `reset` or `stop`), or choose alias-ip");
    Ok(finding.into())
}
