//! A storage farm as a model file: four projects with a TCP network and an RDMA network each, peered like a star, with storage nodes, gateways and
//! compute nodes that have two NICs each. Rules and routes are as many whatever the size; VIPs are twice the instances. Not here: what is measured.

use serde_json::{Map, Value, json};

const PROJECTS: usize = 4;
const RULES: usize = 500 / PROJECTS;
const ROUTES: usize = 100 / PROJECTS;
const PORTS: [u16; 10] = [22, 80, 111, 443, 2049, 4420, 8443, 9090, 9100, 10250];

/// The model of a farm of so many instances: at least eight a project, at most 40,000 in all.
pub fn model(instances: usize) -> String {
    let mut sections: Map<String, Value> = Map::new();
    sections.insert("twinrail".to_owned(), json!(1));
    let each = (instances / PROJECTS).max(8);
    for at in 0..PROJECTS {
        for (section, entries) in project(at, each) {
            let all = sections.entry(section).or_insert_with(|| json!({}));
            let all = all.as_object_mut().expect("a section is a map");
            all.extend(entries);
        }
    }
    Value::Object(sections).to_string()
}

/// The second byte of a project's addresses; the next one is that of its VIPs.
fn octet(at: usize) -> usize {
    at * 4
}

/// The address of so many-th in a range of 65,536, behind the ones that the platform keeps.
fn address(at: usize, first: usize, place: usize) -> String {
    let offset = first * 256 + 16 + place;
    format!("10.{}.{}.{}", octet(at), offset / 256, offset % 256)
}

/// The entries of one project, by section.
fn project(at: usize, each: usize) -> Vec<(String, Map<String, Value>)> {
    let (tcp, rdma) = (format!("tcp-{at}"), format!("rdma-{at}"));
    let gates = (each / 20).clamp(1, 5);
    let store = (each - gates) / 2;
    let work = each - gates - store;
    let cluster = |name: &str, first: usize, count: usize| {
        let pool = format!("{}-{}", address(at, first, 0), address(at, first, count - 1));
        json!({ "machine": "h4d-highmem-192-lssd", "zone": "us-central1-a", "count": count, "tags": [name],
            "nics": [{ "rail": "tcp", "type": "GVNIC", "subnet": tcp }, { "rail": "rdma", "type": "IRDMA", "subnet": rdma }],
            "addresses": { "pool": pool }, "ip-forwarding": name == "gate", "maintenance": "terminate",
            "guest": { "routing": "per-nic", "holds-vip": "agent" } })
    };
    let vips = 2 * each;
    let last = 16 + vips - 1;
    let addresses = format!("10.{}.0.16-10.{}.{}.{}", octet(at) + 1, octet(at) + 1, last / 256, last % 256);
    let section = |name: &str, entries: Vec<(String, Value)>| (name.to_owned(), entries.into_iter().collect());
    vec![
        section("projects", vec![(format!("p{at}"), json!({}))]),
        section(
            "networks",
            vec![
                (tcp.clone(), json!({ "project": format!("p{at}"), "mtu": 8896 })),
                (
                    rdma.clone(),
                    json!({ "project": format!("p{at}"), "mtu": 8896, "profile": "us-central1-a-vpc-falcon" }),
                ),
            ],
        ),
        section("subnets", subnets(at, &tcp, &rdma)),
        section(
            "clusters",
            vec![
                (format!("gate-{at}"), cluster("gate", 0, gates)),
                (format!("store-{at}"), cluster("store", 1, store)),
                (format!("work-{at}"), cluster("work", 100, work)),
            ],
        ),
        section(
            "vips",
            vec![(
                format!("nfs-{at}"),
                json!({ "count": vips, "from": format!("{tcp}/vips"), "addresses": addresses, "over": format!("store-{at}"),
                    "rail": "tcp", "ports": ["tcp:2049"], "mover": "alias-ip-fenced" }),
            )],
        ),
        section(
            "clients",
            vec![(
                format!("jobs-{at}"),
                json!({ "cluster": format!("work-{at}"), "protocol": "nfs4-tcp", "uses": [format!("nfs-{at}")] }),
            )],
        ),
        section("firewall", (0..RULES).map(|rule| (format!("r-{at}-{rule}"), firewall(at, &tcp, rule))).collect()),
        section(
            "routes",
            (0..ROUTES).map(|route| (format!("to-{at}-{route}"), self::route(at, &tcp, route, gates))).collect(),
        ),
        section(
            "links",
            (at > 0)
                .then(|| (format!("hub-{at}"), json!({ "peering": ["tcp-0", tcp], "custom-routes": true })))
                .into_iter()
                .collect(),
        ),
    ]
}

/// The subnets of a project: that of the TCP network has a second range for VIPs.
fn subnets(at: usize, tcp: &str, rdma: &str) -> Vec<(String, Value)> {
    let (own, vips) = (format!("10.{}.0.0/16", octet(at)), format!("10.{}.0.0/16", octet(at) + 1));
    let verbs = format!("192.168.{}.0/18", at * 64);
    let region = "us-central1";
    vec![
        (tcp.to_owned(), json!({ "network": tcp, "region": region, "range": own, "secondary": { "vips": vips } })),
        (rdma.to_owned(), json!({ "network": rdma, "region": region, "range": verbs })),
    ]
}

/// One of a network's rules: of every kind as many.
fn firewall(at: usize, network: &str, rule: usize) -> Value {
    let (kind, nth) = (rule % 5, rule / 5);
    let port = format!("tcp:{}", PORTS[nth % PORTS.len()]);
    if rule == 0 {
        let own = [format!("10.{}.0.0/16", octet(at)), format!("10.{}.0.0/16", octet(at) + 1)];
        return json!({ "network": network, "from": own, "ports": ["all"] });
    }
    match kind {
        0 => json!({ "network": network, "from": [format!("10.{}.0.0/16", octet(nth % PROJECTS))],
            "target-tags": ["store"], "ports": [port] }),
        1 => {
            json!({ "network": network, "from": [format!("172.16.{nth}.0/24")], "target-tags": ["work"], "ports": [port] })
        }
        // Blocks of compute nodes that may not: they tell some of them from others.
        2 => {
            json!({ "network": network, "from": [format!("{}/28", address(at, 100, 16 * (nth % 4)))], "action": "deny",
            "priority": 900, "target-tags": ["store"], "ports": [port] })
        }
        3 => {
            json!({ "network": network, "from-tags": ["gate"], "target-tags": [(["store", "work"][nth % 2])], "ports": [port] })
        }
        _ => json!({ "network": network, "direction": "egress", "action": "deny", "to": [format!("172.17.{nth}.0/24")],
            "ports": [port] }),
    }
}

/// Elsewhere is reached by the gateways, in turn.
fn route(at: usize, network: &str, route: usize, gates: usize) -> Value {
    json!({ "network": network, "destination": format!("172.{}.{route}.0/24", 20 + at),
        "next-hop-address": address(at, 0, route % gates) })
}

#[cfg(test)]
mod tests {
    use twinrail_facts::Date;
    use twinrail_intake::Input;

    use super::*;

    #[test]
    fn a_farm_has_what_is_asked_for() {
        let input = Input { path: "farm.json".to_owned(), text: model(400) };
        let loaded = twinrail_intake::read(vec![input], Date { year: 2026, month: 11, day: 22 }).expect("well formed");
        let network = &loaded.network;
        let vips: u64 = network.vips.rows().iter().map(|pool| pool.count).sum();
        assert_eq!((network.instances.len(), network.nics.len(), vips), (400, 800, 800));
        assert_eq!((network.firewall_rules.len(), network.routes.len(), network.projects.len()), (500, 100, 4));
    }
}
