//! What the sentences of `intents:` ask, as the page of `intent-violated` says: each line is a patch of a healthy model, a sentence, and what it comes to.

use std::collections::BTreeSet;

use twinrail_facts::{Catalog, Date, Facts};
use twinrail_intake::{Input, Loaded};
use twinrail_model::{After, Answer, Failing, How, Judged, Network, Part, Party, Platform, Rail, Reach, Situation};
use twinrail_reach::Plane;
use twinrail_reach::intent::{self, Judgement, Proof, Scene, Wish};
use twinrail_rules::{Config, Example, Page, RULES, Run};

const Z4M: &str = include_str!("../../../examples/z4m.yaml");
const H4D: &str = include_str!("../../../examples/h4d.yaml");
const A4: &str = include_str!("../../../examples/a4.yaml");

fn today() -> Date {
    "2026-11-22".parse().expect("a date")
}

fn load(model: &str, patch: &str) -> Loaded {
    let text = twinrail_intake::patch(model, patch).unwrap_or_else(|error| panic!("{patch}: {error}"));
    let input = Input { path: "model.yaml".to_owned(), text };
    twinrail_intake::read(vec![input], today()).unwrap_or_else(|errors| panic!("{patch}: {errors:?}"))
}

fn run(loaded: &Loaded) -> Run {
    twinrail_rules::run(&loaded.network, Catalog::embedded(), &Config::default(), today())
}

/// `holds: …` with the first line of what was looked at, `violated: …` with the message, or another word.
fn answer(model: &str, patch: &str, sentence: &str) -> String {
    let loaded = load(model, &format!("{patch}\nintents: [{sentence:?}]"));
    let run = run(&loaded);
    let mut outcomes = run.outcomes.iter().chain(&run.proved);
    let outcome = outcomes.find(|outcome| outcome.rule.code == "intent-violated").expect("an intent is judged");
    let Some(judged) = outcome.decision.certain() else { return "depends".to_owned() };
    word(judged)
}

fn word(judged: &Judged) -> String {
    match judged {
        Ok(Answer::Proved(lines)) => format!("holds: {}", lines.join("; ")),
        Ok(Answer::Violated(finding)) => format!("violated: {}", finding.message),
        Err(hole) => format!("undecided: {hole:?}"),
        Ok(other) => format!("{other:?}"),
    }
}

/// Checks each sentence of a model: the answer holds all parts that are named.
fn check(model: &str, cases: &[(&str, &str, &[&str])]) {
    let mut wrong = Vec::new();
    for (patch, sentence, parts) in cases {
        let answer = answer(model, patch, sentence);
        wrong.extend(
            parts
                .iter()
                .filter(|part| !answer.contains(**part))
                .map(|part| format!("{sentence}\n  {answer}\n  has no {part}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn reaching_is_from_every_nic_to_every_nic_and_back() {
    check(
        Z4M,
        &[
            ("", "vault reaches vault on rdma", &["holds: 132 pairs by rdma, IP on some port"]),
            ("", "vault reaches vault on tcp", &["holds: 132 pairs by IP on some port"]),
            ("", "vault reaches vault", &["holds: 264 pairs"]),
            ("", "gpu reaches nfs", &["holds: 48 pairs by tcp:2049"]),
            ("", "gpu reaches vault on tcp:2049", &["holds: 12 pairs by tcp:2049"]),
            ("", "gpu reaches vault on tcp:22", &["violated:", "tcp:22", "FIREWALL_RULE"]),
            ("", "vault reaches gpu on tcp:111", &["violated:", "FIREWALL_RULE", "ingress is then denied"]),
            ("", "gpu reaches vault on rdma", &["violated:", "`gpu` has no NIC", "NO_NIC_ON_RAIL"]),
            ("", "internet reaches nfs", &["violated:", "NO_ROUTE_FROM_INTERNET_TO_PRIVATE_IPV4_ADDRESS"]),
            ("", "vault-01 reaches vault on rdma", &["holds: 11 pairs"]),
        ],
    );
}

#[test]
fn machines_of_several_networks_are_asked_within_those_they_share() {
    check(
        A4,
        &[
            ("", "vault reaches gpu on tcp:22", &["holds: 32 pairs", "asked within `tenant-a` only"]),
            ("", "vault reaches gpu on rdma", &["violated:", "RDMA_OTHER_NETWORK"]),
        ],
    );
}

#[test]
fn never_is_asked_on_every_port_that_rules_tell_apart() {
    let closed = "firewall: { nfs-from-clients: null }";
    check(
        Z4M,
        &[
            ("", "gpu never reaches vault", &["violated:", "tcp:2049 from `gpu`", "rule nfs-from-clients allows it"]),
            (closed, "gpu never reaches vault", &["holds: 72 pairs by RDMA verbs, IP on every port"]),
            ("", "gpu never reaches vault on tcp:22", &["holds: 72 pairs by tcp:22"]),
            ("", "gpu never reaches vault on rdma", &["holds:"]),
            ("", "internet never reaches vault", &["holds:"]),
        ],
    );
}

#[test]
fn nobody_else_is_everybody_but_those_of_whom_the_model_says_so() {
    // The rule lets clients in on one port more than the VIPs serve.
    let wider = "firewall: { nfs-from-clients: { ports: ['tcp:2049-2050'] } }";
    let stranger = "clients: { desk: { subnet: clients-a, count: 3, protocol: nfs4-tcp, uses: [] } }";
    check(
        Z4M,
        &[
            (
                "",
                "nothing else reaches vault",
                &["holds:", "clients `gpu` may, as they use the VIPs of `nfs` on tcp:2049", "connection tracking"],
            ),
            (wider, "nothing else reaches vault", &["violated:", "tcp:2050 from `gpu`"]),
            (stranger, "nothing else reaches vault", &["violated:", "tcp:2049 from `desk`"]),
            (stranger, "only gpu reaches vault", &["violated:", "from `desk`"]),
            ("", "only gpu reaches nfs", &["holds:", "`gpu` may, as this intent says"]),
            (
                "firewall: { nfs-from-clients: null }",
                "only gpu reaches nfs",
                &["violated:", "is dropped (FIREWALL_RULE)"],
            ),
        ],
    );
}

#[test]
fn after_a_failure_whoever_is_left_is_asked() {
    check(
        Z4M,
        &[
            (
                "",
                "gpu reaches nfs, after any one instance of vault fails",
                &["holds: 48 pairs by tcp:2049, before and after each of 12 failures"],
            ),
            ("", "gpu reaches nfs, after any one holder of nfs fails", &["holds:", "each of 12 failures"]),
            (
                "",
                "gpu reaches nfs, after any one zone fails",
                &["violated:", "after `zone us-central1-a` fails", "VIP_HAS_NO_HOLDER"],
            ),
            (
                "",
                "vault reaches vault on rdma, after any one nic of vault fails",
                &["each of 24 failures", "whose last NIC on the rdma rail is down"],
            ),
            // 12 instances and 24 NICs of one zone: 37 parts, of which 37 fail alone and 37 * 36 / 2 together.
            (
                "",
                "vault reaches vault on rdma, after any two failures",
                &["each of 703 failures", "of three or more none"],
            ),
            (
                "clusters: { vault: { count: 1, grows-to: null } }",
                "gpu reaches vault on tcp:2049, after any one instance of vault fails",
                &["violated:", "nothing of `vault` is there to be reached"],
            ),
        ],
    );
}

/// What is not modelled is neither a pass nor a mistake.
#[test]
fn what_is_not_modelled_leaves_an_intent_undecided() {
    let vpn = "resources: [{ kind: 'compute#vpnGateway', name: vpn, selfLink: 'projects/storage/regions/us-central1/vpnGateways/vpn', network: 'projects/storage/global/networks/tcp' }]\nclients: { far: { subnet: far-a, count: 1, protocol: nfs4-tcp, uses: [] } }\nnetworks: { far: { project: storage } }\nsubnets: { far-a: { network: far, region: us-central1, range: 10.99.0.0/24 } }";
    check(Z4M, &[(vpn, "vault reaches far on tcp:22", &["undecided: NotModelled"])]);
}

/// Synthetic: machines on both rails, clients that are only counted, VIPs on either rail.
const RAILS: &str = r"
twinrail: 1
projects: { p: {} }
networks: { n: { project: p }, r: { project: p, profile: us-central1-a-vpc-falcon } }
subnets:
  s: { network: n, region: us-central1, range: 10.1.0.0/24 }
  c: { network: n, region: us-central1, range: 10.3.0.0/24 }
  r: { network: r, region: us-central1, range: 10.9.0.0/24 }
clusters:
  a: { machine: h4d-standard-192, zone: us-central1-a, count: 3, ip-forwarding: true, nics: [{ rail: tcp, type: GVNIC, subnet: s }, { rail: rdma, type: IRDMA, subnet: r }], guest: { holds-vip: address } }
  one: { machine: h4d-standard-192, zone: us-central1-a, count: 1, nics: [{ rail: tcp, type: GVNIC, subnet: s }, { rail: rdma, type: IRDMA, subnet: r }] }
clients: { gpu: { project: p, subnet: c, count: 3, protocol: nfs4-tcp, uses: [rp] } }
vips:
  rp: { count: 2, from: 10.200.0.0-10.200.0.1, over: a, rail: tcp, ports: ['tcp:2049'], mover: route-replace }
  np: { count: 2, from: 10.201.0.0-10.201.0.1, over: a, rail: rdma, mover: route-replace }
firewall: { in: { network: n, from: [10.0.0.0/8], ports: ['tcp:2049'] } }
";

#[test]
fn a_rail_holds_for_both_sides() {
    check(
        RAILS,
        &[
            (
                "",
                "gpu never reaches gpu on rdma",
                &[
                    "holds: 0 pairs",
                    "nothing of `gpu` that sends is on the rdma rail (NO_NIC_ON_RAIL)",
                    "nothing of `gpu` to be reached is on the rdma rail (NO_NIC_ON_RAIL)",
                ],
            ),
            ("", "a never reaches gpu on rdma", &["holds: 0 pairs", "nothing of `gpu` to be reached"]),
            ("", "a never reaches rp on rdma", &["holds: 0 pairs", "nothing of `rp` to be reached"]),
            ("", "nothing else reaches gpu on rdma", &["holds: 0 pairs", "nothing of `gpu` to be reached"]),
            ("", "gpu never reaches a on tcp", &["violated:", "tcp:2049 from `gpu`"]),
            ("", "a never reaches one on rdma", &["violated:", "rdma from `a-1"]),
        ],
    );
}

/// The holder of a VIP has its address itself.
#[test]
fn nobody_reaches_another_by_what_never_leaves_it() {
    let closed = "clusters: { a: { count: 1 } }\nfirewall: { in: null }";
    check(
        RAILS,
        &[
            (closed, "a never reaches rp", &["holds:"]),
            (closed, "a never reaches np on rdma", &["holds:"]),
            ("firewall: { in: null }", "a never reaches rp", &["holds:"]),
            ("", "a never reaches rp", &["violated:", "tcp:2049"]),
        ],
    );
}

#[test]
fn an_intent_under_which_nobody_is_asked_is_no_pass() {
    check(
        RAILS,
        &[
            ("", "one reaches one", &["undecided: NobodyToAsk"]),
            ("", "one never reaches one", &["undecided: NobodyToAsk"]),
            ("clusters: { one: { count: 2 } }", "one reaches one", &["holds: 4 pairs"]),
            (
                "clusters: { one: { count: 2 } }",
                "one reaches one on rdma, after any one instance of one fails",
                &["holds: 2 pairs", "nobody else is left who would reach `one`"],
            ),
        ],
    );
}

#[test]
fn failures_that_were_not_judged_are_said() {
    check(
        RAILS,
        &[
            (
                "",
                "gpu reaches rp, after any one instance of gpu fails",
                &["holds: 2 pairs by tcp:2049;", "clients `gpu` are only counted, and such", "no failure was judged"],
            ),
            (
                "",
                "gpu reaches a on tcp:2049, after any two instances of one fail",
                &["before and after 1 failure", "no two at once were judged"],
            ),
        ],
    );
}

/// Whoever is beyond a VPN or a router that learns routes may send, and nobody knows who that is.
#[test]
fn what_comes_from_afar_leaves_nothing_else_undecided() {
    let network = "network: projects/p/global/networks/n";
    let vpn = format!(
        "resources: [{{ kind: 'compute#vpnGateway', name: g, selfLink: projects/p/regions/us-central1/vpnGateways/g, {network} }}]"
    );
    let router = format!(
        "resources: [{{ kind: 'compute#router', name: b, selfLink: projects/p/regions/us-central1/routers/b, region: projects/p/regions/us-central1, {network}, bgpPeers: [{{ name: b, peerIpAddress: 169.254.0.2 }}] }}]"
    );
    check(
        RAILS,
        &[
            ("firewall: { in: null }", "nothing else reaches one on tcp", &["holds:"]),
            (
                &format!("firewall: {{ in: null }}\n{vpn}"),
                "nothing else reaches one on tcp",
                &["undecided: NotModelled"],
            ),
            (
                &format!("firewall: {{ in: null }}\n{router}"),
                "nothing else reaches one on tcp",
                &["undecided: NotModelled"],
            ),
            (&vpn, "nothing else reaches one on tcp", &["violated:"]),
            (&vpn, "only a reaches one on tcp:2049", &["violated:", "from `gpu`"]),
            (&vpn, "only a reaches one on rdma", &["holds:"]),
        ],
    );
}

/// Nobody asked about the port that is shown.
#[test]
fn where_no_port_is_let_through_the_one_that_is_shown_is_one_of_many() {
    check(
        RAILS,
        &[
            (
                "firewall: { in: null }",
                "gpu reaches one",
                &[
                    "violated:",
                    "by no port does IP get from `gpu` to `one-1 nic0` and back; tcp:1, for one, is dropped",
                ],
            ),
            (
                "firewall: { in: null }",
                "gpu reaches one on tcp:22",
                &["violated:", "tcp:22 from `gpu` to `one-1 nic0` is dropped"],
            ),
        ],
    );
}

/// What a wish comes to, without the witness: which one is shown may differ.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Came {
    Holds,
    Violated,
    Undecided,
}

/// What a comparison has seen, so that it is known to have compared something.
#[derive(Default)]
struct Seen {
    came: BTreeSet<Came>,
    /// Wishes whose answer is not the same in all situations.
    decided_by_failure: usize,
}

/// Every state of the world that a wish about one failure names, or about two, one by one.
fn every_failure(network: &Network, plane: &Plane<'_>, parties: [Party; 2], count: u8) -> Vec<Situation> {
    let machines: BTreeSet<_> = parties.iter().flat_map(|party| intent::machines(plane, *party)).collect();
    let mut parts = BTreeSet::new();
    for instance in machines {
        let row = &network.instances[instance];
        parts.insert(Part::Instance(instance));
        parts.extend(row.nics.peek().iter().copied().map(Part::Nic));
        parts.extend(row.zone.peek().iter().cloned().map(Part::Zone));
    }
    let parts: Vec<Part> = parts.into_iter().collect();
    let mut all = vec![Situation::default()];
    all.extend(parts.iter().map(|part| Situation::after([part.clone()])));
    if count > 1 {
        for (place, one) in parts.iter().enumerate() {
            all.extend(parts[place + 1..].iter().map(|other| Situation::after([one.clone(), other.clone()])));
        }
    }
    all
}

/// Compares what is judged by one failure of each kind with what each failure by itself comes to.
fn compare(what: &str, loaded: &Loaded, count: u8, seen: &mut Seen) {
    let platform = Platform::new(Catalog::embedded());
    let network = &loaded.network;
    let plane = Plane::new(network, &platform);
    let facts = Facts::new(Catalog::embedded());
    let clusters = network.clusters.ids().map(|id| (Party::Cluster(id), Party::Cluster(id)));
    let users = network
        .vips
        .iter()
        .flat_map(|(pool, row)| row.clients.iter().map(move |clients| (Party::Clients(*clients), Party::Vips(pool))));
    for (from, to) in clusters.chain(users) {
        for rail in [None, Some(Rail::Rdma)] {
            let how = How { rail, port: None };
            let after = Some(After { count, failing: Failing::Any, of: None });
            let wish = Wish { reach: Reach::Reaches(from), to, how: &how, after };
            let judged = match intent::judge(&plane, &facts, &wish) {
                Ok(Judgement::Holds(_)) => Came::Holds,
                Ok(Judgement::Violated(_)) => Came::Violated,
                Err(_) => Came::Undecided,
            };
            let mut each: BTreeSet<Came> = BTreeSet::new();
            for situation in every_failure(network, &plane, [from, to], count) {
                let scene = Scene { plane: &plane, facts: &facts, situation: &situation };
                each.insert(match scene.reaches(from, to, &how, &mut Proof::default()) {
                    Ok(None) => Came::Holds,
                    Ok(Some(_)) => Came::Violated,
                    Err(_) => Came::Undecided,
                });
            }
            let worst = [Came::Violated, Came::Undecided, Came::Holds].into_iter().find(|came| each.contains(came));
            assert_eq!(Some(judged), worst, "{what}: {from:?} reaches {to:?} by {rail:?}, of {each:?}");
            seen.came.insert(judged);
            seen.decided_by_failure += usize::from(each.len() > 1);
        }
    }
}

/// One failure of each kind stands for all that nothing tells apart, in a share of the models that the pages describe.
#[test]
fn one_failure_of_a_kind_stands_for_all() {
    let mut seen = Seen::default();
    for rule in RULES.iter().step_by(4) {
        let page = Page::parse(rule.page).unwrap_or_else(|error| panic!("{}: {error}", rule.code));
        for example in page.examples.iter().filter(|example| example.of != Example::PLAN) {
            let model = match example.of {
                "h4d" => H4D,
                "a4" => A4,
                _ => Z4M,
            };
            compare(rule.code, &load(model, example.patch), 1, &mut seen);
        }
    }
    assert!(seen.came.contains(&Came::Holds) && seen.came.contains(&Came::Violated), "both are seen");
    assert!(seen.decided_by_failure > 0, "some failure decides");
}

/// And two failures of two kinds, of one machine or of two, for all such pairs.
#[test]
fn two_failures_of_two_kinds_stand_for_all() {
    let mut seen = Seen::default();
    let small = "clusters: { vault: { count: 3, grows-to: null } }";
    let apart = "clusters: { vault: { count: 3, grows-to: null, zone: null, zones: [us-central1-a, us-central1-b] } }";
    for (model, patch) in [(Z4M, small), (Z4M, apart), (H4D, "clusters: { solver: { count: 3, grows-to: null } }")] {
        compare(patch, &load(model, patch), 2, &mut seen);
    }
    assert!(seen.came.contains(&Came::Holds) && seen.came.contains(&Came::Violated), "both are seen");
    assert!(seen.decided_by_failure > 0, "some failure decides");
}
