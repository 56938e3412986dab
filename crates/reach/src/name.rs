//! What people call senders, ends, ports and parts, read: the other way round from their `short` names. A name that means several machines stands for one of
//! them, and says so. Not here: command lines, and what becomes of the packets.

mod address;
mod probe;

use std::net::IpAddr;

use twinrail_model::{
    BackendServiceId, ClientGroupId, ClusterId, ForwardingRuleId, InstanceId, Name, Network, NicId, Part, Vip,
    VipPoolId,
};

pub use probe::probed;

use crate::packet::{End, Packet, Sender, Traffic, protocol};

/// What a name means, and what was chosen where it means several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meant<T> {
    pub it: T,
    /// A sentence for the reader; nothing if there was no choice.
    pub choice: Option<String>,
}

/// A name that cannot be used: what is wrong with it, and what may help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameError {
    pub message: String,
    pub hint: Option<String>,
}

type Read<T> = Result<T, NameError>;

/// An address of the internet that stands for any: one of those that are kept for documents, so that it is nobody's.
const ANYONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 7));

/// Reads `tcp:2049`, `udp:53`, `icmp`, `rdma`, `protocol:47`.
pub fn traffic(text: &str) -> Read<Traffic> {
    let wrong = || {
        let hint = "such as tcp:2049, udp:53, icmp, rdma, or protocol:47 for any other";
        NameError { message: format!("`{text}` is no port"), hint: Some(hint.to_owned()) }
    };
    let (word, rest) = text.split_once(':').map_or((text, None), |(word, rest)| (word, Some(rest)));
    match (word, rest) {
        ("rdma", None) => Ok(Traffic::Rdma),
        ("icmp", None) => Ok(Traffic::Ip { protocol: protocol::ICMP, port: None }),
        ("tcp", Some(port)) => port.parse().map(Traffic::tcp).map_err(|_| wrong()),
        ("udp", Some(port)) => port.parse().map(Traffic::udp).map_err(|_| wrong()),
        ("protocol", Some(number)) => {
            let protocol: u8 = number.parse().map_err(|_| wrong())?;
            match protocol {
                protocol::TCP | protocol::UDP => Err(wrong()),
                protocol => Ok(Traffic::Ip { protocol, port: None }),
            }
        }
        _ => Err(wrong()),
    }
}

/// Whom the sender of a packet may be named by.
const SENDERS: &[Kind] = &[Kind::Instance, Kind::Cluster, Kind::Clients];

/// Whom its end may be named by.
const ENDS: &[Kind] = &[Kind::Instance, Kind::Cluster, Kind::Vips, Kind::Rule, Kind::Clients];

/// Reads who sends: an instance (`vault-03`), one of its NICs (`vault-03:nic1`), a cluster or clients, of which one machine stands for all, `internet`, an
/// address, or `probe:SERVICE`, the health checks of a backend service or of the load balancer before it. `cluster:NAME` and the like say which of several
/// is meant.
pub fn sender(network: &Network, text: &str, traffic: Traffic) -> Read<Meant<Sender>> {
    let names = Names { network };
    let (known, name, nic) = match names.read(text, SENDERS)? {
        Reading::Internet => return Ok(Meant { it: Sender::Internet(ANYONE), choice: None }),
        Reading::Probe(service) => return Ok(Meant { it: Sender::Prober(service), choice: None }),
        Reading::Address(address) => return names.sender_at(address),
        Reading::Vip(_) => unreachable!("no VIPs were asked for"),
        Reading::Named(known, name, nic) => (known, name, nic),
    };
    let (instance, choice) = match known {
        Known::Instance(instance) => (instance, alike(network, instance, text)),
        Known::Cluster(cluster) => names.member(cluster, 0)?,
        Known::Clients(group) => match names.client(group)? {
            Ok(chosen) => chosen,
            Err(choice) if nic.is_none() => return Ok(Meant { it: Sender::Clients(group), choice: Some(choice) }),
            Err(_) => return Err(no_nics(name)),
        },
        Known::Vips(_) | Known::Rule(_) | Known::Service(_) => unreachable!("only senders were asked for"),
    };
    let bound = match nic {
        Some(label) => Some(End::Nic(names.nic(instance, label)?)),
        None if traffic == Traffic::Rdma => names.rdma_nic(instance).map(End::Nic),
        None => None,
    };
    Ok(Meant { it: Sender::Guest { instance, bound }, choice })
}

/// Reads who is sent to: an instance or one of its NICs, a VIP (`nfs#3`) or a pool of them, a load balancer, a cluster or clients, an address, or `internet`.
/// Of a cluster to which the sender belongs, another machine is meant.
pub fn end(network: &Network, text: &str, traffic: Traffic, from: Sender) -> Read<Meant<End>> {
    let names = Names { network };
    let (known, name, nic) = match names.read(text, ENDS)? {
        Reading::Internet => return Ok(Meant { it: End::Address(ANYONE), choice: None }),
        Reading::Address(address) => {
            let address = address::plain(network, address)?;
            return Ok(Meant { it: End::Address(address), choice: address::said(network, address)? });
        }
        Reading::Vip(vip) => return Ok(Meant { it: End::Vip(vip), choice: None }),
        Reading::Probe(_) => unreachable!("health checks are no end"),
        Reading::Named(known, name, nic) => (known, name, nic),
    };
    let (instance, choice) = match known {
        Known::Instance(instance) => (instance, alike(network, instance, text)),
        Known::Cluster(cluster) => {
            let first = network.clusters[cluster].instances.first();
            let itself = matches!(from, Sender::Guest { instance, .. } if Some(&instance) == first);
            names.member(cluster, usize::from(itself))?
        }
        Known::Clients(group) => match names.client(group)? {
            Ok(chosen) => chosen,
            Err(choice) if nic.is_none() => return Ok(Meant { it: End::Clients(group), choice: Some(choice) }),
            Err(_) => return Err(no_nics(name)),
        },
        Known::Vips(_) | Known::Rule(_) if nic.is_some() => return Err(no_nics(name)),
        Known::Vips(pool) => {
            let (name, count) = (network.short(pool), network.vips[pool].count);
            let choice = (count != 1).then(|| format!("{name}#0 stands for the {count} VIPs of `{name}`"));
            return Ok(Meant { it: End::Vip(Vip { pool, place: 0 }), choice });
        }
        Known::Rule(rule) => return Ok(Meant { it: End::Rule(rule), choice: None }),
        Known::Service(_) => unreachable!("no services were asked for"),
    };
    let (nic, chosen) = match nic {
        Some(label) => (names.nic(instance, label)?, None),
        None => names.nic_of(instance, traffic)?,
    };
    let choice = [choice, chosen].into_iter().flatten().collect::<Vec<_>>().join("; ");
    Ok(Meant { it: End::Nic(nic), choice: Some(choice).filter(|text| !text.is_empty()) })
}

/// Reads a part that fails: an instance, one of its NICs, or a zone.
pub fn part(network: &Network, text: &str) -> Read<Part> {
    let names = Names { network };
    let zone = text.strip_prefix("zone ").unwrap_or(text);
    if network.instances.rows().iter().any(|row| row.zone.peek().as_ref().is_ok_and(|other| other == zone)) {
        return Ok(Part::Zone(zone.to_owned()));
    }
    let (name, nic) = split_nic(text);
    let Known::Instance(instance) = names.find(name, &[Kind::Instance])? else {
        unreachable!("only instances were asked for")
    };
    match nic {
        Some(label) => Ok(Part::Nic(names.nic(instance, label)?)),
        None => Ok(Part::Instance(instance)),
    }
}

/// Reads who holds which VIP: `nfs#3=vault-05`, or `nfs=vault-05` for all of a pool.
pub fn holder(network: &Network, text: &str) -> Read<Vec<(Vip, InstanceId)>> {
    let names = Names { network };
    let Some((vip, instance)) = text.split_once('=') else {
        return Err(NameError {
            message: format!("`{text}` does not say who holds which VIP"),
            hint: Some("such as nfs#3=vault-05, or nfs=vault-05 for all of them".to_owned()),
        });
    };
    let vips = if vip.contains('#') {
        vec![names.vip(vip)?]
    } else {
        let Known::Vips(pool) = names.find(vip, &[Kind::Vips])? else { unreachable!("only pools were asked for") };
        network.vips_of(pool).collect()
    };
    let Known::Instance(instance) = names.find(instance, &[Kind::Instance])? else {
        unreachable!("only instances were asked for")
    };
    for vip in &vips {
        let pool = &network.vips[vip.pool];
        if !network.clusters[pool.over].instances.contains(&instance) {
            let (pool, over) = (pool.name.short(), network.short(pool.over));
            let message = format!("`{}` is no instance of `{over}`, over which `{pool}` is", network.short(instance));
            return Err(NameError { message, hint: None });
        }
    }
    Ok(vips.into_iter().map(|vip| (vip, instance)).collect())
}

/// A packet in a few words: `gpu → nfs#0 on tcp:2049`.
pub fn short(network: &Network, packet: &Packet) -> String {
    format!("{} → {} on {}", packet.from.short(network), packet.to.short(network), packet.traffic)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Instance,
    Cluster,
    Clients,
    Vips,
    Rule,
    Service,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Instance(InstanceId),
    Cluster(ClusterId),
    Clients(ClientGroupId),
    Vips(VipPoolId),
    Rule(ForwardingRuleId),
    Service(BackendServiceId),
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Cluster => "cluster",
            Self::Clients => "clients",
            Self::Vips => "VIP pool",
            Self::Rule => "load balancer",
            Self::Service => "backend service",
        }
    }

    /// What stands before a name that others have too.
    fn prefix(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Cluster => "cluster",
            Self::Clients => "clients",
            Self::Vips => "vip",
            Self::Rule => "load-balancer",
            Self::Service => "backend-service",
        }
    }

    /// The kind that a text names, and what follows.
    fn prefixed(text: &str) -> Option<(Self, &str)> {
        let (prefix, rest) = text.split_once(':')?;
        let kinds = [Self::Instance, Self::Cluster, Self::Clients, Self::Vips, Self::Rule];
        kinds.into_iter().find(|kind| kind.prefix() == prefix).map(|kind| (kind, rest))
    }
}

impl Known {
    fn kind(self) -> Kind {
        match self {
            Self::Instance(_) => Kind::Instance,
            Self::Cluster(_) => Kind::Cluster,
            Self::Clients(_) => Kind::Clients,
            Self::Vips(_) => Kind::Vips,
            Self::Rule(_) => Kind::Rule,
            Self::Service(_) => Kind::Service,
        }
    }
}

/// What a text may be read as.
#[derive(Debug, Clone, Copy)]
enum Reading<'t> {
    Internet,
    Address(IpAddr),
    Probe(BackendServiceId),
    Vip(Vip),
    /// Somebody by name, and the label of a NIC.
    Named(Known, &'t str, Option<&'t str>),
}

struct Names<'n> {
    network: &'n Network,
}

impl Names<'_> {
    /// What a name means, in any of the forms that names have. Where it means several, the error lists a form for each.
    fn read<'t>(&self, text: &'t str, kinds: &[Kind]) -> Read<Reading<'t>> {
        if let Some((kind, rest)) = Kind::prefixed(text) {
            return self.read_as(kind, rest, kinds);
        }
        if let Some(address) = text.strip_prefix("address:") {
            let wrong = |_| NameError { message: format!("`{address}` is no address"), hint: None };
            return address.parse().map(Reading::Address).map_err(wrong);
        }
        let single = alone(text);
        let mut found: Vec<(Reading<'t>, String)> = Vec::new();
        if text == "internet" {
            found.push((Reading::Internet, format!("address:{ANYONE}")));
        }
        if let Ok(address) = text.parse() {
            found.push((Reading::Address(address), format!("address:{text}")));
        }
        let named = |known: &[(Name, Known)], nic: Option<&'t str>| -> Vec<(Reading<'t>, String)> {
            let form = |known: Known, name: &Name| match nic {
                None => format!("{}:{name}", known.kind().prefix()),
                Some(nic) => format!("{}:{name}:{nic}", known.kind().prefix()),
            };
            let short = split_nic(text).0;
            let whole = if nic.is_some() { short } else { single };
            known.iter().map(|(name, known)| (Reading::Named(*known, whole, nic), form(*known, name))).collect()
        };
        found.extend(named(&self.fitting(single, kinds), None));
        if let (name, nic @ Some(_)) = split_nic(text) {
            found.extend(named(&self.fitting(name, kinds), nic));
        }
        if text.contains('#') && kinds.contains(&Kind::Vips) && (found.is_empty() || self.vip(text).is_ok()) {
            found.push((Reading::Vip(self.vip(text)?), format!("vip:{text}")));
        }
        if let Some(service) = text.strip_prefix("probe:")
            && kinds == SENDERS
            && found.is_empty()
        {
            return self.service(service).map(Reading::Probe);
        }
        match found.as_slice() {
            [] => Err(self.nobody(split_nic(text).0, kinds)),
            [(reading, _)] => Ok(*reading),
            several => {
                let forms: Vec<&str> = several.iter().take(4).map(|(_, form)| form.as_str()).collect();
                let more = if several.len() > forms.len() { ", …" } else { "" };
                Err(NameError {
                    message: format!("`{text}` means {} things", several.len()),
                    hint: Some(format!("say which: {}{more}", forms.join(", "))),
                })
            }
        }
    }

    /// What a name means of which the kind is said.
    fn read_as<'t>(&self, kind: Kind, text: &'t str, kinds: &[Kind]) -> Read<Reading<'t>> {
        if !kinds.contains(&kind) {
            return Err(self.sends_nothing(kind, text));
        }
        let (name, nic) = split_nic(text);
        match (self.find(text, &[kind]), nic) {
            (Ok(known), _) => Ok(Reading::Named(known, text, None)),
            (Err(_), _) if kind == Kind::Vips && text.contains('#') => self.vip(text).map(Reading::Vip),
            (Err(_), Some(_)) => Ok(Reading::Named(self.find(name, &[kind])?, name, nic)),
            (Err(error), None) => Err(error),
        }
    }

    /// The error for what is sent to and never sends.
    fn sends_nothing(&self, kind: Kind, text: &str) -> NameError {
        let name = text.rsplit_once('#').map_or(text, |(pool, _)| pool);
        let hint = match self.find(name, &[kind]) {
            Ok(Known::Vips(pool)) => {
                let over = self.network.short(self.network.vips[pool].over);
                format!("name the cluster that holds it, `{over}`")
            }
            Ok(Known::Rule(_)) => format!("name a machine behind it, or probe:{name} for its health checks"),
            _ => "name an instance, a cluster or clients".to_owned(),
        };
        NameError { message: format!("`{name}` is a {}, which sends nothing by itself", kind.word()), hint: Some(hint) }
    }

    /// Whom a name means, of these kinds.
    fn find(&self, text: &str, kinds: &[Kind]) -> Read<Known> {
        match self.fitting(text, kinds).as_slice() {
            [] => Err(self.nobody(text, kinds)),
            [(_, known)] => Ok(*known),
            several => {
                let names: Vec<&str> = several.iter().take(3).map(|(name, _)| name.as_str()).collect();
                let more = if several.len() > names.len() { ", …" } else { "" };
                let kind = several[0].1.kind().word();
                let message = format!("`{text}` is the name of {} {kind}s", several.len());
                Err(NameError { message, hint: Some(format!("say which: {}{more}", names.join(", "))) })
            }
        }
    }

    /// All that have a name. A canonical name means one; clients that are a cluster, and load balancers that realise a VIP or lead to a service, are not
    /// told apart from it.
    fn fitting(&self, text: &str, kinds: &[Kind]) -> Vec<(Name, Known)> {
        let all = kinds.iter().flat_map(|kind| self.all(*kind));
        let found: Vec<(Name, Known)> = all.filter(|(name, _)| fits(name, text)).collect();
        let exact: Vec<(Name, Known)> = found.iter().filter(|(name, _)| name.as_str() == text).cloned().collect();
        let found = if exact.is_empty() { found } else { exact };
        let is_another = |known: Known| !found.iter().any(|(_, other)| self.is_same(known, *other));
        found.iter().filter(|(_, known)| is_another(*known)).cloned().collect()
    }

    /// Whether the first is nothing besides the other.
    fn is_same(&self, known: Known, other: Known) -> bool {
        let network = self.network;
        match (known, other) {
            (Known::Clients(group), Known::Cluster(cluster)) => network.clients[group].cluster == Some(cluster),
            (Known::Rule(rule), Known::Vips(pool)) => network.vips[pool].forwarding_rules.peek().contains(&rule),
            (Known::Rule(rule), Known::Service(service)) => {
                *network.forwarding_rules[rule].backend_service.peek() == Some(service)
            }
            _ => false,
        }
    }

    /// The error for a name that nobody has.
    fn nobody(&self, text: &str, kinds: &[Kind]) -> NameError {
        let pool = text.rsplit_once('#').map_or(text, |(pool, _)| pool);
        for kind in [Kind::Vips, Kind::Rule] {
            if kinds == SENDERS && !self.fitting(pool, &[kind]).is_empty() {
                return self.sends_nothing(kind, pool);
            }
        }
        let words: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
        let words = match words.as_slice() {
            [only] => (*only).to_owned(),
            [first @ .., last] => format!("{} or {last}", first.join(", ")),
            [] => unreachable!("some kind is asked for"),
        };
        let names = kinds.iter().flat_map(|kind| self.all(*kind));
        NameError { message: format!("no {words} is named `{text}`"), hint: near(text, names) }
    }

    fn all(&self, kind: Kind) -> Vec<(Name, Known)> {
        let network = self.network;
        match kind {
            Kind::Instance => {
                let machines = network.instances.iter().filter(|(_, row)| !row.is_template);
                machines.map(|(id, row)| (row.name.clone(), Known::Instance(id))).collect()
            }
            Kind::Cluster => network.clusters.iter().map(|(id, row)| (row.name.clone(), Known::Cluster(id))).collect(),
            Kind::Clients => network.clients.iter().map(|(id, row)| (row.name.clone(), Known::Clients(id))).collect(),
            Kind::Vips => network.vips.iter().map(|(id, row)| (row.name.clone(), Known::Vips(id))).collect(),
            Kind::Rule => {
                network.forwarding_rules.iter().map(|(id, row)| (row.name.clone(), Known::Rule(id))).collect()
            }
            Kind::Service => {
                network.backend_services.iter().map(|(id, row)| (row.name.clone(), Known::Service(id))).collect()
            }
        }
    }

    fn service(&self, text: &str) -> Read<BackendServiceId> {
        match self.find(text, &[Kind::Service, Kind::Rule])? {
            Known::Service(service) => Ok(service),
            Known::Rule(rule) => (*self.network.forwarding_rules[rule].backend_service).ok_or_else(|| NameError {
                message: format!("load balancer `{text}` has no backend service"),
                hint: None,
            }),
            _ => unreachable!("only services and load balancers were asked for"),
        }
    }

    /// Whoever has an address: the guest of the NIC, or the internet.
    fn sender_at(&self, address: IpAddr) -> Read<Meant<Sender>> {
        let address = address::plain(self.network, address)?;
        let holders = address::nics_at(self.network, address);
        match holders.as_slice() {
            [nic] => {
                let instance = self.network.nics[*nic].instance;
                let choice = format!("{address} is {}", self.network.short(*nic));
                let it = Sender::Guest { instance, bound: Some(End::Nic(*nic)) };
                Ok(Meant { it, choice: Some(choice) })
            }
            [] if address::is_internet(address) => Ok(Meant { it: Sender::Internet(address), choice: None }),
            [] => Err(address::unassigned(self.network, address).unwrap_or_else(|| NameError {
                message: format!("no NIC has the primary address {address}"),
                hint: Some("name the instance, as in vault-03 or vault-03:nic1".to_owned()),
            })),
            [first, other, ..] => Err(NameError {
                message: format!("{} NICs have the address {address}", holders.len()),
                hint: Some(format!(
                    "name the NIC, such as {} or {}",
                    self.network.short(*first).replace(' ', ":"),
                    self.network.short(*other).replace(' ', ":")
                )),
            }),
        }
    }

    fn member(&self, cluster: ClusterId, place: usize) -> Read<(InstanceId, Option<String>)> {
        let row = &self.network.clusters[cluster];
        let name = row.name.short();
        let instance = row.instances.get(place).ok_or_else(|| NameError {
            message: format!("cluster `{name}` has {}, which is too few", instances(row.instances.len())),
            hint: None,
        })?;
        let short = self.network.short(*instance);
        let choice = (row.instances.len() > 1)
            .then(|| format!("{short} stands for the {} of `{name}`", instances(row.instances.len())));
        Ok((*instance, choice))
    }

    /// One machine of clients, or the words for clients of whom none is described.
    fn client(&self, group: ClientGroupId) -> Read<Result<(InstanceId, Option<String>), String>> {
        let row = &self.network.clients[group];
        let name = row.name.short();
        match self.network.client_instances(row) {
            [] => Ok(Err(format!("one machine stands for the {} of `{name}`", row.count))),
            [first, ..] => {
                let short = self.network.short(*first);
                Ok(Ok((*first, Some(format!("{short} stands for the {} of `{name}`", row.count)))))
            }
        }
    }

    fn nic(&self, instance: InstanceId, label: &str) -> Read<NicId> {
        let nics = self.nics(instance)?;
        nics.iter().copied().find(|nic| self.network.nics[*nic].label() == label).ok_or_else(|| {
            let labels: Vec<String> = nics.iter().map(|nic| self.network.nics[*nic].label()).collect();
            let message = format!("{} has no {label}", self.network.short(instance));
            NameError { message, hint: Some(format!("it has {}", labels.join(", "))) }
        })
    }

    fn nics(&self, instance: InstanceId) -> Read<Vec<NicId>> {
        let nics = self.network.instances[instance].nics.peek().clone();
        if nics.is_empty() {
            let message = format!("the input does not say which NICs {} has", self.network.short(instance));
            return Err(NameError { message, hint: None });
        }
        Ok(nics)
    }

    fn rdma_nic(&self, instance: InstanceId) -> Option<NicId> {
        let is_rdma = |nic: &&NicId| {
            let row = &self.network.nics[**nic];
            matches!(row.nic_type.peek(), Ok(Some(kind)) if kind.is_rdma())
        };
        self.network.instances[instance].nics.peek().iter().find(is_rdma).copied()
    }

    /// The NIC that an instance means: its first for RDMA if that is what is sent, else nic0.
    fn nic_of(&self, instance: InstanceId, traffic: Traffic) -> Read<(NicId, Option<String>)> {
        let nics = self.nics(instance)?;
        let rdma = if traffic == Traffic::Rdma { self.rdma_nic(instance) } else { None };
        let nic = rdma.unwrap_or(nics[0]);
        let choice = (nics.len() > 1).then(|| {
            let others: Vec<String> =
                nics.iter().filter(|other| **other != nic).map(|other| self.network.nics[*other].label()).collect();
            let name = self.network.short(instance);
            let label = self.network.nics[nic].label();
            format!("{name} means its {label}; {name}:{} would mean another", others[0])
        });
        Ok((nic, choice))
    }

    fn vip(&self, text: &str) -> Read<Vip> {
        let (name, place) = text.rsplit_once('#').unwrap_or((text, ""));
        let Known::Vips(pool) = self.find(name, &[Kind::Vips])? else { unreachable!("only pools were asked for") };
        let count = self.network.vips[pool].count;
        match place.parse() {
            Ok(place) if place < count => Ok(Vip { pool, place }),
            _ => Err(NameError {
                message: format!("`{text}` is no VIP of `{name}`"),
                hint: Some(format!("they are {name}#0 to {name}#{}", count.saturating_sub(1))),
            }),
        }
    }
}

/// `vault-03:nic1` as its two parts; `vault-03 nic1` too, as it is printed.
fn split_nic(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once([':', ' ']) {
        Some((name, nic)) if nic.starts_with("nic") => (name, Some(nic)),
        _ => (text, None),
    }
}

/// The first of a group of a matrix, which is printed as `web-1 and 3 like it`.
fn alone(text: &str) -> &str {
    let before = text.strip_suffix(" like it").and_then(|text| text.rsplit_once(" and "));
    before.filter(|(_, count)| count.parse::<u64>().is_ok()).map_or(text, |(first, _)| first)
}

/// What was chosen where a row of a matrix is named.
fn alike(network: &Network, instance: InstanceId, text: &str) -> Option<String> {
    (alone(text) != text).then(|| format!("{} stands for itself and those like it", network.short(instance)))
}

/// Whether a name, or the end of a canonical name, is meant.
fn fits(name: &Name, text: &str) -> bool {
    name.as_str().strip_suffix(text).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

fn no_nics(name: &str) -> NameError {
    NameError { message: format!("no NIC of `{name}` is known"), hint: None }
}

/// The name that was probably meant.
fn near(text: &str, names: impl Iterator<Item = (Name, Known)>) -> Option<String> {
    let scored = names.map(|(name, _)| (strsim::damerau_levenshtein(text, name.short()), name));
    let (distance, name) = scored.min()?;
    let short = name.short();
    (distance <= 1 + short.len() / 3).then(|| format!("did you mean `{short}`?"))
}

impl NameError {
    /// Both lines, as errors of a call are printed.
    pub fn lines(&self) -> String {
        match &self.hint {
            Some(hint) => format!("{}\n  hint: {hint}", self.message),
            None => self.message.clone(),
        }
    }
}

/// How many instances, in words.
fn instances(count: usize) -> String {
    if count == 1 { "1 instance".to_owned() } else { format!("{count} instances") }
}
