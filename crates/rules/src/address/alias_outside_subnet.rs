//! A NIC with an alias range that its subnet does not have, or of a secondary range that does not exist.

use twinrail_model::{Answer, Class, Finding, Judged, NicId, Place, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "alias-outside-subnet",
    class: Class::Refused,
    page: include_str!("../../pages/alias-outside-subnet.md"),
    judge: Judge::Nic(judge),
};

fn judge(view: &View<'_>, nic: NicId) -> Judged {
    let row = &view.network.nics[nic];
    let instance = &view.network.instances[row.instance];
    // Nothing has been made from a template yet, and many outlive their subnets.
    if row.aliases.is_empty() || instance.is_template {
        return Ok(Answer::NotApplicable);
    }
    if instance.status.is_some() {
        return Ok(Answer::Holds);
    }
    let subnet = row.subnet.get()?;
    let refusal = admit::address::alias_in_subnet(view, subnet, &row.aliases, "instances.insert")?;
    let Some(refusal) = refusal else { return Ok(Answer::Holds) };
    let finding = Finding::new(
        Place::field(nic, "aliasIpRanges"),
        format!("`{}`: {}", view.network.short(nic), refusal.message),
    )
    .label("not in the subnet")
    .also(subnet, "the subnet of this NIC")
    .help("take the alias range from the primary range of the NIC's subnet, or from a secondary range of it by name")
    .refused(refusal);
    Ok(finding.into())
}
