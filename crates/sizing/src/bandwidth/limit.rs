//! What a node may carry: the caps of its flows, NICs, physical NICs, instance and disks, each a fact.
//!
//! A fact is read only where it could bind, so that a judgement does not fork on what changes nothing. Shares are worked out under the caps that were read so
//! far; if they keep within the least value of every other cap, those change nothing either: shares that are fair under
//! few caps and fit under more are fair under
//! those too. Else the one that is exceeded most is read, and shares are worked out again. Not here: who uses what.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use twinrail_facts::{Facts, Possible, Value, keys};
use twinrail_model::unit::{Gb, Gbps, MibPerSecond};
use twinrail_model::{EgressTier, Field, Hole, MachineFacts};

use super::system::{NicSlot, System};

/// What bounds a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// What one connection carries, times the connections.
    Flow,
    /// What the clients' own machines carry.
    Clients,
    /// What an instance sends, without RDMA traffic.
    Egress,
    /// What an instance sends, RDMA traffic included.
    SharedEgress,
    /// What an instance receives.
    Ingress,
    /// What an instance sends by RDMA.
    Rdma,
    PhysicalNicOut(usize),
    PhysicalNicIn(usize),
    DiskRead,
    DiskWrite,
    /// Operations a second of its disks.
    ReadOperations,
    WriteOperations,
    /// Traffic between zones, from and to one of them.
    ZoneOut,
    ZoneIn,
    /// What a rebuild may take of a node.
    RebuildShare,
    /// What is left has no room for what was lost.
    Room,
    /// A stripe has more chunks than nodes are left.
    Stripe,
    /// Nobody is there who could serve it.
    Nobody,
}

/// Something that loads a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// What the NIC at a place sends.
    Out(usize),
    In(usize),
    DiskRead,
    DiskWrite,
}

/// What exceeds a cap by less is within it: sums differ in their last digits with the order of their terms.
const ALMOST: f64 = 1.0 + 1e-9;

/// A cap on a weighted sum of what loads a node.
#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    pub limit: Limit,
    pub cap: Gbps,
    pub parts: Vec<(Channel, f64)>,
}

/// What each channel of a node carries. Gbps.
pub type Loads = std::collections::BTreeMap<Channel, f64>;

/// Caps that are read together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    Flow,
    /// Whether RDMA counts against what the instance sends.
    Sharing,
    Egress,
    Ingress,
    Rdma,
    PhysicalNics,
    DiskRead,
    DiskWrite,
    ReadOperations,
    WriteOperations,
}

/// How much of the catalog is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// What binds.
    WhereItBinds,
    /// Everything, to show loads beside caps.
    All,
}

/// A machine with more physical NICs is taken to have so many: beyond the vNICs of any instance more change nothing, and an override may say anything.
const MOST_PHYSICAL_NICS: usize = 64;

/// The caps of one machine type.
#[derive(Debug)]
pub struct Caps<'a> {
    pub machine: &'a MachineFacts,
    pub facts: &'a Facts<'a>,
    pub tier: EgressTier,
    pub reading: Reading,
    /// What one operation moves, where the model says it.
    pub io_size: Option<Gb>,
    /// Limits of which nothing is known, with what is missing.
    unknown: RefCell<BTreeSet<(Limit, Hole)>>,
    /// What was read so far.
    read: RefCell<BTreeSet<Group>>,
    /// Of what was not: what exceeds its least value most, and how many times.
    exceeded: Cell<Option<(f64, Group)>>,
}

impl<'a> Caps<'a> {
    pub fn new(machine: &'a MachineFacts, facts: &'a Facts<'a>, reading: Reading) -> Self {
        Self {
            machine,
            facts,
            tier: EgressTier::Default,
            reading,
            io_size: None,
            unknown: RefCell::default(),
            read: RefCell::default(),
            exceeded: Cell::default(),
        }
    }

    /// Of all caps that were asked about and not read, reads the one that was exceeded most from now on; `false`: none was.
    pub fn read_next(&self) -> bool {
        match self.exceeded.take() {
            Some((_, group)) => self.read.borrow_mut().insert(group),
            None => false,
        }
    }

    /// Limits that could not be looked at, as nobody states them.
    pub fn unknown(&self) -> Vec<(Limit, Hole)> {
        self.unknown.borrow().iter().cloned().collect()
    }

    /// Whether a cap counts: it was read, or everything is. If not, it is remembered how far its least value is exceeded.
    fn counts(&self, group: Group, least: Option<f64>, load: f64) -> bool {
        if self.reading == Reading::All || self.read.borrow().contains(&group) {
            return true;
        }
        let times = match least {
            Some(least) if least > 0.0 => load / least,
            // What nobody states, or what carries nothing, is exceeded by anything.
            _ if load > 0.0 => f64::INFINITY,
            _ => 0.0,
        };
        if times > ALMOST && self.exceeded.get().is_none_or(|(known, _)| times > known) {
            self.exceeded.set(Some((times, group)));
        }
        false
    }

    fn least(&self, field: &str) -> Option<f64> {
        self.machine.least(self.facts.catalog(), field)
    }

    /// The least that the node may send in any world.
    fn least_egress(&self) -> Option<f64> {
        let tier1 = self.least("tier1-egress-gbps").filter(|least| self.tier == EgressTier::Tier1 && *least > 0.0);
        tier1.or_else(|| self.least("default-egress-gbps"))
    }

    /// The cap, or nothing where nobody states it, which is remembered.
    fn cap(&self, limit: Limit, cap: Field<f64>) -> Option<f64> {
        match cap {
            Ok(cap) => Some(cap),
            Err(hole) => {
                self.unknown.borrow_mut().insert((limit, hole));
                None
            }
        }
    }

    /// What the node sends in all to internal addresses, without RDMA unless it shares the cap.
    fn egress_cap(&self) -> Option<f64> {
        let tier1 = (self.tier == EgressTier::Tier1).then(|| self.machine.number(self.facts, "tier1-egress-gbps"));
        match tier1 {
            Some(Ok(tier1)) if tier1 > 0.0 => Some(tier1),
            _ => self.cap(Limit::Egress, self.machine.number(self.facts, "default-egress-gbps")),
        }
    }

    /// Every cap that could bind a node of this system under these loads.
    pub fn constraints(&self, system: &System, loads: &Loads) -> Vec<Constraint> {
        let mut found = Vec::new();
        self.instance(system, loads, &mut found);
        self.physical(system, loads, &mut found);
        self.disks(loads, &mut found);
        found
    }

    fn instance(&self, system: &System, loads: &Loads, found: &mut Vec<Constraint>) {
        let has_psc = system.nics.iter().any(|nic| nic.is_psc);
        let psc_counts = !has_psc || self.facts.get(keys::bandwidth::PSC_INTERFACE_COUNTS_IN_INSTANCE_CAP);
        let slots = |is_rdma: bool| {
            let is_meant = |nic: &NicSlot| nic.is_rdma == is_rdma && (psc_counts || !nic.is_psc);
            let of = system.nics.iter().enumerate().filter(|(_, nic)| is_meant(nic));
            of.map(|(place, _)| place).collect::<Vec<usize>>()
        };
        let (ordinary, rdma) = (slots(false), slots(true));
        let out = |slots: &[usize]| slots.iter().map(|slot| of(loads, Channel::Out(*slot))).sum::<f64>();
        let parts = |slots: &[usize]| slots.iter().map(|slot| (Channel::Out(*slot), 1.0)).collect::<Vec<_>>();
        let has_rdma = !rdma.is_empty() && (out(&rdma) > 0.0 || self.reading == Reading::All);
        let both = out(&ordinary) + out(&rdma);
        let shares = has_rdma
            && self.counts(Group::Sharing, self.least_egress(), both)
            && self.cap(Limit::SharedEgress, self.machine.yes(self.facts, "rdma-shares-egress-cap").map(f64::from))
                == Some(1.0);
        let load = if shares { both } else { out(&ordinary) };
        if self.counts(Group::Egress, self.least_egress(), load)
            && let Some(cap) = self.egress_cap()
        {
            let used = if shares { [parts(&ordinary), parts(&rdma)].concat() } else { parts(&ordinary) };
            let limit = if shares { Limit::SharedEgress } else { Limit::Egress };
            found.push(Constraint { limit, cap: Gbps::new(cap), parts: used });
        }
        if has_rdma
            && self.counts(Group::Rdma, self.least("rdma-gbps"), out(&rdma))
            && let Some(cap) = self.cap(Limit::Rdma, self.machine.number(self.facts, "rdma-gbps"))
        {
            found.push(Constraint { limit: Limit::Rdma, cap: Gbps::new(cap), parts: parts(&rdma) });
        }
        let into: f64 = ordinary.iter().map(|slot| of(loads, Channel::In(*slot))).sum();
        if self.counts(Group::Ingress, self.least_egress(), into)
            && self.facts.get(keys::bandwidth::INTERNAL_INGRESS_CAPPED)
            && let Some(cap) = self.egress_cap()
        {
            let parts = ordinary.iter().map(|slot| (Channel::In(*slot), 1.0)).collect();
            found.push(Constraint { limit: Limit::Ingress, cap: Gbps::new(cap), parts });
        }
    }

    /// The physical NICs, with the vNICs on each: which those are is a fact too.
    fn physical(&self, system: &System, loads: &Loads, found: &mut Vec<Constraint>) {
        let all = |channel: fn(usize) -> Channel| (0..system.nics.len()).map(|slot| of(loads, channel(slot))).sum();
        let (out, into): (f64, f64) = (all(Channel::Out), all(Channel::In));
        if !self.counts(Group::PhysicalNics, self.least("physical-nic-gbps"), out.max(into)) {
            return;
        }
        let count =
            self.cap(Limit::PhysicalNicOut(0), self.machine.count(self.facts, "physical-nics").map(|n| n as f64));
        let carries = self.cap(Limit::PhysicalNicOut(0), self.machine.number(self.facts, "physical-nic-gbps"));
        let (Some(count), Some(carries)) = (count, carries) else { return };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of NICs")]
        let count = (count as usize).clamp(1, MOST_PHYSICAL_NICS);
        let on = self.mapping(system, count);
        for physical in 0..count {
            let users: Vec<(usize, f64)> = (0..system.nics.len())
                .map(|slot| {
                    (slot, on[slot].iter().find(|(place, _)| *place == physical).map_or(0.0, |(_, part)| *part))
                })
                .filter(|(_, part)| *part > 0.0)
                .collect();
            if users.is_empty() {
                continue;
            }
            let only_rdma = users.iter().all(|(slot, _)| system.nics[*slot].is_rdma);
            let cap = if only_rdma { self.rdma_nic(carries) } else { carries };
            let parts =
                |channel: fn(usize) -> Channel| users.iter().map(|(slot, part)| (channel(*slot), *part)).collect();
            let cap = Gbps::new(cap);
            found.push(Constraint { limit: Limit::PhysicalNicOut(physical), cap, parts: parts(Channel::Out) });
            found.push(Constraint { limit: Limit::PhysicalNicIn(physical), cap, parts: parts(Channel::In) });
        }
    }

    /// What a physical NIC carries that is for RDMA alone. Where all RDMA NICs together carry what the machine
    /// promises, each carries its part, which is on some
    /// machines more than a physical NIC of the other kind does.
    fn rdma_nic(&self, ordinary: f64) -> f64 {
        let all = self.machine.number(self.facts, "rdma-gbps").ok().filter(|all| *all > ordinary);
        let each = |all: f64| Some(all / (self.machine.count(self.facts, "rdma-nics-max").ok()?.max(1) as f64));
        all.and_then(each).map_or(ordinary, |each| each.max(ordinary))
    }

    /// For each NIC, the physical NICs that it is on, and the part of its traffic on each.
    fn mapping(&self, system: &System, count: usize) -> Vec<Vec<(usize, f64)>> {
        if count == 1 {
            return vec![vec![(0, 1.0)]; system.nics.len()];
        }
        // Where one vNIC reaches all that the machine may send, it is on all physical NICs.
        let spreads = self.machine.count(self.facts, "vnics-for-full-egress").is_ok_and(|needed| needed <= 1);
        let order = self.facts.get(keys::bandwidth::NIC_TO_PHYSICAL_NIC);
        let mut networks = Vec::new();
        for nic in &system.nics {
            if !networks.contains(&nic.vpc) {
                networks.push(nic.vpc);
            }
        }
        let mut next = 0;
        let mut on: Vec<Vec<(usize, f64)>> = Vec::new();
        for nic in &system.nics {
            // A Dynamic NIC is on the wire of its parent, without isolation.
            if let Some(parent) = nic.parent.filter(|parent| *parent < on.len()) {
                on.push(on[parent].clone());
                continue;
            }
            let turn = next;
            next += 1;
            if spreads && !nic.is_rdma {
                on.push((0..count).map(|physical| (physical, 1.0 / count as f64)).collect());
                continue;
            }
            let place = match order {
                "alternating" => turn % count,
                "fill-first" => networks.iter().position(|vpc| *vpc == nic.vpc).unwrap_or(0) % count,
                // Nothing is promised: all on one is what has to be reckoned with.
                _ => 0,
            };
            on.push(vec![(place, 1.0)]);
        }
        on
    }

    fn disks(&self, loads: &Loads, found: &mut Vec<Constraint>) {
        for (channel, group, limit, field) in [
            (Channel::DiskRead, Group::DiskRead, Limit::DiskRead, "local-ssd-read-mib-per-s"),
            (Channel::DiskWrite, Group::DiskWrite, Limit::DiskWrite, "local-ssd-write-mib-per-s"),
        ] {
            let load = of(loads, channel);
            let mib = |gbps: f64| gbps / Gbps::from(MibPerSecond::new(1.0)).get();
            if (load > 0.0 || self.reading == Reading::All)
                && self.counts(group, self.least(field), mib(load))
                && let Some(rate) = self.cap(limit, self.machine.count(self.facts, field).map(|mib| mib as f64))
            {
                let cap = Gbps::from(MibPerSecond::new(rate));
                found.push(Constraint { limit, cap, parts: vec![(channel, 1.0)] });
            }
        }
        let Some(io_size) = self.io_size else { return };
        for (channel, group, limit, field) in [
            (Channel::DiskRead, Group::ReadOperations, Limit::ReadOperations, "local-ssd-read-iops"),
            (Channel::DiskWrite, Group::WriteOperations, Limit::WriteOperations, "local-ssd-write-iops"),
        ] {
            let load = of(loads, channel);
            // Each operation moves so many bytes, so a rate of operations is a rate of bytes.
            let each = Gbps::from(twinrail_model::unit::GbPerSecond::new(io_size.get())).get();
            if load > 0.0
                && self.counts(group, self.least(field), load / each)
                && let Some(rate) = self.cap(limit, self.machine.count(self.facts, field).map(|rate| rate as f64))
            {
                found.push(Constraint { limit, cap: Gbps::new(rate * each), parts: vec![(channel, 1.0)] });
            }
        }
    }

    /// What a client's own machine carries of `asked` by this field, where that could bind.
    pub fn client(&self, machine: &MachineFacts, field: &str, asked: f64) -> Option<f64> {
        let could = self.reading == Reading::All
            || machine.least(self.facts.catalog(), field).is_some_and(|least| asked > least);
        if could { machine.number(self.facts, field).ok() } else { None }
    }

    /// What one connection carries inside a network, where that counts when it carries so much.
    pub fn flow(&self, carried: f64) -> Option<f64> {
        let general = keys::bandwidth::PER_FLOW_INTERNAL_GBPS;
        let least = self.least("flow-gbps").or_else(|| {
            let values = &self.facts.catalog().fact(general.id()).values;
            let number = |value: &Possible| match value.value {
                Value::Number(number) => Some(number),
                _ => None,
            };
            values.iter().filter_map(number).min_by(f64::total_cmp)
        });
        let counts = self.counts(Group::Flow, least, carried);
        counts.then(|| self.machine.number(self.facts, "flow-gbps").unwrap_or_else(|_| self.facts.get(general)))
    }

    /// What a node may send to other nodes for a rebuild, before what clients take: the part `share` of the least cap on its way.
    pub fn rebuild(&self, system: &System, peers: &[usize], share: f64) -> Option<f64> {
        self.read.borrow_mut().extend([Group::Sharing, Group::Egress, Group::Rdma, Group::PhysicalNics]);
        let unbounded: Loads = peers.iter().map(|slot| (Channel::Out(*slot), f64::MAX)).collect();
        let all = self.constraints(system, &unbounded);
        // Each NIC to the others takes an equal part of it.
        let each = 1.0 / peers.len() as f64;
        let bound = |constraint: &Constraint| {
            let part = constraint
                .parts
                .iter()
                .filter(|(channel, _)| matches!(channel, Channel::Out(slot) if peers.contains(slot)));
            let used: f64 = part.map(|(_, part)| part * each).sum();
            (used > 0.0).then(|| constraint.cap.get() / used)
        };
        all.iter().filter_map(bound).min_by(f64::total_cmp).map(|cap| cap * share)
    }
}

fn of(loads: &Loads, channel: Channel) -> f64 {
    loads.get(&channel).copied().unwrap_or(0.0)
}
