//! Two ranges of one network that share addresses, be they primary or secondary, of one subnet or of two.

use twinrail_model::{Answer, Class, Finding, Judged, Place, SubnetId, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "subnet-ranges-overlap",
    class: Class::Refused,
    page: include_str!("../../pages/subnet-ranges-overlap.md"),
    judge: Judge::Subnet(judge),
};

fn judge(view: &View<'_>, subnet: SubnetId) -> Judged {
    let Some(refusal) = admit::address::ranges_disjoint(view, subnet)? else { return Ok(Answer::Holds) };
    let pairs = admit::address::overlaps_in_network(view.network, subnet)?;
    let [first, more @ ..] = pairs.as_slice() else { return Ok(Answer::Holds) };
    let mut finding = Finding::new(
        Place::field(subnet, first.mine.field()),
        format!("{} overlaps {}", first.mine.words(view.network), first.other.words(view.network)),
    )
    .label(format!("{} here", first.mine.range))
    .also(Place::field(first.other.subnet, first.other.field()), format!("{} there", first.other.range))
    .help("give each subnet ranges of its own: those of one network never share an address")
    .refused(refusal);
    for pair in more {
        let label = format!("{} overlaps {} too", pair.other.range, pair.mine.range);
        finding = finding.also(Place::field(pair.other.subnet, pair.other.field()), label);
    }
    Ok(finding.into())
}
