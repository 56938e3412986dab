//! Would the API still take one more? What is counted against each limit of a network, a NIC, a subnet or a project, with the VIPs that are planned.
//!
//! Limits of peering groups count what the input shows of the peers: a peer that is only named adds nothing. Not here: how many addresses a range has
//! (`address`).

mod network;
mod vip;

pub use network::{
    alias_ranges_fit, alias_ranges_in_network, alias_ranges_on_nic, forwarding_rules_fit, forwarding_rules_in_network,
    nics_fit, nics_in_network, peerings_of_network, reserved_addresses_fit, reserved_addresses_in_region,
    rules_on_address, secondary_ranges_of_subnet, shares, static_routes_fit, static_routes_in_network,
    static_routes_in_peering_group, subnet_ranges_in_network, subnet_ranges_in_peering_group,
};
pub use vip::{AliasLoad, alias_load, fast_ip_moves, routes_for_vips};

use crate::finding::{Refusal, RefusalReason};
use crate::id::EntityId;

/// What is counted against a limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count {
    pub parts: Vec<Part>,
}

/// A part of a count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub of: EntityId,
    pub count: u64,
    pub what: String,
}

impl Count {
    /// One kind of thing.
    pub fn of(of: impl Into<EntityId>, count: u64, what: impl Into<String>) -> Self {
        let mut all = Self::default();
        all.add(of, count, what);
        all
    }

    fn add(&mut self, of: impl Into<EntityId>, count: u64, what: impl Into<String>) {
        if count > 0 {
            self.parts.push(Part { of: of.into(), count, what: what.into() });
        }
    }

    pub fn total(&self) -> u64 {
        self.parts.iter().fold(0, |sum, part| sum.saturating_add(part.count))
    }

    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The sum, part by part: `static routes (4) + VIPs (48) = 52`.
    pub fn sum(&self) -> String {
        if let [only] = self.parts.as_slice() {
            return format!("{}: {}", only.what, only.count);
        }
        let parts: Vec<String> = self.parts.iter().map(|part| format!("{} ({})", part.what, part.count)).collect();
        format!("{} = {}", parts.join(" + "), self.total())
    }

    /// The refusal of what goes over the limit.
    #[must_use]
    pub fn over(self, limit: u64, method: &'static str, what: &str) -> Option<Excess> {
        let refusal = over(self.total(), limit, method, what)?;
        Some(Excess { count: self, limit, refusal })
    }
}

/// The refusal of a number that goes over a limit.
fn over(total: u64, limit: u64, method: &'static str, what: &str) -> Option<Refusal> {
    let message = || format!("{total} {what}; the limit is {limit}");
    (total > limit).then(|| Refusal { reason: RefusalReason::Limit, method, message: message() })
}

/// More than a limit allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excess {
    pub count: Count,
    pub limit: u64,
    pub refusal: Refusal,
}

/// `None`: within the limit. A hole: what is counted is not in the input.
pub type WithinLimit = crate::field::Field<Option<Excess>>;
