//! Addresses of a cluster: how many nodes a prefix holds with VIPs beside them, which prefix so many nodes need, and what a lost node adds to the others.
//! Not here: where subnets are, and whether a range is free.

use twinrail_facts::{Facts, keys};

/// Bits of an address.
const BITS: u32 = 32;

/// What the platform lets a subnet have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubnetLimits {
    /// Addresses of a primary range that nobody may use.
    pub reserved: u64,
    /// The shortest and the longest prefix.
    pub prefixes: (u32, u32),
}

impl SubnetLimits {
    pub fn of(facts: &Facts<'_>) -> Self {
        let at_ends = [keys::address::RESERVED_AT_START, keys::address::RESERVED_AT_END].map(|key| facts.get(key));
        let bits = |bits: u64| u32::try_from(bits).unwrap_or(BITS).min(BITS);
        Self {
            reserved: at_ends.iter().fold(0, |sum, count| sum.saturating_add(*count)),
            prefixes: (bits(facts.get(keys::subnet::PREFIX_MIN)), bits(facts.get(keys::subnet::PREFIX_MAX))),
        }
    }
}

/// Addresses of a prefix that may be used.
pub fn usable(prefix: u32, reserved: u64) -> u64 {
    let all = BITS.checked_sub(prefix).map_or(0, |bits| 1_u64 << bits);
    all.saturating_sub(reserved)
}

/// Nodes that a prefix holds with so many VIPs for each.
pub fn nodes_in(prefix: u32, vips_per_node: u32, reserved: u64) -> u64 {
    usable(prefix, reserved) / (1 + u64::from(vips_per_node))
}

/// Addresses of so many nodes with so many VIPs for each.
pub fn addresses(nodes: u64, vips_per_node: u32) -> u64 {
    nodes.saturating_mul(1 + u64::from(vips_per_node))
}

/// The longest prefix that holds so many addresses. `None`: no subnet does.
pub fn prefix_for(addresses: u64, limits: &SubnetLimits) -> Option<u32> {
    let (shortest, longest) = limits.prefixes;
    (shortest..=longest).rev().find(|prefix| usable(*prefix, limits.reserved) >= addresses)
}

/// By which part the busiest survivor's load grows when one of `nodes` is lost, whose VIPs go to as many survivors: 1/v, but never less than an even
/// share for everybody. `None`: nobody survives, or there is no VIP to move.
pub fn overload(vips_per_node: u32, nodes: u32) -> Option<f64> {
    let survivors = nodes.checked_sub(1).filter(|survivors| *survivors > 0)?;
    let spread = vips_per_node.min(survivors);
    (spread > 0).then(|| 1.0 / f64::from(spread))
}

#[cfg(test)]
mod tests {
    use twinrail_facts::Catalog;

    use super::*;

    fn limits() -> SubnetLimits {
        SubnetLimits::of(&Facts::new(Catalog::embedded()))
    }

    /// The table of the research notes: nodes by prefix and VIPs for each, with four addresses reserved.
    #[test]
    fn the_table_of_addresses() {
        let reserved = limits().reserved;
        assert_eq!(reserved, 4);
        let table = [
            (26, 60, [60, 20, 12, 6]),
            (24, 252, [252, 84, 50, 28]),
            (23, 508, [508, 169, 101, 56]),
            (22, 1_020, [1_020, 340, 204, 113]),
        ];
        for (prefix, all, nodes) in table {
            assert_eq!(usable(prefix, reserved), all);
            assert_eq!([0, 2, 4, 8].map(|vips| nodes_in(prefix, vips, reserved)), nodes, "/{prefix}");
        }
    }

    #[test]
    fn the_prefix_is_the_longest_that_fits() {
        let limits = limits();
        for vips in [0, 2, 4, 8] {
            for nodes in 1..1_200_u64 {
                let prefix = prefix_for(addresses(nodes, vips), &limits).expect("some prefix");
                assert!(nodes_in(prefix, vips, limits.reserved) >= nodes);
                let longer = prefix < limits.prefixes.1 && nodes_in(prefix + 1, vips, limits.reserved) >= nodes;
                assert!(!longer, "{nodes} nodes with {vips} VIPs fit in less than /{prefix}");
            }
        }
        assert_eq!(prefix_for(addresses(12, 4), &limits), Some(26));
        assert_eq!(prefix_for(addresses(13, 4), &limits), Some(25));
        assert_eq!(prefix_for(u64::MAX, &limits), None);
    }

    #[test]
    fn a_lost_node_adds_one_over_v() {
        assert_eq!([1, 2, 4].map(|vips| overload(vips, 30)), [Some(1.0), Some(0.5), Some(0.25)]);
        // Ten nodes: no survivor gets less than a ninth of what was lost.
        assert_eq!(overload(29, 10), Some(1.0 / 9.0));
        assert_eq!((overload(4, 1), overload(4, 0), overload(0, 9)), (None, None, None));
    }
}
