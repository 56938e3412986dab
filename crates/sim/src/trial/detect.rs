//! How long it takes until somebody knows that a node has failed: probes, a lease, VRRP, Corosync. Each is a formula of its published timers with
//! one phase left to chance. Not here: what is done then.

use twinrail_facts::{Draw, Microseconds};

/// Who notices, with the timers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Detector {
    /// One is sent every `interval`; `unhealthy` in a row must stay without an answer for `timeout`. A node that fails does so at any time between two.
    Probe { interval: Microseconds, timeout: Microseconds, unhealthy: u64 },
    /// The others know of the last renewal, wait for `duration`, and look every `retry`.
    Lease { duration: Microseconds, retry: Microseconds },
    /// `adverts` advertisements are missed, and a skew of at most one more; a node that fails does so at any time between two.
    Keepalived { advert: Microseconds, adverts: u64 },
    /// Between the loss of the token, and that and the time in which the others agree.
    Corosync { token: Microseconds, consensus: Microseconds },
}

impl Detector {
    /// From the failure until it is known.
    pub fn sample(&self, draw: Draw) -> Microseconds {
        let part = |whole: Microseconds, share: f64| Microseconds::from_seconds(whole.seconds() * share);
        match *self {
            Self::Probe { interval, timeout, unhealthy } => {
                let until_first = part(interval, draw.first());
                until_first.saturating_add(interval.saturating_mul(unhealthy.saturating_sub(1))).saturating_add(timeout)
            }
            Self::Lease { duration, retry } => duration.saturating_add(part(retry, draw.first())),
            Self::Keepalived { advert, adverts } => {
                let missed = advert.saturating_mul(adverts).saturating_add(part(advert, draw.first()));
                missed.saturating_sub(part(advert, draw.second()))
            }
            Self::Corosync { token, consensus } => token.saturating_add(part(consensus, draw.first())),
        }
    }

    /// The shortest and the longest time.
    pub fn bounds(&self) -> (Microseconds, Microseconds) {
        match *self {
            Self::Probe { interval, timeout, unhealthy } => {
                let least = interval.saturating_mul(unhealthy.saturating_sub(1)).saturating_add(timeout);
                (least, least.saturating_add(interval))
            }
            Self::Lease { duration, retry } => (duration, duration.saturating_add(retry)),
            Self::Keepalived { advert, adverts } => {
                let least = advert.saturating_mul(adverts.saturating_sub(1));
                (least, least.saturating_add(advert).saturating_add(advert))
            }
            Self::Corosync { token, consensus } => (token, token.saturating_add(consensus)),
        }
    }

    /// The same where a probe is refused at once instead of staying without an answer.
    #[must_use]
    pub fn refused(self) -> Self {
        match self {
            Self::Probe { interval, unhealthy, .. } => Self::Probe { interval, timeout: Microseconds::ZERO, unhealthy },
            other => other,
        }
    }

    /// Corosync's token for so many nodes: longer by a coefficient for each beyond two.
    pub fn corosync(nodes: u64, token: f64, coefficient: f64, consensus_factor: f64) -> Self {
        let beyond = nodes.saturating_sub(2) as f64;
        let token = token + beyond * coefficient;
        Self::Corosync {
            token: Microseconds::from_seconds(token),
            consensus: Microseconds::from_seconds(token * consensus_factor),
        }
    }

    /// In a few words: `probes every 1 s, 2 of 1 s must fail: 2 to 3 s`.
    pub fn words(&self) -> String {
        let (least, most) = self.bounds();
        let how = match self {
            Self::Probe { interval, timeout, unhealthy } => {
                format!("probes every {interval}, {unhealthy} of {timeout} must fail")
            }
            Self::Lease { duration, retry } => format!("a lease of {duration}, looked at every {retry}"),
            Self::Keepalived { advert, adverts } => {
                format!("keepalived, {adverts} advertisements of {advert} are missed")
            }
            Self::Corosync { token, .. } => format!("Corosync with a token of {token}"),
        };
        format!("{how}: {least} to {most}")
    }
}

#[cfg(test)]
mod tests {
    use twinrail_facts::{Luck, Purpose};

    use super::*;

    fn seconds(seconds: f64) -> Microseconds {
        Microseconds::from_seconds(seconds)
    }

    fn probe(interval: f64, timeout: f64, unhealthy: u64) -> Detector {
        Detector::Probe { interval: seconds(interval), timeout: seconds(timeout), unhealthy }
    }

    /// The table of published settings: interval, timeout, threshold; silent and refused, from and to.
    #[test]
    fn health_checks_by_hand() {
        let cases = [
            (probe(5.0, 5.0, 2), (10.0, 15.0), (5.0, 10.0)),
            (probe(1.0, 1.0, 2), (2.0, 3.0), (1.0, 2.0)),
            (probe(1.0, 1.0, 1), (1.0, 2.0), (0.0, 1.0)),
            (probe(3.0, 1.0, 1), (1.0, 4.0), (0.0, 3.0)),
            (probe(8.0, 1.0, 3), (17.0, 25.0), (16.0, 24.0)),
            (probe(10.0, 10.0, 2), (20.0, 30.0), (10.0, 20.0)),
            (probe(5.0, 5.0, 3), (15.0, 20.0), (10.0, 15.0)),
        ];
        for (detector, silent, refused) in cases {
            let of = |(low, high): (f64, f64)| (seconds(low), seconds(high));
            assert_eq!(detector.bounds(), of(silent), "{}", detector.words());
            assert_eq!(detector.refused().bounds(), of(refused), "{}", detector.words());
        }
    }

    /// Token by the number of nodes, and the worst change of membership.
    #[test]
    fn corosync_by_nodes() {
        let cases = [(2, 3.0, 6.6), (5, 4.95, 10.89), (10, 8.2, 18.04), (16, 12.1, 26.62), (30, 21.2, 46.64)];
        for (nodes, token, worst) in cases {
            let (least, most) = Detector::corosync(nodes, 3.0, 0.65, 1.2).bounds();
            assert_eq!((least, most), (seconds(token), seconds(worst)), "{nodes} nodes");
        }
    }

    /// Ten thousand draws stay within the bounds, and come near both.
    #[test]
    fn samples_fill_their_bounds() {
        let detectors = [
            probe(5.0, 5.0, 2),
            Detector::Lease { duration: seconds(15.0), retry: seconds(2.0) },
            Detector::Keepalived { advert: seconds(1.0), adverts: 3 },
            Detector::corosync(12, 3.0, 0.65, 1.2),
        ];
        for detector in detectors {
            let (least, most) = detector.bounds();
            let samples = (0..10_000).map(|trial| detector.sample(Luck { seed: 1, trial }.draw(Purpose(1), 0, 0)).0);
            let samples: Vec<u64> = samples.collect();
            let (low, high) = (samples.iter().min().copied(), samples.iter().max().copied());
            let (low, high) = (low.expect("ten thousand"), high.expect("ten thousand"));
            assert!(least.0 <= low && high <= most.0, "{}: {low} to {high}", detector.words());
            let near = (most.0 - least.0) / 20;
            assert!(low - least.0 < near && most.0 - high < near, "{}: {low} to {high}", detector.words());
        }
    }
}
