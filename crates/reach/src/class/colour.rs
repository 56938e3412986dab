//! What tells machines, VIPs and forwarding rules apart: everything about them that a walk through the network may compare, each distinct one a colour.
//! Values are peeked at, for no answer depends on who stands for whom; a value that is missing is alike to one that is missing for the same reason.
//! Not here: relations between two of them, such as being the same machine.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use twinrail_model::{
    Alias, AliasRange, BackendService, BackendServiceId, ClientGroupId, ClusterId, Endpoint, EntityId, Field,
    FieldName, ForwardingRule, ForwardingRuleId, Hole, Id, InstanceId, LinkKind, Network, NextHop, Nic, NicId,
    Platform, ProjectId, RouteId, Stated, Vip, VipPoolId,
};

use super::range::{Ranges, compared, secure_tags, service_accounts, tags};

/// Things of one colour are alike in all that a walk compares.
pub(super) type Colour = u32;

/// Everything that has a colour, by its place in its table.
#[derive(Debug)]
pub(super) struct Colours {
    pub instances: Vec<Colour>,
    pub rules: Vec<Colour>,
    pub vips: BTreeMap<VipPoolId, Vec<Colour>>,
    /// Who has which address.
    pub holders: Holders,
}

/// Who has an address, or a range with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holder {
    Nic(NicId),
    Alias(NicId, usize),
    Vip(Vip),
    Rule(ForwardingRuleId),
}

/// Everybody who has an address of their own.
#[derive(Debug, Default)]
pub(super) struct Holders {
    ranges: Ranges,
    by_range: BTreeMap<IpNet, Vec<Holder>>,
}

impl Holders {
    fn new(network: &Network) -> Self {
        let mut by_range: BTreeMap<IpNet, Vec<Holder>> = BTreeMap::new();
        let mut add = |range: IpNet, holder| by_range.entry(range.trunc()).or_default().push(holder);
        for (id, nic) in network.nics.iter().filter(|(_, nic)| !network.instances[nic.instance].is_template) {
            if let Ok(Some(address)) = nic.address.peek() {
                add((*address).into(), Holder::Nic(id));
            }
            for (place, alias) in nic.aliases.peek().iter().enumerate() {
                if let AliasRange::Range(range) = alias.range {
                    add(range, Holder::Alias(id, place));
                }
            }
        }
        for pool in network.vips.ids() {
            for vip in network.vips_of(pool) {
                if let Some(address) = address_of_vip(network, vip) {
                    add(address.into(), Holder::Vip(vip));
                }
            }
        }
        for (id, rule) in network.forwarding_rules.iter() {
            if let Ok(Some(address)) = rule.address.peek() {
                add((*address).into(), Holder::Rule(id));
            }
        }
        Self { ranges: Ranges::new(by_range.keys().copied()), by_range }
    }

    /// Everybody who has an address, in whatever network.
    pub(super) fn of(&self, address: IpAddr) -> impl Iterator<Item = Holder> {
        self.ranges.holding(address).flat_map(|range| &self.by_range[range]).copied()
    }
}

/// The address of a VIP, where the model names it.
pub(super) fn address_of_vip(network: &Network, vip: Vip) -> Option<IpAddr> {
    match network.vip_ranges(vip).as_deref() {
        Ok([range]) if range.prefix_len() == range.max_prefix_len() => Some(range.addr()),
        _ => None,
    }
}

/// A hole as far as two things can have the same: the thing itself counts as nobody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Lack {
    kind: u8,
    /// `None`: the thing that is coloured, or a part of it.
    entity: Option<EntityId>,
    field: Option<FieldName>,
    fact: String,
}

/// A value as far as it is known.
type Seen<T> = (Option<T>, Option<Lack>);

/// Where an address is: in which ranges that something compares, and who else has it, by their colours.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Spot {
    is_ipv4: bool,
    smallest: Option<usize>,
    others: Vec<Other>,
}

/// Somebody who has an address that another has too: who comes first may decide.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Other {
    /// The one whose address is looked at.
    Own,
    Nic(Colour, usize),
    Alias(Colour, usize, usize),
    Vip(VipPoolId, Colour),
    Rule(Colour),
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct OfInstance {
    project: ProjectId,
    zone: Seen<String>,
    machine: Seen<String>,
    tags: Seen<Vec<String>>,
    service_accounts: Seen<Vec<String>>,
    secure_tags: Seen<Vec<String>>,
    can_ip_forward: Seen<bool>,
    status: Seen<Option<String>>,
    cluster: Option<ClusterId>,
    clients: Option<ClientGroupId>,
    groups: Vec<Membership>,
    /// The services whose leader it is, by their colours of the round before.
    leads: Vec<Option<Colour>>,
    /// The VIPs that are with it whatever fails, by their colours of the round before.
    owns: Vec<(VipPoolId, Option<Colour>)>,
    /// The routes that lead to it.
    next_hop_of: Vec<RouteId>,
    nics: Seen<Vec<OfNic>>,
}

/// A group of backends that an instance is in, and the NIC and port of its endpoint there, where the group lists endpoints.
type Membership = (EntityId, Option<Seen<Option<usize>>>, Option<u16>);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct OfNic {
    index: usize,
    nic_type: Seen<String>,
    vpc: Seen<EntityId>,
    subnet: Seen<EntityId>,
    address: Seen<Option<Spot>>,
    aliases: Seen<Vec<OfAlias>>,
    external: Seen<bool>,
    stack: Seen<u8>,
    attachment: Seen<Option<EntityId>>,
    dynamic: Seen<Option<(u64, String)>>,
    rail: Seen<Option<&'static str>>,
    links: Vec<EntityId>,
}

/// Where an alias range is, as far as it is chosen, its length, and the secondary range that it comes from.
type OfAlias = (Option<Spot>, u8, Option<String>);

/// All that is compared of a backend service.
type OfService = (ProjectId, Option<String>, Vec<(String, Option<Lack>)>);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct OfRule {
    project: ProjectId,
    region: Option<String>,
    /// What is compared as words: scheme, protocol, ports, access.
    words: Vec<(String, Option<Lack>)>,
    address: Seen<Option<Spot>>,
    vpc: Seen<EntityId>,
    subnet: Seen<Option<EntityId>>,
    service: Seen<Option<Colour>>,
    /// The routes that lead to it.
    next_hop_of: Vec<RouteId>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct OfVip {
    address: Option<Spot>,
    lack: Option<Lack>,
    rule: Option<Colour>,
    /// The one instance that holds it, where only one may.
    owner: Option<Colour>,
}

/// Numbers for values, in the order in which they come.
#[derive(Debug)]
struct Numbers<T>(BTreeMap<T, Colour>);

impl<T: Ord> Numbers<T> {
    fn new() -> Self {
        Self(BTreeMap::new())
    }

    fn of(&mut self, value: T) -> Colour {
        let next = Colour::try_from(self.0.len()).expect("fewer than 2^32 colours");
        *self.0.entry(value).or_insert(next)
    }
}

/// Paints a network.
struct Painter<'n> {
    network: &'n Network,
    compared: Ranges,
    holders: Holders,
    tags: BTreeSet<&'n str>,
    service_accounts: BTreeSet<&'n str>,
    secure_tags: BTreeSet<&'n str>,
    /// The groups of backends of each instance, and the routes that lead to it or to a forwarding rule.
    groups: BTreeMap<InstanceId, Vec<Membership>>,
    /// The services whose leader an instance is.
    leads: BTreeMap<InstanceId, Vec<BackendServiceId>>,
    /// The VIPs that are with an instance whatever fails.
    owns: BTreeMap<InstanceId, Vec<Vip>>,
    routes_to_instance: BTreeMap<InstanceId, Vec<RouteId>>,
    routes_to_rule: BTreeMap<ForwardingRuleId, Vec<RouteId>>,
    links: BTreeMap<NicId, Vec<EntityId>>,
    /// Of the round before, in which nobody knew who else has an address.
    before: Option<Round>,
}

/// The colours of one round.
struct Round {
    instances: Vec<Colour>,
    services: Vec<Colour>,
    rules: Vec<Colour>,
    vips: BTreeMap<VipPoolId, Vec<Colour>>,
}

impl Colours {
    pub(super) fn new(network: &Network, platform: &Platform) -> Self {
        let mut painter = Painter::new(network, platform);
        // Who shares an address with whom tells those who share it apart, and that tells apart those who share another address with them.
        for _ in 0..2 {
            painter.before = Some(painter.round());
        }
        let Round { instances, rules, vips, .. } = painter.round();
        Self { instances, rules, vips, holders: painter.holders }
    }
}

impl<'n> Painter<'n> {
    fn new(network: &'n Network, platform: &Platform) -> Self {
        let mut routes_to_instance: BTreeMap<InstanceId, Vec<RouteId>> = BTreeMap::new();
        let mut routes_to_rule: BTreeMap<ForwardingRuleId, Vec<RouteId>> = BTreeMap::new();
        for (id, route) in network.routes.iter() {
            match route.next_hop.peek() {
                Ok(NextHop::Instance(instance)) => routes_to_instance.entry(*instance).or_default().push(id),
                Ok(NextHop::ForwardingRule(rule)) => routes_to_rule.entry(*rule).or_default().push(id),
                // An address is a range that something compares.
                _ => {}
            }
        }
        let mut links: BTreeMap<NicId, Vec<EntityId>> = BTreeMap::new();
        for (id, link) in network.links.iter() {
            if let LinkKind::PscInterface { nics, .. } = &link.kind {
                for nic in nics {
                    links.entry(*nic).or_default().push(id.into());
                }
            }
        }
        Self {
            network,
            compared: Ranges::new(compared(network, platform)),
            holders: Holders::new(network),
            tags: tags(network),
            service_accounts: service_accounts(network),
            secure_tags: secure_tags(network),
            leads: leads(network),
            owns: owns(network),
            groups: groups(network),
            routes_to_instance,
            routes_to_rule,
            links,
            before: None,
        }
    }

    fn round(&self) -> Round {
        let mut numbers = Numbers::new();
        let instances: Vec<Colour> = self.network.instances.ids().map(|id| numbers.of(self.of_instance(id))).collect();
        let (mut services, mut numbers) = (Numbers::new(), Numbers::new());
        let services: Vec<Colour> =
            self.network.backend_services.ids().map(|id| services.of(self.of_service(id))).collect();
        let rules: Vec<Colour> =
            self.network.forwarding_rules.ids().map(|id| numbers.of(self.of_rule(id, &services))).collect();
        let mut numbers = Numbers::new();
        let mut vips = BTreeMap::new();
        for pool in self.network.vips.ids() {
            let of_pool =
                self.network.vips_of(pool).map(|vip| numbers.of((pool, self.of_vip(vip, &instances, &rules))));
            vips.insert(pool, of_pool.collect());
        }
        Round { instances, services, rules, vips }
    }
}

/// The groups that are backends, by the instances in them.
fn groups(network: &Network) -> BTreeMap<InstanceId, Vec<Membership>> {
    let backends = network.backend_services.rows().iter().flat_map(|service| service.backends.peek());
    let endpoints: BTreeMap<EntityId, Endpoint> = backends
        .filter_map(|backend| backend.group.peek().as_ref().ok())
        .map(|group| (group.entity(), *group))
        .collect();
    let mut groups: BTreeMap<InstanceId, Vec<Membership>> = BTreeMap::new();
    for (entity, endpoint) in endpoints {
        for instance in network.members(endpoint).unwrap_or_default() {
            groups.entry(*instance).or_default().push((entity, None, None));
        }
        let Endpoint::Neg(neg) = endpoint else { continue };
        for named in network.negs[neg].endpoints.peek() {
            let Some(instance) = named.instance else { continue };
            let own = Own { network, entity: instance.into() };
            let nic = match network.endpoint_nic(neg, named) {
                Ok(nic) => (Some(nic.map(|nic| network.nics[nic].index)), None),
                Err(hole) => (None, Some(own.lack(&hole))),
            };
            groups.entry(instance).or_default().push((entity, Some(nic), named.port));
        }
    }
    groups
}

/// The VIPs whose mover leaves them with one instance, by that.
fn owns(network: &Network) -> BTreeMap<InstanceId, Vec<Vip>> {
    let mut owns: BTreeMap<InstanceId, Vec<Vip>> = BTreeMap::new();
    for vip in network.vips.ids().flat_map(|pool| network.vips_of(pool)) {
        if let Ok(Some(owner)) = network.vip_owner(vip) {
            owns.entry(owner).or_default().push(vip);
        }
    }
    owns
}

/// The services that name a leader, by the leader.
fn leads(network: &Network) -> BTreeMap<InstanceId, Vec<BackendServiceId>> {
    let mut leads: BTreeMap<InstanceId, Vec<BackendServiceId>> = BTreeMap::new();
    for (id, service) in network.backend_services.iter() {
        if let Some(leader) = service.leader.peek() {
            leads.entry(*leader).or_default().push(id);
        }
    }
    leads
}

impl Painter<'_> {
    fn of_instance(&self, id: InstanceId) -> OfInstance {
        let row = &self.network.instances[id];
        let own = Own { network: self.network, entity: id.into() };
        let only = |words: Vec<String>, named: &BTreeSet<&str>| -> Vec<String> {
            let mut words: Vec<String> = words.into_iter().filter(|word| named.contains(word.as_str())).collect();
            words.sort_unstable();
            words
        };
        let (tags, no_tags) = own.seen(&row.tags);
        let (accounts, no_accounts) = own.seen(&row.service_accounts);
        let (secure, no_secure) = own.seen(&row.secure_tags);
        let led = self.leads.get(&id).into_iter().flatten();
        let mut leads: Vec<_> =
            led.map(|service| self.before.as_ref().map(|round| round.services[service.index()])).collect();
        leads.sort_unstable();
        let colour = |vip: &Vip| self.before.as_ref().map(|round| round.vips[&vip.pool][place(*vip)]);
        let owned = self.owns.get(&id).into_iter().flatten();
        let mut owns: Vec<_> = owned.map(|vip| (vip.pool, colour(vip))).collect();
        owns.sort_unstable();
        let (nics, no_nics) = own.seen(&row.nics);
        let nics = nics.map(|nics| nics.into_iter().map(|nic| self.of_nic(nic, &own)).collect());
        OfInstance {
            project: row.project,
            zone: own.field(&row.zone),
            machine: own.field(&row.machine),
            tags: (tags.map(|tags| only(tags, &self.tags)), no_tags),
            service_accounts: (accounts.map(|accounts| only(accounts, &self.service_accounts)), no_accounts),
            secure_tags: (secure.map(|tags| only(tags, &self.secure_tags)), no_secure),
            leads,
            owns,
            can_ip_forward: own.seen(&row.can_ip_forward),
            status: own.seen(&row.status),
            cluster: row.cluster,
            clients: row.clients,
            groups: self.groups.get(&id).cloned().unwrap_or_default(),
            next_hop_of: self.routes_to_instance.get(&id).cloned().unwrap_or_default(),
            nics: (nics, no_nics),
        }
    }

    fn of_nic(&self, id: NicId, own: &Own<'_>) -> OfNic {
        let row: &Nic = &self.network.nics[id];
        let (address, no_address) = own.field(&row.address);
        let address = address.map(|address| address.map(|address| self.spot(address, Holder::Nic(id))));
        let (aliases, no_aliases) = own.seen(&row.aliases);
        let alias = |(place, alias): (usize, Alias)| match alias.range {
            AliasRange::Range(range) => {
                let spot = self.spot(range.addr(), Holder::Alias(id, place));
                (Some(spot), range.prefix_len(), alias.secondary)
            }
            AliasRange::Length(length) => (None, length, alias.secondary),
        };
        let aliases = aliases.map(|aliases| aliases.into_iter().enumerate().map(alias).collect());
        let (nic_type, no_type) = own.field(&row.nic_type);
        OfNic {
            index: row.index,
            nic_type: (nic_type.flatten().map(|kind| kind.word().to_owned()), no_type),
            vpc: entity(own.field(&row.vpc)),
            subnet: entity(own.field(&row.subnet)),
            address: (address, no_address),
            aliases: (aliases, no_aliases),
            external: own.seen(&row.external),
            stack: map(own.seen(&row.stack), |stack| stack as u8),
            attachment: map(own.seen(&row.attachment), |attachment| attachment.map(EntityId::from)),
            dynamic: own.seen(&row.dynamic),
            rail: map(own.seen(&row.rail), |rail| rail.map(twinrail_model::Rail::word)),
            links: self.links.get(&id).cloned().unwrap_or_default(),
        }
    }

    /// Where an address is, and who has it beside the one who is asked about.
    fn spot(&self, address: IpAddr, own: Holder) -> Spot {
        let mut others = Vec::new();
        if let Some(Round { instances, rules, vips, .. }) = &self.before {
            let nic = |id: NicId| (instances[self.network.nics[id].instance.index()], self.network.nics[id].index);
            others.extend(self.holders.of(address).map(|holder| match holder {
                holder if holder == own => Other::Own,
                Holder::Nic(id) => Other::Nic(nic(id).0, nic(id).1),
                Holder::Alias(id, place) => Other::Alias(nic(id).0, nic(id).1, place),
                Holder::Vip(vip) => Other::Vip(vip.pool, vips[&vip.pool][place(vip)]),
                Holder::Rule(id) => Other::Rule(rules[id.index()]),
            }));
            if others == [Other::Own] {
                others.clear();
            }
        }
        Spot { is_ipv4: address.is_ipv4(), smallest: self.compared.smallest(address), others }
    }

    fn of_rule(&self, id: ForwardingRuleId, services: &[Colour]) -> OfRule {
        let row: &ForwardingRule = &self.network.forwarding_rules[id];
        let own = Own { network: self.network, entity: id.into() };
        let (address, no_address) = own.field(&row.address);
        let (service, no_service) = own.seen(&row.backend_service);
        OfRule {
            project: row.project,
            region: row.region.clone(),
            words: vec![
                own.word(&row.scheme),
                own.word(&row.protocol),
                own.word(&row.ports),
                own.word(&row.all_ports),
                own.word(&row.global_access),
                (format!("{:?}", row.known), None),
            ],
            address: (address.map(|address| address.map(|address| self.spot(address, Holder::Rule(id)))), no_address),
            vpc: entity(own.field(&row.vpc)),
            subnet: map(own.seen(&row.subnet), |subnet| subnet.map(EntityId::from)),
            service: (service.map(|service| service.map(|service| services[service.index()])), no_service),
            next_hop_of: self.routes_to_rule.get(&id).cloned().unwrap_or_default(),
        }
    }

    /// All that is compared of a backend service, as words: two of different names may be alike.
    fn of_service(&self, id: BackendServiceId) -> OfService {
        let row: &BackendService = &self.network.backend_services[id];
        let own = Own { network: self.network, entity: id.into() };
        let leader = |leader: InstanceId| self.before.as_ref().map(|round| round.instances[leader.index()]);
        let mut words = vec![
            own.word(&row.scheme),
            own.word(&row.protocol),
            own.word(&row.vpc),
            own.word(&row.health_checks),
            own.word(&row.has_failover_policy),
            own.word(&row.failover_ratio),
            own.word(&row.drop_traffic_if_unhealthy),
            own.word(&row.disable_drain_on_failover),
            own.word(&row.session_affinity),
            own.word(&row.persistence),
            own.word(&row.ha_policy),
            (format!("{:?}", row.leader.peek().map(leader)), own.seen(&row.leader).1),
            (format!("{:?}", row.known), None),
            (String::new(), own.seen(&row.backends).1),
        ];
        for backend in row.backends.peek() {
            words.extend([own.word(&backend.group), own.word(&backend.failover), own.word(&backend.balancing_mode)]);
        }
        (row.project, row.region.clone(), words)
    }

    fn of_vip(&self, vip: Vip, instances: &[Colour], rules: &[Colour]) -> OfVip {
        let own = Own { network: self.network, entity: vip.pool.into() };
        let address = address_of_vip(self.network, vip).map(|address| self.spot(address, Holder::Vip(vip)));
        let owner = self.network.vip_owner(vip);
        let lack = self.network.vip_ranges(vip).err().or_else(|| owner.clone().err());
        OfVip {
            address,
            lack: lack.map(|hole| own.lack(&hole)),
            rule: self.network.vip_rule(vip).map(|rule| rules[rule.index()]),
            owner: owner.ok().flatten().map(|owner| instances[owner.index()]),
        }
    }
}

/// Where a VIP stands in its pool.
pub(super) fn place(vip: Vip) -> usize {
    usize::try_from(vip.place).expect("a VIP that was listed has a place in memory")
}

fn map<T, U>((value, lack): Seen<T>, change: impl FnOnce(T) -> U) -> Seen<U> {
    (value.map(change), lack)
}

fn entity<T: Into<EntityId>>(seen: Seen<T>) -> Seen<EntityId> {
    map(seen, Into::into)
}

/// The thing that is being coloured, by which its own holes are told from those of others.
struct Own<'n> {
    network: &'n Network,
    entity: EntityId,
}

impl Own<'_> {
    fn seen<T: Clone>(&self, stated: &Stated<T>) -> Seen<T> {
        match stated.known_or_hole() {
            Ok(value) => (Some(value.clone()), None),
            // The stand-in is compared too.
            Err(hole) => (Some(stated.peek().clone()), Some(self.lack(&hole))),
        }
    }

    fn field<T: Clone>(&self, stated: &Stated<Field<T>>) -> Seen<T> {
        match stated.peek() {
            Ok(value) => (Some(value.clone()), None),
            Err(hole) => (None, Some(self.lack(hole))),
        }
    }

    fn word<T: std::fmt::Debug + Clone>(&self, stated: &Stated<T>) -> (String, Option<Lack>) {
        let (value, lack) = self.seen(stated);
        (format!("{value:?}"), lack)
    }

    fn lack(&self, hole: &Hole) -> Lack {
        let (kind, place) = match hole {
            Hole::AfterApply(place) => (0, place),
            Hole::NotInInput(place) => (1, place),
            Hole::NotUnderstood(place) => (2, place),
            Hole::NotModelled(place) => (4, place),
            Hole::NobodyToAsk(place) => (5, place),
            Hole::NotInCatalog(fact) => return Lack { kind: 3, entity: None, field: None, fact: fact.clone() },
        };
        let is_part = |nic: NicId| EntityId::from(self.network.nics[nic].instance) == self.entity;
        let is_own = place.entity == self.entity || matches!(place.entity, EntityId::Nic(nic) if is_part(nic));
        Lack { kind, entity: (!is_own).then_some(place.entity), field: place.field, fact: String::new() }
    }
}
