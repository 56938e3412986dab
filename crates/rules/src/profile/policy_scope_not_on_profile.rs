//! A firewall policy for RDMA networks that is global, or in another region than the profile's zone.

use twinrail_model::{Answer, Class, Finding, FirewallPolicyId, Judged, Network, Place, PolicyScope, View, admit};

use crate::blocked::named;
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "policy-scope-not-on-profile",
    class: Class::Refused,
    page: include_str!("../../pages/policy-scope-not-on-profile.md"),
    judge: Judge::FirewallPolicy(judge),
};

fn judge(view: &View<'_>, policy: FirewallPolicyId) -> Judged {
    let row = &view.network.firewall_policies[policy];
    if !admit::profile::is_rdma_policy(row) {
        return Ok(Answer::NotApplicable);
    }
    let mut answer = Answer::NotApplicable;
    for vpc in row.networks.iter().copied() {
        let Some(zone) = view.profile_zone(vpc)? else { continue };
        let Some(refusal) = admit::profile::policy_scope_fits(view, policy, vpc)? else {
            answer = Answer::Holds;
            continue;
        };
        let scope = match &row.scope {
            PolicyScope::Hierarchical => "hierarchical".to_owned(),
            PolicyScope::Global => "global".to_owned(),
            PolicyScope::Regional(region) => format!("in {region}"),
        };
        let message =
            format!("policy `{}` is {scope}, and {} is of zone {zone}", view.network.short(policy), named(view, vpc));
        return Ok(Finding::new(Place::field(policy, "region"), message)
            .label(scope)
            .also(Place::field(vpc, "networkProfile"), format!("of zone {zone}"))
            .help(format!("make a regional network firewall policy in {}", Network::region_of(zone)))
            .refused(refusal)
            .into());
    }
    Ok(answer)
}
