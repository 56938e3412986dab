//! Demand as sampled worlds: each world has one value for every field of every segment. A value is drawn by the inverse of its distribution from luck that
//! hangs on the names of segment and field alone, so that a field or a segment more leaves every other value as it was.
//! Not here: what a world needs, and which quarters a plan has.

use twinrail_facts::{Luck, Purpose};
use twinrail_model::unit::{Gb, Gbps};
use twinrail_model::{Demand, Interval, Name, Quarter};

use crate::distribution::{CEILING, Distribution};

/// What is drawn of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Input {
    Capacity,
    Read,
    Write,
    Metadata,
    Clients,
    Growth,
}

impl Input {
    pub const ALL: [Self; INPUTS] =
        [Self::Capacity, Self::Read, Self::Write, Self::Metadata, Self::Clients, Self::Growth];

    /// The name in the model file, which luck hangs on: it must never change.
    pub fn word(self) -> &'static str {
        match self {
            Self::Capacity => "capacity",
            Self::Read => "read",
            Self::Write => "write",
            Self::Metadata => "metadata",
            Self::Clients => "clients",
            Self::Growth => "growth",
        }
    }
}

/// How many fields a segment has.
pub const INPUTS: usize = 6;

/// The purpose of all draws of demand.
const DEMAND: Purpose = Purpose(300);

/// What a segment asks for in one quarter of one world, before protection.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Ask {
    pub capacity: Gb,
    pub read: Gbps,
    pub write: Gbps,
    /// Operations a second.
    pub metadata: f64,
    pub clients: f64,
}

/// One value for each field of a segment, in the order of [`Input::ALL`]: GB, Gbps, Gbps, operations a second, clients, and what all of them are multiplied by
/// from quarter to quarter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawn(pub [f64; INPUTS]);

impl Drawn {
    /// What is asked for so many quarters after the first. Nothing grows beyond [`CEILING`].
    pub fn after(&self, quarters: u32) -> Ask {
        let Self([capacity, read, write, metadata, clients, growth]) = *self;
        let factor = libm::pow(growth, f64::from(quarters));
        let of = |value: f64| if value > 0.0 { (value * factor).min(CEILING) } else { 0.0 };
        Ask {
            capacity: Gb::new(of(capacity)),
            read: Gbps::new(of(read)),
            write: Gbps::new(of(write)),
            metadata: of(metadata),
            clients: of(clients),
        }
    }
}

/// A segment's fields as distributions.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    pub name: Name,
    /// The quarter that its values are of, and from which they grow.
    pub from: Quarter,
    /// Its last quarter.
    pub until: Quarter,
    /// In the order of [`Input::ALL`]; `None`: not asked for, or no growth.
    pub fields: [Option<Distribution>; INPUTS],
}

impl Segment {
    /// A segment of a plan over these quarters.
    pub fn new(demand: &Demand, (first, last): (Quarter, Quarter)) -> Self {
        let rate = |interval: &Interval<Gbps>| of(interval, Gbps::get);
        let number = |interval: &Interval<f64>| of(interval, |number| number);
        Self {
            name: demand.name.clone(),
            from: demand.from.unwrap_or(first),
            until: demand.until.unwrap_or(last),
            fields: [
                demand.capacity.as_ref().map(|interval| of(interval, Gb::get)),
                demand.read.as_ref().map(rate),
                demand.write.as_ref().map(rate),
                demand.metadata.as_ref().map(number),
                demand.clients.as_ref().map(number),
                // Growth may be negative; what it multiplies by may not.
                demand.growth.as_ref().map(|interval| of(interval, |growth| 1.0 + growth)),
            ],
        }
    }

    /// Whether it asks for anything in a quarter.
    pub fn is_there(&self, quarter: Quarter) -> bool {
        self.from <= quarter && quarter <= self.until
    }

    /// The values of one world.
    pub fn drawn(&self, luck: Luck) -> Drawn {
        self.with(|input| luck.draw(DEMAND, self.entity(input).0, self.entity(input).1).first())
    }

    /// The values at which every field is exceeded in as many cases as it is not, but for one of them.
    pub fn middle_but(&self, other: Option<(Input, f64)>) -> Drawn {
        self.with(|input| match other {
            Some((varied, share)) if varied == input => share,
            _ => 0.5,
        })
    }

    fn with(&self, share: impl Fn(Input) -> f64) -> Drawn {
        Drawn(Input::ALL.map(|input| {
            let nothing = if input == Input::Growth { 1.0 } else { 0.0 };
            self.fields[input as usize].map_or(nothing, |distribution| match distribution {
                Distribution::Constant(value) => value,
                _ => distribution.quantile(share(input)),
            })
        }))
    }

    /// The two numbers under which a field draws.
    fn entity(&self, input: Input) -> (u32, u32) {
        let hash = [self.name.as_str(), "\0", input.word()].iter().fold(FNV_OFFSET, |hash, text| fnv(hash, text));
        ((hash >> 32) as u32, (hash & 0xffff_ffff) as u32)
    }
}

fn of<T: Copy>(interval: &Interval<T>, number: impl Fn(T) -> f64) -> Distribution {
    let mid = interval.mid.map(&number);
    Distribution::of_interval(number(interval.low), mid, number(interval.high), interval.confidence)
}

/// FNV-1a of 64 bits (Fowler, Noll, Vo): short, and the same for ever.
pub(crate) const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

pub(crate) fn fnv(hash: u64, text: &str) -> u64 {
    text.bytes().fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the authors publish it: the hash of nothing, of `a` and of `foobar`.
    #[test]
    fn published_hashes() {
        assert_eq!(fnv(FNV_OFFSET, ""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv(FNV_OFFSET, "a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv(FNV_OFFSET, "foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn growth_compounds() {
        // 100 GB and 10 % a quarter: 100 x 1.1^3 = 133.1.
        let ask = Drawn([100.0, 0.0, 0.0, 0.0, 3.0, 1.1]).after(3);
        assert!((ask.capacity.get() - 133.1).abs() < 1e-9);
        assert_eq!(ask.read, Gbps::ZERO);
        // All is gone after a quarter of minus 100 %, and nothing overflows.
        assert_eq!(Drawn([100.0, 0.0, 0.0, 0.0, 0.0, 0.0]).after(1).capacity, Gb::ZERO);
        assert_eq!(Drawn([1e18, 1e18, 0.0, 0.0, 0.0, 101.0]).after(4_000).capacity, Gb::new(CEILING));
    }
}
