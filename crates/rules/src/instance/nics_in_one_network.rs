//! Several NICs of one instance in one network that does not take them.

use twinrail_model::{Answer, Class, Finding, InstanceId, Judged, NicId, Place, View, admit};

use crate::rule::{Judge, Rule};
use crate::siblings;

pub const RULE: Rule = Rule {
    code: "nics-in-one-network",
    class: Class::Refused,
    page: include_str!("../../pages/nics-in-one-network.md"),
    judge: Judge::Instance(judge),
};

fn judge(view: &View<'_>, instance: InstanceId) -> Judged {
    let nics = &view.network.instances[instance].nics;
    if nics.len() < 2 || siblings::repeats_plan(view.network, instance) {
        return Ok(Answer::NotApplicable);
    }
    let mut answer = Answer::NotApplicable;
    for (place, second) in nics.iter().copied().enumerate() {
        let vpc = view.network.nics[second].vpc.get()?;
        let earlier = nics[..place].iter().copied().find(|first| view.network.nics[*first].vpc == Ok(vpc));
        let Some(first) = earlier else { continue };
        let row = |nic: NicId| &view.network.nics[nic];
        let Some(refusal) = admit::instance::networks_fit(view, row(first), row(second), row(nics[0]))? else {
            answer = Answer::Holds;
            continue;
        };
        let network = view.network.short(vpc);
        let message = format!(
            "{} has {} and {} in network `{network}`",
            view.network.short(instance),
            view.network.nics[first].label(),
            view.network.nics[second].label()
        );
        let finding = Finding::new(Place::field(second, "network"), message)
            .label(format!("`{network}` again"))
            .also(Place::field(first, "network"), "the first of them")
            .help("give each NIC a network of its own, or use one NIC: traffic to one network needs no second")
            .refused(refusal);
        return Ok(siblings::count_note(finding, view.network, instance).into());
    }
    Ok(answer)
}
