//! The states that were seen: packed, in shards by their hash, each with the state it was found from. Not here: what a state means.

use std::num::NonZeroUsize;

use hashbrown::HashTable;

use crate::pack::{Packed, WORDS};

/// A power of two; more than there are threads.
pub(super) const SHARDS: usize = 16;

/// A stored state: its place in its shard, and the shard in the lowest bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id(u32);

impl Id {
    const NONE: Self = Self(u32::MAX);

    fn new(shard: usize, place: usize) -> Self {
        let id = u32::try_from(place * SHARDS + shard).expect("the bound on states keeps ids within 32 bits");
        Self(id)
    }

    fn shard(self) -> usize {
        self.0 as usize % SHARDS
    }

    fn place(self) -> usize {
        self.0 as usize / SHARDS
    }

    /// A number below [`Store::capacity`], for tables by id.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }

    pub(super) fn at(index: usize) -> Self {
        Self(u32::try_from(index).expect("an index of an id"))
    }
}

/// A state that may be new.
pub(super) struct Found {
    pub(super) packed: Packed,
    pub(super) from: Id,
    /// Where liveness is asked about: whether a VIP moved, by an event that is progress.
    pub(super) edge: Option<bool>,
}

/// States whose hash is alike.
struct Shard {
    /// Words of all states, one after the other.
    words: Vec<u64>,
    from: Vec<Id>,
    depth: Vec<u16>,
    index: HashTable<u32>,
}

pub(super) struct Store {
    width: usize,
    shards: Vec<Shard>,
}

pub(super) fn shard_of(packed: &Packed) -> usize {
    // The table uses the lower bits.
    (hash(packed) >> 48) as usize % SHARDS
}

/// Mixes all words; fixed, so that every run stores states in the same places.
fn hash(packed: &Packed) -> u64 {
    let mut mixed = 0x9e37_79b9_7f4a_7c15_u64;
    for word in packed {
        mixed = (mixed ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd);
        mixed ^= mixed >> 32;
    }
    mixed
}

impl Shard {
    fn packed(&self, width: usize, place: usize) -> Packed {
        let mut packed = [0; WORDS];
        packed[..width].copy_from_slice(&self.words[place * width..(place + 1) * width]);
        packed
    }

    fn find(&self, width: usize, packed: &Packed) -> Option<usize> {
        let same = |place: &u32| {
            let at = *place as usize * width;
            self.words[at..at + width] == packed[..width]
        };
        self.index.find(hash(packed), same).map(|place| *place as usize)
    }

    fn insert(&mut self, width: usize, packed: &Packed, from: Id, depth: u16) -> usize {
        let place = self.from.len();
        self.words.extend_from_slice(&packed[..width]);
        self.from.push(from);
        self.depth.push(depth);
        let words = &self.words;
        let rehash = |place: &u32| {
            let mut packed = [0; WORDS];
            packed[..width].copy_from_slice(&words[*place as usize * width..(*place as usize + 1) * width]);
            hash(&packed)
        };
        let number = u32::try_from(place).expect("the bound on states keeps places within 32 bits");
        self.index.insert_unique(hash(packed), number, rehash);
        place
    }
}

impl Store {
    pub(super) fn new(width: usize) -> Self {
        let shard = || Shard { words: Vec::new(), from: Vec::new(), depth: Vec::new(), index: HashTable::new() };
        Self { width, shards: (0..SHARDS).map(|_| shard()).collect() }
    }

    pub(super) fn len(&self) -> u64 {
        self.shards.iter().map(|shard| shard.from.len() as u64).sum()
    }

    /// Above every index of an id.
    pub(super) fn capacity(&self) -> usize {
        self.shards.iter().map(|shard| shard.from.len()).max().unwrap_or(0) * SHARDS
    }

    pub(super) fn bytes(&self) -> u64 {
        let of = |shard: &Shard| {
            size_of_val(shard.words.as_slice())
                + size_of_val(shard.from.as_slice())
                + size_of_val(shard.depth.as_slice())
                + shard.index.allocation_size()
        };
        self.shards.iter().map(|shard| of(shard) as u64).sum()
    }

    pub(super) fn find(&self, packed: &Packed) -> Option<Id> {
        let shard = shard_of(packed);
        self.shards[shard].find(self.width, packed).map(|place| Id::new(shard, place))
    }

    pub(super) fn packed(&self, id: Id) -> Packed {
        self.shards[id.shard()].packed(self.width, id.place())
    }

    pub(super) fn depth(&self, id: Id) -> u32 {
        self.shards[id.shard()].depth[id.place()].into()
    }

    pub(super) fn insert(&mut self, packed: Packed, from: Option<Id>, depth: u16) -> Id {
        let shard = shard_of(&packed);
        let place = self.shards[shard].insert(self.width, &packed, from.unwrap_or(Id::NONE), depth);
        Id::new(shard, place)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = Id> + '_ {
        let ids = |(number, shard): (usize, &Shard)| (0..shard.from.len()).map(move |place| Id::new(number, place));
        self.shards.iter().enumerate().flat_map(ids)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Packed> + '_ {
        self.ids().map(|id| self.packed(id))
    }

    /// The states from the start to this one, both included.
    pub(super) fn path(&self, id: Id) -> Vec<Packed> {
        let mut path = vec![self.packed(id)];
        let mut at = id;
        loop {
            at = self.shards[at.shard()].from[at.place()];
            if at == Id::NONE {
                break;
            }
            path.push(self.packed(at));
        }
        path.reverse();
        path
    }

    /// Stores what is new of what the threads found, shard by shard in the order of the batch, and returns it in that order.
    pub(super) fn take_in(
        &mut self,
        parts: Vec<Vec<Vec<Found>>>,
        threads: NonZeroUsize,
        edges: &mut Vec<(Id, Id, bool)>,
    ) -> Vec<Id> {
        let width = self.width;
        let depth = |shards: &[Shard], id: Id| shards[id.shard()].depth[id.place()].saturating_add(1);
        // Depths are read before any shard changes.
        let mut by_shard: Vec<Vec<(Found, u16)>> = (0..SHARDS).map(|_| Vec::new()).collect();
        for part in parts {
            for (shard, found) in part.into_iter().enumerate() {
                by_shard[shard].extend(found.into_iter().map(|found| {
                    let deep = depth(&self.shards, found.from);
                    (found, deep)
                }));
            }
        }
        type Taken = (Vec<Id>, Vec<(Id, Id, bool)>);
        let take = |number: usize, shard: &mut Shard, found: Vec<(Found, u16)>| -> Taken {
            let (mut new, mut edges) = (Vec::new(), Vec::new());
            for (found, deep) in found {
                let place = match shard.find(width, &found.packed) {
                    Some(place) => place,
                    None => {
                        let place = shard.insert(width, &found.packed, found.from, deep);
                        new.push(Id::new(number, place));
                        place
                    }
                };
                edges.extend(found.edge.map(|moves| (found.from, Id::new(number, place), moves)));
            }
            (new, edges)
        };
        let mut jobs: Vec<_> = self.shards.iter_mut().enumerate().zip(by_shard).collect();
        let count: usize = jobs.iter().map(|(_, found)| found.len()).sum();
        let taken: Vec<Taken> = if threads.get() == 1 || count < 1024 {
            jobs.into_iter().map(|((number, shard), found)| take(number, shard, found)).collect()
        } else {
            let share = SHARDS.div_ceil(threads.get());
            let mut groups = Vec::new();
            while !jobs.is_empty() {
                let rest = jobs.split_off(share.min(jobs.len()));
                groups.push(std::mem::replace(&mut jobs, rest));
            }
            std::thread::scope(|scope| {
                let work = |group: Vec<((usize, &mut Shard), Vec<(Found, u16)>)>| {
                    group.into_iter().map(|((number, shard), found)| take(number, shard, found)).collect::<Vec<_>>()
                };
                let handles: Vec<_> = groups.into_iter().map(|group| scope.spawn(move || work(group))).collect();
                handles.into_iter().flat_map(|handle| handle.join().expect("a panic of a thread is ours too")).collect()
            })
        };
        let mut new = Vec::new();
        for (ids, found) in taken {
            new.extend(ids);
            edges.extend(found);
        }
        new
    }
}
