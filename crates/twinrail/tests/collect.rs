//! The script that `twinrail collect --script` prints, run by a shell with a `gcloud` that is none: it answers with
//! synthetic resources, and refuses what it is told to refuse.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "these tests write the script and read what it collects")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Answers like `gcloud`, as far as the script asks; commands that contain `$REFUSED` fail.
const GCLOUD: &str = r#"#!/bin/sh
root=https://www.googleapis.com/compute/v1/projects/farm-prod
echo "$*" >>calls
if [ -n "$REFUSED" ]; then
  case "$*" in *"$REFUSED"*) echo '[{"half": '; exit 1 ;; esac
fi
case "$*" in
*"networks list --format=value(name)"*) echo rails ;;
*"instance-groups list --uri"*) echo "$root/zones/z/instanceGroups/nodes" ;;
*"instance-groups list-instances"*) echo "[{\"instance\": \"$root/zones/z/instances/n0\", \"status\": \"RUNNING\"}]" ;;
*"instance-groups list "*)
  echo "[{\"kind\": \"compute#instanceGroup\", \"name\": \"nodes\", \"selfLink\": \"$root/zones/z/instanceGroups/nodes\"}]" ;;
*get-effective-firewalls*) echo '{"firewalls": [], "firewallPolicys": []}' ;;
*"networks list "* | "asset list "*)
  echo "[{\"kind\": \"compute#network\", \"name\": \"rails\", \"selfLink\": \"$root/global/networks/rails\"}]" ;;
*) echo '[]' ;;
esac
"#;

const PROGRAM: &str = env!("CARGO_BIN_EXE_twinrail");

/// A folder of its own with the script in it, and what running it gives.
fn run(name: &str, arguments: &[&str], refused: &str) -> (PathBuf, Output) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("an old folder can be removed");
    }
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let gcloud = folder.join("gcloud");
    std::fs::write(&gcloud, GCLOUD).expect("a file can be written");
    std::fs::set_permissions(&gcloud, std::fs::Permissions::from_mode(0o755)).expect("a file can be made executable");
    let printed = Command::new(PROGRAM).arg("collect").args(arguments).output().expect("the program runs");
    assert!(printed.status.success());
    let script = folder.join("script.sh");
    std::fs::write(&script, printed.stdout).expect("a file can be written");
    let path = format!("{}:/usr/bin:/bin", folder.display());
    let shell = Command::new("sh").arg(&script).current_dir(&folder).env("PATH", path).env("REFUSED", refused).output();
    (folder, shell.expect("a shell runs"))
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn checked(folder: &Path) -> serde_json::Value {
    let mut check = Command::new(PROGRAM);
    let output = check.args(["check", "--format", "json", "farm-prod"]).current_dir(folder).output();
    let output = output.expect("the program runs");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
    })
}

#[test]
fn what_the_script_collects_is_understood_to_the_last_file() {
    for (name, arguments) in [("script", vec!["--script", "farm-prod"]), ("lines", vec!["farm-prod"])] {
        let (folder, output) = run(name, &arguments, "");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let collected = files(&folder.join("farm-prod"));
        assert_eq!(collected.len(), 25, "{collected:?}");
        assert!(collected.contains(&"effective-firewalls-rails.json".to_owned()), "{collected:?}");
        assert!(collected.contains(&"members-farm-prod_zones_z_instanceGroups_nodes.json".to_owned()), "{collected:?}");
        let report = checked(&folder);
        assert_eq!(report["not-understood"]["kinds"], serde_json::json!([]), "{name}");
        let calls = std::fs::read_to_string(folder.join("calls")).expect("it was called");
        for call in calls.lines() {
            assert!(call.contains("--project=farm-prod") && call.contains("--quiet"), "{call}");
            let reads = ["list", "list-instances", "get-effective-firewalls"];
            assert!(call.split(' ').any(|word| reads.contains(&word)), "{call} reads");
        }
    }
}

#[test]
fn what_cannot_be_read_is_said_and_leaves_no_half_file() {
    for (name, refused, missing) in [
        ("list", "compute routes list", "farm-prod/routes.json: gcloud compute routes list"),
        (
            "members",
            "list-instances",
            "farm-prod/members-farm-prod_zones_z_instanceGroups_nodes.json: members https://",
        ),
        ("names", "list --uri", "farm-prod/members-*.json: gcloud compute instance-groups list --uri"),
    ] {
        let (folder, output) = run(name, &["--script", "farm-prod"], refused);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("could not be read:\n  ") && said.contains(missing), "{said}");
        let collected = files(&folder.join("farm-prod"));
        assert_eq!(collected.len(), 24, "{collected:?}");
        assert!(collected.iter().all(|file| file.rsplit('.').next() == Some("json")), "{collected:?}");
        checked(&folder);
    }
}

#[test]
fn the_inventory_is_one_file() {
    let (folder, output) = run("inventory", &["--script", "--cai", "farm-prod"], "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(files(&folder.join("farm-prod")), ["assets.json"]);
}
