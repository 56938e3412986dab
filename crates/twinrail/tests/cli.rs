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
fn traces_and_matrices_fit_their_schemas() {
    let fits = |of: &str, calls: &[&[&str]]| {
        let schema = twinrail(&["schema", of]);
        let schema: serde_json::Value = serde_json::from_slice(&schema.stdout).expect("the schema is JSON");
        let validator = jsonschema::validator_for(&schema).expect("the schema is valid");
        for call in calls {
            let output = twinrail(&[&[of], *call, &["--format", "json", "--today", "2026-11-22"]].concat());
            assert_eq!(output.status.code(), Some(0), "{call:?}");
            let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the answer is JSON");
            let errors: Vec<String> =
                validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert!(errors.is_empty(), "{call:?}: {errors:#?}");
        }
    };
    let one_way = "crates/twinrail/tests/data/one-way.yaml";
    fits(
        "trace",
        &[
            &["examples/z4m.yaml", "--from", "gpu", "--to", "nfs", "--port", "tcp:2049", "--down", "vault-01"],
            &["examples/a4.yaml", "--from", "gpu", "--to", "vault", "--port", "tcp:2049"],
            &[one_way, "--from", "writers", "--to", "readers", "--port", "rdma"],
        ],
    );
    fits("reach", &[&["examples/a4.yaml"], &[one_way, "--after", "any-one-nic"], &["examples/terraform"]]);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it reads what the program wrote")]
fn reports_fit_their_schema_and_come_out_the_same() {
    let schema = twinrail(&["schema", "book"]);
    let schema: serde_json::Value = serde_json::from_slice(&schema.stdout).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is valid");
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    for (model, without) in [("examples/a4.yaml", "proofs"), ("crates/twinrail/tests/data/small.yaml", "failures")] {
        let written = ["json", "html", "md"].map(|end| folder.join(format!("report.{end}")));
        let mut call = vec!["report", model, "--without", without, "--today", "2026-11-22", "--trials", "400"];
        call.extend(written.iter().flat_map(|path| ["-o", path.to_str().expect("a path of this test")]));
        let write = || {
            let output = twinrail(&call);
            assert_eq!(output.status.code(), Some(0), "{model}: {}", String::from_utf8_lossy(&output.stderr));
            written.each_ref().map(|path| std::fs::read_to_string(path).expect("it was written"))
        };
        let [book, page, document] = write();
        assert_eq!(write(), [book.clone(), page.clone(), document], "{model}");
        let book: serde_json::Value = serde_json::from_str(&book).expect("the book is JSON");
        let errors: Vec<String> =
            validator.iter_errors(&book).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{model}: {errors:#?}");
        assert!(page.starts_with("<!DOCTYPE html>") && page.contains(model), "{model}");
    }
}

#[test]
fn sarif_of_the_examples_fits_the_official_schema() {
    // The official pattern of a language tag has a stray bracket, which a strict reader of regular expressions refuses.
    let schema = include_str!("../../report/tests/sarif-schema-2.1.0.json").replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}?$");
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is valid");
    for model in ["examples/z4m.yaml", "examples/planned.yaml", "crates/twinrail/tests/data/dump-b.json"] {
        let output = twinrail(&["check", "--format", "sarif", "--today", "2026-11-22", model]);
        let log: serde_json::Value = serde_json::from_slice(&output.stdout).expect("SARIF is JSON");
        let errors: Vec<String> =
            validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{model}: {errors:#?}");
        let results = log["runs"][0]["results"].as_array().expect("a list");
        assert!(!results.is_empty(), "{model}");
        let fails = results.iter().any(|result| result["level"] == "error");
        assert_eq!(fails, output.status.code() == Some(1), "{model}: an error is what fails the check");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it reads what the program wrote")]
fn one_run_writes_several_formats() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    let file = |name: &str| format!("{folder}/{name}");
    let (sarif, junit, baseline) = (file("out.sarif"), file("out.xml"), file("baseline.json"));
    let output = twinrail(&[
        "check",
        "--today",
        "2026-11-22",
        "examples/planned.yaml",
        &format!("--format=sarif={sarif}"),
        &format!("--format=junit={junit}"),
        &format!("--write-baseline={baseline}"),
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("refused or broken: "), "text is still printed");
    let read = |path: &str| std::fs::read_to_string(path).expect("it was written");
    assert!(read(&sarif).contains("\"version\": \"2.1.0\"") && read(&junit).starts_with("<?xml "));
    let again =
        twinrail(&["check", "--today", "2026-11-22", "examples/planned.yaml", "--strict", "--baseline", &baseline]);
    let text = String::from_utf8_lossy(&again.stdout).into_owned();
    assert_eq!(again.status.code(), Some(0), "{text}");
    assert!(text.contains("nothing new: ") && text.contains(" known, 0 new"), "{text}");
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

/// Without its index in the list of rules, which grows.
#[test]
fn a_sarif_result_reads_like_this() {
    let output = twinrail(&[
        "check",
        "--today",
        "2026-11-22",
        "crates/twinrail/tests/data/dump-a.json",
        "crates/twinrail/tests/data/dump-b.json",
        "--format",
        "sarif",
    ]);
    let mut log: serde_json::Value = serde_json::from_slice(&output.stdout).expect("SARIF is JSON");
    let result = log["runs"][0]["results"][0].as_object_mut().expect("a result");
    assert!(result.remove("ruleIndex").is_some());
    insta::assert_snapshot!(serde_json::to_string_pretty(result).expect("a value"));
}
