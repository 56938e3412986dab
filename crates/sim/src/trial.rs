//! Trials: an incident played many times, each with its own chance, by the machine that the proofs look at. A trial is a function of (seed, number), so that
//! the same trial meets the same luck under every mover, any trial can be played again alone, and the number of threads changes nothing.
//!
//! An incident is played at the size that it has, not at that of the cluster: the instances that fail, a few survivors, and the VIPs that are lost, which a
//! controller moves one after the other. What does not fail does not matter, but for what grows with the cluster: Corosync's token, and the search of the
//! Pacemaker agent. The decision `docs/decisions/2026-11-30-trials-of-the-part-that-fails.md` says why that is the same. Not here: figures over many
//! trials (`report`), and which mover is the better one. Start reading at [`Player`].

mod chance;
mod course;
mod detect;
mod due;
mod player;
mod scenario;
mod timeline;
mod timing;

pub use course::Course;
pub use detect::Detector;
pub use player::{HORIZON, Incident, Player};
pub use scenario::Scenario;
pub use timeline::{Moment, Timeline, What};
pub use timing::{Deployment, Scale, Timed, Timing, Wait, usual};

use std::ops::Range;

use twinrail_facts::{Ended, Luck, Microseconds, Purpose};

use crate::client::{Chance, Client, End, Log, Recovery};

/// A client, and how many connections it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mount {
    pub client: Client,
    pub connections: u32,
}

/// What one trial came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// The longest time that the client's VIP was not served.
    pub downtime: Ended,
    /// Until all VIPs of the incident were served again.
    pub all_back: Ended,
    pub free: Microseconds,
    pub doubled: Microseconds,
    pub calls: u32,
    pub moved: bool,
    pub tails: u32,
}

/// Many trials, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trials {
    pub samples: Vec<Sample>,
    /// For each mount, the longest outage that it saw in each trial.
    pub outages: Vec<Vec<Ended>>,
    /// A bit for each [`Wait`] of which some trial drew.
    pub drawn: u32,
}

/// The purpose of draws for clients: beyond those of waits and questions.
const CLIENTS: Purpose = Purpose(200);

/// Plays trials `numbers` on so many threads.
pub fn run(incident: Incident<'_>, mounts: &[Mount], seed: u64, numbers: Range<u32>, threads: usize) -> Trials {
    let count = numbers.end.saturating_sub(numbers.start);
    let each = count.div_ceil(u32::try_from(threads.max(1)).unwrap_or(u32::MAX)).max(1);
    let shards = (0..count.div_ceil(each)).map(|shard| {
        let from = numbers.start + shard * each;
        from..(from + each).min(numbers.end)
    });
    let shards: Vec<Range<u32>> = shards.collect();
    let played: Vec<Trials> = match shards.as_slice() {
        [] => Vec::new(),
        [only] => vec![shard(incident, mounts, seed, only.clone())],
        many => std::thread::scope(|scope| {
            let at_work: Vec<_> = many
                .iter()
                .map(|numbers| scope.spawn(move || shard(incident, mounts, seed, numbers.clone())))
                .collect();
            at_work.into_iter().map(|thread| thread.join().expect("a trial does not panic")).collect()
        }),
    };
    let mut all = Trials { samples: Vec::new(), outages: vec![Vec::new(); mounts.len()], drawn: 0 };
    for part in played {
        all.drawn |= part.drawn;
        all.samples.extend(part.samples);
        for (outages, more) in all.outages.iter_mut().zip(part.outages) {
            outages.extend(more);
        }
    }
    all
}

fn shard(incident: Incident<'_>, mounts: &[Mount], seed: u64, numbers: Range<u32>) -> Trials {
    let mut player = Player::new(incident);
    let mut trials = Trials { samples: Vec::with_capacity(numbers.len()), ..Trials::default() };
    trials.outages = vec![Vec::with_capacity(numbers.len()); mounts.len()];
    for trial in numbers {
        let luck = Luck { seed, trial };
        let course = player.play(luck);
        trials.samples.push(Sample {
            downtime: course.downtime,
            all_back: course.all_back,
            free: course.free,
            doubled: course.doubled,
            calls: course.calls,
            moved: course.moved,
            tails: course.tails,
        });
        for (place, mount) in mounts.iter().enumerate() {
            trials.outages[place].push(outage(course, mount, luck));
        }
    }
    trials.drawn = player.drawn();
    trials
}

/// What the first connection of a client did, from the first outage that it saw on.
pub fn told(course: &Course, mount: &Mount, luck: Luck) -> (Recovery, Log) {
    /// More steps than any reader follows.
    const KEPT: usize = 200;
    let chance = Chance::draw(luck, CLIENTS, 0, 0, &mount.client);
    let mut log = Log::keeping(KEPT);
    let recovery = mount.client.recover(&[&course.history], chance, course.counts_from, HORIZON, &mut log);
    (recovery, log)
}

/// The longest outage that a client saw.
pub fn outage(course: &Course, mount: &Mount, luck: Luck) -> Ended {
    /// A client sees no more outages in one trial than instances are taken out.
    const MOST: usize = 16;
    let chance = |connection| Chance::draw(luck, CLIENTS, connection, 0, &mount.client);
    let mut longest = Microseconds::ZERO;
    let mut after = course.counts_from;
    for _ in 0..MOST {
        let connections = (0..mount.connections).map(chance);
        let recovery = mount.client.recover_all(&[&course.history], connections, after, HORIZON);
        match recovery.end {
            End::Undisturbed => break,
            End::Resumes(at) => {
                longest = longest.max(at.saturating_sub(recovery.last_good));
                after = at;
            }
            End::NotWithin(_) | End::Bound => return Ended::Never,
        }
    }
    Ended::After(longest)
}

impl Player<'_> {
    /// A bit for each [`Wait`] of which some trial so far drew.
    pub fn drawn(&self) -> u32 {
        self.chance.drawn
    }

    /// Plays one trial and keeps what happened.
    pub fn replay(&mut self, luck: Luck) -> (Course, Timeline) {
        self.timeline = Timeline::kept();
        let course = self.play(luck).clone();
        (course, std::mem::replace(&mut self.timeline, Timeline::silent()))
    }
}
