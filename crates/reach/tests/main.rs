//! Tests of reachability: what the engine finds, held against oracles that do not know it.

mod agreement;
mod brute;
mod classes;
#[expect(clippy::no_effect_underscore_binding, reason = "what Datalog leaves open, its macro binds to a name")]
mod datalog;
mod failures;
mod random;
mod seeds;
