//! Addresses and ports as ranges. IPv4 and IPv6 never overlap.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

/// Whether two ranges share an address.
pub fn overlap(a: &IpNet, b: &IpNet) -> bool {
    a.contains(b) || b.contains(a)
}

/// What is left of a range without another: nothing, the range itself, or its parts beside the other.
pub fn without(range: &IpNet, taken: &IpNet) -> Vec<IpNet> {
    if taken.contains(range) {
        return Vec::new();
    }
    if !range.contains(taken) {
        return vec![*range];
    }
    let halves = range.subnets(range.prefix_len() + 1).expect("a range that holds a smaller one has halves");
    halves.flat_map(|half| without(&half, taken)).collect()
}

/// Consecutive addresses of one family, both ends included: `10.0.0.16-10.0.0.79`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressSpan {
    first: IpAddr,
    last: IpAddr,
}

impl AddressSpan {
    /// `None` if the ends are of different families or in the wrong order.
    pub fn new(first: IpAddr, last: IpAddr) -> Option<Self> {
        (first.is_ipv4() == last.is_ipv4() && first <= last).then_some(Self { first, last })
    }

    pub fn first(&self) -> IpAddr {
        self.first
    }

    pub fn last(&self) -> IpAddr {
        self.last
    }

    /// How many addresses; saturates for IPv6 spans beyond 2^64.
    pub fn count(&self) -> u64 {
        match (self.first, self.last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => u64::from(u32::from(last) - u32::from(first)) + 1,
            (IpAddr::V6(first), IpAddr::V6(last)) => {
                u64::try_from(u128::from(last) - u128::from(first)).map_or(u64::MAX, |count| count.saturating_add(1))
            }
            _ => unreachable!("both ends are of one family by construction"),
        }
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && self.first <= address && address <= self.last
    }

    pub fn overlaps(&self, other: &Self) -> bool {
        self.contains(other.first) || other.contains(self.first)
    }

    /// Whether all of it lies within a range.
    pub fn is_within(&self, range: &IpNet) -> bool {
        range.contains(&self.first) && range.contains(&self.last)
    }

    /// How many places after the first an address stands, if it is within the span.
    pub fn place_of(&self, address: IpAddr) -> Option<u64> {
        match (self.first, address) {
            _ if !self.contains(address) => None,
            (IpAddr::V4(first), IpAddr::V4(address)) => Some(u64::from(u32::from(address) - u32::from(first))),
            (IpAddr::V6(first), IpAddr::V6(address)) => u64::try_from(u128::from(address) - u128::from(first)).ok(),
            _ => unreachable!("an address within a span is of its family"),
        }
    }

    /// The fewest ranges that make it up, in order.
    pub fn ranges(&self) -> Vec<IpNet> {
        match (self.first, self.last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => ipnet::Ipv4Subnets::new(first, last, 0).map(IpNet::V4).collect(),
            (IpAddr::V6(first), IpAddr::V6(last)) => ipnet::Ipv6Subnets::new(first, last, 0).map(IpNet::V6).collect(),
            _ => unreachable!("both ends are of one family by construction"),
        }
    }

    /// The address `n` places after the first, if it is within the span.
    pub fn nth(&self, n: u64) -> Option<IpAddr> {
        if n >= self.count() {
            return None;
        }
        Some(match self.first {
            IpAddr::V4(first) => IpAddr::V4((u32::from(first) + u32::try_from(n).ok()?).into()),
            IpAddr::V6(first) => IpAddr::V6((u128::from(first) + u128::from(n)).into()),
        })
    }
}

impl From<IpAddr> for AddressSpan {
    fn from(address: IpAddr) -> Self {
        Self { first: address, last: address }
    }
}

impl From<IpNet> for AddressSpan {
    fn from(range: IpNet) -> Self {
        Self { first: range.network(), last: range.broadcast() }
    }
}

impl FromStr for AddressSpan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not an address range such as 10.0.0.16-10.0.0.79, 10.0.0.0/26 or 10.0.0.9");
        if let Some((first, last)) = text.split_once('-') {
            let ends = (first.trim().parse(), last.trim().parse());
            let (Ok(first), Ok(last)) = ends else { return Err(wrong()) };
            return Self::new(first, last).ok_or_else(wrong);
        }
        if let Ok(range) = text.parse::<IpNet>() {
            return Ok(range.into());
        }
        let address = text.parse().map_err(|_| wrong())?;
        Ok(Self { first: address, last: address })
    }
}

impl fmt::Display for AddressSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last { write!(f, "{}", self.first) } else { write!(f, "{}-{}", self.first, self.last) }
    }
}

/// A protocol and a port: `tcp:2049`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port {
    pub protocol: String,
    pub port: u16,
}

impl FromStr for Port {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a port such as tcp:2049");
        let (protocol, port) = text.split_once(':').ok_or_else(wrong)?;
        if !matches!(protocol, "tcp" | "udp") {
            return Err(wrong());
        }
        Ok(Self { protocol: protocol.to_owned(), port: port.parse().map_err(|_| wrong())? })
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.protocol, self.port)
    }
}

/// Consecutive ports, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortRange {
    pub first: u16,
    pub last: u16,
}

impl PortRange {
    pub fn contains(self, port: u16) -> bool {
        self.first <= port && port <= self.last
    }
}

impl FromStr for PortRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a port or a range of ports");
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (Ok(first), Ok(last)) = (first.trim().parse(), last.trim().parse()) else { return Err(wrong()) };
        if first > last { Err(wrong()) } else { Ok(Self { first, last }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> IpNet {
        text.parse().expect("a range")
    }

    #[test]
    fn what_is_left_covers_the_rest_exactly() {
        let left = without(&net("10.0.0.0/8"), &net("10.128.0.0/10"));
        assert_eq!(left, vec![net("10.0.0.0/9"), net("10.192.0.0/10")]);
        assert_eq!(without(&net("10.0.0.0/8"), &net("0.0.0.0/0")), vec![]);
        assert_eq!(without(&net("10.0.0.0/8"), &net("11.0.0.0/8")), vec![net("10.0.0.0/8")]);
        assert_eq!(without(&net("10.0.0.0/8"), &net("fd00::/8")), vec![net("10.0.0.0/8")]);
    }
}
