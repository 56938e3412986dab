//! From resources to typed entities: each field of a resource is parsed here, once. A field that nothing reads is counted, a malformed one is listed, and a
//! reference that leads out of the input becomes a row of its own, so that no id dangles. Not here: what any of it means.

mod balancing;
mod compute;
mod fields;
mod firewall;
mod vpc;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use twinrail_model::{
    AddressId, AttachmentId, BackendServiceId, EntityId, Field, FieldName, FirewallPolicyId, FirewallRuleId,
    ForwardingRuleId, GatewayId, HealthCheckId, Id, InstanceGroupId, InstanceId, Known, MigId, Name, NegId, Network,
    Place, PolicyRouteId, Project, ProjectId, RouteId, RouterId, SubnetId, VpcId,
};

use crate::merge::RawConflict;
use crate::origins::Origins;
use crate::read::{Conflict, Loaded, Unread, Unsupported};
use crate::resource::{Kind, Resource, canonical_in, project_of};
use fields::{Fields, Log};

pub(crate) use fields::IGNORED;

/// Which id a canonical name has, by kind.
#[derive(Debug, Default)]
struct Ids {
    projects: BTreeMap<String, ProjectId>,
    vpcs: BTreeMap<String, VpcId>,
    subnets: BTreeMap<String, SubnetId>,
    instances: BTreeMap<String, InstanceId>,
    addresses: BTreeMap<String, AddressId>,
    routes: BTreeMap<String, RouteId>,
    policy_routes: BTreeMap<String, PolicyRouteId>,
    routers: BTreeMap<String, RouterId>,
    gateways: BTreeMap<String, GatewayId>,
    firewall_rules: BTreeMap<String, FirewallRuleId>,
    firewall_policies: BTreeMap<String, FirewallPolicyId>,
    forwarding_rules: BTreeMap<String, ForwardingRuleId>,
    backend_services: BTreeMap<String, BackendServiceId>,
    health_checks: BTreeMap<String, HealthCheckId>,
    instance_groups: BTreeMap<String, InstanceGroupId>,
    negs: BTreeMap<String, NegId>,
    migs: BTreeMap<String, MigId>,
    attachments: BTreeMap<String, AttachmentId>,
}

/// A lowering in progress.
struct Lowering<'l> {
    network: &'l mut Network,
    origins: &'l mut Origins,
    ids: Ids,
    /// Numeric ids of resources, as `selfLinkWithId` and some references use them: `projects/p/global/networks/123` to the name.
    numbered: BTreeMap<String, String>,
    log: Log,
}

/// A resource while it is lowered: its fields, and what is needed to resolve references from it.
struct Item<'r> {
    resource: &'r Resource,
    fields: Fields<'r>,
    anchor: usize,
}

/// The network of resources whose places nobody asks for.
pub(crate) fn network(resources: &[&Resource]) -> Network {
    let mut network = Network::default();
    lower_all(resources, &mut network, &mut Origins::default());
    network
}

fn lower_all(resources: &[&Resource], network: &mut Network, origins: &mut Origins) -> Log {
    let mut lowering =
        Lowering { network, origins, ids: Ids::default(), numbered: numbered(resources), log: Log::default() };
    lowering.declare_all(resources);
    // A profile teaches facts and is no part of a network.
    for resource in resources.iter().filter(|resource| resource.kind != Kind::NetworkProfile) {
        lowering.lower(resource);
    }
    lowering.join_migs();
    lowering.log
}

/// Lowers all resources, which are merged and sorted, into the network of `loaded`.
pub(crate) fn lower(resources: &[Resource], conflicts: Vec<RawConflict>, loaded: &mut Loaded) {
    let rows: Vec<&Resource> = resources.iter().collect();
    let log = lower_all(&rows, &mut loaded.network, &mut loaded.origins);
    for conflict in conflicts {
        let resource = &resources[conflict.resource];
        // Of a profile everything is read that says something.
        let profile = resource.kind == Kind::NetworkProfile && !IGNORED.contains(&conflict.field.as_str());
        if profile || log.was_read(resource.kind, &conflict.field) {
            let pointer = format!("/{}", conflict.field.replace('~', "~0").replace('/', "~1"));
            loaded.conflicts.push(Conflict {
                name: resource.name.clone(),
                spot: Some(loaded.origins.spot_in(conflict.source, &conflict.anchor, &pointer)),
                field: conflict.field,
                used: brief(&conflict.used),
                dropped: brief(&conflict.dropped),
            });
        }
    }
    let astray = log.astray.iter().map(|(what, count)| Unsupported { what: (*what).to_owned(), count: *count });
    loaded.unsupported.extend(astray);
    loaded.malformed = log.malformed();
    loaded.unread = log.unread().map(|(kind, field, count)| Unread { kind, field, count }).collect();
    let mut features: BTreeMap<&String, usize> = BTreeMap::new();
    for feature in loaded.observations.iter().flat_map(|observation| &observation.unknown) {
        *features.entry(feature).or_default() += 1;
    }
    let kind = Kind::NetworkProfile.word();
    loaded.unread.extend(features.into_iter().map(|(feature, count)| Unread {
        kind,
        field: format!("features/{feature}"),
        count,
    }));
    loaded.outside = outside(&loaded.network);
}

fn brief(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn numbered(resources: &[&Resource]) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for resource in resources {
        let id = match resource.body.get("id") {
            Some(Value::String(id)) => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            _ => continue,
        };
        if let Some((collection, _)) = resource.name.rsplit_once('/') {
            names.insert(format!("{collection}/{id}"), resource.name.clone());
        }
    }
    names
}

impl Lowering<'_> {
    /// Gives every described resource its id, in the order of the names, before any is lowered.
    fn declare_all(&mut self, resources: &[&Resource]) {
        let projects: BTreeSet<&str> = resources.iter().map(|resource| project_of(&resource.name)).collect();
        for project in projects.into_iter().filter(|name| name.starts_with("projects/")) {
            self.project(project);
        }
        for resource in resources {
            self.entity(resource.kind, &resource.name);
        }
    }

    /// The entity that a resource describes; a profile and an autoscaler describe none of their own.
    fn entity(&mut self, kind: Kind, name: &str) -> Option<EntityId> {
        Some(match kind {
            Kind::Network => self.vpc(name).into(),
            Kind::Subnetwork => self.subnet(name).into(),
            Kind::NetworkAttachment => self.attachment(name).into(),
            Kind::HealthCheck => self.health_check(name).into(),
            Kind::InstanceTemplate | Kind::Instance => self.instance(name).into(),
            Kind::InstanceGroupManager => self.mig(name).into(),
            Kind::InstanceGroup => self.instance_group(name).into(),
            Kind::NetworkEndpointGroup => self.neg(name).into(),
            Kind::BackendService => self.backend_service(name).into(),
            Kind::ForwardingRule => self.forwarding_rule(name).into(),
            Kind::Address => self.address(name).into(),
            Kind::Route => self.route(name).into(),
            Kind::PolicyBasedRoute => self.policy_route(name).into(),
            // The projects to which a host is open: known by the host.
            Kind::SharedVpc => self.project(project_of(name)).into(),
            Kind::Router => self.router(name).into(),
            Kind::VpnGateway | Kind::InterconnectAttachment => self.gateway(name).into(),
            Kind::Firewall => self.firewall_rule(name).into(),
            Kind::FirewallPolicy => self.firewall_policy(name).into(),
            Kind::NetworkProfile | Kind::Autoscaler => return None,
        })
    }

    fn lower(&mut self, resource: &Resource) {
        let anchor = self.origins.anchor(resource.source, resource.anchor.clone(), resource.parts.clone());
        let log = std::mem::take(&mut self.log);
        let fields = Fields::of(resource, log);
        let item = Item { resource, fields, anchor };
        match resource.kind {
            Kind::Network => self.lower_vpc(&item),
            Kind::Subnetwork => self.lower_subnet(&item),
            Kind::NetworkAttachment => self.lower_attachment(&item),
            Kind::HealthCheck => self.lower_health_check(&item),
            Kind::InstanceTemplate => self.lower_template(&item),
            Kind::InstanceGroupManager => self.lower_mig(&item),
            Kind::Autoscaler => self.lower_autoscaler(&item),
            Kind::Instance => self.lower_instance(&item),
            Kind::InstanceGroup => self.lower_instance_group(&item),
            Kind::NetworkEndpointGroup => self.lower_neg(&item),
            Kind::BackendService => self.lower_backend_service(&item),
            Kind::ForwardingRule => self.lower_forwarding_rule(&item),
            Kind::Address => self.lower_address(&item),
            Kind::Route => self.lower_route(&item),
            Kind::PolicyBasedRoute => self.lower_policy_route(&item),
            Kind::SharedVpc => self.lower_shared_vpc(&item),
            Kind::Router => self.lower_router(&item),
            Kind::VpnGateway => self.lower_gateway(&item, twinrail_model::GatewayKind::Vpn),
            Kind::InterconnectAttachment => self.lower_gateway(&item, twinrail_model::GatewayKind::Interconnect),
            Kind::Firewall => self.lower_firewall_rule(&item),
            Kind::FirewallPolicy => self.lower_firewall_policy(&item),
            Kind::NetworkProfile => unreachable!("`lower` leaves profiles out"),
        }
        self.log = item.fields.finish();
        let unsaid = self.log.take_cloud();
        debug_assert_eq!(unsaid, None, "what is missing of {} is said where it is read", resource.name);
    }

    /// The reference in a field, as a canonical name; one that names nothing is listed as malformed.
    fn link(&self, item: &Item<'_>, fields: &Fields<'_>, key: FieldName) -> Option<String> {
        fields.plain(key, fields.resolved(key, |url| self.resolve(item, url)))
    }

    /// Like [`Self::link`] where a judgement may need the reference: a hole if it is missing or malformed.
    fn link_field(&self, item: &Item<'_>, key: FieldName, entity: impl Into<EntityId> + Copy) -> Field<String> {
        self.link_in(item, &item.fields, key, entity)
    }

    /// The same of a part of the resource, such as one of its NICs.
    fn link_in(
        &self,
        item: &Item<'_>,
        fields: &Fields<'_>,
        key: FieldName,
        entity: impl Into<EntityId> + Copy,
    ) -> Field<String> {
        let place = Place::field(entity, key);
        let link = fields.resolved(key, |url| self.resolve(item, url));
        link.map_err(|missing| missing.hole(place))?.ok_or_else(|| fields.absent(key, entity))
    }

    /// The references in a list.
    fn links(&self, item: &Item<'_>, fields: &Fields<'_>, key: FieldName) -> Vec<String> {
        fields.resolved_all(key, |url| self.resolve(item, url))
    }

    /// A reference as a canonical name: whatever form of URL, in the project of the resource that holds it.
    fn resolve(&self, item: &Item<'_>, url: &str) -> Option<String> {
        let name = canonical_in(url, project_of(&item.resource.name))?;
        Some(self.numbered.get(&name).cloned().unwrap_or(name))
    }
}

macro_rules! references {
    ($($function:ident($ids:ident, $table:ident) -> $id:ty, $outside:expr;)*) => {
        impl Lowering<'_> {
            $(
                /// The id of a canonical name; a new row that only has the name, if the input does not describe it.
                fn $function(&mut self, name: &str) -> $id {
                    if let Some(id) = self.ids.$ids.get(name) {
                        return *id;
                    }
                    let outside: fn(&mut Self, &str, $id) -> _ = $outside;
                    let id = <$id>::new(self.network.$table.len());
                    let row = outside(self, name, id);
                    // The row's own references may have added rows to other tables, never to this one.
                    let id = self.network.$table.push(row);
                    self.ids.$ids.insert(name.to_owned(), id);
                    id
                }
            )*
        }
    };
}

references! {
    project(projects, projects) -> ProjectId, |_, name, _| Project { name: Name::new(name), known: Known::Outside };
    vpc(vpcs, vpcs) -> VpcId, vpc::outside_vpc;
    subnet(subnets, subnets) -> SubnetId, vpc::outside_subnet;
    instance(instances, instances) -> InstanceId, compute::outside_instance;
    address(addresses, addresses) -> AddressId, vpc::outside_address;
    route(routes, routes) -> RouteId, vpc::outside_route;
    policy_route(policy_routes, policy_routes) -> PolicyRouteId, vpc::outside_policy_route;
    router(routers, routers) -> RouterId, vpc::outside_router;
    gateway(gateways, gateways) -> GatewayId, vpc::outside_gateway;
    firewall_rule(firewall_rules, firewall_rules) -> FirewallRuleId, firewall::outside_rule;
    firewall_policy(firewall_policies, firewall_policies) -> FirewallPolicyId, firewall::outside_policy;
    forwarding_rule(forwarding_rules, forwarding_rules) -> ForwardingRuleId, balancing::outside_forwarding_rule;
    backend_service(backend_services, backend_services) -> BackendServiceId, balancing::outside_backend_service;
    health_check(health_checks, health_checks) -> HealthCheckId, balancing::outside_health_check;
    instance_group(instance_groups, instance_groups) -> InstanceGroupId, compute::outside_instance_group;
    neg(negs, negs) -> NegId, balancing::outside_neg;
    mig(migs, migs) -> MigId, compute::outside_mig;
    attachment(attachments, attachments) -> AttachmentId, vpc::outside_attachment;
}

/// A resource of which the input has only a part is otherwise not described there.
fn known(item: &Item<'_>) -> Known {
    if item.resource.is_part { Known::Outside } else { Known::Here }
}

/// What is named in the input and not described there.
fn outside(network: &Network) -> Vec<(EntityId, String)> {
    let mut found: Vec<(EntityId, String)> = Vec::new();
    macro_rules! collect {
        ($($table:ident)*) => {
            $(for (id, row) in network.$table.iter().filter(|(_, row)| row.known == Known::Outside) {
                found.push((id.into(), row.name.as_str().to_owned()));
            })*
        };
    }
    collect!(vpcs subnets instances addresses routes policy_routes routers gateways firewall_rules firewall_policies forwarding_rules
        backend_services health_checks instance_groups negs migs attachments);
    found
}
