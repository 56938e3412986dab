//! Tests of the state machine and of the explorer.

mod movers;
