//! What the types come to, with attributes as the provider's documentation writes them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::terraform::paths::path_of;
use crate::terraform::table::{EVERYWHERE, TYPES};

/// What a configuration says: the attributes that it sets, and to which resources they refer.
#[derive(Debug, Default)]
struct Says(BTreeMap<&'static str, Option<Target>>);

impl Stated for Says {
    fn is_set(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    fn target(&self, path: &str) -> Option<Target> {
        self.0.get(path)?.clone()
    }
}

fn refers(name: &str, attribute: &str) -> Option<Target> {
    let kind = Kind::of_name(name).unwrap_or_else(|| panic!("{name} is no name"));
    Some(Target { name: name.to_owned(), kind, attribute: attribute.to_owned() })
}

fn defaults() -> Defaults {
    Defaults { project: Some("p".to_owned()), region: Some("us-east1".to_owned()), zone: Some("us-east1-b".to_owned()) }
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else { panic!("{value} is no object") };
    map
}

fn with(of: &str, values: Value, unknown: &Value, says: &Says, defaults: &Defaults) -> Translated {
    let values = object(values);
    let address = format!("module.farm.{of}.it[\"a.b/c\"]");
    translate(&Written { of, address: &address, values: &values, unknown, defaults }, says)
}

fn drafts(of: &str, values: Value, unknown: &Value, says: &Says) -> Vec<Draft> {
    match with(of, values, unknown, says, &defaults()) {
        Translated::Drafts(drafts) => drafts,
        other => panic!("{of}: {other:?}"),
    }
}

/// The one draft of a resource of which everything is known: its name and body.
fn known(of: &str, values: Value) -> (String, Value) {
    let draft = only(drafts(of, values, &json!({}), &Says::default()));
    assert_eq!(draft.unknown, Unknown::default(), "{of}");
    (draft.name, Value::Object(draft.body))
}

fn only(mut drafts: Vec<Draft>) -> Draft {
    assert_eq!(drafts.len(), 1, "{drafts:?}");
    drafts.remove(0)
}

fn lacks(draft: &Draft) -> Vec<(&str, Lack)> {
    draft.unknown.iter().collect()
}

#[test]
fn a_network_of_a_profile() {
    let values = json!({
        "name": "rdma", "auto_create_subnetworks": false, "mtu": 8896, "routing_mode": "REGIONAL", "description": null,
        "network_profile": "https://www.googleapis.com/compute/v1/projects/p/global/networkProfiles/z-vpc-falcon",
        "network_firewall_policy_enforcement_order": "AFTER_CLASSIC_FIREWALL", "timeouts": null, "network_id": "123",
        "delete_default_routes_on_create": false, "project": "q", "numeric_id": "123"
    });
    let (name, body) = known("google_compute_network", values);
    assert_eq!(name, "projects/q/global/networks/rdma");
    assert_eq!(
        body,
        json!({
            "name": "rdma", "autoCreateSubnetworks": false, "mtu": 8896, "routingConfig": {"routingMode": "REGIONAL"},
            "networkProfile": "projects/p/global/networkProfiles/z-vpc-falcon", "id": "123",
            "networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL",
        })
    );
}

#[test]
fn a_subnetwork_of_a_network_of_this_plan() {
    let values = json!({
        "name": "s", "ip_cidr_range": "10.0.0.0/16", "region": "us-central1", "log_config": [], "role": null,
        "secondary_ip_range": [{"range_name": "vips", "ip_cidr_range": "10.1.0.0/24", "reserved_internal_range": ""}],
    });
    let unknown = json!({"id": true, "network": true, "purpose": true, "self_link": true, "secondary_ip_range": [{}]});
    let says = Says(BTreeMap::from([("network", refers("projects/p/global/networks/n", "id"))]));
    let draft = only(drafts("google_compute_subnetwork", values, &unknown, &says));
    assert_eq!(draft.name, "projects/p/regions/us-central1/subnetworks/s");
    assert_eq!(
        Value::Object(draft.body.clone()),
        json!({
            "name": "s", "ipCidrRange": "10.0.0.0/16", "region": "projects/p/regions/us-central1",
            "network": "projects/p/global/networks/n",
            "secondaryIpRanges": [{"rangeName": "vips", "ipCidrRange": "10.1.0.0/24"}],
        })
    );
    assert_eq!(lacks(&draft), [("/purpose", Lack::ByPlatform), ("/selfLink", Lack::ByPlatform)]);
}

#[test]
fn addresses_of_a_region_and_of_the_world() {
    let values = json!({
        "name": "a", "address_type": "INTERNAL", "subnetwork": "s", "region": null, "prefix_length": 0, "network": ""
    });
    let says = Says(BTreeMap::from([("subnetwork", None)]));
    let draft = only(drafts("google_compute_address", values.clone(), &json!({"address": true}), &says));
    assert_eq!(draft.name, "projects/p/regions/us-east1/addresses/a");
    assert_eq!(
        Value::Object(draft.body.clone()),
        json!({"name": "a", "addressType": "INTERNAL", "subnetwork": "projects/p/regions/us-east1/subnetworks/s"})
    );
    assert_eq!(lacks(&draft), [("/address", Lack::ByPlatform)]);
    let values = json!({
        "name": "peers", "purpose": "VPC_PEERING", "address_type": "INTERNAL", "prefix_length": 20, "network": "n"
    });
    let (name, body) = known("google_compute_global_address", values);
    assert_eq!(name, "projects/p/global/addresses/peers");
    assert_eq!(
        body,
        json!({
            "name": "peers", "purpose": "VPC_PEERING", "addressType": "INTERNAL", "prefixLength": 20,
            "network": "projects/p/global/networks/n"
        })
    );
}

#[test]
fn a_firewall_rule() {
    let values = json!({
        "name": "f", "network": "n", "direction": "INGRESS", "source_ranges": ["10.0.0.0/8"], "target_tags": null,
        "allow": [{"protocol": "tcp", "ports": ["2049"]}, {"protocol": "icmp", "ports": []}], "deny": [],
        "log_config": [{"metadata": "INCLUDE_ALL_METADATA"}], "enable_logging": null
    });
    let (name, body) = known("google_compute_firewall", values);
    assert_eq!(name, "projects/p/global/firewalls/f");
    assert_eq!(
        body,
        json!({
            "name": "f", "network": "projects/p/global/networks/n", "direction": "INGRESS", "sourceRanges": ["10.0.0.0/8"],
            "allowed": [{"IPProtocol": "tcp", "ports": ["2049"]}, {"IPProtocol": "icmp"}],
            "logConfig": {"metadata": "INCLUDE_ALL_METADATA"}
        })
    );
    // One address of a list that is not known: none is.
    let values = json!({"name": "f", "network": "n", "source_ranges": ["10.0.0.1/32", null]});
    let says = Says(BTreeMap::from([("source_ranges", None)]));
    let draft = only(drafts("google_compute_firewall", values, &json!({"source_ranges": [false, true]}), &says));
    assert!(!draft.body.contains_key("sourceRanges"));
    assert_eq!(lacks(&draft), [("/sourceRanges", Lack::AfterApply)]);
}

fn instance() -> Value {
    json!({
        "name": "node", "zone": "us-central1-a", "machine_type": "h4d-highmem-192-lssd", "can_ip_forward": true,
        "tags": ["storage"], "metadata": {"startup-script": "true"}, "labels": {}, "allow_stopping_for_update": null,
        "network_interface": [
            {
                "network": "", "subnetwork": "front", "subnetwork_project": "host", "network_ip": "10.0.0.5",
                "access_config": [{"nat_ip": "203.0.113.1", "network_tier": "PREMIUM"}], "nic_type": "GVNIC",
                "alias_ip_range": [{"ip_cidr_range": "10.1.0.7/32", "subnetwork_range_name": "vips"}], "queue_count": 0
            },
            {"network": null, "nic_type": "IRDMA", "access_config": []}
        ],
        "scheduling": [{"on_host_maintenance": "TERMINATE", "preemptible": false}],
        "service_account": [{"email": "node@p.iam.gserviceaccount.com", "scopes": ["cloud-platform"]}],
        "network_performance_config": [{"total_egress_bandwidth_tier": "TIER_1"}],
        "guest_accelerator": [], "deletion_protection": false
    })
}

#[test]
fn an_instance_with_two_nics() {
    let (name, body) = known("google_compute_instance", instance());
    assert_eq!(name, "projects/p/zones/us-central1-a/instances/node");
    assert_eq!(
        body,
        json!({
            "name": "node", "zone": "projects/p/zones/us-central1-a", "canIpForward": true,
            "machineType": "projects/p/zones/us-central1-a/machineTypes/h4d-highmem-192-lssd",
            "tags": {"items": ["storage"]}, "metadata": {"items": [{"key": "startup-script", "value": "true"}]},
            "networkInterfaces": [
                {
                    "subnetwork": "projects/host/regions/us-central1/subnetworks/front", "networkIP": "10.0.0.5",
                    "accessConfigs": [{"natIP": "203.0.113.1", "networkTier": "PREMIUM"}], "nicType": "GVNIC",
                    "aliasIpRanges": [{"ipCidrRange": "10.1.0.7/32", "subnetworkRangeName": "vips"}]
                },
                {"nicType": "IRDMA"}
            ],
            "scheduling": {"onHostMaintenance": "TERMINATE", "preemptible": false},
            "serviceAccounts": [{"email": "node@p.iam.gserviceaccount.com", "scopes": ["cloud-platform"]}],
            "networkPerformanceConfig": {"totalEgressBandwidthTier": "TIER_1"}
        })
    );
}

#[test]
fn an_instance_on_what_this_plan_makes() {
    let mut values = instance();
    values["network_interface"] = json!([{"access_config": [{}]}, {"nic_type": "IRDMA"}]);
    let unknown = json!({
        "id": true,
        "network_interface": [
            {"network": true, "subnetwork": true, "network_ip": true, "access_config": [{"nat_ip": true}]},
            {"network": true, "subnetwork": true, "network_ip": true, "alias_ip_range": true}
        ],
        "scheduling": [{"min_node_cpus": true}], "metadata": {"made-by": true}
    });
    let says = Says(BTreeMap::from([
        ("network_interface/0/subnetwork", refers("projects/p/regions/us-central1/subnetworks/a", "self_link")),
        ("network_interface/0/network_ip", refers("projects/p/regions/us-central1/addresses/a", "address")),
        ("network_interface/1/subnetwork", None),
        // Not a subnetwork, though the expression names one.
        ("network_interface/1/network", refers("projects/p/regions/us-central1/subnetworks/b", "network")),
    ]));
    let draft = only(drafts("google_compute_instance", values, &unknown, &says));
    assert_eq!(
        draft.body["networkInterfaces"],
        json!([
            {
                "subnetwork": "projects/p/regions/us-central1/subnetworks/a",
                "networkIP": "projects/p/regions/us-central1/addresses/a", "accessConfigs": [{}]
            },
            {"nicType": "IRDMA"}
        ])
    );
    assert_eq!(
        lacks(&draft),
        [
            ("/metadata/items/0/value", Lack::AfterApply),
            ("/networkInterfaces/0/accessConfigs/0/natIP", Lack::ByPlatform),
            ("/networkInterfaces/0/network", Lack::ByPlatform),
            ("/networkInterfaces/1/aliasIpRanges", Lack::ByPlatform),
            ("/networkInterfaces/1/network", Lack::AfterApply),
            ("/networkInterfaces/1/networkIP", Lack::ByPlatform),
            ("/networkInterfaces/1/subnetwork", Lack::AfterApply),
            ("/scheduling/minNodeCpus", Lack::ByPlatform),
        ]
    );
}

#[test]
fn a_project_that_is_not_known_has_a_name_of_its_own() {
    let nowhere = Defaults::default();
    let values = json!({"name": "a"});
    let Translated::Drafts(drafts) = with("google_compute_address", values, &json!({}), &Says::default(), &nowhere)
    else {
        panic!("an address is known");
    };
    assert_eq!(only(drafts).name, "projects/(unknown)/regions/(unknown)/addresses/a");
}

#[test]
fn a_name_that_is_not_known_is_the_address() {
    let draft = only(drafts("google_compute_network", json!({}), &json!({"name": true}), &Says::default()));
    assert_eq!(draft.name, "projects/p/global/networks/(module.farm.google_compute_network.it[\"a.b%2Fc\"])");
    assert_eq!(Kind::of_name(&draft.name), Some(Kind::Network));
}

#[test]
fn types_that_say_nothing_and_types_that_nobody_knows() {
    let of = |word| with(word, json!({"name": "x"}), &json!({}), &Says::default(), &defaults());
    assert!(matches!(of("random_id"), Translated::Nothing));
    assert!(matches!(of("google_compute_never_heard_of"), Translated::Unsupported));
}

#[test]
fn places_lead_back_to_attributes() {
    let address = "module.farm[\"x\"].google_compute_instance.node[\"google_compute_network.a\\\"].b\"]";
    for (pointer, path) in [
        ("/networkInterfaces/0/networkIP", "network_interface/0/network_ip"),
        ("/networkInterfaces/1", "network_interface/1"),
        ("/networkInterfaces", "network_interface"),
        ("/networkInterfaces/0/accessConfigs/0/natIP", "network_interface/0/access_config/0/nat_ip"),
        ("/scheduling/onHostMaintenance", "scheduling/0/on_host_maintenance"),
        ("/tags", "tags"),
        ("/metadata/items/2/value", "metadata"),
        ("/neverHeardOf/0/atAll", "never_heard_of/0/at_all"),
        ("", ""),
    ] {
        assert_eq!(path_of(address, pointer), path, "{pointer}");
    }
    assert_eq!(
        path_of("data.google_compute_subnetwork.s", "/secondaryIpRanges/1/ipCidrRange"),
        "secondary_ip_range/1/ip_cidr_range"
    );
}

/// Every path that the table names, in Terraform's words and in the API's.
fn paths(row: &'static Type) -> Vec<(String, String)> {
    fn below(shape: &'static Shape, at: &At, found: &mut Vec<(String, String)>) {
        let everywhere = if at.row.is_some() { EVERYWHERE } else { &[] };
        for field in shape.iter().chain(everywhere).filter(|field| {
            !matches!(field.form, Form::Dropped) && !at.row.is_some_and(|row| row.is_name(field.attribute))
        }) {
            let slash = if at.path.is_empty() { "" } else { "/" };
            let path = format!("{}{slash}{}", at.path, field.attribute);
            let pointer = format!("{}/{}", at.pointer, at.api(field.attribute, Some(field)));
            match &field.form {
                Form::One(shape) => {
                    below(shape, &At { row: None, path: format!("{path}/0"), pointer: pointer.clone() }, found);
                }
                Form::Many(shape) => {
                    let at = At { row: None, path: format!("{path}/7"), pointer: format!("{pointer}/7") };
                    below(shape, &at, found);
                }
                // Which element it is, the key says and no place.
                _ => {}
            }
            found.push((path, pointer));
        }
    }
    let mut found = Vec::new();
    below(row.shape, &At::top(row), &mut found);
    found
}

#[test]
fn every_path_of_the_table_maps_there_and_back() {
    let mut looked_at = 0;
    for row in TYPES.iter().copied().flatten() {
        let all = paths(row);
        for (path, pointer) in &all {
            let back = path_of(&format!("{}.it", row.word), pointer);
            // Two attributes may be one field: an older name, or the same number by two names.
            let same: Vec<&str> =
                all.iter().filter(|(_, other)| other == pointer).map(|(path, _)| path.as_str()).collect();
            assert!(same.contains(&back.as_str()), "{}: {path} is {pointer}, which is {back}", row.word);
            looked_at += 1;
        }
    }
    assert!(looked_at > 100, "only {looked_at}");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..70_000).prop_map(Value::from),
        "[a-z/:.~]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::vec((attribute(), inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// An attribute of the table, or any word.
fn attribute() -> impl Strategy<Value = String> {
    let mut words: Vec<String> = Vec::new();
    for row in TYPES.iter().copied().flatten() {
        words.extend(paths(row).into_iter().filter_map(|(path, _)| Some(path.rsplit('/').next()?.to_owned())));
    }
    words.sort();
    words.dedup();
    prop_oneof![9 => proptest::sample::select(words), 1 => "[a-z_/~]{0,6}"]
}

proptest! {
    #[test]
    fn whatever_a_plan_holds_is_translated_or_refused(
        row in 0..TYPES.iter().map(|types| types.len()).sum::<usize>(),
        values in proptest::collection::vec((attribute(), any_json()), 0..8),
        unknown in any_json(),
    ) {
        let word = TYPES.iter().copied().flatten().nth(row).expect("a row of the table").word;
        let values = Value::Object(values.into_iter().collect());
        let translated = with(word, values, &unknown, &Says::default(), &Defaults::default());
        if let Translated::Drafts(drafts) = translated {
            for draft in drafts {
                prop_assert!(draft.name.starts_with("projects/") || draft.name.starts_with("locations/"), "{}", draft.name);
            }
        }
    }
}
