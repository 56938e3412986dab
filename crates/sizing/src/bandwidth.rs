//! Is the bandwidth enough: what clients get while everything is up and after failures, what binds, and how long a rebuild takes. Rates are steady shares of
//! long-lived flows; queues, incast and latency are not modelled.
//!
//! A *condition* (one instance down, its VIPs spread, a rebuild running) is judged in every world that matters to it. Not here: words and pictures.

mod carry;
mod failure;
mod intent;
mod limit;
mod system;

use twinrail_facts::{Catalog, Decision, FactId, Facts, decide_within};
use twinrail_model::unit::Gbps;
use twinrail_model::{Field, Network, Platform, View, Workload};

pub use carry::{Carried, Flow, Load, NodeLoad, Rebuilt, carry};
pub use failure::{Case, Condition, Failure, NodeKind, Placement, Staffing, cases, staffing};
pub use intent::{Judgement, Wish, judge};
pub use limit::{Caps, Channel, Constraint, Limit, Reading};
pub use system::{Demand, Kind, NicSlot, Pool, System, systems};

/// In so many worlds a condition is looked at; each takes microseconds, so more than other judgements.
pub const RUN_BOUND: usize = 1_024;

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    pub network: &'a Network,
    pub platform: &'a Platform,
    pub catalog: &'a Catalog,
}

/// A cluster, under every condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Study {
    pub system: System,
    pub rows: Vec<Row>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub condition: Condition,
    /// The worst case that it stands for in the world in which every open fact has its first value, with every cap.
    pub shown: Field<(Case, Carried)>,
    /// What clients get, in every world.
    pub decision: Decision<Field<Answer>>,
}

/// What a condition comes to, without what only pictures need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub flows: Vec<Flow>,
    pub rebuild: Option<Rebuilt>,
    /// More is lost than the code survives.
    pub is_beyond_code: bool,
}

impl Answer {
    /// Whether everybody gets what is asked for, and a rebuild ends, in time where the model says how long it may take.
    pub fn is_enough(&self, workload: &Workload) -> bool {
        let in_time = match (&self.rebuild, workload.rebuild_within) {
            (Some(rebuilt), Some(within)) => rebuilt.time.is_some_and(|time| time <= within),
            (Some(rebuilt), None) => !rebuilt.is_endless,
            (None, _) => true,
        };
        in_time && !self.is_beyond_code && self.flows.iter().all(Flow::is_met)
    }
}

/// Looks at every cluster that serves clients, under the usual conditions.
///
/// # Errors
/// A hole, where the input does not say which NICs nodes have.
pub fn study(input: Input<'_>, workload: &Workload) -> Field<Vec<Study>> {
    let systems = systems(input.network, workload)?;
    let study = |system: System| {
        let rows = usual(input.network, &system).into_iter().map(|condition| row(input, &system, workload, condition));
        Study { rows: rows.collect(), system }
    };
    Ok(systems.into_iter().map(study).collect())
}

/// Nothing, one and two instances, a NIC of each kind, and a zone where there are several.
pub fn usual(network: &Network, system: &System) -> Vec<Condition> {
    let condition = |failure, placement, rebuild| Condition { failure, placement, rebuild };
    let mut usual = vec![condition(Failure::Nothing, Placement::Spread, false)];
    let has_parity = system.layout.code.parity > 0;
    for count in [1, 2] {
        if system.nodes.len() <= usize::from(count) {
            continue;
        }
        for placement in [Placement::Spread, Placement::One] {
            usual.push(condition(Failure::Instances(count), placement, false));
            if has_parity {
                usual.push(condition(Failure::Instances(count), placement, true));
            }
        }
    }
    if system.nodes.len() > 1 {
        usual.extend((0..system.nics.len()).map(|slot| condition(Failure::Nic(slot), Placement::Spread, false)));
    }
    let zones = system.nodes.iter().filter_map(|node| network.instances[*node].zone.get().ok());
    let mut zones: Vec<String> = zones.collect();
    zones.sort_unstable();
    zones.dedup();
    if zones.len() > 1 {
        usual.push(condition(Failure::Zone, Placement::Spread, false));
    }
    usual
}

fn row(input: Input<'_>, system: &System, workload: &Workload, condition: Condition) -> Row {
    let Input { network, platform, catalog } = input;
    let ready = ready(input, system, condition);
    let bound = ready.as_ref().map_or(RUN_BOUND, runs);
    let decision = decide_within(bound, catalog, |facts| {
        let view = View { network, platform, facts };
        let cases = ready.as_ref().map_err(Clone::clone)?;
        let (_, carried) = worst(&view, system, workload, (cases, Reading::WhereItBinds))?;
        Ok(Answer { flows: carried.flows, rebuild: carried.rebuild, is_beyond_code: carried.is_beyond_code })
    });
    let facts = Facts::new(catalog);
    let view = View { network, platform, facts: &facts };
    let shown = ready.as_ref().map_err(Clone::clone);
    let shown = shown.and_then(|cases| worst(&view, system, workload, (cases, Reading::All)));
    Row { condition, shown, decision }
}

/// A case, and who is there in it where that is the same in every world: then it is worked out once, and not again in each.
struct Ready {
    case: Case,
    staffing: Option<(Staffing, Vec<FactId>)>,
}

impl Ready {
    fn new(input: Input<'_>, system: &System, case: Case) -> Self {
        let Input { network, platform, catalog } = input;
        let facts = Facts::new(catalog);
        let staffing = staffing(&View { network, platform, facts: &facts }, system, &case).ok();
        let is_certain = facts.reads().iter().all(|id| catalog.fact(*id).values.len() == 1);
        Self { case, staffing: staffing.filter(|_| is_certain).map(|staffing| (staffing, facts.reads())) }
    }

    fn carry(&self, view: &View<'_>, system: &System, workload: &Workload, reading: Reading) -> Field<Carried> {
        match &self.staffing {
            Some((staffing, reads)) => {
                view.facts.absorb(reads);
                carry::carry_by(view, system, workload, (&self.case, staffing), reading)
            }
            None => carry(view, system, workload, &self.case, reading),
        }
    }
}

fn ready(input: Input<'_>, system: &System, condition: Condition) -> Field<Vec<Ready>> {
    let cases = cases(input.network, system, condition)?;
    Ok(cases.into_iter().map(|case| Ready::new(input, system, case)).collect())
}

/// In so many worlds cases are looked at: in fewer where each takes longer.
fn runs<'c>(cases: impl IntoIterator<Item = &'c Ready>) -> usize {
    let kinds = |case: &Ready| case.staffing.as_ref().map_or(1, |(staffing, _)| staffing.kinds.len());
    let work: usize = cases.into_iter().map(|case| kinds(case).pow(2)).sum();
    (RUN_BOUND * WORK / work.max(1)).clamp(FEWEST_RUNS, RUN_BOUND)
}

/// Pairs of kinds of nodes, over all cases, up to which a condition is looked at in all worlds that [`RUN_BOUND`] allows: a few milliseconds each.
const WORK: usize = 1_000;

/// In so many worlds at least, however long it takes.
const FEWEST_RUNS: usize = 16;

/// Of all cases that a condition stands for the worst: one in which more is lost than the code survives, else that in which most is missing, and of those in
/// which as much is missing that with the slowest rebuild; the first of them if several are as bad.
fn worst(
    view: &View<'_>,
    system: &System,
    workload: &Workload,
    (cases, reading): (&[Ready], Reading),
) -> Field<(Case, Carried)> {
    let mut worst: Option<(Badness, &Case, Carried)> = None;
    for ready in cases {
        let carried = ready.carry(view, system, workload, reading)?;
        let badness = badness(&carried);
        if worst.as_ref().is_none_or(|(known, ..)| badness > *known) {
            worst = Some((badness, &ready.case, carried));
        }
    }
    let (_, case, carried) = worst.expect("a condition is looked at where there is something to fail");
    Ok((case.clone(), carried))
}

/// What makes a case worse than another, the first difference first. A rebuild that is slower is worse, one that never ends most.
type Badness = (bool, Gbps, bool, std::cmp::Reverse<Option<Gbps>>);

fn badness(carried: &Carried) -> Badness {
    let missing: Gbps = carried.flows.iter().map(|flow| flow.asked.less(flow.achieved)).sum();
    let never = carried.rebuild.is_some_and(|rebuilt| rebuilt.is_endless);
    // Sums of rates differ in digits below those to which rates are rounded.
    let missing = carry::rounded(missing.get());
    (carried.is_beyond_code, missing, never, std::cmp::Reverse(carried.rebuild.map(|rebuilt| rebuilt.rate)))
}
