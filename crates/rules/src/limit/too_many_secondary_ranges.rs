//! A subnet with more secondary ranges than one subnet may have.

use twinrail_model::{Answer, Class, Finding, Judged, Place, SubnetId, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "too-many-secondary-ranges",
    class: Class::Refused,
    page: include_str!("../../pages/too-many-secondary-ranges.md"),
    judge: Judge::Subnet(judge),
};

fn judge(view: &View<'_>, subnet: SubnetId) -> Judged {
    if view.network.subnets[subnet].secondary.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let Some(excess) = admit::limit::secondary_ranges_of_subnet(view, subnet)? else { return Ok(Answer::Holds) };
    let name = view.network.short(subnet);
    let finding = Finding::new(
        Place::field(subnet, "secondaryIpRanges"),
        format!("`{name}` has {} secondary ranges; a subnet has at most {}", excess.count.total(), excess.limit),
    )
    .label(format!("{} ranges", excess.count.total()))
    .help("use fewer and wider ranges, or a second subnet")
    .refused(excess.refusal);
    Ok(finding.into())
}
