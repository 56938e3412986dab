//! What the page and the document both say of a comparison: leads, who is alike, the reasons for which figures are not printed, and what figures rest on. Not
//! here: figures, which stand in [`Failover`], and how anything looks.

use std::collections::BTreeSet;

use twinrail_model::MoverKind;

use super::text::{quantile, seconds};
use super::{CellPage, Distribution, Failover, MoverFailover, PoolFailover, QuantilePage};
use crate::words::grouped;

/// A name in backticks; ticks of its own would end it early.
pub(crate) fn ticked(name: &str) -> String {
    format!("`{}`", name.replace('`', "'"))
}

/// How a mover moves a VIP, in a sentence without its end; nothing of one that nobody knows.
pub(crate) fn mechanism(mover: &str) -> Option<&'static str> {
    let kind = MoverKind::ALL.into_iter().find(|kind| kind.word() == mover)?;
    Some(match kind {
        MoverKind::AliasIp => {
            "a controller takes the alias address off the NIC of the failed instance and puts it onto another"
        }
        MoverKind::AliasIpFenced => {
            "as alias-ip, after a claim: labels of the reserved address say who owns the VIP, and the storage obeys that one alone"
        }
        MoverKind::RouteReplace => {
            "a controller deletes the static route of the VIP and inserts it anew, to another instance"
        }
        MoverKind::RouteMakeBeforeBreak => {
            "a controller inserts a better route, changes the standing one, and deletes the better one"
        }
        MoverKind::RoutePriority => {
            "two standing routes; the platform passes over an instance that is off, and nobody acts"
        }
        MoverKind::LbHealthCheck => {
            "the cluster elects a node, which alone answers health checks; an internal load balancer follows"
        }
        MoverKind::LbLeader => {
            "a controller names another leader in the backend service of the VIP (haPolicy of an internal load balancer)"
        }
        MoverKind::LbGarp => {
            "the node with the lease announces itself (fast IP move by gratuitous ARP), then names itself leader"
        }
        MoverKind::StatefulMig => "a managed instance group makes the failed instance anew, with its address",
        MoverKind::PacemakerAlias => "the alias agent of Pacemaker as it is in wide use, which is the baseline",
    })
}

/// Sentences that begin alike: `where A; and where B`.
pub(crate) fn each(words: &[String], again: &str) -> String {
    words.join(&format!("; {again} "))
}

/// Names in backticks: `` `a`, `b` and `c` ``.
pub(crate) fn ticked_all(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| ticked(name)).collect();
    listed(&names)
}

/// `a, b and c`
pub(crate) fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Movers that can be used, in their order.
pub(crate) fn usable(pool: &PoolFailover) -> impl Iterator<Item = &MoverFailover> {
    pool.movers.iter().filter(|mover| mover.refusal.is_none() && !mover.cells.is_empty())
}

/// Movers that cannot be used, each with the reason.
pub(crate) fn refused(pool: &PoolFailover) -> impl Iterator<Item = (&MoverFailover, &str)> {
    pool.movers
        .iter()
        .filter(|mover| mover.refusal.is_some() || mover.cells.is_empty())
        .map(|mover| (mover, mover.refusal.as_deref().unwrap_or("it was not played in any scenario")))
}

/// What clients of that place see; where no client is known, how long the VIP is not served.
pub(crate) fn outage(cell: &CellPage, client: usize) -> &Distribution {
    cell.outages.get(client).unwrap_or(&cell.downtime)
}

/// A quantile as a number to draw and to sort by: `f64::INFINITY` is never, nothing is unknown. A bound stands for what is not printed.
pub(crate) fn number(page: &QuantilePage) -> Option<f64> {
    if page.never { Some(f64::INFINITY) } else { page.seconds.or(page.at_least) }
}

/// Scenarios that decide, else all: their names.
pub(crate) fn deciding(failover: &Failover) -> Vec<&str> {
    let some: Vec<&str> =
        failover.scenarios.iter().filter(|page| page.decides).map(|page| page.scenario.as_str()).collect();
    if some.is_empty() { failover.scenarios.iter().map(|page| page.scenario.as_str()).collect() } else { some }
}

/// The cell of a scenario.
pub(crate) fn cell<'m>(mover: &'m MoverFailover, scenario: &str) -> Option<&'m CellPage> {
    mover.cells.iter().find(|cell| cell.scenario == scenario)
}

/// Of the scenarios that decide the one with the longest p99 of any client.
pub(crate) fn worst<'m>(mover: &'m MoverFailover, deciding: &[&str]) -> Option<&'m CellPage> {
    let longest = |cell: &CellPage| {
        let clients = 0..cell.outages.len().max(1);
        clients.filter_map(|client| number(&outage(cell, client).p99)).fold(0.0_f64, f64::max)
    };
    let cells = mover.cells.iter().filter(|cell| deciding.contains(&cell.scenario.as_str()));
    cells.max_by(|one, other| longest(one).total_cmp(&longest(other)))
}

/// Who is counted: `` `gpu` (nfs4-tcp) ``.
pub(crate) fn clients(pool: &PoolFailover) -> Vec<String> {
    let each = pool.clients.iter().map(|client| {
        let groups: Vec<&str> = client.groups.iter().map(String::as_str).collect();
        let who = if groups.is_empty() { "clients that were asked about".to_owned() } else { ticked_all(&groups) };
        let connections =
            if client.connections > 1 { format!(", {} connections", client.connections) } else { String::new() };
        format!("{who} ({}{connections})", client.protocol)
    });
    each.collect()
}

/// Whether some client of the pool speaks RDMA.
pub(crate) fn has_rdma(pool: &PoolFailover) -> bool {
    pool.clients.iter().any(|client| client.protocol == "rdma" || client.protocol == "nfs-rdma")
}

/// What is to be said wherever a client speaks RDMA.
pub(crate) const RDMA: &str = "Timers of RDMA clients were measured on soft RoCE. For Falcon, and for NICs that retransmit by themselves, they are assumed.";

/// One sentence for the whole pool.
pub(crate) fn lead(pool: &PoolFailover, failover: &Failover) -> String {
    let Some(first) = &pool.choice.first else {
        return format!("No mover can be used for {} on this network.", ticked(&pool.pool));
    };
    let of = |mover: &str| pool.movers.iter().find(|found| found.mover == mover);
    let deciding = deciding(failover);
    let figures = |mover: &MoverFailover| match (pool.clients.is_empty(), worst(mover, &deciding)) {
        (_, None) => "no figure".to_owned(),
        (true, Some(cell)) => format!("{} (VIP not served)", quantile(&cell.downtime.p99)),
        (false, Some(_)) => quantile(&mover.p99),
    };
    let figure = of(first).map(figures).unwrap_or_default();
    let scenarios = scenarios_of(&deciding);
    let best = if figure == "never" {
        format!("{} is first, yet more than 1 in 100 outages do not end in the worst of {scenarios}", ticked(first))
    } else {
        let end = within(&figure);
        format!("{} is first: 99 of 100 outages of a client end {end}, in the worst of {scenarios}", ticked(first))
    };
    let best = if pool.clients.is_empty() { best.replace("outages of a client", "outages of a VIP") } else { best };
    if *first == pool.mover {
        return format!("{best}. The model names it already.");
    }
    let named = match of(&pool.mover) {
        Some(mover) if mover.refusal.is_some() => "cannot be used here".to_owned(),
        Some(mover) => match figures(mover).as_str() {
            "never" => "does not come back in more than 1 of 100".to_owned(),
            figure => format!("takes {}", figure.replace("≥", "at least")),
        },
        None => "was not looked at".to_owned(),
    };
    format!("{best}. {}, which the model names, {named}.", ticked(&pool.mover))
}

/// `within 27 s`, and of a bound that it is one.
pub(crate) fn within(figure: &str) -> String {
    match figure.strip_prefix("≥ ") {
        Some(bound) => format!("within a time that nobody can tell, at least {bound}"),
        None if figure == "?" => "within a time that is not known".to_owned(),
        None => format!("within {figure}"),
    }
}

/// `killed, hung and reset`
pub(crate) fn scenarios_of(deciding: &[&str]) -> String {
    let words: Vec<String> = deciding.iter().map(|word| (*word).to_owned()).collect();
    if words.is_empty() { "no scenario".to_owned() } else { listed(&words) }
}

/// Reasons for which figures are not printed, in the order in which they are met.
#[derive(Debug, Default)]
pub(crate) struct Footnotes {
    pub reasons: Vec<Reason>,
}

/// A reason, and the fact that it is about.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    pub words: String,
    /// With its id.
    pub fact: Option<String>,
}

impl Footnotes {
    /// The number of the reason for which this figure is not printed; those about one fact have one number.
    pub fn number(&mut self, page: &QuantilePage) -> Option<usize> {
        let reason = reason(page.why_not.as_ref()?);
        let known = self.reasons.iter().position(|known| *known == reason);
        let place = known.unwrap_or_else(|| {
            self.reasons.push(reason);
            self.reasons.len() - 1
        });
        Some(place + 1)
    }
}

fn reason(why: &str) -> Reason {
    let Some((_, rest)) = why.split_once("drew in the tail of ") else {
        return Reason { words: format!("{why}."), fact: None };
    };
    let fact = rest.split(' ').next().unwrap_or(rest).to_owned();
    let words = format!("most of the slowest trials drew in the tail of {}, which nobody measured.", ticked(&fact));
    Reason { words, fact: Some(fact) }
}

/// What stands where a figure is not printed.
pub(crate) const NOT_PRINTED: &str = "Figures with a note would be guesses, and are not printed. ≥: what they are at least, without any \
     tail that nobody measured. ?: not even that is known.";

/// Facts that the figures of every usable mover rest on.
pub(crate) fn shared_facts(pool: &PoolFailover) -> Vec<&str> {
    let mut movers = usable(pool);
    let Some(first) = movers.next() else { return Vec::new() };
    let others: Vec<BTreeSet<&str>> = movers.map(|mover| mover.rests_on.iter().map(String::as_str).collect()).collect();
    let shared = first.rests_on.iter().map(String::as_str);
    shared.filter(|fact| others.iter().all(|other| other.contains(fact))).collect()
}

/// `no` or `42 USD a month, and 0.008 USD for each GiB that clients write`.
pub(crate) fn price(mover: &MoverFailover) -> String {
    let month = if mover.price > 0.0 { Some(format!("{:.0} USD a month", mover.price)) } else { None };
    let gib = mover.price_per_gib.filter(|price| *price > 0.0);
    let gib = gib.map(|price| match mover.price_of_load {
        Some(load) => {
            let load = super::text::dollars(load);
            format!("{price} USD for each GiB that clients write, {load} USD a month at the model's rate of writes all the time")
        }
        None => format!("{price} USD for each GiB that clients write"),
    });
    match (month, gib) {
        (None, None) => "nothing beside the instances".to_owned(),
        (month, gib) => month.into_iter().chain(gib).collect::<Vec<_>>().join(", and "),
    }
}

/// A share of trials: `3 of 300`.
pub(crate) fn of_trials(count: u64, cell: &CellPage) -> String {
    format!("{} of {} trials", grouped(count), grouped(cell.trials))
}

/// How the swing of a fact ends.
pub(crate) fn swung(value: Option<f64>, is_usable: bool) -> String {
    match (is_usable, value) {
        (false, _) => "cannot be used".to_owned(),
        (true, None) => "never".to_owned(),
        (true, Some(value)) => seconds(value),
    }
}
