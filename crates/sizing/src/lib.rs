//! Is it enough, and how many: bandwidth under caps and failures, and sizing for tests and for customers.
//!
//! This crate knows no simulator, no rules and no formats.

pub mod bandwidth;
pub mod erlang;
pub mod farm;
pub mod rebuild;
pub mod share;
pub mod traffic;

pub use share::{Activity, Bound, Problem, Shares, share};
