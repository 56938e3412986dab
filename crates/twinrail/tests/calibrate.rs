//! The script that `twinrail calibrate` prints, run by bash with a `gcloud` that is none: it keeps resources as files and operations as lines, so that the
//! table, what is cleaned up, and what is read back can be held against it.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "these tests write the script and read what it measures")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Each change is an operation that takes its number in hundredths of a second and 1.25 s, at minute N of an hour, in the API's zone of time; the guest sees an
/// alias half a second after its addition was done. Commands that contain `$REFUSED` fail.
const GCLOUD: &str = r#"#!/bin/bash
set -eu
echo "$*" >>calls
case "$*" in *"${REFUSED:-nothing at all}"*) echo 'refused' >&2; exit 1 ;; esac
case "$*" in *"${KILLS:-nothing at all}"*) kill -TERM "$PPID" ;; esac
operation() {
  n=$(($(cat n 2>/dev/null || echo 0) + 1)); echo "$n" >n
  printf 'operation-%s\t2026-11-29T23:%02d:58.500-07:00\t2026-11-29T23:%02d:59.%03d-07:00\t%s\n' "$n" "$n" "$n" "$((750 + n))" "$1" >>operations
  tail -1 operations >newest
}
zoned='*--zone=us-central1-a*'
case "$*" in
"compute instances create "*)
  for argument in "$@"; do case "$argument" in *=startup-script=*) guest=${argument##*=} ;; esac; done
  bash -n "$guest" && grep -q 'local 10.0.1.5 ' "$guest"
  touch "made-$4" "made-$5"
  operation "instances/$4" ;;
"compute instances delete "*) rm "made-$4" "made-$5"; rm -f held ;;
"compute networks create "*) touch made-network ;;
"compute networks delete "*) rm made-network ;;
"compute networks subnets create "*) touch made-subnet ;;
"compute networks subnets delete "*) rm made-subnet ;;
"compute routes create "*) touch made-route; operation "routes/$4" ;;
"compute routes delete "*) rm made-route; operation "routes/$4" ;;
"compute instances network-interfaces update "*)
  name=$5
  for argument in "$@"; do case "$argument" in --aliases=*) aliases=${argument#--aliases=} ;; esac; done
  if [ -n "$aliases" ]; then
    [ ! -e held ] || { echo 'IP_IN_USE_BY_ANOTHER_RESOURCE' >&2; exit 1; }
    echo "$name" >held
  else
    [ "$(cat held)" = "$name" ] || { echo 'not held here' >&2; exit 1; }
    rm held
  fi
  operation "instances/$name"
  # One minute after -07:00 23:NN:59.7xx is 06:NN+1:00.2xx in UTC.
  [ -z "$aliases" ] || printf '2026-11-30T06:%02d:00.%03dZ,' "$((n + 1))" "$((250 + n))" >>"arrivals-$name" ;;
"compute instances get-guest-attributes "*)
  case "$*" in *twinrail/ready*) echo yes ;; *) cat "arrivals-$4" ;; esac ;;
"compute instances describe "*)
  case "$*" in
  *"json(networkInterfaces)"*) echo "{\"networkInterfaces\": [{\"name\": \"nic0\" ${ALIASES:-}}]}" ;;
  *machineType*) echo c3-standard-8 ;;
  *) echo https://www.googleapis.com/compute/v1/projects/farm-prod/global/networks/tcp ;;
  esac ;;
"compute backend-services export "*)
  for argument in "$@"; do case "$argument" in --destination=*) file=${argument#--destination=} ;; esac; done
  printf 'backends:\n- group: g\nhaPolicy:\n  fastIPMove: GARP_RA\n  leader:\n    networkEndpoint:\n      instance: %s\nname: vip\n' "$(cat leader 2>/dev/null || echo node-0)" >"$file" ;;
"compute backend-services import "*)
  for argument in "$@"; do case "$argument" in --source=*) file=${argument#--source=} ;; esac; done
  new=$(sed -n 's/^      instance: //p' "$file")
  [ "$new" = "$(cat leader 2>/dev/null || echo node-0)" ] || { echo "$new" >leader; operation "backendServices/$4"; } ;;
"compute operations list "*)
  for argument in "$@"; do case "$argument" in --filter=*) filter=${argument#*\~\'/} ;; esac; done
  grep -E "[[:space:]]${filter%\'}" operations 2>/dev/null | tail -1 | cut -f1-3 || true ;;
*) echo "what is: $*" >&2; exit 1 ;;
esac
"#;

const PROGRAM: &str = env!("CARGO_BIN_EXE_twinrail");

/// A folder of its own, with the script for a call in it.
fn prepare(name: &str, arguments: &[&str]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("an old folder can be removed");
    }
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let gcloud = folder.join("gcloud");
    std::fs::write(&gcloud, GCLOUD).expect("a file can be written");
    std::fs::set_permissions(&gcloud, std::fs::Permissions::from_mode(0o755)).expect("a file can be made executable");
    let mut printed = Command::new(PROGRAM);
    let printed = printed.arg("calibrate").args(arguments).args(["-o", "script.sh"]).current_dir(&folder).output();
    let printed = printed.expect("the program runs");
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    let checked = Command::new("bash").args(["-n", "script.sh"]).current_dir(&folder).output().expect("bash runs");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    folder
}

fn run(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let path = format!("{}:/usr/bin:/bin", folder.display());
    let mut bash = Command::new("bash");
    bash.arg("script.sh").args(arguments).current_dir(folder).stdin(Stdio::null());
    bash.env("PATH", path).env("TWINRAIL_SETTLE", "0").envs(environment.iter().copied());
    bash.output().expect("bash runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn rows(folder: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(folder.join("t.csv")).expect("a table");
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// Resources that are there, as files.
fn left(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.starts_with("made-") || name == "held").collect();
    names.sort();
    names
}

fn count(rows: &[Vec<String>], fact: &str, what: &str) -> usize {
    rows.iter().filter(|row| row[0] == fact && row[3] == what).count()
}

const PLACE: [&str; 6] = ["-n", "3", "--project", "farm-prod", "--zone", "us-central1-a"];

#[test]
fn instances_of_its_own_are_timed_taken_away_and_read_back() {
    let folder = prepare("calibrate", &PLACE);
    let output = run(&folder, &["--yes", "t.csv"], &[]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("Costs: two e2-small"), "{}", said(&output));
    assert_eq!(left(&folder), Vec::<String>::new());
    let rows = rows(&folder);
    assert_eq!(rows[0].join(","), "fact,seconds,when,what,project,zone,machine");
    for (fact, what, times) in [
        ("api.nic-update-time", "alias-add", 3),
        ("api.nic-update-time", "alias-remove", 3),
        ("api.metadata-to-guest-time", "local-route", 3),
        ("api.route-insert-time", "route-insert", 3),
        ("api.route-delete-time", "route-delete", 3),
    ] {
        assert_eq!(count(&rows, fact, what), times, "{fact} {what}: {rows:?}");
    }
    // The first operation makes the instances; the second adds the alias.
    assert_eq!(
        rows[1].join(","),
        "api.nic-update-time,1.252,2026-11-29T23:02:58.500-07:00,alias-add,farm-prod,us-central1-a,e2-small"
    );
    for row in rows.iter().filter(|row| row[0] == "api.metadata-to-guest-time") {
        assert_eq!(row[1], "0.500");
    }
    let shown = facts(&folder, "api.nic-update-time");
    assert!(shown.contains("status  observed, 2026-11-29"), "{shown}");
    assert!(shown.contains("value   n=6 measured: median 1.254 s, 1.252 to 1.257 s"), "{shown}");
    assert!(
        shown.contains("measured 6 times on 2026-11-29, in farm-prod, us-central1-a, e2-small; fewer than 20"),
        "{shown}"
    );
    // Every command says which project, and asks nothing.
    let calls = std::fs::read_to_string(folder.join("calls")).expect("it was called");
    for call in calls.lines() {
        assert!(call.contains("--project=farm-prod --quiet"), "{call}");
    }
}

fn facts(folder: &Path, id: &str) -> String {
    let mut program = Command::new(PROGRAM);
    let output =
        program.args(["facts", id, "--facts", "t.csv"]).current_dir(folder).output().expect("the program runs");
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn nothing_is_done_before_yes() {
    let folder = prepare("calibrate-asks", &PLACE);
    let output = run(&folder, &["t.csv"], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("Go on? [y/N]") && said(&output).contains("Nothing was done."), "{}", said(&output));
    assert!(!folder.join("calls").exists() && !folder.join("t.csv").exists());
}

#[test]
fn what_fails_in_the_middle_is_cleaned_up_and_what_cannot_be_is_said() {
    for (name, refused) in [
        ("subnet", "subnets create"),
        ("instances", "instances create"),
        ("removal", "--aliases= "),
        ("route", "routes delete"),
    ] {
        let folder = prepare(&format!("calibrate-fails-{name}"), &PLACE);
        let output = run(&folder, &["--yes", "t.csv"], &[("REFUSED", refused)]);
        assert_eq!(output.status.code(), Some(1), "{name}: {}", said(&output));
        let left = left(&folder);
        let expected: &[&str] = match name {
            "route" => &["made-route"],
            _ => &[],
        };
        assert_eq!(left, expected, "{name}: {}", said(&output));
        assert_eq!(said(&output).contains("gcloud compute routes delete"), name == "route", "{}", said(&output));
    }
}

#[test]
fn whoever_stops_it_finds_nothing_left() {
    let folder = prepare("calibrate-stopped", &PLACE);
    let output = run(&folder, &["--yes", "t.csv"], &[("KILLS", "routes create")]);
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert_eq!(left(&folder), Vec::<String>::new(), "{}", said(&output));
    assert!(!said(&output).contains("NOT CLEANED UP"), "{}", said(&output));
}

#[test]
fn two_instances_of_the_user_and_a_leader() {
    let mut arguments = PLACE.to_vec();
    arguments.extend(["--instance", "node-0", "--instance", "node-1", "--alias", "vips:10.10.8.250/32"]);
    arguments.extend(["--backend-service", "vip", "--leader", "node-0", "--leader", "node-1"]);
    let folder = prepare("calibrate-own", &arguments);
    let output = run(&folder, &["--yes", "t.csv"], &[]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("ITS TRAFFIC MOVES EACH TIME"), "{}", said(&output));
    assert_eq!(left(&folder), Vec::<String>::new());
    let rows = rows(&folder);
    assert_eq!(count(&rows, "api.leader-update-time", "leader-update"), 3, "{rows:?}");
    assert_eq!(count(&rows, "api.nic-update-time", "alias-add"), 3);
    assert_eq!(count(&rows, "api.metadata-to-guest-time", "local-route"), 0, "nobody watches the user's guests");
    assert!(rows[1..].iter().all(|row| row[6] == "c3-standard-8"), "{rows:?}");
    assert_eq!(std::fs::read_to_string(folder.join("leader")).expect("it moved").trim(), "node-0", "it is put back");
    let calls = std::fs::read_to_string(folder.join("calls")).expect("it was called");
    assert!(calls.contains("--next-hop-gateway=default-internet-gateway --tags=twinrail-"), "{calls}");
    // Whoever has alias ranges would lose them.
    let folder = prepare("calibrate-own-aliases", &arguments);
    let output = run(&folder, &["--yes", "t.csv"], &[("ALIASES", ", \"aliasIpRanges\": []")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("node-0 has alias ranges, which"), "{}", said(&output));
    assert!(!std::fs::read_to_string(folder.join("calls")).expect("it was called").contains("update"));
}

#[test]
fn project_and_zone_of_a_model() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/z4m.yaml");
    let printed = Command::new(PROGRAM).arg("calibrate").arg(&model).output().expect("the program runs");
    let script = String::from_utf8(printed.stdout).expect("text");
    assert!(script.contains("\nzone='us-central1-a'\ntimes='30'\n"), "{script}");
}

#[test]
fn what_was_measured_is_what_a_comparison_says_changed() {
    let folder = prepare("calibrate-diff", &PLACE);
    let output = run(&folder, &["--yes", "t.csv"], &[]);
    assert!(output.status.success(), "{}", said(&output));
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/z4m.yaml");
    let mut diff = Command::new(PROGRAM);
    diff.arg("diff").args([&model, &model]).args(["--new-facts", "t.csv"]).current_dir(&folder);
    let text = String::from_utf8(diff.output().expect("the program runs").stdout).expect("text");
    assert!(text.contains("api.nic-update-time") && text.contains("n=6 measured: median 1.254 s"), "{text}");
    let mut check = Command::new(PROGRAM);
    check.arg("check").arg(&model).args(["--facts", "t.csv", "--format", "json"]).current_dir(&folder);
    let report: serde_json::Value =
        serde_json::from_slice(&check.output().expect("the program runs").stdout).expect("a report");
    let overrides = report["overrides"].as_array().expect("a list");
    assert_eq!(overrides.len(), 4);
    assert_eq!(overrides[1]["value"], "n=6 measured: median 1.254 s, 1.252 to 1.257 s");
}
