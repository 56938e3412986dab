//! Tests of reachability.

mod classes;
mod failures;
mod random;
