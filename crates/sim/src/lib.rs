//! How virtual IPs move, as one state machine: the control plane as far as they are concerned, the guests, and ten movers.
//!
//! A [`System`] is the state, [`step`](fn@step) what one [`Event`] makes of it, [`pending`] the events that may come next, all in one [`Setting`].
//! Nothing here draws a number or looks at a clock: a harness chooses the next event. [`explore`](fn@explore) chooses every one;
//! [`prove`] asks it whether a mover keeps the [`Property`]s it should. Not here: distributions of time, files, threads outside the explorer, rules.
//!
//! What the state keeps of the real thing and what it drops is the table in `docs/movers.md`. Start reading at [`System`], then [`step`](fn@step).

#![allow(
    clippy::cast_possible_truncation,
    reason = "what is counted here are nodes, VIPs and faults of a small scope, and bits of a word"
)]

pub mod client;
mod event;
mod explore;
pub mod failover;
mod mover;
mod pack;
mod pending;
mod property;
pub mod prove;
mod setting;
mod sight;
mod step;
mod subject;
mod symmetry;
mod system;
mod trace;
pub mod trial;

pub use event::{Event, Fault, FaultClass, FaultSet};
pub use explore::{Bounds, Exploration, Order, Progress, Stop, explore};
pub use mover::{Step, Steps};
pub use pack::Layout;
pub use pending::pending;
pub use property::{Property, PropertySet, is_served};
pub use setting::{Family, Fencing, Host, Hosts, MoverWord, Scope, Setting};
pub use step::step;
pub use subject::setting as setting_of;
pub use symmetry::Symmetry;
pub use system::{
    Address, Answer, Ask, Controller, Health, Holder, MAX_CONTROLLERS, MAX_LATE, MAX_NODES, MAX_VIPS, Node, Request,
    Set, System,
};
pub use trace::{Trace, TraceError};
