//! The clients that people have, with the defaults of their software as the catalog has them. Not here: how any of them works; every field may be
//! set otherwise by the caller.

use twinrail_facts::{Facts, Key, Microseconds, Number, keys};
use twinrail_model::Protocol;

use super::clock::Clock;
use super::rc::{Device, Rc};
use super::tcp::{Probe, Tcp};
use super::{Client, KeepAlive, Reconnect, State, Transport};

impl Reconnect {
    /// A program that tries again at once, each time for as long as the transport does.
    pub const AT_ONCE: Self = Self {
        deadline: None,
        first_pause: Microseconds::ZERO,
        pause: Microseconds::ZERO,
        refused_pause: Microseconds::ZERO,
        slot: Microseconds::ZERO,
        slot_max: Microseconds::ZERO,
        attempts: None,
    };

    /// A program that gives each attempt a deadline and waits a little after one that failed.
    pub fn with_deadline(deadline: Microseconds, pause: Microseconds) -> Self {
        Self { deadline: Some(deadline), pause, refused_pause: pause, ..Self::AT_ONCE }
    }
}

impl Client {
    /// A client of a group's protocol, with the defaults of its software.
    ///
    /// | protocol | client | its RDMA |
    /// | --- | --- | --- |
    /// | `Tcp` | [`Client::tcp`], which has no deadline of its own | |
    /// | `Nfs3Tcp` | [`Client::nfs3_tcp`] | |
    /// | `Nfs4Tcp` | [`Client::nfs4_tcp`] | |
    /// | `NfsRdma` | [`Client::nfs_rdma`], of the version that the catalog says | [`Device::Falcon`] |
    /// | `Rdma` | [`Client::rdma_program`] | [`Device::Falcon`] |
    /// | `NvmeTcp` | [`Client::nvme_tcp`] | |
    pub fn speaking(protocol: Protocol, facts: &Facts<'_>, spacing: Microseconds, round_trip: Microseconds) -> Self {
        Self::speaking_on(Device::Falcon, protocol, facts, spacing, round_trip)
    }

    /// The same with another RDMA device, where the protocol uses one.
    pub fn speaking_on(
        device: Device,
        protocol: Protocol,
        facts: &Facts<'_>,
        spacing: Microseconds,
        round_trip: Microseconds,
    ) -> Self {
        match protocol {
            Protocol::Tcp => Self::tcp(facts, spacing, round_trip),
            Protocol::Nfs3Tcp => Self::nfs3_tcp(facts, spacing, round_trip),
            Protocol::Nfs4Tcp => Self::nfs4_tcp(facts, spacing, round_trip),
            Protocol::NfsRdma => {
                let state = facts.get(keys::nfs_rdma::SPEAKS_V4).then(|| State::nfs4(facts));
                Self::nfs_rdma(facts, state, device, spacing, round_trip)
            }
            Protocol::Rdma => Self::rdma_program(facts, device, spacing, round_trip),
            Protocol::NvmeTcp => Self::nvme_tcp(facts, spacing, round_trip),
        }
    }

    /// A program with a TCP connection of Linux's defaults, without a deadline of its own: it waits until the kernel gives up.
    pub fn tcp(facts: &Facts<'_>, spacing: Microseconds, round_trip: Microseconds) -> Self {
        Self {
            transport: Transport::Tcp(Tcp::linux(facts, round_trip)),
            spacing,
            patience: None,
            keep_alive: None,
            reconnect: Reconnect::AT_ONCE,
            state: None,
        }
    }

    /// A hard mount of NFSv3 over TCP by Linux's client, with writes of several segments.
    pub fn nfs3_tcp(facts: &Facts<'_>, spacing: Microseconds, round_trip: Microseconds) -> Self {
        use keys::nfs;
        let tcp = Tcp {
            probe: Probe::Several,
            user_timeout: Some(time(facts, nfs::USER_TIMEOUT)),
            resend: Some(time(facts, nfs::TIMEO)),
            ..Tcp::linux(facts, round_trip)
        };
        let reconnect = Reconnect {
            deadline: Some(time(facts, nfs::CONNECT_TIMEOUT)),
            refused_pause: time(facts, nfs::REFUSED_DELAY),
            slot: time(facts, nfs::RECONNECT_FIRST),
            slot_max: time(facts, nfs::RECONNECT_MAX),
            ..Reconnect::AT_ONCE
        };
        let transport = Transport::Tcp(tcp);
        Self { transport, spacing, patience: None, keep_alive: None, reconnect, state: None }
    }

    /// A mount of NFSv4.1 or later over TCP.
    pub fn nfs4_tcp(facts: &Facts<'_>, spacing: Microseconds, round_trip: Microseconds) -> Self {
        let mut this = Self::nfs3_tcp(facts, spacing, round_trip);
        this.reconnect.deadline = Some(time(facts, keys::nfs::V4_LEASE));
        this.reconnect.slot_max = time(facts, keys::nfs::V4_RECONNECT_MAX);
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
            refused_pause: time(facts, nfs::REFUSED_DELAY),
            slot: time(facts, nfs_rdma::RECONNECT_FIRST),
            slot_max: time(facts, nfs_rdma::RECONNECT_MAX),
            ..Reconnect::AT_ONCE
        };
        let patience = Some(time(facts, nfs_rdma::CALL_TIMEOUT));
        Self { transport: Transport::Rc(rc), spacing, patience, keep_alive: None, reconnect, state }
    }

    /// A controller of NVMe over TCP by Linux's host driver. Requests wait while it connects anew (`fast_io_fail_tmo` is off); after its last attempt it
    /// is removed, and they fail. As in the driver, a timeout of zero means no keep-alives, and a negative time until the loss means no end. The
    /// exchanges that make a controller of a connection are not counted.
    pub fn nvme_tcp(facts: &Facts<'_>, spacing: Microseconds, round_trip: Microseconds) -> Self {
        use keys::nvme_tcp as nvme;
        let timeout = time(facts, nvme::KEEP_ALIVE);
        let interval = Microseconds(timeout.0 / facts.get(nvme::KEEP_ALIVES_PER_TIMEOUT).max(1));
        let delay = time(facts, nvme::RECONNECT_DELAY);
        let ends = facts.get(nvme::CONTROLLER_LOSS_TIMEOUT) >= 0.0;
        let reconnect = Reconnect {
            first_pause: if facts.get(nvme::FIRST_ATTEMPT_WAITS) { delay } else { Microseconds::ZERO },
            pause: delay,
            refused_pause: delay,
            attempts: ends.then(|| time(facts, nvme::CONTROLLER_LOSS_TIMEOUT).0.div_ceil(delay.0.max(1))),
            ..Reconnect::AT_ONCE
        };
        Self {
            transport: Transport::Tcp(Tcp {
                syn_retries: facts.get(nvme::SYN_RETRIES),
                ..Tcp::linux(facts, round_trip)
            }),
            spacing,
            patience: Some(time(facts, nvme::IO_TIMEOUT)),
            keep_alive: (timeout > Microseconds::ZERO).then_some(KeepAlive { interval, timeout }),
            reconnect,
            state: None,
        }
    }

    /// A program with a reliable connection, and deadlines for replies and for connections: both are its own, and assumed.
    pub fn rdma_program(facts: &Facts<'_>, device: Device, spacing: Microseconds, round_trip: Microseconds) -> Self {
        use keys::rdma_rc::{PROGRAM_CONNECT_DEADLINE, PROGRAM_REPLY_DEADLINE};
        let reconnect = Reconnect::with_deadline(time(facts, PROGRAM_CONNECT_DEADLINE), Microseconds::ZERO);
        let patience = Some(time(facts, PROGRAM_REPLY_DEADLINE));
        Self { patience, ..Self::rdma(Rc::on(facts, device, round_trip), spacing, reconnect) }
    }

    /// A program with a reliable connection. Its connect deadline and pause are its own.
    pub fn rdma(rc: Rc, spacing: Microseconds, reconnect: Reconnect) -> Self {
        Self { transport: Transport::Rc(rc), spacing, patience: None, keep_alive: None, reconnect, state: None }
    }
}

impl State {
    /// Linux's NFSv4.1 client.
    pub fn nfs4(facts: &Facts<'_>) -> Self {
        use keys::nfs;
        Self {
            lease: time(facts, nfs::V4_LEASE),
            session_round_trips: facts.get(nfs::V4_SESSION_ROUND_TRIPS),
            poll: time(facts, nfs::V4_POLL_FIRST),
            poll_max: time(facts, nfs::V4_POLL_MAX),
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

/// Seconds of a fact.
fn time(facts: &Facts<'_>, key: Key<Number>) -> Microseconds {
    Microseconds::from_seconds(facts.get(key))
}
