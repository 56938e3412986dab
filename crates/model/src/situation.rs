//! What has failed, and who holds which VIP: an overlay on the read-only network. Not here: how long anything takes, and what moves an address.

use std::collections::{BTreeMap, BTreeSet};

use crate::field::Field;
use crate::id::{InstanceId, NicId};
use crate::network::Network;
use crate::vip::Vip;

/// A part that fails as a whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Instance(InstanceId),
    Nic(NicId),
    /// A zone by its name, with all instances in it.
    Zone(String),
}

/// A state of the world after failures, in which every move is complete.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Situation {
    pub down: BTreeSet<Part>,
    /// Who holds a VIP, where one of its candidates is singled out. Any other VIP may be with any of its candidates.
    pub holders: BTreeMap<Vip, InstanceId>,
}

impl Situation {
    /// After some parts failed.
    pub fn after(down: impl IntoIterator<Item = Part>) -> Self {
        Self { down: down.into_iter().collect(), holders: BTreeMap::new() }
    }

    /// Whether an instance is up, as far as failures go; what the input says of its status is another question.
    pub fn is_up(&self, network: &Network, instance: InstanceId) -> Field<bool> {
        if self.down.is_empty() {
            return Ok(true);
        }
        if self.down.contains(&Part::Instance(instance)) {
            return Ok(false);
        }
        let zones = self.down.iter().any(|part| matches!(part, Part::Zone(_)));
        Ok(!zones || !self.down.contains(&Part::Zone(network.instances[instance].zone.get()?)))
    }

    /// Whether a NIC and its instance are up.
    pub fn is_nic_up(&self, network: &Network, nic: NicId) -> Field<bool> {
        if self.down.contains(&Part::Nic(nic)) {
            return Ok(false);
        }
        self.is_up(network, network.nics[nic].instance)
    }
}

impl Part {
    /// What people call it: `vault-03`, `vault-03 nic1`, `zone us-central1-a`.
    pub fn short(&self, network: &Network) -> String {
        match self {
            Self::Instance(id) => network.short(*id),
            Self::Nic(id) => network.short(*id),
            Self::Zone(zone) => format!("zone {zone}"),
        }
    }
}
