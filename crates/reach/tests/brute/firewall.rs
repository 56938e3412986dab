//! Firewall rules, each asked about each packet. From
//! <https://docs.cloud.google.com/firewall/docs/firewalls> (VPC rules, implied rules),
//! <https://docs.cloud.google.com/firewall/docs/firewall-policies-rule-eval-order> (the order of policies and rules) and
//! <https://docs.cloud.google.com/firewall/docs/firewall-for-roce> (networks with an RDMA profile). Not here: connection tracking.

use ipnet::IpNet;
use twinrail_model::{
    Direction, FirewallAction, FirewallOrder, FirewallPolicy, FirewallRule, Layer4, PolicyKind, PolicyScope, Selector,
};
use twinrail_reach::Code;

use super::flight::{Flight, Station, Step};
use super::route;
use super::world::World;

/// Whether the firewall of a station's network lets a packet of a new connection pass at that station.
pub fn passes(world: &World, at: &Station, direction: Direction, flight: &Flight) -> Step<()> {
    if let Some(kind) = world.rdma(at.vpc) {
        return passes_rdma(world, at, direction, flight, kind);
    }
    // "AFTER_CLASSIC_FIREWALL (default): 1. Hierarchical firewall policies 2. Regional system firewall policies 3. VPC firewall rules 4. Global network
    // firewall policies 5. Regional network firewall policies 6. Implied actions"
    let hierarchical = policies(world, at, &PolicyKind::Vpc, |scope| *scope == PolicyScope::Hierarchical);
    let global = policies(world, at, &PolicyKind::Vpc, |scope| *scope == PolicyScope::Global);
    let here = PolicyScope::Regional(at.region.clone());
    let regional = policies(world, at, &PolicyKind::Vpc, |scope| *scope == here);
    for policy in hierarchical {
        if let Some(answer) = decide(world, at, direction, flight, policy) {
            return answer;
        }
    }
    // "BEFORE_CLASSIC_FIREWALL: … 3. Global network firewall policies 4. Regional network firewall policies 5. VPC firewall rules"
    let before = *world.network.vpcs[at.vpc].firewall_order == Some(FirewallOrder::BeforeClassic);
    if !before && let Some(answer) = decide_by_vpc_rules(world, at, direction, flight) {
        return answer;
    }
    for policy in global.into_iter().chain(regional) {
        if let Some(answer) = decide(world, at, direction, flight, policy) {
            return answer;
        }
    }
    if before && let Some(answer) = decide_by_vpc_rules(world, at, direction, flight) {
        return answer;
    }
    // "Implied IPv4 allow egress rule", "Implied IPv4 deny ingress rule".
    if direction == Direction::Egress { Ok(()) } else { Err(Code::FirewallRule) }
}

/// "You can only use rules in a regional network firewall policy that has RDMA_ROCE_POLICY as its type"; "the implied firewall rules of a VPC network with
/// an RDMA network profile allow all egress and all ingress". No policy is known for Falcon.
fn passes_rdma(world: &World, at: &Station, direction: Direction, flight: &Flight, kind: &str) -> Step<()> {
    let here = PolicyScope::Regional(at.region.clone());
    let regional = policies(world, at, &PolicyKind::RdmaRoce, |scope| *scope == here && kind == "roce");
    for policy in regional {
        if let Some(answer) = decide(world, at, direction, flight, policy) {
            return answer;
        }
    }
    Ok(())
}

fn policies<'w>(
    world: &'w World,
    at: &Station,
    kind: &PolicyKind,
    fits: impl Fn(&PolicyScope) -> bool,
) -> Vec<&'w FirewallPolicy> {
    let all = world.network.firewall_policies.rows().iter();
    all.filter(|row| row.networks.contains(&at.vpc) && *row.kind == *kind && fits(&row.scope)).collect()
}

/// "In a firewall policy, if a packet matches multiple rules, only the matching rule with the highest priority is enforced", where the smallest number is
/// the highest priority. `goto_next`, and no match at all, go on with the next step of the order.
fn decide(
    world: &World,
    at: &Station,
    direction: Direction,
    flight: &Flight,
    policy: &FirewallPolicy,
) -> Option<Step<()>> {
    let matching = policy.rules.iter().filter(|rule| matches(world, at, direction, flight, rule));
    let first = matching.min_by_key(|rule| rule.priority.expect("a policy's rule has a priority"))?;
    match *first.action {
        FirewallAction::Allow => Some(Ok(())),
        FirewallAction::Deny => Some(Err(Code::FirewallRule)),
        FirewallAction::GotoNext => None,
        FirewallAction::Inspect => Some(Err(Code::NotModelled)),
    }
}

/// "The firewall rule with the highest priority whose other components match traffic is enforced"; "a rule with a deny action overrides another with an
/// allow action only if the two rules have the same priority".
fn decide_by_vpc_rules(world: &World, at: &Station, direction: Direction, flight: &Flight) -> Option<Step<()>> {
    let of_network = world.network.firewall_rules.rows().iter().filter(|rule| rule.vpc == Ok(at.vpc));
    let matching = of_network.filter(|rule| matches(world, at, direction, flight, rule));
    // "If you don't specify a priority when creating a rule, it is assigned a priority of 1000."
    let first = matching.min_by_key(|rule| (rule.priority.unwrap_or(1000), rule.action != FirewallAction::Deny))?;
    Some(if first.action == FirewallAction::Allow { Ok(()) } else { Err(Code::FirewallRule) })
}

fn matches(world: &World, at: &Station, direction: Direction, flight: &Flight, rule: &FirewallRule) -> bool {
    !*rule.disabled
        && rule.direction == direction
        && targets(at, &rule.selector)
        && rule.layer4.iter().any(|layer4| speaks(layer4, flight))
        && from(world, at, direction, flight, &rule.selector)
        && within(flight.destination, &rule.selector.destination_ranges)
}

/// "If you omit the target specification, the rule applies to all instances in the VPC network".
fn targets(at: &Station, selector: &Selector) -> bool {
    let (tags, accounts) = (&selector.target_tags, &selector.target_service_accounts);
    let secure = &selector.target_secure_tags;
    let names_nobody = tags.is_empty() && accounts.is_empty() && secure.is_empty();
    names_nobody
        || secure.iter().any(|tag| at.secure_tags.contains(tag))
        || tags.iter().any(|tag| at.tags.contains(tag))
        || accounts.iter().any(|account| at.accounts.contains(account))
}

/// "Source tags and service accounts": "the primary internal IPv4 addresses of network interfaces in the same VPC network as the rule" of instances with
/// them; "if a rule uses both source ranges and source tags, a packet matches if either does". Egress rules may have source ranges too.
fn from(world: &World, at: &Station, direction: Direction, flight: &Flight, selector: &Selector) -> bool {
    if direction == Direction::Egress {
        return within(flight.source, &selector.source_ranges);
    }
    let (tags, accounts) = (&selector.source_tags, &selector.source_service_accounts);
    let secure = &selector.source_secure_tags;
    if selector.source_ranges.is_empty() && tags.is_empty() && accounts.is_empty() && secure.is_empty() {
        return true;
    }
    if selector.source_ranges.iter().any(|range| range.contains(&flight.source)) {
        return true;
    }
    // "Secure tags: interfaces in the same network, or in a network connected by VPC Network Peering."
    let peers = route::peers(world, at.vpc);
    world.stations_at(flight.source).iter().any(|sender| {
        let local = sender.vpc == at.vpc;
        local
            && (tags.iter().any(|tag| sender.tags.contains(tag))
                || accounts.iter().any(|account| sender.accounts.contains(account)))
            || ((local || peers.contains(&sender.vpc)) && secure.iter().any(|tag| sender.secure_tags.contains(tag)))
    })
}

fn within(address: std::net::IpAddr, ranges: &[IpNet]) -> bool {
    ranges.is_empty() || ranges.iter().any(|range| range.contains(&address))
}

/// "If you specify a protocol without a port, the rule applies to all ports of it." Names stand for numbers:
/// <https://docs.cloud.google.com/firewall/docs/firewalls#protocols_and_ports>.
fn speaks(layer4: &Layer4, flight: &Flight) -> bool {
    let number = match layer4.protocol.as_str() {
        "all" => None,
        "icmp" => Some(1),
        "ipip" => Some(4),
        "tcp" => Some(6),
        "udp" => Some(17),
        "esp" => Some(50),
        "ah" => Some(51),
        "sctp" => Some(132),
        other => Some(other.parse().expect("a random rule names protocols that there are")),
    };
    let meets = |port: u16| layer4.ports.iter().any(|range| range.first <= port && port <= range.last);
    number.is_none_or(|number: u8| number == flight.protocol)
        && (layer4.ports.is_empty() || flight.port.is_some_and(meets))
}
