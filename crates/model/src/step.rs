//! How a plan gets from the network that is to the network that will be: its steps, and what is missing in between. Not
//! here: whether anybody is hurt by that, which rules judge.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::id::EntityId;
use crate::instance::Alias;
use crate::network::Name;

/// What a step does to its resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    Create,
    Update,
    Delete,
    /// Deleted and made anew; `true`: the new one is made first.
    Replace {
        create_first: bool,
    },
}

/// One step of a plan: one resource that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Canonical name of the resource.
    pub name: Name,
    /// What the plan calls it.
    pub address: String,
    pub action: Action,
    /// The resource as it will be; `None` where it is deleted or is only a part of one.
    pub entity: Option<EntityId>,
    /// What the network lacks while the step is done.
    pub gaps: Vec<Gap>,
}

/// Something that the network has before and after a step, or in another place after it, and not in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// A reserved address is free: anybody may take it.
    Address { address: IpAddr, external: bool },
    /// Packets to a destination have no route, or another.
    Route { destination: IpNet },
    /// A NIC's alias ranges are replaced as a list; those that another NIC takes over are held by nobody.
    Aliases { nic: String, removed: Vec<Alias>, added: Vec<Alias> },
    /// A load balancer's address answers nobody.
    ForwardingRule { address: Option<IpAddr> },
}
