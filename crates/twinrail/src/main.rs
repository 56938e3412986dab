//! The command line: the only place that touches files, the clock, the environment and stdout. Everything else is a library that takes text and returns values.

mod ask;
mod bandwidth;
mod calibrate;
mod call;
mod check;
mod collect;
mod diff;
mod facts;
mod failover;
mod files;
mod init;
mod names;
mod progress;
mod prove;
mod reach;
mod replay;
mod report;
mod trace;
mod watch;

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use call::{Call, Command};

/// Exit codes: documented in the README, and the same for every command.
mod exit {
    pub(crate) const CLEAN: u8 = 0;
    pub(crate) const DENIED: u8 = 1;
    pub(crate) const INPUT: u8 = 2;
    pub(crate) const OURS: u8 = 3;
}

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        anstream::eprintln!(
            "twinrail has a bug: {panic}\nplease report it with the command and, if you can, the input"
        );
        std::process::exit(exit::OURS.into());
    }));
    let call = match Call::try_parse() {
        Ok(call) => call,
        Err(error) => {
            let code = if error.use_stderr() { exit::INPUT } else { exit::CLEAN };
            let _ = error.print();
            return code.into();
        }
    };
    let result = match call.command {
        Command::Check(call) => check::check(&call),
        Command::Diff(call) => diff::diff(&call),
        Command::Trace(call) => trace::trace(&call),
        Command::Reach(call) => reach::reach(&call),
        Command::Prove(call) => prove::prove(&call),
        Command::Replay(call) => replay::replay(&call),
        Command::Failover(call) => failover::failover(&call),
        Command::Bandwidth(call) => bandwidth::bandwidth(&call),
        Command::Ask(call) => ask::ask(&call),
        Command::Report(call) => report::report(&call),
        Command::Facts(call) => facts::facts(&call),
        Command::Explain { code } => check::explain(code.as_deref()),
        Command::Schema { of } => check::schema(of),
        Command::Init(call) => init::init(&call),
        Command::Collect(call) => collect::collect(&call),
        Command::Calibrate(call) => calibrate::calibrate(&call),
        Command::Reference => {
            anstream::print!("{}", reference());
            Ok(exit::CLEAN)
        }
    };
    match result {
        Ok(code) => code.into(),
        Err(Failure::Closed) => exit::CLEAN.into(),
        Err(Failure::World(lines)) => {
            for line in lines {
                anstream::eprintln!("error: {line}");
            }
            exit::INPUT.into()
        }
    }
}

/// What keeps a command from answering: a mistake in our world, not in the user's network.
enum Failure {
    /// Lines to print, each with a path and a hint.
    World(Vec<String>),
    /// The reader of our output went away.
    Closed,
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Self::Closed
        } else {
            Self::World(vec![format!("cannot write: {error}")])
        }
    }
}

type Outcome = Result<u8, Failure>;

/// The command-line reference, as generated into the documents.
fn reference() -> String {
    let mut text = String::from("# Command line\n\nGenerated from the program; do not edit.\n");
    for command in Call::command().get_subcommands_mut().filter(|command| !command.is_hide_set()) {
        let help = command
            .clone()
            .bin_name(format!("twinrail {}", command.get_name()))
            .term_width(100)
            .render_help()
            .to_string();
        let _ = write!(text, "\n## twinrail {}\n\n```text\n{}\n```\n", command.get_name(), help.trim_end());
    }
    text
}
