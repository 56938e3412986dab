//! A Dynamic NIC in a network whose profile blocks it.

use twinrail_model::{Answer, Class, Feature, Finding, Judged, NicId, Place, View, admit};

use crate::blocked::{self, named};
use crate::rule::{Judge, Rule};
use crate::siblings;

pub const RULE: Rule = Rule {
    code: "dynamic-nic-on-rdma-network",
    class: Class::Refused,
    page: include_str!("../../pages/dynamic-nic-on-rdma-network.md"),
    judge: Judge::Nic(judge),
};

fn judge(view: &View<'_>, nic: NicId) -> Judged {
    let row = &view.network.nics[nic];
    let Some((vlan, parent)) = &*row.dynamic else { return Ok(Answer::NotApplicable) };
    let Some(vpc) = blocked::network_with_profile(view, nic)? else { return Ok(Answer::NotApplicable) };
    if siblings::repeats_plan(view.network, row.instance) {
        return Ok(Answer::NotApplicable);
    }
    let Some(refusal) = admit::nic::dynamic_allowed(view, row)? else { return Ok(Answer::Holds) };
    let message = format!("{} is a Dynamic NIC in {}", view.network.short(nic), named(view, vpc));
    let finding = Finding::new(Place::field(nic, "vlan"), message)
        .label(format!("VLAN {vlan} of {parent}"))
        .help("make it a vNIC of its own, which needs a new instance, or put it into an ordinary network");
    let finding = siblings::count_note(finding, view.network, row.instance);
    blocked::by_profile(view, vpc, Feature::SubInterfaces, refusal, finding)
}
