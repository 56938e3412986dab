//! Fields of the model that no judgement looks at: the coverage report lists them, and this holds its list to the code.
//!
//! Names are compared, not types: a field counts as looked at if the rules mention its name, or if the model reaches a field of this name
//! by a dot. So a field may be missing from the list that shares its name with another; none is in it wrongly.

use std::collections::BTreeSet;

use twinrail_report::UNJUDGED;

use crate::repo::{File, Repo};
use crate::tidy::tokens;

/// Where the resources of the Compute API are modelled.
const ENTITIES: &[&str] = &["balancing", "firewall", "instance", "link", "vpc"];

pub fn unjudged(repo: &Repo) -> Vec<String> {
    let tokens = |file: &File| tokens::parse(&file.text).unwrap_or_default();
    let below = |folder: &'static str| {
        repo.rust().filter(move |file| file.path.starts_with(folder) && !file.path.ends_with("/tests.rs"))
    };
    let mentioned = below("crates/rules/src/").flat_map(|file| tokens::identifiers(tokens(file)));
    let mut looked_at: BTreeSet<String> = mentioned.map(|word| word.text).collect();
    looked_at.extend(below("crates/model/src/").flat_map(|file| tokens::accesses(tokens(file))));
    let entities = ENTITIES.iter().filter_map(|name| repo.file(&format!("crates/model/src/{name}.rs")));
    let fields: Vec<String> = entities.flat_map(|file| tokens::public_fields(tokens(file))).collect();
    compare(&fields, &looked_at, &UNJUDGED.iter().map(|(.., field)| *field).collect::<Vec<_>>())
}

fn compare(fields: &[String], looked_at: &BTreeSet<String>, listed: &[&str]) -> Vec<String> {
    const LIST: &str = "UNJUDGED of crates/report/src/coverage.rs";
    let name = |field: &str| field.split_once('.').map_or(field, |(_, name)| name).to_owned();
    let unseen = |field: &&String| !looked_at.contains(&name(field));
    let missing = fields.iter().filter(unseen).filter(|field| !listed.contains(&field.as_str()));
    let missing =
        missing.map(|field| format!("{field}: no rule and no predicate looks at it, and it is not in {LIST}"));
    let stale = listed.iter().filter(|field| !fields.iter().filter(unseen).any(|unseen| unseen == *field));
    let stale = stale.map(|field| format!("{LIST}: {field} is looked at now, or gone: remove the line"));
    missing.chain(stale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_looked_at_or_listed() {
        let fields = ["Nic.stack".to_owned(), "Nic.queue".to_owned()];
        let looked_at = BTreeSet::from(["stack".to_owned()]);
        assert_eq!(compare(&fields, &looked_at, &["Nic.queue"]), Vec::<String>::new());
        assert_eq!(compare(&fields, &looked_at, &[]).len(), 1);
        assert_eq!(compare(&fields, &looked_at, &["Nic.queue", "Nic.stack"]).len(), 1);
        assert_eq!(compare(&fields, &looked_at, &["Nic.queue", "Nic.gone"]).len(), 1);
    }

    #[test]
    fn fields_are_read_from_tokens() {
        let source = "pub struct Nic { /// Doc.\n pub stack: Stack, kept: u8, pub queue: Option<u32> } fn f(nic: &Nic) { nic.stack.word(); }";
        let stream = || tokens::parse(source).expect("it is Rust");
        assert_eq!(tokens::public_fields(stream()), ["Nic.stack", "Nic.queue"]);
        assert_eq!(tokens::accesses(stream()), ["stack", "word"]);
    }
}
