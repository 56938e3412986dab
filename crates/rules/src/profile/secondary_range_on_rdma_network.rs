//! A subnet with secondary ranges in a network whose profile blocks them.

use twinrail_model::{Answer, Class, Feature, Finding, Judged, Place, SubnetId, View, admit};

use crate::blocked::{self, named};
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "secondary-range-on-rdma-network",
    class: Class::Refused,
    page: include_str!("../../pages/secondary-range-on-rdma-network.md"),
    judge: Judge::Subnet(judge),
};

fn judge(view: &View<'_>, subnet: SubnetId) -> Judged {
    let row = &view.network.subnets[subnet];
    if row.secondary.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let vpc = row.vpc.get()?;
    if view.profile(vpc)?.is_ordinary() {
        return Ok(Answer::NotApplicable);
    }
    let Some(refusal) = admit::profile::secondary_ranges_allowed(view, subnet)? else { return Ok(Answer::Holds) };
    let names: Vec<String> = row.secondary.iter().map(|(name, range)| format!("`{name}` {range}")).collect();
    let message = format!("subnet `{}` of {} has secondary ranges", view.network.short(subnet), named(view, vpc));
    let finding = Finding::new(Place::field(subnet, "secondaryIpRanges"), message)
        .label(names.join(", "))
        .help("move them to a subnet of an ordinary network; alias ranges, their only use, are blocked here too");
    blocked::by_profile(view, vpc, Feature::AliasIpRanges, refusal, finding)
}
