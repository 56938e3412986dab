//! What the sentences of `intents:` ask, as the page of `intent-violated` says: each line is a patch of a healthy model, a sentence, and what it comes to.

use twinrail_facts::{Catalog, Date};
use twinrail_intake::{Input, Loaded};
use twinrail_model::{Answer, Judged};
use twinrail_rules::{Config, Run};

const Z4M: &str = include_str!("../../../examples/z4m.yaml");
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
            (closed, "gpu never reaches vault", &["holds: 24 pairs by RDMA verbs, IP on every port"]),
            ("", "gpu never reaches vault on tcp:22", &["holds: 24 pairs by tcp:22"]),
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
