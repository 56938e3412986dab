//! What happens to packets that a client sends to one address, as it goes on: the input of every client model.
//!
//! A history is filled by whoever knows how the address moved: a trial, a counterexample, a measurement. It says nothing about clients,
//! and draws nothing. Start reading at [`Fate`].

use twinrail_facts::Microseconds;

/// One life of a server: the same machine after a restart that lost its connections is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Server(pub u32);

/// What becomes of a packet sent to the address.
///
/// | fate | a connection to that server | any other old connection | a new connection |
/// | --- | --- | --- | --- |
/// | `Served` | goes on | TCP: reset; RDMA: silence | is made |
/// | `Stalled` | is acknowledged, nothing more | as above | TCP: is made; RDMA: silence |
/// | `Pinned` | goes on | silence: connection tracking sends it to where nobody is | is made |
/// | `Dropped` | silence | silence | silence |
/// | `Refused` | TCP: reset; RDMA: silence | the same | is refused at once |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// A server answers; it knows the connections that were made to it.
    Served(Server),
    /// Its kernel answers, its service hangs.
    Stalled(Server),
    /// A server answers new connections, while a load balancer holds on to the old ones.
    Pinned(Server),
    /// Nobody answers.
    Dropped,
    /// A host answers that does not serve.
    Refused,
}

/// What happens at one moment and is no fate of packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Notice {
    /// The peer's side disconnects, and the message arrives: TCP's FIN, or an RDMA connection manager tells the client.
    Disconnected,
    /// The client's neighbour entry for the address gets another MAC address, as on one link without a gateway: the connection manager
    /// reports the peer unreachable, also to an attempt under way. Behind a gateway, as in a VPC, it never happens.
    NeighbourChanged,
    /// The address is deleted and added again on the same host: every queue pair bound to it is dead, TCP notices nothing.
    Readded,
}

/// What happens to packets to one address, from time zero on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    first: Server,
    /// By time; a fate lasts until the next. Before the first of them, the first server serves.
    phases: Vec<(Microseconds, Fate)>,
    /// By time.
    notices: Vec<(Microseconds, Notice)>,
    /// Servers that came without the clients' state, and when each ended its grace period.
    grace: Vec<(Server, Microseconds)>,
}

impl History {
    /// One server that always answers.
    pub fn served_by(server: Server) -> Self {
        Self { first: server, phases: Vec::new(), notices: Vec::new(), grace: Vec::new() }
    }

    /// Makes it [`History::served_by`] the server again. It keeps its memory: a million trials in one history allocate a few times.
    pub fn clear(&mut self, server: Server) {
        self.first = server;
        self.phases.clear();
        self.notices.clear();
        self.grace.clear();
    }

    /// From `at` on, something else, until what is later. Of two fates at the same time the one that was added last holds.
    pub fn push(&mut self, at: Microseconds, fate: Fate) {
        let place = self.phases.partition_point(|(from, _)| *from <= at);
        self.phases.insert(place, (at, fate));
    }

    pub fn push_notice(&mut self, at: Microseconds, notice: Notice) {
        let place = self.notices.partition_point(|(from, _)| *from <= at);
        self.notices.insert(place, (at, notice));
    }

    /// The server does not have the clients' state, and lets nobody do more than reclaim it before `until`. A server without this shares the
    /// state with the one before it.
    pub fn push_grace(&mut self, server: Server, until: Microseconds) {
        self.grace.push((server, until));
    }

    /// [`History::push`], in a chain.
    #[must_use]
    pub fn then(mut self, at: Microseconds, fate: Fate) -> Self {
        self.push(at, fate);
        self
    }

    /// [`History::push_notice`], in a chain.
    #[must_use]
    pub fn notice(mut self, at: Microseconds, notice: Notice) -> Self {
        self.push_notice(at, notice);
        self
    }

    /// [`History::push_grace`], in a chain.
    #[must_use]
    pub fn grace(mut self, server: Server, until: Microseconds) -> Self {
        self.push_grace(server, until);
        self
    }

    pub fn fate(&self, at: Microseconds) -> Fate {
        let place = self.phases.partition_point(|(from, _)| *from <= at);
        place.checked_sub(1).map_or(Fate::Served(self.first), |place| self.phases[place].1)
    }

    /// The next time after `at` at which something is otherwise.
    pub(super) fn change_after(&self, at: Microseconds) -> Option<Microseconds> {
        let phase = self.phases.get(self.phases.partition_point(|(from, _)| *from <= at)).map(|(from, _)| *from);
        let notice = self.notices.get(self.notices.partition_point(|(from, _)| *from <= at)).map(|(from, _)| *from);
        phase.into_iter().chain(notice).min()
    }

    /// Who answered last at or before `at`: the server that a client of long standing is connected to.
    pub(super) fn server_at(&self, at: Microseconds) -> Server {
        let place = self.phases.partition_point(|(from, _)| *from <= at);
        let served = self.phases[..place].iter().rev().find_map(|(_, fate)| match fate {
            Fate::Served(server) | Fate::Stalled(server) | Fate::Pinned(server) => Some(*server),
            Fate::Dropped | Fate::Refused => None,
        });
        served.unwrap_or(self.first)
    }

    /// Whether the address was deleted and added again after `from`, up to `to`.
    pub(super) fn readded(&self, from: Microseconds, to: Microseconds) -> bool {
        self.notices.iter().any(|(at, notice)| *notice == Notice::Readded && from < *at && *at <= to)
    }

    /// The first message of a connection manager after `from`.
    pub(super) fn message_after(&self, from: Microseconds) -> Option<(Microseconds, Notice)> {
        self.notices.iter().find(|(at, notice)| *notice != Notice::Readded && from < *at).copied()
    }

    /// The first change of the neighbour's address after `from`.
    pub(super) fn neighbour_change_after(&self, from: Microseconds) -> Option<Microseconds> {
        self.notices.iter().find(|(at, notice)| *notice == Notice::NeighbourChanged && from < *at).map(|(at, _)| *at)
    }

    /// Until when the server holds requests up, if it came without state.
    pub(super) fn grace_end(&self, server: Server) -> Option<Microseconds> {
        self.grace.iter().filter(|(of, _)| *of == server).map(|(_, until)| *until).max()
    }
}
