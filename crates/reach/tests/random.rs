//! Small random networks and packets through them, from a seed: what the oracles are asked about. Addresses, tags and ranges come from small sets, so
//! that rules match, routes tie and addresses are sought in the wrong network. What the API would refuse is not made, except where a network can get there
//! by a later change, such as a route whose next hop lost its NIC. Not here: where any packet goes.
//!
//! [`case`] is the way in. [`describe`] prints a case in lines that fit beside a difference.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

use fastrand::Rng;
use ipnet::{IpNet, Ipv4Net};
use twinrail_facts::{Catalog, Facts};
use twinrail_model::{
    AddressSpan, Alias, AliasRange, AppliesTo, Backend, BackendService, BackendServiceId, ClientGroup, ClientGroupId,
    Cluster, Direction, EgressTier, Endpoint, FirewallAction, FirewallOrder, FirewallPolicy, FirewallRule,
    ForwardingRule, ForwardingRuleId, Guest, GuestRouting, HealthCheck, Hole, Id, Instance, InstanceGroup, InstanceId,
    Known, Layer4, Mover, MoverKind, Name, Nat, NatSources, Neg, NegEndpoint, Network, NextHop, Nic, NicId, NicType,
    Part, Peering, Platform, PolicyHop, PolicyKind, PolicyRoute, PolicyScope, PortRange, PortSpecification, Project,
    ProjectId, Protocol, Rail, Ratio, Route, Router, Scheme, Selector, Service, Situation, Stack, Stated, Subnet,
    SubnetId, View, Vip, VipHolder, VipPool, VipSource, Vpc, VpcId,
};
use twinrail_reach::{End, Packet, Sender, Traffic, protocol};

const HOME: &str = "us-central1";
const AWAY: &str = "us-east1";
const TAGS: [&str; 2] = ["blue", "green"];
const SECURE_TAGS: [&str; 2] = ["tagValues/1", "tagValues/2"];
const ACCOUNTS: [&str; 2] = ["a@p", "b@p"];
const PORTS: [u16; 3] = [22, 111, 2049];
/// The second octet of the clients' subnet.
const FAR: u8 = 100;
/// The documentation's own external addresses.
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 7);

/// A network, what is down in it, and packets to follow.
#[derive(Debug)]
pub struct Case {
    pub seed: u64,
    pub network: Network,
    pub situation: Situation,
    pub packets: Vec<Packet>,
}

/// The case of a seed: always the same one.
pub fn case(seed: u64) -> Case {
    let mut maker = Maker::new(seed);
    maker.networks();
    maker.instances();
    maker.clusters();
    maker.balancers();
    maker.pools();
    maker.clients();
    maker.firewall();
    maker.policies();
    maker.routes();
    maker.policy_routes();
    maker.lost_next_hop();
    maker.peerings();
    maker.routers();
    let situation = maker.situation();
    let packets = (0..16).map(|_| maker.packet(&situation)).collect();
    Case { seed, network: maker.network, situation, packets }
}

/// The network so far, and the addresses that nobody has yet.
struct Maker {
    random: Rng,
    network: Network,
    project: ProjectId,
    /// The second octet of each subnet, and the last host that was given out in its ranges.
    octets: Vec<u8>,
    used: BTreeMap<(SubnetId, bool), u8>,
    /// Whether a network has the same ranges as the first one.
    twin: Option<VpcId>,
}

fn here<T>(value: T) -> Stated<T> {
    Stated::given(value)
}

fn net(a: u8, b: u8, c: u8, d: u8, length: u8) -> IpNet {
    Ipv4Net::new(Ipv4Addr::new(a, b, c, d), length).expect("a prefix of at most 32 bits").trunc().into()
}

fn pool_address(octet: u8, host: u8) -> IpAddr {
    Ipv4Addr::new(10, octet, 200, host).into()
}

impl Maker {
    fn new(seed: u64) -> Self {
        let mut network = Network::default();
        let project = network.projects.push(Project { name: Name::new("projects/p"), known: Known::Here });
        let random = Rng::with_seed(seed);
        Self { random, network, project, octets: Vec::new(), used: BTreeMap::new(), twin: None }
    }

    fn one_in(&mut self, many: u32) -> bool {
        self.random.u32(0..many) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.random.usize(0..from.len())]
    }

    fn some<T: Copy>(&mut self, from: &[T], one_in: u32) -> Vec<T> {
        from.iter().copied().filter(|_| self.random.u32(0..one_in) == 0).collect()
    }

    fn words(&mut self, from: &[&str], one_in: u32) -> Vec<String> {
        self.some(from, one_in).into_iter().map(str::to_owned).collect()
    }

    fn profile(&self, vpc: VpcId) -> Option<&str> {
        let profile = self.network.vpcs[vpc].profile.as_ref().expect("the profile is stated");
        profile.as_deref()
    }

    fn ordinary(&self) -> Vec<VpcId> {
        self.network.vpcs.ids().filter(|vpc| self.profile(*vpc).is_none()).collect()
    }

    fn subnets(&self, vpc: VpcId) -> Vec<SubnetId> {
        // Not by the network's own index, which is made once and for all when it is first asked for.
        self.network.subnets.iter().filter(|(_, row)| row.vpc == Ok(vpc)).map(|(id, _)| id).collect()
    }

    fn vpc_of(&self, subnet: SubnetId) -> VpcId {
        self.network.subnets[subnet].vpc.get().expect("a subnet states its network")
    }

    fn address_of(&self, nic: NicId) -> IpAddr {
        self.network.nics[nic].address.get().expect("an address is stated").expect("every NIC has one")
    }

    /// An address of a subnet's first range, or of its secondary one, that nobody has.
    fn fresh(&mut self, subnet: SubnetId, secondary: bool) -> Ipv4Addr {
        let host = self.used.entry((subnet, secondary)).or_insert(1);
        *host += 1;
        let host = *host;
        let octet = self.octets[self.index(subnet)];
        Ipv4Addr::new(10, octet, if secondary { 8 } else { 0 }, host)
    }

    fn index(&self, subnet: SubnetId) -> usize {
        self.network.subnets.ids().position(|id| id == subnet).expect("a subnet of the network")
    }

    fn networks(&mut self) {
        let count = self.random.usize(1..=3);
        for number in 0..count {
            let profile = match number {
                0 => None,
                1 if !self.one_in(if count == 3 { 2 } else { 4 }) => None,
                _ if self.one_in(2) => Some(self.pick(&["vpc-falcon", "vpc-roce"])),
                _ => None,
            };
            let order = self.pick(&[None, None, Some(FirewallOrder::BeforeClassic)]);
            let zonal = profile.map(|kind| format!("{HOME}-a-{kind}"));
            let vpc = self.network.vpcs.push(Vpc {
                name: Name::new(format!("projects/p/global/networks/n{number}")),
                known: Known::Here,
                project: self.project,
                profile: here(Ok(zonal)),
                mtu: here(Ok(None)),
                auto_subnets: here(false),
                firewall_order: here(order),
            });
            let is_twin = number == 1 && profile.is_none() && self.one_in(6);
            if is_twin {
                self.twin = Some(vpc);
            }
            let subnets = if profile.is_some() { 1 } else { self.random.u8(1..=2) };
            for place in 0..subnets {
                let octet = if is_twin { place } else { u8::try_from(number).expect("few networks") * 16 + place };
                self.subnet(vpc, number, place, octet, profile.is_some());
            }
        }
    }

    fn subnet(&mut self, vpc: VpcId, network: usize, place: u8, octet: u8, rdma: bool) {
        let region = if place == 1 && self.one_in(3) { AWAY } else { HOME };
        let secondary = if rdma { Vec::new() } else { vec![("more".to_owned(), net(10, octet, 8, 0, 24))] };
        self.octets.push(octet);
        self.network.subnets.push(Subnet {
            name: Name::new(format!("projects/p/regions/{region}/subnetworks/s{network}{place}")),
            known: Known::Here,
            vpc: here(Ok(vpc)),
            region: here(Ok(region.to_owned())),
            range: here(Ok(Some(net(10, octet, 0, 0, 24)))),
            ipv6_range: here(None),
            secondary: here(secondary),
            purpose: here("PRIVATE".to_owned()),
            stack: here("IPV4_ONLY".to_owned()),
            private_google_access: here(false),
            flow_logs: here(false),
            overlaps_routes: here(false),
            predefined: false,
        });
    }

    fn instances(&mut self) {
        for number in 0..self.random.usize(2..=5) {
            let first = self.subnets(VpcId::new(0));
            let home = self.pick(&first);
            let region = self.network.subnets[home].region.get().expect("a subnet states its region");
            let zone =
                if region == AWAY { format!("{AWAY}-b") } else { format!("{HOME}-{}", self.pick(&["a", "a", "b"])) };
            let status = match self.random.u32(0..10) {
                0 => Some("TERMINATED".to_owned()),
                1..=5 => Some("RUNNING".to_owned()),
                _ => None,
            };
            let (tags, service_accounts) = (self.words(&TAGS, 2), self.words(&ACCOUNTS, 3));
            let (can_ip_forward, secure_tags) = (self.one_in(3), self.words(&SECURE_TAGS, 3));
            let instance = self.network.instances.push(Instance {
                name: Name::new(format!("projects/p/zones/{zone}/instances/i{number}")),
                known: Known::Here,
                is_template: false,
                project: self.project,
                zone: here(Ok(zone.clone())),
                machine: here(Ok("h4d-highmem-192-lssd".to_owned())),
                nics: here(Vec::new()),
                tags: here(tags),
                service_accounts: here(service_accounts),
                secure_tags: here(secure_tags),
                can_ip_forward: here(can_ip_forward),
                on_host_maintenance: here(None),
                spot: here(false),
                egress_tier: here(EgressTier::Default),
                policies: here(Vec::new()),
                status: here(status),
                template: here(None),
                mig: here(None),
                cluster: None,
                clients: None,
            });
            let mut joins = vec![home];
            for vpc in self.network.vpcs.ids().skip(1).collect::<Vec<_>>() {
                self.join(vpc, &zone, &mut joins);
            }
            if joins.iter().any(|subnet| self.profile(self.vpc_of(*subnet)).is_some()) {
                // Networks with an RDMA profile take nobody who forwards.
                self.network.instances[instance].can_ip_forward = here(false);
            }
            for (index, subnet) in joins.into_iter().enumerate() {
                self.nic(instance, index, subnet);
            }
        }
    }

    /// The subnets of a further network that an instance gets a NIC in.
    fn join(&mut self, vpc: VpcId, zone: &str, joins: &mut Vec<SubnetId>) {
        let (profile, is_twin) = (self.profile(vpc).is_some(), self.twin == Some(vpc));
        if profile && zone != format!("{HOME}-a") {
            return;
        }
        let near = |id: &SubnetId| self.network.subnets[*id].region == Ok(Network::region_of(zone).to_owned());
        let subnets: Vec<SubnetId> = self.subnets(vpc).into_iter().filter(near).collect();
        // An instance has no NICs in ranges that overlap: it is in one of the twins.
        if subnets.is_empty() || self.one_in(3) || (is_twin && joins.len() > 1) {
            return;
        }
        let subnet = self.pick(&subnets);
        if is_twin {
            joins.clear();
        }
        joins.push(subnet);
        if profile && self.one_in(4) {
            joins.push(subnet);
        }
    }

    fn nic(&mut self, instance: InstanceId, index: usize, subnet: SubnetId) {
        let vpc = self.vpc_of(subnet);
        let kind = match self.profile(vpc) {
            Some(profile) if profile.ends_with("falcon") => NicType::Irdma,
            Some(_) => NicType::Mrdma,
            None => NicType::Gvnic,
        };
        let rail = if kind.is_rdma() { Rail::Rdma } else { Rail::Tcp };
        let address = self.fresh(subnet, false);
        let mut aliases = Vec::new();
        for _ in 0..if kind.is_rdma() { 0 } else { self.pick(&[0, 0, 1, 2]) } {
            let secondary = self.random.bool();
            let range = IpNet::from(IpAddr::from(self.fresh(subnet, secondary)));
            aliases.push(Alias { range: AliasRange::Range(range), secondary: secondary.then(|| "more".to_owned()) });
        }
        let external = !kind.is_rdma() && self.one_in(5);
        let nic = self.network.nics.push(Nic {
            instance,
            index,
            nic_type: here(Ok(Some(kind))),
            vpc: here(Ok(vpc)),
            subnet: here(Ok(subnet)),
            address: here(Ok(Some(address.into()))),
            aliases: here(aliases),
            external: here(external),
            stack: here(Stack::Ipv4Only),
            attachment: here(None),
            dynamic: here(None),
            rail: here(Some(rail)),
        });
        self.network.instances[instance].nics.change(|nics| nics.push(nic));
    }

    /// At least one, if an empty one: an input without clusters is taken for an import, which may lack what there is.
    fn clusters(&mut self) {
        for number in 0..self.random.usize(1..=2) {
            let guest = Guest {
                routing: self.pick(&[GuestRouting::Default, GuestRouting::PerNic]),
                holds_vip: self.pick(&[VipHolder::Agent, VipHolder::Address, VipHolder::Address, VipHolder::Nobody]),
                rp_filter: self.one_in(3),
            };
            let free = self.network.instances.ids().filter(|id| self.network.instances[*id].cluster.is_none());
            let free: Vec<InstanceId> = free.collect();
            let instances = self.some(&free, if number == 0 { 2 } else { 1 });
            let cluster = self.network.clusters.push(Cluster {
                name: Name::new(format!("clusters/c{number}")),
                machine: "h4d-highmem-192-lssd".to_owned(),
                zones: vec![format!("{HOME}-a")],
                count: instances.len() as u64,
                grows_to: None,
                nics: Vec::new(),
                pool: None,
                mig: None,
                permissions: None,
                guest,
                service: Service { takeover_milliseconds: None, grace: None, fence: None, tolerates: None },
                instances: instances.clone(),
                vips: Vec::new(),
            });
            for instance in instances {
                self.network.instances[instance].cluster = Some(cluster);
            }
        }
    }

    /// Clients that the model counts only, in a subnet of an ordinary network that they share with nobody: no rule tells some of them from others.
    fn clients(&mut self) {
        if self.random.bool() {
            return;
        }
        let vpcs = self.ordinary();
        let vpc = self.pick(&vpcs);
        self.subnet(vpc, vpc.index(), 9, FAR, false);
        let subnet = self.network.subnets.ids().last().expect("the subnet was just made");
        let (tags, service_account) = (self.words(&TAGS, 4), self.words(&ACCOUNTS, 4).pop());
        self.network.clients.push(ClientGroup {
            name: Name::new("clients/far"),
            count: 5,
            protocol: Protocol::Nfs4Tcp,
            connections: 1,
            subnet: Some(subnet),
            instances: Vec::new(),
            cluster: None,
            guest: None,
            tags,
            service_account,
        });
        for pool in self.network.vips.ids().collect::<Vec<_>>() {
            self.network.vips[pool].clients = self.network.clients.ids().collect();
        }
    }

    fn balancers(&mut self) {
        for number in 0..self.pick(&[0, 1, 1, 2]) {
            let vpcs = self.ordinary();
            let vpc = self.pick(&vpcs);
            let subnets = self.subnets(vpc);
            let subnet = self.pick(&subnets);
            let region = self.network.subnets[subnet].region.get().expect("a subnet states its region");
            let (rule, service, ports) = match self.random.u32(0..4) {
                0 => ("L3_DEFAULT", "UNSPECIFIED", Vec::new()),
                1 => ("UDP", "UDP", vec!["111".to_owned()]),
                2 => ("TCP", "TCP", Vec::new()),
                _ => ("TCP", "TCP", vec!["2049".to_owned(), "111".to_owned()]),
            };
            let service = self.backend_service(number, vpc, subnet, &region, service);
            let address = self.fresh(subnet, false);
            let global_access = self.random.bool();
            self.network.forwarding_rules.push(ForwardingRule {
                name: Name::new(format!("projects/p/regions/{region}/forwardingRules/f{number}")),
                known: Known::Here,
                project: self.project,
                region: Some(region),
                scheme: here(Scheme::Internal),
                address: here(Ok(Some(address.into()))),
                vpc: here(Ok(vpc)),
                subnet: here(Some(subnet)),
                backend_service: here(Some(service)),
                protocol: here(rule.to_owned()),
                all_ports: here(ports.is_empty()),
                ports: here(ports),
                global_access: here(global_access),
            });
        }
    }

    fn backend_service(
        &mut self,
        number: usize,
        vpc: VpcId,
        subnet: SubnetId,
        region: &str,
        protocol: &str,
    ) -> BackendServiceId {
        let port = self.pick(&[22, 2049]);
        let check = self.network.health_checks.push(HealthCheck {
            name: Name::new(format!("projects/p/regions/{region}/healthChecks/h{number}")),
            known: Known::Here,
            region: Some(region.to_owned()),
            protocol: here("TCP".to_owned()),
            port: here(Some(port)),
            port_specification: here(PortSpecification::Fixed),
            interval_seconds: here(None),
            timeout_seconds: here(None),
            healthy_threshold: here(None),
            unhealthy_threshold: here(None),
        });
        let by_neg = self.one_in(3);
        let mut backends = Vec::new();
        let zones = if region == HOME { self.random.usize(1..=2) } else { 1 };
        for place in 0..zones {
            let zone = format!("{region}-{}", if region == HOME { ["a", "b"][place] } else { "b" });
            let name = format!("b{number}{place}");
            let group = if by_neg { self.neg(&name, vpc, subnet, &zone) } else { self.group(&name, vpc, &zone) };
            let failover = place == 1 && self.random.bool();
            backends.push(Backend {
                group: here(Ok(group)),
                balancing_mode: here(Some("CONNECTION".to_owned())),
                failover: here(failover),
            });
        }
        let policy = backends.iter().any(|backend| *backend.failover) || self.one_in(3);
        let ratio = self.pick(&[None, None, Some(0.5), Some(1.0)]).and_then(Ratio::new);
        let drops = policy && self.one_in(3);
        // Without a network of its own, the service serves that of its backends' first NICs.
        let named = vpc != VpcId::new(0) || self.random.bool();
        self.network.backend_services.push(BackendService {
            name: Name::new(format!("projects/p/regions/{region}/backendServices/s{number}")),
            known: Known::Here,
            project: self.project,
            region: Some(region.to_owned()),
            scheme: here(Scheme::Internal),
            protocol: here(protocol.to_owned()),
            vpc: here(named.then_some(vpc)),
            backends: here(backends),
            health_checks: here(vec![check]),
            has_failover_policy: here(policy),
            failover_ratio: here(ratio.filter(|_| policy)),
            drop_traffic_if_unhealthy: here(drops),
            disable_drain_on_failover: here(false),
            drain_seconds: here(None),
            session_affinity: here(None),
            persistence: here(None),
            ha_policy: here(None),
            leader: here(None),
        })
    }

    /// An unmanaged group of instances that have a NIC in the network, and seldom of others too; none is in two groups. Seldom empty.
    fn group(&mut self, name: &str, vpc: VpcId, zone: &str) -> Endpoint {
        let any = self.one_in(12);
        let fits = |id: &InstanceId| any || self.network.nic_in(*id, vpc).is_ok_and(|nic| nic.is_some());
        let near = |id: &InstanceId| self.network.instances[*id].zone == Ok(zone.to_owned());
        let free = |id: &InstanceId| !self.network.instance_groups.rows().iter().any(|row| row.instances.contains(id));
        let all = self.network.instances.ids();
        let members: Vec<InstanceId> = all.filter(fits).filter(near).filter(free).collect();
        let instances = if self.one_in(10) { Vec::new() } else { self.some(&members, 1) };
        Endpoint::Group(self.network.instance_groups.push(InstanceGroup {
            name: Name::new(format!("projects/p/zones/{zone}/instanceGroups/{name}")),
            known: Known::Here,
            vpc: here(Some(vpc)),
            location: zone.to_owned(),
            size: here(instances.len() as u64),
            instances: here(instances),
        }))
    }

    /// An endpoint group of all instances of a zone that have a NIC in the subnet; an unmanaged group, if there is none.
    fn neg(&mut self, name: &str, vpc: VpcId, subnet: SubnetId, zone: &str) -> Endpoint {
        let on = self.network.nics.rows().iter().filter(|nic| nic.subnet == Ok(subnet)).map(|nic| nic.instance);
        let near = on.filter(|id| self.network.instances[*id].zone == Ok(zone.to_owned()));
        let instances: Vec<InstanceId> = near.collect();
        if instances.is_empty() {
            return self.group(name, vpc, zone);
        }
        let address = |id: &InstanceId| {
            let nics = self.network.instances[*id].nics.peek();
            nics.iter().find(|nic| self.network.nics[**nic].subnet == Ok(subnet)).map(|nic| self.address_of(*nic))
        };
        let endpoints: Vec<NegEndpoint> = instances
            .iter()
            .map(|id| NegEndpoint { instance: Some(*id), address: here(Ok(address(id))), port: None })
            .collect();
        Endpoint::Neg(self.network.negs.push(Neg {
            name: Name::new(format!("projects/p/zones/{zone}/networkEndpointGroups/{name}")),
            known: Known::Here,
            kind: here("GCE_VM_IP".to_owned()),
            vpc: here(Some(vpc)),
            subnet: here(Some(subnet)),
            location: zone.to_owned(),
            instances: here(instances),
            endpoints: here(endpoints),
        }))
    }

    /// VIPs over the clusters that have members: on an alias, on a route, with a group or behind a forwarding rule.
    fn pools(&mut self) {
        for cluster in self.network.clusters.ids().collect::<Vec<_>>() {
            let members = self.network.clusters[cluster].instances.clone();
            if members.is_empty() || self.one_in(4) {
                continue;
            }
            let member = self.pick(&members);
            let nics = self.network.instances[member].nics.peek().clone();
            let ordinary = |nic: &NicId| self.network.nics[*nic].rail == Some(Rail::Tcp);
            let nics: Vec<NicId> = nics.into_iter().filter(ordinary).collect();
            let nic = self.pick(&nics);
            let subnet = self.network.nics[nic].subnet.get().expect("a NIC states its subnet");
            let kind = self.pick(&[
                MoverKind::AliasIp,
                MoverKind::AliasIp,
                MoverKind::PacemakerAlias,
                MoverKind::RouteReplace,
                MoverKind::RoutePriority,
                MoverKind::LbHealthCheck,
                MoverKind::StatefulMig,
            ]);
            let place = u8::try_from(cluster.index()).expect("few clusters");
            let Some((source, span, rules)) = self.pool_source(kind, members[0], subnet, place) else { continue };
            let single = !rules.is_empty() || kind == MoverKind::StatefulMig;
            let count = if single { 1 } else { self.random.u64(1..=2) };
            if kind == MoverKind::StatefulMig {
                self.network.instances[members[0]].status = here(None);
            }
            let name = Name::new(format!("vips/v{}", cluster.index()));
            let row = VipPool {
                name,
                count,
                source,
                span,
                reserved: true,
                over: cluster,
                rail: Rail::Tcp,
                ports: Vec::new(),
                mover: Mover::plain(kind),
                clients: Vec::new(),
                forwarding_rules: here(rules),
            };
            // The members of a cluster are in one network, as far as its VIPs care.
            let nics = members.iter().filter_map(|instance| self.network.vip_nic(&row, *instance));
            let mut vpcs = nics.map(|nic| self.network.nics[nic].vpc.peek().clone());
            let first = vpcs.next();
            if vpcs.all(|vpc| Some(vpc) == first) {
                let pool = self.network.vips.push(row);
                self.network.clusters[cluster].vips.push(pool);
            }
        }
    }

    /// Where the addresses of a pool lie: behind a forwarding rule, in a subnet, or beside all subnets for those that routes lead to.
    fn pool_source(
        &mut self,
        kind: MoverKind,
        owner: InstanceId,
        subnet: SubnetId,
        place: u8,
    ) -> Option<(VipSource, Option<AddressSpan>, Vec<ForwardingRuleId>)> {
        if kind.uses_load_balancer() {
            let rules: Vec<ForwardingRuleId> = self.network.forwarding_rules.ids().collect();
            let rule = *rules.last()?;
            let of = (*self.network.forwarding_rules[rule].subnet.peek())?;
            return Some((VipSource::Subnet(of, None), None, vec![rule]));
        }
        if kind == MoverKind::StatefulMig {
            let owner = self.network.instances[owner].nics.peek().iter().copied();
            let nic = owner.into_iter().find(|nic| self.network.nics[*nic].subnet == Ok(subnet))?;
            return Some((VipSource::Subnet(subnet, None), Some(self.address_of(nic).into()), Vec::new()));
        }
        let octet = self.octets[self.index(subnet)];
        if kind.uses_routes() {
            let span = AddressSpan::new(pool_address(octet, 1 + 2 * place), pool_address(octet, 2 + 2 * place));
            let span = span.expect("the first address comes first");
            return Some((VipSource::Span(span), Some(span), Vec::new()));
        }
        let secondary = kind.uses_alias() && self.random.bool();
        let (first, last) = (self.fresh(subnet, secondary), self.fresh(subnet, secondary));
        let span = AddressSpan::new(first.into(), last.into());
        Some((VipSource::Subnet(subnet, secondary.then(|| "more".to_owned())), span, Vec::new()))
    }

    /// The ranges that rules are about: everything, everything inside, a subnet's, one NIC's, those of health checks.
    fn ranges(&mut self) -> Vec<IpNet> {
        let nics: Vec<NicId> = self.network.nics.ids().collect();
        let nic = self.pick(&nics);
        let subnet = self.network.nics[nic].subnet.get().expect("a NIC states its subnet");
        let octet = self.octets[self.index(subnet)];
        match self.random.u32(0..8) {
            0 | 1 => vec![net(0, 0, 0, 0, 0)],
            2 | 3 => vec![net(10, 0, 0, 0, 8)],
            4 => vec![net(10, octet, 0, 0, 24)],
            5 => vec![net(10, octet, 0, 0, 24), net(10, octet, 8, 0, 24)],
            6 => vec![self.address_of(nic).into()],
            _ => vec![net(35, 191, 0, 0, 16), net(130, 211, 0, 0, 22)],
        }
    }

    fn layer4(&mut self) -> Vec<Layer4> {
        let of = |protocol: &str, ports: Vec<PortRange>| Layer4 { protocol: protocol.to_owned(), ports };
        let port = self.pick(&PORTS);
        match self.random.u32(0..8) {
            0..=3 => vec![of("all", Vec::new())],
            4 => vec![of("tcp", vec![PortRange { first: port, last: port }])],
            5 => vec![of("tcp", vec![PortRange { first: 100, last: 3000 }]), of("icmp", Vec::new())],
            6 => vec![of("udp", Vec::new())],
            _ => vec![of("6", Vec::new())],
        }
    }

    fn rule(&mut self, name: Name, vpc: Option<VpcId>, priority: Option<u64>, action: FirewallAction) -> FirewallRule {
        let direction = if self.one_in(3) { Direction::Egress } else { Direction::Ingress };
        let mut selector = Selector::default();
        match direction {
            Direction::Egress => selector.destination_ranges = self.ranges(),
            Direction::Ingress => {
                // Where a rule names both, either suffices. A policy's rule knows neither tags nor accounts.
                if vpc.is_none() || self.one_in(2) {
                    selector.source_ranges = self.ranges();
                }
                if vpc.is_some() && (selector.source_ranges.is_empty() || self.one_in(3)) {
                    if self.one_in(4) && selector.source_ranges.is_empty() {
                        selector.source_service_accounts = vec![self.pick(&ACCOUNTS).to_owned()];
                    } else {
                        selector.source_tags = vec![self.pick(&TAGS).to_owned()];
                    }
                }
            }
        }
        let by_account = !selector.source_service_accounts.is_empty();
        if vpc.is_none() && self.one_in(3) {
            selector.target_secure_tags = vec![self.pick(&SECURE_TAGS).to_owned()];
            if direction == Direction::Ingress && self.random.bool() {
                selector.source_secure_tags = vec![self.pick(&SECURE_TAGS).to_owned()];
                if self.random.bool() {
                    selector.source_ranges = Vec::new();
                }
            }
        }
        match self.random.u32(0..4) {
            _ if !selector.target_secure_tags.is_empty() => {}
            0 if vpc.is_some() && !by_account => selector.target_tags = vec![self.pick(&TAGS).to_owned()],
            1 if selector.source_tags.is_empty() => {
                selector.target_service_accounts = vec![self.pick(&ACCOUNTS).to_owned()];
            }
            _ => {}
        }
        let (layer4, disabled) = (self.layer4(), self.one_in(8));
        FirewallRule {
            name,
            known: Known::Here,
            vpc: here(Ok(vpc.unwrap_or(VpcId::new(0)))),
            direction: here(direction),
            priority: here(priority),
            action: here(action),
            layer4: here(layer4),
            selector: here(selector),
            disabled: here(disabled),
        }
    }

    /// The rules of networks, and for most of them a last one that lets in what no other rule is about: otherwise most packets would end alike.
    fn firewall(&mut self) {
        for number in 0..self.random.usize(0..=6) {
            let vpcs = self.ordinary();
            let vpc = self.pick(&vpcs);
            let action = self.pick(&[FirewallAction::Allow, FirewallAction::Allow, FirewallAction::Deny]);
            let priority = self.pick(&[None, Some(900), Some(1000), Some(1000), Some(65535)]);
            let name = Name::new(format!("projects/p/global/firewalls/a{number}"));
            let rule = self.rule(name, Some(vpc), priority, action);
            self.network.firewall_rules.push(rule);
        }
        for vpc in self.ordinary() {
            if self.one_in(4) {
                continue;
            }
            let name = Name::new(format!("projects/p/global/firewalls/z{}", vpc.index()));
            let mut rule = self.rule(name, Some(vpc), Some(65534), FirewallAction::Allow);
            rule.direction = here(Direction::Ingress);
            rule.layer4 = here(vec![Layer4 { protocol: "all".to_owned(), ports: Vec::new() }]);
            rule.disabled = here(false);
            let source = self.pick(&[net(10, 0, 0, 0, 8), net(0, 0, 0, 0, 0)]);
            rule.selector = here(Selector { source_ranges: vec![source], ..Selector::default() });
            self.network.firewall_rules.push(rule);
        }
    }

    /// Global and regional policies of ordinary networks, a hierarchical one now and then, and the regional policy of a RoCE network.
    fn policies(&mut self) {
        for number in 0..self.pick(&[0, 0, 1, 2]) {
            let scope = match self.random.u32(0..5) {
                0 | 1 => PolicyScope::Global,
                2 | 3 => PolicyScope::Regional(self.pick(&[HOME, HOME, AWAY]).to_owned()),
                _ => PolicyScope::Hierarchical,
            };
            let vpcs = self.ordinary();
            let vpc = self.pick(&vpcs);
            let policies = self.network.firewall_policies.rows();
            // A network has one policy of a scope at most.
            if !policies.iter().any(|policy| policy.scope == scope && policy.networks.contains(&vpc)) {
                self.policy(&format!("l{number}"), scope, PolicyKind::Vpc, vpc);
            }
        }
        let roce = self.network.vpcs.ids().find(|vpc| self.profile(*vpc).is_some_and(|name| name.ends_with("roce")));
        if let (Some(roce), true) = (roce, self.one_in(2)) {
            self.policy("r", PolicyScope::Regional(HOME.to_owned()), PolicyKind::RdmaRoce, roce);
        }
    }

    fn policy(&mut self, name: &str, scope: PolicyScope, kind: PolicyKind, vpc: VpcId) {
        let roce = kind == PolicyKind::RdmaRoce;
        let name = format!("projects/p/global/firewallPolicies/{name}");
        let mut rules = Vec::new();
        for place in 0..self.random.u64(1..=3) {
            let actions = [FirewallAction::Allow, FirewallAction::Deny, FirewallAction::GotoNext];
            let action = if roce { self.pick(&actions[..2]) } else { self.pick(&actions) };
            let priority = 100 + place;
            let mut rule = self.rule(Name::new(format!("{name}/rules/{priority}")), None, Some(priority), action);
            if roce {
                rule.direction = here(Direction::Ingress);
                rule.layer4 = here(vec![Layer4 { protocol: "all".to_owned(), ports: Vec::new() }]);
                rule.selector = here(Selector { source_ranges: vec![net(0, 0, 0, 0, 0)], ..Selector::default() });
            }
            rules.push(rule);
        }
        self.network.firewall_policies.push(FirewallPolicy {
            name: Name::new(name),
            known: Known::Here,
            project: Some(self.project),
            scope,
            kind: here(kind),
            rules: here(rules),
            networks: here(vec![vpc]),
            of_folder: here(false),
        });
    }

    /// Where static routes lead: to the internet, to instances with and without a NIC in the network, to addresses of some and of none, to load balancers.
    fn next_hop(&mut self, vpc: VpcId) -> NextHop {
        let inside: Vec<NicId> =
            self.network.nics.iter().filter(|(_, nic)| nic.vpc == Ok(vpc)).map(|(id, _)| id).collect();
        let near = |rule: &ForwardingRuleId| self.network.forwarding_rules[*rule].vpc == Ok(vpc);
        let rules: Vec<ForwardingRuleId> = self.network.forwarding_rules.ids().filter(near).collect();
        let instances: Vec<InstanceId> = self.network.instances.ids().collect();
        let beside = |id: &InstanceId| self.network.nic_in(*id, vpc).is_ok_and(|nic| nic.is_none());
        let outside: Vec<InstanceId> = instances.iter().copied().filter(beside).collect();
        match self.random.u32(0..12) {
            0..=2 if !inside.is_empty() => {
                let nic = self.pick(&inside);
                NextHop::Instance(self.network.nics[nic].instance)
            }
            3 if outside.is_empty() => NextHop::Instance(self.pick(&instances)),
            3 => NextHop::Instance(self.pick(&outside)),
            4..=5 if !inside.is_empty() => {
                let nic = self.pick(&inside);
                NextHop::Address(self.address_of(nic))
            }
            6 if !inside.is_empty() => {
                let nic = self.pick(&inside);
                let aliases = self.network.nics[nic].aliases.peek();
                match aliases.first().map(|alias| alias.range) {
                    Some(AliasRange::Range(range)) => NextHop::Address(range.addr()),
                    _ => NextHop::Address(self.address_of(nic)),
                }
            }
            7 => NextHop::Address(Ipv4Addr::new(10, 0, 0, 250).into()),
            8..=9 if !rules.is_empty() => NextHop::ForwardingRule(self.pick(&rules)),
            10 if self.one_in(3) => NextHop::Other("nextHopVpnTunnel".to_owned()),
            _ => NextHop::InternetGateway,
        }
    }

    fn route(&mut self, number: usize, vpc: VpcId, destination: IpNet, next_hop: NextHop) {
        let priority = self.pick(&[None, Some(900), Some(1000), Some(1000)]);
        let tags = if self.one_in(4) { vec![self.pick(&TAGS).to_owned()] } else { Vec::new() };
        self.network.routes.push(Route {
            name: Name::new(format!("projects/p/global/routes/r{number}")),
            known: Known::Here,
            vpc: here(Ok(vpc)),
            destination: here(Ok(destination)),
            priority: here(priority),
            tags: here(tags),
            next_hop: here(Ok(next_hop)),
        });
    }

    fn routes(&mut self) {
        let mut number = 0;
        for vpc in self.ordinary() {
            if self.one_in(2) {
                self.route(number, vpc, net(0, 0, 0, 0, 0), NextHop::InternetGateway);
                number += 1;
            }
        }
        for _ in 0..self.random.usize(0..=4) {
            let vpcs = self.ordinary();
            let vpc = self.pick(&vpcs);
            let octets = self.octets.clone();
            let octet = self.pick(&octets);
            let destination = match self.random.u32(0..6) {
                0 => net(0, 0, 0, 0, 0),
                1 => net(203, 0, 113, 0, 24),
                2 => net(10, octet, 200, 0, 24),
                _ => IpNet::from(pool_address(octet, self.random.u8(11..=12))),
            };
            let next_hop = self.next_hop(vpc);
            self.route(number, vpc, destination, next_hop);
            number += 1;
        }
    }

    /// A route that lost its next hop: the instance has no NIC in the network, or is gone, so that the input only names it.
    fn lost_next_hop(&mut self) {
        let vpcs = self.ordinary();
        let (vpc, octets) = (self.pick(&vpcs), self.octets.clone());
        let destination = IpNet::from(pool_address(self.pick(&octets), 11));
        let beside = |id: &InstanceId| self.network.nic_in(*id, vpc).is_ok_and(|nic| nic.is_none());
        let beside = self.network.instances.ids().find(beside);
        match (self.random.u32(0..6), beside) {
            (0, _) => {
                let instance = self.only_named();
                self.route(98, vpc, destination, NextHop::Instance(instance));
            }
            (1 | 2, Some(instance)) => self.route(99, vpc, destination, NextHop::Instance(instance)),
            _ => {}
        }
    }

    fn only_named(&mut self) -> InstanceId {
        let id = InstanceId::new(self.network.instances.len());
        let hole = || Hole::NotInInput(id.into());
        let row = Instance {
            name: Name::new("projects/p/zones/us-central1-a/instances/ix"),
            known: Known::Outside,
            zone: Err(hole()).into(),
            machine: Err(hole()).into(),
            nics: Stated::missing(Vec::new(), hole()),
            cluster: None,
            ..self.network.instances[InstanceId::new(0)].clone()
        };
        self.network.instances.push(row)
    }

    fn policy_routes(&mut self) {
        let rules = self.network.forwarding_rules.rows();
        let hops: Vec<(VpcId, IpAddr)> =
            rules.iter().filter_map(|rule| Some((rule.vpc.get().ok()?, rule.address.get().ok()??))).collect();
        if hops.is_empty() || !self.one_in(3) {
            return;
        }
        let (vpc, address) = self.pick(&hops);
        let next_hop = match self.random.u32(0..10) {
            0 | 1 => PolicyHop::OtherRoutes,
            2..=4 => PolicyHop::Address(Ipv4Addr::new(10, 0, 0, 250).into()),
            _ => PolicyHop::Address(address),
        };
        let applies_to =
            if self.one_in(2) { AppliesTo::All } else { AppliesTo::Tags(vec![self.pick(&TAGS).to_owned()]) };
        let (source, destination) = (self.ranges()[0], self.ranges()[0]);
        let protocol = self.pick(&["ALL", "TCP", "UDP"]).to_owned();
        let source = if self.one_in(2) { Some(source) } else { None };
        self.network.policy_routes.push(PolicyRoute {
            name: Name::new("projects/p/locations/global/policyBasedRoutes/q"),
            known: Known::Here,
            vpc: here(Ok(vpc)),
            priority: here(None),
            source: here(Ok(source)),
            destination: here(Ok(Some(destination))),
            protocol: here(Ok(protocol)),
            next_hop: here(Ok(next_hop)),
            applies_to: here(Ok(applies_to)),
        });
    }

    /// Peerings between ordinary networks whose ranges do not overlap, some stated by one side only.
    fn peerings(&mut self) {
        let vpcs: Vec<VpcId> = self.ordinary().into_iter().filter(|vpc| Some(*vpc) != self.twin).collect();
        for pair in vpcs.windows(2) {
            let [a, b] = [pair[0], pair[1]];
            if self.one_in(3) {
                continue;
            }
            let both = !self.one_in(4);
            let sides = if both { vec![(a, b), (b, a)] } else { vec![(a, b)] };
            for (from, to) in sides {
                let state = both.then(|| "ACTIVE".to_owned());
                let (exports, imports) = (self.random.bool(), self.random.bool());
                self.network.peerings.push(Peering {
                    name: Name::new(format!("projects/p/global/networks/n{}/n{}", from.index(), to.index())),
                    vpc: from,
                    peer: here(Ok(to)),
                    state: here(state),
                    exports_custom_routes: here(exports),
                    imports_custom_routes: here(imports),
                });
            }
        }
    }

    /// Cloud NAT, in some regions.
    fn routers(&mut self) {
        for vpc in self.ordinary() {
            if !self.one_in(4) {
                continue;
            }
            let sources = self.pick(&[0, 1]);
            let sources = if sources == 0 { NatSources::AllRanges } else { NatSources::PrimaryRanges };
            let nat = Nat {
                name: "nat".to_owned(),
                sources: here(Ok(sources)),
                is_private: here(false),
                serves_instances: here(true),
            };
            let region = self.pick(&[HOME, HOME, AWAY]).to_owned();
            self.network.routers.push(Router {
                name: Name::new(format!("projects/p/regions/{region}/routers/o{}", vpc.index())),
                known: Known::Here,
                vpc: here(Ok(vpc)),
                region: here(Ok(region)),
                nats: here(vec![nat]),
                bgp_peers: here(0),
            });
        }
    }

    /// Up to two parts that are down, and now and then one candidate that is singled out as holder.
    fn situation(&mut self) -> Situation {
        let nics: Vec<NicId> = self.network.nics.ids().collect();
        let mut down = Vec::new();
        for _ in 0..self.pick(&[0, 0, 0, 1, 2]) {
            let nic = self.pick(&nics);
            down.push(match self.random.u32(0..5) {
                0..=1 => Part::Instance(self.network.nics[nic].instance),
                2..=3 => Part::Nic(nic),
                _ => Part::Zone(format!("{HOME}-b")),
            });
        }
        let mut situation = Situation::after(down);
        for vip in self.vips() {
            let candidates = self.holders(vip, &situation);
            // Behind a load balancer nobody is singled out: its health checks decide.
            if self.network.vip_rule(vip).is_none() && !candidates.is_empty() && self.one_in(4) {
                let holder = self.pick(&candidates);
                situation.holders.insert(vip, holder);
            }
        }
        situation
    }

    fn vips(&self) -> Vec<Vip> {
        self.network.vips.ids().flat_map(|pool| self.network.vips_of(pool)).collect()
    }

    fn aliases(&self, of: &[NicId]) -> Vec<End> {
        let places =
            |nic: &NicId| (0..self.network.nics[*nic].aliases.len()).map(|place| End::Alias(*nic, place)).collect();
        of.iter().flat_map(|nic| -> Vec<End> { places(nic) }).collect()
    }

    fn packet(&mut self, situation: &Situation) -> Packet {
        let from = self.sender(situation);
        let to = self.end();
        // Two instances cannot both have a VIP, so nobody who has it asks another who has.
        let to = match (from, to) {
            (Sender::Guest { instance, bound: Some(End::Vip(own)) }, End::Vip(vip)) if own == vip => {
                End::Nic(self.network.instances[instance].nics.peek()[0])
            }
            _ => to,
        };
        let port = self.pick(&PORTS);
        let traffic = match self.random.u32(0..11) {
            0..=4 => Traffic::tcp(port),
            5..=6 => Traffic::udp(port),
            7..=8 => Traffic::Ip { protocol: protocol::ICMP, port: None },
            _ => Traffic::Rdma,
        };
        if let Sender::Prober(service) = from {
            let rules: Vec<ForwardingRuleId> = self.network.rules_of(service).collect();
            let checks = &self.network.backend_services[service].health_checks;
            let port = self.network.health_checks[checks[0]].port.expect("the check names its port");
            return Packet { from, to: End::Rule(rules[0]), traffic: Traffic::tcp(port) };
        }
        // Nobody on the internet speaks RDMA, and no adapter speaks it with itself.
        let traffic = if self.speaks_rdma(from, to) || traffic != Traffic::Rdma { traffic } else { Traffic::tcp(port) };
        let rdma: Vec<NicId> =
            self.network.nics.iter().filter(|(_, nic)| nic.rail == Some(Rail::Rdma)).map(|(id, _)| id).collect();
        if traffic == Traffic::Rdma && !rdma.is_empty() && !self.one_in(3) {
            let (from, to) = (self.pick(&rdma), self.pick(&rdma));
            let sender = Sender::Guest { instance: self.network.nics[from].instance, bound: Some(End::Nic(from)) };
            if self.speaks_rdma(sender, End::Nic(to)) {
                return Packet { from: sender, to: End::Nic(to), traffic };
            }
        }
        Packet { from, to, traffic }
    }

    fn speaks_rdma(&self, from: Sender, to: End) -> bool {
        match (from, to) {
            (Sender::Guest { instance, .. }, End::Nic(nic) | End::Alias(nic, _)) => {
                self.network.nics[nic].instance != instance
            }
            (Sender::Guest { .. }, End::Clients(_)) => true,
            _ => false,
        }
    }

    /// Who may hold a VIP in a situation: the one who is singled out, or any candidate.
    fn holders(&self, vip: Vip, situation: &Situation) -> Vec<InstanceId> {
        if let Some(holder) = situation.holders.get(&vip) {
            return vec![*holder];
        }
        let catalog = Catalog::embedded();
        let (platform, facts) = (Platform::new(catalog), Facts::new(catalog));
        let view = View { network: &self.network, platform: &platform, facts: &facts };
        self.network.candidates(vip, &view, situation).expect("the network has no holes")
    }

    fn sender(&mut self, situation: &Situation) -> Sender {
        let described = self.network.instances.iter().filter(|(_, row)| row.known == Known::Here);
        let instances: Vec<InstanceId> = described.map(|(id, _)| id).collect();
        let instance = self.pick(&instances);
        let nics = self.network.instances[instance].nics.peek().clone();
        let clients: Vec<ClientGroupId> = self.network.clients.ids().collect();
        let services: Vec<BackendServiceId> = self.network.backend_services.ids().collect();
        match self.random.u32(0..16) {
            6..=9 => Sender::Guest { instance, bound: Some(End::Nic(self.pick(&nics))) },
            10 => match self.aliases(&nics).as_slice() {
                [] => Sender::Guest { instance, bound: None },
                own => Sender::Guest { instance, bound: Some(self.pick(own)) },
            },
            11 => match self.vips().as_slice() {
                [] => Sender::Guest { instance, bound: None },
                vips => {
                    let vip = self.pick(vips);
                    match self.holders(vip, situation).as_slice() {
                        [] => Sender::Guest { instance, bound: None },
                        holders => Sender::Guest { instance: self.pick(holders), bound: Some(End::Vip(vip)) },
                    }
                }
            },
            12..=13 if !clients.is_empty() => Sender::Clients(clients[0]),
            14 if !services.is_empty() => Sender::Prober(self.pick(&services)),
            15 => Sender::Internet(OUTSIDE.into()),
            _ => Sender::Guest { instance, bound: None },
        }
    }

    fn end(&mut self) -> End {
        let nics: Vec<NicId> = self.network.nics.ids().collect();
        let nic = self.pick(&nics);
        let rules: Vec<ForwardingRuleId> = self.network.forwarding_rules.ids().collect();
        let octets: Vec<u8> = self.octets.iter().copied().filter(|octet| *octet != FAR).collect();
        let octet = self.pick(&octets);
        match self.random.u32(0..21) {
            7..=8 => match self.aliases(&nics).as_slice() {
                [] => End::Nic(nic),
                ends => self.pick(ends),
            },
            9..=11 => match self.vips().as_slice() {
                [] => End::Nic(nic),
                vips => End::Vip(self.pick(vips)),
            },
            12..=14 if !rules.is_empty() => End::Rule(self.pick(&rules)),
            15 if !self.network.clients.is_empty() => End::Clients(ClientGroupId::new(0)),
            16 => End::Address(OUTSIDE.into()),
            17 => End::Address(Ipv4Addr::new(10, octet, 0, 250).into()),
            18 | 19 => End::Address(pool_address(octet, self.pick(&[1, 11, 11]))),
            _ => End::Nic(nic),
        }
    }
}

/// The network of a case in a few lines a row, for a difference that somebody has to understand.
pub fn describe(case: &Case) -> String {
    let network = &case.network;
    let mut text = String::new();
    for (id, vpc) in network.vpcs.iter() {
        let ranges: Vec<String> = network
            .subnets_of(id)
            .map(|(_, row)| {
                format!(
                    "{} {} {:?} {:?}",
                    row.name.short(),
                    *row.region.as_ref().expect("stated"),
                    row.range,
                    row.secondary
                )
            })
            .collect();
        writeln!(text, "network {} {:?}: {}", vpc.name.short(), vpc.profile, ranges.join("; ")).expect("text grows");
    }
    for (id, instance) in network.instances.iter() {
        let guest = instance.cluster.map(|cluster| &network.clusters[cluster].guest);
        writeln!(
            text,
            "instance {} {:?} {:?} tags {:?} accounts {:?} forwards {:?} guest {guest:?}",
            network.short(id),
            instance.zone,
            instance.status,
            instance.tags,
            instance.service_accounts,
            instance.can_ip_forward
        )
        .expect("text grows");
        for nic in &instance.nics {
            let row = &network.nics[*nic];
            writeln!(
                text,
                "  {} {:?} in {:?} at {:?} aliases {:?} external {:?}",
                row.label(),
                row.nic_type,
                row.subnet,
                row.address,
                row.aliases,
                row.external
            )
            .expect("text grows");
        }
    }
    macro_rules! rows {
        ($($table:ident),*) => {
            $(for (id, row) in network.$table.iter() {
                writeln!(text, "{} {id:?}: {row:?}", stringify!($table)).expect("text grows");
            })*
        };
    }
    rows!(
        firewall_rules,
        firewall_policies,
        routes,
        policy_routes,
        peerings,
        routers,
        forwarding_rules,
        backend_services
    );
    rows!(health_checks, instance_groups, negs, clusters, clients, vips);
    writeln!(text, "down {:?} holders {:?}", case.situation.down, case.situation.holders).expect("text grows");
    text
}

#[test]
fn a_seed_is_one_case() {
    for seed in 0..50 {
        let (one, other) = (case(seed), case(seed));
        assert_eq!(describe(&one), describe(&other));
        assert_eq!(one.packets, other.packets);
    }
}
