//! What a client did, for printing. Off by default, as trials ask for millions of outages; bounded, as some clients retry for days.

use std::fmt;

use twinrail_facts::Microseconds;

use super::history::{Notice, Server};

/// One thing that a client did or learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// The last request that was answered before the outage.
    LastGood,
    /// The first request without an answer is sent.
    Unanswered,
    Probed,
    Repeated,
    /// The peer's kernel answered, its service did not.
    Held,
    Reset,
    GaveUp,
    /// The client's own patience ended.
    Impatient,
    /// A keep-alive met nobody who knows the connection, or stayed without an answer for too long.
    KeepAliveFailed,
    Told(Notice),
    /// To the address of that place in the client's list.
    Connects(usize),
    Refused,
    NotMade,
    /// The last attempt that the client makes has failed.
    GaveUpForGood,
    Connected(Server),
    NewSession,
    WaitsForGrace,
    Resumed,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LastGood => f.write_str("last good reply"),
            Self::Unanswered => f.write_str("a request stays without an answer"),
            Self::Probed => f.write_str("tail loss probe"),
            Self::Repeated => f.write_str("sent again"),
            Self::Held => f.write_str("acknowledged, not answered"),
            Self::Reset => f.write_str("reset by a host that does not know the connection"),
            Self::GaveUp => f.write_str("connection given up"),
            Self::Impatient => f.write_str("the client's deadline ends"),
            Self::KeepAliveFailed => f.write_str("a keep-alive fails"),
            Self::Told(Notice::Disconnected) => f.write_str("connection manager: disconnected"),
            Self::Told(Notice::NeighbourChanged) => {
                f.write_str("connection manager: unreachable, its neighbour changed")
            }
            Self::Told(Notice::Readded) => f.write_str("address deleted and added again"),
            Self::Connects(0) => f.write_str("connects"),
            Self::Connects(place) => write!(f, "connects to address {}", place + 1),
            Self::Refused => f.write_str("refused"),
            Self::NotMade => f.write_str("no connection in time"),
            Self::GaveUpForGood => f.write_str("gives up for good"),
            Self::Connected(server) => write!(f, "connected to server {}", server.0),
            Self::NewSession => f.write_str("new session, state reclaimed"),
            Self::WaitsForGrace => f.write_str("the server is in its grace period"),
            Self::Resumed => f.write_str("first good reply"),
        }
    }
}

/// Steps with their times, the first ones only if there are many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    most: usize,
    pub steps: Vec<(Microseconds, Step)>,
    /// How many more there were.
    pub left_out: u64,
}

impl Log {
    /// Keeps nothing.
    pub fn silent() -> Self {
        Self::keeping(0)
    }

    /// Keeps so many steps.
    pub fn keeping(most: usize) -> Self {
        Self { most, steps: Vec::new(), left_out: 0 }
    }

    pub(super) fn note(&mut self, at: Microseconds, step: Step) {
        if self.steps.len() < self.most {
            self.steps.push((at, step));
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }
}
