//! How an answer depends on what nobody knows for sure.
//!
//! A judgement is a function of [`Facts`]. Reading a fact records it; reading an open fact also chooses one of its values. [`decide`] runs the
//! judgement once, and again for the other values of the open facts it read, which walks the tree of its choices leaf by leaf: the leaves are disjoint
//! and together cover every world. Equal answers are joined into one arm. Not here: what the judgement is about.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::fact::FactId;
use crate::key::{Key, Kind};

/// How often a judgement is run at most. When it is hit, [`Decision::complete`] is false.
pub const RUN_BOUND: usize = 64;

/// One open fact and the place of the chosen value in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Choice {
    pub fact: FactId,
    pub value: u8,
}

/// Values for open facts; every other open fact has its first value.
pub type World = BTreeMap<FactId, u8>;

/// The facts as one run of a judgement sees them: each has exactly one value, and every read is recorded.
#[derive(Debug)]
pub struct Facts<'a> {
    catalog: &'a Catalog,
    log: RefCell<Log>,
}

/// What one run read.
#[derive(Debug, Default)]
struct Log {
    /// One bit a fact.
    seen: Vec<u64>,
    /// In order of the first read.
    reads: Vec<FactId>,
    /// The open facts among them, in order of the first read, with the value each had.
    path: Vec<Choice>,
    /// Values chosen before the run: by the walk over worlds, or once and for all.
    chosen: World,
}

impl<'a> Facts<'a> {
    /// Facts in the world in which every open fact has its first value.
    pub fn new(catalog: &'a Catalog) -> Self {
        Self::in_world(catalog, World::new())
    }

    /// Facts in one given world.
    pub fn in_world(catalog: &'a Catalog, world: World) -> Self {
        let seen = vec![0; catalog.facts.len().div_ceil(64)];
        Self { catalog, log: RefCell::new(Log { seen, chosen: world, ..Log::default() }) }
    }

    pub fn catalog(&self) -> &'a Catalog {
        self.catalog
    }

    /// The value of a fact in this world.
    pub fn get<K: Kind>(&self, key: Key<K>) -> K::View<'a> {
        let fact = self.catalog.fact(key.id());
        let place = self.log.borrow_mut().read(key.id(), fact.values.len());
        let value = &fact.values[usize::from(place)].value;
        K::view(value).unwrap_or_else(|| panic!("the key of {} has the type of its values", fact.id))
    }

    /// The facts read so far, in order of the first read.
    pub fn reads(&self) -> Vec<FactId> {
        self.log.borrow().reads.clone()
    }

    /// How many facts were read so far: a mark for [`Facts::reads_since`].
    pub fn read_count(&self) -> usize {
        self.log.borrow().reads.len()
    }

    /// The facts that were read first after a mark, in order.
    pub fn reads_since(&self, mark: usize) -> Vec<FactId> {
        self.log.borrow().reads[mark..].to_vec()
    }

    /// The world of this run, as far as it was read: enough to run the same again, on another thread too.
    pub fn world(&self) -> World {
        self.log.borrow().path.iter().map(|choice| (choice.fact, choice.value)).collect()
    }

    /// Counts facts as read that were read elsewhere in the same world, such as on another thread.
    pub fn absorb(&self, reads: &[FactId]) {
        for id in reads {
            self.log.borrow_mut().read(*id, self.catalog.fact(*id).values.len());
        }
    }
}

impl Log {
    fn read(&mut self, id: FactId, values: usize) -> u8 {
        let (word, bit) = (id.index() / 64, 1_u64 << (id.index() % 64));
        let first = self.seen[word] & bit == 0;
        self.seen[word] |= bit;
        if first {
            self.reads.push(id);
        }
        if values == 1 {
            return 0;
        }
        if !first {
            let known = self.path.iter().find(|choice| choice.fact == id);
            return known.expect("an open fact that was read has a value").value;
        }
        let value = self.chosen.get(&id).copied().unwrap_or(0);
        self.path.push(Choice { fact: id, value });
        value
    }

    /// Forgets the reads of the last run; in the next one these choices hold.
    fn restart(&mut self, chosen: &[Choice]) {
        for id in self.reads.drain(..) {
            self.seen[id.index() / 64] &= !(1 << (id.index() % 64));
        }
        self.path.clear();
        self.chosen = chosen.iter().map(|choice| (choice.fact, choice.value)).collect();
    }
}

/// An answer and the worlds in which it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arm<T> {
    pub answer: T,
    /// The arm holds where one of these conjunctions does. Empty conjunction: everywhere.
    pub worlds: Vec<Vec<Choice>>,
    /// Every fact that a run of this arm read, in order of the first read.
    pub reads: Vec<FactId>,
}

/// All answers of a judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<T> {
    /// Disjoint, never empty; the first is that of the world in which every open fact has its first value.
    pub arms: Vec<Arm<T>>,
    /// The fewest open facts whose values decide between the arms. Empty exactly when there is one arm.
    pub deciding: Vec<FactId>,
    /// False when the bound on runs was hit, so that other arms may exist.
    pub complete: bool,
}

impl<T> Decision<T> {
    /// The answer, if it is the same in every world.
    pub fn certain(&self) -> Option<&T> {
        match self.arms.as_slice() {
            [only] if self.complete => Some(&only.answer),
            _ => None,
        }
    }

    /// The same decision between coarser answers: arms that `coarse` makes equal are joined, and the deciding facts are those between what is left.
    pub fn coarsen<U: Eq>(&self, coarse: impl Fn(&T) -> U) -> Decision<U> {
        let mut arms: Vec<Arm<U>> = Vec::new();
        for arm in &self.arms {
            let answer = coarse(&arm.answer);
            match arms.iter_mut().find(|known| known.answer == answer) {
                Some(known) => {
                    known.worlds.extend(arm.worlds.iter().cloned());
                    let new = arm.reads.iter().filter(|read| !known.reads.contains(read)).copied().collect::<Vec<_>>();
                    known.reads.extend(new);
                }
                None => arms.push(Arm { answer, worlds: arm.worlds.clone(), reads: arm.reads.clone() }),
            }
        }
        let deciding = deciding(&arms);
        Decision { arms, deciding, complete: self.complete }
    }

    /// The worlds of an arm in terms of the deciding facts alone, without repetition.
    pub fn conditions(&self, arm: &Arm<T>) -> Vec<Vec<Choice>> {
        let mut conditions: Vec<Vec<Choice>> = Vec::new();
        for world in &arm.worlds {
            let mut condition: Vec<Choice> =
                world.iter().filter(|choice| self.deciding.contains(&choice.fact)).copied().collect();
            condition.sort_unstable();
            if !conditions.contains(&condition) {
                conditions.push(condition);
            }
        }
        conditions
    }
}

/// Runs a judgement in every world that matters to it, at most [`RUN_BOUND`] times.
///
/// The judgement must be a function of what it reads from [`Facts`]: same values, same reads, same answer.
pub fn decide<'a, T: Eq>(catalog: &'a Catalog, judgement: impl FnMut(&Facts<'a>) -> T) -> Decision<T> {
    decide_within(RUN_BOUND, catalog, judgement)
}

/// The same for a judgement that is so cheap that it may be run more often, or so dear that it may not.
pub fn decide_within<'a, T: Eq>(
    bound: usize,
    catalog: &'a Catalog,
    mut judgement: impl FnMut(&Facts<'a>) -> T,
) -> Decision<T> {
    let facts = Facts::new(catalog);
    let mut arms: Vec<Arm<T>> = Vec::new();
    let mut complete = true;
    let mut prefix: Vec<Choice> = Vec::new();
    for run in 1.. {
        let answer = judgement(&facts);
        let mut log = facts.log.borrow_mut();
        let path = follow(prefix, &log.path);
        join(&mut arms, answer, path.clone(), &log.reads);
        let Some(next) = next_path(facts.catalog, path) else { break };
        if run == bound {
            complete = false;
            break;
        }
        log.restart(&next);
        prefix = next;
    }
    let deciding = deciding(&arms);
    Decision { arms, deciding, complete }
}

/// The choices of a run: those it was given, which it must have read in whatever order, then the new ones in the order
/// in which they were read. A judgement that spreads its
/// reads over threads absorbs them in an order of its own making, so that the walk stays the same.
fn follow(mut prefix: Vec<Choice>, path: &[Choice]) -> Vec<Choice> {
    assert!(
        prefix.iter().all(|choice| path.contains(choice)),
        "a judgement reads the same facts when it sees the same values"
    );
    let given = prefix.len();
    let new = path.iter().filter(|choice| !prefix[..given].contains(choice)).copied();
    let new: Vec<Choice> = new.collect();
    prefix.extend(new);
    prefix
}

/// The next leaf in depth-first order, given by the choices that lead to it.
fn next_path(catalog: &Catalog, mut path: Vec<Choice>) -> Option<Vec<Choice>> {
    while let Some(mut last) = path.pop() {
        if usize::from(last.value) + 1 < catalog.fact(last.fact).values.len() {
            last.value += 1;
            path.push(last);
            return Some(path);
        }
    }
    None
}

fn join<T: Eq>(arms: &mut Vec<Arm<T>>, answer: T, world: Vec<Choice>, reads: &[FactId]) {
    if let Some(arm) = arms.iter_mut().find(|arm| arm.answer == answer) {
        arm.worlds.push(world);
        for read in reads {
            if !arm.reads.contains(read) {
                arm.reads.push(*read);
            }
        }
    } else {
        arms.push(Arm { answer, worlds: vec![world], reads: reads.to_vec() });
    }
}

/// The smallest set of facts such that any two worlds with different answers give one of them different values; of several, the first in
/// the order of the catalog. Two leaves always differ in some fact that both read, so such a set exists.
fn deciding<T>(arms: &[Arm<T>]) -> Vec<FactId> {
    let mut differences: Vec<Vec<FactId>> = Vec::new();
    for (place, arm) in arms.iter().enumerate() {
        for other in &arms[place + 1..] {
            for a in &arm.worlds {
                for b in &other.worlds {
                    let mut facts: Vec<FactId> = a
                        .iter()
                        .filter(|x| b.iter().any(|y| x.fact == y.fact && x.value != y.value))
                        .map(|x| x.fact)
                        .collect();
                    facts.sort_unstable();
                    if !differences.contains(&facts) {
                        differences.push(facts);
                    }
                }
            }
        }
    }
    if differences.is_empty() {
        return Vec::new();
    }
    let mut candidates: Vec<FactId> = differences.iter().flatten().copied().collect();
    candidates.sort_unstable();
    candidates.dedup();
    for size in 1..candidates.len() {
        let mut chosen = Vec::with_capacity(size);
        if hit(&differences, &candidates, size, &mut chosen) {
            return chosen;
        }
    }
    candidates
}

/// Looks for `size` of the candidates that meet every difference, by taking one member of the first difference that is not met yet.
fn hit(differences: &[Vec<FactId>], candidates: &[FactId], size: usize, chosen: &mut Vec<FactId>) -> bool {
    let Some(open) = differences.iter().find(|facts| !facts.iter().any(|fact| chosen.contains(fact))) else {
        chosen.sort_unstable();
        return true;
    };
    if chosen.len() == size {
        return false;
    }
    for fact in candidates.iter().filter(|fact| open.contains(fact)) {
        chosen.push(*fact);
        if hit(differences, candidates, size, chosen) {
            return true;
        }
        chosen.pop();
    }
    false
}

#[cfg(test)]
mod tests;
