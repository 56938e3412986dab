//! One edit that lets a dropped packet pass: each of a listed set is made on a copy of the network, and the packet sent again. Not here: whether the edit is
//! wanted, and two edits at once.

mod edit;
mod likely;
mod words;

use twinrail_facts::{Arm, Catalog, Decision, decide};
use twinrail_model::{Field, Situation, View};

pub use edit::{EDITS, Edit};

use crate::answer::{Answer, Fate, answer};
use crate::packet::Packet;
use crate::plane::Plane;

/// At most so many edits are tried.
const MOST: usize = 256;

/// What was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mending {
    /// How many edits were made, the packet being sent again after each.
    pub tried: usize,
    /// Whether there were more than are tried at most.
    pub bound_hit: bool,
    /// Edits each of which lets it pass in every world, the likeliest first.
    pub offers: Vec<Offer>,
    /// Edits each of which lets it pass in some worlds, where it passes in none without.
    pub partial: Vec<Offer>,
}

/// An edit, and what becomes of the packet then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub edit: Edit,
    pub fates: Decision<Fate>,
}

/// Tries the edits that may let a packet pass, those that the reason for its end suggests first. `None` for a packet that is dropped in no world.
pub fn mend(
    plane: &Plane<'_>,
    situation: &Situation,
    catalog: &Catalog,
    packet: &Packet,
    decision: &Decision<Answer>,
) -> Option<Mending> {
    let is = |arm: &Arm<Answer>, wanted: fn(&Fate) -> bool| wanted(&arm.answer.fate());
    let dropped = decision.arms.iter().find(|arm| is(arm, |fate| matches!(fate, Fate::Dropped(_))))?;
    let passes_somewhere = decision.arms.iter().any(|arm| is(arm, |fate| *fate == Fate::Delivered));
    let verdict = dropped.answer.verdict.as_ref().expect("what is dropped was followed");
    let mut mending = Mending { tried: 0, bound_hit: false, offers: Vec::new(), partial: Vec::new() };
    // Of several forms of one edit, the first that does is the mildest.
    for forms in likely::edits(plane, catalog, packet, verdict) {
        let mut partial = None;
        for edit in forms {
            if mending.tried == MOST {
                mending.bound_hit = true;
                return Some(mending);
            }
            mending.tried += 1;
            let fates = again(plane, situation, catalog, packet, &edit);
            if fates.certain() == Some(&Fate::Delivered) {
                mending.offers.push(Offer { edit, fates });
                partial = None;
                break;
            }
            if !passes_somewhere && fates.arms.iter().any(|arm| arm.answer == Fate::Delivered) {
                partial.get_or_insert(Offer { edit, fates });
            }
        }
        mending.partial.extend(partial);
    }
    Some(mending)
}

/// What becomes of a packet after an edit. One that the API would refuse changes nothing.
pub fn again(
    plane: &Plane<'_>,
    situation: &Situation,
    catalog: &Catalog,
    packet: &Packet,
    edit: &Edit,
) -> Decision<Fate> {
    let network = edit.applied(plane.network);
    let edited = Plane::new(&network, plane.platform);
    let decision = decide(catalog, |facts| {
        let view = View { network: &network, platform: plane.platform, facts };
        let refused: Field<bool> = edit.is_refused(&view);
        match refused {
            Ok(false) => answer(&edited, situation, facts, packet).fate(),
            Ok(true) => answer(plane, situation, facts, packet).fate(),
            Err(hole) => Fate::Undecided(hole),
        }
    });
    decision.coarsen(Clone::clone)
}
