//! What is believed about the platform, and how an answer depends on it.
//!
//! A [`Catalog`] holds facts with value(s), status, source and date. A judgement reads facts through [`Facts`], which records
//! every read; [`decide`] runs it again only for other values of the open facts it read, and returns a [`Decision`]: one arm for each distinct
//! answer, with the worlds in which it holds. This crate knows nothing about networks, files or clocks.
//!
//! For simulations it has chance without a state ([`Luck`]), delays drawn with it ([`Delay::sample`]), and what many trials amount to
//! ([`Histogram`], [`Paired`]).
//!
//! Start reading at [`decide`](fn@decide).

mod binomial;
mod catalog;
mod decide;
mod delay;
mod fact;
mod histogram;
mod key;
mod microseconds;
mod normal;
mod paired;
mod parse;
mod percentile;
mod random;
mod range;

pub use catalog::{Catalog, CatalogError, Machine, Override, Profile, Source};
pub use decide::{Arm, Choice, Decision, Facts, RUN_BOUND, World, decide, decide_within};
pub use delay::{Delay, Part, Shape};
pub use fact::{Date, Fact, FactId, Possible, Status, Unit, Value};
pub use histogram::{Ended, Histogram, Interval, is_determined};
pub use key::{Bool, Choice as ChoiceOf, Cidrs, Count, Delays, Key, Kind, Names, Number};
pub use microseconds::Microseconds;
pub use paired::{Difference, Paired};
pub use percentile::Percentile;
pub use random::{Draw, Luck, Purpose};
pub use range::Range;

/// A typed key for every single fact of the embedded catalog, generated from it.
pub mod keys {
    include!(concat!(env!("OUT_DIR"), "/keys.rs"));
}
