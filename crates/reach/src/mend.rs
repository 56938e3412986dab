//! One edit that lets a dropped packet pass: each of a listed set is made on a copy of the network, and the packet sent again. Not here: whether the edit is
//! wanted, and which of several is wanted.

mod edit;
mod likely;
mod words;

use twinrail_facts::{Catalog, Decision, decide};
use twinrail_model::{Network, Platform, Situation, View};

pub use edit::{EDITS, Edit, Opening};

use crate::answer::{Answer, Fate, answer};
use crate::code::Code;
use crate::packet::Packet;
use crate::plane::Plane;
use crate::verdict::{Stage, Verdict};

/// At most so many edits are tried.
const MOST: usize = 256;

/// At most so many are tried together.
const TOGETHER: usize = 4;

/// What was tried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mending {
    /// How many edits were made, the packet being sent again after each.
    pub tried: usize,
    /// Whether there were more than are tried at most.
    pub bound_hit: bool,
    /// Edits each of which lets it pass in every world, the likeliest first.
    pub offers: Vec<Offer>,
    /// Edits each of which lets it pass in some worlds, where it passes in none without.
    pub partial: Vec<Offer>,
    /// Edits that would let it pass, and that the API refuses, each with why.
    pub refused: Vec<(Edit, String)>,
    /// Where no single edit lets it pass: a few that do together, each of which gets it further. Empty where none were found.
    pub together: Vec<Edit>,
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
    let verdict = first_dropped(decision)?;
    let passes_somewhere = decision.arms.iter().any(|arm| arm.answer.fate() == Fate::Delivered);
    let mut mending = Mending::default();
    let sent = Sent { platform: plane.platform, situation, catalog, packet };
    let forms = likely::edits(plane.network, catalog, packet, verdict);
    sent.try_each(plane.network, forms, passes_somewhere, &mut mending);
    if mending.offers.is_empty() && !mending.bound_hit {
        mending.together = sent.together(plane.network, verdict);
    }
    Some(mending)
}

/// A packet to send again and again.
struct Sent<'a> {
    platform: &'a Platform,
    situation: &'a Situation,
    catalog: &'a Catalog,
    packet: &'a Packet,
}

impl Sent<'_> {
    /// Tries each edit alone. Of several forms of one edit, the first that does is the mildest.
    fn try_each(&self, network: &Network, edits: Vec<Vec<Edit>>, passes_somewhere: bool, mending: &mut Mending) {
        for forms in edits {
            let mut partial = None;
            for edit in forms {
                if mending.tried == MOST {
                    mending.bound_hit = true;
                    return;
                }
                mending.tried += 1;
                let fates = self.again(network, &edit).coarsen(Answer::fate);
                if fates.certain() == Some(&Fate::Delivered) {
                    mending.offers.push(Offer { edit, fates });
                    partial = None;
                    break;
                }
                if let Some(message) = self.refused(network, &edit) {
                    mending.refused.push((edit, message));
                    break;
                }
                if !passes_somewhere && fates.arms.iter().any(|arm| arm.answer == Fate::Delivered) {
                    partial.get_or_insert(Offer { edit, fates });
                }
            }
            mending.partial.extend(partial);
        }
    }

    /// Why the API refuses, in every world, an edit that would let the packet pass in every world.
    fn refused(&self, network: &Network, edit: &Edit) -> Option<String> {
        let edited = edit.applied(network);
        let refusals = decide(self.catalog, |facts| {
            edit.refusal(&View { network: &edited, platform: self.platform, facts }).ok().flatten()
        });
        let message = refusals.certain()?.clone()?;
        let plane = Plane::new(&edited, self.platform);
        let fates = decide(self.catalog, |facts| answer(&plane, self.situation, facts, self.packet).fate());
        (fates.certain() == Some(&Fate::Delivered)).then_some(message)
    }

    /// Edit after edit, each one that the reason suggests and that gets the packet further, until it passes.
    fn together(&self, network: &Network, verdict: &Verdict) -> Vec<Edit> {
        let mut edits = Vec::new();
        let mut network = network.clone();
        let mut verdict = verdict.clone();
        while edits.len() < TOGETHER {
            let Some((edit, decision)) = self.further(&network, &verdict) else { return Vec::new() };
            network = edit.applied(&network);
            edits.push(edit);
            if decision.coarsen(Answer::fate).certain() == Some(&Fate::Delivered) {
                return edits;
            }
            let Some(next) = first_dropped(&decision) else { return Vec::new() };
            verdict = next.clone();
        }
        Vec::new()
    }

    /// The first edit after which the packet passes, else the first that the reason suggests and that gets it further.
    fn further(&self, network: &Network, verdict: &Verdict) -> Option<(Edit, Decision<Answer>)> {
        let code = verdict.worst().dropped().map(|(_, code)| code)?;
        let mut best = None;
        for edit in likely::edits(network, self.catalog, self.packet, verdict).into_iter().flatten().take(MOST) {
            let decision = self.again(network, &edit);
            let fates = decision.coarsen(Answer::fate);
            if fates.certain() == Some(&Fate::Delivered) {
                return Some((edit, decision));
            }
            let suggested = best.is_none() && likely::suggested(code).contains(&edit.kind());
            let is_followed = fates.complete && fates.arms.iter().all(|arm| !matches!(arm.answer, Fate::Undecided(_)));
            if suggested && is_followed && first_dropped(&decision).is_some_and(|next| way(next) > way(verdict)) {
                best = Some((edit, decision));
            }
        }
        best
    }

    /// What becomes of the packet after an edit. One that the API would refuse changes nothing.
    fn again(&self, network: &Network, edit: &Edit) -> Decision<Answer> {
        let edited = edit.applied(network);
        let (before, after) = (Plane::new(network, self.platform), Plane::new(&edited, self.platform));
        decide(self.catalog, |facts| {
            let view = View { network: &edited, platform: self.platform, facts };
            match edit.refusal(&view) {
                Ok(None) => answer(&after, self.situation, facts, self.packet),
                Ok(Some(_)) => answer(&before, self.situation, facts, self.packet),
                Err(hole) => Answer { verdict: None, lacks: Some(hole) },
            }
        })
    }
}

/// The ways of the first world in which a packet is known to be dropped.
fn first_dropped(decision: &Decision<Answer>) -> Option<&Verdict> {
    let is_dropped = |fate: Fate| matches!(fate, Fate::Dropped(code) if code != Code::NotModelled);
    let dropped = decision.arms.iter().find(|arm| is_dropped(arm.answer.fate()));
    dropped.map(|arm| arm.answer.verdict.as_ref().expect("what is dropped was followed"))
}

/// How far a packet comes: whether its request arrives, and past how many stages its worst way leads.
fn way(verdict: &Verdict) -> (bool, Option<Stage>, usize) {
    let worst = verdict.worst();
    let (walk, _) = worst.dropped().expect("some way of a dropped packet fails");
    (worst.loses_reply(), walk.hops.last().map(|hop| hop.stage), walk.hops.len())
}

/// What becomes of a packet after an edit, for whoever wants to see it.
pub fn again(
    plane: &Plane<'_>,
    situation: &Situation,
    catalog: &Catalog,
    packet: &Packet,
    edit: &Edit,
) -> Decision<Fate> {
    let sent = Sent { platform: plane.platform, situation, catalog, packet };
    sent.again(plane.network, edit).coarsen(Answer::fate)
}
