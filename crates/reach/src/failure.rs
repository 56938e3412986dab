//! The failures that are to be judged: of those that nothing tells apart, one stands for all. Not here: which answers one may change ([`Touched`]), what is
//! asked after it, and what a user wants to hold.
//!
//! A part stands for others of its class as long as nobody speaks of one of them by name: whoever judges something about single machines passes them.
//!
//! [`Touched`]: crate::Touched

use std::collections::{BTreeMap, BTreeSet};

use twinrail_model::{InstanceId, Part, Situation};

use crate::class::{PartClass, Scope};
use crate::plane::Plane;

/// What is down at once, for all the failures like it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub situation: Situation,
    /// How many failures, this one among them.
    pub stands_for: u64,
}

/// Failures, one of each class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failures {
    pub each: Vec<Failure>,
    /// How many failures these stand for.
    pub stands_for: u64,
    /// How many more there are that were left out, because of the bound.
    pub left_out: u64,
}

/// Classes of failures that are judged at most. What is left out is counted.
pub const FAILURE_BOUND: usize = 2_000;

/// Every part by itself, and with `pairs` every two of them at once. The sets in `apart` are machines of whom something is asked apart from others like
/// them: the parties of an intent.
pub fn failures(plane: &Plane<'_>, parts: &[Part], pairs: bool, apart: &[BTreeSet<InstanceId>]) -> Failures {
    let nothing = Situation::default();
    let scope = Scope::new(plane, &nothing);
    let mut named: BTreeMap<InstanceId, Vec<usize>> = BTreeMap::new();
    for (number, set) in apart.iter().enumerate() {
        for instance in set {
            named.entry(*instance).or_default().push(number);
        }
    }
    let mut classes: BTreeMap<PartClass, Vec<&Part>> = BTreeMap::new();
    for part in parts {
        classes.entry(scope.part_class(part, &named)).or_default().push(part);
    }
    let classes: Vec<Vec<&Part>> = classes.into_values().collect();
    let mut failures = Failures::default();
    for those in &classes {
        failures.add([those[0]].into_iter(), those.len() as u64);
    }
    if pairs {
        let near = Near::new(&scope, &classes);
        for (at, those) in classes.iter().enumerate() {
            for (other_at, others) in classes.iter().enumerate().skip(at) {
                failures.add_pairs((at, those), (other_at, others), &near);
            }
        }
    }
    failures
}

/// Two parts of one machine, or of two that share an address, by their classes: what they do together is no matter of either's class.
#[derive(Default)]
struct Near<'a> {
    /// Those of machines that share an address: each by itself.
    sharing: BTreeMap<(usize, usize), BTreeSet<(&'a Part, &'a Part)>>,
    /// Those of one machine that shares no address: two machines of one class are alike in them, so the first stands for all.
    alone: BTreeMap<(usize, usize), Vec<(&'a Part, &'a Part)>>,
}

impl<'a> Near<'a> {
    fn new(scope: &Scope<'_>, classes: &[Vec<&'a Part>]) -> Self {
        let mut by_machine: BTreeMap<InstanceId, Vec<(usize, &Part)>> = BTreeMap::new();
        for (at, those) in classes.iter().enumerate() {
            for part in those {
                if let Some(machine) = scope.machine_of_part(part) {
                    by_machine.entry(machine).or_default().push((at, *part));
                }
            }
        }
        let mut near = Self::default();
        for (machine, parts) in &by_machine {
            let is_alone = scope.sharing(*machine).is_empty();
            let sharing = scope.sharing(*machine).iter().filter_map(|other| by_machine.get(other));
            for (other_at, other) in std::iter::once(parts).chain(sharing).flatten() {
                for (at, part) in parts.iter().filter(|(at, part)| (*at, *part) < (*other_at, *other)) {
                    if is_alone {
                        near.alone.entry((*at, *other_at)).or_default().push((*part, *other));
                    } else {
                        near.sharing.entry((*at, *other_at)).or_default().insert((*part, *other));
                    }
                }
            }
        }
        near
    }
}

impl Failures {
    fn add<'a>(&mut self, down: impl Iterator<Item = &'a Part>, stands_for: u64) {
        if self.each.len() == FAILURE_BOUND {
            self.left_out += stands_for;
            return;
        }
        self.each.push(Failure { situation: Situation::after(down.cloned()), stands_for });
        self.stands_for += stands_for;
    }

    /// The pairs of two classes: those near to each other one by one, one for all others.
    fn add_pairs(&mut self, (at, those): (usize, &[&Part]), (other_at, others): (usize, &[&Part]), near: &Near<'_>) {
        let places = (at, other_at);
        let sharing = near.sharing.get(&places).into_iter().flatten().copied();
        let sharing: BTreeSet<(&Part, &Part)> = sharing.collect();
        for (one, other) in &sharing {
            self.add([*one, *other].into_iter(), 1);
        }
        let alone = near.alone.get(&places).map_or(&[][..], Vec::as_slice);
        if let Some((one, other)) = alone.first() {
            self.add([*one, *other].into_iter(), alone.len() as u64);
        }
        let near: BTreeSet<(&Part, &Part)> = sharing.into_iter().chain(alone.iter().copied()).collect();
        let (many, more) = (those.len() as u64, others.len() as u64);
        let all = if at == other_at { many * (many - 1) / 2 } else { many * more };
        let rest = all - near.len() as u64;
        if rest == 0 {
            return;
        }
        let mut apart = those.iter().enumerate().flat_map(|(place, one)| {
            let from = if at == other_at { place + 1 } else { 0 };
            others[from..].iter().map(move |other| (*one, *other))
        });
        let is_far = |pair: &(&Part, &Part)| !near.contains(pair) && !near.contains(&(pair.1, pair.0));
        let (one, other) = apart.find(is_far).expect("fewer pairs are near than there are");
        self.add([one, other].into_iter(), rest);
    }
}
