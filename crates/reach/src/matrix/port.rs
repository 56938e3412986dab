//! The ports of interest of a matrix: those that pools, forwarding rules, intents and firewall rules name. Not here: every port that some rule tells
//! apart, which [`traffic_classes`](crate::traffic_classes) lists for one pair.

use std::collections::{BTreeMap, BTreeSet};

use twinrail_model::{Ask, FirewallRule, ForwardingRuleId, Instance, Layer4, Network, Party, Port, Rail, Reach, VpcId};

use super::GroupKind;
use super::lane::members;
use crate::packet::{Traffic, protocol};

/// What is sent to the ends of a column.
pub(super) struct Asked {
    /// What is its own first.
    pub kinds: Vec<Traffic>,
    /// How many of these are named for it, or by rules that may apply to it.
    pub own: usize,
}

/// What the input names, gathered once.
pub(super) struct Ports<'n> {
    network: &'n Network,
    rules_by_vpc: BTreeMap<VpcId, Vec<&'n FirewallRule>>,
}

/// What is asked where nobody names a port.
const WEB: u16 = 443;

/// Of so many kinds of traffic nobody leaves any out, so that their order does not matter.
const FEW: usize = 16;

impl<'n> Ports<'n> {
    pub(super) fn new(network: &'n Network) -> Self {
        let mut rules_by_vpc: BTreeMap<VpcId, Vec<&FirewallRule>> = BTreeMap::new();
        for rule in network.firewall_rules.rows() {
            if let Ok(vpc) = rule.vpc.peek() {
                rules_by_vpc.entry(*vpc).or_default().push(rule);
            }
        }
        for policy in network.firewall_policies.rows() {
            for vpc in policy.networks.peek() {
                rules_by_vpc.entry(*vpc).or_default().extend(policy.rules.peek());
            }
        }
        Self { network, rules_by_vpc }
    }

    /// What to send to a group on a rail: what is named for it, then what rules name that may apply to its instances, then what others name. The networks are
    /// those in which its ends are.
    pub(super) fn to(&self, group: &GroupKind, rail: Option<Rail>, vpcs: &BTreeSet<VpcId>) -> Asked {
        let mut all = self.of_interest(group, rail, vpcs);
        if all.len() <= FEW {
            return Asked { own: all.len(), kinds: all.into_iter().collect() };
        }
        let mut own: BTreeSet<Traffic> = self.of_intents(group).into_iter().collect();
        match group {
            GroupKind::Vips(pool) => own.extend(traffic(&self.network.vips[*pool].ports)),
            GroupKind::Balancers(rules) => own.extend(rules.iter().flat_map(|rule| self.of_balancer(*rule))),
            GroupKind::Cluster(cluster) => {
                let pools = self.network.vips.rows().iter().filter(|pool| pool.over == *cluster);
                own.extend(pools.flat_map(|pool| traffic(&pool.ports)));
            }
            GroupKind::Clients(_) | GroupKind::Instances(_) | GroupKind::Internet => {}
        }
        own.extend([icmp(), Traffic::Rdma]);
        let instances: Vec<&Instance> = members(self.network, group).map(|id| &self.network.instances[id]).collect();
        let rules = self.rules(vpcs).filter(|rule| instances.iter().any(|instance| rule.applies_to(instance)));
        let near: BTreeSet<Traffic> = rules.flat_map(|rule| rule.layer4.peek().iter().flat_map(named)).collect();
        let mut kinds = Vec::new();
        for some in [&own, &near] {
            kinds.extend(all.intersection(some).copied());
            all.retain(|traffic| !some.contains(traffic));
        }
        let own = kinds.len();
        kinds.extend(all);
        Asked { kinds, own }
    }

    fn of_interest(&self, group: &GroupKind, rail: Option<Rail>, vpcs: &BTreeSet<VpcId>) -> BTreeSet<Traffic> {
        let mut ports = match group {
            GroupKind::Vips(pool) => traffic(&self.network.vips[*pool].ports).collect(),
            GroupKind::Balancers(rules) => rules.iter().flat_map(|rule| self.of_balancer(*rule)).collect(),
            GroupKind::Internet => BTreeSet::from([Traffic::tcp(WEB)]),
            GroupKind::Cluster(cluster) => {
                let pools = self.network.vips.rows().iter().filter(|pool| pool.over == *cluster);
                let of_pools = pools.filter(|pool| Some(pool.rail) == rail).flat_map(|pool| traffic(&pool.ports));
                of_pools.chain(self.of_networks(vpcs)).chain([icmp()]).collect()
            }
            GroupKind::Clients(_) | GroupKind::Instances(_) => self.of_networks(vpcs).chain([icmp()]).collect(),
        };
        ports.extend(self.of_intents(group));
        if ports.is_empty() {
            ports.extend(self.of_networks(vpcs).chain([icmp()]));
        }
        if rail == Some(Rail::Rdma) {
            ports.insert(Traffic::Rdma);
        }
        ports
    }

    fn of_intents(&self, group: &GroupKind) -> Vec<Traffic> {
        let is_group = |party: &Party| match (party, group) {
            (Party::Cluster(a), GroupKind::Cluster(b)) => a == b,
            (Party::Clients(a), GroupKind::Clients(b)) => a == b,
            (Party::Vips(a), GroupKind::Vips(b)) => a == b,
            (Party::Instance(a), GroupKind::Cluster(b)) => self.network.instances[*a].cluster == Some(*b),
            (Party::Instance(a), GroupKind::Instances(b)) => b.contains(a),
            (Party::Internet, GroupKind::Internet) => true,
            _ => false,
        };
        let mut found = Vec::new();
        for intent in self.network.intents.rows() {
            if let Ask::Reach { reach, to, how, .. } = &intent.ask {
                let subject = match reach {
                    Reach::Reaches(party) | Reach::Never(party) | Reach::Only(party) => Some(party),
                    Reach::NothingElse => None,
                };
                if is_group(to) || subject.is_some_and(is_group) {
                    found.extend(traffic(how.port.as_slice()));
                }
            }
        }
        found
    }

    /// The first port of each range that a firewall rule of these networks names.
    fn of_networks(&self, vpcs: &BTreeSet<VpcId>) -> impl Iterator<Item = Traffic> {
        self.rules(vpcs).flat_map(|rule| rule.layer4.peek().iter().flat_map(named))
    }

    fn rules(&self, vpcs: &BTreeSet<VpcId>) -> impl Iterator<Item = &'n FirewallRule> {
        let rules = vpcs.iter().filter_map(|vpc| self.rules_by_vpc.get(vpc)).flatten().copied();
        rules.filter(|rule| !*rule.disabled.peek())
    }

    fn of_balancer(&self, rule: ForwardingRuleId) -> Vec<Traffic> {
        let row = &self.network.forwarding_rules[rule];
        let udp = row.protocol.peek() == "UDP";
        let ports = row.ports.peek().iter().filter_map(|text| text.split('-').next()?.parse::<u16>().ok());
        ports.map(|port| if udp { Traffic::udp(port) } else { Traffic::tcp(port) }).collect()
    }
}

fn icmp() -> Traffic {
    Traffic::Ip { protocol: protocol::ICMP, port: None }
}

fn traffic(ports: &[Port]) -> impl Iterator<Item = Traffic> {
    ports.iter().map(|port| match port.protocol.as_str() {
        "udp" => Traffic::udp(port.port),
        _ => Traffic::tcp(port.port),
    })
}

/// The ports that a rule names for TCP or UDP.
fn named(layer4: &Layer4) -> Vec<Traffic> {
    let ports = layer4.ports.iter().map(|range| range.first);
    match layer4.protocol.as_str() {
        "tcp" | "6" => ports.map(Traffic::tcp).collect(),
        "udp" | "17" => ports.map(Traffic::udp).collect(),
        _ => Vec::new(),
    }
}
