//! What a mover does to a member of a managed instance group is lost when the group repairs or reverts the member.

use twinrail_facts::{Bool, keys};
use twinrail_model::{Answer, Class, Finding, Judged, Place, View, VipPoolId};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "mover-undone-by-mig",
    class: Class::Risk,
    page: include_str!("../../pages/mover-undone-by-mig.md"),
    judge: Judge::VipPool(judge),
};

fn judge(view: &View<'_>, pool: VipPoolId) -> Judged {
    let network = view.network;
    let row = &network.vips[pool];
    let Some(mig) = network.clusters[row.over].mig else { return Ok(Answer::NotApplicable) };
    let kind = row.mover.kind;
    let repairs = *network.migs[mig].repairs;
    let (when, help) = if repairs && kind.fact::<Bool>(view.facts, "mig-reverts")? {
        (
            "when the group recreates a member",
            "let the group do nothing about failures (`on-failure: do-nothing`), and have the cluster replace members",
        )
    } else if kind.uses_alias() && view.facts.get(keys::mig::REVERTS_CHANGES_IN_PLACE) {
        ("whenever the group brings a member back to its template", "make these instances without a group")
    } else {
        return Ok(Answer::Holds);
    };
    let finding = Finding::new(
        Place::field(pool, "mover"),
        format!("{kind} changes members of a managed instance group, and `{}` loses its holder {when}", network.short(pool)),
    )
    .label("changes members of the group")
    .also(mig, if repairs { "this group repairs its members" } else { "the group" })
    .help(help)
    .note("the group makes a member from its template and what it preserves; addresses that were added later are in neither");
    Ok(finding.into())
}
