//! A subnet range that holds what is planned today, but not the clusters at the size they are to grow to.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, Judged, Place, SubnetId, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "range-too-small-to-grow",
    class: Class::Risk,
    page: include_str!("../../pages/range-too-small-to-grow.md"),
    judge: Judge::Subnet(judge),
};

fn judge(view: &View<'_>, subnet: SubnetId) -> Judged {
    let mut rooms = admit::address::rooms(view, subnet)?;
    // What is too small today is another rule's finding.
    rooms.retain(|room| room.grown() > room.now() && room.now() <= room.free());
    if rooms.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let Some(room) = rooms.iter().find(|room| room.grown() > room.free()) else { return Ok(Answer::Holds) };
    let message = format!(
        "{} addresses will be needed of {}, which has {}",
        room.grown(),
        room.range.words(view.network),
        room.free()
    );
    let widen = if room.range.name.is_none() && view.facts.get(keys::subnet::PRIMARY_CAN_GROW) {
        "; it can be widened later only as long as the addresses beside it stay free"
    } else {
        ""
    };
    let mut finding = Finding::new(Place::field(subnet, room.range.field()), message)
        .label(format!("room for {}", room.free()))
        .help(format!("make the range at least a /{} from the start{widen}", room.prefix_for(room.grown())))
        .note(format!("today: {}", room.need_words(|need| need.now)))
        .note(format!("grown: {}", room.need_words(|need| need.grown)))
        .note(format!("there: {}", room.free_words()));
    for need in room.needs.iter().filter(|need| need.grown > need.now) {
        finding = finding.also(need.of, format!("grows from {} to {}", need.now, need.grown));
    }
    Ok(finding.into())
}
