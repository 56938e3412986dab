//! What stays as it is while a system runs: how large it is, which mover with which of its steps, which faults may happen, and what the platform, the
//! model and the facts say of them. Not here: how a setting is made from a network (`prove`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use twinrail_model::MoverKind;

use crate::event::{FaultClass, FaultSet};
use crate::mover::{Step, Steps};
use crate::system::{
    Address, Controller, Holder, MAX_CONTROLLERS, MAX_LATE, MAX_NODES, MAX_VIPS, Node, Request, Set, System,
};

/// How large a system is explored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scope {
    pub nodes: u8,
    pub vips: u8,
    pub controllers: u8,
    /// Faults in one run, of all kinds together.
    pub faults: u8,
}

impl Default for Scope {
    fn default() -> Self {
        Self { nodes: 3, vips: 2, controllers: 2, faults: 2 }
    }
}

impl Scope {
    /// Why a scope is not possible.
    pub fn problem(self) -> Option<String> {
        let within = |what: &str, value: u8, least: u8, most: usize| {
            (value < least || usize::from(value) > most)
                .then(|| format!("{what}: {value} is not from {least} to {most}"))
        };
        within("nodes", self.nodes, 2, MAX_NODES)
            .or_else(|| within("VIPs", self.vips, 1, MAX_VIPS))
            .or_else(|| within("controllers", self.controllers, 1, MAX_CONTROLLERS))
            .or_else(|| within("faults", self.faults, 0, MAX_LATE))
    }
}

/// What keeps a deposed holder from writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fencing {
    /// Nothing.
    Nothing,
    /// The instance is stopped before another takes over.
    Stop,
    /// It is reset, and starts again with the addresses that it has.
    Reset,
    /// The storage refuses an older epoch.
    Epoch,
}

/// What the Pacemaker agent finds in its host list when it runs on one node: it looks for the holder in this order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hosts(pub Vec<Host>);

/// One entry of a host list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Host {
    /// A node of the scope.
    Node(u8),
    /// An instance outside the scope, which never has one of its VIPs.
    Other,
    /// A name that no instance has.
    Unknown(String),
}

/// Everything that does not change.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "answers of facts and of the model, each of which is yes or no")]
pub struct Setting {
    pub scope: Scope,
    pub mover: MoverWord,
    /// The steps that the mover takes; its own, unless a test or a user leaves one out.
    pub steps: Steps,
    pub menu: FaultSet,
    /// The most faults of one run, for classes that have a budget of their own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub at_most: BTreeMap<FaultClass, u8>,
    pub fencing: Fencing,
    /// Addresses of the pool are reserved.
    pub reserved: bool,
    /// A free address that is not reserved may be given to somebody else without being asked for.
    pub may_be_taken: bool,
    /// A managed instance group recreates instances that do not run.
    pub repaired: bool,
    /// It has a health check, and so recreates those that hang as well.
    pub notices_hangs: bool,
    /// The addresses are of the primary range of their subnet, from which new instances get theirs.
    pub in_primary_range: bool,
    /// Lost instances that the protection scheme tolerates, if anybody says so.
    pub tolerates: Option<u8>,
    /// VIPs that fit on one NIC, of those in the scope.
    pub room: u8,
    /// Why the platform refuses every request to put such a VIP on that NIC, or to point to it.
    pub refusal: Option<String>,
    /// The NIC on which the mover puts the address is the one that should have it, and its profile allows it.
    pub right_nic: bool,
    /// The load balancer drops packets when no backend is healthy, instead of sending them to all.
    pub drops_if_unhealthy: bool,
    /// A fingerprint is a hash of the content, so that it comes back when the content does.
    pub fingerprints_repeat: bool,
    /// Storage that refuses an old epoch refuses reads too.
    pub refuses_reads: bool,
    /// Local disks are empty after a controller stopped, or reset, an instance as a fence.
    pub fence_wipes: bool,
    /// For each node, what the host list of the Pacemaker agent comes to there.
    pub hosts: Vec<Hosts>,
    /// What the nodes are called, for those who read a trace.
    pub names: Vec<String>,
    /// What the VIPs are called.
    pub vip_names: Vec<String>,
}

/// A mover, by the word of the model file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MoverWord(pub MoverKind);

impl TryFrom<String> for MoverWord {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self)
    }
}

impl From<MoverWord> for String {
    fn from(word: MoverWord) -> Self {
        word.0.word().to_owned()
    }
}

/// What a mover changes to move an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Alias,
    Route,
    /// The API names the leader of the backend service.
    Leader,
    /// The health check of the load balancer decides.
    HealthCheck,
    /// Instances announce themselves.
    Announcement,
    /// The group keeps the address with its instance.
    Group,
}

impl Family {
    pub fn routes(self) -> bool {
        self == Self::Route
    }

    pub fn health_checked(self) -> bool {
        self == Self::HealthCheck
    }

    pub fn announced(self) -> bool {
        self == Self::Announcement
    }

    /// Every guest has the address at all times, so that it serves as soon as packets arrive.
    pub fn is_always_local(self) -> bool {
        matches!(self, Self::Leader | Self::HealthCheck | Self::Announcement)
    }
}

impl Setting {
    /// A mover with all its steps, on a network that takes everything it asks, with nothing reserved wrongly: where tests start.
    pub fn new(mover: MoverKind, scope: Scope) -> Self {
        Self {
            scope,
            mover: MoverWord(mover),
            steps: Steps::of(mover),
            menu: FaultSet::all(),
            at_most: BTreeMap::new(),
            fencing: Fencing::Epoch,
            reserved: true,
            may_be_taken: true,
            repaired: mover == MoverKind::StatefulMig,
            notices_hangs: true,
            in_primary_range: true,
            tolerates: Some(scope.nodes),
            room: scope.vips,
            refusal: None,
            right_nic: true,
            drops_if_unhealthy: false,
            fingerprints_repeat: false,
            refuses_reads: true,
            fence_wipes: false,
            hosts: (0..scope.nodes).map(|node| Hosts::all_but(node, scope.nodes)).collect(),
            names: (0..scope.nodes).map(|node| format!("node-{node}")).collect(),
            vip_names: (0..scope.vips).map(|vip| format!("vip#{vip}")).collect(),
        }
    }

    /// Why it cannot be run.
    pub fn problem(&self) -> Option<String> {
        let nodes = usize::from(self.scope.nodes);
        let strange = |host: &Host| matches!(host, Host::Node(node) if usize::from(*node) >= nodes);
        self.scope.problem().or_else(|| {
            let fits = self.hosts.len() == nodes && self.names.len() == nodes;
            let named = self.vip_names.len() == usize::from(self.scope.vips);
            let known = !self.hosts.iter().any(|hosts| hosts.0.iter().any(strange));
            (!(fits && named && known)).then(|| "names and host lists do not fit its scope".to_owned())
        })
    }

    pub fn takes(&self, step: Step) -> bool {
        self.steps.has(step)
    }

    pub fn family(&self) -> Family {
        match self.mover.0 {
            MoverKind::AliasIp | MoverKind::AliasIpFenced | MoverKind::PacemakerAlias => Family::Alias,
            MoverKind::RouteReplace | MoverKind::RouteMakeBeforeBreak | MoverKind::RoutePriority => Family::Route,
            MoverKind::LbHealthCheck => Family::HealthCheck,
            MoverKind::LbLeader => Family::Leader,
            MoverKind::LbGarp => Family::Announcement,
            MoverKind::StatefulMig => Family::Group,
        }
    }

    /// Controllers outside the nodes do the moving.
    pub fn has_controllers(&self) -> bool {
        let by_itself = matches!(
            self.mover.0,
            MoverKind::RoutePriority | MoverKind::LbHealthCheck | MoverKind::LbGarp | MoverKind::StatefulMig
        );
        !by_itself
    }

    /// Every guest has the address at all times.
    pub fn is_always_local(&self) -> bool {
        self.family().is_always_local() || self.mover.0 == MoverKind::RoutePriority
    }

    /// The storage knows of epochs, and the mover does not leave the fence out.
    pub fn looks_at_epochs(&self) -> bool {
        self.fencing == Fencing::Epoch && (!self.takes(Step::Claim) || self.takes(Step::Fence))
    }

    /// The epoch is raised by the controller that owns the claim, and not by whoever takes over.
    pub fn grants_by_claim(&self) -> bool {
        self.looks_at_epochs() && self.takes(Step::Fence) && self.mover.0 == MoverKind::AliasIpFenced
    }

    /// Controllers power off instances to fence them.
    pub fn powers_off(&self) -> bool {
        self.takes(Step::Fence) && matches!(self.fencing, Fencing::Stop | Fencing::Reset) && self.has_controllers()
    }

    /// Something automatic may empty the local disks of an instance.
    pub fn may_wipe(&self) -> bool {
        self.repaired || self.powers_off() && self.fence_wipes
    }

    /// What happens to one VIP has nothing to do with the others but for the health of the nodes, which no VIP changes: no list, no controller and no
    /// other request is shared. What can happen to a VIP is then what can happen to it alone, and one stands for all.
    pub fn vips_share_nothing(&self) -> bool {
        !self.has_controllers() && self.family() != Family::Group
    }

    /// Nodes can be exchanged with one another without changing what may happen. The Pacemaker agent depends on names.
    pub fn is_symmetric(&self) -> bool {
        self.mover.0 != MoverKind::PacemakerAlias
    }

    /// Ticks of a lease: how long a node may announce itself after it heard from the one who grants.
    pub const LEASE: u8 = 2;
    /// Ticks that the one who grants waits beyond that.
    pub const GAP: u8 = 1;

    /// All is well: VIP k is with node k, modulo their number.
    pub fn start(&self) -> System {
        self.start_with(|vip| vip % self.scope.nodes)
    }

    /// All is well, and each VIP is with the node that is said.
    pub(crate) fn start_with(&self, holder: impl Fn(u8) -> u8) -> System {
        let mut system = System { faults: self.scope.faults, ..System::default() };
        for (class, most) in &self.at_most {
            system.class_faults[*class as usize] = (*most).min(self.scope.faults);
        }
        if self.family() == Family::Alias {
            for node in &mut system.nodes[..usize::from(self.scope.nodes)] {
                node.others = Set::of(Request::BYSTANDER);
            }
        }
        // An address that the platform refuses was never anywhere.
        let vips = if self.refusal.is_none() { self.scope.vips } else { 0 };
        for vip in 0..vips {
            let at = holder(vip);
            system.vips[usize::from(vip)] = self.address_at(at);
            let node: &mut Node = &mut system.nodes[usize::from(at)];
            node.serves = node.serves.with(vip);
            if self.family().announced() || self.family().health_checked() {
                node.announces = node.announces.with(vip);
            }
            if self.family().announced() {
                node.lease[usize::from(vip)] = Self::LEASE;
            }
        }
        debug_assert!(system.controllers.iter().all(Controller::is_idle), "nobody is at work when all is well");
        system
    }

    fn address_at(&self, at: u8) -> Address {
        let mut address = Address { decided: self.has_controllers().then_some(at), ..Address::default() };
        match self.family() {
            Family::Route if self.mover.0 == MoverKind::RoutePriority => {
                address.better = Set::of(at);
                address.routes = Set::of((at + 1) % self.scope.nodes);
            }
            Family::Route => address.routes = Set::of(at),
            Family::HealthCheck => {
                address.healthy = Set::of(at);
                address.owner = Some(at);
            }
            Family::Announcement => {
                address.holder = Holder::Node(at);
                address.owner = Some(at);
                address.lease = Self::LEASE + Self::GAP;
                address.quiet = true;
            }
            Family::Alias | Family::Leader | Family::Group => address.holder = Holder::Node(at),
        }
        if self.takes(Step::Claim) {
            address.owner = Some(at);
        }
        if self.looks_at_epochs() {
            address.grant = Some(at);
        }
        address.granted_newest = self.grants_by_claim() && self.takes(Step::Claim);
        address
    }
}

impl Hosts {
    /// A list of all nodes, without the one that reads it.
    pub fn all_but(me: u8, nodes: u8) -> Self {
        Self((0..nodes).filter(|node| *node != me).map(Host::Node).collect())
    }

    /// What a list of names comes to on one host for an agent that removes its own name: from each word as text, or as a whole word.
    ///
    /// `node_of` knows which instances exist: `Some(None)` for one outside the scope, `None` for no instance at all.
    pub fn read(names: &[String], me: &str, whole_words: bool, node_of: impl Fn(&str) -> Option<Option<u8>>) -> Self {
        let text = names.join(" ");
        let rest = if whole_words {
            names.iter().filter(|name| *name != me).cloned().collect::<Vec<_>>().join(" ")
        } else {
            text.replace(me, "")
        };
        let hosts = rest.split_whitespace().map(|word| match node_of(word) {
            Some(Some(node)) => Host::Node(node),
            Some(None) => Host::Other,
            None => Host::Unknown(word.to_owned()),
        });
        Self(hosts.collect())
    }
}
