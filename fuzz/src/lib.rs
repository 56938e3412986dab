//! What the fuzz targets run: each takes text and must come back without a panic, in bounded time and memory. The smoke
//! test `crates/twinrail/tests/hostile.rs` runs the same functions on
//! mutated examples, so that they are exercised where no fuzzer is. Not here: what a right answer is.

pub mod mutate;

use std::sync::LazyLock;

use serde_json::Value;
use twinrail_facts::{Catalog, Date};
use twinrail_intake::Input;
use twinrail_report::{Baseline, Report, Setting, TextOptions, github, json, junit, markdown, sarif, write_baseline};
use twinrail_rules::Config;

/// How a report is written.
type Format = fn(&Report, &mut dyn std::io::Write) -> std::io::Result<()>;

const TODAY: Date = Date { year: 2026, month: 11, day: 22 };

/// A model file or JSON of Google Cloud: read, judged by every rule, and printed. Returns whether it could be read.
pub fn check(path: &str, text: &str) -> bool {
    let input = Input { path: path.to_owned(), text: text.to_owned() };
    let Ok(loaded) = twinrail_intake::read(vec![input], TODAY) else { return false };
    let Ok((catalog, expired)) = loaded.learn(Catalog::embedded().clone(), TODAY) else { return false };
    let config = Config::default();
    let run = twinrail_rules::run(&loaded.network, &catalog, &config, TODAY);
    let setting = Setting {
        catalog: &catalog,
        config: &config,
        config_path: None,
        expired: &expired,
        strict: true,
        baseline: None,
        today: TODAY,
    };
    let report = twinrail_report::assemble(&loaded, &run, setting);
    let mut out = Vec::new();
    let options = TextOptions { color: false, details: true, coverage: true };
    twinrail_report::text(&report, options, &mut out).expect("a Vec takes all");
    let formats: [Format; 6] = [json, sarif, junit, github, markdown, write_baseline];
    for format in formats {
        format(&report, &mut out).expect("a Vec takes all");
    }
    true
}

/// A baseline.
pub fn baseline(text: &str) -> bool {
    Baseline::parse("baseline.json", text).is_ok()
}

/// A file of facts, laid over the catalog.
pub fn facts(text: &str) -> bool {
    let input = Input { path: "facts.yaml".to_owned(), text: text.to_owned() };
    let Ok(overrides) = twinrail_intake::read_facts(&input) else { return false };
    let mut catalog = Catalog::embedded().clone();
    overrides.iter().filter(|over| catalog.apply(over, TODAY).is_ok()).count() > 0
}

/// A `twinrail.toml`.
pub fn config(text: &str) -> bool {
    Config::parse(text).is_ok()
}

/// A healthy example, changed as bytes choose. Returns whether it could be read.
pub fn mutated_model(bytes: &[u8]) -> bool {
    static TREES: LazyLock<Vec<Value>> = LazyLock::new(|| MODELS.iter().map(|text| from_yaml(text)).collect());
    let Some((tree, bytes)) = chosen(&TREES, bytes) else { return false };
    let mut tree = tree.clone();
    mutate::mutate(&mut tree, bytes);
    check("model.yaml", &serde_saphyr::to_string(&tree).unwrap_or_default())
}

/// Resources of a project, changed as bytes choose. Returns whether they could be read.
pub fn mutated_dump(bytes: &[u8]) -> bool {
    static TREES: LazyLock<Vec<Value>> = LazyLock::new(|| DUMPS.iter().map(|text| from_yaml(text)).collect());
    let Some((tree, bytes)) = chosen(&TREES, bytes) else { return false };
    let mut tree = tree.clone();
    mutate::mutate(&mut tree, bytes);
    check("dump.json", &tree.to_string())
}

/// A Terraform plan, changed as bytes choose. Returns whether it could be read.
pub fn mutated_plan(bytes: &[u8]) -> bool {
    static TREE: LazyLock<Value> = LazyLock::new(|| from_yaml(PLAN));
    let mut tree = TREE.clone();
    mutate::mutate(&mut tree, bytes);
    check("plan.json", &tree.to_string())
}

pub const PLAN: &str = include_str!("../seeds/plan.json");

pub const MODELS: &[&str] = &[
    include_str!("../../examples/z4m.yaml"),
    include_str!("../../examples/h4d.yaml"),
    include_str!("../../examples/a4.yaml"),
];

pub const DUMPS: &[&str] = &[include_str!("../seeds/project.json"), include_str!("../seeds/aggregated.json")];

fn from_yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).expect("a seed is well formed")
}

fn chosen<'t, 'b>(trees: &'t [Value], bytes: &'b [u8]) -> Option<(&'t Value, &'b [u8])> {
    let (first, rest) = bytes.split_first()?;
    Some((&trees[usize::from(*first) % trees.len()], rest))
}
