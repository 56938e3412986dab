//! How many nodes a cluster needs, by each thing that could be short: the least count from which on that thing suffices with the headroom lost. Counts are
//! exact: the load of a node is computed at the count itself, with its share of what stays on the node.
//! Not here: what clients ask for, and which count is chosen.

use twinrail_model::unit::{Gb, GbPerSecond, Gbps, TimeSpan};
use twinrail_model::{Field, Hole};

use crate::capability::Capability;
use crate::demand::Ask;
use crate::traffic::{Layout, elsewhere};

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
    /// Sent between nodes, before the part that stays on its node.
    pub between_spread: Gbps,
    /// Sent between nodes whatever their number, from two on.
    pub between_direct: Gbps,
    pub disk_read: Gbps,
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
        Self {
            stored,
            to_clients: ask.read,
            from_clients: ask.write,
            between_spread: if two_hops { ask.read + written } else { Gbps::ZERO },
            between_direct: if two_hops { Gbps::ZERO } else { written * ((chunks - 1.0) / chunks) },
            disk_read: ask.read,
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
        self.between_spread += other.between_spread;
        self.between_direct += other.between_direct;
        self.disk_read += other.disk_read;
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
    pub rebuild_within: Option<TimeSpan>,
    /// The part of a node's bandwidth that a rebuild may take.
    pub rebuild_share: f64,
    /// Nodes that the model asks for at least.
    pub least: u32,
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
    }
}

/// Where RDMA between nodes is counted.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Rail {
    /// On caps of its own.
    Own(Gbps),
    /// On the cap of ordinary traffic as well as on its own.
    Shared(Gbps),
    /// Nodes have no RDMA: they talk over the ordinary network.
    None,
}

/// What a node can do, with what nobody knows left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Caps {
    local_ssd: Gb,
    egress: Option<Gbps>,
    ingress: Option<Gbps>,
    rail: Rail,
    disk_read: Option<Gbps>,
    disk_write: Option<Gbps>,
    metadata: Option<f64>,
    /// Bounds that could not be looked at, and for want of what. Metadata has no fact: nobody publishes it.
    pub open: Vec<(Bound, Option<Hole>)>,
}

impl Caps {
    /// The caps of a machine type. A hole, if nothing says how much it stores. What is not known of RDMA counts against the ordinary cap.
    pub fn of(capability: &Capability, metadata_per_node: Option<f64>) -> Field<Self> {
        let mut open = Vec::new();
        let local_ssd = Gb::from(capability.local_ssd.clone()?);
        let mut known = |bound: Bound, field: Field<Gbps>| match field {
            Ok(cap) => Some(cap),
            Err(hole) => {
                open.push((bound, Some(hole)));
                None
            }
        };
        let egress = known(Bound::Egress, capability.egress.clone());
        let ingress = known(Bound::Ingress, capability.ingress.clone());
        let rdma = known(Bound::Rdma, capability.rdma.clone());
        let disk_read = known(Bound::DiskRead, capability.disk_read_gb().map(Gbps::from));
        let disk_write = known(Bound::DiskWrite, capability.disk_write_gb().map(Gbps::from));
        let rail = match (rdma, &capability.shares_cap) {
            (None, _) => Rail::None,
            (Some(rdma), _) if rdma.is_zero() => Rail::None,
            (Some(rdma), Ok(false)) => Rail::Own(rdma),
            (Some(rdma), Ok(true)) => Rail::Shared(rdma),
            (Some(rdma), Err(hole)) => {
                open.push((Bound::Rdma, Some(hole.clone())));
                Rail::Shared(rdma)
            }
        };
        let metadata = metadata_per_node.filter(|rate| *rate > 0.0);
        if metadata.is_none() {
            open.push((Bound::Metadata, None));
        }
        Ok(Self { local_ssd, egress, ingress, rail, disk_read, disk_write, metadata, open })
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
    /// What is sent between `live` nodes of `nodes`, with a lost node being made again where that is promised.
    fn between(&self, nodes: u32, live: u32) -> f64 {
        let pull = self.pull;
        let rate = self.rebuilt_per_second(nodes);
        let spread = pull.between_spread.get() + bits(pull.rebuild_spread) * rate;
        let direct = pull.between_direct.get() + bits(pull.rebuild_direct) * rate;
        spread * elsewhere(live) + if live < 2 { 0.0 } else { direct }
    }

    /// Which part of all that is stored is made again in a second: a node's in the promised time, where a node is lost and a time is promised.
    fn rebuilt_per_second(&self, nodes: u32) -> f64 {
        match self.terms.rebuild_within {
            Some(within) if self.terms.headroom > 0 => 1.0 / (f64::from(nodes) * within.seconds()),
            _ => 0.0,
        }
    }

    /// What live nodes carry together, in Gbps, that counts against a bound on what flows.
    fn load(&self, bound: Bound, nodes: u32, live: u32) -> f64 {
        let (pull, own) = (self.pull, matches!(self.caps.rail, Rail::Own(_)));
        let with_nodes = |clients: Gbps| clients.get() + if own { 0.0 } else { self.between(nodes, live) };
        match bound {
            Bound::Egress => with_nodes(pull.to_clients),
            Bound::Ingress => with_nodes(pull.from_clients),
            Bound::Rdma => self.between(nodes, live),
            Bound::DiskRead => pull.disk_read.get() + bits(pull.rebuild_read) * self.rebuilt_per_second(nodes),
            Bound::DiskWrite => pull.disk_write.get() + bits(pull.stored) * self.rebuilt_per_second(nodes),
            Bound::Rebuild => self.rebuilt(nodes, live),
            Bound::Capacity | Bound::Metadata | Bound::Width | Bound::Least => 0.0,
        }
    }

    /// What survivors send to make one node's data again in the promised time. A lone one has nobody to send to.
    fn rebuilt(&self, nodes: u32, survivors: u32) -> f64 {
        let Some(within) = self.terms.rebuild_within else { return 0.0 };
        let spread = bits(self.pull.rebuild_spread) * elsewhere(survivors);
        let all = spread + bits(self.pull.rebuild_direct);
        if survivors < 2 && !self.pull.stored.is_zero() {
            return f64::INFINITY;
        }
        all / (f64::from(nodes) * within.seconds())
    }

    /// What one node may carry of it. `None`: nobody knows, or there is nothing to know.
    fn each(&self, bound: Bound) -> Option<f64> {
        let caps = self.caps;
        let cap = match bound {
            Bound::Egress => caps.egress,
            Bound::Ingress => caps.ingress,
            Bound::Rdma => self.rdma(),
            Bound::DiskRead => caps.disk_read,
            Bound::DiskWrite => caps.disk_write,
            Bound::Rebuild => self.rdma().or(caps.egress).map(|cap| cap * self.terms.rebuild_share),
            Bound::Capacity | Bound::Metadata | Bound::Width | Bound::Least => None,
        };
        // A rebuild has a share of its own.
        let part = if bound == Bound::Rebuild { 1.0 } else { self.terms.utilisation };
        cap.map(|cap| cap.get() * part * ALMOST)
    }

    /// Nodes that are lost when a bound must hold.
    fn spare(&self, bound: Bound) -> u32 {
        self.terms.headroom.max(u32::from(bound == Bound::Rebuild))
    }

    fn rdma(&self) -> Option<Gbps> {
        match self.caps.rail {
            Rail::Own(rdma) | Rail::Shared(rdma) => Some(rdma),
            Rail::None => None,
        }
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
        let Some(each) = self.each(bound) else { return 0 };
        let spare = self.spare(bound);
        let holds = |live: u32| self.load(bound, live.saturating_add(spare), live) <= each * f64::from(live);
        let most = MOST_NODES.saturating_sub(spare).max(1);
        let without = self.load(bound, MOST_NODES, MOST_NODES);
        if without <= 0.0 {
            return 0;
        }
        if most < 2 {
            return MOST_NODES;
        }
        let start = match bound {
            // A node's data and the survivors both hang on the number of nodes.
            Bound::Rebuild => libm::sqrt(without * f64::from(MOST_NODES) / each),
            _ => without / each,
        };
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
        let each = scale.each(bound).filter(|_| live >= 2);
        if each.is_some_and(|each| scale.load(bound, nodes, live) <= each * f64::from(live)) {
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
        let (load, each) = match bound {
            Bound::Capacity => (pull.stored.get(), Some(caps.local_ssd.get())),
            Bound::Metadata => (pull.metadata, caps.metadata),
            // Of the rebuild a time is promised, not a part.
            Bound::Rebuild => (0.0, None),
            _ => (scale.load(*bound, nodes.max(1), live), scale.each(*bound).map(|each| each / terms.utilisation)),
        };
        let each = each.filter(|each| *each > 0.0)?;
        Some((*bound, load / (each * f64::from(live))))
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
