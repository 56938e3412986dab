//! Quantities with a unit in their type: bandwidth, amounts of data, money. A network's Gbps and a disk's GiB a second differ by more than eight, and
//! no sum of the two compiles. Not here: counts, addresses, and time in simulations, which is whole microseconds.
//!
//! Each is a real number that is finite and not negative. Two of one unit add up; a quantity times or over a plain number stays one; one over another is a
//! plain number. Between units there is `From`, which is written out where it happens.
//!
//! ```
//! use twinrail_model::unit::{GbPerSecond, Gbps, Gib, MibPerSecond, TimeSpan};
//! assert_eq!(Gbps::from(GbPerSecond::new(25.0)), Gbps::new(200.0));
//! assert_eq!(Gbps::from(MibPerSecond::new(1_000.0)), Gbps::new(8.388_608));
//! let lost: Gib = Gib::new(168_000.0) * 0.7;
//! assert_eq!((lost / Gbps::new(1_000.0)).hours().round(), 0.0);
//! assert_eq!(TimeSpan::from_hours(2.0).seconds(), 7_200.0);
//! ```
//!
//! Bits are no bytes:
//! ```compile_fail,E0308
//! # use twinrail_model::unit::{GbPerSecond, Gbps};
//! let sum = Gbps::new(200.0) + GbPerSecond::new(25.0);
//! ```
//! A thousand is not 1,024:
//! ```compile_fail,E0308
//! # use twinrail_model::unit::{Gb, Gib};
//! let sum = Gb::new(1.0) + Gib::new(1.0);
//! ```
//! Nor are they compared:
//! ```compile_fail,E0308
//! # use twinrail_model::unit::{Gb, Gib};
//! let less = Gb::new(1.0) < Gib::new(1.0);
//! ```
//! What a disk carries is not what a NIC carries:
//! ```compile_fail,E0308
//! # use twinrail_model::unit::{Gbps, MibPerSecond};
//! let cap: Gbps = MibPerSecond::new(36_000.0);
//! ```
//! A plain number has no unit:
//! ```compile_fail,E0308
//! # use twinrail_model::unit::Gbps;
//! let cap: Gbps = 200.0;
//! ```
//! An amount is no rate:
//! ```compile_fail,E0308
//! # use twinrail_model::unit::{Gb, GbPerSecond};
//! let rate: GbPerSecond = Gb::new(1.0);
//! ```
//! Money for a month is not money for an hour:
//! ```compile_fail,E0308
//! # use twinrail_model::unit::{Usd, UsdPerHour};
//! let sum = Usd::new(1.0) + UsdPerHour::new(1.0);
//! ```

use std::cmp::Ordering;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Sub};

macro_rules! quantities {
    ($($(#[$doc:meta])* $name:ident, $symbol:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Default)]
            pub struct $name(f64);

            impl $name {
                pub const ZERO: Self = Self(0.0);
                pub const SYMBOL: &str = $symbol;

                /// # Panics
                /// Where the number is no quantity: negative, infinite or not a number. Inputs are bounded where they are read.
                #[must_use]
                pub fn new(number: f64) -> Self {
                    assert!(number.is_finite() && number >= 0.0, "{number} {} is no quantity", $symbol);
                    // Minus zero is zero, so that equal quantities have equal bits.
                    Self(number + 0.0)
                }

                /// The number alone.
                #[must_use]
                pub fn get(self) -> f64 {
                    self.0
                }

                #[must_use]
                pub fn is_zero(self) -> bool {
                    self.0 == 0.0
                }

                /// What is left when `other` is taken away; nothing if that is more.
                #[must_use]
                pub fn less(self, other: Self) -> Self {
                    Self((self.0 - other.0).max(0.0))
                }
            }

            impl PartialEq for $name {
                fn eq(&self, other: &Self) -> bool {
                    self.cmp(other).is_eq()
                }
            }

            impl Eq for $name {}

            impl PartialOrd for $name {
                fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                    Some(self.cmp(other))
                }
            }

            impl Ord for $name {
                fn cmp(&self, other: &Self) -> Ordering {
                    self.0.total_cmp(&other.0)
                }
            }

            impl Add for $name {
                type Output = Self;

                fn add(self, other: Self) -> Self {
                    Self::new(self.0 + other.0)
                }
            }

            impl AddAssign for $name {
                fn add_assign(&mut self, other: Self) {
                    *self = *self + other;
                }
            }

            /// Nothing is less than nothing: see `less`.
            impl Sub for $name {
                type Output = Self;

                fn sub(self, other: Self) -> Self {
                    self.less(other)
                }
            }

            impl Mul<f64> for $name {
                type Output = Self;

                fn mul(self, times: f64) -> Self {
                    Self::new(self.0 * times)
                }
            }

            impl Div<f64> for $name {
                type Output = Self;

                fn div(self, by: f64) -> Self {
                    Self::new(self.0 / by)
                }
            }

            /// How many times one fits into another: a plain number.
            impl Div for $name {
                type Output = f64;

                fn div(self, by: Self) -> f64 {
                    self.0 / by.0
                }
            }

            impl Sum for $name {
                fn sum<I: Iterator<Item = Self>>(each: I) -> Self {
                    each.fold(Self::ZERO, Add::add)
                }
            }

            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(f, "{} {}", self.0, $symbol)
                }
            }
        )*
    };
}

quantities! {
    /// 10^9 bits a second: what networks are measured in.
    Gbps, "Gbps";
    /// 10^9 bytes a second.
    GbPerSecond, "GB/s";
    /// 2^20 bytes a second: what local disks are measured in.
    MibPerSecond, "MiB/s";
    /// 10^9 bytes.
    Gb, "GB";
    /// 2^30 bytes.
    Gib, "GiB";
    /// US dollars.
    Usd, "USD";
    /// US dollars for an hour of something.
    UsdPerHour, "USD/h";
    /// A span of time outside of simulations, in seconds.
    TimeSpan, "s";
}

const BITS_PER_BYTE: f64 = 8.0;
const BYTES_PER_GB: f64 = 1e9;
const BYTES_PER_GIB: f64 = (1_u64 << 30) as f64;
const BYTES_PER_MIB: f64 = (1_u64 << 20) as f64;
const SECONDS_PER_HOUR: f64 = 3_600.0;
/// What the platform's price pages count to a month.
pub const HOURS_PER_MONTH: f64 = 730.0;

impl From<GbPerSecond> for Gbps {
    fn from(rate: GbPerSecond) -> Self {
        Self::new(rate.0 * BITS_PER_BYTE)
    }
}

impl From<Gbps> for GbPerSecond {
    fn from(rate: Gbps) -> Self {
        Self::new(rate.0 / BITS_PER_BYTE)
    }
}

impl From<MibPerSecond> for GbPerSecond {
    fn from(rate: MibPerSecond) -> Self {
        Self::new(rate.0 * BYTES_PER_MIB / BYTES_PER_GB)
    }
}

impl From<MibPerSecond> for Gbps {
    fn from(rate: MibPerSecond) -> Self {
        GbPerSecond::from(rate).into()
    }
}

impl From<Gib> for Gb {
    fn from(amount: Gib) -> Self {
        Self::new(amount.0 * BYTES_PER_GIB / BYTES_PER_GB)
    }
}

impl From<Gb> for Gib {
    fn from(amount: Gb) -> Self {
        Self::new(amount.0 * BYTES_PER_GB / BYTES_PER_GIB)
    }
}

impl Gb {
    /// So many bytes.
    #[must_use]
    pub fn from_bytes(bytes: u64) -> Self {
        Self::new(bytes as f64 / BYTES_PER_GB)
    }
}

impl Gbps {
    /// So many Mbps, as the model file's grammar counts them.
    #[must_use]
    pub fn from_mbps(mbps: u64) -> Self {
        Self::new(mbps as f64 / 1e3)
    }
}

impl TimeSpan {
    #[must_use]
    pub fn from_hours(hours: f64) -> Self {
        Self::new(hours * SECONDS_PER_HOUR)
    }

    #[must_use]
    pub fn from_milliseconds(milliseconds: u64) -> Self {
        Self::new(milliseconds as f64 / 1e3)
    }

    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0
    }

    #[must_use]
    pub fn hours(self) -> f64 {
        self.0 / SECONDS_PER_HOUR
    }
}

impl UsdPerHour {
    /// What a month of it costs.
    #[must_use]
    pub fn month(self) -> Usd {
        Usd::new(self.0 * HOURS_PER_MONTH)
    }
}

/// How long an amount takes at a rate.
impl Div<GbPerSecond> for Gb {
    type Output = TimeSpan;

    fn div(self, rate: GbPerSecond) -> TimeSpan {
        TimeSpan::new(self.0 / rate.0)
    }
}

impl Div<Gbps> for Gb {
    type Output = TimeSpan;

    fn div(self, rate: Gbps) -> TimeSpan {
        self / GbPerSecond::from(rate)
    }
}

impl Div<Gbps> for Gib {
    type Output = TimeSpan;

    fn div(self, rate: Gbps) -> TimeSpan {
        Gb::from(self) / rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_units() {
        assert_eq!(Gbps::from(GbPerSecond::new(1.0)), Gbps::new(8.0));
        assert_eq!(Gb::from(Gib::new(1.0)), Gb::new(1.073_741_824));
        assert_eq!(Gib::from(Gb::new(1.073_741_824)), Gib::new(1.0));
        assert_eq!(Gbps::from(MibPerSecond::new(1.0)), Gbps::new(0.008_388_608));
        assert_eq!(UsdPerHour::new(2.0).month(), Usd::new(1_460.0));
        assert_eq!(Gb::new(100.0) / GbPerSecond::new(25.0), TimeSpan::new(4.0));
        assert_eq!(Gbps::from_mbps(2_500), Gbps::new(2.5));
        assert_eq!(Gbps::new(3.0) - Gbps::new(5.0), Gbps::ZERO);
        assert_eq!(Gbps::new(-0.0).get().to_bits(), 0);
    }

    #[test]
    #[should_panic(expected = "is no quantity")]
    fn what_is_no_quantity_is_our_mistake() {
        let _ = Gbps::new(f64::NAN);
    }
}
