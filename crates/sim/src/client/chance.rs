//! What a client's outage leaves to chance. Not here: chance itself, which is the caller's, and how long anything takes.

use twinrail_facts::{Luck, Microseconds, Purpose};

use super::Client;

/// What is left to chance, drawn by the caller; for each connection anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Chance {
    /// When the first request was sent; uniform over the spacing.
    pub first_request: Microseconds,
    /// Where the client's timers stood at time zero; uniform over [`Clock::span`](super::Clock::span).
    pub phase: Microseconds,
}

impl Chance {
    /// Both from one draw: its first number says where in the spacing, its second where in the span of the clock. Clients with another spacing or
    /// clock get the same place in theirs, so that they are compared under equal luck.
    pub fn draw(luck: Luck, purpose: Purpose, entity: u32, n: u32, client: &Client) -> Self {
        let draw = luck.draw(purpose, entity, n);
        Self { first_request: part(client.spacing, draw.first()), phase: part(client.transport.span(), draw.second()) }
    }
}

/// A share of a span, cut to whole microseconds, and less than the span unless that is zero.
#[expect(clippy::cast_sign_loss, reason = "a share of a span is not negative")]
fn part(span: Microseconds, share: f64) -> Microseconds {
    let within = Microseconds((span.0 as f64 * share) as u64);
    within.min(span.saturating_sub(Microseconds(1)))
}
