//! How many nodes a cluster needs, by each thing that could be short: the least count from which on that thing suffices with the headroom lost. Counts are
//! exact: the load of a node is computed at the count itself, with its share of what stays on the node, of
//! what was on lost nodes, and of the clients that those served.
//! Not here: what clients ask for, and which count is chosen.

use twinrail_model::unit::{Gb, GbPerSecond, Gbps, TimeSpan};
use twinrail_model::{Field, Hole};

use crate::capability::Capability;
use crate::capacity::limit::{Limit, limits};
use crate::demand::Ask;
use crate::traffic::{Layout, elsewhere};

mod limit;

macro_rules! bounds {
    ($($(#[$doc:meta])* $name:ident, $word:literal;)*) => {
        /// What may be short.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Bound {
            $($(#[$doc])* $name,)*
        }

        impl Bound {
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

bounds! {
    /// Raw local SSD, with the hot spares on top.
    Capacity, "capacity";
    /// What nodes send: to clients, and to each other where that counts against the same cap.
    Egress, "egress";
    /// What nodes receive.
    Ingress, "ingress";
    /// What nodes send each other by RDMA.
    Rdma, "RDMA";
    DiskRead, "disk reads";
    DiskWrite, "disk writes";
    /// Operations on metadata.
    Metadata, "metadata";
    /// A lost node is made again in time.
    Rebuild, "rebuild";
    /// A stripe stands on as many nodes as it has chunks.
    Width, "stripe width";
    /// The model asks for so many.
    Least, "least nodes";
}

/// How many bounds there are.
pub const BOUNDS: usize = Bound::ALL.len();

/// No cluster has more nodes: what would need more needs this many. A thousand times what a zone's group may have.
pub const MOST_NODES: u32 = 1_000_000;

/// Sums of real numbers that belong together differ in their last digits; what exceeds a cap by less is within it.
const ALMOST: f64 = 1.0 + 1e-9;

/// What clients ask of a cluster, as coefficients that do not hang on the number of nodes. They add up over segments.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pull {
    /// Kept data with its protection.
    pub stored: Gb,
    pub to_clients: Gbps,
    pub from_clients: Gbps,
    /// Sent between nodes for reads, before the part that stays on its node.
    pub between_read: Gbps,
    /// What that grows by if all that is read was on lost nodes.
    pub between_read_lost: Gbps,
    /// Sent between nodes for writes, before the part that stays on its node.
    pub between_spread: Gbps,
    /// Sent between nodes for writes whatever their number, from two on.
    pub between_direct: Gbps,
    pub disk_read: Gbps,
    /// What that grows by if all that is read was on lost nodes.
    pub disk_read_lost: Gbps,
    pub disk_write: Gbps,
    /// Sent between nodes to make all that is stored again, of the two kinds.
    pub rebuild_spread: Gb,
    pub rebuild_direct: Gb,
    /// Read from disks for it.
    pub rebuild_read: Gb,
    /// Operations a second.
    pub metadata: f64,
}

impl Pull {
    pub fn of(ask: &Ask, layout: Layout) -> Self {
        let code = layout.code;
        // As the formulas of `traffic`, with what is elsewhere left out.
        let two_hops = layout.hops == twinrail_model::Hops::Two;
        let chunks = f64::from(code.width());
        let stored = ask.capacity * code.expansion();
        let written = ask.write * code.expansion();
        // What was on lost nodes is read from as many chunks as the code has of data.
        let data = f64::from(code.data);
        let between_read_lost = match two_hops {
            true => ask.read * (data - 1.0),
            false if code.is_copies() => Gbps::ZERO,
            false => ask.read * data,
        };
        Self {
            stored,
            to_clients: ask.read,
            from_clients: ask.write,
            between_read: if two_hops { ask.read } else { Gbps::ZERO },
            between_read_lost,
            between_spread: if two_hops { written } else { Gbps::ZERO },
            between_direct: if two_hops { Gbps::ZERO } else { written * ((chunks - 1.0) / chunks) },
            disk_read: ask.read,
            disk_read_lost: ask.read * (data - 1.0),
            disk_write: written,
            rebuild_spread: if code.is_copies() { Gb::ZERO } else { stored * f64::from(code.data + 1) },
            rebuild_direct: if code.is_copies() { stored } else { Gb::ZERO },
            rebuild_read: stored * f64::from(code.data),
            metadata: ask.metadata,
        }
    }

    /// Several segments in one cluster.
    pub fn add(&mut self, other: &Self) {
        self.stored += other.stored;
        self.to_clients += other.to_clients;
        self.from_clients += other.from_clients;
        self.between_read += other.between_read;
        self.between_read_lost += other.between_read_lost;
        self.between_spread += other.between_spread;
        self.between_direct += other.between_direct;
        self.disk_read += other.disk_read;
        self.disk_read_lost += other.disk_read_lost;
        self.disk_write += other.disk_write;
        self.rebuild_spread += other.rebuild_spread;
        self.rebuild_direct += other.rebuild_direct;
        self.rebuild_read += other.rebuild_read;
        self.metadata += other.metadata;
    }
}

/// On which terms a cluster serves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terms {
    /// Lost nodes at which the demand is still met.
    pub headroom: u32,
    /// The part of capacity and bandwidth that may be in use, above 0 and at most 1.
    pub utilisation: f64,
    /// Chunks of the widest stripe.
    pub width: u32,
    /// Chunks that the weakest code can lose.
    pub parity: u32,
    /// All lost nodes are made again within it.
    pub rebuild_within: Option<TimeSpan>,
    /// The part of a node's bandwidth that a rebuild may take.
    pub rebuild_share: f64,
    /// Nodes that the model asks for at least.
    pub least: u32,
    /// VIPs of a node, those of lost nodes to be dealt out to the others; zero if clients are spread evenly whatever is lost.
    pub vips: u32,
}

impl Terms {
    /// The stricter of both, for one cluster that serves both.
    pub fn join(&mut self, other: &Self) {
        self.headroom = self.headroom.max(other.headroom);
        self.utilisation = self.utilisation.min(other.utilisation);
        self.width = self.width.max(other.width);
        self.parity = self.parity.min(other.parity);
        self.rebuild_within = match (self.rebuild_within, other.rebuild_within) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.rebuild_share = self.rebuild_share.min(other.rebuild_share);
        self.least = self.least.max(other.least);
        // The fewer VIPs a node has, the more one of them is.
        self.vips = if self.vips.min(other.vips) == 0 { self.vips.max(other.vips) } else { self.vips.min(other.vips) };
    }
}

/// What a node can do, with what nobody knows left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Caps {
    local_ssd: Gb,
    /// Caps on what flows over its NICs.
    limits: Vec<Limit>,
    disk_read: Option<Gbps>,
    disk_write: Option<Gbps>,
    metadata: Option<f64>,
    /// Bounds that could not be looked at, and for want of what. Metadata has no fact: nobody publishes it.
    pub open: Vec<(Bound, Option<Hole>)>,
}

impl Caps {
    /// The caps of a machine type with one ordinary NIC and so many for RDMA, where it has RDMA. A hole, if nothing says how much it stores. What is not
    /// known of RDMA counts against the ordinary cap.
    pub fn of(capability: &Capability, metadata_per_node: Option<f64>, rdma_nics: u32) -> Field<Self> {
        let local_ssd = Gb::from(capability.local_ssd.clone()?);
        let (limits, mut open) = limits(capability, rdma_nics);
        let mut known = |bound: Bound, field: Field<Gbps>| match field {
            Ok(cap) => Some(cap),
            Err(hole) => {
                open.push((bound, Some(hole)));
                None
            }
        };
        let disk_read = known(Bound::DiskRead, capability.disk_read_gb().map(Gbps::from));
        let disk_write = known(Bound::DiskWrite, capability.disk_write_gb().map(Gbps::from));
        let metadata = metadata_per_node.filter(|rate| *rate > 0.0);
        if metadata.is_none() {
            open.push((Bound::Metadata, None));
        }
        Ok(Self { local_ssd, limits, disk_read, disk_write, metadata, open })
    }

    /// Whether it stores anything.
    pub fn stores(&self) -> bool {
        !self.local_ssd.is_zero()
    }
}

/// How many nodes are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// By all bounds together: the most that any of them asks for.
    pub nodes: u32,
    /// The one that asks for most; of several the first.
    pub binding: Bound,
    /// By each bound, in the order of [`Bound::ALL`]; zero where it asks for nothing or is open.
    pub by: [u32; BOUNDS],
}

/// A cluster's load at one number of nodes, against its caps.
#[derive(Debug, Clone, Copy)]
struct Scale<'a> {
    pull: &'a Pull,
    terms: &'a Terms,
    caps: &'a Caps,
}

impl Scale<'_> {
    /// By which factor the busiest survivor carries more of the clients' traffic than an even part: the VIPs of lost nodes are whole ones, each to who has
    /// fewest. With v of a node, of n nodes, that is at most a VIP beyond the even part, 1 / (v n) of all that clients move.
    fn busiest(&self, nodes: u32, live: u32) -> f64 {
        if self.terms.headroom == 0 || self.terms.vips == 0 {
            return 1.0;
        }
        1.0 + f64::from(live) / (f64::from(self.terms.vips) * f64::from(nodes))
    }

    /// The part of all data that is on lost nodes.
    fn lost(&self, nodes: u32) -> f64 {
        f64::from(self.terms.headroom.min(nodes)) / f64::from(nodes.max(1))
    }

    /// What is sent between `live` nodes if this part of all that is stored is made again in a second.
    fn rebuilt(&self, live: u32, rate: f64) -> f64 {
        let direct = if live < 2 { 0.0 } else { bits(self.pull.rebuild_direct) };
        (bits(self.pull.rebuild_spread) * elsewhere(live) + direct) * rate
    }

    /// Which part of all that is stored is made again in a second, where a time is promised and so many nodes are lost.
    fn promised(&self, nodes: u32, lost: u32) -> f64 {
        let of = |within: TimeSpan| f64::from(lost) / (f64::from(nodes) * within.seconds());
        self.terms.rebuild_within.map_or(0.0, of)
    }

    /// What live nodes carry together that counts against a limit, in Gbps, as if each were the busiest: for clients, and for a rebuild at this rate.
    fn carried(&self, limit: &Limit, (nodes, live): (u32, u32), rate: f64) -> f64 {
        let (pull, busiest) = (self.pull, self.busiest(nodes, live));
        let read = (pull.between_read + pull.between_read_lost * self.lost(nodes)).get() * elsewhere(live);
        let direct = if live < 2 { 0.0 } else { pull.between_direct.get() };
        let write = pull.between_spread.get() * elsewhere(live) + direct;
        // Who has more of the clients fetches more of what they read, and sends more of what they write.
        let (clients, between) = if limit.is_inward {
            (pull.from_clients.get(), read * busiest + write)
        } else {
            (pull.to_clients.get(), read + write * busiest)
        };
        limit.clients * clients * busiest + limit.between * (between + self.rebuilt(live, rate))
    }

    /// What a node may send to others for a rebuild: a share of the least cap on the way. `None`: nobody knows any.
    fn pace(&self) -> Option<f64> {
        let out = self.caps.limits.iter().filter(|limit| !limit.is_inward && limit.between > 0.0);
        let least = out.map(|limit| limit.cap.get() / limit.between).min_by(f64::total_cmp);
        least.map(|cap| cap * self.terms.rebuild_share)
    }

    /// Whether a rebuild leaves a limit enough for clients. It takes its whole share where it can, however long it may take.
    fn leaves_enough(&self, limit: &Limit, nodes: u32, live: u32) -> bool {
        let runs = self.terms.rebuild_within.is_some() && self.terms.headroom > 0 && !self.pull.stored.is_zero();
        // A share of one leaves nothing: then only what was promised is held against the cap.
        let Some(pace) = self.pace().filter(|_| runs && live > 1 && self.terms.rebuild_share < 1.0) else {
            return true;
        };
        let left = limit.cap.get() - limit.between * pace;
        self.carried(limit, (nodes, live), 0.0) <= left * f64::from(live) * ALMOST
    }

    /// What a bound on what flows is held against: what live nodes carry together, beside what one of them may. Gbps.
    fn loads(&self, bound: Bound, nodes: u32, live: u32) -> Vec<(f64, f64)> {
        let (pull, caps) = (self.pull, self.caps);
        let rate = self.promised(nodes, self.terms.headroom);
        let read = pull.disk_read + pull.disk_read_lost * self.lost(nodes);
        let one = |load: f64, cap: Option<Gbps>| cap.map(|cap| (load, cap.get())).into_iter().collect();
        match bound {
            Bound::Egress | Bound::Ingress | Bound::Rdma => {
                let of = caps.limits.iter().filter(|limit| limit.bound == bound);
                of.map(|limit| (self.carried(limit, (nodes, live), rate), limit.cap.get())).collect()
            }
            Bound::DiskRead => one(read.get() + bits(pull.rebuild_read) * rate, caps.disk_read),
            Bound::DiskWrite => one(pull.disk_write.get() + bits(pull.stored) * rate, caps.disk_write),
            Bound::Rebuild => {
                let rate = self.promised(nodes, self.spare(bound));
                // A lone survivor has nobody to send to.
                let never = live < 2 && rate > 0.0 && !pull.stored.is_zero();
                let load = if never { f64::INFINITY } else { self.rebuilt(live, rate) };
                // It has a share of its own.
                self.pace().map(|pace| (load, pace / self.terms.utilisation)).into_iter().collect()
            }
            Bound::Capacity | Bound::Metadata | Bound::Width | Bound::Least => Vec::new(),
        }
    }

    /// Whether a bound on what flows holds, as far as anybody knows.
    fn holds(&self, bound: Bound, nodes: u32, live: u32) -> bool {
        let part = self.terms.utilisation * ALMOST * f64::from(live);
        let mut limits = self.caps.limits.iter().filter(|limit| limit.bound == bound);
        self.loads(bound, nodes, live).iter().all(|(load, cap)| *load <= cap * part)
            && limits.all(|limit| self.leaves_enough(limit, nodes, live))
    }

    /// Nodes that are lost when a bound must hold.
    fn spare(&self, bound: Bound) -> u32 {
        self.terms.headroom.max(u32::from(bound == Bound::Rebuild))
    }

    /// Nodes by a bound whose count is a quotient.
    fn quotient(&self, total: f64, each: f64) -> u32 {
        if total <= 0.0 {
            return 0;
        }
        let live = libm::ceil(total / (each * self.terms.utilisation * ALMOST));
        rounded(live).saturating_add(self.terms.headroom).min(MOST_NODES)
    }

    /// The least number of nodes from which on a bound on what flows holds. From two live nodes on, a node's load falls with their number; what one alone
    /// can do two may not. The search begins where it would end if what stays on its node, and a rebuild, were nothing.
    fn least(&self, bound: Bound) -> u32 {
        let spare = self.spare(bound);
        let holds = |live: u32| self.holds(bound, live.saturating_add(spare), live);
        let most = MOST_NODES.saturating_sub(spare).max(1);
        let loads = self.loads(bound, MOST_NODES, MOST_NODES);
        if loads.iter().all(|(load, _)| *load <= 0.0) {
            return 0;
        }
        if most < 2 {
            return MOST_NODES;
        }
        let start = |(load, cap): &(f64, f64)| {
            let each = cap * self.terms.utilisation * ALMOST;
            match bound {
                // A node's data and the survivors both hang on the number of nodes.
                Bound::Rebuild => libm::sqrt(load * f64::from(MOST_NODES) / each),
                _ => load / each,
            }
        };
        let start = loads.iter().map(start).fold(0.0, f64::max);
        let start = rounded(libm::ceil(start)).clamp(2, most);
        let live = if holds(start) { down(start, &holds) } else { up(start, most, &holds) };
        let live = if live == 2 && holds(1) { 1 } else { live };
        live.saturating_add(spare).min(MOST_NODES)
    }

    fn by(&self, bound: Bound) -> u32 {
        let terms = self.terms;
        match bound {
            Bound::Capacity => self.quotient(self.pull.stored.get(), self.caps.local_ssd.get()),
            Bound::Metadata => self.caps.metadata.map_or(0, |each| self.quotient(self.pull.metadata, each)),
            Bound::Width => {
                let spare = if terms.rebuild_within.is_some() { self.spare(Bound::Rebuild) } else { terms.headroom };
                terms.width.saturating_add(spare).min(MOST_NODES)
            }
            Bound::Least => terms.least.min(MOST_NODES),
            _ => self.least(bound),
        }
    }
}

/// The least that holds, from two on, at or below one that does: in steps that double, and then by halving.
fn down(start: u32, holds: &impl Fn(u32) -> bool) -> u32 {
    let (mut high, mut step) = (start, 1);
    while high > 2 {
        let next = high.saturating_sub(step).max(2);
        if !holds(next) {
            return between(next, high, holds);
        }
        high = next;
        step *= 2;
    }
    high
}

/// The least that holds above one that does not; `most` if none does.
fn up(start: u32, most: u32, holds: &impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut step) = (start, 1);
    while low < most {
        let next = low.saturating_add(step).min(most);
        if holds(next) {
            return between(low, next, holds);
        }
        low = next;
        step *= 2;
    }
    most
}

/// The least that holds, between one that does not and one that does.
fn between(mut fails: u32, mut found: u32, holds: &impl Fn(u32) -> bool) -> u32 {
    while found - fails > 1 {
        let middle = u32::midpoint(fails, found);
        if holds(middle) {
            found = middle;
        } else {
            fails = middle;
        }
    }
    found
}

/// The order in which bounds are asked, of which the first with the largest count is the one that binds: what is counted before what flows.
const ORDER: [Bound; BOUNDS] = [
    Bound::Capacity,
    Bound::Metadata,
    Bound::Width,
    Bound::Least,
    Bound::Egress,
    Bound::Ingress,
    Bound::Rdma,
    Bound::DiskRead,
    Bound::DiskWrite,
    Bound::Rebuild,
];

/// What a cluster needs that serves this pull on these terms, by every bound.
pub fn need(pull: &Pull, terms: &Terms, caps: &Caps) -> Need {
    let scale = Scale { pull, terms, caps };
    let mut found = Need { nodes: 0, binding: Bound::Least, by: [0; BOUNDS] };
    for bound in ORDER {
        let nodes = scale.by(bound);
        found.by[bound as usize] = nodes;
        if nodes > found.nodes {
            (found.nodes, found.binding) = (nodes, bound);
        }
    }
    found
}

/// The same without what each bound asks for: one that holds at the count so far is not looked at again.
pub fn tightest(pull: &Pull, terms: &Terms, caps: &Caps) -> (u32, Bound) {
    let scale = Scale { pull, terms, caps };
    let (mut nodes, mut binding) = (0_u32, Bound::Least);
    for bound in ORDER {
        // What one live node can do two may not, so that only from two on a bound that holds goes on to hold.
        let live = nodes.saturating_sub(scale.spare(bound));
        let flows = !matches!(bound, Bound::Capacity | Bound::Metadata | Bound::Width | Bound::Least);
        if flows && live >= 2 && scale.holds(bound, nodes, live) {
            continue;
        }
        let more = scale.by(bound);
        if more > nodes {
            (nodes, binding) = (more, bound);
        }
    }
    (nodes, binding)
}

/// How full a cluster is at a number of nodes with its headroom lost: the part of each cap that is used, where it is known.
pub fn fullness(pull: &Pull, terms: &Terms, caps: &Caps, nodes: u32) -> Vec<(Bound, f64)> {
    let scale = Scale { pull, terms, caps };
    let live = nodes.saturating_sub(terms.headroom).max(1);
    let part = |bound: &Bound| {
        let loads = match bound {
            Bound::Capacity => vec![(pull.stored.get(), caps.local_ssd.get())],
            Bound::Metadata => caps.metadata.map(|each| (pull.metadata, each)).into_iter().collect(),
            // Of the rebuild a time is promised, not a part.
            Bound::Rebuild => Vec::new(),
            _ => scale.loads(*bound, nodes.max(1), live),
        };
        let known = loads.iter().filter(|(_, cap)| *cap > 0.0);
        let full = known.map(|(load, cap)| load / (cap * f64::from(live))).max_by(f64::total_cmp)?;
        Some((*bound, full))
    };
    Bound::ALL.iter().filter_map(part).collect()
}

/// Gigabits of an amount.
fn bits(amount: Gb) -> f64 {
    Gbps::from(GbPerSecond::new(amount.get())).get()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what a cluster may have")]
fn rounded(nodes: f64) -> u32 {
    nodes.clamp(0.0, f64::from(MOST_NODES)) as u32
}

#[cfg(test)]
mod tests;
