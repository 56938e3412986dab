//! Follows a packet, decision by decision, and then its replies. Not here: which packets are worth following.

use twinrail_facts::Facts;
use twinrail_model::{Field, Situation};

use crate::code::Code;
use crate::packet::Packet;
use crate::plane::Plane;
use crate::verdict::{Branch, Outcome, Verdict, Walk};

/// What becomes of a packet, and of the replies to it, in a situation.
///
/// # Errors
/// The hole, where the input lacks what decides.
pub fn forward(_: &Plane<'_>, _: &Situation, _: &Facts<'_>, _: &Packet) -> Field<Verdict> {
    let request = Walk { hops: Vec::new(), end: Outcome::Dropped(Code::NotModelled) };
    Ok(Verdict { branches: vec![Branch { request, replies: Vec::new() }] })
}
