//! Fields that only a walk through the network asks for, by each way in: the model file, answers of the API, a plan. All inputs are synthetic.

use serde_json::{Value, json};
use twinrail_intake::Loaded;
use twinrail_model::{FirewallOrder, GuestRouting, Hole, NatSources, PortSpecification, Ratio, Stated};

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

const NEG: &str = "projects/p/zones/us-central1-a/networkEndpointGroups/g";

/// An instance with two NICs, in the subnets `one` and `two`.
fn node() -> Value {
    let nic = |subnet: &str, address: &str| json!({ "subnetwork": format!("projects/p/regions/us-central1/subnetworks/{subnet}"), "networkIP": address });
    let nics = json!({ "networkInterfaces": [nic("one", "10.1.0.2"), nic("two", "10.2.0.2")] });
    answer("instance", "projects/p/zones/us-central1-a/instances/node", nics)
}

/// The group's endpoints, each by its instance, the NIC that it is, and its port.
fn endpoints(loaded: &Loaded) -> Vec<String> {
    let network = &loaded.network;
    let (id, neg) = network.negs.iter().next().expect("a group");
    let told = neg.endpoints.peek().iter().map(|endpoint| {
        let instance = endpoint.instance.map(|instance| network.instances[instance].name.to_string());
        let nic = network.endpoint_nic(id, endpoint).map(|nic| nic.map(|nic| network.short(nic)));
        format!("{instance:?} {nic:?} {:?}", endpoint.port)
    });
    told.collect()
}

#[test]
fn endpoints_are_nics() {
    let group = answer(
        "networkEndpointGroup",
        NEG,
        json!({ "networkEndpointType": "GCE_VM_IP", "subnetwork": "projects/p/regions/us-central1/subnetworks/two" }),
    );
    let loaded = answers(&[group.clone(), node()]);
    assert_eq!(told(&loaded.network.negs.rows()[0].endpoints), "not in the input: networkEndpoints");
    let listed = json!({
        "kind": "compute#networkEndpointGroupsListNetworkEndpoints",
        "items": [{ "networkEndpoint": { "instance": "node" } }, { "networkEndpoint": { "instance": "node", "ipAddress": "10.1.0.2", "port": 80 } }],
    });
    let url = format!("https://compute.googleapis.com/compute/v1/{NEG}");
    let recording = format!(
        "GET {url}\n\n200 OK\n\n{group}\n\n---\n\nPOST {url}/listNetworkEndpoints\n\n200 OK\n\n{listed}\n\n---\n\nGET {url}\n\n200 OK\n\n{}\n",
        node()
    );
    let loaded = crate::view::loaded(&[("record.txt", &recording)]);
    let name = r#"Some("projects/p/zones/us-central1-a/instances/node")"#;
    let all = [format!(r#"{name} Ok(Some("node nic1")) None"#), format!(r#"{name} Ok(Some("node nic0")) Some(80)"#)];
    assert_eq!(endpoints(&loaded), all);
    assert_eq!(loaded.network.negs.rows()[0].known, twinrail_model::Known::Here);
    let of_gcloud = json!([{ "networkEndpoint": { "instance": "node" } }]).to_string();
    let loaded = crate::view::loaded(&[("endpoints.json", &of_gcloud), ("node.json", &node().to_string())]);
    assert_eq!(loaded.unsupported[0].what, "network endpoint of a group that is not named");
    let after =
        json!({ "network_endpoint_group": NEG, "instance": "node", "ip_address": "10.2.0.2", "zone": "us-central1-a" });
    let loaded = planned("google_compute_network_endpoint", after, &json!({}));
    assert_eq!(told(&loaded.network.negs.rows()[0].endpoints).matches("10.2.0.2").count(), 1);
}

#[test]
fn a_leader_and_the_ratio_of_a_backend_service() {
    let balancer = "load-balancers:
  one: { subnet: tcp-a, backends: [{ cluster: vault, neg-on: nic0 }], ha-policy: { fast-ip-move: true, leader: vault-2 } }
  two: { subnet: tcp-a, backends: [{ cluster: vault }], failover: { ratio: 0.333 } }";
    let loaded = model("", "", balancer);
    let network = &loaded.network;
    let [one, two] = network.backend_services.rows() else { panic!("two services") };
    assert_eq!(one.leader.map(|leader| network.short(leader)), Some("vault-2".to_owned()));
    assert_eq!((*two.leader, two.failover_ratio.map(Ratio::get)), (None, Some(0.333)));
    assert_eq!(network.negs.rows()[0].endpoints.len(), 2);
    let after = json!({
        "name": "s", "region": "us-central1", "load_balancing_scheme": "INTERNAL", "failover_policy": [{ "failover_ratio": 0.5 }],
        "ha_policy": [{ "fast_ip_move": "GARP_RA", "leader": [{ "backend_group": NEG, "network_endpoint": [{ "instance": "node" }] }] }],
    });
    let loaded = planned("google_compute_region_backend_service", after, &json!({}));
    let service = &loaded.network.backend_services.rows()[0];
    assert_eq!(service.failover_ratio.map(Ratio::get), Some(0.5));
    let leader = service.leader.expect("a leader");
    assert_eq!(loaded.network.instances[leader].name.as_str(), "projects/p/zones/us-central1-a/instances/node");
    let after = json!({ "name": "s", "region": "us-central1", "ha_policy": [{ "leader": [{ "backend_group": NEG, "network_endpoint": [{}] }] }] });
    let unknown = json!({ "ha_policy": [{ "leader": [{ "network_endpoint": [{ "instance": true }] }] }] });
    let loaded = planned("google_compute_region_backend_service", after, &unknown);
    assert_eq!(told(&loaded.network.backend_services.rows()[0].leader), "after apply: instance");
    assert_eq!(
        [Ratio::new(0.0).is_some(), Ratio::new(1.01).is_some(), Ratio::new(f64::NAN).is_some()],
        [true, false, false]
    );
}

#[test]
fn the_port_of_a_health_check() {
    let of = |settings: Value| {
        let body = json!({ "type": "TCP", "tcpHealthCheck": settings });
        let loaded = answers(&[answer("healthCheck", "projects/p/regions/us-central1/healthChecks/c", body)]);
        let check = &loaded.network.health_checks.rows()[0];
        (*check.port, (*check.port_specification).clone())
    };
    let named = PortSpecification::Named("nfs".to_owned());
    assert_eq!(of(json!({ "port": 2049 })), (Some(2049), PortSpecification::Fixed));
    assert_eq!(
        of(json!({ "port": 2049, "portSpecification": "USE_FIXED_PORT" })),
        (Some(2049), PortSpecification::Fixed)
    );
    assert_eq!(of(json!({ "portSpecification": "USE_SERVING_PORT" })), (None, PortSpecification::Serving));
    assert_eq!(of(json!({ "portName": "nfs", "portSpecification": "USE_NAMED_PORT" })), (None, named.clone()));
    assert_eq!(of(json!({ "portName": "nfs" })), (None, named));
    assert_eq!(of(json!({ "portName": "nfs", "port": 1 })), (Some(1), PortSpecification::Fixed));
}

#[test]
fn whose_packets_a_nat_takes() {
    let loaded = model("", "", "routers: { r: { network: tcp, region: us-central1, nats: [n] } }");
    let nat = &loaded.network.routers.rows()[0].nats[0];
    assert_eq!((nat.name.as_str(), told(&nat.is_private)), ("n", "false".to_owned()));
    assert_eq!(*nat.sources, Ok(NatSources::AllRanges));
    let router =
        |nat: Value| answers(&[answer("router", "projects/p/regions/us-central1/routers/r", json!({ "nats": [nat] }))]);
    let loaded = router(json!({ "name": "n", "type": "PRIVATE", "endpointTypes": ["ENDPOINT_TYPE_SWG"] }));
    let nat = &loaded.network.routers.rows()[0].nats[0];
    assert_eq!((told(&nat.is_private), told(&nat.serves_instances)), ("true".to_owned(), "false".to_owned()));
    assert_eq!(told(&nat.sources), "not in the input: sourceSubnetworkIpRangesToNat");
    let subnets = json!([
        { "name": "projects/p/regions/us-central1/subnetworks/a", "sourceIpRangesToNat": ["PRIMARY_IP_RANGE"] },
        { "name": "projects/p/regions/us-central1/subnetworks/b", "sourceIpRangesToNat": ["LIST_OF_SECONDARY_IP_RANGES"], "secondaryIpRangeNames": ["vips"] },
        { "name": "projects/p/regions/us-central1/subnetworks/c" },
    ]);
    let loaded =
        router(json!({ "name": "n", "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS", "subnetworks": subnets }));
    let nat = &loaded.network.routers.rows()[0].nats[0];
    insta::assert_debug_snapshot!(*nat.sources, @r#"
    Ok(
        Subnets(
            [
                NatSubnet {
                    subnet: SubnetId(
                        0,
                    ),
                    primary: true,
                    secondary: Named(
                        [],
                    ),
                },
                NatSubnet {
                    subnet: SubnetId(
                        1,
                    ),
                    primary: false,
                    secondary: Named(
                        [
                            "vips",
                        ],
                    ),
                },
                NatSubnet {
                    subnet: SubnetId(
                        2,
                    ),
                    primary: true,
                    secondary: All,
                },
            ],
        ),
    )
    "#);
    let subnet =
        |short: &str| loaded.network.subnets.iter().find(|(_, row)| row.name.short() == short).expect("a subnet").0;
    let covers = |short: &str, secondary| nat.covers(subnet(short), secondary).expect("it says so");
    assert_eq!([covers("a", None), covers("a", Some("vips"))], [true, false]);
    assert_eq!([covers("b", None), covers("b", Some("vips")), covers("b", Some("x"))], [false, true, false]);
    assert_eq!([covers("c", None), covers("c", Some("vips"))], [true, true]);
}

#[test]
fn whose_packets_a_nat_of_a_plan_takes() {
    let after = json!({
        "name": "n", "router": "r", "region": "us-central1", "source_subnetwork_ip_ranges_to_nat": "LIST_OF_SUBNETWORKS",
        "subnetwork": [{ "name": "projects/p/regions/us-central1/subnetworks/a", "source_ip_ranges_to_nat": ["ALL_IP_RANGES"], "secondary_ip_range_names": [] }],
    });
    let loaded = planned("google_compute_router_nat", after, &json!({}));
    let nat = &loaded.network.routers.rows()[0].nats[0];
    assert_eq!(told(&nat.sources), "Ok(Subnets([NatSubnet { subnet: SubnetId(0), primary: true, secondary: All }]))");
    let loaded = planned(
        "google_compute_router_nat",
        json!({ "name": "n", "router": "r", "region": "us-central1" }),
        &json!({ "source_subnetwork_ip_ranges_to_nat": true }),
    );
    assert_eq!(told(&loaded.network.routers.rows()[0].nats[0].sources), "after apply: sourceSubnetworkIpRangesToNat");
}

#[test]
fn a_policy_of_a_folder_is_of_networks_that_nobody_names() {
    let associations = json!({ "rules": [], "associations": [
        { "attachmentTarget": "https://cloudresourcemanager.googleapis.com/v3/folders/12" },
        { "attachmentTarget": "https://www.googleapis.com/compute/v1/projects/p/global/networks/n" },
    ] });
    let loaded = answers(&[answer("firewallPolicy", "locations/global/firewallPolicies/34", associations)]);
    let policy = &loaded.network.firewall_policies.rows()[0];
    assert_eq!((policy.networks.len(), *policy.of_folder, policy.may_govern_others()), (1, true, true));
    let listed: Vec<(&str, usize)> = loaded.unsupported.iter().map(|kind| (kind.what.as_str(), kind.count)).collect();
    let what = "association of a firewall policy with a folder or an organisation, whose networks are not said";
    assert_eq!(listed, [(what, 1)]);
}
