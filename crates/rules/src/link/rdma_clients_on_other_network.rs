//! Clients with an RDMA protocol use a VIP pool, and no RDMA network has both their NICs and those that carry the pool.

use std::collections::BTreeSet;

use twinrail_model::{
    Answer, Class, ClientGroupId, EntityId, Field, Finding, Judged, NicId, Protocol, View, VipPoolId, VpcId,
};

use crate::rdma;
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "rdma-clients-on-other-network",
    class: Class::Broken,
    page: include_str!("../../pages/rdma-clients-on-other-network.md"),
    judge: Judge::ClientGroup(judge),
};

fn judge(view: &View<'_>, clients: ClientGroupId) -> Judged {
    let network = view.network;
    let row = &network.clients[clients];
    let pools: Vec<VipPoolId> =
        network.vips.iter().filter(|(_, pool)| pool.clients.contains(&clients)).map(|(id, _)| id).collect();
    if !row.protocol.is_rdma() || pools.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let theirs = rdma::of_clients(view, clients)?;
    for pool in pools {
        let nics = network.vip_nics(pool);
        if nics.is_empty() {
            continue;
        }
        if theirs.is_disjoint(&rdma::of_nics(view, nics.iter().copied())?) {
            return Ok(finding(view, clients, pool, &nics, &theirs)?.into());
        }
    }
    Ok(Answer::Holds)
}

fn finding(
    view: &View<'_>,
    clients: ClientGroupId,
    pool: VipPoolId,
    nics: &[NicId],
    theirs: &BTreeSet<VpcId>,
) -> Field<Finding> {
    let network = view.network;
    let row = &network.clients[clients];
    let protocol = match row.protocol {
        Protocol::NfsRdma => "NFS over RDMA",
        _ => "RDMA",
    };
    let carrier = nics[0];
    let vpc = network.nics[carrier].vpc.get()?;
    let holders = format!(
        "the addresses of `{}` are on {} in `{}`",
        network.short(pool),
        network.nics[carrier].label(),
        network.short(vpc)
    );
    let message = if theirs.is_empty() {
        format!("clients `{}` speak {protocol} and have no NIC in an RDMA network", network.short(clients))
    } else if view.is_rdma(vpc)? {
        format!(
            "clients `{}` speak {protocol} from {}, but {holders}",
            network.short(clients),
            rdma::words(view, theirs)
        )
    } else {
        format!("clients `{}` speak {protocol}, but {holders}, where no RDMA goes", network.short(clients))
    };
    let finding = Finding::new(clients, message)
        .label(format!("{protocol} to `{}`", network.short(pool)))
        .also(pool, format!("on {}", network.nics[carrier].label()))
        .help("let clients and pool meet in one RDMA network, or let these clients mount over TCP")
        .note("RDMA reaches only between RDMA NICs of one network; no peering, route or PSC link carries it from one to another");
    Ok(theirs.iter().fold(finding, |finding, vpc| finding.also(EntityId::from(*vpc), "the clients' RDMA network")))
}
