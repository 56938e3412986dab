//! A pool or an address on the first or last addresses of a primary range, which the platform keeps for itself.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, Judged, Refusal, RefusalReason, SubnetId, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "address-kept-by-platform",
    class: Class::Refused,
    page: include_str!("../../pages/address-kept-by-platform.md"),
    judge: Judge::Subnet(judge),
};

fn judge(view: &View<'_>, subnet: SubnetId) -> Judged {
    let network = view.network;
    let claims = admit::address::on_kept_addresses(view, subnet)?;
    let [(first, address), more @ ..] = claims.as_slice() else { return Ok(Answer::Holds) };
    let name = network.short(subnet);
    let message = format!("{} takes {address}, which the platform keeps in `{name}`", first.holder.words(network));
    let refusal = Refusal { reason: RefusalReason::Invalid, method: first.holder.method(), message: message.clone() };
    let (start, end) =
        (view.facts.get(keys::address::RESERVED_AT_START), view.facts.get(keys::address::RESERVED_AT_END));
    let range = network.subnets[subnet].range.clone()?;
    let range = range.map_or_else(String::new, |range| format!(" {range}"));
    let mut finding = Finding::new(first.holder.place(network), message)
        .label(format!("{} here", first.span))
        .also(subnet, format!("the first {start} and the last {end} addresses are kept"))
        .help(format!("leave out the first {start} and the last {end} addresses of the primary range{range}"))
        .refused(refusal);
    for (claim, address) in more {
        finding = finding.also(claim.holder.place(network), format!("takes {address} too"));
    }
    Ok(finding.into())
}
