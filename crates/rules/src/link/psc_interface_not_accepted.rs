//! A PSC interface of a project that the network attachment does not accept.

use std::collections::BTreeSet;

use twinrail_model::{AttachmentId, AttachmentPreference, Class, Finding, Judged, Place, ProjectId, View, admit};

use crate::gather::{Refused, gather};
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "psc-interface-not-accepted",
    class: Class::Refused,
    page: include_str!("../../pages/psc-interface-not-accepted.md"),
    judge: Judge::Attachment(judge),
};

fn judge(view: &View<'_>, attachment: AttachmentId) -> Judged {
    let instances = view.network.nics_through(attachment).map(|(_, nic)| nic.instance);
    let projects: BTreeSet<ProjectId> = instances.map(|instance| view.network.instances[instance].project).collect();
    gather(projects, |project| admit::link::attachment_accepts(view, attachment, project))
        .judged(|refused| finding(view, attachment, refused))
}

fn finding(view: &View<'_>, attachment: AttachmentId, refused: &Refused<ProjectId>) -> Finding {
    let network = view.network;
    let row = &network.attachments[attachment];
    let project = network.short(refused.first);
    let rejected = row.rejects.contains(&project);
    let (field, lists, help) = if rejected {
        ("producerRejectLists", "rejects", "take it off the reject list, which beats the accept list")
    } else {
        ("producerAcceptLists", "does not accept", "put it on the accept list")
    };
    let finding = Finding::new(
        Place::field(attachment, field),
        format!(
            "the network attachment `{}` {lists} project `{project}`, whose instances join through it",
            network.short(attachment)
        ),
    )
    .label(format!("without `{project}`"))
    .also(refused.first, "this project's instances have PSC interfaces to it")
    .help(format!("{help}: creating an instance fails until it is accepted"));
    let finding = if rejected { finding.label(format!("`{project}` is rejected here")) } else { finding };
    let others = refused.count - 1;
    debug_assert_eq!(row.preference, Ok(AttachmentPreference::Manual), "an automatic attachment accepts every project");
    if others > 0 { finding.note(format!("so it is with {others} more of the projects that join")) } else { finding }
}
