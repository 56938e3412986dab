//! The machinery below a customer plan: segments with the terms on which they are served, the clusters that serve them, what each cluster needs of a machine
//! type in each quarter and world, and which machine type and node counts are regretted least.
//! Not here: what is told of it, and in which worlds of facts it is asked.

use std::cmp::Ordering;

use twinrail_facts::{Facts, Luck, Percentile, keys};
use twinrail_model::{Load, Name, Quarter, Sizing};

use crate::capacity::{Bound, Caps, MOST_NODES, Need, Pull, Terms, need, tightest};
use crate::demand::{Drawn, Input, Segment};
use crate::regret::{Cell, Quarterly, Regret, Weights, regret, total};
use crate::traffic::Layout;

/// What the model leaves open and the catalog assumes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Settings {
    pub utilisation: f64,
    pub headroom: u32,
    pub rebuild_share: f64,
    pub vips: u32,
    pub weights: Weights,
}

impl Settings {
    pub fn of(load: &Load, facts: &Facts<'_>) -> Self {
        use keys::sizing;
        let fraction = |part: f64, usual: f64| if part > 0.0 && part <= 1.0 { part } else { usual };
        let share = load.workload.as_ref().and_then(|workload| workload.rebuild_share);
        let over = positive(facts.get(sizing::REGRET_OVER));
        let under = |usual: f64| load.sizing.shortage.map_or(usual, |times| positive(times) * over);
        Self {
            utilisation: fraction(facts.get(sizing::UTILISATION_TARGET), 1.0),
            headroom: small(facts.get(sizing::DEFAULT_HEADROOM_NODES)),
            rebuild_share: fraction(share.unwrap_or_else(|| facts.get(sizing::REBUILD_SHARE)), 1.0),
            vips: load.sizing.vips_per_node.unwrap_or_else(|| small(facts.get(sizing::VIPS_PER_NODE_KNEE))),
            weights: Weights {
                over,
                under_capacity: under(positive(facts.get(sizing::REGRET_UNDER_CAPACITY))),
                under_bandwidth: under(positive(facts.get(sizing::REGRET_UNDER_BANDWIDTH))),
                exponent: facts.get(sizing::REGRET_EXPONENT).clamp(EXPONENTS.0, EXPONENTS.1),
            },
        }
    }
}

/// Beyond these an exponent leaves nothing to compare.
const EXPONENTS: (f64, f64) = (0.1, 4.0);
/// The most that a weight may be: enough that nothing else counts.
const MOST_WEIGHT: f64 = 1e6;

fn positive(weight: f64) -> f64 {
    if weight.is_nan() { 1.0 } else { weight.clamp(0.0, MOST_WEIGHT) }
}

pub(crate) fn small(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(MOST_NODES).min(MOST_NODES)
}

/// A segment and the terms on which it is served.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub segment: Segment,
    pub layout: Layout,
    pub terms: Terms,
}

/// The segments that say how they are protected; the names of those that do not, of which nobody can say what they store.
pub(crate) fn members(load: &Load, horizon: (Quarter, Quarter), settings: &Settings) -> (Vec<Member>, Vec<Name>) {
    let workload = load.workload.as_ref();
    let mut open = Vec::new();
    let mut members = Vec::new();
    for demand in &load.demand {
        let Some(code) = demand.code.or_else(|| workload.and_then(|workload| workload.code)) else {
            open.push(demand.name.clone());
            continue;
        };
        let hops = workload.and_then(|workload| workload.hops);
        let utilisation = demand.utilisation.filter(|part| *part > 0.0 && *part <= 1.0);
        let rebuild = demand.rebuild_within.or_else(|| workload.and_then(|workload| workload.rebuild_within));
        members.push(Member {
            segment: Segment::new(demand, horizon),
            layout: Layout::of(code, hops),
            terms: Terms {
                headroom: demand.headroom.unwrap_or(settings.headroom).min(MOST_NODES),
                utilisation: utilisation.unwrap_or(settings.utilisation),
                width: code.width(),
                parity: code.parity,
                rebuild_within: rebuild.filter(|time| !time.is_zero()),
                rebuild_share: settings.rebuild_share,
                least: load.sizing.min_nodes.unwrap_or(0).min(MOST_NODES),
                vips: settings.vips,
            },
        });
    }
    (members, open)
}

/// A cluster to be: the segments that it serves, and on which terms it serves them all.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub members: Vec<usize>,
    pub terms: Terms,
}

impl Site {
    pub fn of(members: &[Member], places: Vec<usize>) -> Self {
        let mut terms = members[places[0]].terms;
        for place in &places {
            terms.join(&members[*place].terms);
        }
        Self { members: places, terms }
    }
}

/// All that is drawn, and over what.
#[derive(Debug)]
pub(crate) struct Study {
    pub from: Quarter,
    pub quarters: u32,
    pub worlds: u32,
    pub members: Vec<Member>,
    /// By member, then by world.
    pub drawn: Vec<Vec<Drawn>>,
    /// One for each member.
    pub sites: Vec<Site>,
    /// All members in one, where there are several.
    pub pool: Option<Site>,
}

/// What a cluster needs of each machine type: by machine type, then by quarter, then by world. Empty for a machine type that stores nothing.
pub(crate) type Cells = Vec<Vec<Vec<Cell>>>;

impl Study {
    pub fn new(members: Vec<Member>, (from, quarters): (Quarter, u32), (worlds, seed): (u32, u64)) -> Self {
        let of = |member: &Member| (0..worlds).map(|trial| member.segment.drawn(Luck { seed, trial })).collect();
        let drawn = members.iter().map(of).collect();
        let sites = (0..members.len()).map(|place| Site::of(&members, vec![place])).collect();
        let pool = (members.len() > 1).then(|| Site::of(&members, (0..members.len()).collect()));
        Self { from, quarters, worlds, members, drawn, sites, pool }
    }

    pub fn quarter(&self, place: u32) -> Quarter {
        self.from.after(place)
    }

    /// Whether anybody asks anything of a cluster in a quarter.
    pub fn is_there(&self, site: &Site, quarter: Quarter) -> bool {
        site.members.iter().any(|place| self.members[*place].segment.is_there(quarter))
    }

    /// What a cluster carries in a quarter, where its members drew these values.
    pub fn pull(&self, site: &Site, quarter: Quarter, drawn: impl Fn(usize) -> Drawn) -> Pull {
        let mut pull = Pull::default();
        for place in &site.members {
            let member = &self.members[*place];
            if member.segment.is_there(quarter) {
                let ask = drawn(*place).after(quarter.0 - member.segment.from.0);
                pull.add(&Pull::of(&ask, member.layout));
            }
        }
        pull
    }

    /// What a cluster needs of machine types with these caps. What is not there needs nothing.
    pub fn cells(&self, site: &Site, caps: &[Option<&Caps>]) -> Cells {
        let row = |caps: Option<&Caps>| vec![Vec::new(); caps.map_or(0, |_| self.quarters as usize)];
        let mut cells: Cells = caps.iter().map(|caps| row(*caps)).collect();
        if caps.iter().all(Option::is_none) {
            return cells;
        }
        let nothing = Cell { nodes: 0, binding: Bound::Least };
        for place in 0..self.quarters {
            let quarter = self.quarter(place);
            let is_there = self.is_there(site, quarter);
            for row in cells.iter_mut().filter(|row| !row.is_empty()) {
                row[place as usize].reserve(self.worlds as usize);
            }
            for world in 0..self.worlds as usize {
                let pull = self.pull(site, quarter, |member| self.drawn[member][world]);
                for (row, caps) in cells.iter_mut().zip(caps) {
                    let Some(caps) = caps else { continue };
                    let found = if is_there { of_need(tightest(&pull, &site.terms, caps)) } else { nothing };
                    row[place as usize].push(found);
                }
            }
        }
        cells
    }

    /// What a cluster needs in a quarter where every value is the middle one, but for one of a member.
    pub fn middle(&self, site: &Site, quarter: Quarter, but: Option<(usize, Input, f64)>, caps: &Caps) -> Need {
        let pull = self.pull(site, quarter, |member| self.middle_of(member, but));
        need(&pull, &site.terms, caps)
    }

    pub fn middle_of(&self, member: usize, but: Option<(usize, Input, f64)>) -> Drawn {
        let other = but.filter(|(varied, ..)| *varied == member).map(|(_, input, share)| (input, share));
        self.members[member].segment.middle_but(other)
    }
}

fn of_need((nodes, binding): (u32, Bound)) -> Cell {
    Cell { nodes, binding }
}

/// How a node count is chosen from what the worlds need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The mean over worlds.
    Mean,
    /// The least that suffices in this share of the worlds.
    Covers(Percentile),
}

/// The levels that are looked at.
pub(crate) fn levels() -> Vec<Level> {
    const MILLIONTHS: [u32; 9] = [400_000, 500_000, 600_000, 700_000, 800_000, 900_000, 950_000, 990_000, 999_000];
    let covers = MILLIONTHS.iter().filter_map(|share| Percentile::of_millionths(*share)).map(Level::Covers);
    std::iter::once(Level::Mean).chain(covers).collect()
}

/// A machine type and node counts by quarters.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// The place of the machine type.
    pub machine: usize,
    pub level: Level,
    pub nodes: Vec<u32>,
    pub regret: Regret,
    /// Node-quarters at the price of a node.
    pub cost: f64,
}

/// The contest for one cluster.
#[derive(Debug)]
pub(crate) struct Contest {
    /// By machine type, then by quarter; empty for one that stores nothing.
    pub quarterly: Vec<Vec<Quarterly>>,
    /// The least regretted first.
    pub candidates: Vec<Candidate>,
}

fn quarterly(cells: &Cells, prices: &[f64], most: u32) -> Vec<Vec<Quarterly>> {
    let best = best(cells, prices, most);
    let of = |row: &Vec<Vec<Cell>>| row.iter().zip(&best).map(|(cells, best)| Quarterly::new(cells, best)).collect();
    cells.iter().map(of).collect()
}

/// Holds the contest for one cluster, for its winner alone: what is regretted more than the best so far is not looked at to the end. The machine type
/// and level that won elsewhere come first, so that little is.
pub(crate) fn winner(
    cells: &Cells,
    prices: &[f64],
    sizing: &Sizing,
    weights: &Weights,
    elsewhere: Option<&Candidate>,
) -> Contest {
    let most = most_nodes(sizing);
    let quarterly = quarterly(cells, prices, most);
    let mut best: Option<Candidate> = None;
    let mut tried: Vec<(usize, Level)> = elsewhere.map(|known| (known.machine, known.level)).into_iter().collect();
    let machines = (0..quarterly.len()).filter(|machine| !quarterly[*machine].is_empty());
    tried.extend(machines.flat_map(|machine| levels().into_iter().map(move |level| (machine, level))));
    for (machine, level) in tried {
        let quarters = &quarterly[machine];
        let Some(nodes) = path(quarters, level, most) else { continue };
        let limit = best.as_ref().map_or(f64::INFINITY, |best| best.regret.total);
        let Some(total) = total(quarters, &nodes, prices[machine], weights, limit) else { continue };
        let cost = nodes.iter().map(|nodes| f64::from(*nodes) * prices[machine]).sum();
        let regret = Regret { total, parts: Vec::new(), by_world: Vec::new() };
        let candidate = Candidate { machine, level, nodes, regret, cost };
        if best.as_ref().is_none_or(|best| order(&candidate, best).is_lt()) {
            best = Some(candidate);
        }
    }
    Contest { quarterly, candidates: best.into_iter().collect() }
}

/// Which of two is regretted less; of equal ones the cheaper.
fn order(one: &Candidate, other: &Candidate) -> Ordering {
    let by_regret = one.regret.total.total_cmp(&other.regret.total).then(one.cost.total_cmp(&other.cost));
    by_regret.then((one.machine, one.level).cmp(&(other.machine, other.level)))
}

/// Holds the contest for one cluster. `prices` are those of a node, by machine type.
pub(crate) fn contest(cells: &Cells, prices: &[f64], sizing: &Sizing, weights: &Weights) -> Contest {
    let most = most_nodes(sizing);
    let quarterly = quarterly(cells, prices, most);
    let mut candidates: Vec<Candidate> = Vec::new();
    for (machine, quarters) in quarterly.iter().enumerate().filter(|(_, quarters)| !quarters.is_empty()) {
        for level in levels() {
            let Some(nodes) = path(quarters, level, most) else { continue };
            if candidates.iter().any(|known| known.machine == machine && known.nodes == nodes) {
                continue;
            }
            let cost = nodes.iter().map(|nodes| f64::from(*nodes) * prices[machine]).sum();
            let regret = regret(quarters, &nodes, prices[machine], weights);
            candidates.push(Candidate { machine, level, nodes, regret, cost });
        }
    }
    candidates.sort_by(order);
    Contest { quarterly, candidates }
}

/// What the cheapest machine type costs in each quarter and world, of those that need no more nodes than are allowed, if there are any.
fn best(cells: &Cells, prices: &[f64], most: u32) -> Vec<Vec<f64>> {
    let rows = || cells.iter().zip(prices).filter(|(row, _)| !row.is_empty());
    let quarters = rows().map(|(row, _)| row.len()).max().unwrap_or(0);
    let of = |quarter: usize, world: usize| {
        let costs = rows().map(|(row, price)| (row[quarter][world].nodes, price));
        let cost = |(nodes, price): (u32, &f64)| f64::from(nodes) * price;
        let least = |costs: &mut dyn Iterator<Item = f64>| costs.fold(f64::INFINITY, f64::min);
        let allowed = least(&mut costs.clone().filter(|(nodes, _)| *nodes <= most).map(cost));
        if allowed.is_finite() { allowed } else { least(&mut costs.map(cost)) }
    };
    let worlds = |quarter: usize| rows().map(|(row, _)| row[quarter].len()).max().unwrap_or(0);
    (0..quarters).map(|quarter| (0..worlds(quarter)).map(|world| of(quarter, world)).collect()).collect()
}

/// The most nodes that a cluster may have. [`MOST_NODES`] stands for what no number of them does.
pub(crate) fn most_nodes(sizing: &Sizing) -> u32 {
    sizing.max_nodes.unwrap_or(MOST_NODES).min(MOST_NODES - 1)
}

/// Node counts by quarters: a cluster does not shrink while it is there. `None` where it may not have as many as the level asks for.
fn path(quarters: &[Quarterly], level: Level, most: u32) -> Option<Vec<u32>> {
    let mut before = 0;
    let mut of = |quarter: &Quarterly| {
        let nodes = match level {
            // Over worlds that nothing is enough for there is no mean.
            Level::Mean if quarter.most() >= MOST_NODES => MOST_NODES,
            Level::Mean => quarter.mean(),
            Level::Covers(share) => quarter.covering(share),
        };
        // Nothing is there in a quarter of which no world asks for anything.
        before = if nodes == 0 { 0 } else { nodes.max(before) };
        (nodes <= most).then_some(before)
    };
    quarters.iter().map(&mut of).collect()
}
