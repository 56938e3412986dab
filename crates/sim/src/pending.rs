//! Which events may come next. An event is pending because of the state: there is no queue beside it, so that a packed state says all of what may follow.
//! Not here: what an event does (`step`).

use twinrail_model::MoverKind;

use crate::event::{Event, Fault};
use crate::mover::{self, Step};
use crate::setting::{Family, Setting};
use crate::sight::Sight;
use crate::step::tick;
use crate::system::{Answer, Ask, Controller, Health, Holder, Request, Set, System};

/// Adds every event that may come next, in a fixed order: faults, luck, progress.
pub fn pending(system: &System, setting: &Setting, events: &mut Vec<Event>) {
    if system.faults > 0 {
        faults_of_nodes(system, setting, events);
        faults_of_controllers(system, setting, events);
        faults_of_addresses(system, setting, events);
        let left = |fault: Fault| {
            let class = fault.class();
            !setting.at_most.contains_key(&class) || system.class_faults[class as usize] > 0
        };
        events.retain(|event| event.fault().is_none_or(|fault| setting.menu.contains(fault) && left(fault)));
    }
    luck(system, setting, events);
    progress(system, setting, events);
}

/// Only what happens sooner or later.
pub(crate) fn progress(system: &System, setting: &Setting, events: &mut Vec<Event>) {
    progress_of_controllers(system, setting, events);
    progress_of_others(system, setting, events);
}

/// Of that, what controllers and those who answer them do; it is all that changes when a controller only goes on.
pub(crate) fn progress_of_controllers(system: &System, setting: &Setting, events: &mut Vec<Event>) {
    if setting.has_controllers() {
        controllers(system, setting, events);
    }
}

fn progress_of_others(system: &System, setting: &Setting, events: &mut Vec<Event>) {
    for vip in 0..setting.scope.vips {
        if !system.vip(vip).lag.is_empty() {
            events.push(Event::Program { vip });
        }
    }
    for node in 0..setting.scope.nodes {
        guest(system, setting, node, events);
    }
    if setting.repaired {
        group(system, setting, events);
    }
    if matches!(setting.family(), Family::HealthCheck | Family::Announcement) {
        election(system, setting, events);
    }
}

fn faults_of_nodes(system: &System, setting: &Setting, events: &mut Vec<Event>) {
    for node in 0..setting.scope.nodes {
        let guest = system.node(node);
        if matches!(guest.health, Health::Up | Health::Cut | Health::Hung) {
            events.push(Event::Kill { node });
        }
        if guest.runs() {
            events.push(Event::Hang { node });
        }
        if guest.health == Health::Up {
            events.push(Event::Cut { node });
        }
        if guest.health != Health::Gone {
            events.push(Event::Delete { node });
        }
        if guest.runs() && !guest.agent_dead && setting.family() == Family::Alias {
            events.push(Event::AgentDies { node });
        }
        let awaits = |task: &Controller| task.answer == Answer::Awaited && is_about_nic(task.request, node);
        let others = guest.others.has(Request::NEWCOMER);
        if !others
            && (system.controllers.iter().any(awaits) || system.late.iter().any(|late| is_about_nic(*late, node)))
        {
            events.push(Event::Touch { node });
        }
        if setting.family().announced() && guest.lease.iter().any(|left| *left > 0) {
            events.push(Event::SlowTick { node });
        }
    }
    if (0..setting.scope.nodes).any(|node| !system.node(node).is_off()) {
        events.push(Event::Zone);
    }
}

fn is_about_nic(request: Request, node: u8) -> bool {
    request.ask == Ask::Aliases && request.node == node
}

fn faults_of_controllers(system: &System, setting: &Setting, events: &mut Vec<Event>) {
    if !setting.has_controllers() {
        return;
    }
    for controller in 0..setting.scope.controllers {
        let task = &system.controllers[usize::from(controller)];
        if task.is_idle() {
            continue;
        }
        events.push(Event::Crash { controller });
        if task.answer == Answer::Awaited {
            events.push(Event::FailOperation { controller });
            events.push(Event::GiveUp { controller });
            let adds = task.request.ask == Ask::Aliases && task.request.list.has(task.request.vip);
            if adds && system.vip(task.request.vip).holder == Holder::Nobody {
                events.push(Event::RefuseAsInUse { controller });
            }
        }
        if task.answer == Answer::Done && !setting.takes(Step::RequestId) {
            events.push(Event::LoseAnswer { controller });
        }
        if controller == system.leader {
            let others = (0..setting.scope.controllers).filter(|other| *other != controller);
            events.extend(others.map(|leader| Event::Depose { leader }));
        }
    }
    if !system.spent {
        events.push(Event::SpendQuota);
    }
    if setting.scope.controllers > 1 && !system.split {
        events.push(Event::Split);
    }
}

fn faults_of_addresses(system: &System, setting: &Setting, events: &mut Vec<Event>) {
    for vip in 0..setting.scope.vips {
        let address = system.vip(vip);
        let held = address.holder.node().is_some() && setting.family() == Family::Alias;
        if held || !address.routes.is_empty() {
            events.push(Event::Drift { vip });
        }
        let by_hand = matches!(setting.family(), Family::Alias | Family::Leader | Family::Announcement);
        if by_hand && address.holder.node().is_some() {
            let others = (0..setting.scope.nodes).filter(|node| !address.holder.is(*node) && system.node(*node).runs());
            events.extend(others.map(|node| Event::DriftTo { vip, node }));
        }
        if is_free(system, setting, vip) {
            events.push(Event::Take { vip });
        }
        if setting.family().health_checked() && !address.healthy.is_empty() {
            events.push(Event::Blip { vip });
        }
    }
}

fn is_free(system: &System, setting: &Setting, vip: u8) -> bool {
    matches!(setting.family(), Family::Alias | Family::Group)
        && !setting.reserved
        && setting.may_be_taken
        && system.vip(vip).holder == Holder::Nobody
}

fn luck(system: &System, setting: &Setting, events: &mut Vec<Event>) {
    for node in 0..setting.scope.nodes {
        match system.node(node).health {
            Health::Down => events.push(Event::Restart { node }),
            Health::Hung => events.push(Event::Resume { node }),
            Health::Cut => events.push(Event::Heal { node }),
            Health::Up | Health::Stopped | Health::Gone => {}
        }
    }
    if system.split {
        events.push(Event::Agree);
    }
}

fn controllers(system: &System, setting: &Setting, events: &mut Vec<Event>) {
    let sight = Sight::new(system, setting);
    for controller in 0..setting.scope.controllers {
        let begins = controller == system.leader || system.split;
        if !begins || !system.controllers[usize::from(controller)].is_idle() {
            continue;
        }
        for vip in 0..setting.scope.vips {
            for target in 0..setting.scope.nodes {
                if mover::begin(sight, vip, target).is_some() {
                    events.push(Event::Begin { controller, vip, target });
                }
            }
        }
    }
    for controller in 0..setting.scope.controllers {
        let task = &system.controllers[usize::from(controller)];
        if task.is_idle() {
            continue;
        }
        match task.answer {
            Answer::Awaited => events.push(Event::Decide { controller }),
            Answer::Rate if system.spent && setting.takes(Step::RespectBounds) => {}
            _ => events.push(Event::React { controller }),
        }
    }
    for (place, request) in system.late.iter().enumerate() {
        if !request.is_nothing() {
            events.push(Event::DecideLate { place: place as u8 });
        }
    }
    if system.spent {
        events.push(Event::Minute);
    }
    if setting.powers_off() && setting.takes(Step::Recover) {
        let fit = (0..setting.scope.nodes).any(|node| sight.is_fit(node));
        for node in 0..setting.scope.nodes {
            // While another node is fit, the address goes there, and nobody parks it.
            let empty = system.aliases(node).minus(Request::OTHERS).is_empty();
            if system.node(node).health == Health::Stopped && (empty || !fit) {
                events.push(Event::StartAgain { node });
            }
        }
    }
}

fn guest(system: &System, setting: &Setting, node: u8, events: &mut Vec<Event>) {
    let guest = system.node(node);
    if !guest.runs() {
        return;
    }
    if let Some(told) = told(system, setting, node)
        && guest.serves != told
    {
        events.push(Event::Sync { node });
    }
    let always_local = setting.is_always_local();
    for vip in 0..setting.scope.vips {
        let serves = guest.serves.has(vip);
        // Where packets go is asked last: it is the dearest question, and most guests need no answer.
        let rightful = || {
            let there = system.destinations(setting, vip);
            there.has(node) && there.len() == 1
        };
        let elected = !setting.takes(Step::ServeIfElected) || system.vip(vip).owner == Some(node);
        let begins = always_local && !serves && elected && system.reachable(setting, vip).has(node);
        let refused =
            serves && !setting.grants_by_claim() && system.is_fenced(setting, vip, node) && rightful();
        if begins || refused {
            events.push(Event::TakeOver { node, vip });
        }
        if always_local
            && serves
            && guest.health == Health::Up
            && !system.reachable(setting, vip).has(node)
        {
            events.push(Event::StepDown { node, vip });
        }
    }
}

/// The VIPs that a guest is told to have: by the metadata server, which a cut does not concern, or by the cluster's own software, which does not reach a
/// node that is cut off. `None`: nobody tells it, or it does not listen.
pub(crate) fn told(system: &System, setting: &Setting, node: u8) -> Option<Set> {
    let guest = system.node(node);
    match setting.family() {
        // A primary address comes by DHCP and needs no agent.
        Family::Alias | Family::Group => (!guest.agent_dead).then(|| system.aliases(node).minus(Request::OTHERS)),
        Family::Route if setting.mover.0 != MoverKind::RoutePriority => {
            let leads_here = |vip: &u8| {
                let address = system.vip(*vip);
                if address.better.is_empty() { address.routes.has(node) } else { address.better.has(node) }
            };
            let told = (0..setting.scope.vips).filter(leads_here).fold(Set::EMPTY, Set::with);
            (guest.health == Health::Up).then_some(told)
        }
        _ => None,
    }
}

fn group(system: &System, setting: &Setting, events: &mut Vec<Event>) {
    for node in 0..setting.scope.nodes {
        match system.node(node).health {
            Health::Hung if !setting.notices_hangs => {}
            Health::Hung | Health::Down | Health::Stopped => events.push(Event::GroupDeletes { node }),
            Health::Gone => {
                events.push(Event::GroupCreates { node });
                let takes = |vip: &u8| setting.in_primary_range && is_free(system, setting, *vip);
                let free = (0..setting.scope.vips).filter(takes);
                events.extend(free.map(|vip| Event::GroupCreatesOn { node, vip }));
            }
            Health::Up | Health::Cut => {}
        }
    }
}

fn election(system: &System, setting: &Setting, events: &mut Vec<Event>) {
    let announced = setting.family().announced();
    for vip in 0..setting.scope.vips {
        let address = system.vip(vip);
        let owner = address.owner.map(|owner| (owner, system.node(owner)));
        let lost = owner.is_none_or(|(_, node)| node.health != Health::Up);
        let over = !setting.takes(Step::AwaitLease)
            || if announced {
                address.lease == 0
            } else {
                owner.is_none_or(|(_, node)| !(node.runs() && node.announces.has(vip)))
            };
        for node in 0..setting.scope.nodes {
            let guest = system.node(node);
            if lost && over && guest.health == Health::Up {
                events.push(Event::Elect { node, vip });
            }
            let elected = address.owner == Some(node);
            let may =
                if announced { guest.lease[usize::from(vip)] > 0 && guest.runs() } else { guest.health == Health::Up };
            if elected && may && !guest.announces.has(vip) {
                events.push(Event::Announce { node, vip });
            }
            let ended =
                if announced { guest.lease[usize::from(vip)] == 0 } else { !elected || guest.health == Health::Cut };
            if guest.announces.has(vip) && guest.runs() && ended {
                events.push(Event::FallSilent { node, vip });
            }
            let well = guest.announces.has(vip) && guest.runs();
            if !announced && address.healthy.has(node) != well {
                events.push(Event::Probe { node, vip });
            }
        }
        if announced
            && address.owner.is_some_and(|owner| system.node(owner).health == Health::Up && !address.holder.is(owner))
        {
            events.push(Event::Confirm { vip });
        }
    }
    if announced {
        let mut later = system.clone();
        tick(&mut later, setting, None);
        if later != *system {
            events.push(Event::Tick);
        }
    }
}

/// Whether a fault of a kind can do anything at all under a mover, so that a menu without it is not missed.
pub(crate) fn concerns(setting: &Setting, fault: Fault) -> bool {
    let family = setting.family();
    match fault {
        Fault::Kill | Fault::Hang | Fault::Cut | Fault::Delete | Fault::Zone => true,
        Fault::Crash | Fault::Fail | Fault::Timeout | Fault::Quota => setting.has_controllers(),
        Fault::Lose => setting.has_controllers() && !setting.takes(Step::RequestId),
        Fault::Depose | Fault::Split => setting.has_controllers() && setting.scope.controllers > 1,
        Fault::Agent | Fault::Lag | Fault::Touch => family == Family::Alias,
        Fault::Take => matches!(family, Family::Alias | Family::Group) && !setting.reserved && setting.may_be_taken,
        Fault::Drift => !matches!(family, Family::HealthCheck | Family::Group),
        Fault::Blip => family.health_checked(),
        Fault::Clock => family.announced(),
    }
}
