//! A VIP pool is to be moved by a load balancer, and the instances that would be its backends have PSC interfaces.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, Judged, Place, View, VipPoolId};

use crate::rule::{Judge, Rule};
use crate::words;

pub const RULE: Rule = Rule {
    code: "balanced-vip-on-psc-instance",
    class: Class::Broken,
    page: include_str!("../../pages/balanced-vip-on-psc-instance.md"),
    judge: Judge::VipPool(judge),
};

#[expect(clippy::unnecessary_wraps, reason = "every judge has this signature")]
fn judge(view: &View<'_>, pool: VipPoolId) -> Judged {
    let network = view.network;
    let row = &network.vips[pool];
    // Where the input has the load balancer itself, its backend service is judged instead.
    if !row.mover.kind.uses_load_balancer() || !row.forwarding_rules.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let cluster = &network.clusters[row.over];
    let nics = cluster.instances.iter().flat_map(|instance| &network.instances[*instance].nics);
    let Some(nic) = nics.copied().find(|nic| network.nics[*nic].attachment.is_some()) else { return Ok(Answer::Holds) };
    if view.facts.get(keys::psc::INSTANCE_MAY_BE_BACKEND) {
        return Ok(Answer::Holds);
    }
    let finding = Finding::new(
        Place::field(pool, "mover"),
        format!(
            "{} moves `{}` by a load balancer, whose backends cannot be the {} of `{}`: they have PSC interfaces",
            row.mover.kind,
            network.short(pool),
            words::count(cluster.instances.len(), "instance"),
            network.short(row.over)
        ),
    )
    .label("moved by a load balancer")
    .also(nic, "a PSC interface")
    .help("move these addresses as alias ranges, or keep instances with PSC interfaces out of the cluster that serves them");
    Ok(finding.into())
}
