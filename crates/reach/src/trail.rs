//! The hops of a packet as they are decided. Not here: the decisions.

use twinrail_facts::Facts;
use twinrail_model::Place;

use crate::code::Code;
use crate::verdict::{Hop, Outcome, Stage, Walk};

/// Hops so far. A silent trail keeps none: who asks thousands of pairs for their outcome pays for no words.
#[derive(Debug, Clone)]
pub(crate) struct Trail {
    hops: Vec<Hop>,
    is_silent: bool,
    /// Facts read before the next hop.
    mark: usize,
}

impl Trail {
    pub(crate) fn new(facts: &Facts<'_>, is_silent: bool) -> Self {
        Self { hops: Vec::new(), is_silent, mark: if is_silent { 0 } else { facts.read_count() } }
    }

    /// Adds a decision, with the facts that were read since the one before.
    pub(crate) fn hop(
        &mut self,
        facts: &Facts<'_>,
        stage: Stage,
        place: impl Into<Option<Place>>,
        words: impl FnOnce() -> String,
    ) {
        if self.is_silent {
            return;
        }
        self.hops.push(Hop { stage, place: place.into(), words: words(), facts: facts.reads_since(self.mark) });
        self.mark = facts.read_count();
    }

    pub(crate) fn end(self, end: Outcome) -> Walk {
        Walk { hops: self.hops, end }
    }

    /// The last decision, which drops the packet.
    pub(crate) fn drop(
        mut self,
        facts: &Facts<'_>,
        stage: Stage,
        place: impl Into<Option<Place>>,
        code: Code,
        words: impl FnOnce() -> String,
    ) -> Walk {
        self.hop(facts, stage, place, words);
        self.end(Outcome::Dropped(code))
    }
}
