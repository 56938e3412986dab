//! VPC firewall rules in a network whose profile does not support them: they govern nothing there, or are refused.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Feature, Finding, FirewallRuleId, Judged, Known, Place, View, VpcId};

use crate::blocked::named;
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "firewall-rule-on-rdma-network",
    class: Class::Broken,
    page: include_str!("../../pages/firewall-rule-on-rdma-network.md"),
    judge: Judge::Vpc(judge),
};

/// One finding for a network: whoever writes one such rule writes five.
fn judge(view: &View<'_>, vpc: VpcId) -> Judged {
    let profile = view.profile(vpc)?;
    if profile.is_ordinary() {
        return Ok(Answer::NotApplicable);
    }
    let rules = view.network.firewall_rules.iter();
    let rules = rules.filter(|(_, rule)| rule.known == Known::Here && rule.vpc == Ok(vpc) && !*rule.disabled);
    let rules: Vec<FirewallRuleId> = rules.map(|(id, _)| id).collect();
    let Some(first) = rules.first() else { return Ok(Answer::NotApplicable) };
    if profile.allows(view.facts, Feature::VpcFirewallRules)?
        || view.facts.get(keys::firewall::VPC_RULES_GOVERN_RDMA_NICS)
    {
        return Ok(Answer::Holds);
    }
    let others = match rules.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    let message =
        format!("VPC firewall rule `{}`{others} cannot govern {}", view.network.short(*first), named(view, vpc));
    let mut finding = Finding::new(Place::field(*first, "network"), message)
        .label("governs nothing")
        .also(vpc, format!("this network is a {}", profile.title))
        .help("take the rules out; where the profile accepts a firewall policy of its own type, write them there")
        .note("without a policy every instance of the network reaches every other on these NICs");
    for rule in rules.iter().skip(1).take(4) {
        finding = finding.also(*rule, "governs nothing either");
    }
    Ok(finding.into())
}
