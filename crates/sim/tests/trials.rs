//! Trials are ways through the machine that is proved, the same on any number of threads, and what they measure is what formulas say by hand.

use twinrail_facts::{Catalog, Ended, Facts, Microseconds};
use twinrail_model::{Mover, MoverKind, Service, VipHolder};
use twinrail_sim::client::Client;
use twinrail_sim::trial::{Deployment, Incident, Mount, Scale, Scenario, Timing, run};
use twinrail_sim::{Scope, Setting};

/// Faults enough for a script and for an API that refuses for hours.
const SCOPE: Scope = Scope { nodes: 5, vips: 4, controllers: 1, faults: 250 };

fn timing(mover: &Mover) -> Timing {
    let facts = Facts::new(Catalog::embedded());
    let service = Service { takeover_milliseconds: Some(3_000), grace: Some(twinrail_model::Grace::Shared), fence: None, tolerates: None };
    let deployment =
        Deployment { mover, service, holds_vip: VipHolder::Agent, instances: 12, persistence: None };
    Timing::of(&facts, &deployment, mover.kind, &Scale::default())
}

#[test]
fn demo() {
    let facts = Facts::new(Catalog::embedded());
    let client = Client::nfs4_tcp(&facts, Microseconds(10_000), Microseconds(300));
    for mover in MoverKind::ALL {
        let setting = Setting::new(mover, SCOPE);
        let timing = timing(&Mover::plain(mover));
        println!("{mover}: {}", timing.detector.words());
        for scenario in Scenario::ALL {
            let incident = Incident { setting: &setting, timing: &timing, scenario, vips: 4, zones: 1 };
            let start = std::time::Instant::now();
            let trials = run(incident, &[Mount { client, connections: 1 }], 1, 0..2_000, 2);
            let took = start.elapsed();
            let p = |mut v: Vec<Ended>, q: f64| { v.sort(); v[((v.len() - 1) as f64 * q) as usize].to_string() };
            let d: Vec<Ended> = trials.samples.iter().map(|s| s.downtime).collect();
            let a: Vec<Ended> = trials.samples.iter().map(|s| s.all_back).collect();
            let c = trials.outages[0].clone();
            let calls: u32 = trials.samples.iter().map(|s| s.calls).sum();
            let moved = trials.samples.iter().filter(|s| s.moved).count();
            println!("   {:16} vip {:>12} {:>12}  all {:>12} client {:>12} {:>12} calls {:.1} moved {} {:?}", scenario.word(), p(d.clone(), 0.5), p(d, 0.99), p(a, 0.5), p(c.clone(), 0.5), p(c, 0.99), f64::from(calls) / 2000.0, moved, took);
        }
    }
}
