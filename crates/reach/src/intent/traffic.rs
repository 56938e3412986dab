//! What is sent to find out whether anything gets through: one packet for each port and protocol that some rule could tell from the others.
//! Not here: what becomes of it.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use twinrail_model::{Direction, Network, Port};

use crate::packet::{Traffic, protocol};

/// The traffic of a port such as `tcp:2049`.
pub fn of_port(port: &Port) -> Traffic {
    if port.protocol == "udp" { Traffic::udp(port.port) } else { Traffic::tcp(port.port) }
}

/// One traffic for each class of IP packets that firewall rules, forwarding rules and intents could tell apart: the boundaries of their ranges of ports, one
/// port beside all of them, and the protocols they name. TCP comes first.
pub fn ip_traffic(network: &Network) -> Vec<Traffic> {
    let mut tcp = BTreeSet::from([FREE_PORT]);
    let mut udp = BTreeSet::from([FREE_PORT]);
    let mut others = BTreeSet::from([protocol::ICMP]);
    for rule in rules(network) {
        for layer4 in rule.layer4.peek() {
            let ports = match layer4.protocol.as_str() {
                "tcp" | "6" => Some(&mut tcp),
                "udp" | "17" => Some(&mut udp),
                other => {
                    others.extend(number(other));
                    None
                }
            };
            let Some(ports) = ports else { continue };
            for range in &layer4.ports {
                ports.extend([range.first, range.last]);
                ports.extend(range.last.checked_add(1));
                ports.extend(range.first.checked_sub(1).filter(|port| *port > 0));
            }
        }
    }
    for port in network.vips.rows().iter().flat_map(|pool| &pool.ports) {
        if port.protocol == "udp" {
            udp.insert(port.port)
        } else {
            tcp.insert(port.port)
        };
    }
    let tcp = tcp.into_iter().map(Traffic::tcp);
    let udp = udp.into_iter().map(Traffic::udp);
    let others = others.into_iter().map(|protocol| Traffic::Ip { protocol, port: None });
    tcp.chain(udp).chain(others).collect()
}

/// A port that nobody names, most likely.
const FREE_PORT: u16 = 49_151;

fn rules(network: &Network) -> impl Iterator<Item = &twinrail_model::FirewallRule> {
    let of_policies = network.firewall_policies.rows().iter().flat_map(|policy| policy.rules.peek());
    network.firewall_rules.rows().iter().chain(of_policies)
}

fn number(protocol: &str) -> Option<u8> {
    match protocol {
        "icmp" => Some(protocol::ICMP),
        other => other.parse().ok(),
    }
}

/// Addresses that stand for the internet: one that no rule names, and one of each range of sources that a rule names beside the private ones.
pub fn internet_addresses(network: &Network) -> Vec<IpAddr> {
    let somebody = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));
    let mut addresses = BTreeSet::from([somebody]);
    for rule in rules(network) {
        let selector = rule.selector.peek();
        let ranges = match rule.direction.peek() {
            Direction::Ingress => &selector.source_ranges,
            Direction::Egress => &selector.destination_ranges,
        };
        addresses.extend(ranges.iter().filter(|range| range.prefix_len() > 0).filter_map(public));
    }
    addresses.into_iter().collect()
}

/// An address of a range, if they are addresses of the internet.
fn public(range: &IpNet) -> Option<IpAddr> {
    let address = range.hosts().next()?;
    let IpAddr::V4(v4) = address else { return None };
    let internal = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified();
    (!internal).then_some(address)
}
