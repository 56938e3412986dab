//! An internal forwarding rule with more single ports than one may name.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, ForwardingRuleId, Judged, Place, Scheme, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "lb-too-many-ports",
    class: Class::Refused,
    page: include_str!("../../pages/lb-too-many-ports.md"),
    judge: Judge::ForwardingRule(judge),
};

fn judge(view: &View<'_>, rule: ForwardingRuleId) -> Judged {
    let row = &view.network.forwarding_rules[rule];
    if row.scheme != Scheme::Internal || *row.all_ports || row.ports.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let Some(refusal) = admit::balancing::ports_within_limit(view, row)? else { return Ok(Answer::Holds) };
    let limit = view.facts.get(keys::lb::PORTS_PER_FORWARDING_RULE);
    let finding = Finding::new(
        Place::field(rule, "ports"),
        format!(
            "forwarding rule `{}` names {} ports, and an internal one takes {limit} or all",
            view.network.short(rule),
            row.ports.len()
        ),
    )
    .label(format!("{} ports", row.ports.len()))
    .help("forward all ports and let the firewall choose, or make several rules that share the address")
    .refused(refusal);
    Ok(finding.into())
}
