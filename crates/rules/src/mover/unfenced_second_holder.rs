//! A service without a fence under a mover that may leave an address with two holders.

use twinrail_facts::ChoiceOf;
use twinrail_model::{Answer, Class, Fence, Finding, Hole, Judged, Place, View, VipPoolId};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "unfenced-second-holder",
    class: Class::Risk,
    page: include_str!("../../pages/unfenced-second-holder.md"),
    judge: Judge::VipPool(judge),
};

fn judge(view: &View<'_>, pool: VipPoolId) -> Judged {
    let network = view.network;
    let row = &network.vips[pool];
    let service = &network.clusters[row.over].service;
    let kind = row.mover.kind;
    // A service that says nothing of a takeover may well serve from every node at once.
    let takes_over = service.fence.is_some() || service.takeover_milliseconds.is_some() || service.grace.is_some();
    if !takes_over {
        return Ok(Answer::NotApplicable);
    }
    if kind.fact::<ChoiceOf>(view.facts, "one-holder-by")? != "none" {
        return Ok(Answer::Holds);
    }
    match service.fence {
        Some(Fence::None) => {}
        Some(Fence::Stop | Fence::Reset | Fence::Epoch) => return Ok(Answer::Holds),
        None => return Err(Hole::NotInInput(Place::field(row.over, "service/fence"))),
    }
    let finding = Finding::new(
        Place::field(row.over, "service/fence"),
        format!(
            "under {kind} two nodes may hold an address of `{}` at once, and nothing keeps the deposed one from writing",
            network.short(pool)
        ),
    )
    .label("no fence")
    .also(Place::field(pool, "mover"), "nothing here keeps an address with one holder")
    .help("fence by an epoch that the storage checks, or choose a mover with which the VPC allows one holder only, such as alias-ip-fenced");
    Ok(finding.into())
}
