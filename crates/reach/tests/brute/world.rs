//! One concrete world: a copy of the network in which what failed is stopped and unplugged, and in which every VIP is where one of its candidates has it.
//! A VIP on an alias is written into the holder's NIC, one that a route leads to becomes a route. Not here: any packet.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use twinrail_model::{
    Alias, AliasRange, ClientGroupId, ClusterId, ForwardingRuleId, Guest, GuestRouting, InstanceId, Known, MoverKind,
    Name, Network, NextHop, NicId, Part, Rail, Route, Situation, Stated, SubnetId, Vip, VipHolder, VipPool, VipSource,
    VpcId,
};

/// A network after the failures, with every VIP in its place.
#[derive(Debug, Clone)]
pub struct World {
    pub network: Network,
    pub unplugged: BTreeSet<NicId>,
    /// Who has each VIP; `None` where nobody could.
    pub holders: BTreeMap<Vip, Option<InstanceId>>,
}

/// Every world that a situation leaves possible: one for each choice of a holder for each VIP with one of these addresses. Of the others only those are
/// anywhere whose holder the situation names.
///
/// A stateful group makes its instance again, so whoever else asks for the VIP of one asks when that is done.
pub fn worlds(
    network: &Network,
    situation: &Situation,
    named: &[IpAddr],
    asked: Option<Vip>,
    by: Option<InstanceId>,
) -> Vec<World> {
    let mut worlds = vec![after_failures(network, situation)];
    for pool in network.vips.ids() {
        for vip in network.vips_of(pool) {
            let mut candidates = candidates(network, situation, vip);
            if let Some(holder) = situation.holders.get(&vip) {
                candidates = vec![*holder];
            } else if !address_of_vip(network, vip).is_some_and(|address| named.contains(&address)) {
                continue;
            }
            let choices: Vec<Option<InstanceId>> =
                if candidates.is_empty() { vec![None] } else { candidates.into_iter().map(Some).collect() };
            let given =
                |world: &World| -> Vec<World> { choices.iter().map(|holder| give(world, vip, *holder)).collect() };
            worlds = worlds.iter().flat_map(given).collect();
        }
    }
    if let Some(vip) = asked.filter(|vip| network.vips[vip.pool].mover.kind == MoverKind::StatefulMig) {
        for world in &mut worlds {
            if let Some(nic) = world.nic_of_vip(vip).filter(|nic| by != Some(world.instance_of(*nic))) {
                world.make_again(nic);
            }
        }
    }
    worlds
}

/// Stops the instances that failed, and those in zones that failed, and unplugs the NICs that failed.
fn after_failures(network: &Network, situation: &Situation) -> World {
    let mut world = World { network: network.clone(), unplugged: BTreeSet::new(), holders: BTreeMap::new() };
    for part in &situation.down {
        match part {
            Part::Instance(instance) => world.stop(*instance),
            Part::Nic(nic) => {
                world.unplugged.insert(*nic);
            }
            Part::Zone(zone) => {
                for instance in network.instances.ids().filter(|id| zone_of(network, *id) == *zone) {
                    world.stop(instance);
                }
            }
        }
    }
    world
}

/// Who could have a VIP after the failures: every instance of its cluster, or every backend of its forwarding rule, that is not among what failed and
/// has a NIC for it that is not. The agent of Pacemaker serves nic0 only:
/// <https://github.com/ClusterLabs/resource-agents/blob/main/heartbeat/gcp-vpc-move-vip.in>. A stateful group recreates the one instance that has the
/// address, in its zone: <https://cloud.google.com/compute/docs/instance-groups/configuring-stateful-ip-addresses-in-migs>.
fn candidates(network: &Network, situation: &Situation, vip: Vip) -> Vec<InstanceId> {
    let pool = &network.vips[vip.pool];
    let mut members: Vec<InstanceId> = match rule_of(network, vip) {
        Some(rule) => super::balancer::members(network, rule).into_iter().map(|(instance, _)| instance).collect(),
        None => network.clusters[pool.over].instances.clone(),
    };
    members.dedup();
    let is_zone_down = |id: &InstanceId| situation.down.contains(&Part::Zone(zone_of(network, *id)));
    if pool.mover.kind == MoverKind::StatefulMig {
        let place = usize::try_from(vip.place).expect("few VIPs");
        let owner = members.get(place % members.len().max(1)).copied();
        return owner.into_iter().filter(|id| !is_zone_down(id)).collect();
    }
    let lives = |id: &InstanceId| {
        let Some(nic) = nic_for(network, pool, *id) else { return false };
        let fits = pool.mover.kind != MoverKind::PacemakerAlias || network.nics[nic].index == 0;
        let failed = [Part::Instance(*id), Part::Nic(nic)].iter().any(|part| situation.down.contains(part));
        fits && !failed && !is_zone_down(id)
    };
    members.into_iter().filter(lives).collect()
}

/// A world in which a VIP is with this holder.
fn give(world: &World, vip: Vip, holder: Option<InstanceId>) -> World {
    let mut world = world.clone();
    world.holders.insert(vip, holder);
    let pool = world.network.vips[vip.pool].clone();
    let (Some(holder), Some(address)) = (holder, address_of_vip(&world.network, vip)) else { return world };
    let Some(nic) = nic_for(&world.network, &pool, holder) else { return world };
    if pool.mover.kind.uses_alias() || pool.mover.kind == MoverKind::StatefulMig {
        let alias = Alias { range: AliasRange::Range(address.into()), secondary: None };
        world.network.nics[nic].aliases.change(|aliases| aliases.push(alias));
    } else if pool.mover.kind.uses_routes() {
        // A route is in one network, whoever is its next hop.
        let vpc = world.vpc_of_vip(vip).unwrap_or(world.vpc_of(nic));
        world.network.routes.push(Route {
            name: Name::new(format!("route of {vip:?}")),
            known: Known::Here,
            vpc: Stated::given(Ok(vpc)),
            destination: Stated::given(Ok(address.into())),
            priority: Stated::given(None),
            tags: Stated::given(Vec::new()),
            next_hop: Stated::given(Ok(NextHop::Instance(holder))),
        });
    }
    world
}

pub fn rule_of(network: &Network, vip: Vip) -> Option<ForwardingRuleId> {
    network.vips[vip.pool].forwarding_rules.get(usize::try_from(vip.place).ok()?).copied()
}

/// The address of a VIP: that of its forwarding rule, or the one at its place in the pool's span.
pub fn address_of_vip(network: &Network, vip: Vip) -> Option<IpAddr> {
    match rule_of(network, vip) {
        Some(rule) => network.forwarding_rules[rule].address.get().ok()?,
        None => network.vips[vip.pool].span?.nth(vip.place),
    }
}

/// The NIC of an instance that has the VIPs of a pool: the one in the pool's subnet, or the first on its rail.
fn nic_for(network: &Network, pool: &VipPool, instance: InstanceId) -> Option<NicId> {
    let fits = |nic: &NicId| match pool.source {
        VipSource::Subnet(subnet, _) => network.nics[*nic].subnet == Ok(subnet),
        VipSource::Span(_) => network.nics[*nic].rail == Some(pool.rail),
    };
    network.instances[instance].nics.iter().copied().find(fits)
}

/// Nothing for an instance that the input only names.
fn zone_of(network: &Network, instance: InstanceId) -> String {
    network.instances[instance].zone.get().unwrap_or_default()
}

impl World {
    fn stop(&mut self, instance: InstanceId) {
        self.network.instances[instance].status = Stated::given(Some("TERMINATED".to_owned()));
    }

    fn make_again(&mut self, nic: NicId) {
        let instance = self.network.nics[nic].instance;
        self.network.instances[instance].status = Stated::given(None);
    }

    pub fn is_running(&self, instance: InstanceId) -> bool {
        self.network.instances[instance].status.as_deref().is_none_or(|status| status == "RUNNING")
    }

    pub fn instance_of(&self, nic: NicId) -> InstanceId {
        self.network.nics[nic].instance
    }

    pub fn vpc_of(&self, nic: NicId) -> VpcId {
        self.network.nics[nic].vpc.get().expect("a random NIC states its network")
    }

    pub fn vpc_of_subnet(&self, subnet: SubnetId) -> VpcId {
        self.network.subnets[subnet].vpc.get().expect("a random subnet states its network")
    }

    pub fn nics_of(&self, instance: InstanceId) -> Vec<NicId> {
        self.network.instances[instance].nics.to_vec()
    }

    pub fn primary(&self, nic: NicId) -> IpAddr {
        let address = self.network.nics[nic].address.get().expect("a random NIC states its address");
        address.expect("a random NIC has an address")
    }

    /// Whether an alias range of a NIC holds an address.
    pub fn has_alias(&self, nic: NicId, address: IpAddr) -> bool {
        let holds = |alias: &Alias| matches!(alias.range, AliasRange::Range(range) if range.contains(&address));
        self.network.nics[nic].aliases.iter().any(holds)
    }

    pub fn region_of(&self, instance: InstanceId) -> String {
        Network::region_of(&zone_of(&self.network, instance)).to_owned()
    }

    pub fn region_of_subnet(&self, subnet: SubnetId) -> String {
        self.network.subnets[subnet].region.get().expect("a random subnet states its region")
    }

    /// The kind of RDMA network, by the end of its profile's name; `None` for an ordinary one.
    pub fn rdma(&self, vpc: VpcId) -> Option<&'static str> {
        let profile = self.network.vpcs[vpc].profile.get().expect("a random network states its profile")?;
        Some(if profile.ends_with("falcon") { "falcon" } else { "roce" })
    }

    /// What runs inside an instance: what its cluster says, else what a model file means if it says nothing.
    pub fn guest(&self, instance: InstanceId) -> Guest {
        let plain = Guest { routing: GuestRouting::Default, holds_vip: VipHolder::Agent, rp_filter: false };
        let cluster: Option<ClusterId> = self.network.instances[instance].cluster;
        cluster.map_or(plain, |cluster| self.network.clusters[cluster].guest)
    }

    /// The VIP that has an address.
    pub fn vip_at(&self, address: IpAddr) -> Option<Vip> {
        self.holders.keys().copied().find(|vip| address_of_vip(&self.network, *vip) == Some(address))
    }

    /// The network in which a VIP is looked for: that of the NIC that any instance of its cluster would have it on.
    pub fn vpc_of_vip(&self, vip: Vip) -> Option<VpcId> {
        if let Some(rule) = rule_of(&self.network, vip) {
            return self.network.forwarding_rules[rule].vpc.get().ok();
        }
        let pool = &self.network.vips[vip.pool];
        let instances = self.network.clusters[pool.over].instances.iter();
        instances.filter_map(|id| nic_for(&self.network, pool, *id)).map(|nic| self.vpc_of(nic)).next()
    }

    /// The NIC that has a VIP in this world.
    pub fn nic_of_vip(&self, vip: Vip) -> Option<NicId> {
        nic_for(&self.network, &self.network.vips[vip.pool], self.holders.get(&vip).copied().flatten()?)
    }

    /// One machine of clients that are counted only: the highest address of their subnet that nobody has, beside the reserved ones at its end.
    pub fn client(&self, group: ClientGroupId) -> Option<IpAddr> {
        let range = self.network.subnets[self.network.clients[group].subnet?].range.get().ok()??;
        let IpAddr::V4(last) = range.broadcast() else { return None };
        let free = |address: &IpAddr| {
            let taken =
                self.network.nics.ids().any(|nic| self.primary(nic) == *address || self.has_alias(nic, *address));
            let rules = self.network.forwarding_rules.rows();
            !taken && !rules.iter().any(|rule| rule.address == Ok(Some(*address))) && self.vip_at(*address).is_none()
        };
        (8..100).map(|below| IpAddr::V4(Ipv4Addr::from(u32::from(last) - below))).find(free)
    }

    /// Whether a NIC is for RDMA.
    pub fn is_rdma_nic(&self, nic: NicId) -> bool {
        let row = &self.network.nics[nic];
        row.nic_type.get().is_ok_and(|kind| kind.is_some_and(twinrail_model::NicType::is_rdma))
            || row.rail == Some(Rail::Rdma)
    }
}
