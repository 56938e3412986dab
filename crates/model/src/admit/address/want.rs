//! An address that a request wants, as a value: whether it lies where the subnet offers it, and whether it is free. What wants it, and what has it already,
//! need not be in the network. Not here: all that the model claims at once (`claim`).

use std::net::IpAddr;

use ipnet::IpNet;
use twinrail_facts::{Facts, keys};

use crate::admit::address::vip::contains;
use crate::admit::address::{SubnetRange, is_internal, kept_addresses, ranges};
use crate::admit::{Admission, invalid};
use crate::balancing::ForwardingRule;
use crate::field::Field;
use crate::finding::{Refusal, RefusalReason};
use crate::id::SubnetId;
use crate::instance::{Alias, AliasRange};
use crate::network::Network;
use crate::platform::View;
use crate::range::AddressSpan;
use crate::vpc::Address;

/// What addresses are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// The address pool of a cluster.
    Pool,
    VipPool,
    /// The primary address of a NIC.
    Nic,
    /// An alias range of a NIC.
    Alias,
    Reservation,
    ForwardingRule,
}

impl Use {
    /// The request that fails if the address cannot be had.
    pub fn method(self) -> &'static str {
        match self {
            Self::Pool | Self::Nic => "instances.insert",
            Self::VipPool | Self::Alias => "instances.updateNetworkInterface",
            Self::Reservation => "addresses.insert",
            Self::ForwardingRule => "forwardingRules.insert",
        }
    }
}

/// Addresses that a request wants, or that something has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    pub usage: Use,
    pub span: AddressSpan,
    /// What people call the NIC, the reservation, the rule.
    pub name: String,
}

impl Want {
    /// The primary address of a NIC.
    pub fn nic(name: impl Into<String>, address: IpAddr) -> Self {
        Self { usage: Use::Nic, span: address.into(), name: name.into() }
    }

    /// An alias range of a NIC; `None` where the platform picks it.
    pub fn alias(name: impl Into<String>, alias: &Alias) -> Option<Self> {
        let AliasRange::Range(range) = alias.range else { return None };
        Some(Self { usage: Use::Alias, span: range.into(), name: name.into() })
    }

    /// A reserved address or range; a hole where the platform picks it.
    pub fn reservation(address: &Address) -> Field<Self> {
        let first = address.address.get()?;
        let range = address.prefix_length.and_then(|length| IpNet::new(first, length).ok());
        let span = range.map_or_else(|| first.into(), AddressSpan::from);
        Ok(Self { usage: Use::Reservation, span, name: address.name.short().to_owned() })
    }

    /// The address of a forwarding rule; `None` for one that is assigned later, and for one that belongs to no subnet.
    pub fn rule(rule: &ForwardingRule) -> Field<Option<Self>> {
        let address = rule.address.get()?.filter(|_| is_internal(&rule.scheme));
        let name = rule.name.short().to_owned();
        Ok(address.map(|address| Self { usage: Use::ForwardingRule, span: address.into(), name }))
    }

    /// What it is and its name: the address pool of a cluster, a NIC.
    pub fn words(&self) -> String {
        let name = &self.name;
        match self.usage {
            Use::Pool => format!("the address pool of `{name}`"),
            Use::VipPool => format!("VIP pool `{name}`"),
            Use::Nic => format!("`{name}`"),
            Use::Alias => format!("an alias range of `{name}`"),
            Use::Reservation => format!("reserved address `{name}`"),
            Use::ForwardingRule => format!("forwarding rule `{name}`"),
        }
    }
}

/// The addresses lie where the subnet offers them for their use. Alias ranges are judged by `alias_in_subnet`.
pub fn in_subnet(view: &View<'_>, subnet: SubnetId, want: &Want) -> Admission {
    let mine = ranges(view.network, subnet)?;
    if want.span.first().is_ipv6() || fits(view.facts, &mine, want.usage, &want.span) {
        return Ok(None);
    }
    let range = match mine.iter().find(|range| range.name.is_none()) {
        Some(primary) => primary.words(view.network),
        None => format!("the primary range of `{}`, which has none of IPv4", view.network.short(subnet)),
    };
    let message = format!("{} has {}, which is not in {range}", want.words(), want.span);
    Ok(Some(invalid(want.usage.method(), message)))
}

/// Whether addresses lie in a range that serves their use: that of a NIC in the primary range, a reserved one in any range, that of a forwarding rule as
/// the facts say.
pub(super) fn fits(facts: &Facts<'_>, mine: &[SubnetRange<'_>], usage: Use, span: &AddressSpan) -> bool {
    let anywhere = || mine.iter().any(|range| contains(&range.range, span));
    let primary = || mine.iter().any(|range| range.name.is_none() && contains(&range.range, span));
    match usage {
        Use::Nic => primary() || !facts.get(keys::address::NIC_PRIMARY_FROM_PRIMARY_RANGE),
        Use::Reservation => anywhere() || facts.get(keys::address::RESERVED_OUTSIDE_SUBNET_ALLOWED),
        Use::ForwardingRule => primary() || (anywhere() && facts.get(keys::lb::ADDRESS_FROM_SECONDARY_RANGE_ALLOWED)),
        Use::Pool | Use::VipPool | Use::Alias => true,
    }
}

/// The addresses are none that the platform keeps. Admits what lies outside the primary range or goes beyond it, which is another mistake.
pub fn not_kept(view: &View<'_>, subnet: SubnetId, want: &Want) -> Admission {
    let range = view.network.subnets[subnet].range.get()?;
    if !range.is_some_and(|range| contains(&range, &want.span)) {
        return Ok(None);
    }
    let Some(address) = first_kept(&kept_addresses(view, subnet)?, &want.span) else { return Ok(None) };
    let name = view.network.short(subnet);
    let message = format!("{} takes {address}, which the platform keeps in `{name}`", want.words());
    Ok(Some(invalid(want.usage.method(), message)))
}

/// The first address of a span that is kept.
pub(super) fn first_kept(kept: &[AddressSpan], span: &AddressSpan) -> Option<IpAddr> {
    let around = kept.iter().find(|kept| kept.overlaps(span))?;
    Some(around.first().max(span.first()))
}

/// Nothing has the addresses that does not go together with what wants them.
///
/// `held`: what the subnet's network has now, in the asker's own state, and what else the same request wants; without what the request replaces, such as the
/// alias ranges that a NIC gives up. `reservation`: that of the address, by whose purpose forwarding rules share it.
pub fn is_free(view: &View<'_>, want: &Want, held: &[Want], reservation: Option<&Address>) -> Admission {
    let clash = held.iter().find(|early| {
        early.span.overlaps(&want.span) && !go_together(view.facts, early.usage, want.usage, reservation)
    });
    let Some(early) = clash else { return Ok(None) };
    if view.facts.get(keys::address::TWO_HOLDERS_ALLOWED) {
        return Ok(None);
    }
    let (first, last) = (early.span.first().max(want.span.first()), early.span.last().min(want.span.last()));
    let common = AddressSpan::new(first, last).expect("spans that overlap have addresses in common");
    let message = format!("{} and {} both take {common}", early.words(), want.words());
    Ok(Some(Refusal { reason: RefusalReason::AddressInUse, method: want.usage.method(), message }))
}

/// Whether two uses of one address go together: a reservation with what uses it, and internal forwarding rules by a reservation made for that.
pub(super) fn go_together(facts: &Facts<'_>, one: Use, other: Use, reservation: Option<&Address>) -> bool {
    match (one, other) {
        (Use::Reservation, Use::Reservation) => false,
        (Use::Reservation, _) | (_, Use::Reservation) => true,
        (Use::ForwardingRule, Use::ForwardingRule) => {
            reservation.is_some_and(|row| row.purpose == facts.get(keys::address::PURPOSE_FOR_SHARED_RULES))
        }
        _ => false,
    }
}

/// Every alias range comes from a range of the subnet that its NIC is in.
pub fn alias_in_subnet(view: &View<'_>, subnet: SubnetId, aliases: &[Alias], method: &'static str) -> Admission {
    if aliases.is_empty() {
        return Ok(None);
    }
    let mine = ranges(view.network, subnet)?;
    let wrong = aliases.iter().find_map(|alias| misfit(view.network, subnet, &mine, alias));
    let Some(message) = wrong else { return Ok(None) };
    if !view.facts.get(keys::alias::FROM_SAME_SUBNET) {
        return Ok(None);
    }
    Ok(Some(invalid(method, message)))
}

/// What is wrong with an alias range in this subnet.
fn misfit(network: &Network, subnet: SubnetId, mine: &[SubnetRange<'_>], alias: &Alias) -> Option<String> {
    let name = network.short(subnet);
    let source = mine.iter().find(|range| range.name == alias.secondary.as_deref());
    let Some(source) = source else {
        let secondary = alias.secondary.as_deref()?;
        return Some(format!("subnet `{name}` has no secondary range `{secondary}`"));
    };
    match alias.range {
        AliasRange::Range(range) if !source.range.contains(&range) => {
            Some(format!("alias range {range} lies outside {}", source.words(network)))
        }
        AliasRange::Length(length) if length < source.range.prefix_len() => {
            Some(format!("alias range /{length} is larger than {}", source.words(network)))
        }
        AliasRange::Range(_) | AliasRange::Length(_) => None,
    }
}
