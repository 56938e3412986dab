//! The clients that people have, with the defaults of their software as the catalog has them. Not here: how any of them works; every field may be
//! set otherwise by the caller.

use twinrail_facts::{Facts, Microseconds, keys};

use super::clock::Clock;
use super::rc::{Device, Rc};
use super::tcp::{Probe, Tcp};
use super::{Client, Reconnect, State, Transport};

impl Reconnect {
    /// A program that tries again at once, each time for as long as the transport does.
    pub const AT_ONCE: Self = Self {
        deadline: None,
        pause: Microseconds::ZERO,
        refused_pause: Microseconds::ZERO,
        slot: Microseconds::ZERO,
        slot_max: Microseconds::ZERO,
    };

    /// A program that gives each attempt a deadline and waits a little after one that failed.
    pub fn with_deadline(deadline: Microseconds, pause: Microseconds) -> Self {
        Self { deadline: Some(deadline), pause, refused_pause: pause, ..Self::AT_ONCE }
    }
}

impl Client {
    /// A program with a TCP connection of Linux's defaults, without a deadline of its own: it waits until the kernel gives up.
    pub fn tcp(facts: &Facts<'_>, spacing: Microseconds, round_trip: Microseconds) -> Self {
        Self {
            transport: Transport::Tcp(Tcp::linux(facts, round_trip)),
            spacing,
            patience: None,
            reconnect: Reconnect::AT_ONCE,
            state: None,
        }
    }

    /// A hard mount of NFSv3 over TCP by Linux's client, with writes of several segments.
    pub fn nfs3_tcp(facts: &Facts<'_>, spacing: Microseconds, round_trip: Microseconds) -> Self {
        use keys::nfs;
        let tcp = Tcp {
            probe: Probe::Several,
            user_timeout: Some(Microseconds::from_seconds(facts.get(nfs::USER_TIMEOUT))),
            resend: Some(Microseconds::from_seconds(facts.get(nfs::TIMEO))),
            ..Tcp::linux(facts, round_trip)
        };
        let reconnect = Reconnect {
            deadline: Some(Microseconds::from_seconds(facts.get(nfs::CONNECT_TIMEOUT))),
            pause: Microseconds::ZERO,
            refused_pause: Microseconds::from_seconds(facts.get(nfs::REFUSED_DELAY)),
            slot: Microseconds::from_seconds(facts.get(nfs::RECONNECT_FIRST)),
            slot_max: Microseconds::from_seconds(facts.get(nfs::RECONNECT_MAX)),
        };
        let transport = Transport::Tcp(tcp);
        Self { transport, spacing, patience: None, reconnect, state: None }
    }

    /// A mount of NFSv4.1 or later over TCP.
    pub fn nfs4_tcp(facts: &Facts<'_>, spacing: Microseconds, round_trip: Microseconds) -> Self {
        let mut this = Self::nfs3_tcp(facts, spacing, round_trip);
        this.reconnect.deadline = Some(Microseconds::from_seconds(facts.get(keys::nfs::V4_LEASE)));
        this.reconnect.slot_max = Microseconds::from_seconds(facts.get(keys::nfs::V4_RECONNECT_MAX));
        this.state = Some(State::nfs4(facts));
        this
    }

    /// A mount over RDMA. The connection manager repeats its request for minutes, so an attempt has no other deadline.
    pub fn nfs_rdma(
        facts: &Facts<'_>,
        state: Option<State>,
        device: Device,
        spacing: Microseconds,
        round_trip: Microseconds,
    ) -> Self {
        use keys::{nfs, nfs_rdma};
        let rc = Rc { heeds_messages: true, ..Rc::on(facts, device, round_trip) }
            .with_retries(facts, device, facts.get(nfs_rdma::RETRY_COUNT))
            .with_rnr_retries(facts, facts.get(nfs_rdma::RNR_RETRY_COUNT));
        let reconnect = Reconnect {
            deadline: None,
            pause: Microseconds::ZERO,
            refused_pause: Microseconds::from_seconds(facts.get(nfs::REFUSED_DELAY)),
            slot: Microseconds::from_seconds(facts.get(nfs_rdma::RECONNECT_FIRST)),
            slot_max: Microseconds::from_seconds(facts.get(nfs_rdma::RECONNECT_MAX)),
        };
        let patience = Some(Microseconds::from_seconds(facts.get(nfs_rdma::CALL_TIMEOUT)));
        Self { transport: Transport::Rc(rc), spacing, patience, reconnect, state }
    }

    /// A program with a reliable connection. Its connect deadline and pause are its own.
    pub fn rdma(rc: Rc, spacing: Microseconds, reconnect: Reconnect) -> Self {
        Self { transport: Transport::Rc(rc), spacing, patience: None, reconnect, state: None }
    }
}

impl State {
    /// Linux's NFSv4.1 client.
    pub fn nfs4(facts: &Facts<'_>) -> Self {
        use keys::nfs;
        Self {
            lease: Microseconds::from_seconds(facts.get(nfs::V4_LEASE)),
            session_round_trips: facts.get(nfs::V4_SESSION_ROUND_TRIPS),
            poll: Microseconds::from_seconds(facts.get(nfs::V4_POLL_FIRST)),
            poll_max: Microseconds::from_seconds(facts.get(nfs::V4_POLL_MAX)),
        }
    }
}

impl Tcp {
    /// The textbook's connection, without probe and with timers that fire when they should: for the closed form, 0.2 s times (2^k - 1).
    #[must_use]
    pub fn ideal(self) -> Self {
        Self { clock: Clock::Exact, probe: Probe::Off, round_trip: Microseconds::ZERO, ..self }
    }
}
