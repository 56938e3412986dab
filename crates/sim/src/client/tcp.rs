//! A TCP connection of Linux while its peer is away: when it sends again, when it gives up, and how a new one is made.
//!
//! A lost request is sent again after the tail loss probe's wait and then at distances that double. The first packet that reaches a server which
//! does not know the connection brings a reset. Not here: what the client does then, and congestion: one request is under way at a time.

use twinrail_facts::{Facts, Microseconds, keys};

use super::clock::Clock;
use super::history::Notice;
use super::log::Step;
use super::walk::{Answer, Attempt, Connection, Greeting, Halt, Ride, Walk, Wire, impatient};

/// When the tail loss probe goes out, which the retransmission timeout begins after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    Off,
    /// One segment is under way, as with small requests: the probe leaves room for a delayed acknowledgement.
    Lone,
    /// Several segments are, as with a write of a few KiB.
    Several,
}

/// The settings of a connection and of attempts to make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tcp {
    pub clock: Clock,
    pub round_trip: Microseconds,
    pub rto_min: Microseconds,
    pub rto_max: Microseconds,
    pub factor: u64,
    pub probe: Probe,
    pub probe_margin: Microseconds,
    /// `tcp_retries2`.
    pub retries: u64,
    /// `TCP_USER_TIMEOUT`, which replaces the count.
    pub user_timeout: Option<Microseconds>,
    pub syn_timeout: Microseconds,
    pub syn_linear: u64,
    pub syn_retries: u64,
    /// After how long the client sends something again although its request was acknowledged: a keepalive, or RPC's own timeout.
    pub resend: Option<Microseconds>,
}

/// What became of one request and its repetitions.
enum Flight {
    Over(Ride),
    /// The peer's kernel acknowledged it at that time, its service says nothing.
    Held(Microseconds),
}

impl Tcp {
    /// The defaults of Linux, for small requests.
    pub fn linux(facts: &Facts<'_>, round_trip: Microseconds) -> Self {
        use keys::tcp;
        Self {
            clock: Clock::linux(facts),
            round_trip,
            rto_min: Microseconds::from_seconds(facts.get(tcp::RTO_MIN)),
            rto_max: Microseconds::from_seconds(facts.get(tcp::RTO_MAX)),
            factor: super::whole(facts.get(tcp::RTO_FACTOR)),
            probe: if facts.get(tcp::TAIL_LOSS_PROBE) { Probe::Lone } else { Probe::Off },
            probe_margin: Microseconds::from_seconds(facts.get(tcp::PROBE_MARGIN)),
            retries: facts.get(tcp::RETRIES2),
            user_timeout: None,
            syn_timeout: Microseconds::from_seconds(facts.get(tcp::SYN_TIMEOUT)),
            syn_linear: facts.get(tcp::SYN_LINEAR_TIMEOUTS),
            syn_retries: facts.get(tcp::SYN_RETRIES),
            resend: None,
        }
    }

    /// For how long after its first repetition a request is repeated.
    pub fn gives_up_after(&self) -> Microseconds {
        if let Some(limit) = self.user_timeout {
            return limit;
        }
        let (mut total, mut wait) = (Microseconds::ZERO, self.rto_min);
        for sent in 0..=self.retries {
            if wait >= self.rto_max || wait == Microseconds::ZERO || self.factor < 2 {
                let left = (self.retries - sent).saturating_add(1);
                return total.saturating_add(wait.min(self.rto_max).saturating_mul(left));
            }
            total = total.saturating_add(wait);
            wait = wait.saturating_mul(self.factor);
        }
        total
    }

    /// A request on a connection, sent at `sent`, until its answer or the connection's end. The client's own patience ends at `deadline`.
    pub(super) fn ride(
        &self,
        walk: &mut Walk<'_>,
        connection: Connection,
        sent: Microseconds,
        deadline: Option<Microseconds>,
    ) -> Result<Ride, Halt> {
        let message = walk.history(connection.address).message_after(connection.made);
        let closed = message.filter(|(_, notice)| *notice == Notice::Disconnected);
        let closed = closed.map(|(at, _)| at.saturating_add(self.round_trip).max(sent));
        let deadline = deadline.into_iter().chain(closed).min();
        let mut from = sent;
        loop {
            match self.flight(walk, connection, from, deadline)? {
                Flight::Over(ride) => return Ok(ride),
                Flight::Held(at) => match self.held(walk, connection, at, deadline)? {
                    Flight::Over(ride) => return Ok(ride),
                    Flight::Held(again) => from = again,
                },
            }
        }
    }

    fn flight(
        &self,
        walk: &mut Walk<'_>,
        connection: Connection,
        sent: Microseconds,
        deadline: Option<Microseconds>,
    ) -> Result<Flight, Halt> {
        walk.reach(sent)?;
        if let Some(flight) = Self::meets(walk, connection, sent) {
            return Ok(flight);
        }
        let first_wait = self.clock.up(self.rto_min.saturating_add(self.round_trip)).min(self.clock.up(self.rto_max));
        let (mut now, mut wait, mut repeated) = (sent, first_wait, None);
        let limit = self.gives_up_after();
        if let Some(probe) = self.probe_wait(first_wait) {
            let fires = self.clock.fires(now, probe, walk.phase);
            if let Some(over) = impatient(deadline, fires) {
                return Ok(Flight::Over(over));
            }
            walk.reach(fires)?;
            walk.log.note(fires, Step::Probed);
            now = fires;
            if let Some(flight) = Self::meets(walk, connection, now) {
                return Ok(flight);
            }
        }
        loop {
            let left = match (self.user_timeout, repeated) {
                (Some(limit), Some(first)) => limit.saturating_sub(now.saturating_sub(first)),
                _ => Microseconds::MAX,
            };
            let fires = self.clock.fires(now, wait.min(left), walk.phase);
            if let Some(over) = impatient(deadline, fires) {
                return Ok(Flight::Over(over));
            }
            walk.reach(fires)?;
            now = fires;
            if repeated.is_some_and(|first| now.saturating_sub(first) >= limit) {
                walk.log.note(now, Step::GaveUp);
                return Ok(Flight::Over(Ride::Lost(now)));
            }
            walk.log.note(now, Step::Repeated);
            if let Some(flight) = Self::meets(walk, connection, now) {
                return Ok(flight);
            }
            repeated.get_or_insert(now);
            wait = wait.saturating_mul(self.factor).min(self.clock.up(self.rto_max));
        }
    }

    /// How long the probe waits after the request.
    fn probe_wait(&self, timeout: Microseconds) -> Option<Microseconds> {
        let margin = match self.probe {
            Probe::Off => return None,
            Probe::Lone => self.rto_min,
            Probe::Several => self.probe_margin,
        };
        Some(self.clock.up(self.round_trip.saturating_mul(2).saturating_add(margin)).min(timeout))
    }

    fn meets(walk: &mut Walk<'_>, connection: Connection, at: Microseconds) -> Option<Flight> {
        match walk.answer(Wire::Tcp, connection, at) {
            Answer::Reply => Some(Flight::Over(Ride::Answered(at))),
            Answer::Held => Some(Flight::Held(at)),
            Answer::Silence => None,
            Answer::Reset => {
                walk.log.note(at, Step::Reset);
                Some(Flight::Over(Ride::Lost(at)))
            }
        }
    }

    /// The request was acknowledged: nothing is sent until the client has something to send.
    fn held(
        &self,
        walk: &mut Walk<'_>,
        connection: Connection,
        acknowledged: Microseconds,
        deadline: Option<Microseconds>,
    ) -> Result<Flight, Halt> {
        walk.log.note(acknowledged, Step::Held);
        let resend = self.resend.map(|wait| self.clock.fires(acknowledged, wait, walk.phase));
        let mut now = acknowledged;
        loop {
            let change = walk.history(connection.address).change_after(now);
            let Some(next) = change.into_iter().chain(resend).chain(deadline).min() else { return Err(Halt::Waits) };
            if let Some(over) = impatient(deadline, next.saturating_add(Microseconds(1))) {
                return Ok(Flight::Over(over));
            }
            walk.reach(next)?;
            now = next;
            if resend == Some(now) {
                return Ok(Flight::Held(now));
            }
            if walk.answer(Wire::Tcp, connection, now) == Answer::Reply {
                return Ok(Flight::Over(Ride::Answered(now)));
            }
        }
    }

    /// One attempt to make a connection.
    pub(super) fn connect(
        &self,
        walk: &mut Walk<'_>,
        address: usize,
        start: Microseconds,
        deadline: Option<Microseconds>,
    ) -> Result<Attempt, Halt> {
        let (mut now, mut wait) = (start, self.clock.up(self.syn_timeout));
        for sent in 0_u64.. {
            walk.reach(now)?;
            match walk.greets(Wire::Tcp, address, now) {
                Greeting::Accepted(server) => {
                    return Ok(Attempt::Connected { at: now.saturating_add(self.round_trip), server });
                }
                Greeting::Refused => return Ok(Attempt::Refused(now.saturating_add(self.round_trip))),
                Greeting::Silence => {}
            }
            let fires = self.clock.fires(now, wait, walk.phase);
            let ends = deadline.filter(|ends| *ends < fires);
            if ends.is_some() || sent >= self.syn_linear.saturating_add(self.syn_retries) {
                return Ok(Attempt::Unanswered(ends.unwrap_or(fires)));
            }
            now = fires;
            if sent >= self.syn_linear {
                wait = wait.saturating_mul(self.factor).min(self.clock.up(self.rto_max));
            }
        }
        Err(Halt::Bound)
    }
}
