//! A pool of VIPs that lies where its mover cannot move them: a routed VIP inside a subnet, an alias outside the subnets of its NICs, a balanced one
//! outside the network.

use twinrail_model::{Answer, Class, Finding, Judged, Place, View, VipPoolId, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "vip-misplaced",
    class: Class::Refused,
    page: include_str!("../../pages/vip-misplaced.md"),
    judge: Judge::VipPool(judge),
};

fn judge(view: &View<'_>, pool: VipPoolId) -> Judged {
    let Some(wrong) = admit::address::misplaced(view, pool)? else { return Ok(Answer::Holds) };
    let row = &view.network.vips[pool];
    let name = view.network.short(pool);
    let message = format!("VIP pool `{name}` cannot be moved by {}: {}", row.mover.kind, wrong.refusal.message);
    let mut finding = Finding::new(Place::field(pool, "from"), message)
        .label(format!("not for {}", row.mover.kind))
        .also(Place::field(pool, "mover"), "moved by this")
        .help(wrong.help)
        .refused(wrong.refusal);
    if let Some(subnet) = wrong.subnet {
        finding = finding.also(subnet, "the addresses come from here");
    }
    Ok(finding.into())
}
