//! A mover that manages only nic0 is to move addresses that belong on another NIC.

use twinrail_facts::Bool;
use twinrail_model::{Answer, Class, Finding, Judged, Place, View, VipPoolId};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "mover-limited-to-nic0",
    class: Class::Broken,
    page: include_str!("../../pages/mover-limited-to-nic0.md"),
    judge: Judge::VipPool(judge),
};

fn judge(view: &View<'_>, pool: VipPoolId) -> Judged {
    let network = view.network;
    let kind = network.vips[pool].mover.kind;
    let nics = network.vip_nics(pool);
    if nics.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let Some(nic) = nics.into_iter().find(|nic| network.nics[*nic].index > 0) else { return Ok(Answer::Holds) };
    if !kind.fact::<Bool>(view.facts, "nic0-only")? {
        return Ok(Answer::Holds);
    }
    let label = network.nics[nic].label();
    let finding = Finding::new(
        Place::field(pool, "mover"),
        format!("{kind} manages nic0 only, and the addresses of `{}` belong on {label}", network.short(pool)),
    )
    .label("manages nic0 only")
    .also(nic, format!("{label} is in the subnet of these addresses"))
    .help(format!(
        "choose a mover that names the NIC, such as alias-ip-fenced, or make the NIC of `{}` nic0",
        network.short(pool)
    ));
    Ok(finding.into())
}
