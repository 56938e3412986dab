//! More internal forwarding rules on one shared address than may share it.

use twinrail_facts::keys;
use twinrail_model::{AddressId, Answer, Class, Finding, ForwardingRuleId, Judged, Place, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "too-many-rules-on-one-address",
    class: Class::Refused,
    page: include_str!("../../pages/too-many-rules-on-one-address.md"),
    judge: Judge::Address(judge),
};

fn judge(view: &View<'_>, address: AddressId) -> Judged {
    let network = view.network;
    let row = &network.addresses[address];
    let refusal = admit::limit::rules_on_address(view, row, network.forwarding_rules.rows())?;
    let Some(refusal) = refusal else { return Ok(Answer::Holds) };
    let held = row.address.get()?;
    let there = network.forwarding_rules.iter().filter(|(_, rule)| admit::limit::shares(row, held, rule));
    let rules: Vec<ForwardingRuleId> = there.map(|(id, _)| id).collect();
    let (count, limit) = (rules.len(), view.facts.get(keys::limits::INTERNAL_RULES_PER_SHARED_ADDRESS));
    let name = network.short(address);
    let mut finding = Finding::new(
        Place::field(address, "address"),
        format!("{count} internal forwarding rules share address `{name}`; at most {limit} may"),
    )
    .label(format!("shared by {count}"))
    .help("spread the rules over several addresses, or let one rule take several ports")
    .refused(refusal);
    for rule in rules {
        finding = finding.also(Place::field(rule, "IPAddress"), "shares it");
    }
    Ok(finding.into())
}
