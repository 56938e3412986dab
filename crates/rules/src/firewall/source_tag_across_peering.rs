//! A firewall rule that lets instances in by tag or service account, which only instances of a peered network have: neither matches across a peering.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, FirewallRuleId, Judged, NicId, Place, View, VpcId};

use crate::rule::{Judge, Rule};
use crate::words;

pub const RULE: Rule = Rule {
    code: "source-tag-across-peering",
    class: Class::Broken,
    page: include_str!("../../pages/source-tag-across-peering.md"),
    judge: Judge::FirewallRule(judge),
};

fn judge(view: &View<'_>, rule: FirewallRuleId) -> Judged {
    let network = view.network;
    let row = &network.firewall_rules[rule];
    let selector = &row.selector;
    let by_name = !selector.source_tags.is_empty() || !selector.source_service_accounts.is_empty();
    if !row.admits_ingress() || !by_name || !selector.source_ranges.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let vpc = row.vpc.get()?;
    if network.peerings.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let Some((nic, peer)) = named_across(view, vpc, rule) else { return Ok(Answer::Holds) };
    if view.facts.get(keys::peering::TAGS_MATCH_ACROSS) {
        return Ok(Answer::Holds);
    }
    let (field, names) = if selector.source_tags.is_empty() {
        ("sourceServiceAccounts", &selector.source_service_accounts)
    } else {
        ("sourceTags", &selector.source_tags)
    };
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let finding = Finding::new(
        Place::field(rule, field),
        format!(
            "firewall rule `{}` of network `{}` lets in {}, which only instances of the peered network `{}` have",
            network.short(rule),
            network.short(vpc),
            words::list(&quoted),
            network.short(peer)
        ),
    )
    .label("matches no instance of this network")
    .also(nic, "across the peering, where it does not match")
    .help("name the peer's address ranges as source ranges");
    Ok(finding.into())
}

/// A NIC in a peered network whose instance the rule names as a source, if it names none in its own network.
fn named_across(view: &View<'_>, vpc: VpcId, rule: FirewallRuleId) -> Option<(NicId, VpcId)> {
    let network = view.network;
    let mut across = None;
    for (id, nic) in network.nics.iter() {
        let Ok(other) = *nic.vpc else { continue };
        let instance = &network.instances[nic.instance];
        if instance.is_template || !network.firewall_rules[rule].names_source(instance) {
            continue;
        }
        if other == vpc {
            return None;
        }
        if across.is_none() && network.are_peered(vpc, other) {
            across = Some((id, other));
        }
    }
    across
}
