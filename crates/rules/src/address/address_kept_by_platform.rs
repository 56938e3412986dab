//! A pool or an address on the first or last addresses of a primary range, which the platform keeps for itself.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, Judged, SubnetId, View, admit};

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
    let [(first, _), more @ ..] = claims.as_slice() else { return Ok(Answer::Holds) };
    let refusal = admit::address::not_kept(view, subnet, &first.want(network))?;
    let refusal = refusal.expect("what is on a kept address is refused");
    let (start, end) =
        (view.facts.get(keys::address::RESERVED_AT_START), view.facts.get(keys::address::RESERVED_AT_END));
    let range = network.subnets[subnet].range.get()?;
    let range = range.map_or_else(String::new, |range| format!(" {range}"));
    let mut finding = Finding::new(first.holder.place(network), refusal.message.clone())
        .label(format!("{} here", first.span))
        .also(subnet, format!("the first {start} and the last {end} addresses are kept"))
        .help(format!("leave out the first {start} and the last {end} addresses of the primary range{range}"))
        .refused(refusal);
    for (claim, address) in more {
        finding = finding.also(claim.holder.place(network), format!("takes {address} too"));
    }
    Ok(finding.into())
}
