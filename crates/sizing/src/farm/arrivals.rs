//! Which job arrives when, and how long it takes: drawn once, and then the same for farms of any size and any order of the line, so that what differs between
//! two of them is never chance. A draw is named by the repetition, the names of suite and job, the day and its
//! number on that day.
//! Not here: who waits (`line`).

use twinrail_facts::{Luck, Purpose};
use twinrail_model::Arrivals;

use super::kind::{DAY, HOUR, Kind, WEEK};

/// What is drawn. The numbers must never change, and are no others' of this crate.
#[derive(Debug, Clone, Copy)]
#[repr(u16)]
enum Drawn {
    Gap = 300,
    Nightly = 301,
    Duration = 302,
}

/// One job in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arrival {
    /// Milliseconds from the beginning of the first week, a Monday at midnight.
    pub at: u64,
    pub duration: u64,
    /// What it never exceeds, as far as anybody can tell when it starts.
    pub limit: u64,
    pub kind: u32,
    pub instances: u32,
}

/// How long is simulated, in weeks, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Weeks at the beginning that fill the farm and are not counted.
    pub warm_up: u32,
    /// Weeks that are counted.
    pub weeks: u32,
    /// Independent repetitions.
    pub repetitions: u32,
}

impl Span {
    /// The first millisecond that counts.
    pub(super) fn from(self) -> u64 {
        u64::from(self.warm_up) * WEEK
    }

    /// The first one after those that count.
    pub(super) fn until(self) -> u64 {
        u64::from(self.warm_up + self.weeks) * WEEK
    }

    /// Weeks that are counted, over all repetitions.
    pub(super) fn batches(self) -> usize {
        self.weeks as usize * self.repetitions as usize
    }
}

/// What arrives, in each repetition, by time.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub span: Span,
    pub repetitions: Vec<Vec<Arrival>>,
}

/// Days of a week on which people work, its first ones.
const WORKING_DAYS: u32 = 5;
const DAYS: u32 = 7;
/// Nine to six.
const WORKING_HOURS: (u64, u64) = (9 * HOUR, 18 * HOUR);
const WHOLE_DAY: (u64, u64) = (0, DAY);
const NIGHTLY_AT: u64 = HOUR;

/// More kinds of jobs are not simulated.
pub(super) const MOST_KINDS: usize = 1 << 12;
/// More draws a day are not made: far more than any record holds.
const MOST_A_DAY: u32 = 1 << 22;

impl Record {
    /// `kinds` has at most [`MOST_KINDS`].
    pub fn draw(kinds: &[Kind], span: Span, seed: u64) -> Self {
        let days = (span.warm_up + span.weeks) * DAYS;
        assert!(kinds.len() <= MOST_KINDS, "more are not simulated");
        let one = |trial| {
            let mut arrivals = Vec::new();
            for (number, kind) in (0..).zip(kinds) {
                let luck = Luck { seed: seed ^ kind.key, trial };
                for day in 0..days {
                    Drawing { luck, kind, number, day }.draw(&mut arrivals);
                }
            }
            // Of those that arrive at once their key says who is first in the line; stable, as those of one kind are in their order.
            arrivals.sort_by_key(|arrival: &Arrival| (arrival.at, kinds[arrival.kind as usize].key));
            arrivals
        };
        Self { span, repetitions: (0..span.repetitions).map(one).collect() }
    }

    /// Those jobs alone: what is left arrives as before.
    pub fn only(&self, keep: impl Fn(&Arrival) -> bool) -> Self {
        let keep = |arrivals: &Vec<Arrival>| arrivals.iter().copied().filter(|arrival| keep(arrival)).collect();
        Self { span: self.span, repetitions: self.repetitions.iter().map(keep).collect() }
    }

    /// The most instances that are busy at once where nobody waits: with so many nobody does.
    pub fn peak(&self) -> u64 {
        self.repetitions.iter().map(|arrivals| peak(arrivals)).max().unwrap_or(0)
    }
}

fn peak(arrivals: &[Arrival]) -> u64 {
    let ends = arrivals.iter().map(|arrival| (arrival.at + arrival.duration, u64::from(arrival.instances)));
    let mut ends: Vec<(u64, u64)> = ends.collect();
    ends.sort_unstable();
    let (mut busy, mut peak, mut ended) = (0, 0, ends.iter().peekable());
    for arrival in arrivals {
        while let Some((_, instances)) = ended.next_if(|(end, _)| *end <= arrival.at) {
            busy -= instances;
        }
        busy += u64::from(arrival.instances);
        peak = peak.max(busy);
    }
    peak
}

/// The draws of one kind on one day.
struct Drawing<'a> {
    luck: Luck,
    kind: &'a Kind,
    number: u32,
    day: u32,
}

impl Drawing<'_> {
    fn draw(&self, arrivals: &mut Vec<Arrival>) {
        let per_day = self.kind.per_day;
        match self.kind.arrivals {
            Arrivals::AnyTime => self.poisson(per_day, WHOLE_DAY, arrivals),
            Arrivals::WorkingHours if self.day % DAYS < WORKING_DAYS => {
                // The rate is an average over all days.
                self.poisson(per_day * f64::from(DAYS) / f64::from(WORKING_DAYS), WORKING_HOURS, arrivals);
            }
            Arrivals::WorkingHours => {}
            Arrivals::Nightly => self.nightly(per_day, arrivals),
        }
    }

    /// A Poisson process over a part of the day: it has no memory, so each day begins anew.
    fn poisson(&self, mean: f64, (from, until): (u64, u64), arrivals: &mut Vec<Arrival>) {
        if mean <= 0.0 {
            return;
        }
        let window = (until - from) as f64;
        let mut passed = 0.0;
        for n in 0..MOST_A_DAY {
            passed -= libm::log(self.luck.draw(Purpose(Drawn::Gap as u16), self.day, n).first()) / mean * window;
            if passed >= window {
                return;
            }
            arrivals.push(self.arrival(from + whole(passed), n));
        }
    }

    /// All at once. A part of a job is a job with that probability.
    fn nightly(&self, per_day: f64, arrivals: &mut Vec<Arrival>) {
        let sure = libm::floor(per_day);
        let draw = self.luck.draw(Purpose(Drawn::Nightly as u16), self.day, 0);
        let count = sure + f64::from(u8::from(draw.happens(per_day - sure)));
        let numbers = (0..MOST_A_DAY).take_while(|n| f64::from(*n) < count);
        arrivals.extend(numbers.map(|n| self.arrival(NIGHTLY_AT, n)));
    }

    fn arrival(&self, of_day: u64, n: u32) -> Arrival {
        let durations = &self.kind.durations;
        let choices = u32::try_from(durations.len()).unwrap_or(u32::MAX);
        let draw = self.luck.draw(Purpose(Drawn::Duration as u16), self.day, n);
        Arrival {
            at: u64::from(self.day) * DAY + of_day,
            duration: durations[draw.below(choices) as usize],
            limit: self.kind.longest(),
            kind: self.number,
            instances: self.kind.instances,
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a day, not negative")]
fn whole(milliseconds: f64) -> u64 {
    milliseconds as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Span = Span { warm_up: 1, weeks: 51, repetitions: 4 };

    fn kind(per_day: f64, arrivals: Arrivals) -> Kind {
        let durations = vec![HOUR, 3 * HOUR];
        Kind {
            suite: 0,
            job: 0,
            key: 0,
            instances: 1,
            durations,
            per_day,
            arrivals,
            deadline: None,
            spot: false,
            other_shapes: false,
        }
    }

    fn record(per_day: f64, arrivals: Arrivals) -> Record {
        Record::draw(&[kind(per_day, arrivals)], SPAN, 1)
    }

    fn all(record: &Record) -> impl Iterator<Item = &Arrival> {
        record.repetitions.iter().flatten()
    }

    const DAYS_IN_ALL: u32 = 52 * 7 * 4;

    /// Counts of a Poisson process have their mean as variance, and no hour is like no other. Six standard errors each.
    #[test]
    fn at_any_time() {
        let record = record(3.0, Arrivals::AnyTime);
        let mut counts = vec![0.0_f64; DAYS_IN_ALL as usize];
        let mut hours = [0_i32; 24];
        for (repetition, arrivals) in record.repetitions.iter().enumerate() {
            assert!(arrivals.is_sorted_by_key(|arrival| arrival.at));
            for arrival in arrivals {
                counts[repetition * 364 + usize::try_from(arrival.at / DAY).expect("a day")] += 1.0;
                hours[usize::try_from(arrival.at % DAY / HOUR).expect("an hour")] += 1;
            }
        }
        let days = f64::from(DAYS_IN_ALL);
        let mean = counts.iter().sum::<f64>() / days;
        assert!((mean - 3.0).abs() < 6.0 * (3.0 / days).sqrt(), "{mean}");
        let variance = counts.iter().map(|count| (count - mean) * (count - mean)).sum::<f64>() / days;
        // The variance of a sample variance: (λ + 2 λ²) / n.
        assert!((variance - 3.0).abs() < 6.0 * (21.0 / days).sqrt(), "{variance}");
        // 4,368 in all, 182 an hour.
        assert!(hours.iter().all(|count| (count - 182).abs() < 6 * 14), "{hours:?}");
        let long = all(&record).filter(|arrival| arrival.duration == 3 * HOUR).count();
        assert!(long.abs_diff(all(&record).count() / 2) < 6 * 34, "{long}");
    }

    #[test]
    fn in_working_hours() {
        let record = record(3.0, Arrivals::WorkingHours);
        assert!(all(&record).all(|arrival| {
            let (day, hour) = (arrival.at / DAY % 7, arrival.at % DAY / HOUR);
            day < 5 && (9..18).contains(&hour)
        }));
        let count = all(&record).count();
        // The average is over all days: 4,368, ± 66.
        assert!(count.abs_diff(4_368) < 6 * 66, "{count}");
    }

    #[test]
    fn at_one_in_the_night() {
        let record = record(2.25, Arrivals::Nightly);
        assert!(all(&record).all(|arrival| arrival.at % DAY == HOUR));
        let count = all(&record).count();
        // 2 a night, and a third one with a probability of a quarter: 3,276, ± 16.5.
        assert!(count.abs_diff(3_276) < 6 * 17 && count > 2 * DAYS_IN_ALL as usize, "{count}");
    }

    /// What is drawn for a job hangs on no other one, and not on how long is simulated.
    #[test]
    fn each_on_its_own() {
        let alone = record(3.0, Arrivals::AnyTime);
        let first = kind(3.0, Arrivals::AnyTime);
        let both = Record::draw(&[first.clone(), Kind { key: 1, ..kind(9.0, Arrivals::Nightly) }], SPAN, 1);
        assert!(all(&both).count() > 2 * all(&alone).count());
        assert_eq!(both.only(|arrival| arrival.kind == 0).repetitions, alone.repetitions);
        let short = Record::draw(&[first], Span { weeks: 3, ..SPAN }, 1);
        let until_then = alone.only(|arrival| arrival.at < short.span.until());
        assert_eq!(short.repetitions, until_then.repetitions);
    }

    /// Three that overlap only two by two: [0, 4) of 3, [2, 6) of 5, [4, 8) of 2. Who ends at a time makes room for who comes then.
    #[test]
    fn the_most_at_once() {
        let job = |at, instances| Arrival { at, duration: 4, limit: 4, kind: 0, instances };
        let repetitions = vec![vec![job(0, 3), job(2, 5), job(4, 2)], vec![job(0, 7)]];
        assert_eq!(Record { span: SPAN, repetitions }.peak(), 8);
        assert_eq!(Record { span: SPAN, repetitions: vec![] }.peak(), 0);
    }
}
