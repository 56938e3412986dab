//! What the cluster is to carry, hold and be tested for, as the model file states it. Not here: whether it can, which `sizing` works out.

use std::fmt;
use std::str::FromStr;

use crate::network::Name;
use crate::unit::{Gb, Gbps, TimeSpan};

/// How data is protected: so many chunks of data, and so many more from which lost ones are made again. Copies have one chunk of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    /// At least 1.
    pub data: u32,
    pub parity: u32,
}

impl Code {
    /// Chunks of a stripe: on so many instances at least it must be spread.
    pub fn width(self) -> u32 {
        self.data + self.parity
    }

    /// Bytes that are stored for a byte that is kept.
    pub fn expansion(self) -> f64 {
        f64::from(self.width()) / f64::from(self.data)
    }

    pub fn is_copies(self) -> bool {
        self.data == 1
    }
}

impl FromStr for Code {
    type Err = String;

    /// `8+2`, or `3x`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is neither an erasure code such as 8+2 nor copies such as 3x");
        let code = match (text.split_once('+'), text.strip_suffix('x')) {
            (Some((data, parity)), _) => {
                Self { data: data.parse().map_err(|_| wrong())?, parity: parity.parse().map_err(|_| wrong())? }
            }
            (None, Some(copies)) => {
                let copies: u32 = copies.parse().map_err(|_| wrong())?;
                Self { data: 1, parity: copies.checked_sub(1).ok_or_else(wrong)? }
            }
            (None, None) => return Err(wrong()),
        };
        if code.data == 0 || code.width() > 1_000 { Err(wrong()) } else { Ok(code) }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_copies() { write!(f, "{}x", self.width()) } else { write!(f, "{}+{}", self.data, self.parity) }
    }
}

/// How far a byte travels between the instance that a client talks to and the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hops {
    /// Clients talk to the instance that has the data, or the first copy of it.
    One,
    /// Clients talk to any instance, which fetches from those that have the data.
    Two,
}

/// Traffic that a cluster is to carry.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Workload {
    /// Client reads in all.
    pub read: Option<Gbps>,
    /// Client writes in all.
    pub write: Option<Gbps>,
    /// Client writes in all during a burst at a checkpoint.
    pub checkpoint: Option<Gbps>,
    pub code: Option<Code>,
    /// Two for an erasure code and one for copies, if left out.
    pub hops: Option<Hops>,
    /// The part of the raw capacity that is in use, between 0 and 1.
    pub filled: Option<f64>,
    /// The part of an instance's bandwidth that a rebuild may take, between 0 and 1.
    pub rebuild_share: Option<f64>,
    /// A lost instance is to be rebuilt within this time.
    pub rebuild_within: Option<TimeSpan>,
    /// How much one operation reads or writes: what bounds operations a second.
    pub io_size: Option<Gb>,
    /// What all instances of a zone may send to other zones together, and receive.
    pub between_zones: Option<Gbps>,
    /// How much one connection of rebuild traffic takes when it competes with one connection of a client; 1 if left out.
    pub rebuild_weight: Option<f64>,
}

/// A quantity that is not known exactly: between `low` and `high` with this confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval<T> {
    pub low: T,
    /// Half of what is possible lies below it; a gamma distribution through both ends says where, if it is left out.
    pub mid: Option<T>,
    pub high: T,
    /// Between 0 and 1, neither of them.
    pub confidence: f64,
}

/// A quarter of a year, counted from year 0: `2026-Q4` is 4 times 2026 and 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter(pub u32);

impl Quarter {
    pub fn year(self) -> u32 {
        self.0 / 4
    }

    /// 1 to 4.
    pub fn of_year(self) -> u32 {
        self.0 % 4 + 1
    }

    /// So many quarters later.
    #[must_use]
    pub fn after(self, quarters: u32) -> Self {
        Self(self.0 + quarters)
    }
}

impl FromStr for Quarter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a quarter such as 2026-Q4");
        let (year, quarter) = text.split_once("-Q").ok_or_else(wrong)?;
        let is_year = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
        let quarter = ["1", "2", "3", "4"].iter().position(|known| *known == quarter).filter(|_| is_year);
        let place = u32::try_from(quarter.ok_or_else(wrong)?).expect("one of four");
        Ok(Self(year.parse::<u32>().map_err(|_| wrong())? * 4 + place))
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-Q{}", self.year(), self.of_year())
    }
}

/// What a customer segment asks for, from a quarter on.
#[derive(Debug, Clone, PartialEq)]
pub struct Demand {
    /// The segment.
    pub name: Name,
    /// The first quarter in which it is there; the first of the plan if left out.
    pub from: Option<Quarter>,
    /// The last one; the last of the plan if left out.
    pub until: Option<Quarter>,
    /// What clients store, before protection.
    pub capacity: Option<Interval<Gb>>,
    pub read: Option<Interval<Gbps>>,
    pub write: Option<Interval<Gbps>>,
    /// Metadata operations a second.
    pub metadata: Option<Interval<f64>>,
    pub clients: Option<Interval<f64>>,
    /// Growth a quarter of everything above: 0.1 is ten percent.
    pub growth: Option<Interval<f64>>,
    pub code: Option<Code>,
    /// Lost instances at which the demand is still met.
    pub headroom: Option<u32>,
    /// The part of capacity and bandwidth that may be in use, between 0 and 1.
    pub utilisation: Option<f64>,
    /// A lost instance is to be rebuilt within this time.
    pub rebuild_within: Option<TimeSpan>,
}

/// When the jobs of a kind arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arrivals {
    /// At any time, each on its own.
    AnyTime,
    /// From nine to six on five days a week, each on its own.
    WorkingHours,
    /// All of a day at once, at one in the night.
    Nightly,
}

impl Arrivals {
    pub const ALL: [Self; 3] = [Self::AnyTime, Self::WorkingHours, Self::Nightly];

    /// The name in the model file.
    pub fn word(self) -> &'static str {
        match self {
            Self::AnyTime => "any-time",
            Self::WorkingHours => "working-hours",
            Self::Nightly => "nightly",
        }
    }
}

/// A job of a test suite: it takes a whole cluster for itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub name: String,
    /// Instances of the cluster.
    pub instances: u32,
    /// How long it takes: one of these, each as likely. Never empty.
    pub durations: Vec<TimeSpan>,
    /// Arrivals a day on average, over all days of a week.
    pub per_day: f64,
    pub arrivals: Arrivals,
    /// From arrival it is to be finished within.
    pub deadline: Option<TimeSpan>,
    /// It may be preempted and started again.
    pub spot: bool,
    /// Other machine types on which it may run as well.
    pub machines: Vec<String>,
}

/// A test suite.
#[derive(Debug, Clone, PartialEq)]
pub struct Suite {
    pub name: Name,
    /// Functional, failover, scale, CI, or whatever it is called.
    pub kind: Option<String>,
    pub jobs: Vec<Job>,
}

/// What is asked of a sizing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sizing {
    /// Machine types to choose from; those of the clusters with RDMA NICs, else of all, but of none that is clients only, if empty.
    pub machines: Vec<String>,
    /// First and last quarter of the plan.
    pub from: Option<Quarter>,
    pub until: Option<Quarter>,
    /// VIPs for each node of a cluster.
    pub vips_per_node: Option<u32>,
    /// Nodes that a cluster has at least.
    pub min_nodes: Option<u32>,
    /// Nodes that a cluster has at most.
    pub max_nodes: Option<u32>,
    /// What a node can take of metadata operations a second: nobody publishes it.
    pub metadata_per_node: Option<f64>,
    /// How much worse a node too few is than one too many.
    pub shortage: Option<f64>,
    /// Sizes of the test farm to look at, in instances.
    pub farms: Vec<u32>,
    /// Mean wait in the queue, as a part of the mean duration of a job, that is still good.
    pub wait: Option<f64>,
    /// Further subnets of the same size: a copy for CI, a rebuild beside the old cluster.
    pub spare_copies: Option<u32>,
}

/// Everything that the model says of load and size.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Load {
    pub workload: Option<Workload>,
    /// In the order of the segments' names.
    pub demand: Vec<Demand>,
    /// In the order of the file.
    pub suites: Vec<Suite>,
    pub sizing: Sizing,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_quarters_are_read() {
        let code = |text: &str| text.parse::<Code>();
        assert_eq!(code("8+2"), Ok(Code { data: 8, parity: 2 }));
        assert_eq!(code("3x"), Ok(Code { data: 1, parity: 2 }));
        assert_eq!(code("3x").map(|code| code.to_string()), Ok("3x".to_owned()));
        for bad in ["0x", "0+2", "8", "8+", "+2", "x", "999+2", "-1+2"] {
            assert!(code(bad).is_err(), "{bad}");
        }
        let quarter: Quarter = "2026-Q4".parse().expect("a quarter");
        assert_eq!((quarter.year(), quarter.of_year(), quarter.after(1).to_string().as_str()), (2026, 4, "2027-Q1"));
        for bad in ["2026-Q5", "26-Q1", "2026Q1", "2026-Q0", "2026-Q11"] {
            assert!(bad.parse::<Quarter>().is_err(), "{bad}");
        }
    }
}
