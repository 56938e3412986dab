//! How a client gets over the outage of an address: the outage that counts, from its last good reply to its next one.
//!
//! A [`History`] says what becomes of packets to the address; a [`Client`] is a transport ([`Tcp`], [`Rc`]), a way to connect anew, and what its
//! protocol does afterwards; [`Client::recover`] is the one mechanism for all of them. It is a pure function: what real clients leave to chance
//! (when the next request was due, where the kernel's timers stood) comes in as [`Chance`]. Every timer is a fact of the catalog.
//!
//! What the mechanism says is held against measurements on real kernels in `tests/client.rs`. Those used network namespaces, and soft RoCE on
//! emulated machines: `observed` there. For hardware RoCE and Falcon the same mechanism is `assumed`, and their timers are open facts; NVMe over TCP
//! has the documented timers and was not measured. Not here: how the address moves ([`System`](crate::System)), servers' own delays, more than one
//! request under way on a connection, a reply that is lost while its request was not, and congestion. Start reading at [`Client::recover`].

mod chance;
mod clock;
mod history;
mod kind;
mod log;
mod rc;
mod tcp;
mod walk;

pub use chance::Chance;
pub use clock::{Clock, Wheel};
pub use history::{Fate, History, Notice, Server};
pub use log::{Log, Step};
pub use rc::{Device, Rc};
pub use tcp::{Probe, Tcp};
pub use walk::STEP_BOUND;

use twinrail_facts::Microseconds;

use walk::{Attempt, Connection, Halt, Ride, Walk};

/// What carries a client's requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Tcp(Tcp),
    Rc(Rc),
}

/// How a client that lost its connection makes another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reconnect {
    /// How long one attempt may take; without, as long as the transport tries.
    pub deadline: Option<Microseconds>,
    /// What passes between the loss of the connection and the first attempt.
    pub first_pause: Microseconds,
    /// What passes after an attempt without an answer before the next.
    pub pause: Microseconds,
    /// What passes after a refusal.
    pub refused_pause: Microseconds,
    /// The least distance between the beginnings of the first two attempts; it doubles.
    pub slot: Microseconds,
    pub slot_max: Microseconds,
    /// After how many attempts in a row it gives up for good, one at least; without, never.
    pub attempts: Option<u64>,
}

/// Requests that a client sends all the time only to see whether the server is there, on a connection of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepAlive {
    /// From one to the next.
    pub interval: Microseconds,
    /// For how long one may stay without its answer before the client tears all its connections down.
    pub timeout: Microseconds,
}

/// NFSv4.1: a session, and a grace period where the new server does not share the old one's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// A client that was away for longer needs a new session even from the same server.
    pub lease: Microseconds,
    pub session_round_trips: u64,
    /// What a client waits at first when the server is in its grace period; it doubles.
    pub poll: Microseconds,
    pub poll_max: Microseconds,
}

/// A client that sends one request after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    pub transport: Transport,
    /// The time between its requests.
    pub spacing: Microseconds,
    /// For how long it waits for one reply before it tears the connection down.
    pub patience: Option<Microseconds>,
    pub keep_alive: Option<KeepAlive>,
    pub reconnect: Reconnect,
    /// What it has on a server beyond a connection; without, each request stands alone, as reads and writes of NFSv3 do.
    pub state: Option<State>,
}

/// How an outage went for one client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovery {
    pub last_good: Microseconds,
    /// When the client's first connection was gone; `None` if it lasted.
    pub lost: Option<Microseconds>,
    pub end: End,
}

/// | end | when |
/// | --- | --- |
/// | `Undisturbed` | no request stayed without its reply |
/// | `Resumes` | a reply arrives at that time |
/// | `NotWithin` | none up to the horizon, or the client gave up for good, or nothing would ever make it try again |
/// | `Bound` | [`STEP_BOUND`] packets, attempts and waits were not enough to know |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Undisturbed,
    Resumes(Microseconds),
    NotWithin(Microseconds),
    Bound,
}

impl Recovery {
    /// From the last good reply to the next; zero where there was no outage, `None` where it has no known end.
    pub fn outage(&self) -> Option<Microseconds> {
        match self.end {
            End::Undisturbed => Some(Microseconds::ZERO),
            End::Resumes(at) => Some(at.saturating_sub(self.last_good)),
            End::NotWithin(_) | End::Bound => None,
        }
    }
}

impl Client {
    /// The first outage that the client sees at or after `after`, in what happens to the addresses it knows, in the order in which it tries
    /// them; it is connected to the first. For what comes later, ask again from the time of the reply.
    pub fn recover(
        &self,
        addresses: &[&History],
        chance: Chance,
        after: Microseconds,
        horizon: Microseconds,
        log: &mut Log,
    ) -> Recovery {
        let undisturbed = Recovery { last_good: after, lost: None, end: End::Undisturbed };
        let Some(history) = addresses.first() else { return undisturbed };
        let connection = Connection { address: 0, server: history.server_at(after), made: after };
        let mut walk = Walk { addresses, horizon, phase: chance.phase, steps: STEP_BOUND, log };
        let sent = match self.first_lost(&mut walk, connection, chance, after) {
            Ok(Some(sent)) => sent,
            Ok(None) | Err(Halt::Horizon | Halt::Waits) => return undisturbed,
            Err(Halt::Bound) => return Recovery { end: End::Bound, ..undisturbed },
        };
        let last_good = sent.saturating_sub(self.spacing).max(after).saturating_add(self.transport.round_trip());
        walk.log.note(last_good, Step::LastGood);
        walk.log.note(sent, Step::Unanswered);
        let mut lost = None;
        let end = match self.resume(&mut walk, connection, sent, &mut lost) {
            Ok(at) => {
                walk.log.note(at, Step::Resumed);
                End::Resumes(at)
            }
            Err(Halt::Horizon | Halt::Waits) => End::NotWithin(horizon),
            Err(Halt::Bound) => End::Bound,
        };
        Recovery { last_good, lost, end }
    }

    /// A mount over several connections (`nconnect`), each with its own chance, as from [`Chance::draw`] with the connection's number: it goes on with
    /// the slowest one. Without connections, undisturbed.
    pub fn recover_all(
        &self,
        addresses: &[&History],
        connections: impl IntoIterator<Item = Chance>,
        after: Microseconds,
        horizon: Microseconds,
    ) -> Recovery {
        let each =
            connections.into_iter().map(|chance| self.recover(addresses, chance, after, horizon, &mut Log::silent()));
        let slowest = each.max_by_key(|recovery| match recovery.end {
            End::Undisturbed => (0_u8, Microseconds::ZERO),
            End::Resumes(at) => (1, at),
            End::NotWithin(at) => (2, at),
            End::Bound => (3, Microseconds::ZERO),
        });
        slowest.unwrap_or(Recovery { last_good: after, lost: None, end: End::Undisturbed })
    }

    /// The first request that gets no reply at once, if any does.
    fn first_lost(
        &self,
        walk: &mut Walk<'_>,
        connection: Connection,
        chance: Chance,
        after: Microseconds,
    ) -> Result<Option<Microseconds>, Halt> {
        let history = walk.history(connection.address);
        let message =
            history.message_after(after).filter(|(_, notice)| self.transport.heeds(*notice)).map(|(at, _)| at);
        let mut at = self.next_request(chance, after);
        loop {
            walk.reach(at)?;
            let answer = walk.answer(self.transport.wire(), connection, at);
            if answer != walk::Answer::Reply || message.is_some_and(|message| message <= at) {
                return Ok(Some(at));
            }
            let Some(next) = history.change_after(at) else { return Ok(None) };
            at = self.next_request(chance, next);
        }
    }

    /// When a request is sent at or after a time, while all goes well.
    fn next_request(&self, chance: Chance, at: Microseconds) -> Microseconds {
        let Some(since) = at.checked_sub(chance.first_request) else { return chance.first_request };
        chance.first_request.saturating_add(since.round_up(self.spacing))
    }

    /// From the first lost request to the reply that ends the outage.
    fn resume(
        &self,
        walk: &mut Walk<'_>,
        mut connection: Connection,
        first: Microseconds,
        lost: &mut Option<Microseconds>,
    ) -> Result<Microseconds, Halt> {
        let mut session = Session { server: connection.server, since: first, fresh: false, poll: None };
        let mut sent = first;
        loop {
            let patience = self.patience.map(|patience| sent.saturating_add(patience));
            let dead = self.keep_alive_fails(walk, connection, sent);
            let deadline = patience.into_iter().chain(dead).min();
            match self.transport.ride(walk, connection, sent, deadline)? {
                Ride::Answered(at) => match self.admits(walk, &mut session, connection, at) {
                    None => return Ok(at.saturating_add(self.transport.round_trip())),
                    Some(again) => sent = again,
                },
                Ride::Lost(at) => {
                    if dead == Some(at) {
                        walk.log.note(at, Step::KeepAliveFailed);
                    } else if deadline == Some(at) {
                        walk.log.note(at, Step::Impatient);
                    }
                    lost.get_or_insert(at);
                    connection = self.connect(walk, connection.address, at)?;
                    sent = connection.made;
                }
            }
        }
    }

    /// When a keep-alive tells the client that nobody answers: the first one after the lost request, which goes the same way on its own connection.
    /// Those before it, while the client sends nothing else, and those after it are left out.
    fn keep_alive_fails(
        &self,
        walk: &mut Walk<'_>,
        connection: Connection,
        sent: Microseconds,
    ) -> Option<Microseconds> {
        let KeepAlive { interval, timeout } = self.keep_alive?;
        let next = walk.phase.saturating_add(sent).round_up(interval).saturating_sub(walk.phase).max(sent);
        let mut log = Log::silent();
        let mut aside = Walk { log: &mut log, ..*walk };
        let ride = self.transport.ride(&mut aside, connection, next, Some(next.saturating_add(timeout)));
        walk.steps = aside.steps;
        match ride {
            Ok(Ride::Lost(at)) => Some(at),
            Ok(Ride::Answered(_)) | Err(_) => None,
        }
    }

    /// Attempts until one is accepted, each at the next address.
    fn connect(&self, walk: &mut Walk<'_>, from: usize, lost: Microseconds) -> Result<Connection, Halt> {
        let (mut address, mut slot, mut left) = (from, self.reconnect.slot, self.reconnect.attempts);
        let mut start = lost.saturating_add(self.reconnect.first_pause);
        loop {
            left = left.map(|left| left.saturating_sub(1));
            address = (address + 1) % walk.addresses.len();
            let deadline = self.reconnect.deadline.map(|deadline| start.saturating_add(deadline));
            walk.log.note(start, Step::Connects(address));
            let (failed, next) = match self.transport.connect(walk, address, start, deadline)? {
                Attempt::Connected { at, server } => {
                    walk.log.note(at, Step::Connected(server));
                    return Ok(Connection { address, server, made: at });
                }
                Attempt::Refused(at) => {
                    walk.log.note(at, Step::Refused);
                    let next = at.saturating_add(self.reconnect.refused_pause);
                    (at, self.past_refusals(walk, start, next)?)
                }
                Attempt::Unanswered(at) => {
                    walk.log.note(at, Step::NotMade);
                    (at, at.saturating_add(self.reconnect.pause))
                }
            };
            if left == Some(0) {
                walk.log.note(failed, Step::GaveUpForGood);
                return Err(Halt::Waits);
            }
            start = next.max(start.saturating_add(slot));
            slot = slot.saturating_mul(2).min(self.reconnect.slot_max);
        }
    }

    /// Where a client without growing waits, without a last attempt and with one address ends up that is refused again and again, all in the same
    /// way, until something changes: a program that tries again at once does so 100,000 times a second.
    fn past_refusals(&self, walk: &Walk<'_>, start: Microseconds, next: Microseconds) -> Result<Microseconds, Halt> {
        let Reconnect { slot, attempts, .. } = self.reconnect;
        if slot > Microseconds::ZERO || attempts.is_some() || walk.addresses.len() > 1 {
            return Ok(next);
        }
        let change = walk.history(0).change_after(start).ok_or(Halt::Waits)?;
        let Some(left) = change.checked_sub(next) else { return Ok(next) };
        Ok(next.saturating_add(left.round_down(next.saturating_sub(start))))
    }

    /// `None` if the server does what it was asked; otherwise when the client asks again.
    fn admits(
        &self,
        walk: &mut Walk<'_>,
        session: &mut Session,
        connection: Connection,
        at: Microseconds,
    ) -> Option<Microseconds> {
        let state = self.state?;
        let grace = walk.history(connection.address).grace_end(connection.server);
        let foreign = grace.is_some() && session.server != connection.server;
        let expired = !session.fresh && at.saturating_sub(session.since) > state.lease;
        if foreign || expired {
            *session = Session { server: connection.server, since: at, fresh: true, poll: None };
            walk.log.note(at, Step::NewSession);
            return Some(at.saturating_add(self.transport.round_trip().saturating_mul(state.session_round_trips)));
        }
        if grace.is_none_or(|until| until <= at) {
            return None;
        }
        walk.log.note(at, Step::WaitsForGrace);
        let wait = session.poll.unwrap_or(state.poll).min(state.poll_max).max(Microseconds(1));
        session.poll = Some(wait.saturating_mul(2));
        Some(at.saturating_add(wait))
    }
}

/// What a stateful client has on a server.
#[derive(Debug)]
struct Session {
    server: Server,
    /// When the lease was renewed last, at the latest.
    since: Microseconds,
    /// It was made during this outage.
    fresh: bool,
    /// The next wait for the end of a grace period.
    poll: Option<Microseconds>,
}

impl Transport {
    pub fn round_trip(&self) -> Microseconds {
        match self {
            Self::Tcp(tcp) => tcp.round_trip,
            Self::Rc(rc) => rc.round_trip,
        }
    }

    /// Phases drawn evenly below this are even for all of its timers.
    pub fn span(&self) -> Microseconds {
        match self {
            Self::Tcp(tcp) => tcp.clock.span(),
            Self::Rc(rc) => rc.clock.span().max(rc.manager_clock.span()),
        }
    }

    fn wire(&self) -> walk::Wire {
        match self {
            Self::Tcp(_) => walk::Wire::Tcp,
            Self::Rc(_) => walk::Wire::Rdma,
        }
    }

    /// TCP tells every client that its peer closed the connection; RDMA's connection manager tells those that listen to it.
    fn heeds(&self, notice: Notice) -> bool {
        match self {
            Self::Tcp(_) => notice == Notice::Disconnected,
            Self::Rc(rc) => rc.heeds_messages,
        }
    }

    fn ride(
        &self,
        walk: &mut Walk<'_>,
        connection: Connection,
        sent: Microseconds,
        deadline: Option<Microseconds>,
    ) -> Result<Ride, Halt> {
        match self {
            Self::Tcp(tcp) => tcp.ride(walk, connection, sent, deadline),
            Self::Rc(rc) => rc.ride(walk, connection, sent, deadline),
        }
    }

    fn connect(
        &self,
        walk: &mut Walk<'_>,
        address: usize,
        start: Microseconds,
        deadline: Option<Microseconds>,
    ) -> Result<Attempt, Halt> {
        match self {
            Self::Tcp(tcp) => tcp.connect(walk, address, start, deadline),
            Self::Rc(rc) => rc.connect(walk, address, start, deadline),
        }
    }
}

/// A ratio of a fact as a whole number.
#[expect(clippy::cast_sign_loss, reason = "a negative number becomes zero")]
fn whole(ratio: f64) -> u64 {
    ratio.round() as u64
}
