//! The plan holds together: it has its size, every change is planned and configured, every reference leads to something.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

const NODES: usize = 300;

fn made(nodes: usize) -> Value {
    let mut text = Vec::new();
    write(&mut text, nodes).expect("memory takes it");
    serde_json::from_slice(&text).expect("valid JSON")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// All resources of a module and of those in it.
fn below<'v>(module: &'v Value, found: &mut Vec<&'v Value>) {
    found.extend(module["resources"].as_array().into_iter().flatten());
    for child in module["child_modules"].as_array().into_iter().flatten() {
        below(child, found);
    }
}

#[test]
fn a_plan_has_the_size_that_was_asked_for() {
    for megabytes in [2.0, 8.0, 20.0] {
        let bytes = size(nodes_of(megabytes));
        assert!((bytes / 1e6 / megabytes - 1.0).abs() < 0.05, "{megabytes} MB were asked for, {bytes} bytes made");
    }
    assert_eq!(nodes_of(0.0), 1);
}

#[test]
fn the_same_number_makes_the_same_plan() {
    assert_eq!(made(NODES), made(NODES));
}

#[test]
fn every_planned_resource_is_changed_once_and_configured() {
    let plan = made(NODES);
    let mut planned = Vec::new();
    below(&plan["planned_values"]["root_module"], &mut planned);
    let changes = plan["resource_changes"].as_array().expect("a list");
    assert_eq!(planned.len(), changes.len());
    let mut names = BTreeSet::new();
    for (planned, change) in planned.iter().zip(changes) {
        assert_eq!(planned["address"], change["address"]);
        assert_eq!(planned["values"], change["change"]["after"], "{}", planned["address"]);
        let address = text(&change["address"]);
        let inner =
            address.strip_prefix(&format!("{}.", text(&change["module_address"]))).expect("a resource of a module");
        let of = inner.split('[').next().expect("an address");
        let mut module = &plan["configuration"]["root_module"];
        for call in address.split("module.").skip(1) {
            let name = call.split(['.', '[']).next().expect("a name");
            module = &module["module_calls"][name]["module"];
        }
        let configured =
            module["resources"].as_array().expect("a list").iter().any(|resource| resource["address"] == of);
        assert!(configured, "{address} is configured");
        let values = &change["change"]["after"];
        let name = values["name"].as_str().or(values["name_prefix"].as_str()).expect("a name");
        assert!(names.insert((text(&values["project"]).to_owned(), text(&change["type"]).to_owned(), name.to_owned())));
    }
    let nodes = changes.iter().filter(|change| change["type"] == "google_compute_instance").count();
    assert_eq!(nodes, NODES);
}

#[test]
fn what_is_unknown_is_no_value_and_what_is_changed_differs() {
    let plan = made(NODES);
    let mut actions: BTreeMap<String, usize> = BTreeMap::new();
    for change in plan["resource_changes"].as_array().expect("a list") {
        let (change, address) = (&change["change"], &change["address"]);
        let action = change["actions"].to_string();
        assert_eq!(change["before"] == change["after"], action == r#"["no-op"]"#, "{address}");
        assert!(!clash(&change["after"], &change["after_unknown"]), "{address}");
        *actions.entry(action).or_default() += 1;
    }
    insta::assert_snapshot!(format!("{actions:?}"), @r#"{"[\"create\"]": 376, "[\"delete\",\"create\"]": 4, "[\"no-op\"]": 252, "[\"update\"]": 16}"#);
    let node = plan["resource_changes"]
        .as_array()
        .expect("a list")
        .iter()
        .rfind(|change| change["type"] == "google_compute_instance");
    let nics = &node.expect("a node")["change"]["after_unknown"]["network_interface"];
    assert_eq!(
        (&nics[0]["subnetwork"], &nics[1]["subnetwork"], &nics[0]["network_ip"]),
        (&json!(true), &json!(true), &Value::Null)
    );
    let mut existing = Vec::new();
    below(&plan["prior_state"]["values"]["root_module"], &mut existing);
    assert_eq!(
        existing.len(),
        1 + actions.iter().filter(|(action, _)| !action.contains(r#"["create"#)).map(|(_, count)| count).sum::<usize>()
    );
}

/// Whether something is marked as unknown that has a value.
fn clash(value: &Value, unknown: &Value) -> bool {
    match unknown {
        Value::Bool(unknown) => *unknown && !value.is_null(),
        Value::Object(parts) => parts.iter().any(|(key, unknown)| clash(&value[key], unknown)),
        Value::Array(parts) => parts.iter().enumerate().any(|(number, unknown)| clash(&value[number], unknown)),
        _ => false,
    }
}

#[test]
fn every_reference_leads_to_something() {
    let plan = made(1);
    let checked = module(&plan["configuration"]["root_module"], "root");
    assert!(checked > 100, "{checked} references were followed");
}

/// Follows all references in a module and in those that it calls.
fn module(module: &Value, path: &str) -> usize {
    let mut references = Vec::new();
    for resource in module["resources"].as_array().into_iter().flatten() {
        collect(&resource["expressions"], &mut references);
        collect(&resource["for_each_expression"], &mut references);
    }
    collect(&module["outputs"], &mut references);
    let mut followed = 0;
    for (name, call) in module["module_calls"].as_object().into_iter().flatten() {
        collect(&call["expressions"], &mut references);
        collect(&call["for_each_expression"], &mut references);
        let given: BTreeSet<&String> = call["expressions"].as_object().expect("expressions").keys().collect();
        let wanted: BTreeSet<&String> = call["module"]["variables"].as_object().expect("variables").keys().collect();
        assert_eq!(given, wanted, "{path}.{name}");
        followed += self::module(&call["module"], &format!("{path}.{name}"));
    }
    for reference in &references {
        assert!(leads(module, reference), "{path}: {reference} leads to nothing");
    }
    followed + references.len()
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            references.extend(
                entries
                    .get("references")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .map(|one| text(one).to_owned()),
            );
            entries.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

fn leads(module: &Value, reference: &str) -> bool {
    let parts: Vec<&str> = reference.split('.').collect();
    let of = if parts[0] == "data" { parts[..3].join(".") } else { parts[..2].join(".") };
    match parts[0] {
        "each" => true,
        "var" => !module["variables"][parts[1]].is_null(),
        "module" => {
            let called = &module["module_calls"][parts[1]];
            !called.is_null() && parts.get(2).is_none_or(|output| !called["module"]["outputs"][*output].is_null())
        }
        _ => module["resources"].as_array().expect("a list").iter().any(|resource| resource["address"] == of.as_str()),
    }
}
