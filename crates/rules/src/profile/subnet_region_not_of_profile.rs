//! A subnet in another region than the zone of its network's profile.

use twinrail_model::{Answer, Class, Finding, Judged, Network, Place, SubnetId, View, admit};

use crate::blocked::named;
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "subnet-region-not-of-profile",
    class: Class::Refused,
    page: include_str!("../../pages/subnet-region-not-of-profile.md"),
    judge: Judge::Subnet(judge),
};

fn judge(view: &View<'_>, subnet: SubnetId) -> Judged {
    let row = &view.network.subnets[subnet];
    let vpc = row.vpc.get()?;
    let Some(zone) = view.profile_zone(vpc)? else { return Ok(Answer::NotApplicable) };
    let Some(refusal) = admit::profile::subnet_region_fits(view, subnet)? else { return Ok(Answer::Holds) };
    let (here, region) = (row.region.get()?, Network::region_of(zone));
    let message =
        format!("subnet `{}` is in {here}, and {} is of zone {zone}", view.network.short(subnet), named(view, vpc));
    Ok(Finding::new(Place::field(subnet, "region"), message)
        .label(format!("not {region}"))
        .also(Place::field(vpc, "networkProfile"), format!("of zone {zone}"))
        .help(format!("make the subnet in {region}; an RDMA network spans no other region"))
        .refused(refusal)
        .into())
}
