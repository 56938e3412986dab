//! A backend service that names a network in which members of its backends have no NIC.

use twinrail_model::{Answer, BackendServiceId, Class, Finding, InstanceId, Judged, Place, Scheme, View};

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
    let Some(vpc) = row.vpc else { return Ok(Answer::NotApplicable) };
    let (mut without, mut members): (Vec<InstanceId>, usize) = (Vec::new(), 0);
    for backend in &row.backends {
        let endpoint = backend.group.clone()?;
        for member in network.members(endpoint)?.iter().copied() {
            members += 1;
            if network.nic_in(member, vpc)?.is_none() {
                without.push(member);
            }
        }
    }
    let Some(first) = without.first().copied() else { return Ok(Answer::Holds) };
    let finding = Finding::new(
        Place::field(service, "network"),
        format!(
            "backend service `{}` sends to NICs in network `{}`, where {} of its {members} backends have none",
            network.short(service),
            network.short(vpc),
            without.len()
        ),
    )
    .label("the network of the backends' NICs")
    .also(first, "has no NIC there")
    .help("name the network that the backends have their NIC in, or leave it out for that of nic0");
    Ok(finding.into())
}
