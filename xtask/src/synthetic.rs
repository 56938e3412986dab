//! Large inputs for benchmarks: the shipped Z4M example with many nodes, the same instances as a dump of real resources,
//! and a Terraform plan of a storage farm. Made from a number alone, so that two machines measure the same thing.

use serde_json::{Value, json};

pub mod farm;
pub mod plan;

const PROJECT: &str = "projects/storage";
const ZONE: &str = "us-central1-a";
const REGION: &str = "us-central1";
const MACHINE: &str = "h4d-highmem-192-lssd";

/// The Z4M example with so many nodes, its ranges widened so that nothing else changes. Up to 2,000 nodes fit.
pub fn model(example: &str, nodes: usize) -> Result<String, String> {
    let patch = format!(
        "
subnets:
  tcp-a:     {{ range: 10.32.0.0/19, secondary: {{ vips: 10.33.0.0/24 }} }}
  clients-a: {{ range: 10.20.0.0/19 }}
  rdma-a:    {{ range: 192.168.32.0/19 }}
clusters:
  vault:
    count: {nodes}
    grows-to: {nodes}
    addresses: {{ pool: 10.32.0.16-10.32.7.255, reserved: true }}
clients:
  gpu: {{ count: {nodes} }}
firewall:
  nfs-from-clients: {{ from: [10.20.0.0/19] }}
  vault-to-vault:   {{ from: [10.32.0.0/19, 10.33.0.0/24] }}
facts:
  limits.static-internal-addresses-per-region:
    {{ value: 4000, status: assumed, date: 2026-11-22, note: a project of this size has had its quota raised }}
"
    );
    twinrail_intake::patch(example, &patch).map_err(|error| error.to_string())
}

/// The address of a node in a range that begins with two bytes.
fn address(start: &str, node: usize) -> String {
    let offset = node + 16;
    format!("{start}.{}.{}", offset / 256, offset % 256)
}

fn link(path: &str) -> String {
    format!("https://www.googleapis.com/compute/v1/{PROJECT}/{path}")
}

/// What `gcloud compute … list --format=json` prints for so many instances with two NICs each, and the networks around them.
pub fn dump(nodes: usize) -> Value {
    let subnet = |name: &str| link(&format!("regions/{REGION}/subnetworks/{name}"));
    let network = |name: &str| link(&format!("global/networks/{name}"));
    let mut resources = vec![
        json!({ "kind": "compute#network", "name": "tcp", "selfLink": network("tcp"), "mtu": 8896, "autoCreateSubnetworks": false }),
        json!({ "kind": "compute#network", "name": "rdma", "selfLink": network("rdma"), "mtu": 8896, "autoCreateSubnetworks": false,
            "networkProfile": link(&format!("global/networkProfiles/{ZONE}-vpc-falcon")) }),
        json!({ "kind": "compute#subnetwork", "name": "tcp-a", "selfLink": subnet("tcp-a"), "network": network("tcp"),
            "region": link(&format!("regions/{REGION}")), "ipCidrRange": "10.32.0.0/19", "purpose": "PRIVATE", "stackType": "IPV4_ONLY",
            "secondaryIpRanges": [{ "rangeName": "vips", "ipCidrRange": "10.40.0.0/19" }] }),
        json!({ "kind": "compute#subnetwork", "name": "rdma-a", "selfLink": subnet("rdma-a"), "network": network("rdma"),
            "region": link(&format!("regions/{REGION}")), "ipCidrRange": "10.48.0.0/19", "purpose": "PRIVATE", "stackType": "IPV4_ONLY" }),
        json!({ "kind": "compute#firewall", "name": "nfs", "selfLink": link("global/firewalls/nfs"), "network": network("tcp"),
            "direction": "INGRESS", "priority": 1000, "sourceRanges": ["10.0.0.0/8"], "targetTags": ["vault"],
            "allowed": [{ "IPProtocol": "tcp", "ports": ["2049"] }], "disabled": false }),
    ];
    let nic = |at: usize, name: &str, kind: &str, address: String, aliases: Value| {
        json!({ "kind": "compute#networkInterface", "name": format!("nic{at}"), "network": network(name),
            "subnetwork": subnet(&format!("{name}-a")), "networkIP": address, "nicType": kind, "stackType": "IPV4_ONLY",
            "fingerprint": "AAAAAAAAAAA=", "aliasIpRanges": aliases })
    };
    resources.extend((0..nodes).map(|node| {
        let name = format!("vault-{node}");
        let alias = json!([{ "ipCidrRange": format!("{}/32", address("10.40", node)), "subnetworkRangeName": "vips" }]);
        json!({ "kind": "compute#instance", "id": (1_000_000 + node).to_string(), "name": name, "status": "RUNNING",
            "selfLink": link(&format!("zones/{ZONE}/instances/{name}")), "zone": link(&format!("zones/{ZONE}")),
            "machineType": link(&format!("zones/{ZONE}/machineTypes/{MACHINE}")), "canIpForward": false,
            "creationTimestamp": "2026-05-01T00:00:00.000-07:00", "tags": { "items": ["vault"], "fingerprint": "AAAAAAAAAAA=" },
            "scheduling": { "onHostMaintenance": "TERMINATE", "automaticRestart": true, "provisioningModel": "STANDARD" },
            "serviceAccounts": [{ "email": "vault@storage.iam.gserviceaccount.com",
                "scopes": ["https://www.googleapis.com/auth/cloud-platform"] }],
            "networkInterfaces": [nic(0, "tcp", "GVNIC", address("10.32", node), alias),
                nic(1, "rdma", "IRDMA", address("10.48", node), json!([]))] })
    }));
    Value::Array(resources)
}

#[cfg(test)]
mod tests {
    use twinrail_facts::Date;
    use twinrail_intake::Input;

    use super::*;

    #[test]
    fn both_inputs_are_read_whole() {
        let example = include_str!("../../examples/z4m.yaml");
        let model = model(example, 300).expect("the example can be patched");
        for (path, text, instances) in [("model.yaml", model, 300), ("dump.json", dump(300).to_string(), 300)] {
            let today = Date { year: 2026, month: 11, day: 22 };
            let loaded =
                twinrail_intake::read(vec![Input { path: path.to_owned(), text }], today).expect("well formed");
            let found =
                loaded.network.instances.rows().iter().filter(|row| row.name.short().starts_with("vault-")).count();
            assert_eq!(found, instances, "{path}");
            assert!(
                loaded.unsupported.is_empty() && loaded.malformed.is_empty() && loaded.outside.is_empty(),
                "{path}"
            );
        }
    }
}
