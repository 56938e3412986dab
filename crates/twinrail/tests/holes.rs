//! Holes never become passes. Each page's example is violated; a value of it that is known only after apply may be the very value that violates it, so with a hole
//! in its place the judgement must stay violated or become undecided. The same where a resource that is named is not described at all.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use twinrail_facts::{Catalog, Date};
use twinrail_intake::holes::{Change, read_changed};
use twinrail_intake::{Input, Loaded};
use twinrail_rules::{Config, Level, Outcome, Page, RULES, Rule, Verdict};

const HEALTHY: &[(&str, &str)] = &[
    ("z4m", include_str!("../../../examples/z4m.yaml")),
    ("h4d", include_str!("../../../examples/h4d.yaml")),
    ("a4", include_str!("../../../examples/a4.yaml")),
];

fn today() -> Date {
    "2026-11-22".parse().expect("a date")
}

/// One violated example of a page, and what is needed to judge it again.
struct Example {
    rule: &'static Rule,
    name: String,
    text: String,
    catalog: Catalog,
    config: Config,
    /// Canonical names of the subjects that are violated, and of what is named in their findings.
    violated: BTreeSet<String>,
    involved: BTreeSet<String>,
    resources: Vec<Described>,
}

/// A resource of an example: kind, canonical name and body.
struct Described {
    kind: &'static str,
    name: String,
    body: Map<String, Value>,
}

impl Example {
    fn read(&self, change: impl FnMut(&'static str, &str, &Map<String, Value>) -> Change) -> Option<Loaded> {
        let input = Input { path: "model.yaml".to_owned(), text: self.text.clone() };
        read_changed(vec![input], today(), change).ok()
    }

    /// Names of subjects by their verdicts: `true` if violated in some world, `false` if else undecided in one.
    fn judge(&self, loaded: &Loaded) -> BTreeMap<String, bool> {
        let run = twinrail_rules::run(&loaded.network, &self.catalog, &self.config, today());
        let verdict = |outcome: &Outcome| {
            let undecided = outcome.decision.arms.iter().any(|arm| Verdict::of(&arm.answer) == Verdict::Undecided);
            let violated = outcome.is_violated_somewhere();
            let name = loaded.network.name(outcome.subject).as_str().to_owned();
            (violated || undecided).then_some((name, violated))
        };
        run.outcomes.iter().filter_map(verdict).collect()
    }
}

fn examples() -> Vec<Example> {
    let only = std::env::var("RULE").ok();
    let mut examples = Vec::new();
    for rule in RULES.iter().copied().filter(|rule| only.as_ref().is_none_or(|code| code == rule.code)) {
        let page = Page::parse(rule.page).expect("pages are in form");
        for (place, example) in page.examples.iter().enumerate() {
            let healthy = HEALTHY.iter().find(|(name, _)| *name == example.of).expect("a healthy example").1;
            let text = twinrail_intake::patch(healthy, example.patch).expect("a patch");
            examples.push(prepare(rule, format!("{} {place}", rule.code), text));
        }
    }
    examples
}

fn prepare(rule: &'static Rule, name: String, text: String) -> Example {
    let levels = RULES.iter().map(|other| {
        let level = if other.code == rule.code { Level::Warn } else { Level::Allow };
        (other.code.to_owned(), level)
    });
    let mut example = Example {
        rule,
        name,
        text,
        catalog: Catalog::embedded().clone(),
        config: Config { levels: levels.collect(), ..Config::default() },
        violated: BTreeSet::new(),
        involved: BTreeSet::new(),
        resources: Vec::new(),
    };
    let mut resources = Vec::new();
    let loaded = example.read(|kind, name, body| {
        resources.push(Described { kind, name: name.to_owned(), body: body.clone() });
        Change::Keep
    });
    let loaded = loaded.expect("an example is well formed");
    for over in &loaded.overrides {
        example.catalog.apply(over, today()).expect("an override of an example applies");
    }
    let verdicts = example.judge(&loaded);
    example.violated = verdicts.into_iter().filter(|(_, violated)| *violated).map(|(name, _)| name).collect();
    assert!(!example.violated.is_empty(), "{} is violated", example.name);
    let unread: BTreeSet<(&str, &str)> = loaded.unread.iter().map(|unread| (unread.kind, unread.field.as_str())).collect();
    for resource in &mut resources {
        resource.body.retain(|key, _| !unread.contains(&(resource.kind, key.as_str())));
    }
    example.resources = resources;
    example
}

/// The pointers of everything in a body: blocks, lists, their elements and plain values.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut below = |key: &str, value: &Value| {
        let pointer = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        pointers(value, &pointer, found);
        found.push(pointer);
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| below(key, value)),
        Value::Array(items) => items.iter().enumerate().for_each(|(place, value)| below(&place.to_string(), value)),
        _ => {}
    }
}

/// Names and texts for people: no plan leaves them open, and nothing reads them.
const SETTLED: &[&str] = &["/kind", "/id", "/selfLink", "/name", "/description"];

#[test]
fn a_hole_never_makes_a_violated_judgement_pass() {
    let mut pairs = 0;
    let mut wrong = Vec::new();
    for example in examples() {
        for resource in &example.resources {
            let mut found = Vec::new();
            pointers(&Value::Object(resource.body.clone()), "", &mut found);
            for pointer in found.into_iter().filter(|pointer| !SETTLED.contains(&pointer.as_str())) {
                let loaded = example.read(|kind, name, _| {
                    let hit = kind == resource.kind && name == resource.name;
                    if hit { Change::Punch(vec![pointer.clone()]) } else { Change::Keep }
                });
                pairs += 1;
                let Some(loaded) = loaded else {
                    wrong.push(format!("{}: {} {pointer}: is not read", example.name, resource.name));
                    continue;
                };
                let verdicts = example.judge(&loaded);
                let passed: Vec<&String> = example.violated.iter().filter(|name| !verdicts.contains_key(*name)).collect();
                if let Some(passed) = passed.first() {
                    let elsewhere = if verdicts.is_empty() { "PASSED" } else { "moved" };
                    wrong.push(format!("{elsewhere} {}: {} {pointer}: {passed}", example.name, resource.name));
                }
            }
        }
    }
    println!("{pairs} pairs, {} wrong, {} passed everywhere", wrong.len(), wrong.iter().filter(|w| w.starts_with("PASSED")).count());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
