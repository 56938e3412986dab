//! An instance with more RDMA NICs than its machine type offers, or with one where it offers none.

use twinrail_model::{Answer, Class, Finding, InstanceId, Judged, NicId, Place, View, admit};

use crate::rule::{Judge, Rule};
use crate::siblings;

pub const RULE: Rule = Rule {
    code: "too-many-rdma-nics",
    class: Class::Refused,
    page: include_str!("../../pages/too-many-rdma-nics.md"),
    judge: Judge::Instance(judge),
};

fn judge(view: &View<'_>, instance: InstanceId) -> Judged {
    let (row, nics) = (&view.network.instances[instance], view.network.nic_rows(instance));
    let count = admit::instance::rdma_nics(&nics);
    if count == 0 || view.machine(instance).is_err() || siblings::repeats_plan(view.network, instance) {
        return Ok(Answer::NotApplicable);
    }
    let Some(refusal) = admit::instance::rdma_nic_count_fits(view, row, &nics)? else { return Ok(Answer::Holds) };
    let is_rdma = |nic: &&NicId| matches!(&*view.network.nics[**nic].nic_type, Ok(Some(kind)) if kind.is_rdma());
    let last = *row.nics.iter().rfind(is_rdma).expect("there is one, as they were counted");
    let machine = view.machine(instance)?;
    let words = if count == 1 { "an RDMA NIC".to_owned() } else { format!("{count} RDMA NICs") };
    let message = format!("{} of type {} has {words}", view.network.short(instance), machine.name);
    let finding = Finding::new(Place::field(last, "nicType"), message)
        .label("the last of them")
        .help("take as many as the machine type has; more RDMA bandwidth needs more or larger instances")
        .refused(refusal);
    Ok(siblings::count_note(finding, view.network, instance).into())
}
