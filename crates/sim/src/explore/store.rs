//! The states that were seen: packed, in shards by their hash, each with the state it was found from. Not here: what a state means.

use std::num::NonZeroUsize;

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
    pub(super) hash: Hash,
    pub(super) from: Id,
    /// Events from the start.
    pub(super) depth: u16,
    /// Where liveness is asked about: whether a VIP moved, by an event that is progress.
    pub(super) edge: Option<bool>,
}

/// What tells where a state would lie.
#[derive(Clone, Copy)]
pub(super) struct Hash(u64);

impl Hash {
    /// Mixes all words; fixed, so that every run stores states in the same places.
    pub(super) fn of(packed: &Packed) -> Self {
        let mut mixed = 0x9e37_79b9_7f4a_7c15_u64;
        for word in packed {
            mixed = (mixed ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd);
            mixed ^= mixed >> 32;
        }
        Self(mixed)
    }

    pub(super) fn shard(self) -> usize {
        // The table uses the lower bits, and its tags the highest.
        (self.0 >> 48) as usize % SHARDS
    }
}

/// Places by hash: open addressing in slots of 32 bits, so that a look-up that finds nothing mostly reads one cache line. A slot is a place, which
/// leaves four bits, and there a few bits of the hash.
struct Index {
    slots: Vec<u32>,
    /// Bits of a hash that name a slot.
    mask: usize,
}

impl Index {
    const PLACE: u32 = u32::MAX / SHARDS as u32;
    const FREE: u32 = u32::MAX;

    fn new() -> Self {
        Self { slots: Vec::new(), mask: 0 }
    }

    fn tag(hash: Hash) -> u32 {
        (hash.0 >> 32) as u32 & !Self::PLACE
    }

    /// Where a search begins.
    fn first(&self, hash: Hash) -> u32 {
        self.slots.get(hash.0 as usize & self.mask).copied().unwrap_or(Self::FREE)
    }

    fn find(&self, hash: Hash, same: impl Fn(usize) -> bool) -> Option<usize> {
        let tag = Self::tag(hash);
        let mut at = hash.0 as usize & self.mask;
        loop {
            let slot = *self.slots.get(at)?;
            if slot == Self::FREE {
                return None;
            }
            let place = (slot & Self::PLACE) as usize;
            if slot & !Self::PLACE == tag && same(place) {
                return Some(place);
            }
            at = (at + 1) & self.mask;
        }
    }

    /// Adds the next place, whose hash is not there yet. `hash_of` names the hash of one that is.
    fn insert(&mut self, hash: Hash, place: usize, hash_of: impl Fn(usize) -> Hash) {
        if (place + 1) * 4 > self.slots.len() * 3 {
            let larger = (self.slots.len() * 2).max(16);
            self.mask = larger - 1;
            self.slots.clear();
            self.slots.shrink_to_fit();
            self.slots.resize(larger, Self::FREE);
            for old in 0..place {
                self.put(hash_of(old), old);
            }
        }
        self.put(hash, place);
    }

    fn put(&mut self, hash: Hash, place: usize) {
        let number = u32::try_from(place).ok().filter(|number| *number < Self::PLACE);
        let number = number.expect("the bound on states keeps ids within 32 bits");
        let mut at = hash.0 as usize & self.mask;
        while self.slots[at] != Self::FREE {
            at = (at + 1) & self.mask;
        }
        self.slots[at] = Self::tag(hash) | number;
    }
}

/// Look-ups that are under way at once.
const WARM: usize = 64;

/// States whose hash is alike.
struct Shard {
    /// Words of all states, one after the other.
    words: Vec<u64>,
    from: Vec<Id>,
    depth: Vec<u16>,
    index: Index,
}

/// What is new in a shard, and edges to what is there.
type Taken = (Vec<Id>, Vec<(Id, Id, bool)>);
/// A shard with its number, and what each thread found for it.
type Job<'s> = ((usize, &'s mut Shard), Vec<Vec<Found>>);

pub(super) struct Store {
    width: usize,
    shards: Vec<Shard>,
}

/// The words of a place; those that the layout does not need are 0.
fn packed_at(words: &[u64], width: usize, place: usize) -> Packed {
    let mut packed = [0; WORDS];
    for (to, word) in packed.iter_mut().zip(&words[place * width..(place + 1) * width]) {
        *to = *word;
    }
    packed
}

impl Shard {
    fn packed(&self, width: usize, place: usize) -> Packed {
        packed_at(&self.words, width, place)
    }

    fn find(&self, width: usize, packed: &Packed, hash: Hash) -> Option<usize> {
        // Not a comparison of slices: that is a call for so few words.
        let same = |place: usize| {
            let stored = &self.words[place * width..(place + 1) * width];
            stored.iter().zip(packed).all(|(stored, word)| stored == word)
        };
        self.index.find(hash, same)
    }

    /// A word of the state that a slot leads to, if it may be the one.
    fn glance(&self, width: usize, hash: Hash, slot: u32) -> u64 {
        if slot == Index::FREE || slot & !Index::PLACE != Index::tag(hash) {
            return 0;
        }
        self.words[(slot & Index::PLACE) as usize * width]
    }

    fn insert(&mut self, width: usize, packed: &Packed, hash: Hash, from: Id, depth: u16) -> usize {
        let place = self.from.len();
        self.words.extend_from_slice(&packed[..width]);
        self.from.push(from);
        self.depth.push(depth);
        let words = &self.words;
        self.index.insert(hash, place, |place| Hash::of(&packed_at(words, width, place)));
        place
    }
}

/// Reads what looking these up will read first. Reads that do not wait for one another are under way at once, and together take little more time than
/// one that goes to memory by itself.
fn warm<'s>(shard_of: impl Fn(Hash) -> &'s Shard, width: usize, found: &[Found]) {
    let mut slots = [Index::FREE; WARM];
    for some in found.chunks(WARM) {
        for (slot, found) in slots.iter_mut().zip(some) {
            *slot = shard_of(found.hash).index.first(found.hash);
        }
        let glances = slots.iter().zip(some).map(|(slot, found)| shard_of(found.hash).glance(width, found.hash, *slot));
        std::hint::black_box(glances.fold(0, |all, word| all ^ word));
    }
}

impl Store {
    pub(super) fn new(width: usize) -> Self {
        let shard = || Shard { words: Vec::new(), from: Vec::new(), depth: Vec::new(), index: Index::new() };
        Self { width, shards: (0..SHARDS).map(|_| shard()).collect() }
    }

    pub(super) fn len(&self) -> u64 {
        self.shards.iter().map(|shard| shard.from.len() as u64).sum()
    }

    /// Above every index of an id.
    pub(super) fn capacity(&self) -> usize {
        self.shards.iter().map(|shard| shard.from.len()).max().unwrap_or(0) * SHARDS
    }

    /// Bytes that are taken from the system, with room for what is to come.
    pub(super) fn reserved(&self) -> u64 {
        let of = |shard: &Shard| {
            shard.words.capacity() * size_of::<u64>()
                + shard.from.capacity() * size_of::<Id>()
                + shard.depth.capacity() * size_of::<u16>()
                + size_of_val(shard.index.slots.as_slice())
        };
        self.shards.iter().map(|shard| of(shard) as u64).sum()
    }

    /// Bytes that the states take.
    pub(super) fn bytes(&self) -> u64 {
        let of = |shard: &Shard| {
            size_of_val(shard.words.as_slice())
                + size_of_val(shard.from.as_slice())
                + size_of_val(shard.depth.as_slice())
                + size_of_val(shard.index.slots.as_slice())
        };
        self.shards.iter().map(|shard| of(shard) as u64).sum()
    }

    pub(super) fn find(&self, packed: &Packed, hash: Hash) -> Option<Id> {
        let shard = hash.shard();
        self.shards[shard].find(self.width, packed, hash).map(|place| Id::new(shard, place))
    }

    /// Before many are looked up.
    pub(super) fn warm(&self, found: &[Found]) {
        warm(|hash| &self.shards[hash.shard()], self.width, found);
    }

    pub(super) fn packed(&self, id: Id) -> Packed {
        self.shards[id.shard()].packed(self.width, id.place())
    }

    pub(super) fn depth(&self, id: Id) -> u32 {
        self.shards[id.shard()].depth[id.place()].into()
    }

    pub(super) fn insert(&mut self, packed: Packed, from: Option<Id>, depth: u16) -> Id {
        let hash = Hash::of(&packed);
        let shard = hash.shard();
        let place = self.shards[shard].insert(self.width, &packed, hash, from.unwrap_or(Id::NONE), depth);
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
        // For each shard what each thread found, in the order of the batch.
        let mut by_shard: Vec<Vec<Vec<Found>>> = (0..SHARDS).map(|_| Vec::new()).collect();
        for part in parts {
            for (shard, found) in part.into_iter().enumerate() {
                by_shard[shard].push(found);
            }
        }
        let take = |number: usize, shard: &mut Shard, found: &[Vec<Found>]| -> Taken {
            let (mut new, mut edges) = (Vec::new(), Vec::new());
            for some in found.iter().flat_map(|found| found.chunks(WARM)) {
                warm(|_| &*shard, width, some);
                for found in some {
                    let place = shard.find(width, &found.packed, found.hash).unwrap_or_else(|| {
                        let place = shard.insert(width, &found.packed, found.hash, found.from, found.depth);
                        new.push(Id::new(number, place));
                        place
                    });
                    edges.extend(found.edge.map(|moves| (found.from, Id::new(number, place), moves)));
                }
            }
            (new, edges)
        };
        let count: usize = by_shard.iter().flatten().map(Vec::len).sum();
        let mut jobs: Vec<_> = self.shards.iter_mut().enumerate().zip(by_shard).collect();
        let taken: Vec<Taken> = if threads.get() == 1 || count < 1024 {
            jobs.into_iter().map(|((number, shard), found)| take(number, shard, &found)).collect()
        } else {
            let share = SHARDS.div_ceil(threads.get());
            let mut groups = Vec::new();
            while !jobs.is_empty() {
                let rest = jobs.split_off(share.min(jobs.len()));
                groups.push(std::mem::replace(&mut jobs, rest));
            }
            std::thread::scope(|scope| {
                let work = |group: Vec<Job<'_>>| {
                    group.into_iter().map(|((number, shard), found)| take(number, shard, &found)).collect::<Vec<_>>()
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
