//! From text to a network: the model file and real Google Cloud resources, in any mixture.
//!
//! Every input becomes resources in the Compute API's own shape ([`resource`]); `expand` does that for the model file,
//! `document` for JSON. Then `lower` parses each resource once into
//! the typed entities of `twinrail-model`, and [`Origins`] remembers where every entity stands. What is not understood is listed, never passed over. This crate
//! knows no rules and renders nothing; it reads text, not files.
//!
//! Start reading at [`read`].

mod asset;
mod blueprint;
mod difference;
mod document;
mod expand;
#[doc(hidden)]
pub mod holes;
mod intent;
mod learn;
mod locate;
mod lower;
mod measured;
mod merge;
mod origins;
mod patch;
mod profile;
mod read;
mod resource;
mod schema;
pub mod spec;
mod steps;
mod terraform;
mod tree;

pub use difference::{Change, Difference, Differences, FieldChange, Told, difference};
pub use origins::{Origins, SourceId, Spot};
pub use patch::{patch, plan};
pub use profile::Observation;
pub use read::{Conflict, Input, InputError, Loaded, Unread, Unsupported, read, read_facts, read_or_return};
pub use schema::model_schema;
