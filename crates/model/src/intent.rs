//! What the user wants to be true, as types. Not here: the sentences it is written in, and whether it is true, which the analyses judge.

use crate::id::{ClientGroupId, ClusterId, InstanceId, VipPoolId};
use crate::instance::Rail;
use crate::network::Name;
use crate::range::Port;
use crate::unit::Gbps;

/// Who an intent is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    Cluster(ClusterId),
    Clients(ClientGroupId),
    /// One instance, of a cluster or on its own.
    Instance(InstanceId),
    Vips(VipPoolId),
    Internet,
}

/// What may reach what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// `A reaches B`: from every NIC of A on the rail, replies included.
    Reaches(Party),
    /// `A never reaches B`.
    Never(Party),
    /// `only A reaches B`.
    Only(Party),
    /// `nothing else reaches B`: nobody but those of whom another intent says so, and the clients of B's VIPs.
    NothingElse,
}

/// On which rail or port; nothing said: on every rail of both, by whatever port is let through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct How {
    pub rail: Option<Rail>,
    pub port: Option<Port>,
}

/// The parts that are taken down, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failing {
    /// Instances of a cluster, or of those who are asked about.
    Instance,
    Nic,
    Zone,
    /// The instance that holds a VIP.
    Holder,
    /// Any of these.
    Any,
}

/// `after any one instance of vault fails`: what is down when the intent is still to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct After {
    /// How many at once: 1 or 2.
    pub count: u8,
    pub failing: Failing,
    /// Whose parts; `None`: those of everybody whom the intent is about.
    pub of: Option<Party>,
}

/// Which way clients move data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transfer {
    Read,
    Write,
}

impl Transfer {
    pub const ALL: [Self; 2] = [Self::Read, Self::Write];

    /// The word of intents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// `A reaches B on rdma`, `A reaches B on tcp:2049, after any one instance of C fails`.
    Reach { reach: Reach, to: Party, how: How, after: Option<After> },
    /// `outage of V for C: p99 below 10 s`; p99.9 is 999000 in a million.
    Outage { vips: VipPoolId, clients: ClientGroupId, quantile_per_million: u32, below_milliseconds: u64 },
    /// `read of C at least 300 Gbps, after any one failure`.
    Bandwidth { transfer: Transfer, of: Party, at_least: Gbps, after: Option<After> },
}

/// An intent with the words it was written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    pub text: String,
    pub ask: Ask,
}

/// A part of the model file that is read and typed, and that no analysis can judge for want of another part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    pub name: Name,
    /// The kind in the model file's words: `workload`, `demand`.
    pub kind: &'static str,
    /// What it would take.
    pub needs: &'static str,
}
