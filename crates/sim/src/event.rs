//! What may happen next. Faults are bounded by a budget; what is no fault either must happen sooner or later, or may. Not here: when one is possible
//! (`pending`), and what it does (`step`).

use enumset::{EnumSet, EnumSetType};
use serde::{Deserialize, Serialize};

/// A kind of fault: an entry of the menu.
#[derive(Debug, EnumSetType, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[enumset(serialize_repr = "list")]
pub enum Fault {
    /// An instance stops, or its host fails while the API still shows it as running.
    Kill,
    /// An instance pauses, and may go on later where it stopped.
    Hang,
    /// Controllers and peers do not reach an instance; clients, the metadata server and the API do.
    Cut,
    /// Somebody deletes an instance.
    Delete,
    /// All instances are down at once.
    Zone,
    /// The guest agent of an instance dies.
    Agent,
    /// A controller crashes: it forgets its task, and the request it sent goes on without it.
    Crash,
    /// Another controller gets the lease while this one is at work.
    Depose,
    /// All controllers believe for a while that they hold the lease.
    Split,
    /// A controller gives up waiting for an answer; its request goes on without it.
    Timeout,
    /// An operation ends with an error, without effect.
    Fail,
    /// An operation is done and its answer is lost, so that the request is sent again.
    Lose,
    /// The quota of requests is used up until the next minute.
    Quota,
    /// A free address is still refused for a while after it was removed.
    Lag,
    /// Somebody changes something else on a NIC, so that its fingerprint changes.
    Touch,
    /// Somebody removes an address by hand, or puts it on another instance.
    Drift,
    /// An instance that is not ours takes a free address.
    Take,
    /// Health checks reach no backend for a while.
    Blip,
    /// The clock of an instance loses a tick.
    Clock,
}

/// A set of kinds of faults.
pub type FaultSet = EnumSet<Fault>;

/// Kinds of faults that share a budget of their own, where one is given.
#[derive(Debug, EnumSetType, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[enumset(serialize_repr = "list")]
pub enum FaultClass {
    /// Of instances and what runs on them.
    Node,
    /// Of those who move addresses.
    Controller,
    /// Of the platform's answers.
    Api,
    /// Done by others.
    Others,
}

impl Fault {
    pub fn class(self) -> FaultClass {
        match self {
            Self::Kill | Self::Hang | Self::Cut | Self::Delete | Self::Zone | Self::Agent | Self::Clock => {
                FaultClass::Node
            }
            Self::Crash | Self::Depose | Self::Split => FaultClass::Controller,
            Self::Fail | Self::Timeout | Self::Lose | Self::Quota | Self::Lag | Self::Blip => FaultClass::Api,
            Self::Touch | Self::Drift | Self::Take => FaultClass::Others,
        }
    }
}

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Event {
    // Faults.
    Kill {
        node: u8,
    },
    Hang {
        node: u8,
    },
    Cut {
        node: u8,
    },
    Delete {
        node: u8,
    },
    Zone,
    AgentDies {
        node: u8,
    },
    Crash {
        controller: u8,
    },
    Depose {
        leader: u8,
    },
    Split,
    GiveUp {
        controller: u8,
    },
    FailOperation {
        controller: u8,
    },
    LoseAnswer {
        controller: u8,
    },
    SpendQuota,
    RefuseAsInUse {
        controller: u8,
    },
    Touch {
        node: u8,
    },
    Drift {
        vip: u8,
    },
    DriftTo {
        vip: u8,
        node: u8,
    },
    Take {
        vip: u8,
    },
    Blip {
        vip: u8,
    },
    SlowTick {
        node: u8,
    },

    // What may happen and need not.
    /// An instance that was down starts.
    Restart {
        node: u8,
    },
    /// A hung instance goes on.
    Resume {
        node: u8,
    },
    /// An instance that was cut off is reached again.
    Heal {
        node: u8,
    },
    /// The controllers agree again on who holds the lease.
    Agree,

    // What happens sooner or later.
    /// The leader sees that a VIP is not where it should be, and begins to move it.
    Begin {
        controller: u8,
        vip: u8,
        target: u8,
    },
    /// The platform decides the request of a controller.
    Decide {
        controller: u8,
    },
    /// The platform decides a request whose sender crashed.
    DecideLate {
        place: u8,
    },
    /// A controller reads the answer and goes on.
    React {
        controller: u8,
    },
    /// The last host has heard where packets to a VIP go now.
    Program {
        vip: u8,
    },
    /// The guest takes on and drops the VIPs that the platform, or the cluster, says it has.
    Sync {
        node: u8,
    },
    /// Packets arrive at a guest that has the address anyway, and it takes the service over.
    TakeOver {
        node: u8,
        vip: u8,
    },
    /// A guest that is told so stops serving.
    StepDown {
        node: u8,
        vip: u8,
    },
    /// A controller starts an instance again that it stopped, without addresses: it takes off first what is still on it.
    StartAgain {
        node: u8,
    },
    /// A new minute: the quota is refilled.
    Minute,
    /// The group deletes an instance that fails its health check.
    GroupDeletes {
        node: u8,
    },
    /// The group creates it again.
    GroupCreates {
        node: u8,
    },
    /// The same, and the new instance is given a free address of the pool as its own.
    GroupCreatesOn {
        node: u8,
        vip: u8,
    },
    /// The cluster elects a node, or grants it the lease.
    Elect {
        node: u8,
        vip: u8,
    },
    /// The elected node opens its health responder, or begins to announce itself.
    Announce {
        node: u8,
        vip: u8,
    },
    /// A node that is not elected any more, or does not know, closes it again.
    FallSilent {
        node: u8,
        vip: u8,
    },
    /// The load balancer's health check sees how a backend is.
    Probe {
        node: u8,
        vip: u8,
    },
    /// The elected node names itself as leader over the API.
    Confirm {
        vip: u8,
    },
    /// Time passes for every lease; those whose holder is reached are renewed.
    Tick,
}

impl Event {
    /// The entry of the fault menu that it is, if it is one.
    pub fn fault(self) -> Option<Fault> {
        Some(match self {
            Self::Kill { .. } => Fault::Kill,
            Self::Hang { .. } => Fault::Hang,
            Self::Cut { .. } => Fault::Cut,
            Self::Delete { .. } => Fault::Delete,
            Self::Zone => Fault::Zone,
            Self::AgentDies { .. } => Fault::Agent,
            Self::Crash { .. } => Fault::Crash,
            Self::Depose { .. } => Fault::Depose,
            Self::Split => Fault::Split,
            Self::GiveUp { .. } => Fault::Timeout,
            Self::FailOperation { .. } => Fault::Fail,
            Self::LoseAnswer { .. } => Fault::Lose,
            Self::SpendQuota => Fault::Quota,
            Self::RefuseAsInUse { .. } => Fault::Lag,
            Self::Touch { .. } => Fault::Touch,
            Self::Drift { .. } | Self::DriftTo { .. } => Fault::Drift,
            Self::Take { .. } => Fault::Take,
            Self::Blip { .. } => Fault::Blip,
            Self::SlowTick { .. } => Fault::Clock,
            _ => return None,
        })
    }

    /// Only a controller goes on: no address, no guest and no packet is concerned.
    pub(crate) fn is_thought(self) -> bool {
        matches!(self, Self::Begin { .. } | Self::React { .. })
    }

    /// Done by controllers, or by those who answer them.
    pub(crate) fn is_of_controllers(self) -> bool {
        matches!(
            self,
            Self::Begin { .. }
                | Self::Decide { .. }
                | Self::DecideLate { .. }
                | Self::React { .. }
                | Self::Minute
                | Self::StartAgain { .. }
        )
    }

    /// May happen and need not: nobody may wait for it.
    pub fn is_luck(self) -> bool {
        matches!(self, Self::Restart { .. } | Self::Resume { .. } | Self::Heal { .. } | Self::Agree)
    }

    /// Happens sooner or later once it stays possible.
    pub fn is_progress(self) -> bool {
        self.fault().is_none() && !self.is_luck()
    }
}
