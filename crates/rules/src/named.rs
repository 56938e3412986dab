//! Whether a rule that looks for one kind of mistake names what a walk met: then that rule is the one that speaks, and the walk that nobody asked for is
//! silent, so that one mistake is one finding. An intent is always answered. Not here: how either is worded.

use twinrail_model::{Answer, EntityId, Network, View, VipPoolId};
use twinrail_reach::intent::{Violation, Why};
use twinrail_reach::{Code, End, Packet, Plane, Sender};

use crate::registry::find;

/// Whether a rule names the cause of what was lost, of an entity that has to do with the packet.
pub(crate) fn is_named(view: &View<'_>, plane: &Plane<'_>, violation: &Violation) -> bool {
    let Why::Lost { packet, code, .. } = &violation.why else { return false };
    let around = around(view.network, packet);
    causes(*code).iter().any(|code| speaks(view, plane, code, &around))
}

/// Whether a rule finds something wrong with one of these entities.
pub(crate) fn speaks(view: &View<'_>, plane: &Plane<'_>, code: &str, subjects: &[EntityId]) -> bool {
    let rule = find(code).expect("rules that name causes are of the registry");
    let its_own = rule.judge.subjects(view.network);
    let violated = |subject: &EntityId| matches!(rule.judge.judge(view, || plane, *subject), Ok(Answer::Violated(_)));
    subjects.iter().filter(|subject| its_own.contains(subject)).any(violated)
}

/// The rules that may name the cause of a loss.
fn causes(code: Code) -> &'static [&'static str] {
    match code {
        Code::GuestDoesNotHoldAddress => &["vip-held-by-nobody"],
        Code::VipHasNoHolder => &["mover-limited-to-nic0", "psc-attachment-in-other-region"],
        Code::ForeignIpDisallowed => &["mover-without-ip-forwarding"],
        Code::RdmaOtherNetwork => &["rdma-clients-on-other-network"],
        Code::RdmaNeedsRdmaNic => {
            &["rdma-clients-on-other-network", "rdma-rail-without-rdma-nic", "nic-type-not-on-profile"]
        }
        Code::NoRoute | Code::PrivateTrafficToInternet => {
            &["vip-route-not-exchanged", "mover-feature-blocked", "vip-misplaced"]
        }
        Code::UnknownInternalAddress => &["vip-misplaced"],
        Code::PscNotAccepted => &["psc-interface-not-accepted"],
        Code::BackendInvalidNetwork => &["lb-backend-without-nic", "load-balancer-on-rdma-network"],
        Code::HealthCheckBlocked => &["load-balancer-on-rdma-network"],
        _ => &[],
    }
}

/// The entities that have to do with a packet, at either end.
fn around(network: &Network, packet: &Packet) -> Vec<EntityId> {
    let mut all = Vec::new();
    match packet.from {
        Sender::Guest { instance, bound } => {
            all.push(instance.into());
            all.extend(network.instances[instance].cluster.map(EntityId::from));
            all.extend(network.instances[instance].clients.map(EntityId::from));
            if let Some(End::Nic(nic) | End::Alias(nic, _)) = bound {
                all.push(nic.into());
            }
        }
        Sender::Clients(group) => all.push(group.into()),
        Sender::Prober(service) => {
            all.push(service.into());
            all.extend(network.rules_of(service).map(EntityId::from));
        }
        Sender::Internet(_) => {}
    }
    match packet.to {
        End::Nic(nic) | End::Alias(nic, _) => all.push(nic.into()),
        End::Vip(vip) => around_pool(network, vip.pool, &mut all),
        End::Rule(rule) => all.push(rule.into()),
        End::Clients(group) => all.push(group.into()),
        End::Address(_) | End::Prober(_) => {}
    }
    all
}

fn around_pool(network: &Network, pool: VipPoolId, all: &mut Vec<EntityId>) {
    let row = &network.vips[pool];
    all.extend([EntityId::from(pool), row.over.into()]);
    for rule in row.forwarding_rules.peek() {
        all.push((*rule).into());
        all.extend(network.forwarding_rules[*rule].backend_service.peek().map(EntityId::from));
    }
    if let Some(nic) = network.vip_nics(pool).first() {
        all.push((*nic).into());
        all.extend(network.nics[*nic].attachment.peek().map(EntityId::from));
    }
}
