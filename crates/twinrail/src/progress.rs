//! That a long command is at work: a line on stderr that is written over, for people at a terminal, once a second has passed. Not here: anything that a
//! program could read.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// Between two lines; quicker work needs none.
const PAUSE: Duration = Duration::from_secs(1);

/// A line on stderr, until it is dropped.
pub(crate) struct Progress {
    writer: Option<(Sender<()>, JoinHandle<()>)>,
    count: Arc<AtomicU64>,
}

impl Progress {
    /// Says what is done, and for how many seconds by now.
    pub(crate) fn new(what: &'static str) -> Self {
        Self::counting(what, "states")
    }

    /// The same, and how many of what were done.
    pub(crate) fn counting(what: &'static str, counted_in: &'static str) -> Self {
        let count = Arc::new(AtomicU64::new(0));
        if !std::io::stderr().is_terminal() {
            return Self { writer: None, count };
        }
        let counted = Arc::clone(&count);
        let (end, ended) = mpsc::channel();
        let writer = std::thread::spawn(move || {
            let mut seconds = 0;
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(PAUSE) {
                seconds += PAUSE.as_secs();
                // A terminal that went away is no reason to stop.
                let count = match counted.load(Ordering::Relaxed) {
                    0 => String::new(),
                    count => format!("{count} {counted_in}, "),
                };
                let _ = write!(std::io::stderr(), "\r\x1b[K{what} … {count}{seconds} s");
            }
            if seconds > 0 {
                let _ = write!(std::io::stderr(), "\r\x1b[K");
            }
        });
        Self { writer: Some((end, writer)), count }
    }

    /// How many states were looked at so far.
    pub(crate) fn states(&self, count: u64) {
        self.count(count);
    }

    /// How many were done so far.
    pub(crate) fn count(&self, count: u64) {
        self.count.store(count, Ordering::Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((end, writer)) = self.writer.take() {
            drop(end);
            writer.join().expect("the writer of progress does not panic");
        }
    }
}
