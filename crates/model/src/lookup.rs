//! Who is where: questions about the network that several judgements ask and that need no facts. Not here: questions that take a walk through
//! routes and firewalls, which are reachability.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::balancing::{BackendService, Endpoint, NegEndpoint};
use crate::cluster::ClientGroup;
use crate::field::{Field, Hole, Place};
use crate::id::{BackendServiceId, EntityId, ForwardingRuleId, InstanceId, NegId, NicId, SubnetId, VipPoolId, VpcId};
use crate::instance::{AliasRange, Nic};
use crate::link::Peering;
use crate::network::{Known, Network};
use crate::range::AddressSpan;
use crate::vip::{VipPool, VipSource};

impl Network {
    /// Whether the input is a model, which lists everything there is; an import may be a part of what there is.
    pub fn is_complete(&self) -> bool {
        !self.clusters.is_empty()
    }

    /// The NICs of an instance, nic0 first; a hole where the input only names the instance, or does not know them yet.
    pub fn nics_of(&self, instance: InstanceId) -> Field<&[NicId]> {
        self.instances[instance].nics.known_or_hole().map(Vec::as_slice)
    }

    /// The NICs of an instance as rows, nic0 first: what predicates take that are also asked about instances that are not in the network.
    pub fn nic_rows(&self, instance: InstanceId) -> Vec<&Nic> {
        self.instances[instance].nics.iter().map(|nic| &self.nics[*nic]).collect()
    }

    /// The NICs of a NIC's instance as rows, and its place among them: not its index, which an import may number otherwise.
    pub fn nics_beside(&self, nic: NicId) -> (Vec<&Nic>, usize) {
        let instance = self.nics[nic].instance;
        let place = self.instances[instance].nics.iter().position(|other| *other == nic);
        (self.nic_rows(instance), place.expect("an instance lists its NICs"))
    }

    /// The first NIC of an instance in a network.
    pub fn nic_in(&self, instance: InstanceId, vpc: VpcId) -> Field<Option<NicId>> {
        let nics = self.nics_of(instance)?;
        if let Some(nic) = nics.iter().find(|nic| self.nics[**nic].vpc == Ok(vpc)) {
            return Ok(Some(*nic));
        }
        match nics.iter().find_map(|nic| self.nics[*nic].vpc.as_ref().err()) {
            Some(hole) => Err(hole.clone()),
            None => Ok(None),
        }
    }

    /// The NIC of an instance that holds the VIPs of a pool: the one on the pool's subnet, or the first of the pool's rail for addresses outside all subnets.
    pub fn vip_nic(&self, pool: &VipPool, instance: InstanceId) -> Option<NicId> {
        let mut nics = self.instances[instance].nics.iter().copied();
        match &pool.source {
            VipSource::Subnet(subnet, _) => nics.find(|nic| self.nics[*nic].subnet == Ok(*subnet)),
            VipSource::Span(_) => nics.find(|nic| self.nics[*nic].rail == Some(pool.rail)),
        }
    }

    /// The network in which the VIPs of a pool are held, as its first holder tells.
    pub fn vip_vpc(&self, pool: &VipPool) -> Option<VpcId> {
        let instance = *self.clusters[pool.over].instances.first()?;
        self.nics[self.vip_nic(pool, instance)?].vpc.get().ok()
    }

    /// The addresses of a pool, or the ranges they will come from where the model does not name them.
    pub fn vip_spans(&self, pool: &VipPool) -> Field<Vec<AddressSpan>> {
        if let Some(span) = pool.span {
            return Ok(vec![span]);
        }
        match &pool.source {
            VipSource::Span(span) => Ok(vec![*span]),
            VipSource::Subnet(subnet, Some(name)) => {
                let ranges = &self.subnets[*subnet].secondary;
                let found = ranges.iter().find(|(other, _)| other == name);
                found
                    .map(|(_, range)| vec![(*range).into()])
                    .ok_or(Hole::NotInInput(Place::field(*subnet, "secondaryIpRanges")))
            }
            VipSource::Subnet(subnet, None) => {
                let row = &self.subnets[*subnet];
                let primary = row.range.get()?;
                Ok(primary.into_iter().chain(*row.ipv6_range).map(AddressSpan::from).collect())
            }
        }
    }

    /// The pool whose addresses, held in a network, include all of a range.
    pub fn vips_around(&self, vpc: VpcId, range: &IpNet) -> Option<VipPoolId> {
        let inside = |pool: &VipPool| {
            let spans = self.vip_spans(pool).unwrap_or_default();
            spans.iter().any(|span| span.contains(range.network()) && span.contains(range.broadcast()))
        };
        self.vips.iter().find(|(_, pool)| inside(pool) && self.vip_vpc(pool) == Some(vpc)).map(|(id, _)| id)
    }

    /// The NIC in a network whose primary address this is.
    pub fn primary_holder(&self, vpc: VpcId, address: IpAddr) -> Option<NicId> {
        self.nics_in(vpc).find(|(_, nic)| nic.address == Ok(Some(address))).map(|(id, _)| id)
    }

    /// The NIC in a network that has this address in an alias range.
    pub fn alias_holder(&self, vpc: VpcId, address: IpAddr) -> Option<NicId> {
        let holds = |range: &AliasRange| matches!(range, AliasRange::Range(range) if range.contains(&address));
        let found = self.nics_in(vpc).find(|(_, nic)| nic.aliases.iter().any(|alias| holds(&alias.range)));
        found.map(|(id, _)| id)
    }

    /// The subnet of a network whose primary range holds an address.
    pub fn subnet_around(&self, vpc: VpcId, address: IpAddr) -> Option<SubnetId> {
        let holds = |range: &Field<Option<IpNet>>| matches!(range, Ok(Some(range)) if range.contains(&address));
        self.subnets_of(vpc).find(|(_, subnet)| holds(&subnet.range)).map(|(id, _)| id)
    }

    /// The peering that one network states towards another.
    pub fn peering(&self, from: VpcId, to: VpcId) -> Option<&Peering> {
        self.peerings.rows().iter().find(|peering| peering.vpc == from && peering.peer == Ok(to))
    }

    /// Whether either of two networks states a peering with the other.
    pub fn are_peered(&self, a: VpcId, b: VpcId) -> bool {
        self.peering(a, b).or_else(|| self.peering(b, a)).is_some()
    }

    /// The instances that clients are; empty for clients that the model counts only.
    pub fn client_instances<'n>(&'n self, group: &'n ClientGroup) -> &'n [InstanceId] {
        match group.cluster {
            Some(cluster) if group.instances.is_empty() => &self.clusters[cluster].instances,
            _ => &group.instances,
        }
    }

    /// The networks that clients have a NIC in.
    pub fn client_vpcs(&self, group: &ClientGroup) -> Field<BTreeSet<VpcId>> {
        if let Some(subnet) = group.subnet {
            return Ok(BTreeSet::from([self.subnets[subnet].vpc.get()?]));
        }
        let mut vpcs = BTreeSet::new();
        if let Some(instance) = self.client_instances(group).first() {
            for nic in &self.instances[*instance].nics {
                vpcs.insert(self.nics[*nic].vpc.get()?);
            }
        }
        Ok(vpcs)
    }

    /// The forwarding rules that lead to a backend service.
    pub fn rules_of(&self, service: BackendServiceId) -> impl Iterator<Item = ForwardingRuleId> {
        let leads = move |id: &ForwardingRuleId| self.forwarding_rules[*id].backend_service == Some(service);
        self.forwarding_rules.ids().filter(leads)
    }

    /// The instances behind a backend; a hole where the input names the group only.
    pub fn members(&self, endpoint: Endpoint) -> Field<&[InstanceId]> {
        let (is_empty, instances, field) = match endpoint {
            Endpoint::Group(id) => {
                let group = &self.instance_groups[id];
                (group.known == Known::Here && group.size == 0, &group.instances, "instances")
            }
            Endpoint::Mig(id) => {
                let mig = &self.migs[id];
                (mig.known == Known::Here && mig.size == 0, &mig.instances, "instances")
            }
            // An answer of the API never lists the endpoints.
            Endpoint::Neg(id) => (self.is_complete(), &self.negs[id].instances, "networkEndpoints"),
        };
        let unknown = instances.is_empty() && !is_empty;
        if unknown { Err(Hole::NotInInput(Place::field(endpoint.entity(), field))) } else { Ok(instances) }
    }

    /// The NIC that an endpoint of a group is: the one that has the endpoint's address, else the one in the group's subnet or network. `None` for an
    /// endpoint that is no instance, and for an instance without such a NIC.
    pub fn endpoint_nic(&self, neg: NegId, endpoint: &NegEndpoint) -> Field<Option<NicId>> {
        let Some(instance) = endpoint.instance else { return Ok(None) };
        let nics = self.nics_of(instance)?;
        if let Some(address) = endpoint.address.get()? {
            let holds = |nic: &&NicId| self.nics[**nic].address == Ok(Some(address));
            if let Some(nic) = nics.iter().find(holds) {
                return Ok(Some(*nic));
            }
        }
        match (*self.negs[neg].subnet, *self.negs[neg].vpc) {
            (Some(subnet), _) => match nics.iter().find(|nic| self.nics[**nic].subnet == Ok(subnet)) {
                Some(nic) => Ok(Some(*nic)),
                None => nics.iter().find_map(|nic| self.nics[*nic].subnet.get().err()).map_or(Ok(None), Err),
            },
            (None, Some(vpc)) => self.nic_in(instance, vpc),
            (None, None) => Ok(nics.first().copied()),
        }
    }

    /// The region of a backend.
    pub fn region_of_backend(&self, endpoint: Endpoint) -> Option<&str> {
        let (name, location) = match endpoint {
            Endpoint::Group(id) => (&self.instance_groups[id].name, self.instance_groups[id].location.as_str()),
            Endpoint::Mig(id) => (&self.migs[id].name, ""),
            Endpoint::Neg(id) => (&self.negs[id].name, self.negs[id].location.as_str()),
        };
        let location = Some(location).filter(|text| !text.is_empty());
        let location = location.or_else(|| name.part("zones")).or_else(|| name.part("regions"))?;
        let is_zone = location.matches('-').count() > 1;
        Some(if is_zone { Self::region_of(location) } else { location })
    }

    /// The network of the NIC that a backend service sends to at one of its members: `None` where it has none there.
    pub fn backend_vpc(
        &self,
        service: &BackendService,
        endpoint: Endpoint,
        member: InstanceId,
    ) -> Field<Option<VpcId>> {
        let named = match endpoint {
            Endpoint::Neg(id) => match (*self.negs[id].vpc, *self.negs[id].subnet) {
                (Some(vpc), _) => Some(vpc),
                (None, Some(subnet)) => Some(self.subnets[subnet].vpc.get()?),
                (None, None) => *service.vpc,
            },
            Endpoint::Group(_) | Endpoint::Mig(_) => *service.vpc,
        };
        match named {
            Some(vpc) => Ok(self.nic_in(member, vpc)?.map(|_| vpc)),
            None => self.nics_of(member)?.first().map(|nic| self.nics[*nic].vpc.get()).transpose(),
        }
    }
}

impl Endpoint {
    /// What it names.
    pub fn entity(self) -> EntityId {
        match self {
            Self::Group(id) => id.into(),
            Self::Mig(id) => id.into(),
            Self::Neg(id) => id.into(),
        }
    }
}
