//! Which edits may help a packet: those for which the network has a place on its way, the likeliest first. Not here: whether they do.

use std::collections::BTreeSet;

use ipnet::IpNet;
use twinrail_facts::{Catalog, Value, keys};
use twinrail_model::{
    AttachmentPreference, ClusterId, Direction, EntityId, FirewallPolicyId, ForwardingRuleId, InstanceId, MoverKind,
    Network, NextHop, NicId, PolicyScope, RouteId, VipHolder, VipPoolId, VpcId,
};

use super::edit::{Edit, Opening};
use crate::code::Code;
use crate::packet::{End, Packet, Sender, Traffic, protocol};
use crate::verdict::{Hop, Stage, Verdict};

/// The edits to try, each with its milder forms first.
pub(super) fn edits(network: &Network, catalog: &Catalog, packet: &Packet, verdict: &Verdict) -> Vec<Vec<Edit>> {
    let way = Way::of(network, catalog, packet, verdict);
    let mut edits: Vec<Vec<Edit>> = Vec::new();
    edits.extend(way.openings());
    edits.extend(way.guests());
    edits.extend(way.machines());
    edits.extend(way.movers());
    edits.extend(way.balancers());
    edits.extend(way.links());
    edits.extend(way.routes());
    edits.extend(way.ways_out());
    let mut known: Vec<Edit> = Vec::new();
    for forms in &mut edits {
        forms.retain(|edit| !known.contains(edit));
        known.extend(forms.iter().cloned());
    }
    edits.retain(|forms| !forms.is_empty());
    let first = verdict.worst().dropped().map_or(&[][..], |(_, code)| suggested(code));
    let rank = |forms: &Vec<Edit>| {
        let edit = &forms[0];
        let place = first.iter().position(|kind| *kind == edit.kind()).unwrap_or(first.len());
        (place, edit.rank())
    };
    edits.sort_by_key(rank);
    edits
}

/// The kinds of edits that a reason suggests.
pub(super) fn suggested(code: Code) -> &'static [&'static str] {
    match code {
        Code::InstanceNotRunning => &["instance-running"],
        Code::ForeignIpDisallowed => &["guest-routing", "ip-forwarding"],
        Code::FirewallRule => &["firewall-rule", "policy-rule", "disabled-rule"],
        Code::HealthCheckBlocked => &["firewall-rule", "policy-rule"],
        Code::NoRoute => &["peering", "custom-routes", "static-route", "accepted-project"],
        Code::NextHopInstanceNonPrimaryIp => &["next-hop"],
        Code::NextHopInstanceWrongNetwork
        | Code::NextHopAddressNotResolved
        | Code::NextHopResourceNotFound
        | Code::NextHopForwardingRuleIpMismatch
        | Code::NextHopForwardingRuleTypeInvalid
        | Code::RoutingLoop
        | Code::RouteWrongNetwork => &["removed-route", "next-hop", "static-route"],
        Code::UnknownInternalAddress => &["peering", "static-route"],
        Code::PrivateTrafficToInternet => &["peering", "custom-routes", "static-route"],
        Code::NoExternalAddress | Code::UnknownExternalAddress => &["cloud-nat", "external-address", "static-route"],
        Code::ForwardingRuleMismatch => &["balanced-port"],
        Code::ForwardingRuleRegionMismatch => &["global-access"],
        Code::PscNotAccepted => &["accepted-project"],
        Code::GuestDoesNotHoldAddress => &["guest-holds-vip"],
        Code::GuestReversePathFilter => &["reverse-path-filter", "guest-routing"],
        Code::VipHasNoHolder => &["mover", "instance-running"],
        Code::ForwardingRuleNoInstances | Code::BackendInvalidNetwork => &["instance-running", "firewall-rule"],
        // Of the others none stands out.
        _ => &[],
    }
}

/// What a packet meets, or should meet, on its way.
struct Way<'n> {
    network: &'n Network,
    traffic: Traffic,
    from: Side,
    to: Side,
    /// What decided on some failing way.
    met: BTreeSet<EntityId>,
    rules: BTreeSet<ForwardingRuleId>,
    pool: Option<VipPoolId>,
    /// Whether one side is the internet.
    is_outward: bool,
    probes: Vec<IpNet>,
}

/// One side of a packet.
#[derive(Default)]
struct Side {
    nics: BTreeSet<NicId>,
    vpcs: BTreeSet<VpcId>,
    ranges: Vec<IpNet>,
}

impl Side {
    fn add_nics(&mut self, network: &Network, nics: impl IntoIterator<Item = NicId>) {
        for nic in nics {
            self.nics.insert(nic);
            self.vpcs.extend(network.nics[nic].vpc.peek().as_ref().ok());
        }
    }

    fn add_ranges(&mut self, network: &Network, end: End) {
        for range in end.ranges(network).unwrap_or_default() {
            if !self.ranges.contains(&range) {
                self.ranges.push(range);
            }
        }
    }

    fn instances(&self, network: &Network) -> BTreeSet<InstanceId> {
        self.nics.iter().map(|nic| network.nics[*nic].instance).collect()
    }
}

impl<'n> Way<'n> {
    fn of(network: &'n Network, catalog: &Catalog, packet: &Packet, verdict: &Verdict) -> Self {
        let mut way = Self {
            network,
            traffic: packet.traffic,
            from: Side::default(),
            to: Side::default(),
            met: BTreeSet::new(),
            rules: BTreeSet::new(),
            pool: None,
            is_outward: false,
            probes: probes(catalog),
        };
        for branch in verdict.branches.iter().filter(|branch| !branch.is_delivered()) {
            let walks = std::iter::once(&branch.request).chain(&branch.replies);
            way.met.extend(walks.flat_map(|walk| walk.hops.iter().filter_map(Hop::entity)));
        }
        way.look_from(packet.from, sending_nic(verdict));
        way.look_to(packet.to);
        way
    }

    fn look_from(&mut self, from: Sender, sending: Option<NicId>) {
        let network = self.network;
        match from {
            Sender::Guest { bound: Some(end @ (End::Nic(nic) | End::Alias(nic, _))), .. } => {
                self.from.add_nics(network, [nic]);
                self.from.add_ranges(network, end);
            }
            Sender::Guest { instance, bound } => {
                let nics = network.instances[instance].nics.peek().clone();
                match (bound, sending) {
                    (Some(end), _) => self.from.add_ranges(network, end),
                    (None, Some(nic)) => self.from.add_ranges(network, End::Nic(nic)),
                    (None, None) => nics.iter().for_each(|nic| self.from.add_ranges(network, End::Nic(*nic))),
                }
                self.from.add_nics(network, nics);
            }
            Sender::Clients(group) => {
                self.from.add_ranges(network, End::Clients(group));
                let subnet = network.clients[group].subnet;
                self.from.vpcs.extend(subnet.and_then(|subnet| network.subnets[subnet].vpc.peek().clone().ok()));
            }
            Sender::Prober(service) => {
                self.from.ranges.clone_from(&self.probes);
                self.rules.extend(network.rules_of(service));
            }
            Sender::Internet(address) => {
                self.is_outward = true;
                self.from.ranges.push(everywhere(address));
            }
        }
    }

    fn look_to(&mut self, to: End) {
        let network = self.network;
        self.to.add_ranges(network, to);
        match to {
            End::Nic(nic) | End::Alias(nic, _) => self.to.add_nics(network, [nic]),
            End::Vip(vip) => {
                self.pool = Some(vip.pool);
                self.to.add_nics(network, network.vip_nics(vip.pool));
                self.rules.extend(network.vip_rule(vip));
            }
            End::Rule(rule) => {
                self.rules.insert(rule);
            }
            End::Clients(group) => {
                let subnet = network.clients[group].subnet;
                self.to.vpcs.extend(subnet.and_then(|subnet| network.subnets[subnet].vpc.peek().clone().ok()));
            }
            End::Address(address) => {
                let has = |nic: &NicId| *network.nics[*nic].address.peek() == Ok(Some(address));
                let nics: Vec<NicId> = network.nics.ids().filter(has).collect();
                self.is_outward |= nics.is_empty();
                self.to.add_nics(network, nics);
                let has =
                    |rule: &ForwardingRuleId| *network.forwarding_rules[*rule].address.peek() == Ok(Some(address));
                self.rules.extend(network.forwarding_rules.ids().filter(has));
            }
            End::Prober(_) => {}
        }
        for rule in self.rules.clone() {
            self.look_behind(rule);
        }
        let met: Vec<NicId> = self.met.iter().copied().filter_map(nic).collect();
        let beyond = met.into_iter().filter(|nic| !self.from.nics.contains(nic)).collect::<Vec<_>>();
        self.to.add_nics(network, beyond);
    }

    /// The NICs behind a load balancer.
    fn look_behind(&mut self, rule: ForwardingRuleId) {
        let network = self.network;
        let row = &network.forwarding_rules[rule];
        self.to.vpcs.extend(row.vpc.peek().as_ref().ok());
        self.to.add_ranges(network, End::Rule(rule));
        let Some(service) = row.backend_service.peek() else { return };
        let service = &network.backend_services[*service];
        for backend in service.backends.peek() {
            let Ok(endpoint) = *backend.group.peek() else { continue };
            for member in network.members(endpoint).unwrap_or_default() {
                if let Ok(Some(vpc)) = network.backend_vpc(service, endpoint, *member)
                    && let Ok(Some(nic)) = network.nic_in(*member, vpc)
                {
                    self.to.add_nics(network, [nic]);
                }
            }
        }
    }

    /// Openings in firewalls: into the networks of the receiver, out of those of the sender, and for health checks.
    fn openings(&self) -> Vec<Vec<Edit>> {
        let mut edits = Vec::new();
        let inward = self.from.ranges.clone();
        for vpc in &self.to.vpcs {
            edits.extend(self.opening(*vpc, Direction::Ingress, &inward, self.traffic, &self.to));
        }
        for vpc in &self.from.vpcs {
            edits.extend(self.opening(*vpc, Direction::Egress, &self.to.ranges, self.traffic, &self.from));
        }
        // Policies of RDMA networks may not keep state, so that replies need an opening too.
        if self.traffic == Traffic::Rdma {
            for vpc in &self.from.vpcs {
                edits.extend(self.opening(*vpc, Direction::Ingress, &self.to.ranges, self.traffic, &self.from));
            }
        }
        for traffic in self.checks() {
            for vpc in &self.to.vpcs {
                edits.extend(self.opening(*vpc, Direction::Ingress, &self.probes, traffic, &self.to));
            }
        }
        for entity in &self.met {
            if let EntityId::FirewallRule(rule) = entity {
                edits.push(vec![Edit::DisabledRule(*rule)]);
            }
        }
        edits
    }

    /// One opening in a network: a rule of it, before all others if need be, and one in each policy that applies to it.
    fn opening(
        &self,
        vpc: VpcId,
        direction: Direction,
        ranges: &[IpNet],
        traffic: Traffic,
        side: &Side,
    ) -> Vec<Vec<Edit>> {
        if ranges.is_empty() {
            return Vec::new();
        }
        let opening = Opening { direction, ranges: ranges.to_vec(), traffic };
        let tags = self.tags(side);
        let mut edits = Vec::new();
        if traffic != Traffic::Rdma {
            let rule = |priority| Edit::FirewallRule { vpc, opening: opening.clone(), tags: tags.clone(), priority };
            edits.push(vec![rule(None), rule(Some(0))]);
        }
        for policy in self.policies(vpc) {
            if let Some(priority) = before_all(self.network, policy) {
                let mut forms = vec![Edit::PolicyRule { policy, opening: opening.clone(), priority }];
                // A policy of an RDMA network may take no narrower source than any.
                if traffic == Traffic::Rdma {
                    let any = ranges.iter().map(|range| everywhere(range.addr()));
                    let any: BTreeSet<IpNet> = any.collect();
                    let opening = Opening { ranges: any.into_iter().collect(), ..opening.clone() };
                    forms.push(Edit::PolicyRule { policy, opening, priority });
                }
                edits.push(forms);
            }
        }
        edits
    }

    /// A tag that all machines of a side have, so that a rule is for them only.
    fn tags(&self, side: &Side) -> Vec<String> {
        let mut instances = side.instances(self.network).into_iter();
        let Some(first) = instances.next() else { return Vec::new() };
        let others: Vec<InstanceId> = instances.collect();
        let all_have = |tag: &&String| others.iter().all(|id| self.network.instances[*id].tags.peek().contains(tag));
        self.network.instances[first].tags.peek().iter().find(all_have).cloned().into_iter().collect()
    }

    /// The policies that apply to a network.
    fn policies(&self, vpc: VpcId) -> Vec<FirewallPolicyId> {
        let applies = |id: &FirewallPolicyId| {
            let row = &self.network.firewall_policies[*id];
            row.scope == PolicyScope::Hierarchical || row.networks.peek().contains(&vpc)
        };
        self.network.firewall_policies.ids().filter(applies).collect()
    }

    /// What the health checks of the load balancers on the way send.
    fn checks(&self) -> Vec<Traffic> {
        let mut checks = Vec::new();
        for rule in &self.rules {
            let Some(service) = self.network.forwarding_rules[*rule].backend_service.peek() else { continue };
            for check in self.network.backend_services[*service].health_checks.peek() {
                let traffic = self.network.health_checks[*check].port.peek().map(Traffic::tcp);
                if let Some(traffic) = traffic.filter(|traffic| !checks.contains(traffic)) {
                    checks.push(traffic);
                }
            }
        }
        checks
    }

    /// Settings of the guests on both sides.
    fn guests(&self) -> Vec<Vec<Edit>> {
        let instances = self.to.instances(self.network).into_iter().chain(self.from.instances(self.network));
        let clusters: Vec<ClusterId> = instances.filter_map(|id| self.network.instances[id].cluster).collect();
        let mut edits = Vec::new();
        let mut known = BTreeSet::new();
        for cluster in clusters.into_iter().filter(|cluster| known.insert(*cluster)) {
            edits.push(vec![Edit::GuestRouting(cluster)]);
            let holders = [VipHolder::Agent, VipHolder::Address];
            edits.push(holders.into_iter().map(|holder| Edit::GuestHoldsVip { cluster, holder }).collect());
            if self.network.clusters[cluster].guest.rp_filter {
                edits.push(vec![Edit::ReversePathFilter(cluster)]);
            }
        }
        edits
    }

    /// Settings of the instances on the way.
    fn machines(&self) -> Vec<Vec<Edit>> {
        let hops = self.routes_met().into_iter().filter_map(|route| match self.network.routes[route].next_hop.peek() {
            Ok(NextHop::Instance(instance)) => Some(*instance),
            Ok(NextHop::Address(address)) => {
                let vpc = self.network.routes[route].vpc.peek().clone().ok()?;
                let nic = self.network.primary_holder(vpc, *address)?;
                Some(self.network.nics[nic].instance)
            }
            _ => None,
        });
        let met = self.met.iter().filter_map(|entity| match entity {
            EntityId::Instance(instance) => Some(*instance),
            EntityId::Nic(nic) => Some(self.network.nics[*nic].instance),
            _ => None,
        });
        let sides = self.from.instances(self.network).into_iter().chain(self.to.instances(self.network));
        let mut edits = Vec::new();
        let mut known = BTreeSet::new();
        for instance in met.chain(hops).chain(sides).filter(|instance| known.insert(*instance)) {
            let row = &self.network.instances[instance];
            if !row.can_ip_forward.peek() {
                let edit = vec![Edit::IpForwarding(self.set_together(instance))];
                if !edits.contains(&edit) {
                    edits.push(edit);
                }
            }
            if row.status.peek().as_ref().is_some_and(|status| status != "RUNNING") {
                edits.push(vec![Edit::InstanceRunning(instance)]);
            }
        }
        edits
    }

    /// An instance, or all of its cluster.
    fn set_together(&self, instance: InstanceId) -> Vec<InstanceId> {
        match self.network.instances[instance].cluster {
            Some(cluster) => self.network.clusters[cluster].instances.clone(),
            None => vec![instance],
        }
    }

    /// Other movers of the VIP that is sent to. Those that the platform's load balancer needs come with resources of their own.
    fn movers(&self) -> Vec<Vec<Edit>> {
        let Some(pool) = self.pool else { return Vec::new() };
        let now = self.network.vips[pool].mover.kind;
        let others = MoverKind::ALL.into_iter().filter(|kind| *kind != now && !kind.uses_load_balancer());
        let others = others.filter(|kind| kind.uses_alias() || kind.uses_routes());
        vec![others.map(|kind| Edit::Mover { pool, kind }).collect()]
    }

    fn balancers(&self) -> Vec<Vec<Edit>> {
        let met = self.met.iter().filter_map(|entity| match entity {
            EntityId::ForwardingRule(rule) => Some(*rule),
            _ => None,
        });
        let rules: BTreeSet<ForwardingRuleId> = self.rules.iter().copied().chain(met).collect();
        let mut edits = Vec::new();
        for rule in rules {
            let row = &self.network.forwarding_rules[rule];
            if !row.global_access.peek() {
                edits.push(vec![Edit::GlobalAccess(rule)]);
            }
            if let Traffic::Ip { protocol: protocol::TCP | protocol::UDP, port: Some(port) } = self.traffic
                && !row.all_ports.peek()
            {
                edits.push(vec![Edit::BalancedPort { rule, port }]);
            }
        }
        edits
    }

    /// What may join the networks of both sides.
    fn links(&self) -> Vec<Vec<Edit>> {
        let mut edits = Vec::new();
        for nic in self.from.nics.iter().chain(&self.to.nics) {
            let row = &self.network.nics[*nic];
            if let Some(attachment) = *row.attachment.peek()
                && *self.network.attachments[attachment].preference.peek() != Ok(AttachmentPreference::Automatic)
            {
                let project = self.network.instances[row.instance].project;
                let edit = Edit::AcceptedProject { attachment, project };
                if !edits.contains(&vec![edit.clone()]) {
                    edits.push(vec![edit]);
                }
            }
        }
        for row in self.network.peerings.rows() {
            let Ok(peer) = *row.peer.peek() else { continue };
            let touches = [row.vpc, peer].iter().any(|vpc| self.from.vpcs.contains(vpc) || self.to.vpcs.contains(vpc));
            // Routes to the receiver go the other way than its packets.
            if touches && !edits.contains(&vec![Edit::CustomRoutes { from: row.vpc, to: peer }]) {
                edits.push(vec![Edit::CustomRoutes { from: row.vpc, to: peer }]);
                edits.push(vec![Edit::CustomRoutes { from: peer, to: row.vpc }]);
            }
        }
        for one in &self.from.vpcs {
            for other in self.to.vpcs.iter().filter(|other| *other != one) {
                edits.push(vec![Edit::Peering { one: *one, other: *other }]);
            }
        }
        edits
    }

    fn routes_met(&self) -> Vec<RouteId> {
        let route = |entity: &EntityId| match entity {
            EntityId::Route(route) => Some(*route),
            _ => None,
        };
        self.met.iter().filter_map(route).collect()
    }

    fn routes(&self) -> Vec<Vec<Edit>> {
        let mut edits = Vec::new();
        let leads = |id: &RouteId| {
            let row = &self.network.routes[*id];
            let destination = row.destination.peek().as_ref().ok();
            destination.is_some_and(|range| self.to.ranges.iter().any(|to| range.contains(to)))
        };
        let met = self.routes_met();
        for route in self.network.routes.ids().filter(|id| met.contains(id) || leads(id)) {
            edits.extend(self.next_hop(route).map(|edit| vec![edit]));
        }
        for route in met.into_iter().filter(|route| self.network.routes[*route].is_static()) {
            edits.push(vec![Edit::RemovedRoute(route)]);
        }
        for entity in &self.met {
            if let EntityId::PolicyRoute(route) = entity {
                edits.push(vec![Edit::RemovedPolicyRoute(*route)]);
            }
        }
        for (side, other) in [(&self.from, &self.to), (&self.to, &self.from)] {
            edits.extend(self.static_routes(side, other));
        }
        edits
    }

    /// A route whose next hop is an alias address, with the primary address of the same NIC instead.
    fn next_hop(&self, route: RouteId) -> Option<Edit> {
        let row = &self.network.routes[route];
        let Ok(NextHop::Address(address)) = *row.next_hop.peek() else { return None };
        let vpc = row.vpc.peek().clone().ok()?;
        if self.network.primary_holder(vpc, address).is_some() {
            return None;
        }
        let nic = self.network.alias_holder(vpc, address)?;
        let address = self.network.nics[nic].address.peek().clone().ok()??;
        Some(Edit::NextHop { route, nic, address })
    }

    /// Routes from one side to the other: by a machine that has a NIC in the networks of both, or by the internet gateway.
    fn static_routes(&self, side: &Side, other: &Side) -> Vec<Vec<Edit>> {
        let mut edits = Vec::new();
        for vpc in &side.vpcs {
            for destination in &other.ranges {
                let hop = |next_hop| Edit::StaticRoute { vpc: *vpc, destination: *destination, next_hop };
                let has_nic = |id: &InstanceId| {
                    let nics = self.network.instances[*id].nics.peek();
                    nics.iter().any(|nic| *self.network.nics[*nic].vpc.peek() == Ok(*vpc))
                };
                let instances = other.instances(self.network);
                edits.extend(instances.into_iter().find(has_nic).map(|id| vec![hop(NextHop::Instance(id))]));
                if self.is_outward {
                    edits.push(vec![hop(NextHop::InternetGateway)]);
                }
            }
        }
        edits
    }

    /// Ways to and from the internet.
    fn ways_out(&self) -> Vec<Vec<Edit>> {
        if !self.is_outward {
            return Vec::new();
        }
        let mut edits = Vec::new();
        for nic in self.from.nics.iter().chain(&self.to.nics) {
            let row = &self.network.nics[*nic];
            if let (Ok(vpc), Ok(zone)) = (row.vpc.peek(), self.network.instances[row.instance].zone.peek()) {
                let edit = vec![Edit::CloudNat { vpc: *vpc, region: Network::region_of(zone).to_owned() }];
                if !edits.contains(&edit) {
                    edits.push(edit);
                }
            }
            if !row.external.peek() {
                edits.push(vec![Edit::ExternalAddress(*nic)]);
            }
        }
        edits
    }
}

/// The NIC by which a guest sends, as the way shows it.
fn sending_nic(verdict: &Verdict) -> Option<NicId> {
    let hops = &verdict.worst().request.hops;
    let sends = |hop: &&Hop| matches!(hop.stage, Stage::Guest | Stage::SourceCheck);
    hops.iter().filter(sends).find_map(|hop| hop.entity().and_then(nic))
}

fn nic(entity: EntityId) -> Option<NicId> {
    match entity {
        EntityId::Nic(nic) => Some(nic),
        _ => None,
    }
}

/// All ranges from which health checks may come, whichever values the facts have.
fn probes(catalog: &Catalog) -> Vec<IpNet> {
    let fact = catalog.fact(keys::firewall::HEALTH_CHECK_RANGES.id());
    let ranges = fact.values.iter().flat_map(|possible| match &possible.value {
        Value::Cidrs(ranges) => ranges.clone(),
        _ => Vec::new(),
    });
    let ranges: BTreeSet<IpNet> = ranges.collect();
    ranges.into_iter().collect()
}

/// All addresses of a family: of whom on the internet a packet comes is any.
fn everywhere(address: std::net::IpAddr) -> IpNet {
    let zero = match address {
        std::net::IpAddr::V4(_) => std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
        std::net::IpAddr::V6(_) => std::net::IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED),
    };
    IpNet::new(zero, 0).expect("a prefix of no bits fits every family")
}

/// A priority before all rules of a policy; `None` where there is no room.
fn before_all(network: &Network, policy: FirewallPolicyId) -> Option<u64> {
    let rules = network.firewall_policies[policy].rules.peek();
    let priorities = rules.iter().map(|rule| rule.priority.peek().unwrap_or(0));
    match priorities.min() {
        Some(first) => first.checked_sub(1),
        None => Some(0),
    }
}
