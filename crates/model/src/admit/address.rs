//! Would the API take this range, this address, this alias, this VIP?
//!
//! `range` judges the ranges of subnets, `claim` who wants which address, `room` whether a range has enough of them, `vip` where the addresses of VIP pools
//! lie. A resource that the input shows as running was taken once, so that nothing here speaks against it alone. IPv6 is not modelled.

mod claim;
mod range;
mod room;
mod vip;

pub(crate) use claim::is_internal;
pub use claim::{
    Claim, Conflict, Holder, alias_in_subnet, claims, conflicts, kept_addresses, on_kept_addresses, outside_subnet,
    reserved_in,
};
pub use range::{
    Overlap, SubnetRange, common_peer_overlaps, overlaps_in_network, peer_overlaps, range_allowed, ranges,
    ranges_disjoint,
};
pub use room::{Need, Room, pool_subnet, rooms};
pub use vip::{Misplaced, carrier_subnets, misplaced, vip_range, vip_span, vip_vpc};
