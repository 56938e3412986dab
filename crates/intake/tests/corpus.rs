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

use serde_json::Value;
use twinrail_intake::Loaded;
use twinrail_model::{Id, Known, NicType, Table, VpcId};

use crate::view::{check_spots, everything, loaded, messages, read};

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
    assert_eq!((&vpc.mtu, vpc.auto_subnets, vpc.known), (&Ok(None), false, Known::Here));
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

/// Formats that come with a later issue.
#[test]
fn what_is_not_read_yet_is_listed_or_refused_with_a_hint() {
    let Some(corpus) = corpus() else { return };
    for folder in ["cai", "tfplan", "blueprints"] {
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
    let (name, text) =
        &files(&corpus.join("cai")).into_iter().find(|(name, _)| name.ends_with("ndjson")).expect("the export");
    let export = loaded(&[(name, text)]);
    let addresses =
        export.unsupported.iter().find(|kind| kind.what == "Cloud Asset Inventory: compute.googleapis.com/Address");
    assert!(addresses.is_some_and(|kind| kind.count > 0), "{:?}", export.unsupported);
}

#[test]
fn the_blueprint_of_an_h4d_cluster_makes_two_networks_and_two_nics_each() {
    let Some(corpus) = corpus() else { return };
    let files = files(&corpus.join("blueprints"));
    let loaded = loaded(&borrowed(&files));
    let network = &loaded.network;
    let profiles: Vec<_> = network.vpcs.rows().iter().map(|vpc| (vpc.name.short(), vpc.profile.clone())).collect();
    let falcon = Ok(Some("us-central1-a-vpc-falcon".to_owned()));
    assert_eq!(profiles, [("h4d-cluster-net", Ok(None)), ("h4d-cluster-rdma-net-0", falcon)]);
    let subnets: Vec<_> = network.subnets.rows().iter().map(|row| (row.name.as_str(), row.range.clone())).collect();
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
            .map(|nic| (nic.nic_type.clone(), nic.vpc.clone().map(|vpc| network.vpcs[vpc].name.short()), nic.external))
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
    assert_eq!((&loaded.malformed, network.clouds.len()), (&Vec::new(), 0));
}
