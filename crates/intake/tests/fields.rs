//! Fields that only a walk through the network asks for, by each way in: the model file, answers of the API, a plan. All inputs are synthetic.

use serde_json::{Value, json};
use twinrail_intake::Loaded;
use twinrail_model::{FirewallOrder, GuestRouting, Hole, Stated};

use crate::view::{loaded, messages, read};

/// A model with one cluster in one network, and one more part.
fn model(network: &str, cluster: &str, part: &str) -> Loaded {
    let text = format!(
        "twinrail: 1
projects: {{ storage: {{}} }}
networks: {{ tcp: {{ {network} }} }}
subnets:
  tcp-a: {{ network: tcp, region: us-central1, range: 10.10.0.0/22 }}
clusters:
  vault: {{ machine: z3-highmem-88, zone: us-central1-a, count: 2, nics: [{{ rail: tcp, type: GVNIC, subnet: tcp-a }}], {cluster} }}
{part}"
    );
    loaded(&[("m.yaml", &text)])
}

/// An answer of the API: a resource of this kind and name.
fn answer(kind: &str, name: &str, mut body: Value) -> Value {
    body["kind"] = format!("compute#{kind}").into();
    body["name"] = name.rsplit('/').next().expect("a name").into();
    body["selfLink"] = format!("https://www.googleapis.com/compute/v1/{name}").into();
    body
}

fn answers(resources: &[Value]) -> Loaded {
    loaded(&[("dump.json", &json!(resources).to_string())])
}

/// A plan that creates one resource.
fn planned(of: &str, mut after: Value, unknown: &Value) -> Loaded {
    after["project"] = "storage".into();
    let change = json!({ "actions": ["create"], "before": null, "after": after, "after_unknown": unknown });
    let change = json!({ "address": format!("{of}.x"), "mode": "managed", "type": of, "name": "x", "change": change });
    let root = json!({ "provider_config": { "google": { "name": "google" } }, "root_module": {} });
    let plan = json!({ "format_version": "1.2", "terraform_version": "1.9.5", "resource_changes": [change], "configuration": root });
    loaded(&[("plan.json", &plan.to_string())])
}

/// What is known, or the field that is missing.
fn told<T: std::fmt::Debug>(stated: &Stated<T>) -> String {
    match stated.known_or_hole() {
        Ok(value) => format!("{value:?}"),
        Err(Hole::AfterApply(place)) => format!("after apply: {}", place.field.expect("a field")),
        Err(Hole::NotInInput(place)) => format!("not in the input: {}", place.field.expect("a field")),
        Err(hole) => format!("{hole:?}"),
    }
}

#[test]
fn the_order_of_firewall_policies() {
    let order = |loaded: &Loaded| *loaded.network.vpcs.rows()[0].firewall_order.known().expect("it is known");
    assert_eq!(order(&model("", "", "")), None);
    assert_eq!(order(&model("firewall-order: before-classic", "", "")), Some(FirewallOrder::BeforeClassic));
    let name = "projects/p/global/networks/n";
    let word = json!({ "networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL" });
    assert_eq!(order(&answers(&[answer("network", name, word)])), Some(FirewallOrder::AfterClassic));
    let after = json!({ "name": "n", "network_firewall_policy_enforcement_order": "BEFORE_CLASSIC_FIREWALL" });
    assert_eq!(order(&planned("google_compute_network", after, &json!({}))), Some(FirewallOrder::BeforeClassic));
    let unknown = json!({ "network_firewall_policy_enforcement_order": true });
    let loaded = planned("google_compute_network", json!({ "name": "n" }), &unknown);
    let stated = told(&loaded.network.vpcs.rows()[0].firewall_order);
    assert_eq!(stated, "after apply: networkFirewallPolicyEnforcementOrder");
    let odd = json!({ "networkFirewallPolicyEnforcementOrder": "SIDEWAYS" });
    assert_eq!(answers(&[answer("network", name, odd)]).malformed.len(), 1);
}

#[test]
fn secure_tags_of_instances() {
    let tags = |loaded: &Loaded| told(&loaded.network.instances.rows()[0].secure_tags);
    assert_eq!(tags(&model("", "", "")), "[]");
    assert_eq!(tags(&model("", "secure-tags: [tagValues/1, tagValues/2]", "")), r#"["tagValues/1", "tagValues/2"]"#);
    let name = "projects/p/zones/us-central1-a/instances/i";
    assert_eq!(tags(&answers(&[answer("instance", name, json!({}))])), "not in the input: params");
    let body = json!({ "params": { "resourceManagerTags": { "tagKeys/7": "tagValues/8" } } });
    assert_eq!(tags(&answers(&[answer("instance", name, body)])), r#"["tagValues/8"]"#);
    let after = |params: Value| json!({ "name": "i", "zone": "us-central1-a", "params": params });
    let plan = |params, unknown| planned("google_compute_instance", after(params), &unknown);
    assert_eq!(tags(&plan(json!([]), json!({}))), "[]");
    let some = json!([{ "resource_manager_tags": { "tagKeys/7": "tagValues/8" } }]);
    assert_eq!(tags(&plan(some, json!({}))), r#"["tagValues/8"]"#);
    let part = json!([{ "resource_manager_tags": { "tagKeys/7": null } }]);
    let unknown = json!({ "params": [{ "resource_manager_tags": { "tagKeys/7": true } }] });
    assert_eq!(tags(&plan(part, unknown)), "after apply: resourceManagerTags");
    let template = json!({ "name": "t", "resource_manager_tags": { "tagKeys/7": "tagValues/8" } });
    assert_eq!(tags(&planned("google_compute_instance_template", template, &json!({}))), r#"["tagValues/8"]"#);
}

#[test]
fn clients_that_are_counted_have_tags_and_accounts() {
    let clients = "clients: { gpu: { subnet: tcp-a, count: 4, protocol: nfs4-tcp, tags: [gpu], service-account: g@x, guest: { routing: per-nic } } }";
    let loaded = model("", "", clients);
    let row = &loaded.network.clients.rows()[0];
    assert_eq!((row.tags.as_slice(), row.service_account.as_deref()), (&["gpu".to_owned()][..], Some("g@x")));
    assert_eq!(row.guest.map(|guest| guest.routing), Some(GuestRouting::PerNic));
    let text = "twinrail: 1
projects: { storage: {} }
networks: { tcp: {} }
subnets: { tcp-a: { network: tcp, region: us-central1, range: 10.10.0.0/22 } }
clusters: { vault: { machine: z3-highmem-88, zone: us-central1-a, count: 2, nics: [{ rail: tcp, type: GVNIC, subnet: tcp-a }] } }
clients: { gpu: { cluster: vault, protocol: nfs4-tcp, tags: [gpu] } }";
    let files = [("m.yaml", text)];
    let errors = messages(&read(&files).expect_err("the cluster has tags of its own"), &files).join("\n");
    insta::assert_snapshot!(errors, @"m.yaml:6: the clients `gpu` are the cluster `vault`, whose instances have `tags` of their own (say it of `clusters.vault`)");
}
