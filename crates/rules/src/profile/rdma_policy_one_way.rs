//! A stateless firewall policy that lets RDMA traffic in on one side and not on the other.

use std::collections::BTreeMap;

use twinrail_facts::Bool;
use twinrail_model::{
    Answer, Class, Direction, Finding, FirewallAction, FirewallPolicyId, FirewallRule, Hole, Judged, Place, View, admit,
};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "rdma-policy-one-way",
    class: Class::Broken,
    page: include_str!("../../pages/rdma-policy-one-way.md"),
    judge: Judge::FirewallPolicy(judge),
};

/// Kinds of endpoint that one policy may tell apart before it is left undecided. A table of all pairs has to fit into memory.
const MOST_KINDS: usize = 512;

/// Kinds of endpoint: by a secure tag, or without any that the policy names.
type Kind<'r> = Option<&'r str>;

fn judge(view: &View<'_>, policy: FirewallPolicyId) -> Judged {
    let row = &view.network.firewall_policies[policy];
    let denies = row.rules.iter().any(|rule| counts(rule) && rule.action == FirewallAction::Deny);
    if !admit::profile::is_rdma_policy(row) || row.rules.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let Some(profile) = admit::profile::profile_of_policy(view, policy)? else { return Ok(Answer::NotApplicable) };
    let implied = profile.get::<Bool>(view.facts, "implied-ingress-allowed")?;
    if implied && !denies || profile.get::<Bool>(view.facts, "stateful-firewall")? {
        return Ok(Answer::Holds);
    }
    let Some((from, to, rule)) = one_way(&row.rules, implied).map_err(|()| too_many(policy))? else {
        return Ok(Answer::Holds);
    };
    let side = |kind: Kind<'_>| kind.map_or_else(|| "instances without its tags".to_owned(), |tag| format!("`{tag}`"));
    let message = format!(
        "policy `{}` lets {} reach {}, but not the other way",
        view.network.short(policy),
        side(from),
        side(to)
    );
    Ok(Finding::new(Place::field(policy, "rules"), message)
        .label(format!("rule {rule}"))
        .also(row.networks[0], format!("a {}", profile.title))
        .note("the policy tracks no connections, so acknowledgements and reads need a rule of their own")
        .help(format!("add an ingress rule with source {} and target {}", side(to), side(from)))
        .into())
}

fn too_many(policy: FirewallPolicyId) -> Hole {
    Hole::NotUnderstood(Place::field(policy, "rules"))
}

/// Whether a rule decides about ingress of RDMA traffic, which rides on UDP.
fn counts(rule: &FirewallRule) -> bool {
    let carries = |protocol: &str| matches!(protocol, "all" | "udp" | "17");
    rule.direction == Direction::Ingress
        && !*rule.disabled
        && matches!(*rule.action, FirewallAction::Allow | FirewallAction::Deny)
        && (rule.layer4.is_empty() || rule.layer4.iter().any(|part| carries(&part.protocol)))
}

/// Two kinds of endpoint of which one reaches the other, and the rule that lets it, but is not reached back.
fn one_way(rules: &[FirewallRule], implied: bool) -> Result<Option<(Kind<'_>, Kind<'_>, &str)>, ()> {
    let mut rules: Vec<&FirewallRule> = rules.iter().filter(|rule| counts(rule)).collect();
    rules.sort_by_key(|rule| (*rule.priority, *rule.action != FirewallAction::Deny));
    let mut kinds: Vec<Kind<'_>> = vec![None];
    for rule in &rules {
        let named = rule.selector.source_secure_tags.iter().chain(&rule.selector.target_secure_tags);
        kinds.extend(named.map(|tag| Some(tag.as_str())));
    }
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.len() > MOST_KINDS {
        return Err(());
    }
    let place: BTreeMap<Kind<'_>, usize> = kinds.iter().enumerate().map(|(place, kind)| (*kind, place)).collect();
    let all: Vec<usize> = (0..kinds.len()).collect();
    let width = kinds.len();
    let mut verdicts: Vec<Option<(bool, &str)>> = vec![None; width * width];
    for rule in rules {
        for from in sources(rule, &place, &all) {
            for to in targets(rule, &place, &all) {
                let allowed = rule.action == FirewallAction::Allow;
                verdicts[from * width + to].get_or_insert((allowed, rule.name.short()));
            }
        }
    }
    let allowed = |from: usize, to: usize| verdicts[from * width + to].map_or(implied, |(allowed, _)| allowed);
    for from in 0..width {
        for to in 0..width {
            if let Some((true, rule)) = verdicts[from * width + to]
                && !allowed(to, from)
            {
                return Ok(Some((kinds[from], kinds[to], rule)));
            }
        }
    }
    Ok(None)
}

/// The kinds of endpoint that a rule's source selector matches; a range other than 0.0.0.0/0 matches none, as such a policy does not take it.
fn sources(rule: &FirewallRule, place: &BTreeMap<Kind<'_>, usize>, all: &[usize]) -> Vec<usize> {
    let selector = &rule.selector;
    let tags = &selector.source_secure_tags;
    let everyone = selector.source_ranges.iter().any(|range| range.prefix_len() == 0);
    let unrestricted = selector.source_ranges.is_empty() && tags.is_empty() && selector.unmodelled.is_empty();
    if everyone || unrestricted {
        return all.to_vec();
    }
    tags.iter().map(|tag| place[&Some(tag.as_str())]).collect()
}

fn targets(rule: &FirewallRule, place: &BTreeMap<Kind<'_>, usize>, all: &[usize]) -> Vec<usize> {
    let tags = &rule.selector.target_secure_tags;
    if tags.is_empty() { all.to_vec() } else { tags.iter().map(|tag| place[&Some(tag.as_str())]).collect() }
}
