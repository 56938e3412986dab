//! Which way a packet takes out of a network: all routes of all networks are looked at. From <https://docs.cloud.google.com/vpc/docs/routes>,
//! <https://docs.cloud.google.com/vpc/docs/static-routes>, <https://docs.cloud.google.com/vpc/docs/policy-based-routes> and
//! <https://docs.cloud.google.com/vpc/docs/vpc-peering>. Not here: what becomes of the packet there.

use std::net::IpAddr;

use ipnet::IpNet;
use twinrail_model::{AppliesTo, ForwardingRuleId, Known, NextHop, NicId, PolicyHop, PolicyRoute, Route, Vip, VpcId};
use twinrail_reach::Code;

use super::flight::{Flight, Station, Step};
use super::world::{World, address_of_vip};

/// Where a packet goes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// To whoever has the destination in a network.
    Lookup(VpcId),
    /// To a NIC, with its addresses unchanged.
    Hand(NicId),
    /// To the backends of a load balancer, with its addresses unchanged.
    Balancer(ForwardingRuleId),
    Internet,
    Drop(Code),
}

/// A static route as a network knows it: its own, or one of a peer.
#[derive(Debug, Clone)]
struct Candidate {
    owner: VpcId,
    destination: IpNet,
    priority: u64,
    hop: Hop,
}

#[derive(Debug, Clone)]
enum Hop {
    Of(NextHop),
    /// A VIP that nobody could hold.
    Nobody,
}

/// Every way that a packet may take which leaves a station, where Google picks one by a hash or by a rule that it does not tell.
pub fn next(world: &World, from: &Station, flight: &Flight) -> Vec<Next> {
    let by_policy = policy_based(world, from, flight);
    if !by_policy.is_empty() {
        return by_policy;
    }
    if let Some(vpc) = subnet_route(world, from.vpc, flight.destination) {
        return vec![Next::Lookup(vpc)];
    }
    custom(world, from, flight)
}

/// "Policy-based routes are evaluated before any other type of route"; of those that match, the smallest number wins, whatever their prefixes. One whose next
/// hop is `DEFAULT_ROUTING` "excludes matching packets from other policy-based routes with a lower priority".
fn policy_based(world: &World, from: &Station, flight: &Flight) -> Vec<Next> {
    let matching: Vec<&PolicyRoute> =
        world.network.policy_routes.rows().iter().filter(|row| takes(row, from, flight)).collect();
    let Some(first) = matching.iter().map(|row| row.priority.unwrap_or(1000)).min() else { return Vec::new() };
    let winners = matching.iter().filter(|row| row.priority.unwrap_or(1000) == first);
    let mut ways = Vec::new();
    for row in winners {
        if let Ok(PolicyHop::Address(address)) = *row.next_hop {
            ways.push(balancer_at(world, from.vpc, address));
        }
    }
    ways
}

fn takes(row: &PolicyRoute, from: &Station, flight: &Flight) -> bool {
    let applies = match row.applies_to.get().expect("a random route states whom it applies to") {
        AppliesTo::All => true,
        AppliesTo::Tags(tags) => tags.iter().any(|tag| from.tags.contains(tag)),
        AppliesTo::Interconnects(_) => false,
    };
    let within = |range: Option<IpNet>, address: IpAddr| range.is_none_or(|range| range.contains(&address));
    let protocol = match row.protocol.get().expect("a random route states its protocol").as_str() {
        "ALL" => true,
        "TCP" => flight.protocol == twinrail_reach::protocol::TCP,
        "UDP" => flight.protocol == twinrail_reach::protocol::UDP,
        other => panic!("a random route does not name {other}"),
    };
    row.vpc == Ok(from.vpc)
        && applies
        && protocol
        && within(row.source.get().expect("stated"), flight.source)
        && within(row.destination.get().expect("stated"), flight.destination)
}

/// "The internal passthrough Network Load Balancer must be in the same VPC network as the policy-based route or in one that is connected to it by peering."
fn balancer_at(world: &World, vpc: VpcId, address: IpAddr) -> Next {
    let rules = world.network.forwarding_rules.iter().filter(|(_, row)| row.address == Ok(Some(address)));
    let reachable = |id: VpcId| id == vpc || peers(world, vpc).contains(&id);
    let mut near = rules.filter(|(_, row)| row.vpc.get().is_ok_and(reachable)).map(|(id, _)| id);
    near.next().map_or(Next::Drop(Code::NextHopForwardingRuleIpMismatch), Next::Balancer)
}

/// "Subnet routes: local and peering; they can't be overridden." The network in which the destination lies in a subnet's primary or secondary range.
fn subnet_route(world: &World, vpc: VpcId, destination: IpAddr) -> Option<VpcId> {
    let mut reachable = vec![vpc];
    reachable.extend(peers(world, vpc));
    let subnets = world.network.subnets.ids().filter(|id| reachable.contains(&world.vpc_of_subnet(*id)));
    let mut around = Vec::new();
    for subnet in subnets {
        let row = &world.network.subnets[subnet];
        let primary = row.range.get().expect("stated");
        let ranges = primary.into_iter().chain(row.secondary.iter().map(|(_, range)| *range));
        let holding = ranges.filter(|range| range.contains(&destination));
        around.extend(holding.map(|range| (range.prefix_len(), world.vpc_of_subnet(subnet))));
    }
    around.into_iter().max_by_key(|(length, of)| (*length, *of == vpc)).map(|(_, of)| of)
}

/// "VPC Network Peering works when both sides have a peering configuration"; "it isn't transitive".
pub fn peers(world: &World, vpc: VpcId) -> Vec<VpcId> {
    let states = |from: VpcId, to: VpcId| {
        let rows = world.network.peerings.rows().iter();
        rows.filter(|row| row.vpc == from && row.peer == Ok(to)).any(|row| row.state.as_deref() != Some("INACTIVE"))
    };
    let active = |from: VpcId, to: VpcId| {
        let rows = world.network.peerings.rows().iter();
        rows.filter(|row| row.vpc == from && row.peer == Ok(to)).any(|row| row.state.as_deref() == Some("ACTIVE"))
    };
    let is_peer = |other: &VpcId| {
        let both = states(vpc, *other) && states(*other, vpc);
        both || active(vpc, *other) || active(*other, vpc)
    };
    world.network.vpcs.ids().filter(|other| *other != vpc && is_peer(other)).collect()
}

/// "Static routes: the most specific destination; custom next hops in a single VPC network; ignore unusable next hops; the lowest priority number; then the
/// rest shares the traffic by ECMP."
fn custom(world: &World, from: &Station, flight: &Flight) -> Vec<Next> {
    if is_dynamic(world, from.vpc) {
        return vec![Next::Drop(Code::NotModelled)];
    }
    let all = candidates(world, from, flight);
    let Some(longest) = all.iter().map(|route| route.destination.prefix_len()).max() else {
        return vec![Next::Drop(Code::NoRoute)];
    };
    let specific: Vec<Candidate> = all.into_iter().filter(|route| route.destination.prefix_len() == longest).collect();
    let local: Vec<Candidate> = specific.iter().filter(|route| route.owner == from.vpc).cloned().collect();
    if !local.is_empty() {
        return choose(world, &local);
    }
    // "If the candidates are in several peer networks, Google Cloud picks one by an internal algorithm."
    let of_peer =
        |owner: VpcId| -> Vec<Candidate> { specific.iter().filter(|route| route.owner == owner).cloned().collect() };
    let groups = world.network.vpcs.ids().map(of_peer).filter(|group| !group.is_empty());
    groups.flat_map(|group| choose(world, &group)).collect()
}

/// Of routes to one destination in one network: those that can be used, of these the smallest priority, and all that are left.
fn choose(world: &World, routes: &[Candidate]) -> Vec<Next> {
    let judged: Vec<(u64, Step<Next>)> = routes.iter().map(|route| (route.priority, usable(world, route))).collect();
    let best = |ways: &[(u64, Next)]| -> Vec<Next> {
        let first = ways.iter().map(|(priority, _)| *priority).min();
        ways.iter().filter(|(priority, _)| Some(*priority) == first).map(|(_, next)| *next).collect()
    };
    let good: Vec<(u64, Next)> = judged.iter().filter_map(|(at, way)| Some((*at, *way.as_ref().ok()?))).collect();
    if !good.is_empty() {
        return best(&good);
    }
    let bad: Vec<(u64, Next)> = judged.iter().filter_map(|(at, way)| Some((*at, Next::Drop(way.err()?)))).collect();
    best(&bad).into_iter().take(1).collect()
}

/// Every static route that holds for a station and a destination: those of its network with no tag or one of its tags, and those that a peer exports and its
/// network imports, which never have tags nor lead to the default internet gateway. "VPC networks begin with a default route".
fn candidates(world: &World, from: &Station, flight: &Flight) -> Vec<Candidate> {
    let mut found = Vec::new();
    let peers = peers(world, from.vpc);
    for route in world.network.routes.rows().iter().filter(|route| route.is_static()) {
        let owner = route.vpc.get().expect("a random route states its network");
        let hop = route.next_hop.get().expect("a random route states its next hop");
        let holds = if owner == from.vpc {
            route.tags.is_empty() || route.tags.iter().any(|tag| from.tags.contains(tag))
        } else {
            peers.contains(&owner)
                && route.tags.is_empty()
                && hop != NextHop::InternetGateway
                && exchanges(world, owner, from.vpc)
        };
        if holds {
            found.push(candidate(owner, route, Hop::Of(hop)));
        }
    }
    for vip in vips_without_holder(world) {
        let owner = world.vpc_of_vip(vip).expect("its cluster has a NIC for it");
        let address = address_of_vip(&world.network, vip).expect("a random VIP has an address");
        if owner == from.vpc || (peers.contains(&owner) && exchanges(world, owner, from.vpc)) {
            found.push(Candidate { owner, destination: address.into(), priority: 1000, hop: Hop::Nobody });
        }
    }
    let everything: IpNet = "0.0.0.0/0".parse().expect("a range");
    let is_default = |route: &&Route| route.vpc == Ok(from.vpc) && route.destination == Ok(everything);
    if world.rdma(from.vpc).is_none() && !world.network.routes.rows().iter().any(|route| is_default(&route)) {
        let hop = Hop::Of(NextHop::InternetGateway);
        found.push(Candidate { owner: from.vpc, destination: everything, priority: 1000, hop });
    }
    found.retain(|route| route.destination.contains(&flight.destination));
    found
}

fn candidate(owner: VpcId, route: &Route, hop: Hop) -> Candidate {
    let destination = route.destination.get().expect("a random route states its destination");
    Candidate { owner, destination, priority: route.priority.unwrap_or(1000), hop }
}

/// "Custom routes are exchanged if the exporting network exports them and the importing one imports them."
fn exchanges(world: &World, exporter: VpcId, importer: VpcId) -> bool {
    let rows = world.network.peerings.rows();
    rows.iter().any(|row| row.vpc == exporter && row.peer == Ok(importer) && *row.exports_custom_routes)
        && rows.iter().any(|row| row.vpc == importer && row.peer == Ok(exporter) && *row.imports_custom_routes)
}

/// VIPs that routes lead to, none of whose candidates is left.
fn vips_without_holder(world: &World) -> Vec<Vip> {
    let lost = |vip: &Vip| world.network.vips[vip.pool].mover.kind.uses_routes() && world.vpc_of_vip(*vip).is_some();
    world.holders.iter().filter(|(_, holder)| holder.is_none()).map(|(vip, _)| *vip).filter(lost).collect()
}

/// "Static routes are ignored whose next hop VM is stopped or deleted", and those whose next hop address is no primary address of a NIC of the network.
fn usable(world: &World, route: &Candidate) -> Step<Next> {
    let in_network: Vec<NicId> = world.network.nics.ids().filter(|nic| world.vpc_of(*nic) == route.owner).collect();
    let running = |nic: NicId| {
        if world.is_running(world.instance_of(nic)) { Ok(Next::Hand(nic)) } else { Err(Code::InstanceNotRunning) }
    };
    match &route.hop {
        Hop::Nobody => Err(Code::VipHasNoHolder),
        Hop::Of(NextHop::Instance(instance)) if world.network.instances[*instance].known == Known::Outside => {
            Err(Code::NextHopResourceNotFound)
        }
        Hop::Of(NextHop::Instance(instance)) => {
            if !world.is_running(*instance) {
                return Err(Code::InstanceNotRunning);
            }
            let nic = in_network.iter().find(|nic| world.instance_of(**nic) == *instance);
            nic.map_or(Err(Code::NextHopInstanceWrongNetwork), |nic| running(*nic))
        }
        Hop::Of(NextHop::Address(address)) => {
            if let Some(nic) = in_network.iter().find(|nic| world.primary(**nic) == *address) {
                return running(*nic);
            }
            if let Next::Balancer(rule) = balancer_at(world, route.owner, *address) {
                return Ok(Next::Balancer(rule));
            }
            let is_alias = in_network.iter().any(|nic| world.has_alias(*nic, *address));
            Err(if is_alias { Code::NextHopInstanceNonPrimaryIp } else { Code::NextHopAddressNotResolved })
        }
        Hop::Of(NextHop::ForwardingRule(rule)) => Ok(Next::Balancer(*rule)),
        Hop::Of(NextHop::InternetGateway) => Ok(Next::Internet),
        Hop::Of(NextHop::Other(_)) => Ok(Next::Drop(Code::NotModelled)),
    }
}

/// Whether a network may know routes that are in no input.
fn is_dynamic(world: &World, vpc: VpcId) -> bool {
    let learns = |vpc: VpcId| {
        world.network.routers.rows().iter().any(|row| row.vpc == Ok(vpc) && *row.bgp_peers > 0)
            || world.network.gateways.rows().iter().any(|row| row.vpc == Ok(vpc))
    };
    learns(vpc) || peers(world, vpc).into_iter().any(|peer| learns(peer) && exchanges(world, peer, vpc))
}
