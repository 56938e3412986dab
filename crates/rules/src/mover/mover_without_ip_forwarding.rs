//! A mover sends packets for addresses that are not an instance's own to instances that may not forward.

use twinrail_facts::Bool;
use twinrail_model::{Answer, Class, Finding, InstanceId, Judged, Place, View, VipPoolId};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "mover-without-ip-forwarding",
    class: Class::Broken,
    page: include_str!("../../pages/mover-without-ip-forwarding.md"),
    judge: Judge::VipPool(judge),
};

fn judge(view: &View<'_>, pool: VipPoolId) -> Judged {
    let network = view.network;
    let row = &network.vips[pool];
    let cluster = &network.clusters[row.over];
    let without: Vec<InstanceId> =
        cluster.instances.iter().copied().filter(|instance| !*network.instances[*instance].can_ip_forward).collect();
    if !row.mover.kind.fact::<Bool>(view.facts, "needs-ip-forwarding")? || cluster.instances.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let Some(first) = without.first() else { return Ok(Answer::Holds) };
    let finding = Finding::new(
        Place::field(pool, "mover"),
        format!(
            "{} moves `{}` by routes, and {} of {} instances of `{}` may not forward IP",
            row.mover.kind,
            network.short(pool),
            without.len(),
            cluster.instances.len(),
            network.short(row.over)
        ),
    )
    .label("needs IP forwarding")
    .also(Place::field(*first, "canIpForward"), "not allowed to forward")
    .help(
        "create the instances with `ip-forwarding: true`, which is not to be had beside a NIC in an RDMA network that blocks it: \
         there, choose a mover that needs none, such as alias-ip-fenced",
    );
    Ok(finding.into())
}
