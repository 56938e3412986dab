//! Two PSC interfaces of one instance join the same network.

use twinrail_model::{Class, Finding, Judged, NicId, View, VpcId, admit};

use crate::gather::{Refused, gather};
use crate::rule::{Judge, Rule};
use crate::words;

pub const RULE: Rule = Rule {
    code: "psc-interfaces-in-one-network",
    class: Class::Refused,
    page: include_str!("../../pages/psc-interfaces-in-one-network.md"),
    judge: Judge::Vpc(judge),
};

fn judge(view: &View<'_>, vpc: VpcId) -> Judged {
    let joined = view.network.nics_in(vpc).filter(|(_, nic)| nic.attachment.is_some()).map(|(nic, _)| nic);
    let admit = |nic| {
        let (nics, place) = view.network.nics_beside(nic);
        admit::link::psc_interface_has_its_own_network(view, &nics, place)
    };
    gather(joined, admit).judged(|refused| finding(view, vpc, refused))
}

fn finding(view: &View<'_>, vpc: VpcId, refused: &Refused<NicId>) -> Finding {
    let network = view.network;
    let nic = refused.first;
    let finding = Finding::new(
        nic,
        format!(
            "{} `{}` beside another of the same instance",
            words::verb(refused.count, "PSC interface", "joins", "join"),
            network.short(vpc)
        ),
    )
    .label("a second PSC interface into the network")
    .also(vpc, "the network that is joined twice")
    .help("join it once: give the one interface alias ranges, or let other instances take the second link");
    let (nics, place) = network.nics_beside(nic);
    match admit::link::earlier_in_network(&nics, place) {
        Ok(Some(earlier)) => finding.also(network.instances[network.nics[nic].instance].nics[earlier], "the first one"),
        _ => finding,
    }
}
