//! `lb-leader`: the backend service of a VIP names its leader, and the fingerprint of that one object orders all who want to change it.

use crate::mover::{Next, Step};
use crate::sight::Sight;
use crate::system::{Answer, Ask, Controller, Holder, Request};

pub(super) fn begin(sight: Sight<'_>, vip: u8, target: u8) -> Option<Request> {
    let fails = match sight.holder(vip) {
        Holder::Node(leader) => !sight.is_fit(leader),
        Holder::Nobody => true,
        Holder::Stranger => false,
    };
    (fails && sight.is_fit(target)).then(|| lead(vip, target))
}

pub(super) fn react(sight: Sight<'_>, task: Controller) -> Next {
    let vip = task.request.vip;
    match task.answer {
        // Without a fingerprint the request is simply made again.
        Answer::Stale | Answer::Failed | Answer::Rate if !sight.setting().takes(Step::Fingerprint) => {
            Next::Send(lead(vip, task.target))
        }
        Answer::Failed | Answer::Rate => Next::Send(task.request),
        _ => Next::End,
    }
}

fn lead(vip: u8, target: u8) -> Request {
    Request { ask: Ask::Lead, vip, node: target, fresh: true, ..Request::default() }
}
