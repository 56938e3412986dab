//! One event in words: who acts, what is asked by which method of the API, and what it answers. Not here: where that leaves the VIPs.

use twinrail_model::MoverKind;
use twinrail_sim::{Answer, Ask, Event, Fencing, Health, Request, Set, Setting, Step, System};

/// An event between two states.
pub(crate) struct Message<'a> {
    pub setting: &'a Setting,
    pub before: &'a System,
    pub event: Event,
    pub after: &'a System,
}

impl Message<'_> {
    /// Who acts, and what happens.
    pub(crate) fn words(&self) -> (String, String) {
        match self.event {
            Event::Begin { controller, .. }
            | Event::Decide { controller }
            | Event::React { controller }
            | Event::Crash { controller }
            | Event::FailOperation { controller }
            | Event::GiveUp { controller }
            | Event::LoseAnswer { controller }
            | Event::RefuseAsInUse { controller } => self.of_controller(controller),
            Event::Depose { leader } => {
                let (old, new) = (self.controller(self.before.leader), self.controller(leader));
                ("chance".to_owned(), format!("{new} gets the lease, and {old} does not know"))
            }
            Event::DecideLate { place } => self.late(place),
            Event::SpendQuota => by("chance", "the quota of requests is used up until the next minute"),
            Event::Minute => by("time", "the next minute begins, and there is quota again"),
            Event::Split => by("chance", "every controller believes that it holds the lease"),
            Event::Agree => by("chance", "the controllers agree again on who holds the lease"),
            Event::Zone => by("chance", "all instances go down at once"),
            Event::Tick => by("time", &format!("a tick passes{}", self.leases())),
            Event::Drift { vip }
            | Event::DriftTo { vip, .. }
            | Event::Take { vip }
            | Event::Blip { vip }
            | Event::Program { vip }
            | Event::Confirm { vip } => self.of_address(vip),
            Event::Elect { node, vip }
            | Event::Announce { node, vip }
            | Event::FallSilent { node, vip }
            | Event::Probe { node, vip }
            | Event::TakeOver { node, vip }
            | Event::StepDown { node, vip } => self.of_guest(node, vip),
            Event::Kill { node }
            | Event::Hang { node }
            | Event::Cut { node }
            | Event::Delete { node }
            | Event::AgentDies { node }
            | Event::Touch { node }
            | Event::SlowTick { node }
            | Event::Restart { node }
            | Event::Resume { node }
            | Event::Heal { node }
            | Event::StartAgain { node }
            | Event::Sync { node }
            | Event::GroupDeletes { node }
            | Event::GroupCreates { node }
            | Event::GroupCreatesOn { node, .. } => self.of_instance(node),
        }
    }

    /// Whom it reaches: who is asked, answered or struck; nothing of what somebody does alone.
    pub(super) fn reaches(&self) -> Option<String> {
        match self.event {
            Event::Begin { controller, .. } | Event::React { controller } => {
                let is = self.after.controllers[usize::from(controller)];
                (!is.is_idle()).then(|| platform_of(is.request))
            }
            Event::Decide { controller }
            | Event::FailOperation { controller }
            | Event::RefuseAsInUse { controller }
            | Event::LoseAnswer { controller }
            | Event::Crash { controller }
            | Event::Depose { leader: controller } => Some(self.controller(controller)),
            Event::Kill { node }
            | Event::Hang { node }
            | Event::Cut { node }
            | Event::AgentDies { node }
            | Event::Restart { node }
            | Event::Resume { node }
            | Event::Heal { node }
            | Event::StartAgain { node }
            | Event::Delete { node }
            | Event::Touch { node }
            | Event::GroupDeletes { node }
            | Event::GroupCreates { node }
            | Event::GroupCreatesOn { node, .. }
            | Event::Elect { node, .. }
            | Event::Probe { node, .. } => Some(self.node(node).to_owned()),
            _ => None,
        }
    }

    fn node(&self, node: u8) -> &str {
        self.setting.names.get(usize::from(node)).map_or("?", String::as_str)
    }

    fn vip(&self, vip: u8) -> &str {
        self.setting.vip_names.get(usize::from(vip)).map_or("?", String::as_str)
    }

    /// Controllers have letters; the Pacemaker agent runs on the node that is to have the address.
    fn controller(&self, controller: u8) -> String {
        let task = |system: &System| {
            let task = system.controllers[usize::from(controller)];
            (!task.is_idle()).then_some(task.target)
        };
        match task(self.after).or_else(|| task(self.before)) {
            Some(target) if self.setting.mover.0 == MoverKind::PacemakerAlias => {
                format!("agent on {}", self.node(target))
            }
            _ => format!("controller {}", char::from(b'A' + controller)),
        }
    }

    fn of_controller(&self, controller: u8) -> (String, String) {
        let who = self.controller(controller);
        let [was, is] = [self.before, self.after].map(|system| system.controllers[usize::from(controller)]);
        match self.event {
            Event::Begin { vip, target, .. } => {
                let (vip, target) = (self.vip(vip), self.node(target));
                (who, format!("moves {vip} to {target}: {}", self.request(is.request)))
            }
            Event::Decide { .. } => {
                let platform = platform_of(was.request);
                (platform, format!("{} to {who}{}", code(was.request, is.answer), self.answer(was.request, is.answer)))
            }
            Event::React { .. } if is.is_idle() => {
                let end = if was.answer == Answer::Done { "is done" } else { "gives up" };
                (who, format!("reads {}, and {end}", code(was.request, was.answer)))
            }
            Event::React { .. } => {
                let read = code(was.request, was.answer);
                let stale = was.answer == Answer::Stale && was.request.ask == Ask::Aliases;
                let list = if stale && !self.setting.takes(Step::Relist) { "the old list again in " } else { "" };
                (who, format!("reads {read}, and sends {list}{}", self.request(is.request)))
            }
            Event::Crash { .. } => {
                let left = if was.answer == Answer::Awaited {
                    format!("; still under way: {}", self.request(was.request))
                } else {
                    String::new()
                };
                ("chance".to_owned(), format!("{who} crashes{left}"))
            }
            Event::GiveUp { .. } => {
                let request = self.request(was.request);
                (who, format!("gives up waiting; still under way: {request}"))
            }
            Event::FailOperation { .. } => {
                let words = format!("ends the operation of {who} with an error, and nothing is changed");
                (platform_of(was.request), words)
            }
            Event::LoseAnswer { .. } => {
                ("chance".to_owned(), format!("the answer to {who} is lost, and it sends the request again"))
            }
            _ => {
                let words = format!(
                    "{} to {who}, though nobody has {} any more",
                    code(was.request, Answer::Conflict),
                    self.vip(was.request.vip)
                );
                ("platform".to_owned(), words)
            }
        }
    }

    fn late(&self, place: u8) -> (String, String) {
        let Some(request) = self.before.late.get(usize::from(place)).copied() else { return by("platform", "?") };
        let mut cleared = self.after.clone();
        cleared.late = self.before.late;
        let effect = if cleared == *self.before { "has no effect" } else { "takes effect" };
        let words = format!("a request that nobody waits for {effect}: {}", self.request(request));
        (platform_of(request), words)
    }

    fn request(&self, request: Request) -> String {
        let (vip, node) = (self.vip(request.vip), self.node(request.node));
        match request.ask {
            Ask::Nothing => "nothing".to_owned(),
            Ask::Claim => format!("addresses.setLabels on {vip}: owner {node}"),
            Ask::Grant => format!("a grant to the storage: {node} alone is obeyed for {vip}"),
            Ask::PowerOff if self.setting.fencing == Fencing::Reset => format!("instances.reset {node}"),
            Ask::PowerOff => format!("instances.stop {node}"),
            Ask::Aliases if request.list.has(request.vip) => format!("updateNetworkInterface of {node} with {vip}"),
            Ask::Aliases => format!("updateNetworkInterface of {node} without {vip}"),
            Ask::InsertRoute => format!("routes.insert {vip} via {node}"),
            Ask::DeleteRoute => format!("routes.delete {vip} via {node}"),
            Ask::InsertBetter => format!("routes.insert {vip} via {node}, better priority"),
            Ask::DeleteBetter => format!("routes.delete {vip} via {node}, better priority"),
            Ask::Lead => format!("regionBackendServices.patch of {vip}: leader {node}"),
        }
    }

    /// What an answer comes to.
    fn answer(&self, request: Request, answer: Answer) -> String {
        let (vip, node) = (self.vip(request.vip), self.node(request.node));
        match (answer, request.ask) {
            (Answer::Done, Ask::Claim) => format!(": {vip} belongs to {node}"),
            (Answer::Done, Ask::Grant) => format!(": {node} alone is obeyed for {vip}"),
            (Answer::Done, Ask::PowerOff) if self.setting.fencing == Fencing::Reset => {
                format!(": {node} starts anew, with the addresses that it has")
            }
            (Answer::Done, Ask::PowerOff) => format!(": {node} is off"),
            (Answer::Done, Ask::Aliases) if request.list.has(request.vip) => format!(": {node} has {vip}"),
            (Answer::Done, Ask::Aliases) => format!(": {node} is without {vip}"),
            (Answer::Done, Ask::InsertRoute | Ask::InsertBetter) => format!(": {vip} leads to {node}"),
            (Answer::Done, Ask::DeleteRoute | Ask::DeleteBetter) => format!(": the route of {vip} is gone"),
            (Answer::Done, Ask::Lead) => format!(": {node} leads {vip}"),
            (Answer::Stale, Ask::Aliases) => format!(": the NIC of {node} was changed in between"),
            (Answer::Stale, _) => format!(": {vip} was changed in between"),
            (Answer::Conflict, Ask::Aliases) => format!(": another NIC has {vip}"),
            (Answer::Conflict, _) => format!(": there is a route of {vip} already"),
            (Answer::Missing, Ask::DeleteRoute | Ask::DeleteBetter) => format!(": there is no such route of {vip}"),
            (Answer::Missing, _) => format!(": there is no {node}"),
            (Answer::Refused, Ask::Grant) => ": the storage has seen a newer epoch".to_owned(),
            (Answer::Refused, _) => match &self.setting.refusal {
                Some(refusal) => format!(": {refusal}"),
                None => format!(": {node} has no room for it"),
            },
            _ => String::new(),
        }
    }

    fn of_address(&self, vip: u8) -> (String, String) {
        let name = self.vip(vip);
        match self.event {
            Event::Drift { .. } => ("operator".to_owned(), format!("removes {name} by hand")),
            Event::DriftTo { node, .. } => {
                ("operator".to_owned(), format!("moves {name} to {} by hand", self.node(node)))
            }
            Event::Take { .. } => ("stranger".to_owned(), format!("is given the address of {name}, which is free")),
            Event::Blip { .. } => {
                ("chance".to_owned(), format!("health checks of {name} reach no backend for a while"))
            }
            Event::Program { .. } => {
                ("platform".to_owned(), format!("the last host has heard where packets to {name} go"))
            }
            _ => {
                let owner = self.before.vip(vip).owner.map_or("?", |owner| self.node(owner));
                (owner.to_owned(), format!("names itself leader: regionBackendServices.patch of {name}"))
            }
        }
    }

    fn of_guest(&self, node: u8, vip: u8) -> (String, String) {
        let (who, name) = (self.node(node).to_owned(), self.vip(vip));
        let announced = self.setting.family().announced();
        match self.event {
            Event::Elect { .. } if announced => ("cluster".to_owned(), format!("grants {who} the lease of {name}")),
            Event::Elect { .. } => ("cluster".to_owned(), format!("elects {who} for {name}")),
            Event::Announce { .. } if announced => (who, format!("announces itself as the holder of {name}")),
            Event::Announce { .. } => (who, format!("opens its health responder for {name}")),
            Event::FallSilent { .. } if announced => (who, format!("stops announcing itself for {name}")),
            Event::FallSilent { .. } => (who, format!("closes its health responder for {name}")),
            Event::Probe { .. } => {
                let healthy = if self.after.vip(vip).healthy.has(node) { "healthy" } else { "unhealthy" };
                ("platform".to_owned(), format!("the health check finds {who} {healthy} for {name}"))
            }
            Event::TakeOver { .. } => (who, format!("gets packets to {name} and serves it")),
            _ => (who, format!("is told to stop, and serves {name} no more")),
        }
    }

    fn of_instance(&self, node: u8) -> (String, String) {
        let name = self.node(node);
        let chance = |words: String| ("chance".to_owned(), words);
        match self.event {
            Event::Kill { .. } => chance(format!("{name} fails: it is down")),
            Event::Hang { .. } => chance(format!("{name} hangs: it answers nobody, and may go on later")),
            Event::Cut { .. } => chance(format!("{name} is cut off from controllers and peers, not from clients")),
            Event::AgentDies { .. } => chance(format!("the guest agent of {name} dies")),
            Event::SlowTick { .. } => {
                chance(format!("a tick passes, and the clock of {name} loses it{}", self.leases()))
            }
            Event::Restart { .. } => chance(format!("{name} starts again")),
            Event::Resume { .. } => chance(format!("{name} goes on where it stopped")),
            Event::Heal { .. } => chance(format!("{name} is reached again")),
            Event::StartAgain { .. } => {
                ("controllers".to_owned(), format!("start {name} again, after they took off what was on it"))
            }
            Event::Delete { .. } => ("operator".to_owned(), format!("deletes {name}: instances.delete")),
            Event::Touch { .. } => {
                ("operator".to_owned(), format!("adds an alias range to {name}, whose NIC has a new fingerprint"))
            }
            Event::GroupDeletes { .. } => {
                ("platform".to_owned(), format!("the group deletes {name}, which fails its health check"))
            }
            Event::GroupCreates { .. } => {
                ("platform".to_owned(), format!("the group makes {name} anew, with empty disks"))
            }
            Event::GroupCreatesOn { vip, .. } => {
                let vip = self.vip(vip);
                (
                    "platform".to_owned(),
                    format!("the group makes {name} anew and gives it the address of {vip} as its own"),
                )
            }
            _ => (name.to_owned(), self.follows(node)),
        }
    }

    /// A guest does what it is told.
    fn follows(&self, node: u8) -> String {
        let (was, is) = (self.before.node(node).serves, self.after.node(node).serves);
        let names = |set: Set| {
            let names: Vec<&str> =
                set.iter().filter(|vip| *vip < self.setting.scope.vips).map(|vip| self.vip(vip)).collect();
            names.join(" and ")
        };
        match (is.minus(was), was.minus(is)) {
            (new, old) if old.is_empty() => format!("takes on {}", names(new)),
            (new, old) if new.is_empty() => format!("drops {}", names(old)),
            (new, old) => format!("takes on {} and drops {}", names(new), names(old)),
        }
    }

    /// Leases that end with a tick.
    fn leases(&self) -> String {
        let mut ended = Vec::new();
        for vip in 0..self.setting.scope.vips {
            for node in 0..self.setting.scope.nodes {
                let left = |system: &System| system.node(node).lease[usize::from(vip)];
                if left(self.before) > 0 && left(self.after) == 0 {
                    let unaware =
                        if self.after.node(node).health == Health::Hung { ", which does not know" } else { "" };
                    ended.push(format!("{} on {}{unaware}", self.node(node), self.vip(vip)));
                }
            }
            if self.before.vip(vip).lease > 0 && self.after.vip(vip).lease == 0 {
                ended.push(format!("{} for the cluster", self.vip(vip)));
            }
        }
        if ended.is_empty() { String::new() } else { format!("; a lease ends: {}", ended.join("; ")) }
    }
}

fn by(who: &str, words: &str) -> (String, String) {
    (who.to_owned(), words.to_owned())
}

fn platform_of(request: Request) -> String {
    if request.ask == Ask::Grant { "storage" } else { "platform" }.to_owned()
}

/// The API's words for an answer.
fn code(request: Request, answer: Answer) -> &'static str {
    match (answer, request.ask) {
        (Answer::Awaited, _) => "nothing yet",
        (Answer::Done, Ask::Grant) => "yes",
        (Answer::Done, _) => "200",
        (Answer::Stale, _) => "412 conditionNotMet",
        (Answer::Conflict, Ask::Aliases) => "409 IP_IN_USE_BY_ANOTHER_RESOURCE",
        (Answer::Conflict, _) => "409 alreadyExists",
        (Answer::Missing, _) => "404 notFound",
        (Answer::Rate, _) => "403 rateLimitExceeded",
        (Answer::Failed, _) => "an error",
        (Answer::Refused, Ask::Grant) => "no",
        (Answer::Refused, _) => "400 invalid",
    }
}
