//! What the cluster is to carry, hold and be tested for. Typed here; judged by the analyses that come with bandwidth and sizing.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Bandwidth, Bytes, Fraction, Interval, Milliseconds, OneOrMany};

/// Traffic that the cluster is to carry.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Workload {
    /// Client reads in all.
    pub read: Option<Bandwidth>,
    /// Client writes in all.
    pub write: Option<Bandwidth>,
    /// Erasure code `8+2`, or copies `3x`.
    #[schemars(pattern(r"^([0-9]{1,3}\+[0-9]{1,2}|[0-9]x)$"))]
    pub code: Option<String>,
    /// Share of an instance's bandwidth that a rebuild may take.
    pub rebuild_share: Option<Fraction>,
    /// A lost instance is rebuilt within this time.
    pub rebuild_within: Option<Milliseconds>,
    /// Burst of writes at a checkpoint.
    pub checkpoint: Option<Bandwidth>,
}

/// What is to be stored and served.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Demand {
    /// `2026-Q4` and the like; now if left out.
    #[schemars(pattern(r"^[0-9]{4}-Q[1-4]$"))]
    pub quarter: Option<String>,
    pub capacity: Option<Interval<Bytes>>,
    pub read: Option<Interval<Bandwidth>>,
    pub write: Option<Interval<Bandwidth>>,
    /// Metadata operations per second.
    pub metadata: Option<Interval<f64>>,
    pub clients: Option<Interval<f64>>,
    /// Growth per quarter, as a fraction.
    pub growth: Option<Interval<f64>>,
    /// Erasure code `8+2`, or copies `3x`.
    #[schemars(pattern(r"^([0-9]{1,3}\+[0-9]{1,2}|[0-9]x)$"))]
    pub code: Option<String>,
    /// Lost instances at which the demand is still met.
    #[schemars(range(max = 1_000_000))]
    pub headroom: Option<u64>,
    pub utilisation: Option<Fraction>,
}

/// A test suite: what it needs, how often, and by when.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Suite {
    pub name: String,
    /// Functional, failover, scale, CI.
    pub kind: Option<String>,
    pub jobs: Vec<Job>,
}

/// A job of a test suite.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Job {
    pub name: Option<String>,
    /// Instances in a whole cluster.
    #[schemars(range(max = 1_000_000))]
    pub instances: u64,
    pub duration: OneOrMany<Milliseconds>,
    /// Arrivals per day.
    pub per_day: f64,
    /// To be finished within.
    pub deadline: Option<Milliseconds>,
    /// May run on spot instances.
    #[serde(default)]
    pub spot: bool,
}
