//! More internal forwarding rules on one shared address than may share it.

use twinrail_model::{AddressId, Answer, Class, Finding, Judged, Place, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "too-many-rules-on-one-address",
    class: Class::Refused,
    page: include_str!("../../pages/too-many-rules-on-one-address.md"),
    judge: Judge::Address(judge),
};

fn judge(view: &View<'_>, address: AddressId) -> Judged {
    let Some(excess) = admit::limit::rules_on_address(view, address)? else { return Ok(Answer::Holds) };
    let name = view.network.short(address);
    let mut finding = Finding::new(
        Place::field(address, "address"),
        format!(
            "{} internal forwarding rules share address `{name}`; at most {} may",
            excess.count.total(),
            excess.limit
        ),
    )
    .label(format!("shared by {}", excess.count.total()))
    .help("spread the rules over several addresses, or let one rule take several ports")
    .refused(excess.refusal);
    for part in &excess.count.parts {
        finding = finding.also(Place::field(part.of, "IPAddress"), "shares it");
    }
    Ok(finding.into())
}
