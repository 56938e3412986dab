//! What happened in one trial, moment by moment, for printing. Off by default, as comparisons play millions. Not here: words.

use twinrail_facts::Microseconds;

use crate::event::Event;
use crate::system::System;

/// One thing that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The next VIPs are looked at from the start, as many as a system has.
    Turn,
    Event(Event),
    /// Packets to the VIP of that place go where the last change said from now on.
    Heard(u8),
    /// The service of this node is ready for this VIP.
    Ready {
        node: u8,
        vip: u8,
    },
}

/// A moment, and what it left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    pub at: Microseconds,
    pub what: What,
    pub after: System,
}

/// The moments of a trial, if anybody wants to know.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    moments: Option<Vec<Moment>>,
}

impl Timeline {
    pub(super) fn silent() -> Self {
        Self { moments: None }
    }

    pub(super) fn kept() -> Self {
        Self { moments: Some(Vec::new()) }
    }

    pub(super) fn note(&mut self, at: Microseconds, what: What, after: &System) {
        if let Some(moments) = &mut self.moments {
            moments.push(Moment { at, what, after: after.clone() });
        }
    }

    pub fn moments(&self) -> &[Moment] {
        self.moments.as_deref().unwrap_or_default()
    }
}
