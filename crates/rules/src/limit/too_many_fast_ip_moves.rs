//! A pool of VIPs with fast IP move that needs more services or endpoints than that feature allows.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, Judged, MoverKind, Place, View, VipPoolId, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "too-many-fast-ip-moves",
    class: Class::Refused,
    page: include_str!("../../pages/too-many-fast-ip-moves.md"),
    judge: Judge::VipPool(judge),
};

fn judge(view: &View<'_>, pool: VipPoolId) -> Judged {
    let row = &view.network.vips[pool];
    if row.mover.kind != MoverKind::LbGarp {
        return Ok(Answer::NotApplicable);
    }
    let broken = admit::limit::fast_ip_moves(view, pool)?;
    let Some(first) = broken.first() else { return Ok(Answer::Holds) };
    let name = view.network.short(pool);
    let mut finding = Finding::new(
        Place::field(pool, "count"),
        format!("VIP pool `{name}` goes over a limit of fast IP move: {}", first.refusal.message),
    )
    .label(format!("{} VIPs", row.count))
    .also(row.over, format!("{} instances", view.network.clusters[row.over].count))
    .help("use fewer VIPs with this mover, or a cluster of fewer instances for each; or move them as alias ranges")
    .refused(first.refusal.clone());
    for excess in &broken {
        finding = finding.note(format!("{}; the limit is {}", excess.count.sum(), excess.limit));
    }
    if view.facts.get(keys::lb::GARP_MOVES_EVERY_RULE) {
        finding =
            finding.note("one announcement moves every rule of a service, so each VIP needs a service of its own");
    }
    Ok(finding.into())
}
