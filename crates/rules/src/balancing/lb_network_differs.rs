//! An internal forwarding rule in another network than its backend service: the address is in one network, the NICs that would get the packets in another.

use twinrail_model::{
    Answer, BackendServiceId, Class, Finding, ForwardingRule, ForwardingRuleId, Judged, NicId, Place, Scheme, View,
    VpcId, admit,
};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "lb-network-differs",
    class: Class::Refused,
    page: include_str!("../../pages/lb-network-differs.md"),
    judge: Judge::BackendService(judge),
};

fn judge(view: &View<'_>, service: BackendServiceId) -> Judged {
    let network = view.network;
    let row = &network.backend_services[service];
    let ids: Vec<ForwardingRuleId> = network.rules_of(service).collect();
    if row.scheme != Scheme::Internal || ids.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let rules: Vec<&ForwardingRule> = ids.iter().map(|id| &network.forwarding_rules[*id]).collect();
    let Some(refusal) = admit::balancing::rules_in_network(view, row, &rules)? else { return Ok(Answer::Holds) };
    let (place, of_rule, of_service) =
        admit::balancing::rule_elsewhere(network, row, &rules)?.expect("a refused service has a rule elsewhere");
    let rule = ids[place];
    let finding = Finding::new(
        Place::field(service, "network"),
        format!(
            "backend service `{}` sends to NICs in network `{}`, and its forwarding rule `{}` is in `{}`",
            network.short(service),
            network.short(of_service),
            network.short(rule),
            network.short(of_rule)
        ),
    )
    .label(if row.vpc.is_some() { "this network" } else { "none named: that of nic0" })
    .also(Place::field(rule, "network"), format!("in `{}`", network.short(of_rule)))
    .refused(refusal);
    let finding = match nic_of_backends(view, service, of_rule) {
        Some(nic) if row.vpc.is_none() => finding
            .also(nic, format!("this NIC is in `{}`", network.short(of_rule)))
            .help(format!("name the network on the backend service, `network: {}`", network.short(of_rule))),
        _ => {
            finding.help("take the load balancer's address from a subnet of the network that its backends' NICs are in")
        }
    };
    Ok(finding.into())
}

/// A backend's NIC in a network, to tell a network that was not named from one that is not there.
fn nic_of_backends(view: &View<'_>, service: BackendServiceId, vpc: VpcId) -> Option<NicId> {
    let network = view.network;
    let groups = network.backend_services[service].backends.iter().filter_map(|backend| backend.group.get().ok());
    let mut members = groups.filter_map(|group| network.members(group).ok()).flatten();
    members.find_map(|member| network.nic_in(*member, vpc).ok().flatten())
}
