//! What the nodes of a cluster send and receive in all, for what clients ask of it and for a rebuild: pure formulas of the protection scheme, the hops
//! of a byte and the number of live nodes. Data and clients are taken to be spread evenly over the nodes.
//! Not here: caps, which node has how much of it, and how flows that compete share a link.
//!
//! With two hops and a code of D + P over n live nodes, what all nodes send is R (1 + (n-1)/n) + W (D+P)/D (n-1)/n + B (D+1) (n-1)/n: of n nodes that
//! have the data, one is the node that the client talks to.

use twinrail_model::unit::Gbps;
use twinrail_model::{Code, Hops};

/// What a cluster is asked to do at once.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Asked {
    /// Client reads in all.
    pub read: Gbps,
    /// Client writes in all.
    pub write: Gbps,
    /// Lost data that is made again, before what is read for it.
    pub rebuild: Gbps,
}

/// How bytes are spread and fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    pub code: Code,
    pub hops: Hops,
}

impl Layout {
    /// The layout of a code whose hops are not stated: two for an erasure code, one for copies.
    pub fn of(code: Code, hops: Option<Hops>) -> Self {
        let usual = if code.is_copies() { Hops::One } else { Hops::Two };
        Self { code, hops: hops.unwrap_or(usual) }
    }
}

/// What all nodes together send, receive, read and write.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Traffic {
    /// Sent to clients.
    pub to_clients: Gbps,
    /// Received from clients.
    pub from_clients: Gbps,
    /// Sent from node to node for reads of clients; each of them is received as well.
    pub between_for_read: Gbps,
    /// Sent from node to node for writes of clients.
    pub between_for_write: Gbps,
    /// Sent from node to node for the rebuild.
    pub between_for_rebuild: Gbps,
    pub disk_read: Gbps,
    pub disk_write: Gbps,
}

impl Traffic {
    /// Sent from node to node in all; what one node sends another one receives.
    pub fn between(&self) -> Gbps {
        self.between_for_read + self.between_for_write + self.between_for_rebuild
    }

    /// Sent in all, to clients and to nodes.
    pub fn egress(&self) -> Gbps {
        self.to_clients + self.between()
    }

    /// Received in all, from clients and from nodes.
    pub fn ingress(&self) -> Gbps {
        self.from_clients + self.between()
    }
}

/// The part of what is spread evenly over so many nodes that is on another node than a given one.
pub fn elsewhere(live: u32) -> f64 {
    if live < 2 { 0.0 } else { f64::from(live - 1) / f64::from(live) }
}

/// How often a byte that clients read travels between nodes.
///
/// With one hop the client talks to the node that has the data.
pub fn hops_of_read(layout: Layout, live: u32) -> f64 {
    match layout.hops {
        Hops::One => 0.0,
        Hops::Two => elsewhere(live),
    }
}

/// How many bytes travel between nodes for a byte that clients write.
///
/// With two hops any node takes the write and spreads D + P chunks, one of n on itself. With one hop the node that is to have the first chunk takes it,
/// and sends all others, none of which is its own: r - 1 for r copies.
pub fn hops_of_write(layout: Layout, live: u32) -> f64 {
    match layout.hops {
        Hops::One if live < 2 => 0.0,
        Hops::One => f64::from(layout.code.width() - 1) / f64::from(layout.code.data),
        Hops::Two => layout.code.expansion() * elsewhere(live),
    }
}

/// How many bytes travel between nodes for a lost byte that is made again.
///
/// Some node reads the D chunks that are left of a stripe and writes the lost one to a further node, and one of n is itself: D + 1. A lost copy is sent
/// by the node that has another one to a node that has none.
pub fn hops_of_rebuild(code: Code, live: u32) -> f64 {
    match code.is_copies() {
        true if live < 2 => 0.0,
        true => 1.0,
        false => f64::from(code.data + 1) * elsewhere(live),
    }
}

/// What all nodes carry, for so many live ones.
pub fn traffic(asked: Asked, layout: Layout, live: u32) -> Traffic {
    Traffic {
        to_clients: asked.read,
        from_clients: asked.write,
        between_for_read: asked.read * hops_of_read(layout, live),
        between_for_write: asked.write * hops_of_write(layout, live),
        between_for_rebuild: asked.rebuild * hops_of_rebuild(layout.code, live),
        disk_read: asked.read + asked.rebuild * f64::from(layout.code.data),
        disk_write: asked.write * layout.code.expansion() + asked.rebuild,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Code {
        text.parse().expect("a code")
    }

    fn close(got: Gbps, expected: f64) {
        assert!((got.get() - expected).abs() < 1e-9, "{got:?}, not {expected}");
    }

    /// R = 100, W = 40, B = 2, 8+2, 10 nodes: 100 (1 + 0.9) + 40 (10/8) 0.9 + 2 x 9 x 0.9 = 190 + 45 + 16.2.
    #[test]
    fn two_hops_by_hand() {
        let asked = Asked { read: Gbps::new(100.0), write: Gbps::new(40.0), rebuild: Gbps::new(2.0) };
        let found = traffic(asked, Layout::of(code("8+2"), None), 10);
        close(found.egress(), 190.0 + 45.0 + 16.2);
        // In: writes of clients, and whatever is between nodes: 40 + 90 + 45 + 16.2.
        close(found.ingress(), 191.2);
        // 100 for clients and 8 chunks for each of 2; 40 x 10/8 and the chunks that are made again.
        close(found.disk_read, 116.0);
        close(found.disk_write, 52.0);
    }

    /// Three copies, one hop: reads cost no more than themselves, and each write is sent twice more.
    #[test]
    fn copies_by_hand() {
        let asked = Asked { read: Gbps::new(100.0), write: Gbps::new(40.0), rebuild: Gbps::new(2.0) };
        let found = traffic(asked, Layout::of(code("3x"), None), 10);
        close(found.egress(), 100.0 + 80.0 + 2.0);
        close(found.ingress(), 40.0 + 80.0 + 2.0);
        close(found.disk_write, 122.0);
    }

    /// The formula against a count over every place that a chunk and a client's node can have.
    #[test]
    fn what_is_elsewhere_is_counted() {
        for live in 2..40_u32 {
            let pairs = (0..live).flat_map(|node| (0..live).map(move |owner| (node, owner)));
            let remote = pairs.filter(|(node, owner)| node != owner).count();
            let share = remote as f64 / f64::from(live * live);
            assert!((elsewhere(live) - share).abs() < 1e-12, "{live}");
        }
    }

    #[test]
    fn a_node_alone_sends_nothing_to_itself() {
        let asked = Asked { read: Gbps::new(1.0), write: Gbps::new(1.0), rebuild: Gbps::new(1.0) };
        for text in ["8+2", "3x"] {
            for live in [0, 1] {
                assert_eq!(traffic(asked, Layout::of(code(text), None), live).between(), Gbps::ZERO);
            }
        }
    }
}
