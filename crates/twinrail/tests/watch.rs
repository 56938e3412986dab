//! `check --watch` judges again when its input changes, and lives through an input that is wrong for a moment.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

/// Nothing here is timed: this only ends a test that would hang.
const TOO_LONG: Duration = Duration::from_mins(2);

#[test]
#[expect(clippy::disallowed_methods, reason = "a test of what happens to files")]
fn a_changed_model_is_judged_again() {
    let folder = std::env::temp_dir().join(format!("twinrail-watch-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder of our own");
    let model = folder.join("model.yaml");
    let healthy = include_str!("../../../examples/z4m.yaml");
    std::fs::write(&model, healthy).expect("written");
    let mut program = Command::new(env!("CARGO_BIN_EXE_twinrail"))
        .args(["check", "--watch", "--today", "2026-11-22"])
        .arg(&model)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let output = BufReader::new(program.stdout.take().expect("its output is ours"));
    let (sender, lines) = channel();
    std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    let until_judged = || {
        let mut read = Vec::new();
        loop {
            let line: String = lines.recv_timeout(TOO_LONG).expect("the program goes on");
            if line.starts_with("judged in") {
                return read.join("\n");
            }
            read.push(line);
        }
    };
    assert!(until_judged().contains(" 12 instances"));
    std::fs::write(&model, healthy.replace("count: 12", "count: 14")).expect("written");
    assert!(until_judged().contains(" 14 instances"));
    std::fs::write(&model, "twinrail: [").expect("written");
    assert!(until_judged().contains("not valid YAML"));
    std::fs::write(&model, healthy).expect("written");
    assert!(until_judged().contains(" 12 instances"));
    program.kill().expect("it still runs");
    program.wait().expect("it ends");
    std::fs::remove_dir_all(&folder).expect("removed");
}
