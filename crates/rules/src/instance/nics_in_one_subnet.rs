//! Several NICs of one instance in one subnet that does not take them.

use twinrail_model::{Answer, Class, Finding, InstanceId, Judged, NicId, Place, View, admit};

use crate::rule::{Judge, Rule};
use crate::siblings;

pub const RULE: Rule = Rule {
    code: "nics-in-one-subnet",
    class: Class::Refused,
    page: include_str!("../../pages/nics-in-one-subnet.md"),
    judge: Judge::Instance(judge),
};

fn judge(view: &View<'_>, instance: InstanceId) -> Judged {
    let nics = &view.network.instances[instance].nics;
    if nics.len() < 2 || siblings::repeats_plan(view.network, instance) {
        return Ok(Answer::NotApplicable);
    }
    let mut answer = Answer::NotApplicable;
    for (place, second) in nics.iter().copied().enumerate() {
        let subnet = view.network.nics[second].subnet.get()?;
        let earlier = nics[..place].iter().copied().find(|first| view.network.nics[*first].subnet == Ok(subnet));
        let Some(first) = earlier else { continue };
        let row = |nic: NicId| &view.network.nics[nic];
        let Some(refusal) = admit::instance::subnets_fit(view, row(first), row(second), row(nics[0]))? else {
            answer = Answer::Holds;
            continue;
        };
        let name = view.network.short(subnet);
        let message = format!(
            "{} has {} and {} in subnet `{name}`",
            view.network.short(instance),
            view.network.nics[first].label(),
            view.network.nics[second].label()
        );
        let finding = Finding::new(Place::field(second, "subnetwork"), message)
            .label(format!("`{name}` again"))
            .also(Place::field(first, "subnetwork"), "the first of them")
            .help("make one subnet for each NIC of an instance, and use the i-th for the i-th NIC of all of them")
            .refused(refusal);
        return Ok(siblings::count_note(finding, view.network, instance).into());
    }
    Ok(answer)
}
