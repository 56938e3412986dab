//! One end of a packet with the ranges in which its address lies: a range of one where it is known. Not here: who has it.

use ipnet::IpNet;
use twinrail_model::{Field, Hole, Network, overlap};

use crate::packet::End;

/// An end and the ranges its address is one of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spot {
    pub end: End,
    pub ranges: Vec<IpNet>,
}

impl Spot {
    pub(crate) fn of(end: End, network: &Network) -> Field<Self> {
        Ok(Self { end, ranges: end.ranges(network)? })
    }

    /// Whether its address lies in a range.
    ///
    /// # Errors
    /// The address as a hole, if that turns on which one of its ranges it will be.
    pub(crate) fn is_within(&self, range: &IpNet) -> Field<bool> {
        if self.ranges.iter().all(|own| range.contains(own)) && !self.ranges.is_empty() {
            return Ok(true);
        }
        if !self.ranges.iter().any(|own| overlap(own, range)) {
            return Ok(false);
        }
        // Some of the addresses it may be are inside and some are not.
        Err(self.end.place().map_or_else(|| Hole::NotInCatalog("an address range".to_owned()), Hole::NotInInput))
    }

    /// Whether it lies in one of several ranges; in any where none are named.
    pub(crate) fn is_within_any(&self, ranges: &[IpNet]) -> Field<bool> {
        let mut open = None;
        for range in ranges {
            match self.is_within(range) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(hole) => open = Some(hole),
            }
        }
        match open {
            // Several ranges may cover it together.
            Some(hole) if !self.is_covered_by(ranges) => Err(hole),
            found => Ok(found.is_some()),
        }
    }

    fn is_covered_by(&self, ranges: &[IpNet]) -> bool {
        self.ranges.iter().all(|own| {
            let mut left = vec![*own];
            for range in ranges {
                left = left.iter().flat_map(|part| twinrail_model::without(part, range)).collect();
            }
            left.is_empty()
        })
    }

    /// Its address, where it is known.
    pub(crate) fn address(&self) -> Option<std::net::IpAddr> {
        match self.ranges.as_slice() {
            [range] if range.prefix_len() == range.max_prefix_len() => Some(range.addr()),
            _ => None,
        }
    }

    /// The address or its ranges, as people write them.
    pub(crate) fn words(&self) -> String {
        match (self.address(), self.ranges.as_slice()) {
            (Some(address), _) => address.to_string(),
            (None, [range]) => format!("an address of {range}"),
            (None, ranges) => {
                let ranges: Vec<String> = ranges.iter().map(ToString::to_string).collect();
                format!("an address of {}", ranges.join(", "))
            }
        }
    }
}
