//! Transfers from all hosts to all others, shared by caps on what each sends and receives, beside SimGrid on the same file: `bandwidth/all-to-all.cpp`. Both
//! share max-min and must come to the same ends. Not here: what is fast enough; that stands in `docs/benchmarks.md`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use twinrail_facts::{Luck, Purpose};
use twinrail_model::unit::{Gb, GbPerSecond, Gbps, TimeSpan};
use twinrail_sizing::Activity;
use twinrail_sizing::fluid::{Transfer, play};

use super::{run, target, write};

const HOSTS: &[u32] = &[16, 32, 64];
/// What each host sends, and what it receives, in bytes a second.
const CAP: u64 = 1_250_000_000;
/// Transfers start within so many seconds.
const STARTS: f64 = 10.0;
const LEAST_BYTES: f64 = 1e6;
const MOST_BYTES: f64 = 1e9;
const SEED: u64 = 7;
/// Ours is run as often at least, and as long: the kernel counts time on a processor in ticks.
const RUNS: usize = 9;
const AT_LEAST: Duration = Duration::from_millis(500);
/// SimGrid takes longer.
const FEWER: usize = 3;
/// Plain max-min sharing, without what SimGrid adds for TCP, and as exact as it can be asked to be: it takes what is left below a precision for nothing.
const SETTINGS: &[&str] = &[
    "network/model:CM02",
    "network/TCP-gamma:0",
    "network/crosstraffic:0",
    "network/weight-S:0",
    "surf/precision:1e-12",
    "maxmin/precision:1e-12",
];

/// How a program fared, and when each transfer ended, in seconds.
struct Played {
    /// The median.
    wall: Duration,
    /// On a processor, which depends less on what else the machine does: the mean.
    cpu: Duration,
    ends: Vec<f64>,
}

impl Played {
    fn makespan(&self) -> f64 {
        self.ends.iter().copied().fold(0.0, f64::max)
    }
}

pub fn bench(root: &Path) -> Result<(), String> {
    install()?;
    let folder = target(root).join("bench/bandwidth");
    let program = compile(root, &folder)?;
    println!("SimGrid: {}; wall: median of {FEWER} runs, ours of {RUNS} at least; CPU: their mean", SETTINGS.join(" "));
    println!(
        "timed: SimGrid's engine, without start-up, reading and platform; ours from the list in memory to the last end\n"
    );
    println!(
        "{:>5} {:>6} {:>14} {:>14} {:>7} {:>9} {:>10} {:>10} {:>10} {:>10} {:>6} {:>6}",
        "hosts",
        "flows",
        "makespan s",
        "SimGrid's",
        "digits",
        "all ends",
        "wall ms",
        "CPU ms",
        "SimGrid's",
        "its CPU",
        "times",
        "in CPU"
    );
    for &hosts in HOSTS {
        let path = folder.join(format!("all-to-all-{hosts}.txt"));
        write(&path, &input(hosts))?;
        let ours = ours(&path)?;
        let theirs = simgrid(&program, &path)?;
        row(hosts, &ours, &theirs)?;
    }
    Ok(())
}

fn row(hosts: u32, ours: &Played, theirs: &Played) -> Result<(), String> {
    if ours.ends.len() != theirs.ends.len() {
        return Err(format!("{} transfers ended here, and {} in SimGrid", ours.ends.len(), theirs.ends.len()));
    }
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let worst = ours.ends.iter().zip(&theirs.ends).map(|(end, other)| digits(*end, *other)).min().unwrap_or(0);
    println!(
        "{hosts:>5} {:>6} {:>14.9} {:>14.9} {:>7} {worst:>9} {:>10.2} {:>10.2} {:>10.1} {:>10.1} {:>6.0} {:>6.0}",
        ours.ends.len(),
        ours.makespan(),
        theirs.makespan(),
        digits(ours.makespan(), theirs.makespan()),
        milliseconds(ours.wall),
        milliseconds(ours.cpu),
        milliseconds(theirs.wall),
        milliseconds(theirs.cpu),
        theirs.wall.as_secs_f64() / ours.wall.as_secs_f64(),
        theirs.cpu.as_secs_f64() / ours.cpu.as_secs_f64(),
    );
    Ok(())
}

/// To how many digits two numbers are the same, as far as they have any.
fn digits(a: f64, b: f64) -> u32 {
    const MOST: u32 = 15;
    let apart = (a - b).abs() / a.abs().max(b.abs());
    (1..=MOST).take_while(|digits| apart < 0.5 * 0.1_f64.powi(digits.cast_signed() - 1)).last().unwrap_or(0)
}

/// The file that both read: hosts and cap, then each transfer's start, bytes, and from which host to which; the first start first.
fn input(hosts: u32) -> String {
    let luck = Luck { seed: SEED, trial: hosts };
    let pairs = (0..hosts).flat_map(|from| (0..hosts).map(move |to| (from, to))).filter(|(from, to)| from != to);
    let mut transfers: Vec<(f64, f64, u32, u32)> = pairs
        .map(|(from, to)| {
            let draw = luck.draw(Purpose(0), from, to);
            let bytes = LEAST_BYTES + (MOST_BYTES - LEAST_BYTES) * draw.second();
            (STARTS * draw.first(), bytes.round(), from, to)
        })
        .collect();
    transfers.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut text = format!("{hosts} {CAP}\n");
    for (start, bytes, from, to) in transfers {
        // Rust prints the shortest digits that read back as the same number.
        let _ = writeln!(text, "{start} {bytes} {from} {to}");
    }
    text
}

fn ours(path: &Path) -> Result<Played, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (capacities, transfers) = read(&text).ok_or_else(|| format!("{} is not what was written", path.display()))?;
    let (mut walls, mut ends) = (Vec::new(), Vec::new());
    let (begin, on_processor) = (Instant::now(), processor()?);
    while walls.len() < RUNS || begin.elapsed() < AT_LEAST {
        let start = Instant::now();
        let course = play(&capacities, &transfers);
        walls.push(start.elapsed());
        ends = course.ends.into_iter().map(|end| end.map_or(f64::INFINITY, TimeSpan::seconds)).collect();
    }
    let cpu = processor()?.saturating_sub(on_processor).div_f64(walls.len() as f64);
    Ok(Played { wall: median(walls), cpu, ends })
}

fn read(text: &str) -> Option<(Vec<f64>, Vec<Transfer>)> {
    let mut lines = text.lines();
    let (hosts, cap) = lines.next()?.split_once(' ')?;
    let hosts: usize = hosts.parse().ok()?;
    let cap = Gbps::from(GbPerSecond::new(cap.parse::<f64>().ok()? / 1e9));
    let transfer = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let [start, bytes, from, to] = words[..] else { return None };
        let uses = vec![(from.parse().ok()?, 1.0), (hosts + to.parse::<usize>().ok()?, 1.0)];
        Some(Transfer {
            start: TimeSpan::new(start.parse().ok()?),
            amount: Gb::from_bytes(bytes.parse().ok()?),
            activity: Activity { weight: 1.0, demand: f64::INFINITY, uses },
        })
    };
    Some((vec![cap.get(); 2 * hosts], lines.map(transfer).collect::<Option<_>>()?))
}

/// How long this thread has been on a processor.
fn processor() -> Result<Duration, String> {
    const PATH: &str = "/proc/thread-self/schedstat";
    let text = std::fs::read_to_string(PATH).map_err(|error| format!("{PATH}: {error}"))?;
    let nanoseconds = text.split_whitespace().next().and_then(|word| word.parse().ok());
    nanoseconds.map(Duration::from_nanos).ok_or_else(|| format!("{PATH} has no time"))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn install() -> Result<(), String> {
    let needed = [("/usr/include/simgrid/s4u.hpp", "libsimgrid-dev"), ("/usr/bin/g++", "g++")];
    for (file, package) in needed {
        if !Path::new(file).exists() {
            println!("{package} is not here: apt-get installs it, which needs root");
            run(Command::new("apt-get").args(["install", "--yes", "--quiet", package]))?;
        }
    }
    Ok(())
}

fn compile(root: &Path, folder: &Path) -> Result<PathBuf, String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let program = folder.join("all-to-all");
    let source = root.join("xtask/src/bench/bandwidth/all-to-all.cpp");
    run(Command::new("g++").args(["-O2", "-std=c++17", "-o"]).arg(&program).arg(source).arg("-lsimgrid"))?;
    Ok(program)
}

fn simgrid(program: &Path, input: &Path) -> Result<Played, String> {
    let (mut walls, mut cpu, mut ends) = (Vec::new(), 0.0, Vec::new());
    for _ in 0..FEWER {
        let mut command = Command::new(program);
        command
            .arg(input)
            .arg("--log=root.thres:warning")
            .args(SETTINGS.iter().map(|setting| format!("--cfg={setting}")));
        let output = command.output().map_err(|error| format!("SimGrid: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut words = text.split_whitespace().skip(1).map(str::parse::<f64>);
        let (Some(Ok(wall)), Some(Ok(on_processor))) = (words.next(), words.next()) else {
            return Err(format!("SimGrid printed `{}`", text.lines().next().unwrap_or_default()));
        };
        walls.push(Duration::from_secs_f64(wall));
        cpu += on_processor / FEWER as f64;
        ends = words.collect::<Result<_, _>>().map_err(|error| format!("SimGrid's ends: {error}"))?;
    }
    Ok(Played { wall: median(walls), cpu: Duration::from_secs_f64(cpu), ends })
}
