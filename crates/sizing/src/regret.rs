//! Which of several node counts is regretted least, over all worlds: in each world and quarter a count too high is money spent for nothing, and one too low is
//! something short. Each part is kept, so that a count that loses can say by what.
//! Not here: where counts come from, and what a node costs.

use twinrail_facts::Percentile;

use crate::capacity::{BOUNDS, Bound};

/// How much a wrong count is regretted: weight times amount, to the power of the exponent, as Netflix's planner has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Of what is bought for nothing.
    pub over: f64,
    /// Of capacity that is short.
    pub under_capacity: f64,
    /// Of anything else that is short.
    pub under_bandwidth: f64,
    pub exponent: f64,
}

impl Weights {
    fn under(&self, bound: Bound) -> f64 {
        if bound == Bound::Capacity { self.under_capacity } else { self.under_bandwidth }
    }
}

/// What is regretted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Bought and not needed, or dearer than another machine type.
    Over,
    /// Too few, and by what.
    Short(Bound),
}

impl Part {
    pub fn word(self) -> &'static str {
        match self {
            Self::Over => "too many",
            Self::Short(bound) => bound.word(),
        }
    }
}

/// The places of parts: those of the bounds, and one more for what is bought for nothing.
const PARTS: usize = BOUNDS + 1;

fn part_of(place: usize) -> Part {
    Bound::ALL.get(place).map_or(Part::Over, |bound| Part::Short(*bound))
}

/// One part of a regret.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    pub part: Part,
    /// Mean over worlds, summed over quarters.
    pub regret: f64,
    /// In how many worlds it is there in some quarter.
    pub worlds: u32,
}

/// What a node count by quarters is regretted for.
#[derive(Debug, Clone, PartialEq)]
pub struct Regret {
    pub total: f64,
    /// Those that are there, the largest first.
    pub parts: Vec<Share>,
    /// In each world.
    pub by_world: Vec<f64>,
}

/// What is needed of one machine type in one world and quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    pub nodes: u32,
    pub binding: Bound,
}

/// A quarter of a cluster on one machine type, in all worlds: alike worlds are counted once.
#[derive(Debug, Clone)]
pub struct Quarterly {
    /// Each with what the best machine type would have cost.
    kinds: Vec<(Cell, f64)>,
    /// How many worlds are of each.
    counts: Vec<u32>,
    kind_of_world: Vec<u32>,
    /// In order.
    nodes: Vec<u32>,
}

impl Quarterly {
    /// `best` is the least cost that any machine type has in each world.
    pub fn new(cells: &[Cell], best: &[f64]) -> Self {
        // A number that is not negative has the order of its bits.
        let worlds = 0..u32::try_from(cells.len()).expect("fewer than 2^32 worlds");
        let mut order: Vec<(Cell, u64, u32)> = worlds
            .zip(cells.iter().zip(best))
            .map(|(world, (cell, best))| (*cell, (best + 0.0).to_bits(), world))
            .collect();
        order.sort_unstable();
        let mut kinds: Vec<(Cell, f64)> = Vec::new();
        let mut counts: Vec<u32> = Vec::new();
        let mut kind_of_world = vec![0; cells.len()];
        for (cell, best, world) in &order {
            let kind = (*cell, f64::from_bits(*best));
            if kinds.last() != Some(&kind) {
                kinds.push(kind);
                counts.push(0);
            }
            counts[kinds.len() - 1] += 1;
            kind_of_world[*world as usize] = u32::try_from(kinds.len() - 1).expect("no more kinds than worlds");
        }
        let nodes = order.iter().map(|(cell, ..)| cell.nodes).collect();
        Self { kinds, counts, kind_of_world, nodes }
    }

    /// The count that covers this share of the worlds.
    pub fn covering(&self, share: Percentile) -> u32 {
        share.of(&self.nodes).copied().unwrap_or(0)
    }

    /// What the world needs that needs most.
    pub fn most(&self) -> u32 {
        self.nodes.last().copied().unwrap_or(0)
    }

    /// The mean need, rounded up.
    pub fn mean(&self) -> u32 {
        let sum: u64 = self.nodes.iter().map(|nodes| u64::from(*nodes)).sum();
        let mean = sum.div_ceil((self.nodes.len() as u64).max(1));
        u32::try_from(mean).expect("a mean is at most the largest")
    }

    /// The part of the worlds in which so many nodes suffice.
    pub fn covered(&self, nodes: u32) -> f64 {
        let enough = self.nodes.partition_point(|need| *need <= nodes);
        enough as f64 / (self.nodes.len() as f64).max(1.0)
    }
}

/// How much `nodes`, by quarters, are regretted where a node costs `price`. `None` as soon as it is more than `limit`.
pub fn total(quarters: &[Quarterly], nodes: &[u32], price: f64, weights: &Weights, limit: f64) -> Option<f64> {
    let worlds = quarters.first().map_or(0, |quarter| quarter.kind_of_world.len());
    let mut sum = 0.0;
    for (quarter, nodes) in quarters.iter().zip(nodes) {
        for ((cell, best), count) in quarter.kinds.iter().zip(&quarter.counts) {
            let (over, under) = of_kind(*cell, *best, *nodes, price, weights);
            sum += (over + under) * f64::from(*count);
        }
        if sum / (worlds as f64).max(1.0) > limit {
            return None;
        }
    }
    Some(sum / (worlds as f64).max(1.0))
}

/// What `nodes`, by quarters, are regretted for, where a node costs `price`.
pub fn regret(quarters: &[Quarterly], nodes: &[u32], price: f64, weights: &Weights) -> Regret {
    let worlds = quarters.first().map_or(0, |quarter| quarter.kind_of_world.len());
    let mut by_world = vec![0.0; worlds];
    let mut sums = [0.0; PARTS];
    let mut seen: Vec<u16> = vec![0; worlds];
    let mut kinds: Vec<(f64, f64)> = Vec::new();
    for (quarter, nodes) in quarters.iter().zip(nodes) {
        kinds.clear();
        kinds.extend(quarter.kinds.iter().map(|(cell, best)| of_kind(*cell, *best, *nodes, price, weights)));
        for (world, kind) in quarter.kind_of_world.iter().enumerate() {
            let (over, under) = kinds[*kind as usize];
            if over > 0.0 {
                sums[BOUNDS] += over;
                seen[world] |= 1 << BOUNDS;
            }
            if under > 0.0 {
                let place = quarter.kinds[*kind as usize].0.binding as usize;
                sums[place] += under;
                seen[world] |= 1 << place;
            }
            by_world[world] += over + under;
        }
    }
    let count = (worlds as f64).max(1.0);
    let mut parts: Vec<Share> = (0..PARTS)
        .map(|place| {
            let worlds = seen.iter().filter(|seen| *seen >> place & 1 == 1).count();
            let worlds = u32::try_from(worlds).expect("fewer than 2^32 worlds");
            Share { part: part_of(place), regret: sums[place] / count, worlds }
        })
        .filter(|share| share.worlds > 0)
        .collect();
    parts.sort_by(|one, other| other.regret.total_cmp(&one.regret).then(one.part.cmp(&other.part)));
    let total = total(quarters, nodes, price, weights, f64::INFINITY).unwrap_or(f64::INFINITY);
    Regret { total, parts, by_world }
}

/// The regret of too much and of too little.
fn of_kind(cell: Cell, best: f64, nodes: u32, price: f64, weights: &Weights) -> (f64, f64) {
    let over = f64::from(nodes) * price - best;
    let under = f64::from(cell.nodes.saturating_sub(nodes)) * price;
    // By logarithms: a third of the time of a power that is right to the last digit.
    let to_the = |amount: f64| if amount > 0.0 { libm::exp(weights.exponent * libm::log(amount)) } else { 0.0 };
    (to_the(weights.over * over), to_the(weights.under(cell.binding) * under))
}

/// The part that one regrets most more than another, and in how many worlds it regrets more in all. `None` where it regrets no part more.
pub fn reason(loser: &Regret, winner: &Regret) -> Option<(Part, u32)> {
    let of = |regret: &Regret, part: Part| {
        regret.parts.iter().find(|share| share.part == part).map_or(0.0, |share| share.regret)
    };
    let more = |share: &Share| share.regret - of(winner, share.part);
    let worst = loser.parts.iter().max_by(|one, other| more(one).total_cmp(&more(other)))?;
    let worlds = loser.by_world.iter().zip(&winner.by_world).filter(|(loser, winner)| loser > winner).count();
    (more(worst) > 0.0).then(|| (worst.part, u32::try_from(worlds).expect("fewer than 2^32 worlds")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cell(nodes: u32) -> Cell {
        Cell { nodes, binding: Bound::Capacity }
    }

    /// Three worlds that need 10, 12 and 20, one quarter, exponent 1: 12 nodes have two too many once and eight too few once. (2 x 1 + 8 x 1.25) / 3 = 4.
    #[test]
    fn by_hand() {
        let cells = [cell(10), Cell { nodes: 20, binding: Bound::Egress }, cell(12)];
        let quarter = Quarterly::new(&cells, &[10.0, 20.0, 12.0]);
        let weights = Weights { over: 1.0, under_capacity: 1.1, under_bandwidth: 1.25, exponent: 1.0 };
        let found = regret(std::slice::from_ref(&quarter), &[12], 1.0, &weights);
        assert!((found.total - 4.0).abs() < 1e-12);
        for (got, expected) in found.by_world.iter().zip([2.0, 10.0, 0.0]) {
            assert!((got - expected).abs() < 1e-12);
        }
        let parts: Vec<(Part, u32)> = found.parts.iter().map(|share| (share.part, share.worlds)).collect();
        assert_eq!(parts, [(Part::Short(Bound::Egress), 1), (Part::Over, 1)]);
        assert_eq!((quarter.mean(), quarter.covering(Percentile::P50), quarter.covered(12)), (14, 12, 2.0 / 3.0));
        // Twenty: ten and eight too many. It loses by that, in two worlds: against (2, 10, 0) it has (10, 0, 8).
        let other = regret(std::slice::from_ref(&quarter), &[20], 1.0, &weights);
        assert_eq!(reason(&other, &found), Some((Part::Over, 2)));
    }

    proptest! {
        /// With exponent 1 it is the newsvendor's problem, whose best count is the quantile at under / (over + under).
        #[test]
        fn the_newsvendors_quantile(needs in proptest::collection::vec(1_u32..60, 1..80), under in 0.2_f64..20.0) {
            let cells: Vec<Cell> = needs.iter().map(|nodes| cell(*nodes)).collect();
            let best: Vec<f64> = needs.iter().map(|nodes| f64::from(*nodes)).collect();
            let quarter = Quarterly::new(&cells, &best);
            let weights = Weights { over: 1.0, under_capacity: under, under_bandwidth: 0.0, exponent: 1.0 };
            let total = |nodes: u32| regret(std::slice::from_ref(&quarter), &[nodes], 1.0, &weights).total;
            let share = under / (1.0 + under);
            let mut sorted = needs.clone();
            sorted.sort_unstable();
            let enough = |nodes: u32| sorted.iter().filter(|need| **need <= nodes).count() as f64 / sorted.len() as f64;
            let quantile = *sorted.iter().find(|nodes| enough(**nodes) >= share - 1e-12).expect("the largest");
            let least = (0..=60).map(total).fold(f64::INFINITY, f64::min);
            prop_assert!((total(quantile) - least).abs() < 1e-9, "{quantile}");
        }

        /// Counting alike worlds once changes nothing: each world on its own, and the parts sum to the total.
        #[test]
        fn parts_add_up(
            needs in proptest::collection::vec((1_u32..9, 1_u32..9, 0_usize..BOUNDS), 1..60),
            nodes in (0_u32..12, 0_u32..12),
            exponent in 1.0_f64..2.0,
        ) {
            let weights = Weights { over: 1.0, under_capacity: 1.1, under_bandwidth: 1.25, exponent };
            let price = 3.5;
            let at = |quarter: usize| {
                let cells: Vec<Cell> = needs.iter().map(|need| Cell { nodes: [need.0, need.1][quarter], binding: Bound::ALL[need.2] }).collect();
                let best: Vec<f64> = cells.iter().map(|cell| f64::from(cell.nodes) * 3.0).collect();
                Quarterly::new(&cells, &best)
            };
            let found = regret(&[at(0), at(1)], &[nodes.0, nodes.1], price, &weights);
            for (world, need) in needs.iter().enumerate() {
                let weight = if need.2 == 0 { 1.1 } else { 1.25 };
                let one = |need: u32, nodes: u32| {
                    let over = (f64::from(nodes) * price - f64::from(need) * 3.0).max(0.0).powf(exponent);
                    over + (weight * f64::from(need.saturating_sub(nodes)) * price).powf(exponent)
                };
                let expected = one(need.0, nodes.0) + one(need.1, nodes.1);
                prop_assert!((found.by_world[world] - expected).abs() < 1e-9 * expected.max(1.0));
            }
            let sum: f64 = found.parts.iter().map(|share| share.regret).sum();
            prop_assert!((sum - found.total).abs() < 1e-9 * sum.max(1.0));
        }
    }
}
