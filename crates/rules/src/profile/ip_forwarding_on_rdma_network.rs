//! An instance that forwards IP packets and has a NIC in a network whose profile blocks that.

use twinrail_model::{Answer, Class, Feature, Finding, InstanceId, Judged, Place, View, admit};

use crate::blocked::{self, named};
use crate::rule::{Judge, Rule};
use crate::siblings;

pub const RULE: Rule = Rule {
    code: "ip-forwarding-on-rdma-network",
    class: Class::Refused,
    page: include_str!("../../pages/ip-forwarding-on-rdma-network.md"),
    judge: Judge::Instance(judge),
};

fn judge(view: &View<'_>, instance: InstanceId) -> Judged {
    let row = &view.network.instances[instance];
    if !*row.can_ip_forward || siblings::repeats_plan(view.network, instance) {
        return Ok(Answer::NotApplicable);
    }
    let mut answer = Answer::NotApplicable;
    for nic in &row.nics {
        let Some(vpc) = blocked::network_with_profile(view, *nic)? else { continue };
        let Some(refusal) = admit::profile::ip_forwarding_allowed(view, row, vpc)? else {
            answer = Answer::Holds;
            continue;
        };
        let message =
            format!("{} forwards IP packets and has a NIC in {}", view.network.short(instance), named(view, vpc));
        let finding = Finding::new(Place::field(instance, "canIpForward"), message)
            .label("asked for here")
            .also(*nic, "the NIC that forbids it")
            .help("take IP forwarding away, and with it movers that use routes; or let instances without RDMA forward");
        let finding = siblings::count_note(finding, view.network, instance);
        return blocked::by_profile(view, vpc, Feature::IpForwarding, refusal, finding);
    }
    Ok(answer)
}
