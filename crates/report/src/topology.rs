//! Where everything stands, as nested boxes: projects, networks, subnets, like machines with their NICs, and the VIPs between them. A machine of two networks
//! stands in both, once with each NIC. Not here: how it looks, and any judgement.

use std::collections::BTreeMap;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;
use twinrail_intake::Loaded;
use twinrail_model::{
    AddressSpan, ClientGroup, EntityId, Instance, InstanceId, Known, LinkKind, Network, Nic, NicId, Protocol, Rail,
    Subnet, SubnetId, VipPool, VipPoolId, VipSource, Vpc, VpcId,
};

use crate::words::counted;

/// A network as nested boxes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Topology {
    pub projects: Vec<ProjectBox>,
    /// What joins networks: peerings, PSC interfaces, Shared VPC; a sentence each.
    pub joins: Vec<String>,
    /// Machines of which the input does not say on which subnet some NIC is.
    pub unplaced: Vec<MachineGroup>,
}

/// A project and its networks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProjectBox {
    pub name: String,
    pub networks: Vec<NetworkBox>,
}

/// A network and its subnets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NetworkBox {
    pub name: String,
    /// `rdma` or `tcp` where all NICs in it are of one rail, `mixed` where they are of both, nothing where the input does not say.
    pub rail: Option<String>,
    pub profile: Option<String>,
    /// Bytes.
    pub mtu: Option<u64>,
    /// What else belongs to it, counted: `2 firewall rules`.
    pub holds: Vec<String>,
    pub subnets: Vec<SubnetBox>,
}

/// A subnet and who is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SubnetBox {
    pub name: String,
    pub region: Option<String>,
    /// Primary ranges, then the secondary ones with their names.
    pub ranges: Vec<String>,
    pub machines: Vec<MachineGroup>,
    pub clients: Vec<ClientBox>,
    pub vips: Vec<VipBox>,
}

/// Machines that differ in their names and addresses only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MachineGroup {
    /// The same wherever the group stands.
    pub group: String,
    /// `vault-01 … vault-12`.
    pub names: String,
    pub count: usize,
    pub machine: Option<String>,
    pub zone: Option<String>,
    pub template: bool,
    /// Those that are here.
    pub nics: Vec<NicBox>,
    /// Where the others are: `nic1 in rdma-a`.
    pub elsewhere: Vec<String>,
}

/// A NIC of every machine of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NicBox {
    pub label: String,
    pub rail: Option<String>,
    pub nic_type: Option<String>,
    /// The lowest and the highest; nothing where none is assigned yet.
    pub addresses: Option<String>,
    /// It joins another project's network.
    pub psc: bool,
    pub external: bool,
}

/// Clients that the model counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ClientBox {
    pub name: String,
    pub count: u64,
    pub protocol: String,
}

/// A pool of VIPs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct VipBox {
    pub name: String,
    pub count: u64,
    pub addresses: String,
    pub rail: String,
    pub ports: Vec<String>,
    pub over: String,
    pub mover: String,
    pub reserved: bool,
    pub clients: Vec<String>,
}

/// Arranges a network in boxes.
pub fn topology(loaded: &Loaded) -> Topology {
    let network = &loaded.network;
    let groups = groups(network);
    let projects = network.projects.iter().map(|(project, row)| {
        let networks = network.vpcs.iter().filter(|(_, vpc)| vpc.project == project);
        ProjectBox {
            name: row.name.short().to_owned(),
            networks: networks.map(|(id, vpc)| network_box(network, &groups, id, vpc)).collect(),
        }
    });
    Topology {
        projects: projects.filter(|project| !project.networks.is_empty()).collect(),
        joins: joins(network),
        unplaced: groups.iter().filter_map(|group| group.unplaced(network)).collect(),
    }
}

/// Machines that are alike.
struct Like {
    name: String,
    members: Vec<InstanceId>,
}

/// All that makes machines alike: what they are called without a number, what they are, and where each NIC is.
fn groups(network: &Network) -> Vec<Like> {
    let mut groups: BTreeMap<String, Like> = BTreeMap::new();
    for (id, row) in network.instances.iter().filter(|(_, row)| row.known == Known::Here) {
        let nics: Vec<String> = row.nics.peek().iter().map(|nic| likeness(&network.nics[*nic])).collect();
        let (stem, machine, zone) = (stem(row.name.short()), row.machine.peek(), row.zone.peek());
        let project = network.projects[row.project].name.as_str();
        let key = format!("{project} {stem} {:?} {} {machine:?} {zone:?} {nics:?}", row.cluster, row.is_template);
        groups.entry(key).or_insert_with(|| Like { name: stem.to_owned(), members: Vec::new() }).members.push(id);
    }
    groups.into_values().collect()
}

/// A hole names the NIC that has it, so only whether there is one counts.
fn likeness(nic: &Nic) -> String {
    let [vpc, subnet] = [nic.vpc.peek().is_ok(), nic.subnet.peek().is_ok()];
    let nic_type = nic.nic_type.peek().as_ref().ok();
    let places = (nic.vpc.peek().as_ref().ok(), nic.subnet.peek().as_ref().ok());
    let (external, psc) = (nic.external.peek(), nic.attachment.peek().is_some());
    format!("{} {nic_type:?} {places:?} {vpc} {subnet} {:?} {external} {psc}", nic.index, nic.rail.peek())
}

/// A name without the number at its end.
fn stem(name: &str) -> &str {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['-', '_']);
    if stem.is_empty() { name } else { stem }
}

impl Like {
    /// The group as it stands where these NICs of its first machine are; nothing where none is.
    fn shown(&self, network: &Network, is_here: impl Fn(&Nic) -> bool) -> Option<MachineGroup> {
        let first = &network.instances[self.members[0]];
        let nics = || first.nics.peek().iter().map(|nic| &network.nics[*nic]);
        if !nics().any(&is_here) {
            return None;
        }
        let elsewhere = nics().filter(|nic| !is_here(nic)).map(|nic| match nic.subnet.peek() {
            Ok(subnet) => format!("{} in {}", nic.label(), network.short(*subnet)),
            Err(_) => format!("{}, whose subnet the input does not say", nic.label()),
        });
        Some(MachineGroup {
            nics: nics().filter(|nic| is_here(nic)).map(|nic| self.nic(network, nic)).collect(),
            elsewhere: elsewhere.collect(),
            ..self.plain(network, first)
        })
    }

    /// The group without its NICs.
    fn plain(&self, network: &Network, first: &Instance) -> MachineGroup {
        let name = |place: usize| network.short(self.members[place]);
        let names = match self.members.len() {
            1 => name(0),
            count => format!("{} … {}", name(0), name(count - 1)),
        };
        MachineGroup {
            group: first.cluster.map_or_else(|| self.name.clone(), |cluster| network.short(cluster)),
            names,
            count: self.members.len(),
            machine: first.machine.peek().clone().ok(),
            zone: first.zone.peek().clone().ok(),
            template: first.is_template,
            nics: Vec::new(),
            elsewhere: Vec::new(),
        }
    }

    /// The NIC of this index, of all machines.
    fn nic(&self, network: &Network, of_first: &Nic) -> NicBox {
        let of = |instance: &InstanceId| network.instances[*instance].nics.peek().get(place_of(network, of_first));
        let all = self.members.iter().filter_map(of).map(|nic: &NicId| &network.nics[*nic]);
        let addresses: Vec<IpAddr> =
            all.filter_map(|nic| nic.address.peek().as_ref().ok().copied().flatten()).collect();
        NicBox {
            label: of_first.label(),
            rail: of_first.rail.peek().map(|rail| rail.word().to_owned()),
            nic_type: of_first.nic_type.peek().clone().ok().flatten().map(|kind| kind.word().to_owned()),
            addresses: addresses.iter().min().zip(addresses.iter().max()).map(|(first, last)| span(*first, *last)),
            psc: of_first.attachment.peek().is_some(),
            external: *of_first.external.peek(),
        }
    }

    fn unplaced(&self, network: &Network) -> Option<MachineGroup> {
        let first = &network.instances[self.members[0]];
        if first.nics.peek().is_empty() {
            return Some(self.plain(network, first));
        }
        self.shown(network, |nic| nic.subnet.peek().is_err())
    }
}

/// The place of a NIC in the list of its machine.
fn place_of(network: &Network, nic: &Nic) -> usize {
    let nics = network.instances[nic.instance].nics.peek();
    nics.iter().position(|id| network.nics[*id].index == nic.index).unwrap_or(usize::MAX)
}

fn span(first: IpAddr, last: IpAddr) -> String {
    if first == last { first.to_string() } else { format!("{first} … {last}") }
}

fn network_box(network: &Network, groups: &[Like], id: VpcId, vpc: &Vpc) -> NetworkBox {
    let subnets = network.subnets.iter().filter(|(_, subnet)| subnet.vpc.peek().as_ref() == Ok(&id));
    let counts = [
        (network.firewall_rules.rows().iter().filter(|rule| *rule.vpc.peek() == Ok(id)).count(), "firewall rule"),
        (network.routes.rows().iter().filter(|route| *route.vpc.peek() == Ok(id)).count(), "route"),
        (network.routers.rows().iter().filter(|router| *router.vpc.peek() == Ok(id)).count(), "router"),
        (network.gateways.rows().iter().filter(|gateway| *gateway.vpc.peek() == Ok(id)).count(), "gateway"),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    NetworkBox {
        name: vpc.name.short().to_owned(),
        rail: rail(network, id, vpc),
        profile: vpc.profile.peek().clone().ok().flatten(),
        mtu: vpc.mtu.peek().clone().ok().flatten(),
        holds: counts.map(|(count, what)| counted(count, what)).collect(),
        subnets: subnets.map(|(id, subnet)| subnet_box(network, groups, id, subnet)).collect(),
    }
}

/// What the NICs in a network are for; of one without, what its profile is for.
fn rail(network: &Network, id: VpcId, vpc: &Vpc) -> Option<String> {
    let nics = network.nics.rows().iter().filter(|nic| *nic.vpc.peek() == Ok(id));
    let rails = nics.filter_map(|nic| {
        let by_type = || nic.nic_type.peek().clone().ok().flatten().map(twinrail_model::NicType::is_rdma);
        nic.rail.peek().map(|rail| rail == Rail::Rdma).or_else(by_type)
    });
    let mut rails: Vec<bool> = rails.collect();
    rails.sort_unstable();
    rails.dedup();
    let word = match (rails.as_slice(), vpc.profile.peek()) {
        ([true], _) | ([], Ok(Some(_))) => "rdma",
        ([false], _) => "tcp",
        ([], _) => return None,
        _ => "mixed",
    };
    Some(word.to_owned())
}

fn subnet_box(network: &Network, groups: &[Like], id: SubnetId, subnet: &Subnet) -> SubnetBox {
    let primary = subnet.range.peek().clone().ok().flatten().into_iter().chain(*subnet.ipv6_range.peek());
    let secondary = subnet.secondary.peek().iter().map(|(name, range)| format!("{name}: {range}"));
    let clients = network.clients.rows().iter().filter(|group| group.subnet == Some(id) && group.is_abstract());
    let vips = network.vips.iter().filter(|(pool, _)| home(network, *pool) == Some(id));
    SubnetBox {
        name: subnet.name.short().to_owned(),
        region: subnet.region.peek().clone().ok(),
        ranges: primary.map(|range| range.to_string()).chain(secondary).collect(),
        machines: groups
            .iter()
            .filter_map(|group| group.shown(network, |nic| nic.subnet.peek().as_ref() == Ok(&id)))
            .collect(),
        clients: clients.map(client_box).collect(),
        vips: vips.map(|(_, pool)| vip_box(network, pool)).collect(),
    }
}

fn client_box(group: &ClientGroup) -> ClientBox {
    let protocol = match group.protocol {
        Protocol::Tcp => "TCP",
        Protocol::Nfs3Tcp => "NFSv3 over TCP",
        Protocol::Nfs4Tcp => "NFSv4 over TCP",
        Protocol::NfsRdma => "NFS over RDMA",
        Protocol::Rdma => "RDMA",
        Protocol::NvmeTcp => "NVMe over TCP",
    };
    ClientBox { name: group.name.short().to_owned(), count: group.count, protocol: protocol.to_owned() }
}

/// The subnet in which a pool is shown: that of its addresses, or, for addresses from no subnet, that of the NICs that may hold them.
fn home(network: &Network, id: VipPoolId) -> Option<SubnetId> {
    let pool = &network.vips[id];
    match &pool.source {
        VipSource::Subnet(subnet, _) => Some(*subnet),
        VipSource::Span(_) => {
            let nic = *network.vip_nics(id).first()?;
            network.nics[nic].subnet.peek().clone().ok()
        }
    }
}

fn vip_box(network: &Network, pool: &VipPool) -> VipBox {
    let source = match &pool.source {
        VipSource::Span(span) => words_of(span),
        VipSource::Subnet(subnet, None) => format!("from {}", network.short(*subnet)),
        VipSource::Subnet(subnet, Some(range)) => format!("from {} of {}", range, network.short(*subnet)),
    };
    VipBox {
        name: pool.name.short().to_owned(),
        count: pool.count,
        addresses: pool.span.as_ref().map_or(source, words_of),
        rail: pool.rail.word().to_owned(),
        ports: pool.ports.iter().map(ToString::to_string).collect(),
        over: network.short(pool.over),
        mover: pool.mover.kind.word().to_owned(),
        reserved: pool.reserved,
        clients: pool.clients.iter().map(|group| network.short(*group)).collect(),
    }
}

fn words_of(addresses: &AddressSpan) -> String {
    span(addresses.first(), addresses.last())
}

/// What joins networks. Where the model file says it, the resources that it expands to say nothing more.
fn joins(network: &Network) -> Vec<String> {
    let short = |id: EntityId| network.short(id);
    let links = network.links.rows().iter().map(|link| match &link.kind {
        LinkKind::PscInterface { cluster, clients, into, .. } => {
            let who = cluster.map(EntityId::from).or(clients.map(EntityId::from)).map_or_else(String::new, short);
            format!(
                "`{}`: machines of `{who}` join the network of `{}` by PSC interfaces",
                link.name.short(),
                short((*into).into())
            )
        }
        LinkKind::Peering { a, b } => {
            format!("`{}`: `{}` and `{}` are peered", link.name.short(), short((*a).into()), short((*b).into()))
        }
        LinkKind::SharedVpc { host, service } => {
            let [host, service] = [*host, *service].map(|id| short(id.into()));
            format!("`{}`: project `{service}` uses the networks of `{host}` (Shared VPC)", link.name.short())
        }
    });
    let mut joins: Vec<String> = links.collect();
    let told =
        |a: VpcId, b: VpcId| {
            network.links.rows().iter().any(
                |link| matches!(link.kind, LinkKind::Peering { a: x, b: y } if (x, y) == (a, b) || (y, x) == (a, b)),
            )
        };
    for peering in network.peerings.rows() {
        let Ok(peer) = peering.peer.peek() else { continue };
        if !told(peering.vpc, *peer) {
            let state = peering.state.peek().as_ref().map(|state| format!(" ({state})")).unwrap_or_default();
            joins.push(format!(
                "`{}`: `{}` is peered with `{}`{state}",
                peering.name.short(),
                short(peering.vpc.into()),
                short((*peer).into())
            ));
        }
    }
    if network.links.is_empty() {
        for attachment in network.attachments.rows() {
            joins.push(format!("network attachment `{}`", attachment.name.short()));
        }
    }
    joins
}
