//! A cluster fences nodes by stopping or resetting them, inside a group that repairs what is stopped or unhealthy.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, ClusterId, Fence, Finding, Judged, Place, View};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "fence-inside-repairing-mig",
    class: Class::Risk,
    page: include_str!("../../pages/fence-inside-repairing-mig.md"),
    judge: Judge::Cluster(judge),
};

#[expect(clippy::unnecessary_wraps, reason = "every judge has this signature")]
fn judge(view: &View<'_>, cluster: ClusterId) -> Judged {
    let network = view.network;
    let row = &network.clusters[cluster];
    let (Some(mig), Some(fence)) = (row.mig, row.service.fence) else { return Ok(Answer::NotApplicable) };
    let group = &network.migs[mig];
    let (word, what) = match fence {
        Fence::None | Fence::Epoch => return Ok(Answer::NotApplicable),
        Fence::Stop => ("stop", "a stopped member has failed"),
        Fence::Reset => ("reset", "a member that boots fails its health check"),
    };
    // A reset leaves the instance running, so that only a health check makes the group act.
    let acts = *group.repairs && (fence == Fence::Stop || group.autohealing.is_some());
    if !acts || fence == Fence::Stop && !view.facts.get(keys::mig::REPAIRS_STOPPED_MEMBER) {
        return Ok(Answer::Holds);
    }
    let emptied = view.facts.get(keys::mig::RECREATE_EMPTIES_LOCAL_SSD);
    let finding = Finding::new(
        Place::field(cluster, "service/fence"),
        format!(
            "`{}` fences by {word} inside the group `{}`, which recreates the fenced member{}",
            network.short(cluster),
            network.short(mig),
            if emptied { " with empty local disks" } else { "" }
        ),
    )
    .label(format!("fence: {word}"))
    .also(mig, format!("to this group {what}"))
    .help("let the group do nothing about failures (`on-failure: do-nothing`), or fence by an epoch that the storage checks");
    Ok(finding.into())
}
