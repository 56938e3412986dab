//! Tests of sizing and bandwidth, in one binary.

mod farm;
mod fluid;
mod plan;
mod problem;
mod share;
