//! A way through the states that shows something: a counterexample. It carries its setting, so that it can be followed
//! again anywhere. Not here: how it is told.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::pending::pending;
use crate::property::{self, Property, is_good};
use crate::setting::Setting;
use crate::step::step;
use crate::system::System;

/// The form of a trace's file.
const VERSION: u32 = 1;

/// Events from the start that lead to a violation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    pub twinrail_trace: u32,
    pub property: Property,
    pub setting: Setting,
    pub events: Vec<Event>,
    /// Of a liveness property: the number of events after which the last ones repeat for ever. If it is that of all events, nothing happens any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loops_from: Option<usize>,
}

/// Why a trace does not show what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TraceError {
    /// It is of another form than this program writes.
    Version(u32),
    /// Its setting is not one that can be run.
    Setting(String),
    /// An event is not pending, counted from 1.
    NotPending(usize, Event),
    /// Every event happened, and the property is kept.
    NotViolated,
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, "it is of form {version}, and this program reads form {VERSION}"),
            Self::Setting(problem) => write!(f, "its setting cannot be run: {problem}"),
            Self::NotPending(place, event) => {
                write!(
                    f,
                    "event {place} cannot happen there: {event:?}; the file was edited, or found by another version"
                )
            }
            Self::NotViolated => {
                write!(
                    f,
                    "every event happens, and the property is kept; the file was edited, or found by another version"
                )
            }
        }
    }
}

impl std::error::Error for TraceError {}

impl Trace {
    pub(crate) fn new(setting: &Setting, property: Property, events: Vec<Event>, loops_from: Option<usize>) -> Self {
        Self { twinrail_trace: VERSION, property, setting: setting.clone(), events, loops_from }
    }

    /// The states from the start, one more than events, if every event may happen in its turn and the property is violated in the end.
    pub fn replay(&self) -> Result<Vec<System>, TraceError> {
        if self.twinrail_trace != VERSION {
            return Err(TraceError::Version(self.twinrail_trace));
        }
        if let Some(problem) = self.setting.problem() {
            return Err(TraceError::Setting(problem));
        }
        let mut states = vec![self.setting.start()];
        let mut violated = property::violated_by_state(&states[0], &self.setting, self.property.into());
        for (place, event) in self.events.iter().enumerate() {
            let before = &states[place];
            let mut events = Vec::new();
            pending(before, &self.setting, &mut events);
            if !events.contains(event) {
                return Err(TraceError::NotPending(place + 1, *event));
            }
            let mut after = before.clone();
            step(&mut after, &self.setting, *event);
            violated |= property::violated_by_state(&after, &self.setting, self.property.into());
            violated |= property::violated_by_step(before, *event, &after, &self.setting);
            states.push(after);
        }
        let shown =
            if self.property.is_liveness() { self.shows_no_end(&states) } else { violated.contains(self.property) };
        if shown { Ok(states) } else { Err(TraceError::NotViolated) }
    }

    /// The end repeats, or nothing is left to happen, and nobody is served there, or a VIP moves.
    fn shows_no_end(&self, states: &[System]) -> bool {
        let Some(first) = self.loops_from.filter(|first| *first <= self.events.len()) else { return false };
        let last = &states[states.len() - 1];
        if !self.events[first..].iter().all(|event| event.is_progress()) {
            return false;
        }
        let ends = {
            let mut events = Vec::new();
            crate::pending::progress(last, &self.setting, &mut events);
            events.is_empty()
        };
        let round = &states[first..];
        let returns = round.len() > 1 && round.first() == round.last();
        match self.property {
            Property::NoPingPong => {
                returns && round.windows(2).any(|pair| property::moves(&pair[0], &pair[1], &self.setting))
            }
            _ => (returns || ends) && round.iter().all(|state| !is_good(state, &self.setting)),
        }
    }
}
