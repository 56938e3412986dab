//! Would the API take this range, this address, this alias, this VIP?
//!
//! `want` judges an address that a request wants, `range` the ranges of subnets, `claim` who wants which address in the whole model, `room` whether a range
//! has enough of them, `vip` where the addresses of VIP pools lie. A resource that the input shows as running was taken once, so that
//! nothing that judges the whole model speaks against it alone. IPv6 is not modelled.

mod claim;
mod range;
mod room;
mod vip;
mod want;

pub(crate) use claim::is_internal;
pub use claim::{
    Claim, Conflict, Holder, claims, conflicts, kept_addresses, on_kept_addresses, outside_subnet, reserved_in,
};
pub use range::{
    Overlap, SubnetRange, common_peer_overlaps, overlaps_in_network, peer_overlaps, range_allowed, ranges,
    ranges_disjoint,
};
pub use room::{Need, Room, pool_subnet, rooms};
pub use vip::{Misplaced, carrier_subnets, misplaced, vip_range, vip_span, vip_vpc};
pub use want::{Use, Want, alias_in_subnet, in_subnet, is_free, not_kept};
