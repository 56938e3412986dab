//! What moves a plan: each input from its tenth to its ninetieth percentile with all others at their middle, the widest first (a tornado diagram); and each
//! open fact at each of its other values, one at a time.
//! Not here: chance.

use std::collections::BTreeMap;

use twinrail_facts::{FactId, Facts, World};
use twinrail_model::unit::{Usd, UsdPerHour};
use twinrail_model::{Field, Name};

use crate::capability::Capability;
use crate::demand::Input;
use crate::distribution::Distribution;
use crate::plan::{self, Outcome, month, usable};
use crate::study::{Settings, Study, members};

/// How far an input moves the nodes of its cluster in the quarter in which they are most.
#[derive(Debug, Clone, PartialEq)]
pub struct Swing {
    pub segment: Name,
    pub input: Input,
    /// Nodes with the input at its tenth percentile, at its middle and at its ninetieth.
    pub nodes: [u32; 3],
    /// What those cost an hour.
    pub usd_per_hour: Field<[UsdPerHour; 3]>,
}

impl Swing {
    /// Nodes between both ends.
    pub fn width(&self) -> u32 {
        self.nodes[0].abs_diff(self.nodes[2])
    }
}

/// The percentiles of a tornado diagram.
const ENDS: [f64; 3] = [0.1, 0.5, 0.9];

/// Inputs that are stated as a range and move the counts of the plan.
pub(crate) fn swings(study: &Study, outcome: &Outcome) -> Vec<Swing> {
    let mut swings = Vec::new();
    for (place, site) in study.sites.iter().enumerate() {
        let Some(winner) = outcome.contests[place].candidates.first() else { continue };
        let Some(caps) = usable(&outcome.caps[winner.machine]) else { continue };
        let machine = &outcome.machines[winner.machine];
        let segment = &study.members[place].segment;
        for input in Input::ALL {
            if matches!(segment.fields[input as usize], None | Some(Distribution::Constant(_))) {
                continue;
            }
            let most = |share: f64| {
                let there = (0..study.quarters).map(|quarter| study.quarter(quarter));
                let there = there.filter(|quarter| study.is_there(site, *quarter));
                let but = Some((place, input, share));
                there.map(|quarter| study.middle(site, quarter, but, caps).nodes).max().unwrap_or(0)
            };
            let nodes = ENDS.map(most);
            let usd_per_hour = machine.usd_per_hour.clone().map(|price| nodes.map(|nodes| price * f64::from(nodes)));
            swings.push(Swing { segment: segment.name.clone(), input, nodes, usd_per_hour });
        }
    }
    // Segments may have machine types of different prices, so money goes first.
    let money =
        |swing: &Swing| swing.usd_per_hour.as_ref().map_or(0.0, |[low, _, high]| libm::fabs(high.get() - low.get()));
    swings.sort_by(|one, other| {
        let wider = money(other).total_cmp(&money(one)).then(other.width().cmp(&one.width()));
        wider.then_with(|| (&one.segment, one.input).cmp(&(&other.segment, other.input)))
    });
    swings
}

/// The plan with an open fact at another value.
#[derive(Debug, Clone, PartialEq)]
pub struct Flip {
    pub fact: FactId,
    /// The place of the value in the fact's list.
    pub value: u8,
    /// By quarters.
    pub nodes: Vec<u32>,
    /// The machine type of each cluster.
    pub machines: Vec<Option<String>>,
    /// In the quarter with most nodes, of several the last.
    pub usd_per_month: Field<Usd>,
    /// Whether another machine type is chosen for some cluster, or some count is another.
    pub is_other_machine: bool,
    pub is_other_count: bool,
    /// Whether the plan costs something else.
    pub is_other_cost: bool,
}

/// Values of open facts that are tried at most.
const MOST_FLIPS: usize = 200;

/// The plan at every other value of every open fact that it read, the facts in the order in which they were read first.
pub(crate) fn flips(input: &plan::Input<'_>, study: &Study, base: &Outcome, reads: &[FactId]) -> Vec<Flip> {
    let (nodes, machines, cost) = summary(study, base);
    let values = reads.iter().copied().flat_map(|fact| {
        let count = input.catalog.fact(fact).values.len();
        (1..count).filter_map(move |value| Some((fact, u8::try_from(value).ok()?)))
    });
    values
        .take(MOST_FLIPS)
        .map(|(fact, value)| {
            let there = Facts::in_world(input.catalog, World::from([(fact, value)]));
            let other = in_world(input, study, base, &there);
            let (other_nodes, other_machines, other_cost) = other;
            Flip {
                fact,
                value,
                is_other_machine: other_machines != machines,
                is_other_count: other_nodes != nodes,
                is_other_cost: other_cost != cost,
                nodes: other_nodes,
                machines: other_machines,
                usd_per_month: other_cost,
            }
        })
        .collect()
}

type Summary = (Vec<u32>, Vec<Option<String>>, Field<Usd>);

fn in_world(input: &plan::Input<'_>, study: &Study, base: &Outcome, facts: &Facts<'_>) -> Summary {
    let settings = Settings::of(input.load, facts);
    if settings == base.settings {
        let market = plan::market(input, facts);
        let priced =
            |machines: &[Capability]| machines.iter().map(|machine| machine.usd_per_hour.clone()).collect::<Vec<_>>();
        if market.caps == base.caps
            && market.prices == base.prices
            && priced(&market.machines) == priced(&base.machines)
        {
            return summary(study, base);
        }
        return summary(study, &plan::outcome(input, study, facts, Some(base)));
    }
    // What the catalog assumes of all machine types is otherwise, so that nothing known holds.
    let last = input.horizon.0.after(input.horizon.1 - 1);
    let (members, _) = members(input.load, (input.horizon.0, last), &settings);
    let study = Study::new(members, input.horizon, (study.worlds, input.question.seed));
    summary(&study, &plan::outcome(input, &study, facts, None))
}

/// Nodes by quarters, machine types by cluster, and the cost of the quarter with most nodes.
fn summary(study: &Study, outcome: &Outcome) -> Summary {
    let winners: Vec<_> = outcome.contests.iter().map(|contest| contest.candidates.first()).collect();
    let nodes = (0..study.quarters as usize)
        .map(|quarter| winners.iter().flatten().fold(0_u32, |sum, winner| sum.saturating_add(winner.nodes[quarter])));
    let nodes: Vec<u32> = nodes.collect();
    let most = (0..nodes.len()).max_by_key(|quarter| nodes[*quarter]);
    // By machine type, as the plan sums it up, so that equal plans have equal figures.
    let mut counts: BTreeMap<usize, u32> = BTreeMap::new();
    for winner in winners.iter().flatten() {
        let count = counts.entry(winner.machine).or_default();
        *count = count.saturating_add(most.map_or(0, |quarter| winner.nodes[quarter]));
    }
    let cost = counts.iter().map(|(machine, nodes)| month(&outcome.machines[*machine], *nodes));
    let machines = winners.iter().map(|winner| winner.map(|winner| outcome.machines[winner.machine].machine.clone()));
    (nodes, machines.collect(), cost.collect::<Field<Vec<Usd>>>().map(|costs| costs.into_iter().sum()))
}
