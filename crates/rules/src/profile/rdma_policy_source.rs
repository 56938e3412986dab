//! A rule of a firewall policy for RDMA networks with a source that such a policy does not take.

use twinrail_model::{Answer, Class, Finding, FirewallPolicyId, Judged, Place, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "rdma-policy-source",
    class: Class::Refused,
    page: include_str!("../../pages/rdma-policy-source.md"),
    judge: Judge::FirewallPolicy(judge),
};

fn judge(view: &View<'_>, policy: FirewallPolicyId) -> Judged {
    let row = &view.network.firewall_policies[policy];
    if !admit::profile::is_rdma_policy(row) || row.rules.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let Some(profile) = admit::profile::profile_of_policy(view, policy)? else { return Ok(Answer::NotApplicable) };
    let mut wrong = Vec::new();
    for rule in &row.rules {
        if let Some(refusal) = admit::profile::policy_sources_fit(view, profile, rule)? {
            wrong.push((rule.name.short().to_owned(), refusal));
        }
    }
    let count = wrong.len();
    let Some((name, refusal)) = wrong.into_iter().next() else { return Ok(Answer::Holds) };
    let others = if count > 1 { format!(" (and {} more)", count - 1) } else { String::new() };
    let message = format!(
        "rule {name}{others} of policy `{}` names a source that a policy for RDMA networks does not take",
        view.network.short(policy)
    );
    Ok(Finding::new(Place::field(policy, "rules"), message)
        .label(format!("rule {name}"))
        .help("let rules match either everyone, by 0.0.0.0/0, or instances by secure tags, which are bound to them")
        .refused(refusal)
        .into())
}
