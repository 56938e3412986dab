//! The arrows between crates and what each must not touch. A crate is justified by what it must not know, so a new one is entered here first.

use crate::repo::{File, Repo};
use crate::tidy::tokens;

/// What each crate may depend on, of ours.
const ARROWS: &[(&str, &[&str])] = &[
    ("facts", &[]),
    ("model", &["facts"]),
    ("intake", &["facts", "model"]),
    ("reach", &["facts", "model"]),
    ("rules", &["facts", "model", "reach"]),
    ("sim", &["facts", "model"]),
    ("sizing", &["facts", "model"]),
    ("report", &["facts", "model", "intake", "reach", "rules", "sim", "sizing"]),
    ("twinrail", &["facts", "model", "intake", "reach", "rules", "sim", "sizing", "report"]),
];

/// Crates of others that only some of ours may use, and why.
const RESERVED: &[(&str, &[&str], &str)] = &[
    (
        "toml",
        &["facts", "rules", "intake"],
        "the catalog, twinrail.toml and the table of blueprint modules are the only TOML",
    ),
    ("annotate-snippets", &["report"], "one place renders"),
    ("serde-saphyr", &["intake", "twinrail"], "one place reads YAML"),
    ("clap", &["twinrail"], "one place has a command line"),
];

/// What is banned and yet stands in one file, and why.
const ALLOWED: &[(&str, &[&str], &str)] = &[
    (
        "crates/sim/src/explore.rs",
        &["thread"],
        "the explorer spreads over processors, with the same answer on any number",
    ),
    ("crates/sim/src/explore/store.rs", &["thread"], "so does taking in what it found"),
    ("crates/sim/src/trial.rs", &["thread"], "and so do trials"),
];

pub fn arrows(repo: &Repo) -> Vec<String> {
    let mut wrong = Vec::new();
    for (path, name, manifest) in manifests(repo, &mut Vec::new()) {
        let Some((_, may)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            wrong.push(format!("{path}: say in xtask/src/tidy/crates.rs what `{name}` may know"));
            continue;
        };
        for (section, dependency) in dependencies(&manifest) {
            if let Some(ours) = dependency.strip_prefix("twinrail-")
                && !may.contains(&ours)
                && ours != name
            {
                wrong.push(format!("{path}: `{name}` must not know `{ours}` ({section})"));
            }
            for (_, who, why) in RESERVED.iter().filter(|(what, who, _)| *what == dependency && !who.contains(&name)) {
                wrong.push(format!("{path}: only {} may use `{dependency}`: {why}", who.join(", ")));
            }
        }
    }
    wrong
}

pub fn bans(repo: &Repo) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in repo.files.iter().filter(|file| file.is_library()) {
        match banned(file) {
            Ok(found) => wrong.extend(found),
            Err(error) => wrong.push(format!("{}: {error}", file.path)),
        }
    }
    wrong
}

fn banned(file: &File) -> Result<Vec<String>, String> {
    const WORDS: &[&str] =
        &["SystemTime", "Instant", "println", "print", "eprintln", "eprint", "stdout", "stderr", "stdin", "unsafe"];
    const OF_STD: &[&str] = &["fs", "env", "process", "thread"];
    let stream = tokens::parse(&file.text)?;
    let words = tokens::identifiers(stream.clone()).into_iter().filter(|word| WORDS.contains(&word.text.as_str()));
    let of_std = tokens::paths_from(stream, "std").into_iter().filter(|word| OF_STD.contains(&word.text.as_str()));
    let is_allowed = |word: &tokens::Word| {
        let of_file = ALLOWED.iter().filter(|(path, ..)| *path == file.path);
        of_file.flat_map(|(_, words, _)| *words).any(|allowed| *allowed == word.text)
    };
    let line = |word: tokens::Word| format!("{}:{}: `{}` belongs to the binary", file.path, word.line, word.text);
    Ok(words.chain(of_std).filter(|word| !is_allowed(word)).map(line).collect())
}

pub fn reasons(repo: &Repo) -> Vec<String> {
    let mut wrong = Vec::new();
    let root = repo.file("Cargo.toml").map_or("", |file| file.text.as_str());
    let section = root.split("[workspace.dependencies]\n").nth(1).unwrap_or_default();
    let section = section.split("\n[").next().unwrap_or_default();
    for line in section.lines().filter(|line| !line.is_empty() && !line.contains('#')) {
        wrong.push(format!("Cargo.toml: `{line}` has no comment"));
    }
    for (path, _, manifest) in manifests(repo, &mut wrong) {
        for table in SECTIONS.iter().filter_map(|section| manifest.get(*section)?.as_table()) {
            for (name, value) in table {
                if value.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                    wrong.push(format!("{path}: `{name}` is not taken from the workspace"));
                }
            }
        }
    }
    wrong
}

pub fn registry_hosts(repo: &Repo) -> Vec<String> {
    const PUBLIC: &str = "registry+https://github.com/rust-lang/crates.io-index";
    let mut wrong = Vec::new();
    for file in repo.files.iter().filter(|file| file.path.ends_with("Cargo.lock")) {
        let sources = file.text.lines().filter_map(|line| line.strip_prefix("source = "));
        let mut others: Vec<&str> =
            sources.map(|source| source.trim_matches('"')).filter(|source| *source != PUBLIC).collect();
        others.dedup();
        wrong.extend(others.into_iter().map(|other| format!("{}: {other}", file.path)));
    }
    wrong
}

const SECTIONS: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];

/// The manifests of the product's crates: path, the crate's folder, and the table.
fn manifests<'a>(repo: &'a Repo, wrong: &mut Vec<String>) -> Vec<(&'a str, &'a str, toml::Table)> {
    let mut found = Vec::new();
    for file in &repo.files {
        let Some(name) = file.path.strip_prefix("crates/").and_then(|rest| rest.strip_suffix("/Cargo.toml")) else {
            continue;
        };
        match file.text.parse::<toml::Table>() {
            Ok(table) => found.push((file.path.as_str(), name, table)),
            Err(error) => wrong.push(format!("{}: {error}", file.path)),
        }
    }
    found
}

fn dependencies(manifest: &toml::Table) -> Vec<(&'static str, &str)> {
    let mut found = Vec::new();
    for section in SECTIONS {
        let names = manifest.get(*section).and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys);
        found.extend(names.map(|name| (*section, name.as_str())));
    }
    found
}
