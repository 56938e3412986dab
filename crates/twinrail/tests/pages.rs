//! Every rule's page runs: its examples are violated, its near misses are silent, the healthy models stay healthy, and every code fires somewhere.
//! Set `RULE=code` to run one page.

use std::collections::BTreeMap;

use twinrail_facts::{Catalog, Date};
use twinrail_intake::{Input, Loaded};
use twinrail_model::{Answer, Class};
use twinrail_rules::{Config, Example, Judge, Level, Outcome, Page, RULES, Rule, Run};

const HEALTHY: &[(&str, &str)] = &[
    ("z4m", include_str!("../../../examples/z4m.yaml")),
    ("h4d", include_str!("../../../examples/h4d.yaml")),
    ("a4", include_str!("../../../examples/a4.yaml")),
];

fn today() -> Date {
    "2026-11-22".parse().expect("a date")
}

fn healthy(name: &str) -> &'static str {
    let found = HEALTHY.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("no healthy example is named `{name}`")).1
}

fn load(text: String, what: &str) -> Loaded {
    let path = if text.starts_with('{') { "plan.json" } else { "model.yaml" };
    let input = Input { path: path.to_owned(), text };
    twinrail_intake::read(vec![input], today()).unwrap_or_else(|errors| {
        let lines: Vec<String> = errors.iter().map(|error| format!("{error} ({:?})", error.hint)).collect();
        panic!("{what} is well formed: {}", lines.join("\n"))
    })
}

/// A healthy model, patched by a page, or the plan that a page describes.
fn patched(rule: &Rule, example: Example) -> Loaded {
    let text = match example.of {
        Example::PLAN => twinrail_intake::plan(example.patch),
        model => twinrail_intake::patch(healthy(model), example.patch),
    };
    load(text.unwrap_or_else(|error| panic!("{}: {error}", rule.code)), rule.code)
}

/// Runs all rules with nothing allowed, on the facts as the model overrides them.
fn run(loaded: &Loaded) -> Run {
    let mut catalog = Catalog::embedded().clone();
    for over in &loaded.overrides {
        catalog.apply(over, today()).unwrap_or_else(|error| panic!("{error}"));
    }
    twinrail_rules::run(&loaded.network, &catalog, &Config::default(), today())
}

fn of<'r>(run: &'r Run, rule: &'r Rule) -> impl Iterator<Item = &'r Outcome> {
    run.outcomes.iter().filter(move |outcome| outcome.rule.code == rule.code)
}

/// Every rule with its page, or the one that `RULE` names.
#[expect(clippy::disallowed_methods, reason = "a switch for people who write a page")]
fn pages() -> Vec<(&'static Rule, Page)> {
    let only = std::env::var("RULE").ok();
    let rules = RULES.iter().copied().filter(|rule| only.as_ref().is_none_or(|code| code == rule.code));
    let rules: Vec<&'static Rule> = rules.collect();
    assert!(!rules.is_empty(), "no rule has the code that RULE names");
    rules
        .into_iter()
        .map(|rule| (rule, Page::parse(rule.page).unwrap_or_else(|error| panic!("{}: {error}", rule.code))))
        .collect()
}

#[test]
fn pages_are_in_form() {
    for (rule, page) in pages() {
        assert_eq!(page.code, rule.code, "a page is titled with its code");
        for fact in page.facts {
            assert!(Catalog::embedded().find(fact).is_some(), "{}: no fact is named `{fact}`", rule.code);
        }
    }
}

#[test]
fn every_example_is_violated_and_cites_its_facts() {
    let mut wrong = Vec::new();
    for (rule, page) in pages() {
        for (place, example) in page.examples.iter().enumerate() {
            let loaded = patched(rule, *example);
            let run = run(&loaded);
            let violated: Vec<&Outcome> = of(&run, rule).filter(|outcome| outcome.is_violated_somewhere()).collect();
            if violated.is_empty() {
                let seen: Vec<String> = of(&run, rule).map(|outcome| format!("{:?}", outcome.decision)).collect();
                wrong.push(format!("{} example {place} is not violated: {}", rule.code, seen.join("\n")));
            }
            // A walk reads what its packets meet, and its findings say so themselves.
            if matches!(rule.judge, Judge::Walk(_)) {
                continue;
            }
            let reads = violated.iter().flat_map(|outcome| &outcome.decision.arms).flat_map(|arm| &arm.reads);
            for id in reads.map(|read| Catalog::embedded().fact(*read).id.as_str()) {
                if !page.facts.contains(&id) {
                    wrong.push(format!("{} example {place} reads `{id}`, which its page does not name", rule.code));
                }
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_near_miss_is_silent() {
    let mut loud = Vec::new();
    for (rule, page) in pages() {
        for (place, miss) in page.near_misses.iter().enumerate() {
            let loaded = patched(rule, *miss);
            let run = run(&loaded);
            for outcome in of(&run, rule).filter(|outcome| outcome.is_violated_somewhere() || outcome.depends()) {
                loud.push(format!("{} near miss {place}: {:?}", rule.code, outcome.decision.arms));
            }
        }
    }
    assert!(loud.is_empty(), "{}", loud.join("\n"));
}

#[test]
fn healthy_models_are_violated_by_no_rule_in_every_world() {
    for (name, text) in HEALTHY {
        let loaded = load((*text).to_owned(), name);
        let run = run(&loaded);
        let violated = run.outcomes.iter().filter(|outcome| outcome.is_certain_violation());
        let violated: Vec<String> =
            violated.map(|outcome| format!("{}: {:?}", outcome.rule.code, outcome.decision.arms[0].answer)).collect();
        assert!(violated.is_empty(), "{name}:\n{}", violated.join("\n"));
        assert!(run.outcomes.iter().all(|outcome| outcome.decision.complete), "{name}: no bound is hit");
        assert!(loaded.unsupported.is_empty() && loaded.malformed.is_empty(), "{name}");
    }
}

#[test]
fn messages_have_their_form() {
    let mut wrong: BTreeMap<&str, String> = BTreeMap::new();
    for (rule, page) in pages() {
        for example in &page.examples {
            let loaded = patched(rule, *example);
            let run = run(&loaded);
            for arm in of(&run, rule).flat_map(|outcome| &outcome.decision.arms) {
                let Ok(Answer::Violated(finding)) = &arm.answer else { continue };
                let full_stop = finding.message.ends_with('.') || finding.help.ends_with('.');
                let refused = (rule.class == Class::Refused) == finding.refusal.is_some();
                if full_stop || finding.message.is_empty() || finding.help.is_empty() || !refused {
                    wrong.insert(rule.code, format!("{finding:?}"));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "a message has no full stop, a help is there, a refusal goes with the class `refused`:\n{wrong:#?}"
    );
}

#[test]
fn codes_are_unique_and_kebab_case() {
    let mut codes: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
    assert!(codes.iter().all(|code| code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')));
    codes.sort_unstable();
    let before = codes.len();
    codes.dedup();
    assert_eq!(codes.len(), before);
    assert!(RULES.iter().all(|rule| Level::default_of(rule.class) > Level::Allow));
}
