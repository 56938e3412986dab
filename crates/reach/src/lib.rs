//! Where a packet goes on Google Cloud, and why not: before anything is deployed, on every rail, and after any failure.
//!
//! [`forward`] follows one packet and its replies through a [`Plane`], which is a network made ready for that. [`pairs`] answers for all ordered
//! pairs through classes of machines that nothing tells apart; [`intent`] judges what the user wants to be true. Facts are read through `Facts`, so that a
//! verdict can depend on them. Not here: time, rules, formats.
//!
//! Start reading at [`forward`], then [`Verdict`].

mod answer;
mod balancer;
pub mod bugs;
mod class;
mod code;
mod deliver;
mod failure;
mod firewall;
mod forward;
mod guest;
pub mod intent;
mod matrix;
mod mend;
pub mod name;
mod packet;
mod party;
mod plane;
mod rdma;
mod route;
mod spot;
mod told;
mod trail;
mod verdict;
mod walker;

pub use answer::{Answer, Fate, answer, answers};
pub use balancer::probe_traffic;
pub use class::{Pair, Question, Touched, TrafficClass, internet, pairs, pairs_in, question, traffic_classes};
pub use code::Code;
pub use failure::{FAILURE_BOUND, Failure, Failures, failures};
pub use forward::{forward, outcome};
pub use matrix::{
    Bound, Cell, Change, Counts, Effort, Group, GroupKind, Impact, Impacts, Matrix, Row, impacts, instances, matrix,
    matrix_by_force, matrix_within,
};
pub use mend::{EDITS, Edit, Mending, Offer, Opening, again, mend};
pub use packet::{End, Packet, Sender, Traffic, protocol};
pub use party::{ends, nics_on, senders};
pub use plane::Plane;
pub use told::{Loss, Reached, Told, ask, told};
pub use verdict::{Branch, Hop, Outcome, Receiver, Stage, Verdict, Walk};
