//! Bandwidth from the command line: JSON by its schema, and what a report and the open questions make of it. Not here: the shares, and how they look.
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

/// The example with so many reads that something binds, and with an intent on them.
fn heavy(name: &str) -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let model = std::fs::read_to_string(format!("{root}/examples/z4m.yaml")).expect("the example");
    let intent = "intents:\n  - read of gpu at least 300 Gbps, after any one instance of vault fails";
    // Its own promise on bandwidth is taken out, so that there is one.
    let model = model.replacen("  - read of gpu at least 300 Gbps, after any one failure\n", "", 1);
    let heavier = model.replacen("read: 400 Gbps", "read: 1500 Gbps", 1).replacen("intents:", intent, 1);
    assert!(heavier.contains("1500 Gbps") && heavier.contains(intent), "the example has a workload and intents");
    written(name, &heavier)
}

/// The path of a file of this test run.
fn written(name: &str, text: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("the folder of tests can be written to");
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// The book of an input without what takes long.
fn book(input: &str, name: &str, without: &[&str]) -> Value {
    let path = written(name, "");
    let mut call = vec!["report", input, "--today", "2026-11-30", "-o", &path];
    let left_out = ["proofs", "failover", "packets", "failures"];
    call.extend(left_out.iter().chain(without).flat_map(|part| ["--without", *part]));
    twinrail(&call);
    serde_json::from_str(&std::fs::read_to_string(&path).expect("it was written")).expect("the book is JSON")
}

fn texts<'v>(list: &'v Value, field: &str) -> Vec<&'v str> {
    let list = list.as_array().expect("a list");
    list.iter().map(|one| one[field].as_str().expect("a text")).collect()
}

#[test]
fn bandwidth_fits_its_schema() {
    let schema = json(&["schema", "bandwidth"]);
    let validator = jsonschema::validator_for(&schema).expect("the schema is valid");
    for input in ["examples/z4m.yaml", "examples/a4.yaml", &heavy("schema.yaml"), "examples/terraform"] {
        let answer = json(&["bandwidth", input, "--format", "json", "--today", "2026-11-30"]);
        let errors: Vec<String> = validator.iter_errors(&answer).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{input}: {errors:#?}");
    }
}

#[test]
fn a_report_has_bandwidth_once_and_can_leave_it_out() {
    let input = heavy("once.yaml");
    let with = book(&input, "with.json", &[]);
    let about: Vec<&str> = texts(&with["report"]["intents"], "about");
    assert_eq!(about.iter().filter(|about| **about == "bandwidth").count(), 1, "{about:?}");
    let answer = with["answers"].as_array().expect("answers").iter().find(|answer| answer["about"] == "bandwidth");
    let answer = answer.expect("the question is answered");
    assert_eq!(answer["verdict"], "risk", "{answer:#}");
    assert!(answer["detail"].as_str().is_some_and(|detail| detail.contains("of 1500 Gbps")), "{answer:#}");
    let used = with["facts"]
        .as_array()
        .expect("facts")
        .iter()
        .filter(|used| used["by"].as_array().expect("users").iter().any(|by| by == "bandwidth"));
    assert_eq!(used.count(), with["bandwidth"]["facts"].as_array().expect("facts").len());

    let without = book(&input, "without.json", &["bandwidth"]);
    assert!(without["bandwidth"].is_null());
    assert!(!texts(&without["report"]["intents"], "about").contains(&"bandwidth"));
    assert!(!texts(&without["answers"], "about").contains(&"bandwidth"));
    assert!(without["made"]["skipped"].as_array().expect("parts").contains(&Value::from("bandwidth")));
}

/// Every open fact on which a condition or an intent hangs is a question, with a sentence for each.
#[test]
fn open_facts_of_bandwidth_are_asked() {
    let input = heavy("asked.yaml");
    let book = book(&input, "asked.json", &[]);
    let rows = book["bandwidth"]["systems"][0]["rows"].as_array().expect("conditions").iter();
    let judged: Vec<&Value> = rows.chain(book["bandwidth"]["intents"].as_array().expect("intents")).collect();
    let mut seen = 0;
    for open in book["open"].as_array().expect("open facts") {
        let id = &open["fact"]["id"];
        let hang =
            judged.iter().filter(|one| one["deciding"].as_array().expect("facts").iter().any(|fact| fact["id"] == *id));
        let hang = hang.count();
        let changes = open["changes"].as_array().expect("sentences").iter().filter(|change| {
            let change = change.as_str().expect("a sentence");
            change.starts_with("whether the bandwidth is enough") || change.starts_with("whether `read of gpu")
        });
        assert_eq!(changes.count(), hang, "{id}: {open:#}");
        seen += hang;
    }
    assert!(seen > 0, "something hangs on facts");
    assert_eq!(seen, judged.iter().map(|one| one["deciding"].as_array().expect("facts").len()).sum::<usize>());

    let asked = json(&["ask", &input, "--trials", "300", "--format", "json", "--today", "2026-11-30"]);
    let of_flow = asked["open"].as_array().expect("questions").iter();
    let of_flow: Vec<&Value> =
        of_flow.filter(|open| open["fact"]["id"] == "bandwidth.per-flow-internal-gbps").collect();
    assert_eq!(of_flow.len(), 1, "{of_flow:#?}");
    let changes = of_flow[0]["changes"].to_string();
    assert!(changes.contains("enough with everything up: not enough if it is 10"), "{changes}");
}

#[test]
fn without_a_workload_the_question_does_not_arise() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let model = std::fs::read_to_string(format!("{root}/examples/z4m.yaml")).expect("the example");
    let lines: Vec<&str> =
        model.lines().filter(|line| !line.starts_with("workload:") && !line.contains("read of gpu")).collect();
    let book = book(&written("none.yaml", &lines.join("\n")), "none.json", &[]);
    let answers = book["answers"].as_array().expect("answers");
    let answer = answers.iter().find(|answer| answer["about"] == "bandwidth").expect("the question");
    assert_eq!(answer["verdict"], "absent", "{answer:#}");
    assert!(answer["answer"].as_str().is_some_and(|answer| answer.contains("`workload`")), "{answer:#}");
}
