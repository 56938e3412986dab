//! The caps on what flows over the NICs of a node with one ordinary NIC and some for RDMA: those of the instance, and those of the physical NICs that its NICs
//! are on. As `bandwidth` has them. Not here: what flows.

use twinrail_model::Hole;
use twinrail_model::unit::Gbps;

use super::Bound;
use crate::capability::Capability;

/// A cap on a weighted sum of what a node sends, or of what it receives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Limit {
    pub bound: Bound,
    pub is_inward: bool,
    pub cap: Gbps,
    /// The part of what clients move that counts.
    pub clients: f64,
    /// The part of what nodes send each other that counts.
    pub between: f64,
}

/// A physical NIC.
struct Wire {
    cap: Gbps,
    /// The part of the ordinary NIC's traffic that it carries, and of what all RDMA NICs do.
    ordinary: f64,
    rdma: f64,
}

/// More physical NICs change nothing.
const MOST_PHYSICAL_NICS: u64 = 64;

/// Bounds that could not be looked at, and for want of what.
type Open = Vec<(Bound, Option<Hole>)>;

/// The caps of a node that are known, and those that are not.
pub(super) fn limits(capability: &Capability, rdma_nics: u32) -> (Vec<Limit>, Open) {
    let mut open = Vec::new();
    let mut limits = Vec::new();
    let rdma = capability.rdma.clone();
    let rdma_nics = if rdma.as_ref().is_ok_and(|rdma| !rdma.is_zero()) { rdma_nics.max(1) } else { 0 };
    // Without RDMA nodes talk over the ordinary network.
    let shares = rdma_nics == 0 || capability.shares_cap != Ok(false);
    let both = f64::from(u8::from(shares));
    let mut add = |bound: Bound, is_inward: bool, cap: &Result<Gbps, Hole>, (clients, between): (f64, f64)| match cap {
        Ok(cap) => limits.push(Limit { bound, is_inward, cap: *cap, clients, between }),
        Err(hole) => open.push((bound, Some(hole.clone()))),
    };
    add(Bound::Egress, false, &capability.egress, (1.0, both));
    add(Bound::Ingress, true, &capability.ingress, (1.0, both));
    match &rdma {
        Ok(cap) if cap.is_zero() => {}
        rdma => add(Bound::Rdma, false, rdma, (0.0, 1.0)),
    }
    if let (true, Err(hole)) = (rdma_nics > 0, &capability.shares_cap) {
        open.push((Bound::Rdma, Some(hole.clone())));
    }
    for wire in wires(capability, rdma_nics) {
        let between = if rdma_nics == 0 { wire.ordinary } else { wire.rdma };
        let (out, inward) =
            if wire.ordinary > 0.0 { (Bound::Egress, Bound::Ingress) } else { (Bound::Rdma, Bound::Rdma) };
        for (bound, is_inward) in [(out, false), (inward, true)] {
            limits.push(Limit { bound, is_inward, cap: wire.cap, clients: wire.ordinary, between });
        }
    }
    (limits, open)
}

/// The physical NICs that something is on; none where nobody says what they carry.
fn wires(capability: &Capability, rdma_nics: u32) -> Vec<Wire> {
    let (Ok(count), Ok(carries)) = (&capability.physical_nics, &capability.physical_nic) else { return Vec::new() };
    let count = usize::try_from((*count).clamp(1, MOST_PHYSICAL_NICS)).expect("a small number");
    let mut wires: Vec<Wire> = (0..count).map(|_| Wire { cap: *carries, ordinary: 0.0, rdma: 0.0 }).collect();
    // Where one vNIC reaches all that the machine may send, it is on all physical NICs.
    if capability.full_egress_vnics.as_ref().is_ok_and(|needed| *needed <= 1) {
        for wire in &mut wires {
            wire.ordinary = 1.0 / count as f64;
        }
    } else {
        wires[0].ordinary = 1.0;
    }
    for turn in 1..=rdma_nics {
        let place = match capability.nic_order.as_str() {
            "alternating" => turn as usize % count,
            // All RDMA NICs are in one network, the second.
            "fill-first" => 1 % count,
            _ => 0,
        };
        wires[place].rdma += 1.0 / f64::from(rdma_nics);
    }
    for wire in wires.iter_mut().filter(|wire| wire.ordinary <= 0.0) {
        wire.cap = rdma_wire(capability, *carries);
    }
    wires.retain(|wire| wire.ordinary + wire.rdma > 0.0);
    wires
}

/// What a physical NIC carries that is for RDMA alone: its part of what the machine promises, where that is more.
fn rdma_wire(capability: &Capability, ordinary: Gbps) -> Gbps {
    match (&capability.rdma, &capability.rdma_nics) {
        (Ok(all), Ok(nics)) if *all > ordinary => ordinary.max(*all * (1.0 / (*nics).max(1) as f64)),
        _ => ordinary,
    }
}
