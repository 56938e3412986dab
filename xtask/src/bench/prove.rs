//! The explorer of `crates/sim` beside SPIN and Stateright, on one mover: SPIN on a model of its own (`prove/alias-ip.pml`), which shares nothing with ours
//! but what the documents say, Stateright on ours. All count every state, with reductions off, and must come to the same number. Each run is a process of its
//! own, so that its memory is told apart. Not here: what is fast enough; that stands in `docs/benchmarks.md`.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use stateright::{Checker, Model};
use twinrail_model::MoverKind;
use twinrail_sim::{
    Bounds, Event, Fault, FaultSet, Fencing, Order, Property, PropertySet, Scope, Setting, System, explore, pending,
    step,
};

const MODEL: &str = include_str!("prove/alias-ip.pml");
/// How SPIN's verifier is compiled: without partial-order reduction, and without compressing states.
const FLAGS: &[&str] = &["-O2", "-DSAFETY", "-DNOREDUCE", "-DMEMLIM=16000"];
/// Nodes, VIPs, controllers and faults of what is counted, small to large.
const SCOPES: &[Scope] = &[
    Scope { nodes: 2, vips: 1, controllers: 1, faults: 0 },
    Scope { nodes: 2, vips: 1, controllers: 1, faults: 1 },
    Scope { nodes: 2, vips: 1, controllers: 1, faults: 2 },
    Scope { nodes: 2, vips: 2, controllers: 1, faults: 2 },
    Scope { nodes: 3, vips: 1, controllers: 2, faults: 2 },
    Scope { nodes: 3, vips: 2, controllers: 2, faults: 1 },
    Scope { nodes: 3, vips: 2, controllers: 2, faults: 2 },
    Scope { nodes: 2, vips: 2, controllers: 2, faults: 3 },
];
const LARGE: Scope = Scope { nodes: 3, vips: 2, controllers: 2, faults: 3 };

/// The faults that SPIN's model knows.
fn menu() -> FaultSet {
    let of_nodes = Fault::Kill | Fault::Hang | Fault::Cut | Fault::Delete | Fault::Agent;
    of_nodes | Fault::Crash | Fault::Depose | Fault::Fail | Fault::Quota | Fault::Lag | Fault::Touch
}

/// Who explores what.
#[derive(Debug, Clone, Copy)]
struct Task {
    scope: Scope,
    /// The storage looks at epochs; otherwise it takes whatever is written.
    epoch: bool,
    /// What is asked; nothing is only counted.
    asked: Option<Property>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Ours(usize),
    Symmetric(usize),
    /// Depth first.
    Deep(usize),
    Spin,
    Stateright(usize),
}

impl Who {
    fn name(self) -> String {
        match self {
            Self::Ours(threads) => format!("Twinrail, {threads} thread(s)"),
            Self::Symmetric(threads) => format!("the same, with symmetry, {threads}"),
            Self::Deep(threads) => format!("depth first, {threads} thread(s)"),
            Self::Spin => "SPIN, 1 core".to_owned(),
            Self::Stateright(threads) => format!("Stateright, {threads} threads"),
        }
    }
}

/// What a run came to.
#[derive(Debug, Default)]
struct Run {
    states: u64,
    transitions: u64,
    seconds: f64,
    /// On all processors together, with start and end of the process.
    cpu: f64,
    /// By its own account, of stored states and their index.
    state_bytes: f64,
    peak_mb: f64,
    /// Events of the counterexample, if there is one.
    events: u64,
}

pub fn bench(root: &Path) -> Result<(), String> {
    install()?;
    let folder = super::target(root).join("bench/prove");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    println!(
        "gcc {}; SPIN's memory for a state: what it calls actual memory usage for states, and its hash table",
        FLAGS.join(" ")
    );
    println!("\nstates and transitions:");
    for scope in SCOPES {
        let task = Task { scope: *scope, epoch: true, asked: None };
        let ours = run(&folder, Who::Ours(1), task)?;
        let spin = run(&folder, Who::Spin, task)?;
        agree(&ours, &spin, "SPIN")?;
        let stateright = run(&folder, Who::Stateright(2), task)?;
        agree(&ours, &stateright, "Stateright")?;
        println!("{:<12} {:>10} {:>11}  the same three times", short(*scope), ours.states, ours.transitions);
    }
    println!("\n{} kept ({}), the whole space:", short(LARGE), Property::NoDeposedWrite.code());
    println!("{}", columns());
    let task = Task { scope: LARGE, epoch: true, asked: Some(Property::NoDeposedWrite) };
    let first = row(&folder, Who::Ours(1), task)?;
    for who in [Who::Ours(2), Who::Spin, Who::Stateright(2)] {
        agree(&first, &row(&folder, who, task)?, &who.name())?;
    }
    for threads in [1, 2] {
        row(&folder, Who::Symmetric(threads), task)?;
    }
    for (asked, epoch) in [(Property::NoDeposedWrite, false), (Property::NoLostUpdate, true)] {
        println!("\n{} violated ({}), until the first counterexample:", short(LARGE), asked.code());
        println!("{}", columns());
        let task = Task { scope: LARGE, epoch, asked: Some(asked) };
        for who in [Who::Ours(1), Who::Ours(2), Who::Deep(1), Who::Symmetric(1), Who::Spin, Who::Stateright(2)] {
            // What Stateright is asked must be told by the public side of the machine.
            if !(who == Who::Stateright(2) && asked == Property::NoLostUpdate) {
                row(&folder, who, task)?;
            }
        }
    }
    Ok(())
}

fn short(scope: Scope) -> String {
    format!("{}, {}, {}, {}", scope.nodes, scope.vips, scope.controllers, scope.faults)
}

fn columns() -> String {
    format!(
        "{:<32} {:>10} {:>11} {:>9} {:>9} {:>11} {:>8} {:>8} {:>7}",
        "", "states", "transitions", "wall s", "CPU s", "states/s", "B/state", "peak MB", "events"
    )
}

fn row(folder: &Path, who: Who, task: Task) -> Result<Run, String> {
    let run = run(folder, who, task)?;
    println!(
        "{:<32} {:>10} {:>11} {:>9.3} {:>9.2} {:>11.0} {:>8.1} {:>8.0} {:>7}",
        who.name(),
        run.states,
        run.transitions,
        run.seconds,
        run.cpu,
        run.states as f64 / run.seconds.max(1e-6),
        run.state_bytes,
        run.peak_mb,
        if run.events > 0 { run.events.to_string() } else { "-".to_owned() },
    );
    Ok(run)
}

fn agree(ours: &Run, other: &Run, who: &str) -> Result<(), String> {
    if (ours.states, ours.transitions) == (other.states, other.transitions) {
        return Ok(());
    }
    Err(format!(
        "{} states and {} transitions, but {who} has {} and {}: one of the two is wrong",
        ours.states, ours.transitions, other.states, other.transitions
    ))
}

fn install() -> Result<(), String> {
    for (program, package) in [("spin", "spin"), ("gcc", "gcc")] {
        if Command::new(program).arg(if program == "spin" { "-V" } else { "--version" }).output().is_err() {
            println!("{program} is not here: apt-get installs it, which needs root");
            super::run(Command::new("apt-get").args(["install", "--yes", "--quiet", package]))?;
        }
    }
    Ok(())
}

fn run(folder: &Path, who: Who, task: Task) -> Result<Run, String> {
    if who == Who::Spin {
        return spin(folder, task);
    }
    let program = std::env::current_exe().map_err(|error| format!("this program: {error}"))?;
    let words = [
        match who {
            Who::Ours(threads) => format!("ours:{threads}"),
            Who::Symmetric(threads) => format!("symmetric:{threads}"),
            Who::Deep(threads) => format!("deep:{threads}"),
            Who::Spin => unreachable!("it is run above"),
            Who::Stateright(threads) => format!("stateright:{threads}"),
        },
        format!("{}:{}:{}:{}", task.scope.nodes, task.scope.vips, task.scope.controllers, task.scope.faults),
        u8::from(task.epoch).to_string(),
        task.asked.map_or_else(|| "-".to_owned(), |asked| asked.code().to_owned()),
    ];
    let output = Command::new(program).args(["bench", "--prove-one", &words.join(",")]).output();
    let output = output.map_err(|error| format!("{}: {error}", who.name()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let words: Vec<&str> = text.split_whitespace().collect();
    told(&words).ok_or_else(|| format!("{}: {text}{}", who.name(), String::from_utf8_lossy(&output.stderr)))
}

fn told(words: &[&str]) -> Option<Run> {
    let [states, transitions, seconds, cpu, state_bytes, peak_mb, events] = words else { return None };
    Some(Run {
        states: states.parse().ok()?,
        transitions: transitions.parse().ok()?,
        seconds: seconds.parse().ok()?,
        cpu: cpu.parse().ok()?,
        state_bytes: state_bytes.parse().ok()?,
        peak_mb: peak_mb.parse().ok()?,
        events: events.parse().ok()?,
    })
}

/// The inner call: one run in this process.
pub fn one(words: &str) -> Result<(), String> {
    let run = parse(words).ok_or_else(|| format!("{words}: no task"))?;
    println!(
        "{} {} {} {} {} {} {}",
        run.states, run.transitions, run.seconds, run.cpu, run.state_bytes, run.peak_mb, run.events
    );
    Ok(())
}

fn parse(words: &str) -> Option<Run> {
    let [who, scope, epoch, asked] = words.split(',').collect::<Vec<_>>()[..] else { return None };
    let (who, threads) = who.split_once(':')?;
    let threads: usize = threads.parse().ok()?;
    let [nodes, vips, controllers, faults] =
        scope.split(':').filter_map(|word| word.parse().ok()).collect::<Vec<u8>>()[..]
    else {
        return None;
    };
    let fencing = if epoch == "1" { Fencing::Epoch } else { Fencing::Nothing };
    let setting = Setting {
        menu: menu(),
        fencing,
        ..Setting::new(MoverKind::AliasIp, Scope { nodes, vips, controllers, faults })
    };
    let asked =
        [Property::NoDeposedWrite, Property::NoLostUpdate].into_iter().find(|property| property.code() == asked);
    let start = Instant::now();
    let mut run = match who {
        "stateright" => stateright(setting, threads, asked),
        "deep" => ours(&setting, threads, asked, false, Order::Depth)?,
        _ => ours(&setting, threads, asked, who == "symmetric", Order::Breadth)?,
    };
    run.seconds = start.elapsed().as_secs_f64();
    run.cpu = cpu(13)?;
    run.peak_mb = super::peak_mb();
    if who == "stateright" {
        // It gives no account of its own.
        run.state_bytes = run.peak_mb * 1_048_576.0 / run.states as f64;
    }
    Some(run)
}

fn ours(setting: &Setting, threads: usize, asked: Option<Property>, symmetry: bool, order: Order) -> Option<Run> {
    let threads = threads.try_into().ok()?;
    let bounds = Bounds { states: 200_000_000, bytes: 16 << 30, threads, order, symmetry };
    let asked = asked.map_or(PropertySet::empty(), PropertySet::from);
    let seen = explore(setting, asked, bounds, &mut |_| {});
    Some(Run {
        states: seen.states,
        transitions: seen.transitions,
        state_bytes: seen.bytes as f64 / seen.states as f64,
        events: seen.violations.first().map_or(0, |(_, trace)| trace.events.len() as u64),
        ..Run::default()
    })
}

/// Seconds on processors, of this process (from field 13 of its line) or of its children that have ended (from 15). Ticks are hundredths.
fn cpu(field: usize) -> Option<f64> {
    let line = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = line.rsplit_once(')')?.1.split_whitespace().collect();
    // The first two fields are before the parenthesis.
    let ticks = |at: usize| fields.get(at - 2)?.parse::<f64>().ok();
    Some((ticks(field)? + ticks(field + 1)?) / 100.0)
}

struct Machine {
    setting: Setting,
    asked: bool,
}

impl Model for Machine {
    type State = System;
    type Action = Event;

    fn init_states(&self) -> Vec<System> {
        vec![self.setting.start()]
    }

    fn actions(&self, state: &System, actions: &mut Vec<Event>) {
        pending(state, &self.setting, actions);
    }

    fn next_state(&self, state: &System, event: Event) -> Option<System> {
        let mut next = state.clone();
        step(&mut next, &self.setting, event);
        Some(next)
    }

    fn properties(&self) -> Vec<stateright::Property<Self>> {
        // It ends when every property has an example, and without a property at once.
        let condition = if self.asked { one_writer } else { |_: &Self, _: &System| true };
        vec![stateright::Property::always("asked", condition)]
    }
}

fn one_writer(machine: &Machine, system: &System) -> bool {
    let scope = machine.setting.scope;
    (0..scope.vips)
        .all(|vip| (0..scope.nodes).filter(|node| system.is_served_by(&machine.setting, vip, *node)).count() <= 1)
}

fn stateright(setting: Setting, threads: usize, asked: Option<Property>) -> Run {
    let machine = Machine { setting, asked: asked.is_some() };
    let seen = machine.checker().threads(threads).spawn_bfs().join();
    Run {
        states: seen.unique_state_count() as u64,
        // It counts the start as generated.
        transitions: seen.state_count() as u64 - 1,
        events: seen.discovery("asked").map_or(0, |path| path.into_actions().len() as u64),
        ..Run::default()
    }
}

fn spin(folder: &Path, task: Task) -> Result<Run, String> {
    let Task { scope, epoch, asked } = task;
    super::write(&folder.join("alias-ip.pml"), MODEL)?;
    let check = match asked {
        None => 0,
        Some(Property::NoLostUpdate) => 5,
        Some(_) => 3,
    };
    let defined = [
        format!("-DNODES={}", scope.nodes),
        format!("-DVIPS={}", scope.vips),
        format!("-DCONTROLLERS={}", scope.controllers),
        format!("-DFAULTS={}", scope.faults),
        format!("-DROOM={}", scope.vips),
        format!("-DEPOCH={}", u8::from(epoch)),
        format!("-DCHECK={check}"),
    ];
    // Without -o2 it takes what is written and never read out of the state.
    super::run(Command::new("spin").current_dir(folder).args(["-a", "-o2"]).args(defined).arg("alias-ip.pml"))?;
    super::run(Command::new("gcc").current_dir(folder).args(FLAGS).args(["-o", "pan", "pan.c"]))?;
    let (start, before) = (Instant::now(), cpu(15).unwrap_or_default());
    // An end without a successor is no error here: -E.
    let output = Command::new(folder.join("pan")).current_dir(folder).args(["-E", "-m100000"]).output();
    let output = output.map_err(|error| format!("SPIN's verifier: {error}"))?;
    let seconds = start.elapsed().as_secs_f64();
    let cpu = cpu(15).unwrap_or_default() - before;
    let text = String::from_utf8_lossy(&output.stdout);
    let word = |what: &str| text.lines().find(|line| line.contains(what))?.split_whitespace().next();
    let number = |what: &str| word(what)?.parse::<f64>().ok();
    let count = |what: &str| word(what)?.parse::<u64>().ok();
    let (Some(stored), Some(followed)) = (count("states, stored"), count("transitions (=")) else {
        return Err(format!("SPIN's verifier says: {text}"));
    };
    // Its first state is the one before all is set up, which it counts as a transition too.
    let (states, transitions) = (stored - 1, followed - 2);
    let of_states = number("actual memory usage for states").unwrap_or_default()
        + number("memory used for hash table").unwrap_or_default();
    let events = text.lines().find_map(|line| line.split_once("(at depth ")?.1.strip_suffix(')')?.parse::<u64>().ok());
    Ok(Run {
        states,
        transitions,
        seconds,
        cpu,
        state_bytes: of_states * 1_048_576.0 / stored as f64,
        peak_mb: number("total actual memory usage").unwrap_or_default(),
        events: events.unwrap_or(0),
    })
}
