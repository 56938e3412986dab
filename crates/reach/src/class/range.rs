//! Address ranges as a family in which any two are nested or apart: which of them hold an address is told by the smallest one that does. Not here: which
//! ranges matter.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use twinrail_model::{AppliesTo, FirewallRule, Network, NextHop, Platform, PolicyHop};

/// Ranges, in order, each with the smallest other one around it.
#[derive(Debug, Default)]
pub(super) struct Ranges {
    sorted: Vec<IpNet>,
    around: Vec<Option<usize>>,
}

impl Ranges {
    pub(super) fn new(ranges: impl IntoIterator<Item = IpNet>) -> Self {
        let mut sorted: Vec<IpNet> = ranges.into_iter().map(|range| range.trunc()).collect();
        // A range stands before those within it: it begins no later, and where both begin it is the shorter prefix.
        sorted.sort_unstable_by_key(|range| (range.network(), range.prefix_len()));
        sorted.dedup();
        let mut around = Vec::with_capacity(sorted.len());
        let mut open: Vec<usize> = Vec::new();
        for (place, range) in sorted.iter().enumerate() {
            while open.last().is_some_and(|outer| !sorted[*outer].contains(range)) {
                open.pop();
            }
            around.push(open.last().copied());
            open.push(place);
        }
        Self { sorted, around }
    }

    /// The place of the smallest range that holds an address. Two addresses of one family with the same answer are in the same ranges.
    pub(super) fn smallest(&self, address: IpAddr) -> Option<usize> {
        let after = self.sorted.partition_point(|range| range.network() <= address);
        let mut place = after.checked_sub(1);
        while let Some(at) = place {
            if self.sorted[at].contains(&address) {
                return Some(at);
            }
            place = self.around[at];
        }
        None
    }

    /// All ranges that hold an address, the smallest first.
    pub(super) fn holding(&self, address: IpAddr) -> impl Iterator<Item = &IpNet> {
        let places = std::iter::successors(self.smallest(address), |place| self.around[*place]);
        places.map(|place| &self.sorted[place])
    }
}

/// Every range with which something compares an address: of firewall rules, routes, subnets, and those that facts name. What a fact says is not read:
/// all that it might say counts.
pub(super) fn compared(network: &Network, platform: &Platform) -> Vec<IpNet> {
    let mut ranges = named(network);
    for subnet in network.subnets.rows() {
        ranges.extend(subnet.range.peek().iter().flatten());
        ranges.extend(subnet.ipv6_range.peek());
        ranges.extend(subnet.secondary.peek().iter().map(|(_, range)| *range));
    }
    ranges.extend(platform.ranges());
    ranges
}

/// Every range that a firewall rule or a route names.
fn named(network: &Network) -> Vec<IpNet> {
    let mut ranges = Vec::new();
    let of_policies = network.firewall_policies.rows().iter().flat_map(|policy| policy.rules.peek());
    for rule in network.firewall_rules.rows().iter().chain(of_policies) {
        ranges.extend(of_rule(rule));
    }
    for route in network.routes.rows() {
        ranges.extend(route.destination.peek());
        if let Ok(NextHop::Address(address)) = route.next_hop.peek() {
            ranges.push((*address).into());
        }
    }
    for route in network.policy_routes.rows() {
        ranges.extend(route.source.peek().iter().flatten());
        ranges.extend(route.destination.peek().iter().flatten());
        if let Ok(PolicyHop::Address(address)) = route.next_hop.peek() {
            ranges.push((*address).into());
        }
    }
    ranges
}

fn of_rule(rule: &FirewallRule) -> impl Iterator<Item = IpNet> {
    let selector = rule.selector.peek();
    selector.source_ranges.iter().chain(&selector.destination_ranges).copied()
}

/// The tags that something tells machines apart by.
pub(super) fn tags(network: &Network) -> BTreeSet<&str> {
    let of_policies = network.firewall_policies.rows().iter().flat_map(|policy| policy.rules.peek());
    let rules = network.firewall_rules.rows().iter().chain(of_policies);
    let by_rules = rules.flat_map(|rule| {
        let selector = rule.selector.peek();
        selector.source_tags.iter().chain(&selector.target_tags)
    });
    let by_routes = network.routes.rows().iter().flat_map(|route| route.tags.peek());
    let by_policy_routes = network.policy_routes.rows().iter().filter_map(|route| match route.applies_to.peek() {
        Ok(AppliesTo::Tags(tags)) => Some(tags),
        _ => None,
    });
    by_rules.chain(by_routes).chain(by_policy_routes.flatten()).map(String::as_str).collect()
}

/// The service accounts that something tells machines apart by.
pub(super) fn service_accounts(network: &Network) -> BTreeSet<&str> {
    let of_policies = network.firewall_policies.rows().iter().flat_map(|policy| policy.rules.peek());
    let rules = network.firewall_rules.rows().iter().chain(of_policies);
    let named = rules.flat_map(|rule| {
        let selector = rule.selector.peek();
        selector.source_service_accounts.iter().chain(&selector.target_service_accounts)
    });
    named.map(String::as_str).collect()
}

/// The secure tags that something tells machines apart by.
pub(super) fn secure_tags(network: &Network) -> BTreeSet<&str> {
    let of_policies = network.firewall_policies.rows().iter().flat_map(|policy| policy.rules.peek());
    let rules = network.firewall_rules.rows().iter().chain(of_policies);
    let named = rules.flat_map(|rule| {
        let selector = rule.selector.peek();
        selector.source_secure_tags.iter().chain(&selector.target_secure_tags)
    });
    named.map(String::as_str).collect()
}

/// Addresses on the internet, one for each set of ranges that a firewall rule or a route tells apart: an address of the documentation's own range, and
/// one inside and one behind each range that is named.
pub fn internet(network: &Network) -> Vec<IpAddr> {
    let ranges = named(network);
    let subnets =
        network.subnets.rows().iter().filter_map(|subnet| subnet.range.peek().as_ref().ok().copied().flatten());
    let subnets = Ranges::new(subnets);
    let known = Ranges::new(ranges.iter().copied());
    let first = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));
    let inside = ranges.iter().map(IpNet::network);
    let behind = ranges.iter().filter_map(|range| match range.broadcast() {
        IpAddr::V4(last) => last.to_bits().checked_add(1).map(|next| IpAddr::V4(next.into())),
        IpAddr::V6(_) => None,
    });
    let mut seen = BTreeSet::new();
    let mut found: Vec<IpAddr> = Vec::new();
    for address in std::iter::once(first).chain(inside).chain(behind) {
        if is_public(address) && subnets.smallest(address).is_none() && seen.insert(known.smallest(address)) {
            found.push(address);
        }
    }
    found
}

/// Whether an IPv4 address is one of the internet, by what IANA sets aside. IPv6 is not asked about.
fn is_public(address: IpAddr) -> bool {
    let IpAddr::V4(address) = address else { return false };
    let [first, second, ..] = address.octets();
    let shared = first == 100 && (64..128).contains(&second);
    let aside = address.is_private() || address.is_loopback() || address.is_link_local() || address.is_unspecified();
    !aside && !shared && first != 0 && first < 224
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_range_tells_which_ranges_hold_an_address() {
        let texts = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32", "10.2.0.0/16", "0.0.0.0/0", "fd00::/8"];
        let all: Vec<IpNet> = texts.iter().map(|text| text.parse().expect("a range")).collect();
        let ranges = Ranges::new(all.iter().copied());
        for text in ["10.1.2.3", "10.1.2.4", "10.1.3.0", "10.3.0.0", "11.0.0.1", "9.255.255.255", "fd00::1", "fe80::1"]
        {
            let address: IpAddr = text.parse().expect("an address");
            let mut by_search: Vec<IpNet> = all.iter().filter(|range| range.contains(&address)).copied().collect();
            by_search.sort_by_key(|range| std::cmp::Reverse(range.prefix_len()));
            assert_eq!(ranges.holding(address).copied().collect::<Vec<_>>(), by_search, "{text}");
        }
    }
}
