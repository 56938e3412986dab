//! Trials are ways through the machine that is proved, the same on any number of threads, and what they measure is what formulas say by hand.

use proptest::prelude::*;
use twinrail_facts::{Catalog, Ended, Facts, Luck, Microseconds};
use twinrail_model::{Fence, Grace, Mover, MoverKind, Protocol, Service, VipHolder};
use twinrail_sim::client::Client;
use twinrail_sim::trial::{Deployment, Incident, Moment, Mount, Player, Scale, Scenario, Timing, What, run};
use twinrail_sim::{Event, Fencing, Scope, Setting, pending, step};

/// Faults enough for a script and for an API that refuses for hours.
const SCOPE: Scope = Scope { nodes: 5, vips: 4, controllers: 1, faults: 250 };

fn seconds(seconds: f64) -> Microseconds {
    Microseconds::from_seconds(seconds)
}

fn timing(mover: &Mover, scale: &Scale) -> Timing {
    let facts = Facts::new(Catalog::embedded());
    let service = Service {
        takeover_milliseconds: Some(3_000),
        grace: Some(Grace::Shared),
        fence: Some(Fence::Epoch),
        tolerates: None,
    };
    let deployment = Deployment {
        mover,
        service,
        holds_vip: VipHolder::Agent,
        instances: 12,
        persistence: None,
        checks: [None, None],
    };
    Timing::of(&facts, &deployment, mover.kind, scale)
}

fn nfs() -> Mount {
    let facts = Facts::new(Catalog::embedded());
    let client = Client::speaking(Protocol::Nfs4Tcp, &facts, Microseconds(10_000), Microseconds(300));
    Mount { client, connections: 1 }
}

/// Every event of some moments was pending when it came, and did there what it does in the machine; returns how many there were.
fn assert_is_a_way(setting: &Setting, moments: &[Moment], what: &str) -> usize {
    let mut events = Vec::new();
    let mut system = moments[0].after.clone();
    let mut count = 0;
    for moment in moments {
        match moment.what {
            What::Turn => system = moment.after.clone(),
            What::Event(event) => {
                events.clear();
                pending(&system, setting, &mut events);
                assert!(events.contains(&event), "{what}: {event:?} is not pending in {system:?}");
                step(&mut system, setting, event);
                count += 1;
            }
            // What hosts hear is an event where somebody lagged behind.
            What::Heard(vip) if moment.after != system => {
                step(&mut system, setting, Event::Program { vip });
                count += 1;
            }
            What::Heard(_) | What::Ready { .. } => {}
        }
        assert_eq!(system, moment.after, "{what}: after {:?}", moment.what);
    }
    count
}

/// At the explorer's own scope, every mover in every scenario; `TWINRAIL_SLOW=1` plays 100,000 trials.
#[test]
fn a_trial_is_a_way_through_the_machine_that_is_proved() {
    let slow = std::env::var_os("TWINRAIL_SLOW").is_some_and(|value| value == "1");
    let each = if slow { 720 } else { 20 };
    let scope = Scope { faults: 250, ..Scope::default() };
    let mut trials = 0;
    let mut events = 0;
    for mover in MoverKind::ALL {
        for fencing in [Fencing::Epoch, Fencing::Stop] {
            let setting = Setting { fencing, ..Setting::new(mover, scope) };
            let timing = timing(&Mover::plain(mover), &Scale::default());
            for scenario in Scenario::ALL {
                let incident = Incident { setting: &setting, timing: &timing, scenario, vips: 2, zones: 1 };
                let mut player = Player::new(incident);
                for trial in 0..each / 2 {
                    let (_, timeline) = player.replay(Luck { seed: 7, trial });
                    let what = format!("{mover}, {}, trial {trial}", scenario.word());
                    events += assert_is_a_way(&setting, timeline.moments(), &what);
                    trials += 1;
                }
            }
        }
    }
    assert!(!slow || trials >= 100_000, "{trials} trials");
    assert!(events > 4 * trials, "{events} events in {trials} trials: where nothing happens, nothing is shown");
}

#[test]
fn threads_change_nothing() {
    let mover = Mover::plain(MoverKind::AliasIpFenced);
    let (setting, timing) = (Setting::new(mover.kind, SCOPE), timing(&mover, &Scale::default()));
    let incident = Incident { setting: &setting, timing: &timing, scenario: Scenario::Killed, vips: 4, zones: 1 };
    let alone = run(incident, &[nfs()], 3, 0..301, 1);
    for threads in [2, 3, 7, 400] {
        assert_eq!(run(incident, &[nfs()], 3, 0..301, threads), alone, "{threads} threads");
    }
    let later = run(incident, &[nfs()], 3, 200..301, 2);
    assert_eq!(later.samples, alone.samples[200..], "a trial hangs on its number alone");
    assert_ne!(run(incident, &[nfs()], 4, 0..301, 1).samples, alone.samples, "another seed is other luck");
}

/// The figures of a few trials, to be noticed whenever they change: they are the same on every machine.
#[test]
fn pinned_trials() {
    let mover = Mover::plain(MoverKind::LbLeader);
    let (setting, timing) = (Setting::new(mover.kind, SCOPE), timing(&mover, &Scale::default()));
    let incident = Incident { setting: &setting, timing: &timing, scenario: Scenario::Killed, vips: 4, zones: 1 };
    let trials = run(incident, &[nfs()], 1, 0..3, 1);
    let times: Vec<(String, String)> = trials
        .samples
        .iter()
        .zip(&trials.outages[0])
        .map(|(sample, outage)| (sample.downtime.to_string(), outage.to_string()))
        .collect();
    let told: Vec<String> = times.iter().map(|(down, outage)| format!("{down} / {outage}")).collect();
    assert_eq!(told, PINNED);
}

const PINNED: [&str; 3] = ["13.99689 s / 14.005446 s", "22.171967 s / 26.597875 s", "21.579032 s / 26.464152 s"];

/// Where an outage has no end: movers that cannot see the incident, and nobody else. Whoever is not listed always comes back.
#[test]
fn who_never_comes_back() {
    let mut never = Vec::new();
    for mover in MoverKind::ALL {
        for fencing in [Fencing::Epoch, Fencing::Stop] {
            for vips in [4, 12] {
                let setting = Setting { fencing, ..Setting::new(mover, SCOPE) };
                let timing = timing(&Mover::plain(mover), &Scale::default());
                for scenario in Scenario::ALL {
                    let incident = Incident { setting: &setting, timing: &timing, scenario, vips, zones: 2 };
                    let trials = run(incident, &[nfs()], 11, 0..100, 2);
                    let ends = trials.samples.iter().filter(|sample| sample.all_back == Ended::Never).count();
                    let clients = trials.outages[0].iter().filter(|outage| **outage == Ended::Never).count();
                    if ends + clients > 0 {
                        never.push(format!("{mover} {fencing:?} {vips} {}: {ends}, {clients}", scenario.word()));
                    }
                }
            }
        }
    }
    // A static route is passed over when its instance is off, and not when it hangs.
    let sees_no_hang =
        |told: &String| told.starts_with("route-priority") && (told.contains("hung") || told.contains("nic-lost"));
    let (expected, others): (Vec<String>, Vec<String>) = never.into_iter().partition(sees_no_hang);
    assert_eq!(others, Vec::<String>::new());
    assert!(expected.len() == 8 && expected.iter().all(|told| told.ends_with(": 100, 100")), "{expected:?}");
}

/// Every delay at nought but one: what is left is that one, by hand.
#[test]
fn delays_add_up() {
    // A single VIP that a leader is named for: probes of 1 s, two in a row, each waited for 1 s; then one read, one call, one operation.
    let mover = Mover::plain(MoverKind::LbLeader);
    let scope = Scope { vips: 1, ..SCOPE };
    let (setting, timing) = (Setting::new(mover.kind, scope), timing(&mover, &Scale::default()));
    let incident = Incident { setting: &setting, timing: &timing, scenario: Scenario::Killed, vips: 1, zones: 1 };
    let trials = run(incident, &[], 5, 0..2_000, 2);
    // Detection 2 to 3 s, a read and a call of 0.1 to 0.5 s, an operation of 1 to 5 s; packets up to 2 s later, beside the service's 3 s.
    let (least, most) = (seconds(2.0 + 0.1 + 0.1 + 1.0 + 3.0), seconds(3.0 + 0.5 + 0.5 + 5.0 + 3.0));
    let times: Vec<Ended> = trials.samples.iter().map(|sample| sample.downtime).collect();
    let (low, high) = (times.iter().min().expect("trials"), times.iter().max().expect("trials"));
    assert!(Ended::After(least) <= *low && *high <= Ended::After(most), "{low} to {high}, not {least} to {most}");
    assert!(*low < Ended::After(seconds(7.0)) && *high > Ended::After(seconds(10.5)), "{low} to {high} are the ends");
    let calls: Vec<u32> = trials.samples.iter().map(|sample| sample.calls).collect();
    assert!(calls.iter().all(|calls| *calls == 1), "one change of the API names the leader");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Slower operations never make an outage of a killed instance shorter, under the same luck: what is compared is comparable.
    #[test]
    fn slower_operations_are_no_quicker(seed: u64, factor in 1.0..4.0_f64, mover in 0..10_usize) {
        let mover = Mover::plain(MoverKind::ALL[mover]);
        let setting = Setting::new(mover.kind, SCOPE);
        let fact = twinrail_sim::trial::Wait::NicUpdate.fact();
        let slow = Scale { factors: vec![(fact, factor)], ..Scale::default() };
        let downtime = |scale: &Scale| {
            let timing = timing(&mover, scale);
            let incident = Incident { setting: &setting, timing: &timing, scenario: Scenario::Killed, vips: 4, zones: 1 };
            run(incident, &[], seed, 0..20, 1).samples.iter().map(|sample| sample.all_back).collect::<Vec<_>>()
        };
        let (plain, slow) = (downtime(&Scale::default()), downtime(&slow));
        for (plain, slow) in plain.iter().zip(&slow) {
            prop_assert!(plain <= slow, "{} became {}", plain, slow);
        }
    }
}
