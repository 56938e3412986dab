//! A NIC for ordinary traffic of a type that the machine type does not offer.

use twinrail_model::{Answer, Class, Finding, Judged, NicId, Place, View, admit};

use crate::rule::{Judge, Rule};
use crate::siblings;

pub const RULE: Rule = Rule {
    code: "nic-type-not-of-machine",
    class: Class::Refused,
    page: include_str!("../../pages/nic-type-not-of-machine.md"),
    judge: Judge::Nic(judge),
};

fn judge(view: &View<'_>, nic: NicId) -> Judged {
    let row = &view.network.nics[nic];
    let Some(nic_type) = row.nic_type.get()? else { return Ok(Answer::NotApplicable) };
    let Ok(machine) = view.machine(row.instance) else { return Ok(Answer::NotApplicable) };
    // On an RDMA network an ordinary NIC is wrong whatever the machine.
    let elsewhere = row.vpc.as_ref().is_ok_and(|vpc| view.is_profiled(*vpc));
    if nic_type.is_rdma() || elsewhere || siblings::repeats_plan(view.network, row.instance) {
        return Ok(Answer::NotApplicable);
    }
    let instance = &view.network.instances[row.instance];
    let Some(refusal) = admit::nic::type_fits_machine(view, instance, row)? else { return Ok(Answer::Holds) };
    let message = format!("{} is of type {nic_type}, which {} does not have", view.network.short(nic), machine.name);
    let finding = Finding::new(Place::field(nic, "nicType"), message)
        .label(format!("{nic_type} here"))
        .also(Place::field(row.instance, "machineType"), "its machine type")
        .help("use a NIC type that the machine type offers; the driver in the guest image follows it")
        .refused(refusal);
    Ok(siblings::count_note(finding, view.network, row.instance).into())
}
