//! What the model file says beyond resources, on the ids that lowering gave: clusters, clients, VIP pools, links, intents, and what is
//! stated of load.

mod intents;
mod load;

use std::collections::BTreeMap;

use twinrail_model::{
    AddressSpan, ClientGroup, ClientGroupId, Cluster, ClusterId, DetectorKind, Fence, ForwardingRule, ForwardingRuleId,
    Grace, Guest, GuestRouting, InstanceId, Link, LinkKind, Mover, MoverKind, Name, NegEndpoint, NicPlan, NicType,
    Pool, ProjectId, Protocol, Rail, Scheme, Service, Stated, SubnetId, VipHolder, VipPool, VipPoolId, VipSource,
    VpcId, looks,
};

use super::{Expansion, pointer};
use crate::origins::SourceId;
use crate::read::{InputError, Loaded};
use crate::resource::Anchor;
use crate::spec::{self, Model};

/// Declares everything; dangling names are errors, all at once.
pub(crate) fn declare(model: &Model, source: SourceId, made: &Expansion, loaded: &mut Loaded) -> Vec<InputError> {
    let mut declarer = Declarer {
        instances: loaded.network.instances.iter().map(|(id, row)| (row.name.as_str().to_owned(), id)).collect(),
        subnets: ids(&made.subnets, loaded.network.subnets.iter().map(|(id, row)| (&row.name, id))),
        vpcs: ids(&made.networks, loaded.network.vpcs.iter().map(|(id, row)| (&row.name, id))),
        model,
        source,
        made,
        loaded,
        clusters: BTreeMap::new(),
        clients: BTreeMap::new(),
        vips: BTreeMap::new(),
        errors: Vec::new(),
    };
    declarer.projects();
    declarer.predefined_subnets();
    declarer.clusters();
    declarer.groups();
    declarer.clients();
    declarer.vips();
    declarer.links();
    declarer.intents();
    declarer.load();
    declarer.errors
}

/// The ids of a file's own names, by way of the canonical ones.
fn ids<'n, T>(own: &BTreeMap<String, String>, rows: impl Iterator<Item = (&'n Name, T)>) -> BTreeMap<String, T> {
    let mut by_canonical: BTreeMap<&str, T> = rows.map(|(name, id)| (name.as_str(), id)).collect();
    own.iter().filter_map(|(name, canonical)| Some((name.clone(), by_canonical.remove(canonical.as_str())?))).collect()
}

struct Declarer<'d> {
    model: &'d Model,
    source: SourceId,
    made: &'d Expansion,
    loaded: &'d mut Loaded,
    instances: BTreeMap<String, InstanceId>,
    subnets: BTreeMap<String, SubnetId>,
    vpcs: BTreeMap<String, VpcId>,
    clusters: BTreeMap<String, ClusterId>,
    clients: BTreeMap<String, ClientGroupId>,
    vips: BTreeMap<String, VipPoolId>,
    errors: Vec<InputError>,
}

impl Declarer<'_> {
    fn error(&mut self, pointer: &str, message: String, hint: Option<String>) {
        let text = &self.loaded.origins.texts[self.source.0];
        let at = text.tree.as_ref().map(|tree| tree.locate(pointer));
        self.errors.push(InputError { path: text.path.clone(), at, message, hint });
    }

    fn dangling(&mut self, pointer: &str, kind: &str, name: &str, known: &[String]) {
        // What the file has, and what did not expand, was reported where it stands.
        if self.made.incomplete && self.is_in_file(name) {
            return;
        }
        let near = known.iter().map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate)).min();
        let hint = near
            .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 3)
            .map(|(_, near)| format!("did you mean `{near}`?"));
        self.error(pointer, format!("no {kind} is named `{name}`"), hint);
    }

    /// Whether any part of the file is called `name`, or a member of a cluster is.
    fn is_in_file(&self, name: &str) -> bool {
        let model = self.model;
        let name = name.split('/').next().unwrap_or(name);
        if name.rsplit_once('-').is_some_and(|(cluster, _)| model.clusters.contains_key(cluster)) {
            return true;
        }
        [
            model.networks.contains_key(name),
            model.subnets.contains_key(name),
            model.clusters.contains_key(name),
            model.instances.contains_key(name),
            model.clients.contains_key(name),
            model.vips.contains_key(name),
        ]
        .contains(&true)
    }

    fn record(&mut self, entity: impl Into<twinrail_model::EntityId>, parts: &[&str]) {
        let anchor = Anchor::Model { pointer: pointer(parts), fields: [].into() };
        let anchor = self.loaded.origins.anchor(self.source, anchor, Vec::new());
        self.loaded.origins.record(entity, anchor, "");
    }

    fn projects(&mut self) {
        for name in self.model.projects.keys() {
            if let Some(id) = self.project(name) {
                self.loaded.network.projects[id].known = twinrail_model::Known::Here;
                self.record(id, &["projects", name]);
            }
        }
    }

    fn predefined_subnets(&mut self) {
        for (name, subnet) in self.model.subnets.iter().filter(|(_, subnet)| subnet.predefined) {
            debug_assert!(subnet.predefined);
            if let Some(id) = self.subnets.get(name) {
                self.loaded.network.subnets[*id].predefined = true;
            }
        }
    }

    fn clusters(&mut self) {
        for (name, spec) in &self.model.clusters {
            // What did not expand was reported.
            let Some(made) = self.made.clusters.get(name) else { continue };
            let instances: Vec<InstanceId> =
                made.instances.iter().filter_map(|name| self.instances.get(name).copied()).collect();
            let plans = spec.nics.iter().filter_map(|nic| {
                Some(NicPlan {
                    rail: rail(nic.rail),
                    nic_type: nic_type(nic.nic_type),
                    subnet: *self.subnets.get(&nic.subnet)?,
                })
            });
            let row = Cluster {
                name: Name::new(format!("clusters/{name}")),
                machine: spec.machine.clone(),
                zones: spec.zone.iter().chain(&spec.zones).cloned().collect(),
                count: spec.count,
                grows_to: spec.grows_to,
                nics: plans.collect(),
                pool: spec.addresses.as_ref().map(|pool| Pool { span: pool.pool.0, reserved: pool.reserved }),
                mig: made
                    .mig
                    .as_ref()
                    .and_then(|mig| self.loaded.network.migs.iter().find(|(_, row)| row.name.as_str() == mig))
                    .map(|(id, _)| id),
                permissions: spec.permissions.clone(),
                guest: guest(spec.guest),
                service: service(&spec.service),
                instances: instances.clone(),
                vips: Vec::new(),
            };
            let id = self.loaded.network.clusters.push(row);
            for instance in instances {
                self.join(instance, id, &spec.nics);
            }
            self.record(id, &["clusters", name]);
            self.clusters.insert(name.clone(), id);
        }
        for (name, spec) in &self.model.instances {
            let suffix = format!("/zones/{}/instances/{name}", spec.zone);
            let found = self.instances.iter().find(|(canonical, _)| canonical.ends_with(&suffix)).map(|(_, id)| *id);
            if let Some(id) = found {
                self.rails(id, &spec.nics);
            }
        }
    }

    fn join(&mut self, instance: InstanceId, cluster: ClusterId, nics: &[spec::Nic]) {
        self.loaded.network.instances[instance].cluster = Some(cluster);
        self.rails(instance, nics);
    }

    /// Says of each NIC what it is for; a PSC interface carries clients' traffic unless it is an RDMA NIC.
    fn rails(&mut self, instance: InstanceId, plans: &[spec::Nic]) {
        let nics = self.loaded.network.instances[instance].nics.clone();
        for (place, nic) in nics.peek().iter().copied().enumerate() {
            let row = &mut self.loaded.network.nics[nic];
            let speaks_rdma = || matches!(*row.nic_type, Ok(Some(kind)) if kind.is_rdma());
            let beyond = || if speaks_rdma() { Rail::Rdma } else { Rail::Tcp };
            let (rail, hole) = looks(|| plans.get(place).map_or_else(beyond, |plan| rail(plan.rail)));
            row.rail = Stated::new(Some(rail), hole);
        }
    }

    /// Members of the groups that load balancers name.
    fn groups(&mut self) {
        for (group, cluster) in &self.made.groups {
            let Some(cluster) = self.clusters.get(cluster) else { continue };
            let zone = Name::new(group.as_str()).part("zones").map(ToOwned::to_owned);
            let network = &mut self.loaded.network;
            let members: Vec<InstanceId> = network.clusters[*cluster]
                .instances
                .iter()
                .copied()
                .filter(|instance| network.instances[*instance].zone.as_ref().ok() == zone.as_ref())
                .collect();
            let found = network.instance_groups.iter().find(|(_, row)| row.name.as_str() == group).map(|(id, _)| id);
            if let Some(id) = found {
                let nic0 = members.first().and_then(|instance| network.instances[*instance].nics.first().copied());
                let (vpc, hole) = looks(|| nic0.and_then(|nic| network.nics[nic].vpc.get().ok()));
                let row = &mut network.instance_groups[id];
                row.size = Stated::given(members.len() as u64);
                row.vpc = Stated::new(vpc, hole);
                row.instances = Stated::given(members);
                continue;
            }
            let found = network.negs.iter().find(|(_, row)| row.name.as_str() == group).map(|(id, _)| id);
            if let Some(id) = found {
                let endpoint = |instance: &InstanceId| NegEndpoint {
                    instance: Some(*instance),
                    address: Ok(None).into(),
                    port: None,
                };
                network.negs[id].endpoints = Stated::given(members.iter().map(endpoint).collect());
                network.negs[id].instances = Stated::given(members);
            }
        }
    }

    fn clients(&mut self) {
        for (name, spec) in &self.model.clients {
            let at = pointer(&["clients", name]);
            let cluster = spec.cluster.as_ref().and_then(|cluster| {
                let found = self.clusters.get(cluster).copied();
                if found.is_none() {
                    let known: Vec<String> = self.clusters.keys().cloned().collect();
                    self.dangling(&format!("{at}/cluster"), "cluster", cluster, &known);
                }
                found
            });
            let subnet = spec.subnet.as_ref().and_then(|subnet| {
                let found = self.subnets.get(subnet).copied();
                if found.is_none() {
                    let known: Vec<String> = self.subnets.keys().cloned().collect();
                    self.dangling(&format!("{at}/subnet"), "subnet", subnet, &known);
                }
                found
            });
            if spec.cluster.is_none() == spec.subnet.is_none() {
                self.error(&at, format!("the clients `{name}` are to have either `subnet` or `cluster`"), None);
            }
            let own = [
                ("guest", spec.guest.is_some()),
                ("tags", !spec.tags.is_empty()),
                ("service-account", spec.service_account.is_some()),
            ];
            if let (Some(cluster), Some((field, _))) = (&spec.cluster, own.into_iter().find(|(_, is_set)| *is_set)) {
                let message = format!(
                    "the clients `{name}` are the cluster `{cluster}`, whose instances have `{field}` of their own"
                );
                self.error(&format!("{at}/{field}"), message, Some(format!("say it of `clusters.{cluster}`")));
            }
            if spec.cluster.is_none() && spec.count.is_none() {
                self.error(&at, format!("the clients `{name}` have no `count`"), None);
            }
            let instances =
                cluster.map(|cluster| self.loaded.network.clusters[cluster].instances.clone()).unwrap_or_default();
            let id = self.loaded.network.clients.push(ClientGroup {
                name: Name::new(format!("clients/{name}")),
                count: spec.count.unwrap_or(instances.len() as u64),
                protocol: protocol(spec.protocol),
                connections: spec.nconnect.unwrap_or(1).max(1),
                subnet,
                instances: instances.clone(),
                cluster,
                guest: spec.guest.map(guest),
                tags: spec.tags.clone(),
                service_account: spec.service_account.clone(),
            });
            for instance in instances {
                self.loaded.network.instances[instance].clients = Some(id);
            }
            self.record(id, &["clients", name]);
            self.clients.insert(name.clone(), id);
        }
    }

    fn vips(&mut self) {
        for (name, spec) in &self.model.vips {
            let at = pointer(&["vips", name]);
            let Some(over) = self.clusters.get(&spec.over).copied() else {
                let known: Vec<String> = self.clusters.keys().cloned().collect();
                self.dangling(&format!("{at}/over"), "cluster", &spec.over, &known);
                continue;
            };
            let Some(source) = self.vip_source(&at, &spec.from) else { continue };
            let uses = |clients: &spec::Clients| clients.uses.as_ref().is_none_or(|pools| pools.contains(name));
            let clients = self.model.clients.iter().filter(|(_, clients)| uses(clients));
            let clients = clients.filter_map(|(name, _)| self.clients.get(name).copied()).collect();
            let span = spec.addresses.as_ref().map(|span| span.0);
            let span = span.or(if let VipSource::Span(span) = &source { Some(*span) } else { None });
            let mover = mover(&spec.mover);
            let forwarding_rules =
                span.filter(|_| mover.kind.uses_load_balancer()).map(|span| self.rules_at(span)).unwrap_or_default();
            let id = self.loaded.network.vips.push(VipPool {
                name: Name::new(format!("vips/{name}")),
                count: spec.count,
                source,
                span,
                reserved: spec.reserved,
                over,
                rail: rail(spec.rail),
                ports: spec.ports.iter().map(|port| port.0.clone()).collect(),
                mover,
                clients,
                forwarding_rules,
            });
            self.loaded.network.clusters[over].vips.push(id);
            self.record(id, &["vips", name]);
            self.vips.insert(name.clone(), id);
        }
        for (name, spec) in &self.model.clients {
            for (place, pool) in spec.uses.iter().flatten().enumerate() {
                if !self.model.vips.contains_key(pool) {
                    let known: Vec<String> = self.model.vips.keys().cloned().collect();
                    self.dangling(&pointer(&["clients", name, "uses", &place.to_string()]), "VIP pool", pool, &known);
                }
            }
        }
    }

    /// The internal forwarding rules whose addresses a pool names: they realise it.
    fn rules_at(&self, span: AddressSpan) -> Stated<Vec<ForwardingRuleId>> {
        let rules = self.loaded.network.forwarding_rules.iter();
        let realises = |rule: &ForwardingRule| {
            rule.scheme == Scheme::Internal && matches!(*rule.address, Ok(Some(address)) if span.contains(address))
        };
        let (rules, hole) = looks(|| rules.filter(|(_, rule)| realises(rule)).map(|(id, _)| id).collect());
        Stated::new(rules, hole)
    }

    /// `SUBNET`, `SUBNET/SECONDARY`, or addresses.
    fn vip_source(&mut self, at: &str, from: &str) -> Option<VipSource> {
        let (subnet, secondary) =
            from.split_once('/').map_or((from, None), |(subnet, secondary)| (subnet, Some(secondary.to_owned())));
        if let Some(id) = self.subnets.get(subnet).copied() {
            let known = &self.model.subnets[subnet].secondary;
            if let Some(range) = secondary.as_ref().filter(|range| !known.contains_key(*range)) {
                let known: Vec<String> = known.keys().cloned().collect();
                self.dangling(&format!("{at}/from"), "secondary range", range, &known);
            }
            return Some(VipSource::Subnet(id, secondary));
        }
        if let Ok(span) = from.parse() {
            return Some(VipSource::Span(span));
        }
        let known: Vec<String> = self.subnets.keys().cloned().collect();
        self.dangling(&format!("{at}/from"), "subnet", subnet, &known);
        None
    }

    fn links(&mut self) {
        for (name, spec) in &self.model.links {
            let at = pointer(&["links", name]);
            let kinds: Vec<LinkKind> = if let Some(joiner) = &spec.psc_interface {
                self.psc_link(&at, name, joiner, spec).into_iter().collect()
            } else if let Some(sides) = &spec.peering {
                match sides.iter().map(|side| self.vpcs.get(side)).collect::<Vec<_>>().as_slice() {
                    [Some(a), Some(b)] => vec![LinkKind::Peering { a: **a, b: **b }],
                    _ => Vec::new(),
                }
            } else if let Some(host) = &spec.shared_vpc {
                let host = self.project(host);
                let services = spec.used_by.iter().map(|service| self.project(service));
                services.filter_map(|service| Some(LinkKind::SharedVpc { host: host?, service: service? })).collect()
            } else {
                Vec::new()
            };
            for kind in kinds {
                let id = self.loaded.network.links.push(Link { name: Name::new(format!("links/{name}")), kind });
                self.record(id, &["links", name]);
            }
        }
    }

    fn psc_link(&mut self, at: &str, name: &str, joiner: &str, spec: &spec::Link) -> Option<LinkKind> {
        let into = *self.subnets.get(spec.into.as_ref()?)?;
        let Some(cluster) = self.clusters.get(joiner).copied() else {
            let known: Vec<String> = self.clusters.keys().cloned().collect();
            self.dangling(&format!("{at}/psc-interface"), "cluster", joiner, &known);
            return None;
        };
        let indices: Vec<usize> = self
            .made
            .clusters
            .get(joiner)
            .into_iter()
            .flat_map(|made| &made.psc)
            .filter(|(_, link)| link == name)
            .map(|(index, _)| *index)
            .collect();
        let network = &self.loaded.network;
        let nics = network.clusters[cluster].instances.iter().flat_map(|instance| {
            let nics = &network.instances[*instance].nics;
            indices.iter().filter_map(|index| nics.get(*index).copied())
        });
        Some(LinkKind::PscInterface { cluster: Some(cluster), clients: None, into, nics: nics.collect() })
    }

    fn project(&self, name: &str) -> Option<ProjectId> {
        let id = self.model.projects.get(name)?.id.as_deref().unwrap_or(name);
        let canonical = format!("projects/{id}");
        self.loaded.network.projects.iter().find(|(_, row)| row.name.as_str() == canonical).map(|(id, _)| id)
    }
}

fn rail(rail: spec::Rail) -> Rail {
    match rail {
        spec::Rail::Rdma => Rail::Rdma,
        spec::Rail::Tcp => Rail::Tcp,
    }
}

fn nic_type(kind: spec::NicType) -> NicType {
    match kind {
        spec::NicType::Gvnic => NicType::Gvnic,
        spec::NicType::Idpf => NicType::Idpf,
        spec::NicType::Irdma => NicType::Irdma,
        spec::NicType::Mrdma => NicType::Mrdma,
        spec::NicType::VirtioNet => NicType::VirtioNet,
    }
}

fn protocol(protocol: spec::Protocol) -> Protocol {
    match protocol {
        spec::Protocol::Tcp => Protocol::Tcp,
        spec::Protocol::Nfs3Tcp => Protocol::Nfs3Tcp,
        spec::Protocol::Nfs4Tcp => Protocol::Nfs4Tcp,
        spec::Protocol::NfsRdma => Protocol::NfsRdma,
        spec::Protocol::Rdma => Protocol::Rdma,
        spec::Protocol::NvmeTcp => Protocol::NvmeTcp,
    }
}

fn guest(guest: spec::Guest) -> Guest {
    Guest {
        routing: match guest.routing {
            spec::GuestRouting::Default => GuestRouting::Default,
            spec::GuestRouting::PerNic => GuestRouting::PerNic,
        },
        holds_vip: match guest.holds_vip {
            spec::HoldsVip::Agent => VipHolder::Agent,
            spec::HoldsVip::Address => VipHolder::Address,
            spec::HoldsVip::Nobody => VipHolder::Nobody,
        },
        rp_filter: guest.reverse_path_filter == spec::ReversePathFilter::Strict,
    }
}

fn service(service: &spec::Service) -> Service {
    Service {
        takeover_milliseconds: service.takeover.map(|time| time.0),
        grace: service.grace.map(|grace| match grace {
            spec::Grace::Word(spec::GraceWord::None) => Grace::None,
            spec::Grace::Word(spec::GraceWord::Shared) => Grace::Shared,
            spec::Grace::Time(time) => Grace::Milliseconds(time.0),
        }),
        fence: service.fence.map(|fence| match fence {
            spec::Fence::None => Fence::None,
            spec::Fence::Stop => Fence::Stop,
            spec::Fence::Reset => Fence::Reset,
            spec::Fence::Epoch => Fence::Epoch,
        }),
        tolerates: service.tolerates,
    }
}

fn mover(mover: &spec::Mover) -> Mover {
    let kind = |kind: spec::MoverKind| match kind {
        spec::MoverKind::AliasIp => MoverKind::AliasIp,
        spec::MoverKind::AliasIpFenced => MoverKind::AliasIpFenced,
        spec::MoverKind::RouteReplace => MoverKind::RouteReplace,
        spec::MoverKind::RouteMakeBeforeBreak => MoverKind::RouteMakeBeforeBreak,
        spec::MoverKind::RoutePriority => MoverKind::RoutePriority,
        spec::MoverKind::LbHealthCheck => MoverKind::LbHealthCheck,
        spec::MoverKind::LbLeader => MoverKind::LbLeader,
        spec::MoverKind::LbGarp => MoverKind::LbGarp,
        spec::MoverKind::StatefulMig => MoverKind::StatefulMig,
        spec::MoverKind::PacemakerAlias => MoverKind::PacemakerAlias,
    };
    match mover {
        spec::Mover::Kind(only) => Mover::plain(kind(*only)),
        spec::Mover::With(with) => {
            let mut parameters = BTreeMap::new();
            let times =
                [("lease", with.lease), ("poll", with.poll), ("interval", with.interval), ("timeout", with.timeout)];
            for (name, time) in times {
                if let Some(time) = time {
                    parameters.insert(name.to_owned(), time.0 as f64);
                }
            }
            if let Some(count) = with.unhealthy {
                parameters.insert("unhealthy".to_owned(), count as f64);
            }
            let detector = with.detector.map(|detector| match detector {
                spec::Detector::Probe => DetectorKind::Probe,
                spec::Detector::Lease => DetectorKind::Lease,
                spec::Detector::Keepalived => DetectorKind::Keepalived,
                spec::Detector::Corosync => DetectorKind::Corosync,
            });
            Mover { kind: kind(with.kind), detector, parameters }
        }
    }
}
