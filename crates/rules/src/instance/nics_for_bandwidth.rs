//! Ordinary NICs in one network beyond those that the machine type needs for its full bandwidth: they add none.

use std::collections::BTreeMap;

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Field, Finding, InstanceId, Judged, NicId, Place, View, VpcId};

use crate::rule::{Judge, Rule};
use crate::siblings;

pub const RULE: Rule = Rule {
    code: "nics-for-bandwidth",
    class: Class::Risk,
    page: include_str!("../../pages/nics-for-bandwidth.md"),
    judge: Judge::Instance(judge),
};

fn judge(view: &View<'_>, instance: InstanceId) -> Judged {
    if view.network.instances[instance].nics.len() < 2 || siblings::repeats_plan(view.network, instance) {
        return Ok(Answer::NotApplicable);
    }
    let Ok(machine) = view.machine(instance) else { return Ok(Answer::NotApplicable) };
    let mut answer = Answer::NotApplicable;
    for (vpc, nics) in ordinary_nics(view, instance)?.into_iter().filter(|(_, nics)| nics.len() > 1) {
        let needed = machine.count(view.facts, "vnics-for-full-egress")?;
        if nics.len() as u64 <= needed || !view.facts.get(keys::bandwidth::PER_INSTANCE_NOT_PER_NIC) {
            answer = Answer::Holds;
            continue;
        }
        let message = format!(
            "{} has {} NICs in network `{}`, and reaches its full bandwidth with {needed}",
            view.network.short(instance),
            nics.len(),
            view.network.short(vpc)
        );
        let last = nics[nics.len() - 1];
        let finding = Finding::new(Place::field(last, "network"), message)
            .label("adds no bandwidth")
            .note("bandwidth is counted by instance, whatever its number of NICs")
            .help("leave the extra NICs out, or take a larger machine type; Dynamic NICs share their parent's bandwidth as well");
        return Ok(siblings::count_note(finding, view.network, instance).into());
    }
    Ok(answer)
}

/// NICs for ordinary traffic by network; PSC interfaces are there to join a network, not for bandwidth.
fn ordinary_nics(view: &View<'_>, instance: InstanceId) -> Field<BTreeMap<VpcId, Vec<NicId>>> {
    let mut by_network: BTreeMap<VpcId, Vec<NicId>> = BTreeMap::new();
    for nic in view.network.instances[instance].nics.iter().copied() {
        let row = &view.network.nics[nic];
        let vpc = row.vpc.get()?;
        if row.attachment.is_none() && view.profile(vpc)?.is_ordinary() {
            by_network.entry(vpc).or_default().push(nic);
        }
    }
    Ok(by_network)
}
