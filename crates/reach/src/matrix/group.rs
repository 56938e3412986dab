//! The groups of a matrix: what people name, and else what is alike. Not here: classes, which are finer and have no names.

use std::collections::{BTreeMap, BTreeSet};

use twinrail_model::{
    AppliesTo, ClientGroupId, ClusterId, ForwardingRuleId, InstanceId, Known, MigId, Network, NicId, NicType,
    ProjectId, SubnetId, VipPoolId, VpcId,
};

/// Who stands together in a matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub kind: GroupKind,
    /// How many instances, VIPs or addresses; of clients that are only counted, as many as are counted.
    pub size: u64,
}

/// What a group is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupKind {
    Cluster(ClusterId),
    Clients(ClientGroupId),
    /// Instances of no cluster that are in the same project, group and networks, have those of the same tags that a rule or route names, and external addresses
    /// at the same NICs.
    Instances(Vec<InstanceId>),
    Vips(VipPoolId),
    /// Load balancers of one backend service that realise no VIP.
    Balancers(Vec<ForwardingRuleId>),
    Internet,
}

impl GroupKind {
    /// What people call it: `vault`, `nfs`, `web-1 and 3 like it`, `internet`.
    pub fn short(&self, network: &Network) -> String {
        let and_more = |first: String, count: usize| match count {
            1 => first,
            count => format!("{first} and {} like it", count - 1),
        };
        match self {
            Self::Cluster(id) => network.short(*id),
            Self::Clients(id) => network.short(*id),
            Self::Instances(ids) => and_more(network.short(ids[0]), ids.len()),
            Self::Vips(id) => network.short(*id),
            Self::Balancers(ids) => and_more(network.short(ids[0]), ids.len()),
            Self::Internet => "internet".to_owned(),
        }
    }
}

/// What of a NIC makes instances stand together: network, subnet and type where they are known, and whether it has an external address.
type NicKind = (Option<VpcId>, Option<SubnetId>, Option<NicType>, bool);

/// What makes instances of no cluster stand together.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Alike {
    project: ProjectId,
    mig: Option<MigId>,
    tags: Vec<String>,
    nics: Vec<NicKind>,
}

/// All groups of a network, in a fixed order. Nothing is looked at: who stands together is no part of an answer.
pub(super) fn groups(network: &Network) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut add = |kind, size| groups.push(Group { kind, size });
    for (id, cluster) in network.clusters.iter() {
        add(GroupKind::Cluster(id), cluster.instances.len() as u64);
    }
    for (id, clients) in network.clients.iter() {
        // Clients that are a cluster stand there already.
        let instances = network.client_instances(clients).iter();
        let own = instances.filter(|instance| network.instances[**instance].cluster.is_none()).count();
        match clients.is_abstract() && clients.cluster.is_none() {
            true => add(GroupKind::Clients(id), clients.count),
            false if own > 0 => add(GroupKind::Clients(id), own as u64),
            false => {}
        }
    }
    for instances in loose(network) {
        let size = instances.len() as u64;
        add(GroupKind::Instances(instances), size);
    }
    for (id, pool) in network.vips.iter() {
        add(GroupKind::Vips(id), pool.count);
    }
    for rules in balancers(network) {
        let size = rules.len() as u64;
        add(GroupKind::Balancers(rules), size);
    }
    add(GroupKind::Internet, 1);
    groups
}

/// The instances of no cluster and no clients, those that are alike together.
fn loose(network: &Network) -> Vec<Vec<InstanceId>> {
    let mut alike: BTreeMap<Alike, Vec<InstanceId>> = BTreeMap::new();
    let named = named_tags(network);
    for (id, instance) in network.instances.iter() {
        let in_group = instance.cluster.is_some() || instance.clients.is_some();
        if in_group || instance.is_template || instance.known == Known::Outside {
            continue;
        }
        let nic = |nic: &NicId| -> NicKind {
            let row = &network.nics[*nic];
            let nic_type = row.nic_type.peek().as_ref().ok().copied().flatten();
            (
                row.vpc.peek().as_ref().ok().copied(),
                row.subnet.peek().as_ref().ok().copied(),
                nic_type,
                *row.external.peek(),
            )
        };
        let mut tags = instance.tags.peek().clone();
        tags.retain(|tag| named.contains(tag.as_str()));
        tags.sort_unstable();
        let nics = instance.nics.peek().iter().map(nic).collect();
        let key = Alike { project: instance.project, mig: *instance.mig.peek(), tags, nics };
        alike.entry(key).or_default().push(id);
    }
    let mut groups: Vec<Vec<InstanceId>> = alike.into_values().collect();
    groups.sort_unstable();
    groups
}

/// The network tags that a firewall rule, a route or a policy-based route names.
fn named_tags(network: &Network) -> BTreeSet<&str> {
    let of_policies = network.firewall_policies.rows().iter().flat_map(|policy| policy.rules.peek());
    let selectors = network.firewall_rules.rows().iter().chain(of_policies).map(|rule| rule.selector.peek());
    let of_rules = selectors.flat_map(|selector| selector.source_tags.iter().chain(&selector.target_tags));
    let of_routes = network.routes.rows().iter().flat_map(|route| route.tags.peek());
    let of_policy_routes = network.policy_routes.rows().iter().filter_map(|route| match route.applies_to.peek() {
        Ok(AppliesTo::Tags(tags)) => Some(tags),
        _ => None,
    });
    of_rules.chain(of_routes).chain(of_policy_routes.flatten()).map(String::as_str).collect()
}

/// The forwarding rules that realise no VIP, those of one backend service together.
fn balancers(network: &Network) -> Vec<Vec<ForwardingRuleId>> {
    let realise =
        |id: &ForwardingRuleId| network.vips.rows().iter().any(|pool| pool.forwarding_rules.peek().contains(id));
    let mut alike: BTreeMap<_, Vec<ForwardingRuleId>> = BTreeMap::new();
    for (id, rule) in network.forwarding_rules.iter().filter(|(id, rule)| rule.known == Known::Here && !realise(id)) {
        let service = *rule.backend_service.peek();
        let own = service.is_none().then_some(id);
        alike.entry((service, own)).or_default().push(id);
    }
    let mut groups: Vec<Vec<ForwardingRuleId>> = alike.into_values().collect();
    groups.sort_unstable();
    groups
}
