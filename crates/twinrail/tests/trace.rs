//! What `twinrail trace` offers is true: an offered edit lets the packet pass when it is made, in the network and in the text of the model, and the same
//! question has the same answer twice.

use std::collections::{BTreeMap, BTreeSet};

use twinrail_facts::{Catalog, Date, Decision};
use twinrail_intake::{Input, Loaded};
use twinrail_model::{Network, Platform, Situation};
use twinrail_reach::{Answer, Code, EDITS, Fate, Mending, Packet, Plane, again, answers, mend, name};

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
                    let line = offer.edit.write(&loaded.network);
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
