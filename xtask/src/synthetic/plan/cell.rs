//! The resources of one cell: its rails, its storage nodes and the service in front of them. Attributes are those of the
//! provider's schemas; one that is left out has no value, and one that the platform decides is among the answers.
//! Not here: how they are printed, and the configuration that they come from.

use serde_json::{Value, json};

use super::{Action, EXISTING, PROVIDER, Resource, merged};
use crate::synthetic::{MACHINE, REGION, ZONE};

const API: &str = "https://www.googleapis.com/compute/v1";
const CREATED: &str = "2026-05-01T00:00:00.000-07:00";
const IMAGE: &str = "projects/farm-images/global/images/storage-node-2026-05-01";
const PREVIOUS_IMAGE: &str = "projects/farm-images/global/images/storage-node-2026-02-01";
const FINGERPRINT: &str = "AAAAAAAAAAA=";

/// Members of the group that stands in front of the nodes.
const GATEWAYS: usize = 3;

struct Cell {
    name: String,
    project: String,
    exists: bool,
}

/// The resources of a cell with so many nodes, in the order of their modules.
pub(super) fn cell(number: usize, nodes: usize) -> Vec<Resource> {
    let exists = number.is_multiple_of(EXISTING);
    let cell = Cell { name: cell_name(number), project: format!("farm-{number:04}"), exists };
    let mut resources = cell.networks();
    resources.extend(cell.subnets());
    resources.extend(cell.firewall());
    resources.extend((0..nodes).map(|node| cell.address(node)));
    resources.extend((0..nodes).map(|node| cell.node(node)));
    resources.extend(cell.gateways());
    resources.extend(cell.backend());
    resources.extend(cell.frontend());
    resources
}

pub(super) fn cell_name(number: usize) -> String {
    format!("c{number:04}")
}

/// The data source that was read before the plan was made.
pub(super) fn image() -> Value {
    json!({ "address": "data.google_compute_image.node", "mode": "data", "type": "google_compute_image", "name": "node",
        "provider_name": PROVIDER, "schema_version": 0, "sensitive_values": { "labels": {}, "licenses": [] },
        "values": { "archive_size_bytes": 1_234_567_890, "creation_timestamp": CREATED, "description": "", "disk_size_gb": 20,
            "family": "storage-node", "filter": null, "id": IMAGE, "image_id": "4711", "labels": {}, "licenses": [],
            "most_recent": null, "name": "storage-node-2026-05-01", "project": "farm-images",
            "self_link": format!("{API}/{IMAGE}"), "status": "READY" } })
}

/// The key of a node in `for_each`, and the end of its name.
fn key(node: usize) -> String {
    format!("n{node:03}")
}

/// A node's address in a range that begins with three bytes; those below are kept for the platform and the operators.
fn numbered(range: &str, node: usize) -> String {
    format!("{range}.{}", node + 16)
}

impl Cell {
    fn link(&self, path: &str) -> String {
        format!("{API}/projects/{}/{path}", self.project)
    }

    fn network(&self, rail: &str) -> String {
        self.link(&format!("global/networks/{}-{rail}", self.name))
    }

    fn subnet(&self, name: &str) -> String {
        self.link(&format!("regions/{REGION}/subnetworks/{}-{name}", self.name))
    }

    /// A resource at a path of the API. `links` are known as soon as what they lead to exists.
    fn made(
        &self,
        module: &str,
        (kind, name): (&'static str, &'static str),
        path: &str,
        values: &Value,
        links: &Value,
    ) -> Resource {
        let id = format!("projects/{}/{path}", self.project);
        let computed = json!({ "id": id, "self_link": format!("{API}/{id}"), "creation_timestamp": CREATED });
        let values = merged(values, &json!({ "project": self.project, "timeouts": null }));
        let (values, answers) =
            if self.exists { (merged(&values, links), computed) } else { (values, merged(&computed, links)) };
        Resource {
            module: format!("module.cell[\"{}\"].module.{module}", self.name),
            kind,
            name,
            key: None,
            schema_version: 0,
            values,
            answers,
            old: json!({}),
            sensitive: json!({}),
            action: if self.exists { Action::Keep } else { Action::Create },
        }
    }

    fn networks(&self) -> Vec<Resource> {
        let network = |name: &'static str, profile: Value| {
            let full = format!("{}-{name}", self.name);
            let values = json!({ "auto_create_subnetworks": false, "delete_default_routes_on_create": false, "description": null,
                "enable_ula_internal_ipv6": null, "mtu": 8896, "name": full, "network_firewall_policy_enforcement_order":
                "AFTER_CLASSIC_FIREWALL", "network_profile": profile, "params": [] });
            let of = ("google_compute_network", name);
            self.made("rails", of, &format!("global/networks/{full}"), &values, &json!({})).answered(&json!({
                "gateway_ipv4": "", "internal_ipv6_range": "", "network_id": "1", "numeric_id": "1", "routing_mode": "REGIONAL" }))
        };
        let profile = format!("projects/{}/global/networkProfiles/{ZONE}-vpc-falcon", self.project);
        vec![network("tcp", Value::Null), network("rdma", profile.into())]
    }

    fn subnets(&self) -> Vec<Resource> {
        let subnet = |name: &'static str, rail: &str, range: &str, secondary: Value| {
            let full = format!("{}-{name}", self.name);
            let values = json!({ "description": null, "ip_cidr_range": range, "ip_collection": null, "ipv6_access_type": null,
                "log_config": [], "name": full, "params": [], "private_ip_google_access": true, "region": REGION,
                "reserved_internal_range": null, "role": null, "secondary_ip_range": secondary,
                "send_secondary_ip_range_if_empty": null, "stack_type": "IPV4_ONLY" });
            let path = format!("regions/{REGION}/subnetworks/{full}");
            let links = json!({ "network": self.network(rail) });
            self.made("rails", ("google_compute_subnetwork", name), &path, &values, &links).answered(&json!({
                "external_ipv6_prefix": "", "fingerprint": null, "gateway_address": range.replace("0/22", "1"),
                "internal_ipv6_prefix": "", "ipv6_cidr_range": "",
                "private_ipv6_google_access": "DISABLE_GOOGLE_ACCESS", "purpose": "PRIVATE", "state": null, "subnetwork_id": 1 }))
        };
        let vips = json!([{ "range_name": "vips", "ip_cidr_range": "10.40.0.0/22", "reserved_internal_range": null }]);
        let full = format!("{}-consumers", self.name);
        let values = json!({ "connection_preference": "ACCEPT_MANUAL", "description": null, "name": full,
            "producer_accept_lists": ["farm-consumers"], "producer_reject_lists": [], "region": REGION });
        let path = format!("regions/{REGION}/networkAttachments/{full}");
        let links = json!({ "subnetworks": [self.subnet("clients")] });
        let attachment = self.made("rails", ("google_compute_network_attachment", "consumers"), &path, &values, &links);
        vec![
            subnet("tcp", "tcp", "10.32.0.0/22", vips),
            subnet("clients", "tcp", "10.36.0.0/22", json!([])),
            subnet("rdma", "rdma", "192.168.32.0/22", json!([])),
            attachment.answered(&json!({ "connection_endpoints": [], "fingerprint": FINGERPRINT, "kind":
                "compute#networkAttachment", "network": self.network("tcp") })),
        ]
    }

    fn firewall(&self) -> Vec<Resource> {
        let links = json!({ "network": self.network("tcp") });
        let rule = |name: &'static str, sources: &[&str], protocol: &str, ports: &[&str]| {
            let full = format!("{}-{name}", self.name);
            let values = json!({ "allow": [{ "ports": ports, "protocol": protocol }], "deny": [], "description": null, "direction":
                "INGRESS", "disabled": null, "log_config": [], "name": full, "params": [], "priority": 1000, "source_ranges": sources,
                "source_service_accounts": null, "source_tags": null, "target_service_accounts": null, "target_tags": ["vault"] });
            self.made("rails", ("google_compute_firewall", name), &format!("global/firewalls/{full}"), &values, &links)
                .answered(&json!({ "destination_ranges": [], "enable_logging": null }))
        };
        let full = format!("{}-apis", self.name);
        let values = json!({ "description": null, "dest_range": "199.36.153.8/30", "name": full, "next_hop_gateway":
            "default-internet-gateway", "next_hop_ilb": null, "next_hop_instance": null, "next_hop_vpn_tunnel": null, "params": [],
            "priority": 900, "tags": null });
        let of = ("google_compute_route", "apis");
        let route = self.made("rails", of, &format!("global/routes/{full}"), &values, &links);
        vec![
            rule("nfs", &["10.36.0.0/22"], "tcp", &["2049"]),
            rule("probes", &["130.211.0.0/22", "35.191.0.0/16"], "tcp", &["2049"]),
            rule("within", &["10.32.0.0/22", "10.40.0.0/22"], "all", &[]),
            route.answered(
                &json!({ "next_hop_ip": "", "next_hop_network": "", "next_hop_peering": "", "warnings": [] }),
            ),
        ]
    }

    fn address(&self, node: usize) -> Resource {
        let full = format!("{}-{}", self.name, key(node));
        let values = json!({ "address": numbered("10.32.1", node), "address_type": "INTERNAL", "description": null,
            "effective_labels": labels(&self.name), "ip_version": null, "ipv6_endpoint_type": null, "labels": { "cell": self.name },
            "name": full, "network": null, "region": REGION, "terraform_labels": labels(&self.name) });
        let links = json!({ "subnetwork": self.subnet("tcp") });
        let path = format!("regions/{REGION}/addresses/{full}");
        self.made("nodes", ("google_compute_address", "node"), &path, &values, &links).keyed(key(node)).answered(&json!({
            "label_fingerprint": FINGERPRINT, "network_tier": "PREMIUM", "prefix_length": 0, "purpose": "GCE_ENDPOINT", "users": [] }))
    }

    /// A node. Of those that exist, some get another label and some a new image, which replaces them.
    fn node(&self, node: usize) -> Resource {
        let full = format!("{}-{}", self.name, key(node));
        let path = format!("zones/{ZONE}/instances/{full}");
        let links = json!({ "network_interface": [{ "subnetwork": self.subnet("tcp") }, { "subnetwork": self.subnet("rdma") }] });
        let made =
            self.made("nodes", ("google_compute_instance", "node"), &path, &self.node_values(node, &full), &links);
        let mut made = made.keyed(key(node)).answered(&self.node_answers(node, &full));
        made.schema_version = 6;
        made.sensitive = json!({ "boot_disk": [{ "disk_encryption_key_raw": true, "disk_encryption_key_rsa": true }] });
        if self.exists && node % 8 == 3 {
            made.action = Action::Update;
            let warm = json!({ "tier": "warm" });
            made.old = json!({ "labels": warm, "effective_labels": warm, "terraform_labels": warm });
        } else if self.exists && node % 32 == 5 {
            made.action = Action::Replace;
            made.old = json!({ "boot_disk": [{ "initialize_params": [{ "image": PREVIOUS_IMAGE }] }] });
        }
        made
    }

    fn node_values(&self, node: usize, full: &str) -> Value {
        let vip =
            json!([{ "ip_cidr_range": format!("{}/32", numbered("10.40.1", node)), "subnetwork_range_name": "vips" }]);
        let disk = json!({ "enable_confidential_compute": null, "image": IMAGE, "resource_manager_tags": null, "size": 50,
            "source_image_encryption_key": [], "source_snapshot_encryption_key": [], "storage_pool": null, "type": "hyperdisk-balanced" });
        let own = json!({ "allow_stopping_for_update": true, "attached_disk": [], "deletion_protection": true, "desired_status": null,
            "boot_disk": [{ "auto_delete": true, "disk_encryption_key_raw": null, "disk_encryption_key_rsa": null,
                "disk_encryption_service_account": null, "force_attach": null, "initialize_params": [disk], "interface": null,
                "mode": "READ_WRITE" }],
            "enable_display": null, "hostname": null, "instance_encryption_key": [], "name": full,
            "network_interface": [
                { "access_config": [], "alias_ip_range": vip, "ipv6_access_config": [], "network_ip": numbered("10.32.1", node),
                    "nic_type": "GVNIC", "queue_count": null },
                { "access_config": [], "alias_ip_range": [], "ipv6_access_config": [], "nic_type": "IRDMA", "queue_count": null }],
            "params": [], "scratch_disk": [], "zone": ZONE });
        merged(&machine(&self.name, MACHINE), &own)
    }

    fn node_answers(&self, node: usize, full: &str) -> Value {
        let disk = json!({ "architecture": "X86_64", "labels": {}, "provisioned_iops": 3000, "provisioned_throughput": 140,
            "resource_policies": [], "snapshot": "" });
        let mut rdma = self.nic_answers("nic1", "rdma");
        rdma["network_ip"] = numbered("192.168.33", node).into();
        json!({ "boot_disk": [{ "device_name": "persistent-disk-0", "disk_encryption_key_sha256": "", "guest_os_features":
                ["GVNIC", "IDPF"], "initialize_params": [disk], "kms_key_self_link": "",
                "source": self.link(&format!("zones/{ZONE}/disks/{full}")) }],
            "cpu_platform": "AMD Turin", "current_status": "RUNNING", "instance_id": (1_000_000 + node).to_string(),
            "label_fingerprint": FINGERPRINT, "metadata_fingerprint": FINGERPRINT, "min_cpu_platform": "",
            "network_interface": [self.nic_answers("nic0", "tcp"), rdma], "tags_fingerprint": FINGERPRINT })
    }

    fn nic_answers(&self, name: &str, rail: &str) -> Value {
        json!({ "internal_ipv6_prefix_length": 0, "ipv6_access_type": "", "ipv6_address": "", "name": name,
            "network": self.network(rail), "network_attachment": "", "stack_type": "IPV4_ONLY", "subnetwork_project": self.project })
    }

    fn gateways(&self) -> Vec<Resource> {
        let prefix = format!("{}-gateway-", self.name);
        let own = json!({ "disk": [{ "auto_delete": true, "boot": true, "disk_encryption_key": [], "disk_name": null,
                "disk_size_gb": 20, "disk_type": "hyperdisk-balanced", "guest_os_features": null, "labels": null,
                "resource_manager_tags": null, "resource_policies": null, "source": null, "source_image": IMAGE,
                "source_image_encryption_key": [], "source_snapshot": null, "source_snapshot_encryption_key": [] }],
            "instance_description": null, "name_prefix": prefix, "network_interface": [{ "access_config": [], "alias_ip_range": [],
                "ipv6_access_config": [], "network_ip": null, "nic_type": "GVNIC", "queue_count": null }] });
        let values = merged(&machine(&self.name, "c4-standard-8"), &own);
        let links = json!({ "network_interface": [{ "subnetwork": self.subnet("clients") }] });
        let name = format!("{prefix}20260501000000000000000001");
        let template_path = format!("global/instanceTemplates/{name}");
        let of = ("google_compute_instance_template", "gateway");
        let mut template = self.made("service", of, &template_path, &values, &links).answered(&json!({ "name": name,
            "network_interface": [self.nic_answers("nic0", "tcp")], "numeric_id": "1", "region": REGION, "self_link_unique":
            self.link(&format!("{template_path}?uniqueId=1")), "tags_fingerprint": FINGERPRINT }));
        template.schema_version = 1;
        let full = format!("{}-gateway", self.name);
        let values = json!({ "all_instances_config": [], "auto_healing_policies": [], "base_instance_name": full, "description": null,
            "list_managed_instances_results": "PAGELESS", "name": full, "named_port": [{ "name": "nfs", "port": 2049 }],
            "stateful_disk": [], "stateful_external_ip": [], "stateful_internal_ip": [], "target_pools": null, "target_size": GATEWAYS,
            "update_policy": [{ "max_surge_percent": null, "max_unavailable_percent": null, "minimal_action": "REPLACE",
                "most_disruptive_allowed_action": null, "replacement_method": "SUBSTITUTE", "type": "OPPORTUNISTIC" }],
            "version": [{ "name": "", "target_size": [] }], "wait_for_instances": false, "wait_for_instances_status": "STABLE", "zone": ZONE });
        let links = json!({ "version": [{ "instance_template": self.link(&template_path) }] });
        let of = ("google_compute_instance_group_manager", "gateway");
        let group = self.made("service", of, &format!("zones/{ZONE}/instanceGroupManagers/{full}"), &values, &links);
        let group = group.answered(&json!({ "fingerprint": FINGERPRINT, "instance_group": self.gateway_group(),
            "instance_group_manager_id": 1, "operation": "", "status": [] }));
        vec![template, group]
    }

    fn gateway_group(&self) -> String {
        self.link(&format!("zones/{ZONE}/instanceGroups/{}-gateway", self.name))
    }

    fn backend(&self) -> Vec<Resource> {
        let full = format!("{}-nfs", self.name);
        let values = json!({ "check_interval_sec": 5, "description": null, "grpc_health_check": [], "healthy_threshold": 2,
            "http2_health_check": [], "http_health_check": [], "https_health_check": [], "log_config": [], "name": full, "region": REGION,
            "ssl_health_check": [], "tcp_health_check": [{ "port": 2049, "port_name": null, "port_specification": null,
                "proxy_header": "NONE", "request": null, "response": null }], "timeout_sec": 2, "unhealthy_threshold": 3 });
        let check_path = format!("regions/{REGION}/healthChecks/{full}");
        let of = ("google_compute_region_health_check", "nfs");
        let check = self.made("service", of, &check_path, &values, &json!({}));
        let values = json!({ "affinity_cookie_ttl_sec": null, "backend": [{ "balancing_mode": "CONNECTION", "capacity_scaler": null,
                "custom_metrics": [], "description": "", "failover": false, "max_connections": null, "max_rate": null,
                "max_utilization": null }],
            "circuit_breakers": [], "connection_draining_timeout_sec": 300, "consistent_hash": [], "custom_metrics": [],
            "description": null, "failover_policy": [], "ha_policy": [], "load_balancing_scheme": "INTERNAL", "locality_lb_policy": null,
            "name": full, "network": null, "outlier_detection": [], "params": [], "protocol": "TCP", "region": REGION });
        let links =
            json!({ "backend": [{ "group": self.gateway_group() }], "health_checks": [self.link(&check_path)] });
        let of = ("google_compute_region_backend_service", "nfs");
        let service = self.made("service", of, &format!("regions/{REGION}/backendServices/{full}"), &values, &links);
        vec![
            check.answered(&json!({ "health_check_id": 1, "type": "TCP" })),
            service.answered(&json!({ "fingerprint": FINGERPRINT, "generated_id": 1, "session_affinity": "NONE", "timeout_sec": 30 })),
        ]
    }

    /// The address that clients mount, and the rule that leads from it to the gateways.
    fn frontend(&self) -> Vec<Resource> {
        const VIP: &str = "10.36.0.9";
        let full = format!("{}-nfs", self.name);
        let values = json!({ "address_type": "INTERNAL", "description": null, "effective_labels": labels(&self.name),
            "ip_version": null, "ipv6_endpoint_type": null, "labels": { "cell": self.name }, "name": full, "network": null,
            "region": REGION, "terraform_labels": labels(&self.name) });
        let links = json!({ "subnetwork": self.subnet("clients") });
        let of = ("google_compute_address", "vip");
        let address = self.made("service", of, &format!("regions/{REGION}/addresses/{full}"), &values, &links);
        let values = json!({ "all_ports": null, "allow_global_access": null, "description": null,
            "effective_labels": labels(&self.name), "ip_collection": null, "ip_protocol": "TCP", "is_mirroring_collector": null,
            "labels": { "cell": self.name }, "load_balancing_scheme": "INTERNAL", "name": full, "ports": ["2049"], "region": REGION,
            "service_directory_registrations": [], "service_label": null, "source_ip_ranges": null, "target": null,
            "terraform_labels": labels(&self.name) });
        let links = json!({ "backend_service": self.link(&format!("regions/{REGION}/backendServices/{full}")), "ip_address": VIP,
            "network": self.network("tcp"), "subnetwork": self.subnet("clients") });
        let of = ("google_compute_forwarding_rule", "nfs");
        let rule = self.made("service", of, &format!("regions/{REGION}/forwardingRules/{full}"), &values, &links);
        vec![
            address.answered(&json!({ "address": VIP, "label_fingerprint": FINGERPRINT, "network_tier": "PREMIUM", "prefix_length": 0,
                "purpose": "GCE_ENDPOINT", "users": [] })),
            rule.answered(&json!({ "base_forwarding_rule": "", "forwarding_rule_id": 1, "label_fingerprint": FINGERPRINT,
                "network_tier": "PREMIUM", "port_range": "", "psc_connection_id": "", "psc_connection_status": "", "service_name": "" })),
        ]
    }
}

impl Resource {
    fn keyed(mut self, key: String) -> Self {
        self.key = Some(key);
        self
    }

    fn answered(mut self, answers: &Value) -> Self {
        self.answers = merged(&self.answers, answers);
        self
    }
}

fn labels(cell: &str) -> Value {
    json!({ "cell": cell, "goog-terraform-provisioned": "true" })
}

/// What an instance and a template have in common.
fn machine(cell: &str, machine_type: &str) -> Value {
    json!({ "advanced_machine_features": [], "can_ip_forward": false, "description": null, "effective_labels": labels(cell),
        "guest_accelerator": [], "key_revocation_action_type": null, "labels": { "cell": cell }, "machine_type": machine_type,
        "metadata": { "enable-oslogin": "TRUE", "serial-port-enable": "FALSE" }, "metadata_startup_script": null,
        "network_performance_config": [], "resource_policies": null,
        "scheduling": [{ "automatic_restart": true, "availability_domain": null, "instance_termination_action": null,
            "local_ssd_recovery_timeout": [], "max_run_duration": [], "min_node_cpus": null, "node_affinities": [],
            "on_host_maintenance": "TERMINATE", "on_instance_stop_action": [], "preemptible": false, "provisioning_model": "STANDARD",
            "termination_time": null }],
        "service_account": [{ "email": "vault@farm-identities.iam.gserviceaccount.com",
            "scopes": ["https://www.googleapis.com/auth/cloud-platform"] }],
        "shielded_instance_config": [], "tags": ["vault"], "terraform_labels": labels(cell) })
}
