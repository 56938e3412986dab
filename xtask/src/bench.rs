//! How long a check takes, and how much memory: of the shipped program, on inputs made here, beside a program that people
//! use today. Not here: what is fast enough; that stands in `docs/benchmarks.md`, with the figures of a named machine.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::Value;
use twinrail_facts::{Catalog, Date};
use twinrail_intake::Input;
use twinrail_report::Setting;
use twinrail_rules::{Config, Level, RULES};

use crate::synthetic;

mod bandwidth;
mod failover;
mod prove;
mod reach;

/// What is to be measured.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches of the command line that exclude each other")]
pub struct Wanted {
    /// Instances of the large inputs.
    #[arg(long, default_value = "1000")]
    pub nodes: usize,
    /// Runs; the fastest and the median are printed.
    #[arg(long, default_value = "10")]
    pub runs: usize,
    /// Time each rule alone, instead of the program.
    #[arg(long)]
    pub rules: bool,
    /// Measure a Terraform plan of so many megabytes instead; of 100, if no number is given.
    #[arg(long, value_name = "MEGABYTES", num_args = 0..=1, default_missing_value = "100")]
    pub plan: Option<f64>,
    /// Measure who reaches whom in a farm of so many instances instead; in farms of 100 to 10,000, if no number is given.
    #[arg(long, value_name = "INSTANCES", num_args = 0..=1, default_missing_value = "0")]
    pub reach: Option<usize>,
    /// Measure how long it takes to explore all states of a mover, beside SPIN and Stateright, instead.
    #[arg(long)]
    pub prove: bool,
    /// Measure how many failovers are played a second, beside a bare event loop and SimPy, instead.
    #[arg(long)]
    pub failover: bool,
    /// Measure how long transfers from all to all take to be played, beside SimGrid, instead.
    #[arg(long)]
    pub bandwidth: bool,
    #[arg(long, hide = true)]
    pub prove_one: Option<String>,
    /// Also run Checkov on a Terraform plan of as many instances, or on a tenth of the plan that is measured; it is
    /// installed below the target folder.
    #[arg(long)]
    pub checkov: bool,
}

const COLUMNS: &str =
    "input                          KB    min ms    median    CPU ms  judgements  per second   peak MB";

pub fn bench(root: &Path, wanted: &Wanted) -> Result<(), String> {
    if let Some(words) = &wanted.prove_one {
        return prove::one(words);
    }
    if wanted.prove {
        return if cfg!(debug_assertions) {
            cargo(root, &["run", "--quiet", "--release", "--package", "xtask", "--", "bench", "--prove"])
        } else {
            prove::bench(root)
        };
    }
    if wanted.failover {
        return if cfg!(debug_assertions) {
            cargo(root, &["run", "--quiet", "--release", "--package", "xtask", "--", "bench", "--failover"])
        } else {
            failover::bench(root)
        };
    }
    if wanted.bandwidth {
        return if cfg!(debug_assertions) {
            cargo(root, &["run", "--quiet", "--release", "--package", "xtask", "--", "bench", "--bandwidth"])
        } else {
            bandwidth::bench(root)
        };
    }
    if let Some(instances) = wanted.reach {
        return if cfg!(debug_assertions) {
            let call = ["run", "--quiet", "--release", "--package", "xtask", "--", "bench", "--reach"];
            cargo(root, &[&call[..], &[&instances.to_string()]].concat())
        } else {
            reach::bench(instances)
        };
    }
    if wanted.rules {
        return if cfg!(debug_assertions) { in_release(root, wanted) } else { rules(root, wanted) };
    }
    let target = target(root);
    cargo(root, &["build", "--quiet", "--release", "--package", "twinrail"])?;
    let (program, folder) = (target.join("release/twinrail"), target.join("bench"));
    if let Some(megabytes) = wanted.plan {
        return plan(&target, wanted, megabytes);
    }
    let inputs = inputs(root, &folder, wanted.nodes)?;
    println!("{COLUMNS}");
    for (name, path) in &inputs {
        row(&program, name, path, wanted.runs)?;
    }
    if wanted.checkov {
        let path = folder.join("plan.json");
        write_plan(&path, wanted.nodes)?;
        println!("on a Terraform plan of as many instances:");
        checkov(&target, &path).map(|_| ())
    } else {
        println!("yardstick: `--checkov` runs Checkov on a Terraform plan of {} instances", wanted.nodes);
        Ok(())
    }
}

/// Measures a check of one input, prints it, and returns the median.
fn row(program: &Path, name: &str, path: &Path, runs: usize) -> Result<Duration, String> {
    let measured = measure(program, path, runs)?;
    let run = judgements(program, path)?;
    println!(
        "{name:<24} {:>8.1} {:>9.1} {:>9.1} {:>9.1} {run:>11} {:>11.0} {:>9.1}",
        bytes(path)? / 1e3,
        measured.fastest.as_secs_f64() * 1e3,
        measured.median.as_secs_f64() * 1e3,
        measured.cpu.as_secs_f64() * 1e3,
        run as f64 / measured.median.as_secs_f64(),
        measured.peak_kib as f64 / 1024.0,
    );
    Ok(measured.median)
}

/// A check of a plan of this size, and Checkov on a tenth of it: on a large one it takes an hour.
fn plan(target: &Path, wanted: &Wanted, megabytes: f64) -> Result<(), String> {
    let nodes = synthetic::plan::nodes_of(megabytes);
    let (program, folder) = (target.join("release/twinrail"), target.join("bench"));
    let path = folder.join("plan.json");
    write_plan(&path, nodes)?;
    println!("{COLUMNS}");
    let median = row(&program, &format!("plan of {nodes} nodes"), &path, wanted.runs)?;
    let per_megabyte = median.as_secs_f64() / (bytes(&path)? / 1e6);
    println!("{:.2} s, {:.1} ms for each megabyte", median.as_secs_f64(), per_megabyte * 1e3);
    if !wanted.checkov {
        println!("yardstick: `--checkov` runs Checkov on a tenth of this plan");
        return Ok(());
    }
    let tenth = folder.join("tenth.json");
    write_plan(&tenth, (nodes / 10).max(1))?;
    println!("on a plan of a tenth of the nodes, {:.1} MB:", bytes(&tenth)? / 1e6);
    let other = checkov(target, &tenth)?.as_secs_f64() / (bytes(&tenth)? / 1e6);
    println!("{:.0} ms for each megabyte: {:.0} times as long", other * 1e3, other / per_megabyte);
    Ok(())
}

fn bytes(path: &Path) -> Result<f64, String> {
    std::fs::metadata(path).map(|data| data.len() as f64).map_err(|error| format!("{}: {error}", path.display()))
}

fn write_plan(path: &Path, nodes: usize) -> Result<(), String> {
    let folder = path.parent().expect("a file lies in a folder");
    let file = std::fs::create_dir_all(folder).and_then(|()| std::fs::File::create(path));
    let written = file.and_then(|file| {
        let mut out = BufWriter::new(file);
        synthetic::plan::write(&mut out, nodes).and_then(|()| out.flush())
    });
    written.map_err(|error| format!("{}: {error}", path.display()))
}

/// Where cargo builds.
fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

fn cargo(root: &Path, arguments: &[&str]) -> Result<(), String> {
    let status = Command::new("cargo").args(arguments).current_dir(root).status();
    let status = status.map_err(|error| format!("cargo cannot be run: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("cargo {} failed", arguments.join(" "))) }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().expect("a file lies in a folder");
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, text));
    written.map_err(|error| format!("{}: {error}", path.display()))
}

fn example(root: &Path) -> Result<String, String> {
    std::fs::read_to_string(root.join("examples/z4m.yaml")).map_err(|error| format!("examples/z4m.yaml: {error}"))
}

/// Name and file of each input.
fn inputs(root: &Path, folder: &Path, nodes: usize) -> Result<Vec<(String, PathBuf)>, String> {
    let model = folder.join("model.yaml");
    write(&model, &synthetic::model(&example(root)?, nodes)?)?;
    let dump = folder.join("dump.json");
    write(&dump, &format!("{:#}\n", synthetic::dump(nodes)))?;
    Ok(vec![
        ("the shipped example".to_owned(), root.join("examples/z4m.yaml")),
        (format!("model of {nodes} nodes"), model),
        (format!("dump of {nodes} instances"), dump),
    ])
}

struct Measured {
    fastest: Duration,
    median: Duration,
    /// On a processor: what does not depend on what else the machine does.
    cpu: Duration,
    peak_kib: u64,
}

fn measure(program: &Path, input: &Path, runs: usize) -> Result<Measured, String> {
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        let mut command = check(program, input);
        let status = command.stdout(Stdio::null()).status().map_err(|error| error.to_string())?;
        times.push(start.elapsed());
        if !matches!(status.code(), Some(0 | 1)) {
            return Err(format!("{} cannot be checked: {status}", input.display()));
        }
    }
    times.sort_unstable();
    let (cpu, peak_kib) = watch(program, input)?;
    Ok(Measured { fastest: times[0], median: times[times.len() / 2], cpu, peak_kib })
}

fn check(program: &Path, input: &Path) -> Command {
    let mut command = Command::new(program);
    // A day is given so that confirmations are judged as of the same one on every run.
    command.args(["check", "--color", "never", "--today", "2026-11-22"]).arg(input);
    command
}

/// Time on a processor and the high-water mark of memory, in KiB, asked of the kernel until the program ends. Both only
/// grow, so the last answer is right to what grows between two questions.
fn watch(program: &Path, input: &Path) -> Result<(Duration, u64), String> {
    let mut child = check(program, input).stdout(Stdio::null()).spawn().map_err(|error| error.to_string())?;
    let of_child = |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", child.id())).unwrap_or_default();
    let first = |text: &str| text.split_whitespace().next().and_then(|word| word.parse::<u64>().ok()).unwrap_or(0);
    let (mut nanoseconds, mut kib) = (0, 0);
    loop {
        let status = of_child("status");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        kib = first(peak).max(kib);
        nanoseconds = first(&of_child("schedstat")).max(nanoseconds);
        // A program that has ended keeps its times until it is waited for, and has no memory any more.
        if status.lines().any(|line| line.starts_with("State:\tZ")) || status.is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    child.wait().map_err(|error| error.to_string())?;
    Ok((Duration::from_nanos(nanoseconds), kib))
}

fn judgements(program: &Path, input: &Path) -> Result<u64, String> {
    let output = check(program, input).args(["--format", "json"]).output().map_err(|error| error.to_string())?;
    let report: Value = serde_json::from_slice(&output.stdout).map_err(|error| format!("the report: {error}"))?;
    let summary = &report["summary"];
    let count = |name: &str| summary[name].as_u64().unwrap_or(0);
    if count("denied") > 0 {
        println!("note: {} has {} denied findings", input.display(), count("denied"));
    }
    Ok(count("run"))
}

/// The same program, compiled as it ships.
fn in_release(root: &Path, wanted: &Wanted) -> Result<(), String> {
    let (nodes, runs) = (wanted.nodes.to_string(), wanted.runs.to_string());
    let call = ["run", "--quiet", "--release", "--package", "xtask", "--", "bench", "--rules"];
    cargo(root, &[&call[..], &["--nodes", &nodes, "--runs", &runs]].concat())
}

/// The time of reading, of each rule alone, and of the report, on both large inputs.
fn rules(root: &Path, wanted: &Wanted) -> Result<(), String> {
    let today = Date { year: 2026, month: 11, day: 22 };
    let inputs = [
        ("model.yaml", synthetic::model(&example(root)?, wanted.nodes)?),
        ("dump.json", format!("{:#}\n", synthetic::dump(wanted.nodes))),
    ];
    for (path, text) in inputs {
        let start = Instant::now();
        let input = Input { path: path.to_owned(), text };
        let loaded = twinrail_intake::read(vec![input], today).map_err(|errors| format!("{path}: {errors:?}"))?;
        println!("{path}: read in {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
        let catalog = Catalog::embedded();
        let mut times: Vec<(Duration, &str, usize)> = Vec::new();
        for rule in RULES {
            let allowed =
                RULES.iter().filter(|other| other.code != rule.code).map(|other| (other.code.to_owned(), Level::Allow));
            let config = Config { levels: allowed.collect(), ..Config::default() };
            let start = Instant::now();
            let run = twinrail_rules::run(&loaded.network, catalog, &config, today);
            times.push((start.elapsed(), rule.code, run.tally().run));
        }
        times.sort_by(|a, b| b.cmp(a));
        for (time, code, run) in times.iter().take(20) {
            println!("{:>9.2} ms {run:>7} judgements  {code}", time.as_secs_f64() * 1e3);
        }
        let total: Duration = times.iter().map(|(time, ..)| *time).sum();
        println!("{:>9.2} ms all {} rules", total.as_secs_f64() * 1e3, times.len());
        let config = Config::default();
        let run = twinrail_rules::run(&loaded.network, catalog, &config, today);
        let start = Instant::now();
        let setting =
            Setting { catalog, config: &config, config_path: None, expired: &[], strict: false, baseline: None, today };
        twinrail_report::assemble(&loaded, &run, setting);
        println!("{:>9.2} ms the report", start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(())
}

/// How long Checkov takes on a plan, in an environment of its own.
fn checkov(target: &Path, plan: &Path) -> Result<Duration, String> {
    let venv = target.join("checkov");
    if !venv.join("bin/checkov").exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        run(Command::new(venv.join("bin/pip")).args(["install", "--quiet", "checkov"]))?;
    }
    let start = Instant::now();
    let mut command = Command::new(venv.join("bin/checkov"));
    command.args([
        "--framework",
        "terraform_plan",
        "--quiet",
        "--compact",
        "--output",
        "json",
        "--soft-fail",
        "--file",
    ]);
    let output = command.arg(plan).output().map_err(|error| format!("checkov: {error}"))?;
    let elapsed = start.elapsed();
    let report: Value = serde_json::from_slice(&output.stdout).map_err(|error| format!("checkov's report: {error}"))?;
    let summary = &report["summary"];
    let count = |name: &str| summary[name].as_u64().unwrap_or(0);
    println!(
        "Checkov {}: {:.1} s, {} checks",
        summary["checkov_version"].as_str().unwrap_or("?"),
        elapsed.as_secs_f64(),
        count("passed") + count("failed")
    );
    Ok(elapsed)
}

fn run(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}")) }
}

/// The high-water mark of this process's memory.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    peak.split_whitespace().next().and_then(|word| word.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
