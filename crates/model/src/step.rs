//! How a plan gets from the network that is to the network that will be: its steps, and what is missing in between. Not
//! here: whether anybody is hurt by that, which rules judge.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::field::Field;
use crate::id::{EntityId, StepId};
use crate::network::Name;

/// What a step does to its resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    Create,
    Update,
    Delete,
    /// Deleted and made anew.
    Replace {
        create_first: bool,
    },
}

/// One step of a plan: one resource that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Canonical name of the resource after the step; before it, where there is none after.
    pub name: Name,
    /// Its name before the step, where it was there.
    pub before: Option<Name>,
    /// What it is, in the field's words: `health check`; the API's word where it is no entity of its own.
    pub kind: &'static str,
    /// What the plan calls it.
    pub address: String,
    pub action: Action,
    /// The resource as it will be; `None` where it is deleted or is only a part of one.
    pub entity: Option<EntityId>,
    /// What the network lacks while the step is done; a hole where values that would tell are known only after apply.
    pub gaps: Field<Vec<Gap>>,
    /// The resources that use this one before the plan, and that the plan neither deletes nor replaces: what each is,
    /// and its name. Before a mere deletion, Terraform
    /// may update its users, so those that the plan changes are left out then.
    /// A hole where none is found and what some resource uses is not known.
    pub used_by: Field<Vec<(&'static str, Name)>>,
    /// Why a resource that the step makes is there already, where it is; a hole where two have one name in a project that is not known.
    pub taken: Field<Option<Taken>>,
}

impl Step {
    /// The first gap of a kind; a hole where the step's gaps are not known.
    pub fn gap<T>(&self, of: impl FnMut(Gap) -> Option<T>) -> Field<Option<T>> {
        Ok(self.gaps.clone()?.into_iter().find_map(of))
    }
}

/// Who has the name of a resource that a step makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// A resource of the live network.
    Live,
    /// What another step of the plan makes.
    Step(StepId),
}

/// Something that the network has before a step and after it, or somewhere else after another, and not in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// A reservation is released and its address reserved again: by the same step, or by another of which nothing says that it comes next.
    Reservation { address: IpAddr, again: Option<StepId> },
    /// Packets to a destination have no route of this kind.
    Route { destination: IpNet, again: Option<StepId> },
    /// An address at which a load balancer answers is released.
    ForwardingRule { address: Option<IpAddr>, again: Option<StepId> },
    /// A firewall rule is not there.
    FirewallRule,
    /// A NIC keeps alias ranges while its list of them changes.
    KeptAliases { nic: String, ranges: Vec<IpNet> },
    /// An alias range leaves a NIC and is added to another by another step of which nothing says that it comes next.
    MovedAlias { nic: String, range: IpNet, to: StepId },
    /// The new resource asks for an address that the old one holds until it is deleted.
    Held { address: IpAddr },
    /// An instance is made anew: its disks are, too.
    Instance,
}
