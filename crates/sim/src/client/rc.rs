//! An RDMA reliable connection while its peer is away: its retry budget, and how a new one is made.
//!
//! A connection is bound to queue pair numbers and addresses. A server that does not know them drops its packets in silence, so a client pays the
//! whole budget, (retries + 1) ack timeouts, even for an instant move, unless a message of the connection manager comes first and the client heeds
//! it. The numbers are those of soft RoCE on emulated machines, where retransmission is a timer of Linux; what hardware does with the same settings
//! is assumed. Not here: what the client does afterwards.

use twinrail_facts::{Facts, Microseconds, keys};

use super::clock::Clock;
use super::history::Notice;
use super::log::Step;
use super::walk::{Answer, Attempt, Connection, Greeting, Halt, Ride, Walk, Wire, impatient};

/// Whose defaults a connection has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Device {
    /// Soft RoCE on Linux 6.12.
    Soft6_12,
    /// Soft RoCE on Linux 6.1.
    Soft6_1,
    /// A RoCE NIC whose hardware retransmits: assumed throughout.
    Hardware,
    /// A NIC on Falcon. It is assumed to be like other hardware, but whether the queue pair's retry budget counts is open: where it does not,
    /// nothing but the client's own deadlines ends a wait for a server that is gone.
    Falcon,
}

impl Device {
    /// The device of NICs in a network of that profile, as `rdma-profile` of a machine type has it.
    pub fn of_profile(profile: &str) -> Option<Self> {
        match profile {
            "falcon" => Some(Self::Falcon),
            "roce" => Some(Self::Hardware),
            _ => None,
        }
    }

    fn is_soft(self) -> bool {
        matches!(self, Self::Soft6_12 | Self::Soft6_1)
    }
}

/// The settings of a reliable connection and of attempts to make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rc {
    /// Of the queue pair's retransmission.
    pub clock: Clock,
    /// Of the connection manager, which is software on any device.
    pub manager_clock: Clock,
    pub round_trip: Microseconds,
    /// How long a connection takes that is accepted: addresses, route, request and queue pair.
    pub connect_time: Microseconds,
    /// How long a send waits for its acknowledgement; without, for ever.
    pub ack_timeout: Option<Microseconds>,
    /// Without, for ever.
    pub retries: Option<u64>,
    /// For a receiver that is not ready. Without, for ever.
    pub rnr_retries: Option<u64>,
    pub rnr_wait: Microseconds,
    /// Whether the client tears a connection down when the connection manager says that it is gone.
    pub heeds_messages: bool,
    /// Whether the client has a send under way; one that only receives learns nothing by itself.
    pub sends: bool,
    /// The distance between repeated connection requests.
    pub request_wait: Microseconds,
    pub request_retries: u64,
}

impl Rc {
    /// The defaults of the connection manager on a device; the client sends, and does not heed messages.
    pub fn on(facts: &Facts<'_>, device: Device, round_trip: Microseconds) -> Self {
        use keys::rdma_rc as rc;
        let exponent = facts.get(match device {
            Device::Soft6_12 => rc::ACK_TIMEOUT_EXPONENT_LINUX_6_12,
            Device::Soft6_1 => rc::ACK_TIMEOUT_EXPONENT_LINUX_6_1,
            Device::Hardware | Device::Falcon => rc::ACK_TIMEOUT_EXPONENT_HARDWARE,
        });
        let linux = Clock::linux(facts);
        let clock = if device.is_soft() { linux } else { Clock::Exact };
        let life_time = exponent.saturating_sub(facts.get(keys::rdma_cm::ACK_TIMEOUT_ABOVE_LIFE_TIME));
        let unit = facts.get(keys::rdma_cm::TIMEOUT_UNIT);
        let answer = power_of_two(unit, facts.get(keys::rdma_cm::RESPONSE_TIMEOUT_EXPONENT));
        let this = Self {
            clock,
            manager_clock: linux,
            round_trip,
            connect_time: Microseconds::from_seconds(facts.get(rc::RECONNECT_TIME)),
            ack_timeout: None,
            retries: None,
            rnr_retries: None,
            rnr_wait: Microseconds::from_seconds(facts.get(rc::RNR_TIMER)),
            heeds_messages: false,
            sends: true,
            request_wait: answer.saturating_add(power_of_two(unit, life_time).saturating_mul(2)),
            request_retries: facts.get(keys::rdma_cm::RETRIES),
        };
        this.with_exponent(facts, exponent)
            .with_retries(facts, device, facts.get(rc::RETRY_COUNT))
            .with_rnr_retries(facts, facts.get(rc::RNR_RETRY_COUNT))
    }

    /// The ack timeout as its exponent; zero means no timeout.
    #[must_use]
    pub fn with_exponent(mut self, facts: &Facts<'_>, exponent: u64) -> Self {
        let timeout = power_of_two(facts.get(keys::rdma_rc::TIMEOUT_UNIT), exponent);
        self.ack_timeout = (exponent > 0).then(|| self.clock.down(timeout));
        self
    }

    /// The retry count, of which the greatest means no end on soft RoCE.
    #[must_use]
    pub fn with_retries(mut self, facts: &Facts<'_>, device: Device, retries: u64) -> Self {
        use keys::rdma_rc::{FALCON_RETRY_BUDGET_APPLIES, RETRY_7_IS_FOR_EVER_HARDWARE, RETRY_7_IS_FOR_EVER_RXE};
        if device == Device::Falcon && !facts.get(FALCON_RETRY_BUDGET_APPLIES) {
            self.retries = None;
            return self;
        }
        let endless = facts.get(if device.is_soft() { RETRY_7_IS_FOR_EVER_RXE } else { RETRY_7_IS_FOR_EVER_HARDWARE });
        let greatest = facts.get(keys::rdma_rc::RETRY_COUNT_MAX);
        self.retries = (!endless || retries < greatest).then_some(retries.min(greatest));
        self
    }

    /// The retry count for a receiver that is not ready.
    #[must_use]
    pub fn with_rnr_retries(mut self, facts: &Facts<'_>, retries: u64) -> Self {
        self.rnr_retries = (retries < facts.get(keys::rdma_rc::RNR_RETRY_FOR_EVER)).then_some(retries);
        self
    }

    /// How long after a send a client learns that nobody answers, but for the lateness of timers; `None` is never.
    pub fn detects_after(&self) -> Option<Microseconds> {
        Some(self.ack_timeout?.saturating_mul(self.retries?.saturating_add(1)))
    }

    /// A request on a connection, sent or due at `sent`, until its answer or the connection's end.
    pub(super) fn ride(
        &self,
        walk: &mut Walk<'_>,
        connection: Connection,
        sent: Microseconds,
        deadline: Option<Microseconds>,
    ) -> Result<Ride, Halt> {
        let message = walk.history(connection.address).message_after(connection.made).filter(|_| self.heeds_messages);
        let told = message.map(|(at, _)| at.saturating_add(self.round_trip).max(sent));
        let ends = told.into_iter().chain(deadline).min();
        let ride = if told == Some(sent) {
            Ride::Lost(sent)
        } else if self.sends {
            self.flight(walk, connection, sent, ends)?
        } else {
            Self::idle(walk, connection, sent, ends)?
        };
        if let (Ride::Lost(at), Some((_, notice))) = (ride, message)
            && told == Some(at)
        {
            walk.log.note(at, Step::Told(notice));
        }
        Ok(ride)
    }

    fn flight(
        &self,
        walk: &mut Walk<'_>,
        connection: Connection,
        sent: Microseconds,
        ends: Option<Microseconds>,
    ) -> Result<Ride, Halt> {
        let (mut now, mut tries, mut not_ready) = (sent, 0_u64, 0_u64);
        loop {
            walk.reach(now)?;
            let answer = walk.answer(Wire::Rdma, connection, now);
            let wait = match answer {
                Answer::Reply => return Ok(Ride::Answered(now)),
                Answer::Held => {
                    walk.log.note(now, Step::Held);
                    if self.rnr_retries.is_some_and(|most| not_ready >= most) {
                        walk.log.note(now, Step::GaveUp);
                        return Ok(Ride::Lost(now.saturating_add(self.round_trip)));
                    }
                    not_ready += 1;
                    tries = 0;
                    Some(self.rnr_wait)
                }
                Answer::Silence | Answer::Reset => self.ack_timeout,
            };
            let Some(wait) = wait else { return ends.map(Ride::Lost).ok_or(Halt::Waits) };
            let fires = self.clock.fires(now, wait, walk.phase);
            if let Some(over) = impatient(ends, fires) {
                return Ok(over);
            }
            now = fires;
            if answer != Answer::Held {
                if self.retries.is_some_and(|most| tries >= most) {
                    walk.reach(now)?;
                    walk.log.note(now, Step::GaveUp);
                    return Ok(Ride::Lost(now));
                }
                tries += 1;
            }
            walk.log.note(now, Step::Repeated);
        }
    }

    /// A client that only receives goes on when the connection does.
    fn idle(
        walk: &mut Walk<'_>,
        connection: Connection,
        due: Microseconds,
        ends: Option<Microseconds>,
    ) -> Result<Ride, Halt> {
        let mut now = due;
        loop {
            walk.reach(now)?;
            if walk.answer(Wire::Rdma, connection, now) == Answer::Reply {
                return Ok(Ride::Answered(now));
            }
            let next = walk.history(connection.address).change_after(now);
            if let Some(over) = impatient(ends, next.unwrap_or(Microseconds::MAX)) {
                return Ok(over);
            }
            now = next.ok_or(Halt::Waits)?;
        }
    }

    /// One attempt to make a connection: a request that the connection manager repeats. A change of the neighbour's address ends it, as the client
    /// waits for what the manager says.
    pub(super) fn connect(
        &self,
        walk: &mut Walk<'_>,
        address: usize,
        start: Microseconds,
        deadline: Option<Microseconds>,
    ) -> Result<Attempt, Halt> {
        let told = walk.history(address).neighbour_change_after(start);
        let deadline = told.into_iter().chain(deadline).min();
        let mut now = start;
        for sent in 0_u64.. {
            walk.reach(now)?;
            match walk.greets(Wire::Rdma, address, now) {
                Greeting::Accepted(server) => {
                    return Ok(Attempt::Connected { at: now.saturating_add(self.connect_time), server });
                }
                Greeting::Refused => return Ok(Attempt::Refused(now.saturating_add(self.round_trip))),
                Greeting::Silence => {}
            }
            let fires = self.manager_clock.fires(now, self.manager_clock.up(self.request_wait), walk.phase);
            let ends = deadline.filter(|ends| *ends < fires);
            if let Some(ends) = ends.filter(|ends| told == Some(*ends)) {
                walk.log.note(ends, Step::Told(Notice::NeighbourChanged));
            }
            if ends.is_some() || sent >= self.request_retries {
                return Ok(Attempt::Unanswered(ends.unwrap_or(fires)));
            }
            now = fires;
        }
        Err(Halt::Bound)
    }
}

/// `unit` seconds doubled `exponent` times, in microseconds. Exponents have five bits.
fn power_of_two(unit: f64, exponent: u64) -> Microseconds {
    const FIELD: u64 = (1 << 5) - 1;
    Microseconds::from_seconds(unit * f64::from(1_u32 << exponent.min(FIELD)))
}
