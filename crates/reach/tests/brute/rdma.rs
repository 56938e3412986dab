//! RDMA verbs: between RDMA NICs of one network with an RDMA profile, and nothing else. From
//! <https://docs.cloud.google.com/vpc/docs/rdma-network-profiles>. Not here: plain IP over the same NICs, which goes the way of all packets.

use std::collections::BTreeSet;

use twinrail_model::{Direction, NicId};
use twinrail_reach::{Code, End, Outcome, Packet, Receiver, Sender, protocol};

use super::firewall;
use super::flight::{Flight, Step};
use super::walk::Ending;
use super::world::World;

/// "RDMA over Converged Ethernet" travels in UDP: <https://docs.kernel.org/infiniband/index.html>, port 4791.
const ROCE: u16 = 4791;

pub fn endings(world: &World, packet: &Packet) -> BTreeSet<Ending> {
    let ending = match pass(world, packet) {
        Err(code) => (Outcome::Dropped(code), None),
        Ok((from, to)) => {
            let reply = match carry(world, to, from, None) {
                Ok(()) => Outcome::Delivered(Receiver::Nic(from)),
                Err(code) => Outcome::Dropped(code),
            };
            (Outcome::Delivered(Receiver::Nic(to)), Some(reply))
        }
    };
    BTreeSet::from([ending])
}

fn pass(world: &World, packet: &Packet) -> Step<(NicId, NicId)> {
    let Sender::Guest { instance, bound } = packet.from else { return Err(Code::RdmaNeedsRdmaNic) };
    if !world.is_running(instance) {
        return Err(Code::InstanceNotRunning);
    }
    let own: Vec<NicId> = world.nics_of(instance).into_iter().filter(|nic| world.is_rdma_nic(*nic)).collect();
    let own: Vec<NicId> = match bound {
        Some(End::Nic(nic)) => own.into_iter().filter(|other| *other == nic).collect(),
        Some(_) => Vec::new(),
        None => own,
    };
    if own.is_empty() {
        return Err(Code::RdmaNeedsRdmaNic);
    }
    let to = match packet.to {
        End::Nic(nic) if world.is_rdma_nic(nic) => nic,
        _ => return Err(Code::RdmaNeedsRdmaNic),
    };
    let near = own.iter().copied().find(|nic| world.vpc_of(*nic) == world.vpc_of(to));
    let Some(from) = near else { return Err(Code::RdmaOtherNetwork) };
    carry(world, from, to, Some(ROCE))?;
    Ok((from, to))
}

fn carry(world: &World, from: NicId, to: NicId, port: Option<u16>) -> Step<()> {
    if world.unplugged.contains(&from) {
        return Err(Code::NicDown);
    }
    let flight = Flight { source: world.primary(from), destination: world.primary(to), protocol: protocol::UDP, port };
    firewall::passes(world, &world.station(from), Direction::Egress, &flight)?;
    if !world.is_running(world.instance_of(to)) {
        return Err(Code::InstanceNotRunning);
    }
    if world.unplugged.contains(&to) {
        return Err(Code::NicDown);
    }
    firewall::passes(world, &world.station(to), Direction::Ingress, &flight)
}
