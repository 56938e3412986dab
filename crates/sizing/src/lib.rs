//! Is it enough, and how many: bandwidth under caps and failures, and sizing for tests and for customers.
//!
//! This crate knows no simulator, no rules and no formats.

pub mod address;
pub mod bandwidth;
mod calendar;
pub mod capability;
pub mod capacity;
pub mod demand;
pub mod distribution;
pub mod erlang;
pub mod farm;
pub mod fluid;
mod gamma;
pub mod need;
pub mod plan;
pub mod rebuild;
pub mod regret;
pub mod share;
mod study;
pub mod swing;
pub mod traffic;

pub use share::{Activity, Bound, Problem, Shares, share};
