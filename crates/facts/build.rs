//! Embeds the catalog and makes one typed constant for each single fact, so that code which reads a fact that does not
//! exist, or reads it as another type, does not compile. It decides nothing: the catalog is parsed by `src/parse.rs`.

#![expect(clippy::disallowed_methods, reason = "a build script reads its inputs and writes its outputs")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../catalog");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();

    let mut embedded = String::from(
        "/// Every file of the catalog: its path below `catalog/`, and its text.\npub(crate) const FILES: &[(&str, &str)] = &[\n",
    );
    let mut facts = BTreeMap::new();
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
        let name = file.strip_prefix(&root).expect("collected below the root").to_string_lossy().replace('\\', "/");
        let path = file.canonicalize().expect("collected from the disk");
        writeln!(embedded, "    ({name:?}, include_str!({:?})),", path.display().to_string())
            .expect("a String takes all");
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{name}: {error}"));
        let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("catalog/{name}: {error}"));
        for fact in table.get("fact").and_then(toml::Value::as_array).into_iter().flatten() {
            let text = |field: &str| {
                let value = fact.get(field).and_then(toml::Value::as_str);
                value.unwrap_or_else(|| panic!("catalog/{name}: a fact without `{field}`: {fact}")).to_owned()
            };
            let previous = facts.insert(text("id"), (text("unit"), text("question")));
            assert!(previous.is_none(), "catalog/{name}: the id {} stands twice", text("id"));
        }
    }
    embedded.push_str("];\n");

    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("files.rs"), embedded).expect("OUT_DIR can be written");
    fs::write(out.join("keys.rs"), keys(&facts)).expect("OUT_DIR can be written");
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "toml") {
            files.push(path);
        }
    }
}

/// Single facts come first in the catalog, by id, so that their place in that order is their index.
fn keys(facts: &BTreeMap<String, (String, String)>) -> String {
    let mut modules: BTreeMap<String, String> = BTreeMap::new();
    let mut all = String::from(
        "/// Index and id of every key below: checked against the parsed catalog.\npub(crate) const ALL: &[&str] = &[\n",
    );
    for (index, (id, (unit, question))) in facts.iter().enumerate() {
        let (subject, name) = id.split_once('.').unwrap_or_else(|| panic!("the fact id `{id}` has no subject"));
        let constant = identifier(name).to_uppercase();
        let kind = kind(unit);
        let module = modules.entry(identifier(subject)).or_default();
        writeln!(module, "    /// {question} (`{id}`)\n    pub const {constant}: Key<{kind}> = Key::at({index});")
            .expect("a String takes all");
        writeln!(all, "    {id:?},").expect("a String takes all");
    }
    all.push_str("];\n");
    for (name, body) in modules {
        let reason = "reason = \"not every subject has every kind\"";
        let imports = "use crate::key::{Bool, Choice, Cidrs, Count, Delays, Key, Names, Number};";
        write!(
            all,
            "/// Facts about {name}.\npub mod {name} {{\n    #[allow(unused_imports, {reason})]\n    {imports}\n{body}}}\n"
        )
        .expect("a String takes all");
    }
    all
}

fn identifier(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if plain.starts_with(|c: char| c.is_ascii_digit()) { format!("n{plain}") } else { plain }
}

/// The same table as `Unit::parse`; a test holds the two together.
fn kind(unit: &str) -> &'static str {
    match unit {
        "bool" => "Bool",
        "choice" => "Choice",
        "names" => "Names",
        "cidrs" => "Cidrs",
        "delay" => "Delays",
        "Gbps" | "ratio" | "seconds" | "USD" => "Number",
        _ if unit.starts_with("USD per ") => "Number",
        _ => "Count",
    }
}
