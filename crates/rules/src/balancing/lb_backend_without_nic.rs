//! A backend service that names a network in which members of its backends have no NIC.

use twinrail_model::{Answer, BackendServiceId, Class, Finding, Hole, InstanceId, Judged, Place, Scheme, View};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "lb-backend-without-nic",
    class: Class::Broken,
    page: include_str!("../../pages/lb-backend-without-nic.md"),
    judge: Judge::BackendService(judge),
};

fn judge(view: &View<'_>, service: BackendServiceId) -> Judged {
    let network = view.network;
    let row = &network.backend_services[service];
    if row.scheme != Scheme::Internal {
        return Ok(Answer::NotApplicable);
    }
    let Some(vpc) = *row.vpc else { return Ok(Answer::NotApplicable) };
    let mut members: Vec<InstanceId> = Vec::new();
    let mut unknown: Option<Hole> = None;
    for backend in &row.backends {
        match backend.group.get().and_then(|endpoint| network.members(endpoint)) {
            Ok(more) => members.extend(more),
            Err(hole) => unknown = unknown.or(Some(hole)),
        }
    }
    let mut without: Vec<InstanceId> = Vec::new();
    for member in members.iter().copied() {
        match network.nic_in(member, vpc) {
            Ok(None) => without.push(member),
            Ok(Some(_)) => {}
            Err(hole) => unknown = unknown.or(Some(hole)),
        }
    }
    let Some(first) = without.first().copied() else { return unknown.map_or(Ok(Answer::Holds), Err) };
    let finding = Finding::new(
        Place::field(service, "network"),
        format!(
            "backend service `{}` sends to NICs in network `{}`, where {} of its {} backends have none",
            network.short(service),
            network.short(vpc),
            without.len(),
            members.len()
        ),
    )
    .label("the network of the backends' NICs")
    .also(first, "has no NIC there")
    .help("name the network that the backends have their NIC in, or leave it out for that of nic0");
    Ok(finding.into())
}
