//! A subnet range with fewer addresses than the instances, VIPs, clients and load balancers that are planned in it today.

use twinrail_model::{Answer, Class, Finding, Judged, Place, Refusal, RefusalReason, SubnetId, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "range-too-small",
    class: Class::Refused,
    page: include_str!("../../pages/range-too-small.md"),
    judge: Judge::Subnet(judge),
};

fn judge(view: &View<'_>, subnet: SubnetId) -> Judged {
    let rooms = admit::address::rooms(view, subnet)?;
    if rooms.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let Some(room) = rooms.iter().find(|room| room.now() > room.free()) else { return Ok(Answer::Holds) };
    let message =
        format!("{} addresses are needed of {}, which has {}", room.now(), room.range.words(view.network), room.free());
    let refusal = Refusal {
        reason: RefusalReason::AddressesExhausted,
        method: "instances.insert",
        message: format!("{} has no free address left", room.range.words(view.network)),
    };
    let mut finding = Finding::new(Place::field(subnet, room.range.field()), message)
        .label(format!("room for {}", room.free()))
        .help(format!("make the range at least a /{}", room.prefix_for(room.grown())))
        .note(format!("needed: {}", room.need_words(|need| need.now)))
        .note(format!("there: {}", room.free_words()))
        .refused(refusal);
    if room.grown() > room.now() {
        finding = finding.note(format!("needed when grown: {}", room.need_words(|need| need.grown)));
    }
    for need in room.needs.iter().filter(|need| need.of != subnet.into()) {
        finding = finding.also(need.of, format!("needs {}", need.now));
    }
    Ok(finding.into())
}
