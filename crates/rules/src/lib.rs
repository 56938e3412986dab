//! The rules: each judges one kind of entity and returns a finding, with a page that explains it and is its first test.
//!
//! A rule is one file in a family's folder, one page in `pages/`, and one line in [`registry`]. [`run`] judges every entity by every rule in every world that
//! matters. This crate knows no file formats, no spans and no simulation; it never prints.
//!
//! Start reading at [`Rule`], then at any file of `profile/`.

mod blocked;
mod gather;
mod ingress;
mod levels;
mod local_data;
mod named;
pub mod notice;
mod page;
mod peerings;
mod rdma;
mod registry;
mod rule;
mod run;
mod siblings;
mod single_holder;
mod walks;
mod words;

pub use levels::{Config, ConfigError, Level, Suppression};
pub use page::{Example, Page};
pub use registry::{RULES, family, find};
pub use rule::{Judge, Rule, Walk, described};
pub use run::{Outcome, RuleRun, Run, Tally, Verdict, run};
