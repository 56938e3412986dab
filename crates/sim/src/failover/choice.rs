//! Which mover is the best, by a criterion that is stated: what can be used, what is proved to be safe, what keeps the intents, then the client's p99, then the
//! price. And how far that hangs on single facts: the same contest with each of them elsewhere. Not here: trials, and words.

use twinrail_facts::{Ended, FactId, Interval, Microseconds, Percentile};
use twinrail_model::MoverKind;

use super::vary::Facet;
use super::{Bench, Candidate, Cell, Comparison, Input, Played, Question};
use crate::trial::Scenario;

/// An intent on outages: this quantile of the outages of a client of the question is to be below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Its place among the clients of the question.
    pub client: usize,
    pub at: Percentile,
    pub below: Microseconds,
}

/// Whether a limit is kept by trials: within their whole interval, outside of it, or neither for sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    Yes,
    Unsure,
    No,
}

/// What is known of a mover beside its trials.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Invariants that it violates in every world, by their codes.
    pub unsafe_by: Vec<String>,
    /// In US dollars a month.
    pub price: f64,
    /// What has to change before it can be used.
    pub obstacles: Vec<String>,
}

/// What decides after a mover can be used at all, in the order in which it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Criterion {
    Safety,
    Intents,
    P99,
    Price,
}

impl Criterion {
    /// The order if nobody asks for another.
    pub const USUAL: [Self; 4] = [Self::Safety, Self::Intents, Self::P99, Self::Price];

    pub fn word(self) -> &'static str {
        match self {
            Self::Safety => "safety",
            Self::Intents => "intents",
            Self::P99 => "p99",
            Self::Price => "price",
        }
    }
}

/// One mover in one world.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    pub mover: MoverKind,
    pub usable: bool,
    pub safe: bool,
    pub kept: Kept,
    /// The worst of the scenarios of the choice and of the clients, with its interval.
    pub p99: Option<Interval<Ended>>,
    pub price: f64,
}

/// The contest in the first world, and where it ends otherwise.
#[derive(Debug, Clone)]
pub struct Contest {
    pub criterion: Vec<Criterion>,
    /// The best first; those that cannot be used last.
    pub ranking: Vec<Standing>,
    /// Who is first in each scenario, by the same criterion with this scenario alone.
    pub by_scenario: Vec<(Scenario, Option<MoverKind>)>,
    /// As short as any other in half of the trials and in 99 of 100, in every scenario, as safe and as cheap as any.
    pub dominates: Option<MoverKind>,
    /// Who is first by as many trials as there are where facts are elsewhere: what those are compared with.
    pub first_by_few: Option<MoverKind>,
    /// Every facet that was looked at, with who is first there.
    pub worlds: Vec<(Facet, Option<MoverKind>, Option<Ended>)>,
}

impl Contest {
    pub fn winner(&self) -> Option<MoverKind> {
        self.ranking.first().filter(|standing| standing.usable).map(|standing| standing.mover)
    }

    /// Who would be first if nothing had to change before any of them could be used.
    pub fn of_all(
        comparison: &Comparison,
        limits: &[Limit],
        known: &[Known],
        criterion: &[Criterion],
    ) -> Option<MoverKind> {
        let free: Vec<Known> = known.iter().map(|known| Known { obstacles: Vec::new(), ..known.clone() }).collect();
        let referee = Referee { comparison, limits, known: &free, criterion };
        first(&referee.ranking(None, &comparison.question.by))
    }

    /// Facets in which another mover is first.
    pub fn flips(&self) -> impl Iterator<Item = (Facet, Option<MoverKind>)> {
        let winner = self.first_by_few;
        self.worlds.iter().filter(move |(_, first, _)| *first != winner).map(|(facet, first, _)| (*facet, *first))
    }

    /// Holds the contest. `known` is in the order of the candidates.
    pub fn of(comparison: &Comparison, limits: &[Limit], known: &[Known], criterion: &[Criterion]) -> Self {
        let referee = Referee { comparison, limits, known, criterion };
        let by = &comparison.question.by;
        let ranking = referee.ranking(None, by);
        let scenarios = comparison.question.scenarios.iter();
        let by_scenario = scenarios
            .map(|scenario| (*scenario, first(&referee.ranking(None, std::slice::from_ref(scenario)))))
            .collect();
        let worlds = referee.facets().into_iter().map(|facet| {
            let ranking = referee.ranking(Some(facet), by);
            let p99 = ranking.first().and_then(|standing| standing.p99).map(|interval| interval.value);
            (facet, first(&ranking), p99)
        });
        let worlds = worlds.collect();
        let dominates = referee.dominates();
        let first_by_few = first(&referee.ranking_of(None, by, Some(comparison.question.varied as usize)));
        Self { criterion: criterion.to_vec(), ranking, by_scenario, dominates, first_by_few, worlds }
    }
}

fn first(ranking: &[Standing]) -> Option<MoverKind> {
    ranking.first().filter(|standing| standing.usable).map(|standing| standing.mover)
}

struct Referee<'a> {
    comparison: &'a Comparison,
    limits: &'a [Limit],
    known: &'a [Known],
    criterion: &'a [Criterion],
}

impl Referee<'_> {
    /// Every facet of some mover, in order, each once.
    fn facets(&self) -> Vec<Facet> {
        let mut facets: Vec<Facet> = Vec::new();
        for played in self.comparison.candidates.iter().filter_map(|candidate| candidate.played.as_ref()) {
            for varied in &played.varied {
                if !facets.contains(&varied.facet) {
                    facets.push(varied.facet);
                }
            }
        }
        facets
    }

    fn ranking(&self, facet: Option<Facet>, by: &[Scenario]) -> Vec<Standing> {
        // Where facts are varied, all are compared by as many trials.
        let first = facet.map(|_| self.comparison.question.varied as usize);
        self.ranking_of(facet, by, first)
    }

    fn ranking_of(&self, facet: Option<Facet>, by: &[Scenario], first: Option<usize>) -> Vec<Standing> {
        let candidates = self.comparison.candidates.iter().zip(self.known);
        let mut left: Vec<Standing> =
            candidates.map(|(candidate, known)| self.standing((candidate, known), facet, by, first)).collect();
        let mut ranking = Vec::with_capacity(left.len());
        while !left.is_empty() {
            ranking.push(left.remove(self.best(&left)));
        }
        ranking
    }

    fn standing(
        &self,
        (candidate, known): (&Candidate, &Known),
        facet: Option<Facet>,
        by: &[Scenario],
        first: Option<usize>,
    ) -> Standing {
        let cells = candidate.played.as_ref().and_then(|played| Self::cells(played, facet, by));
        Standing {
            mover: candidate.mover,
            usable: cells.is_some() && known.obstacles.is_empty(),
            safe: known.unsafe_by.is_empty(),
            kept: cells.as_ref().map_or(Kept::No, |cells| kept(cells, self.limits, first)),
            p99: cells.as_ref().and_then(|cells| worst(cells, Percentile::P99, first)),
            price: known.price,
        }
    }

    /// The cells that count, with a fact elsewhere or in the first world.
    fn cells<'c>(played: &'c Played, facet: Option<Facet>, by: &[Scenario]) -> Option<Vec<&'c Cell>> {
        let varied = facet.and_then(|facet| played.varied.iter().find(|varied| varied.facet == facet));
        let cells = match varied {
            Some(varied) => varied.cells.as_ref()?,
            None => &played.cells,
        };
        Some(cells.iter().filter(|cell| by.contains(&cell.scenario)).collect())
    }

    /// The place of the best of those that are left.
    fn best(&self, left: &[Standing]) -> usize {
        let mut among: Vec<usize> = (0..left.len()).collect();
        keep_least(&mut among, |place| u8::from(!left[place].usable));
        // What could be used after a change comes before what cannot be used at all.
        keep_least(&mut among, |place| u8::from(left[place].p99.is_none()));
        for criterion in self.criterion {
            match criterion {
                Criterion::Safety => keep_least(&mut among, |place| u8::from(!left[place].safe)),
                Criterion::Intents => keep_least(&mut among, |place| u8::from(left[place].kept != Kept::Yes)),
                Criterion::P99 => keep_alike(&mut among, left),
                Criterion::Price => keep_least(&mut among, |place| Price(left[place].price)),
            }
        }
        // What is alike by everything else: the one with the shorter figure, then the one that was named first.
        keep_least(&mut among, |place| left[place].p99.map(|interval| interval.value));
        among[0]
    }

    fn dominates(&self) -> Option<MoverKind> {
        let usable: Vec<(&Candidate, &Known)> = self
            .comparison
            .candidates
            .iter()
            .zip(self.known)
            .filter(|(candidate, known)| candidate.played.is_some() && known.obstacles.is_empty())
            .collect();
        let at_least = |one: &(&Candidate, &Known), other: &(&Candidate, &Known)| {
            let as_safe = one.1.unsafe_by.is_empty() || !other.1.unsafe_by.is_empty();
            as_safe && one.1.price <= other.1.price && is_no_slower(one.0, other.0)
        };
        let wins = |one: &&(&Candidate, &Known)| {
            usable.iter().all(|other| one.0.mover == other.0.mover || at_least(one, other))
        };
        (usable.len() > 1).then(|| usable.iter().find(wins)).flatten().map(|(candidate, _)| candidate.mover)
    }
}

fn is_no_slower(one: &Candidate, other: &Candidate) -> bool {
    let (Some(one), Some(other)) = (&one.played, &other.played) else { return other.played.is_none() };
    one.cells.iter().zip(&other.cells).all(|(one, other)| {
        one.outages.iter().zip(&other.outages).all(|(one, other)| {
            [Percentile::P50, Percentile::P99].into_iter().all(|at| {
                one.quantile(at).map(|interval| interval.value) <= other.quantile(at).map(|interval| interval.value)
            })
        })
    })
}

/// A price, which is a number.
struct Price(f64);

impl PartialEq for Price {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Price {}

impl PartialOrd for Price {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Price {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

fn keep_least<K: Ord>(among: &mut Vec<usize>, key: impl Fn(usize) -> K) {
    if let Some(least) = among.iter().map(|place| key(*place)).min() {
        among.retain(|place| key(*place) == least);
    }
}

/// Keeps the shortest p99, and whatever the trials cannot tell from it.
fn keep_alike(among: &mut Vec<usize>, standings: &[Standing]) {
    let value = |place: usize| standings[place].p99.map_or(Ended::Never, |interval| interval.value);
    let Some(best) = among.iter().copied().min_by_key(|place| value(*place)) else { return };
    // So few trials that nothing bounds a figure from one side tell it from nothing on that side.
    let reach = standings[best].p99.and_then(|interval| interval.high).unwrap_or(Ended::Never);
    let least = Ended::After(Microseconds::ZERO);
    let low = |place: usize| standings[place].p99.and_then(|interval| interval.low).unwrap_or(least);
    among.retain(|place| *place == best || low(*place) <= reach);
}

/// The worst quantile over cells and clients.
fn worst(cells: &[&Cell], at: Percentile, first: Option<usize>) -> Option<Interval<Ended>> {
    let figures = cells.iter().flat_map(|cell| &cell.outages);
    let intervals = figures.filter_map(|figures| match first {
        Some(count) => figures.of_first(count, at),
        None => figures.quantile(at),
    });
    intervals.max_by_key(|interval| (interval.value, interval.high))
}

/// Whether every limit is kept in every cell.
fn kept(cells: &[&Cell], limits: &[Limit], first: Option<usize>) -> Kept {
    let each = cells.iter().flat_map(|cell| limits.iter().map(move |limit| within(cell, limit, first)));
    each.max().unwrap_or(Kept::Yes)
}

fn within(cell: &Cell, limit: &Limit, first: Option<usize>) -> Kept {
    let Some(figures) = cell.outages.get(limit.client) else { return Kept::Unsure };
    let interval = match first {
        Some(count) => figures.of_first(count, limit.at),
        None => figures.quantile(limit.at),
    };
    let Some(interval) = interval else { return Kept::Unsure };
    let below = Ended::After(limit.below);
    match (interval.low, interval.high) {
        (_, Some(high)) if high < below => Kept::Yes,
        (Some(low), _) if low >= below => Kept::No,
        _ => Kept::Unsure,
    }
}

/// Whether a limit is kept by a mover in every world that was looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// `Yes`: in every one of them. `No`: in none.
    pub kept: Kept,
    /// In the first world.
    pub first: Kept,
    /// The scenario in which it fares worst there.
    pub scenario: Option<Scenario>,
    /// What is otherwise where it fares otherwise.
    pub otherwise: Vec<(Facet, Kept)>,
}

/// Judges one limit for one mover.
pub fn verdict(played: &Played, by: &[Scenario], limit: &Limit, varied: u32) -> Verdict {
    let cells: Vec<&Cell> = played.cells.iter().filter(|cell| by.contains(&cell.scenario)).collect();
    let judged = |cells: &[&Cell], first: Option<usize>| kept(cells, std::slice::from_ref(limit), first);
    let first = judged(&cells, None);
    // Worlds are compared with the first one by as many trials.
    let by_few = judged(&cells, Some(varied as usize));
    let scenario =
        cells.iter().max_by_key(|cell| (within(cell, limit, None), of(cell, limit))).map(|cell| cell.scenario);
    let mut otherwise = Vec::new();
    for varied_world in &played.varied {
        let there = match &varied_world.cells {
            Some(cells) => judged(&cells.iter().collect::<Vec<_>>(), Some(varied as usize)),
            None => Kept::No,
        };
        if there != by_few {
            otherwise.push((varied_world.facet, there));
        }
    }
    let is_guess = |cell: &&Cell| {
        let figures = cell.outages.get(limit.client);
        figures.is_some_and(|figures| figures.quantiles.iter().any(|of| of.at == limit.at && of.rests_on.is_some()))
    };
    // Where nothing was varied, nothing says what a quantile is that rests on a guess.
    let guessed = played.varied.is_empty() && cells.iter().any(is_guess);
    let kept = if otherwise.is_empty() && !guessed { first } else { Kept::Unsure };
    Verdict { kept, first, scenario, otherwise }
}

fn of(cell: &Cell, limit: &Limit) -> Option<Ended> {
    cell.outages.get(limit.client)?.quantile(limit.at).map(|interval| interval.value)
}

/// Where on its range a fact makes another mover the first.
#[derive(Debug, Clone, PartialEq)]
pub struct Flip {
    pub fact: FactId,
    /// The first mover still wins at the one factor, and no longer at the other.
    pub between: (f64, f64),
    pub first: Option<MoverKind>,
}

/// How often the span between two factors is halved.
const HALVINGS: u32 = 5;

/// Finds the factors at which the choice flips, for facts with a range whose end makes another mover the first.
pub fn flips(
    input: Input<'_>,
    comparison: &Comparison,
    contest: &Contest,
    (limits, known): (&[Limit], &[Known]),
    watch: &mut dyn FnMut(u64),
) -> Vec<Flip> {
    let question = Question { scenarios: comparison.question.by.clone(), ..comparison.question.clone() };
    let mut found = Vec::new();
    for (facet, mut first) in contest.flips() {
        let Facet::Times(fact, end) = facet else { continue };
        let (mut stays, mut flips) = (1.0_f64, end);
        for _ in 0..HALVINGS {
            let middle = f64::sqrt(stays * flips);
            let middle_facet = Facet::Times(fact, middle);
            let mut bench = Bench::new(input, &question, watch);
            let world = bench.with(comparison, middle_facet);
            let referee = Referee { comparison: &world, limits, known, criterion: &contest.criterion };
            let winner = super::choice::first(&referee.ranking(Some(middle_facet), &question.by));
            if winner == contest.first_by_few {
                stays = middle;
            } else {
                (flips, first) = (middle, winner);
            }
        }
        found.push(Flip { fact, between: (stays, flips), first });
    }
    found
}
