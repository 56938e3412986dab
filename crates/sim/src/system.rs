//! The state: instances, the addresses that move, controllers, and requests that nobody waits for any more. Plain data of fixed size; parts that a mover
//! does not use keep their first value and take no room when packed. Not here: what changes it (`step`), and what is constant (`setting`).

use serde::{Deserialize, Serialize};

use crate::setting::Setting;

pub const MAX_NODES: usize = 5;
pub const MAX_VIPS: usize = 4;
pub const MAX_CONTROLLERS: usize = 3;
/// Requests whose sender crashed and which the platform has not decided yet.
pub const MAX_LATE: usize = 4;

/// A few nodes, or a few VIPs, as one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Set(pub u8);

impl Set {
    pub const EMPTY: Self = Self(0);

    pub fn of(member: u8) -> Self {
        Self(1 << member)
    }

    pub fn first(count: u8) -> Self {
        Self(((1_u16 << count) - 1) as u8)
    }

    pub fn has(self, member: u8) -> bool {
        self.0 >> member & 1 == 1
    }

    #[must_use]
    pub fn with(self, member: u8) -> Self {
        Self(self.0 | 1 << member)
    }

    #[must_use]
    pub fn without(self, member: u8) -> Self {
        Self(self.0 & !(1 << member))
    }

    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..8).filter(move |member| self.has(*member))
    }
}

/// How an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum Health {
    #[default]
    Up,
    /// It runs and clients reach it, but its peers, the controllers and the cluster's own software do not.
    Cut,
    /// It does nothing and answers nobody, and may go on later where it stopped: a pause, a hung kernel.
    Hung,
    /// It is off, or its host failed, and may start again. The resource with its addresses is still there.
    Down,
    /// A controller stopped it: it stays off.
    Stopped,
    /// The resource is deleted.
    Gone,
}

/// One instance, and the one NIC of it on which VIPs lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Node {
    pub health: Health,
    /// The guest agent is dead: addresses that come or go are not noticed.
    pub agent_dead: bool,
    /// The VIPs that the guest answers for.
    pub serves: Set,
    /// An automatic action emptied its local disks.
    pub wiped: bool,
    /// Alias ranges that others put on this NIC: [`Request::BYSTANDER`] was there from the start, [`Request::NEWCOMER`] came in between.
    pub others: Set,
    /// It announces itself as the holder of these VIPs, or its health responder for them is open.
    pub announces: Set,
    /// Ticks of its lease that are left by its own clock, for each VIP.
    pub lease: [u8; MAX_VIPS],
}

impl Node {
    /// It executes something.
    pub fn runs(&self) -> bool {
        matches!(self.health, Health::Up | Health::Cut)
    }

    /// The platform does not run it.
    pub fn is_off(&self) -> bool {
        matches!(self.health, Health::Down | Health::Stopped | Health::Gone)
    }
}

/// Which instance the API gives an address to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Holder {
    #[default]
    Nobody,
    Node(u8),
    /// An instance or a load balancer that is not ours.
    Stranger,
}

impl Holder {
    pub fn node(self) -> Option<u8> {
        match self {
            Self::Node(node) => Some(node),
            _ => None,
        }
    }

    pub fn is(self, node: u8) -> bool {
        self == Self::Node(node)
    }
}

/// One VIP as the platform, the cluster and the storage see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Address {
    /// The NIC that has it as an alias range or a stateful address; the leader of its backend service.
    pub holder: Holder,
    /// Next hops of its standing routes.
    pub routes: Set,
    /// Next hops of its routes with the better priority.
    pub better: Set,
    /// Where packets may arrive that have not heard of the last change yet.
    pub lag: Set,
    /// Who owns it by the record that controllers write, or whom the cluster elected.
    pub owner: Option<u8>,
    /// The storage obeys the instance of the newest claim.
    pub granted_newest: bool,
    /// Whom the storage takes writes from, where it looks at epochs.
    pub grant: Option<u8>,
    /// The newest decision that took effect.
    pub decided: Option<u8>,
    /// Backends that the load balancer takes for healthy.
    pub healthy: Set,
    /// Ticks until the lease of the owner is over for the one who granted it.
    pub lease: u8,
    /// A tick has passed since the last announcer fell silent.
    pub quiet: bool,
}

/// What a request asks of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum Ask {
    #[default]
    Nothing,
    /// `addresses.setLabels`: the record of ownership names this node.
    Claim,
    /// The storage is told to obey this node and nobody before it.
    Grant,
    /// `instances.stop` or `.reset`.
    PowerOff,
    /// `instances.updateNetworkInterface`: the NIC gets this list of alias ranges.
    Aliases,
    /// `routes.insert` and `routes.delete`, of the standing route and of the one with the better priority.
    InsertRoute,
    DeleteRoute,
    InsertBetter,
    DeleteBetter,
    /// `regionBackendServices.patch`: this node leads.
    Lead,
}

/// A request on its way to the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Request {
    pub ask: Ask,
    pub vip: u8,
    pub node: u8,
    /// The alias ranges that the NIC is to have: VIPs, and those of others.
    pub list: Set,
    /// The fingerprint that it carries is still that of the resource; of a grant, that its claim is the newest.
    pub fresh: bool,
    /// A newer decision about this VIP took effect since the task began.
    pub overtaken: bool,
}

impl Request {
    /// The member of a list that stands for an alias range which somebody else has on the NIC.
    pub const BYSTANDER: u8 = 7;
    /// The member that stands for one which somebody else adds in between.
    pub const NEWCOMER: u8 = 6;
    /// Both.
    pub const OTHERS: Set = Set(1 << Self::BYSTANDER | 1 << Self::NEWCOMER);

    pub fn is_nothing(&self) -> bool {
        self.ask == Ask::Nothing
    }

    /// The node that is given the VIP, if the request does that.
    pub fn gives_to(&self) -> Option<u8> {
        let gives = match self.ask {
            Ask::Aliases => self.list.has(self.vip),
            Ask::InsertRoute | Ask::InsertBetter | Ask::Lead | Ask::Claim => true,
            Ask::Nothing | Ask::Grant | Ask::PowerOff | Ask::DeleteRoute | Ask::DeleteBetter => false,
        };
        gives.then_some(self.node)
    }
}

/// What came of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum Answer {
    /// None yet.
    #[default]
    Awaited,
    Done,
    /// 412 `conditionNotMet`: somebody changed the resource in between.
    Stale,
    /// 409: another resource uses the address or the name.
    Conflict,
    /// 404 `notFound`.
    Missing,
    /// 403 `rateLimitExceeded`, until the next minute.
    Rate,
    /// The operation ended with an error and without effect; it may work the next time.
    Failed,
    /// 400 or 403: the request is not allowed at all.
    Refused,
}

/// A controller and the one task it may be at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Controller {
    /// The request that it waits for; nothing when it is idle.
    pub request: Request,
    pub answer: Answer,
    /// Where the VIP of the request is to go.
    pub target: u8,
}

impl Controller {
    pub fn is_idle(&self) -> bool {
        self.request.is_nothing()
    }
}

/// Everything that changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct System {
    pub nodes: [Node; MAX_NODES],
    pub vips: [Address; MAX_VIPS],
    pub controllers: [Controller; MAX_CONTROLLERS],
    /// Sorted, nothing last.
    pub late: [Request; MAX_LATE],
    /// Who holds the lease of the controllers: only this one begins a task.
    pub leader: u8,
    /// Faults that may still happen.
    pub faults: u8,
    /// Of those, faults of each class that has a budget of its own; 0 for one that has none.
    pub class_faults: [u8; 4],
    /// All controllers believe that they hold it.
    pub split: bool,
    /// The quota of this minute is used up.
    pub spent: bool,
}

impl System {
    /// The alias ranges that the API shows on the NIC of a node.
    pub fn aliases(&self, node: u8) -> Set {
        let mut list = self.nodes[usize::from(node)].others;
        for (vip, address) in self.vips.iter().enumerate() {
            if address.holder.is(node) {
                list = list.with(vip as u8);
            }
        }
        list
    }

    pub fn node(&self, node: u8) -> &Node {
        &self.nodes[usize::from(node)]
    }

    pub fn vip(&self, vip: u8) -> &Address {
        &self.vips[usize::from(vip)]
    }

    /// The instances that packets to a VIP go to once everybody has heard of the last change.
    pub fn destinations(&self, setting: &Setting, vip: u8) -> Set {
        let address = self.vip(vip);
        let family = setting.family();
        if family.routes() {
            let usable =
                |hops: Set| Set(hops.iter().filter(|hop| self.is_next_hop(*hop)).fold(0, |bits, hop| bits | 1 << hop));
            let better = usable(address.better);
            return if better.is_empty() { usable(address.routes) } else { better };
        }
        if family.health_checked() {
            let members = Set::first(setting.scope.nodes);
            if !address.healthy.is_empty() {
                return address.healthy;
            }
            return if setting.drops_if_unhealthy { Set::EMPTY } else { members };
        }
        if family.announced() {
            let announcers = (0..setting.scope.nodes)
                .filter(|node| self.node(*node).announces.has(vip) && self.node(*node).runs())
                .fold(Set::EMPTY, Set::with);
            if !announcers.is_empty() {
                return announcers;
            }
        }
        address.holder.node().map_or(Set::EMPTY, Set::of)
    }

    /// The instances that may get a client's packet to a VIP now.
    pub fn reachable(&self, setting: &Setting, vip: u8) -> Set {
        self.destinations(setting, vip).union(self.vip(vip).lag)
    }

    /// A static route is passed over while its instance does not run; one that hangs is not noticed.
    fn is_next_hop(&self, node: u8) -> bool {
        !self.node(node).is_off()
    }

    /// Answers clients of a VIP, and the storage takes what it writes.
    pub fn is_served_by(&self, setting: &Setting, vip: u8, node: u8) -> bool {
        let guest = self.node(node);
        guest.runs() && guest.serves.has(vip) && !self.is_fenced(setting, vip, node)
    }

    /// The storage takes nothing for this VIP from this node.
    pub fn is_fenced(&self, setting: &Setting, vip: u8, node: u8) -> bool {
        setting.looks_at_epochs() && self.vip(vip).grant != Some(node)
    }
}
