//! Waiting lines with a formula: Poisson arrivals, exponential times of service, some equal slots and one line (M/M/c). What is refused without a line
//! (Erlang B), who has to wait with one (Erlang C), how long, and how many slots keep the mean wait within a bound.
//! Not here: jobs of several sizes, arrivals in working hours or all at once in the night: `farm` simulates those, and says how far this is off.
//!
//! The *offered load* is the mean number of slots that would be busy if nobody ever waited: arrivals in a time, times the mean time of service. Waits are
//! plain numbers: parts of the mean time of service.

/// More slots are not counted: a recurrence of so many steps still takes milliseconds.
pub const MOST_SLOTS: u32 = 1 << 20;

/// A line before some equal slots.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    load: f64,
    slots: u32,
    /// Erlang B: the part that finds all slots busy where nobody waits.
    blocked: f64,
}

impl Line {
    /// `None` where the load is no number, negative or infinite, or with more slots than [`MOST_SLOTS`].
    pub fn new(load: f64, slots: u32) -> Option<Self> {
        let is_load = load.is_finite() && load >= 0.0;
        (is_load && slots <= MOST_SLOTS).then(|| (0..slots).fold(Self::without_slots(load), |line, _| line.longer()))
    }

    fn without_slots(load: f64) -> Self {
        // Without slots all are refused.
        Self { load, slots: 0, blocked: 1.0 }
    }

    /// One slot more, by the recurrence that only adds positive numbers: B(c) = a B(c-1) / (c + a B(c-1)).
    fn longer(self) -> Self {
        let slots = self.slots + 1;
        let met = self.load * self.blocked;
        Self { slots, blocked: met / (f64::from(slots) + met), ..self }
    }

    pub fn slots(self) -> u32 {
        self.slots
    }

    /// Erlang B: the part of the arrivals that is lost if nobody waits. Between 0 and 1.
    pub fn blocked(self) -> f64 {
        self.blocked
    }

    /// The line when it has settled. `None`: it never does, since at least as much arrives as all slots can do.
    pub fn settled(self) -> Option<Settled> {
        let spare = f64::from(self.slots) - self.load;
        if spare <= 0.0 {
            return None;
        }
        // C = B / (1 - ρ (1 - B)) with ρ = a / c, multiplied by c above and below: no difference of numbers near 1 is taken.
        let waits = f64::from(self.slots) * self.blocked / (spare + self.load * self.blocked);
        Some(Settled { waits, spare, slots: self.slots, load: self.load })
    }
}

/// A line that has settled: what arrives is also done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settled {
    waits: f64,
    /// Slots that are idle on average, above 0.
    spare: f64,
    slots: u32,
    load: f64,
}

impl Settled {
    /// Erlang C: the part of the arrivals that has to wait. Between 0 and 1.
    pub fn waits(self) -> f64 {
        self.waits
    }

    /// Over all arrivals, also those that need not wait; as a part of the mean time of service.
    pub fn mean_wait(self) -> f64 {
        self.waits / self.spare
    }

    /// What this part of the arrivals does not exceed, as a part of the mean time of service. 0 for a part below 0; `None` from 1 on: no wait is
    /// the longest.
    pub fn wait_within(self, part: f64) -> Option<f64> {
        let longer = 1.0 - part;
        if longer.is_nan() || longer <= 0.0 {
            return None;
        }
        // P(W > t) = C exp(-(c - a) t).
        Some(if longer >= self.waits { 0.0 } else { libm::log(self.waits / longer) / self.spare })
    }

    /// The mean part of the slots that is busy.
    pub fn utilisation(self) -> f64 {
        self.load / f64::from(self.slots)
    }

    /// An approximation of the mean wait where times between arrivals and times of service are no exponential ones: that of M/M/c times the mean of
    /// both squared coefficients of variation (Allen and Cunneen; Kingman's with one slot; exact for one slot and Poisson arrivals). Both are 1
    /// in M/M/c.
    pub fn varied_wait(self, between_arrivals: f64, service: f64) -> f64 {
        self.mean_wait() * f64::midpoint(between_arrivals, service)
    }
}

/// The fewest slots with which the mean wait is at most `bound` times the mean time of service. `None` where that takes more than [`MOST_SLOTS`], or where
/// load or bound is no quantity.
pub fn least_slots(load: f64, bound: f64) -> Option<Line> {
    if !load.is_finite() || load < 0.0 {
        return None;
    }
    let mut line = Line::without_slots(load);
    // A farm has at least one slot.
    while line.slots < MOST_SLOTS {
        line = line.longer();
        if line.settled().is_some_and(|settled| settled.mean_wait() <= bound) {
            return Some(line);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Where a chain of so many waiting is cut, almost nobody is left beyond.
    const NEGLIGIBLE: f64 = 1e-18;

    /// Brute force: the birth-death chain of the number of jobs, cut where its terms vanish. States weigh a^n / n! up to c, then a factor a / c each.
    /// Returns the part that waits and the mean wait, by Little's law.
    fn chain(load: f64, slots: u32) -> (f64, f64) {
        let mut weights = vec![1.0_f64];
        let mut n = 0;
        loop {
            n += 1;
            let next = weights.last().expect("never empty") * load / f64::from(n.min(slots));
            // Against those that wait, of which there may be few.
            if n > slots && next < NEGLIGIBLE * weights[slots as usize] {
                break;
            }
            weights.push(next);
        }
        let all: f64 = weights.iter().rev().sum();
        let busy: f64 = weights.iter().skip(slots as usize).rev().sum();
        let queue: f64 = (0..).zip(weights.iter().skip(slots as usize)).map(|(n, weight)| f64::from(n) * weight).sum();
        (busy / all, queue / all / load)
    }

    /// The table of the research file, section 1.6: offered load, slots and utilisation for a mean wait of 10 % and of 50 % of the mean job, VMs at
    /// eight to a slot. Its utilisations are rounded to whole percents.
    #[test]
    fn the_published_table() {
        let rows = [
            (1.0, 3, 33.0, 2, 50.0, 24),
            (2.0, 4, 50.0, 3, 67.0, 32),
            (3.0, 6, 50.0, 5, 60.0, 48),
            (5.0, 8, 62.0, 7, 71.0, 64),
            (8.0, 11, 73.0, 10, 80.0, 88),
            (12.0, 16, 75.0, 14, 86.0, 128),
            (20.0, 24, 83.0, 22, 91.0, 192),
        ];
        for (load, tenth, tenth_busy, half, half_busy, vms) in rows {
            for (bound, slots, busy) in [(0.1, tenth, tenth_busy), (0.5, half, half_busy)] {
                let line = least_slots(load, bound).expect("few slots");
                assert_eq!(line.slots(), slots, "load {load}, bound {bound}");
                let utilisation: f64 = 100.0 * line.settled().expect("settled").utilisation();
                assert!((utilisation - busy).abs() <= 0.5, "load {load}: {utilisation} is not {busy}");
            }
            assert_eq!(tenth * 8, vms);
        }
    }

    /// One slot, half busy: half of the arrivals wait; W = ρ / (1 - ρ) = 1 job. Two slots, load 1: B = 1, 1/2, 1/5; C = 2·0.2 / (1 + 0.2) = 1/3, W =
    /// 1/3. Who waits, waits exponentially with rate c - a = 1: 1/3 exp(-t) = 0.05 at t = ln(20/3).
    #[test]
    fn by_hand() {
        let one = Line::new(0.5, 1).and_then(Line::settled).expect("settled");
        assert!((one.waits() - 0.5).abs() < 1e-15 && (one.mean_wait() - 1.0).abs() < 1e-15);
        let two = Line::new(1.0, 2).expect("a line");
        assert!((two.blocked() - 0.2).abs() < 1e-15);
        let two = two.settled().expect("settled");
        assert!((two.waits() - 1.0 / 3.0).abs() < 1e-15 && (two.mean_wait() - 1.0 / 3.0).abs() < 1e-15);
        assert!((two.wait_within(0.95).expect("below 1") - f64::ln(20.0 / 3.0)).abs() < 1e-12);
        assert_eq!((two.wait_within(0.5), two.wait_within(1.0), two.wait_within(f64::NAN)), (Some(0.0), None, None));
        // Pollaczek and Khinchine: jobs that all take the same wait half as long on one slot.
        assert!((one.varied_wait(1.0, 0.0) - 0.5).abs() < 1e-15);
    }

    #[test]
    fn what_never_settles_or_is_no_load() {
        assert_eq!(Line::new(3.0, 3).expect("a line").settled(), None);
        assert_eq!(Line::new(3.0, 0).expect("a line").settled(), None);
        assert_eq!(Line::new(0.0, 0).expect("a line").settled(), None);
        for load in [f64::NAN, f64::INFINITY, -1.0] {
            assert_eq!(Line::new(load, 3), None);
            assert_eq!(least_slots(load, 0.1), None);
        }
        assert_eq!(Line::new(1.0, MOST_SLOTS + 1), None);
        // Bounds that are none are met by no farm, and do not hang.
        for bound in [f64::NAN, -1.0] {
            assert_eq!(least_slots(1.0, bound), None);
        }
        assert_eq!(least_slots(2e6, 0.1), None);
        assert_eq!(least_slots(0.0, 0.0).map(Line::slots), Some(1));
    }

    /// Large farms: Halfin and Whitt's limit for c = a + β √a with β = 1 is C → 1 / (1 + β Φ(β) / φ(β)) = 1 / (1 + 0.841344746 / 0.241970725) =
    /// 0.22336; the terms that are left out are of the order of 1 / √a.
    #[test]
    fn large_farms_go_to_their_limit() {
        let waits = Line::new(1e6, 1_001_000).and_then(Line::settled).expect("settled").waits();
        assert!((waits - 0.22336).abs() < 0.001, "{waits}");
    }

    proptest! {
        #[test]
        fn formulas_agree_with_the_chain(slots in 1_u32..60, busy in 0.01_f64..0.97) {
            let load = busy * f64::from(slots);
            let settled = Line::new(load, slots).and_then(Line::settled).expect("less arrives than is done");
            let (waits, wait) = chain(load, slots);
            prop_assert!((settled.waits() - waits).abs() <= 1e-10 * waits.max(1e-12), "{} {waits}", settled.waits());
            prop_assert!((settled.mean_wait() - wait).abs() <= 1e-9 * wait.max(1e-12), "{} {wait}", settled.mean_wait());
        }

        /// The mean is the integral of the quantiles.
        #[test]
        fn quantiles_belong_to_the_mean(slots in 1_u32..40, busy in 0.3_f64..0.95) {
            let settled = Line::new(busy * f64::from(slots), slots).and_then(Line::settled).expect("settled");
            let steps = 20_000;
            let parts = (0..steps).map(|step| (f64::from(step) + 0.5) / f64::from(steps));
            let sum: f64 = parts.map(|part| settled.wait_within(part).expect("below 1")).sum();
            let mean = sum / f64::from(steps);
            // The midpoints of a logarithm's last cell are off by less than a tenth of a thousandth of its scale.
            prop_assert!((mean - settled.mean_wait()).abs() < 1e-3 * settled.mean_wait() + 1e-4 / settled.spare, "{mean} {settled:?}");
        }

        #[test]
        fn no_slot_less_would_do(load in 0.0_f64..300.0, bound in 0.001_f64..2.0) {
            let line = least_slots(load, bound).expect("few slots");
            let wait = |slots| Line::new(load, slots).and_then(Line::settled).map(Settled::mean_wait);
            prop_assert!(wait(line.slots()).is_some_and(|wait| wait <= bound));
            prop_assert!(line.slots() == 1 || wait(line.slots() - 1).is_none_or(|wait| wait > bound));
            prop_assert_eq!(Line::new(load, line.slots()), Some(line));
        }
    }
}
