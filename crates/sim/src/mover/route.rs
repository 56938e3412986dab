//! Movers that change static routes. A route cannot be changed, only deleted and inserted, and carries no fingerprint: a request that comes late does what
//! it says. `route-replace` deletes first; `route-make-before-break` inserts a better route, changes the standing one, and deletes the better one.

use twinrail_model::MoverKind;

use crate::mover::{Next, Step};
use crate::sight::Sight;
use crate::system::{Answer, Ask, Controller, Request};

pub(super) fn begin(sight: Sight<'_>, vip: u8, target: u8) -> Option<Request> {
    if !sight.is_fit(target) {
        return None;
    }
    let (standing, better) = sight.routes(vip);
    let hops = if better.is_empty() { standing } else { better };
    let fails = hops.iter().all(|hop| !sight.is_fit(hop));
    let lost = hops.is_empty();
    let untidy = sight.setting().takes(Step::Recover) && !better.is_empty();
    let wanted = if lost { sight.setting().takes(Step::Recover) } else { fails || untidy };
    if !wanted {
        return None;
    }
    let ask = match sight.setting().mover.0 {
        MoverKind::RouteMakeBeforeBreak => Ask::InsertBetter,
        _ if standing.is_empty() => Ask::InsertRoute,
        _ => Ask::DeleteRoute,
    };
    let node = if ask == Ask::DeleteRoute { standing.iter().next()? } else { target };
    Some(route(ask, vip, node))
}

pub(super) fn react(sight: Sight<'_>, task: Controller) -> Next {
    let Controller { request, answer, target } = task;
    let vip = request.vip;
    let gradual = sight.setting().mover.0 == MoverKind::RouteMakeBeforeBreak;
    let (standing, better) = sight.routes(vip);
    match (request.ask, answer) {
        (_, Answer::Rate | Answer::Failed) => Next::Send(request),
        (Ask::DeleteRoute, Answer::Done | Answer::Missing) => Next::Send(route(Ask::InsertRoute, vip, target)),
        (Ask::InsertRoute, Answer::Done) if gradual => Next::Send(route(Ask::DeleteBetter, vip, target)),
        (Ask::InsertBetter, Answer::Done) => match standing.iter().next() {
            Some(hop) => Next::Send(route(Ask::DeleteRoute, vip, hop)),
            None => Next::Send(route(Ask::InsertRoute, vip, target)),
        },
        (Ask::InsertRoute, Answer::Conflict) if sight.setting().takes(Step::Reread) => match standing.iter().next() {
            Some(hop) if hop != target => Next::Send(route(Ask::DeleteRoute, vip, hop)),
            _ => Next::End,
        },
        (Ask::InsertBetter, Answer::Conflict) if sight.setting().takes(Step::Reread) => match better.iter().next() {
            Some(hop) => Next::Send(route(Ask::DeleteBetter, vip, hop)),
            None => Next::Send(request),
        },
        _ => Next::End,
    }
}

fn route(ask: Ask, vip: u8, node: u8) -> Request {
    Request { ask, vip, node, ..Request::default() }
}
