//! A VIP pool whose mover makes alias ranges comes from a secondary range, and the NICs that carry it are PSC interfaces.

use twinrail_model::{Answer, Class, Finding, Judged, Place, View, VipPoolId, VipSource, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "vip-from-secondary-range-on-psc-interface",
    class: Class::Refused,
    page: include_str!("../../pages/vip-from-secondary-range-on-psc-interface.md"),
    judge: Judge::VipPool(judge),
};

fn judge(view: &View<'_>, pool: VipPoolId) -> Judged {
    let network = view.network;
    let row = &network.vips[pool];
    if !row.mover.kind.uses_alias() {
        return Ok(Answer::NotApplicable);
    }
    let joined = network.vip_nics(pool).into_iter().find(|nic| network.nics[*nic].attachment.is_some());
    let (VipSource::Subnet(subnet, secondary), Some(nic)) = (&row.source, joined) else {
        return Ok(Answer::NotApplicable);
    };
    let method = "instances.updateNetworkInterface";
    let refusal = admit::link::psc_interface_takes_alias(view.facts, secondary.is_some(), method)?;
    let Some(refusal) = refusal else { return Ok(Answer::Holds) };
    let range = secondary.as_deref().unwrap_or("primary");
    let finding = Finding::new(
        Place::field(pool, "from"),
        format!(
            "`{}` comes from the range `{range}` of `{}`, and {} that would hold its addresses is a PSC interface",
            network.short(pool),
            network.short(*subnet),
            network.short(nic)
        ),
    )
    .label("a secondary range")
    .also(nic, "a PSC interface")
    .help(format!("take the addresses from the primary range of `{}`, and reserve them", network.short(*subnet)))
    .refused(refusal);
    Ok(finding.into())
}
