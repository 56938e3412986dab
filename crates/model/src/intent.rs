//! What the user wants to be true. Parsed into types here; judged by the analyses that later crates bring, and listed as not evaluated until then.

use crate::id::{ClientGroupId, ClusterId, VipPoolId};
use crate::instance::Rail;
use crate::network::Name;
use crate::range::Port;

/// Who an intent is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    Cluster(ClusterId),
    Clients(ClientGroupId),
    Vips(VipPoolId),
    Internet,
    /// `nothing else`.
    NothingElse,
}

/// What is asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// `A reaches B on rdma`, `A reaches B on tcp:2049, after any one instance of C fails`.
    Reaches { from: Party, to: Party, rail: Option<Rail>, port: Option<Port>, after: Option<String> },
    /// `outage of V for C: p99 below 10 s`.
    Outage { vips: VipPoolId, clients: ClientGroupId, quantile: String, below_milliseconds: u64 },
    /// `read of C at least 300 Gbps, after any one failure`.
    Bandwidth { direction: String, of: Party, at_least_mbps: u64, after: Option<String> },
}

/// An intent with the words it was written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    pub text: String,
    pub ask: Ask,
}

/// A part of the model file that is read and typed but that no analysis judges yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    pub name: Name,
    /// The kind in the model file's words: `intent`, `workload`, `demand`, `test`.
    pub kind: &'static str,
    /// Which analysis would judge it.
    pub needs: &'static str,
}
