//! nic0 of an instance in an RDMA network: the first NIC has to carry ordinary traffic.

use twinrail_model::{Answer, Class, Feature, Finding, Judged, NicId, Place, View, admit};

use crate::blocked::{self, named};
use crate::rule::{Judge, Rule};
use crate::siblings;

pub const RULE: Rule = Rule {
    code: "nic0-on-rdma-network",
    class: Class::Refused,
    page: include_str!("../../pages/nic0-on-rdma-network.md"),
    judge: Judge::Nic(judge),
};

fn judge(view: &View<'_>, nic: NicId) -> Judged {
    let row = &view.network.nics[nic];
    if row.index != 0 {
        return Ok(Answer::NotApplicable);
    }
    let Some(vpc) = blocked::network_with_profile(view, nic)? else { return Ok(Answer::NotApplicable) };
    let ordinary_type = row.nic_type.get()?.is_some_and(|kind| !kind.is_rdma());
    // An ordinary NIC does not fit there whatever its place, which is the finding of `nic-type-not-on-profile`.
    if ordinary_type || siblings::repeats_plan(view.network, row.instance) {
        return Ok(Answer::NotApplicable);
    }
    let Some(refusal) = admit::nic::nic0_allowed(view, row)? else { return Ok(Answer::Holds) };
    let instance = view.network.short(row.instance);
    let finding = Finding::new(Place::field(nic, "network"), format!("nic0 of {instance} is in {}", named(view, vpc)))
        .label("the first NIC")
        .help("list an ordinary NIC first, in an ordinary network, and the RDMA NIC after it");
    let finding = siblings::count_note(finding, view.network, row.instance);
    blocked::by_profile(view, vpc, Feature::DefaultNicAttachment, refusal, finding)
}
