//! A NIC, a reserved address or a forwarding rule with an address that its subnet does not have.

use twinrail_model::{Answer, Class, Finding, Judged, SubnetId, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "address-outside-subnet",
    class: Class::Refused,
    page: include_str!("../../pages/address-outside-subnet.md"),
    judge: Judge::Subnet(judge),
};

fn judge(view: &View<'_>, subnet: SubnetId) -> Judged {
    let network = view.network;
    let outside = admit::address::outside_subnet(view, subnet)?;
    let [first, more @ ..] = outside.as_slice() else { return Ok(Answer::Holds) };
    let ranges = admit::address::ranges(network, subnet)?;
    let Some(primary) = ranges.iter().find(|range| range.name.is_none()) else { return Ok(Answer::NotApplicable) };
    let refusal = admit::address::in_subnet(view, subnet, &first.want(network))?;
    let refusal = refusal.expect("what lies outside the subnet is refused");
    let mut finding = Finding::new(first.holder.place(network), refusal.message.clone())
        .label(format!("{} here", first.span))
        .also(subnet, format!("this subnet has {}", primary.range))
        .help(format!("take an address of {}, or leave it out to have one assigned", primary.range))
        .refused(refusal);
    for claim in more {
        finding = finding.also(claim.holder.place(network), format!("{} is outside too", claim.span));
    }
    Ok(finding.into())
}
