//! The customer plan: demand as sampled worlds, for each cluster the machine type and node counts that are regretted least, why the others lost, what moves the
//! answer, and what it needs. Plain data with units; whoever prints it adds the words.
//! Not here: whether a network carries what flows on it ([`bandwidth`](crate::bandwidth)), and test farms.
//!
//! Each segment has a cluster of its own: its protection, headroom and rebuild target are its own. One cluster for all is worked out beside it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use twinrail_facts::{Catalog, Date, FactId, Facts, Percentile};
use twinrail_model::unit::{Usd, UsdPerHour};
use twinrail_model::{Cluster, ClusterId, EgressTier, Field, Hole, Load, Name, Network, Platform, Quarter, Rail};

use crate::calendar::quarter_of;
use crate::capability::{Capability, PriceSource};
use crate::capacity::{Bound, Caps, Need, Terms, fullness};
use crate::need::{Needs, needs};
use crate::regret::Cell;
use crate::regret::{Part, Share, reason};
pub use crate::study::Level;
use crate::study::{Cells, Contest, Settings, Site, Study, contest, members, most_nodes, winner};
use crate::swing::{Flip, Swing, flips, swings};

/// How a plan is to be worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    pub worlds: u32,
    pub seed: u64,
    /// Where neither plan nor demand names a quarter, the plan begins in the one of this day. What had to be asked for before it is late.
    pub today: Date,
}

impl Question {
    /// The usual number of worlds.
    pub const WORLDS: u32 = 1_000;
}

/// Quarters of a plan that names no end, and of one that names too late a one.
const USUAL_QUARTERS: u32 = 8;
const MOST_QUARTERS: u32 = 40;
/// Machine types, quarters, worlds and clusters in all: beyond it there are fewer worlds.
const MOST_CELLS: u64 = 40_000_000;
/// Machine types that are compared at most.
const MOST_MACHINES: usize = 100;

/// Why there is no plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Missing {
    Demand,
    /// Neither `sizing: machines` nor a cluster names one.
    Machine,
    /// No segment says how its data is protected, nor does the workload.
    Code,
    /// The plan ends before it begins.
    Quarters,
}

impl Missing {
    pub fn word(self) -> &'static str {
        match self {
            Self::Demand => "demand",
            Self::Machine => "machine type",
            Self::Code => "code",
            Self::Quarters => "quarters",
        }
    }
}

/// By what counts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    Money,
    /// Some machine type has no price, so that a node is a node.
    Nodes,
}

/// The plan.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerPlan {
    pub from: Quarter,
    pub worlds: u32,
    /// Fewer worlds than were asked for.
    pub is_cut: bool,
    pub seed: u64,
    pub measure: Measure,
    /// What is looked at, in the order of the model.
    pub machines: Vec<Capability>,
    /// One for each segment: what is planned.
    pub clusters: Vec<ClusterPlan>,
    /// One cluster for all segments: what it would take instead. `None`: there is one segment.
    pub pooled: Option<ClusterPlan>,
    /// All clusters together.
    pub quarters: Vec<QuarterPlan>,
    /// The inputs that move the counts, most first.
    pub swings: Vec<Swing>,
    /// What the plan is where an open fact has another value.
    pub flips: Vec<Flip>,
    pub needs: Needs,
    /// Segments that nobody can plan, for want of a code.
    pub without_code: Vec<Name>,
    /// Machine types that the catalog does not have.
    pub not_in_catalog: Vec<String>,
    /// Every fact that was read, in order.
    pub reads: Vec<FactId>,
}

/// What is planned for one cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterPlan {
    /// The segments that it serves.
    pub segments: Vec<Name>,
    pub terms: Terms,
    /// The headroom is more than a stripe can lose: data is gone before the demand is not met.
    pub is_beyond_parity: bool,
    /// `None`: no machine type stores anything, or none does it with as many nodes as a cluster may have.
    pub chosen: Option<Chosen>,
    /// Every other machine type and level, the least regretted first.
    pub alternatives: Vec<Alternative>,
    /// Why each other machine type is not chosen.
    pub excuses: Vec<Excuse>,
    /// Bounds that could not be looked at for the machine type that is chosen, and for want of what; metadata has no fact.
    pub open: Vec<(Bound, Option<Hole>)>,
}

/// What is chosen for a cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    pub machine: String,
    pub level: Level,
    pub quarters: Vec<ClusterQuarter>,
    pub regret: f64,
    pub parts: Vec<Share>,
    /// In the last quarter that the cluster is there, where every input is at its middle: which part of each cap is used with the headroom lost.
    pub full: Vec<(Bound, f64)>,
}

/// A cluster in a quarter.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterQuarter {
    pub nodes: u32,
    /// The part of the worlds in which they suffice.
    pub covered: f64,
    pub mean: u32,
    /// How many nodes cover which share of the worlds.
    pub covering: Vec<(Percentile, u32)>,
    /// In how many worlds each bound asks for most; those that never do are left out.
    pub binding: Vec<(Bound, u32)>,
    /// What each bound asks for where every input is at its middle.
    pub middle: Need,
    /// `None` where the cluster is not there.
    pub usd_per_month: Field<Usd>,
}

/// A machine type and level that is not chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    pub machine: String,
    pub level: Level,
    /// By quarters.
    pub nodes: Vec<u32>,
    pub regret: f64,
    pub parts: Vec<Share>,
    /// What is regretted most more than with the choice, and in how many worlds more is regretted in all. `None`: nothing is.
    pub lost: Option<(Part, u32)>,
}

/// Why a machine type is not chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Excuse {
    pub machine: String,
    pub reason: Reason,
    /// What it needs most nodes for in these worlds.
    pub bound: Option<Bound>,
    /// In how many worlds of the cluster's last quarter.
    pub worlds: u32,
}

/// Why a machine type is not chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It has no local SSD.
    NoLocalSsd,
    /// Nothing says how much it has.
    UnknownLocalSsd(Hole),
    /// It needs more nodes than a cluster may have, or no number of them is enough.
    TooManyNodes,
    /// What it needs costs more than what the chosen one needs.
    Dearer,
    /// It is never dearer, and not better.
    NoBetter,
}

impl Reason {
    pub fn word(&self) -> &'static str {
        match self {
            Self::NoLocalSsd => "no local SSD",
            Self::UnknownLocalSsd(_) => "local SSD not known",
            Self::TooManyNodes => "too many nodes",
            Self::Dearer => "dearer",
            Self::NoBetter => "no better",
        }
    }
}

/// All clusters in a quarter.
#[derive(Debug, Clone, PartialEq)]
pub struct QuarterPlan {
    pub quarter: Quarter,
    pub nodes: u32,
    /// The part of the worlds in which every cluster has enough.
    pub covered: f64,
    /// The part of the worlds that need no more nodes in all: what a quota for all of them covers.
    pub covered_in_all: f64,
    /// How many nodes in all cover which share of the worlds.
    pub covering: Vec<(Percentile, u32)>,
    /// By machine type.
    pub machines: Vec<(String, u32)>,
    pub usd_per_month: Field<Usd>,
    /// Where the prices come from, by machine type.
    pub prices: Vec<(String, Option<PriceSource>)>,
}

/// The shares that are told.
pub(crate) const TOLD: [Percentile; 5] =
    [Percentile::P50, Percentile::P90, Percentile::P95, Percentile::P99, Percentile::P99_9];

/// What is the same in every world of facts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    pub load: &'a Load,
    pub network: &'a Network,
    pub platform: &'a Platform,
    pub catalog: &'a Catalog,
    pub tier: EgressTier,
    /// RDMA NICs of an instance.
    pub rdma_nics: u32,
    pub names: &'a [String],
    pub horizon: (Quarter, u32),
    pub question: Question,
}

/// The plan in one world of facts, before it is told.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub settings: Settings,
    pub machines: Vec<Capability>,
    pub caps: Vec<Field<Caps>>,
    pub measure: Measure,
    /// A node of each machine type.
    pub prices: Vec<f64>,
    pub cells: Vec<Cells>,
    pub contests: Vec<Contest>,
}

/// Works out the plan.
///
/// # Errors
/// What the model does not say and a plan cannot do without.
pub fn plan(
    load: &Load,
    network: &Network,
    platform: &Platform,
    catalog: &Catalog,
    question: &Question,
) -> Result<CustomerPlan, Missing> {
    if load.demand.is_empty() {
        return Err(Missing::Demand);
    }
    let (names, not_in_catalog) = machines(load, network, platform);
    if names.is_empty() && not_in_catalog.is_empty() {
        return Err(Missing::Machine);
    }
    let horizon = horizon(load, question.today)?;
    let facts = Facts::new(catalog);
    let settings = Settings::of(load, &facts);
    let (members, without_code) = members(load, (horizon.0, horizon.0.after(horizon.1 - 1)), &settings);
    if members.is_empty() {
        return Err(Missing::Code);
    }
    let each = u64::from(horizon.1) * (members.len() as u64 + 1) * names.len().max(1) as u64;
    let most = u32::try_from((MOST_CELLS / each).max(1)).unwrap_or(u32::MAX);
    let worlds = question.worlds.clamp(1, most);
    let study = Study::new(members, horizon, (worlds, question.seed));
    let tier = tier(network);
    let rdma_nics = largest(network).map_or(1, rdma_nics).max(1);
    let input =
        Input { load, network, platform, catalog, tier, rdma_nics, names: &names, horizon, question: *question };
    let outcome = outcome(&input, &study, &facts, None);
    // What decides the plan; what only its needs read comes later.
    let deciding = facts.reads();
    let clusters: Vec<ClusterPlan> = (study.sites.iter().enumerate())
        .map(|(place, site)| tell(&study, site, &outcome, (&outcome.cells[place], &outcome.contests[place]), load))
        .collect();
    let pooled = study.pool.as_ref().map(|site| {
        let known: Vec<Option<&Caps>> = outcome.caps.iter().map(usable).collect();
        let cells = study.cells(site, &known);
        let contest = contest(&cells, &outcome.prices, &load.sizing, &settings.weights);
        tell(&study, site, &outcome, (&cells, &contest), load)
    });
    let quarters = quarters(&study, &outcome);
    let needs = needs(&input, &study, &outcome, (&clusters, &quarters), &facts);
    Ok(CustomerPlan {
        from: horizon.0,
        worlds,
        is_cut: worlds < question.worlds,
        seed: question.seed,
        measure: outcome.measure,
        swings: swings(&study, &outcome),
        flips: flips(&input, &study, &outcome, &deciding),
        machines: outcome.machines,
        clusters,
        pooled,
        quarters,
        needs,
        without_code,
        not_in_catalog,
        reads: facts.reads(),
    })
}

/// The machine types to choose from, each once, in the order of the model, and those that the catalog does not have.
fn machines(load: &Load, network: &Network, platform: &Platform) -> (Vec<String>, Vec<String>) {
    let mut asked: Vec<String> = Vec::new();
    for name in &load.sizing.machines {
        if !asked.contains(name) {
            asked.push(name.clone());
        }
    }
    if asked.is_empty() {
        for cluster in candidates(network) {
            if !asked.contains(&cluster.machine) {
                asked.push(cluster.machine.clone());
            }
        }
    }
    asked.truncate(MOST_MACHINES);
    asked.into_iter().partition(|name| platform.machine(name).is_some())
}

/// The clusters whose machine types are to choose from: those with RDMA NICs, or else all; but not those that are clients only.
fn candidates(network: &Network) -> Vec<&Cluster> {
    let is_client = |id: ClusterId| network.clients.iter().any(|(_, group)| group.cluster == Some(id));
    let serving = network.clusters.iter().filter(|(id, cluster)| !cluster.vips.is_empty() || !is_client(*id));
    let serving: Vec<&Cluster> = serving.map(|(_, cluster)| cluster).collect();
    let with_rdma: Vec<&Cluster> = serving.iter().copied().filter(|cluster| rdma_nics(cluster) > 0).collect();
    if with_rdma.is_empty() { serving } else { with_rdma }
}

/// RDMA NICs of each instance of a cluster.
pub(crate) fn rdma_nics(cluster: &Cluster) -> u32 {
    let nics = cluster.nics.iter().filter(|nic| nic.rail == Rail::Rdma).count();
    u32::try_from(nics).unwrap_or(u32::MAX)
}

/// Of the clusters whose machine types are to choose from the one with most instances; of several the first.
pub(crate) fn largest(network: &Network) -> Option<&Cluster> {
    candidates(network).into_iter().rev().max_by_key(|cluster| cluster.count)
}

/// The tier of egress that the largest cluster asks for.
fn tier(network: &Network) -> EgressTier {
    let instance = largest(network).and_then(|cluster| cluster.instances.first());
    instance.and_then(|id| network.instances[*id].egress_tier.known().copied()).unwrap_or(EgressTier::Default)
}

/// The first quarter, and how many there are.
fn horizon(load: &Load, today: Date) -> Result<(Quarter, u32), Missing> {
    let first = load.demand.iter().filter_map(|demand| demand.from).min();
    let from = load.sizing.from.or(first).unwrap_or_else(|| quarter_of(today));
    let until = load.sizing.until.unwrap_or_else(|| from.after(USUAL_QUARTERS - 1));
    let quarters = (until.0 + 1).checked_sub(from.0).filter(|count| *count > 0).ok_or(Missing::Quarters)?;
    Ok((from, quarters.min(MOST_QUARTERS)))
}

pub(crate) fn usable(caps: &Field<Caps>) -> Option<&Caps> {
    caps.as_ref().ok().filter(|caps| caps.stores())
}

/// The machine types to choose from, in one world of facts.
#[derive(Debug)]
pub(crate) struct Market {
    pub machines: Vec<Capability>,
    pub caps: Vec<Field<Caps>>,
    pub measure: Measure,
    /// A node of each machine type.
    pub prices: Vec<f64>,
}

pub(crate) fn market(input: &Input<'_>, facts: &Facts<'_>) -> Market {
    let of = |name: &String| input.platform.machine(name).map(|machine| Capability::of(machine, input.tier, facts));
    let machines: Vec<Capability> = input.names.iter().filter_map(of).collect();
    let metadata = input.load.sizing.metadata_per_node;
    let caps: Vec<Field<Caps>> = machines.iter().map(|machine| Caps::of(machine, metadata, input.rdma_nics)).collect();
    let (measure, prices) = prices(&machines, &caps);
    Market { machines, caps, measure, prices }
}

/// Works out the plan of one world of facts. What machine types can do as well in a world known before is taken from there.
pub(crate) fn outcome(input: &Input<'_>, study: &Study, facts: &Facts<'_>, known: Option<&Outcome>) -> Outcome {
    let settings = Settings::of(input.load, facts);
    let Market { machines, caps, measure, prices } = market(input, facts);
    let is_new = |place: usize| known.is_none_or(|known| known.caps[place] != caps[place]);
    let new: Vec<Option<&Caps>> =
        caps.iter().enumerate().map(|(place, caps)| usable(caps).filter(|_| is_new(place))).collect();
    let mut cells: Vec<Cells> = Vec::with_capacity(study.sites.len());
    for (place, site) in study.sites.iter().enumerate() {
        let mut of_site = study.cells(site, &new);
        if let Some(known) = known {
            for (machine, row) in of_site.iter_mut().enumerate().filter(|(machine, _)| !is_new(*machine)) {
                row.clone_from(&known.cells[place][machine]);
            }
        }
        cells.push(of_site);
    }
    let (sizing, weights) = (&input.load.sizing, &settings.weights);
    let of = |(place, cells): (usize, &Cells)| match known {
        None => contest(cells, &prices, sizing, weights),
        Some(known) if known.prices == prices && known.settings == settings && known.cells[place] == *cells => {
            Contest {
                quarterly: Vec::new(),
                candidates: known.contests[place].candidates.first().cloned().into_iter().collect(),
            }
        }
        // Only who wins is asked of another world.
        Some(known) => winner(cells, &prices, sizing, weights, known.contests[place].candidates.first()),
    };
    let contests = cells.iter().enumerate().map(of).collect();
    Outcome { settings, machines, caps, measure, prices, cells, contests }
}

/// What a node of each machine type costs an hour, where each that can be used has a price that is not nothing.
fn prices(machines: &[Capability], caps: &[Field<Caps>]) -> (Measure, Vec<f64>) {
    let price = |machine: &Capability| machine.usd_per_hour.as_ref().ok().filter(|price| !price.is_zero()).copied();
    let priced = machines.iter().zip(caps).all(|(machine, caps)| usable(caps).is_none() || price(machine).is_some());
    if priced {
        (Measure::Money, machines.iter().map(|machine| price(machine).map_or(0.0, UsdPerHour::get)).collect())
    } else {
        (Measure::Nodes, vec![1.0; machines.len()])
    }
}

/// What a number of nodes costs a month.
pub(crate) fn month(machine: &Capability, nodes: u32) -> Field<Usd> {
    machine.usd_per_hour.clone().map(|price| (price * f64::from(nodes)).month())
}

fn tell(
    study: &Study,
    site: &Site,
    outcome: &Outcome,
    (cells, contest): (&Cells, &Contest),
    load: &Load,
) -> ClusterPlan {
    let name = |machine: usize| outcome.machines[machine].machine.clone();
    let winner = contest.candidates.first();
    let alternatives =
        contest.candidates.iter().skip(1).zip(winner.into_iter().cycle()).map(|(loser, winner)| Alternative {
            machine: name(loser.machine),
            level: loser.level,
            nodes: loser.nodes.clone(),
            regret: loser.regret.total,
            parts: loser.regret.parts.clone(),
            lost: reason(&loser.regret, &winner.regret),
        });
    ClusterPlan {
        segments: site.members.iter().map(|place| study.members[*place].segment.name.clone()).collect(),
        terms: site.terms,
        is_beyond_parity: site.terms.headroom > site.terms.parity,
        chosen: winner.and_then(|_| chosen(study, site, outcome, (cells, contest))),
        alternatives: alternatives.collect(),
        excuses: excuses(study, site, outcome, (cells, contest), load),
        open: winner
            .and_then(|winner| usable(&outcome.caps[winner.machine]))
            .map_or_else(Vec::new, |caps| caps.open.clone()),
    }
}

fn chosen(study: &Study, site: &Site, outcome: &Outcome, (cells, contest): (&Cells, &Contest)) -> Option<Chosen> {
    let winner = contest.candidates.first()?;
    let machine = &outcome.machines[winner.machine];
    let caps = usable(&outcome.caps[winner.machine])?;
    let mut quarters = Vec::with_capacity(winner.nodes.len());
    let mut full = Vec::new();
    for (place, nodes) in (0..study.quarters).zip(&winner.nodes) {
        let quarterly = &contest.quarterly[winner.machine][place as usize];
        let quarter = study.quarter(place);
        if study.is_there(site, quarter) {
            let pull = study.pull(site, quarter, |member| study.middle_of(member, None));
            full = fullness(&pull, &site.terms, caps, *nodes);
        }
        quarters.push(ClusterQuarter {
            nodes: *nodes,
            covered: quarterly.covered(*nodes),
            mean: quarterly.mean(),
            covering: TOLD.map(|share| (share, quarterly.covering(share))).to_vec(),
            binding: binding(&cells[winner.machine][place as usize], |_, _| true),
            middle: study.middle(site, quarter, None, caps),
            usd_per_month: month(machine, *nodes),
        });
    }
    let (regret, parts) = (winner.regret.total, winner.regret.parts.clone());
    Some(Chosen { machine: machine.machine.clone(), level: winner.level, quarters, regret, parts, full })
}

/// How many of the worlds that are looked at each bound binds, most first.
fn binding(cells: &[Cell], looked_at: impl Fn(usize, u32) -> bool) -> Vec<(Bound, u32)> {
    let mut counts: BTreeMap<Bound, u32> = BTreeMap::new();
    for (world, cell) in cells.iter().enumerate() {
        if cell.nodes > 0 && looked_at(world, cell.nodes) {
            *counts.entry(cell.binding).or_default() += 1;
        }
    }
    let mut counts: Vec<(Bound, u32)> = counts.into_iter().collect();
    counts.sort_by_key(|(bound, count)| (Reverse(*count), *bound));
    counts
}

/// Why each machine type is not chosen, or not for all worlds: once for each reason and bound, with the worlds counted.
fn excuses(
    study: &Study,
    site: &Site,
    outcome: &Outcome,
    (cells, contest): (&Cells, &Contest),
    load: &Load,
) -> Vec<Excuse> {
    let mut excuses = Vec::new();
    let winner = contest.candidates.first();
    // The last quarter in which the cluster is there.
    let last = (0..study.quarters).rev().find(|place| study.is_there(site, study.quarter(*place)));
    let last = last.map(|place| place as usize);
    let most = most_nodes(&load.sizing);
    for (place, machine) in outcome.machines.iter().enumerate() {
        let is_candidate = contest.candidates.iter().any(|candidate| candidate.machine == place);
        let reasons = match &outcome.caps[place] {
            Err(hole) => vec![(Reason::UnknownLocalSsd(hole.clone()), None, study.worlds)],
            Ok(caps) if !caps.stores() => vec![(Reason::NoLocalSsd, None, study.worlds)],
            Ok(_) if !is_candidate => too_many(worst(&cells[place], most), most),
            Ok(_) => match (winner, last) {
                (Some(winner), Some(last)) => reasons((cells, &outcome.prices), (place, winner.machine), last, most),
                _ => Vec::new(),
            },
        };
        let excuse = |(reason, bound, worlds)| Excuse { machine: machine.machine.clone(), reason, bound, worlds };
        excuses.extend(reasons.into_iter().map(excuse));
    }
    excuses
}

/// Of the quarters of a machine type the first in which most worlds need more than a cluster may have.
fn worst(row: &[Vec<Cell>], most: u32) -> &[Cell] {
    let beyond = |cells: &&Vec<Cell>| cells.iter().filter(|cell| cell.nodes > most).count();
    row.iter().rev().max_by_key(beyond).map_or(&[], Vec::as_slice)
}

/// A reason, the bound that it is about, and in how many worlds.
type Told = (Reason, Option<Bound>, u32);

fn too_many(cells: &[Cell], most: u32) -> Vec<Told> {
    let of = |(bound, worlds)| (Reason::TooManyNodes, Some(bound), worlds);
    binding(cells, |_, nodes| nodes > most).into_iter().map(of).collect()
}

/// Why a machine type that stores something is not chosen. Of the chosen one, the worlds that need more than a cluster may have.
fn reasons(
    (cells, prices): (&Cells, &[f64]),
    (machine, winner): (usize, usize),
    quarter: usize,
    most: u32,
) -> Vec<Told> {
    let row = &cells[machine][quarter];
    let cost = |machine: usize, nodes: u32| f64::from(nodes) * prices[machine];
    let of_winner = |world: usize| cost(winner, cells[winner][quarter][world].nodes);
    let too_many = too_many(row, most);
    let dearer = binding(row, |world, nodes| nodes <= most && cost(machine, nodes) > of_winner(world));
    let is_no_better = machine != winner && too_many.is_empty() && dearer.is_empty();
    let no_better = is_no_better.then(|| (Reason::NoBetter, None, u32::try_from(row.len()).unwrap_or(u32::MAX)));
    let dearer = dearer.into_iter().map(|(bound, worlds)| (Reason::Dearer, Some(bound), worlds));
    too_many.into_iter().chain(dearer).chain(no_better).collect()
}

fn quarters(study: &Study, outcome: &Outcome) -> Vec<QuarterPlan> {
    let winners: Vec<_> = outcome.contests.iter().map(|contest| contest.candidates.first()).collect();
    (0..study.quarters)
        .map(|place| {
            let at = place as usize;
            let mut machines: BTreeMap<usize, u32> = BTreeMap::new();
            let mut is_whole = true;
            let mut enough = vec![true; study.worlds as usize];
            let mut in_all = vec![0_u32; study.worlds as usize];
            for ((site, cells), winner) in study.sites.iter().zip(&outcome.cells).zip(&winners) {
                let Some(winner) = winner else {
                    // What nobody can build covers nothing.
                    is_whole &= !study.is_there(site, study.quarter(place));
                    continue;
                };
                let nodes = winner.nodes[at];
                let count = machines.entry(winner.machine).or_default();
                *count = count.saturating_add(nodes);
                for (world, cell) in cells[winner.machine][at].iter().enumerate() {
                    enough[world] &= cell.nodes <= nodes;
                    in_all[world] = in_all[world].saturating_add(cell.nodes);
                }
            }
            in_all.sort_unstable();
            let nodes = machines.values().fold(0_u32, |sum, nodes| sum.saturating_add(*nodes));
            let part = |count: usize| if is_whole { count as f64 / f64::from(study.worlds) } else { 0.0 };
            let costs: Field<Vec<Usd>> =
                machines.iter().map(|(machine, nodes)| month(&outcome.machines[*machine], *nodes)).collect();
            let name = |machine: usize| outcome.machines[machine].machine.clone();
            QuarterPlan {
                quarter: study.quarter(place),
                nodes,
                covered: part(enough.iter().filter(|enough| **enough).count()),
                covered_in_all: part(in_all.partition_point(|need| *need <= nodes)),
                covering: TOLD.map(|share| (share, share.of(&in_all).copied().unwrap_or(0))).to_vec(),
                usd_per_month: costs.map(|costs| costs.into_iter().sum()),
                prices: machines.keys().map(|machine| (name(*machine), outcome.machines[*machine].price)).collect(),
                machines: machines.into_iter().map(|(machine, nodes)| (name(machine), nodes)).collect(),
            }
        })
        .collect()
}
