//! Failovers from the command line: the same bytes on any number of threads, JSON by its schema, what measured times change, and exit codes of intents.
#![expect(clippy::disallowed_methods, reason = "these tests write their own inputs")]

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

/// Runs the program in the project's root.
fn twinrail(arguments: &[&str]) -> Output {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    Command::new(env!("CARGO_BIN_EXE_twinrail")).args(arguments).current_dir(root).output().expect("the program runs")
}

const QUICK: [&str; 6] = ["failover", "examples/z4m.yaml", "--no-proofs", "--trials", "600", "--varied"];

fn json(more: &[&str]) -> Value {
    let arguments: Vec<&str> = QUICK.iter().chain(&["0", "--format", "json"]).chain(more).copied().collect();
    let output = twinrail(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the answer is JSON")
}

/// A file of this test run.
fn written(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("the folder of tests can be written to");
    path
}

/// The p99 of a mover's first client where an instance is killed.
fn p99(answer: &Value, mover: &str) -> Value {
    let movers = answer["pools"][0]["movers"].as_array().expect("movers");
    let found = movers.iter().find(|one| one["mover"] == mover).expect("the mover");
    found["cells"][0]["outages"][0]["p99"].clone()
}

#[test]
fn the_same_bytes_on_any_number_of_threads_and_by_the_schema() {
    let on = |threads| {
        let few = ["failover", "examples/z4m.yaml", "--no-proofs", "--trials", "401", "--varied", "0"];
        twinrail(&[&few[..], &["--format", "json", "--threads", threads]].concat())
    };
    let alone = on("1");
    for threads in ["2", "5"] {
        assert_eq!(alone.stdout, on(threads).stdout, "{threads} threads");
    }
    let schema: Value = serde_json::from_slice(&twinrail(&["schema", "failover"]).stdout).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is valid");
    let answer: Value = serde_json::from_slice(&alone.stdout).expect("the answer is JSON");
    let errors: Vec<String> = validator.iter_errors(&answer).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// What was measured takes the place of what is guessed: a figure that rested on an unmeasured tail is printed then.
#[test]
fn measured_times_make_figures_honest() {
    let before = p99(&json(&["--mover", "alias-ip", "--scenario", "killed"]), "alias-ip");
    assert!(before["seconds"].is_null(), "{before}");
    assert!(before["why-not"].as_str().is_some_and(|why| why.contains("api.nic-update-time")), "{before}");
    let mut table = String::from("fact,seconds,when,project,zone,machine\n");
    for place in 0..40 {
        let seconds = 1.0 + f64::from(place) / 40.0;
        let row = format!("api.nic-update-time,{seconds},2026-11-29T10:00:{place:02}Z,p,us-central1-a,e2-small");
        table = table + &row + "\n";
    }
    let file = written("measured.csv", &table);
    let file = file.to_str().expect("a path in UTF-8");
    let after = p99(&json(&["--mover", "alias-ip", "--scenario", "killed", "--facts", file]), "alias-ip");
    let measured = after["seconds"].as_f64().expect("it rests on nothing unmeasured");
    assert!((20.0..60.0).contains(&measured), "{after}");
}

/// An intent on outages decides the exit code of `check` only where it is violated in every world that was looked at.
#[test]
fn an_intent_on_outages_counts() {
    let model =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/z4m.yaml")).expect("the example");
    let intent = "\"outage of nfs for gpu: p99 below 60 s\"";
    assert!(model.contains(intent), "the example has the intent");
    let cases =
        [("p50 below 100 ms", "violated", 1), ("p50 below 30 min", "holds", 0), ("p99 below 60 s", "depends", 0)];
    for (limit, verdict, code) in cases {
        let file = written(
            &format!("{}.yaml", limit.replace(' ', "-")),
            &model.replace(intent, &format!("\"outage of nfs for gpu: {limit}\"")),
        );
        let output = twinrail(&["check", "--format", "json", file.to_str().expect("a path in UTF-8")]);
        let report: Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
        let intents = report["intents"].as_array().expect("intents");
        let outage = intents.iter().find(|intent| intent["about"] == "outage").expect("the intent on outages");
        assert_eq!(outage["verdict"], verdict, "{limit}: {outage:#}");
        assert_eq!(output.status.code(), Some(code), "{limit}");
    }
}
