//! Who uses what: the resources because of which the API does not delete another. Not here: what a plan deletes.

use crate::balancing::Endpoint;
use crate::id::EntityId;
use crate::network::Network;
use crate::vpc::NextHop;

impl Network {
    /// The resources that name an entity, so that it cannot be deleted before they let go of it. NICs stand for their instances.
    pub fn users(&self, entity: EntityId) -> Vec<EntityId> {
        let mut users = match entity {
            EntityId::Vpc(_) => self.users_of_vpc(entity),
            EntityId::Subnet(_) => self.users_of_subnet(entity),
            EntityId::Instance(id) if self.instances[id].is_template => {
                self.migs.iter().filter(|(_, mig)| mig.template == Some(id)).map(|(id, _)| id.into()).collect()
            }
            EntityId::HealthCheck(check) => {
                let services = self.backend_services.iter();
                let services = services.filter(|(_, service)| service.health_checks.contains(&check));
                let heals = |mig: &crate::Mig| matches!(&*mig.autohealing, Some((Ok(id), _)) if *id == check);
                let migs = self.migs.iter().filter(|(_, mig)| heals(mig));
                services.map(|(id, _)| id.into()).chain(migs.map(|(id, _)| id.into())).collect()
            }
            EntityId::BackendService(service) => self.rules_of(service).map(EntityId::from).collect(),
            EntityId::InstanceGroup(id) => self.services_of(Endpoint::Group(id)),
            EntityId::Mig(id) => self.services_of(Endpoint::Mig(id)),
            EntityId::Neg(id) => self.services_of(Endpoint::Neg(id)),
            EntityId::ForwardingRule(id) => {
                let leads = |hop: &crate::Field<NextHop>| *hop == Ok(NextHop::ForwardingRule(id));
                self.routes.iter().filter(|(_, route)| leads(&route.next_hop)).map(|(id, _)| id.into()).collect()
            }
            EntityId::Attachment(id) => self.nics_through(id).map(|(_, nic)| nic.instance.into()).collect(),
            EntityId::Address(id) => self.users_of_address(id),
            EntityId::Router(_)
            | EntityId::Gateway(_)
            | EntityId::Instance(_)
            | EntityId::Nic(_)
            | EntityId::Project(_)
            | EntityId::Route(_)
            | EntityId::PolicyRoute(_)
            | EntityId::FirewallRule(_)
            | EntityId::FirewallPolicy(_)
            | EntityId::Peering(_)
            | EntityId::Cluster(_)
            | EntityId::ClientGroup(_)
            | EntityId::VipPool(_)
            | EntityId::Link(_)
            | EntityId::Intent(_)
            | EntityId::Step(_) => Vec::new(),
        };
        users.sort_unstable();
        users.dedup();
        users
    }

    fn users_of_vpc(&self, entity: EntityId) -> Vec<EntityId> {
        let EntityId::Vpc(vpc) = entity else { return Vec::new() };
        let subnets = self.subnets_of(vpc).map(|(id, _)| id.into());
        let routes = self.routes.iter().filter(|(_, row)| row.vpc == Ok(vpc) && row.is_static());
        let rules = self.firewall_rules.iter().filter(|(_, row)| row.vpc == Ok(vpc));
        let by_router = self.routers.iter().filter(|(_, row)| row.vpc == Ok(vpc));
        let nics = self.nics_in(vpc).map(|(_, nic)| nic.instance.into());
        subnets
            .chain(routes.map(|(id, _)| id.into()))
            .chain(rules.map(|(id, _)| id.into()))
            .chain(by_router.map(|(id, _)| id.into()))
            .chain(nics)
            .collect()
    }

    fn users_of_subnet(&self, entity: EntityId) -> Vec<EntityId> {
        let EntityId::Subnet(subnet) = entity else { return Vec::new() };
        let nics = self.nics.iter().filter(|(_, nic)| nic.subnet == Ok(subnet)).map(|(_, nic)| nic.instance.into());
        let rules = self.forwarding_rules.iter().filter(|(_, rule)| rule.subnet == Some(subnet));
        let addresses = self.addresses.iter().filter(|(_, address)| address.subnet == Some(subnet));
        let attachments = self.attachments.iter().filter(|(_, attachment)| attachment.subnets.contains(&subnet));
        nics.chain(rules.map(|(id, _)| id.into()))
            .chain(addresses.map(|(id, _)| id.into()))
            .chain(attachments.map(|(id, _)| id.into()))
            .collect()
    }

    fn services_of(&self, endpoint: Endpoint) -> Vec<EntityId> {
        let uses =
            |service: &crate::BackendService| service.backends.iter().any(|backend| backend.group == Ok(endpoint));
        self.backend_services.iter().filter(|(_, service)| uses(service)).map(|(id, _)| id.into()).collect()
    }

    /// A reserved address is in use by whatever holds it in the network of its subnet.
    fn users_of_address(&self, id: crate::AddressId) -> Vec<EntityId> {
        let row = &self.addresses[id];
        let (Ok(address), Some(subnet)) = (&*row.address, *row.subnet) else { return Vec::new() };
        let Ok(vpc) = *self.subnets[subnet].vpc else { return Vec::new() };
        let rules =
            self.forwarding_rules.iter().filter(|(_, rule)| rule.vpc == Ok(vpc) && rule.address == Ok(Some(*address)));
        let nics = [self.primary_holder(vpc, *address), self.alias_holder(vpc, *address)];
        let nics = nics.into_iter().flatten().map(|nic| self.nics[nic].instance.into());
        rules.map(|(id, _)| id.into()).chain(nics).collect()
    }
}
