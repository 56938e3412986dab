//! What every decision on a packet's way needs at hand, and the packet on its way. Not here: the decisions.

use twinrail_facts::Facts;
use twinrail_model::{ClientGroupId, Field, Hole, InstanceId, Network, NicId, Place, Situation, SubnetId, View, VpcId};

use crate::firewall::Machine;
use crate::packet::Traffic;
use crate::plane::Plane;
use crate::spot::Spot;
use crate::trail::Trail;

/// One world and one situation of a network.
#[derive(Debug)]
pub(crate) struct Walker<'a> {
    pub plane: &'a Plane<'a>,
    pub situation: &'a Situation,
    pub facts: &'a Facts<'a>,
    pub view: View<'a>,
    pub is_silent: bool,
}

/// A packet on its way: a request, or a reply to one.
#[derive(Debug, Clone)]
pub(crate) struct Flight {
    pub source: Spot,
    pub destination: Spot,
    pub traffic: Traffic,
    /// For a reply: the NIC at which the request arrived.
    pub answers_at: Option<NicId>,
}

/// Where a packet enters a network: the NIC of an instance, or some machine of clients.
#[derive(Debug, Clone)]
pub(crate) struct Leg<'a> {
    pub vpc: VpcId,
    pub region: &'a str,
    pub subnet: SubnetId,
    pub who: Who,
}

/// Who stands at one end of a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Nic(NicId),
    Clients(ClientGroupId),
}

/// Who asked, so that a reply must come back there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    Who(Who),
    Prober,
    Internet,
}

/// Where routing leads.
#[derive(Debug, Clone)]
pub(crate) enum Landing {
    /// A NIC that has the address, or that gets the packet as backend or next hop.
    Nic(NicId, Role),
    Clients(ClientGroupId),
    Prober,
    Internet,
    /// It leads nowhere.
    Nowhere(crate::verdict::Walk),
}

/// Why a NIC gets a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The address is one of the NIC's.
    Owner,
    /// A load balancer chose it.
    Backend,
    /// A route leads to it.
    NextHop,
}

impl<'a> Walker<'a> {
    pub(crate) fn network(&self) -> &'a Network {
        self.plane.network
    }

    pub(crate) fn trail(&self) -> Trail {
        Trail::new(self.facts, self.is_silent)
    }

    pub(crate) fn leg(&self, nic: NicId) -> Field<Leg<'a>> {
        let row = &self.network().nics[nic];
        let subnet = row.subnet.get()?;
        let region = self.network().subnets[subnet].region.get_ref()?;
        Ok(Leg { vpc: row.vpc.get()?, region, subnet, who: Who::Nic(nic) })
    }

    pub(crate) fn clients_leg(&self, group: ClientGroupId) -> Field<Leg<'a>> {
        let subnet = self.network().clients[group].subnet.ok_or(Hole::NotInInput(Place::field(group, "subnet")))?;
        let row = &self.network().subnets[subnet];
        Ok(Leg { vpc: row.vpc.get()?, region: row.region.get_ref()?, subnet, who: Who::Clients(group) })
    }

    /// The machine behind one end, as firewall rules and tagged routes see it.
    pub(crate) fn machine(&self, who: Who) -> Machine<'a> {
        match who {
            Who::Nic(nic) => Machine::Instance(&self.network().instances[self.network().nics[nic].instance]),
            Who::Clients(group) => Machine::Clients(&self.network().clients[group]),
        }
    }

    /// Whether an instance runs: it has not failed, and its status, where the input has one, is RUNNING.
    pub(crate) fn is_running(&self, instance: InstanceId) -> Field<bool> {
        let status = &self.network().instances[instance].status;
        let runs = status.as_deref().is_none_or(|status| status == "RUNNING");
        Ok(runs && self.situation.is_up(self.network(), instance)?)
    }

    pub(crate) fn instance_of(&self, nic: NicId) -> InstanceId {
        self.network().nics[nic].instance
    }
}
