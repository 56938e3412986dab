//! Proofs and counterexamples over the command line: exit codes, files that replay for every mover, files that somebody else wrote, and the JSON against its
//! schema. What is printed is in `cmd/prove.trycmd` and `cmd/replay.trycmd`.

#![expect(
    clippy::disallowed_methods,
    reason = "these tests read what the program wrote, and write what it should refuse"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

const SMALL: &str = "crates/twinrail/tests/data/small.yaml";

/// Runs the program in the project's root.
fn twinrail(arguments: &[&str]) -> Output {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    Command::new(env!("CARGO_BIN_EXE_twinrail")).args(arguments).current_dir(root).output().expect("the program runs")
}

/// A folder of this test, which is empty or missing.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

fn prove(model: &str, more: &[&str]) -> Output {
    twinrail(&[&["prove", model, "--today", "2026-11-30"], more].concat())
}

#[test]
fn the_exit_code_is_about_the_mover_that_the_model_names() {
    let scope = ["--nodes", "2", "--vips", "1", "--controllers", "1", "--faults", "1"];
    let code = |model: &str, more: &[&str]| prove(model, &[&scope, more].concat()).status.code();
    assert_eq!(code(SMALL, &[]), Some(1), "the model names a naive mover");
    assert_eq!(code(SMALL, &["--mover", "lb-leader"]), Some(0), "another was asked about");
    assert_eq!(code(SMALL, &["--mover", "lb-health-check"]), Some(0), "another, though it is violated");
    assert_eq!(code(SMALL, &["--fault", "clock"]), Some(0), "nothing happens to this mover");
    assert_eq!(code("examples/z4m.yaml", &[]), Some(0), "what depends is not violated in every world");
    assert_eq!(code(SMALL, &["--mover", "no-such"]), Some(2));
    assert_eq!(code("no-such.yaml", &[]), Some(2));
}

#[test]
fn every_counterexample_of_every_mover_replays_from_its_file() {
    let saved = folder("saved");
    let path = saved.to_str().expect("a path in UTF-8");
    let mut movers = std::collections::BTreeSet::new();
    for (model, more) in
        [(SMALL, vec![]), (SMALL, vec!["--without", "fence"]), ("examples/z4m.yaml", vec!["--without", "request-id"])]
    {
        let scope = ["--nodes", "3", "--vips", "1", "--save", path];
        let output = prove(model, &[&scope, more.as_slice()].concat());
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("= file: ") && text.contains(path), "the text says where they are: {text}");
        for entry in std::fs::read_dir(&saved).expect("the folder was made") {
            let file = entry.expect("an entry").path();
            let shown = file.to_str().expect("a path in UTF-8");
            let output = twinrail(&["replay", shown]);
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(output.status.code(), Some(0), "{shown}: {text}");
            assert!(text.lines().last().is_some_and(|line| line.starts_with("reproduced: ")), "{shown}: {text}");
            let trace: Value = serde_json::from_slice(&std::fs::read(&file).expect("it is there")).expect("it is JSON");
            movers.insert(trace["setting"]["mover"].as_str().expect("a word").to_owned());
        }
    }
    assert!(movers.len() >= 9, "only {movers:?} have counterexamples");
}

/// Patches of the Z4M example, each with what the table says of a mover then.
#[test]
fn what_cannot_be_used_or_asked_is_said() {
    let folder = folder("patched");
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let z4m = include_str!("../../../examples/z4m.yaml");
    let cases = [
        // Refused in every state, which was a loop that did not close.
        ("vips: { nfs: { from: 10.99.0.0-10.99.0.63, reserved: null } }", "alias-ip-fenced", "cannot be used here"),
        (
            "vips: { nfs: { count: 10000, from: 10.64.0.0-10.64.63.255, reserved: null } }",
            "alias-ip",
            "do not fit on 12 NICs",
        ),
        ("clusters: { vault: { count: 1, grows-to: null } }", "alias-ip-fenced", "nobody to ask"),
        ("{}", "stateful-mig", "in no managed instance group"),
        ("clusters: { vault: { mig: { on-failure: repair } } }", "stateful-mig", "come from no secondary range"),
        ("clusters: { vault: { mig: { on-failure: repair } } }", "alias-ip", "a group recreates instances"),
    ];
    for (place, (patch, mover, said)) in cases.into_iter().enumerate() {
        let text = twinrail_intake::patch(z4m, patch).unwrap_or_else(|error| panic!("{patch}: {error}"));
        let path = folder.join(format!("{place}.yaml"));
        std::fs::write(&path, text).expect("a file can be written");
        let output = prove(path.to_str().expect("a path in UTF-8"), &["--mover", mover]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains(said), "{patch} {mover}: {text}{}", String::from_utf8_lossy(&output.stderr));
        assert_ne!(output.status.code(), Some(3), "{patch} {mover}");
    }
}

#[test]
fn proofs_fit_their_schema() {
    let schema = twinrail(&["schema", "prove"]);
    let schema: Value = serde_json::from_slice(&schema.stdout).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is valid");
    for model in [SMALL, "examples/z4m.yaml", "examples/planned.yaml", "crates/twinrail/tests/data/one-way.yaml"] {
        let output = prove(model, &["--vips", "1", "--controllers", "1", "--format", "json"]);
        let proofs: Value = serde_json::from_slice(&output.stdout).expect("the answer is JSON");
        let errors: Vec<String> =
            validator.iter_errors(&proofs).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{model}: {errors:#?}");
        for mover in
            proofs["pools"].as_array().into_iter().flatten().filter_map(|pool| pool["movers"].as_array()).flatten()
        {
            assert_eq!(mover["verdicts"].as_array().map(Vec::len), Some(14), "{model}");
        }
    }
}

#[test]
fn a_counterexample_fits_on_a_screen() {
    let output = prove("examples/z4m.yaml", &["--details", "--vips", "1"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let steps = text.lines().filter(|line| line.starts_with("     ") && line.contains("vault-"));
    let too_wide: Vec<&str> = steps.filter(|line| line.chars().count() > 180).collect();
    assert!(too_wide.is_empty(), "{too_wide:#?}");
}

/// A counterexample to start from.
fn example() -> Value {
    serde_json::from_str(include_str!("data/nfs-alias-ip-I5.json")).expect("it is JSON")
}

/// Replays what somebody else could have written: it is told, or refused with a word why.
fn hostile(name: &str, text: &str) -> i32 {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("hostile-{name}.json"));
    std::fs::write(&path, text).expect("the file can be written");
    let output = twinrail(&["replay", path.to_str().expect("a path in UTF-8")]);
    let code = output.status.code().expect("it ends by itself");
    let said = if code == 2 { &output.stderr } else { &output.stdout };
    assert!(code <= 2 && !said.is_empty(), "{name}: {code}: {}", String::from_utf8_lossy(&output.stderr));
    code
}

#[test]
fn help_names_every_fault() {
    let help = String::from_utf8(twinrail(&["prove", "--help"]).stdout).expect("help is UTF-8");
    for fault in twinrail_sim::FaultSet::all() {
        let word = json!(fault).as_str().expect("a word").to_owned();
        let named = help.split(|c: char| !c.is_ascii_alphabetic()).any(|other| other == word);
        assert!(named, "--fault does not name {word}");
    }
}

#[test]
fn hostile_files_are_refused_and_never_a_bug() {
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut value = example();
        change(&mut value);
        value.to_string()
    };
    let set = |pointer: &'static str, to: Value| {
        changed(&|value| *value.pointer_mut(pointer).expect("the example has it") = to.clone())
    };
    assert_eq!(hostile("as-it-is", &example().to_string()), 0);
    assert_eq!(hostile("empty", ""), 2);
    assert_eq!(hostile("number", "1"), 2);
    assert_eq!(hostile("deep", &"[".repeat(100_000)), 2);
    assert_eq!(hostile("form", &set("/twinrail_trace", json!(2))), 2);
    assert_eq!(hostile("form-word", &set("/twinrail_trace", json!("1"))), 2);
    assert_eq!(hostile("nodes", &set("/setting/scope/nodes", json!(200))), 2);
    assert_eq!(hostile("nodes-huge", &set("/setting/scope/nodes", json!(1e300))), 2);
    assert_eq!(hostile("vips", &set("/setting/scope/vips", json!(4))), 2);
    assert_eq!(hostile("no-vips", &set("/setting/scope/vips", json!(0))), 2);
    assert_eq!(hostile("controllers", &set("/setting/scope/controllers", json!(255))), 2);
    assert_eq!(hostile("faults", &set("/setting/scope/faults", json!(255))), 2);
    assert_eq!(hostile("names", &set("/setting/names", json!([]))), 2);
    assert_eq!(hostile("mover", &set("/setting/mover", json!("by-hand"))), 2);
    assert_eq!(hostile("unknown", &changed(&|value| value["more"] = json!(1))), 2);
    assert_eq!(hostile("event", &set("/events/0", json!({ "kill": { "node": 255 } }))), 1);
    assert_eq!(hostile("event-unknown", &set("/events/0", json!({ "explode": { "node": 0 } }))), 2);
    assert_eq!(hostile("late", &set("/events/0", json!({ "decide-late": { "place": 200 } }))), 1);
    assert_eq!(hostile("controller", &set("/events/0", json!({ "decide": { "controller": 200 } }))), 1);
    assert_eq!(hostile("no-events", &set("/events", json!([]))), 1);
    assert_eq!(hostile("loop", &changed(&|value| value["loops_from"] = json!(u64::MAX))), 0);
    let liveness = |value: &mut Value| {
        value["property"] = json!("converges");
        value["loops_from"] = json!(u64::MAX);
    };
    assert_eq!(hostile("loop-of-liveness", &changed(&liveness)), 1);
    let many = vec![json!({ "program": { "vip": 0 } }); 1_000_000];
    assert_eq!(hostile("many", &set("/events", json!(many))), 2);
    let mut names = example();
    names["setting"]["names"][0] = json!("\u{1b}[31mred\u{202e}\n".repeat(1000));
    assert_eq!(hostile("control", &names.to_string()), 0);
}

/// Any mover with any steps, scope and answers of the platform: whatever a walk does, its trace is told, or does not show what it says.
#[test]
fn any_walk_can_be_told() {
    use twinrail_model::MoverKind;
    use twinrail_sim::{Fencing, Scope, Setting, Step, Steps, Trace, pending, step};
    let mut state = 7_u64;
    let mut luck = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below.max(1)
    };
    for run in 0..600 {
        let mover = MoverKind::ALL[run % MoverKind::ALL.len()];
        let small = |least: usize, more: usize, luck: &mut dyn FnMut(usize) -> usize| {
            u8::try_from(least + luck(more)).expect("small")
        };
        let scope = Scope {
            nodes: small(2, 4, &mut luck),
            vips: small(1, 4, &mut luck),
            controllers: small(1, 3, &mut luck),
            faults: small(0, 5, &mut luck),
        };
        let mut setting = Setting::new(mover, scope);
        let all: Vec<Step> =
            Steps::of(MoverKind::AliasIpFenced).0.iter().chain(Steps::of(MoverKind::LbGarp).0).collect();
        for _ in 0..luck(4) {
            let step = all[luck(all.len())];
            setting.steps = if setting.takes(step) { setting.steps.without(step) } else { setting.steps.with(step) };
        }
        setting.fencing = [Fencing::Nothing, Fencing::Stop, Fencing::Reset, Fencing::Epoch][luck(4)];
        setting.reserved = luck(2) == 0;
        setting.repaired |= luck(3) == 0;
        setting.room = small(0, 9, &mut luck);
        setting.refusal = (luck(5) == 0).then(|| "refused".to_owned());
        let mut system = setting.start();
        let (mut states, mut events) = (vec![system.clone()], Vec::new());
        for _ in 0..60 {
            let mut next = Vec::new();
            pending(&system, &setting, &mut next);
            if next.is_empty() {
                break;
            }
            let event = next[luck(next.len())];
            step(&mut system, &setting, event);
            states.push(system.clone());
            events.push(event);
        }
        for property in twinrail_sim::PropertySet::all() {
            let text = json!({ "twinrail_trace": 1, "property": property, "setting": setting, "events": events, "loops_from": luck(70) });
            let trace: Trace = serde_json::from_value(text).expect("it is a trace");
            let _ = trace.replay();
            let told = twinrail_report::sequence(&trace, &states);
            assert_eq!(told.steps.len(), events.len());
            assert!(told.steps.iter().all(|step| !step.words.contains('?')), "{told:#?}");
        }
    }
}
