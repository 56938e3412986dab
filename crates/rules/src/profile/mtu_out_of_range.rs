//! A network with an MTU that no network can have.

use twinrail_model::{Answer, Class, Finding, Judged, Place, View, VpcId, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "mtu-out-of-range",
    class: Class::Refused,
    page: include_str!("../../pages/mtu-out-of-range.md"),
    judge: Judge::Vpc(judge),
};

fn judge(view: &View<'_>, vpc: VpcId) -> Judged {
    let Some(mtu) = view.network.vpcs[vpc].mtu.get()? else { return Ok(Answer::NotApplicable) };
    let Some(refusal) = admit::profile::mtu_in_range(view, vpc)? else { return Ok(Answer::Holds) };
    Ok(Finding::new(Place::field(vpc, "mtu"), format!("network `{}` has an MTU of {mtu}", view.network.short(vpc)))
        .label("no network can have it")
        .help("take a value in the range; it counts whole IP packets, without the Ethernet header")
        .refused(refusal)
        .into())
}
