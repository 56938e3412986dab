//! Internal passthrough load balancers: every backend is tried. From <https://docs.cloud.google.com/load-balancing/docs/internal>,
//! <https://docs.cloud.google.com/load-balancing/docs/internal/failover-overview> and
//! <https://docs.cloud.google.com/load-balancing/docs/internal/ilb-next-hop-overview>. Not here: what the chosen backend does with a packet.

use std::net::IpAddr;

use twinrail_model::{Direction, Endpoint, ForwardingRuleId, InstanceId, Network, NicId, Ratio, Scheme, VpcId};
use twinrail_reach::{Code, protocol};

use super::firewall;
use super::flight::{Flight, Step, probers};
use super::guest;
use super::route::{self, Next};
use super::walk;
use super::world::World;

/// A member of a backend service, and whether it is a failover backend. Its NIC in the network of the rule is `None` where it has none.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    pub instance: InstanceId,
    pub nic: Option<NicId>,
    pub failover: bool,
}

/// The members behind a forwarding rule, and whether they are for failover: of its groups, in their order.
pub fn members(network: &Network, rule: ForwardingRuleId) -> Vec<(InstanceId, bool)> {
    backends(network, rule).into_iter().map(|member| (member.instance, member.failover)).collect()
}

pub fn backends(network: &Network, rule: ForwardingRuleId) -> Vec<Member> {
    let Some(service) = *network.forwarding_rules[rule].backend_service else { return Vec::new() };
    let vpc = network.forwarding_rules[rule].vpc.get().expect("a random rule states its network");
    let row = &network.backend_services[service];
    let mut found: Vec<Member> = Vec::new();
    for backend in &row.backends {
        let endpoint = backend.group.get().expect("a random backend states its group");
        for instance in instances(network, endpoint) {
            let nic = nic_of_member(network, endpoint, *row.vpc, instance);
            let nic = nic.filter(|nic| network.nics[*nic].vpc == Ok(vpc));
            found.push(Member { instance, nic, failover: *backend.failover });
        }
    }
    found
}

fn instances(network: &Network, endpoint: Endpoint) -> Vec<InstanceId> {
    match endpoint {
        Endpoint::Group(id) => network.instance_groups[id].instances.to_vec(),
        Endpoint::Mig(id) => network.migs[id].instances.to_vec(),
        Endpoint::Neg(id) => network.negs[id].endpoints.iter().filter_map(|endpoint| endpoint.instance).collect(),
    }
}

/// "Instance group backends: the load balancer distributes to the interface in the network that the backend service names, or to nic0 if it names none";
/// an endpoint of a zonal NEG of type `GCE_VM_IP` is the interface in its subnet.
fn nic_of_member(network: &Network, endpoint: Endpoint, named: Option<VpcId>, instance: InstanceId) -> Option<NicId> {
    let mut nics = network.instances[instance].nics.iter().copied();
    if let Endpoint::Neg(neg) = endpoint {
        let row = &network.negs[neg];
        let named = row.endpoints.iter().find(|endpoint| endpoint.instance == Some(instance));
        if let Some(address) = named.and_then(|endpoint| endpoint.address.get().ok()?) {
            return nics.find(|nic| network.nics[*nic].address == Ok(Some(address)));
        }
        return nics.find(|nic| match (*row.subnet, *row.vpc) {
            (Some(subnet), _) => network.nics[*nic].subnet == Ok(subnet),
            (None, Some(vpc)) => network.nics[*nic].vpc == Ok(vpc),
            (None, None) => true,
        });
    }
    match named {
        Some(vpc) => nics.find(|nic| network.nics[*nic].vpc == Ok(vpc)),
        None => nics.next(),
    }
}

/// The forwarding rules with an address that a NIC is a backend of.
pub fn rules_served_by(world: &World, nic: NicId, address: IpAddr) -> Vec<ForwardingRuleId> {
    let rules = world.network.forwarding_rules.iter();
    let with_address = rules.filter(|(_, row)| row.address == Ok(Some(address))).map(|(id, _)| id);
    with_address.filter(|rule| backends(&world.network, *rule).iter().any(|member| member.nic == Some(nic))).collect()
}

/// Whether an instance is a backend of a rule with this address, on whichever NIC.
pub fn is_backend(world: &World, instance: InstanceId, address: IpAddr) -> bool {
    world.nics_of(instance).into_iter().any(|nic| !rules_served_by(world, nic, address).is_empty())
}

/// The members that may get a packet: "connections are distributed among the active pool".
pub fn active_pool(world: &World, rule: ForwardingRuleId) -> Step<Vec<Member>> {
    let all = backends(&world.network, rule);
    let Some(service) = *world.network.forwarding_rules[rule].backend_service else {
        return Err(Code::ForwardingRuleNoInstances);
    };
    if all.is_empty() {
        return Err(Code::ForwardingRuleNoInstances);
    }
    let row = &world.network.backend_services[service];
    if row.ha_policy.is_some() {
        // "Only one VM at a time, the leader, receives traffic"; health is the user's own affair.
        let leads = |member: &Member| match *row.leader {
            Some(leader) => member.instance == leader,
            None => world.is_running(member.instance),
        };
        return Ok(all.into_iter().filter(leads).collect());
    }
    let is_healthy = |member: &&Member| health(world, rule, member).is_ok();
    let (failover, primaries): (Vec<Member>, Vec<Member>) = all.iter().partition(|member| member.failover);
    let healthy: Vec<Member> = primaries.iter().filter(is_healthy).copied().collect();
    let spare: Vec<Member> = failover.iter().filter(is_healthy).copied().collect();
    // "The failover ratio … 0.0: failover only if no primary is healthy"; else "if the ratio of healthy primaries is
    // below it, and a failover backend is healthy".
    let ratio = row.failover_ratio.map_or(0.0, Ratio::get);
    let is_enough = !healthy.is_empty() && healthy.len() as f64 >= ratio * primaries.len() as f64;
    if is_enough || (spare.is_empty() && !healthy.is_empty()) {
        return Ok(healthy);
    }
    if !spare.is_empty() {
        return Ok(spare);
    }
    // "If all primaries and all failover backends are unhealthy: drop traffic, or distribute to all primaries as a last resort."
    if *row.drop_traffic_if_unhealthy {
        let first = all.iter().find_map(|member| health(world, rule, member).err());
        return Err(first.expect("nobody is healthy"));
    }
    Ok(primaries)
}

/// Whether the probes of a backend are answered: from every range, to the address of the rule.
pub fn health(world: &World, rule: ForwardingRuleId, member: &Member) -> Step<()> {
    let row = &world.network.forwarding_rules[rule];
    let service = row.backend_service.expect("a backend has a service");
    let checks = &world.network.backend_services[service].health_checks;
    if !world.is_running(member.instance) {
        return Err(Code::InstanceNotRunning);
    }
    let Some(nic) = member.nic else { return Err(Code::BackendInvalidNetwork) };
    if world.unplugged.contains(&nic) {
        return Err(Code::NicDown);
    }
    let address = row.address.get().expect("stated").expect("a random rule has an address");
    for check in checks {
        let Some(port) = *world.network.health_checks[*check].port else { continue };
        for prober in probers() {
            let probe = Flight { source: prober, destination: address, protocol: protocol::TCP, port: Some(port) };
            answers(world, nic, &probe)?;
        }
    }
    Ok(())
}

/// Whether a probe comes in and its answer leaves by the same NIC.
pub fn answers(world: &World, nic: NicId, probe: &Flight) -> Step<()> {
    let station = world.station(nic);
    firewall::passes(world, &station, Direction::Ingress, probe).map_err(|_| Code::HealthCheckBlocked)?;
    let instance = world.instance_of(nic);
    if !guest::holds(world, instance, probe.destination) {
        return Err(Code::GuestDoesNotHoldAddress);
    }
    if !guest::filter_passes(world, nic, probe) {
        return Err(Code::GuestReversePathFilter);
    }
    let by = guest::nic_for(world, instance, probe.source, Some(probe.destination)).expect("it has a NIC");
    if by == nic { Ok(()) } else { Err(elsewhere(world, by, &probe.reply())) }
}

/// Why an answer does not come back that leaves by another NIC than the probed one.
fn elsewhere(world: &World, by: NicId, answer: &Flight) -> Code {
    let station = world.station(by);
    if world.unplugged.contains(&by) {
        return Code::NicDown;
    }
    if !walk::forwards(world, by) && !walk::owns(world, by, answer.source) {
        return Code::ForeignIpDisallowed;
    }
    if let Err(code) = firewall::passes(world, &station, Direction::Egress, answer) {
        return code;
    }
    match route::next(world, &station, answer)[..] {
        [Next::Drop(code), ..] => code,
        [Next::Internet, ..] if !walk::is_translated(world, &station, answer.source) => Code::NoExternalAddress,
        [Next::Internet, ..] => Code::RouteWrongNetwork,
        _ => Code::NotModelled,
    }
}

/// Whether packets of a kind are for a rule: "a forwarding rule with the protocol `L3_DEFAULT` takes all protocols and ports".
pub fn takes(world: &World, rule: ForwardingRuleId, flight: &Flight) -> bool {
    let row = &world.network.forwarding_rules[rule];
    let protocol = match row.protocol.as_str() {
        "L3_DEFAULT" => return true,
        "TCP" => protocol::TCP,
        "UDP" => protocol::UDP,
        _ => return false,
    };
    let named = |port: u16| row.ports.iter().any(|text| text.parse() == Ok(port));
    protocol == flight.protocol && (*row.all_ports || flight.port.is_some_and(named))
}

/// "Without global access, clients must be in the same region as the load balancer."
pub fn is_open_to(world: &World, rule: ForwardingRuleId, region: &str) -> bool {
    let row = &world.network.forwarding_rules[rule];
    *row.global_access || row.region.as_deref() == Some(region)
}

/// "Google Cloud supports only internal passthrough Network Load Balancer forwarding rules as next hop"; one with `L3_DEFAULT`, or with an address that others
/// share, "is silently dropped".
pub fn may_be_next_hop(world: &World, rule: ForwardingRuleId) -> bool {
    let row = &world.network.forwarding_rules[rule];
    let others = world.network.forwarding_rules.iter();
    let shared = others.filter(|(_, other)| other.address == row.address && other.vpc == row.vpc).count() > 1;
    *row.scheme == Scheme::Internal && row.protocol != "L3_DEFAULT" && !shared
}
