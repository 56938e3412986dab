//! What the fuzz targets run: each takes text and must come back without a panic, in bounded time and memory. The smoke
//! test `crates/twinrail/tests/hostile.rs` runs the same functions on
//! mutated examples, so that they are exercised where no fuzzer is. Whatever is printed must keep its format's form. Not
//! here: what a right answer is.

pub mod mutate;

use std::sync::LazyLock;

use serde_json::Value;
use twinrail_facts::{Catalog, Date, Override};
use twinrail_intake::{Input, InputError, Loaded};
use twinrail_model::{Platform, Situation};
use twinrail_reach::{Packet, Plane, name};
use twinrail_report::{Baseline, Place, Report, Setting, Side, TextOptions};
use twinrail_report::{diff, diff_json, diff_text, github, json, junit, markdown, sarif, write_baseline};
use twinrail_report::{sequence, sequence_text};
use twinrail_rules::Config;
use twinrail_sim::Trace;

const TODAY: Date = Date { year: 2026, month: 11, day: 22 };

/// Inputs that are given together: path and text of each.
type Texts<'t> = [(&'t str, &'t str)];

/// Inputs that were read, with what the rules say of them.
pub struct Judged {
    loaded: Loaded,
    catalog: Catalog,
    expired: Vec<Override>,
    report: Report,
}

/// A text of any kind: read, judged by every rule, and printed. Returns whether it could be read.
pub fn check(path: &str, text: &str) -> bool {
    check_all(&[(path, text)], None)
}

/// Texts that are given together: read, judged, printed, and compared with a seed that was. Returns whether they could be read.
pub fn check_all(texts: &Texts<'_>, seed: Option<&Judged>) -> bool {
    let Some(judged) = judge(texts) else { return false };
    print(&judged.report);
    if let Some(seed) = seed {
        compare(seed, &judged);
        compare(&judged, seed);
    }
    true
}

/// A question about the example, line by line: from, to, port, and what is down. Whatever can be read is followed in every world.
pub fn trace(text: &str) {
    static EXAMPLE: LazyLock<Loaded> = LazyLock::new(|| {
        let text = include_str!("../../examples/z4m.yaml").to_owned();
        let input = Input { path: "z4m.yaml".to_owned(), text };
        twinrail_intake::read_or_return(vec![input], TODAY).map_err(|_| ()).expect("the example is a model")
    });
    let network = &EXAMPLE.network;
    let mut lines = text.lines();
    let (Some(from), Some(to), Some(port)) = (lines.next(), lines.next(), lines.next()) else { return };
    let Ok(traffic) = name::traffic(port) else { return };
    let Ok(from) = name::sender(network, from, traffic) else { return };
    let Ok(to) = name::end(network, to, traffic, from.it) else { return };
    let situation = Situation::after(lines.take(2).filter_map(|line| name::part(network, line).ok()));
    let catalog = Catalog::embedded();
    let platform = Platform::new(catalog);
    let packet = Packet { from: from.it, to: to.it, traffic };
    let decision = twinrail_reach::answers(&Plane::new(network, &platform), &situation, catalog, &packet);
    assert!(!decision.arms.is_empty(), "a question has an answer");
}

/// Reads texts and runs every rule; `None` if they are refused.
fn judge(texts: &Texts<'_>) -> Option<Judged> {
    let input = |(path, text): &(&str, &str)| Input { path: (*path).to_owned(), text: (*text).to_owned() };
    let loaded = twinrail_intake::read_or_return(texts.iter().map(input).collect(), TODAY);
    let loaded = loaded.map_err(|(errors, inputs)| refused(&errors, &inputs)).ok()?;
    let (catalog, expired) = loaded.learn(Catalog::embedded().clone(), TODAY).ok()?;
    let report = report(&loaded, &catalog, &expired, None);
    Some(Judged { loaded, catalog, expired, report })
}

/// An error says something, and stands in its text.
fn refused(errors: &[InputError], inputs: &[Input]) {
    assert!(!errors.is_empty(), "what is refused has an error");
    for error in errors {
        let input = inputs.iter().find(|input| input.path == error.path).expect("an error is about an input");
        let stands = error.at.as_ref().is_none_or(|at| input.text.get(at.clone()).is_some());
        assert!(stands && !error.message.is_empty(), "{error} stands in its text: {:?}", error.at);
    }
}

fn report(loaded: &Loaded, catalog: &Catalog, expired: &[Override], baseline: Option<&Baseline>) -> Report {
    let config = &Config::default();
    let mut run = twinrail_rules::run(&loaded.network, catalog, config, TODAY);
    if let Some(baseline) = baseline {
        baseline.mark(&mut run, &loaded.network);
    }
    let setting = Setting { catalog, config, config_path: None, expired, strict: true, baseline, today: TODAY };
    twinrail_report::assemble(loaded, &run, setting)
}

const OPTIONS: TextOptions = TextOptions { color: false, details: true, coverage: true };

/// Writes a report in every format.
fn print(report: &Report) {
    for finding in &report.findings {
        finding.place.iter().chain(&finding.alike).chain(&finding.also).for_each(stands);
    }
    let text = written(|out| twinrail_report::text(report, OPTIONS, out));
    assert!(is_plain(&text), "no name moves the cursor of a terminal: {text:?}");
    for format in [json, sarif, write_baseline] {
        serde_json::from_str::<Value>(&written(|out| format(report, out))).expect("what is written as JSON is JSON");
    }
    let xml = written(|out| junit(report, out));
    assert!(is_plain(&xml), "XML has no control characters: {xml:?}");
    let commands = written(|out| github(report, out));
    assert!(commands.lines().all(|line| line.starts_with("::")), "every line is a command: {commands:?}");
    written(|out| markdown(report, out));
}

impl Judged {
    fn side(&self) -> Side<'_> {
        Side { loaded: &self.loaded, catalog: &self.catalog, report: &self.report }
    }
}

/// Writes what differs between two.
fn compare(old: &Judged, new: &Judged) {
    let diff = diff(old.side(), new.side());
    let text = written(|out| diff_text(&diff, OPTIONS, out));
    assert!(is_plain(&text), "no name moves the cursor of a terminal: {text:?}");
    serde_json::from_str::<Value>(&written(|out| diff_json(&diff, out))).expect("what is written as JSON is JSON");
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("a Vec takes all");
    String::from_utf8(out).expect("what is written is UTF-8")
}

fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
}

/// A place marks whole characters of its line.
fn stands(place: &Place) {
    assert!(place.text.get(place.start..place.end).is_some(), "{place:?} marks a part of its line");
    assert!(place.line > 0 && place.column > 0, "{place:?} counts from one");
}

/// A baseline, laid over a network with findings. Returns whether it could be read.
pub fn baseline(text: &str) -> bool {
    static FOUND: LazyLock<Judged> = LazyLock::new(|| judge(&[("dump.json", DUMPS[0])]).expect("a seed is read"));
    let Ok(baseline) = Baseline::parse("baseline.json", text) else { return false };
    print(&report(&FOUND.loaded, &FOUND.catalog, &FOUND.expired, Some(&baseline)));
    true
}

/// A counterexample, followed and told.
pub fn proof_trace(text: &str) -> bool {
    let Ok(trace) = serde_json::from_str::<Trace>(text) else { return false };
    let Ok(states) = trace.replay() else { return false };
    let text = written(|out| sequence_text(&sequence(&trace, &states), OPTIONS, out));
    assert!(is_plain(&text), "no name moves the cursor of a terminal: {text:?}");
    true
}

/// A file of facts, laid over the catalog.
pub fn facts(text: &str) -> bool {
    let read = |path: &str| {
        let input = Input { path: path.to_owned(), text: text.to_owned() };
        let Ok(overrides) = twinrail_intake::read_facts(&input) else { return false };
        let mut catalog = Catalog::embedded().clone();
        overrides.iter().filter(|over| catalog.apply(over, TODAY).is_ok()).count() > 0
    };
    let (by_hand, as_table) = (read("facts.yaml"), read("facts.csv"));
    by_hand || as_table
}

/// A `twinrail.toml`.
pub fn config(text: &str) -> bool {
    Config::parse(text).is_ok()
}

/// Seeds of one form, as trees to change and as what they were judged to be.
struct Seeds(Vec<(Value, Judged)>);

impl Seeds {
    fn new(path: &str, texts: &[&str]) -> Self {
        let seed = |text: &&str| {
            let tree = serde_saphyr::from_str(text).expect("a seed is well formed");
            (tree, judge(&[(path, text)]).expect("a seed is read"))
        };
        Self(texts.iter().map(seed).collect())
    }

    /// The seed that the first byte chooses, changed by the others.
    fn changed(&self, bytes: &[u8]) -> Option<(Value, &Judged)> {
        let (first, rest) = bytes.split_first()?;
        let (tree, judged) = &self.0[usize::from(*first) % self.0.len()];
        let mut tree = tree.clone();
        mutate::mutate(&mut tree, rest);
        Some((tree, judged))
    }
}

/// A healthy example, changed as bytes choose. Returns whether it could be read.
pub fn mutated_model(bytes: &[u8]) -> bool {
    static SEEDS: LazyLock<Seeds> = LazyLock::new(|| Seeds::new("model.yaml", MODELS));
    let Some((tree, seed)) = SEEDS.changed(bytes) else { return false };
    check_all(&[("model.yaml", &serde_saphyr::to_string(&tree).unwrap_or_default())], Some(seed))
}

/// Resources of a project, changed as bytes choose. Returns whether they could be read.
pub fn mutated_dump(bytes: &[u8]) -> bool {
    static SEEDS: LazyLock<Seeds> = LazyLock::new(|| Seeds::new("dump.json", DUMPS));
    let Some((tree, seed)) = SEEDS.changed(bytes) else { return false };
    check_all(&[("dump.json", &tree.to_string())], Some(seed))
}

/// A Terraform plan with its configuration, changed as bytes choose. Returns whether it could be read.
pub fn mutated_plan(bytes: &[u8]) -> bool {
    static SEEDS: LazyLock<Seeds> = LazyLock::new(|| Seeds::new("plan.json", &[PLAN]));
    let Some((tree, seed)) = SEEDS.changed(bytes) else { return false };
    let plan = tree.to_string();
    let mut texts = files(CONFIGURATION);
    texts.push(("plan.json", &plan));
    check_all(&texts, Some(seed))
}

/// An export of Cloud Asset Inventory, changed as bytes choose, as one document or as lines with comments between them.
/// Returns whether it could be read.
pub fn mutated_assets(bytes: &[u8]) -> bool {
    static SEEDS: LazyLock<Seeds> = LazyLock::new(|| Seeds::new("assets.json", ASSETS));
    let Some((as_lines, bytes)) = bytes.split_first() else { return false };
    let Some((tree, seed)) = SEEDS.changed(bytes) else { return false };
    let items = tree.get("assets").unwrap_or(&tree);
    let text = match items.as_array().filter(|_| as_lines % 2 == 1) {
        Some(items) => items.iter().fold(String::new(), |lines, item| lines + &format!("# one more\n{item}\n")),
        None => tree.to_string(),
    };
    check_all(&[("assets.json", &text)], Some(seed))
}

/// A Cluster Toolkit blueprint, changed as bytes choose. Returns whether it could be read.
pub fn mutated_blueprint(bytes: &[u8]) -> bool {
    static SEEDS: LazyLock<Seeds> = LazyLock::new(|| Seeds::new("blueprint.yaml", BLUEPRINTS));
    let Some((tree, seed)) = SEEDS.changed(bytes) else { return false };
    check_all(&[("blueprint.yaml", &serde_saphyr::to_string(&tree).unwrap_or_default())], Some(seed))
}

/// Files of a Terraform configuration beside a plan; a line `# file: PATH` begins each but the first. Where the findings
/// stand, and what they are, is the same in any order of the files. Returns whether they could be read.
pub fn configuration(text: &str) -> bool {
    let mut texts = files(text);
    texts.push(("plan.json", PLAN));
    let is_read = check_all(&texts, None);
    if is_read {
        let findings = |texts: &Texts<'_>| judge(texts).map(|judged| judged.report.findings);
        let found = findings(&texts);
        texts.reverse();
        assert_eq!(findings(&texts), found, "the order of the files changes nothing");
    }
    is_read
}

/// The files of a configuration, each once.
fn files(text: &str) -> Vec<(&str, &str)> {
    let mut parts = text.split("# file: ");
    let first = ("main.tf", parts.next().unwrap_or_default());
    let rest = parts.filter_map(|part| part.split_once('\n')).filter(|(path, _)| path.rsplit('.').next() == Some("tf"));
    let mut files: Vec<(&str, &str)> = Vec::new();
    for file in std::iter::once(first).chain(rest).filter(|(_, text)| !text.trim().is_empty()) {
        if files.iter().all(|(path, _)| *path != file.0) {
            files.push(file);
        }
    }
    files
}

pub const PLAN: &str = include_str!("../seeds/plan.json");

pub const CONFIGURATION: &str = include_str!("../seeds/configuration.tf");

pub const MODELS: &[&str] = &[
    include_str!("../../examples/z4m.yaml"),
    include_str!("../../examples/h4d.yaml"),
    include_str!("../../examples/a4.yaml"),
];

pub const DUMPS: &[&str] = &[include_str!("../seeds/project.json"), include_str!("../seeds/aggregated.json")];

/// Both spellings, states with windows of time, and messages of a feed.
pub const ASSETS: &[&str] = &[
    include_str!("../../crates/intake/tests/fixtures/assets.json"),
    include_str!("../../crates/intake/tests/fixtures/assets-history.json"),
    include_str!("../seeds/assets-export.json"),
    include_str!("../seeds/assets-feed.json"),
];

pub const BLUEPRINTS: &[&str] = &[
    include_str!("../../crates/intake/tests/fixtures/blueprint-h4d.yaml"),
    include_str!("../../crates/intake/tests/fixtures/blueprint-roce.yaml"),
];
