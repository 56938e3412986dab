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

impl Configured for Says {
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
            "logConfig": {"metadata": "INCLUDE_ALL_METADATA", "enable": true}
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
fn templates_hold_their_machine_below_properties() {
    let values = json!({
        "name_prefix": "node-", "machine_type": "c4-standard-8", "region": "us-central1", "can_ip_forward": false,
        "network_interface": [{"subnetwork": "s", "network_ip": ""}], "tags": ["storage"], "disk": [{"boot": true}],
        "instance_description": "a node", "metadata": null, "description": "template", "min_cpu_platform": ""
    });
    let draft =
        only(drafts("google_compute_instance_template", values.clone(), &json!({"name": true}), &Says::default()));
    assert_eq!(
        draft.name,
        "projects/p/global/instanceTemplates/(module.farm.google_compute_instance_template.it[\"a.b%2Fc\"])"
    );
    let properties = json!({
        "machineType": "c4-standard-8", "canIpForward": false, "tags": {"items": ["storage"]}, "disks": [{"boot": true}],
        "networkInterfaces": [{"subnetwork": "projects/p/regions/us-central1/subnetworks/s"}], "description": "a node"
    });
    assert_eq!(draft.body["properties"], properties);
    assert_eq!(draft.body["description"], json!("template"));
    let address = "google_compute_instance_template.it";
    assert_eq!(path_of(address, "/properties/networkInterfaces/0/networkIP"), "network_interface/0/network_ip");
    assert_eq!(path_of(address, "/properties/minCpuPlatform"), "min_cpu_platform");
    let regional =
        only(drafts("google_compute_region_instance_template", values, &json!({"name": true}), &Says::default()));
    assert!(regional.name.starts_with("projects/p/regions/us-central1/instanceTemplates/("), "{}", regional.name);
}

#[test]
fn managed_groups_and_what_their_members_keep() {
    let values = json!({
        "name": "nodes", "zone": "us-central1-a", "base_instance_name": "node", "target_size": 3,
        "version": [{"instance_template": "projects/p/global/instanceTemplates/t?uniqueId=7", "name": "", "target_size": []}],
        "auto_healing_policies": [{"health_check": "h", "initial_delay_sec": 300}],
        "stateful_internal_ip": [{"interface_name": "nic1", "delete_rule": "NEVER"}],
        "update_policy": [{"type": "PROACTIVE", "minimal_action": "REPLACE", "max_surge_fixed": 0, "replacement_method": "RECREATE"}],
        "instance_lifecycle_policy": [{"default_action_on_failure": "DO_NOTHING"}], "wait_for_instances": false
    });
    let (name, body) = known("google_compute_instance_group_manager", values);
    assert_eq!(name, "projects/p/zones/us-central1-a/instanceGroupManagers/nodes");
    assert_eq!(
        body,
        json!({
            "name": "nodes", "zone": "projects/p/zones/us-central1-a", "baseInstanceName": "node", "targetSize": 3,
            "versions": [{"instanceTemplate": "projects/p/global/instanceTemplates/t"}],
            "autoHealingPolicies": [{"healthCheck": "projects/p/global/healthChecks/h", "initialDelaySec": 300}],
            "statefulPolicy": {"preservedState": {"internalIPs": {"nic1": {"autoDelete": "NEVER"}}}},
            "updatePolicy": {
                "type": "PROACTIVE", "minimalAction": "REPLACE", "maxSurge": {"fixed": 0}, "replacementMethod": "RECREATE"
            },
            "instanceLifecyclePolicy": {"defaultActionOnFailure": "DO_NOTHING"}
        })
    );
    let values = json!({
        "name": "node-1", "zone": "us-central1-a", "instance_group_manager": "nodes", "minimal_action": "NONE",
        "preserved_state": [{
            "metadata": {"a": "b"}, "disk": [],
            "internal_ip": [{"interface_name": "nic0", "auto_delete": "NEVER", "ip_address": [{"address": "10.0.0.9"}]}]
        }]
    });
    let draft = only(drafts("google_compute_per_instance_config", values, &json!({}), &Says::default()));
    assert_eq!((draft.name.as_str(), draft.is_part), (name.as_str(), true));
    let kept = json!({"nic0": {"autoDelete": "NEVER", "ipAddress": {"address": "10.0.0.9"}}});
    assert_eq!(
        draft.body["perInstanceConfigs"],
        json!([{"name": "node-1", "preservedState": {"metadata": {"a": "b"}, "internalIPs": kept}}])
    );
}

#[test]
fn a_backend_service_of_this_plan() {
    let mig = "projects/p/zones/us-central1-a/instanceGroupManagers/nodes";
    let values = json!({
        "name": "vip", "region": "us-central1", "load_balancing_scheme": "INTERNAL", "protocol": "UNSPECIFIED",
        "backend": [{"balancing_mode": "CONNECTION", "failover": true}], "connection_draining_timeout_sec": 0,
        "failover_policy": [{"failover_ratio": 0.5, "drop_traffic_if_unhealthy": null}],
        "connection_tracking_policy": [{"connection_persistence_on_unhealthy_backends": "NEVER_PERSIST"}],
        "ha_policy": [{"fast_ip_move": "GARP_RA", "leader": [{"backend_group": "g", "network_endpoint": [{"instance": "i"}]}]}],
        "network": "n"
    });
    let unknown = json!({"backend": [{"group": true}], "health_checks": true, "generated_id": true});
    let says = Says(BTreeMap::from([
        ("backend/0/group", refers(mig, "instance_group")),
        ("health_checks", refers("projects/p/global/healthChecks/h", "id")),
    ]));
    let draft = only(drafts("google_compute_region_backend_service", values, &unknown, &says));
    assert_eq!(draft.name, "projects/p/regions/us-central1/backendServices/vip");
    assert_eq!(lacks(&draft), [("/id", Lack::ByPlatform)]);
    let group = "projects/p/zones/us-central1-a/instanceGroups/nodes";
    assert_eq!(
        Value::Object(draft.body),
        json!({
            "name": "vip", "region": "projects/p/regions/us-central1", "loadBalancingScheme": "INTERNAL",
            "protocol": "UNSPECIFIED", "network": "projects/p/global/networks/n",
            "backends": [{"balancingMode": "CONNECTION", "failover": true, "group": group}],
            "connectionDraining": {"drainingTimeoutSec": 0}, "failoverPolicy": {"failoverRatio": 0.5},
            "connectionTrackingPolicy": {"connectionPersistenceOnUnhealthyBackends": "NEVER_PERSIST"},
            "haPolicy": {"fastIPMove": "GARP_RA", "leader": {"backendGroup": "g", "networkEndpoint": {"instance": "i"}}},
            "healthChecks": ["projects/p/global/healthChecks/h"]
        })
    );
}

#[test]
fn forwarding_rules_and_health_checks() {
    let values = json!({
        "name": "vip", "ip_protocol": "TCP", "all_ports": true, "subnetwork": "s", "network_tier": "PREMIUM",
        "backend_service": "b", "load_balancing_scheme": "INTERNAL", "ports": [], "recreate_closed_psc": false
    });
    let reserved = "projects/p/regions/us-east1/addresses/a";
    let says = Says(BTreeMap::from([("ip_address", refers(reserved, "address"))]));
    let draft = only(drafts("google_compute_forwarding_rule", values, &json!({"ip_address": true}), &says));
    assert_eq!(draft.name, "projects/p/regions/us-east1/forwardingRules/vip");
    assert_eq!(
        Value::Object(draft.body),
        json!({
            "name": "vip", "IPProtocol": "TCP", "allPorts": true, "networkTier": "PREMIUM", "IPAddress": reserved,
            "subnetwork": "projects/p/regions/us-east1/subnetworks/s", "loadBalancingScheme": "INTERNAL",
            "backendService": "projects/p/regions/us-east1/backendServices/b"
        })
    );
    let values = json!({
        "name": "h", "check_interval_sec": 5, "tcp_health_check": [{"port": 2049, "request": ""}], "http_health_check": []
    });
    let draft = only(drafts("google_compute_health_check", values, &json!({"type": true}), &Says::default()));
    assert_eq!(
        (draft.name.as_str(), Value::Object(draft.body), draft.unknown),
        (
            "projects/p/global/healthChecks/h",
            json!({"name": "h", "checkIntervalSec": 5, "tcpHealthCheck": {"port": 2049}, "type": "TCP"}),
            Unknown::default()
        )
    );
    let (name, _) = known("google_compute_https_health_check", json!({"name": "h", "port": 443}));
    assert_eq!(name, "projects/p/global/httpsHealthChecks/h");
}

/// The whole that a part belongs to, and the part.
fn part(of: &str, values: Value) -> (String, Value) {
    let draft = only(drafts(of, values, &json!({}), &Says::default()));
    assert!(draft.is_part, "{of}");
    (draft.name, Value::Object(draft.body))
}

#[test]
fn parts_name_the_whole() {
    let region = "projects/p/regions/us-east1";
    let router = format!("{region}/routers/r");
    let nat = json!({"name": "nat", "router": "r", "nat_ips": ["a"], "source_subnetwork_ip_ranges_to_nat": "LIST_OF_SUBNETWORKS"});
    let nats = json!([{
        "name": "nat", "natIps": [format!("{region}/addresses/a")], "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS"
    }]);
    assert_eq!(part("google_compute_router_nat", nat), (router.clone(), json!({"nats": nats})));
    let peer = json!({"name": "peer", "router": "r", "interface": "if", "peer_asn": 64512, "region": "us-east1"});
    let peers = json!([{"name": "peer", "interfaceName": "if", "peerAsn": 64512}]);
    assert_eq!(part("google_compute_router_peer", peer), (router, json!({"bgpPeers": peers})));
    let network = "projects/p/global/networks/n";
    let peering = json!({"name": "to-m", "network": network, "peer_network": "projects/q/global/networks/m", "import_custom_routes": true});
    let peerings = json!([{"name": "to-m", "network": "projects/q/global/networks/m", "importCustomRoutes": true}]);
    assert_eq!(part("google_compute_network_peering", peering), (network.to_owned(), json!({"peerings": peerings})));
    let exchange =
        json!({"peering": "to-m", "network": "n", "export_custom_routes": true, "import_custom_routes": false});
    let peerings = json!([{"name": "to-m", "exportCustomRoutes": true, "importCustomRoutes": false}]);
    assert_eq!(
        part("google_compute_network_peering_routes_config", exchange),
        (network.to_owned(), json!({"peerings": peerings}))
    );
    let (group, member) = ("projects/p/zones/us-east1-b/instanceGroups/g", "projects/p/zones/us-east1-b/instances/i");
    assert_eq!(
        part("google_compute_instance_group_membership", json!({"instance": member, "instance_group": "g"})),
        (group.to_owned(), json!({"instances": [member]}))
    );
    let endpoint = json!({"network_endpoint_group": "neg", "instance": "i", "ip_address": "10.0.0.7", "port": 0});
    assert_eq!(
        part("google_compute_network_endpoint", endpoint),
        (
            "projects/p/zones/us-east1-b/networkEndpointGroups/neg".to_owned(),
            json!({"networkEndpoints": [{"instance": member, "ipAddress": "10.0.0.7"}]})
        )
    );
    assert_eq!(
        part("google_compute_shared_vpc_service_project", json!({"host_project": "host", "service_project": "guest"})),
        ("projects/host/getXpnResources".to_owned(), json!({"resources": [{"id": "guest"}]}))
    );
    assert_eq!(
        part("google_compute_shared_vpc_host_project", json!({"project": "host"})),
        ("projects/host/getXpnResources".to_owned(), json!({}))
    );
    assert_eq!(path_of("google_compute_router_nat.it", "/nats/0/natIps"), "nat_ips");
    assert_eq!(path_of("google_compute_network_peering.it", "/peerings/0/network"), "peer_network");
}

#[test]
fn firewall_policies_their_rules_and_associations() {
    let policy = "projects/p/regions/us-east1/firewallPolicies/rdma";
    let values = json!({"name": "rdma", "policy_type": "RDMA_ROCE_POLICY", "network_firewall_policy_id": "5"});
    let (name, body) = known("google_compute_region_network_firewall_policy", values);
    assert_eq!((name.as_str(), body), (policy, json!({"name": "rdma", "policyType": "RDMA_ROCE_POLICY", "id": "5"})));
    let rule = json!({
        "priority": 1000, "action": "allow", "direction": "INGRESS", "firewall_policy": "rdma", "rule_name": "in",
        "description": "from the farm", "disabled": false, "target_service_accounts": [],
        "match": [{"src_ip_ranges": ["10.0.0.0/8"], "layer4_configs": [{"ip_protocol": "all", "ports": []}], "src_secure_tags": []}]
    });
    let expected = json!({
        "priority": 1000, "action": "allow", "direction": "INGRESS", "ruleName": "in", "description": "from the farm",
        "disabled": false, "match": {"srcIpRanges": ["10.0.0.0/8"], "layer4Configs": [{"ipProtocol": "all"}]}
    });
    assert_eq!(
        part("google_compute_region_network_firewall_policy_rule", rule),
        (policy.to_owned(), json!({"rules": [expected]}))
    );
    let association = json!({"name": "a", "firewall_policy": policy, "attachment_target": "n"});
    let target = "projects/p/global/networks/n";
    assert_eq!(
        part("google_compute_region_network_firewall_policy_association", association),
        (policy.to_owned(), json!({"associations": [{"name": "a", "attachmentTarget": target}]}))
    );
    let of_organisation = json!({"firewall_policy": "1234", "priority": 1, "action": "deny"});
    let (name, _) = part("google_compute_firewall_policy_rule", of_organisation);
    assert_eq!(name, "locations/global/firewallPolicies/1234");
    let whole = json!({
        "name": "w", "rule": [{"priority": 7, "action": "deny", "match": [{"layer4_config": [{"ip_protocol": "tcp"}]}]}]
    });
    let (_, body) = known("google_compute_network_firewall_policy_with_rules", whole);
    assert_eq!(
        body["rules"],
        json!([{"priority": 7, "action": "deny", "match": {"layer4Configs": [{"ipProtocol": "tcp"}]}}])
    );
}

#[test]
fn routes_and_their_next_hops() {
    let values = json!({
        "name": "r", "network": "n", "dest_range": "10.9.0.0/24", "priority": 100, "tags": ["client"],
        "next_hop_instance": "i", "next_hop_instance_zone": "us-central1-f", "next_hop_ilb": "10.0.0.3"
    });
    let (name, body) = known("google_compute_route", values);
    assert_eq!(name, "projects/p/global/routes/r");
    assert_eq!(
        body,
        json!({
            "name": "r", "network": "projects/p/global/networks/n", "destRange": "10.9.0.0/24", "priority": 100,
            "tags": ["client"], "nextHopInstance": "projects/p/zones/us-central1-f/instances/i", "nextHopIlb": "10.0.0.3"
        })
    );
    let values = json!({"name": "r", "network": "n", "next_hop_gateway": "default-internet-gateway"});
    let (_, body) = known("google_compute_route", values);
    assert_eq!(body["nextHopGateway"], json!("projects/p/global/gateways/default-internet-gateway"));
    let rule = "projects/p/regions/us-east1/forwardingRules/f";
    let says = Says(BTreeMap::from([("next_hop_ilb_ip", refers(rule, "ip_address"))]));
    let values = json!({
        "name": "pbr", "network": "n", "priority": 100, "virtual_machine": [{"tags": ["client"]}],
        "filter": [{"protocol_version": "IPV4", "ip_protocol": "TCP", "src_range": "10.0.0.0/24", "dest_range": "10.9.0.0/24"}]
    });
    let unknown = json!({"next_hop_ilb_ip": true});
    let draft = only(drafts("google_network_connectivity_policy_based_route", values, &unknown, &says));
    assert_eq!(
        (draft.kind, draft.name.as_str()),
        (Kind::PolicyBasedRoute, "projects/p/locations/global/policyBasedRoutes/pbr")
    );
    let filter =
        json!({"protocolVersion": "IPV4", "ipProtocol": "TCP", "srcRange": "10.0.0.0/24", "destRange": "10.9.0.0/24"});
    assert_eq!(
        Value::Object(draft.body),
        json!({
            "name": "pbr", "network": "projects/p/global/networks/n", "priority": 100, "filter": filter,
            "virtualMachine": {"tags": ["client"]}, "nextHopIlbIp": rule
        })
    );
}

#[test]
fn what_joins_networks() {
    let values = json!({
        "name": "door", "connection_preference": "ACCEPT_MANUAL", "subnetworks": ["s"], "producer_accept_lists": ["guest"]
    });
    let (name, body) = known("google_compute_network_attachment", values);
    assert_eq!(name, "projects/p/regions/us-east1/networkAttachments/door");
    assert_eq!(
        body,
        json!({
            "name": "door", "connectionPreference": "ACCEPT_MANUAL", "producerAcceptLists": ["guest"],
            "subnetworks": ["projects/p/regions/us-east1/subnetworks/s"]
        })
    );
    let (name, _) = known("google_compute_ha_vpn_gateway", json!({"name": "g", "network": "n"}));
    assert_eq!(name, "projects/p/regions/us-east1/vpnGateways/g");
    let (name, body) = known("google_compute_interconnect_attachment", json!({"name": "i", "router": "r"}));
    assert_eq!(name, "projects/p/regions/us-east1/interconnectAttachments/i");
    assert_eq!(body["router"], json!("projects/p/regions/us-east1/routers/r"));
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
