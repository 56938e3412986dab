//! How long all ordered pairs take, and every single failure of an instance, on farms of growing size; each size in a process of its own, so that its memory
//! is told apart. Beside it what following a packet for every pair takes, as far as anybody would wait for that. Not here: what is fast enough.

use std::process::Command;
use std::time::{Duration, Instant};

use twinrail_facts::{Catalog, Date};
use twinrail_intake::Input;
use twinrail_model::{Platform, Situation};
use twinrail_reach::{Counts, Matrix, Plane, impacts, instances, matrix, matrix_by_force};

use super::peak_mb;
use crate::synthetic::farm;

const SIZES: [usize; 5] = [100, 300, 1_000, 3_000, 10_000];
/// The largest farm of which every pair is asked by itself: some minutes.
const BY_FORCE: usize = 1_000;
/// Runs; the median is printed.
const RUNS: usize = 3;

pub fn bench(size: usize) -> Result<(), String> {
    if size > 0 {
        return one(size);
    }
    println!("{}", columns());
    for size in SIZES {
        let program = std::env::current_exe().map_err(|error| format!("this program: {error}"))?;
        let status = Command::new(program).args(["bench", "--reach", &size.to_string()]).status();
        let status = status.map_err(|error| format!("a farm of {size}: {error}"))?;
        if !status.success() {
            return Err(format!("a farm of {size}: {status}"));
        }
    }
    Ok(())
}

fn columns() -> String {
    format!(
        "{:>9} {:>7} {:>13} {:>9} {:>9} {:>9} {:>8} {:>8} {:>9} {:>9} {:>8} {:>13} {:>9} {:>8} {:>8} {:>10}",
        "instances",
        "VIPs",
        "pairs",
        "senders",
        "ends",
        "followed",
        "all s",
        "peak MB",
        "one fails",
        "followed",
        "s",
        "two fail",
        "followed",
        "s",
        "peak MB",
        "by force s"
    )
}

/// One size: a line.
fn one(size: usize) -> Result<(), String> {
    let today = Date { year: 2026, month: 11, day: 22 };
    let input = Input { path: "farm.json".to_owned(), text: farm::model(size) };
    let loaded = twinrail_intake::read(vec![input], today).map_err(|errors| format!("a farm of {size}: {errors:?}"))?;
    let (network, catalog) = (&loaded.network, Catalog::embedded());
    let platform = Platform::new(catalog);
    let (took, all) = timed(|| matrix(&Plane::new(network, &platform), catalog, &Situation::default()));
    let peak = peak_mb();
    let (failing, after) = timed(|| impacts(&Plane::new(network, &platform), catalog, &instances(network), false));
    let failing = failing.saturating_sub(took);
    let (failing_twice, after_two) =
        timed(|| impacts(&Plane::new(network, &platform), catalog, &instances(network), true));
    let by_force = (size <= BY_FORCE).then(|| {
        let start = Instant::now();
        let each = matrix_by_force(&Plane::new(network, &platform), catalog, &Situation::default());
        (start.elapsed(), each)
    });
    if let Some((_, each)) = &by_force {
        assert_eq!(counts(each), counts(&all), "classes and every pair by itself come to the same");
    }
    let vips: u64 = network.vips.rows().iter().map(|pool| pool.count).sum();
    println!(
        "{:>9} {vips:>7} {:>13} {:>9} {:>9} {:>9} {:>8.3} {peak:>8.0} {:>9} {:>9} {:>8.3} {:>13} {:>9} {:>8.3} {:>8.0} {:>10}",
        network.instances.len(),
        all.effort.pairs,
        all.effort.sender_classes,
        all.effort.end_classes,
        all.effort.decided,
        took.as_secs_f64(),
        after.stands_for,
        after.effort.decided,
        failing.as_secs_f64(),
        after_two.stands_for,
        after_two.effort.decided,
        failing_twice.saturating_sub(took).as_secs_f64(),
        peak_mb(),
        by_force.map_or_else(|| "-".to_owned(), |(time, _)| format!("{:.1}", time.as_secs_f64())),
    );
    let mut answers = Counts::default();
    for counts in counts(&all) {
        for (answer, pairs) in counts.by_answer() {
            answers.add(answer, pairs);
        }
    }
    let changed = after.each.iter().filter(|impact| !impact.changes.is_empty()).map(|impact| impact.failure.stands_for);
    println!(
        "          {} yes, {} no, {} depend, {} undecided; {} failures change something for others",
        answers.yes,
        answers.no,
        answers.depends,
        answers.undecided,
        changed.sum::<u64>()
    );
    if after_two.left_out > 0 {
        println!("          bound hit: {} failures of two were left out", after_two.left_out);
    }
    Ok(())
}

/// The median time of some runs, and the last result.
fn timed<T>(run: impl Fn() -> T) -> (Duration, T) {
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..RUNS {
        // The result of the run before is gone before the next one begins, so that memory holds one.
        drop(last.take());
        let start = Instant::now();
        last = Some(run());
        times.push(start.elapsed());
    }
    times.sort_unstable();
    (times[RUNS / 2], last.expect("there are runs"))
}

/// The answers of every row.
fn counts(matrix: &Matrix) -> Vec<Counts> {
    matrix.rows.iter().map(twinrail_reach::Row::counts).collect()
}
