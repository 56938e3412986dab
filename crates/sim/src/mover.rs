//! What controllers do to move an address: which steps a mover takes, when it begins, and how it goes on after each answer. A controller sees what
//! a real one sees, through [`Sight`], and nothing else. Movers without controllers (the nodes, the load balancer or the group move the address)
//! act in `pending` and `step`.

mod alias;
mod leader;
mod route;

use enumset::{EnumSet, EnumSetType};
use serde::{Deserialize, Serialize};
use twinrail_model::MoverKind;

use crate::setting::Family;
use crate::sight::Sight;
use crate::system::{Controller, Request};

/// A step or a habit of a mover, which can be left out to see what it is for.
#[derive(Debug, EnumSetType, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[enumset(serialize_repr = "list")]
pub enum Step {
    /// Write who owns the VIP, and under which number, into the labels of its reserved address, by compare-and-set, before anything else; go on after
    /// each answer only while one still owns it.
    Claim,
    /// Make sure that the old holder cannot write before another is given the address.
    Fence,
    /// Look at every VIP again and again, also at those that nobody holds; not only when a node fails.
    Recover,
    /// After 412, read the list as well as the fingerprint.
    Relist,
    /// After 409, find out who has the address and take it away again.
    Reread,
    /// Count a node as healthy only if its guest agent, or whatever puts VIPs on it, works too.
    CheckGuest,
    /// After 403 for the rate, wait for the next minute; give a NIC no more than it takes.
    RespectBounds,
    /// Repeat a request whose answer is lost with the same requestId.
    RequestId,
    /// A host of the list that is not there is passed over.
    PassMissingHosts,
    /// One's own name is taken out of the host list as a word, not as letters.
    WholeNames,
    /// A VIP has one standing route of one name, so that a second is refused.
    OneName,
    /// The address may only be changed with the fingerprint that was read.
    Fingerprint,
    /// Nobody is elected before the lease of the one before is over.
    AwaitLease,
    /// A guest answers only for what it is elected for.
    ServeIfElected,
}

/// A set of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Steps(pub EnumSet<Step>);

impl Steps {
    /// The steps that a mover takes as it is known.
    pub fn of(mover: MoverKind) -> Self {
        use Step::{
            AwaitLease, CheckGuest, Claim, Fence, Fingerprint, OneName, Recover, Relist, RequestId, RespectBounds,
        };
        Self(match mover {
            MoverKind::AliasIp => Relist | RespectBounds | RequestId,
            MoverKind::AliasIpFenced => Claim | Fence | Recover | Relist | CheckGuest | RespectBounds,
            MoverKind::PacemakerAlias => Fence | Recover,
            MoverKind::RouteReplace | MoverKind::RouteMakeBeforeBreak => OneName | RespectBounds | RequestId,
            MoverKind::LbLeader => Fingerprint | RespectBounds | RequestId,
            MoverKind::LbHealthCheck | MoverKind::LbGarp => EnumSet::only(AwaitLease),
            MoverKind::RoutePriority | MoverKind::StatefulMig => EnumSet::empty(),
        })
    }

    pub fn has(self, step: Step) -> bool {
        self.0.contains(step)
    }

    #[must_use]
    pub fn without(self, step: Step) -> Self {
        Self(self.0 - step)
    }

    #[must_use]
    pub fn with(self, step: Step) -> Self {
        Self(self.0 | step)
    }
}

/// What a controller does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Send(Request),
    /// The task is over, done or given up.
    End,
}

/// The first request of a task that moves a VIP to a target, or `None` where there is nothing to do, or not there.
pub(crate) fn begin(sight: Sight<'_>, vip: u8, target: u8) -> Option<Request> {
    match sight.setting().family() {
        Family::Alias => alias::begin(sight, vip, target),
        Family::Route => route::begin(sight, vip, target),
        Family::Leader => leader::begin(sight, vip, target),
        Family::HealthCheck | Family::Announcement | Family::Group => None,
    }
}

/// How a task goes on after an answer.
pub(crate) fn react(sight: Sight<'_>, task: Controller) -> Next {
    match sight.setting().family() {
        Family::Alias => alias::react(sight, task),
        Family::Route => route::react(sight, task),
        Family::Leader => leader::react(sight, task),
        Family::HealthCheck | Family::Announcement | Family::Group => {
            unreachable!("only movers with controllers have tasks")
        }
    }
}
