//! Terraform plans and states. All are synthetic: written after the format's documentation, in the shapes that the corpus lacks.

#![expect(clippy::needless_pass_by_value, reason = "the calls read better with values made in place")]

use proptest::prelude::*;
use serde_json::{Value, json};
use twinrail_intake::Loaded;
use twinrail_model::{EntityId, Hole, NicId};

use crate::view::{check_spots, loaded, messages, read};

fn plan(document: &Value) -> Loaded {
    let text = serde_json::to_string_pretty(document).expect("a plan");
    let loaded = loaded(&[("plan.json", &text)]);
    check_spots(&loaded);
    loaded
}

/// A change that creates: its address, its type and name, what is known, and what is not.
fn create(address: &str, after: Value, unknown: Value) -> Value {
    change(address, &["create"], Value::Null, after, unknown)
}

fn change(address: &str, actions: &[&str], before: Value, after: Value, unknown: Value) -> Value {
    let is_data = address.contains("data.");
    // Names in these tests have no dots, keys may.
    let own = address.rfind("google_").map_or(address, |at| &address[at..]);
    let (of, rest) = own.split_once('.').expect("an address");
    let name = rest.split('[').next().expect("a name");
    let mode = if is_data { "data" } else { "managed" };
    let change = json!({ "actions": actions, "before": before, "after": after, "after_unknown": unknown });
    json!({ "address": address, "mode": mode, "type": of, "name": name, "change": change })
}

fn network(address: &str, name: &str) -> Value {
    create(address, json!({ "name": name, "project": "acme-storage" }), json!({ "id": true, "self_link": true }))
}

fn subnet(address: &str, name: &str) -> Value {
    let after =
        json!({ "name": name, "project": "acme-storage", "region": "us-central1", "ip_cidr_range": "10.0.0.0/24" });
    create(address, after, json!({ "id": true, "self_link": true, "network": true }))
}

fn instance(address: &str, name: &str) -> Value {
    let after = json!({
        "name": name, "project": "acme-storage", "zone": "us-central1-a", "machine_type": "h4d-highmem-192-lssd",
        "network_interface": [{ "nic_type": "GVNIC", "network_ip": null }],
    });
    let unknown = json!({ "id": true, "self_link": true, "network_interface": [{ "network": true, "subnetwork": true, "network_ip": true }] });
    create(address, after, unknown)
}

fn refers(texts: &[&str]) -> Value {
    json!({ "references": texts })
}

fn block(of: &str, name: &str, expressions: Value) -> Value {
    json!({
        "address": format!("{of}.{name}"), "mode": "managed", "type": of, "name": name,
        "provider_config_key": "google", "expressions": expressions,
    })
}

fn document(changes: Vec<Value>, root: Value) -> Value {
    json!({
        "format_version": "1.2", "terraform_version": "1.9.5", "resource_changes": changes,
        "configuration": { "provider_config": { "google": { "name": "google" } }, "root_module": root },
    })
}

fn nic(loaded: &Loaded, instance: &str) -> NicId {
    let rows = loaded.network.instances.rows();
    let row = rows.iter().find(|row| row.name.short() == instance).unwrap_or_else(|| panic!("no instance {instance}"));
    row.nics[0]
}

/// The short name of a NIC's subnet, or that it is known only after apply.
fn subnet_of(loaded: &Loaded, instance: &str) -> String {
    match &*loaded.network.nics[nic(loaded, instance)].subnet {
        Ok(id) => loaded.network.short(*id),
        Err(Hole::AfterApply(_)) => "after apply".to_owned(),
        Err(other) => format!("{other:?}"),
    }
}

fn unsupported(loaded: &Loaded) -> Vec<String> {
    loaded.unsupported.iter().map(|kind| format!("{} {}", kind.count, kind.what)).collect()
}

fn names(loaded: &Loaded) -> Vec<String> {
    loaded.network.vpcs.rows().iter().map(|row| row.name.to_string()).collect()
}

#[test]
fn a_nic_finds_its_subnet_through_two_modules() {
    // root: module.net makes the subnet; module.farm hands it to its own module.node, repeated by name.
    let key = r#"module.farm.module.node["a.b]\"c"]"#;
    let farm = json!({
        "variables": { "subnet": {} },
        "module_calls": { "node": {
            "expressions": { "subnet": refers(&["var.subnet"]) },
            "for_each_expression": { "constant_value": ["a.b]\"c"] },
            "module": {
                "variables": { "subnet": {} },
                "resources": [block("google_compute_instance", "this", json!({ "network_interface": [{
                    "subnetwork": refers(&["var.subnet"]) }] }))],
            },
        } },
    });
    let net = json!({
        "outputs": { "subnet_id": { "expression": refers(&["google_compute_subnetwork.rdma.id", "google_compute_subnetwork.rdma"]) } },
        "resources": [
            block("google_compute_network", "rdma", json!({})),
            block("google_compute_subnetwork", "rdma", json!({
                "network": refers(&["google_compute_network.rdma.id", "google_compute_network.rdma"]) })),
        ],
    });
    let root = json!({ "module_calls": {
        "net": { "module": net },
        "farm": { "expressions": { "subnet": refers(&["module.net.subnet_id", "module.net"]) }, "module": farm },
    } });
    let changes = vec![
        instance(&format!("{key}.google_compute_instance.this"), "vault-0"),
        network("module.net.google_compute_network.rdma", "rail"),
        subnet("module.net.google_compute_subnetwork.rdma", "rail-a"),
    ];
    let loaded = plan(&document(changes, root));
    assert_eq!(subnet_of(&loaded, "vault-0"), "rail-a");
    let subnet = &loaded.network.subnets.rows()[0];
    assert_eq!(loaded.network.short(*subnet.vpc.as_ref().expect("the network")), "rail");
    let entity = EntityId::from(nic(&loaded, "vault-0"));
    let address = format!("{key}.google_compute_instance.this");
    assert_eq!(loaded.origins.address(entity.into()), Some(address.as_str()));
    assert_eq!(unsupported(&loaded), [""; 0]);
}

/// Two subnets by key, two instances by key, and the expression by which one finds the other.
fn keyed(keys: [&str; 2], subnetwork: Value, for_each: Value) -> Loaded {
    let mut changes = vec![network("google_compute_network.n", "rail")];
    for (place, key) in keys.iter().enumerate() {
        changes.push(subnet(&format!("google_compute_subnetwork.s[{key}]"), &format!("sub-{place}")));
        changes.push(instance(&format!("google_compute_instance.i[{key}]"), &format!("vault-{place}")));
    }
    let mut node =
        block("google_compute_instance", "i", json!({ "network_interface": [{ "subnetwork": subnetwork }] }));
    node["for_each_expression"] = for_each;
    let subnets = block("google_compute_subnetwork", "s", json!({}));
    plan(&document(changes, json!({ "resources": [node, subnets, block("google_compute_network", "n", json!({}))] })))
}

#[test]
fn keys_lead_to_the_instance_of_the_same_key() {
    let subnets = |loaded: &Loaded| [subnet_of(loaded, "vault-0"), subnet_of(loaded, "vault-1")];
    let named = [r#""a.b""#, r#""[c]""#];
    let each = refers(&["google_compute_subnetwork.s", "each.key"]);
    assert_eq!(subnets(&keyed(named, each, json!(null))), ["sub-0", "sub-1"]);
    let value = refers(&["each.value.self_link", "each.value"]);
    let all = refers(&["google_compute_subnetwork.s"]);
    assert_eq!(subnets(&keyed(named, value, all)), ["sub-0", "sub-1"]);
    let count = refers(&["google_compute_subnetwork.s", "count.index"]);
    assert_eq!(subnets(&keyed(["0", "1"], count, json!(null))), ["sub-0", "sub-1"]);
    let map = json!({ "constant_value": { "a.b": { "subnet": "[c]" }, "[c]": { "subnet": "a.b" } } });
    let crossed = refers(&["google_compute_subnetwork.s", "each.value.subnet", "each.value"]);
    assert_eq!(subnets(&keyed(named, crossed, map)), ["sub-1", "sub-0"]);
    let first = "google_compute_subnetwork.s[\"a.b\"]";
    let literal = refers(&[&format!("{first}.id"), first, "google_compute_subnetwork.s"]);
    assert_eq!(subnets(&keyed(named, literal, json!(null))), ["sub-0", "sub-0"]);
}

#[test]
fn what_may_lead_to_several_stays_unknown() {
    let named = [r#""a""#, r#""b""#];
    let one = |texts: &[&str]| subnet_of(&keyed(named, refers(texts), json!(null)), "vault-0");
    for texts in [
        &["google_compute_subnetwork.s"][..],
        &["google_compute_subnetwork.s", "local.which"],
        &["google_compute_subnetwork.s", "each.key", "local.which"],
        &[
            "google_compute_subnetwork.s[\"a\"].id",
            "google_compute_subnetwork.s[\"a\"]",
            "google_compute_subnetwork.s",
            "google_compute_subnetwork.s[\"b\"].id",
            "google_compute_subnetwork.s[\"b\"]",
            "google_compute_subnetwork.s",
        ],
        &["google_compute_subnetwork.s[\"a\"].gateway_address", "google_compute_subnetwork.s[\"a\"]"],
        &["module.nowhere.out", "module.nowhere"],
        &["var.nothing"],
        &["local.subnet"],
        &["google_compute_subnetwork.s[\"z\"].id"],
        &["each.value"],
        &["]["],
    ] {
        assert_eq!(one(texts), "after apply", "{texts:?}");
    }
    // One subnet for every two instances: the key is computed from the index.
    let mut loaded = document(
        (0..4).map(|at| instance(&format!("google_compute_instance.i[{at}]"), &format!("vault-{at}"))).collect(),
        json!({ "resources": [
            block("google_compute_instance", "i", json!({ "network_interface": [{ "subnetwork":
                refers(&["google_compute_subnetwork.s", "count.index"]) }] })),
            block("google_compute_subnetwork", "s", json!({})) ] }),
    );
    let subnets = (0..2).map(|at| subnet(&format!("google_compute_subnetwork.s[{at}]"), &format!("sub-{at}")));
    loaded["resource_changes"].as_array_mut().expect("changes").extend(subnets);
    assert_eq!(subnet_of(&plan(&loaded), "vault-1"), "after apply");
}

#[test]
fn outputs_that_lead_in_circles_end() {
    let round = |other: &str| {
        let text = format!("module.{other}.out");
        json!({ "outputs": { "out": { "expression": refers(&[&text, &text, "var.x"]) } }, "variables": { "x": {} } })
    };
    let mut a = round("b");
    a["module_calls"] = json!({ "b": { "module": round("a"), "expressions": { "x": refers(&["module.b.out"]) } } });
    let root = json!({
        "module_calls": { "a": { "module": a, "expressions": { "x": refers(&["module.a.out", "module.a.out"]) } } },
        "resources": [block("google_compute_instance", "i", json!({ "network_interface": [{
            "subnetwork": refers(&["module.a.out", "module.a"]) }] }))],
    });
    let loaded = plan(&document(vec![instance("google_compute_instance.i", "vault-0")], root));
    assert_eq!(subnet_of(&loaded, "vault-0"), "after apply");
}

#[test]
fn deletions_and_replacements_take_the_old_away() {
    let was = |name: &str| json!({ "name": name, "project": "acme-storage", "self_link": null });
    let is = |name: &str| json!({ "name": name, "project": "acme-storage" });
    let changes = vec![
        change("google_compute_network.a", &["delete"], was("gone"), Value::Null, json!({})),
        change("google_compute_network.b", &["delete", "create"], was("old-b"), is("new-b"), json!({ "id": true })),
        change("google_compute_network.c", &["create", "delete"], was("old-c"), is("new-c"), json!({ "id": true })),
        change("google_compute_network.d", &["no-op"], was("kept"), is("kept"), json!({})),
        change("google_compute_network.e", &["forget"], was("left"), Value::Null, json!({})),
        change("google_compute_network.f", &["update"], was("same"), is("same"), json!({})),
        change("google_compute_network.g", &["dance"], was("x"), is("y"), json!({})),
        change("google_compute_network.h", &["create"], Value::Null, Value::Null, json!({})),
    ];
    let plan_text = document(changes, json!({})).to_string();
    let live: Vec<Value> = ["gone", "old-b", "old-c", "kept", "other"]
        .iter()
        .map(|name| {
            json!({ "kind": "compute#network", "name": name,
            "selfLink": format!("https://www.googleapis.com/compute/v1/projects/acme-storage/global/networks/{name}") })
        })
        .collect();
    let live = Value::Array(live).to_string();
    let loaded = loaded(&[("plan.json", &plan_text), ("live.json", &live)]);
    let short: Vec<&str> = loaded.network.vpcs.rows().iter().map(|row| row.name.short()).collect();
    assert_eq!(short, ["kept", "left", "new-b", "new-c", "other", "same"]);
    assert_eq!(
        unsupported(&loaded),
        ["1 Terraform action dance", "1 Terraform type google_compute_network without values"]
    );
}

#[test]
fn the_project_of_a_provider_is_known_where_it_is_said() {
    let unknown_project = create("google_compute_network.n", json!({ "name": "rail" }), json!({ "project": true }));
    let with = |provider: Value, variables: Value| {
        let root = json!({ "resources": [block("google_compute_network", "n", json!({ "name": { "constant_value": "rail" } }))] });
        let mut document = document(vec![unknown_project.clone()], root);
        document["configuration"]["provider_config"]["google"] = provider;
        document["variables"] = variables;
        names(&plan(&document)).concat()
    };
    let said = "projects/acme-storage/global/networks/rail";
    let constant = json!({ "name": "google", "expressions": { "project": { "constant_value": "acme-storage" } } });
    assert_eq!(with(constant, json!({})), said);
    let variable = json!({ "name": "google", "expressions": { "project": refers(&["var.project"]) } });
    assert_eq!(with(variable.clone(), json!({ "project": { "value": "acme-storage" } })), said);
    assert_ne!(with(variable, json!({})), said);
    let unknown = with(json!({ "name": "google" }), json!({}));
    assert!(!unknown.contains("acme-storage") && unknown.ends_with("/global/networks/rail"), "{unknown}");
}

#[test]
fn every_version_that_is_understood_is_read() {
    for version in ["0.1", "0.2", "1.0", "1.2", "1.99"] {
        let mut document = document(vec![network("google_compute_network.n", "rail")], json!({}));
        document["format_version"] = version.into();
        assert_eq!(names(&plan(&document)), ["projects/acme-storage/global/networks/rail"], "{version}");
    }
}

/// OpenTofu prints the same form; its providers come from a registry of its own. Synthetic, after its "JSON output format" page.
#[test]
fn plans_of_opentofu_are_read() {
    let mut document = document(vec![network("google_compute_network.n", "rail")], json!({}));
    document["terraform_version"] = "1.8.2".into();
    let provider = "registry.opentofu.org/hashicorp/google";
    document["resource_changes"][0]["provider_name"] = provider.into();
    let own = json!({ "google": { "name": "google", "full_name": provider } });
    document["configuration"]["provider_config"] = own;
    assert_eq!(names(&plan(&document)), ["projects/acme-storage/global/networks/rail"]);
}

#[test]
fn states_and_data_sources_are_read_as_they_are() {
    let values = |name: &str| json!({ "name": name, "project": "acme-storage" });
    let resource = |address: &str, mode: &str, name: &str| json!({ "address": address, "mode": mode, "type": "google_compute_network", "name": "n", "values": values(name) });
    let tree = json!({ "root_module": {
        "resources": [resource("google_compute_network.n", "managed", "root")],
        "child_modules": [{ "address": "module.m", "child_modules": [{ "address": "module.m.module.o",
            "resources": [resource("module.m.module.o.data.google_compute_network.n", "data", "nested")] }] }],
    } });
    let state = json!({ "format_version": "1.0", "terraform_version": "1.9.5", "values": tree });
    let both = ["projects/acme-storage/global/networks/nested", "projects/acme-storage/global/networks/root"];
    assert_eq!(names(&plan(&state)), both);
    let mut with_state = document(vec![network("google_compute_network.n", "changed")], json!({}));
    with_state["prior_state"] = json!({ "format_version": "1.0", "values": tree });
    let found = names(&plan(&with_state));
    assert_eq!(found, ["projects/acme-storage/global/networks/changed", both[0]]);
}

#[test]
fn what_a_plan_lacks_is_listed() {
    let mut document = document(vec![network("google_compute_network.n", "rail")], json!({}));
    document["complete"] = false.into();
    document["deferred_changes"] = json!([{ "reason": "instance_count_unknown", "resource_change": {} }]);
    assert_eq!(
        unsupported(&plan(&document)),
        [
            "1 Terraform change that waits for another plan (instance_count_unknown)",
            "1 Terraform plan that is not complete: another must follow"
        ]
    );
    document["errored"] = true.into();
    assert!(
        unsupported(&plan(&document))
            .contains(&"1 Terraform plan that ended with an error, and is incomplete".to_owned())
    );
    document["resource_changes"] = json!([create("aws_vpc.v", json!({}), json!({}))]);
    document["deferred_changes"] = json!([]);
    assert!(unsupported(&plan(&document)).contains(&"1 Terraform type aws_vpc".to_owned()));
}

#[test]
fn what_is_no_plan_says_what_to_give() {
    let change = json!({ "format_version": "1.2", "resource_changes": ["x"] }).to_string();
    let values = document(vec![create("google_compute_network.n", json!("text"), json!({}))], json!({})).to_string();
    let call = r#"{"module_calls":{"m":{"module":"#;
    let (open, close) = (call.repeat(60), "}}}".repeat(60));
    let deep = format!("{{\"format_version\":\"1.2\",\"configuration\":{{\"root_module\":{open}{{}}{close}}}}}");
    let files = [
        r#"{"format_version": "2.0", "resource_changes": []}"#,
        r#"{"format_version": [], "resource_changes": []}"#,
        r#"{"version": 4, "terraform_version": "1.9.5", "serial": 3, "lineage": "x", "resources": []}"#,
        "{\"@level\":\"info\",\"@message\":\"Terraform 1.9.5\"}\n{\"@level\":\"info\"}",
        &change,
        &values,
        &deep,
    ];
    let said: Vec<String> = files
        .iter()
        .flat_map(|text| {
            let files = [("plan.json", *text)];
            messages(&read(&files).expect_err("no plan"), &files)
        })
        .map(|line| line.replace(" (give the output of `terraform show -json PLANFILE` or `tofu show -json PLANFILE`; without a file, it shows the state)", ""))
        .collect();
    insta::assert_debug_snapshot!(said);
}

#[test]
fn sensitive_values_are_blotted_out_where_they_could_be_printed() {
    let mut change = network("google_compute_network.n", "rail");
    change["change"]["after"]["description"] = json!({ "deep": ["hush-1", 7, 42, true, null] });
    change["change"]["after"]["other"] = "plain".into();
    change["change"]["after_sensitive"] = json!({ "description": true });
    let text = document(vec![change], json!({})).to_string();
    let loaded = loaded(&[("plan.json", &text)]);
    let source = loaded.origins.sources().next().expect("one input");
    let shown = loaded.origins.text(source);
    assert_eq!(shown.len(), text.len());
    assert!(!shown.contains("hush") && !shown.contains("42") && shown.contains("plain"), "{shown}");
    let after: Value = serde_json::from_str(shown).expect("still JSON");
    let blotted = &after["resource_changes"][0]["change"]["after"]["description"];
    assert_eq!(*blotted, json!({ "deep": ["******", 0, "", "**", null] }));
}

/// A chain of modules, each of which hands on a variable, and the truth of where it ends.
fn chain(depth: usize, hidden: &[bool]) -> (Value, bool) {
    let mut module = json!({
        "variables": { "v0": {} },
        "resources": [block("google_compute_instance", "i", json!({ "network_interface": [{ "subnetwork": refers(&["var.v"]) }] }))],
    });
    let mut is_whole = true;
    for at in 0..depth {
        let source = if at + 1 == depth {
            vec!["google_compute_subnetwork.s.id", "google_compute_subnetwork.s"]
        } else {
            vec!["var.v"]
        };
        let is_hidden = hidden.get(at).copied().unwrap_or(false);
        is_whole &= !is_hidden;
        let references = if is_hidden { [source, vec!["local.x"]].concat() } else { source };
        module = json!({ "module_calls": { "m": { "expressions": { "v": refers(&references) }, "module": module } } });
    }
    module["resources"] = json!([block("google_compute_subnetwork", "s", json!({}))]);
    (module, is_whole)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_variable_is_followed_through_any_number_of_modules(depth in 1_usize..9, hidden in prop::collection::vec(prop::bool::weighted(0.15), 8)) {
        let (root, is_whole) = chain(depth, &hidden[..depth]);
        let address = format!("{}google_compute_instance.i", "module.m.".repeat(depth));
        let changes = vec![instance(&address, "vault-0"), subnet("google_compute_subnetwork.s", "sub-0")];
        let expected = if is_whole { "sub-0" } else { "after apply" };
        prop_assert_eq!(subnet_of(&plan(&document(changes, root)), "vault-0"), expected);
    }
}

/// What is known of an instance's state where a plan updates it, from these aliases to those.
fn status_after_update(before: &[&str], after: &[&str]) -> Option<String> {
    let values = |aliases: &[&str]| {
        let aliases: Vec<Value> = aliases.iter().map(|range| json!({ "ip_cidr_range": range })).collect();
        json!({
            "name": "vault-0", "project": "acme-storage", "zone": "us-central1-a", "current_status": "RUNNING",
            "network_interface": [{ "subnetwork": "tcp-a", "network_ip": "10.0.0.2", "alias_ip_range": aliases }],
        })
    };
    let address = "google_compute_instance.vault[0]";
    let change = change(address, &["update"], values(before), values(after), json!({}));
    let plan_text = document(vec![change], json!({})).to_string();
    let live = json!({
        "kind": "compute#instance", "name": "vault-0", "status": "RUNNING",
        "selfLink": "https://www.googleapis.com/compute/v1/projects/acme-storage/zones/us-central1-a/instances/vault-0",
    });
    let loaded = loaded(&[("plan.json", &plan_text), ("live.json", &live.to_string())]);
    loaded.network.instances.rows()[0].status.peek().clone()
}

#[test]
fn what_an_update_gives_a_running_instance_the_platform_has_not_taken_yet() {
    assert_eq!(status_after_update(&["10.0.0.9/32"], &["10.0.0.9/32", "10.9.0.9/32"]), None);
    assert_eq!(status_after_update(&["10.0.0.9/32"], &["10.0.0.9/32"]).as_deref(), Some("RUNNING"));
}

#[test]
fn a_plan_below_the_command_that_printed_it_is_said_to_be_one() {
    let text = format!("[command]/usr/bin/terraform show -json tfplan\n{}\n", document(Vec::new(), json!({})));
    let files = [("plan.json", text.replace(r#"{"configuration""#, r#"{"format_version":"1.2","configuration""#))];
    let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
    let errors = read(&files).expect_err("this is no JSON");
    let said = messages(&errors, &files).join("\n");
    assert!(said.starts_with("plan.json:2: a plan of Terraform with other text before it"), "{said}");
}

#[test]
fn yaml_of_other_tools_beside_a_plan_is_listed() {
    let text = document(vec![network("google_compute_network.n", "rail")], json!({})).to_string();
    let metadata = "apiVersion: blueprints.cloud.google.com/v1alpha1\nkind: BlueprintMetadata\n";
    let found = loaded(&[("plan.json", &text), ("modules/net/metadata.yaml", metadata)]);
    assert_eq!(unsupported(&found), ["1 YAML of no kind"]);
    assert!(
        read(&[("plan.json", &text), ("model.yaml", "networks: {}")]).is_err(),
        "a model file that does not say so"
    );
}

#[test]
fn a_region_by_its_short_name_is_the_region_by_its_link() {
    let subnet = |region: &str| {
        let link = "https://www.googleapis.com/compute/v1/projects/p/regions/us-central1/subnetworks/s";
        json!({ "kind": "compute#subnetwork", "name": "s", "selfLink": link, "region": region, "network": "projects/p/global/networks/n" })
    };
    let conflicts = |one: &str, other: &str| {
        let (one, other) = (subnet(one).to_string(), subnet(other).to_string());
        let found = loaded(&[("a.json", &one), ("b.json", &other)]);
        found.conflicts.into_iter().map(|conflict| conflict.field).collect::<Vec<_>>()
    };
    assert_eq!(
        conflicts("us-central1", "https://www.googleapis.com/compute/v1/projects/p/regions/us-central1"),
        [""; 0]
    );
    assert_eq!(conflicts("us-central1", "us-east1"), ["region"]);
}
