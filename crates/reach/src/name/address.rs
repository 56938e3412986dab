//! Addresses that people name: whose they are, whose they may become, and which of them can be no end of a packet here. Not here: names, and where a packet
//! to an address goes.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use twinrail_model::{Network, NicId, VpcId};

use super::{NameError, Read};
use crate::packet::End;

/// The metadata server of every instance.
const METADATA: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)), IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254))];

/// At most so many ends are named.
const SHOWN: usize = 3;

/// An IPv4 address that is written as one of IPv6, as itself; an error for what can be no end.
pub(super) fn plain(network: &Network, address: IpAddr) -> Read<IpAddr> {
    let address = address.to_canonical();
    let what = match address {
        _ if METADATA.contains(&address) => "the metadata server, which is not modelled",
        _ if address.is_loopback() => "a loopback address, which never leaves its guest",
        _ if address.is_multicast() => "a multicast address, and multicast is not modelled",
        _ if address.is_unspecified() => "nobody's address",
        IpAddr::V4(Ipv4Addr::BROADCAST) => "the broadcast address, and broadcast is not modelled",
        IpAddr::V4(v4) if v4.is_link_local() => "a link-local address, and those are not modelled",
        IpAddr::V6(v6) if v6.is_unicast_link_local() => "a link-local address, and those are not modelled",
        IpAddr::V6(_) if !has_ipv6(network) => {
            return Err(NameError {
                message: format!("{address} is an IPv6 address, and no subnet here has an IPv6 range"),
                hint: Some("packets are followed by IPv4; of IPv6 only the ranges of subnets are modelled".to_owned()),
            });
        }
        _ => return Ok(address),
    };
    let hint = "name an instance, a VIP, a load balancer, clients, internet, or an address that one of them may have";
    Err(NameError { message: format!("{address} is {what}"), hint: Some(hint.to_owned()) })
}

fn has_ipv6(network: &Network) -> bool {
    let is_v6 = |range: &Option<IpNet>| range.is_some_and(|range| range.addr().is_ipv6());
    network
        .subnets
        .rows()
        .iter()
        .any(|row| row.ipv6_range.peek().is_some() || row.range.peek().as_ref().is_ok_and(is_v6))
}

/// Whether only somebody on the internet may have such an address, by its form alone.
pub(super) fn is_internet(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            let is_shared = first == 100 && second & 0xc0 == 64;
            !(v4.is_private() || is_shared || first == 0 || first >= 240)
        }
        IpAddr::V6(v6) => !v6.is_unique_local(),
    }
}

/// The NICs of machines that have an address as their primary one.
pub(super) fn nics_at(network: &Network, address: IpAddr) -> Vec<NicId> {
    let has = |id: &NicId| is_machine(network, *id) && *network.nics[*id].address.peek() == Ok(Some(address));
    network.nics.ids().filter(has).collect()
}

fn is_machine(network: &Network, nic: NicId) -> bool {
    !network.instances[network.nics[nic].instance].is_template
}

/// Who has an address, each with the network that it is in. Load balancers that share one count once, and so do a VIP and what realises it.
fn holders(network: &Network, address: IpAddr) -> Vec<(End, Option<VpcId>)> {
    let vpc_of = |nic: NicId| network.nics[nic].vpc.peek().as_ref().ok().copied();
    let mut found: Vec<(End, Option<VpcId>)> =
        nics_at(network, address).into_iter().map(|nic| (End::Nic(nic), vpc_of(nic))).collect();
    let mut realised = BTreeSet::new();
    for (id, pool) in network.vips.iter() {
        realised.extend(pool.forwarding_rules.peek().iter().copied());
        let has = |vip: &twinrail_model::Vip| network.vip_ranges(*vip).as_deref() == Ok(&[IpNet::from(address)]);
        let vpc = network.vip_vpc(pool);
        found.extend(network.vips_of(id).find(has).map(|vip| (End::Vip(vip), vpc)));
    }
    let mut known = BTreeSet::new();
    for (id, row) in network.forwarding_rules.iter().filter(|(id, _)| !realised.contains(id)) {
        let vpc = row.vpc.peek().as_ref().ok().copied();
        if *row.address.peek() == Ok(Some(address)) && known.insert(vpc) {
            found.push((End::Rule(id), vpc));
        }
    }
    found
}

/// What is to be said about an address that is sent to: whose it is. An error where two have it in one network, and where somebody may get it.
pub(super) fn said(network: &Network, address: IpAddr) -> Read<Option<String>> {
    let found = holders(network, address);
    let names: Vec<String> = found.iter().map(|(end, _)| end.short(network)).collect();
    let vpcs: BTreeSet<Option<VpcId>> = found.iter().map(|(_, vpc)| *vpc).collect();
    if vpcs.len() < found.len() {
        return Err(NameError {
            message: format!("{address} is the address of {}", some(&names, " and of ")),
            hint: Some("give one of them another address, or name the one that is meant".to_owned()),
        });
    }
    match names.as_slice() {
        [] => unassigned(network, address).map_or(Ok(None), Err),
        [only] => Ok(Some(format!("{address} is {only}"))),
        several => Ok(Some(format!("{address} is {}, each in a network of its own", some(several, " and ")))),
    }
}

/// The error for an address that nobody has yet, and that somebody may get.
pub(super) fn unassigned(network: &Network, address: IpAddr) -> Option<NameError> {
    let names = candidates(network, address);
    let first = names.first()?;
    Some(NameError {
        message: format!("{address} is not assigned yet: it may become that of {}", some(&names, " or ")),
        hint: Some(format!("name the end instead, such as {first}")),
    })
}

/// Those whose address is still to come from a range that has this one, as the command line names them: of machines that are alike, the first.
fn candidates(network: &Network, address: IpAddr) -> Vec<String> {
    let contains = |ranges: &[IpNet]| ranges.iter().any(|range| range.contains(&address));
    let may = |end: End| {
        let ranges = end.ranges(network).unwrap_or_default();
        let is_one = matches!(ranges.as_slice(), [range] if range.prefix_len() == range.max_prefix_len());
        !is_one && contains(&ranges) && !keeps(network, address)
    };
    let mut names = Vec::new();
    for pool in network.vips.ids() {
        if network.vips_of(pool).next().is_some_and(|vip| may(End::Vip(vip))) {
            names.push(network.short(pool));
        }
    }
    let mut known = BTreeSet::new();
    for (id, row) in network.nics.iter().filter(|(id, _)| is_machine(network, *id)) {
        let instance = &network.instances[row.instance];
        let alike = (instance.cluster, instance.clients, row.index, instance.cluster.is_none().then_some(row.instance));
        if *row.address.peek() == Ok(None) && may(End::Nic(id)) && known.insert(alike) {
            names.push(network.short(id).replace(' ', ":"));
        }
    }
    for (id, row) in network.forwarding_rules.iter() {
        let realises = network.vips.rows().iter().any(|pool| pool.forwarding_rules.peek().contains(&id));
        if !realises && *row.address.peek() == Ok(None) && may(End::Rule(id)) {
            names.push(network.short(id));
        }
    }
    for (id, row) in network.clients.iter() {
        if row.is_abstract() && network.client_instances(row).is_empty() && may(End::Clients(id)) {
            names.push(network.short(id));
        }
    }
    names
}

/// Whether the platform keeps an address for itself, or a range of a subnet does: its first two and last two.
fn keeps(network: &Network, address: IpAddr) -> bool {
    let IpAddr::V4(address) = address else { return false };
    let number = u32::from(address);
    network.subnets.rows().iter().any(|row| match row.range.peek() {
        Ok(Some(IpNet::V4(range))) if range.contains(&address) => {
            number - u32::from(range.network()) < 2 || u32::from(range.broadcast()) - number < 2
        }
        _ => false,
    })
}

fn some(names: &[String], between: &str) -> String {
    let more = names.len().saturating_sub(SHOWN);
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(between);
    if more == 0 { shown } else { format!("{shown}{between}{more} more") }
}
