//! A forwarding rule of a service with fast IP move that shares its address with another rule.

use twinrail_model::{Answer, BackendServiceId, Class, Finding, Judged, Place, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "fast-ip-move-shared-address",
    class: Class::Refused,
    page: include_str!("../../pages/fast-ip-move-shared-address.md"),
    judge: Judge::BackendService(judge),
};

fn judge(view: &View<'_>, service: BackendServiceId) -> Judged {
    let network = view.network;
    if network.backend_services[service].ha_policy.is_none() || !admit::balancing::moves_fast(view, service) {
        return Ok(Answer::NotApplicable);
    }
    let Some(refusal) = admit::balancing::addresses_are_own(view, service)? else { return Ok(Answer::Holds) };
    let (rule, other) =
        admit::balancing::shared_address(view, service)?.expect("a refused service has a rule with a shared address");
    let address = network.forwarding_rules[rule].address.clone()?;
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
