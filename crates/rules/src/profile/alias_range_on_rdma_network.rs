//! A NIC with alias ranges in a network whose profile blocks them.

use twinrail_model::{Answer, Class, Feature, Finding, Judged, NicId, Place, View, admit};

use crate::blocked::{self, named};
use crate::rule::{Judge, Rule};
use crate::siblings;

pub const RULE: Rule = Rule {
    code: "alias-range-on-rdma-network",
    class: Class::Refused,
    page: include_str!("../../pages/alias-range-on-rdma-network.md"),
    judge: Judge::Nic(judge),
};

fn judge(view: &View<'_>, nic: NicId) -> Judged {
    let row = &view.network.nics[nic];
    if row.aliases.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let Some(vpc) = blocked::network_with_profile(view, nic)? else { return Ok(Answer::NotApplicable) };
    if siblings::repeats_plan(view.network, row.instance) {
        return Ok(Answer::NotApplicable);
    }
    let method = "instances.updateNetworkInterface";
    let Some(refusal) = admit::nic::aliases_allowed(view, row, &row.aliases, method)? else { return Ok(Answer::Holds) };
    let message = format!("{} has alias ranges in {}", view.network.short(nic), named(view, vpc));
    let finding = Finding::new(Place::field(nic, "aliasIpRanges"), message)
        .label(format!("{} of them", row.aliases.len()))
        .help("put addresses that move on the ordinary rail; on this one, give every node fixed addresses only");
    let finding = siblings::count_note(finding, view.network, row.instance);
    blocked::by_profile(view, vpc, Feature::AliasIpRanges, refusal, finding)
}
