//! A subnet that the profile of its network does not let exist: a user's own where the profile brings its subnets, or a predefined one where it brings none.

use twinrail_model::{Answer, Class, Feature, Finding, Judged, Known, Place, SubnetId, View, admit};

use crate::blocked::{self, named};
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "subnet-not-of-profile",
    class: Class::Refused,
    page: include_str!("../../pages/subnet-not-of-profile.md"),
    judge: Judge::Subnet(judge),
};

fn judge(view: &View<'_>, subnet: SubnetId) -> Judged {
    let vpc = view.network.subnets[subnet].vpc.get()?;
    // Of a network that is only named, `subnet-region-not-of-profile` says that its profile is missing.
    if view.network.vpcs[vpc].known == Known::Outside {
        return Ok(Answer::NotApplicable);
    }
    let profile = view.profile(vpc)?;
    if profile.is_ordinary() {
        return Ok(Answer::NotApplicable);
    }
    let Some(refusal) = admit::profile::own_subnet_allowed(view, subnet)? else { return Ok(Answer::Holds) };
    let predefined = profile.lists(view.facts, Feature::PredefinedSubnetworkRanges)?;
    let help = match predefined {
        [] => "attach the NICs to the subnet that comes with the network".to_owned(),
        names => format!(
            "attach the NICs to the subnet that comes with the network (`{}-…`), marked `predefined`",
            names.join("-…`, `")
        ),
    };
    let message = format!("subnet `{}` is to be made in {}", view.network.short(subnet), named(view, vpc));
    let finding = Finding::new(Place::field(subnet, "network"), message).label("a subnet of your own").help(help);
    blocked::by_profile(view, vpc, Feature::SubnetworkCreation, refusal, finding)
}
