//! The test farm: by hand, against Erlang's formulas, and with input that makes no sense.

use proptest::prelude::*;
use twinrail_model::unit::TimeSpan;
use twinrail_model::{Arrivals, Job, Name, Sizing, Suite};
use twinrail_sizing::erlang::Line;
use twinrail_sizing::farm::{
    Bar, Capacity, Discipline, Elsewhere, Fare, FarmStudy, HOURS_PER_WEEK, NotDrawn, NotSimulated, Question, Reason,
    SizeLook, look, schedule,
};

fn job(name: &str, instances: u32, hours: f64, per_day: f64, arrivals: Arrivals) -> Job {
    Job {
        name: name.to_owned(),
        instances,
        durations: vec![TimeSpan::from_hours(hours)],
        per_day,
        arrivals,
        deadline: None,
        spot: false,
        machines: Vec::new(),
    }
}

fn suite(name: &str, jobs: Vec<Job>) -> Suite {
    Suite { name: Name::new(format!("tests/{name}")), kind: None, jobs }
}

fn question(sizes: &[u32]) -> Question {
    Question::of(&Sizing { farms: sizes.to_vec(), ..Sizing::default() }, 1)
}

fn fare(size: &SizeLook) -> &Fare {
    &size.run.as_ref().expect("it runs").all
}

fn hours(hours: f64) -> TimeSpan {
    TimeSpan::from_hours(hours)
}

fn is_about(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9 * b.abs().max(1.0)
}

/// Three jobs of one instance and one hour, every night at one. One instance: they wait 0, 1 and 2 hours. Two: 0, 0 and 1.
#[test]
fn three_jobs_a_night() {
    let mut nightly = job("nightly", 1, 1.0, 3.0, Arrivals::Nightly);
    nightly.deadline = Some(hours(2.0));
    let study = look(&[suite("ci", vec![nightly])], &question(&[1, 2, 3]));
    assert_eq!((study.offered.largest, study.offered.commonest), (1, 1));
    assert!(is_about(study.offered.busy_instances, 3.0 / 24.0));
    assert_eq!(study.bound, hours(0.1));

    let one = &study.sizes[0];
    let waits = &fare(one).waits;
    assert_eq!((waits.mean, waits.p50, waits.p95, waits.longest), (hours(1.0), hours(1.0), hours(2.0), hours(2.0)));
    assert!(waits.error.expect("many weeks").is_zero(), "every night is the same");
    assert!(is_about(fare(one).on_time.expect("a deadline"), 2.0 / 3.0));
    assert!(is_about(fare(one).finished_a_day, 3.0));
    let run = one.run.as_ref().expect("it runs");
    assert!(is_about(run.utilisation, 3.0 / 24.0));
    assert_eq!((run.busy.len(), run.queue.len()), (HOURS_PER_WEEK, HOURS_PER_WEEK));
    assert_eq!(run.queue[..5], [0.0, 2.0, 1.0, 0.0, 0.0]);
    assert_eq!(run.busy[24..29], [0.0, 1.0, 1.0, 1.0, 0.0]);
    let [Reason::Late { missed }, Reason::Waits { mean }] = one.jobs[0].reasons[..] else { panic!("{one:?}") };
    assert!(is_about(missed, 1.0 / 3.0) && mean == hours(1.0));
    assert_eq!(one.suites[0].alone, one.jobs[0].reasons, "there is no other suite");

    // 20 minutes on average, above the bound of six; all in time.
    assert_eq!(study.sizes[1].jobs[0].reasons, [Reason::Waits { mean: TimeSpan::new(1_200.0) }]);
    assert_eq!(study.sizes[2].jobs[0].reasons, []);
    // One instance more saves two of three hours that are waited a day.
    let more = one.more.as_ref().expect("it runs");
    assert_eq!((more.waiting_a_day, more.saved_a_day, more.saved_a_job), (hours(3.0), hours(2.0), hours(2.0 / 3.0)));

    let simulated = study.simulated.expect("few jobs");
    assert_eq!(simulated.least.expect("three are enough").instances, 3);
    let points: Vec<(u32, TimeSpan)> =
        simulated.curve.points.iter().map(|point| (point.instances, point.waiting_a_day)).collect();
    assert_eq!(points, [(1, hours(3.0)), (2, hours(1.0)), (3, TimeSpan::ZERO)]);
    assert!(!simulated.curve.is_cut);
    // 0.125 busy clusters: C(1) = 0.125, W = 0.125 / 0.875 = 0.143 > 0.1; two slots are enough for Erlang, and not for jobs that come all at once.
    let check = simulated.check.expect("few slots");
    assert_eq!((study.slots.expect("few").slots, check.instances, check.holds), (2, 2, false));
}

/// The mean of an exponential distribution, in minutes.
const MEAN: f64 = 30.0;

/// Exponential times as so many equally likely ones: the middle of each of as many equal parts, and then scaled to the mean.
fn exponential() -> Vec<TimeSpan> {
    const PARTS: u32 = 2_000;
    let middle = |part: u32| -f64::ln(1.0 - (f64::from(part) + 0.5) / f64::from(PARTS));
    let middles: Vec<f64> = (0..PARTS).map(middle).collect();
    let mean = middles.iter().sum::<f64>() / f64::from(PARTS);
    middles.into_iter().map(|time| TimeSpan::new(time / mean * MEAN * 60.0)).collect()
}

/// One size of job, exponential times, five clusters busy on average.
fn one_size(arrivals: Arrivals) -> Vec<Suite> {
    let per_day = 5.0 * 24.0 * 60.0 / MEAN;
    let job = Job { durations: exponential(), ..job("one", 4, 1.0, per_day, arrivals) };
    vec![suite("one", vec![job])]
}

/// What the formula is for, it answers: the simulated mean wait lies within four standard errors of Erlang's at each of several sizes, with an error
/// below a tenth of the value, so that a formula that is off by half would be noticed. What it is not for, it does not answer.
#[test]
fn erlang_and_the_simulation() {
    let question = Question { jobs: 200_000, ..question(&[]) };
    let study = look(&one_size(Arrivals::AnyTime), &Question { sizes: vec![24, 28, 32], ..question.clone() });
    assert!((study.offered.busy_clusters - 5.0).abs() < 1e-6 && (study.offered.variation - 1.0).abs() < 0.01);
    for size in &study.sizes {
        let erlang = size.erlang.expect("it settles").seconds();
        let by_hand = Line::new(5.0, size.slots).and_then(Line::settled).expect("settled").mean_wait();
        assert!((erlang / (by_hand * MEAN * 60.0) - 1.0).abs() < 1e-4);
        let waits = &fare(size).waits;
        let (mean, error) = (waits.mean.seconds(), waits.error.expect("many weeks").seconds());
        assert!((mean - erlang).abs() < 4.0 * error, "{} instances: {mean} ± {error}, {erlang}", size.instances);
        assert!(error < 0.1 * erlang, "{} instances: an error of {error} says nothing of {erlang}", size.instances);
        let settled = Line::new(5.0, size.slots).and_then(Line::settled).expect("settled");
        let p99 = settled.wait_within(0.99).expect("a part") * MEAN * 60.0;
        assert!((waits.p99.seconds() / p99 - 1.0).abs() < 0.1, "{} instances: {:?}, {p99}", size.instances, waits.p99);
        let on_average = size.run.as_ref().expect("it runs").utilisation * f64::from(size.slots);
        assert!((on_average - 5.0).abs() < 0.05, "{on_average}");
    }
    let simulated = study.simulated.expect("not too many");
    let check = simulated.check.expect("few slots");
    // The table of the research file: eight slots for a tenth.
    assert_eq!(check.instances, 32);
    assert!(check.agrees() && check.holds, "{check:?}");
    let least = simulated.least.expect("some farm").instances;
    assert!(
        (29..=32).contains(&least),
        "{least}: eight slots, but for chance, and rows that make no slot serve nobody"
    );

    for arrivals in [Arrivals::Nightly, Arrivals::WorkingHours] {
        let study = look(&one_size(arrivals), &question);
        let simulated = study.simulated.expect("not too many");
        let check = simulated.check.expect("few slots");
        assert!(!check.agrees() && !check.holds, "{arrivals:?}: {check:?}");
        assert!(simulated.least.expect("some farm").instances > 32, "{arrivals:?}");
    }
}

/// 30 jobs a day that take six of ten instances for an hour: 7.5 instances' worth of work, but only one fits at a time: 24 a day are done, six instances are
/// busy, 1.5 for a day are missing: 36 hours. With 12, two fit.
#[test]
fn enough_instances_that_make_no_cluster() {
    let suites = [suite("six", vec![job("six", 6, 1.0, 30.0, Arrivals::AnyTime)])];
    let study = look(&suites, &question(&[5, 6, 7, 8, 10, 12]));
    let [five, six, seven, eight, ten, twelve] = &study.sizes[..] else { panic!("six sizes") };
    assert_eq!(five.jobs[0].reasons, [Reason::TooFewInstances { needs: 6 }]);
    assert_eq!((five.slots, five.busy_instances, five.erlang, five.capacity), (0, 0.0, None, Capacity::Enough));
    let over = |capacity| match capacity {
        Capacity::Short { over } => ("short", over.hours()),
        Capacity::Blocked { over } => ("blocked", over.hours()),
        Capacity::Enough => ("enough", 0.0),
    };
    // 7.5 - 6 and 7.5 - 7 instances, for 24 hours.
    assert_eq!((over(six.capacity), over(seven.capacity)), (("short", 36.0), ("short", 12.0)));
    for size in [eight, ten] {
        let (how, hours) = over(size.capacity);
        assert!(how == "blocked" && is_about(hours, 36.0), "{size:?}");
        assert_eq!(size.jobs[0].reasons, [Reason::CannotKeepUp(size.capacity)]);
        assert_eq!((&size.run, &size.more), (&None, &None));
        assert_eq!(size.suites[0].alone, [Reason::CannotKeepUp(size.capacity)]);
    }
    assert_eq!(twelve.capacity, Capacity::Enough);
    let curve = study.simulated.expect("few jobs").curve;
    assert_eq!((curve.step, curve.points[0].instances), (6, 12));
    assert_eq!(schedule(&suites, &question(&[]), 10), Err(NotDrawn::CannotKeepUp(ten.capacity)));
}

/// What a team would have: functional and failover tests by day, CI at any time, a scale test every second night, a long one.
fn team() -> Vec<Suite> {
    let deadline = |job: Job, time: f64| Job { deadline: Some(hours(time)), ..job };
    let spot = |job: Job| Job { spot: true, ..job };
    let elsewhere = |job: Job| Job { machines: vec!["smaller".to_owned()], ..job };
    let smoke = Job {
        durations: [0.2, 0.25, 0.3, 0.6].map(hours).to_vec(),
        ..deadline(job("smoke", 4, 1.0, 10.0, Arrivals::AnyTime), 2.0)
    };
    vec![
        suite("ci", vec![elsewhere(spot(smoke))]),
        suite("functional", vec![job("functional", 6, 1.0, 6.0, Arrivals::WorkingHours)]),
        suite("failover", vec![deadline(job("failover", 10, 2.0, 2.0, Arrivals::WorkingHours), 12.0)]),
        suite(
            "scale",
            vec![spot(job("scale", 30, 4.0, 0.5, Arrivals::Nightly)), job("soak", 8, 40.0, 0.1, Arrivals::AnyTime)],
        ),
    ]
}

#[test]
fn what_a_team_can_run() {
    let suites = team();
    let study = look(&suites, &Question { preemptions: Some(0.01), ..question(&[10, 20, 30, 60]) });
    let [ten, twenty, thirty, sixty] = &study.sizes[..] else { panic!("four sizes") };
    for small in [ten, twenty] {
        assert_eq!(small.jobs[3].reasons, [Reason::TooFewInstances { needs: 30 }]);
        assert!(small.suites[3].alone.contains(&Reason::TooFewInstances { needs: 30 }));
    }
    // What fits waits less on 24 instances than on 20: the large job is in neither.
    let more = twenty.more.as_ref().expect("it runs");
    let four_more = look(&suites, &question(&[24]));
    let saved = fare(twenty).waits.mean.seconds() - fare(&four_more.sizes[0]).waits.mean.seconds();
    assert!((more.saved_a_job.seconds() - saved).abs() < 1e-6, "{more:?}");
    // It runs everything, though not quickly: the large one waits until all else is done.
    assert_eq!(thirty.capacity, Capacity::Enough);
    assert!(thirty.jobs.iter().all(|job| job.fare.is_some()));
    assert!(matches!(thirty.jobs[3].reasons[..], [Reason::Waits { .. }]), "{:?}", thirty.jobs[3]);
    assert!(sixty.jobs.iter().all(|job| job.reasons.is_empty()), "{sixty:?}");
    // What arrives is finished, and keeps busy what it should; but for chance.
    for size in [thirty, sixty] {
        assert!((fare(size).finished_a_day / study.offered.per_day - 1.0).abs() < 0.05);
        let busy = size.run.as_ref().expect("it runs").utilisation * f64::from(size.instances);
        assert!((busy / study.offered.busy_instances - 1.0).abs() < 0.1, "{busy}");
    }

    let simulated = study.simulated.as_ref().expect("few jobs");
    let least = simulated.least.as_ref().expect("some farm").instances;
    let around = look(&suites, &question(&[least - 1, least]));
    let is_good = |size: &SizeLook| fare(size).waits.mean <= study.bound && !size.jobs.iter().any(is_late);
    assert!(is_good(&around.sizes[1]) && !is_good(&around.sizes[0]), "{least}");
    assert!((31..=60).contains(&least), "{least}");
    let of_each: Vec<u32> = simulated.least_of_each.iter().copied().flatten().collect();
    assert_eq!(of_each.len(), 4);
    // Less in one and more in another: the whole is between.
    assert!(of_each.iter().any(|&one| one <= least) && of_each.iter().any(|&one| one >= least), "{of_each:?} {least}");
    let points = &simulated.curve.points;
    assert!(points.windows(2).all(|pair| pair[0].waiting_a_day >= pair[1].waiting_a_day));
    let saved: TimeSpan = points.windows(2).map(|pair| pair[0].saved_a_day).sum();
    let ends = points[0].waiting_a_day.seconds() - points[points.len() - 1].waiting_a_day.seconds();
    assert!((saved.seconds() - ends).abs() < 1e-6 * ends, "what each step saves adds up");

    let reliefs: Vec<(Elsewhere, &[usize])> =
        study.reliefs.iter().map(|relief| (relief.to, &relief.jobs[..])).collect();
    assert_eq!(reliefs, [(Elsewhere::Spot, &[0, 3][..]), (Elsewhere::OtherShapes, &[0]), (Elsewhere::Either, &[0, 3])]);
    for relief in &study.reliefs {
        assert!(relief.least.expect("it was simulated") <= least);
    }
    assert!(study.reliefs[0].least < Some(least) && study.reliefs[0].least == study.reliefs[2].least);
    // Without the large job, the farm is that for the rest.
    let mut rest = suites.clone();
    rest[0].jobs[0].per_day = 0.0;
    rest[3].jobs[0].per_day = 0.0;
    assert!(is_about(
        study.reliefs[0].busy_instances,
        study.offered.busy_instances - look(&rest, &question(&[])).offered.busy_instances
    ));
    // 30 instances, 0.01 an hour each: 0.3 an hour; (exp(1.2) - 1) / 0.3 = 7.734 hours instead of 4.
    let scale = study.spot.iter().find(|spot| spot.job == 3).expect("it may run on spot");
    let expected = scale.restarted.as_ref().and_then(|restarted| restarted.expected).expect("soon");
    assert!((expected.hours() - 7.733_723_1).abs() < 1e-6, "{expected:?}");
}

fn is_late(job: &twinrail_sizing::farm::JobLook) -> bool {
    job.reasons.iter().any(|reason| matches!(reason, Reason::Late { .. }))
}

/// Small jobs pass a large one that waits, so that they wait less; the large one does not starve.
#[test]
fn backfilling_helps_the_small() {
    let suites = team();
    let plain = look(&suites, &question(&[34]));
    let passing = look(&suites, &Question { discipline: Discipline::Backfilling, ..question(&[34]) });
    let mean =
        |study: &FarmStudy, job: usize| study.sizes[0].jobs[job].fare.as_ref().expect("it runs").waits.mean.seconds();
    assert!(mean(&passing, 0) < 0.8 * mean(&plain, 0), "{} {}", mean(&passing, 0), mean(&plain, 0));
    assert!(mean(&passing, 3) < 2.0 * mean(&plain, 3), "{} {}", mean(&passing, 3), mean(&plain, 3));
    // Each gives the other's figures beside its own.
    let run = |study: &FarmStudy| study.sizes[0].run.clone().expect("it runs");
    assert_eq!(run(&plain).otherwise, Some(run(&passing).all.waits));
    assert_eq!(run(&passing).otherwise, Some(run(&plain).all.waits));
}

/// One that takes two hours and is to be finished within one: no farm helps it, and the least farm is that for the others.
#[test]
fn deadlines_that_nothing_helps() {
    let mut late = job("late", 1, 2.0, 1.0, Arrivals::AnyTime);
    late.deadline = Some(hours(1.0));
    let study = look(&[suite("ci", vec![late, job("other", 1, 1.0, 1.0, Arrivals::AnyTime)])], &question(&[9]));
    assert_eq!(study.simulated.expect("few").least.expect("for the other").hopeless, [0]);
    assert_eq!(study.sizes[0].jobs[0].reasons, [Reason::Late { missed: 1.0 }]);
}

#[test]
fn too_many_to_simulate() {
    let suites =
        [suite("ci", vec![job("ci", 2, 0.001, 1e6, Arrivals::AnyTime), job("large", 50, 1.0, 1.0, Arrivals::Nightly)])];
    let study = look(&suites, &question(&[40, 84, 5_000]));
    let Err(NotSimulated::TooMany { jobs }) = study.simulated else { panic!("{:?}", study.simulated) };
    assert!(is_about(jobs, 1_000_001.0 * 7.0 * 2.0 * 4.0));
    // 41.67 clusters are busy: Erlang's formula still answers, in slots of 50.
    let slots = study.slots.expect("it has an answer").slots;
    assert!((42..60).contains(&slots), "{slots}");
    let [forty, middle, large] = &study.sizes[..] else { panic!("three sizes") };
    assert_eq!(forty.jobs[1].reasons, [Reason::TooFewInstances { needs: 50 }]);
    // 83.3 instances are busy with the small ones alone.
    assert!(matches!(forty.jobs[0].reasons[..], [Reason::CannotKeepUp(Capacity::Short { .. })]));
    assert!(matches!(middle.capacity, Capacity::Short { .. }));
    assert!(large.jobs.iter().all(|job| job.reasons.is_empty() && job.fare.is_none()));
    assert!(large.erlang.is_some() && middle.erlang.is_none());
    let not = NotDrawn::NotSimulated(NotSimulated::TooMany { jobs });
    assert_eq!(schedule(&suites, &question(&[]), 5_000), Err(NotDrawn::TooManyRows));
    assert_eq!(schedule(&suites, &question(&[]), 500), Err(not));
}

/// 1,750 clusters are busy: first come, first served is simulated, backfilling is not.
#[test]
fn too_many_at_once() {
    let suites = [suite("soak", vec![job("soak", 1, 168.0, 250.0, Arrivals::AnyTime)])];
    let plain = look(&suites, &question(&[2_000]));
    assert_eq!(plain.sizes[0].run.as_ref().expect("it runs").otherwise, None);
    let passing = look(&suites, &Question { discipline: Discipline::Backfilling, ..question(&[2_000]) });
    assert_eq!(passing.simulated, Err(NotSimulated::TooManyAtOnce { clusters: 1_750.0 }));
}

#[test]
fn nothing_to_do() {
    for suites in
        [vec![], vec![suite("none", vec![])], vec![suite("never", vec![job("never", 3, 1.0, 0.0, Arrivals::Nightly)])]]
    {
        let study = look(&suites, &question(&[0, 10]));
        assert_eq!((study.simulated, study.slots), (Err(NotSimulated::NothingArrives), None));
        assert!(study.sizes.iter().all(|size| size.capacity == Capacity::Enough && size.run.is_none()));
    }
}

/// The week as it is drawn: what was worked out by hand for three jobs a night, on two instances.
#[test]
fn a_week_by_hand() {
    let suites = [suite("ci", vec![job("nightly", 1, 1.0, 3.0, Arrivals::Nightly)])];
    let week = schedule(&suites, &question(&[]), 2).expect("it runs");
    assert_eq!((week.bars.len(), week.left_out, week.too_large.len()), (21, 0, 0));
    let bars: Vec<(f64, f64, f64, u32)> = week.bars[3..6]
        .iter()
        .map(|bar| (bar.arrived.hours(), bar.start.hours(), bar.end.hours(), bar.rows[0].first))
        .collect();
    assert_eq!(bars, [(25.0, 25.0, 26.0, 0), (25.0, 25.0, 26.0, 1), (25.0, 26.0, 27.0, 0)]);
}

#[test]
fn no_instance_is_drawn_twice() {
    for (instances, discipline) in
        [(30, Discipline::FirstCome), (34, Discipline::Backfilling), (20, Discipline::FirstCome)]
    {
        let suites = team();
        let week = schedule(&suites, &Question { discipline, ..question(&[]) }, instances).expect("it runs");
        assert_eq!(week.too_large, if instances < 30 { vec![3] } else { vec![] });
        let offered = look(&suites, &question(&[])).offered;
        assert!(week.bars.len() > 50, "a week of a team has more than {}", week.bars.len());
        let mut rows: Vec<Vec<(TimeSpan, TimeSpan)>> = vec![Vec::new(); instances as usize];
        for bar in &week.bars {
            let count: u32 = bar.rows.iter().map(|rows| rows.count).sum();
            assert_eq!(count, offered.jobs[bar.job].instances);
            assert!(bar.arrived <= bar.start && bar.start < bar.end && bar.end <= hours(168.0));
            for row in bar.rows.iter().flat_map(|rows| rows.first..rows.first + rows.count) {
                rows[row as usize].push((bar.start, bar.end));
            }
        }
        for row in rows {
            assert!(row.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{row:?}");
        }
    }
}

#[test]
fn the_same_again_and_other_seeds() {
    let suites = team();
    let study = look(&suites, &question(&[30]));
    assert_eq!(study, look(&suites, &question(&[30])));
    // Other sizes beside change nothing of one.
    assert_eq!(study.sizes[0], look(&suites, &question(&[10, 30, 31])).sizes[1]);
    let other = look(&suites, &Question { seed: 2, ..question(&[30]) });
    assert_ne!(fare(&study.sizes[0]).waits.mean, fare(&other.sizes[0]).waits.mean);
}

/// The same suites and jobs in another order are the same farm: nothing is drawn by a place in the file, nor does one decide who is first in the line.
#[test]
fn the_order_in_the_file_changes_nothing() {
    let mut suites = team();
    // Four that arrive at once with the large one.
    suites[1].jobs.push(job("nightly", 9, 1.5, 2.0, Arrivals::Nightly));
    suites[1].jobs.push(job("deep", 5, 2.5, 2.0, Arrivals::Nightly));
    let mut turned = suites.clone();
    turned.reverse();
    for suite in &mut turned {
        suite.jobs.reverse();
    }
    let ask = Question { preemptions: Some(0.01), ..question(&[10, 30, 40, 60]) };
    let (study, other) = (look(&suites, &ask), look(&turned, &ask));
    // Where each job and suite of the one is in the other.
    let name = |suites: &[Suite], study: &FarmStudy, place: usize| {
        let of = &study.offered.jobs[place];
        (suites[of.suite].name.clone(), suites[of.suite].jobs[of.job].name.clone())
    };
    let count = study.offered.jobs.len();
    let place = |at: usize| {
        (0..count).find(|there| name(&turned, &other, *there) == name(&suites, &study, at)).expect("it is there")
    };
    assert!((0..count).any(|at| place(at) != at));
    assert_eq!(study.simulated, other.simulated);
    assert_eq!(
        (&study.slots, study.offered.busy_instances.to_bits(), study.offered.per_day.to_bits()),
        (&other.slots, other.offered.busy_instances.to_bits(), other.offered.per_day.to_bits())
    );
    for (one, two) in study.sizes.iter().zip(&other.sizes) {
        assert_eq!((&one.run, &one.more, one.capacity), (&two.run, &two.more, two.capacity));
        for at in 0..count {
            assert_eq!(one.jobs[at], two.jobs[place(at)]);
        }
        for (at, suite) in one.suites.iter().enumerate() {
            assert_eq!(suite, &two.suites[suites.len() - 1 - at]);
        }
    }
    for (one, two) in study.reliefs.iter().zip(&other.reliefs) {
        let mut jobs: Vec<usize> = one.jobs.iter().map(|at| place(*at)).collect();
        jobs.sort_unstable();
        assert_eq!(
            (one.to, one.least, one.busy_instances.to_bits(), &jobs),
            (two.to, two.least, two.busy_instances.to_bits(), &two.jobs)
        );
    }
    let bars = |suites: &[Suite]| schedule(suites, &ask, 40).expect("it runs").bars;
    let (here, there) = (bars(&suites), bars(&turned));
    assert_eq!(here.len(), there.len());
    for (one, two) in here.into_iter().zip(there) {
        assert_eq!(Bar { job: place(one.job), ..one }, two);
    }
}

/// Two suites or jobs of one name are two: the second has luck of its own.
#[test]
fn equal_names_are_not_equal_jobs() {
    let twice = |name: &str| {
        let jobs = vec![job("a", 1, 1.0, 20.0, Arrivals::AnyTime), job(name, 1, 1.0, 20.0, Arrivals::AnyTime)];
        look(&[suite("ci", jobs)], &question(&[3]))
    };
    let same = twice("a");
    let fares: Vec<_> = same.sizes[0].jobs.iter().map(|job| job.fare.clone().expect("it runs").waits.jobs).collect();
    assert_ne!(fares[0], fares[1]);
    assert_ne!(same.simulated, twice("b").simulated);
}

/// What would not get through on spot stays on the farm: three hours of 30 instances, each preempted once in ten hours.
#[test]
fn what_spot_is_no_relief_for() {
    let hopeless = Job { spot: true, ..job("large", 30, 3.0, 0.5, Arrivals::Nightly) };
    let fine = Job { spot: true, ..job("small", 1, 0.5, 4.0, Arrivals::AnyTime) };
    let suites = [suite("ci", vec![hopeless, fine])];
    let study = look(&suites, &Question { preemptions: Some(0.1), ..question(&[]) });
    assert_eq!(study.spot.iter().map(|job| job.fits).collect::<Vec<_>>(), [false, true]);
    assert_eq!(study.reliefs.iter().map(|relief| relief.jobs.clone()).collect::<Vec<_>>(), [[1], [1]]);
    // Nobody knows how often: nothing is offered.
    assert!(look(&suites, &question(&[])).reliefs.is_empty());
}

/// Numbers that make no sense, and all of them at once.
fn odd() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        Just(1e-9),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(-3.0),
        Just(1e300),
        0.0_f64..40.0,
        0.0_f64..3.0
    ]
}

fn odd_job() -> impl Strategy<Value = Job> {
    let time = prop_oneof![Just(0.0), Just(1e-9), Just(1e300), 0.0_f64..200.0, 0.0_f64..5.0].prop_map(TimeSpan::new);
    let hours = prop_oneof![4 => (0.0_f64..30.0).prop_map(TimeSpan::from_hours), 1 => time];
    let instances = prop_oneof![4 => 0_u32..40, 1 => Just(u32::MAX), 1 => Just(100_000)];
    let arrivals = prop::sample::select(Arrivals::ALL.to_vec());
    let durations = prop::collection::vec(hours.clone(), 0..4);
    (instances, durations, odd(), arrivals, prop::option::of(hours), any::<bool>(), any::<bool>()).prop_map(
        |(instances, durations, per_day, arrivals, deadline, spot, elsewhere)| Job {
            name: String::new(),
            instances,
            durations,
            per_day,
            arrivals,
            deadline,
            spot,
            machines: if elsewhere { vec![String::new()] } else { vec![] },
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Nothing panics and nothing hangs; every answer is one.
    #[test]
    fn whatever_is_asked(
        jobs in prop::collection::vec(odd_job(), 0..5),
        sizes in prop::collection::vec(prop_oneof![0_u32..80, Just(u32::MAX)], 0..4),
        (wait, on_time, preemptions) in (odd(), odd(), prop::option::of(odd())),
        step in prop::option::of(prop_oneof![0_u32..9, Just(u32::MAX)]),
        backfilling: bool,
    ) {
        let discipline = if backfilling { Discipline::Backfilling } else { Discipline::FirstCome };
        let question = Question { wait, on_time, preemptions, step, discipline, jobs: 1_000, ..question(&sizes) };
        let suites = [suite("odd", jobs)];
        let study = look(&suites, &question);
        for size in &study.sizes {
            for (job, offered) in size.jobs.iter().zip(&study.offered.jobs) {
                prop_assert_eq!(job.reasons.contains(&Reason::TooFewInstances { needs: offered.instances }), offered.instances > size.instances);
            }
            if let Some(run) = &size.run {
                prop_assert!(run.utilisation >= 0.0 && run.utilisation <= 1.0 + 1e-9);
                prop_assert!(run.busy.iter().all(|busy| *busy <= f64::from(size.instances) + 1e-9));
            }
            let _drawn = schedule(&suites, &question, size.instances);
        }
    }
}
