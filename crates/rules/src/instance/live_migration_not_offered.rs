//! Live migration asked of an instance that can only stop when its host is maintained.

use twinrail_model::{Answer, Class, Finding, InstanceId, Judged, Maintenance, Place, View, admit};

use crate::rule::{Judge, Rule};
use crate::siblings;

pub const RULE: Rule = Rule {
    code: "live-migration-not-offered",
    class: Class::Refused,
    page: include_str!("../../pages/live-migration-not-offered.md"),
    judge: Judge::Instance(judge),
};

fn judge(view: &View<'_>, instance: InstanceId) -> Judged {
    let row = &view.network.instances[instance];
    if row.on_host_maintenance != Some(Maintenance::Migrate) || siblings::repeats_plan(view.network, instance) {
        return Ok(Answer::NotApplicable);
    }
    let nics = view.network.nic_rows(instance);
    let rdma = admit::instance::rdma_nics(&nics) > 0;
    let Some(refusal) = admit::instance::maintenance_fits(view, row, &nics)? else {
        let judged = rdma || view.machine(instance).is_ok();
        return Ok(if judged { Answer::Holds } else { Answer::NotApplicable });
    };
    let message = format!("{} is to be live-migrated, which it cannot be", view.network.short(instance));
    let finding = Finding::new(Place::field(instance, "scheduling/onHostMaintenance"), message)
        .label("MIGRATE")
        .help("set it to terminate, and plan for a node that stops at each maintenance of its host")
        .refused(refusal);
    Ok(siblings::count_note(finding, view.network, instance).into())
}
