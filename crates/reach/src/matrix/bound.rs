//! How much is asked at most, for networks in which rules tell every machine from every other: there the work grows with the square of the machines, times the
//! ports. What is not asked is counted. Not here: which ports are of interest, and in which order, which `port` says.

use twinrail_model::Network;

use super::fill::{Column, Table};
use crate::packet::End;

/// The most that a matrix asks; the default is some 20 seconds and half a gigabyte on one core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// Packets that are followed.
    pub packets: u64,
    pub rows: u64,
}

impl Default for Bound {
    fn default() -> Self {
        Self { packets: 1_000_000, rows: 250_000 }
    }
}

/// What it takes to ask about one kind of traffic to the ends of a column.
struct Cost {
    packets: u64,
    rows: u64,
    /// How many ordered pairs that answers.
    pairs: u64,
    kinds: usize,
    /// How many of the kinds are its own.
    own: usize,
}

impl Bound {
    /// Leaves out of a table what is too much, and says how many pairs that is: of every column the kinds of traffic that come last, those that are its own
    /// after those that are others'; where one kind each is still too much, whole columns, those that come last.
    pub(super) fn cut(self, network: &Network, table: &mut Table) -> u64 {
        let costs: Vec<Cost> = table.columns.iter().map(|column| cost(network, table, column)).collect();
        let fits = |kept: &dyn Fn(&Cost) -> usize| {
            let sum = |of: fn(&Cost) -> u64| -> u64 {
                costs.iter().map(|cost| of(cost).saturating_mul(kept(cost) as u64)).fold(0, u64::saturating_add)
            };
            sum(|cost| cost.packets) <= self.packets && sum(|cost| cost.rows) <= self.rows
        };
        let all = costs.iter().map(|cost| cost.kinds).max().unwrap_or(0);
        if fits(&|cost| cost.kinds) {
            return 0;
        }
        let has_own = fits(&|cost| cost.own);
        let kept =
            |most: usize, cost: &Cost| if has_own { cost.kinds.min(cost.own + most) } else { cost.own.min(most) };
        // The largest number of kinds that fits; where not even what is each one's own does, at least one.
        let (mut fitting, mut too_many) = (usize::from(!has_own), all);
        while too_many - fitting > 1 {
            let middle = fitting + (too_many - fitting) / 2;
            if fits(&|cost| kept(middle, cost)) { fitting = middle } else { too_many = middle }
        }
        let (mut packets, mut rows, mut not_asked) = (0_u64, 0_u64, 0_u64);
        for (column, cost) in table.columns.iter_mut().zip(costs) {
            let kinds = kept(fitting, &cost);
            let (more_packets, more_rows) = (cost.packets * kinds as u64, cost.rows * kinds as u64);
            let has_room = packets + more_packets <= self.packets && rows + more_rows <= self.rows;
            let kept = if has_room { kinds } else { 0 };
            if has_room {
                (packets, rows) = (packets + more_packets, rows + more_rows);
            }
            not_asked += cost.pairs * (cost.kinds - kept) as u64;
            column.traffic.kinds.truncate(kept);
        }
        not_asked
    }
}

fn cost(network: &Network, table: &Table, column: &Column) -> Cost {
    let ends = column.ends.classes.iter().map(|(_, those)| those.len() as u64).sum::<u64>();
    let mut cost = Cost { packets: 0, rows: 0, pairs: 0, kinds: column.traffic.kinds.len(), own: column.traffic.own };
    for (_, senders) in table.heard(column) {
        cost.packets += (senders.classes.len() * column.ends.classes.len()) as u64;
        cost.rows += 1;
        let of_end = |end: &End| match end {
            End::Nic(nic) => senders.of_machine(network.nics[*nic].instance),
            _ => 0,
        };
        let itself: u64 = column.ends.classes.iter().flat_map(|(_, those)| those).map(of_end).sum();
        cost.pairs += senders.count() * ends - itself;
    }
    cost
}
