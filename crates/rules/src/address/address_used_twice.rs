//! One address of a subnet that two things want: NICs, alias ranges, reservations, forwarding rules, pools of nodes or of VIPs.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, Judged, Refusal, RefusalReason, SubnetId, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "address-used-twice",
    class: Class::Refused,
    page: include_str!("../../pages/address-used-twice.md"),
    judge: Judge::Subnet(judge),
};

fn judge(view: &View<'_>, subnet: SubnetId) -> Judged {
    let network = view.network;
    let conflicts = admit::address::conflicts(view, subnet)?;
    let [first, more @ ..] = conflicts.as_slice() else { return Ok(Answer::Holds) };
    if view.facts.get(keys::address::TWO_HOLDERS_ALLOWED) {
        return Ok(Answer::Holds);
    }
    // The one that the platform has not taken yet is the one it refuses.
    let (late, early) = if first.other.exists { (&first.one, &first.other) } else { (&first.other, &first.one) };
    let message =
        format!("{} and {} both take {}", early.holder.words(network), late.holder.words(network), first.common);
    let refusal =
        Refusal { reason: RefusalReason::AddressInUse, method: late.holder.method(), message: message.clone() };
    let mut finding = Finding::new(late.holder.place(network), message)
        .label(format!("{} here", late.span))
        .also(early.holder.place(network), format!("{} there", early.span))
        .help("give each of them addresses of its own")
        .refused(refusal);
    for conflict in more {
        let label = format!("{} is taken twice too", conflict.common);
        finding = finding.also(conflict.other.holder.place(network), label);
    }
    Ok(finding.into())
}
