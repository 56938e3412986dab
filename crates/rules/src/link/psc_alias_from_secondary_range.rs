//! An alias range of a PSC interface comes from a secondary range.

use twinrail_model::{Answer, Class, Finding, Judged, NicId, Place, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "psc-alias-from-secondary-range",
    class: Class::Refused,
    page: include_str!("../../pages/psc-alias-from-secondary-range.md"),
    judge: Judge::Nic(judge),
};

fn judge(view: &View<'_>, nic: NicId) -> Judged {
    let row = &view.network.nics[nic];
    if row.attachment.is_none() || row.aliases.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let secondary = row.aliases.iter().find_map(|alias| alias.secondary.as_deref());
    let refusal = admit::link::psc_interface_takes_alias(view.facts, secondary.is_some(), "instances.insert")?;
    let Some(refusal) = refusal else { return Ok(Answer::Holds) };
    let name = view.network.short(nic);
    let message = match secondary {
        Some(range) => format!("{name} is a PSC interface and has an alias range from the secondary range `{range}`"),
        None => format!("{name} is a PSC interface and has an alias range"),
    };
    let finding = Finding::new(Place::field(nic, "aliasIpRanges"), message)
        .label("not from the primary range")
        .help("take the alias range from the primary range of the subnet that the interface joins")
        .refused(refusal);
    Ok(finding.into())
}
