//! `cargo xtask`: one command each. Everything else is in the library.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::new_rule::Wanted;
use xtask::repo::{Repo, root};
use xtask::synthetic::plan;
use xtask::{bench, format, generate, new_rule, tidy};

/// The workshop: new rules, generated files, checks and benchmarks.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Call {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a rule's file, its page and its line in the registry.
    NewRule(Wanted),
    /// Write everything that is generated: indexes, references, schemas, broken examples.
    Generate {
        /// Write nothing; fail and name what is stale.
        #[arg(long)]
        check: bool,
    },
    /// Check what no compiler checks.
    Tidy,
    /// Format all Rust, and sort the registry of rules.
    Fmt {
        /// Write nothing; fail and name what is not in form.
        #[arg(long)]
        check: bool,
    },
    /// Measure a check of 1,000 nodes.
    Bench(bench::Wanted),
    /// Print a large Terraform plan of a storage farm.
    Plan(plan::Wanted),
}

fn main() -> ExitCode {
    let root = root();
    let result = match Call::parse().command {
        Command::NewRule(wanted) => new_rule::new_rule(&root, &wanted),
        Command::Generate { check } => generate::generate(&root, check),
        Command::Tidy => Repo::open(&root).and_then(|repo| match tidy::run(&repo) {
            wrong if wrong.is_empty() => {
                println!("{} checks, {} files: tidy", tidy::CHECKS.len(), repo.files.len());
                Ok(())
            }
            wrong => Err(wrong.join("\n")),
        }),
        Command::Fmt { check } => format::format(&root, check),
        Command::Bench(wanted) => bench::bench(&root, &wanted),
        Command::Plan(wanted) => plan::print(&wanted),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
