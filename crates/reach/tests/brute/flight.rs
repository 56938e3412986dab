//! What flies: a packet of which every address is known, and who sends and gets it. Not here: where it goes.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::Ipv4Net;
use twinrail_model::{ClientGroupId, NicId, VpcId};
use twinrail_reach::{Code, Receiver};

use super::world::World;

/// A packet on its way. A reply goes to a port that nobody chose, so it has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flight {
    pub source: IpAddr,
    pub destination: IpAddr,
    pub protocol: u8,
    pub port: Option<u16>,
}

impl Flight {
    pub fn reply(self) -> Self {
        Self { source: self.destination, destination: self.source, protocol: self.protocol, port: None }
    }
}

/// Who sends a packet, and who gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    Nic(NicId),
    Clients(ClientGroupId),
    Prober,
    Internet,
}

impl Host {
    pub fn receiver(self) -> Receiver {
        match self {
            Self::Nic(nic) => Receiver::Nic(nic),
            Self::Clients(group) => Receiver::Clients(group),
            Self::Prober => Receiver::Prober,
            Self::Internet => Receiver::Internet,
        }
    }
}

/// A machine in a network: a NIC, or one of clients that are counted only, of which nothing is known but their subnet.
#[derive(Debug, Clone)]
pub struct Station {
    pub host: Host,
    pub vpc: VpcId,
    pub region: String,
    pub tags: Vec<String>,
    pub accounts: Vec<String>,
    pub secure_tags: Vec<String>,
}

impl World {
    pub fn station(&self, nic: NicId) -> Station {
        let instance = self.instance_of(nic);
        let row = &self.network.instances[instance];
        Station {
            host: Host::Nic(nic),
            vpc: self.vpc_of(nic),
            region: self.region_of(instance),
            tags: row.tags.to_vec(),
            accounts: row.service_accounts.to_vec(),
            secure_tags: row.secure_tags.to_vec(),
        }
    }

    pub fn station_of_clients(&self, group: ClientGroupId) -> Option<Station> {
        let row = &self.network.clients[group];
        let subnet = row.subnet?;
        Some(Station {
            host: Host::Clients(group),
            vpc: self.vpc_of_subnet(subnet),
            region: self.region_of_subnet(subnet),
            tags: row.tags.clone(),
            accounts: row.service_account.iter().cloned().collect(),
            secure_tags: Vec::new(),
        })
    }

    /// Everybody whose primary address this is, in whichever network.
    pub fn stations_at(&self, address: IpAddr) -> Vec<Station> {
        let nics = self.network.nics.ids().filter(|nic| self.primary(*nic) == address).map(|nic| self.station(nic));
        let groups = self.network.clients.ids().filter(|group| self.client(*group) == Some(address));
        nics.chain(groups.filter_map(|group| self.station_of_clients(group))).collect()
    }
}

/// The ranges that health checks of internal passthrough load balancers come from, by their first and last addresses:
/// <https://docs.cloud.google.com/load-balancing/docs/firewall-rules>.
pub fn probers() -> Vec<IpAddr> {
    let ranges = [(Ipv4Addr::new(35, 191, 0, 0), 16), (Ipv4Addr::new(130, 211, 0, 0), 22)];
    let ranges = ranges.map(|(first, length)| Ipv4Net::new(first, length).expect("a prefix of at most 32 bits"));
    ranges.iter().flat_map(|range| [range.network(), range.broadcast()]).map(IpAddr::V4).collect()
}

/// What a step makes of a packet.
pub type Step<T> = Result<T, Code>;
