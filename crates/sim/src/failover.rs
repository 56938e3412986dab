//! How long every mover cuts clients of a pool off, scenario by scenario, and how far that rests on what nobody has confirmed.
//!
//! A [`Comparison`] plays each mover's trials in the world in which every open fact has its first value, and again with one fact at a time elsewhere: another
//! possible value, an end of its range, its slow tail cut; and with all of them at their quick and at their slow ends. What it does not try is two facts at
//! once, beyond those corners. Not here: which mover is proved to be safe ([`prove`](crate::prove)), what it costs, and words.

mod cell;
mod choice;
mod means;
mod vary;

pub use cell::{Cell, Figures, Quantile};
pub use choice::{Contest, Criterion, Flip, Kept, Known, Limit, Standing, Verdict, flips, verdict};
pub use means::{Means, Use, obstacles};
pub use vary::{Facet, Varied};

use twinrail_facts::{Catalog, Decision, Ended, Facts, Luck, World, decide};
use twinrail_model::{Hole, MoverKind, Network, Platform, Protocol, View, VipPoolId};

use crate::client::{Client, Log, Recovery};
use crate::setting::{Scope, Setting};
use crate::subject;
use crate::system::{MAX_NODES, MAX_VIPS};
use crate::trial::{
    Course, Deployment, Detector, Incident, Mount, Player, Scale, Scenario, Timeline, Timing, outage, run, told,
};

/// A network, what its platform can do, and what is believed of it.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    pub network: &'a Network,
    pub platform: &'a Platform,
    pub catalog: &'a Catalog,
}

/// What is compared on a pool.
#[derive(Debug, Clone)]
pub struct Question {
    pub pool: VipPoolId,
    /// The one that the model names first.
    pub movers: Vec<MoverKind>,
    pub scenarios: Vec<Scenario>,
    /// The scenarios that the choice and intents are about: failures that come without notice.
    pub by: Vec<Scenario>,
    /// Protocols of clients, with the connections of each client.
    pub clients: Vec<(Protocol, u32)>,
    pub trials: u32,
    /// Trials with a fact elsewhere; none: facts are not varied.
    pub varied: u32,
    pub seed: u64,
    pub threads: usize,
}

/// The failures of one instance that come without notice: what an intent on outages is about unless it says otherwise.
pub const UNANNOUNCED: [Scenario; 4] = [Scenario::Killed, Scenario::Hung, Scenario::Reset, Scenario::HostError];

/// Everything that was found out.
#[derive(Debug, Clone)]
pub struct Comparison {
    pub question: Question,
    /// VIPs of one instance, which are lost together.
    pub vips_per_instance: u32,
    pub candidates: Vec<Candidate>,
}

/// One mover on a pool.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub mover: MoverKind,
    /// Why the platform, or this network, has no use for it.
    pub refusal: Decision<Result<Option<String>, Hole>>,
    /// Nothing, if it cannot be used in any world.
    pub played: Option<Played>,
}

/// The trials of a mover.
#[derive(Debug, Clone)]
pub struct Played {
    /// The world of the trials: that of first values, or the first one in which it can be used.
    pub world: World,
    pub detector: Detector,
    pub fence: crate::setting::Fencing,
    /// By scenario, in the order of the question.
    pub cells: Vec<Cell>,
    /// With one fact elsewhere, by the scenarios of the choice.
    pub varied: Vec<Varied>,
    /// Facts that the trials rest on.
    pub reads: Vec<twinrail_facts::FactId>,
}

/// Faults enough for a script and for an API that refuses for hours; controllers are one, as only the leader acts.
fn scope(vips: u32) -> Scope {
    let vips = vips.min(MAX_VIPS as u32) as u8;
    Scope { nodes: MAX_NODES as u8, vips, controllers: 1, faults: u8::MAX }
}

/// Compares the movers of a question. `watch` is told after each set of trials how many there were so far.
pub fn compare(input: Input<'_>, question: Question, watch: &mut dyn FnMut(u64)) -> Comparison {
    let mut bench = Bench::new(input, &question, watch);
    let vips_per_instance = bench.vips_per_instance;
    let candidates = question.movers.iter().map(|mover| bench.candidate(*mover)).collect();
    Comparison { question, vips_per_instance, candidates }
}

/// How many VIPs of a pool one instance has while all is well, where they are dealt out evenly.
pub fn vips_per_instance(network: &Network, pool: VipPoolId) -> u32 {
    let row = &network.vips[pool];
    let instances = network.clusters[row.over].instances.len().max(1) as u64;
    u32::try_from(row.count.div_ceil(instances).max(1)).unwrap_or(u32::MAX)
}

/// The client that speaks a protocol, as the facts have it.
pub fn mount(facts: &Facts<'_>, (protocol, connections): (Protocol, u32)) -> Mount {
    use twinrail_facts::{Microseconds, keys};
    let spacing = Microseconds::from_seconds(facts.get(keys::client::REQUEST_SPACING));
    let round_trip = Microseconds::from_seconds(facts.get(keys::client::ROUND_TRIP_TIME));
    Mount { client: Client::speaking(protocol, facts, spacing, round_trip), connections }
}

/// What trials are played with: everything but the scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Cast {
    pub setting: Setting,
    pub timing: Timing,
    pub mounts: Vec<Mount>,
}

impl Cast {
    /// In the world of some facts, with some of them elsewhere in their ranges.
    ///
    /// # Errors
    ///
    /// A hole, if the input or the catalog lacks something that decides.
    pub fn of(
        input: Input<'_>,
        facts: &Facts<'_>,
        (pool, mover): (VipPoolId, MoverKind),
        clients: &[(Protocol, u32)],
        scale: &Scale,
    ) -> Result<Self, Hole> {
        let view = View { network: input.network, platform: input.platform, facts };
        let vips = vips_per_instance(input.network, pool);
        let setting = subject::setting(&view, pool, mover, scope(vips))?;
        let deployment = Deployment::of(input.network, pool);
        let timing = Timing::of(facts, &deployment, mover, scale);
        let mounts = clients.iter().map(|client| mount(facts, *client)).collect();
        Ok(Self { setting, timing, mounts })
    }

    /// An incident on a pool.
    pub fn incident(&self, (network, pool): (&Network, VipPoolId), scenario: Scenario) -> Incident<'_> {
        let zones = zones(network, pool);
        let vips = vips_per_instance(network, pool).saturating_mul(scenario.instances(&self.timing, zones));
        Incident { setting: &self.setting, timing: &self.timing, scenario, vips, zones }
    }

    /// The first so many trials of a seed.
    pub fn play(
        &self,
        pool: (&Network, VipPoolId),
        scenario: Scenario,
        (seed, trials): (u64, u32),
        threads: usize,
    ) -> Cell {
        Cell::of(scenario, &run(self.incident(pool, scenario), &self.mounts, seed, 0..trials, threads))
    }

    /// One trial alone.
    pub fn replay(&self, pool: (&Network, VipPoolId), scenario: Scenario, luck: Luck) -> Replayed {
        let mut player = Player::new(self.incident(pool, scenario));
        let (course, timeline) = player.replay(luck);
        let clients = self.mounts.iter().map(|mount| told(&course, mount, luck)).collect();
        let outages = self.mounts.iter().map(|mount| outage(&course, mount, luck)).collect();
        Replayed { scenario, luck, course, timeline, clients, outages }
    }
}

/// A trial that was played alone.
#[derive(Debug, Clone)]
pub struct Replayed {
    pub scenario: Scenario,
    pub luck: Luck,
    pub course: Course,
    pub timeline: Timeline,
    /// What the first connection of each client did.
    pub clients: Vec<(Recovery, Log)>,
    /// The longest outage of each client.
    pub outages: Vec<Ended>,
}

/// The trials at work.
struct Bench<'a> {
    input: Input<'a>,
    question: &'a Question,
    vips_per_instance: u32,
    played: u64,
    watch: &'a mut dyn FnMut(u64),
}

impl<'a> Bench<'a> {
    fn new(input: Input<'a>, question: &'a Question, watch: &'a mut dyn FnMut(u64)) -> Self {
        let vips_per_instance = vips_per_instance(input.network, question.pool);
        Self { input, question, vips_per_instance, played: 0, watch }
    }

    /// The same comparison, with one more world in it.
    fn with(&mut self, comparison: &Comparison, facet: Facet) -> Comparison {
        let mut there = comparison.clone();
        for candidate in &mut there.candidates {
            let mover = candidate.mover;
            if let Some(played) = &mut candidate.played
                && let Some(fact) = facet.fact()
                && played.varied.iter().any(|varied| varied.facet.fact() == Some(fact))
            {
                let world = played.world.clone();
                played.varied = self.at(mover, &world, facet).into_iter().collect();
            }
        }
        there
    }

    fn candidate(&mut self, mover: MoverKind) -> Candidate {
        let Input { network, platform, catalog } = self.input;
        let (pool, vips) = (self.question.pool, self.vips_per_instance);
        let refusal = decide(catalog, |facts| {
            let view = View { network, platform, facts };
            subject::setting(&view, pool, mover, scope(vips)).map(|setting| setting.refusal)
        });
        let usable = refusal.arms.iter().find(|arm| arm.answer == Ok(None));
        let world = usable.map(|arm| {
            let choices = arm.worlds.first().into_iter().flatten();
            choices.map(|choice| (choice.fact, choice.value)).collect::<World>()
        });
        let played = world.and_then(|world| self.play(mover, world));
        Candidate { mover, refusal, played }
    }

    fn play(&mut self, mover: MoverKind, world: World) -> Option<Played> {
        let facts = Facts::in_world(self.input.catalog, world.clone());
        let cast = self.cast(&facts, mover, &Scale::default())?;
        let scenarios = self.question.scenarios.clone();
        let cells: Vec<Cell> =
            scenarios.iter().map(|scenario| self.cell(&cast, *scenario, self.question.trials)).collect();
        let varied = if self.question.varied == 0 { Vec::new() } else { self.vary(mover, &world, &facts, &cells) };
        Some(Played {
            world,
            detector: cast.timing.detector,
            fence: cast.setting.fencing,
            cells,
            varied,
            reads: facts.reads(),
        })
    }

    fn cast(&self, facts: &Facts<'_>, mover: MoverKind, scale: &Scale) -> Option<Cast> {
        let Question { pool, clients, .. } = self.question;
        Cast::of(self.input, facts, (*pool, mover), clients, scale).ok().filter(|cast| cast.setting.refusal.is_none())
    }

    fn cell(&mut self, cast: &Cast, scenario: Scenario, trials: u32) -> Cell {
        let Question { seed, threads, pool, .. } = *self.question;
        let cell = cast.play((self.input.network, pool), scenario, (seed, trials), threads);
        self.played += cell.trials;
        (self.watch)(self.played);
        cell
    }
}

/// Zones that the cluster of a pool is in.
fn zones(network: &Network, pool: VipPoolId) -> u64 {
    network.clusters[network.vips[pool].over].zones.len().max(1) as u64
}
