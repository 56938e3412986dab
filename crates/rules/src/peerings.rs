//! Networks that are peered with one another by way of others: what people expect to carry packets, and what does not. Not here: what a peering exchanges.

use std::collections::{BTreeMap, VecDeque};

use twinrail_model::{Network, VpcId};
use twinrail_reach::{End, Packet, Sender};

/// Says by which other networks the networks of a packet's ends are peered, if they are not directly.
pub(crate) fn chain(network: &Network, packet: &Packet) -> Option<String> {
    let from = match packet.from {
        Sender::Guest { bound: Some(end), .. } => of_end(network, end)?,
        Sender::Guest { instance, bound: None } => {
            network.nics[*network.instances[instance].nics.peek().first()?].vpc.peek().clone().ok()?
        }
        Sender::Clients(group) => of_end(network, End::Clients(group))?,
        Sender::Prober(_) | Sender::Internet(_) => return None,
    };
    let path = shortest(network, from, of_end(network, packet.to)?)?;
    if path.len() < 3 {
        return None;
    }
    let steps: Vec<String> = path
        .windows(2)
        .map(|pair| format!("`{}` is peered with `{}`", network.short(pair[0]), network.short(pair[1])))
        .collect();
    Some(format!("{}; a peering does not pass on the routes of a third network", steps.join(", ")))
}

fn of_end(network: &Network, end: End) -> Option<VpcId> {
    match end {
        End::Nic(nic) | End::Alias(nic, _) => network.nics[nic].vpc.peek().clone().ok(),
        End::Vip(vip) => network.vip_vpc(&network.vips[vip.pool]),
        End::Rule(rule) => network.forwarding_rules[rule].vpc.peek().clone().ok(),
        End::Clients(group) => {
            let subnet = network.clients[group].subnet?;
            network.subnets[subnet].vpc.peek().clone().ok()
        }
        End::Address(_) | End::Prober(_) => None,
    }
}

/// The fewest peerings that lead from one network to another, as the networks on the way.
fn shortest(network: &Network, from: VpcId, to: VpcId) -> Option<Vec<VpcId>> {
    let mut before: BTreeMap<VpcId, VpcId> = BTreeMap::from([(from, from)]);
    let mut open = VecDeque::from([from]);
    while let Some(vpc) = open.pop_front() {
        if vpc == to {
            let mut path = vec![to];
            while let Some(last) = path.last().copied().filter(|last| *last != from) {
                path.push(before[&last]);
            }
            path.reverse();
            return Some(path);
        }
        for other in network.vpcs.ids().filter(|other| network.are_peered(vpc, *other)) {
            before.entry(other).or_insert_with(|| {
                open.push_back(other);
                vpc
            });
        }
    }
    None
}
