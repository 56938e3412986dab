//! A managed instance group of instances with RDMA NICs, of a machine type that groups may not have then.

use twinrail_model::{Answer, Class, Finding, Judged, MigId, Place, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "rdma-machine-in-mig",
    class: Class::Refused,
    page: include_str!("../../pages/rdma-machine-in-mig.md"),
    judge: Judge::Mig(judge),
};

fn judge(view: &View<'_>, mig: MigId) -> Judged {
    let network = view.network;
    let Some(member) = admit::instance::member_of(network, &network.migs[mig]) else {
        return Ok(Answer::NotApplicable);
    };
    let Ok(machine) = view.machine(member) else { return Ok(Answer::NotApplicable) };
    let nics = network.nic_rows(member);
    if admit::instance::rdma_nics(&nics) == 0 {
        return Ok(Answer::NotApplicable);
    }
    let row = &network.instances[member];
    let Some(refusal) = admit::instance::mig_allowed(view, row, &nics)? else { return Ok(Answer::Holds) };
    let message =
        format!("group `{}` is to hold instances of {} with RDMA NICs", view.network.short(mig), machine.name);
    Ok(Finding::new(Place::field(mig, "instanceTemplate"), message)
        .label("this group")
        .also(Place::field(member, "machineType"), "its machine type")
        .help("make the instances one by one or in bulk, without a group")
        .refused(refusal)
        .into())
}
