//! RDMA clients use a VIP that the guest holds in a form which makes no GID, so that nothing answers them.

use twinrail_facts::{ChoiceOf, keys};
use twinrail_model::{Answer, Class, Finding, Judged, NicType, Place, View, VipHolder, VipPoolId};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "rdma-vip-as-local-route",
    class: Class::Broken,
    page: include_str!("../../pages/rdma-vip-as-local-route.md"),
    judge: Judge::VipPool(judge),
};

fn judge(view: &View<'_>, pool: VipPoolId) -> Judged {
    let network = view.network;
    let row = &network.vips[pool];
    let Some(clients) = row.clients.iter().find(|clients| network.clients[**clients].protocol.is_rdma()) else {
        return Ok(Answer::NotApplicable);
    };
    let Some(nic) = network.vip_nics(pool).first().copied() else { return Ok(Answer::NotApplicable) };
    if !view.nic_type(nic)?.is_some_and(NicType::is_rdma) {
        return Ok(Answer::NotApplicable);
    }
    let (becomes_gid, form) = match network.clusters[row.over].guest.holds_vip {
        VipHolder::Nobody => return Ok(Answer::NotApplicable),
        VipHolder::Address => {
            (view.facts.get(keys::guest::ADDRESS_ON_NIC_BECOMES_GID_HARDWARE), "an address of the NIC")
        }
        // What the agent does not put there is nobody's, or the primary address: another matter.
        VipHolder::Agent if row.mover.kind.fact::<ChoiceOf>(view.facts, "guest-address-by")? != "guest-agent" => {
            return Ok(Answer::NotApplicable);
        }
        VipHolder::Agent => (view.facts.get(keys::guest::LOCAL_ROUTE_BECOMES_GID_HARDWARE), "a local route"),
    };
    if becomes_gid {
        return Ok(Answer::Holds);
    }
    let finding = Finding::new(
        Place::field(row.over, "guest/holds-vip"),
        format!(
            "clients `{}` speak RDMA to `{}`, whose addresses the guest holds as {form}, which never becomes a GID",
            network.short(*clients),
            network.short(pool)
        ),
    )
    .label(format!("held as {form}"))
    .also(pool, "the addresses")
    .also(*clients, "the RDMA clients")
    .help("let the cluster's own software put each address on the RDMA NIC (`holds-vip: address`) and switch the agent's alias handling off")
    .note("binding an RDMA listener to an address without a GID fails with ENODEV, while TCP to it works");
    Ok(finding.into())
}
