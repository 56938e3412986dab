//! A subnet range that is too large or too small for a subnet, or lies in addresses that no subnet may use.

use twinrail_model::{Answer, Class, Finding, Judged, Place, SubnetId, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "subnet-range-not-allowed",
    class: Class::Refused,
    page: include_str!("../../pages/subnet-range-not-allowed.md"),
    judge: Judge::Subnet(judge),
};

fn judge(view: &View<'_>, subnet: SubnetId) -> Judged {
    let Some((range, refusal)) = admit::address::range_allowed(view, subnet)? else { return Ok(Answer::Holds) };
    let finding = Finding::new(Place::field(subnet, range.field()), refusal.message.clone())
        .label(format!("{} here", range.range))
        .help("choose a range of private addresses that is long enough for what is to live there")
        .refused(refusal);
    Ok(finding.into())
}
