//! An RDMA NIC in a network whose profile is not the one that the machine type needs.

use twinrail_model::{Answer, Class, Finding, Judged, NicId, Place, View, admit};

use crate::blocked::named;
use crate::rule::{Judge, Rule};
use crate::siblings;

pub const RULE: Rule = Rule {
    code: "profile-not-of-machine",
    class: Class::Refused,
    page: include_str!("../../pages/profile-not-of-machine.md"),
    judge: Judge::Nic(judge),
};

fn judge(view: &View<'_>, nic: NicId) -> Judged {
    let row = &view.network.nics[nic];
    let is_rdma = matches!(&*row.nic_type, Ok(Some(kind)) if kind.is_rdma());
    let Ok(machine) = view.machine(row.instance) else { return Ok(Answer::NotApplicable) };
    if !is_rdma || earlier_nic_in(view, nic) || siblings::repeats_plan(view.network, row.instance) {
        return Ok(Answer::NotApplicable);
    }
    let vpc = row.vpc.get()?;
    if view.profile(vpc)?.is_ordinary() {
        return Ok(Answer::NotApplicable);
    }
    let instance = &view.network.instances[row.instance];
    let Some(refusal) = admit::nic::profile_fits_machine(view, instance, row)? else { return Ok(Answer::Holds) };
    let message = format!(
        "{} of type {} has {} in {}",
        view.network.short(row.instance),
        machine.name,
        row.label(),
        named(view, vpc)
    );
    let finding = Finding::new(Place::field(nic, "network"), message)
        .label("an RDMA network of another kind")
        .also(Place::field(row.instance, "machineType"), "its machine type")
        .also(Place::field(vpc, "networkProfile"), "the profile")
        .help("make an RDMA network with the profile of the machine type, and use its NIC type")
        .refused(refusal);
    Ok(siblings::count_note(finding, view.network, row.instance).into())
}

/// Eight RDMA NICs in one wrong network are one mistake.
fn earlier_nic_in(view: &View<'_>, nic: NicId) -> bool {
    let row = &view.network.nics[nic];
    let nics = &view.network.instances[row.instance].nics;
    nics.iter().take_while(|other| **other != nic).any(|other| view.network.nics[*other].vpc == row.vpc)
}
