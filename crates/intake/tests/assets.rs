//! Cloud Asset Inventory, in every form in which it gives assets. All of it is synthetic; real exports are in `corpus`.

use insta::assert_debug_snapshot;
use serde_json::{Value, json};
use twinrail_intake::Loaded;
use twinrail_model::{Known, Place};

use crate::fixtures::{load, text, unsupported};
use crate::view::{check_spots, entities, everything, loaded};

/// What is described, by name.
fn described(loaded: &Loaded) -> Vec<String> {
    let entities = entities(&loaded.network);
    let here = entities.iter().filter(|(_, known)| *known == Known::Here);
    here.map(|(entity, _)| loaded.network.name(*entity).as_str().to_owned()).collect()
}

#[test]
fn an_answer_of_the_inventory_is_read_and_the_rest_of_it_listed() {
    let loaded = load(&["assets.json"]);
    assert_debug_snapshot!(described(&loaded), @r#"
    [
        "projects/storage/global/networks/cut",
        "projects/storage/global/networks/rails",
        "projects/storage/regions/europe-west4/subnetworks/rails-a",
        "projects/storage/global/addresses/reserved",
        "projects/storage/locations/global/policyBasedRoutes/detour",
        "projects/storage/regions/europe-west4/targetVpnGateways/office",
        "projects/storage/global/firewalls/inside",
        "projects/storage/global/forwardingRules/front",
        "projects/storage/regions/europe-west4/backendServices/nodes",
        "projects/storage/global/httpHealthChecks/alive",
    ]
    "#);
    assert_debug_snapshot!(unsupported(&loaded), @r#"
    [
        "1 Cloud Asset Inventory: IAM policy of compute.googleapis.com/Instance, without the resource (export it with `--content-type=resource`)",
        "1 Cloud Asset Inventory: compute.googleapis.com/Network that is incomplete",
        "1 Cloud Asset Inventory: compute.googleapis.com/Network whose name is none of the Compute API",
        "1 Cloud Asset Inventory: compute.googleapis.com/Network without its resource (export it with `--content-type=resource`)",
        "1 Cloud Asset Inventory: compute.googleapis.com/Project",
        "1 Cloud Asset Inventory: organization policies of compute.googleapis.com/Network, without the resource (export it with `--content-type=resource`)",
        "1 Cloud Asset Inventory: relationship of compute.googleapis.com/Instance, without the resource (export it with `--content-type=resource`)",
        "1 list of which only a page is here",
    ]
    "#);
    assert_eq!(loaded.malformed, Vec::<String>::new());
    assert_eq!(loaded.outside, [], "numbers and ids are one project");
}

#[test]
fn a_field_stands_within_the_data_of_its_asset() {
    let loaded = load(&["assets.json"]);
    let (id, subnet) = loaded.network.subnets.iter().next().expect("a subnet");
    assert_eq!(subnet.name.as_str(), "projects/storage/regions/europe-west4/subnetworks/rails-a");
    let spot = loaded.origins.spot(Place::field(id, "ipCidrRange")).expect("it is described");
    assert_eq!(&loaded.origins.text(spot.source)[spot.bytes], "\"10.20.0.0/22\"");
}

/// Renames the fields of the API to those of exports; what the resources have below `data` is the same in both.
fn exported(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(exported).collect(),
        Value::Object(fields) => {
            let field = |(key, value): (&String, &Value)| {
                let snake = key.chars().fold(String::new(), |mut snake, char| {
                    if char.is_ascii_uppercase() {
                        snake.push('_');
                    }
                    snake.push(char.to_ascii_lowercase());
                    snake
                });
                if key == "data" { (snake, value.clone()) } else { (snake, exported(value)) }
            };
            Value::Object(fields.iter().map(field).collect())
        }
        other => other.clone(),
    }
}

/// The same assets as an array, as lines, and one by one.
fn forms(assets: &[Value]) -> [String; 3] {
    let lines: Vec<String> = assets.iter().map(Value::to_string).collect();
    [json!(assets).to_string(), lines.join("\n"), json!({ "assets": assets }).to_string()]
}

#[test]
fn spellings_and_forms_make_no_difference() {
    let answer: Value = serde_json::from_str(text("assets.json")).expect("a fixture is JSON");
    let api = answer["assets"].as_array().expect("a list").clone();
    let export: Vec<Value> = api.iter().map(exported).collect();
    assert!(export[0].get("asset_type").is_some() && export[0]["resource"].get("discovery_name").is_some());
    let network = |text: &str| {
        let loaded = loaded(&[("assets.json", text)]);
        check_spots(&loaded);
        format!("{:?} {:?}", loaded.network, loaded.unsupported)
    };
    let first = network(&forms(&api)[0]);
    for text in forms(&api).iter().chain(&forms(&export)) {
        assert_eq!(network(text), first);
    }
    for asset in api.iter().chain(&export) {
        let one = loaded(&[("asset.json", &asset.to_string())]);
        assert!(!described(&one).is_empty() || !one.unsupported.is_empty(), "{asset} is passed over in silence");
    }
}

#[test]
fn the_last_state_of_an_asset_counts_and_a_deleted_one_is_not_there() {
    let history = load(&["assets-history.json"]);
    assert_eq!(described(&history), ["projects/storage/global/networks/changed"]);
    assert_eq!((&*history.network.vpcs.rows()[0].mtu, history.superseded), (&Ok(Some(8896)), 2));
    assert_eq!(unsupported(&history), Vec::<String>::new());
    let states: Vec<Value> = serde_json::from_str(text("assets-history.json")).expect("a fixture is JSON");
    let newest_first: Vec<Value> = states.iter().rev().cloned().collect();
    for text in [json!({ "assets": newest_first }).to_string(), json!(exported(&json!(states))).to_string()] {
        let other = loaded(&[("assets.json", &text)]);
        assert_eq!(format!("{:?}", other.network), format!("{:?}", history.network));
    }
}

/// A network as a snapshot has it.
fn network(name: &str, updated: &str) -> Value {
    json!({
        "name": format!("//compute.googleapis.com/projects/p/global/networks/{name}"),
        "assetType": "compute.googleapis.com/Network",
        "updateTime": updated,
        "resource": { "data": { "name": name } },
    })
}

#[test]
fn a_feed_that_follows_a_snapshot_changes_it() {
    let gone = json!({ "name": network("n", "")["name"], "assetType": "compute.googleapis.com/Network" });
    let deletion = json!({ "asset": gone, "deleted": true, "window": { "startTime": "2026-11-02T00:00:00Z" } });
    let before = forms(&[network("n", "2026-11-01T00:00:00Z"), deletion.clone()]);
    let after = forms(&[network("n", "2026-11-03T00:00:00Z"), deletion]);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(described(&loaded(&[("feed.json", before)])), Vec::<String>::new());
        assert_eq!(described(&loaded(&[("feed.json", after)])), ["projects/p/global/networks/n"]);
    }
}

#[test]
fn data_in_a_text_is_read_as_exports_to_tables_have_it() {
    let mut asset = network("n", "2026-11-01T00:00:00Z");
    asset["resource"]["data"] = json!(json!({ "name": "n", "mtu": 8896 }).to_string());
    let table = loaded(&[("rows.json", &json!([exported(&asset)]).to_string())]);
    assert_eq!(table.network.vpcs.rows()[0].mtu, Ok(Some(8896)));
    let (id, _) = table.network.vpcs.iter().next().expect("a network");
    let spot = table.origins.spot(Place::field(id, "mtu")).expect("it is described");
    assert!(table.origins.text(spot.source)[spot.bytes].starts_with("\"{"), "the text within which it stands");
    for odd in [json!("not JSON"), json!("[1]"), json!(17), json!([])] {
        asset["resource"]["data"] = odd;
        let odd = loaded(&[("rows.json", &asset.to_string())]);
        assert_eq!(
            unsupported(&odd),
            ["1 Cloud Asset Inventory: compute.googleapis.com/Network whose data is no object"]
        );
    }
}

#[test]
fn search_results_are_read_where_they_have_the_resource_and_listed_where_not() {
    let name = "//compute.googleapis.com/projects/p/global/networks/n";
    let result = json!({
        "name": name, "assetType": "compute.googleapis.com/Network", "project": "projects/1", "displayName": "n",
        "location": "global", "state": "",
    });
    let mut whole = result.clone();
    whole["versionedResources"] = json!([
        { "version": "beta", "resource": { "name": "n", "mtu": 1 } },
        { "version": "v1", "resource": { "name": "n", "mtu": 8896 } },
    ]);
    let found = loaded(&[("search.json", &json!({ "results": [whole] }).to_string())]);
    assert_eq!(found.network.vpcs.rows()[0].mtu, Ok(Some(8896)));
    let found = loaded(&[("search.json", &json!({ "results": [result] }).to_string())]);
    assert_debug_snapshot!(unsupported(&found), @r#"
    [
        "1 Cloud Asset Inventory: search result of compute.googleapis.com/Network, which is not the whole resource (export it with `--content-type=resource`)",
    ]
    "#);
}

#[test]
fn lines_may_have_comments_between_them() {
    let text = include_str!("fixtures/assets.ndjson");
    let lines = loaded(&[("assets.ndjson", text)]);
    check_spots(&lines);
    assert_eq!(described(&lines), ["projects/storage/global/networks/lines"]);
    assert_debug_snapshot!(unsupported(&lines), @r#"
    [
        "1 Cloud Asset Inventory: IAM policy of compute.googleapis.com/Instance, without the resource (export it with `--content-type=resource`)",
        "1 Cloud Asset Inventory: storage.googleapis.com/Bucket",
    ]
    "#);
}

#[test]
fn what_has_no_asset_says_so() {
    for (text, expected) in [
        (r#"{"readTime": "2026-11-20T08:00:00Z"}"#, Vec::new()),
        (r#"{"assets": []}"#, Vec::new()),
        (r#"{"deleted": true, "asset": 17}"#, vec!["1 Cloud Asset Inventory: window without an asset"]),
        (r#"{"window": {}, "asset": {}}"#, vec!["1 Cloud Asset Inventory: asset without a type"]),
        (r#"{"assets": [17]}"#, vec!["1 JSON that is no object"]),
    ] {
        assert_eq!(unsupported(&loaded(&[("assets.json", text)])), expected, "{text}");
    }
}

/// Two texts that disagree about whose number it is: then it stays a number.
#[test]
fn a_number_of_two_projects_is_nobodys() {
    let asset = |project: &str, number: &str| {
        let name = format!("//compute.googleapis.com/projects/{project}/global/networks/n");
        let data = json!({ "name": "n" });
        let ancestors = [format!("projects/{number}")];
        json!({ "name": name, "assetType": "compute.googleapis.com/Network", "ancestors": ancestors, "resource": { "data": data } })
    };
    let [one, other, by_number] =
        [asset("a", "17"), asset("b", "17"), asset("17", "17")].map(|asset| asset.to_string());
    let agreed = loaded(&[("one.json", &one), ("number.json", &by_number)]);
    assert_eq!(described(&agreed), ["projects/a/global/networks/n"]);
    let files = [("one.json", one.as_str()), ("other.json", &other), ("number.json", &by_number)];
    let torn = loaded(&files);
    let names = ["projects/17/global/networks/n", "projects/a/global/networks/n", "projects/b/global/networks/n"];
    assert_eq!(described(&torn), names);
    let reversed = [files[2], files[1], files[0]];
    assert_eq!(everything(&torn), everything(&loaded(&reversed)));
}
