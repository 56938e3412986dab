//! What `twinrail trace` offers is true: an offered edit lets the packet pass when it is made, in the network and in the text of the model, and the same
//! question has the same answer twice.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use twinrail_facts::{Catalog, Date, Decision};
use twinrail_intake::{Input, Loaded};
use twinrail_model::{
    AppliesTo, AttachmentId, ClusterId, Direction, FirewallPolicyId, FirewallRuleId, ForwardingRuleId, Id as _,
    InstanceId, Known, MoverKind, Network, NextHop, NicId, Part, Platform, PolicyHop, PolicyRoute, PolicyRouteId,
    ProjectId, RouteId, Situation, Stated, Table, VipHolder, VipPoolId, VpcId,
};
use twinrail_reach::{
    Answer, Code, EDITS, Edit, End, Fate, Mending, Opening, Packet, Plane, Sender, again, answers, mend, name,
};

fn today() -> Date {
    "2026-11-22".parse().expect("a date")
}

fn load(text: &str) -> Option<(Loaded, Catalog)> {
    let input = Input { path: "model.yaml".to_owned(), text: text.to_owned() };
    let loaded = twinrail_intake::read(vec![input], today()).ok()?;
    let (catalog, _) = loaded.learn(Catalog::embedded().clone(), today()).ok()?;
    Some((loaded, catalog))
}

/// Packets worth asking about, as the command line names them: from everybody to everybody, by a few ports.
fn questions(network: &Network) -> Vec<(String, String, &'static str)> {
    let mut from: Vec<String> = vec!["internet".to_owned()];
    let mut to: Vec<String> = vec!["internet".to_owned()];
    from.extend(network.clusters.rows().iter().map(|row| row.name.to_string()));
    from.extend(network.clients.rows().iter().map(|row| row.name.to_string()));
    from.extend(network.backend_services.rows().iter().map(|row| format!("probe:{}", row.name)));
    to.extend(network.clusters.rows().iter().map(|row| row.name.to_string()));
    to.extend(network.vips.rows().iter().map(|row| row.name.to_string()));
    to.extend(network.forwarding_rules.rows().iter().take(2).map(|row| row.name.to_string()));
    let pairs = from.iter().flat_map(|from| to.iter().map(move |to| (from.clone(), to.clone())));
    let all = pairs.flat_map(|(from, to)| {
        ["tcp:2049", "icmp", "rdma"].into_iter().map(move |port| (from.clone(), to.clone(), port))
    });
    all.collect()
}

fn packet(network: &Network, (from, to, port): &(String, String, &str)) -> Packet {
    let traffic = name::traffic(port).expect("a port");
    let from = name::sender(network, from, traffic).unwrap_or_else(|error| panic!("{from}: {}", error.lines())).it;
    let to = name::end(network, to, traffic, from).unwrap_or_else(|error| panic!("{to}: {}", error.lines())).it;
    Packet { from, to, traffic }
}

struct Asked {
    decision: Decision<Answer>,
    mending: Option<Mending>,
}

fn ask(loaded: &Loaded, catalog: &Catalog, packet: &Packet) -> Asked {
    let platform = Platform::new(catalog);
    let plane = Plane::new(&loaded.network, &platform);
    let situation = Situation::default();
    let decision = answers(&plane, &situation, catalog, packet);
    let mending = mend(&plane, &situation, catalog, packet, &decision);
    Asked { decision, mending }
}

/// The models that are asked about: the shipped ones, and some of the broken ones.
#[expect(clippy::disallowed_methods, reason = "the examples are files")]
fn models() -> BTreeMap<String, String> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    let files = |folder: String| {
        let entries = std::fs::read_dir(folder).expect("the examples are there");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let models = paths.filter(|path| path.extension().is_some_and(|ending| ending == "yaml"));
        models.collect::<BTreeSet<_>>()
    };
    let broken = files(format!("{root}/broken")).into_iter().step_by(12);
    let all = files(root.to_owned()).into_iter().chain(broken);
    all.map(|path| {
        let text = std::fs::read_to_string(&path).expect("a text");
        (path.file_name().expect("a file").to_string_lossy().into_owned(), text)
    })
    .collect()
}

/// Kinds of edits that the model file has a line for, which says all of it: no list that the line would have to be added to.
const LINES: &[&str] = &[
    "firewall-rule",
    "disabled-rule",
    "guest-routing",
    "guest-holds-vip",
    "reverse-path-filter",
    "ip-forwarding",
    "mover",
    "global-access",
    "peering",
    "static-route",
    "cloud-nat",
];

#[test]
fn what_is_offered_lets_the_packet_pass() {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut written = 0;
    for (file, text) in models() {
        let Some((loaded, catalog)) = load(&text) else { panic!("{file} is well formed") };
        let platform = Platform::new(&catalog);
        let plane = Plane::new(&loaded.network, &platform);
        for question in questions(&loaded.network) {
            let packet = packet(&loaded.network, &question);
            let Asked { decision, mending } = ask(&loaded, &catalog, &packet);
            let Some(mending) = mending else {
                let dropped = |fate: Fate| matches!(fate, Fate::Dropped(code) if code != Code::NotModelled);
                assert!(!decision.arms.iter().any(|arm| dropped(arm.answer.fate())), "{file}: {question:?} is mended");
                continue;
            };
            for offer in &mending.offers {
                let kind = offer.edit.kind();
                let fates = again(&plane, &Situation::default(), &catalog, &packet, &offer.edit);
                assert_eq!(fates.certain(), Some(&Fate::Delivered), "{file}: {question:?}: {kind}");
                if LINES.contains(&kind) {
                    let line = offer.edit.write(&loaded.network, true);
                    written += 1;
                    assert_eq!(fate_with(&text, &line, &question), Fate::Delivered, "{file}: {question:?}: {line}");
                }
                *kinds.entry(kind).or_default() += 1;
            }
            assert_eq!(Some(mending), ask(&loaded, &catalog, &packet).mending, "{file}: {question:?}");
        }
    }
    assert!(kinds.len() > 3 && written > 20, "too little is offered to say anything: {kinds:?}, {written}");
    assert!(kinds.keys().all(|kind| EDITS.iter().any(|(known, _)| known == kind)));
}

/// What becomes of a packet once a line was written into the text of a model.
fn fate_with(text: &str, line: &str, question: &(String, String, &str)) -> Fate {
    let line = line.replace("NAME", "added");
    let patched = twinrail_intake::patch(text, &line).unwrap_or_else(|error| panic!("{line}: {error}"));
    let (loaded, catalog) = load(&patched).unwrap_or_else(|| panic!("the model takes {line}"));
    let packet = packet(&loaded.network, question);
    let decision = ask(&loaded, &catalog, &packet).decision.coarsen(Answer::fate);
    decision.certain().cloned().unwrap_or_else(|| panic!("{line} passes in every world"))
}

/// A network with one of everything that an edit may be about.
const EVERYTHING: &str = "
twinrail: 1
projects: { lab: {} }
networks: { one: { project: lab }, two: { project: lab } }
subnets: { a: { network: one, region: us-central1, range: 10.0.0.0/24 } }
clusters:
  front: { machine: n2-standard-8, zone: us-central1-a, count: 1, nics: [{ rail: tcp, type: GVNIC, subnet: a }], tags: [front] }
vips: { nfs: { count: 1, from: a, over: front, rail: tcp, mover: alias-ip } }
load-balancers: { web: { subnet: a, ports: [80], backends: [{ cluster: front }] } }
routes: { out: { network: one, destination: 10.9.0.0/24, next-hop-instance: front-1 } }
firewall: { in: { network: one, from: [10.0.0.0/24], ports: [all] } }
firewall-policies: { all: { project: lab, networks: [one] } }
links: { door: { psc-interface: front, into: b, accepts: [lab] } }
";

/// One edit of each kind.
fn edits(network: &Network) -> Vec<Edit> {
    let [one, two] = [0, 1].map(VpcId::new);
    let range: IpNet = "10.1.0.0/24".parse().expect("a range");
    let opening =
        |direction| Opening { direction, ranges: vec![range], traffic: name::traffic("tcp:80").expect("a port") };
    let [ingress, egress] = [Direction::Ingress, Direction::Egress].map(opening);
    let (instance, cluster, nic) = (InstanceId::new(0), ClusterId::new(0), NicId::new(0));
    let (rule, policy, route) = (ForwardingRuleId::new(0), FirewallPolicyId::new(0), RouteId::new(0));
    let hops = [NextHop::Instance(instance), NextHop::InternetGateway, NextHop::ForwardingRule(rule)];
    let tags = vec!["front".to_owned()];
    let mut edits = vec![
        Edit::FirewallRule { vpc: one, opening: ingress.clone(), tags, priority: None },
        Edit::FirewallRule { vpc: one, opening: egress, tags: Vec::new(), priority: Some(0) },
        Edit::PolicyRule { policy, opening: ingress, priority: 7 },
        Edit::DisabledRule(FirewallRuleId::new(0)),
        Edit::AcceptedProject { attachment: AttachmentId::new(0), project: ProjectId::new(0) },
        Edit::GuestRouting(cluster),
        Edit::GuestHoldsVip { cluster, holder: VipHolder::Address },
        Edit::ReversePathFilter(cluster),
        Edit::IpForwarding(vec![instance]),
        Edit::Mover { pool: VipPoolId::new(0), kind: MoverKind::RouteReplace },
        Edit::InstanceRunning(instance),
        Edit::GlobalAccess(rule),
        Edit::BalancedPort { rule, port: 81 },
        Edit::CustomRoutes { from: one, to: two },
        Edit::Peering { one, other: two },
        Edit::NextHop { route, nic, address: "10.0.0.2".parse().expect("an address") },
        Edit::RemovedRoute(route),
        Edit::RemovedPolicyRoute(PolicyRouteId::new(0)),
        Edit::CloudNat { vpc: one, region: "us-central1".to_owned() },
        Edit::ExternalAddress(nic),
    ];
    edits.extend(hops.map(|next_hop| Edit::StaticRoute { vpc: one, destination: range, next_hop }));
    assert!(!network.attachments.is_empty() && !network.forwarding_rules.is_empty() && !network.routes.is_empty());
    edits
}

#[test]
fn every_edit_has_words_and_something_to_write() {
    let text = EVERYTHING.replace(
        "range: 10.0.0.0/24 } }",
        "range: 10.0.0.0/24 }, b: { network: two, region: us-central1, range: 10.2.0.0/24 } }",
    );
    let (mut loaded, _) = load(&text).expect("the model is well formed");
    let project = ProjectId::new(0);
    let name = loaded.network.projects[project].name.clone();
    // The model file has no policy-based routes.
    loaded.network.policy_routes.push(PolicyRoute {
        name,
        known: Known::Here,
        vpc: Ok(VpcId::new(0)).into(),
        priority: Stated::given(None),
        source: Ok(None).into(),
        destination: Ok(None).into(),
        protocol: Ok("ALL".to_owned()).into(),
        next_hop: Ok(PolicyHop::OtherRoutes).into(),
        applies_to: Ok(AppliesTo::All).into(),
    });
    let network = &loaded.network;
    let mut imported = network.clone();
    imported.clusters = Table::default();
    for instance in imported.instances.ids().collect::<Vec<_>>() {
        imported.instances[instance].cluster = None;
    }
    let mut kinds = BTreeSet::new();
    for edit in edits(network) {
        let words = edit.words(network);
        assert!(words.starts_with(char::is_lowercase) && !words.ends_with('.'), "{words}");
        assert!(!edit.write(network, true).is_empty());
        let of_cluster =
            matches!(edit, Edit::GuestRouting(_) | Edit::GuestHoldsVip { .. } | Edit::ReversePathFilter(_));
        if !of_cluster {
            assert!(!edit.words(&imported).is_empty() && !edit.write(&imported, false).is_empty());
        }
        assert_ne!(edit.place().map(|place| network.name(place.entity).to_string()), Some(String::new()));
        kinds.insert(edit.kind());
    }
    let all: BTreeSet<&str> = EDITS.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, all, "every kind is listed");
}

#[test]
fn what_is_printed_can_be_asked_about() {
    let (loaded, _) = load(include_str!("../../../examples/a4.yaml")).expect("the example is well formed");
    let network = &loaded.network;
    let tcp = name::traffic("tcp:2049").expect("a port");
    let nobody = Sender::Internet("203.0.113.9".parse().expect("an address"));
    for (nic, row) in network.nics.iter() {
        let sender = Sender::Guest { instance: row.instance, bound: Some(End::Nic(nic)) };
        assert_eq!(name::sender(network, &sender.short(network), tcp).expect("a NIC").it, sender);
        assert_eq!(name::end(network, &End::Nic(nic).short(network), tcp, nobody).expect("a NIC").it, End::Nic(nic));
        let part = Part::Nic(nic);
        assert_eq!(name::part(network, &part.short(network)), Ok(part));
    }
    for pool in network.vips.ids() {
        for vip in network.vips_of(pool) {
            let end = End::Vip(vip);
            assert_eq!(name::end(network, &end.short(network), tcp, nobody).expect("a VIP").it, end);
        }
    }
    for text in ["tcp:2049", "udp:53", "icmp", "rdma"] {
        assert_eq!(name::traffic(text).expect("a port").to_string(), text);
    }
    let zone = Part::Zone("us-central1-b".to_owned());
    assert_eq!(name::part(network, &zone.short(network)), Ok(zone));
}

#[test]
fn names_that_cannot_be_used_say_why() {
    let (loaded, _) = load(include_str!("../../../examples/z4m.yaml")).expect("the example is well formed");
    let network = &loaded.network;
    let tcp = name::traffic("tcp:2049").expect("a port");
    let sender = |text: &str| name::sender(network, text, tcp).map(|_| ()).map_err(|error| error.lines());
    let wrong = |text: &str, said: &str| assert_eq!(sender(text), Err(said.to_owned()), "{text}");
    wrong("valt", "no instance, cluster or clients is named `valt`\n  hint: did you mean `vault`?");
    wrong("vault-03:nic7", "vault-03 has no nic7\n  hint: it has nic0, nic1");
    wrong("gpu:nic0", "no NIC of `gpu` is known");
    wrong("probe:nfs", "no backend service or load balancer is named `nfs`");
    wrong(
        "10.10.3.3",
        "no NIC has the primary address 10.10.3.3\n  hint: name the instance, as in vault-03 or vault-03:nic1",
    );
    assert_eq!(sender("10.10.0.16"), Ok(()));
    assert_eq!(sender("projects/storage/zones/us-central1-a/instances/vault-03"), Ok(()));
    for text in ["", "tcp", "tcp:", "tcp:70000", "icmp:1", "protocol:6", "protocol:300", "sctp:1", "rdma:1"] {
        assert!(name::traffic(text).is_err(), "{text}");
    }
    assert!(name::holder(network, "nfs").is_err() && name::holder(network, "nfs#0=gpu").is_err());
    assert_eq!(name::holder(network, "nfs=vault-05").map(|held| held.len()), Ok(48));
}
