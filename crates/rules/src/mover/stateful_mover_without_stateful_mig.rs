//! The mover stateful-mig on a cluster that is in no managed instance group, or in one that does not keep the pool's NIC.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, Judged, MoverKind, NicType, Place, View, VipPoolId};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "stateful-mover-without-stateful-mig",
    class: Class::Broken,
    page: include_str!("../../pages/stateful-mover-without-stateful-mig.md"),
    judge: Judge::VipPool(judge),
};

fn judge(view: &View<'_>, pool: VipPoolId) -> Judged {
    let network = view.network;
    let row = &network.vips[pool];
    if row.mover.kind != MoverKind::StatefulMig {
        return Ok(Answer::NotApplicable);
    }
    let finding = |message: String| Finding::new(Place::field(pool, "mover"), message).label("needs a stateful group");
    let (cluster, name) = (network.short(row.over), network.short(pool));
    let Some(mig) = network.clusters[row.over].mig else {
        let finding =
            finding(format!("stateful-mig is to move `{name}`, and `{cluster}` is in no managed instance group"))
                .also(row.over, "no `mig` here")
                .help(
                    "give the cluster a `mig` with `stateful-addresses: true`, or choose a mover that needs no group",
                );
        return Ok(finding.into());
    };
    let Some(nic) = network.vip_nics(pool).first().copied() else { return Ok(Answer::NotApplicable) };
    let label = network.nics[nic].label();
    let kept = network.migs[mig].stateful_addresses.iter().any(|address| !address.external && address.nic == label);
    if !kept {
        let finding = finding(format!(
            "stateful-mig is to move `{name}`, and the group `{}` keeps no address of {label}",
            network.short(mig)
        ))
        .also(mig, format!("{label} is not stateful here"))
        .help(
            "make it stateful: `stateful-addresses: true` does so for nic0, the `statefulPolicy` of a verbatim group for any NIC",
        );
        return Ok(finding.into());
    }
    let irdma = view.nic_type(nic)? == Some(NicType::Irdma);
    if irdma && !view.facts.get(keys::mig::STATEFUL_ON_IRDMA_NIC) {
        let finding =
            finding(format!("stateful-mig is to move `{name}` on {label}, an IRDMA NIC, whose address no group keeps"))
                .also(nic, "an IRDMA NIC")
                .help(
                    "put these addresses on the tcp rail, or let the service itself lead its clients to another node",
                );
        return Ok(finding.into());
    }
    Ok(Answer::Holds)
}
