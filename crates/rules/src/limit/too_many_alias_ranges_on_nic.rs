//! A NIC with more alias ranges than one NIC may hold.

use twinrail_model::{Answer, Class, Finding, Judged, NicId, Place, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "too-many-alias-ranges-on-nic",
    class: Class::Refused,
    page: include_str!("../../pages/too-many-alias-ranges-on-nic.md"),
    judge: Judge::Nic(judge),
};

fn judge(view: &View<'_>, nic: NicId) -> Judged {
    let row = &view.network.nics[nic];
    if row.aliases.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let Some(excess) = admit::limit::alias_ranges_on_nic(view, nic)? else { return Ok(Answer::Holds) };
    let finding = Finding::new(
        Place::field(nic, "aliasIpRanges"),
        format!(
            "`{}` has {} alias ranges; a NIC holds {}",
            view.network.short(nic),
            excess.count.total(),
            excess.limit
        ),
    )
    .label(format!("{} alias ranges", excess.count.total()))
    .help("ask for fewer and wider ranges: a range counts once, whatever its size")
    .refused(excess.refusal);
    Ok(finding.into())
}
