//! What is between a sender and an end that is no matter of either alone: one machine, one address, the one holder of a VIP. Such pairs are few, and are
//! found from the ends' kin. Not here: what each is on its own.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use twinrail_model::{AliasRange, InstanceId, Network, NicId, Situation, Vip};

use super::colour::{Holder, Holders, address_of_vip};
use crate::packet::{End, Sender};

/// What is between two; empty for most.
pub(crate) type Tie = Vec<Bond>;

/// One thing that is between a sender and an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Bond {
    /// The sender's machine has the end's address, on this NIC; in this place of its alias ranges, if it is one.
    HasEndsAddress(usize, Option<usize>),
    /// The end's machine has the sender's address, on this NIC of the end's and that of the sender's.
    HasSendersAddress(usize, Option<usize>),
    /// The sender is the one machine that holds the VIP, as its mover says.
    Owns,
    /// The sender is the machine that is singled out as the VIP's holder.
    Holds,
    /// The end's machine is the one that the sender's VIP is with.
    OwnsSenders,
    HoldsSenders,
    /// The sender is the leader that the load balancer's service names.
    Leads,
    LeadsSenders,
    /// The sender is bound to the end.
    Same,
}

/// Who shares an address with whom.
#[derive(Debug)]
pub(super) struct Kin {
    /// The machines that have an address of a machine's, itself left out; only machines of which there are some.
    shares: BTreeMap<InstanceId, Vec<InstanceId>>,
}

impl Kin {
    pub(super) fn new(network: &Network, holders: &Holders) -> Self {
        let mut shares: BTreeMap<InstanceId, BTreeSet<InstanceId>> = BTreeMap::new();
        for (_, nic) in network.nics.iter() {
            for address in addresses(network, nic.instance) {
                for holder in holders.of(address).filter_map(|holder| machine(network, holder)) {
                    if holder != nic.instance {
                        shares.entry(nic.instance).or_default().insert(holder);
                        shares.entry(holder).or_default().insert(nic.instance);
                    }
                }
            }
        }
        Self { shares: shares.into_iter().map(|(id, others)| (id, others.into_iter().collect())).collect() }
    }

    /// The machines that share an address with one.
    pub(super) fn of(&self, instance: InstanceId) -> &[InstanceId] {
        self.shares.get(&instance).map_or(&[], Vec::as_slice)
    }
}

/// The addresses of a machine's own: the primary ones of its NICs, and the first of each alias range.
fn addresses(network: &Network, instance: InstanceId) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for nic in network.instances[instance].nics.peek() {
        let row = &network.nics[*nic];
        found.extend(row.address.peek().iter().flatten());
        for alias in row.aliases.peek() {
            if let AliasRange::Range(range) = alias.range {
                found.push(range.addr());
            }
        }
    }
    found
}

/// The machine of a holder that is a part of one.
pub(super) fn machine(network: &Network, holder: Holder) -> Option<InstanceId> {
    match holder {
        Holder::Nic(nic) | Holder::Alias(nic, _) => Some(network.nics[nic].instance),
        Holder::Vip(_) | Holder::Rule(_) => None,
    }
}

/// The machine that an end is a part of.
pub(super) fn machine_of(network: &Network, end: End) -> Option<InstanceId> {
    match end {
        End::Nic(nic) | End::Alias(nic, _) => Some(network.nics[nic].instance),
        End::Vip(_) | End::Rule(_) | End::Clients(_) | End::Address(_) | End::Prober(_) => None,
    }
}

/// An end's own address, where the input says it.
pub(super) fn address_of(network: &Network, end: End) -> Option<IpAddr> {
    match end {
        End::Nic(nic) => network.nics[nic].address.peek().as_ref().ok().copied().flatten(),
        End::Alias(nic, place) => match network.nics[nic].aliases.peek()[place].range {
            AliasRange::Range(range) => Some(range.addr()),
            AliasRange::Length(_) => None,
        },
        End::Vip(vip) => address_of_vip(network, vip),
        End::Rule(rule) => network.forwarding_rules[rule].address.peek().as_ref().ok().copied().flatten(),
        End::Address(address) => Some(address),
        End::Clients(_) | End::Prober(_) => None,
    }
}

/// Who is bound to whom in a situation.
pub(super) struct Ties<'a> {
    pub network: &'a Network,
    pub holders: &'a Holders,
    pub kin: &'a Kin,
    pub situation: &'a Situation,
}

impl Ties<'_> {
    /// The machines that may have a tie with an end: its own, those that share an address with that, those that have its address, and its holder.
    pub(super) fn kin(&self, end: End) -> Vec<InstanceId> {
        let mut kin = Vec::new();
        if let Some(instance) = machine_of(self.network, end) {
            kin.push(instance);
            kin.extend(self.kin.of(instance));
            return kin;
        }
        if let Some(address) = address_of(self.network, end) {
            kin.extend(self.holders.of(address).filter_map(|holder| machine(self.network, holder)));
        }
        kin.extend(self.owner(end));
        kin.extend(self.singled_out(end));
        kin.extend(self.leader(end));
        kin.sort_unstable();
        kin.dedup();
        kin
    }

    /// What is between a sender and an end.
    pub(super) fn tie(&self, from: Sender, to: End) -> Tie {
        let mut tie = Tie::new();
        let Sender::Guest { instance, bound } = from else { return tie };
        let of_end = machine_of(self.network, to);
        self.has(&mut tie, Some(instance), to, of_end, Bond::HasEndsAddress);
        let own = |nic: &NicId| End::Nic(*nic);
        let sources: Vec<End> = match bound {
            Some(end) => vec![end],
            None => self.network.instances[instance].nics.peek().iter().map(own).collect(),
        };
        for source in sources {
            self.has(&mut tie, of_end, source, Some(instance), Bond::HasSendersAddress);
        }
        self.is_with(&mut tie, Some(instance), to, [Bond::Owns, Bond::Holds, Bond::Leads]);
        if let Some(bound) = bound {
            self.is_with(&mut tie, of_end, bound, [Bond::OwnsSenders, Bond::HoldsSenders, Bond::LeadsSenders]);
            if bound == to {
                tie.push(Bond::Same);
            }
        }
        tie.sort_unstable();
        tie
    }

    /// Whether a machine has the address of an end of another.
    fn has(
        &self,
        tie: &mut Tie,
        instance: Option<InstanceId>,
        end: End,
        other: Option<InstanceId>,
        bond: fn(usize, Option<usize>) -> Bond,
    ) {
        let Some(instance) = instance.filter(|instance| Some(*instance) != other) else { return };
        let Some(address) = address_of(self.network, end) else { return };
        for holder in self.holders.of(address).filter(|holder| machine(self.network, *holder) == Some(instance)) {
            match holder {
                Holder::Nic(nic) => tie.push(bond(self.network.nics[nic].index, None)),
                Holder::Alias(nic, place) => tie.push(bond(self.network.nics[nic].index, Some(place))),
                Holder::Vip(_) | Holder::Rule(_) => {}
            }
        }
    }

    fn is_with(&self, tie: &mut Tie, instance: Option<InstanceId>, end: End, bonds: [Bond; 3]) {
        let [owns, holds, leads] = bonds;
        if instance.is_none() {
            return;
        }
        if self.owner(end) == instance {
            tie.push(owns);
        }
        if self.singled_out(end) == instance {
            tie.push(holds);
        }
        if self.leader(end) == instance {
            tie.push(leads);
        }
    }

    /// The VIP that an end is: an address that a pool names is one.
    fn vip(&self, end: End) -> Option<Vip> {
        match end {
            End::Vip(vip) => Some(vip),
            End::Address(address) => self.holders.of(address).find_map(|holder| match holder {
                Holder::Vip(vip) => Some(vip),
                _ => None,
            }),
            _ => None,
        }
    }

    fn owner(&self, end: End) -> Option<InstanceId> {
        self.network.vip_owner(self.vip(end)?).ok().flatten()
    }

    fn singled_out(&self, end: End) -> Option<InstanceId> {
        let is_of = |vip: &Vip| match end {
            End::Rule(rule) => self.network.vip_rule(*vip) == Some(rule),
            _ => self.vip(end) == Some(*vip),
        };
        self.situation.holders.iter().find(|(vip, _)| is_of(vip)).map(|(_, holder)| *holder)
    }

    fn leader(&self, end: End) -> Option<InstanceId> {
        let rule = match end {
            End::Rule(rule) => rule,
            End::Vip(vip) => self.network.vip_rule(vip)?,
            _ => return None,
        };
        let service = (*self.network.forwarding_rules[rule].backend_service.peek())?;
        *self.network.backend_services[service].leader.peek()
    }
}
