//! Clients that are to speak an RDMA protocol and have no RDMA NIC.

use twinrail_model::{Answer, Class, ClientGroup, ClientGroupId, Field, Finding, Judged, Place, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "rdma-clients-without-rdma-nic",
    class: Class::Broken,
    page: include_str!("../../pages/rdma-clients-without-rdma-nic.md"),
    judge: Judge::ClientGroup(judge),
};

fn judge(view: &View<'_>, group: ClientGroupId) -> Judged {
    let row = &view.network.clients[group];
    if !row.protocol.is_rdma() {
        return Ok(Answer::NotApplicable);
    }
    let Some(lacking) = lacking(view, row)? else { return Ok(Answer::Holds) };
    Ok(Finding::new(Place::field(group, "protocol"), format!("clients `{}` speak RDMA, but {lacking}", view.network.short(group)))
        .label("an RDMA protocol")
        .help("let them use a protocol over TCP, or give them RDMA NICs of the servers' kind in the servers' RDMA network")
        .into())
}

/// Why the clients have no RDMA: their network where they are counted only, their NICs where they are described.
fn lacking(view: &View<'_>, row: &ClientGroup) -> Field<Option<String>> {
    if let Some(first) = row.instances.first() {
        let none = admit::instance::rdma_nics(view, *first) == 0;
        return Ok(none.then(|| format!("{} has no RDMA NIC", view.network.short(*first))));
    }
    let Some(subnet) = row.subnet else { return Ok(None) };
    let vpc = view.network.subnets[subnet].vpc.clone()?;
    Ok((!view.is_rdma(vpc)?).then(|| format!("network `{}` carries none", view.network.short(vpc))))
}
