//! A forwarding rule of a service with fast IP move that shares its address with another rule.

use twinrail_model::admit::balancing::RuleAndService;
use twinrail_model::{
    Answer, BackendServiceId, Class, Field, Finding, ForwardingRuleId, Judged, Network, Place, View, admit,
};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "fast-ip-move-shared-address",
    class: Class::Refused,
    page: include_str!("../../pages/fast-ip-move-shared-address.md"),
    judge: Judge::BackendService(judge),
};

fn judge(view: &View<'_>, service: BackendServiceId) -> Judged {
    let network = view.network;
    let row = &network.backend_services[service];
    if row.ha_policy.is_none() || !admit::balancing::moves_fast(view, row) {
        return Ok(Answer::NotApplicable);
    }
    let Some((rule, other)) = shared_address(view, service)? else { return Ok(Answer::Holds) };
    let refusal = admit::balancing::address_is_own(view, with_service(network, rule), &[with_service(network, other)])?;
    let Some(refusal) = refusal else { return Ok(Answer::Holds) };
    let address = network.forwarding_rules[rule].address.get()?;
    let address = address.map_or_else(String::new, |address| address.to_string());
    let finding = Finding::new(
        Place::field(rule, "IPAddress"),
        format!(
            "forwarding rule `{}` of a service with fast IP move shares {address} with `{}`",
            network.short(rule),
            network.short(other)
        ),
    )
    .label("an announcement must move one rule's address")
    .also(Place::field(other, "IPAddress"), "the same address")
    .also(service, "has fast IP move")
    .help("use one rule with all ports, or of protocol L3_DEFAULT, for each address")
    .refused(refusal);
    Ok(finding.into())
}

/// The first two forwarding rules with one address of which the first leads to this service with fast IP move. If both lead to such services, the later
/// rule is the one that is refused.
fn shared_address(view: &View<'_>, service: BackendServiceId) -> Field<Option<(ForwardingRuleId, ForwardingRuleId)>> {
    let network = view.network;
    let mut unknown = None;
    for rule in network.rules_of(service) {
        let address = &network.forwarding_rules[rule].address;
        let moves_fast = |other| {
            let (_, service) = with_service(network, other);
            service.is_some_and(|service| admit::balancing::moves_fast(view, service))
        };
        let beside = network.forwarding_rules.iter().filter(|(other, row)| *other != rule && row.address == *address);
        let earlier = beside.map(|(other, _)| other).filter(|other| *other < rule || !moves_fast(*other));
        let ids: Vec<ForwardingRuleId> = earlier.collect();
        let others: Vec<RuleAndService<'_>> = ids.iter().map(|other| with_service(network, *other)).collect();
        match admit::balancing::shares_address_with(view, with_service(network, rule), &others) {
            Ok(Some(place)) => return Ok(Some((rule, ids[place]))),
            Ok(None) => {}
            Err(hole) => {
                unknown.get_or_insert(hole);
            }
        }
    }
    unknown.map_or(Ok(None), Err)
}

fn with_service(network: &Network, rule: ForwardingRuleId) -> RuleAndService<'_> {
    let row = &network.forwarding_rules[rule];
    (row, row.backend_service.map(|service| &network.backend_services[service]))
}
