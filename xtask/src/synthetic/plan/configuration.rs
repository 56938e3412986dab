//! The configuration of the farm, as a plan repeats it: which expression of which module refers to what. Every resource of
//! a cell comes from here, and what is known only after apply can be followed through it.
//! Not here: values (`cell`).

use serde_json::{Map, Value, json};

use super::{NODES_OF_CELL, PROVIDER, cell};
use crate::synthetic::{REGION, ZONE};

/// The values of the root module's variables.
pub(super) fn variables(nodes: usize) -> Value {
    let cells = (0..nodes.div_ceil(NODES_OF_CELL)).map(|number| {
        let nodes = NODES_OF_CELL.min(nodes - number * NODES_OF_CELL);
        (cell::cell_name(number), json!({ "project": format!("farm-{number:04}"), "nodes": nodes }))
    });
    json!({ "cells": { "value": cells.collect::<Map<_, _>>() }, "image_family": { "value": "storage-node" },
        "region": { "value": REGION }, "token": { "value": "secret" }, "zone": { "value": ZONE } })
}

/// The attributes outside a module that decided something in it.
pub(super) fn relevant(cells: usize) -> Value {
    let subnets =
        (0..cells).flat_map(|number| ["tcp", "clients", "rdma"].map(|subnet| (cell::cell_name(number), subnet)));
    let attributes = subnets.map(|(cell, subnet)| {
        json!({ "resource": format!("module.cell[\"{cell}\"].module.rails.google_compute_subnetwork.{subnet}"), "attribute": ["self_link"] })
    });
    attributes.collect()
}

pub(super) fn configuration() -> Value {
    let image = resource(
        "data.google_compute_image.node",
        json!({ "family": to("var.image_family"), "project": is("farm-images") }),
    );
    let names = json!({ "name": to("each.key"), "project": to("each.value.project"), "nodes": to("each.value.nodes"),
        "image": to("data.google_compute_image.node.self_link"), "region": to("var.region"), "zone": to("var.zone") });
    let mut call = call("./modules/cell", names, cell());
    call["for_each_expression"] = to("var.cells");
    json!({
        "provider_config": { "google": { "name": "google", "full_name": PROVIDER, "version_constraint": ">= 6.20.0",
            "expressions": { "access_token": to("var.token"), "region": to("var.region"), "zone": to("var.zone") } } },
        "root_module": {
            "outputs": { "vips": { "expression": { "references": ["module.cell"] }, "description": "What clients mount." } },
            "resources": [image],
            "module_calls": { "cell": call },
            "variables": { "cells": {}, "image_family": { "default": "storage-node" }, "region": { "default": REGION },
                "token": { "sensitive": true }, "zone": { "default": ZONE } }
        }
    })
}

/// The module of one cell, which only calls others.
fn cell() -> Value {
    let common = json!({ "name": to("var.name"), "project": to("var.project"), "region": to("var.region"), "zone": to("var.zone") });
    let with = |more: Value| super::merged(&common, &more);
    let nodes =
        with(json!({ "nodes": to("var.nodes"), "image": to("var.image"), "tcp_subnet": to("module.rails.tcp_subnet"),
        "rdma_subnet": to("module.rails.rdma_subnet") }));
    let service = with(json!({ "image": to("var.image"), "network": to("module.rails.tcp_network"),
        "subnet": to("module.rails.clients_subnet") }));
    json!({
        "outputs": { "vip": output("module.service.vip") },
        "module_calls": {
            "rails": call("../rails", common.clone(), rails()),
            "nodes": call("../nodes", nodes, self::nodes()),
            "service": call("../service", service, self::service())
        },
        "variables": { "image": {}, "name": {}, "nodes": {}, "project": {}, "region": {}, "zone": {} }
    })
}

fn rails() -> Value {
    let network = |name: &str, more: Value| {
        let own = json!({ "auto_create_subnetworks": is(false), "mtu": is(8896), "name": to("var.name"), "project": to("var.project") });
        resource(&format!("google_compute_network.{name}"), super::merged(&own, &more))
    };
    let subnet = |name: &str, rail: &str, range: &str, more: Value| {
        let own = json!({ "ip_cidr_range": is(range), "name": to("var.name"), "private_ip_google_access": is(true),
            "network": to(&format!("google_compute_network.{rail}.self_link")), "project": to("var.project"), "region": to("var.region") });
        resource(&format!("google_compute_subnetwork.{name}"), super::merged(&own, &more))
    };
    let firewall = |name: &str, sources: Value, protocol: &str, ports: Value| {
        let allow = if ports.is_null() {
            json!({ "protocol": is(protocol) })
        } else {
            json!({ "protocol": is(protocol), "ports": is(ports) })
        };
        resource(
            &format!("google_compute_firewall.{name}"),
            json!({ "allow": [allow], "name": to("var.name"), "network":
            to("google_compute_network.tcp.self_link"), "project": to("var.project"), "source_ranges": sources, "target_tags": is(["vault"]) }),
        )
    };
    let own = json!({ "references": ["google_compute_subnetwork.tcp.ip_cidr_range", "google_compute_subnetwork.tcp",
        "google_compute_subnetwork.tcp.secondary_ip_range[0].ip_cidr_range", "google_compute_subnetwork.tcp.secondary_ip_range[0]",
        "google_compute_subnetwork.tcp.secondary_ip_range", "google_compute_subnetwork.tcp"] });
    let vips = json!({ "secondary_ip_range": [{ "range_name": is("vips"), "ip_cidr_range": is("10.40.0.0/22") }] });
    json!({
        "outputs": { "tcp_network": output("google_compute_network.tcp.self_link"), "tcp_subnet": output("google_compute_subnetwork.tcp.self_link"),
            "clients_subnet": output("google_compute_subnetwork.clients.self_link"), "rdma_subnet": output("google_compute_subnetwork.rdma.self_link") },
        "resources": [
            network("tcp", json!({})),
            network("rdma", json!({ "network_profile": { "references": ["var.project", "var.zone"] } })),
            subnet("tcp", "tcp", "10.32.0.0/22", vips),
            subnet("clients", "tcp", "10.36.0.0/22", json!({})),
            subnet("rdma", "rdma", "192.168.32.0/22", json!({})),
            resource("google_compute_network_attachment.consumers", json!({ "connection_preference": is("ACCEPT_MANUAL"), "name": to("var.name"),
                "producer_accept_lists": is(["farm-consumers"]), "project": to("var.project"), "region": to("var.region"),
                "subnetworks": to("google_compute_subnetwork.clients.self_link") })),
            firewall("nfs", to("google_compute_subnetwork.clients.ip_cidr_range"), "tcp", json!(["2049"])),
            firewall("probes", is(["130.211.0.0/22", "35.191.0.0/16"]), "tcp", json!(["2049"])),
            firewall("within", own, "all", Value::Null),
            resource("google_compute_route.apis", json!({ "dest_range": is("199.36.153.8/30"), "name": to("var.name"), "network":
                to("google_compute_network.tcp.self_link"), "next_hop_gateway": is("default-internet-gateway"), "priority": is(900),
                "project": to("var.project") })),
        ],
        "variables": { "name": {}, "project": {}, "region": {}, "zone": {} }
    })
}

/// What an instance and a template say alike.
fn machine(machine_type: &str) -> Value {
    json!({ "labels": { "references": ["var.name"] }, "machine_type": is(machine_type), "project": to("var.project"),
        "metadata": is(json!({ "enable-oslogin": "TRUE", "serial-port-enable": "FALSE" })), "tags": is(["vault"]),
        "scheduling": [{ "on_host_maintenance": is("TERMINATE") }],
        "service_account": [{ "email": is("vault@farm-identities.iam.gserviceaccount.com"), "scopes": is(["cloud-platform"]) }] })
}

fn nodes() -> Value {
    let named = json!({ "references": ["var.name", "each.key"] });
    let address = json!({ "address": { "references": ["each.value.address", "each.value"] }, "address_type": is("INTERNAL"), "labels":
        { "references": ["var.name"] }, "name": named, "project": to("var.project"), "region": to("var.region"), "subnetwork": to("var.tcp_subnet") });
    let alias = json!([{ "ip_cidr_range": to("each.value.vip"), "subnetwork_range_name": is("vips") }]);
    let instance = super::merged(
        &machine(crate::synthetic::MACHINE),
        &json!({ "allow_stopping_for_update": is(true), "deletion_protection": is(true),
        "boot_disk": [{ "initialize_params": [{ "image": to("var.image"), "size": is(50), "type": is("hyperdisk-balanced") }] }], "name": named,
        "network_interface": [
            { "alias_ip_range": alias, "network_ip": { "references": ["google_compute_address.node", "each.key"] }, "nic_type": is("GVNIC"),
                "subnetwork": to("var.tcp_subnet") },
            { "nic_type": is("IRDMA"), "subnetwork": to("var.rdma_subnet") }],
        "zone": to("var.zone") }),
    );
    let mut resources =
        [resource("google_compute_address.node", address), resource("google_compute_instance.node", instance)];
    for resource in &mut resources {
        resource["for_each_expression"] = to("var.nodes");
    }
    resources[1]["schema_version"] = 6.into();
    json!({ "resources": resources, "variables": { "image": {}, "name": {}, "nodes": {}, "project": {}, "rdma_subnet": {}, "region": {},
        "tcp_subnet": {}, "zone": {} } })
}

fn service() -> Value {
    let (name, project, region) = (to("var.name"), to("var.project"), to("var.region"));
    let template = super::merged(
        &machine("c4-standard-8"),
        &json!({ "disk": [{ "auto_delete": is(true), "boot": is(true), "disk_size_gb": is(20),
        "disk_type": is("hyperdisk-balanced"), "source_image": to("var.image") }], "name_prefix": name, "network_interface":
        [{ "nic_type": is("GVNIC"), "subnetwork": to("var.subnet") }] }),
    );
    let mut template = resource("google_compute_instance_template.gateway", template);
    template["schema_version"] = 1.into();
    json!({
        "outputs": { "vip": output("google_compute_address.vip.address") },
        "resources": [
            template,
            resource("google_compute_instance_group_manager.gateway", json!({ "base_instance_name": name, "name": name, "project": project,
                "named_port": [{ "name": is("nfs"), "port": is(2049) }], "target_size": is(3), "update_policy": [{ "minimal_action":
                is("REPLACE"), "type": is("OPPORTUNISTIC") }], "version": [{ "instance_template":
                to("google_compute_instance_template.gateway.self_link") }], "zone": to("var.zone") })),
            resource("google_compute_region_health_check.nfs", json!({ "check_interval_sec": is(5), "name": name, "project": project,
                "region": region, "tcp_health_check": [{ "port": is(2049) }], "timeout_sec": is(2), "unhealthy_threshold": is(3) })),
            resource("google_compute_region_backend_service.nfs", json!({ "backend": [{ "balancing_mode": is("CONNECTION"), "group":
                to("google_compute_instance_group_manager.gateway.instance_group") }], "health_checks":
                to("google_compute_region_health_check.nfs.self_link"), "load_balancing_scheme": is("INTERNAL"), "name": name, "project": project,
                "protocol": is("TCP"), "region": region })),
            resource("google_compute_address.vip", json!({ "address_type": is("INTERNAL"), "name": name, "project": project, "region": region,
                "subnetwork": to("var.subnet") })),
            resource("google_compute_forwarding_rule.nfs", json!({ "backend_service": to("google_compute_region_backend_service.nfs.self_link"),
                "ip_address": to("google_compute_address.vip.address"), "load_balancing_scheme": is("INTERNAL"), "name": name, "network":
                to("var.network"), "ports": is(["2049"]), "project": project, "region": region, "subnetwork": to("var.subnet") })),
        ],
        "variables": { "image": {}, "name": {}, "network": {}, "project": {}, "region": {}, "subnet": {}, "zone": {} }
    })
}

/// A constant expression.
fn is(value: impl Into<Value>) -> Value {
    json!({ "constant_value": value.into() })
}

/// An expression that refers to something, and so to everything it is a part of.
fn to(reference: &str) -> Value {
    let parts: Vec<&str> = reference.split('.').collect();
    let whole = if parts[0] == "data" { 3 } else { 2 };
    let references: Vec<String> = (whole..=parts.len()).rev().map(|end| parts[..end].join(".")).collect();
    json!({ "references": references })
}

fn output(reference: &str) -> Value {
    json!({ "expression": to(reference) })
}

fn call(source: &str, expressions: Value, module: Value) -> Value {
    let mut call = json!({ "source": source });
    call["expressions"] = expressions;
    call["module"] = module;
    call
}

fn resource(address: &str, expressions: Value) -> Value {
    let (mode, of) = address.strip_prefix("data.").map_or(("managed", address), |of| ("data", of));
    let (kind, name) = of.split_once('.').expect("an address is a type and a name");
    let mut resource =
        json!({ "address": address, "mode": mode, "type": kind, "name": name, "provider_config_key": "google" });
    resource["expressions"] = expressions;
    resource["schema_version"] = 0.into();
    resource
}
