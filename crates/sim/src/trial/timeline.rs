//! What happened in one trial, moment by moment, for printing. Off by default, as comparisons play millions. Not here: words.

use twinrail_facts::Microseconds;

use crate::event::Event;

/// One thing that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Event(Event),
    /// Packets to the VIP of that place go where the last change said from now on.
    Heard(u8),
}

/// The moments of a trial, if anybody wants to know.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    moments: Option<Vec<(Microseconds, Moment)>>,
}

impl Timeline {
    pub(super) fn silent() -> Self {
        Self { moments: None }
    }

    pub(super) fn kept() -> Self {
        Self { moments: Some(Vec::new()) }
    }

    pub(super) fn note(&mut self, at: Microseconds, moment: Moment) {
        if let Some(moments) = &mut self.moments {
            moments.push((at, moment));
        }
    }

    pub fn moments(&self) -> &[(Microseconds, Moment)] {
        self.moments.as_deref().unwrap_or_default()
    }
}
