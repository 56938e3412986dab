//! A managed instance group that repairs a node by recreating it, and so empties the local SSD that holds its data.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, Judged, MigId, Place, View, admit};

use crate::local_data;
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "repair-empties-local-ssd",
    class: Class::Risk,
    page: include_str!("../../pages/repair-empties-local-ssd.md"),
    judge: Judge::Mig(judge),
};

fn judge(view: &View<'_>, mig: MigId) -> Judged {
    let row = &view.network.migs[mig];
    let Some(member) = admit::instance::member_of(view.network, row) else { return Ok(Answer::NotApplicable) };
    if !local_data::is_kept(view, mig, member) {
        return Ok(Answer::NotApplicable);
    }
    if !*row.repairs || !view.facts.get(keys::mig::RECREATE_EMPTIES_LOCAL_SSD) {
        return Ok(Answer::Holds);
    }
    let message =
        format!("group `{}` recreates a failed node, and its local SSD comes back empty", view.network.short(mig));
    Ok(Finding::new(Place::field(mig, "instanceLifecyclePolicy/defaultActionOnFailure"), message)
        .label("REPAIR")
        .also(Place::field(member, "machineType"), "with local SSD")
        .note("a guest that crashed or was stopped still has its data until the group recreates it")
        .help("let the group do nothing on failure, and let the storage software restart or replace nodes")
        .into())
}
