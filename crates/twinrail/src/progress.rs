//! How far a long command is: a line on stderr that is written over, for people at a terminal, once a second has passed. Not here: anything that a program
//! could read.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// Quicker work needs no progress.
const PATIENCE: Duration = Duration::from_secs(1);

/// Between two lines, so that work is not spent on writing.
const PAUSE: Duration = Duration::from_millis(100);

/// A line on stderr.
pub(crate) struct Progress {
    what: &'static str,
    next: Instant,
    is_shown: bool,
    is_terminal: bool,
}

impl Progress {
    #[expect(clippy::disallowed_methods, reason = "the binary owns the clock")]
    pub(crate) fn new(what: &'static str) -> Self {
        let next = Instant::now() + PATIENCE;
        Self { what, next, is_shown: false, is_terminal: std::io::stderr().is_terminal() }
    }

    /// So much of all is done.
    #[expect(clippy::disallowed_methods, reason = "the binary owns the clock")]
    pub(crate) fn show(&mut self, done: usize, all: usize) {
        let now = Instant::now();
        if !self.is_terminal || now < self.next {
            return;
        }
        self.next = now + PAUSE;
        self.is_shown = true;
        // A terminal that went away is no reason to stop.
        let _ = write!(std::io::stderr(), "\r{}: {done} of {all}", self.what);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
