//! One address of a subnet that two things want: NICs, alias ranges, reservations, forwarding rules, pools of nodes or of VIPs.

use twinrail_model::{Answer, Class, Finding, Judged, SubnetId, View, admit};

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
    // The one that the platform has not taken yet is the one it refuses.
    let (late, early) = if first.other.exists { (&first.one, &first.other) } else { (&first.other, &first.one) };
    let refusal = admit::address::is_free(view, &late.want(network), &[early.want(network)], None)?;
    let Some(refusal) = refusal else { return Ok(Answer::Holds) };
    let mut finding = Finding::new(late.holder.place(network), refusal.message.clone())
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
