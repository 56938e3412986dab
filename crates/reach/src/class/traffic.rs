//! The traffic that something tells apart between two: one packet for each set of protocols and ports that every rule treats alike. Not here: which of it
//! anybody cares for.

use std::collections::{BTreeMap, BTreeSet};

use twinrail_model::{FirewallRule, InstanceId, Layer4, Network, NicId, PortRange, VpcId};

use super::Pair;
use crate::packet::{End, Sender, Traffic, protocol};
use crate::plane::Plane;

/// Traffic that every rule treats alike, and one kind of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrafficClass {
    pub traffic: Traffic,
    /// All the ports that it stands for, of protocols that have ports; a protocol that no rule names stands for all such.
    pub ports: Option<PortRange>,
}

/// The protocols that have ports.
const WITH_PORTS: [u8; 3] = [protocol::TCP, protocol::UDP, SCTP];
const SCTP: u8 = 132;

/// What the rules that may touch a pair tell apart, TCP first; RDMA verbs last, which are no IP.
pub fn traffic_classes(plane: &Plane<'_>, pair: &Pair) -> Vec<TrafficClass> {
    let network = plane.network;
    let mut cuts = Cuts::default();
    let vpcs = networks(network, pair);
    let is_near = |vpc: &VpcId| vpcs.as_ref().is_none_or(|near| near.contains(vpc));
    for rule in network.firewall_rules.rows() {
        if rule.vpc.peek().as_ref().map_or(true, is_near) {
            cuts.firewall(rule);
        }
    }
    for policy in network.firewall_policies.rows() {
        let networks = policy.networks.peek();
        if networks.is_empty() || networks.iter().any(is_near) {
            policy.rules.peek().iter().for_each(|rule| cuts.firewall(rule));
        }
    }
    for rule in network.forwarding_rules.rows() {
        if rule.vpc.peek().as_ref().map_or(true, is_near) {
            cuts.words(rule.protocol.peek(), rule.ports.peek());
        }
    }
    for route in network.policy_routes.rows() {
        if let Ok(word) = route.protocol.peek() {
            cuts.words(word, &[]);
        }
    }
    if let End::Vip(vip) = pair.to {
        for port in &network.vips[vip.pool].ports {
            cuts.ports(&port.protocol, [PortRange { first: port.port, last: port.port }]);
        }
    }
    cuts.classes()
}

/// The networks in which the machines of a pair have NICs; `None` where it may be any.
fn networks(network: &Network, pair: &Pair) -> Option<BTreeSet<VpcId>> {
    let mut nics: Vec<&NicId> = Vec::new();
    let mut of_machine =
        |instance: InstanceId| nics.extend(network.instances[instance].nics.known().into_iter().flatten());
    match pair.from {
        Sender::Guest { instance, .. } => of_machine(instance),
        Sender::Clients(_) | Sender::Prober(_) | Sender::Internet(_) => return None,
    }
    match pair.to {
        End::Nic(nic) | End::Alias(nic, _) => of_machine(network.nics[nic].instance),
        End::Vip(vip) => network.vip_members(vip).ok()?.into_iter().for_each(of_machine),
        End::Rule(_) | End::Clients(_) | End::Address(_) | End::Prober(_) => return None,
    }
    let vpc = |nic: &NicId| network.nics[*nic].vpc.known()?.as_ref().ok().copied();
    nics.into_iter().map(vpc).collect()
}

/// Where rules part ports, by protocol, and the protocols that they name.
#[derive(Default)]
struct Cuts {
    /// First ports of intervals.
    ports: BTreeMap<u8, BTreeSet<u16>>,
    protocols: BTreeSet<u8>,
}

impl Cuts {
    fn firewall(&mut self, rule: &FirewallRule) {
        for layer4 in rule.layer4.peek() {
            self.ports(&layer4.protocol, layer4.ports.iter().copied());
        }
    }

    /// A protocol and ports as a forwarding rule writes them.
    fn words(&mut self, protocol: &str, ports: &[String]) {
        let ports = ports.iter().filter_map(|text| text.parse().ok());
        self.ports(&protocol.to_ascii_lowercase(), ports);
    }

    fn ports(&mut self, protocol: &str, ranges: impl IntoIterator<Item = PortRange>) {
        let named = number(protocol);
        self.protocols.extend(named);
        // What names no protocol by number is about all that have ports.
        let numbers: &[u8] = named.as_slice();
        for number in if numbers.is_empty() { &WITH_PORTS[..2] } else { numbers } {
            self.ports.entry(*number).or_default();
        }
        for range in ranges {
            for number in if numbers.is_empty() { &WITH_PORTS[..2] } else { numbers } {
                let cuts = self.ports.entry(*number).or_default();
                cuts.insert(range.first);
                cuts.extend(range.last.checked_add(1));
            }
        }
    }

    fn classes(mut self) -> Vec<TrafficClass> {
        let mut classes = Vec::new();
        self.protocols.extend([protocol::TCP, protocol::UDP, protocol::ICMP]);
        for number in WITH_PORTS {
            if !self.protocols.remove(&number) {
                continue;
            }
            let mut firsts = self.ports.remove(&number).unwrap_or_default();
            firsts.insert(0);
            let firsts: Vec<u16> = firsts.into_iter().collect();
            for (at, first) in firsts.iter().enumerate() {
                let last = firsts.get(at + 1).map_or(u16::MAX, |next| next - 1);
                // Port 0 is reserved: nobody listens there, and where it is not alone another stands for it.
                let port = if *first == 0 && last > 0 { 1 } else { *first };
                let traffic = Traffic::Ip { protocol: number, port: Some(port) };
                classes.push(TrafficClass { traffic, ports: Some(PortRange { first: *first, last }) });
            }
        }
        let unnamed = (2..=u8::MAX).find(|number| !self.protocols.contains(number) && !WITH_PORTS.contains(number));
        for protocol in self.protocols.iter().copied().chain(unnamed) {
            classes.push(TrafficClass { traffic: Traffic::Ip { protocol, port: None }, ports: None });
        }
        classes.push(TrafficClass { traffic: Traffic::Rdma, ports: None });
        classes
    }
}

/// A protocol's number, where the API's word is of one.
fn number(protocol: &str) -> Option<u8> {
    Layer4 { protocol: protocol.to_owned(), ports: Vec::new() }.number()
}
