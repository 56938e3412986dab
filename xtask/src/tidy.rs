//! What no compiler checks: arrows between crates, bans, names and numbers that belong into the catalog, documents that
//! point somewhere. One function a check; a
//! test runs them all. A new check is a new function and a line in [`CHECKS`].

mod code;
mod coverage;
mod crates;
mod documents;
mod registry;
mod text;
mod tokens;

use crate::repo::Repo;

/// A check: what it holds, and the places where that is not so.
pub type Check = (&'static str, fn(&Repo) -> Vec<String>);

/// Every check.
pub const CHECKS: &[Check] = &[
    ("crates depend only on what they may know", crates::arrows),
    ("only the binary has files, clock, environment and stdout", crates::bans),
    ("a dependency line says what it is for", crates::reasons),
    ("every package comes from crates.io", crates::registry_hosts),
    ("paths in documents exist", documents::paths),
    ("a module begins with what it is", text::module_comments),
    ("what is left to do has its issue", text::markers),
    ("lines and files end as they should", text::lines),
    ("nothing of one machine", text::machines),
    ("functions are short", code::long_functions),
    ("platform numbers are in the catalog", code::numbers),
    ("names of profiles and series are in the catalog", code::names),
    ("rules, pages and the registry belong together", registry::rules),
    ("fields that no rule looks at are listed", coverage::unjudged),
];

/// Every violation of every check, under the words of its check.
pub fn run(repo: &Repo) -> Vec<String> {
    let mut lines = Vec::new();
    for (what, check) in CHECKS {
        let wrong = check(repo);
        if !wrong.is_empty() {
            lines.push(format!("not so: {what}"));
            lines.extend(wrong.into_iter().map(|line| format!("  {line}")));
        }
    }
    lines
}

/// What may be left out of a check: one line each, of a path, what is meant there, and the reason.
struct Exceptions<'a> {
    list: &'static str,
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    path: &'a str,
    what: &'a str,
    reason: &'a str,
    used: bool,
}

impl<'a> Exceptions<'a> {
    /// Reads a list; blank lines and those that begin with `#` are left out.
    fn of(repo: &'a Repo, list: &'static str) -> Self {
        let text = repo.file(list).map_or("", |file| file.text.as_str());
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let rows = lines.map(|line| {
            let mut parts = line.splitn(3, ' ');
            let mut next = || parts.next().unwrap_or_default();
            Row { path: next(), what: next(), reason: next(), used: false }
        });
        Self { list, rows: rows.collect() }
    }

    /// Whether this is an exception; notes that the row was needed.
    fn covers(&mut self, path: &str, what: &str) -> bool {
        let row = self.rows.iter_mut().find(|row| row.path == path && row.what == what);
        row.map(|row| row.used = true).is_some()
    }

    /// Rows that say nothing: without a reason, or not needed any more.
    fn stale(self) -> Vec<String> {
        let list = self.list;
        let wrong = self.rows.into_iter().filter(|row| !row.used || row.reason.is_empty());
        wrong
            .map(|row| {
                let problem = if row.used { "has no reason" } else { "is not needed any more" };
                format!("{list}: `{} {}` {problem}", row.path, row.what)
            })
            .collect()
    }
}
