//! What conditions, limits and cases of bandwidth are called. Not here: what they amount to.

use twinrail_model::{Network, Rail};
use twinrail_sizing::bandwidth::{Case, Condition, Failure, Limit, Placement, System};

pub(super) fn limit(limit: Limit) -> String {
    match limit {
        Limit::Flow => "what one connection carries".to_owned(),
        Limit::Clients => "the clients' own NICs".to_owned(),
        Limit::Egress => "egress of the instance".to_owned(),
        Limit::SharedEgress => "egress of the instance, RDMA included".to_owned(),
        Limit::Ingress => "ingress of the instance".to_owned(),
        Limit::Rdma => "RDMA of the instance".to_owned(),
        Limit::PhysicalNicOut(place) => format!("physical NIC {place}, out"),
        Limit::PhysicalNicIn(place) => format!("physical NIC {place}, in"),
        Limit::DiskRead => "disk reads".to_owned(),
        Limit::DiskWrite => "disk writes".to_owned(),
        Limit::ReadOperations => "read operations of the disks".to_owned(),
        Limit::WriteOperations => "write operations of the disks".to_owned(),
        Limit::ZoneOut => "traffic out of a zone".to_owned(),
        Limit::ZoneIn => "traffic into a zone".to_owned(),
        Limit::RebuildShare => "the share that a rebuild may take".to_owned(),
        Limit::Room => "what is left has no room for it".to_owned(),
        Limit::Stripe => "a stripe has more chunks than nodes are left".to_owned(),
        Limit::Nobody => "nobody holds the VIPs".to_owned(),
    }
}

/// What is down, and whose the VIPs are; whether data is made again meanwhile is told beside it.
pub(super) fn condition(network: &Network, system: &System, condition: Condition) -> String {
    let placed = match condition.placement {
        Placement::Spread => "VIPs spread",
        Placement::One => "VIPs on one other",
    };
    match condition.failure {
        Failure::Nothing => "everything up".to_owned(),
        Failure::Instances(1) => format!("one instance down, {placed}"),
        Failure::Instances(_) => format!("two instances down, {placed}"),
        Failure::Nic(slot) => {
            let nic = network.instances[system.nodes[0]].nics.peek().get(slot).map(|nic| &network.nics[*nic]);
            let rail = nic.and_then(|nic| *nic.rail.peek()).map_or("", Rail::word);
            format!("nic{slot} ({rail}) of one instance down").replace(" ()", "")
        }
        Failure::Zone => "one zone down".to_owned(),
    }
}

/// What is down in a case, and where its VIPs are.
pub(super) fn case(network: &Network, case: &Case) -> String {
    if case.down.is_empty() {
        return "everything up".to_owned();
    }
    let down: Vec<String> = case.down.iter().map(|part| part.short(network)).collect();
    let placed = match case.placement {
        Placement::Spread => "VIPs spread",
        Placement::One => "VIPs on one other",
    };
    let rebuild = if case.rebuild { ", rebuild running" } else { "" };
    format!("{} down, {placed}{rebuild}", down.join(" and "))
}
