//! The workshop around the product: what makes new rules, generated files and benchmarks, and what holds the repository
//! together. It is not part of the product and may
//! know all of it. Each module is one command; start reading at `main.rs`.

pub mod bench;
pub mod format;
pub mod generate;
pub mod new_rule;
pub mod repo;
pub mod synthetic;
pub mod tidy;
