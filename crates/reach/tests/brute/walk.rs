//! A packet from its sender to its receiver and back, one sentence of Google's after the other, every choice tried. From
//! <https://docs.cloud.google.com/network-intelligence-center/docs/connectivity-tests/concepts/state-tables> (the order of the steps) and the pages that its
//! neighbours name. Not here: which network it is asked about.

use std::collections::BTreeSet;
use std::net::IpAddr;

use twinrail_model::{
    BackendServiceId, Direction, ForwardingRule, ForwardingRuleId, InstanceId, NatSecondary, NatSources, Network,
    NicId, Situation, Vip, VpcId,
};
use twinrail_reach::{Code, End, Outcome, Packet, Receiver, Sender, Traffic};

use super::balancer;
use super::firewall;
use super::flight::{Flight, Host, Station, Step, probers};
use super::guest;
use super::rdma;
use super::route::{self, Next};
use super::world::{World, address_of_vip, rule_of, worlds};

/// How a request ends, and how a reply to it does.
pub type Ending = (Outcome, Option<Outcome>);

/// Whom a packet is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meant {
    Host(Host),
    Rule(ForwardingRuleId),
    /// A VIP that nobody could hold.
    Lost(Vip),
    /// Whoever has the address.
    Anybody,
}

/// A packet that left its sender, and where it ended.
#[derive(Debug, Clone)]
pub struct Passage {
    pub from: Host,
    pub flight: Flight,
    pub end: Step<Host>,
}

/// What is known of the request when its reply is sent.
#[derive(Debug, Clone, Copy)]
struct Asked {
    by: Host,
    of: Host,
}

/// Every way that a packet and its reply may end.
pub fn endings(network: &Network, situation: &Situation, packet: &Packet) -> BTreeSet<Ending> {
    let ends = [Some(packet.to), bound_end(packet)].into_iter().flatten();
    let own = ends.filter(|end| matches!(end, End::Vip(_) | End::Address(_)));
    let named: Vec<IpAddr> = own.filter_map(|end| address_of(network, end)).collect();
    let sender = match packet.from {
        Sender::Guest { instance, .. } => Some(instance),
        _ => None,
    };
    let mut found = BTreeSet::new();
    for world in worlds(network, situation, &named, vip(packet.to), sender) {
        if let (Some(End::Vip(vip)), Sender::Guest { instance, .. }) = (bound_end(packet), packet.from)
            && rule_of(network, vip).is_none()
            && world.holders.get(&vip).copied().flatten() != Some(instance)
            && !situation.holders.contains_key(&vip)
            && may_hold(network, situation, vip, instance)
        {
            // Who sends from a VIP has it.
            continue;
        }
        found.extend(endings_in(&world, packet));
    }
    found
}

fn vip(end: End) -> Option<Vip> {
    match end {
        End::Vip(vip) => Some(vip),
        _ => None,
    }
}

fn may_hold(network: &Network, situation: &Situation, vip: Vip, instance: InstanceId) -> bool {
    let named: Vec<IpAddr> = address_of_vip(network, vip).into_iter().collect();
    worlds(network, situation, &named, None, None).iter().any(|world| world.holders.get(&vip) == Some(&Some(instance)))
}

fn bound_end(packet: &Packet) -> Option<End> {
    match packet.from {
        Sender::Guest { bound, .. } => bound,
        _ => None,
    }
}

fn address_of(network: &Network, end: End) -> Option<IpAddr> {
    match end {
        End::Nic(nic) => network.nics[nic].address.get().ok()?,
        End::Alias(nic, place) => match network.nics[nic].aliases.get(place)?.range {
            twinrail_model::AliasRange::Range(range) => Some(range.addr()),
            twinrail_model::AliasRange::Length(_) => None,
        },
        End::Vip(vip) => address_of_vip(network, vip),
        End::Rule(rule) => network.forwarding_rules[rule].address.get().ok()?,
        End::Address(address) => Some(address),
        End::Clients(_) => None,
        End::Prober(_) => Some(probers()[0]),
    }
}

fn endings_in(world: &World, packet: &Packet) -> BTreeSet<Ending> {
    let (number, port) = match packet.traffic {
        Traffic::Rdma => return rdma::endings(world, packet),
        Traffic::Ip { protocol, port } => (protocol, port),
    };
    let destination = match packet.to {
        End::Clients(group) => world.client(group),
        end => address_of(&world.network, end),
    };
    let destination = destination.expect("a random end has an address");
    let flight = |source: IpAddr| Flight { source, destination, protocol: number, port };
    let passages = match packet.from {
        Sender::Guest { instance, bound } => {
            let bound = bound.map(|end| address_of(&world.network, end).expect("a random end has an address"));
            match from_guest(world, instance, destination, bound) {
                Err(Outcome::Delivered(_)) if !is_of(world, instance, packet.to) => {
                    return BTreeSet::from([(Outcome::Dropped(Code::RouteWrongNetwork), None)]);
                }
                Err(end) => return BTreeSet::from([(end, None)]),
                Ok((nic, source)) => from_nic(world, nic, &flight(source), None, meant(world, packet.to)),
            }
        }
        Sender::Clients(group) => {
            let station = world.station_of_clients(group).expect("random clients are in a subnet");
            let source = world.client(group).expect("the subnet has a free address");
            leave(world, &station, &flight(source), None, meant(world, packet.to))
        }
        Sender::Prober(service) => probe(world, service, packet.to, number, port),
        Sender::Internet(source) => from_internet(world, packet.to, &flight(source)),
    };
    passages.iter().flat_map(|passage| with_replies(world, passage)).collect()
}

fn meant(world: &World, end: End) -> Meant {
    match end {
        End::Nic(nic) | End::Alias(nic, _) => Meant::Host(Host::Nic(nic)),
        End::Rule(rule) => Meant::Rule(rule),
        End::Vip(vip) => match rule_of(&world.network, vip) {
            Some(rule) => Meant::Rule(rule),
            None => world.nic_of_vip(vip).map_or(Meant::Lost(vip), |nic| Meant::Host(Host::Nic(nic))),
        },
        End::Clients(group) => Meant::Host(Host::Clients(group)),
        End::Prober(_) => Meant::Host(Host::Prober),
        End::Address(_) => Meant::Anybody,
    }
}

/// Whether an end may be at an instance itself.
fn is_of(world: &World, instance: InstanceId, end: End) -> bool {
    match meant(world, end) {
        Meant::Host(Host::Nic(nic)) => world.instance_of(nic) == instance,
        Meant::Host(_) | Meant::Lost(_) => false,
        Meant::Rule(rule) => {
            let members = balancer::backends(&world.network, rule);
            members.iter().any(|member| member.instance == instance && member.nic.is_some())
        }
        Meant::Anybody => true,
    }
}

/// The replies to a request that arrived.
fn with_replies(world: &World, request: &Passage) -> Vec<Ending> {
    let receiver = match request.end {
        Err(code) => return vec![(Outcome::Dropped(code), None)],
        Ok(receiver) => receiver,
    };
    let arrived = Outcome::Delivered(receiver.receiver());
    let asked = Asked { by: request.from, of: receiver };
    let flight = request.flight.reply();
    let home = Meant::Host(request.from);
    let ends: Vec<Outcome> = match receiver {
        Host::Nic(nic) => match from_guest(world, world.instance_of(nic), flight.destination, Some(flight.source)) {
            // A reply that never leaves never comes back.
            Err(Outcome::Delivered(_)) => vec![Outcome::Dropped(Code::RouteWrongNetwork)],
            Err(end) => vec![end],
            Ok((nic, _)) => outcomes(&from_nic(world, nic, &flight, Some(asked), home)),
        },
        Host::Clients(group) => {
            let station = world.station_of_clients(group).expect("random clients are in a subnet");
            outcomes(&leave(world, &station, &flight, Some(asked), home))
        }
        // What came through a translation goes back through it.
        Host::Internet => vec![outcome(arrive(world, request.from, &flight, Some(asked), true))],
        Host::Prober => vec![outcome(arrive(world, request.from, &flight, None, true))],
    };
    ends.into_iter().map(|end| (arrived, Some(end))).collect()
}

fn outcome(end: Step<Host>) -> Outcome {
    match end {
        Ok(host) => Outcome::Delivered(host.receiver()),
        Err(code) => Outcome::Dropped(code),
    }
}

fn outcomes(passages: &[Passage]) -> Vec<Outcome> {
    passages.iter().map(|passage| outcome(passage.end)).collect()
}

/// The guest's part: an address of its own never leaves it; "requests sent from a backend VM to the address of its own forwarding rule are always answered by
/// itself, on every protocol and port, healthy or not" (<https://docs.cloud.google.com/load-balancing/docs/internal/troubleshooting-ilb>).
fn from_guest(
    world: &World,
    instance: InstanceId,
    destination: IpAddr,
    bound: Option<IpAddr>,
) -> Result<(NicId, IpAddr), Outcome> {
    if !world.is_running(instance) {
        return Err(Outcome::Dropped(Code::InstanceNotRunning));
    }
    if guest::holds(world, instance, destination) {
        let is_backend = balancer::is_backend(world, instance, destination);
        let itself = Outcome::Delivered(Receiver::Itself);
        return Err(if is_backend { Outcome::Dropped(Code::BackendReachesItself) } else { itself });
    }
    let nic = guest::nic_for(world, instance, destination, bound).expect("a random instance has a NIC");
    Ok((nic, bound.unwrap_or(world.primary(nic))))
}

/// The NIC's part: whether it is up, and whether it may send from this source: "the source must be the primary address, in an alias range or the address of a
/// forwarding rule, unless IP forwarding is enabled" (<https://docs.cloud.google.com/vpc/docs/using-routes#canipforward>).
fn from_nic(world: &World, nic: NicId, flight: &Flight, asked: Option<Asked>, meant: Meant) -> Vec<Passage> {
    let drop = |code: Code| vec![Passage { from: Host::Nic(nic), flight: *flight, end: Err(code) }];
    if world.unplugged.contains(&nic) {
        return drop(Code::NicDown);
    }
    if !forwards(world, nic) && !owns(world, nic, flight.source) {
        return drop(Code::ForeignIpDisallowed);
    }
    leave(world, &world.station(nic), flight, asked, meant)
}

/// "IP forwarding" is among what networks with an RDMA profile block: <https://docs.cloud.google.com/vpc/docs/rdma-network-profiles>.
pub fn forwards(world: &World, nic: NicId) -> bool {
    *world.network.instances[world.instance_of(nic)].can_ip_forward && world.rdma(world.vpc_of(nic)).is_none()
}

pub fn owns(world: &World, nic: NicId, address: IpAddr) -> bool {
    world.primary(nic) == address
        || world.has_alias(nic, address)
        || !balancer::rules_served_by(world, nic, address).is_empty()
}

/// "VPC firewall rules are stateful": the reply to what this station let in passes here. Networks with an RDMA profile do not track.
fn is_tracked(world: &World, station: &Station, at: Option<Host>) -> bool {
    world.rdma(station.vpc).is_none() && at == Some(station.host)
}

/// The network's part, at the sender: egress firewall and routes.
fn leave(world: &World, from: &Station, flight: &Flight, asked: Option<Asked>, meant: Meant) -> Vec<Passage> {
    let passage = |end: Step<Host>| Passage { from: from.host, flight: *flight, end };
    if !is_tracked(world, from, asked.map(|asked| asked.of))
        && let Err(code) = firewall::passes(world, from, Direction::Egress, flight)
    {
        return vec![passage(Err(code))];
    }
    // "Special routing paths … for the return of health checks": <https://docs.cloud.google.com/vpc/docs/routes#special_return_paths>.
    if asked.is_some_and(|asked| asked.by == Host::Prober && asked.of == from.host) {
        return vec![passage(Ok(Host::Prober))];
    }
    let mut passages = Vec::new();
    for next in route::next(world, from, flight) {
        let ends = match next {
            Next::Drop(code) => vec![Err(code)],
            Next::Lookup(vpc) => look_up(world, from, vpc, flight, asked, meant),
            Next::Hand(nic) => vec![hand(world, from, nic, flight, asked)],
            Next::Balancer(rule) => as_next_hop(world, from, rule, flight, asked),
            Next::Internet => vec![to_internet(world, from, flight, asked)],
        };
        passages.extend(ends.into_iter().map(|end| passage(end.and_then(|at| in_place(meant, at)))));
    }
    passages
}

/// What came to another guest than it was meant for has gone wrong.
fn in_place(meant: Meant, at: Host) -> Step<Host> {
    match (meant, at) {
        (Meant::Host(Host::Nic(meant)), Host::Nic(found)) if meant != found => Err(Code::RouteWrongNetwork),
        _ => Ok(at),
    }
}

/// Whoever has the destination in a network: all NICs, all forwarding rules, all VIPs and all clients are looked at.
fn look_up(
    world: &World,
    from: &Station,
    vpc: VpcId,
    flight: &Flight,
    asked: Option<Asked>,
    meant: Meant,
) -> Vec<Step<Host>> {
    let address = flight.destination;
    if let Meant::Lost(vip) = meant
        && world.vpc_of_vip(vip) == Some(vpc)
    {
        return vec![Err(Code::VipHasNoHolder)];
    }
    for nic in world.network.nics.ids().filter(|nic| world.vpc_of(*nic) == vpc) {
        if world.primary(nic) == address || world.has_alias(nic, address) {
            let host = Host::Nic(nic);
            return vec![fits(meant, host, asked, || hand(world, from, nic, flight, asked))];
        }
    }
    let rules = world.network.forwarding_rules.iter();
    let here: Vec<ForwardingRuleId> =
        rules.filter(|(_, row)| row.vpc == Ok(vpc) && row.address == Ok(Some(address))).map(|(id, _)| id).collect();
    if !here.is_empty() {
        return balance(world, from, &here, flight, asked, meant);
    }
    for group in world.network.clients.ids() {
        let is_here = world.station_of_clients(group).is_some_and(|station| station.vpc == vpc);
        if is_here && world.client(group) == Some(address) {
            let host = Host::Clients(group);
            return vec![fits(meant, host, asked, || arrive(world, host, flight, asked, false))];
        }
    }
    let lost = world.vip_at(address).is_some_and(|vip| world.vpc_of_vip(vip) == Some(vpc));
    vec![Err(if lost { Code::VipHasNoHolder } else { Code::UnknownInternalAddress })]
}

/// A request that finds somebody else at its address goes no further; a reply is lost when somebody else has it.
fn fits(meant: Meant, found: Host, asked: Option<Asked>, deliver: impl FnOnce() -> Step<Host>) -> Step<Host> {
    let is_right = match meant {
        Meant::Host(host) => host == found,
        Meant::Rule(_) | Meant::Lost(_) => false,
        Meant::Anybody => true,
    };
    match asked {
        None if !is_right => Err(Code::RouteWrongNetwork),
        _ => deliver().and_then(|host| if is_right { Ok(host) } else { Err(Code::RouteWrongNetwork) }),
    }
}

/// A packet to the address of forwarding rules.
fn balance(
    world: &World,
    from: &Station,
    here: &[ForwardingRuleId],
    flight: &Flight,
    asked: Option<Asked>,
    meant: Meant,
) -> Vec<Step<Host>> {
    let is_right = match meant {
        Meant::Rule(rule) => here.contains(&rule),
        Meant::Host(_) | Meant::Lost(_) => asked.is_some(),
        Meant::Anybody => true,
    };
    if !is_right {
        return vec![Err(Code::RouteWrongNetwork)];
    }
    let Some(rule) = here.iter().copied().find(|rule| balancer::takes(world, *rule, flight)) else {
        return vec![Err(Code::ForwardingRuleMismatch)];
    };
    if !balancer::is_open_to(world, rule, &from.region) {
        return vec![Err(Code::ForwardingRuleRegionMismatch)];
    }
    let wanted = |end: Step<Host>| match (meant, end) {
        (Meant::Host(host), Ok(found)) if host != found => Err(Code::RouteWrongNetwork),
        (_, end) => end,
    };
    spread(world, rule, |nic| hand(world, from, nic, flight, asked)).into_iter().map(wanted).collect()
}

/// "Google Cloud forwards all traffic on all ports to the backend VMs, regardless of the forwarding rule's protocol and
/// port configuration"; "with global access
/// disabled, packets sent from another region are dropped".
fn as_next_hop(
    world: &World,
    from: &Station,
    rule: ForwardingRuleId,
    flight: &Flight,
    asked: Option<Asked>,
) -> Vec<Step<Host>> {
    if !balancer::may_be_next_hop(world, rule) {
        return vec![Err(Code::NextHopForwardingRuleTypeInvalid)];
    }
    if !balancer::is_open_to(world, rule, &from.region) {
        return vec![Err(Code::ForwardingRuleRegionMismatch)];
    }
    spread(world, rule, |nic| hand(world, from, nic, flight, asked))
}

/// Every backend that may be chosen.
fn spread(world: &World, rule: ForwardingRuleId, deliver: impl Fn(NicId) -> Step<Host>) -> Vec<Step<Host>> {
    let pool = match balancer::active_pool(world, rule) {
        Err(code) => return vec![Err(code)],
        Ok(pool) => pool,
    };
    if pool.is_empty() {
        return vec![Err(Code::ForwardingRuleNoInstances)];
    }
    pool.iter().map(|member| member.nic.map_or(Err(Code::BackendInvalidNetwork), &deliver)).collect()
}

/// A packet is handed to a NIC. One that comes back to the NIC that it left goes in a circle.
fn hand(world: &World, from: &Station, nic: NicId, flight: &Flight, asked: Option<Asked>) -> Step<Host> {
    if from.host == Host::Nic(nic) {
        return Err(Code::RoutingLoop);
    }
    arrive(world, Host::Nic(nic), flight, asked, false)
}

/// The receiver's part: running, up, the destination check, the ingress firewall, whether the guest holds the address, its reverse-path filter.
fn arrive(world: &World, at: Host, flight: &Flight, asked: Option<Asked>, translated: bool) -> Step<Host> {
    let nic = match at {
        Host::Prober | Host::Internet => return Ok(at),
        Host::Clients(group) => {
            let station = world.station_of_clients(group).expect("random clients are in a subnet");
            if !translated && !is_tracked(world, &station, asked.map(|asked| asked.by)) {
                firewall::passes(world, &station, Direction::Ingress, flight)?;
            }
            return Ok(at);
        }
        Host::Nic(nic) => nic,
    };
    let instance = world.instance_of(nic);
    if !world.is_running(instance) {
        return Err(Code::InstanceNotRunning);
    }
    if world.unplugged.contains(&nic) {
        return Err(Code::NicDown);
    }
    if !forwards(world, nic) && !owns(world, nic, flight.destination) {
        return Err(Code::ForeignIpDisallowed);
    }
    let station = world.station(nic);
    if !is_tracked(world, &station, asked.map(|asked| asked.by)) {
        firewall::passes(world, &station, Direction::Ingress, flight)?;
    }
    // What comes to one NIC for another NIC of the same guest only a next hop brings: as good as forwarded, which is left out.
    if !guest::is_at(world, nic, flight.destination) {
        return Err(Code::NotModelled);
    }
    if !guest::holds(world, instance, flight.destination) {
        return Err(Code::GuestDoesNotHoldAddress);
    }
    if !guest::filter_passes(world, nic, flight) {
        return Err(Code::GuestReversePathFilter);
    }
    Ok(at)
}

/// "Packets to the default internet gateway need an external address on the interface, or Cloud NAT":
/// <https://docs.cloud.google.com/vpc/docs/vpc#internet_access_reqs>.
fn to_internet(world: &World, from: &Station, flight: &Flight, asked: Option<Asked>) -> Step<Host> {
    if is_private(world, flight.destination) {
        return Err(Code::PrivateTrafficToInternet);
    }
    let external = match from.host {
        Host::Nic(nic) => *world.network.nics[nic].external && world.primary(nic) == flight.source,
        _ => false,
    };
    if !external && !is_translated(world, from, flight.source) {
        return Err(Code::NoExternalAddress);
    }
    match asked {
        Some(asked) if asked.by != Host::Internet => Err(Code::RouteWrongNetwork),
        _ => Ok(Host::Internet),
    }
}

/// "Cloud NAT: a gateway of the network in the region, for the ranges that it is set up for: all ranges of all subnets,
/// primary ranges of all subnets, or a list of
/// them": <https://docs.cloud.google.com/nat/docs/nat-product-interactions>. Only sources in a subnet's range are translated.
pub fn is_translated(world: &World, from: &Station, source: IpAddr) -> bool {
    // "Primary internal addresses and alias ranges": not the addresses of load balancers.
    let of_rule = |rule: &ForwardingRule| rule.vpc == Ok(from.vpc) && rule.address == Ok(Some(source));
    if world.network.forwarding_rules.rows().iter().any(of_rule) {
        return false;
    }
    let routers = world.network.routers.rows().iter();
    let near = routers.filter(|row| row.vpc == Ok(from.vpc) && row.region == Ok(from.region.clone()));
    near.flat_map(|row| row.nats.iter()).filter(|nat| !*nat.is_private && *nat.serves_instances).any(|nat| {
        let sources = nat.sources.get().expect("a random gateway states its ranges");
        let here = world.network.subnets.ids().filter(|id| world.vpc_of_subnet(*id) == from.vpc);
        here.filter(|id| world.region_of_subnet(*id) == from.region).any(|subnet| {
            let row = &world.network.subnets[subnet];
            let primary = row.range.get().expect("stated").is_some_and(|range| range.contains(&source));
            let secondary = row.secondary.iter().find(|(_, range)| range.contains(&source)).map(|(name, _)| name);
            match &sources {
                NatSources::AllRanges => primary || secondary.is_some(),
                NatSources::PrimaryRanges => primary,
                NatSources::Subnets(list) => list.iter().filter(|named| named.subnet == subnet).any(|named| {
                    let is_named = |name: &String| match &named.secondary {
                        NatSecondary::All => true,
                        NatSecondary::Named(names) => names.contains(name),
                    };
                    (primary && named.primary) || secondary.is_some_and(is_named)
                }),
            }
        })
    })
}

fn is_private(world: &World, address: IpAddr) -> bool {
    let IpAddr::V4(v4) = address else { return false };
    let shared = v4.octets()[0] == 100 && (64..128).contains(&v4.octets()[1]);
    let subnets = world.network.subnets.rows().iter();
    let mut ranges = subnets.flat_map(|row| {
        let primary = row.range.get().expect("a random subnet states its range");
        primary.into_iter().chain(row.secondary.iter().map(|(_, range)| *range))
    });
    v4.is_private() || v4.is_link_local() || shared || ranges.any(|range| range.contains(&address))
}

/// From the internet only to an external address, which stands for the primary one:
/// <https://docs.cloud.google.com/compute/docs/ip-addresses#externaladdresses>.
fn from_internet(world: &World, to: End, flight: &Flight) -> Vec<Passage> {
    let drop = |code: Code| vec![Passage { from: Host::Internet, flight: *flight, end: Err(code) }];
    match to {
        End::Nic(nic) if *world.network.nics[nic].external => {
            let end = arrive(world, Host::Nic(nic), flight, None, false);
            vec![Passage { from: Host::Internet, flight: *flight, end }]
        }
        End::Address(address) if !is_private(world, address) => drop(Code::UnknownExternalAddress),
        End::Prober(_) => drop(Code::UnknownExternalAddress),
        _ => drop(Code::NoRouteFromInternet),
    }
}

/// The probes of a service, from every range to each of its backends.
fn probe(world: &World, service: BackendServiceId, to: End, number: u8, port: Option<u16>) -> Vec<Passage> {
    let mut passages = Vec::new();
    let Meant::Rule(rule) = meant(world, to) else { return Vec::new() };
    if balancer::backends(&world.network, rule).is_empty() {
        let source = probers()[0];
        let flight = Flight { source, destination: source, protocol: number, port };
        return vec![Passage { from: Host::Prober, flight, end: Err(Code::ForwardingRuleNoInstances) }];
    }
    let destination = address_of(&world.network, End::Rule(rule)).expect("a random rule has an address");
    for source in probers() {
        let flight = Flight { source, destination, protocol: number, port };
        for member in balancer::backends(&world.network, rule) {
            if world.network.forwarding_rules[rule].backend_service != Some(service) {
                continue;
            }
            let end = match member.nic {
                None => Err(Code::BackendInvalidNetwork),
                Some(nic) => arrive(world, Host::Nic(nic), &flight, None, false),
            };
            let blocked = |code: Code| if code == Code::FirewallRule { Code::HealthCheckBlocked } else { code };
            passages.push(Passage { from: Host::Prober, flight, end: end.map_err(blocked) });
        }
    }
    passages
}
