//! Tests of sizing and bandwidth, in one binary.

mod farm;
mod plan;
