//! Bandwidth once more, the long way: every node, every VIP and every chunk's way on its own, plain resources for each node, and shares by a textbook
//! water-filling that looks at everything in every step. Written from `docs/bandwidth.md` and the module comments of `sizing`, and shares no code with it.
//! Not here: facts that are open; an [`Oracle`] has one value for each cap.

use std::collections::BTreeSet;

/// How an address of a pool moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moves {
    /// To a survivor.
    Alias,
    /// Every healthy node answers.
    Balancer,
    /// It stays with its instance.
    Stays,
}

impl Moves {
    pub fn word(self) -> &'static str {
        match self {
            Self::Alias => "alias-ip",
            Self::Balancer => "lb-health-check",
            Self::Stays => "stateful-mig",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Pool {
    pub count: usize,
    pub front: usize,
    pub moves: Moves,
}

#[derive(Debug, Clone)]
pub struct Group {
    pub count: f64,
    pub connections: f64,
    pub is_rdma: bool,
    pub uses: Vec<usize>,
    /// Egress and physical NIC of the clients' own machines, where they have machines.
    pub machine: Option<(f64, f64)>,
}

/// How vNICs are placed on physical ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Alternating,
    FillFirst,
    Any,
}

#[derive(Debug, Clone)]
pub struct Oracle {
    pub nodes: usize,
    /// Of each node.
    pub zones: Vec<usize>,
    /// Whether each NIC is one for RDMA, and its network.
    pub nics: Vec<(bool, usize)>,
    pub pools: Vec<Pool>,
    pub groups: Vec<Group>,
    /// Read, write and checkpoint.
    pub asked: [f64; 3],
    pub data: f64,
    pub parity: f64,
    pub two_hops: bool,
    pub share: f64,
    pub weight: f64,
    /// Gbps that one operation a second is.
    pub operation: Option<f64>,
    pub between_zones: Option<f64>,
    pub caps: Caps,
}

/// Gbps, but for what says otherwise.
#[derive(Debug, Clone)]
pub struct Caps {
    pub egress: f64,
    pub rdma: f64,
    pub is_shared: bool,
    pub is_ingress_capped: bool,
    pub physical_nics: usize,
    pub physical: f64,
    pub rdma_nics_max: f64,
    pub spreads: bool,
    pub order: Order,
    pub disk_read: f64,
    pub disk_write: f64,
    /// Operations a second.
    pub operations_read: f64,
    pub operations_write: f64,
    pub flow: f64,
}

/// What is down, and what else is so.
#[derive(Debug, Clone, Default)]
pub struct State {
    pub nodes: BTreeSet<usize>,
    pub nics: BTreeSet<(usize, usize)>,
    pub on_one: bool,
    pub rebuild: bool,
}

/// One flow of the textbook: what it wants, its weight, and what one of it takes of each resource.
struct Flow {
    weight: f64,
    demand: f64,
    takes: Vec<(usize, f64)>,
    /// Group and kind, or the rebuild.
    of: Option<(usize, usize)>,
}

/// A resource by its name, of a node or of none.
pub type Name = (String, Option<usize>);

#[derive(Debug, Default)]
pub struct Answer {
    /// Asked and achieved of each group and kind.
    pub flows: Vec<((usize, usize), f64, f64)>,
    pub rebuild: Option<f64>,
    pub resources: Vec<(Name, f64, f64)>,
}

impl Answer {
    pub fn missing(&self) -> f64 {
        self.flows.iter().map(|(_, asked, got)| asked - got).sum()
    }

    pub fn is_full(&self, name: &str) -> bool {
        self.resources.iter().any(|((known, _), load, cap)| known == name && *load >= cap - 1e-6 * cap.max(1.0))
    }
}

/// What passes a node for one of a flow's rate: each NIC out and in, then disk reads and writes.
#[derive(Clone)]
struct Passes {
    out: Vec<f64>,
    into: Vec<f64>,
    read: f64,
    write: f64,
}

/// What leaves and what enters each zone.
type Zones = Vec<(f64, f64)>;

impl Oracle {
    pub fn is_copies(&self) -> bool {
        self.data < 2.0
    }

    fn peers(&self, node: usize, state: &State) -> Vec<usize> {
        let rdma: Vec<usize> = (0..self.nics.len()).filter(|slot| self.nics[*slot].0).collect();
        let all = if rdma.is_empty() { vec![0] } else { rdma };
        all.into_iter().filter(|slot| !state.nics.contains(&(node, *slot))).collect()
    }

    /// Nodes that are up and that others reach.
    fn live(&self, state: &State) -> Vec<usize> {
        (0..self.nodes).filter(|node| !state.nodes.contains(node) && !self.peers(*node, state).is_empty()).collect()
    }

    /// Nodes whose data cannot be reached.
    pub fn lost(&self, state: &State) -> usize {
        self.nodes - self.live(state).len()
    }

    /// For each VIP of a pool, its nodes and the part of it that each has.
    fn holders(&self, pool: &Pool, state: &State) -> Vec<Vec<(usize, f64)>> {
        let able: Vec<usize> =
            self.live(state).into_iter().filter(|node| !state.nics.contains(&(*node, pool.front))).collect();
        let mut held = vec![0; self.nodes];
        let mut holders = vec![Vec::new(); pool.count];
        for (vip, holder) in holders.iter_mut().enumerate() {
            let home = vip % self.nodes;
            if pool.moves == Moves::Balancer {
                holder.extend(able.iter().map(|node| (*node, 1.0 / able.len() as f64)));
            } else if able.contains(&home) {
                held[home] += 1;
                holder.push((home, 1.0));
            }
        }
        if pool.moves == Moves::Alias && !able.is_empty() {
            for holder in holders.iter_mut().filter(|holder| holder.is_empty()) {
                let fewest = able.iter().copied().min_by_key(|node| (held[*node], *node)).expect("somebody is able");
                let node = if state.on_one { able[0] } else { fewest };
                held[node] += 1;
                holder.push((node, 1.0));
            }
        }
        holders
    }

    /// Which part of each NIC's traffic is on each physical NIC.
    fn placed(&self) -> Vec<Vec<f64>> {
        let count = self.caps.physical_nics;
        let mut networks: Vec<usize> = Vec::new();
        let mut placed = Vec::new();
        for (turn, (is_rdma, network)) in self.nics.iter().enumerate() {
            if !networks.contains(network) {
                networks.push(*network);
            }
            let mut on = vec![0.0; count];
            if self.caps.spreads && !is_rdma {
                on.fill(1.0 / count as f64);
            } else {
                let rank = networks.iter().position(|known| known == network).expect("it was put there");
                let place = match self.caps.order {
                    Order::Alternating => turn,
                    Order::FillFirst => rank,
                    Order::Any => 0,
                };
                on[place % count] = 1.0;
            }
            placed.push(on);
        }
        placed
    }

    /// A node's caps: a name, the cap, and what of that which passes the node counts.
    fn of_node(&self, passes: &Passes) -> Vec<(String, f64, f64)> {
        let caps = &self.caps;
        let sum = |flows: &[f64], rdma: bool| -> f64 {
            flows.iter().zip(&self.nics).filter(|(_, nic)| nic.0 == rdma).map(|(flow, _)| *flow).sum()
        };
        let (ordinary, rdma) = (sum(&passes.out, false), sum(&passes.out, true));
        let has_rdma = self.nics.iter().any(|nic| nic.0);
        let mut found = Vec::new();
        if caps.is_shared && has_rdma {
            found.push(("SharedEgress".to_owned(), caps.egress, ordinary + rdma));
        } else {
            found.push(("Egress".to_owned(), caps.egress, ordinary));
        }
        if has_rdma {
            found.push(("Rdma".to_owned(), caps.rdma, rdma));
        }
        if caps.is_ingress_capped {
            found.push(("Ingress".to_owned(), caps.egress, sum(&passes.into, false)));
        }
        let placed = self.placed();
        for physical in 0..caps.physical_nics {
            let users: Vec<usize> =
                placed.iter().enumerate().filter(|(_, on)| on[physical] > 0.0).map(|(slot, _)| slot).collect();
            if users.is_empty() {
                continue;
            }
            let only_rdma = users.iter().all(|slot| self.nics[*slot].0);
            let cap = if only_rdma { caps.physical.max(caps.rdma / caps.rdma_nics_max) } else { caps.physical };
            let on = |flows: &[f64]| users.iter().map(|slot| flows[*slot] * placed[*slot][physical]).sum();
            found.push((format!("PhysicalNicOut({physical})"), cap, on(&passes.out)));
            found.push((format!("PhysicalNicIn({physical})"), cap, on(&passes.into)));
        }
        found.push(("DiskRead".to_owned(), caps.disk_read, passes.read));
        found.push(("DiskWrite".to_owned(), caps.disk_write, passes.write));
        if let Some(operation) = self.operation {
            found.push(("ReadOperations".to_owned(), caps.operations_read * operation, passes.read));
            found.push(("WriteOperations".to_owned(), caps.operations_write * operation, passes.write));
        }
        found
    }

    fn nothing(&self) -> Vec<Passes> {
        let none = vec![0.0; self.nics.len()];
        vec![Passes { out: none.clone(), into: none, read: 0.0, write: 0.0 }; self.nodes]
    }

    /// What one node sends another, over the NICs that are left to each, and from zone to zone.
    fn send(&self, state: &State, passes: &mut [Passes], zones: &mut [(f64, f64)], way: (usize, usize, f64)) {
        let (from, to, much) = way;
        let (senders, receivers) = (self.peers(from, state), self.peers(to, state));
        for slot in &senders {
            passes[from].out[*slot] += much / senders.len() as f64;
        }
        for slot in &receivers {
            passes[to].into[*slot] += much / receivers.len() as f64;
        }
        if self.zones[from] != self.zones[to] {
            zones[self.zones[from]].0 += much;
            zones[self.zones[to]].1 += much;
        }
    }

    /// What one of client traffic at a front node sends about.
    fn of_client(&self, state: &State, (kind, front, slot): (usize, usize, usize)) -> (Vec<Passes>, Zones) {
        let live = self.live(state);
        let others = live.iter().copied().filter(|node| *node != front);
        let lost = self.lost(state) as f64 / self.nodes as f64;
        let n = live.len() as f64;
        let (mut passes, mut zones) = (self.nothing(), vec![(0.0, 0.0); 2]);
        if kind == 0 {
            passes[front].out[slot] += 1.0;
            // A byte that is there is read once, one that was lost is read from as many chunks as there are of data.
            let (there, again) = (1.0 - lost, lost * self.data);
            let travels = match (self.two_hops, self.is_copies()) {
                (true, _) => there + again,
                (false, true) => 0.0,
                (false, false) => again,
            };
            for node in others {
                self.send(state, &mut passes, &mut zones, (node, front, travels / n));
            }
            for node in &live {
                passes[*node].read += (there + again) / n;
            }
        } else {
            passes[front].into[slot] += 1.0;
            let (chunks, stored) = (self.data + self.parity, (self.data + self.parity) / self.data);
            for node in others {
                // With two hops one chunk of n is the front node's own; with one hop it keeps the first, and the others have the rest.
                let part = if self.two_hops { stored / n } else { (chunks - 1.0) / self.data / (n - 1.0) };
                self.send(state, &mut passes, &mut zones, (front, node, part));
            }
            for node in &live {
                passes[*node].write += stored / n;
            }
        }
        (passes, zones)
    }

    /// What a lost byte that is made again sends about, and the most that may be made again.
    fn of_rebuild(&self, state: &State) -> Option<(Vec<Passes>, Zones, f64)> {
        let live = self.live(state);
        let n = live.len() as f64;
        if live.len() == self.nodes || self.parity == 0.0 {
            return None;
        }
        if live.len() < 2 {
            return Some((self.nothing(), vec![(0.0, 0.0); 2], 0.0));
        }
        let (mut passes, mut zones) = (self.nothing(), vec![(0.0, 0.0); 2]);
        // Copies are sent once; of an erasure code D chunks are gathered and one is placed, of which one in n stays where it is.
        let in_all = if self.is_copies() { 1.0 } else { (self.data + 1.0) * (n - 1.0) / n };
        for from in &live {
            for to in live.iter().filter(|to| *to != from) {
                self.send(state, &mut passes, &mut zones, (*from, *to, in_all / n / (n - 1.0)));
            }
            passes[*from].read += self.data / n;
            passes[*from].write += 1.0 / n;
        }
        let mut most = f64::INFINITY;
        for node in &live {
            // What it sends is bounded by a share of every cap on the way out.
            let only_out = Passes { into: vec![0.0; self.nics.len()], read: 0.0, write: 0.0, ..passes[*node].clone() };
            for (_, cap, used) in self.of_node(&only_out) {
                if used > 0.0 {
                    most = most.min(self.share * cap / used);
                }
            }
        }
        Some((passes, zones, most))
    }

    fn resources(&self, state: &State) -> (Vec<Name>, Vec<f64>) {
        let (mut names, mut caps) = (Vec::new(), Vec::new());
        for node in self.live(state) {
            for (name, cap, _) in self.of_node(&self.nothing()[node]) {
                names.push((name, Some(node)));
                caps.push(cap);
            }
        }
        let zones: BTreeSet<usize> = self.live(state).into_iter().map(|node| self.zones[node]).collect();
        if let Some(cap) = self.between_zones.filter(|_| zones.len() > 1) {
            for zone in 0..2 {
                names.extend([(format!("ZoneOut {zone}"), None), (format!("ZoneIn {zone}"), None)]);
                caps.extend([cap, cap]);
            }
        }
        (names, caps)
    }

    /// What of each resource is taken, in the order of `resources`.
    fn takes(&self, state: &State, passes: &[Passes], zones: &[(f64, f64)], count: usize) -> Vec<(usize, f64)> {
        let of_nodes = self.live(state).into_iter().flat_map(|node| self.of_node(&passes[node]));
        let mut all: Vec<f64> = of_nodes.map(|(_, _, used)| used).collect();
        if all.len() < count {
            all.extend(zones.iter().flat_map(|(out, into)| [*out, *into]));
        }
        all.into_iter().enumerate().filter(|(_, used)| *used > 0.0).collect()
    }

    pub fn answer(&self, state: &State) -> Answer {
        let (names, caps) = self.resources(state);
        let mut flows: Vec<Flow> = Vec::new();
        let mut answer = Answer::default();
        let everybody: f64 = self.groups.iter().filter(|group| !group.uses.is_empty()).map(|group| group.count).sum();
        for (place, group) in self.groups.iter().enumerate() {
            let vips: usize = group.uses.iter().map(|pool| self.pools[*pool].count).sum();
            for kind in (0..3).filter(|kind| self.asked[*kind] > 0.0) {
                if vips == 0 || group.uses.is_empty() {
                    continue;
                }
                let asked = self.asked[kind] * group.count / everybody;
                answer.flows.push(((place, kind), asked, 0.0));
                // Clients and what they ask are spread evenly over their VIPs.
                let (asked, clients) = (asked / vips as f64, group.count / vips as f64);
                for pool in &group.uses {
                    let pool = &self.pools[*pool];
                    for (node, part) in self.holders(pool, state).into_iter().flatten() {
                        let (asked, clients) = (asked * part, clients * part);
                        let mut demand = asked;
                        if !group.is_rdma {
                            demand = demand.min(self.caps.flow * clients * group.connections);
                        }
                        if let Some((egress, physical)) = group.machine {
                            demand = demand.min(physical * clients);
                            if kind > 0 && !group.is_rdma {
                                demand = demand.min(egress * clients);
                            }
                        }
                        let (passes, zones) = self.of_client(state, (kind, node, pool.front));
                        let takes = self.takes(state, &passes, &zones, caps.len());
                        let weight = clients * group.connections;
                        flows.push(Flow { weight, demand, takes, of: Some((place, kind)) });
                    }
                }
            }
        }
        if state.rebuild
            && let Some((passes, zones, demand)) = self.of_rebuild(state)
        {
            let n = self.live(state).len() as f64;
            let takes = self.takes(state, &passes, &zones, caps.len());
            flows.push(Flow { weight: self.weight * (n * (n - 1.0)).max(1.0), demand, takes, of: None });
        }
        let (rates, loads) = filled(&flows, &caps);
        for (flow, rate) in flows.iter().zip(rates) {
            match flow.of {
                None => answer.rebuild = Some(rate),
                Some(of) => {
                    let place = answer.flows.iter().position(|(known, ..)| *known == of).expect("it was asked for");
                    answer.flows[place].2 += rate;
                }
            }
        }
        answer.resources = names.into_iter().zip(loads.into_iter().zip(caps)).map(|(n, (l, c))| (n, l, c)).collect();
        answer
    }
}

/// Weighted max-min shares as the textbook has them: in each step the lowest level at which a demand is met or a resource is full, by looking at all.
fn filled(flows: &[Flow], caps: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let mut rates: Vec<Option<f64>> = vec![None; flows.len()];
    loop {
        let mut fixed = vec![0.0; caps.len()];
        let mut slopes = vec![0.0; caps.len()];
        for (flow, rate) in flows.iter().zip(&rates) {
            for (resource, part) in &flow.takes {
                match rate {
                    Some(rate) => fixed[*resource] += part * rate,
                    None => slopes[*resource] += part * flow.weight,
                }
            }
        }
        let rising: Vec<usize> = (0..flows.len()).filter(|place| rates[*place].is_none()).collect();
        if rising.is_empty() {
            return (rates.into_iter().flatten().collect(), fixed);
        }
        let full = |resource: usize| ((caps[resource] - fixed[resource]) / slopes[resource]).max(0.0);
        let met = rising.iter().map(|place| flows[*place].demand / flows[*place].weight);
        let bound = (0..caps.len()).filter(|resource| slopes[*resource] > 0.0).map(full);
        let level = met.chain(bound).min_by(f64::total_cmp).expect("somebody rises");
        let near = level * (1.0 + 1e-11);
        let is_full: Vec<bool> =
            (0..caps.len()).map(|resource| slopes[resource] > 0.0 && full(resource) <= near).collect();
        for place in rising {
            let flow = &flows[place];
            if flow.demand / flow.weight <= near {
                rates[place] = Some(flow.demand);
            } else if flow.takes.iter().any(|(resource, _)| is_full[*resource]) {
                rates[place] = Some(flow.weight * level);
            }
        }
    }
}
