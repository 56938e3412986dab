//! What the cluster is to carry, hold and be tested for. What the words mean is in `twinrail_model::workload`, whose types these become in `expand`.

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
    /// `one`: clients talk to the instance that has the data. `two`: to any, which fetches it. Two for an erasure code and one for copies, if left out.
    pub hops: Option<Hops>,
    /// Part of the raw capacity that is in use; a rebuild moves that much.
    pub filled: Option<Fraction>,
    /// Share of an instance's bandwidth that a rebuild may take.
    pub rebuild_share: Option<Fraction>,
    /// A lost instance is rebuilt within this time.
    pub rebuild_within: Option<Milliseconds>,
    /// How much one flow of a rebuild takes when it competes with one of a client; 1 if left out.
    #[schemars(range(min = 0.001, max = 1000.0))]
    pub rebuild_weight: Option<f64>,
    /// Burst of writes at a checkpoint, beside everything else.
    pub checkpoint: Option<Bandwidth>,
    /// What one operation reads or writes: `1 MiB`. Without it, operations a second bound nothing.
    pub io_size: Option<Bytes>,
    /// What all instances of a zone may send to other zones together, and receive from them.
    pub between_zones: Option<Bandwidth>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Hops {
    One,
    Two,
}

/// What a customer segment stores and asks for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Demand {
    /// The first quarter in which it is there, `2026-Q4`; the first of the plan if left out.
    #[schemars(pattern(r"^[0-9]{4}-Q[1-4]$"))]
    pub quarter: Option<String>,
    /// The last one; the last of the plan if left out.
    #[schemars(pattern(r"^[0-9]{4}-Q[1-4]$"))]
    pub until: Option<String>,
    /// What is stored, before protection.
    pub capacity: Option<Interval<Bytes>>,
    pub read: Option<Interval<Bandwidth>>,
    pub write: Option<Interval<Bandwidth>>,
    /// Metadata operations per second.
    pub metadata: Option<Interval<f64>>,
    pub clients: Option<Interval<f64>>,
    /// Growth per quarter, as a fraction.
    pub growth: Option<Interval<f64>>,
    /// Erasure code `8+2`, or copies `3x`; that of the workload if left out.
    #[schemars(pattern(r"^([0-9]{1,3}\+[0-9]{1,2}|[0-9]x)$"))]
    pub code: Option<String>,
    /// Lost instances at which the demand is still met.
    #[schemars(range(max = 1000))]
    pub headroom: Option<u32>,
    /// Part of capacity and bandwidth that may be in use.
    pub utilisation: Option<Fraction>,
    /// A lost instance is rebuilt within this time.
    pub rebuild_within: Option<Milliseconds>,
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

/// A job of a test suite: it takes a whole cluster for itself.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Job {
    pub name: Option<String>,
    /// Instances in a whole cluster.
    #[schemars(range(min = 1, max = 100_000))]
    pub instances: u32,
    /// How long it takes, or several times that are equally likely.
    pub duration: OneOrMany<Milliseconds>,
    /// Arrivals per day, on average over the days of a week.
    #[schemars(range(min = 0.0, max = 1_000_000.0))]
    pub per_day: f64,
    /// When they arrive; `any-time` if left out.
    #[serde(default)]
    pub arrives: Arrives,
    /// To be finished within this time of its arrival.
    pub deadline: Option<Milliseconds>,
    /// May run on spot instances.
    #[serde(default)]
    pub spot: bool,
    /// Other machine types on which it may run as well.
    #[serde(default)]
    pub machines: Vec<String>,
}

/// `any-time`: each on its own. `working-hours`: nine to six on five days a week. `nightly`: all of a day at once, at one in the night.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Arrives {
    #[default]
    AnyTime,
    WorkingHours,
    Nightly,
}

/// What is asked of a sizing.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Sizing {
    /// Machine types to choose from; those of the clusters with RDMA NICs, else of all, but of none that is clients only, if left out.
    pub machines: Vec<String>,
    /// The first quarter of the plan; the first that a demand names if left out.
    #[schemars(pattern(r"^[0-9]{4}-Q[1-4]$"))]
    pub from: Option<String>,
    /// The last one; two years after the first if left out.
    #[schemars(pattern(r"^[0-9]{4}-Q[1-4]$"))]
    pub until: Option<String>,
    /// VIPs for each node of a cluster.
    #[schemars(range(max = 1000))]
    pub vips_per_node: Option<u32>,
    /// Nodes that a cluster has at least.
    #[schemars(range(min = 1, max = 100_000))]
    pub min_nodes: Option<u32>,
    /// Nodes that a cluster has at most.
    #[schemars(range(min = 1, max = 100_000))]
    pub max_nodes: Option<u32>,
    /// Metadata operations per second that a node takes. Nobody publishes it: without it, metadata bounds nothing.
    #[schemars(range(min = 1.0, max = 1_000_000_000.0))]
    pub metadata_per_node: Option<f64>,
    /// How much worse it is to have too little than too much.
    #[schemars(range(min = 0.001, max = 1000.0))]
    pub shortage: Option<f64>,
    /// Sizes of the test farm to look at, in instances; 10, 20 and 30 if left out.
    #[schemars(length(max = 16), inner(range(min = 1, max = 10_000)))]
    pub farms: Vec<u32>,
    /// Mean wait in the queue, as a part of the mean duration of a job, that is still good; 0.1 if left out.
    #[schemars(range(min = 0.001, max = 100.0))]
    pub wait: Option<f64>,
    /// Further copies of the subnets: one for CI, one for a cluster that is built beside the old one.
    #[schemars(range(max = 100))]
    pub spare_copies: Option<u32>,
}
