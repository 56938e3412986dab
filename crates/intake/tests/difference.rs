//! What changes between two readings: nothing between a network and itself, and the mirror image the other way round.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use twinrail_intake::{Change, Differences, FieldChange, Loaded, Told, difference};

use crate::fixtures;
use crate::view::loaded;

fn lines(found: &Differences) -> String {
    let told = |told: &Told| match told {
        Told::Value(text) => text.clone(),
        Told::Nothing => "-".to_owned(),
        Told::AfterApply => "?".to_owned(),
    };
    let mut lines = Vec::new();
    for change in &found.changes {
        match &change.change {
            Change::Added => lines.push(format!("+ {} {}", change.kind, change.name)),
            Change::Removed => lines.push(format!("- {} {}", change.kind, change.name)),
            Change::Changed(fields) => {
                let fields =
                    fields.iter().map(|field| format!("{}: {} > {}", field.field, told(&field.old), told(&field.new)));
                lines.push(format!("~ {} {}: {}", change.kind, change.name, fields.collect::<Vec<_>>().join("; ")));
            }
        }
    }
    lines.push(format!("left to the platform: {}", found.left_to_platform));
    lines.join("\n")
}

/// The changes with both sides exchanged; places in lists are those of the new side, so fields are compared without.
fn by_name(found: &Differences, turned: bool) -> BTreeMap<String, (String, Vec<(Told, Told)>)> {
    let turn = |field: &FieldChange| {
        let (old, new) = (field.old.clone(), field.new.clone());
        if turned { (new, old) } else { (old, new) }
    };
    let change = |change: &Change| match change {
        Change::Added => (if turned { "removed" } else { "added" }.to_owned(), Vec::new()),
        Change::Removed => (if turned { "added" } else { "removed" }.to_owned(), Vec::new()),
        Change::Changed(fields) => {
            let mut fields: Vec<(Told, Told)> = fields.iter().map(turn).collect();
            fields.sort_by_key(|(old, new)| format!("{old:?} {new:?}"));
            ("changed".to_owned(), fields)
        }
    };
    found.changes.iter().map(|found| (format!("{} {}", found.kind, found.name), change(&found.change))).collect()
}

#[test]
fn a_network_does_not_differ_from_itself_and_differences_have_a_mirror_image() {
    let read: Vec<Loaded> = fixtures::ALL.iter().map(|(name, text)| loaded(&[(name, text)])).collect();
    let mut changed = 0;
    for one in &read {
        assert_eq!(difference(one, one), Differences::default());
        for other in &read {
            let (there, back) = (difference(one, other), difference(other, one));
            assert_eq!(by_name(&there, false), by_name(&back, true));
            changed += there.changes.iter().filter(|change| matches!(change.change, Change::Changed(_))).count();
        }
    }
    assert!(changed > 0, "some fixtures describe the same resource differently");
}

const MODEL: &str = "twinrail: 1\nprojects: { p: {} }\nnetworks: { n: { project: p, mtu: 8896 } }\nsubnets: { s: { network: n, region: us-central1, range: 10.0.0.0/24 } }\n";

/// A live network of the same names; synthetic.
const LIVE: &str = r#"[
  {"kind": "compute#network", "selfLink": "https://www.googleapis.com/compute/v1/projects/p/global/networks/n", "name": "n", "mtu": 1460,
   "autoCreateSubnetworks": false, "networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL"},
  {"kind": "compute#subnetwork", "selfLink": "https://www.googleapis.com/compute/v1/projects/p/regions/us-central1/subnetworks/s", "name": "s",
   "network": "https://www.googleapis.com/compute/v1/projects/p/global/networks/n", "ipCidrRange": "10.0.0.0/24", "region": "us-central1", "stackType": "IPV4_ONLY", "privateIpGoogleAccess": true},
  {"kind": "compute#route", "selfLink": "https://www.googleapis.com/compute/v1/projects/p/global/routes/r", "name": "r",
   "network": "https://www.googleapis.com/compute/v1/projects/p/global/networks/n", "destRange": "0.0.0.0/0"}
]"#;

#[test]
fn a_model_is_compared_with_a_live_network_in_what_it_says() {
    let found = difference(&loaded(&[("live.json", LIVE)]), &loaded(&[("model.yaml", MODEL)]));
    assert_snapshot!(lines(&found));
}

#[test]
fn parts_of_the_model_file_that_are_no_resources_differ_too() {
    let old = include_str!("../../../examples/z4m.yaml");
    let new = old.replace("p99 below 10 s", "p99 below 8 s").replace("mover: alias-ip-fenced", "mover: alias-ip");
    let (old, new) = (loaded(&[("model.yaml", old)]), loaded(&[("model.yaml", &new)]));
    assert_snapshot!(lines(&difference(&old, &new)));
}
