//! An internal load balancer whose health checks no firewall rule lets in to its backends: all of them stay unhealthy.

use std::collections::BTreeMap;

use twinrail_facts::keys;
use twinrail_model::{
    Answer, BackendServiceId, Class, Field, Finding, HealthCheckId, Hole, InstanceId, Judged, Place, Scheme, View,
    VpcId,
};

use crate::ingress::{Ingress, Tcp, ingress, policies_speak};
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "health-check-blocked",
    class: Class::Broken,
    page: include_str!("../../pages/health-check-blocked.md"),
    judge: Judge::BackendService(judge),
};

fn judge(view: &View<'_>, service: BackendServiceId) -> Judged {
    let row = &view.network.backend_services[service];
    if row.scheme != Scheme::Internal || row.health_checks.is_empty() || row.backends.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let (kinds, mut unknown) = kinds(view, service);
    if kinds.is_empty() {
        return unknown.map_or(Ok(Answer::NotApplicable), Err);
    }
    if !view.facts.get(keys::firewall::HEALTH_CHECKS_NEED_RULE) {
        return Ok(Answer::NotApplicable);
    }
    let from = view.facts.get(keys::firewall::HEALTH_CHECK_RANGES);
    for check in row.health_checks.iter().copied() {
        let port = port(view, check)?;
        for (vpc, instance) in kinds.iter().copied() {
            let to = Tcp { port: Some(port) };
            // A network with a profile takes no load balancer, which other rules say, and policies decide in an order that is not known here.
            if !view.profile(vpc)?.is_ordinary() || policies_speak(view, vpc, from, to) {
                return Ok(Answer::NotApplicable);
            }
            match ingress(view, vpc, &view.network.instances[instance], from, to) {
                Ok(Ingress::Admitted) => {}
                Ok(fate) => return Ok(finding(view, service, check, port, (vpc, instance), &fate).into()),
                Err(hole) => unknown = unknown.or(Some(hole)),
            }
        }
    }
    unknown.map_or(Ok(Answer::Holds), Err)
}

/// One backend of each kind that firewall rules could tell apart, with the network of the NIC it serves on; and what is not known of others.
fn kinds(view: &View<'_>, service: BackendServiceId) -> (Vec<(VpcId, InstanceId)>, Option<Hole>) {
    let network = view.network;
    let row = &network.backend_services[service];
    let mut kinds: BTreeMap<(VpcId, &[String], &[String]), InstanceId> = BTreeMap::new();
    let mut unknown: Option<Hole> = None;
    for backend in &row.backends {
        let members = backend.group.get().and_then(|endpoint| Ok((endpoint, network.members(endpoint)?)));
        let (endpoint, members) = match members {
            Ok(known) => known,
            Err(hole) => {
                unknown = unknown.or(Some(hole));
                continue;
            }
        };
        for member in members.iter().copied() {
            let instance = &network.instances[member];
            match network.backend_vpc(row, endpoint, member) {
                Ok(Some(vpc)) => {
                    kinds.entry((vpc, &instance.tags, &instance.service_accounts)).or_insert(member);
                }
                Ok(None) => {}
                Err(hole) => unknown = unknown.or(Some(hole)),
            }
        }
    }
    (kinds.into_iter().map(|((vpc, ..), member)| (vpc, member)).collect(), unknown)
}

fn port(view: &View<'_>, check: HealthCheckId) -> Field<u16> {
    view.network.health_checks[check].port.ok_or(Hole::NotInInput(Place::field(check, "port")))
}

fn finding(
    view: &View<'_>,
    service: BackendServiceId,
    check: HealthCheckId,
    port: u16,
    (vpc, instance): (VpcId, InstanceId),
    fate: &Ingress,
) -> Finding {
    let network = view.network;
    let why = match fate {
        Ingress::Denied(rule, range) => format!("rule `{}` denies {range}", network.short(*rule)),
        Ingress::Unmatched(range) => format!("no rule of network `{}` allows {range}", network.short(vpc)),
        Ingress::Admitted => unreachable!("a finding is made of what is not admitted"),
    };
    let finding = Finding::new(
        Place::field(service, "healthChecks"),
        format!("health checks of `{}` never reach its backends on tcp:{port}: {why}", network.short(service)),
    )
    .label("every backend stays unhealthy")
    .also(Place::field(check, "port"), format!("probes tcp:{port}"))
    .also(instance, "one of the backends")
    .help(format!("allow the health check ranges in on tcp:{port}, with a priority before any rule that denies them"));
    match fate {
        Ingress::Denied(rule, _) => finding.also(*rule, "denies them"),
        _ => finding,
    }
}
