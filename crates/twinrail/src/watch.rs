//! `twinrail check --watch`: judges again whenever an input changes. Not here: what a check is.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use notify::{Event, RecursiveMode, Watcher};

use crate::call::Check;
use crate::{Failure, Outcome, check};

/// An editor writes a file in several strokes; they count as one when no longer apart than this.
const STROKES: Duration = Duration::from_millis(20);

/// Judges now and after every change, until it is interrupted.
pub(crate) fn watch(call: &Check) -> Outcome {
    let (sender, changes) = channel();
    let watching = |error: notify::Error| Failure::World(vec![format!("cannot watch the inputs: {error}")]);
    let mut watcher = notify::recommended_watcher(sender).map_err(watching)?;
    let paths = watched(call)?;
    for path in &paths {
        // Editors replace a file by another of its name, so its folder is watched; of a folder, everything below.
        let folder = path.parent().filter(|_| path.is_file()).unwrap_or(path);
        let mode = if path.is_dir() { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        watcher.watch(folder, mode).map_err(watching)?;
    }
    loop {
        judge(call)?;
        next(&changes, &paths)?;
        anstream::println!("\n{}", "─".repeat(60));
    }
}

/// Everything that a check reads, as absolute paths: events name those.
fn watched(call: &Check) -> Result<Vec<PathBuf>, Failure> {
    let named = call.inputs.iter().chain(&call.facts).chain(&call.config);
    let absolute = |path: &PathBuf| {
        path.canonicalize()
            .map_err(|error| Failure::World(vec![format!("{}: cannot be watched: {error}", path.display())]))
    };
    named.map(absolute).collect()
}

/// One check. A mistake in an input is printed, and mended in the next one.
fn judge(call: &Check) -> Result<(), Failure> {
    #[expect(clippy::disallowed_methods, reason = "the binary owns the clock")]
    let begin = Instant::now();
    match check::once(call) {
        Ok(_) => {}
        Err(Failure::World(lines)) => lines.iter().for_each(|line| anstream::println!("error: {line}")),
        Err(closed @ Failure::Closed) => return Err(closed),
    }
    anstream::println!("judged in {} ms; waiting for a change", begin.elapsed().as_millis());
    Ok(())
}

/// Waits for a change of what is watched, and for its last stroke.
fn next(changes: &Receiver<notify::Result<Event>>, watched: &[PathBuf]) -> Result<(), Failure> {
    let ended = || Failure::World(vec!["the file system stopped to tell of changes".to_owned()]);
    loop {
        let event = changes.recv().map_err(|_| ended())?;
        if event.is_ok_and(|event| is_about(&event, watched)) {
            break;
        }
    }
    loop {
        match changes.recv_timeout(STROKES) {
            Ok(_) => {}
            Err(RecvTimeoutError::Timeout) => return Ok(()),
            Err(RecvTimeoutError::Disconnected) => return Err(ended()),
        }
    }
}

/// Reading is no change, or every check would be followed by another.
fn is_about(event: &Event, watched: &[PathBuf]) -> bool {
    let is_ours = |path: &Path| watched.iter().any(|known| path.starts_with(known));
    !event.kind.is_access() && event.paths.iter().any(|path| is_ours(path))
}
