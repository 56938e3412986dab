//! Tests of the way in, from text to network. `blueprint` reads Cluster Toolkit blueprints, `corpus` reads real dumps where they are at hand, `fixtures` synthetic
//! ones of our own, `hostile` what nobody should
//! send, and `model_file` the mistakes people make in a model file.

mod blueprint;
mod corpus;
mod fixtures;
mod hostile;
mod model_file;
mod view;
