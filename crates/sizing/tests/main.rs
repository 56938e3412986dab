//! Tests of sizing and bandwidth, in one binary.

mod fluid;
mod problem;
mod share;
