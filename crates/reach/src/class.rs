//! All pairs of senders and ends through classes: machines that no rule, route or range tells apart stand for one another. Classes read no facts, so that
//! they hold in every world. Not here: what becomes of the packets.

use crate::packet::{End, Sender};
use crate::plane::Plane;

/// One pair, and how many pairs like it there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    pub from: Sender,
    pub to: End,
    pub stands_for: u64,
}

/// One pair for each class of pairs of different machines. An instance is never asked whether it reaches its own NICs; whether it reaches a VIP that it
/// may hold itself is asked.
pub fn pairs(plane: &Plane<'_>, senders: &[Sender], ends: &[End]) -> Vec<Pair> {
    let is_itself = |from: Sender, to: End| match (from, to) {
        (Sender::Guest { instance, .. }, End::Nic(nic) | End::Alias(nic, _)) => {
            plane.network.nics[nic].instance == instance
        }
        _ => false,
    };
    let all = senders.iter().flat_map(|from| ends.iter().map(move |to| (*from, *to)));
    let others = all.filter(|(from, to)| !is_itself(*from, *to));
    others.map(|(from, to)| Pair { from, to, stands_for: 1 }).collect()
}
