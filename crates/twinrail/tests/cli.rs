//! The command line, as files: `cmd/*.trycmd` holds commands with what they print and their exit code. They run in the project's root.
//! `TRYCMD=overwrite cargo test -p twinrail --test cli` rewrites what is printed; read the difference before you keep it.

use std::process::Command;

#[test]
fn commands_print_what_is_expected() {
    trycmd::TestCases::new().case("tests/cmd/*.trycmd");
}

/// Runs the program in the project's root.
fn twinrail(arguments: &[&str]) -> std::process::Output {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    Command::new(env!("CARGO_BIN_EXE_twinrail")).args(arguments).current_dir(root).output().expect("the program runs")
}

#[test]
fn the_json_report_fits_its_schema() {
    let schema = twinrail(&["schema", "report"]);
    let schema: serde_json::Value = serde_json::from_slice(&schema.stdout).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is valid");
    for model in ["examples/z4m.yaml", "examples/planned.yaml", "examples/a4.yaml"] {
        let output = twinrail(&["check", "--format", "json", "--today", "2026-11-22", model]);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
        let errors: Vec<String> =
            validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{model}: {errors:#?}");
        let summary = &report["summary"];
        let count = |name: &str| summary[name].as_u64().expect("a count");
        let parts = ["passed", "violated", "depends", "undecided", "bound-hit", "suppressed", "known"]
            .map(count)
            .iter()
            .sum::<u64>();
        assert_eq!(count("run"), parts, "{model}: every judgement is counted once");
    }
}

#[test]
fn the_examples_fit_the_schema_of_model_files() {
    let schema = twinrail(&["schema"]);
    let schema: serde_json::Value = serde_json::from_slice(&schema.stdout).expect("the schema is JSON");
    assert!(jsonschema::validator_for(&schema).is_ok());
    assert!(schema["properties"]["clusters"].is_object());
}

#[test]
fn the_same_input_gives_the_same_answer_in_any_order() {
    let forward = twinrail(&[
        "check",
        "--today",
        "2026-11-22",
        "crates/twinrail/tests/data/dump-a.json",
        "crates/twinrail/tests/data/dump-b.json",
        "--format",
        "json",
    ]);
    let backward = twinrail(&[
        "check",
        "--today",
        "2026-11-22",
        "crates/twinrail/tests/data/dump-b.json",
        "crates/twinrail/tests/data/dump-a.json",
        "--format",
        "json",
    ]);
    let report = |output: &std::process::Output| {
        let mut report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
        report["inputs"] = serde_json::Value::Null;
        report
    };
    assert!(!forward.stdout.is_empty());
    assert_eq!(report(&forward), report(&backward));
}
