//! What becomes of a packet in every world, in few words: the verdict without its hops. Not here: the hops, which whoever wants them asks
//! [`forward`](crate::forward()) for once more, and which packets are worth asking about.

use std::collections::BTreeSet;

use twinrail_facts::{Catalog, Decision, Facts, decide};
use twinrail_model::{Hole, Situation};

use crate::code::Code;
use crate::forward::outcome;
use crate::packet::Packet;
use crate::plane::Plane;
use crate::verdict::{Outcome, Verdict};

/// One way of not arriving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Loss {
    pub code: Code,
    /// Whether it is a reply that is lost: the request arrived.
    pub of_reply: bool,
}

/// What becomes of a packet in one world.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// It arrives, and its replies return, on every branch.
    Arrives,
    /// It, or a reply to it, does not on some branch.
    Lost {
        /// Every way of not arriving, in order; never empty.
        losses: Vec<Loss>,
        /// Whether it arrives, and its replies return, on another branch.
        sometimes: bool,
    },
    /// The input does not say what decides.
    Undecided(Hole),
}

/// The answer to one question over all worlds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reached {
    Yes,
    No,
    /// Facts that nobody knows for sure decide.
    Depends,
    /// The input does not say what decides, what decides is not modelled, or the bound on worlds was hit.
    Undecided,
}

impl Reached {
    pub const ALL: [Self; 4] = [Self::Yes, Self::No, Self::Depends, Self::Undecided];

    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Depends => "depends",
            Self::Undecided => "undecided",
        }
    }

    /// The answer that a decision comes to.
    pub fn of(decision: &Decision<Told>) -> Self {
        if !decision.complete || decision.arms.iter().any(|arm| arm.answer.is_open()) {
            return Self::Undecided;
        }
        let arrives = decision.arms.iter().filter(|arm| arm.answer == Told::Arrives).count();
        match arrives {
            0 => Self::No,
            all if all == decision.arms.len() => Self::Yes,
            _ => Self::Depends,
        }
    }
}

impl Told {
    /// Whether it is neither known to arrive nor known to be lost: what is not modelled decides nothing, but a loss on another branch does.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Arrives => false,
            Self::Lost { losses, .. } => losses.iter().all(|loss| loss.code == Code::NotModelled),
            Self::Undecided(_) => true,
        }
    }

    /// A verdict in few words.
    pub fn of(verdict: &Verdict) -> Self {
        let mut losses = BTreeSet::new();
        let mut sometimes = false;
        for branch in &verdict.branches {
            sometimes |= branch.is_delivered();
            let walks = branch.replies.iter().map(|walk| (walk, true));
            for (walk, of_reply) in std::iter::once((&branch.request, false)).chain(walks) {
                if let Outcome::Dropped(code) = walk.end {
                    losses.insert(Loss { code, of_reply });
                }
            }
        }
        if losses.is_empty() { Self::Arrives } else { Self::Lost { losses: losses.into_iter().collect(), sometimes } }
    }
}

/// What becomes of a packet in one world. A verdict that was reached past something which the input lacks is none: it could have been another.
pub fn told(plane: &Plane<'_>, situation: &Situation, facts: &Facts<'_>, packet: &Packet) -> Told {
    outcome(plane, situation, facts, packet).map_or_else(Told::Undecided, |verdict| Told::of(&verdict))
}

/// What becomes of a packet in every world that matters to it.
pub fn ask(plane: &Plane<'_>, catalog: &Catalog, situation: &Situation, packet: &Packet) -> Decision<Told> {
    decide(catalog, |facts| told(plane, situation, facts, packet))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_modelled_decides_nothing_and_a_loss_beside_it_does() {
        let one = |code| Loss { code, of_reply: false };
        let lost = |losses: &[Code]| Told::Lost { losses: losses.iter().copied().map(one).collect(), sometimes: true };
        assert!(lost(&[Code::NotModelled]).is_open());
        assert!(!lost(&[Code::FirewallRule, Code::NotModelled]).is_open());
        assert!(!lost(&[Code::FirewallRule]).is_open());
        assert!(!Told::Arrives.is_open());
    }
}
