//! RDMA NICs of like instances whose order differs: rail i of one node lies in the subnet of rail j of another.

use std::collections::BTreeMap;

use twinrail_model::{Answer, Class, Field, Finding, InstanceId, Judged, NicId, Place, SubnetId, View, VpcId};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "rails-not-aligned",
    class: Class::Risk,
    page: include_str!("../../pages/rails-not-aligned.md"),
    judge: Judge::Vpc(judge),
};

/// The rails of one instance: its NICs in the network, by their order, with their subnets.
type Rails = Vec<(NicId, SubnetId)>;

fn judge(view: &View<'_>, vpc: VpcId) -> Judged {
    if view.profile(vpc)?.is_ordinary() {
        return Ok(Answer::NotApplicable);
    }
    let mut answer = Answer::NotApplicable;
    // Instances that share any subnet belong together: the first one seen on a subnet gives the order.
    let mut orders: Vec<Rails> = Vec::new();
    let mut seen: BTreeMap<SubnetId, usize> = BTreeMap::new();
    for rails in rails_by_instance(view, vpc)?.into_values().filter(|rails| rails.len() > 1) {
        answer = Answer::Holds;
        let known = rails.iter().find_map(|(_, subnet)| seen.get(subnet)).copied();
        let order = known.unwrap_or_else(|| {
            orders.push(rails.clone());
            orders.len() - 1
        });
        let differing = orders[order].iter().zip(&rails).position(|(one, other)| one.1 != other.1);
        if let Some(rail) = differing {
            return Ok(finding(view, rail, orders[order][rail], rails[rail]).into());
        }
        for (_, subnet) in &rails {
            seen.entry(*subnet).or_insert(order);
        }
        if rails.len() > orders[order].len() {
            orders[order] = rails;
        }
    }
    Ok(answer)
}

fn rails_by_instance(view: &View<'_>, vpc: VpcId) -> Field<BTreeMap<InstanceId, Rails>> {
    let mut all: BTreeMap<InstanceId, Rails> = BTreeMap::new();
    for (id, nic) in view.network.nics_in(vpc) {
        all.entry(nic.instance).or_default().push((id, nic.subnet.get()?));
    }
    for rails in all.values_mut() {
        rails.sort_by_key(|(nic, _)| view.network.nics[*nic].index);
    }
    Ok(all)
}

fn finding(view: &View<'_>, rail: usize, one: (NicId, SubnetId), other: (NicId, SubnetId)) -> Finding {
    let name = |id: NicId| view.network.short(view.network.nics[id].instance);
    let message = format!(
        "RDMA rail {rail} of {} is in subnet `{}`, and that of {} in `{}`",
        name(other.0),
        view.network.short(other.1),
        name(one.0),
        view.network.short(one.1)
    );
    Finding::new(Place::field(other.0, "subnetwork"), message)
        .label(format!("rail {rail}"))
        .also(Place::field(one.0, "subnetwork"), format!("rail {rail} of {}", name(one.0)))
        .help("give the i-th RDMA NIC of every instance the same subnet: software pairs rails by their order")
        .note("between rails traffic takes a longer way through the fabric, and guests without a route to the other subnet take none")
}
