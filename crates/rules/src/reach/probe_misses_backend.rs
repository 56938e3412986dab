//! An internal load balancer whose health checks do not get to a backend, or whose answers do not get back: the backend stays unhealthy.

use twinrail_model::{Answer, BackendServiceId, Class, HealthCheckId, Judged, Place, Scheme, Situation, View};
use twinrail_reach::intent::{Demand, Proof, Scene, Sent, Violation};
use twinrail_reach::{End, Pair, Plane, Sender, probe_traffic};

use crate::named::is_named;
use crate::rule::{Judge, Rule, Walk};
use crate::walks::{self, About};

pub const RULE: Rule = Rule {
    code: "probe-misses-backend",
    class: Class::Broken,
    page: include_str!("../../pages/probe-misses-backend.md"),
    judge: Judge::Walk(Walk::BackendService(judge)),
};

fn judge(view: &View<'_>, plane: &Plane<'_>, service: BackendServiceId) -> Judged {
    let network = view.network;
    let row = &network.backend_services[service];
    if *row.scheme != Scheme::Internal || row.health_checks.is_empty() || row.backends.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let Some(rule) = network.rules_of(service).next() else { return Ok(Answer::NotApplicable) };
    let situation = Situation::default();
    let scene = Scene { plane, facts: view.facts, situation: &situation };
    let mut proof = Proof { situations: 1, ..Proof::default() };
    for check in row.health_checks.iter().copied() {
        let Some(traffic) = probe_traffic(network, service, check)? else { continue };
        let backends = row.backends.len() as u64;
        let pair = Pair { from: Sender::Prober(service), to: End::Rule(rule), stands_for: backends };
        if let Some(why) = scene.ask(&[pair], &Demand::Every(Sent::These(vec![traffic])))? {
            let violation = Violation { situation, why };
            let is_named = is_named(view, plane, &violation);
            return Ok(if is_named { Answer::NotApplicable } else { finding(view, service, check, &violation) });
        }
        proof.pairs += backends;
        proof.traffic.push(traffic.to_string());
    }
    Ok(Answer::Proved(walks::lines(&proof)))
}

fn finding(view: &View<'_>, service: BackendServiceId, check: HealthCheckId, violation: &Violation) -> Answer {
    let about = About {
        network: view.network,
        place: Place::field(service, "healthChecks"),
        claim: format!("a backend of `{}` never answers its health checks", view.network.short(service)),
        label: "every backend like it stays unhealthy".to_owned(),
    };
    walks::finding(&about, violation).also(check, "this is what probes").into()
}
