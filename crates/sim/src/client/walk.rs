//! One client's way through a history: what its packets meet, and the bounds of the way. Not here: what a client does about it.

use twinrail_facts::Microseconds;

use super::history::{Fate, History, Server};
use super::log::Log;

/// How many packets, attempts and waits one recovery may have. A client of ordinary settings takes a few dozen; it is hit by settings
/// like a timeout of a microsecond, and then reported.
pub const STEP_BOUND: u32 = 100_000;

/// A connection: to which of the client's addresses, to whom, since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Connection {
    pub address: usize,
    pub server: Server,
    pub made: Microseconds,
}

/// What carries the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    Tcp,
    Rdma,
}

/// What a packet on a connection meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Reply,
    Held,
    Silence,
    Reset,
}

/// What a request for a connection meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Greeting {
    Accepted(Server),
    Refused,
    Silence,
}

/// How a request on a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ride {
    /// The packet that was answered left then.
    Answered(Microseconds),
    /// The client has no connection any more.
    Lost(Microseconds),
}

/// How an attempt to connect ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    Connected { at: Microseconds, server: Server },
    Refused(Microseconds),
    Unanswered(Microseconds),
}

/// Why a client's way ends without a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Halt {
    Horizon,
    Bound,
    /// Nothing will ever wake the client.
    Waits,
}

/// The end of a connection that the client itself gives up, if that comes before `next`.
pub(super) fn impatient(ends: Option<Microseconds>, next: Microseconds) -> Option<Ride> {
    ends.filter(|ends| *ends < next).map(Ride::Lost)
}

/// The way itself.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    pub addresses: &'a [&'a History],
    pub horizon: Microseconds,
    pub phase: Microseconds,
    pub steps: u32,
    pub log: &'a mut Log,
}

impl<'a> Walk<'a> {
    pub fn history(&self, address: usize) -> &'a History {
        self.addresses[address]
    }

    /// Every packet and wait passes here: time is bounded, and so is their number.
    pub fn reach(&mut self, at: Microseconds) -> Result<(), Halt> {
        if at > self.horizon {
            return Err(Halt::Horizon);
        }
        self.steps = self.steps.checked_sub(1).ok_or(Halt::Bound)?;
        Ok(())
    }

    pub fn answer(&self, wire: Wire, connection: Connection, at: Microseconds) -> Answer {
        let history = self.history(connection.address);
        if wire == Wire::Rdma && history.readded(connection.made, at) {
            return Answer::Silence;
        }
        let known = connection.server;
        match history.fate(at) {
            Fate::Served(server) | Fate::Pinned(server) if server == known => Answer::Reply,
            Fate::Stalled(server) if server == known => Answer::Held,
            Fate::Served(_) | Fate::Stalled(_) | Fate::Refused if wire == Wire::Tcp => Answer::Reset,
            Fate::Served(_) | Fate::Stalled(_) | Fate::Refused | Fate::Pinned(_) | Fate::Dropped => Answer::Silence,
        }
    }

    pub fn greets(&self, wire: Wire, address: usize, at: Microseconds) -> Greeting {
        match self.history(address).fate(at) {
            Fate::Served(server) | Fate::Pinned(server) => Greeting::Accepted(server),
            Fate::Stalled(server) if wire == Wire::Tcp => Greeting::Accepted(server),
            Fate::Refused => Greeting::Refused,
            Fate::Stalled(_) | Fate::Dropped => Greeting::Silence,
        }
    }
}
