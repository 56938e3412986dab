//! A managed instance group with stateful addresses is autoscaled.

use twinrail_model::{Answer, Class, Finding, Judged, MigId, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "stateful-mig-autoscaled",
    class: Class::Refused,
    page: include_str!("../../pages/stateful-mig-autoscaled.md"),
    judge: Judge::Mig(judge),
};

fn judge(view: &View<'_>, mig: MigId) -> Judged {
    let row = &view.network.migs[mig];
    if row.stateful_addresses.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let Some(refusal) = admit::mover::group_may_autoscale(view, row)? else { return Ok(Answer::Holds) };
    let finding = Finding::new(
        mig,
        format!("`{}` keeps addresses for its members and has an autoscaler", view.network.short(mig)),
    )
    .label("stateful and autoscaled")
    .help("set the size of the group yourself, or give up its stateful addresses")
    .refused(refusal);
    Ok(finding.into())
}
