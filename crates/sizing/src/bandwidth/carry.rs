//! What is carried in one case and one world: flows become activities, caps become resources, and the shares say who gets what. Nodes that nothing tells
//! apart are one kind, and what one group of clients does by the nodes of a kind is one activity. Not here: which cases there are.
//!
//! A byte that clients read leaves its front node by the client's NIC; with two hops it came there from the node that has it, and of what `live` nodes hold
//! evenly one part in `live` is the front node's own. What was on lost nodes is read from as many chunks as the code has of data. Written bytes go the
//! other way, with the code's parity on top.

use twinrail_model::unit::{Gb, Gbps, Gib, TimeSpan};
use twinrail_model::{ClientGroupId, Field, Hops, InstanceId, View, Workload};

use super::failure::{Case, NodeKind, Staffing, staffing};
use super::limit::{Caps, Channel, Constraint, Limit, Loads, Reading};
use super::system::{Demand, Kind, System};
use crate::share::{Activity, Bound, Problem, Shares, share};
use crate::traffic::{elsewhere, hops_of_rebuild, hops_of_write};

/// What a case comes to in one world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    pub flows: Vec<Flow>,
    /// What each demand of the system gets, in their order.
    pub demands: Vec<Gbps>,
    /// Nothing where nothing is made again.
    pub rebuild: Option<Rebuilt>,
    pub nodes: Vec<NodeLoad>,
    /// Limits of which nothing is known.
    pub unknown: Vec<(Limit, twinrail_model::Hole)>,
    /// More nodes are lost than the code survives: part of the data cannot be read, whatever the bandwidth.
    pub is_beyond_code: bool,
    /// Fewer nodes are left than a stripe has chunks.
    pub is_below_stripe: bool,
}

/// What one group of clients gets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    pub clients: ClientGroupId,
    pub kind: Kind,
    pub asked: Gbps,
    pub achieved: Gbps,
    /// What keeps it from more, where it gets less than it asks for; the one that keeps most from it.
    pub bound: Option<Limit>,
    /// What those of them get who get least of what they ask for, in thousandths of it.
    pub worst_per_mille: u32,
}

impl Flow {
    pub fn is_met(&self) -> bool {
        self.bound.is_none()
    }
}

/// How fast lost data is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    /// Of lost data.
    pub rate: Gbps,
    pub bound: Limit,
    /// Nothing where nobody says how much there is to make again, or it never ends.
    pub time: Option<TimeSpan>,
    /// Nothing of it gets through, or what is left has no room for it.
    pub is_endless: bool,
}

/// What each node of a kind carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeLoad {
    pub example: InstanceId,
    pub count: u32,
    pub vips: u64,
    pub loads: Vec<Load>,
}

/// A load beside its cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    pub limit: Limit,
    pub load: Gbps,
    pub cap: Gbps,
}

/// Finer differences come from the order of sums. Gbps.
const GRAIN: f64 = 1e-6;

/// What is full by less is full by rounding.
const ALMOST: f64 = 1.0 + 1e-9;

/// Levels that differ by less, relatively, differ by rounding.
const SAME: f64 = 1e-12;

/// More than any network carries: where nothing bounds a rate but caps that an override made boundless. Gbps.
const MOST: f64 = 1e18;

pub(super) fn rounded(rate: f64) -> Gbps {
    Gbps::new((rate.min(MOST) / GRAIN).round() * GRAIN)
}

/// How many of a rebuild's flows one of a client's competes with, if the model does not say.
const USUAL_WEIGHT: f64 = 1.0;

/// What is carried.
///
/// # Errors
/// A hole, where the input does not say what decides.
pub fn carry(view: &View<'_>, system: &System, workload: &Workload, case: &Case, reading: Reading) -> Field<Carried> {
    let staffing = staffing(view, system, case)?;
    carry_by(view, system, workload, (case, &staffing), reading)
}

/// The same where it is known who is there.
pub(super) fn carry_by(
    view: &View<'_>,
    system: &System,
    workload: &Workload,
    (case, staffing): (&Case, &Staffing),
    reading: Reading,
) -> Field<Carried> {
    let first = system.nodes[0];
    let mut caps = Caps::new(view.machine(first)?, view.facts, reading);
    caps.tier = *view.network.instances[first].egress_tier;
    caps.io_size = workload.io_size;
    let mut carrying = Carrying {
        view,
        system,
        workload,
        staffing,
        caps,
        problem: Problem::default(),
        flows: Vec::new(),
        parts: Vec::new(),
        uses: Vec::new(),
        meshes: Vec::new(),
        resources: Vec::new(),
    };
    carrying.clients()?;
    let rebuild = if case.rebuild { carrying.rebuild()? } else { Remaking::Nothing };
    loop {
        carrying.connections();
        carrying.nodes();
        carrying.zones();
        let shares = share(&carrying.problem);
        carrying.exceeded(&shares.rates);
        if !carrying.caps.read_next() {
            return carrying.outcome(&shares, rebuild);
        }
    }
}

/// What becomes of lost data.
#[derive(Debug, Clone, Copy)]
enum Remaking {
    /// None is made again.
    Nothing,
    /// Nobody is left to whom it could be sent.
    Never,
    /// It is the activity at this place.
    Activity(usize),
}

/// What one activity loads each node of each kind with, for one of rate.
type PerKind = Vec<Loads>;

/// What one of an activity's rate sends from node to node in all.
#[derive(Debug, Clone, Copy)]
struct Mesh {
    way: Way,
    amount: f64,
}

/// Between whom. The other side is always every other node, evenly.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// Nodes of the kind at this place send.
    From(usize),
    /// They receive.
    To(usize),
    All,
}

/// The resource of a constraint.
struct Resource {
    limit: Limit,
    /// Place of the kind of nodes, where it is one of a node.
    kind: Option<usize>,
    cap: Gbps,
}

/// What one activity of clients asks for.
struct Asked {
    demand: Demand,
    /// The place of the kind of nodes that they talk to.
    at: usize,
    rate: f64,
    clients: f64,
    connections: f64,
    /// What the machine of one client lets it have, where that could be less.
    own: Option<f64>,
    /// What bounds its demand, beside what is asked.
    bound: Option<Limit>,
}

impl Asked {
    /// Whether both share everything: of pools by the same NIC, flows that ask for as much each are one activity.
    fn is_alike(&self, other: &Self, system: &System) -> bool {
        let who = |asked: &Self| {
            let Demand { clients, kind, pool, .. } = asked.demand;
            (clients, kind, system.pools[pool].front, asked.at)
        };
        let (level, own) = (other.rate / other.connections, self.rate / self.connections);
        who(self) == who(other) && (own - level).abs() <= level * SAME
    }

    /// The cap on one connection counts only where one is known to apply.
    fn capped_connections(&self) -> Option<f64> {
        (!self.demand.is_rdma).then_some(self.connections)
    }
}

struct Carrying<'c, 'a> {
    view: &'c View<'a>,
    system: &'c System,
    workload: &'c Workload,
    staffing: &'c Staffing,
    caps: Caps<'c>,
    problem: Problem,
    /// Of each activity but the rebuild.
    flows: Vec<Asked>,
    /// What each demand asks of which of these activities.
    parts: Vec<(usize, usize, f64)>,
    /// Of each activity.
    uses: Vec<PerKind>,
    /// Of each activity.
    meshes: Vec<Mesh>,
    resources: Vec<Resource>,
}

impl Carrying<'_, '_> {
    fn live(&self) -> u32 {
        self.staffing.live()
    }

    /// The part of a client's bytes that has to be read from as many chunks as the code has of data.
    fn lost_part(&self) -> f64 {
        let nodes = self.system.nodes.len();
        f64::from(self.staffing.lost) / nodes.max(1) as f64
    }

    /// One activity for each group, NIC of the VIPs, kind of transfer and kind of node.
    fn clients(&mut self) -> Field<()> {
        for (of, demand) in self.system.demands.iter().enumerate() {
            if demand.rate.is_zero() {
                continue;
            }
            for (place, kind) in self.staffing.kinds.iter().enumerate() {
                let part = kind.fronts[demand.pool] * f64::from(kind.count);
                if part <= 0.0 {
                    continue;
                }
                let clients = demand.count * part;
                let connections = clients * demand.connections as f64;
                let rate = demand.rate.get() * part;
                let own = self.of_machine(demand, rate / clients)?;
                let asked = Asked { demand: *demand, at: place, rate, clients, connections, own, bound: None };
                let known = self.flows.iter().position(|known| known.is_alike(&asked, self.system));
                self.parts.push((of, known.unwrap_or(self.flows.len()), rate));
                if let Some(known) = known {
                    let known = &mut self.flows[known];
                    known.rate += rate;
                    known.clients += clients;
                    known.connections += connections;
                    continue;
                }
                self.flows.push(asked);
                let (uses, mesh) = self.client_uses(demand, place);
                self.uses.push(uses);
                self.meshes.push(mesh);
                self.problem.activities.push(Activity { weight: 1.0, demand: 0.0, uses: Vec::new() });
            }
        }
        Ok(())
    }

    /// What the machine of one client lets it have, where the model describes it.
    fn of_machine(&self, demand: &Demand, asked: f64) -> Field<Option<f64>> {
        let group = &self.view.network.clients[demand.clients];
        let Some(first) = self.view.network.client_instances(group).first() else { return Ok(None) };
        let machine = self.view.machine(*first)?;
        // A client uses one NIC: for what it reads a physical NIC bounds it, for what it writes its egress besides.
        let sends = demand.kind != Kind::Read && !demand.is_rdma;
        let fields = ["physical-nic-gbps", "default-egress-gbps"];
        let fields = &fields[..if sends { 2 } else { 1 }];
        let caps = fields.iter().filter_map(|field| self.caps.client(machine, field, asked));
        Ok(caps.min_by(f64::total_cmp))
    }

    /// What is left of each demand under the caps of the clients' machines and connections, as far as those were read; and no resource is used yet.
    fn connections(&mut self) {
        self.problem.capacities.clear();
        self.resources.clear();
        for (asked, activity) in self.flows.iter_mut().zip(&mut self.problem.activities) {
            let mut least = (asked.rate, None);
            let flow = asked.capped_connections().and_then(|connections| Some(self.caps.flow(0.0)? * connections));
            let own = asked.own.map(|each| each * asked.clients);
            for (cap, limit) in [(flow, Limit::Flow), (own, Limit::Clients)] {
                if let Some(cap) = cap.filter(|cap| *cap < least.0) {
                    least = (cap, Some(limit));
                }
            }
            (activity.demand, asked.bound) = least;
            activity.weight = asked.connections.max(f64::MIN_POSITIVE);
        }
        for activity in &mut self.problem.activities {
            activity.uses.clear();
        }
    }

    /// Holds what is carried against the least values of what was not read.
    fn exceeded(&self, rates: &[f64]) {
        for (asked, rate) in self.flows.iter().zip(rates) {
            if let Some(connections) = asked.capped_connections() {
                self.caps.flow(rate / connections);
            }
        }
        for kind in 0..self.staffing.kinds.len() {
            let mut loads = Loads::new();
            for (rate, uses) in rates.iter().zip(&self.uses) {
                for (channel, part) in &uses[kind] {
                    add(&mut loads, *channel, part * rate);
                }
            }
            self.caps.constraints(self.system, &loads);
        }
    }

    /// What one of rate of a client's activity at nodes of a kind loads every node with.
    fn client_uses(&self, demand: &Demand, at: usize) -> (PerKind, Mesh) {
        let (system, live) = (self.system, self.live());
        let (layout, front) = (system.layout, system.pools[demand.pool].front);
        let lost = self.lost_part();
        let kinds = &self.staffing.kinds;
        let here = 1.0 / f64::from(kinds[at].count);
        let mut uses = vec![Loads::new(); kinds.len()];
        // Between the front node and all others: how much, and whether the front node sends it.
        let (between, sends, read, written) = match demand.kind {
            Kind::Read => {
                add(&mut uses[at], Channel::Out(front), here);
                let chunks = f64::from(layout.code.data);
                let fetched = (1.0 - lost) + lost * chunks;
                let from_others = match layout.hops {
                    Hops::Two => fetched * elsewhere(live),
                    // The node that the client talks to has the data, unless it is lost.
                    Hops::One if layout.code.is_copies() => 0.0,
                    Hops::One => lost * chunks * elsewhere(live),
                };
                (from_others, false, fetched, 0.0)
            }
            Kind::Write | Kind::Checkpoint => {
                add(&mut uses[at], Channel::In(front), here);
                (hops_of_write(layout, live), true, 0.0, layout.code.expansion())
            }
        };
        // Clients that are the nodes themselves have the other end of it on their own NICs.
        if self.view.network.clients[demand.clients].cluster == Some(system.cluster) {
            let end = if demand.kind == Kind::Read { Channel::In(front) } else { Channel::Out(front) };
            for uses in &mut uses {
                add(uses, end, 1.0 / f64::from(live));
            }
        }
        for (place, kind) in kinds.iter().enumerate() {
            let own = if place == at { here } else { 0.0 };
            // Others have an equal part of what goes between nodes: all but the front node itself.
            let other = if live > 1 { between * (1.0 - own) / f64::from(live - 1) } else { 0.0 };
            let (out, into) = if sends { (between * own, other) } else { (other, between * own) };
            peers(&mut uses[place], kind, out, into);
            add(&mut uses[place], Channel::DiskRead, read / f64::from(live));
            add(&mut uses[place], Channel::DiskWrite, written / f64::from(live));
        }
        (uses, Mesh { way: if sends { Way::From(at) } else { Way::To(at) }, amount: between })
    }

    /// Lost data that is made again by all that are left.
    fn rebuild(&mut self) -> Field<Remaking> {
        let (live, code) = (self.live(), self.system.layout.code);
        if self.staffing.lost == 0 || code.parity == 0 {
            return Ok(Remaking::Nothing);
        }
        if live < 2 {
            return Ok(Remaking::Never);
        }
        let share = self
            .workload
            .rebuild_share
            .unwrap_or_else(|| self.view.facts.get(twinrail_facts::keys::sizing::REBUILD_SHARE));
        let each = hops_of_rebuild(code, live) / f64::from(live);
        let of_kind = self.staffing.kinds.iter().filter_map(|kind| self.caps.rebuild(self.system, &kind.peers, share));
        // What the slowest may take sets the pace, as all have the same part of it.
        let Some(demand) = of_kind.min_by(f64::total_cmp).map(|most| most / each) else {
            // Nobody states any cap: whether it is done in time cannot be said.
            let missing = self.caps.unknown().into_iter().next().filter(|_| self.workload.rebuild_within.is_some());
            return missing.map_or(Ok(Remaking::Nothing), |(_, hole)| Err(hole));
        };
        let weight = self.workload.rebuild_weight.unwrap_or(USUAL_WEIGHT) * f64::from(live) * f64::from(live - 1);
        let mut uses = vec![Loads::new(); self.staffing.kinds.len()];
        for (place, kind) in self.staffing.kinds.iter().enumerate() {
            peers(&mut uses[place], kind, each, each);
            add(&mut uses[place], Channel::DiskRead, f64::from(code.data) / f64::from(live));
            add(&mut uses[place], Channel::DiskWrite, 1.0 / f64::from(live));
        }
        self.problem.activities.push(Activity { weight, demand, uses: Vec::new() });
        self.uses.push(uses);
        self.meshes.push(Mesh { way: Way::All, amount: each * f64::from(live) });
        Ok(Remaking::Activity(self.uses.len() - 1))
    }

    /// What each node may carry, as far as it was read.
    fn nodes(&mut self) {
        for kind in 0..self.staffing.kinds.len() {
            // Which channels are used at all, whatever they carry.
            let mut used = Loads::new();
            for uses in &self.uses {
                for channel in uses[kind].keys() {
                    add(&mut used, *channel, f64::MIN_POSITIVE);
                }
            }
            for Constraint { limit, cap, parts } in self.caps.constraints(self.system, &used) {
                let of = |uses: &PerKind| -> f64 {
                    parts.iter().map(|(channel, part)| part * uses[kind].get(channel).copied().unwrap_or(0.0)).sum()
                };
                let used: Vec<f64> = self.uses.iter().map(of).collect();
                self.resource(Resource { limit, kind: Some(kind), cap }, &used);
            }
        }
    }

    /// What goes from zone to zone, where the model caps it.
    fn zones(&mut self) {
        let Some(cap) = self.workload.between_zones else { return };
        let of_kinds: Vec<(String, u32)> =
            self.staffing.kinds.iter().map(|kind| (kind.zone.clone(), kind.count)).collect();
        let mut zones: Vec<&str> = of_kinds.iter().map(|(zone, _)| zone.as_str()).collect();
        zones.sort_unstable();
        zones.dedup();
        let live = f64::from(self.live());
        if zones.len() < 2 {
            return;
        }
        for zone in zones {
            let here: u32 = of_kinds.iter().filter(|(of_kind, _)| of_kind == zone).map(|(_, count)| count).sum();
            // Of the other nodes of one that is elsewhere, those that are here; of one that is here, those that are elsewhere.
            let (here, others) = (f64::from(here), live - 1.0);
            let (inside, outside) = (here / others, (live - here) / others);
            for limit in [Limit::ZoneOut, Limit::ZoneIn] {
                let of = |mesh: &Mesh| {
                    let part =
                        match (mesh.way, limit) {
                            (Way::All, _) => here / live * outside,
                            // Who gathers or spreads passes the border of its zone itself; of those on the other side, who is in this zone does.
                            (Way::From(at), Limit::ZoneOut) | (Way::To(at), Limit::ZoneIn) => {
                                if of_kinds[at].0 == zone { outside } else { 0.0 }
                            }
                            (Way::From(at) | Way::To(at), _) => {
                                if of_kinds[at].0 == zone {
                                    0.0
                                } else {
                                    inside
                                }
                            }
                        };
                    mesh.amount * part
                };
                let used: Vec<f64> = self.meshes.iter().map(of).collect();
                self.resource(Resource { limit, kind: None, cap }, &used);
            }
        }
    }

    /// A resource, of which each activity takes so much for one of its rate.
    fn resource(&mut self, resource: Resource, used: &[f64]) {
        let place = self.problem.capacities.len();
        self.problem.capacities.push(resource.cap.get());
        self.resources.push(resource);
        for (activity, used) in self.problem.activities.iter_mut().zip(used) {
            if *used > 0.0 {
                activity.uses.push((place, *used));
            }
        }
    }

    fn outcome(self, shares: &Shares, rebuild: Remaking) -> Field<Carried> {
        let limit = |bound: Bound, own: Option<Limit>| match bound {
            Bound::Demand => own,
            Bound::Resource(place) => Some(self.resources[place].limit),
        };
        let mut flows: Vec<Flow> = Vec::new();
        // What is missing by the bound, of the flow at the same place.
        let mut missing: Vec<f64> = Vec::new();
        let mut count = |demand: &Demand, asked: f64, achieved: f64, bound: Option<Limit>| {
            let known = flows.iter().position(|flow| flow.clients == demand.clients && flow.kind == demand.kind);
            let place = known.unwrap_or_else(|| {
                let (clients, kind) = (demand.clients, demand.kind);
                let (asked, achieved) = (Gbps::ZERO, Gbps::ZERO);
                flows.push(Flow { clients, kind, asked, achieved, bound: None, worst_per_mille: 1_000 });
                missing.push(0.0);
                flows.len() - 1
            });
            flows[place].asked += Gbps::new(asked);
            flows[place].achieved += Gbps::new(achieved);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a thousand")]
            let part = (achieved / asked * 1e3 + GRAIN).clamp(0.0, 1e3) as u32;
            flows[place].worst_per_mille = flows[place].worst_per_mille.min(part);
            let lacks = asked - achieved;
            if bound.is_some() && lacks > GRAIN && lacks > missing[place] {
                (flows[place].bound, missing[place]) = (bound, lacks);
            }
        };
        for (place, Asked { demand, rate, bound, .. }) in self.flows.iter().enumerate() {
            count(demand, *rate, shares.rates[place].min(*rate), limit(shares.bounds[place], *bound));
        }
        for demand in self.system.demands.iter().filter(|demand| !demand.rate.is_zero()) {
            let cut = demand.rate.get() * self.staffing.cut[demand.pool];
            if cut > GRAIN {
                count(demand, cut, 0.0, Some(Limit::Nobody));
            }
        }
        for flow in &mut flows {
            (flow.asked, flow.achieved) = (rounded(flow.asked.get()), rounded(flow.achieved.get()));
        }
        let rebuild = match rebuild {
            Remaking::Nothing => None,
            Remaking::Never => Some(Rebuilt { rate: Gbps::ZERO, bound: Limit::Nobody, time: None, is_endless: true }),
            Remaking::Activity(place) => {
                let bound = limit(shares.bounds[place], None).unwrap_or(Limit::RebuildShare);
                Some(self.rebuilt(shares.rates[place], bound)?)
            }
        };
        let mut demands = vec![0.0; self.system.demands.len()];
        for (of, activity, rate) in &self.parts {
            // Those that are one activity ask for as much each.
            demands[*of] += shares.rates[*activity] * (rate / self.flows[*activity].rate);
        }
        Ok(Carried {
            flows,
            demands: demands.into_iter().map(rounded).collect(),
            rebuild,
            nodes: self.loads(&shares.loads),
            unknown: self.caps.unknown(),
            is_beyond_code: self.is_beyond_code(),
            is_below_stripe: self.live() < self.system.layout.code.width(),
        })
    }

    /// How long it takes to make everything again that the lost nodes had.
    fn rebuilt(&self, rate: f64, bound: Limit) -> Field<Rebuilt> {
        let rate = rounded(rate);
        let size = self.caps.machine.count(self.view.facts, "local-ssd-gib").map(|gib| Gib::new(gib as f64));
        let filled = self.workload.filled.unwrap_or(1.0);
        let size = match size {
            Ok(size) => size,
            // Without it nobody can say whether the rebuild is done in time.
            Err(missing) if self.workload.rebuild_within.is_some() => return Err(missing),
            Err(_) => return Ok(Rebuilt { rate, bound, time: None, is_endless: false }),
        };
        if let Some(bound) = self.no_room(filled) {
            return Ok(Rebuilt { rate, bound, time: None, is_endless: true });
        }
        let lost = Gb::from(size) * (filled * f64::from(self.staffing.lost));
        let time = if lost.is_zero() { Some(TimeSpan::ZERO) } else { (!rate.is_zero()).then(|| lost / rate) };
        Ok(Rebuilt { rate, bound, time, is_endless: time.is_none() })
    }

    /// What keeps lost data from being made again at all: full disks, where the model says how full they are, or too few nodes for a stripe.
    fn no_room(&self, filled: f64) -> Option<Limit> {
        let (nodes, live) = (self.system.nodes.len() as f64, f64::from(self.live()));
        if self.workload.filled.is_some() && filled * nodes > live * ALMOST {
            return Some(Limit::Room);
        }
        let was_whole = self.system.nodes.len() >= self.system.layout.code.width() as usize;
        (was_whole && self.live() < self.system.layout.code.width()).then_some(Limit::Stripe)
    }

    /// Whether more is lost than the code survives. Where a stripe has more chunks than there are nodes, some nodes have one more of them than others, and
    /// of some stripe it is those that are lost.
    fn is_beyond_code(&self) -> bool {
        let (code, nodes) = (self.system.layout.code, self.system.nodes.len().max(1));
        let (width, lost) = (code.width() as usize, self.staffing.lost as usize);
        let (each, more) = (width / nodes, width % nodes);
        lost.min(more) + lost * each > code.parity as usize
    }

    fn loads(&self, carried: &[f64]) -> Vec<NodeLoad> {
        let kinds = self.staffing.kinds.iter().enumerate();
        let loads = kinds.map(|(place, kind)| {
            let of_kind = self.resources.iter().zip(carried).filter(|(resource, _)| resource.kind == Some(place));
            let loads =
                of_kind.map(|(resource, load)| Load { limit: resource.limit, load: rounded(*load), cap: resource.cap });
            NodeLoad { example: kind.example, count: kind.count, vips: kind.vips, loads: loads.collect() }
        });
        loads.collect()
    }
}

fn add(uses: &mut Loads, channel: Channel, part: f64) {
    if part > 0.0 {
        *uses.entry(channel).or_insert(0.0) += part;
    }
}

/// What a node sends to the others and receives from them, evenly over its NICs to them.
fn peers(uses: &mut Loads, kind: &NodeKind, out: f64, into: f64) {
    let count = kind.peers.len() as f64;
    for slot in &kind.peers {
        add(uses, Channel::Out(*slot), out / count);
        add(uses, Channel::In(*slot), into / count);
    }
}
