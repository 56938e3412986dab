//! How many failovers are played a second, on one core: of the shipped 12-node example, and of one VIP alone; beside a bare event loop that draws and
//! orders as much and knows nothing of networks, and beside SimPy. Not here: what is fast enough.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use twinrail_facts::{Catalog, Facts, Luck, Microseconds, Purpose, keys};
use twinrail_intake::Input as Text;
use twinrail_model::{MoverKind, Platform, Protocol};
use twinrail_sim::failover::{Cast, Input};
use twinrail_sim::trial::{Player, Scale, Scenario, outage};

use super::{run, target};

/// The shipped example with twelve nodes.
const MODEL: &str = "examples/z4m.yaml";
const TRIALS: u32 = 100_000;
/// Of SimPy, which takes longer.
const FEWER: u32 = 20_000;
/// Of the bare loop.
const EVENTS: u32 = 20_000_000;
/// Timers of the bare loop: as many as a trial has at once.
const TIMERS: u32 = 8;

pub fn bench(root: &Path) -> Result<(), String> {
    println!("one core; {TRIALS} trials of a killed instance each\n");
    println!("{:52} {:>12} {:>12} {:>10}", "what", "trials/s", "events/s", "ns/event");
    let bare = bare();
    line("bare loop: a heap and the same draws", None, bare);
    let text = std::fs::read_to_string(root.join(MODEL)).map_err(|error| format!("{MODEL}: {error}"))?;
    let today = twinrail_facts::Date { year: 2026, month: 11, day: 30 };
    let loaded = twinrail_intake::read(vec![Text { path: MODEL.to_owned(), text }], today)
        .map_err(|errors| format!("{MODEL}: {errors:?}"))?;
    let catalog = Catalog::embedded();
    let platform = Platform::new(catalog);
    let input = Input { network: &loaded.network, platform: &platform, catalog };
    let pool = loaded.network.vips.ids().next().ok_or("the example has VIPs")?;
    let mut slowest = f64::INFINITY;
    for mover in MoverKind::ALL {
        let facts = Facts::new(catalog);
        let clients = [(Protocol::Nfs4Tcp, 1)];
        let cast = Cast::of(input, &facts, (pool, mover), &clients, &Scale::default());
        let Some(cast) = cast.ok().filter(|cast| cast.setting.refusal.is_none()) else { continue };
        let (took, events) = played(&cast, input, pool);
        let rate = f64::from(TRIALS) / took.as_secs_f64();
        slowest = slowest.min(rate);
        line(&format!("{mover}: 12 nodes, 4 VIPs, an NFS client"), Some(rate), events as f64 / took.as_secs_f64());
    }
    let simpy = simpy(root)?;
    line("SimPy: one VIP, no machine, no client", None, simpy);
    println!("\nslowest mover: {slowest:.0} trials/s on one core, {:.1} of the aim of 83,000", slowest / 83_000.0);
    Ok(())
}

fn line(what: &str, trials: Option<f64>, events: f64) {
    let trials = trials.map_or_else(String::new, |rate| format!("{rate:.0}"));
    println!("{what:52} {trials:>12} {events:>12.0} {:>10.0}", 1e9 / events);
}

/// Time, and how much happened in it.
fn played(cast: &Cast, input: Input<'_>, pool: twinrail_model::VipPoolId) -> (Duration, u64) {
    let mut player = Player::new(cast.incident((input.network, pool), Scenario::Killed));
    let start = Instant::now();
    let mut longest = twinrail_facts::Ended::After(Microseconds::ZERO);
    for trial in 0..TRIALS {
        let luck = Luck { seed: 1, trial };
        let course = player.play(luck);
        longest = longest.max(outage(course, &cast.mounts[0], luck));
    }
    black_box(longest);
    (start.elapsed(), player.happened)
}

/// Events a second of a loop that takes the earliest of a few timers from a heap, draws when the next one comes, and puts it back.
fn bare() -> f64 {
    let facts = Facts::new(Catalog::embedded());
    let delays = [
        facts.get(keys::api::REQUEST_TIME),
        facts.get(keys::api::NIC_UPDATE_TIME),
        facts.get(keys::api::GET_TIME),
        facts.get(keys::api::METADATA_TO_GUEST_TIME),
    ];
    let luck = Luck { seed: 1, trial: 0 };
    let mut heap: BinaryHeap<Reverse<(Microseconds, u32)>> =
        (0..TIMERS).map(|timer| Reverse((Microseconds::ZERO, timer))).collect();
    let start = Instant::now();
    for event in 0..EVENTS {
        let Some(Reverse((now, timer))) = heap.pop() else { break };
        let delay = delays[(event % 4) as usize];
        let next = delay.sample(luck.draw(Purpose((event % 4) as u16), timer, event));
        heap.push(Reverse((now.saturating_add(next), timer)));
    }
    black_box(&heap);
    f64::from(EVENTS) / start.elapsed().as_secs_f64()
}

/// SimPy's events a second; it is installed below the target folder.
fn simpy(root: &Path) -> Result<f64, String> {
    let venv = target(root).join("simpy");
    if !venv.join("bin/python").exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    }
    if !venv.join("simpy-is-there").exists() {
        run(Command::new(venv.join("bin/pip")).args(["install", "--quiet", "simpy"]))?;
        std::fs::write(venv.join("simpy-is-there"), "").map_err(|error| format!("{}: {error}", venv.display()))?;
    }
    let script = root.join("xtask/src/bench/failover/move.py");
    let output = Command::new(venv.join("bin/python")).arg(script).arg(FEWER.to_string()).output();
    let output = output.map_err(|error| format!("SimPy: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut words = text.split_whitespace().skip(1).map(str::parse::<f64>);
    match (words.next(), words.next()) {
        (Some(Ok(events)), Some(Ok(seconds))) if seconds > 0.0 => Ok(events / seconds),
        _ => Err(format!("SimPy printed `{}`", text.trim())),
    }
}
