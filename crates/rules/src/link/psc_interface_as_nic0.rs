//! The first NIC of an instance is a PSC interface.

use twinrail_model::{Answer, Class, Finding, Judged, NicId, Place, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "psc-interface-as-nic0",
    class: Class::Refused,
    page: include_str!("../../pages/psc-interface-as-nic0.md"),
    judge: Judge::Nic(judge),
};

fn judge(view: &View<'_>, nic: NicId) -> Judged {
    let row = &view.network.nics[nic];
    let Some(attachment) = *row.attachment else { return Ok(Answer::NotApplicable) };
    let Some(refusal) = admit::link::psc_interface_is_not_nic0(view, row)? else { return Ok(Answer::Holds) };
    let finding =
        Finding::new(Place::field(nic, "networkAttachment"), format!("{} is a PSC interface", view.network.short(nic)))
            .label("nic0 joins another network here")
            .also(attachment, "through this network attachment")
            .help(
                "give the instance a first NIC in a network of its own project, and make the PSC interface a later one",
            )
            .refused(refusal);
    Ok(finding.into())
}
