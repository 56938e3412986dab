//! A NIC that is meant for RDMA and cannot do it: an ordinary NIC in an ordinary network.

use twinrail_model::{Answer, Class, Finding, Judged, NicId, Place, Rail, View};

use crate::rule::{Judge, Rule};
use crate::siblings;

pub const RULE: Rule = Rule {
    code: "rdma-rail-without-rdma-nic",
    class: Class::Broken,
    page: include_str!("../../pages/rdma-rail-without-rdma-nic.md"),
    judge: Judge::Nic(judge),
};

fn judge(view: &View<'_>, nic: NicId) -> Judged {
    let row = &view.network.nics[nic];
    if row.rail != Some(Rail::Rdma) || siblings::repeats_plan(view.network, row.instance) {
        return Ok(Answer::NotApplicable);
    }
    let Some(nic_type) = row.nic_type.get()? else { return Ok(Answer::NotApplicable) };
    let vpc = row.vpc.get()?;
    // Type and network that do not fit each other are refused, which is the finding of `nic-type-not-on-profile`.
    if nic_type.is_rdma() || !view.profile(vpc)?.is_ordinary() {
        return Ok(Answer::Holds);
    }
    let message = format!(
        "{} is on the RDMA rail, but {nic_type} in an ordinary network carries no RDMA",
        view.network.short(nic)
    );
    let finding = Finding::new(Place::field(nic, "nicType"), message)
        .label(format!("{nic_type} here"))
        .also(vpc, "an ordinary network")
        .help("use an RDMA NIC type in a network with the RDMA profile of the machine type, or call the rail `tcp`");
    Ok(siblings::count_note(finding, view.network, row.instance).into())
}
