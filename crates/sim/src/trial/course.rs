//! What became of the VIPs in one trial: how long each was not served, and what the packets of one client met. Not here: why.

use twinrail_facts::{Ended, Microseconds};

use super::player::HORIZON;
use super::scenario::START;
use crate::client::{Fate, History, Notice, Server};
use crate::system::MAX_VIPS;

/// The course of one trial.
#[derive(Debug, Clone)]
pub struct Course {
    /// What the packets of the client met.
    pub history: History,
    /// What came before does not count.
    pub counts_from: Microseconds,
    /// The longest time that the client's VIP was not served.
    pub downtime: Ended,
    /// From the first moment at which a VIP was not served until all were again, for good.
    pub all_back: Ended,
    /// How long the platform gave the client's VIP to nobody.
    pub free: Microseconds,
    /// How long two guests could answer for it.
    pub doubled: Microseconds,
    /// Changes asked of the API.
    pub calls: u32,
    /// The client's VIP went elsewhere.
    pub moved: bool,
    /// A bit for each [`Wait`](super::Wait) of which some draw lay in a tail that nobody measured.
    pub tails: u32,
    /// Of a server that comes without its clients' state.
    grace: Option<Microseconds>,
    client: Option<u8>,
    counted: u8,
    down_since: [Option<Microseconds>; MAX_VIPS],
    last_fate: Option<Fate>,
    last_from: Option<u8>,
    first_down: Option<Microseconds>,
    last_up: Microseconds,
}

impl Default for Course {
    fn default() -> Self {
        Self {
            history: History::served_by(Server(0)),
            counts_from: Microseconds::ZERO,
            downtime: Ended::After(Microseconds::ZERO),
            all_back: Ended::After(Microseconds::ZERO),
            free: Microseconds::ZERO,
            doubled: Microseconds::ZERO,
            calls: 0,
            moved: false,
            tails: 0,
            grace: None,
            client: None,
            counted: 0,
            down_since: [None; MAX_VIPS],
            last_fate: None,
            last_from: None,
            first_down: None,
            last_up: Microseconds::ZERO,
        }
    }
}

impl Course {
    pub(super) fn begin(&mut self, counts_from: Microseconds, grace: Option<Microseconds>) {
        let history = std::mem::replace(&mut self.history, History::served_by(Server(0)));
        *self = Self { history, counts_from, grace, ..Self::default() };
    }

    /// Another few VIPs; the client's may be among them.
    pub(super) fn turn(&mut self, client: Option<u8>, counted: u8, first: Server) {
        self.client = client;
        self.counted = counted;
        self.down_since = [None; MAX_VIPS];
        if client.is_some() {
            self.history.clear(first);
            self.last_fate = Some(Fate::Served(first));
            self.last_from = Some(0);
        }
    }

    /// The place of the client's VIP in this turn.
    pub(super) fn client(&self) -> Option<u8> {
        self.client
    }

    /// How a VIP is from now on.
    pub(super) fn observe(&mut self, vip: u8, now: Microseconds, up: bool, (from, fate): (Option<u8>, Fate)) {
        if vip >= self.counted {
            return;
        }
        if self.client == Some(vip) && self.last_fate != Some(fate) {
            // The same host refuses what it has served: its server ended, and its kernel says goodbye to whoever was connected.
            let served = matches!(self.last_fate, Some(Fate::Served(_) | Fate::Stalled(_)));
            if fate == Fate::Refused && from == self.last_from && served {
                self.history.push_notice(now, Notice::Disconnected);
            }
            self.history.push(now, fate);
            if let (Fate::Served(server) | Fate::Pinned(server), Some(grace)) = (fate, self.grace)
                && !matches!(self.last_fate, Some(Fate::Served(before) | Fate::Pinned(before)) if before == server)
                && server != Server(0)
            {
                self.history.push_grace(server, now.saturating_add(grace));
            }
            self.last_fate = Some(fate);
        }
        if self.client == Some(vip) {
            self.last_from = from;
        }
        let since = self.down_since[usize::from(vip)];
        match (up, since) {
            (false, None) => {
                self.down_since[usize::from(vip)] = Some(now);
                if now >= self.counts_from {
                    self.first_down.get_or_insert(now);
                }
            }
            (true, Some(since)) => {
                self.down_since[usize::from(vip)] = None;
                let down = now.saturating_sub(since.max(self.counts_from));
                if now > self.counts_from {
                    self.last_up = self.last_up.max(now);
                }
                if self.client == Some(vip) {
                    self.downtime = self.downtime.max(Ended::After(down));
                }
            }
            _ => {}
        }
    }

    /// The server that clients are connected to says goodbye.
    pub(super) fn close(&mut self, vip: u8, now: Microseconds) {
        if self.client == Some(vip) {
            self.history.push_notice(now, Notice::Disconnected);
        }
    }

    /// Some of the VIPs, perhaps the client's among them, are not looked at any more: nobody gets to them within the horizon.
    pub(super) fn never(&mut self, client: bool) {
        self.all_back = Ended::Never;
        if client {
            self.downtime = Ended::Never;
            self.history.clear(Server(0));
            self.history.push(START, Fate::Dropped);
        }
    }

    pub(super) fn end_turn(&mut self) {
        for vip in 0..self.counted {
            if self.down_since[usize::from(vip)].is_some() {
                self.all_back = Ended::Never;
                if self.client == Some(vip) {
                    self.downtime = Ended::Never;
                }
            }
        }
        if self.all_back != Ended::Never
            && let Some(first) = self.first_down
        {
            self.all_back = Ended::After(self.last_up.saturating_sub(first).min(HORIZON));
        }
    }
}
