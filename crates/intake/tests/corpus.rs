//! Real dumps, written by others: every file loads, and what is counted and linked is what a script of another hand
//! counts and links. The corpus is no part of this
//! repository: it stands in `../shared/corpus` beside it, or where `TWINRAIL_CORPUS` says; without it these tests say so and pass.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "these tests read files that are not in the repository, and say when they cannot"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use insta::assert_debug_snapshot;
use serde_json::Value;
use twinrail_intake::{Change, Loaded, difference};
use twinrail_model::{EntityId, Id, Known, NicType, Table, VpcId};

use crate::view::{check_spots, entities, everything, loaded, messages, read};

const COUNTS: &str = include_str!("corpus_counts.json");

fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var("TWINRAIL_CORPUS").map_or(beside, PathBuf::from);
    if folder.join("gcloud-json").is_dir() {
        return Some(folder);
    }
    println!("skipped: no corpus at {}", folder.display());
    None
}

/// The files of a folder, by name.
fn files(folder: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files = BTreeMap::new();
    for entry in entries {
        let path = entry.expect("a folder's entry").path();
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        files.insert(path.file_name().expect("a file's name").to_string_lossy().into_owned(), text);
    }
    files.into_iter().collect()
}

fn borrowed(files: &[(String, String)]) -> Vec<(&str, &str)> {
    files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect()
}

fn here<I: Id, T>(table: &Table<I, T>, known: impl Fn(&T) -> Known) -> usize {
    table.rows().iter().filter(|row| known(row) == Known::Here).count()
}

/// Instances, NICs, subnetworks, routes, firewall rules, forwarding rules.
fn counts(loaded: &Loaded) -> [usize; 6] {
    let network = &loaded.network;
    let is_instance = |instance: &twinrail_model::Instance| !instance.is_template && instance.known == Known::Here;
    [
        network.instances.rows().iter().filter(|instance| is_instance(instance)).count(),
        network.nics.rows().iter().filter(|nic| is_instance(&network.instances[nic.instance])).count(),
        here(&network.subnets, |row| row.known),
        here(&network.routes, |row| row.known),
        here(&network.firewall_rules, |row| row.known),
        here(&network.forwarding_rules, |row| row.known),
    ]
}

/// The links from NICs to subnets, and to networks, whose both ends are described.
fn links(loaded: &Loaded) -> [Vec<String>; 2] {
    let network = &loaded.network;
    let mut links = [Vec::new(), Vec::new()];
    for (id, nic) in network.nics.iter().filter(|(_, nic)| !network.instances[nic.instance].is_template) {
        let name = network.name(id.into());
        if let Some(subnet) =
            nic.subnet.as_ref().ok().map(|id| &network.subnets[*id]).filter(|subnet| subnet.known == Known::Here)
        {
            links[0].push(format!("{name} {}", subnet.name));
        }
        if let Some(vpc) =
            nic.vpc.as_ref().ok().map(|id: &VpcId| &network.vpcs[*id]).filter(|vpc| vpc.known == Known::Here)
        {
            links[1].push(format!("{name} {}", vpc.name));
        }
    }
    links.each_mut().iter_mut().for_each(|links| links.sort());
    links
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().expect("a list").iter().map(|text| text.as_str().expect("a text").to_owned()).collect()
}

#[test]
fn counts_and_links_are_those_of_the_independent_script() {
    let Some(corpus) = corpus() else { return };
    let expected: BTreeMap<String, Value> = serde_json::from_str(COUNTS).expect("the script writes JSON");
    let words = ["instances", "nics", "subnetworks", "routes", "firewall_rules", "forwarding_rules"];
    let mut compared = 0;
    for (project, expected) in &expected {
        let files = files(&corpus.join("gcloud-json").join(project));
        let whole = loaded(&borrowed(&files));
        let counted: Vec<Value> = counts(&whole).iter().map(|count| (*count).into()).collect();
        assert_eq!(counted, words.map(|word| expected[word].clone()), "{project}: {words:?}");
        assert_eq!(links(&whole), [texts(&expected["nic_to_subnet"]), texts(&expected["nic_to_network"])], "{project}");
        assert_eq!(
            expected["nics_in_two_places"],
            serde_json::json!([]),
            "{project}: else it is to be decided which place counts"
        );
        assert_eq!(whole.malformed, Vec::<String>::new(), "{project}");
        assert_eq!(files.len(), expected["files"].as_object().expect("files").len(), "{project}");
        for (name, text) in &files {
            let alone = loaded(&[(name, text)]);
            assert_eq!(serde_json::json!(counts(&alone)), expected["files"][name], "{project}/{name}");
            compared += 1;
        }
    }
    assert_eq!(compared, 135, "the corpus has so many dumps");
}

#[test]
fn the_script_still_counts_what_is_checked_in() {
    let Some(corpus) = corpus() else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus_counts.py");
    let Ok(output) = Command::new("python3").arg(script).arg(corpus.join("gcloud-json")).output() else {
        println!("skipped: no python3 on this machine");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let counted: Value = serde_json::from_slice(&output.stdout).expect("the script writes JSON");
    assert_eq!(counted, serde_json::from_str::<Value>(COUNTS).expect("JSON"), "write it again: see corpus_counts.py");
}

#[test]
fn every_entity_leads_to_its_own_text() {
    let Some(corpus) = corpus() else { return };
    let mut looked_at = 0;
    for folder in std::fs::read_dir(corpus.join("gcloud-json")).expect("a folder") {
        looked_at += check_spots(&loaded(&borrowed(&files(&folder.expect("a folder").path()))));
    }
    looked_at += check_spots(&loaded(&borrowed(&files(&corpus.join("http-recordings")))));
    assert!(looked_at > 500, "only {looked_at}");
}

#[test]
fn the_order_of_the_files_decides_nothing() {
    let Some(corpus) = corpus() else { return };
    for folder in std::fs::read_dir(corpus.join("gcloud-json")).expect("a folder") {
        let path = folder.expect("a folder").path();
        let mut files = files(&path);
        let forward = everything(&loaded(&borrowed(&files)));
        files.reverse();
        assert!(forward == everything(&loaded(&borrowed(&files))), "{}", path.display());
        let middle = files.len() / 2;
        files.rotate_left(middle);
        assert!(forward == everything(&loaded(&borrowed(&files))), "{}", path.display());
    }
}

#[test]
fn recordings_load_and_one_is_a_falcon_network() {
    let Some(corpus) = corpus() else { return };
    let files = files(&corpus.join("http-recordings"));
    let all = loaded(&borrowed(&files));
    assert_eq!(all.malformed, Vec::<String>::new());
    let network = &all.network;
    let falcon = loaded(&[(
        "computenetworkbasic.http.log",
        &files.iter().find(|(name, _)| name.contains("networkbasic")).expect("the recording").1,
    )]);
    let (id, vpc) = falcon.network.vpcs.iter().next().expect("the Falcon network");
    assert_eq!(vpc.profile, Ok(Some("us-central1-a-vpc-falcon".to_owned())));
    // The body has no `mtu`, no subnet is made by the platform, and the change that the recording makes is the last answer.
    assert_eq!((&*vpc.mtu, *vpc.auto_subnets, vpc.known), (&Ok(None), false, Known::Here));
    assert_eq!(falcon.superseded, 1);
    let spot = falcon.origins.spot(id.into()).expect("it is described");
    assert!(falcon.origins.text(spot.source)[spot.bytes].contains("\"enableUlaInternalIpv6\": true"));
    let kinds = [
        here(&network.vpcs, |row| row.known),
        here(&network.subnets, |row| row.known),
        here(&network.instances, |row| row.known),
        here(&network.routes, |row| row.known),
        here(&network.firewall_rules, |row| row.known),
        here(&network.forwarding_rules, |row| row.known),
        here(&network.backend_services, |row| row.known),
        here(&network.health_checks, |row| row.known),
        here(&network.attachments, |row| row.known),
        here(&network.gateways, |row| row.known),
        here(&network.addresses, |row| row.known),
    ];
    assert!(kinds.iter().all(|count| *count > 0), "{kinds:?}");
    // What a group holds is said by the answers to `listInstances`, whose group only the request names.
    assert!(network.instance_groups.rows().iter().any(|group| !group.instances.is_empty()));
}

/// Formats that are listed, or refused with a hint.
#[test]
fn what_is_not_read_yet_is_listed_or_refused_with_a_hint() {
    let Some(corpus) = corpus() else { return };
    for folder in ["blueprints"] {
        for (name, text) in files(&corpus.join(folder)) {
            match read(&[(&name, &text)]) {
                Ok(read) => assert!(!read.unsupported.is_empty(), "{folder}/{name} is passed over in silence"),
                Err(errors) => {
                    assert!(
                        errors.iter().all(|error| error.hint.is_some()),
                        "{folder}/{name}: {:?}",
                        messages(&errors, &[])
                    );
                }
            }
        }
    }
}

/// How many assets the corpus has, how many of them are read, and the others by kind.
fn assets_of(corpus: &Path) -> (usize, usize, BTreeMap<String, usize>) {
    let (mut assets, mut read, mut listed) = (0, 0, BTreeMap::new());
    for (name, text) in files(&corpus.join("cai")) {
        let file = loaded(&[(&name, &text)]);
        assert_eq!(file.malformed, Vec::<String>::new(), "{name}");
        check_spots(&file);
        let described = entities(&file.network).into_iter();
        let described =
            described.filter(|(entity, known)| *known == Known::Here && !matches!(entity, EntityId::Nic(_)));
        // Autoscalers are read and are no entities of their own.
        let autoscalers = text.matches("compute.googleapis.com/Autoscaler\"").count();
        let here = described.count() + autoscalers;
        let left: usize = file.unsupported.iter().map(|kind| kind.count).sum();
        let all = text.matches("\"asset_type\"").count();
        assert_eq!(here + left, all, "{name}: {:?}", file.unsupported);
        (assets, read) = (assets + all, read + here);
        for kind in file.unsupported {
            *listed.entry(kind.what.trim_start_matches("Cloud Asset Inventory: ").to_owned()).or_insert(0) +=
                kind.count;
        }
    }
    (assets, read, listed)
}

/// Every asset of the corpus is read or listed: nothing is lost, and each name stands where its asset stands.
#[test]
fn all_assets_are_read_or_listed() {
    let Some(corpus) = corpus() else { return };
    let (assets, read, listed) = assets_of(&corpus);
    assert_eq!((assets, read), (73, 24), "what there is, and what is read of it");
    let listed: Vec<String> = listed.iter().map(|(what, count)| format!("{count} {what}")).collect();
    assert_debug_snapshot!(listed, @r#"
    [
        "2 bigquery.googleapis.com/Dataset",
        "1 bigquery.googleapis.com/Table",
        "1 bigtableadmin.googleapis.com/Cluster",
        "1 bigtableadmin.googleapis.com/Instance",
        "1 bigtableadmin.googleapis.com/Table",
        "1 cloudkms.googleapis.com/CryptoKey",
        "1 cloudkms.googleapis.com/CryptoKeyVersion",
        "1 cloudkms.googleapis.com/KeyRing",
        "1 compute.googleapis.com/BackendBucket",
        "1 compute.googleapis.com/GlobalForwardingRule whose name is none of the Compute API",
        "1 compute.googleapis.com/Interconnect",
        "1 compute.googleapis.com/License",
        "1 compute.googleapis.com/RegionBackendService whose name is none of the Compute API",
        "1 compute.googleapis.com/RegionDisk",
        "1 compute.googleapis.com/SecurityPolicy",
        "1 compute.googleapis.com/SslCertificate",
        "1 compute.googleapis.com/TargetHttpProxy",
        "1 compute.googleapis.com/TargetHttpsProxy",
        "1 compute.googleapis.com/TargetInstance",
        "1 compute.googleapis.com/TargetPool",
        "1 compute.googleapis.com/TargetSslProxy",
        "1 compute.googleapis.com/TargetTcpProxy",
        "1 compute.googleapis.com/UrlMap",
        "1 compute.googleapis.com/VpnTunnel",
        "2 container.googleapis.com/Cluster",
        "1 container.googleapis.com/NodePool",
        "2 dataproc.googleapis.com/Cluster",
        "1 dns.googleapis.com/ManagedZone",
        "1 dns.googleapis.com/Policy",
        "2 iam.googleapis.com/ServiceAccount",
        "1 iam.googleapis.com/ServiceAccountKey",
        "1 k8s.io/Namespace",
        "1 k8s.io/Node",
        "1 k8s.io/Pod",
        "1 k8s.io/Service",
        "1 pubsub.googleapis.com/Subscription",
        "1 pubsub.googleapis.com/Topic",
        "1 rbac.authorization.k8s.io/ClusterRole",
        "1 rbac.authorization.k8s.io/ClusterRoleBinding",
        "1 rbac.authorization.k8s.io/Role",
        "1 rbac.authorization.k8s.io/RoleBinding",
        "1 serviceusage.googleapis.com/Service",
        "1 spanner.googleapis.com/Database",
        "1 spanner.googleapis.com/Instance",
        "1 sqladmin.googleapis.com/Instance",
    ]
    "#);
}

/// The inventory of the corpus was made from its plans by another program. What the two say differently of one network is
/// all here: what is no longer different has to go, and what becomes different has to be looked at.
#[test]
fn plans_and_the_assets_made_of_them_are_one_network() {
    let Some(corpus) = corpus() else { return };
    let plans: BTreeMap<String, String> = files(&corpus.join("tfplan")).into_iter().collect();
    let (mut pairs, mut lines) = (0, Vec::new());
    for (name, assets) in files(&corpus.join("cai")) {
        let Some(stem) = name.strip_suffix(".json") else { continue };
        let plan_name = format!("{stem}.tfplan.json");
        let plan = loaded(&[(&plan_name, &plans[&plan_name])]);
        // Some of the plans leave their project to the environment.
        let unknown = plan.network.projects.rows().iter().any(|project| project.name.as_str() == "projects/(unknown)");
        let assets = if unknown { assets.replace("projects/my-project/", "projects/(unknown)/") } else { assets };
        let assets = loaded(&[(&name, &assets)]);
        pairs += 1;
        for difference in difference(&plan, &assets).changes {
            let place = format!("{stem}: {} {}", difference.kind, difference.name);
            match difference.change {
                Change::Added => lines.push(format!("{place} is only in the inventory")),
                Change::Removed => lines.push(format!("{place} is only in the plan")),
                Change::Changed(fields) => lines.extend(fields.iter().map(|field| format!("{place} {field:?}"))),
            }
        }
    }
    assert_eq!(pairs, 11, "the corpus has so many pairs");
    // The inventory leaves out two links.
    assert_debug_snapshot!(lines, @r#"
    [
        "example_compute_address: subnetwork projects/my-project/regions/us-central1/subnetworks/my-subnet FieldChange { field: \"network\", old: Value(\"projects/my-project/global/networks/my-network\"), new: Nothing }",
        "example_compute_address: address projects/my-project/regions/us-central1/addresses/my-internal-address FieldChange { field: \"subnetwork\", old: Value(\"projects/my-project/regions/us-central1/subnetworks/my-subnet\"), new: Nothing }",
    ]
    "#);
}

#[test]
fn the_blueprint_of_an_h4d_cluster_makes_two_networks_and_two_nics_each() {
    let Some(corpus) = corpus() else { return };
    let files = files(&corpus.join("blueprints"));
    let loaded = loaded(&borrowed(&files));
    let network = &loaded.network;
    let profiles: Vec<_> = network.vpcs.rows().iter().map(|vpc| (vpc.name.short(), vpc.profile.get())).collect();
    let falcon = Ok(Some("us-central1-a-vpc-falcon".to_owned()));
    assert_eq!(profiles, [("h4d-cluster-net", Ok(None)), ("h4d-cluster-rdma-net-0", falcon)]);
    let subnets: Vec<_> = network.subnets.rows().iter().map(|row| (row.name.as_str(), row.range.get())).collect();
    let range = |text: &str| Ok(Some(text.parse().expect("a range")));
    assert_eq!(
        subnets,
        [
            ("projects/(unknown)/regions/us-central1/subnetworks/h4d-cluster-primary-subnet", range("10.0.0.0/24")),
            ("projects/(unknown)/regions/us-central1/subnetworks/h4d-cluster-rdma-sub-0", range("192.168.32.0/24")),
        ]
    );
    assert_eq!(counts(&loaded)[..2], [2, 4]);
    for instance in network.instances.rows() {
        assert_eq!(instance.machine.as_deref(), Ok("h4d-highmem-192-lssd"));
        let nics = instance.nics.iter().map(|id| &network.nics[*id]);
        let nics: Vec<_> = nics
            .map(|nic| (nic.nic_type.get(), nic.vpc.get().map(|vpc| network.vpcs[vpc].name.short()), *nic.external))
            .collect();
        let (gvnic, irdma) = (Ok(Some(NicType::Gvnic)), Ok(Some(NicType::Irdma)));
        assert_eq!(nics, [(gvnic, Ok("h4d-cluster-net"), true), (irdma, Ok("h4d-cluster-rdma-net-0"), false)]);
    }
    let unsupported: Vec<&str> = loaded.unsupported.iter().map(|kind| kind.what.as_str()).collect();
    assert_eq!(
        unsupported,
        [
            "blueprint module community/modules/scripts/wait-for-startup",
            "blueprint module modules/file-system/filestore",
            "blueprint module modules/scripts/startup-script",
            "blueprint setting subnetworks/region of modules/network/vpc",
        ]
    );
    assert_eq!(loaded.malformed, Vec::<String>::new());
}
