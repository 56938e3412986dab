//! What becomes of a packet in every world that matters to it. A verdict that was reached past something which the input lacks is no answer: it says what
//! it needs. Not here: how a packet is followed.

use twinrail_facts::{Catalog, Decision, Facts, decide};
use twinrail_model::{Hole, Situation, looks};

use crate::code::Code;
use crate::forward::follow;
use crate::packet::Packet;
use crate::plane::Plane;
use crate::verdict::Verdict;

/// What becomes of a packet in one world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The ways, as far as they could be followed.
    pub verdict: Option<Verdict>,
    /// What the input lacks and what decides.
    pub lacks: Option<Hole>,
}

/// An answer without its ways.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    Delivered,
    Dropped(Code),
    Undecided(Hole),
}

impl Answer {
    pub fn fate(&self) -> Fate {
        if let Some(hole) = &self.lacks {
            return Fate::Undecided(hole.clone());
        }
        let verdict = self.verdict.as_ref().expect("a packet that cannot be followed lacks something");
        verdict.worst().dropped().map_or(Fate::Delivered, |(_, code)| Fate::Dropped(code))
    }
}

/// What becomes of a packet in one world.
pub fn answer(plane: &Plane<'_>, situation: &Situation, facts: &Facts<'_>, packet: &Packet) -> Answer {
    match looks(|| follow(plane, situation, facts, packet, false)) {
        (Ok(verdict), lacks) => Answer { verdict: Some(verdict), lacks },
        (Err(hole), _) => Answer { verdict: None, lacks: Some(hole) },
    }
}

/// What becomes of a packet in every world that matters to it.
pub fn answers(plane: &Plane<'_>, situation: &Situation, catalog: &Catalog, packet: &Packet) -> Decision<Answer> {
    decide(catalog, |facts| answer(plane, situation, facts, packet))
}
