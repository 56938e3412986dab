//! What one event makes of a system. `request` decides what is asked of the platform; here is what happens to guests, controllers and leases.
//!
//! Packets follow a change late: whoever got them before may still get them until [`Event::Program`], and whoever gets them now may at once.

mod request;

use crate::event::Event;
use crate::mover::{self, Next, Step};
use crate::pending::told;
use crate::setting::{Family, Setting};
use crate::sight::Sight;
use crate::system::{Answer, Controller, Health, Holder, MAX_NODES, MAX_VIPS, Node, Request, Set, System};

/// Lets one event happen.
///
/// # Panics
///
/// If the event is not pending: it is the harness that chooses, and only among those.
pub fn step(system: &mut System, setting: &Setting, event: Event) {
    if event.is_thought() {
        happen(system, setting, event);
        return;
    }
    let mut before = [Set::EMPTY; MAX_VIPS];
    for vip in 0..setting.scope.vips {
        before[usize::from(vip)] = system.destinations(setting, vip);
    }
    if let Some(fault) = event.fault() {
        let class = &mut system.class_faults[fault.class() as usize];
        *class = class.saturating_sub(1);
        system.faults = system.faults.checked_sub(1).expect("a fault is pending only within the budget");
        happen_wrong(system, setting, event);
    } else {
        happen(system, setting, event);
    }
    let gone =
        (0..MAX_NODES as u8).filter(|node| system.node(*node).health == Health::Gone).fold(Set::EMPTY, Set::with);
    for vip in 0..setting.scope.vips {
        let now = system.destinations(setting, vip);
        let lag = system.vip(vip).lag.union(before[usize::from(vip)]).minus(now).minus(gone);
        system.vips[usize::from(vip)].lag = if event == (Event::Program { vip }) { Set::EMPTY } else { lag };
    }
}

fn happen_wrong(system: &mut System, setting: &Setting, event: Event) {
    match event {
        Event::Kill { node } => power_off(system, node, Health::Down),
        Event::Hang { node } => system.nodes[usize::from(node)].health = Health::Hung,
        Event::Cut { node } => system.nodes[usize::from(node)].health = Health::Cut,
        Event::Delete { node } => delete(system, setting, node),
        Event::Zone => {
            for node in 0..setting.scope.nodes {
                if !system.node(node).is_off() {
                    power_off(system, node, Health::Down);
                }
            }
        }
        Event::AgentDies { node } => system.nodes[usize::from(node)].agent_dead = true,
        Event::Crash { controller } => {
            let task = std::mem::take(&mut system.controllers[usize::from(controller)]);
            if task.answer == Answer::Awaited {
                goes_on_alone(system, task.request);
            }
        }
        Event::GiveUp { controller } => {
            goes_on_alone(system, system.controllers[usize::from(controller)].request);
            settle(system, setting, controller, Answer::Failed);
        }
        Event::Split => system.split = true,
        Event::Depose { leader } => system.leader = leader,
        Event::FailOperation { controller } => settle(system, setting, controller, Answer::Failed),
        Event::RefuseAsInUse { controller } => settle(system, setting, controller, Answer::Conflict),
        Event::LoseAnswer { controller } => {
            let task = &mut system.controllers[usize::from(controller)];
            task.answer = Answer::Awaited;
            task.request.fresh = false;
        }
        Event::SpendQuota => system.spent = true,
        Event::Touch { node } => {
            let guest = &mut system.nodes[usize::from(node)];
            guest.others = guest.others.with(Request::NEWCOMER);
            request::outdate_aliases(system, node);
        }
        Event::DriftTo { vip, node } => {
            let address = &mut system.vips[usize::from(vip)];
            let from = address.holder.node().expect("what is moved by hand was somewhere");
            address.holder = Holder::Node(node);
            request::outdate_aliases(system, from);
            request::outdate_aliases(system, node);
            request::outdate_leads(system, vip);
        }
        Event::Drift { vip } => {
            let address = &mut system.vips[usize::from(vip)];
            if let Some(node) = address.holder.node() {
                address.holder = Holder::Nobody;
                request::outdate_aliases(system, node);
            } else {
                address.routes = Set::EMPTY;
            }
        }
        Event::Take { vip } => system.vips[usize::from(vip)].holder = Holder::Stranger,
        Event::Blip { vip } => system.vips[usize::from(vip)].healthy = Set::EMPTY,
        Event::SlowTick { node } => tick(system, setting, Some(node)),
        _ => unreachable!("{event:?} is no fault"),
    }
}

/// A request that nobody waits for any more.
fn goes_on_alone(system: &mut System, request: Request) {
    let place = system.late.iter_mut().find(|request| request.is_nothing());
    *place.expect("there is room for as many late requests as faults") = request;
    request::sort(&mut system.late);
}

fn happen(system: &mut System, setting: &Setting, event: Event) {
    match event {
        Event::Agree => system.split = false,
        Event::Restart { node } | Event::Resume { node } | Event::Heal { node } => {
            system.nodes[usize::from(node)].health = Health::Up;
        }
        Event::StartAgain { node } => {
            for address in system.vips.iter_mut().filter(|address| address.holder.is(node)) {
                address.holder = Holder::Nobody;
            }
            request::outdate_aliases(system, node);
            system.nodes[usize::from(node)].health = Health::Up;
        }
        Event::Begin { controller, vip, target } => {
            let request = mover::begin(Sight::new(system, setting), vip, target);
            let request = request.expect("a task begins only where there is something to do");
            system.controllers[usize::from(controller)] = Controller { request, answer: Answer::Awaited, target };
        }
        Event::Decide { controller } => {
            let Controller { request, target, .. } = system.controllers[usize::from(controller)];
            // It does not outdate or overtake itself.
            system.controllers[usize::from(controller)].request = Request::default();
            let by = request::Sender { target: Some(target), leads: controller == system.leader };
            let answer = request::decide(system, setting, request, &by);
            system.controllers[usize::from(controller)].request = request;
            settle(system, setting, controller, answer);
        }
        Event::DecideLate { place } => {
            let request = std::mem::take(&mut system.late[usize::from(place)]);
            let by = request::Sender { target: request.gives_to(), leads: false };
            request::decide(system, setting, request, &by);
            request::sort(&mut system.late);
        }
        Event::React { controller } => {
            let task = system.controllers[usize::from(controller)];
            let next = mover::react(Sight::new(system, setting), task);
            system.controllers[usize::from(controller)] = match next {
                Next::Send(request) => {
                    let request = Request { overtaken: task.request.overtaken, ..request };
                    Controller { request, answer: Answer::Awaited, target: task.target }
                }
                Next::End => Controller::default(),
            };
        }
        Event::Program { .. } => {}
        Event::Sync { node } => sync(system, setting, node),
        Event::TakeOver { node, vip } => take_over(system, setting, node, vip),
        Event::StepDown { node, vip } => silence(system, node, vip),
        Event::Minute => system.spent = false,
        Event::GroupDeletes { node } => delete(system, setting, node),
        Event::GroupCreates { node } => create(system, node),
        Event::GroupCreatesOn { node, vip } => {
            create(system, node);
            system.vips[usize::from(vip)].holder = Holder::Stranger;
        }
        Event::Elect { .. }
        | Event::Announce { .. }
        | Event::FallSilent { .. }
        | Event::Probe { .. }
        | Event::Confirm { .. }
        | Event::Tick => elected(system, setting, event),
        _ => unreachable!("{event:?} is a fault"),
    }
}

/// Writes down the answer, and forgets what nobody reads of the request any more, so that states which differ only in that are one.
fn settle(system: &mut System, setting: &Setting, controller: u8, answer: Answer) {
    let task = &mut system.controllers[usize::from(controller)];
    task.answer = answer;
    let again = matches!(answer, Answer::Failed | Answer::Rate);
    task.request.fresh &= again;
    if answer != Answer::Stale || setting.takes(Step::Relist) {
        let adds = task.request.list.has(task.request.vip);
        let whole = !setting.takes(Step::RequestId) && answer == Answer::Done;
        if !whole {
            task.request.list = if adds { Set::of(task.request.vip) } else { Set::EMPTY };
        }
    }
}

fn power_off(system: &mut System, node: u8, health: Health) {
    let guest = &mut system.nodes[usize::from(node)];
    *guest = Node { health, wiped: guest.wiped, others: guest.others, ..Node::default() };
}

/// Deletes the resource: its alias ranges are free again, unless the group keeps them for its successor.
fn delete(system: &mut System, setting: &Setting, node: u8) {
    power_off(system, node, Health::Gone);
    request::outdate_aliases(system, node);
    for vip in 0..setting.scope.vips {
        let address = &mut system.vips[usize::from(vip)];
        let kept = setting.family() == Family::Group && setting.reserved;
        if address.holder.is(node) && setting.family() != Family::Leader && !setting.family().announced() && !kept {
            address.holder = Holder::Nobody;
        }
    }
}

/// The group makes the instance anew, with empty local disks.
fn create(system: &mut System, node: u8) {
    let guest = &mut system.nodes[usize::from(node)];
    *guest = Node { wiped: true, others: guest.others, ..Node::default() };
}

fn sync(system: &mut System, setting: &Setting, node: u8) {
    let told = told(system, setting, node).expect("a guest follows what it is told");
    let new = told.minus(system.node(node).serves);
    system.nodes[usize::from(node)].serves = told;
    if setting.looks_at_epochs() && !setting.grants_by_claim() {
        for vip in new.iter() {
            system.vips[usize::from(vip)].grant = Some(node);
        }
    }
}

fn take_over(system: &mut System, setting: &Setting, node: u8, vip: u8) {
    let guest = &mut system.nodes[usize::from(node)];
    guest.serves = guest.serves.with(vip);
    if setting.looks_at_epochs() {
        system.vips[usize::from(vip)].grant = Some(node);
    }
}

fn silence(system: &mut System, node: u8, vip: u8) {
    let guest = &mut system.nodes[usize::from(node)];
    guest.serves = guest.serves.without(vip);
    guest.announces = guest.announces.without(vip);
}

fn elected(system: &mut System, setting: &Setting, event: Event) {
    let announced = setting.family().announced();
    match event {
        Event::Elect { node, vip } => {
            system.vips[usize::from(vip)].owner = Some(node);
            if announced {
                renew(system, node, vip);
            }
        }
        Event::Announce { node, vip } => {
            let guest = &mut system.nodes[usize::from(node)];
            guest.announces = guest.announces.with(vip);
        }
        Event::FallSilent { node, vip } => {
            silence(system, node, vip);
            if announced {
                system.vips[usize::from(vip)].quiet = false;
            }
        }
        Event::Probe { node, vip } => {
            let address = &mut system.vips[usize::from(vip)];
            address.healthy =
                if address.healthy.has(node) { address.healthy.without(node) } else { address.healthy.with(node) };
        }
        Event::Confirm { vip } => {
            let owner = system.vip(vip).owner.expect("only an owner confirms");
            system.vips[usize::from(vip)].holder = Holder::Node(owner);
        }
        Event::Tick => tick(system, setting, None),
        _ => unreachable!("{event:?} is about no election"),
    }
}

fn renew(system: &mut System, node: u8, vip: u8) {
    system.nodes[usize::from(node)].lease[usize::from(vip)] = Setting::LEASE;
    system.vips[usize::from(vip)].lease = Setting::LEASE + Setting::GAP;
}

/// One tick on every clock, but for one that is slow. A holder that is reached hears of it in time, every tick. A guest that runs falls silent as its
/// lease ends; one that hangs does not know.
pub(crate) fn tick(system: &mut System, setting: &Setting, slow: Option<u8>) {
    for vip in 0..setting.scope.vips {
        let place = usize::from(vip);
        let reached = system.vips[place].owner.filter(|owner| system.node(*owner).health == Health::Up);
        system.vips[place].quiet = true;
        for node in (0..setting.scope.nodes).filter(|node| slow != Some(*node) && reached != Some(*node)) {
            let guest = &mut system.nodes[usize::from(node)];
            guest.lease[place] = guest.lease[place].saturating_sub(1);
            if guest.lease[place] == 0 && guest.runs() && guest.announces.has(vip) {
                silence(system, node, vip);
                system.vips[place].quiet = false;
            }
        }
        match reached {
            Some(owner) => renew(system, owner, vip),
            None => system.vips[place].lease = system.vips[place].lease.saturating_sub(1),
        }
    }
}
