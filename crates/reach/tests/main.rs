//! Tests of reachability.

mod brute;
mod classes;
mod failures;
mod random;
