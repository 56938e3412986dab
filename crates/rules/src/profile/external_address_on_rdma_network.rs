//! A NIC with an external address in a network whose profile blocks it.

use twinrail_model::{Answer, Class, Feature, Finding, Judged, NicId, Place, View, admit};

use crate::blocked::{self, named};
use crate::rule::{Judge, Rule};
use crate::siblings;

pub const RULE: Rule = Rule {
    code: "external-address-on-rdma-network",
    class: Class::Refused,
    page: include_str!("../../pages/external-address-on-rdma-network.md"),
    judge: Judge::Nic(judge),
};

fn judge(view: &View<'_>, nic: NicId) -> Judged {
    let row = &view.network.nics[nic];
    if !*row.external {
        return Ok(Answer::NotApplicable);
    }
    let Some(vpc) = blocked::network_with_profile(view, nic)? else { return Ok(Answer::NotApplicable) };
    if siblings::repeats_plan(view.network, row.instance) {
        return Ok(Answer::NotApplicable);
    }
    let Some(refusal) = admit::nic::external_address_allowed(view, row)? else { return Ok(Answer::Holds) };
    let message = format!("{} asks for an external address in {}", view.network.short(nic), named(view, vpc));
    let finding = Finding::new(Place::field(nic, "accessConfigs"), message)
        .label("external address")
        .help("take the external address away, or give it to the ordinary NIC");
    let finding = siblings::count_note(finding, view.network, row.instance);
    blocked::by_profile(view, vpc, Feature::ExternalIpAccess, refusal, finding)
}
