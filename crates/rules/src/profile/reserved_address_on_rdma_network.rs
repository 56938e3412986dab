//! A reserved address in a network whose profile blocks reservations.

use twinrail_model::{AddressId, Answer, Class, Feature, Finding, Judged, Known, Place, SubnetId, View, admit};

use crate::blocked::{self, named};
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "reserved-address-on-rdma-network",
    class: Class::Refused,
    page: include_str!("../../pages/reserved-address-on-rdma-network.md"),
    judge: Judge::Subnet(judge),
};

/// One finding for a subnet, as a pool of a hundred addresses is one mistake.
fn judge(view: &View<'_>, subnet: SubnetId) -> Judged {
    let vpc = view.network.subnets[subnet].vpc.get()?;
    // A network that is only named: the addresses of an import are many, and mostly in ordinary networks.
    if view.network.vpcs[vpc].known == Known::Outside || view.profile(vpc)?.is_ordinary() {
        return Ok(Answer::NotApplicable);
    }
    let reserved = view.network.addresses.iter().filter(|(_, address)| address.subnet == Some(subnet));
    let reserved: Vec<AddressId> = reserved.map(|(id, _)| id).collect();
    let Some(first) = reserved.first() else { return Ok(Answer::NotApplicable) };
    let Some(refusal) = admit::profile::address_allowed(view, &view.network.addresses[*first])? else {
        return Ok(Answer::Holds);
    };
    let message = format!(
        "{} reserved in subnet `{}` of {}",
        if reserved.len() == 1 { "an address is".to_owned() } else { format!("{} addresses are", reserved.len()) },
        view.network.short(subnet),
        named(view, vpc)
    );
    let finding = Finding::new(Place::field(*first, "subnetwork"), message)
        .label("reserved here")
        .also(subnet, "in this subnet")
        .help("name the addresses on the NICs instead, and leave the subnet to this cluster alone, so that nothing else takes them");
    blocked::by_profile(view, vpc, Feature::AddressCreation, refusal, finding)
}
