//! Whether the VPC firewall rules of a network let packets from given ranges into an instance. Not here: firewall policies, whose order against these
//! rules is a setting that the model does not hold; a caller asks [`policies_speak`] first and is silent where they do.

use ipnet::IpNet;
use twinrail_facts::keys;
use twinrail_model::{
    Direction, Field, FirewallAction, FirewallRule, FirewallRuleId, Hole, Instance, Known, Place, View, VpcId, overlap,
    without,
};

/// What becomes of packets from some ranges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ingress {
    /// All of them are let in.
    Admitted,
    /// A rule denies those of this range.
    Denied(FirewallRuleId, IpNet),
    /// No rule is about those of this range, so that they are dropped.
    Unmatched(IpNet),
}

/// TCP packets to one port, or to any port that lets them in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tcp {
    pub(crate) port: Option<u16>,
}

/// The fate of packets from these ranges at an instance's NIC in a network.
pub(crate) fn ingress(view: &View<'_>, vpc: VpcId, instance: &Instance, from: &[IpNet], to: Tcp) -> Field<Ingress> {
    let rules = candidates(view, vpc, instance, from, to)?;
    for range in from {
        let mut left = vec![*range];
        for (id, rule) in &rules {
            for matched in &rule.selector.source_ranges {
                if rule.action == FirewallAction::Deny {
                    if let Some(denied) = left.iter().find(|part| overlap(part, matched)) {
                        return Ok(Ingress::Denied(*id, *denied));
                    }
                } else {
                    left = left.iter().flat_map(|part| without(part, matched)).collect();
                }
            }
            if left.is_empty() {
                break;
            }
        }
        if let Some(part) = left.first() {
            return Ok(Ingress::Unmatched(*part));
        }
    }
    Ok(Ingress::Admitted)
}

/// The rules about such packets, in the order in which they are asked.
fn candidates<'n>(
    view: &View<'n>,
    vpc: VpcId,
    instance: &Instance,
    from: &[IpNet],
    to: Tcp,
) -> Field<Vec<(FirewallRuleId, &'n FirewallRule)>> {
    let network = view.network;
    let of_network =
        || network.firewall_rules.iter().filter(|(_, rule)| rule.known == Known::Here && rule.vpc == Ok(vpc));
    if !network.is_complete() && of_network().next().is_none() {
        return Err(Hole::NotInInput(Place::field(vpc, "firewalls")));
    }
    let about = |rule: &FirewallRule| {
        let tcp = rule.layer4.iter().any(|layer4| match (*rule.action, to.port) {
            (FirewallAction::Deny, None) => layer4.holds_all_of("tcp"),
            (_, port) => layer4.meets("tcp", port),
        });
        tcp && rule.selector.source_ranges.iter().any(|range| from.iter().any(|other| overlap(range, other)))
    };
    let mut rules: Vec<(FirewallRuleId, &FirewallRule)> = of_network()
        .filter(|(_, rule)| !*rule.disabled && rule.direction == Direction::Ingress)
        .filter(|(_, rule)| matches!(*rule.action, FirewallAction::Allow | FirewallAction::Deny))
        .filter(|(_, rule)| rule.applies_to(instance) && about(rule))
        .collect();
    let rank = |rule: &FirewallRule| rule.priority.unwrap_or_else(|| view.facts.get(keys::firewall::PRIORITY_DEFAULT));
    let deny_first = rules.iter().any(|(_, rule)| rule.action == FirewallAction::Deny)
        && view.facts.get(keys::firewall::DENY_WINS_AT_EQUAL_PRIORITY);
    rules.sort_by_cached_key(|(_, rule)| (rank(rule), (rule.action == FirewallAction::Deny) != deny_first));
    Ok(rules)
}

/// Whether a firewall policy of this network, or one that may apply to every network, has a rule of its own for such packets.
pub(crate) fn policies_speak(view: &View<'_>, vpc: VpcId, from: &[IpNet], to: Tcp) -> bool {
    let network = view.network;
    let applies =
        |policy: &twinrail_model::FirewallPolicy| policy.networks.contains(&vpc) || policy.may_govern_others();
    let decides = |rule: &FirewallRule| {
        let sources = &rule.selector.source_ranges;
        !*rule.disabled
            && rule.direction == Direction::Ingress
            && rule.action != FirewallAction::GotoNext
            && (sources.is_empty() || sources.iter().any(|range| from.iter().any(|other| overlap(range, other))))
            && rule.layer4.iter().any(|layer4| layer4.meets("tcp", to.port))
    };
    let policies = network.firewall_policies.rows().iter().filter(|policy| applies(policy));
    policies.flat_map(|policy| &policy.rules).any(decides)
}
