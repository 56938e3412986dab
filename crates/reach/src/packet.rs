//! What is sent: from whom, to whom, by which protocol. Ends have identities, so that a packet can be asked about before its addresses are assigned.
//! Not here: where it goes.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use twinrail_model::{
    AliasRange, BackendServiceId, ClientGroupId, Field, ForwardingRuleId, Hole, InstanceId, Network, NicId, Place, Vip,
};

/// One end of a packet: whose address it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// The primary address of a NIC.
    Nic(NicId),
    /// An address of the alias range at this place of a NIC's list: the first stands for all of them.
    Alias(NicId, usize),
    Vip(Vip),
    /// The address of a forwarding rule.
    Rule(ForwardingRuleId),
    /// Some machine of clients that the model counts and does not describe.
    Clients(ClientGroupId),
    /// An address, of whom is to be found out: one on the internet, or one that a user names.
    Address(IpAddr),
    /// Wherever health checks come from, by the place in the list of their ranges.
    Prober(usize),
}

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sender {
    /// A process of an instance, bound to an address of its own, or free: then the guest chooses NIC and source.
    Guest { instance: InstanceId, bound: Option<End> },
    /// Some machine of clients that the model counts and does not describe.
    Clients(ClientGroupId),
    /// The health checks of a backend service.
    Prober(BackendServiceId),
    /// A machine on the internet.
    Internet(IpAddr),
}

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Traffic {
    /// An IP protocol by its number, and the destination port of those that have ports; the source port is any.
    Ip { protocol: u8, port: Option<u16> },
    /// RDMA verbs between RDMA NICs.
    Rdma,
}

/// A packet that opens a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Packet {
    pub from: Sender,
    pub to: End,
    pub traffic: Traffic,
}

/// IP's numbers of the protocols that people name.
pub mod protocol {
    pub const ICMP: u8 = 1;
    pub const TCP: u8 = 6;
    pub const UDP: u8 = 17;
}

impl Traffic {
    pub fn tcp(port: u16) -> Self {
        Self::Ip { protocol: protocol::TCP, port: Some(port) }
    }

    pub fn udp(port: u16) -> Self {
        Self::Ip { protocol: protocol::UDP, port: Some(port) }
    }
}

impl fmt::Display for Traffic {
    /// `tcp:2049`, `icmp`, `protocol 47`, `rdma`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, port) = match self {
            Self::Rdma => return f.pad("rdma"),
            Self::Ip { protocol: protocol::TCP, port } => ("tcp".to_owned(), port),
            Self::Ip { protocol: protocol::UDP, port } => ("udp".to_owned(), port),
            Self::Ip { protocol: protocol::ICMP, port } => ("icmp".to_owned(), port),
            Self::Ip { protocol, port } => (format!("protocol {protocol}"), port),
        };
        match port {
            Some(port) => f.pad(&format!("{name}:{port}")),
            None => f.pad(&name),
        }
    }
}

impl End {
    /// The address as a range of one, or the ranges of which it will be one. The ranges of internet and probers are facts, so they are not asked here.
    ///
    /// # Errors
    /// The hole, where the input does not say even that.
    pub fn ranges(self, network: &Network) -> Field<Vec<IpNet>> {
        match self {
            Self::Nic(nic) => {
                let row = &network.nics[nic];
                if let Some(address) = row.address.get()? {
                    return Ok(vec![address.into()]);
                }
                let subnet = &network.subnets[row.subnet.get()?];
                let range = subnet.range.get()?.or(*subnet.ipv6_range);
                range.map(|range| vec![range]).ok_or(Hole::NotInInput(Place::field(nic, "networkIP")))
            }
            Self::Alias(nic, place) => {
                let row = &network.nics[nic];
                match &row.aliases[place].range {
                    AliasRange::Range(range) => Ok(vec![range.addr().into()]),
                    AliasRange::Length(_) => {
                        let subnet = &network.subnets[row.subnet.get()?];
                        let from = row.aliases[place].secondary.as_ref();
                        let secondary = from.and_then(|name| subnet.secondary.iter().find(|(other, _)| other == name));
                        match (from, secondary) {
                            (Some(_), Some((_, range))) => Ok(vec![*range]),
                            (Some(_), None) => Err(Hole::NotInInput(Place::field(nic, "aliasIpRanges"))),
                            (None, _) => Ok(subnet.range.get()?.into_iter().collect()),
                        }
                    }
                }
            }
            Self::Vip(vip) => network.vip_ranges(vip),
            Self::Rule(rule) => {
                let row = &network.forwarding_rules[rule];
                match (row.address.get()?, *row.subnet) {
                    (Some(address), _) => Ok(vec![address.into()]),
                    (None, Some(subnet)) => Ok(network.subnets[subnet].range.get()?.into_iter().collect()),
                    (None, None) => Err(Hole::AfterApply(Place::field(rule, "IPAddress"))),
                }
            }
            Self::Clients(group) => match network.clients[group].subnet {
                Some(subnet) => Ok(network.subnets[subnet].range.get()?.into_iter().collect()),
                None => Err(Hole::NotInInput(Place::field(group, "subnet"))),
            },
            Self::Address(address) => Ok(vec![address.into()]),
            Self::Prober(_) => Ok(Vec::new()),
        }
    }

    /// Where the model says, or should say, which address it is.
    pub fn place(self) -> Option<Place> {
        match self {
            Self::Nic(nic) => Some(Place::field(nic, "networkIP")),
            Self::Alias(nic, _) => Some(Place::field(nic, "aliasIpRanges")),
            Self::Vip(vip) => Some(Place::field(vip.pool, "addresses")),
            Self::Rule(rule) => Some(Place::field(rule, "IPAddress")),
            Self::Clients(group) => Some(Place::field(group, "subnet")),
            Self::Address(_) | Self::Prober(_) => None,
        }
    }

    /// What people call it: `vault-03 nic1`, `nfs#4`, `10.0.0.7`.
    pub fn short(self, network: &Network) -> String {
        match self {
            Self::Nic(nic) => network.short(nic),
            Self::Alias(nic, place) => match &network.nics[nic].aliases.peek()[place].range {
                AliasRange::Range(range) => format!("{} alias {range}", network.short(nic)),
                AliasRange::Length(length) => format!("{} alias /{length}", network.short(nic)),
            },
            Self::Vip(vip) => format!("{}#{}", network.short(vip.pool), vip.place),
            Self::Rule(rule) => network.short(rule),
            Self::Clients(group) => network.short(group),
            Self::Address(address) => address.to_string(),
            Self::Prober(_) => "health checks".to_owned(),
        }
    }
}

impl Sender {
    /// What people call it: `vault-03`, `vault-03 nic1`, `gpu`, `internet`.
    pub fn short(self, network: &Network) -> String {
        match self {
            Self::Guest { bound: Some(end), .. } => end.short(network),
            Self::Guest { instance, bound: None } => network.short(instance),
            Self::Clients(group) => network.short(group),
            Self::Prober(service) => format!("probe of {}", network.short(service)),
            Self::Internet(address) => format!("internet ({address})"),
        }
    }
}
