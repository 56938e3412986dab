//! A NIC with more alias ranges than one NIC may hold.

use twinrail_facts::keys;
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
    let refusal = admit::limit::alias_ranges_on_nic(view, &row.aliases, "instances.insert")?;
    let Some(refusal) = refusal else { return Ok(Answer::Holds) };
    let (count, limit) = (row.aliases.len(), view.facts.get(keys::limits::ALIAS_RANGES_PER_NIC));
    let finding = Finding::new(
        Place::field(nic, "aliasIpRanges"),
        format!("`{}` has {count} alias ranges; a NIC holds {limit}", view.network.short(nic)),
    )
    .label(format!("{count} alias ranges"))
    .help("ask for fewer and wider ranges: a range counts once, whatever its size")
    .refused(refusal);
    Ok(finding.into())
}
