//! Tests of the way in, from text to network. `assets` is about Cloud Asset Inventory, `blueprint` about those of Cluster Toolkit,
//! `corpus` reads real dumps where
//! they are at hand, `fixtures` synthetic ones of our own, `difference` two readings of them, `hostile` what nobody should
//! send, and `model_file` the mistakes people make in a model file.

mod assets;
mod blueprint;
mod corpus;
mod difference;
mod fixtures;
mod hostile;
mod model_file;
mod plans;
mod view;
