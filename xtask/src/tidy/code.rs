//! What stands in code though it belongs into the catalog, and functions that are too long.

use std::collections::BTreeMap;

use twinrail_facts::Catalog;

use crate::repo::{File, Repo};
use crate::tidy::{Exceptions, tokens};

/// A longer function has a second thought in it.
const MAX_LINES: usize = 70;

/// A ratchet: no function may be longer than this, except those of the list, and those no longer than they are there.
pub fn long_functions(repo: &Repo) -> Vec<String> {
    const LIST: &str = "xtask/tidy/long-functions.txt";
    let mut wrong = Vec::new();
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for file in repo.rust() {
        match tokens::parse(&file.text) {
            Err(error) => wrong.push(format!("{}: {error}", file.path)),
            Ok(stream) => {
                for function in tokens::functions(stream).into_iter().filter(|function| function.lines > MAX_LINES) {
                    let longest = found.entry(format!("{}::{}", file.path, function.name)).or_default();
                    *longest = function.lines.max(*longest);
                }
            }
        }
    }
    let text = repo.file(LIST).map_or("", |file| file.text.as_str());
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (name, allowed) = line.split_once(' ').unwrap_or((line, ""));
        let allowed: usize = allowed.trim().parse().unwrap_or(0);
        match found.remove(name) {
            Some(lines) if lines > allowed => {
                wrong.push(format!("{name} has {lines} lines, more than the {allowed} it had"));
            }
            Some(lines) if lines < allowed => {
                wrong.push(format!("{LIST}: {name} has only {lines} lines now: write that"));
            }
            Some(_) => {}
            None => wrong.push(format!("{LIST}: {name} is short now, or gone: remove the line")),
        }
    }
    wrong.extend(found.into_iter().map(|(name, lines)| format!("{name} has {lines} lines, more than {MAX_LINES}")));
    wrong
}

/// Code whose numbers and names are the platform's.
fn judges(repo: &Repo) -> impl Iterator<Item = &File> {
    let places = ["crates/model/src/", "crates/rules/src/"];
    repo.rust().filter(move |file| !file.is_test() && places.iter().any(|place| file.path.starts_with(place)))
}

pub fn numbers(repo: &Repo) -> Vec<String> {
    /// What people count by hand: below this a number says nothing about a platform.
    const SMALL: f64 = 10.0;
    let mut exceptions = Exceptions::of(repo, "xtask/tidy/numbers.txt");
    let mut wrong = Vec::new();
    for file in judges(repo) {
        let stream = tokens::parse(&file.text).unwrap_or_default();
        for literal in tokens::literals(stream) {
            let suspicious = value(&literal.text).is_some_and(|value| value > SMALL) || is_address(&literal.text);
            if suspicious && !exceptions.covers(&file.path, &literal.text) {
                let advice = "read a fact, or enter it with a reason in xtask/tidy/numbers.txt";
                wrong.push(format!("{}:{}: {}: {advice}", file.path, literal.line, literal.text));
            }
        }
    }
    wrong.extend(exceptions.stale());
    wrong
}

/// The value of a number as Rust writes it.
fn value(literal: &str) -> Option<f64> {
    if !literal.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let plain = literal.replace('_', "");
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = plain.strip_prefix(prefix) {
            let digits = digits.split(['u', 'i']).next().unwrap_or_default();
            return u64::from_str_radix(digits, radix).ok().map(|value| value as f64);
        }
    }
    let number = plain.split(['u', 'i', 'f']).next().unwrap_or_default();
    number.parse().ok()
}

/// Whether a string is an address or a range: one of the platform's, or of nobody's.
fn is_address(literal: &str) -> bool {
    let text = literal.trim_matches('"');
    let address = text.split_once('/').map_or(text, |(address, _)| address);
    address.parse::<std::net::IpAddr>().is_ok()
}

pub fn names(repo: &Repo) -> Vec<String> {
    let names = catalog_names();
    let mut exceptions = Exceptions::of(repo, "xtask/tidy/names.txt");
    let mut wrong = Vec::new();
    for file in judges(repo) {
        let stream = tokens::parse(&file.text).unwrap_or_default();
        let texts = tokens::literals(stream.clone()).into_iter().filter(|literal| literal.text.ends_with('"'));
        for literal in texts.chain(tokens::paths_from(stream, "keys")) {
            let words = literal.text.to_lowercase();
            let words = words.split(|c: char| !c.is_ascii_alphanumeric());
            for word in words.filter(|word| names.iter().any(|name| name == word)) {
                if !exceptions.covers(&file.path, word) {
                    let advice =
                        "ask the profile or machine for a fact, or enter it with a reason in xtask/tidy/names.txt";
                    wrong.push(format!("{}:{}: `{word}`: {advice}", file.path, literal.line));
                }
            }
        }
    }
    wrong.dedup();
    wrong.extend(exceptions.stale());
    wrong
}

/// Names that only the catalog knows: profiles, and machine series.
fn catalog_names() -> Vec<String> {
    let catalog = Catalog::embedded();
    // The ordinary network is not one of the profiles that a name could single out.
    let profiles =
        catalog.profiles().iter().filter(|profile| !profile.suffix.is_empty()).map(|profile| profile.id.as_str());
    let series = catalog.machines().values().map(|machine| machine.series.as_str());
    let first = |name: &str| name.split('-').next().unwrap_or(name).to_lowercase();
    let mut names: Vec<String> = profiles.chain(series).map(first).collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_rust_writes_them() {
        let cases = [
            ("7", Some(7.0)),
            ("1_000u64", Some(1000.0)),
            ("0xff", Some(255.0)),
            ("1.5e3", Some(1500.0)),
            ("\"12\"", None),
        ];
        for (text, expected) in cases {
            assert_eq!(value(text), expected, "{text}");
        }
        assert!(is_address("\"35.191.0.0/16\"") && is_address("\"::1\"") && !is_address("\"a/b\""));
    }

    #[test]
    fn the_catalog_names_profiles_and_series() {
        let names = catalog_names();
        for name in ["falcon", "roce", "z4m", "h4d"] {
            assert!(names.iter().any(|known| known == name), "{name} in {names:?}");
        }
        assert!(!names.iter().any(|name| name == "standard"));
    }
}
