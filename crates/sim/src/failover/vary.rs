//! The same trials with a fact elsewhere: how far the figures hang on what is only believed. Not here: what that means for the choice (`choice`).

use twinrail_facts::{Catalog, Fact, FactId, Facts, Status, Unit, Value, World};
use twinrail_model::MoverKind;

use super::{Bench, Cell};
use crate::trial::{Scale, Scenario, Wait};

/// What is otherwise than in the first world.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Facet {
    /// An open fact has another of its values.
    Value(FactId, u8),
    /// A fact is so many times what it is said to be: an end of its range.
    Times(FactId, f64),
    /// A distribution has no slow tail: what would be longer is as long as its 95th percentile.
    NoTail(FactId),
    /// Every fact with a range, or with several distributions, is at its quick end.
    AllQuick,
    /// At its slow end.
    AllSlow,
    /// None of the distributions that nobody measured has a tail.
    NoTails,
}

impl Facet {
    /// The one fact that it is about.
    pub fn fact(&self) -> Option<FactId> {
        match self {
            Self::Value(fact, _) | Self::Times(fact, _) | Self::NoTail(fact) => Some(*fact),
            Self::AllQuick | Self::AllSlow | Self::NoTails => None,
        }
    }
}

/// A mover's figures with a fact elsewhere.
#[derive(Debug, Clone)]
pub struct Varied {
    pub facet: Facet,
    /// By the scenarios of the choice; nothing where the mover cannot be used there.
    pub cells: Option<Vec<Cell>>,
}

/// Facts that are worth varying, and where to.
struct Doubts {
    /// Read, and with several values.
    open: Vec<FactId>,
    /// With a range: the ends.
    ranged: Vec<(FactId, f64, f64)>,
    /// With a tail that nobody measured.
    tailed: Vec<FactId>,
}

impl Bench<'_> {
    pub(super) fn vary(&mut self, mover: MoverKind, world: &World, facts: &Facts<'_>, cells: &[Cell]) -> Vec<Varied> {
        let by = |cell: &&Cell| self.question.by.contains(&cell.scenario);
        let drawn = cells.iter().filter(by).fold(0, |drawn, cell| drawn | cell.drawn);
        let doubts = self.doubts(facts, drawn);
        facets(self.input.catalog, &doubts)
            .into_iter()
            .filter_map(|facet| {
                let (there, scale) = elsewhere(self.input.catalog, world, facet, &doubts);
                self.varied(mover, facts, facet, (there, scale))
            })
            .collect()
    }

    /// One more facet of a fact with a range, for a mover to which the fact matters.
    pub(super) fn at(&mut self, mover: MoverKind, world: &World, facet: Facet) -> Option<Varied> {
        let facts = Facts::in_world(self.input.catalog, world.clone());
        let doubts = Doubts { open: Vec::new(), ranged: Vec::new(), tailed: Vec::new() };
        let there = elsewhere(self.input.catalog, world, facet, &doubts);
        self.varied(mover, &facts, facet, there)
    }

    fn doubts(&self, facts: &Facts<'_>, drawn: u32) -> Doubts {
        let catalog = self.input.catalog;
        let waits: Vec<FactId> = Wait::of_mask(drawn).map(Wait::fact).collect();
        let all_waits: Vec<FactId> = Wait::ALL.into_iter().map(Wait::fact).collect();
        let matters = |fact: &FactId| waits.contains(fact) || !all_waits.contains(fact);
        let read: Vec<FactId> = facts.reads().into_iter().filter(matters).collect();
        let ranged = read.iter().filter_map(|fact| {
            let range = catalog.fact(*fact).range?;
            Some((*fact, range.low(), range.high()))
        });
        let believed = |fact: &&FactId| {
            matches!(catalog.fact(**fact).status, Status::Assumed | Status::Reported | Status::Unknown)
        };
        let tailed = waits.iter().filter(believed).filter(|fact| has_spread(catalog.fact(**fact))).copied();
        Doubts {
            open: read.iter().filter(|fact| catalog.fact(**fact).is_open()).copied().collect(),
            ranged: ranged.collect(),
            tailed: tailed.collect(),
        }
    }

    /// Nothing where the fact changes nothing that trials are played with.
    fn varied(
        &mut self,
        mover: MoverKind,
        facts: &Facts<'_>,
        facet: Facet,
        (there, scale): (World, Scale),
    ) -> Option<Varied> {
        let here = self.cast(facts, mover, &Scale::default())?;
        let facts = Facts::in_world(self.input.catalog, there);
        let Some(cast) = self.cast(&facts, mover, &scale) else { return Some(Varied { facet, cells: None }) };
        if here == cast {
            return None;
        }
        let by = self.question.by.clone();
        let count = self.question.varied;
        let cells = by.iter().map(|scenario: &Scenario| self.cell(&cast, *scenario, count)).collect();
        Some(Varied { facet, cells: Some(cells) })
    }
}

fn has_spread(fact: &Fact) -> bool {
    fact.values.iter().any(|possible| match &possible.value {
        Value::Delay(delay) => delay.most() != Some(delay.least()),
        _ => false,
    })
}

/// Every facet of some doubts, in the order of the catalog; the corners last.
fn facets(catalog: &Catalog, doubts: &Doubts) -> Vec<Facet> {
    let mut facets = Vec::new();
    for fact in &doubts.open {
        let values = u8::try_from(catalog.fact(*fact).values.len()).expect("a fact has few values");
        facets.extend((0..values).map(|value| Facet::Value(*fact, value)));
    }
    for (fact, low, high) in &doubts.ranged {
        facets.extend([*low, *high].map(|factor| Facet::Times(*fact, factor)));
    }
    facets.extend(doubts.tailed.iter().map(|fact| Facet::NoTail(*fact)));
    facets.extend([Facet::AllQuick, Facet::AllSlow, Facet::NoTails]);
    facets
}

/// The world and the scale of a facet.
fn elsewhere(catalog: &Catalog, world: &World, facet: Facet, doubts: &Doubts) -> (World, Scale) {
    let (mut world, mut scale) = (world.clone(), Scale::default());
    match facet {
        Facet::Value(of, value) => {
            world.insert(of, value);
        }
        Facet::Times(of, factor) => scale.factors.push((of, factor)),
        Facet::NoTail(of) => scale.cut.push(of),
        Facet::NoTails => scale.cut.clone_from(&doubts.tailed),
        Facet::AllQuick | Facet::AllSlow => {
            let slow = facet == Facet::AllSlow;
            let ends = doubts.ranged.iter().map(|(fact, low, high)| (*fact, if slow { *high } else { *low }));
            scale.factors.extend(ends);
            for fact in &doubts.open {
                if let Some(value) = end_of(catalog, *fact, slow) {
                    world.insert(*fact, value);
                }
            }
        }
    }
    (world, scale)
}

/// The quickest or slowest of several distributions, by where their tails begin.
fn end_of(catalog: &Catalog, fact: FactId, slow: bool) -> Option<u8> {
    let fact = catalog.fact(fact);
    if fact.unit != Unit::Delay {
        return None;
    }
    let from = |place: &usize| match &fact.values[*place].value {
        Value::Delay(delay) => delay.tail_from(),
        _ => unreachable!("the unit of a fact is that of its values"),
    };
    let places = 0..fact.values.len();
    let end = if slow { places.max_by_key(from) } else { places.min_by_key(from) };
    end.and_then(|place| u8::try_from(place).ok())
}
