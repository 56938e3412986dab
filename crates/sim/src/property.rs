//! What a mover should keep, whatever happens: invariants of states and of steps, and what must come about sooner or later. Each has a twin, the
//! state that it is about, which must be reachable: a property that holds only because that state never comes is said to be vacuous.

use enumset::{EnumSet, EnumSetType};
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fault};
use crate::pending::progress;
use crate::setting::{Family, Setting};
use crate::system::{Answer, Ask, Controller, Health, Holder, Node, Request, Set, System};

/// A property, in the order of the tables.
#[derive(Debug, EnumSetType, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[enumset(serialize_repr = "list")]
pub enum Property {
    /// I1: the platform sends a VIP to at most one instance.
    OneHolder,
    /// I2: at most one guest answers clients that reach it.
    OneResponder,
    /// I3: no write is taken from a deposed holder after the new one serves.
    NoDeposedWrite,
    /// I4: at most one guest announces itself, and a new one only a while after the one before fell silent.
    SenderDiscipline,
    /// I5: what is settled is the newest decision: no late request undoes it for good.
    NoLostUpdate,
    /// I6: an address of the pool never goes to a stranger.
    PoolIntegrity,
    /// I7: a change of one address leaves the other addresses of the NIC as they are.
    NoCollateral,
    /// I8: the address lies only on the NIC that should have it.
    RightNic,
    /// I9: what does not fit is not tried again, and a spent quota is not spent further.
    WithinBounds,
    /// I10: automatic actions destroy no more data than the protection scheme tolerates.
    DataKept,
    /// L1: from any state, every VIP comes to be served by one healthy holder.
    Converges,
    /// L2: no VIP moves back and forth for ever.
    NoPingPong,
    /// L3: what somebody changed by hand is found and repaired.
    DriftRepaired,
    /// L4: after all instances were down, the first that is back serves.
    FailsBack,
}

pub type PropertySet = EnumSet<Property>;

impl Property {
    /// The name in the literature of the project: I1 to I10, L1 to L4.
    pub fn code(self) -> &'static str {
        ["I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I10", "L1", "L2", "L3", "L4"][self as usize]
    }

    /// In a few words.
    pub fn title(self) -> &'static str {
        match self {
            Self::OneHolder => "at most one instance is given the packets",
            Self::OneResponder => "at most one guest answers",
            Self::NoDeposedWrite => "no write of a deposed holder is taken",
            Self::SenderDiscipline => "one announcer at a time",
            Self::NoLostUpdate => "no late request undoes a newer decision",
            Self::PoolIntegrity => "no address of the pool goes to a stranger",
            Self::NoCollateral => "other addresses of the NIC stay",
            Self::RightNic => "only on the NIC that should have it",
            Self::WithinBounds => "limits and quota are respected",
            Self::DataKept => "no more data is destroyed than tolerated",
            Self::Converges => "every VIP comes to be served",
            Self::NoPingPong => "no VIP moves for ever",
            Self::DriftRepaired => "manual changes are repaired",
            Self::FailsBack => "the first instance that is back serves",
        }
    }

    /// What is looked at in the states of the model.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::OneHolder => {
                "Once everybody has heard of the last change, packets to a VIP go to one instance at most: the NIC that has it as an alias range, the next \
                 hop of its best usable route, the leader, the healthy backends."
            }
            Self::OneResponder => {
                "At most one guest that packets reach, now or for hosts that have not heard of the last change, has the VIP. Guests whom the storage refuses \
                 do not count where it refuses reads too."
            }
            Self::NoDeposedWrite => {
                "At most one guest has the VIP and is not refused by the storage, whether packets reach it or not: what it has received it may still \
                 acknowledge."
            }
            Self::SenderDiscipline => {
                "No guest begins to announce itself while another does, or in the tick in which another fell silent."
            }
            Self::NoLostUpdate => {
                "When nothing is left to happen, the VIP is where the newest decision that took effect put it, if it could be there."
            }
            Self::PoolIntegrity => "No instance or load balancer that is not of the cluster holds the address.",
            Self::NoCollateral => {
                "A request that moves one VIP changes no other alias range of the NIC, whoever put it there."
            }
            Self::RightNic => {
                "The address lies on the NIC in its subnet. This is decided by where the mover puts addresses, not by what happens."
            }
            Self::WithinBounds => {
                "After 403 for the rate no request is made again before the minute is over, and no NIC is asked to hold more than fits."
            }
            Self::DataKept => {
                "Instances whose local disks a managed group, or a fence that stops them, emptied are no more than `service: { tolerates: … }`."
            }
            Self::Converges => {
                "From every state that can be reached, if no more faults happen, each VIP can come to be served by one healthy holder by what must happen \
                 sooner or later, without luck such as a restart."
            }
            Self::NoPingPong => "No cycle of what must happen sooner or later moves a VIP, while one controller leads.",
            Self::DriftRepaired => "As L1, where somebody removes an address by hand, or puts it on another instance.",
            Self::FailsBack => "As L1, where all instances may be down at once.",
        }
    }

    /// What must be reachable for the property to mean something.
    pub fn twin(self) -> &'static str {
        match self {
            Self::OneHolder => "a VIP changes its holder",
            Self::OneResponder | Self::NoDeposedWrite => "a guest that is cut off or hangs still has the VIP",
            Self::SenderDiscipline => "a lease is over while its holder hangs or is cut off",
            Self::NoLostUpdate => "a request of a deposed or crashed controller is under way",
            Self::PoolIntegrity => "a VIP has no holder",
            Self::NoCollateral => "a list is on its way to a NIC that has changed since",
            Self::RightNic => "a NIC is given a VIP",
            Self::WithinBounds => "a request is refused for the quota, or for room",
            Self::DataKept => "the local disks of an instance are emptied",
            Self::Converges => "a VIP is not served",
            Self::NoPingPong => "a VIP moves after a fault",
            Self::DriftRepaired => "somebody removed an address by hand",
            Self::FailsBack => "all instances are down",
        }
    }

    pub fn is_liveness(self) -> bool {
        matches!(self, Self::Converges | Self::NoPingPong | Self::DriftRepaired | Self::FailsBack)
    }

    /// Why the property does not arise under a mover at all.
    pub fn absent(self, setting: &Setting) -> Option<&'static str> {
        let family = setting.family();
        let by_list = family == Family::Alias;
        match self {
            Self::SenderDiscipline if !family.announced() => Some("nobody announces itself"),
            Self::NoLostUpdate | Self::WithinBounds if !setting.has_controllers() => {
                Some("no controller asks for anything")
            }
            Self::PoolIntegrity if !matches!(family, Family::Alias | Family::Group) => {
                Some("the address stays with its route or forwarding rule")
            }
            Self::NoCollateral if !by_list => Some("no list is written"),
            Self::DataKept if !setting.may_wipe() => Some("nothing automatic empties local disks"),
            Self::NoPingPong if family == Family::Group => Some("the address never moves"),
            Self::DriftRepaired if family.health_checked() => Some("no address and no leader is there to be changed"),
            Self::DriftRepaired if family == Family::Group => Some("the group keeps the address with its instance"),
            _ => None,
        }
    }

    /// The faults under which it is looked at.
    pub fn menu(self) -> EnumSet<Fault> {
        match self {
            Self::DriftRepaired => EnumSet::only(Fault::Drift),
            Self::FailsBack => Fault::Zone | Fault::Kill | Fault::Cut,
            _ => EnumSet::all() - Fault::Drift - Fault::Zone,
        }
    }
}

/// The invariants that a state violates, of those that are asked about.
pub(crate) fn violated_by_state(system: &System, setting: &Setting, asked: PropertySet) -> PropertySet {
    let mut violated = PropertySet::empty();
    let responders = !asked.is_disjoint(Property::OneResponder | Property::NoDeposedWrite);
    for vip in 0..setting.scope.vips {
        let address = system.vip(vip);
        let destinations = system.destinations(setting, vip);
        if destinations.len() > 1 {
            violated |= Property::OneHolder;
        }
        if responders {
            let having = (0..setting.scope.nodes)
                .filter(|node| system.node(*node).runs() && system.node(*node).serves.has(vip))
                .fold(Set::EMPTY, Set::with);
            let taken = having.iter().filter(|node| !system.is_fenced(setting, vip, *node)).fold(Set::EMPTY, Set::with);
            if taken.len() > 1 {
                violated |= Property::NoDeposedWrite;
            }
            let answering = if setting.refuses_reads { taken } else { having };
            if Set(answering.0 & destinations.union(address.lag).0).len() > 1 {
                violated |= Property::OneResponder;
            }
        }
        if address.holder == Holder::Stranger {
            violated |= Property::PoolIntegrity;
        }
        if !setting.right_nic && (address.holder.node().is_some() || !address.routes.is_empty()) {
            violated |= Property::RightNic;
        }
    }
    let wiped = || system.nodes.iter().filter(|node| node.wiped).count();
    if setting.may_wipe() && setting.tolerates.is_some_and(|tolerates| wiped() > usize::from(tolerates)) {
        violated |= Property::DataKept;
    }
    if asked.contains(Property::NoLostUpdate) && setting.has_controllers() && undone(system, setting) {
        violated |= Property::NoLostUpdate;
    }
    violated & asked
}

/// Nothing is left to happen, and a VIP is where the newest decision did not put it, although it could be there.
fn undone(system: &System, setting: &Setting) -> bool {
    let elsewhere = |vip: &u8| {
        let address = system.vip(*vip);
        let decided = address.decided.filter(|node| is_fit(system, *node));
        let now = system.destinations(setting, *vip);
        decided.is_some_and(|node| !now.is_empty() && !now.has(node))
    };
    if system.late.iter().any(|request| !request.is_nothing()) || !(0..setting.scope.vips).any(|vip| elsewhere(&vip)) {
        return false;
    }
    let mut events = Vec::new();
    progress(system, setting, &mut events);
    events.is_empty()
}

/// The invariants of steps that a step violates.
pub(crate) fn violated_by_step(before: &System, event: Event, after: &System, setting: &Setting) -> PropertySet {
    let mut violated = PropertySet::empty();
    match event {
        Event::Decide { controller }
            if touches_others(before, before.controllers[usize::from(controller)].request, after) =>
        {
            violated |= Property::NoCollateral;
        }
        Event::DecideLate { place } if touches_others(before, before.late[usize::from(place)], after) => {
            violated |= Property::NoCollateral;
        }
        Event::React { controller } => {
            let (was, is) = (&before.controllers[usize::from(controller)], &after.controllers[usize::from(controller)]);
            let hurried = was.answer == Answer::Rate && before.spent && !is.is_idle();
            if hurried || asks_too_much(before, is.request, setting) {
                violated |= Property::WithinBounds;
            }
        }
        Event::Begin { controller, .. }
            if asks_too_much(before, after.controllers[usize::from(controller)].request, setting) =>
        {
            violated |= Property::WithinBounds;
        }
        Event::Announce { node, vip } if setting.family().announced() => {
            let another = (0..setting.scope.nodes).any(|other| {
                let guest = before.node(other);
                other != node && guest.announces.has(vip) && guest.health != Health::Gone
            });
            if another || !before.vip(vip).quiet {
                violated |= Property::SenderDiscipline;
            }
        }
        _ => {}
    }
    violated
}

/// It gives a NIC more than fits, which the list that was just read shows.
fn asks_too_much(before: &System, request: Request, setting: &Setting) -> bool {
    request.ask == Ask::Aliases
        && request.list.minus(Request::OTHERS).len() > u32::from(setting.room)
        && request.list.len() > before.aliases(request.node).len()
}

fn touches_others(before: &System, request: Request, after: &System) -> bool {
    request.ask == Ask::Aliases
        && before.aliases(request.node).without(request.vip) != after.aliases(request.node).without(request.vip)
}

/// The twins that a step reaches, of those that are wanted.
pub(crate) fn reached(
    before: &System,
    event: Event,
    after: &System,
    setting: &Setting,
    wanted: PropertySet,
) -> PropertySet {
    if wanted.is_empty() {
        return PropertySet::empty();
    }
    let wants = |twins: PropertySet| !wanted.is_disjoint(twins);
    let mut reached = PropertySet::empty();
    for vip in 0..setting.scope.vips {
        let address = after.vip(vip);
        if wants(Property::OneHolder | Property::RightNic | Property::NoPingPong) {
            let now = after.destinations(setting, vip);
            if !now.is_empty() && before.destinations(setting, vip) != now {
                reached |= Property::OneHolder | Property::RightNic;
                if before.faults < setting.scope.faults {
                    reached |= Property::NoPingPong;
                }
            }
        }
        if wants(Property::OneResponder | Property::NoDeposedWrite) {
            let having = after.nodes.iter().filter(|node| node.serves.has(vip));
            let unseen = having.clone().any(|node| matches!(node.health, Health::Cut | Health::Hung));
            if unseen || having.count() > 1 {
                reached |= Property::OneResponder | Property::NoDeposedWrite;
            }
        }
        if address.holder == Holder::Nobody {
            reached |= Property::PoolIntegrity;
        }
        if wanted.contains(Property::Converges) && !is_served(after, setting, vip) {
            reached |= Property::Converges;
        }
        let owner = address.owner.map(|owner| after.node(owner));
        if address.lease == 0 && owner.is_some_and(|node| matches!(node.health, Health::Cut | Health::Hung)) {
            reached |= Property::SenderDiscipline;
        }
    }
    if !setting.right_nic || setting.refusal.is_some() {
        reached |= Property::RightNic;
    }
    (reached | reached_by_requests(event, after, setting, wanted)) & wanted
}

fn reached_by_requests(event: Event, after: &System, setting: &Setting, wanted: PropertySet) -> PropertySet {
    let mut reached = PropertySet::empty();
    let tasks = &after.controllers[..usize::from(setting.scope.controllers)];
    if wanted.contains(Property::NoLostUpdate) {
        let late = after.late.iter().any(|request| !request.is_nothing());
        let deposed = |(place, task): (usize, &Controller)| !task.is_idle() && place != usize::from(after.leader);
        if late || tasks.iter().enumerate().any(deposed) {
            reached |= Property::NoLostUpdate;
        }
    }
    if wanted.contains(Property::NoCollateral) {
        let awaited = tasks.iter().filter(|task| task.answer == Answer::Awaited).map(|task| &task.request);
        if awaited.chain(&after.late).any(|request| request.ask == Ask::Aliases && !request.fresh) {
            reached |= Property::NoCollateral;
        }
    }
    if tasks.iter().any(|task| matches!(task.answer, Answer::Rate | Answer::Refused)) {
        reached |= Property::WithinBounds;
    }
    match event {
        Event::Drift { .. } | Event::DriftTo { .. } => reached |= Property::DriftRepaired,
        _ => {}
    }
    let nodes = &after.nodes[..usize::from(setting.scope.nodes)];
    if nodes.iter().any(|node| node.wiped) {
        reached |= Property::DataKept;
    }
    if nodes.iter().all(Node::is_off) {
        reached |= Property::FailsBack;
    }
    reached
}

/// Every VIP is served by one holder, as far as there are instances that could serve and room on them. One that a controller stopped could: it is for the
/// mover to start it again.
pub(crate) fn is_good(system: &System, setting: &Setting) -> bool {
    let stopped = |node: u8| setting.powers_off() && system.node(node).health == Health::Stopped;
    let left = (0..setting.scope.nodes).filter(|node| is_fit(system, *node)).count();
    if left == 0 && !(0..setting.scope.nodes).any(stopped) {
        return true;
    }
    let vips = 0..setting.scope.vips;
    let wanting = vips.filter(|vip| !is_served(system, setting, *vip) && has_candidate(system, setting, *vip)).count();
    let fits = left.max(1) * usize::from(setting.room);
    let homeless =
        if setting.family() == Family::Alias { usize::from(setting.scope.vips).saturating_sub(fits) } else { 0 };
    wanting <= homeless
}

/// Packets to a VIP go to one instance, everybody has heard of it, and it answers.
pub fn is_served(system: &System, setting: &Setting, vip: u8) -> bool {
    let there = system.destinations(setting, vip);
    let only = there.len() == 1 && system.vip(vip).lag.is_empty();
    only && there.iter().all(|node| system.is_served_by(setting, vip, node))
}

/// It is up, and what puts addresses on it works.
fn is_fit(system: &System, node: u8) -> bool {
    system.node(node).health == Health::Up && !system.node(node).agent_dead
}

/// An instance that the mechanism could ever give this VIP to is fit: all of them, but for two standing routes, which lead to two.
fn has_candidate(system: &System, setting: &Setting, vip: u8) -> bool {
    if setting.mover.0 != twinrail_model::MoverKind::RoutePriority {
        return true;
    }
    let address = system.vip(vip);
    address.routes.union(address.better).iter().any(|node| is_fit(system, node))
}

/// Whether an event moved a VIP to another instance, for what moves for ever. While two lead, nothing is promised.
pub(crate) fn moves(before: &System, after: &System, setting: &Setting) -> bool {
    !before.split
        && (0..setting.scope.vips).any(|vip| before.destinations(setting, vip) != after.destinations(setting, vip))
}
