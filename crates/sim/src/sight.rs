//! What a controller can know: answers of the API and the health of nodes. The data plane, the guests' addresses and what the storage obeys are not
//! to be seen, so that no mover can be proved by looking at them.

use crate::mover::Step;
use crate::setting::{Host, Setting};
use crate::system::{Health, Holder, Set, System};

/// The world through the API and the health checks, at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight<'a> {
    system: &'a System,
    setting: &'a Setting,
}

impl<'a> Sight<'a> {
    pub(crate) fn new(system: &'a System, setting: &'a Setting) -> Self {
        Self { system, setting }
    }

    pub(crate) fn setting(self) -> &'a Setting {
        self.setting
    }

    /// The instance whose NIC has the VIP, or which leads its backend service.
    pub(crate) fn holder(self, vip: u8) -> Holder {
        self.system.vip(vip).holder
    }

    pub(crate) fn aliases(self, node: u8) -> Set {
        self.system.aliases(node)
    }

    /// Next hops of the standing route, and of the better one.
    pub(crate) fn routes(self, vip: u8) -> (Set, Set) {
        let address = self.system.vip(vip);
        (address.routes, address.better)
    }

    /// The owner by the labels of the reserved address.
    pub(crate) fn owner(self, vip: u8) -> Option<u8> {
        self.system.vip(vip).owner
    }

    /// The storage, which can be asked, has seen the number of the newest claim.
    pub(crate) fn obeys_newest(self, vip: u8) -> bool {
        !self.setting.grants_by_claim() || self.system.vip(vip).granted_newest
    }

    pub(crate) fn exists(self, node: u8) -> bool {
        self.system.node(node).health != Health::Gone
    }

    /// Somebody stopped it for good, or deleted it. One that failed may start again by itself.
    pub(crate) fn stays_off(self, node: u8) -> bool {
        matches!(self.system.node(node).health, Health::Stopped | Health::Gone)
    }

    /// Passes the health check of the controllers.
    pub(crate) fn is_fit(self, node: u8) -> bool {
        let guest = self.system.node(node);
        guest.health == Health::Up && !(guest.agent_dead && self.setting.takes(Step::CheckGuest))
    }

    /// What the Pacemaker agent on one node finds when it goes through its host list for the holder of a VIP; an error is a host that it cannot find.
    pub(crate) fn search(self, on: u8, vip: u8) -> Result<Option<u8>, ()> {
        for host in &self.setting.hosts[usize::from(on)].0 {
            match host {
                Host::Node(node) if self.holder(vip).is(*node) => return Ok(Some(*node)),
                Host::Node(node) if self.exists(*node) => {}
                Host::Other => {}
                Host::Node(_) | Host::Unknown(_) if self.setting.takes(Step::PassMissingHosts) => {}
                Host::Node(_) | Host::Unknown(_) => return Err(()),
            }
        }
        Ok(None)
    }
}
