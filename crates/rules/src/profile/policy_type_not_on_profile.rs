//! A firewall policy that is associated with a network whose profile does not take policies of that type.

use twinrail_model::{Answer, Class, Finding, FirewallPolicyId, Judged, Place, View, admit};

use crate::blocked::named;
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "policy-type-not-on-profile",
    class: Class::Refused,
    page: include_str!("../../pages/policy-type-not-on-profile.md"),
    judge: Judge::FirewallPolicy(judge),
};

fn judge(view: &View<'_>, policy: FirewallPolicyId) -> Judged {
    let row = &view.network.firewall_policies[policy];
    let mut answer = Answer::NotApplicable;
    for vpc in row.networks.iter().copied() {
        // An ordinary policy on an ordinary network is the common case, and no question of profiles.
        if view.profile(vpc)?.is_ordinary() && !admit::profile::is_rdma_policy(row) {
            continue;
        }
        let Some(refusal) = admit::profile::policy_type_fits(view, policy, vpc)? else {
            answer = Answer::Holds;
            continue;
        };
        let message = format!(
            "policy `{}` of type {} is associated with {}",
            view.network.short(policy),
            row.kind.word(),
            named(view, vpc)
        );
        return Ok(Finding::new(Place::field(policy, "policyType"), message)
            .label(row.kind.word())
            .also(vpc, "does not take it")
            .help("make a policy of the type that the profile takes, if any; one policy cannot serve both kinds of network")
            .refused(refusal)
            .into());
    }
    Ok(answer)
}
