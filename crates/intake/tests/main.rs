//! Tests of the way in, from text to network. `assets` is about Cloud Asset Inventory, `blueprint` about those of Cluster Toolkit,
//! `corpus` reads real dumps where they are at hand, `fixtures` synthetic ones of our own, `difference` two readings of them,
//! `fields` is about what a walk through the network asks for, `hostile` about what nobody should send, `plans` about Terraform,
//! `measured` about tables of measured times, and `model_file` about the mistakes people make in a model file.

mod assets;
mod blueprint;
mod corpus;
mod difference;
mod fields;
mod fixtures;
mod hostile;
mod measured;
mod model_file;
mod plans;
mod view;
