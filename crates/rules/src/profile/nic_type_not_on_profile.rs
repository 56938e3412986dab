//! A NIC whose type the network's profile does not take: an ordinary NIC on an RDMA network, or an RDMA NIC on an ordinary one.

use twinrail_model::{Answer, Class, Finding, Judged, NicId, Place, View, admit};

use crate::blocked::named;
use crate::rule::{Judge, Rule};
use crate::siblings;

pub const RULE: Rule = Rule {
    code: "nic-type-not-on-profile",
    class: Class::Refused,
    page: include_str!("../../pages/nic-type-not-on-profile.md"),
    judge: Judge::Nic(judge),
};

fn judge(view: &View<'_>, nic: NicId) -> Judged {
    let instance = view.network.nics[nic].instance;
    let Some(nic_type) = view.network.nics[nic].nic_type.get()? else { return Ok(Answer::NotApplicable) };
    let Some(refusal) = admit::nic::type_fits_profile(view, &view.network.nics[nic])? else { return Ok(Answer::Holds) };
    if siblings::repeats_plan(view.network, instance) {
        return Ok(Answer::NotApplicable);
    }
    let vpc = view.network.nics[nic].vpc.get()?;
    let profile = view.profile(vpc)?;
    let help = if nic_type.is_rdma() {
        "put this NIC into a network with the RDMA profile of its machine type".to_owned()
    } else {
        format!("put this NIC into an ordinary network: only RDMA NICs attach to a {}", profile.title)
    };
    let message =
        format!("{} is of type {nic_type}, which {} does not take", view.network.short(nic), named(view, vpc));
    let finding = Finding::new(Place::field(nic, "nicType"), message)
        .label(format!("{nic_type} here"))
        .also(vpc, format!("this network is a {}", profile.title))
        .help(help)
        .refused(refusal);
    Ok(siblings::count_note(finding, view.network, instance).into())
}
