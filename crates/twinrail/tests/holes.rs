//! Holes never become passes. Each page's example is violated; a value of it that is known only after apply may be the
//! very value that violates it, so with a hole
//! in its place the judgement must stay violated or become undecided. The same where a resource that is named is not described at all.
//!
//! A share of the kinds of holes is punched into each example; with `TWINRAIL_SLOW` set, every hole. `RULE=code` runs one rule's examples.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use twinrail_facts::{Catalog, Date};
use twinrail_intake::holes::{Change, read_changed};
use twinrail_intake::{Input, Loaded};
use twinrail_rules::{Config, Example, Level, Outcome, Page, RULES, Rule, Verdict};

const HEALTHY: &[(&str, &str)] = &[
    ("z4m", include_str!("../../../examples/z4m.yaml")),
    ("h4d", include_str!("../../../examples/h4d.yaml")),
    ("a4", include_str!("../../../examples/a4.yaml")),
];

fn today() -> Date {
    "2026-11-22".parse().expect("a date")
}

/// One violated example of a page, and what is needed to judge it again.
struct Violated {
    code: &'static str,
    name: String,
    text: String,
    catalog: Catalog,
    config: Config,
    /// Canonical names of the subjects that are violated.
    violated: BTreeSet<String>,
    resources: Vec<Described>,
}

/// A resource of an example: kind, canonical name and body.
struct Described {
    kind: &'static str,
    name: String,
    body: Map<String, Value>,
}

impl Violated {
    fn read(&self, change: impl FnMut(&'static str, &str, &Map<String, Value>) -> Change) -> Option<Loaded> {
        let input = Input { path: path_of(&self.text).to_owned(), text: self.text.clone() };
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

fn path_of(text: &str) -> &'static str {
    if text.starts_with('{') { "plan.json" } else { "model.yaml" }
}

#[expect(clippy::disallowed_methods, reason = "switches for people who run the test")]
fn switch(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn examples() -> Vec<Violated> {
    let only = switch("RULE");
    let mut examples = Vec::new();
    for rule in RULES.iter().copied().filter(|rule| only.as_ref().is_none_or(|code| code == rule.code)) {
        let page = Page::parse(rule.page).expect("pages are in form");
        for (place, example) in page.examples.iter().enumerate() {
            let text = match example.of {
                Example::PLAN => twinrail_intake::plan(example.patch),
                model => {
                    let healthy = HEALTHY.iter().find(|(name, _)| *name == model).expect("a healthy example").1;
                    twinrail_intake::patch(healthy, example.patch)
                }
            };
            examples.push(prepare(rule, format!("{} {place}", rule.code), text.expect("a page's example is in form")));
        }
    }
    examples
}

fn prepare(rule: &'static Rule, name: String, text: String) -> Violated {
    let levels = RULES.iter().map(|other| {
        let level = if other.code == rule.code { Level::Warn } else { Level::Allow };
        (other.code.to_owned(), level)
    });
    let mut example = Violated {
        code: rule.code,
        name,
        text,
        catalog: Catalog::embedded().clone(),
        config: Config { levels: levels.collect(), ..Config::default() },
        violated: BTreeSet::new(),
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
    let unread: BTreeSet<(&str, &str)> =
        loaded.unread.iter().map(|unread| (unread.kind, unread.field.as_str())).collect();
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

/// A pointer without the places of lists, so that those of like things are alike.
fn shape(pointer: &str) -> String {
    let steps = pointer.split('/').map(|step| if step.parse::<usize>().is_ok() { "*" } else { step });
    steps.collect::<Vec<_>>().join("/")
}

/// The resources of an example, those first that are violated themselves: a hole there is the likeliest to matter.
fn in_order(example: &Violated) -> Vec<&Described> {
    let mut resources: Vec<&Described> = example.resources.iter().collect();
    resources.sort_by_key(|resource| !example.violated.iter().any(|name| name.starts_with(&resource.name)));
    resources
}

/// One in so many holes is tried of each example.
const SHARE: usize = 4;

/// The holes that are punched into an example: resources and pointers into them.
fn punches(example: &Violated) -> Vec<(&Described, String)> {
    let all = switch("TWINRAIL_SLOW").is_some();
    let mut seen = BTreeSet::new();
    let mut punches = Vec::new();
    for resource in in_order(example) {
        let mut found = Vec::new();
        pointers(&Value::Object(resource.body.clone()), "", &mut found);
        for pointer in found.into_iter().filter(|pointer| !SETTLED.contains(&pointer.as_str())) {
            if seen.insert((resource.kind, shape(&pointer))) || all {
                punches.push((resource, pointer));
            }
        }
    }
    // Examples of one model share most of their resources, so that each may leave out what its neighbours try.
    let first = example.name.len() % SHARE;
    if all { punches } else { punches.into_iter().skip(first).step_by(SHARE).collect() }
}

/// A violated subject of which nothing is found any more, if there is one.
fn passed<'e>(example: &'e Violated, verdicts: &BTreeMap<String, bool>) -> Option<&'e String> {
    example.violated.iter().find(|name| !verdicts.contains_key(*name))
}

/// The platform may give any address to a new reservation: a plan that leaves one to it does not ask for the one that is released.
const LEFT_TO_CHANCE: &[&str] = &["address-released-in-between"];

#[test]
fn a_hole_never_makes_a_violated_judgement_pass() {
    let mut pairs = 0;
    let mut wrong = Vec::new();
    for example in examples() {
        for (resource, pointer) in punches(&example) {
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
            if let Some(subject) = passed(&example, &verdicts) {
                // A list that is not known has no elements that could be judged: what holds the list is.
                let is_part = subject.strip_prefix(&resource.name).is_some_and(|part| part.starts_with('/'));
                if !(is_part && !verdicts.is_empty() || LEFT_TO_CHANCE.contains(&example.code)) {
                    wrong.push(format!("{}: {} {pointer}: {subject}", example.name, resource.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {pairs}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Rules that leave out a network or a subnet that is only named.
const LEFT_OUT: &[(&str, &str)] = &[
    // What is active was found free of overlaps when it was made.
    ("network", "peered-ranges-overlap"),
    // `subnet-region-not-of-profile` is undecided for the same subnets, and names the profile that is missing.
    ("network", "reserved-address-on-rdma-network"),
    ("network", "stack-type-not-on-profile"),
    ("network", "subnet-not-of-profile"),
    // Nothing says of which network the subnet is; whichever it is, that had room for it.
    ("subnetwork", "peered-ranges-overlap"),
    ("subnetwork", "route-inside-subnet"),
    ("subnetwork", "too-many-subnet-ranges"),
];

#[test]
fn a_resource_that_is_only_named_never_makes_a_violated_judgement_pass() {
    let mut pairs = 0;
    let mut wrong = Vec::new();
    for example in examples() {
        for resource in in_order(&example) {
            if LEFT_OUT.contains(&(resource.kind, example.code)) {
                continue;
            }
            let loaded =
                example.read(
                    |kind, name, _| {
                        if kind == resource.kind && name == resource.name { Change::Drop } else { Change::Keep }
                    },
                );
            // What a model file declares it must describe: the rest of it is an error without.
            let Some(loaded) = loaded else { continue };
            // What nothing names is just not there, and what is not described is not judged.
            let named = loaded.outside.iter().any(|(_, name)| *name == resource.name);
            if !named || example.violated.iter().any(|name| name.starts_with(&resource.name)) {
                continue;
            }
            pairs += 1;
            let verdicts = example.judge(&loaded);
            if let Some(subject) = passed(&example, &verdicts) {
                wrong.push(format!("{}: {}: {subject}", example.name, resource.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {pairs}:\n{}", wrong.len(), wrong.join("\n"));
}
