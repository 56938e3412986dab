//! What the platform makes of a request: which of the API's answers, and what changes. Fingerprints are kept as whether a request still carries the
//! current one: any change of the resource outdates all others that are under way. Not here: whether a mover may ask (`model::admit` was asked
//! when the setting was made).

use crate::mover::Step;
use crate::setting::{Fencing, Setting};
use crate::system::{Answer, Ask, Health, Holder, MAX_LATE, Request, Set, System};

/// Whose request it is, for which decision is the newest.
pub(super) struct Sender {
    /// Where the task is to end, if anybody still knows.
    pub(super) target: Option<u8>,
    /// It holds the lease of the controllers.
    pub(super) leads: bool,
}

/// Decides a request.
pub(super) fn decide(system: &mut System, setting: &Setting, request: Request, by: &Sender) -> Answer {
    // The storage counts no requests.
    if system.spent && request.ask != Ask::Grant {
        return Answer::Rate;
    }
    let answer = match request.ask {
        Ask::Nothing => unreachable!("nothing is not asked"),
        Ask::Claim => claim(system, request),
        Ask::Grant => grant(system, setting, request),
        Ask::PowerOff => power_off(system, setting, request),
        Ask::Aliases => aliases(system, setting, request),
        Ask::InsertRoute | Ask::InsertBetter => insert(system, setting, request),
        Ask::DeleteRoute | Ask::DeleteBetter => delete(system, setting, request),
        Ask::Lead => lead(system, setting, request),
    };
    if answer == Answer::Done && !setting.takes(Step::Claim) && request.ask != Ask::PowerOff {
        weigh(system, request, by);
    }
    answer
}

/// Keeps account of which decision about a VIP is the newest that took effect: that of the one who holds the lease, and of others only until then.
fn weigh(system: &mut System, request: Request, by: &Sender) {
    if !request.overtaken && by.target.is_some() {
        system.vips[usize::from(request.vip)].decided = by.target;
    }
    if by.leads {
        let tasks = system.controllers.iter_mut().map(|task| &mut task.request).chain(&mut system.late);
        for other in tasks.filter(|other| !other.is_nothing() && other.vip == request.vip) {
            other.overtaken = true;
        }
        sort(&mut system.late);
    }
}

fn claim(system: &mut System, request: Request) -> Answer {
    if !request.fresh {
        return Answer::Stale;
    }
    let address = &mut system.vips[usize::from(request.vip)];
    address.owner = Some(request.node);
    address.decided = Some(request.node);
    address.granted_newest = false;
    outdate(system, |other| matches!(other.ask, Ask::Claim | Ask::Grant) && other.vip == request.vip);
    Answer::Done
}

/// The storage refuses an epoch that is older than one it has seen. Where claims do not number them, it cannot tell.
fn grant(system: &mut System, setting: &Setting, request: Request) -> Answer {
    let address = &mut system.vips[usize::from(request.vip)];
    if setting.takes(Step::Claim) {
        if address.granted_newest && !request.fresh {
            return Answer::Refused;
        }
        address.granted_newest = request.fresh;
    }
    address.grant = Some(request.node);
    Answer::Done
}

fn power_off(system: &mut System, setting: &Setting, request: Request) -> Answer {
    if system.node(request.node).health == Health::Gone {
        return Answer::Missing;
    }
    let health = if setting.fencing == Fencing::Reset { Health::Down } else { Health::Stopped };
    super::power_off(system, request.node, health);
    system.nodes[usize::from(request.node)].wiped |= setting.fence_wipes;
    Answer::Done
}

fn aliases(system: &mut System, setting: &Setting, request: Request) -> Answer {
    let node = request.node;
    if system.node(node).health == Health::Gone {
        return Answer::Missing;
    }
    let now = system.aliases(node);
    if !(request.fresh || setting.fingerprints_repeat && now == list_that_was_read(request)) {
        return Answer::Stale;
    }
    let new = request.list.minus(now).minus(Request::OTHERS);
    let count = request.list.minus(Request::OTHERS).len();
    if !new.is_empty() && (setting.refusal.is_some() || count > u32::from(setting.room)) {
        return Answer::Refused;
    }
    if new.iter().any(|vip| system.vip(vip).holder != Holder::Nobody) {
        return Answer::Conflict;
    }
    for vip in new.iter() {
        system.vips[usize::from(vip)].holder = Holder::Node(node);
    }
    for vip in now.minus(request.list).minus(Request::OTHERS).iter() {
        system.vips[usize::from(vip)].holder = Holder::Nobody;
    }
    let others = &mut system.nodes[usize::from(node)].others;
    *others = Set(others.0 & request.list.0);
    outdate_aliases(system, node);
    Answer::Done
}

/// The list before the change: it is how the request was made.
fn list_that_was_read(request: Request) -> Set {
    if request.list.has(request.vip) { request.list.without(request.vip) } else { request.list.with(request.vip) }
}

fn insert(system: &mut System, setting: &Setting, request: Request) -> Answer {
    if system.node(request.node).health == Health::Gone {
        return Answer::Missing;
    }
    if setting.refusal.is_some() {
        return Answer::Refused;
    }
    let one_name = setting.takes(Step::OneName);
    let hops = hops(system, request);
    if if one_name { !hops.is_empty() } else { hops.has(request.node) } {
        return Answer::Conflict;
    }
    *hops = hops.with(request.node);
    Answer::Done
}

/// By name: whatever the route of that name leads to by now.
fn delete(system: &mut System, setting: &Setting, request: Request) -> Answer {
    let one_name = setting.takes(Step::OneName);
    let hops = hops(system, request);
    if if one_name { hops.is_empty() } else { !hops.has(request.node) } {
        return Answer::Missing;
    }
    *hops = if one_name { Set::EMPTY } else { hops.without(request.node) };
    Answer::Done
}

fn hops(system: &mut System, request: Request) -> &mut Set {
    let address = &mut system.vips[usize::from(request.vip)];
    match request.ask {
        Ask::InsertBetter | Ask::DeleteBetter => &mut address.better,
        _ => &mut address.routes,
    }
}

fn lead(system: &mut System, setting: &Setting, request: Request) -> Answer {
    if setting.refusal.is_some() {
        return Answer::Refused;
    }
    if system.node(request.node).health == Health::Gone {
        return Answer::Missing;
    }
    if setting.takes(Step::Fingerprint) && !request.fresh {
        return Answer::Stale;
    }
    system.vips[usize::from(request.vip)].holder = Holder::Node(request.node);
    outdate_leads(system, request.vip);
    Answer::Done
}

/// The NIC of a node changed.
pub(super) fn outdate_aliases(system: &mut System, node: u8) {
    outdate(system, |request| request.ask == Ask::Aliases && request.node == node);
}

/// The backend service of a VIP changed.
pub(super) fn outdate_leads(system: &mut System, vip: u8) {
    outdate(system, |request| request.ask == Ask::Lead && request.vip == vip);
}

fn outdate(system: &mut System, which: impl Fn(&Request) -> bool) {
    for task in &mut system.controllers {
        // A request that was decided carries its fingerprint on only where it will be made again as it is.
        if which(&task.request) && task.answer != Answer::Done {
            task.request.fresh = false;
        }
    }
    for request in &mut system.late {
        if which(request) {
            request.fresh = false;
        }
    }
    sort(&mut system.late);
}

pub(super) fn sort(late: &mut [Request; MAX_LATE]) {
    late.sort_by_key(|request| (request.is_nothing(), *request));
}
