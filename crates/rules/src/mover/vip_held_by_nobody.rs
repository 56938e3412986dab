//! A mover brings packets for a VIP to a guest, and nobody makes the guest accept them.

use twinrail_facts::ChoiceOf;
use twinrail_model::{Answer, Class, Finding, Judged, Place, View, VipHolder, VipPoolId};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "vip-held-by-nobody",
    class: Class::Broken,
    page: include_str!("../../pages/vip-held-by-nobody.md"),
    judge: Judge::VipPool(judge),
};

fn judge(view: &View<'_>, pool: VipPoolId) -> Judged {
    let network = view.network;
    let row = &network.vips[pool];
    let holder = network.clusters[row.over].guest.holds_vip;
    if holder == VipHolder::Address {
        return Ok(Answer::Holds);
    }
    let who = match (row.mover.kind.fact::<ChoiceOf>(view.facts, "guest-address-by")?, holder) {
        ("dhcp", _) | ("guest-agent", VipHolder::Agent) => return Ok(Answer::Holds),
        (_, VipHolder::Agent) => {
            "the guest agent is to hold them, and learns only of alias ranges and forwarding rules"
        }
        _ => "nobody is to hold them",
    };
    let finding = Finding::new(
        Place::field(row.over, "guest/holds-vip"),
        format!("{} sends packets for `{}` to a guest that drops them: {who}", row.mover.kind, network.short(pool)),
    )
    .label("who holds a VIP")
    .also(Place::field(pool, "mover"), "brings the packets")
    .help("let the cluster's software or the image add the address to the guest, and say `holds-vip: address`");
    Ok(finding.into())
}
