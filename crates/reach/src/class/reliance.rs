//! On whom an answer may rest beside the sender and the end: those who may hold a VIP, backends, next hops. A failure of anybody else leaves it as it was.
//! Not here: what the answer is then.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use twinrail_model::{BackendServiceId, ForwardingRuleId, InstanceId, Network, NextHop, PolicyHop, VipPoolId, overlap};

use super::colour::{Holder, Holders};
use super::tie::machine;
use crate::packet::{End, Sender};

/// The machines that carry traffic of others.
#[derive(Debug)]
pub(super) struct Reliance {
    /// Who may hold the VIPs of a pool, where no forwarding rule realises them.
    pools: BTreeMap<VipPoolId, BTreeSet<InstanceId>>,
    services: BTreeMap<BackendServiceId, BTreeSet<InstanceId>>,
    routes: Vec<Carrier>,
}

/// The next hops of a route.
#[derive(Debug)]
struct Carrier {
    machines: BTreeSet<InstanceId>,
    /// One end of what it carries is in each of these; none: any.
    ranges: Vec<IpNet>,
}

impl Reliance {
    pub(super) fn new(network: &Network, holders: &Holders) -> Self {
        let of_pool = |pool: VipPoolId| network.clusters[network.vips[pool].over].instances.iter().copied().collect();
        let services = network.backend_services.ids().map(|id| (id, backends(network, id)));
        let mut reliance = Self {
            pools: network.vips.ids().map(|pool| (pool, of_pool(pool))).collect(),
            services: services.collect(),
            routes: Vec::new(),
        };
        reliance.routes = reliance.carriers(network, holders);
        reliance
    }

    fn carriers(&self, network: &Network, holders: &Holders) -> Vec<Carrier> {
        let mut carriers = Vec::new();
        for route in network.routes.rows() {
            let machines = match route.next_hop.peek() {
                Ok(NextHop::Instance(instance)) => BTreeSet::from([*instance]),
                Ok(NextHop::Address(address)) => self.at(network, holders, *address),
                Ok(NextHop::ForwardingRule(rule)) => self.behind(network, *rule),
                Ok(NextHop::InternetGateway | NextHop::Other(_)) | Err(_) => continue,
            };
            carriers.push(Carrier { machines, ranges: route.destination.peek().iter().copied().collect() });
        }
        for route in network.policy_routes.rows() {
            if let Ok(PolicyHop::Address(address)) = route.next_hop.peek() {
                let machines = self.at(network, holders, *address);
                let source = route.source.peek().as_ref().ok().copied().flatten();
                let destination = route.destination.peek().as_ref().ok().copied().flatten();
                carriers.push(Carrier { machines, ranges: destination.or(source).into_iter().collect() });
            }
        }
        carriers
    }

    /// The machines that have an address, themselves or behind a load balancer.
    fn at(&self, network: &Network, holders: &Holders, address: IpAddr) -> BTreeSet<InstanceId> {
        let of = |holder: Holder| match holder {
            Holder::Rule(rule) => self.behind(network, rule),
            Holder::Vip(vip) => self.pools[&vip.pool].clone(),
            Holder::Nic(_) | Holder::Alias(..) => machine(network, holder).into_iter().collect(),
        };
        holders.of(address).flat_map(of).collect()
    }

    fn behind(&self, network: &Network, rule: ForwardingRuleId) -> BTreeSet<InstanceId> {
        let service = *network.forwarding_rules[rule].backend_service.peek();
        service.map(|service| self.services[&service].clone()).unwrap_or_default()
    }

    /// Whether an answer about an end may rest on one of several machines.
    pub(super) fn of_end(
        &self,
        network: &Network,
        holders: &Holders,
        end: End,
        failing: &BTreeSet<InstanceId>,
    ) -> bool {
        let fails = |machines: &BTreeSet<InstanceId>| failing.iter().any(|id| machines.contains(id));
        let of_rule = |rule: ForwardingRuleId| match *network.forwarding_rules[rule].backend_service.peek() {
            Some(service) => fails(&self.services[&service]),
            None => false,
        };
        match end {
            End::Vip(vip) => network.vip_rule(vip).is_some_and(of_rule) || fails(&self.pools[&vip.pool]),
            End::Rule(rule) => of_rule(rule),
            End::Address(address) => fails(&self.at(network, holders, address)),
            End::Nic(_) | End::Alias(..) | End::Clients(_) | End::Prober(_) => false,
        }
    }

    /// What the routes carry that lead to one of several machines: one end of it lies in one of these ranges. `None`: it may be anything.
    pub(super) fn carried(&self, failing: &BTreeSet<InstanceId>) -> Option<Vec<IpNet>> {
        let mut ranges = Vec::new();
        for route in self.routes.iter().filter(|route| failing.iter().any(|id| route.machines.contains(id))) {
            if route.ranges.is_empty() {
                return None;
            }
            ranges.extend(&route.ranges);
        }
        Some(ranges)
    }
}

/// The instances behind a backend service, as far as the input lists them.
fn backends(network: &Network, service: BackendServiceId) -> BTreeSet<InstanceId> {
    let backends = network.backend_services[service].backends.peek().iter();
    let groups = backends.filter_map(|backend| backend.group.peek().as_ref().ok());
    let mut instances: BTreeSet<InstanceId> = BTreeSet::new();
    for group in groups {
        instances.extend(network.members(*group).unwrap_or_default());
        if let twinrail_model::Endpoint::Neg(neg) = *group {
            instances.extend(network.negs[neg].endpoints.peek().iter().filter_map(|endpoint| endpoint.instance));
        }
    }
    instances
}

/// Whether an end, or one of a sender's addresses, may lie in one of several ranges.
pub(super) fn may_be_in(network: &Network, end: End, ranges: &[IpNet]) -> bool {
    let within = |own: &IpNet| ranges.iter().any(|range| overlap(own, range));
    // What is not known may be anywhere.
    !ranges.is_empty() && end.ranges(network).map_or(true, |own| own.iter().any(within))
}

/// Every address from which a sender may send.
pub(super) fn sources(network: &Network, sender: Sender) -> Vec<End> {
    match sender {
        Sender::Guest { bound: Some(end), .. } => vec![end],
        Sender::Guest { instance, bound: None } => {
            network.instances[instance].nics.peek().iter().map(|nic| End::Nic(*nic)).collect()
        }
        Sender::Clients(group) => vec![End::Clients(group)],
        Sender::Internet(address) => vec![End::Address(address)],
        Sender::Prober(_) => Vec::new(),
    }
}
