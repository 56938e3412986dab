//! Sizes from the command line: JSON by its schema, and what a report and the open questions make of it. Not here: how many, and how they look.
#![expect(clippy::disallowed_methods, reason = "these tests write their own inputs")]

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

/// Runs the program in the project's root.
fn twinrail(arguments: &[&str]) -> Output {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let output = Command::new(env!("CARGO_BIN_EXE_twinrail"))
        .args(arguments)
        .current_dir(root)
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_slice(&twinrail(arguments).stdout).expect("the answer is JSON")
}

/// The path of a file of this test run.
fn written(name: &str, text: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("the folder of tests can be written to");
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// The example without some of its parts.
fn example(name: &str, without: &[&str]) -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let model = std::fs::read_to_string(format!("{root}/examples/z4m.yaml")).expect("the example");
    let mut kept = String::new();
    let mut is_kept = true;
    for line in model.lines() {
        if !line.starts_with(' ') && line.contains(':') && !line.starts_with('#') {
            is_kept = !without.iter().any(|part| line.starts_with(&format!("{part}:")));
        }
        if is_kept {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    written(name, &kept)
}

/// The book of an input without what takes long.
fn book(input: &str, name: &str, more: &[&str]) -> Value {
    let path = written(name, "");
    let mut call = vec!["report", input, "--today", "2026-11-30", "-o", &path];
    let left_out = ["proofs", "failover", "packets", "failures", "bandwidth"];
    call.extend(left_out.iter().flat_map(|part| ["--without", *part]));
    call.extend(more);
    twinrail(&call);
    serde_json::from_str(&std::fs::read_to_string(&path).expect("it was written")).expect("the book is JSON")
}

fn list<'v>(value: &'v Value, field: &str) -> &'v [Value] {
    value[field].as_array().unwrap_or_else(|| panic!("{field} is a list: {value:#}"))
}

/// The answer about sizes.
fn answer(book: &Value) -> Option<&Value> {
    list(book, "answers").iter().find(|answer| answer["about"] == "size")
}

#[test]
fn sizes_fit_their_schema() {
    let schema = json(&["schema", "size"]);
    let validator = jsonschema::validator_for(&schema).expect("the schema is valid");
    let tests = example("size-tests.yaml", &["demand", "sizing"]);
    let demand = example("size-demand.yaml", &["tests"]);
    let nothing = example("size-nothing.yaml", &["tests", "demand", "sizing"]);
    for input in ["examples/z4m.yaml", &tests, &demand, &nothing, "examples/terraform"] {
        let answer = json(&["size", input, "--format", "json", "--today", "2026-11-30"]);
        let errors: Vec<String> = validator.iter_errors(&answer).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{input}: {errors:#?}");
    }
}

#[test]
fn a_report_has_the_sizes_of_its_day_and_seed() {
    let alone = json(&["size", "examples/z4m.yaml", "--seed", "7", "--format", "json", "--today", "2026-11-30"]);
    let with = book("examples/z4m.yaml", "size-with.json", &["--seed", "7"]);
    assert_eq!(with["size"], alone, "the report and the command say the same");
    assert_eq!(with["made"]["seed"], 7);
    let users = |used: &&Value| list(used, "by").iter().any(|by| by == "size");
    assert_eq!(list(&with, "facts").iter().filter(users).count(), list(&alone, "facts").len());

    let without = book("examples/z4m.yaml", "size-without.json", &["--without", "size"]);
    assert!(without["size"].is_null() && answer(&without).is_none());
    assert!(without["made"]["seed"].is_null(), "nothing is drawn by chance");
    assert!(list(&without["made"], "skipped").contains(&Value::from("size")));
}

#[test]
fn the_question_is_answered_with_the_figures() {
    let book = book("examples/z4m.yaml", "size-answer.json", &[]);
    let short = answer(&book).expect("the question is answered");
    let last = list(&book["size"]["plan"], "quarters").last().expect("a quarter");
    let said = short["answer"].as_str().expect("a text");
    for (count, what) in [(&last["nodes"], "nodes"), (&last["vips"], "VIPs"), (&last["addresses"], "addresses")] {
        assert!(said.contains(&format!("{count} {what}")), "{short:#}");
    }
    assert!(said.contains(&format!("for tests {} instances", book["size"]["farm"]["least"])), "{short:#}");
    let first = &list(&book["size"]["plan"], "asks")[0];
    let by = first["by"].as_str().expect("a day");
    assert!(
        short["detail"].as_str().is_some_and(|detail| detail.contains(by) && detail.contains("late if")),
        "{short:#}"
    );
}

/// Every fact that flips the plan is a question, with a sentence for each of its values.
#[test]
fn open_facts_of_the_plan_are_asked() {
    let book = book("examples/z4m.yaml", "size-asked.json", &[]);
    let flips = list(&book["size"]["plan"], "flips");
    assert!(!flips.is_empty(), "something hangs on facts");
    let open = list(&book, "open");
    for flip in flips {
        let of_fact = |open: &&Value| open["fact"]["id"] == flip["fact"];
        let open = open.iter().find(of_fact).unwrap_or_else(|| panic!("{flip:#} is a question"));
        let end = format!("if it is {}", flip["value"].as_str().expect("a value"));
        let sentences = list(open, "changes").iter().filter_map(Value::as_str);
        let told: Vec<&str> = sentences
            .filter(|change| change.starts_with("the plan for customers: ") && change.ends_with(&end))
            .collect();
        assert_eq!(told.len(), 1, "{open:#}");
        let nodes = list(flip, "nodes").last().expect("a quarter");
        assert_eq!(told[0].contains(&format!("{nodes} nodes instead of")), flip["is-other-count"] == true, "{told:?}");
        let least = if flip["is-other-machine"] == true { 50 } else { 10 };
        assert!(open["weight"].as_u64().is_some_and(|weight| weight >= least), "{open:#}");
    }
}

#[test]
fn without_tests_and_demand_the_question_does_not_arise() {
    let input = example("size-none.yaml", &["tests", "demand", "sizing"]);
    let book = book(&input, "size-none.json", &[]);
    let answer = answer(&book).expect("the question");
    assert_eq!(answer["verdict"], "absent", "{answer:#}");
    assert!(answer["answer"].as_str().is_some_and(|answer| answer.contains("`demand`")), "{answer:#}");
    assert!(book["made"]["seed"].is_null(), "nothing is drawn by chance");
}

/// VIPs of the example come from a secondary range, of which nothing is kept back: primaries and VIPs each have a range of their own, with room for a cluster
/// beside the old one.
#[test]
fn vips_of_a_secondary_range_take_no_primary_addresses() {
    let size = json(&["size", "examples/z4m.yaml", "--format", "json", "--today", "2026-11-30"]);
    let subnets = size["plan"]["subnets"].as_array().expect("subnets");
    let of = |rail: &str| {
        let found = subnets.iter().find(|subnet| subnet["cluster"] == "training" && subnet["rail"] == rail);
        let found = found.unwrap_or_else(|| panic!("{rail}: {subnets:#?}"));
        let number = |field: &str| found[field].as_u64().expect("a number");
        (number("nodes"), number("addresses"), number("prefix"), number("vips"))
    };
    let (nodes, primaries, prefix, vips) = of("tcp");
    assert_eq!((primaries, vips), (nodes * 2, 0));
    assert!(primaries <= (1 << (32 - prefix)) - 4 && primaries > (1 << (31 - prefix)) - 4, "/{prefix}");
    let (_, addresses, prefix, vips) = of("tcp, secondary");
    assert_eq!((addresses, vips), (nodes * 4 * 2, nodes * 4));
    assert!(addresses <= 1 << (32 - prefix) && addresses > 1 << (31 - prefix), "/{prefix}");
}
