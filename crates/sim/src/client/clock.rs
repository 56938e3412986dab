//! When a timer really fires: exactly, as in a NIC, or on the ticks and levels of Linux's timer wheel.
//!
//! Linux never fires early and keeps long waits on coarse levels only, so that a retransmission that is due after 52 s may come 2 s later. A
//! benchmark of failover measures that lateness as well; how late it is depends on the tick at which the outage began, which nobody records: the
//! phase. Callers draw it. Not here: which waits a protocol has.

use twinrail_facts::{Facts, Microseconds, keys};

/// What a wait becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// It ends when it should.
    Exact,
    /// It ends at a step of the wheel's level that holds it.
    Wheel(Wheel),
}

/// Linux's timer wheel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wheel {
    pub tick: Microseconds,
    /// Waits of fewer ticks are on the first level.
    pub first_level: u64,
    /// Each further level is so many times coarser and longer.
    pub factor: u64,
    pub levels: u32,
}

impl Clock {
    /// The clock of a Linux kernel.
    pub fn linux(facts: &Facts<'_>) -> Self {
        use keys::linux::{TIMER_TICK, TIMER_WHEEL_FACTOR, TIMER_WHEEL_FIRST_LEVEL, TIMER_WHEEL_LEVELS};
        Self::Wheel(Wheel {
            tick: Microseconds::from_seconds(facts.get(TIMER_TICK)),
            first_level: facts.get(TIMER_WHEEL_FIRST_LEVEL),
            factor: facts.get(TIMER_WHEEL_FACTOR),
            levels: u32::try_from(facts.get(TIMER_WHEEL_LEVELS)).unwrap_or(u32::MAX),
        })
    }

    /// Phases drawn evenly below this are even on every level.
    pub fn span(self) -> Microseconds {
        match self {
            Self::Exact => Microseconds(1),
            Self::Wheel(wheel) => {
                let coarsest = wheel.factor.saturating_pow(wheel.levels.saturating_sub(1));
                wheel.tick().saturating_mul(coarsest.max(1))
            }
        }
    }

    /// The wait in whole ticks, as most of the kernel converts it.
    pub(super) fn up(self, wait: Microseconds) -> Microseconds {
        match self {
            Self::Exact => wait,
            Self::Wheel(wheel) => wait.round_up(wheel.tick()),
        }
    }

    /// The wait in whole ticks, cut: what soft RoCE makes of an ack timeout.
    pub(super) fn down(self, wait: Microseconds) -> Microseconds {
        match self {
            Self::Exact => wait,
            Self::Wheel(wheel) => wait.round_down(wheel.tick()).max(wheel.tick()),
        }
    }

    /// When a timer that is set at `now` fires, always later than `now`. The wheel stood at `phase` at time zero.
    pub(super) fn fires(self, now: Microseconds, wait: Microseconds, phase: Microseconds) -> Microseconds {
        let wait = wait.max(Microseconds(1));
        match self {
            Self::Exact => now.saturating_add(wait),
            Self::Wheel(wheel) => {
                let fires = wheel.fires(now.saturating_add(phase), wait).saturating_sub(phase);
                fires.max(now.saturating_add(Microseconds(1)))
            }
        }
    }
}

impl Wheel {
    fn tick(self) -> Microseconds {
        self.tick.max(Microseconds(1))
    }

    fn fires(self, now: Microseconds, wait: Microseconds) -> Microseconds {
        let tick = self.tick();
        let ticks = wait.0.div_ceil(tick.0);
        let step = self.step(ticks);
        let due = (now.0 / tick.0).saturating_add(ticks);
        tick.saturating_mul((due / step).saturating_add(1).saturating_mul(step))
    }

    /// How many ticks apart the steps are of the level that holds a wait.
    fn step(self, ticks: u64) -> u64 {
        let (mut reach, mut step) = (self.first_level, 1_u64);
        for _ in 1..self.levels {
            if ticks < reach || self.factor < 2 {
                break;
            }
            let Some(coarser) = step.checked_mul(self.factor) else { break };
            step = coarser;
            reach = reach.saturating_mul(self.factor);
        }
        step
    }
}
