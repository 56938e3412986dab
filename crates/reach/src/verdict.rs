//! What became of a packet: the ways it may take, each with its hops and what ended it. Not here: how that is found out, and how it is printed.

use twinrail_facts::FactId;
use twinrail_model::{ClientGroupId, EntityId, NicId, Place};

use crate::code::Code;

/// What became of a packet and of its replies. Where a hash picks among next hops or backends, or where any of several candidates may hold a VIP, each
/// is a branch: a packet arrives if it does on every branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Never empty.
    pub branches: Vec<Branch>,
}

/// One way that the request may take, with every way that its reply may take then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    pub request: Walk,
    /// Empty exactly if the request did not arrive, or arrived without leaving its guest.
    pub replies: Vec<Walk>,
}

/// The way of one packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    pub hops: Vec<Hop>,
    pub end: Outcome,
}

/// How a way ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    Delivered(Receiver),
    /// Dropped, or not modelled: never a pass.
    Dropped(Code),
}

/// Who got it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Receiver {
    /// The guest behind a NIC.
    Nic(NicId),
    /// The sending guest itself: the address is its own, and the packet never left.
    Itself,
    Clients(ClientGroupId),
    Prober,
    Internet,
}

/// Where on its way a packet was when something decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The sender's guest: which NIC, which source.
    Guest,
    /// Whether the NIC may send from this source.
    SourceCheck,
    EgressFirewall,
    Route,
    /// A next hop, a load balancer's choice of backend, who has the address.
    Delivery,
    IngressFirewall,
    /// The receiver's guest: whether it holds the address, and its reverse-path filter.
    Receiver,
}

/// One decision on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    pub stage: Stage,
    /// What decided: the rule, the route, the NIC, the guest's setting. `None` for what no resource says, such as an implied rule.
    pub place: Option<Place>,
    /// What was decided, in a few words: lower case, no full stop.
    pub words: String,
    /// The facts that were read for it first.
    pub facts: Vec<FactId>,
}

impl Verdict {
    /// Whether the packet arrives and its replies return, on every branch.
    pub fn is_delivered(&self) -> bool {
        self.branches.iter().all(Branch::is_delivered)
    }

    /// The first branch that fails, or the first one.
    pub fn worst(&self) -> &Branch {
        let failing = self.branches.iter().find(|branch| !branch.is_delivered());
        failing.unwrap_or(&self.branches[0])
    }
}

impl Branch {
    pub fn is_delivered(&self) -> bool {
        self.dropped().is_none()
    }

    /// The way on which it fails, the request's before the replies', and why.
    pub fn dropped(&self) -> Option<(&Walk, Code)> {
        let walks = std::iter::once(&self.request).chain(&self.replies);
        walks.into_iter().find_map(|walk| match walk.end {
            Outcome::Dropped(code) => Some((walk, code)),
            Outcome::Delivered(_) => None,
        })
    }

    /// Whether the request arrives and a reply is lost.
    pub fn loses_reply(&self) -> bool {
        matches!(self.request.end, Outcome::Delivered(_)) && self.dropped().is_some()
    }
}

impl Hop {
    /// The entity that decided.
    pub fn entity(&self) -> Option<EntityId> {
        self.place.map(|place| place.entity)
    }
}
