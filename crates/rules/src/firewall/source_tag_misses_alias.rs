//! A firewall rule that lets instances in by tag or service account, though some of them send from alias ranges or VIPs as well: source tags and source
//! service accounts match primary addresses only.

use std::collections::BTreeMap;

use twinrail_facts::keys;
use twinrail_model::{
    AddressSpan, AliasRange, Answer, Class, EntityId, Finding, FirewallRule, FirewallRuleId, Judged, Layer4, Place,
    View, VpcId,
};

use crate::rule::{Judge, Rule};
use crate::words;

pub const RULE: Rule = Rule {
    code: "source-tag-misses-alias",
    class: Class::Risk,
    page: include_str!("../../pages/source-tag-misses-alias.md"),
    judge: Judge::FirewallRule(judge),
};

fn judge(view: &View<'_>, rule: FirewallRuleId) -> Judged {
    let row = &view.network.firewall_rules[rule];
    let selector = &row.selector;
    if !row.admits_ingress() || (selector.source_tags.is_empty() && selector.source_service_accounts.is_empty()) {
        return Ok(Answer::NotApplicable);
    }
    let vpc = row.vpc.get()?;
    let mut spans = senders(view, vpc, row);
    if spans.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let others = others(view, vpc, row);
    let spoken_of = |span: &AddressSpan| {
        let mut ranges = others.iter().chain([&row]).flat_map(|rule| &rule.selector.source_ranges);
        ranges.any(|range| span.is_within(range))
    };
    spans.retain(|span, _| !spoken_of(span));
    let Some((span, owner)) = spans.first_key_value() else { return Ok(Answer::Holds) };
    if !view.facts.get(keys::alias::SOURCE_TAGS_MATCH_PRIMARY_ONLY) {
        return Ok(Answer::Holds);
    }
    let (field, names) = if selector.source_tags.is_empty() {
        ("sourceServiceAccounts", &selector.source_service_accounts)
    } else {
        ("sourceTags", &selector.source_tags)
    };
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let mut finding = Finding::new(
        Place::field(rule, field),
        format!(
            "firewall rule `{}` matches instances of {} by their primary addresses, not by {span} of `{}`",
            view.network.short(rule),
            words::list(&quoted),
            view.network.short(*owner)
        ),
    )
    .label("matches primary addresses only")
    .also(*owner, format!("may send from {span}"))
    .help("add the alias or VIP ranges to the rule's source ranges, if packets from them are meant too");
    if spans.len() > 1 {
        finding =
            finding.note(format!("and not by {} of such instances", words::count(spans.len() - 1, "other range")));
    }
    Ok(finding.into())
}

/// The alias ranges and VIPs that instances named by the rule send from in its network, each with whom it belongs to.
fn senders(view: &View<'_>, vpc: VpcId, rule: &FirewallRule) -> BTreeMap<AddressSpan, EntityId> {
    let network = view.network;
    let mut spans: BTreeMap<AddressSpan, EntityId> = BTreeMap::new();
    for (id, nic) in network.nics_in(vpc) {
        let instance = &network.instances[nic.instance];
        if nic.aliases.is_empty() || instance.is_template || !rule.names_source(instance) {
            continue;
        }
        for alias in &nic.aliases {
            if let AliasRange::Range(range) = alias.range {
                spans.entry(range.into()).or_insert(id.into());
            }
        }
    }
    for (id, pool) in network.vips.iter() {
        let own = pool.mover.kind.uses_alias() || pool.mover.kind.uses_routes();
        let holder = network.clusters[pool.over].instances.first();
        let named = holder.is_some_and(|holder| rule.names_source(&network.instances[*holder]));
        if own && named && network.vip_vpc(pool) == Some(vpc) {
            spans.extend(network.vip_spans(pool).unwrap_or_default().into_iter().map(|span| (span, id.into())));
        }
    }
    spans
}

/// The other rules that let in some of the same packets, of the network and of its policies.
fn others<'n>(view: &View<'n>, vpc: VpcId, rule: &FirewallRule) -> Vec<&'n FirewallRule> {
    let network = view.network;
    let policies = network.firewall_policies.rows().iter().filter(|policy| policy.networks.contains(&vpc));
    let of_network = network.firewall_rules.rows().iter().filter(|other| other.vpc == Ok(vpc));
    let all = of_network.chain(policies.flat_map(|policy| &policy.rules));
    all.filter(|other| other.admits_ingress() && share_targets(rule, other) && share_ports(&rule.layer4, &other.layer4))
        .collect()
}

fn share_targets(a: &FirewallRule, b: &FirewallRule) -> bool {
    let disjoint =
        |a: &[String], b: &[String]| !a.is_empty() && !b.is_empty() && !a.iter().any(|word| b.contains(word));
    !disjoint(&a.selector.target_tags, &b.selector.target_tags)
        && !disjoint(&a.selector.target_service_accounts, &b.selector.target_service_accounts)
}

fn share_ports(a: &[Layer4], b: &[Layer4]) -> bool {
    a.iter().any(|a| b.iter().any(|b| a.overlaps(b)))
}
