//! Six mistakes that people make, each a model in `examples/mistakes`: `twinrail check` finds each by its code, at the hop where it happens, and says how many
//! intents hold.

use twinrail_facts::{Catalog, Date};
use twinrail_intake::Input;
use twinrail_model::{Answer, Finding, Network};
use twinrail_rules::{Config, Level};

fn today() -> Date {
    "2026-11-22".parse().expect("a date")
}

/// The one finding of a rule that denies, and the network it is of.
fn found(file: &str, text: &str, code: &str) -> (Finding, Network) {
    let input = Input { path: file.to_owned(), text: text.to_owned() };
    let loaded = twinrail_intake::read(vec![input], today()).unwrap_or_else(|errors| panic!("{file}: {errors:?}"));
    let run = twinrail_rules::run(&loaded.network, Catalog::embedded(), &Config::default(), today());
    let of_rule = run.outcomes.iter().filter(|outcome| outcome.rule.code == code);
    let violated: Vec<_> = of_rule.filter(|outcome| outcome.is_certain_violation()).collect();
    let [outcome] = violated.as_slice() else { panic!("{file}: {code} is violated {} times", violated.len()) };
    assert_eq!(outcome.level, Level::Deny, "{file}: it fails the check");
    let Ok(Answer::Violated(finding)) = &outcome.decision.arms[0].answer else { panic!("{file}: a violation") };
    ((**finding).clone(), loaded.network)
}

/// Checks that a finding says what it should, and that its last step, at the entity of that name, is the hop that decides.
fn check(file: &str, text: &str, code: &str, says: &[&str], last_step: (&str, &str)) {
    let (finding, network) = found(file, text, code);
    for part in says {
        assert!(finding.message.contains(part), "{file}: `{}` has no `{part}`", finding.message);
    }
    let (place, words) = finding.path.last().unwrap_or_else(|| panic!("{file}: the finding shows the way"));
    assert_eq!((network.short(place.entity).as_str(), words.as_str()), last_step, "{file}");
}

macro_rules! mistake {
    ($name:ident, $file:literal, $code:literal, $says:expr, $last:expr) => {
        #[test]
        fn $name() {
            check($file, include_str!(concat!("../../../examples/mistakes/", $file)), $code, &$says, $last);
        }
    };
}

mistake!(
    firewall_rules_on_a_falcon_network_govern_nothing,
    "firewall-rules-that-govern-nothing.yaml",
    "intent-violated",
    ["rdma from `scratch-1 nic1` to `vault-1 nic1` reaches `vault-1 nic1`", "ingress is then allowed"],
    ("vault-1 nic1", "taken by vault-1 nic1")
);
mistake!(
    alias_ranges_fail_over_on_nic0_only,
    "alias-fails-over-on-nic0-only.yaml",
    "intent-violated",
    ["VIP_HAS_NO_HOLDER"],
    ("nfs", "no instance could hold it")
);
mistake!(
    a_backend_reaches_its_own_vip_and_never_its_peers,
    "backend-that-calls-its-own-vip.yaml",
    "intent-violated",
    ["`vault reaches nfs on tcp:2049`", "BACKEND_REACHES_ITSELF"],
    ("vault", "the guest holds the load balancer's address, so it answers itself and never reaches a peer")
);
mistake!(
    a_peering_is_not_transitive,
    "peering-is-not-transitive.yaml",
    "intent-violated",
    ["PRIVATE_TRAFFIC_TO_INTERNET"],
    ("desk-1 nic0", "an address of 10.10.0.0/22 is no address of the internet")
);
mistake!(
    a_health_check_never_arrives,
    "health-check-that-never-arrives.yaml",
    "probe-misses-backend",
    ["FIREWALL_BLOCKING_LOAD_BALANCER_BACKEND_HEALTH_CHECK"],
    ("nfs", "no rule matches, and ingress is then denied")
);
mistake!(
    a_reply_from_nic1_leaves_by_nic0,
    "reply-from-nic1-leaves-by-nic0.yaml",
    "intent-violated",
    ["the reply to tcp:2049", "FOREIGN_IP_DISALLOWED"],
    (
        "vault-1",
        "reply: vault-1 nic0 may not send from 10.10.2.0: it is no address of this NIC, and canIpForward is off"
    )
);

/// The note names the peerings that people expect to add up.
#[test]
fn the_chain_of_peerings_is_named() {
    let text = include_str!("../../../examples/mistakes/peering-is-not-transitive.yaml");
    let (finding, _) = found("peering-is-not-transitive.yaml", text, "intent-violated");
    assert_eq!(
        finding.notes.first().map(String::as_str),
        Some(
            "`tenant` is peered with `hub`, `hub` is peered with `storage`; a peering does not pass on the routes of a third network"
        )
    );
}
