//! Movers that take an alias range off one NIC and add it to another: `alias-ip`, `alias-ip-fenced` and `pacemaker-alias` are the same protocol with other
//! steps left out. A read and the request that it leads to are one event. Where more than one thing is read, the NIC comes first and the record of
//! ownership last: a NIC that changes after it was read refuses the request, and an owner that changes after it was read is as one that changes while the
//! request is under way.

use twinrail_model::MoverKind;

use crate::mover::{Next, Step};
use crate::setting::Fencing;
use crate::sight::Sight;
use crate::system::{Answer, Ask, Controller, Holder, Request};

pub(super) fn begin(sight: Sight<'_>, vip: u8, target: u8) -> Option<Request> {
    let setting = sight.setting();
    let holder = sight.holder(vip);
    if !sight.is_fit(target) || holder == Holder::Stranger || !has_room(sight, vip, target) {
        return None;
    }
    if setting.takes(Step::Claim) {
        return begin_by_claim(sight, vip, target);
    }
    let fails = match holder {
        Holder::Node(holder) => !sight.is_fit(holder),
        _ => setting.takes(Step::Recover),
    };
    if fails { request(fence(sight, vip, target)) } else { None }
}

/// The owner by the record decides whether all is well, not the holder: one that is back with the address may be fenced by then.
fn begin_by_claim(sight: Sight<'_>, vip: u8, target: u8) -> Option<Request> {
    let recovers = sight.setting().takes(Step::Recover);
    match sight.owner(vip) {
        Some(owner) if sight.is_fit(owner) => {
            // It could hold the address: finish what was begun, or repair what came late.
            let well = sight.holder(vip).is(owner) && sight.obeys_newest(vip);
            if owner == target && !well && recovers { request(fence(sight, vip, target)) } else { None }
        }
        _ if recovers || sight.holder(vip).node().is_some_and(|holder| !sight.is_fit(holder)) => {
            Some(Request { ask: Ask::Claim, vip, node: target, fresh: true, ..Request::default() })
        }
        _ => None,
    }
}

/// A NIC takes one more, as far as a mover looks.
fn has_room(sight: Sight<'_>, vip: u8, target: u8) -> bool {
    let list = sight.aliases(target).with(vip).minus(Request::OTHERS);
    !sight.setting().takes(Step::RespectBounds) || list.len() <= u32::from(sight.setting().room)
}

pub(super) fn react(sight: Sight<'_>, task: Controller) -> Next {
    let Controller { request, answer, target } = task;
    let vip = request.vip;
    if sight.setting().takes(Step::Claim) && answer != Answer::Rate && sight.owner(vip) != Some(target) {
        return Next::End;
    }
    match (request.ask, answer) {
        (_, Answer::Rate) if is_pacemaker(sight) => Next::End,
        (_, Answer::Rate) | (Ask::PowerOff, Answer::Failed) => Next::Send(again(sight, request)),
        (Ask::Claim, Answer::Done) => fence(sight, vip, target),
        (Ask::Grant | Ask::PowerOff, Answer::Done | Answer::Missing) => detach(sight, vip, target),
        (Ask::Grant, Answer::Failed) => Next::Send(request),
        (Ask::Claim | Ask::Grant | Ask::PowerOff, _) => Next::End,
        (_, Answer::Failed | Answer::Stale) if is_pacemaker(sight) => Next::End,
        (_, Answer::Stale) if !sight.setting().takes(Step::Relist) => Next::Send(Request { fresh: true, ..request }),
        (_, _) if request.list.has(vip) => after_addition(sight, request, answer, target),
        (_, Answer::Done | Answer::Missing) => attach(sight, vip, target),
        (_, Answer::Refused) => Next::End,
        (_, _) => detach(sight, vip, target),
    }
}

/// Keeps the old holder from writing, then goes on.
fn fence(sight: Sight<'_>, vip: u8, target: u8) -> Next {
    let setting = sight.setting();
    if !setting.takes(Step::Fence) {
        return detach(sight, vip, target);
    }
    match setting.fencing {
        Fencing::Epoch if setting.grants_by_claim() => {
            Next::Send(Request { ask: Ask::Grant, vip, node: target, fresh: true, ..Request::default() })
        }
        Fencing::Stop | Fencing::Reset => match sight.holder(vip) {
            Holder::Node(holder) if holder != target && !sight.stays_off(holder) => power_off(vip, holder),
            _ => detach(sight, vip, target),
        },
        Fencing::Epoch | Fencing::Nothing => detach(sight, vip, target),
    }
}

fn power_off(vip: u8, holder: u8) -> Next {
    Next::Send(Request { ask: Ask::PowerOff, vip, node: holder, ..Request::default() })
}

/// Takes the VIP off whatever NIC has it.
fn detach(sight: Sight<'_>, vip: u8, target: u8) -> Next {
    let holder = if is_pacemaker(sight) {
        match sight.search(target, vip) {
            Ok(Some(found)) => Holder::Node(found),
            Ok(None) => Holder::Nobody,
            Err(()) => return Next::End,
        }
    } else {
        sight.holder(vip)
    };
    match holder {
        Holder::Node(holder) if holder == target => Next::End,
        // Whoever has it by now need not be the one that was stopped.
        Holder::Node(holder) if stops(sight) && !sight.stays_off(holder) => power_off(vip, holder),
        Holder::Node(holder) => {
            let list = sight.aliases(holder).without(vip);
            Next::Send(Request { ask: Ask::Aliases, vip, node: holder, list, fresh: true, ..Request::default() })
        }
        Holder::Nobody => attach(sight, vip, target),
        Holder::Stranger => Next::End,
    }
}

/// Nothing is taken off a node that was not stopped. After a reset a node runs again, so there the order is all there is.
fn stops(sight: Sight<'_>) -> bool {
    let setting = sight.setting();
    setting.takes(Step::Fence) && setting.fencing == Fencing::Stop && !is_pacemaker(sight)
}

/// Adds the VIP to the target's NIC.
fn attach(sight: Sight<'_>, vip: u8, target: u8) -> Next {
    if !sight.exists(target) || !has_room(sight, vip, target) {
        return Next::End;
    }
    let list = sight.aliases(target).with(vip);
    Next::Send(Request { ask: Ask::Aliases, vip, node: target, list, fresh: true, ..Request::default() })
}

fn after_addition(sight: Sight<'_>, request: Request, answer: Answer, target: u8) -> Next {
    match answer {
        Answer::Conflict if sight.setting().takes(Step::Reread) => detach(sight, request.vip, target),
        Answer::Stale | Answer::Failed => attach(sight, request.vip, target),
        _ => Next::End,
    }
}

/// The same request with what it is about read again.
fn again(sight: Sight<'_>, request: Request) -> Request {
    let list = match request.ask {
        Ask::Aliases if request.list.has(request.vip) => sight.aliases(request.node).with(request.vip),
        Ask::Aliases => sight.aliases(request.node).without(request.vip),
        _ => request.list,
    };
    // A claim that is repeated keeps the fingerprint of the decision; reading it again would make it a new one.
    Request { list, fresh: request.fresh || request.ask == Ask::Aliases, ..request }
}

fn is_pacemaker(sight: Sight<'_>) -> bool {
    sight.setting().mover.0 == MoverKind::PacemakerAlias
}

fn request(next: Next) -> Option<Request> {
    match next {
        Next::Send(request) => Some(request),
        Next::End => None,
    }
}
