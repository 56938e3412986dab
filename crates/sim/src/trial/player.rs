//! One incident from its first fault until nothing is left to happen. The machine is that of the proofs: of the events that are pending it takes the one whose
//! time has come. An event's time is drawn when it becomes pending; an event that is pending no longer is forgotten. What the machine leaves open is
//! settled by chance: which survivor gets a VIP. Not here: how long each event takes (`due`), and what clients make of it.
//!
//! Packets: a host sends to where it last heard that a VIP is, and hears of each change a while later. The machine lets packets of slow hosts go to the old
//! holder until [`Event::Program`], and those of quick ones to the new one at once; here a client's host is one that is as slow as was drawn.

use twinrail_facts::{Histogram, Luck, Microseconds};

use super::chance::{Chance, Question};
use super::course::Course;
use super::scenario::{Deed, START, Scenario, Script, place_in_turn};
use super::timeline::{Timeline, What};
use super::timing::{Timing, Wait};
use crate::client::{Fate, Server};
use crate::event::Event;
use crate::pending::{progress, progress_of_controllers};
use crate::setting::{Family, Setting};
use crate::step::step;
use crate::system::{Answer, Ask, Health, Holder, MAX_CONTROLLERS, MAX_NODES, MAX_VIPS, Node, Request, Set, System};

/// What is played: a mover in its setting, and an incident.
#[derive(Debug, Clone, Copy)]
pub struct Incident<'a> {
    pub setting: &'a Setting,
    pub timing: &'a Timing,
    pub scenario: Scenario,
    /// VIPs of the instances that fail at once, at least one.
    pub vips: u32,
    /// Zones that the cluster is in.
    pub zones: u64,
}

/// Nothing is looked at beyond this.
pub const HORIZON: Microseconds = Histogram::LONGEST;

/// Of a turn; a trial of ordinary settings has a few dozen.
const MOST_EVENTS: u32 = 100_000;

/// VIPs that are moved one after the other are played up to here; of the rest it is said that they do not come back within the horizon.
const MOST_IN_TURN: u32 = 2_000;

/// Of VIPs that share nothing, so many stand for all.
const MOST_ALIKE: u32 = 64;

/// Plays trials, one after the other, without allocating for each.
#[derive(Debug)]
pub struct Player<'a> {
    pub(super) incident: Incident<'a>,
    pub(super) chance: Chance<'a>,
    pub(super) script: Script,
    pub(super) system: System,
    pub(super) now: Microseconds,
    /// Of this turn: the number of its first VIP among those concerned.
    pub(super) first: u32,
    agenda: Vec<(Microseconds, Event)>,
    events: Vec<Event>,
    /// The next entry of the script.
    next_deed: usize,
    /// When the failure of a node is known; later than everything for one that has not failed.
    pub(super) noticed: [Microseconds; MAX_NODES],
    /// When a managed group knows it.
    pub(super) group_notices: [Microseconds; MAX_NODES],
    /// Where packets to each VIP are to go, and when hosts will have heard of it.
    target: [Set; MAX_VIPS],
    heard: [Option<Microseconds>; MAX_VIPS],
    via: [Set; MAX_VIPS],
    /// When the service of a node is ready for a VIP that it has.
    ready: [[Microseconds; MAX_VIPS]; MAX_NODES],
    /// Those times that are still to come, the earliest first, with node and VIP.
    readies: Vec<(Microseconds, u8, u8)>,
    /// What each guest answered for when it was looked at last.
    served: [Set; MAX_NODES],
    lives: [u32; MAX_NODES],
    /// Until when each VIP may be refused as in use, after it was removed.
    refused_until: [Microseconds; MAX_VIPS],
    /// The request of a controller was timed as one that is refused.
    cut_short: [bool; MAX_CONTROLLERS],
    pub(super) reactions: [u32; MAX_VIPS],
    /// Whom clients of each VIP are connected to.
    connected: [Server; MAX_VIPS],
    /// Whoever holds VIPs of earlier turns was stopped.
    stopped: bool,
    /// Failures in a row.
    pub(super) failures: [u32; MAX_CONTROLLERS],
    /// Controllers are at work for VIPs of an earlier turn until then.
    pub(super) busy_until: Microseconds,
    idle_at: Microseconds,
    pub(super) begins: [u32; MAX_VIPS],
    /// Two guests could answer for the client's VIP.
    is_doubled: bool,
    /// The node that is taken out on purpose and still has VIPs.
    taken_out: Option<u8>,
    pub(super) course: Course,
    pub(super) timeline: Timeline,
    /// How much has happened in all trials: events of the machine, of the script, and what hosts heard.
    pub happened: u64,
}

const NEVER: Microseconds = Microseconds::MAX;

/// What comes next.
enum Next {
    Deed(Deed),
    Heard(u8),
    Ready,
    Event(Event),
}

impl<'a> Player<'a> {
    pub fn new(incident: Incident<'a>) -> Self {
        Self {
            incident,
            chance: Chance::new(incident.timing),
            script: Script::default(),
            system: System::default(),
            now: Microseconds::ZERO,
            first: 0,
            agenda: Vec::new(),
            events: Vec::new(),
            next_deed: 0,
            noticed: [NEVER; MAX_NODES],
            group_notices: [NEVER; MAX_NODES],
            target: [Set::EMPTY; MAX_VIPS],
            heard: [None; MAX_VIPS],
            via: [Set::EMPTY; MAX_VIPS],
            ready: [[Microseconds::ZERO; MAX_VIPS]; MAX_NODES],
            readies: Vec::new(),
            served: [Set::EMPTY; MAX_NODES],
            lives: [0; MAX_NODES],
            refused_until: [Microseconds::ZERO; MAX_VIPS],
            cut_short: [false; MAX_CONTROLLERS],
            reactions: [0; MAX_VIPS],
            connected: [Server(0); MAX_VIPS],
            stopped: false,
            failures: [0; MAX_CONTROLLERS],
            busy_until: Microseconds::ZERO,
            idle_at: Microseconds::ZERO,
            begins: [0; MAX_VIPS],
            is_doubled: false,
            taken_out: None,
            course: Course::default(),
            timeline: Timeline::silent(),
            happened: 0,
        }
    }

    /// Plays one trial through, turn by turn.
    pub fn play(&mut self, luck: Luck) -> &Course {
        let Incident { setting, timing, scenario, vips, zones } = self.incident;
        self.chance.begin(luck, vips);
        let struck = scenario.struck(timing, setting.scope.nodes, zones);
        self.script.write(scenario, timing, &mut self.chance, struck, setting.scope.nodes);
        self.chance.begin_turns();
        self.busy_until = Microseconds::ZERO;
        self.stopped = false;
        self.course.begin(self.script.counts_from, timing.grace);
        let per_turn = u32::from(setting.scope.vips);
        let vips = self.played_vips(vips);
        let place = self.chance.client_place() % vips;
        self.first = 0;
        loop {
            let client = place.checked_sub(self.first).filter(|place| *place < per_turn);
            self.turn(client.map(place_in_turn), vips - self.first);
            self.busy_until = self.idle_at;
            let Some(next) = self.first.checked_add(per_turn).filter(|next| *next < vips) else { break };
            self.first = next;
            if self.busy_until >= HORIZON || self.first >= MOST_IN_TURN {
                self.course.never(place >= next);
                break;
            }
        }
        self.course.tails = self.chance.tails;
        &self.course
    }

    /// How many of the VIPs are played. An instance that a group makes anew brings all of its VIPs at once; where instances are taken out one after the other,
    /// as many as a system has stand for those of each.
    fn played_vips(&self, vips: u32) -> u32 {
        let Incident { setting, scenario, .. } = self.incident;
        let per_turn = u32::from(setting.scope.vips);
        let together = setting.family() == Family::Group;
        let in_rows = matches!(scenario, Scenario::RollingUpgrade | Scenario::Failback);
        let most = match () {
            () if together || in_rows => per_turn,
            () if setting.vips_share_nothing() => MOST_ALIKE,
            () => u32::MAX,
        };
        vips.clamp(1, most)
    }

    /// As many of the VIPs as a system has.
    fn turn(&mut self, client: Option<u8>, left: u32) {
        let setting = self.incident.setting;
        self.chance.begin_turn();
        self.system = setting.start_with(|_| 0);
        if self.stopped {
            // The fence of an earlier turn holds; its VIPs are lost from the failure on all the same.
            let node = &mut self.system.nodes[0];
            *node = Node { health: Health::Stopped, others: node.others, wiped: node.wiped, ..Node::default() };
        }
        self.now = Microseconds::ZERO;
        self.agenda.clear();
        self.next_deed = 0;
        self.noticed = [NEVER; MAX_NODES];
        self.group_notices = [NEVER; MAX_NODES];
        if self.stopped {
            self.noticed[0] = START;
        }
        self.heard = [None; MAX_VIPS];
        self.ready = [[NEVER; MAX_VIPS]; MAX_NODES];
        self.ready[0] = [Microseconds::ZERO; MAX_VIPS];
        self.readies.clear();
        self.served = [Set::EMPTY; MAX_NODES];
        self.served[0] = self.system.node(0).serves;
        self.lives = [0; MAX_NODES];
        self.refused_until = [Microseconds::ZERO; MAX_VIPS];
        self.cut_short = [false; MAX_CONTROLLERS];
        self.reactions = [0; MAX_VIPS];
        self.connected = [self.server(0); MAX_VIPS];
        self.failures = [0; MAX_CONTROLLERS];
        self.begins = [0; MAX_VIPS];
        (self.taken_out, self.is_doubled) = (None, false);
        self.idle_at = self.busy_until;
        for vip in 0..setting.scope.vips {
            let to = self.system.destinations(setting, vip);
            (self.target[usize::from(vip)], self.via[usize::from(vip)]) = (to, to);
        }
        let counted = u8::try_from(left.min(setting.scope.vips.into())).expect("a scope has few VIPs");
        self.course.turn(client, counted, self.server(0));
        self.timeline.note(self.now, What::Turn, &self.system);
        let mut is_thought = false;
        for _ in 0..MOST_EVENTS {
            self.plan(is_thought);
            let Some((at, next)) = self.next().filter(|(at, _)| *at <= HORIZON) else { break };
            self.pass(at);
            self.happened += 1;
            is_thought = matches!(next, Next::Event(event) if event.is_thought());
            match next {
                Next::Deed(deed) => self.perform(deed),
                Next::Heard(vip) => self.hear(vip),
                Next::Ready => self.become_ready(),
                Next::Event(event) => self.let_happen(event),
            }
            if !is_thought {
                self.observe();
            }
        }
        self.course.end_turn();
    }

    /// Brings the agenda in line with what is pending. After a thought only controllers have something else to do.
    fn plan(&mut self, after_thought: bool) {
        let mut events = std::mem::take(&mut self.events);
        events.clear();
        if after_thought {
            progress_of_controllers(&self.system, self.incident.setting, &mut events);
            self.agenda.retain(|(_, event)| !event.is_of_controllers() || events.contains(event));
        } else {
            progress(&self.system, self.incident.setting, &mut events);
            // What could not happen as things were is asked about again.
            self.agenda.retain(|(due, event)| *due < NEVER && events.contains(event));
        }
        for place in 0..events.len() {
            let event = events[place];
            let event = match event {
                // Hosts hear of a change in their own time, and a stranger is no part of a trial.
                Event::Program { .. } | Event::GroupCreatesOn { .. } => continue,
                Event::Begin { .. } | Event::Elect { .. } => {
                    if self.agenda.iter().any(|(_, other)| are_alternatives(event, *other)) {
                        continue;
                    }
                    self.choose(event, &events)
                }
                other => other,
            };
            if !self.agenda.iter().any(|(_, other)| *other == event) {
                let due = self.due(event);
                if let Event::Decide { controller } = event {
                    self.cut_short[usize::from(controller)] = self.is_refused_at(due);
                }
                self.agenda.push((due, event));
            }
        }
        self.events = events;
    }

    /// Any of the nodes that may get a VIP, by chance.
    fn choose(&self, event: Event, events: &[Event]) -> Event {
        let (Event::Begin { vip, .. } | Event::Elect { vip, .. }) = event else { return event };
        let alike = || events.iter().copied().filter(|other| are_alternatives(event, *other));
        let count = u32::try_from(alike().count()).expect("a scope has few nodes");
        let n = self.begins[usize::from(vip)];
        let chosen = self.chance.draw(Question::Target, self.entity(vip), n).below(count);
        alike().nth(chosen as usize).expect("one of those that were counted")
    }

    fn next(&self) -> Option<(Microseconds, Next)> {
        let mut best: Option<(Microseconds, Next)> = None;
        let mut offer = |at: Microseconds, next: Next| {
            if best.as_ref().is_none_or(|(earliest, _)| at < *earliest) {
                best = Some((at, next));
            }
        };
        if let Some((at, deed)) = self.script.deeds.get(self.next_deed) {
            offer(*at, Next::Deed(*deed));
        }
        for vip in 0..self.incident.setting.scope.vips {
            if let Some(at) = self.heard[usize::from(vip)] {
                offer(at, Next::Heard(vip));
            }
        }
        if let Some((at, _, _)) = self.readies.first() {
            offer(*at, Next::Ready);
        }
        for (at, event) in &self.agenda {
            offer(*at, Next::Event(*event));
        }
        best
    }

    /// Time passes.
    fn pass(&mut self, to: Microseconds) {
        let to = to.max(self.now);
        if let Some(vip) = self.course.client().filter(|_| self.now >= self.script.counts_from) {
            let span = to.saturating_sub(self.now);
            let has_holder = matches!(self.incident.setting.family(), Family::Alias | Family::Group);
            if has_holder && self.system.vip(vip).holder == Holder::Nobody {
                self.course.free = self.course.free.saturating_add(span);
            }
            if self.is_doubled {
                self.course.doubled = self.course.doubled.saturating_add(span);
            }
        }
        self.now = to;
    }

    /// The script goes on. What is not possible any more, such as a restart of an instance that was deleted meanwhile, does not happen.
    fn perform(&mut self, deed: Deed) {
        self.next_deed += 1;
        match deed {
            Deed::Happens(event) => self.strike(event),
            Deed::TakeOut(node) => self.take_out(node),
            Deed::TakeOutHolder => {
                (self.course.calls, self.course.moved, self.chance.tails) = (0, false, 0);
                let vip = self.course.client().unwrap_or(0);
                if let Some(node) = self.target[usize::from(vip)].iter().next() {
                    self.take_out(node);
                }
            }
            Deed::Welcome => {
                for node in 0..self.incident.setting.scope.nodes {
                    self.strike(Event::Heal { node });
                }
            }
        }
    }

    fn take_out(&mut self, node: u8) {
        self.strike(Event::Cut { node });
        if self.system.node(node).health == Health::Cut {
            self.noticed[usize::from(node)] = self.now;
            self.taken_out = Some(node);
        }
    }

    fn strike(&mut self, event: Event) {
        let health = |node: u8| self.system.node(node).health;
        let possible = match event {
            Event::Kill { node } => matches!(health(node), Health::Up | Health::Cut | Health::Hung),
            Event::Hang { node } => matches!(health(node), Health::Up | Health::Cut),
            Event::Cut { node } => health(node) == Health::Up,
            Event::Restart { node } => health(node) == Health::Down,
            Event::Heal { node } => health(node) == Health::Cut,
            Event::SpendQuota => self.incident.setting.has_controllers() && !self.system.spent,
            _ => true,
        };
        if !possible {
            return;
        }
        step(&mut self.system, self.incident.setting, event);
        self.timeline.note(self.now, What::Event(event), &self.system);
        match event {
            Event::Kill { node } | Event::Hang { node } | Event::Cut { node } => {
                let known = self.noticed[usize::from(node)] < NEVER;
                if !known {
                    let n = self.lives[usize::from(node)];
                    let draw = self.chance.draw(Question::Detect, node.into(), n);
                    let detected = self.incident.timing.detector.sample(draw);
                    self.noticed[usize::from(node)] = self.now.saturating_add(detected);
                }
                self.group_notices[usize::from(node)] = self.group_notices_at(node);
            }
            Event::Restart { node } => self.is_back(node, true),
            Event::Heal { node } => self.is_back(node, false),
            _ => {}
        }
    }

    /// When a managed group knows that an instance failed just now: by its health check, or once the platform shows that it does not run.
    fn group_notices_at(&self, node: u8) -> Microseconds {
        if let (true, Some(probe)) = (self.incident.setting.notices_hangs, self.incident.timing.group_probe) {
            let n = self.lives[usize::from(node)];
            return self.now.saturating_add(probe.sample(self.chance.draw(Question::Group, node.into(), n)));
        }
        if self.incident.scenario == Scenario::Reset { NEVER } else { self.now.max(self.script.unseen_until) }
    }

    fn is_back(&mut self, node: u8, new_life: bool) {
        self.noticed[usize::from(node)] = NEVER;
        self.group_notices[usize::from(node)] = NEVER;
        self.lives[usize::from(node)] += u32::from(new_life);
    }

    /// One event of the machine. Where the platform refuses what it would otherwise do, that is the event.
    fn let_happen(&mut self, event: Event) {
        let Some(event) = self.instead(event) else { return };
        let task = match event {
            Event::Decide { controller } => {
                Some((controller, self.system.controllers[usize::from(controller)].request))
            }
            _ => None,
        };
        self.agenda.retain(|(_, other)| *other != event);
        step(&mut self.system, self.incident.setting, event);
        self.timeline.note(self.now, What::Event(event), &self.system);
        match event {
            Event::Begin { vip, .. } | Event::Elect { vip, .. } => self.begins[usize::from(vip)] += 1,
            Event::FailOperation { controller } => {
                self.course.calls += 1;
                self.failures[usize::from(controller)] += 1;
            }
            Event::RefuseAsInUse { .. } | Event::Confirm { .. } => self.course.calls += 1,
            Event::Decide { .. } => {
                let (controller, request) = task.expect("it was looked at above");
                self.decided(controller, request);
            }
            Event::React { controller } if self.system.controllers[usize::from(controller)].is_idle() => {
                self.idle_at = self.now;
            }
            Event::StartAgain { node } => {
                self.course.calls += 1;
                self.is_back(node, true);
            }
            Event::GroupCreates { node } => self.is_back(node, true),
            // The node has the address still, so that its goodbye reaches the clients; where the address was taken first, it does not.
            Event::StepDown { node, vip } | Event::FallSilent { node, vip } if self.is_heard_from(node, vip) => {
                self.course.close(vip, self.now);
            }
            _ => {}
        }
    }

    /// A client's connection is with this node, which runs and may send from the VIP.
    fn is_heard_from(&self, node: u8, vip: u8) -> bool {
        let connected = self.connected[usize::from(vip)] == self.server(node);
        connected && self.incident.setting.is_always_local() && self.course.client() == Some(vip)
    }

    /// Answers for a VIP, and its service is ready.
    fn serves(&self, vip: u8, node: u8) -> bool {
        self.system.is_served_by(self.incident.setting, vip, node)
            && self.ready[usize::from(node)][usize::from(vip)] <= self.now
    }

    fn decided(&mut self, controller: u8, request: Request) {
        let answer = self.system.controllers[usize::from(controller)].answer;
        self.course.calls += u32::from(request.ask != Ask::Grant);
        self.failures[usize::from(controller)] = 0;
        let removal = request.ask == Ask::Aliases && !request.list.has(request.vip);
        if removal && answer == Answer::Done {
            let refused = self.chance.wait(Wait::Reusable, self.entity(request.vip));
            self.refused_until[usize::from(request.vip)] = self.now.saturating_add(refused);
        }
        if request.ask == Ask::PowerOff && answer == Answer::Done {
            // Whoever stopped it knows.
            let noticed = &mut self.noticed[usize::from(request.node)];
            *noticed = (*noticed).min(self.now);
            self.group_notices[usize::from(request.node)] = self.now;
            self.stopped |= request.node == 0 && self.system.node(0).health == Health::Stopped;
        }
    }

    /// What happens instead of a decision: the refusal that an incident brings. Nothing, if it comes later after all.
    fn instead(&mut self, event: Event) -> Option<Event> {
        let Event::Decide { controller } = event else { return Some(event) };
        let request = self.system.controllers[usize::from(controller)].request;
        if request.ask == Ask::Grant {
            return Some(event);
        }
        let short = std::mem::take(&mut self.cut_short[usize::from(controller)]);
        if short && !self.is_refused_at(self.now) {
            let due = self.operation_after_all(request);
            self.put_off(event, due);
            return None;
        }
        let can_fail = self.system.faults > 0;
        if self.now < self.script.refuses_until {
            if can_fail {
                return Some(Event::FailOperation { controller });
            }
            // No more failures fit in the machine's count: the request waits for the end.
            self.put_off(event, self.script.refuses_until);
            return None;
        }
        let adds = request.ask == Ask::Aliases && request.list.has(request.vip);
        let free = self.system.vip(request.vip).holder == Holder::Nobody;
        if adds && free && can_fail && self.now < self.refused_until[usize::from(request.vip)] {
            return Some(Event::RefuseAsInUse { controller });
        }
        Some(event)
    }

    fn put_off(&mut self, event: Event, to: Microseconds) {
        self.agenda.retain(|(_, other)| *other != event);
        self.agenda.push((to, event));
    }

    /// A host has heard of the last change.
    fn hear(&mut self, vip: u8) {
        let place = usize::from(vip);
        self.heard[place] = None;
        self.via[place] = self.target[place];
        if !self.system.vip(vip).lag.is_empty() {
            step(&mut self.system, self.incident.setting, Event::Program { vip });
        }
        self.timeline.note(self.now, What::Heard(vip), &self.system);
    }

    /// What the last event changed for packets and for guests.
    fn observe(&mut self) {
        let setting = self.incident.setting;
        self.look_at_guests();
        for vip in 0..setting.scope.vips {
            let place = usize::from(vip);
            let to = self.system.destinations(setting, vip);
            let stale = !self.system.vip(vip).lag.is_empty();
            if to != self.target[place] || stale && self.heard[place].is_none() {
                self.target[place] = to;
                let passes = self.heard_after(vip);
                self.heard[place] = Some(self.now.saturating_add(passes));
            }
            self.release(vip);
            let fate = self.fate(vip);
            let up = matches!(fate, Fate::Served(_) | Fate::Pinned(_));
            if let Fate::Served(server) = fate {
                self.connected[place] = server;
            }
            let from = self.flow(vip);
            self.course.observe(vip, self.now, up, (from, fate));
        }
        if let Some(vip) = self.course.client() {
            let target = self.target[usize::from(vip)];
            self.course.moved |= !target.is_empty() && !target.has(0);
            let reachable = target.union(self.system.vip(vip).lag).union(self.via[usize::from(vip)]);
            self.is_doubled =
                reachable.len() > 1 && reachable.iter().filter(|node| self.serves(vip, *node)).count() > 1;
        }
    }

    /// A node that was taken out on purpose is told of everything again once its VIPs are elsewhere: it closes what it still has in good order.
    fn release(&mut self, vip: u8) {
        let Some(node) = self.taken_out else { return };
        let setting = self.incident.setting;
        let has = |vip: u8| self.target[usize::from(vip)].has(node);
        if !self.target[usize::from(vip)].is_empty() && !(0..setting.scope.vips).any(has) {
            self.taken_out = None;
            self.strike(Event::Heal { node });
        }
    }

    /// A guest that has begun to answer for a VIP is ready a while later; one that stopped must begin anew.
    fn look_at_guests(&mut self) {
        for node in 0..self.incident.setting.scope.nodes {
            let member = usize::from(node);
            let guest = self.system.node(node);
            let serves = if guest.is_off() { Set::EMPTY } else { guest.serves };
            let before = std::mem::replace(&mut self.served[member], serves);
            if before == serves {
                continue;
            }
            for vip in before.minus(serves).iter() {
                self.ready[member][usize::from(vip)] = NEVER;
                self.readies.retain(|(_, of, other)| (*of, *other) != (node, vip));
            }
            for vip in serves.minus(before).iter() {
                let takeover = self.chance.wait(Wait::Takeover, self.entity(vip));
                let at = self.now.saturating_add(takeover);
                self.ready[member][usize::from(vip)] = at;
                let place = self.readies.partition_point(|(other, _, _)| *other <= at);
                self.readies.insert(place, (at, node, vip));
            }
        }
    }

    fn become_ready(&mut self) {
        let (_, node, vip) = self.readies.remove(0);
        self.timeline.note(self.now, What::Ready { node, vip }, &self.system);
    }

    /// What a client's packets to a VIP meet.
    fn fate(&self, vip: u8) -> Fate {
        let setting = self.incident.setting;
        let Some(node) = self.flow(vip) else { return Fate::Dropped };
        let guest = self.system.node(node);
        if !guest.runs() {
            return Fate::Dropped;
        }
        if !guest.serves.has(vip) {
            return if setting.is_always_local() { Fate::Refused } else { Fate::Dropped };
        }
        let ready = self.ready[usize::from(node)][usize::from(vip)];
        if self.system.is_fenced(setting, vip, node) && self.incident.timing.fenced_closes {
            return Fate::Refused;
        }
        if ready > self.now || self.system.is_fenced(setting, vip, node) {
            return Fate::Stalled(self.server(node));
        }
        // Connections that nobody resets stay where they were made, while that node says nothing.
        let to = (self.connected[usize::from(vip)].0 % MAX_NODES as u32) as u8;
        let silent = matches!(self.system.node(to).health, Health::Hung | Health::Down | Health::Stopped);
        if self.incident.timing.pins && node != to && silent {
            return Fate::Pinned(self.server(node));
        }
        Fate::Served(self.server(node))
    }

    /// Where a client's connection goes, of several places: always the same as long as that one is among them.
    fn flow(&self, vip: u8) -> Option<u8> {
        let via = self.via[usize::from(vip)];
        if via.len() < 2 {
            return via.iter().next();
        }
        let rank = |node: &u8| self.chance.draw(Question::Flow, u32::from(*node), 0).below(u32::MAX);
        via.iter().max_by_key(rank)
    }

    fn server(&self, node: u8) -> Server {
        Server(u32::from(node) + self.lives[usize::from(node)] * MAX_NODES as u32)
    }

    /// The name of a VIP in draws: its number among all that are concerned.
    pub(super) fn entity(&self, vip: u8) -> u32 {
        self.first + u32::from(vip)
    }
}

/// The same thing with another target.
fn are_alternatives(one: Event, other: Event) -> bool {
    match (one, other) {
        (Event::Begin { controller, vip, .. }, Event::Begin { controller: by, vip: of, .. }) => {
            controller == by && vip == of
        }
        (Event::Elect { vip, .. }, Event::Elect { vip: of, .. }) => vip == of,
        _ => false,
    }
}
