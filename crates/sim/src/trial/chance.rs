//! The chance of one trial: every draw has a name made of what it is for, whom it concerns and the how-manieth it is, so that the same trial meets the same
//! luck under every mover. Not here: distributions.

use twinrail_facts::{Draw, Luck, Microseconds, Purpose};

use super::timing::{Timing, Wait};

/// What is drawn beside waits. The numbers must never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Question {
    Detect = 100,
    Phase = 101,
    Target = 102,
    Flow = 103,
    Vip = 104,
    Minute = 105,
    Backoff = 106,
    Search = 107,
    Group = 108,
}

/// Nodes and VIPs of one turn, of which each counts its own draws.
const ENTITIES: usize = 8;

/// The draws of one trial.
#[derive(Debug)]
pub(super) struct Chance<'a> {
    luck: Luck,
    timing: &'a Timing,
    counts: [[u16; ENTITIES]; WAITS],
    /// What was drawn before the first turn: each turn counts on from there, so that what concerns a node is the same in all of them.
    before_turns: [[u16; ENTITIES]; WAITS],
    /// The waits of which some draw lay in a tail that nobody measured, one bit each.
    pub tails: u32,
    /// The waits of which something was drawn, in this trial or in one before.
    pub drawn: u32,
    /// The VIP that the client uses, of all that the incident concerns.
    vips: u32,
}

const WAITS: usize = Wait::ALL.len();

impl<'a> Chance<'a> {
    pub(super) fn new(timing: &'a Timing) -> Self {
        let luck = Luck { seed: 0, trial: 0 };
        Self { luck, timing, counts: [[0; ENTITIES]; WAITS], before_turns: [[0; ENTITIES]; WAITS], tails: 0, drawn: 0, vips: 1 }
    }

    /// Begins another trial.
    pub(super) fn begin(&mut self, luck: Luck, vips: u32) {
        self.luck = luck;
        self.counts = [[0; ENTITIES]; WAITS];
        self.tails = 0;
        self.vips = vips;
    }

    /// The script is written: what follows is drawn turn by turn.
    pub(super) fn begin_turns(&mut self) {
        self.before_turns = self.counts;
    }

    pub(super) fn begin_turn(&mut self) {
        self.counts = self.before_turns;
    }

    /// How long the next wait of this kind is for this entity.
    pub(super) fn wait(&mut self, wait: Wait, entity: u32) -> Microseconds {
        let place = entity as usize % ENTITIES;
        let count = &mut self.counts[wait as usize][place];
        let n = *count;
        *count = count.saturating_add(1);
        let timed = self.timing.wait(wait);
        let draw = self.luck.draw(Purpose(wait as u16), entity, u32::from(n));
        let time = timed.delay.sample(draw);
        self.drawn |= 1 << wait as u32;
        match timed.tail_from {
            Some(tail) if time > tail => {
                self.tails |= 1 << wait as u32;
                if timed.is_cut { tail } else { time }
            }
            _ => time,
        }
    }

    pub(super) fn draw(&self, question: Question, entity: u32, n: u32) -> Draw {
        self.luck.draw(Purpose(question as u16), entity, n)
    }

    /// A part of a span, uniform.
    pub(super) fn part(&self, question: Question, entity: u32, n: u32, whole: Microseconds) -> Microseconds {
        Microseconds::from_seconds(whole.seconds() * self.draw(question, entity, n).first())
    }

    /// The place of the client's VIP among those that the incident concerns.
    pub(super) fn client_place(&self) -> u32 {
        self.draw(Question::Vip, 0, 0).below(self.vips)
    }
}
