//! Two NICs of one instance, in different networks, whose subnets overlap.

use twinrail_model::{Answer, Class, Finding, InstanceId, Judged, NicId, Place, View, admit};

use crate::rule::{Judge, Rule};
use crate::siblings;

pub const RULE: Rule = Rule {
    code: "overlapping-nic-subnets",
    class: Class::Refused,
    page: include_str!("../../pages/overlapping-nic-subnets.md"),
    judge: Judge::Instance(judge),
};

fn judge(view: &View<'_>, instance: InstanceId) -> Judged {
    let nics = &view.network.instances[instance].nics;
    // A PSC interface may not overlap either, which is a rule of its own.
    let plain = |nic: &&NicId| view.network.nics[**nic].attachment.is_none();
    if nics.iter().filter(plain).count() < 2 || siblings::repeats_plan(view.network, instance) {
        return Ok(Answer::NotApplicable);
    }
    for (place, second) in nics.iter().copied().enumerate() {
        for first in nics[..place].iter().copied() {
            let (one, other) = (&view.network.nics[first], &view.network.nics[second]);
            let Some(refusal) = admit::instance::ranges_disjoint(view, one, other)? else { continue };
            let message = format!(
                "{} and {} of {} are in subnets that overlap",
                one.label(),
                other.label(),
                view.network.short(instance)
            );
            let finding = Finding::new(Place::field(second, "subnetwork"), message)
                .label("overlaps")
                .also(Place::field(one.subnet.get()?, "ipCidrRange"), format!("the subnet of {}", one.label()))
                .also(Place::field(other.subnet.get()?, "ipCidrRange"), format!("the subnet of {}", other.label()))
                .help("give the networks that one instance joins ranges apart from each other, RDMA networks as well")
                .refused(refusal);
            return Ok(siblings::count_note(finding, view.network, instance).into());
        }
    }
    Ok(Answer::Holds)
}
