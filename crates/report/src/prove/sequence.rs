//! From a counterexample to a sequence of messages: what each event leaves of the VIPs it touches, and the window in which nobody, or two, had one. Not here:
//! the words of one event (`message`), and how it looks (`text`).

use twinrail_model::MoverKind;
use twinrail_sim::{
    Answer, Event, Family, Fencing, Health, Holder, Host, Property, Request, Set, Setting, System, Trace,
};

use super::message::Message;
use super::{Sequence, SequenceStep, VipState};
use crate::words::{counted, escape};

/// A trace with the states that it goes through, from the start.
pub fn sequence(trace: &Trace, states: &[System]) -> Sequence {
    let teller = Teller { trace, setting: &trace.setting, states };
    let vips: Vec<u8> = (0..trace.setting.scope.vips).filter(|vip| teller.is_touched(*vip)).collect();
    let shown = |system: &System| vips.iter().map(|vip| teller.state(system, *vip)).collect::<Vec<_>>();
    let steps = trace.events.iter().zip(states.windows(2)).enumerate().map(|(place, (event, pair))| {
        let message = Message { setting: &trace.setting, before: &pair[0], event: *event, after: &pair[1] };
        let (who, words) = message.words();
        let to = message.reaches();
        SequenceStep { number: place + 1, who, to, words, fault: event.fault().is_some(), vips: shown(&pair[1]) }
    });
    Sequence {
        property: trace.property.code().to_owned(),
        mover: trace.setting.mover.0.word().to_owned(),
        held_by: held_by(trace.setting.family()).to_owned(),
        vips: vips.iter().map(|vip| teller.vip(*vip).to_owned()).collect(),
        start: states.first().map(shown).unwrap_or_default(),
        steps: steps.collect(),
        repeats_from: trace.loops_from.filter(|first| *first < trace.events.len()).map(|first| first + 1),
        shows: teller.shows(&vips),
    }
}

/// What the API's word on a VIP is.
fn held_by(family: Family) -> &'static str {
    match family {
        Family::Alias | Family::Group => "by the API",
        Family::Route => "by its routes",
        Family::HealthCheck => "healthy",
        Family::Leader | Family::Announcement => "leads",
    }
}

/// What a counterexample presupposes: it shows something only where this is so.
pub fn circumstances(setting: &Setting) -> String {
    let scope = setting.scope;
    let mut words = format!(
        "{}, {}, {}, {}; fence: {}",
        counted(scope.nodes.into(), "node"),
        counted(scope.vips.into(), "VIP"),
        counted(scope.controllers.into(), "controller"),
        counted(scope.faults.into(), "fault"),
        match setting.fencing {
            Fencing::Nothing => "none",
            Fencing::Stop => "stop",
            Fencing::Reset => "reset",
            Fencing::Epoch if setting.refuses_reads => "epoch, with storage that refuses reads too",
            Fencing::Epoch => "epoch, with storage that refuses writes only",
        }
    );
    if matches!(setting.family(), Family::Alias | Family::Group) {
        words.push_str(if setting.reserved { "; addresses reserved" } else { "; addresses not reserved" });
    }
    if setting.family() == Family::Alias && setting.fingerprints_repeat {
        words.push_str("; fingerprints come back with their content");
    }
    if setting.repaired {
        words.push_str("; a group recreates instances");
    }
    if let Some(refusal) = &setting.refusal {
        words.push_str("; refused: ");
        words.push_str(&escape(refusal));
    }
    words
}

struct Teller<'a> {
    trace: &'a Trace,
    setting: &'a Setting,
    states: &'a [System],
}

impl Teller<'_> {
    fn node(&self, node: u8) -> &str {
        self.setting.names.get(usize::from(node)).map_or("?", String::as_str)
    }

    fn vip(&self, vip: u8) -> &str {
        self.setting.vip_names.get(usize::from(vip)).map_or("?", String::as_str)
    }

    fn names(&self, set: Set) -> Vec<String> {
        set.iter().filter(|node| *node < self.setting.scope.nodes).map(|node| self.node(node).to_owned()).collect()
    }

    fn last(&self) -> &System {
        self.states.last().expect("a replay has its start")
    }

    /// Some event is about it, or changes where it is.
    fn is_touched(&self, vip: u8) -> bool {
        let changes = self.states.windows(2).any(|pair| self.state(&pair[0], vip) != self.state(&pair[1], vip));
        changes || self.states.iter().any(|system| has_request(system, vip)) || self.is_wrong(vip)
    }

    /// It violates the property in the last state.
    fn is_wrong(&self, vip: u8) -> bool {
        let last = self.last();
        match self.trace.property {
            Property::OneHolder => last.destinations(self.setting, vip).len() > 1,
            Property::OneResponder => self.answering(last, vip).len() > 1,
            Property::NoDeposedWrite => self.serving(last, vip).len() > 1,
            Property::PoolIntegrity => last.vip(vip).holder == Holder::Stranger,
            Property::RightNic => last.vip(vip).holder.node().is_some() || !last.vip(vip).routes.is_empty(),
            Property::Converges | Property::DriftRepaired | Property::FailsBack => !self.is_served(last, vip),
            _ => false,
        }
    }

    fn serving(&self, system: &System, vip: u8) -> Set {
        let serves = |node: &u8| system.is_served_by(self.setting, vip, *node);
        (0..self.setting.scope.nodes).filter(serves).fold(Set::EMPTY, Set::with)
    }

    /// Whom clients get an answer from: a storage that refuses writes alone leaves reads.
    fn answering(&self, system: &System, vip: u8) -> Set {
        let answers = |node: &u8| {
            let guest = system.node(*node);
            let refused = self.setting.refuses_reads && system.is_fenced(self.setting, vip, *node);
            guest.runs() && guest.serves.has(vip) && !refused && system.reachable(self.setting, vip).has(*node)
        };
        (0..self.setting.scope.nodes).filter(answers).fold(Set::EMPTY, Set::with)
    }

    /// By one instance, to which all packets go.
    fn is_served(&self, system: &System, vip: u8) -> bool {
        let there = system.destinations(self.setting, vip);
        let only = there.len() == 1 && system.vip(vip).lag.is_empty();
        only && self.serving(system, vip).union(there) == self.serving(system, vip)
    }

    fn state(&self, system: &System, vip: u8) -> VipState {
        let address = system.vip(vip);
        let held = match self.setting.family() {
            Family::Route => self.names(address.routes),
            Family::HealthCheck => self.names(address.healthy),
            _ => match address.holder {
                Holder::Nobody => Vec::new(),
                Holder::Node(node) => vec![self.node(node).to_owned()],
                Holder::Stranger => vec!["a stranger".to_owned()],
            },
        };
        let fenced = |node: &u8| {
            let guest = system.node(*node);
            guest.runs() && guest.serves.has(vip) && system.is_fenced(self.setting, vip, *node)
        };
        let fenced = (0..self.setting.scope.nodes).filter(fenced).fold(Set::EMPTY, Set::with);
        VipState {
            held,
            better: self.names(address.better),
            packets: self.names(system.destinations(self.setting, vip)),
            late_packets: self.names(address.lag),
            serving: self.names(self.serving(system, vip)),
            fenced: self.names(fenced),
        }
    }

    /// The window, and the violation.
    fn shows(&self, vips: &[u8]) -> Vec<String> {
        let mut lines: Vec<String> = vips.iter().filter_map(|vip| self.outage(*vip)).collect();
        if self.trace.property.is_liveness() {
            lines.push(self.end());
        } else {
            lines.extend(vips.iter().filter_map(|vip| self.wrong(*vip)));
            lines.extend(self.wrong_step());
        }
        lines
    }

    /// The windows in which nobody serves a VIP.
    fn outage(&self, vip: u8) -> Option<String> {
        let mut windows: Vec<(usize, usize)> = Vec::new();
        let serves = |place: &usize| {
            let system = &self.states[*place];
            let reached = system.reachable(self.setting, vip);
            self.serving(system, vip).iter().any(|node| reached.has(node))
        };
        for place in (0..self.states.len()).filter(|place| !serves(place)) {
            match windows.last_mut() {
                Some((_, end)) if *end + 1 == place => *end = place,
                _ => windows.push((place, place)),
            }
        }
        let end = self.states.len() - 1;
        let words = windows.iter().map(|(from, to)| match (from, to) {
            (0, to) if *to == end => "at no time".to_owned(),
            (from, to) if *to == end => format!("from step {from} on"),
            (from, to) if from == to => format!("after step {from}"),
            (from, to) => format!("from step {from} to {to}"),
        });
        let words: Vec<String> = words.collect();
        match words.as_slice() {
            [] => None,
            [never] if never == "at no time" => Some(format!("nobody ever serves {}", self.vip(vip))),
            some => {
                // Who is refused its writes may answer all the same.
                let reads = |(from, to): &(usize, usize)| {
                    (*from..=*to).any(|place| !self.answering(&self.states[place], vip).is_empty())
                };
                let some = some.join(" and ");
                let vip = self.vip(vip);
                let answered = windows.iter().any(reads);
                Some(if answered {
                    format!("{some} no write to {vip} is taken")
                } else {
                    format!("{some} nobody serves {vip}")
                })
            }
        }
    }

    /// How a run ends that never comes to be good.
    fn end(&self) -> String {
        let count = self.trace.events.len();
        let first = self.trace.loops_from.unwrap_or(count);
        if first >= count {
            let why = self.lost_agent().unwrap_or_else(|| "nobody repairs it".to_owned());
            return format!("then nothing is left to happen: {why}");
        }
        let moves = match self.trace.property {
            Property::NoPingPong => ", and each time the VIP moves",
            _ => "",
        };
        match first + 1 {
            only if only == count => format!("step {only} repeats for ever{moves}"),
            first => format!("steps {first} to {count} repeat for ever{moves}"),
        }
    }

    /// Why the Pacemaker agent does nothing in the end: it goes through its host list for the holder, and stops at a host that it cannot find.
    fn lost_agent(&self) -> Option<String> {
        let last = self.last();
        let is_up = |node: &u8| last.node(*node).health == Health::Up;
        let up =
            (0..self.setting.scope.nodes).find(is_up).filter(|_| self.setting.mover.0 == MoverKind::PacemakerAlias)?;
        let missing = self.setting.hosts.get(usize::from(up))?.0.iter().find_map(|host| match host {
            Host::Node(node) if last.node(*node).health == Health::Gone => Some(self.node(*node)),
            Host::Unknown(name) => Some(name.as_str()),
            _ => None,
        });
        let up = self.node(up);
        missing.map(|missing| format!("the agent on {up} looks for the holder in its host list, and stops at `{missing}`, which is no instance"))
    }

    /// What is wrong with a VIP in the last state.
    fn wrong(&self, vip: u8) -> Option<String> {
        if !self.is_wrong(vip) && self.trace.property != Property::NoLostUpdate {
            return None;
        }
        let (last, step, name) = (self.last(), self.states.len() - 1, self.vip(vip));
        let all = |set: Set| listed(&self.names(set));
        match self.trace.property {
            Property::OneHolder => {
                let there = all(last.destinations(self.setting, vip));
                Some(format!("at step {step} packets to {name} go to {there}"))
            }
            Property::OneResponder => {
                let answering = all(self.answering(last, vip));
                Some(format!("at step {step} {answering} answer for {name} at once"))
            }
            Property::NoDeposedWrite => {
                let serving = all(self.serving(last, vip));
                Some(format!("at step {step} {serving} serve {name} at once, and the storage takes what each writes"))
            }
            Property::PoolIntegrity => Some(format!("at step {step} a stranger has {name}")),
            Property::RightNic => Some(format!("at step {step} {name} lies on a NIC that should not have it")),
            Property::NoLostUpdate => {
                let decided = last.vip(vip).decided?;
                let now = last.destinations(self.setting, vip);
                if now.is_empty() || now.has(decided) {
                    return None;
                }
                let decided = self.node(decided);
                Some(format!(
                    "nothing is left to happen: {name} is with {}, and the newest decision put it with {decided}",
                    all(now)
                ))
            }
            _ => None,
        }
    }

    /// What is wrong with the last step, of properties of steps.
    fn wrong_step(&self) -> Option<String> {
        let (step, event) = (self.trace.events.len(), *self.trace.events.last()?);
        let wiped =
            (0..self.setting.scope.nodes).filter(|node| self.last().node(*node).wiped).fold(Set::EMPTY, Set::with);
        match (self.trace.property, event) {
            (Property::SenderDiscipline, Event::Announce { node, vip }) => {
                let before = &self.states[step - 1];
                let others = (0..self.setting.scope.nodes)
                    .filter(|other| *other != node && before.node(*other).announces.has(vip));
                let others = self.names(others.fold(Set::EMPTY, Set::with));
                let (who, vip) = (self.node(node), self.vip(vip));
                Some(match others.as_slice() {
                    [] => format!(
                        "at step {step} {who} announces itself for {vip} in the tick in which another fell silent"
                    ),
                    some => {
                        format!("at step {step} {who} announces itself for {vip} while {} does", some.join(" and "))
                    }
                })
            }
            (Property::NoCollateral, _) => Some(self.collateral(step)),
            (Property::WithinBounds, event) => {
                let hurried = match event {
                    Event::React { controller } => {
                        self.states[step - 1].controllers[usize::from(controller)].answer == Answer::Rate
                    }
                    _ => false,
                };
                let asks = if hurried { "again before the next minute" } else { "for more than fits on a NIC" };
                Some(format!("at step {step} a controller asks {asks}"))
            }
            (Property::DataKept, _) => {
                let tolerated = self.setting.tolerates.unwrap_or_default();
                Some(format!(
                    "at step {step} the disks of {} are empty, and {tolerated} may be lost",
                    listed(&self.names(wiped))
                ))
            }
            _ => None,
        }
    }

    /// The alias ranges that the last step took from a NIC though the request was about another.
    fn collateral(&self, step: usize) -> String {
        let (before, after) = (&self.states[step - 1], &self.states[step]);
        let mut lost = Vec::new();
        for node in 0..self.setting.scope.nodes {
            let gone = before.aliases(node).minus(after.aliases(node));
            let of_others = [Request::BYSTANDER, Request::NEWCOMER].iter().any(|other| gone.has(*other));
            if of_others {
                lost.push(format!("an alias range of somebody else is gone from {}", self.node(node)));
            }
            let more = gone.minus(Request::OTHERS);
            if more.len() > 1 {
                let names: Vec<&str> = more.iter().map(|vip| self.vip(vip)).collect();
                lost.push(format!("{} are gone from {} at once", names.join(" and "), self.node(node)));
            }
        }
        if lost.is_empty() {
            lost.push("alias ranges change that the request was not about".to_owned());
        }
        format!("at step {step} {}", lost.join(", and "))
    }
}

/// `a, b and c`
fn listed(names: &[String]) -> String {
    match names {
        [] => "nobody".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Somebody waits for an answer about a VIP, or nobody does any more.
fn has_request(system: &System, vip: u8) -> bool {
    let asked = system.controllers.iter().map(|task| &task.request).chain(&system.late);
    asked.into_iter().any(|request| !request.is_nothing() && request.vip == vip)
}
