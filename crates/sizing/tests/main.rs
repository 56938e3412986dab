//! Tests of sizing and bandwidth, in one binary.
mod plan;
