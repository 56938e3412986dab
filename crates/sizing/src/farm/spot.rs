//! Jobs that start again when they are preempted: how long they take then, exactly, if preemptions of an instance come at a constant rate.
//! Not here: that rate, which is an input; how long it takes until a preempted cluster is there again; and what it costs.

use twinrail_model::unit::TimeSpan;

use super::kind::Kind;

/// A job on spot instances that starts again from the beginning when any of them is preempted.
#[derive(Debug, Clone, PartialEq)]
pub struct Restarted {
    /// How often one job is preempted on average until it gets through; infinite where that is beyond all numbers.
    pub preemptions: f64,
    /// From the first start until it gets through, on average. `None`: more than a thousand times as long as without preemptions, which is to say never.
    pub expected: Option<TimeSpan>,
    /// The part of the jobs that is never preempted.
    pub uninterrupted: f64,
    /// The part that is finished within its deadline if it starts at once. `None`: it has no deadline, or so many preemptions come within the deadline
    /// that the sum loses its digits.
    pub on_time: Option<f64>,
}

/// Jobs that take longer by more than this never end, for all that anybody cares.
const HOPELESS: f64 = 1e3;

/// A job without a deadline that takes longer by more than this is not worth what spot saves.
const MOST_LONGER: f64 = 2.0;

/// A job that may run on spot instances.
#[derive(Debug, Clone, PartialEq)]
pub struct SpotJob {
    /// Its place in [`Offered::jobs`](super::Offered::jobs).
    pub job: usize,
    /// Without preemptions.
    pub mean_duration: TimeSpan,
    /// Over its durations, each as likely. `None`: nobody said how often an instance is preempted.
    pub restarted: Option<Restarted>,
    /// Whether it is known to get through: enough jobs meet their deadline, or where there is none, it takes at most twice as long. If not it stays on the
    /// farm.
    pub fits: bool,
}

/// How one duration is lengthened: `rate` is that of preemptions of the whole cluster, in the unit in which `duration` is measured.
/// E\[T\] = (exp(λd) - 1) / λ.
pub fn lengthened(duration: f64, rate: f64) -> f64 {
    if rate > 0.0 { libm::expm1(rate * duration) / rate } else { duration }
}

/// The part of the jobs that gets through within `within`: the probability that there are `duration` without a preemption, of which `rate` come in a unit.
/// `None` where more than a few dozen are expected: the terms of the sum are then so large that their differences mean nothing.
pub fn through_within(duration: f64, rate: f64, within: f64) -> Option<f64> {
    /// The largest term is below exp of this, so that 16 digits leave at least 6.
    const MOST_EXPECTED: f64 = 20.0;
    if duration > within {
        return Some(0.0);
    }
    if rate * within > MOST_EXPECTED || duration <= 0.0 {
        return if duration <= 0.0 { Some(1.0) } else { None };
    }
    // Inclusion and exclusion over disjoint stretches: the k-th term has k of them in a row of starts, and what is left of the time, x, between them:
    // (-1)^(k+1) exp(-kλd) (x^(k-1) / (k-1)! + x^k / k!), x = λ (t - kd).
    let (mut sum, mut k, mut sign) = (0.0, 1.0, 1.0);
    while k * duration <= within {
        let left = rate * (within - k * duration);
        let power = |n: f64| if n == 0.0 { 1.0 } else { libm::exp(n * libm::log(left) - libm::lgamma(n + 1.0)) };
        let term = libm::exp(-k * rate * duration) * (power(k - 1.0) + power(k));
        sum += sign * term;
        sign = -sign;
        // Terms only fall once k is above all that is expected.
        if k > MOST_EXPECTED && term < f64::EPSILON {
            break;
        }
        k += 1.0;
    }
    Some(sum.clamp(0.0, 1.0))
}

impl SpotJob {
    /// `preemptions`: of one instance in an hour.
    /// `on_time`: the part of its jobs that is to meet the deadline.
    pub(super) fn of(place: usize, kind: &Kind, preemptions: Option<f64>, on_time: f64) -> Self {
        let rate = preemptions.filter(|rate| rate.is_finite() && *rate >= 0.0);
        let rate = rate.map(|rate| rate * f64::from(kind.instances) / super::kind::HOUR as f64);
        let restarted = rate.filter(|_| !kind.durations.is_empty()).map(|rate| restarted(kind, rate));
        let mean_duration = TimeSpan::new(kind.mean() / 1e3);
        let fits = restarted.as_ref().is_some_and(|restarted| match kind.deadline {
            Some(_) => restarted.on_time.is_some_and(|part| part >= on_time),
            None => restarted.expected.is_some_and(|expected| expected <= mean_duration * MOST_LONGER),
        });
        Self { job: place, mean_duration, restarted, fits }
    }
}

/// `rate`: of the whole cluster, in a millisecond.
fn restarted(kind: &Kind, rate: f64) -> Restarted {
    let count = kind.durations.len() as f64;
    let mean =
        |of: &dyn Fn(f64) -> f64| kind.durations.iter().map(|&duration| of(duration as f64)).sum::<f64>() / count;
    let expected = mean(&|duration| lengthened(duration, rate));
    let within = |deadline: u64| {
        let parts = kind.durations.iter().map(|&duration| through_within(duration as f64, rate, deadline as f64));
        parts.sum::<Option<f64>>().map(|sum| sum / count)
    };
    Restarted {
        preemptions: mean(&|duration| libm::expm1(rate * duration)),
        expected: (expected <= HOPELESS * kind.mean()).then(|| TimeSpan::new(expected / 1e3)),
        uninterrupted: mean(&|duration| libm::exp(-rate * duration)),
        on_time: kind.deadline.and_then(within),
    }
}

#[cfg(test)]
mod tests {
    use twinrail_facts::{Luck, Purpose};

    use super::*;

    /// Eight instances, each preempted once in 80 hours: λ = 0.1 an hour. A job of 4 hours: (exp(0.4) - 1) / 0.1 = 4.918 hours; 0.4918 preemptions a job;
    /// exp(-0.4) = 67.0 % get through at once. Within 6 hours: exp(-0.4) (1 + 0.1 (6 - 4)) = 80.4 %.
    #[test]
    fn by_hand() {
        let hour = 3_600_000;
        let kind = Kind {
            suite: 0,
            job: 0,
            key: 0,
            instances: 8,
            durations: vec![4 * hour],
            per_day: 1.0,
            arrivals: twinrail_model::Arrivals::AnyTime,
            deadline: Some(6 * hour),
            spot: true,
            other_shapes: false,
        };
        let of = |kind: &Kind, rate: Option<f64>, on_time: f64| SpotJob::of(0, kind, rate, on_time);
        let job = of(&kind, Some(1.0 / 80.0), 0.5).restarted.expect("the rate is known");
        assert!((job.expected.expect("soon").hours() - 4.918_246_976).abs() < 1e-6, "{job:?}");
        assert!((job.preemptions - 0.491_824_698).abs() < 1e-9);
        assert!((job.uninterrupted - 0.670_320_046).abs() < 1e-9);
        assert!((job.on_time.expect("few preemptions") - 0.804_384_055).abs() < 1e-9);
        assert_eq!(of(&kind, None, 0.5).restarted, None);
        assert_eq!(of(&kind, Some(f64::NAN), 0.5).restarted, None);
        let never = of(&kind, Some(0.0), 0.5).restarted.expect("known");
        assert_eq!((never.expected, never.on_time), (Some(TimeSpan::from_hours(4.0)), Some(1.0)));
        // Preempted every 45 seconds, it never gets through, and nothing overflows into a wrong number.
        let hopeless = of(&kind, Some(10.0), 0.5).restarted.expect("known");
        assert_eq!((hopeless.expected, hopeless.on_time), (None, None));
        // 80.4 % meet the deadline. Without one it takes 4.9 of 4 hours; preempted every 20 hours, λ = 0.4: (exp(1.6) - 1) / 0.4 = 9.9 hours, above 8.
        let at_leisure = Kind { deadline: None, ..kind.clone() };
        let fits = |kind: &Kind, rate: Option<f64>, on_time: f64| of(kind, rate, on_time).fits;
        let rare = Some(1.0 / 80.0);
        assert_eq!([0.80, 0.81].map(|on_time| fits(&kind, rare, on_time)), [true, false]);
        assert_eq!(
            [rare, Some(0.05), Some(10.0), None].map(|rate| fits(&at_leisure, rate, 0.95)),
            [true, false, false, false]
        );
        assert!(!fits(&kind, Some(10.0), 0.0) && !fits(&kind, None, 0.0));
    }

    /// The formulas against attempts that are drawn, within six standard errors.
    #[test]
    fn as_drawn() {
        const DRAWS: u32 = 40_000;
        for (duration, rate, within) in [(1.0, 0.3, 1.5), (1.0, 1.2, 4.7), (2.0, 0.9, 13.0), (1.5, 1.3, 9.0)] {
            let (mut sum, mut squares, mut through) = (0.0, 0.0, 0.0);
            for trial in 0..DRAWS {
                let (mut total, mut attempt) = (0.0, 0);
                loop {
                    let draw = Luck { seed: 3, trial }.draw(Purpose(1), 0, attempt).first();
                    let preempted = -libm::log(draw) / rate;
                    if preempted > duration {
                        break;
                    }
                    total += preempted;
                    attempt += 1;
                }
                total += duration;
                sum += total;
                squares += total * total;
                through += f64::from(u8::from(total <= within));
            }
            let count = f64::from(DRAWS);
            let (mean, part) = (sum / count, through / count);
            let error = ((squares / count - mean * mean) / count).sqrt();
            assert!((mean - lengthened(duration, rate)).abs() < 6.0 * error, "{mean} {duration} {rate}");
            let expected = through_within(duration, rate, within).expect("few are expected");
            let error = (expected * (1.0 - expected) / count).sqrt();
            assert!((part - expected).abs() < 6.0 * error, "{part} is not {expected}");
            // Not just about 1: an exact sum is told from a crude one.
            assert!(expected > 0.3 && expected < 0.999, "{expected}");
        }
    }
}
