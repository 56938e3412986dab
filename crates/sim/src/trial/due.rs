//! When an event that has become pending happens: by which delay of the catalog, and since when. Not here: the delays, and which events are pending.

use twinrail_facts::Microseconds;
use twinrail_model::MoverKind;

use super::chance::Question;
use super::detect::Detector;
use super::player::Player;
use super::scenario::{START, Scenario};
use super::timing::Wait;
use crate::event::Event;
use crate::mover::Step;
use crate::setting::{Family, Fencing};
use crate::system::{Answer, Ask, Health, Request};

impl Player<'_> {
    /// The time at which an event happens that is pending from now on.
    pub(super) fn due(&mut self, event: Event) -> Microseconds {
        let after = match event {
            Event::Begin { vip, .. } => return self.begins_at(vip),
            Event::Elect { vip, .. } => return self.elected_at(vip),
            Event::GroupDeletes { node } => return self.group_notices[usize::from(node)].max(self.now),
            Event::TakeOver { node, .. } if !self.takes_over(node, event) => return Microseconds::MAX,
            Event::TakeOver { .. } if self.is_route() => return self.now.max(self.script.unseen_until),
            Event::Decide { controller } => {
                let request = self.system.controllers[usize::from(controller)].request;
                self.operation(request)
            }
            Event::DecideLate { place } => self.operation(self.system.late[usize::from(place)]),
            Event::React { controller } => self.reaction(controller),
            Event::Sync { node } => self.guest(node),
            Event::StartAgain { node } => self.chance.wait(Wait::Boot, node.into()),
            Event::Minute => self.until_minute(),
            Event::GroupCreates { node } => {
                let begins = self.now.max(self.script.zone_back);
                return begins.saturating_add(self.chance.wait(Wait::Recreate, node.into()));
            }
            // A guest that is cut off finds out as late as the others do.
            Event::FallSilent { node, .. } if self.system.node(node).health == Health::Cut => {
                return self.noticed[usize::from(node)].max(self.now);
            }
            Event::Probe { node, vip } => self.probed(node, vip),
            Event::Confirm { vip } => {
                let call = self.api(Wait::Call, vip);
                call.saturating_add(self.api(Wait::LeaderUpdate, vip))
            }
            Event::Tick => self.tick(),
            _ => Microseconds::ZERO,
        };
        self.now.saturating_add(after)
    }

    /// A controller begins once it knows of the failure, or when it looks next, and has read what it needs.
    fn begins_at(&mut self, vip: u8) -> Microseconds {
        let entity = self.entity(vip);
        let failed = self.failed_holder(vip);
        let known = match failed {
            Some(node) => self.noticed[usize::from(node)].max(self.now),
            None => {
                let n = self.begins[usize::from(vip)];
                self.now.saturating_add(self.chance.part(Question::Phase, entity, n, self.incident.timing.poll))
            }
        };
        if known == Microseconds::MAX {
            return known;
        }
        let mut begins = known.max(self.busy_until).saturating_add(self.api(Wait::Read, vip));
        for _ in 0..self.searches(vip) {
            begins = begins.saturating_add(self.api(Wait::Read, vip));
        }
        begins
    }

    /// Reads of the Pacemaker agent, which goes through its list until it finds the holder, and through all of it where nobody holds the address.
    fn searches(&self, vip: u8) -> u64 {
        let all = self.incident.timing.searches;
        if self.incident.setting.mover.0 != MoverKind::PacemakerAlias || self.system.vip(vip).holder.node().is_none() {
            return all;
        }
        let bound = u32::try_from(all).unwrap_or(u32::MAX);
        let n = self.begins[usize::from(vip)];
        if bound == 0 { 0 } else { u64::from(self.chance.draw(Question::Search, self.entity(vip), n).below(bound)) + 1 }
    }

    fn is_route(&self) -> bool {
        self.incident.setting.family() == Family::Route
    }

    /// A guest to which packets come takes the service over, unless the cluster has elected another, or it is cut off from the cluster, or what the platform
    /// does not know, no packet follows.
    fn takes_over(&self, node: u8, event: Event) -> bool {
        let Event::TakeOver { vip, .. } = event else { return true };
        let family = self.incident.setting.family();
        let elects = matches!(family, Family::HealthCheck | Family::Announcement);
        let elected = !elects || self.system.vip(vip).owner == Some(node);
        let never_noticed = self.is_route() && self.incident.scenario == Scenario::Reset && node != 0;
        elected && self.system.node(node).health == Health::Up && !never_noticed
    }

    /// Whoever has a VIP, or owns it, and is not fit.
    fn failed_holder(&self, vip: u8) -> Option<u8> {
        let address = self.system.vip(vip);
        let owner = if self.incident.setting.takes(Step::Claim) { address.owner } else { None };
        let by_route = if address.better.is_empty() { address.routes } else { address.better };
        let holder = owner.or(address.holder.node()).or(by_route.iter().next());
        holder.filter(|node| self.system.node(*node).health != Health::Up)
    }

    fn elected_at(&mut self, vip: u8) -> Microseconds {
        let announced = self.incident.setting.family().announced();
        match self.system.vip(vip).owner {
            // With leases nobody waits for more than their end.
            Some(owner) if !announced => self.noticed[usize::from(owner)].max(self.now),
            Some(_) => self.now,
            None => {
                let entity = self.entity(vip);
                let n = self.begins[usize::from(vip)];
                self.now.saturating_add(self.chance.part(Question::Phase, entity, n, self.incident.timing.poll))
            }
        }
    }

    /// A request on its way and the operation that it starts.
    fn operation(&mut self, request: Request) -> Microseconds {
        let vip = request.vip;
        let wait = match request.ask {
            Ask::Nothing => unreachable!("nothing is not asked"),
            Ask::Grant => return self.chance.wait(Wait::Grant, self.entity(vip)),
            Ask::Claim => Wait::Labels,
            Ask::PowerOff if self.incident.setting.fencing == Fencing::Reset => Wait::Reset,
            Ask::PowerOff => Wait::Stop,
            Ask::Aliases => Wait::NicUpdate,
            Ask::InsertRoute | Ask::InsertBetter => Wait::InsertRoute,
            Ask::DeleteRoute | Ask::DeleteBetter => Wait::DeleteRoute,
            Ask::Lead => Wait::LeaderUpdate,
        };
        let call = self.api(Wait::Call, vip);
        // A request that is refused outright starts no operation.
        if self.is_refused_at(self.now.saturating_add(call)) {
            return call;
        }
        let takes = call.saturating_add(self.api(wait, vip));
        let stands_still = self.incident.timing.waits_for_host
            && request.ask == Ask::Aliases
            && self.system.node(request.node).health == Health::Down;
        if stands_still { takes.max(self.script.host_unseen_until.saturating_sub(self.now)) } else { takes }
    }

    /// The API refuses every change at that time, as far as is known.
    pub(super) fn is_refused_at(&self, at: Microseconds) -> bool {
        self.system.spent || at < self.script.refuses_until
    }

    /// The operation of a request that would have been refused when it was sent, and is not any more.
    pub(super) fn operation_after_all(&mut self, request: Request) -> Microseconds {
        let call = self.operation(request);
        self.now.saturating_add(call)
    }

    /// A delay of the API, longer while it is slow.
    fn api(&mut self, wait: Wait, vip: u8) -> Microseconds {
        let entity = self.entity(vip);
        let time = self.chance.wait(wait, entity);
        if self.incident.scenario == Scenario::ApiSlow && wait.is_api() {
            return Microseconds::from_seconds(time.seconds() * self.incident.timing.slowness);
        }
        time
    }

    /// Until a controller has seen the answer, and read what it needs for the next request.
    fn reaction(&mut self, controller: u8) -> Microseconds {
        let timing = self.incident.timing;
        let task = self.system.controllers[usize::from(controller)];
        let (vip, entity) = (task.request.vip, self.entity(task.request.vip));
        let n = self.reactions[usize::from(vip)];
        self.reactions[usize::from(vip)] += 1;
        match task.answer {
            Answer::Failed => {
                let doublings = self.failures[usize::from(controller)].saturating_sub(1).min(32);
                let wait = timing.backoff.saturating_mul(1 << doublings).min(timing.backoff_max);
                wait.saturating_add(self.chance.part(Question::Backoff, entity, n, timing.backoff))
            }
            // The quota is there again; everybody who waited for it tries now.
            Answer::Rate => self.chance.part(Question::Backoff, entity, n, timing.backoff),
            _ if task.request.ask == Ask::Grant => Microseconds::ZERO,
            _ => {
                let noticed = self.chance.part(Question::Phase, entity, 1_000 + n, timing.operation_poll);
                noticed.saturating_add(self.api(Wait::Read, vip))
            }
        }
    }

    /// Until a guest has followed what the metadata server, or the cluster, says.
    fn guest(&mut self, node: u8) -> Microseconds {
        match self.incident.setting.family() {
            Family::Alias if self.incident.timing.agent => self.chance.wait(Wait::Guest, node.into()),
            // An address of its own comes with the boot; the cluster's own software is told as the task ends.
            _ => Microseconds::ZERO,
        }
    }

    fn until_minute(&self) -> Microseconds {
        let window = self.incident.timing.window;
        self.chance.part(Question::Minute, 0, 0, window)
    }

    /// Until the load balancer has a verdict on a backend.
    fn probed(&mut self, node: u8, vip: u8) -> Microseconds {
        let timing = self.incident.timing;
        let entity = u32::from(node);
        let n = self.begins[usize::from(vip)];
        let draw = self.chance.draw(Question::Phase, 2_000 + entity, n);
        if !self.system.vip(vip).healthy.has(node) {
            let (interval, healthy) = timing.probe_up;
            let first = Detector::Probe { interval, timeout: Microseconds::ZERO, unhealthy: healthy };
            return first.sample(draw);
        }
        let runs = self.system.node(node).runs();
        if runs { timing.probe.refused().sample(draw) } else { timing.probe.sample(draw) }
    }

    /// A lease is counted down in ticks; the first begins with the last renewal, at any time before the failure.
    fn tick(&mut self) -> Microseconds {
        let tick = self.incident.timing.tick;
        let address = self.system.vip(0);
        let first = address.lease == crate::setting::Setting::LEASE + crate::setting::Setting::GAP;
        let n = self.begins[0];
        if first { self.chance.part(Question::Phase, 3_000, n, tick) } else { tick }
    }

    /// From a change until a host sends packets by it.
    pub(super) fn heard_after(&mut self, vip: u8) -> Microseconds {
        let entity = self.entity(vip);
        match self.incident.setting.family() {
            Family::HealthCheck => self.chance.wait(Wait::Verdict, entity),
            Family::Announcement => self.chance.wait(Wait::Announcement, entity),
            // A route is passed over once the platform knows that its instance does not run.
            Family::Route if self.now == START && self.now < self.script.unseen_until => {
                self.script.unseen_until.saturating_sub(self.now)
            }
            _ => self.chance.wait(Wait::DataPlane, entity),
        }
    }
}
