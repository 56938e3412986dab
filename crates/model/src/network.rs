//! The whole network: one table for each kind of entity. Read-only after it was built.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::balancing::{BackendService, ForwardingRule, HealthCheck, InstanceGroup, Neg};
use crate::cluster::{ClientGroup, Cluster};
use crate::field::{Field, Hole, Place, look};
use crate::firewall::{FirewallPolicy, FirewallRule};
use crate::id::{
    AddressId, AttachmentId, BackendServiceId, ClientGroupId, ClusterId, EntityId, FirewallPolicyId, FirewallRuleId,
    ForwardingRuleId, GatewayId, HealthCheckId, Id, InstanceGroupId, InstanceId, IntentId, LinkId, MigId, NegId, NicId,
    PeeringId, PolicyRouteId, ProjectId, RouteId, RouterId, StepId, SubnetId, Table, VipPoolId, VpcId,
};
use crate::instance::{Instance, Mig, Nic};
use crate::intent::{Declared, Intent};
use crate::link::{Attachment, Link, Peering};
use crate::step::Step;
use crate::vip::VipPool;
use crate::vpc::{Address, Gateway, PolicyRoute, Route, Router, Subnet, Vpc};
use crate::workload::Load;

/// A canonical name: a resource's path without host and version (`projects/p/regions/r/subnetworks/s`), or the path of a part of the model file (`vips/nfs`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

impl Name {
    pub fn new(canonical: impl Into<Arc<str>>) -> Self {
        Self(canonical.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part: what people call it.
    pub fn short(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The part after `key`, such as the project after `projects`. A part in parentheses stands for one that is not known.
    pub fn part(&self, key: &str) -> Option<&str> {
        let mut parts = self.0.split('/');
        parts.find(|part| *part == key)?;
        parts.next().filter(|part| !part.starts_with('('))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Whether an entity is described in the input or only named there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Known {
    Here,
    /// Named by another resource; every field of it is a hole.
    Outside,
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    pub name: Name,
    pub known: Known,
}

/// All entities. Rows stand in the order of their canonical names, those that are only named after those that are described.
#[derive(Debug, Clone, Default)]
pub struct Network {
    pub projects: Table<ProjectId, Project>,
    pub vpcs: Table<VpcId, Vpc>,
    pub subnets: Table<SubnetId, Subnet>,
    pub instances: Table<InstanceId, Instance>,
    pub nics: Table<NicId, Nic>,
    pub addresses: Table<AddressId, Address>,
    pub routes: Table<RouteId, Route>,
    pub policy_routes: Table<PolicyRouteId, PolicyRoute>,
    pub routers: Table<RouterId, Router>,
    pub gateways: Table<GatewayId, Gateway>,
    pub firewall_rules: Table<FirewallRuleId, FirewallRule>,
    pub firewall_policies: Table<FirewallPolicyId, FirewallPolicy>,
    pub forwarding_rules: Table<ForwardingRuleId, ForwardingRule>,
    pub backend_services: Table<BackendServiceId, BackendService>,
    pub health_checks: Table<HealthCheckId, HealthCheck>,
    pub instance_groups: Table<InstanceGroupId, InstanceGroup>,
    pub negs: Table<NegId, Neg>,
    pub migs: Table<MigId, Mig>,
    pub attachments: Table<AttachmentId, Attachment>,
    pub peerings: Table<PeeringId, Peering>,
    pub clusters: Table<ClusterId, Cluster>,
    pub clients: Table<ClientGroupId, ClientGroup>,
    pub vips: Table<VipPoolId, VipPool>,
    pub links: Table<LinkId, Link>,
    /// What a plan does, in its order; empty where the input is no plan.
    pub steps: Table<StepId, Step>,
    pub intents: Table<IntentId, Intent>,
    pub declared: Vec<Declared>,
    /// What the model says of load and size.
    pub load: Load,
    /// Made when it is first asked for: by then the network is read-only.
    index: OnceLock<Index>,
}

/// Which NICs and subnets hang on what, so that no question about one network looks at all of them.
#[derive(Debug, Clone, Default)]
struct Index {
    nics_by_vpc: Vec<Vec<NicId>>,
    nics_by_subnet: Vec<Vec<NicId>>,
    subnets_by_vpc: Vec<Vec<SubnetId>>,
    /// Why some NIC is in no network of these, some NIC of a network in no subnet, and some subnet in no network: any one of each stands for all.
    nics_anywhere: Option<Hole>,
    nics_anywhere_in: Vec<Option<Hole>>,
    subnets_anywhere: Option<Hole>,
}

impl Network {
    /// The canonical name of an entity; a NIC's is its instance's, a slash, and `nicN`.
    pub fn name(&self, entity: EntityId) -> Name {
        match entity {
            EntityId::Project(id) => self.projects[id].name.clone(),
            EntityId::Vpc(id) => self.vpcs[id].name.clone(),
            EntityId::Subnet(id) => self.subnets[id].name.clone(),
            EntityId::Instance(id) => self.instances[id].name.clone(),
            EntityId::Nic(id) => {
                let nic = &self.nics[id];
                Name::new(format!("{}/{}", self.instances[nic.instance].name, nic.label()))
            }
            EntityId::Address(id) => self.addresses[id].name.clone(),
            EntityId::Route(id) => self.routes[id].name.clone(),
            EntityId::PolicyRoute(id) => self.policy_routes[id].name.clone(),
            EntityId::Router(id) => self.routers[id].name.clone(),
            EntityId::Gateway(id) => self.gateways[id].name.clone(),
            EntityId::FirewallRule(id) => self.firewall_rules[id].name.clone(),
            EntityId::FirewallPolicy(id) => self.firewall_policies[id].name.clone(),
            EntityId::ForwardingRule(id) => self.forwarding_rules[id].name.clone(),
            EntityId::BackendService(id) => self.backend_services[id].name.clone(),
            EntityId::HealthCheck(id) => self.health_checks[id].name.clone(),
            EntityId::InstanceGroup(id) => self.instance_groups[id].name.clone(),
            EntityId::Neg(id) => self.negs[id].name.clone(),
            EntityId::Mig(id) => self.migs[id].name.clone(),
            EntityId::Attachment(id) => self.attachments[id].name.clone(),
            EntityId::Peering(id) => self.peerings[id].name.clone(),
            EntityId::Cluster(id) => self.clusters[id].name.clone(),
            EntityId::ClientGroup(id) => self.clients[id].name.clone(),
            EntityId::VipPool(id) => self.vips[id].name.clone(),
            EntityId::Link(id) => self.links[id].name.clone(),
            EntityId::Intent(id) => Name::new(format!("intents/{}", self.intents[id].text.replace('/', "-"))),
            EntityId::Step(id) => self.steps[id].name.clone(),
        }
    }

    /// What people call an entity: `vault-3 nic1`, `rdma-a`.
    pub fn short(&self, entity: impl Into<EntityId>) -> String {
        match entity.into() {
            EntityId::Nic(id) => {
                let nic = &self.nics[id];
                format!("{} {}", self.instances[nic.instance].name.short(), nic.label())
            }
            other => self.name(other).short().to_owned(),
        }
    }

    /// Whether two projects are one. An input may leave open which project one of them is.
    pub fn same_project(&self, one: ProjectId, other: ProjectId) -> Field<bool> {
        let is_open = |id: &ProjectId| self.projects[*id].name.part("projects").is_none();
        match [one, other].into_iter().find(is_open) {
            Some(open) if one != other => Err(Hole::NotInInput(Place::from(open))),
            _ => Ok(one == other),
        }
    }

    /// The NICs in a network, those of templates too. A NIC that could be in any network is looked at: it could be in this one.
    pub fn nics_in(&self, vpc: VpcId) -> impl Iterator<Item = (NicId, &Nic)> {
        let index = self.index();
        index.nics_anywhere.iter().for_each(look);
        index.nics_by_vpc[vpc.index()].iter().map(|id| (*id, &self.nics[*id]))
    }

    /// The NICs in a subnet, those of templates left out. One that could be in any subnet of the network, or in any network, is looked at.
    pub fn nics_on(&self, subnet: SubnetId) -> impl Iterator<Item = (NicId, &Nic)> {
        let index = self.index();
        let around = self.subnets[subnet].vpc.peek().as_ref().ok();
        let anywhere = around.and_then(|vpc| index.nics_anywhere_in[vpc.index()].as_ref());
        index.nics_anywhere.iter().chain(anywhere).for_each(look);
        index.nics_by_subnet[subnet.index()].iter().map(|id| (*id, &self.nics[*id]))
    }

    /// The subnets of a network. One that could be of any network is looked at.
    pub fn subnets_of(&self, vpc: VpcId) -> impl Iterator<Item = (SubnetId, &Subnet)> {
        let index = self.index();
        index.subnets_anywhere.iter().for_each(look);
        index.subnets_by_vpc[vpc.index()].iter().map(|id| (*id, &self.subnets[*id]))
    }

    /// Whether this is a template whose instances are described: they stand for it, so that one mistake is found once. No look: a group that is not
    /// known to be made from it leaves the judgement with the template.
    pub fn is_stood_for(&self, id: InstanceId) -> bool {
        self.instances[id].is_template
            && self.migs.rows().iter().any(|mig| {
                let instances = mig.instances.known().is_some_and(|instances| !instances.is_empty());
                instances && mig.template.known() == Some(&Some(id))
            })
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(self))
    }

    /// The region of a zone: `us-central1` of `us-central1-a`.
    pub fn region_of(zone: &str) -> &str {
        zone.rsplit_once('-').map_or(zone, |(region, _)| region)
    }
}

impl Index {
    /// Who asks first decides nothing, so nothing is looked at here.
    fn of(network: &Network) -> Self {
        let mut index = Self {
            nics_by_vpc: vec![Vec::new(); network.vpcs.len()],
            nics_by_subnet: vec![Vec::new(); network.subnets.len()],
            subnets_by_vpc: vec![Vec::new(); network.vpcs.len()],
            nics_anywhere_in: vec![None; network.vpcs.len()],
            ..Self::default()
        };
        for (id, nic) in network.nics.iter() {
            let is_template = network.instances[nic.instance].is_template;
            match (nic.vpc.peek(), nic.subnet.peek()) {
                (Ok(vpc), Ok(_)) => index.nics_by_vpc[vpc.index()].push(id),
                (Ok(vpc), Err(hole)) => {
                    index.nics_by_vpc[vpc.index()].push(id);
                    if !is_template {
                        index.nics_anywhere_in[vpc.index()].get_or_insert_with(|| hole.clone());
                    }
                }
                (Err(hole), _) => {
                    index.nics_anywhere.get_or_insert_with(|| hole.clone());
                }
            }
            if let (Ok(subnet), false) = (nic.subnet.peek(), is_template) {
                index.nics_by_subnet[subnet.index()].push(id);
            }
        }
        // An instance whose NICs are not known may have one anywhere; one that is only named is no part of what is judged.
        for instance in network.instances.rows().iter().filter(|row| row.known == Known::Here) {
            if let (None, Err(hole)) = (&index.nics_anywhere, instance.nics.known_or_hole()) {
                index.nics_anywhere = Some(hole);
            }
        }
        for (id, subnet) in network.subnets.iter() {
            match subnet.vpc.peek() {
                Ok(vpc) => index.subnets_by_vpc[vpc.index()].push(id),
                // One that is only named is no part of what is judged: its network had room for it.
                Err(_) if subnet.known == Known::Outside => {}
                Err(hole) => {
                    index.subnets_anywhere.get_or_insert_with(|| hole.clone());
                }
            }
        }
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_that_is_not_known_may_be_any() {
        let mut network = Network::default();
        let mut project = |name: &str| network.projects.push(Project { name: Name::new(name), known: Known::Here });
        let (open, one, other) = (project("projects/(unknown)"), project("projects/one"), project("projects/other"));
        assert_eq!(network.same_project(one, one), Ok(true));
        assert_eq!(network.same_project(one, other), Ok(false));
        // What one input leaves open in two places is one project, as far as anybody can say.
        assert_eq!(network.same_project(open, open), Ok(true));
        let hole = Err(Hole::NotInInput(Place::from(open)));
        assert_eq!((network.same_project(one, open), network.same_project(open, one)), (hole.clone(), hole));
    }
}
