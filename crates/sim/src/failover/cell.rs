//! The figures of one mover in one scenario: quantiles with their intervals, and of each whether it rests on a tail that nobody measured. Not here: how trials
//! are played, and how figures are printed.

use twinrail_facts::{Ended, Histogram, Interval, Microseconds, Percentile};

use crate::trial::{Scenario, Trials, Wait};

/// One mover in one scenario.
#[derive(Debug, Clone)]
pub struct Cell {
    pub scenario: Scenario,
    /// How long the client's VIP was not served.
    pub downtime: Figures,
    /// Until all VIPs of the incident were served again.
    pub all_back: Figures,
    /// By client of the question.
    pub outages: Vec<Figures>,
    /// How long the platform gave the VIP to nobody.
    pub free: Figures,
    /// In how many trials two guests could answer for the VIP, and for how long at most.
    pub doubled: (u64, Microseconds),
    /// Changes asked of the API: in half of the trials, and at most.
    pub calls: (u32, u32),
    /// In how many trials the VIP went elsewhere.
    pub moved: u64,
    pub trials: u64,
    /// A bit for each wait of which some trial drew.
    pub drawn: u32,
}

/// Times of many trials.
#[derive(Debug, Clone)]
pub struct Figures {
    pub histogram: Histogram,
    /// p50, p99, p99.9.
    pub quantiles: [Quantile; 3],
    /// Trial by trial.
    pub exact: Vec<Ended>,
}

/// A quantile and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantile {
    pub at: Percentile,
    /// `None` without trials.
    pub interval: Option<Interval<Ended>>,
    /// The wait in whose unmeasured tail most of the trials beyond this quantile drew.
    pub rests_on: Option<(Wait, u32)>,
}

const QUANTILES: [Percentile; 3] = [Percentile::P50, Percentile::P99, Percentile::P99_9];

impl Cell {
    pub(super) fn of(scenario: Scenario, trials: &Trials) -> Self {
        let tails: Vec<u32> = trials.samples.iter().map(|sample| sample.tails).collect();
        let times = |of: fn(&crate::trial::Sample) -> Ended| {
            let times: Vec<Ended> = trials.samples.iter().map(of).collect();
            Figures::of(&times, &tails)
        };
        let doubled = trials.samples.iter().filter(|sample| sample.doubled > Microseconds::ZERO);
        let mut calls: Vec<u32> = trials.samples.iter().map(|sample| sample.calls).collect();
        calls.sort_unstable();
        Self {
            scenario,
            downtime: times(|sample| sample.downtime),
            all_back: times(|sample| sample.all_back),
            outages: trials.outages.iter().map(|times| Figures::of(times, &tails)).collect(),
            free: times(|sample| Ended::After(sample.free)),
            doubled: (doubled.clone().count() as u64, doubled.map(|sample| sample.doubled).max().unwrap_or_default()),
            calls: (calls.get(calls.len() / 2).copied().unwrap_or(0), calls.last().copied().unwrap_or(0)),
            moved: trials.samples.iter().filter(|sample| sample.moved).count() as u64,
            trials: trials.samples.len() as u64,
            drawn: trials.drawn,
        }
    }
}

impl Figures {
    /// Of times and of the tails that each trial drew in.
    pub fn of(times: &[Ended], tails: &[u32]) -> Self {
        let mut histogram = Histogram::new();
        for time in times {
            histogram.record(*time);
        }
        let mut sorted = times.to_vec();
        sorted.sort_unstable();
        let quantiles = QUANTILES.map(|at| {
            let interval = histogram.percentile(at);
            let rests_on = at.of(&sorted).and_then(|from| rests_on(*from, times, tails));
            Quantile { at, interval, rests_on: rests_on.filter(|_| at != Percentile::P50) }
        });
        Self { histogram, quantiles, exact: times.to_vec() }
    }

    pub fn quantile(&self, at: Percentile) -> Option<Interval<Ended>> {
        self.quantiles
            .iter()
            .find(|quantile| quantile.at == at)
            .map_or_else(|| self.histogram.percentile(at), |quantile| quantile.interval)
    }

    /// The number of the trial that is in the middle of all. `None` without trials.
    pub fn middle(&self) -> Option<u32> {
        let mut order: Vec<u32> = (0..u32::try_from(self.exact.len()).ok()?).collect();
        order.sort_by_key(|trial| (self.exact[*trial as usize], *trial));
        Percentile::P50.of(&order).copied()
    }

    /// A quantile of the first trials alone: what is compared with as many trials elsewhere.
    pub fn of_first(&self, count: usize, at: Percentile) -> Option<Interval<Ended>> {
        let mut histogram = Histogram::new();
        for time in self.exact.iter().take(count) {
            histogram.record(*time);
        }
        histogram.percentile(at)
    }
}

/// A quantile rests on a tail where more than half of the trials that are at least so slow drew in it, and that is twice as often as trials do in all. The share
/// is in whole percent.
fn rests_on(from: Ended, times: &[Ended], tails: &[u32]) -> Option<(Wait, u32)> {
    let slow = || times.iter().zip(tails).filter(|(time, _)| **time >= from).map(|(_, tails)| *tails);
    let total = slow().count() as u64;
    if total == 0 {
        return None;
    }
    let count = |tails: &mut dyn Iterator<Item = u32>, wait: Wait| {
        tails.filter(|tails| tails >> wait as u32 & 1 == 1).count() as u64
    };
    let shares = Wait::ALL.into_iter().map(|wait| (count(&mut slow(), wait), wait));
    let stands_out = |(among_slow, wait): &(u64, Wait)| {
        let usual = count(&mut tails.iter().copied(), *wait);
        2 * among_slow > total && among_slow * times.len() as u64 >= 2 * usual * total
    };
    let (most, wait) = shares.filter(stands_out).max_by_key(|(count, wait)| (*count, std::cmp::Reverse(*wait)))?;
    Some((wait, u32::try_from(most * 100 / total).expect("a share is at most 100 percent")))
}
