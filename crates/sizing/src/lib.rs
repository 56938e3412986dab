//! Is it enough, and how many: bandwidth under caps and failures, and sizing for tests and for customers.
//!
//! This crate knows no simulator, no rules and no formats.

pub mod fluid;
pub mod share;

pub use share::{Activity, Bound, Problem, Shares, share};
