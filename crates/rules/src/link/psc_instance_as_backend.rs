//! An instance with a PSC interface is a backend of a load balancer.

use std::collections::BTreeSet;

use twinrail_facts::keys;
use twinrail_model::{
    Answer, BackendServiceId, Class, Endpoint, Finding, InstanceId, Judged, Network, NicId, Place, View,
};

use crate::rule::{Judge, Rule};
use crate::words;

pub const RULE: Rule = Rule {
    code: "psc-instance-as-backend",
    class: Class::Broken,
    page: include_str!("../../pages/psc-instance-as-backend.md"),
    judge: Judge::BackendService(judge),
};

fn judge(view: &View<'_>, service: BackendServiceId) -> Judged {
    let network = view.network;
    if network.attachments.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let mut backends: BTreeSet<InstanceId> = BTreeSet::new();
    let mut hole = None;
    for backend in &network.backend_services[service].backends {
        match &*backend.group {
            Ok(endpoint) => backends.extend(members(network, *endpoint)),
            Err(unknown) => hole = Some(unknown.clone()),
        }
    }
    let joined: Vec<NicId> = backends.iter().filter_map(|instance| psc_interface(network, *instance)).collect();
    let Some(nic) = joined.first() else {
        return match hole {
            Some(hole) => Err(hole),
            None if backends.is_empty() => Ok(Answer::NotApplicable),
            None => Ok(Answer::Holds),
        };
    };
    if view.facts.get(keys::psc::INSTANCE_MAY_BE_BACKEND) {
        return Ok(Answer::Holds);
    }
    let finding = Finding::new(
        Place::field(service, "backends"),
        format!(
            "`{}` has {} with PSC interfaces, which load balancing does not take",
            network.short(service),
            words::count(joined.len(), "backend")
        ),
    )
    .label(format!("{} in all", words::count(backends.len(), "backend")))
    .also(*nic, "such an interface")
    .help("move addresses of these instances by alias ranges, or put other instances behind the load balancer");
    Ok(finding.into())
}

fn members(network: &Network, endpoint: Endpoint) -> &[InstanceId] {
    match endpoint {
        Endpoint::Group(group) => &network.instance_groups[group].instances,
        Endpoint::Mig(mig) => &network.migs[mig].instances,
        Endpoint::Neg(neg) => &network.negs[neg].instances,
    }
}

fn psc_interface(network: &Network, instance: InstanceId) -> Option<NicId> {
    network.instances[instance].nics.iter().copied().find(|nic| network.nics[*nic].attachment.is_some())
}
