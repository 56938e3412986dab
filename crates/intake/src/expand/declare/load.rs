//! What the model file says of load and size, from its words to the types that `sizing` works with: bounds are checked
//! here, where the place is known. Not here:
//! whether it fits.

use twinrail_model::unit::{Gb, Gbps, TimeSpan};
use twinrail_model::{
    Arrivals, Code, Declared, Demand, Hops, Interval, Job, Load, Name, Quarter, Sizing, Suite, Workload,
};

use super::{Declarer, pointer};
use crate::spec;

/// Confidence of an interval that states none.
const USUAL_CONFIDENCE: f64 = 0.9;

/// Beyond these no interval is a distribution that means anything.
const CONFIDENCES: std::ops::RangeInclusive<f64> = 0.01..=0.999;

/// The most of anything that is counted: beyond it sums lose digits.
const MOST: f64 = 1e15;

/// Growth a quarter: everything gone, to a hundredfold.
const GROWTHS: std::ops::RangeInclusive<f64> = -1.0..=100.0;

/// Quarters of a plan.
const LONGEST_PLAN: u32 = 40;

impl Declarer<'_> {
    pub(super) fn load(&mut self) {
        let load = Load {
            workload: self.model.workload.as_ref().map(|spec| self.workload(spec)),
            demand: self.model.demand.iter().map(|(name, spec)| self.demand(name, spec)).collect(),
            suites: self.model.tests.iter().enumerate().map(|(place, spec)| self.suite(place, spec)).collect(),
            sizing: self.sizing(&self.model.sizing),
        };
        if load.workload.is_some() && !self.model.clients.values().any(|_| !self.model.vips.is_empty()) {
            self.not_judged("workload", "workload", "clients, and a pool of VIPs that they use");
        }
        let machines = !self.model.clusters.is_empty() || !load.sizing.machines.is_empty();
        if !load.demand.is_empty() && !machines {
            self.not_judged("demand", "demand", "a cluster, or machine types in `sizing.machines`");
        }
        self.loaded.network.load = load;
    }

    fn not_judged(&mut self, name: &str, kind: &'static str, needs: &'static str) {
        self.loaded.network.declared.push(Declared { name: Name::new(name), kind, needs });
    }

    fn workload(&mut self, spec: &spec::Workload) -> Workload {
        let rate = |rate: &Option<spec::Bandwidth>| rate.as_ref().map(|rate| Gbps::from_mbps(rate.0));
        if spec.rebuild_share.is_some_and(|share| share.0 == 0.0) {
            self.error("/workload/rebuild-share", "a rebuild that may take nothing never ends".to_owned(), None);
        }
        if spec.io_size.as_ref().is_some_and(|size| size.0 == 0) {
            self.error("/workload/io-size", "an operation reads or writes something".to_owned(), None);
        }
        Workload {
            read: rate(&spec.read),
            write: rate(&spec.write),
            checkpoint: rate(&spec.checkpoint),
            code: self.code("/workload/code", spec.code.as_deref()),
            hops: spec.hops.map(|hops| match hops {
                spec::Hops::One => Hops::One,
                spec::Hops::Two => Hops::Two,
            }),
            filled: spec.filled.map(|part| part.0),
            rebuild_share: spec.rebuild_share.map(|part| part.0),
            rebuild_within: self.time("/workload/rebuild-within", spec.rebuild_within),
            rebuild_weight: spec.rebuild_weight,
            io_size: spec.io_size.as_ref().map(|size| Gb::from_bytes(size.0)),
            between_zones: rate(&spec.between_zones),
        }
    }

    fn demand(&mut self, name: &str, spec: &spec::Demand) -> Demand {
        let at = pointer(&["demand", name]);
        let bytes = |bytes: &spec::Bytes| Gb::from_bytes(bytes.0);
        let rate = |rate: &spec::Bandwidth| Gbps::from_mbps(rate.0);
        let demand = Demand {
            name: Name::new(format!("demand/{name}")),
            from: self.quarter(&format!("{at}/quarter"), spec.quarter.as_deref()),
            until: self.quarter(&format!("{at}/until"), spec.until.as_deref()),
            capacity: self.interval(&format!("{at}/capacity"), spec.capacity.as_ref(), bytes),
            read: self.interval(&format!("{at}/read"), spec.read.as_ref(), rate),
            write: self.interval(&format!("{at}/write"), spec.write.as_ref(), rate),
            metadata: self.numbers(&format!("{at}/metadata"), spec.metadata.as_ref(), 0.0..=MOST),
            clients: self.numbers(&format!("{at}/clients"), spec.clients.as_ref(), 0.0..=MOST),
            growth: self.numbers(&format!("{at}/growth"), spec.growth.as_ref(), GROWTHS),
            code: self.code(&format!("{at}/code"), spec.code.as_deref()),
            headroom: spec.headroom,
            utilisation: spec.utilisation.map(|part| part.0),
            rebuild_within: self.time(&format!("{at}/rebuild-within"), spec.rebuild_within),
        };
        if demand.utilisation == Some(0.0) {
            let hint = Some("such as 0.8".to_owned());
            self.error(&format!("{at}/utilisation"), "with nothing in use no demand is met".to_owned(), hint);
        }
        self.in_order(&format!("{at}/until"), demand.from, demand.until);
        demand
    }

    fn suite(&mut self, place: usize, spec: &spec::Suite) -> Suite {
        let at = pointer(&["tests", &place.to_string()]);
        let jobs = spec.jobs.iter().enumerate().map(|(place, job)| {
            let times = job.duration.as_slice();
            if times.is_empty() || times.iter().any(|time| time.0 == 0) {
                let message = "a job takes a time above zero".to_owned();
                self.error(&format!("{at}/jobs/{place}/duration"), message, Some("such as 40 min".to_owned()));
            }
            Job {
                name: job.name.clone().unwrap_or_else(|| format!("{} {}", spec.name, place + 1)),
                instances: job.instances,
                durations: times.iter().map(|time| TimeSpan::from_milliseconds(time.0)).collect(),
                per_day: job.per_day,
                arrivals: match job.arrives {
                    spec::Arrives::AnyTime => Arrivals::AnyTime,
                    spec::Arrives::WorkingHours => Arrivals::WorkingHours,
                    spec::Arrives::Nightly => Arrivals::Nightly,
                },
                deadline: job.deadline.map(|time| TimeSpan::from_milliseconds(time.0)),
                spot: job.spot,
                machines: job.machines.clone(),
            }
        });
        let jobs = jobs.collect();
        Suite { name: Name::new(format!("tests/{}", spec.name)), kind: spec.kind.clone(), jobs }
    }

    fn sizing(&mut self, spec: &spec::Sizing) -> Sizing {
        let sizing = Sizing {
            machines: spec.machines.clone(),
            from: self.quarter("/sizing/from", spec.from.as_deref()),
            until: self.quarter("/sizing/until", spec.until.as_deref()),
            vips_per_node: spec.vips_per_node,
            min_nodes: spec.min_nodes,
            max_nodes: spec.max_nodes,
            metadata_per_node: spec.metadata_per_node,
            shortage: spec.shortage,
            farms: spec.farms.clone(),
            wait: spec.wait,
            spare_copies: spec.spare_copies,
        };
        self.in_order("/sizing/until", sizing.from, sizing.until);
        if let (Some(least), Some(most)) = (sizing.min_nodes, sizing.max_nodes)
            && least > most
        {
            let message = format!("a cluster is to have at least {least} and at most {most} nodes");
            self.error("/sizing/max-nodes", message, None);
        }
        sizing
    }

    fn in_order(&mut self, at: &str, from: Option<Quarter>, until: Option<Quarter>) {
        let (Some(from), Some(until)) = (from, until) else { return };
        if until < from {
            self.error(at, format!("it ends in {until}, before it begins in {from}"), None);
        } else if until >= from.after(LONGEST_PLAN) {
            let hint = Some(format!("at most {LONGEST_PLAN} quarters"));
            self.error(at, format!("from {from} to {until} is longer than anybody can plan"), hint);
        }
    }

    fn code(&mut self, at: &str, text: Option<&str>) -> Option<Code> {
        match text?.parse() {
            Ok(code) => Some(code),
            Err(message) => {
                self.error(at, message, None);
                None
            }
        }
    }

    fn quarter(&mut self, at: &str, text: Option<&str>) -> Option<Quarter> {
        match text?.parse() {
            Ok(quarter) => Some(quarter),
            Err(message) => {
                self.error(at, message, None);
                None
            }
        }
    }

    fn time(&mut self, at: &str, time: Option<spec::Milliseconds>) -> Option<TimeSpan> {
        let time = time?;
        if time.0 == 0 {
            self.error(at, "nothing is rebuilt in no time".to_owned(), None);
        }
        Some(TimeSpan::from_milliseconds(time.0))
    }

    /// An interval of plain numbers, each inside bounds.
    fn numbers(
        &mut self,
        at: &str,
        spec: Option<&spec::Interval<f64>>,
        bounds: std::ops::RangeInclusive<f64>,
    ) -> Option<Interval<f64>> {
        let spec = spec?;
        let outside = [Some(spec.low), spec.mid, Some(spec.high)].into_iter().flatten().find(|n| !bounds.contains(n));
        if let Some(number) = outside {
            let hint = Some(format!("from {} to {}", bounds.start(), bounds.end()));
            // Of a huge number its three hundred digits say nothing.
            let number = if number.abs() > MOST { format!("{number:e}") } else { number.to_string() };
            self.error(at, format!("`{number}` is out of bounds"), hint);
            return None;
        }
        self.interval(at, Some(spec), |number| *number)
    }

    fn interval<S, T: PartialOrd + Copy>(
        &mut self,
        at: &str,
        spec: Option<&spec::Interval<S>>,
        read: impl Fn(&S) -> T,
    ) -> Option<Interval<T>> {
        let spec = spec?;
        let confidence = spec.confidence.map_or(USUAL_CONFIDENCE, |part| part.0);
        if !CONFIDENCES.contains(&confidence) {
            let hint = Some(format!(
                "from {} to {}; for what is certain, give one value twice",
                CONFIDENCES.start(),
                CONFIDENCES.end()
            ));
            self.error(
                &format!("{at}/confidence"),
                format!("a confidence of {confidence} says nothing that could be drawn"),
                hint,
            );
        }
        let interval =
            Interval { low: read(&spec.low), mid: spec.mid.as_ref().map(&read), high: read(&spec.high), confidence };
        let mid = interval.mid.unwrap_or(interval.low);
        if interval.high < interval.low || mid < interval.low || interval.high < mid {
            self.error(at, "`low`, `mid` and `high` are not in this order".to_owned(), None);
            return None;
        }
        Some(interval)
    }
}
