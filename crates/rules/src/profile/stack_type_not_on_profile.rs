//! A subnet with address families that the profile of its network does not take.

use twinrail_model::{Answer, Class, Feature, Finding, Judged, Known, Place, SubnetId, View, admit};

use crate::blocked::{self, named};
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "stack-type-not-on-profile",
    class: Class::Refused,
    page: include_str!("../../pages/stack-type-not-on-profile.md"),
    judge: Judge::Subnet(judge),
};

fn judge(view: &View<'_>, subnet: SubnetId) -> Judged {
    let row = &view.network.subnets[subnet];
    let vpc = row.vpc.get()?;
    // Of a network that is only named, `subnet-region-not-of-profile` says that its profile is missing.
    if view.network.vpcs[vpc].known == Known::Outside {
        return Ok(Answer::NotApplicable);
    }
    if row.predefined || view.profile(vpc)?.is_ordinary() {
        return Ok(Answer::NotApplicable);
    }
    // A subnet that may not be made at all is the finding of `subnet-not-of-profile`.
    if admit::profile::own_subnet_allowed(view, subnet)?.is_some() {
        return Ok(Answer::NotApplicable);
    }
    let Some(refusal) = admit::profile::stack_fits(view, subnet)? else { return Ok(Answer::Holds) };
    let message = format!("subnet `{}` of {} is {}", view.network.short(subnet), named(view, vpc), row.stack);
    let finding = Finding::new(Place::field(subnet, "stackType"), message)
        .label(row.stack.as_str())
        .help("give the subnet the address families of the profile, and use others on the ordinary rail");
    blocked::by_profile(view, vpc, Feature::SubnetworkStackTypes, refusal, finding)
}
