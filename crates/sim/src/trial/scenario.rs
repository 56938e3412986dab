//! What goes wrong in a trial, and when: a list of scenarios, each of which makes a script of faults and of luck by the trial's own chance. Not here: what
//! the movers make of it.

use twinrail_facts::Microseconds;

use super::chance::Chance;
use super::timing::{Timing, Wait};
use crate::event::Event;
use crate::system::MAX_VIPS;

/// An incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Scenario {
    /// An instance is off at once, and the platform knows it.
    Killed,
    /// Its kernel hangs; the platform sees an instance that runs.
    Hung,
    /// It is reset, and comes back with the addresses that it has.
    Reset,
    /// Its host fails; the platform notices late, and starts it again.
    HostError,
    /// It loses the NIC that has the VIPs, and answers nobody there.
    NicLost,
    /// Killed, while operations of the API take longer.
    ApiSlow,
    /// Killed, while the API refuses every change for some time.
    ApiRefuses,
    /// Killed, while others have used up the quota of this minute.
    QuotaSpent,
    /// It will stop for maintenance, and its controller knows it a while before.
    Maintenance,
    /// It is out of sight for a moment, and nothing is wrong with it.
    FalseAlarm,
    /// Several instances at once.
    Rack,
    /// All instances of a zone.
    ZoneLost,
    /// One instance after the other is taken out, stopped, and comes back.
    RollingUpgrade,
    /// The VIP is moved back to an instance that was repaired.
    Failback,
}

impl Scenario {
    pub const ALL: [Self; 14] = [
        Self::Killed,
        Self::Hung,
        Self::Reset,
        Self::HostError,
        Self::NicLost,
        Self::ApiSlow,
        Self::ApiRefuses,
        Self::QuotaSpent,
        Self::Maintenance,
        Self::FalseAlarm,
        Self::Rack,
        Self::ZoneLost,
        Self::RollingUpgrade,
        Self::Failback,
    ];

    /// The ones of a comparison that nobody asked more of.
    pub const USUAL: [Self; 10] = [
        Self::Killed,
        Self::Hung,
        Self::Reset,
        Self::HostError,
        Self::NicLost,
        Self::ApiSlow,
        Self::ApiRefuses,
        Self::QuotaSpent,
        Self::Maintenance,
        Self::FalseAlarm,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::Hung => "hung",
            Self::Reset => "reset",
            Self::HostError => "host-error",
            Self::NicLost => "nic-lost",
            Self::ApiSlow => "api-slow",
            Self::ApiRefuses => "api-refuses",
            Self::QuotaSpent => "quota-spent",
            Self::Maintenance => "maintenance",
            Self::FalseAlarm => "false-alarm",
            Self::Rack => "rack",
            Self::ZoneLost => "zone-lost",
            Self::RollingUpgrade => "rolling-upgrade",
            Self::Failback => "failback",
        }
    }

    /// What happens, in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Killed => "an instance is off at once, with all its VIPs",
            Self::Hung => "an instance hangs: nobody but its peers can tell",
            Self::Reset => "an instance is reset, and comes back",
            Self::HostError => "a host fails: the platform notices late, and starts the instance again",
            Self::NicLost => "an instance loses the NIC with the VIPs; acted out as a hang",
            Self::ApiSlow => "an instance is off while operations take longer",
            Self::ApiRefuses => "an instance is off while the API refuses every change",
            Self::QuotaSpent => "an instance is off while the quota of the minute is used up",
            Self::Maintenance => "an instance will stop, and the controller knows before",
            Self::FalseAlarm => "an instance is out of sight for a moment, and well",
            Self::Rack => "several instances are off at once",
            Self::ZoneLost => "all instances of a zone are off",
            Self::RollingUpgrade => "one instance after the other is drained, stopped and started",
            Self::Failback => "VIPs are moved back to an instance that was repaired",
        }
    }

    /// Nothing is broken in it: what clients notice is the doing of the mover.
    pub fn is_planned(self) -> bool {
        matches!(self, Self::Maintenance | Self::FalseAlarm | Self::RollingUpgrade | Self::Failback)
    }

    /// The instances of a whole cluster that fail at once.
    pub fn instances(self, timing: &Timing, zones: u64) -> u32 {
        let all = timing.instances;
        let struck = match self {
            Self::Rack => timing.rack.min(all.saturating_sub(1)),
            Self::ZoneLost => all.div_ceil(zones.max(1)),
            _ => 1,
        };
        u32::try_from(struck.max(1)).unwrap_or(u32::MAX)
    }

    /// How many nodes of the scope fail at once, of so many.
    pub(super) fn struck(self, timing: &Timing, nodes: u8, zones: u64) -> u8 {
        match self {
            Self::Rack => u8::try_from(timing.rack).unwrap_or(u8::MAX).clamp(1, nodes - 1),
            Self::ZoneLost if zones < 2 => nodes,
            Self::ZoneLost => {
                let share = u64::from(nodes).div_ceil(zones);
                u8::try_from(share).expect("no more than the nodes of a scope").clamp(1, nodes - 1)
            }
            _ => 1,
        }
    }
}

/// One entry of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Happens(Event),
    /// The node is taken out on purpose: it is known at once that nothing may stay there.
    TakeOut(u8),
    /// The holder of the client's VIP, whoever it is by then.
    TakeOutHolder,
    /// Whoever was taken out so is welcome again.
    Welcome,
}

/// What happens from outside, in order, with what the platform does not see or do meanwhile.
#[derive(Debug, Clone, Default)]
pub(super) struct Script {
    pub deeds: Vec<(Microseconds, Deed)>,
    /// The platform shows a failed instance as running before this: it has not noticed, or a reset is no failure to it.
    pub unseen_until: Microseconds,
    /// The host itself has failed and nobody has noticed before this.
    pub host_unseen_until: Microseconds,
    /// The API refuses changes before this.
    pub refuses_until: Microseconds,
    /// Instances of a zone that is lost do not start before this.
    pub zone_back: Microseconds,
    /// What came before is not looked at.
    pub counts_from: Microseconds,
}

/// When the first thing goes wrong: late enough for clients to be in full swing.
pub(super) const START: Microseconds = Microseconds::whole_seconds(1);

impl Script {
    pub(super) fn write(&mut self, scenario: Scenario, timing: &Timing, chance: &mut Chance<'_>, struck: u8, nodes: u8) {
        self.deeds.clear();
        *self = Self { deeds: std::mem::take(&mut self.deeds), ..Self::default() };
        let down = |node: u8| Deed::Happens(Event::Kill { node });
        match scenario {
            Scenario::Killed | Scenario::ApiSlow => self.at(START, down(0)),
            Scenario::Hung | Scenario::NicLost => self.at(START, Deed::Happens(Event::Hang { node: 0 })),
            Scenario::Reset => {
                self.at(START, down(0));
                self.unseen_until = START.saturating_add(chance.wait(Wait::Boot, 0));
                self.at(self.unseen_until, Deed::Happens(Event::Restart { node: 0 }));
            }
            Scenario::HostError => {
                self.at(START, down(0));
                self.unseen_until = START.saturating_add(chance.wait(Wait::HostError, 0));
                self.host_unseen_until = self.unseen_until;
                let back = self.unseen_until.saturating_add(chance.wait(Wait::Boot, 0));
                self.at(back, Deed::Happens(Event::Restart { node: 0 }));
            }
            Scenario::ApiRefuses => {
                self.at(START, down(0));
                self.refuses_until = START.saturating_add(chance.wait(Wait::Refusal, 0));
            }
            Scenario::QuotaSpent => {
                self.at(START, down(0));
                self.at(START, Deed::Happens(Event::SpendQuota));
            }
            Scenario::Maintenance => {
                self.at(START, Deed::TakeOut(0));
                let stop = START.saturating_add(timing.drain_notice);
                self.at(stop, down(0));
                self.at(stop.saturating_add(chance.wait(Wait::Boot, 0)), Deed::Happens(Event::Restart { node: 0 }));
            }
            Scenario::FalseAlarm => {
                self.at(START, Deed::Happens(Event::Cut { node: 0 }));
                self.at(START.saturating_add(chance.wait(Wait::Blip, 0)), Deed::Happens(Event::Heal { node: 0 }));
            }
            Scenario::Rack => companions(struck, nodes).for_each(|node| self.at(START, down(node))),
            Scenario::ZoneLost => {
                let back = START.saturating_add(chance.wait(Wait::Zone, 0));
                self.zone_back = back;
                for node in companions(struck, nodes) {
                    self.at(START, down(node));
                    let up = back.saturating_add(chance.wait(Wait::Boot, u32::from(node)));
                    self.at(up, Deed::Happens(Event::Restart { node }));
                }
            }
            Scenario::RollingUpgrade => self.roll(timing, chance, nodes),
            Scenario::Failback => self.fail_back(timing, chance),
        }
        self.deeds.sort_by_key(|(at, _)| *at);
    }

    fn roll(&mut self, timing: &Timing, chance: &mut Chance<'_>, nodes: u8) {
        let mut at = START;
        for node in 0..nodes {
            self.at(at, Deed::TakeOut(node));
            let stop = at.saturating_add(timing.drain_notice);
            self.at(stop, Deed::Happens(Event::Kill { node }));
            let up = stop.saturating_add(chance.wait(Wait::Boot, u32::from(node)));
            self.at(up, Deed::Happens(Event::Restart { node }));
            at = up.saturating_add(timing.drain_notice);
        }
    }

    /// The instance fails and is repaired; long after, its VIPs are taken from where they went.
    fn fail_back(&mut self, timing: &Timing, chance: &mut Chance<'_>) {
        self.at(START, Deed::Happens(Event::Kill { node: 0 }));
        let up = START.saturating_add(chance.wait(Wait::Boot, 0));
        self.at(up, Deed::Happens(Event::Restart { node: 0 }));
        // Where a standing route leads back by itself, it does so as soon as the instance runs.
        self.counts_from = if timing.goes_back { up } else { up.saturating_add(SETTLED) };
        self.at(self.counts_from, Deed::TakeOutHolder);
        self.at(self.counts_from.saturating_add(timing.drain_notice), Deed::Welcome);
    }

    fn at(&mut self, at: Microseconds, deed: Deed) {
        self.deeds.push((at, deed));
    }
}

/// After which nothing of a failover is under way any more, so that a failback is looked at alone.
const SETTLED: Microseconds = Microseconds::whole_seconds(1_200);

/// The first node and the last ones: who fails together is rarely who stands by.
fn companions(struck: u8, nodes: u8) -> impl Iterator<Item = u8> {
    std::iter::once(0).chain((0..nodes).rev()).take(struck.into())
}

/// VIPs are taken in turns of as many as a system has; the place of one in its turn.
pub(super) fn place_in_turn(place: u32) -> u8 {
    (place % MAX_VIPS as u32) as u8
}
