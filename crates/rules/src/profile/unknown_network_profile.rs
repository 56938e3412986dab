//! A network whose profile's name is not a zone and a kind of profile that exists.

use twinrail_model::{Answer, Class, Finding, Judged, Place, View, VpcId, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "unknown-network-profile",
    class: Class::Refused,
    page: include_str!("../../pages/unknown-network-profile.md"),
    judge: Judge::Vpc(judge),
};

fn judge(view: &View<'_>, vpc: VpcId) -> Judged {
    let Some(name) = view.network.vpcs[vpc].profile.get()? else { return Ok(Answer::NotApplicable) };
    let Some(refusal) = admit::profile::name_is_known(view, vpc)? else { return Ok(Answer::Holds) };
    let kinds: Vec<String> = view
        .platform
        .profiles()
        .iter()
        .filter(|profile| !profile.is_ordinary())
        .map(|profile| format!("ZONE-{}", profile.suffix))
        .collect();
    let message =
        format!("network `{}` names the profile `{name}`, which is of no known kind", view.network.short(vpc));
    Ok(Finding::new(Place::field(vpc, "networkProfile"), message)
        .label("no such profile")
        .help(format!("a profile is named {}", kinds.join(", ")))
        .note("if this profile exists, give the output of `gcloud compute network-profiles describe` as input")
        .refused(refusal)
        .into())
}
