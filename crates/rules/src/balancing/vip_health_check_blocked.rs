//! VIPs that health checks move, over instances to which no firewall rule lets health checks in on any port.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, Judged, MoverKind, Place, View, VipPoolId};

use crate::ingress::{Ingress, Tcp, ingress, policies_speak};
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "vip-health-check-blocked",
    class: Class::Broken,
    page: include_str!("../../pages/vip-health-check-blocked.md"),
    judge: Judge::VipPool(judge),
};

fn judge(view: &View<'_>, pool: VipPoolId) -> Judged {
    let network = view.network;
    let row = &network.vips[pool];
    // Where the input has the load balancer, its backend service is judged instead, with its port.
    if row.mover.kind != MoverKind::LbHealthCheck || !row.forwarding_rules.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let Some(vpc) = network.vip_vpc(row) else { return Ok(Answer::NotApplicable) };
    let Some(holder) = network.clusters[row.over].instances.first().copied() else { return Ok(Answer::NotApplicable) };
    if !view.profile(vpc)?.is_ordinary() || !view.facts.get(keys::firewall::HEALTH_CHECKS_NEED_RULE) {
        return Ok(Answer::NotApplicable);
    }
    let from = view.facts.get(keys::firewall::HEALTH_CHECK_RANGES);
    let to = Tcp { port: None };
    if policies_speak(view, vpc, from, to) {
        return Ok(Answer::NotApplicable);
    }
    let (why, rule) = match ingress(view, vpc, &network.instances[holder], from, to)? {
        Ingress::Admitted => return Ok(Answer::Holds),
        Ingress::Denied(rule, range) => (format!("rule `{}` denies {range}", network.short(rule)), Some(rule)),
        Ingress::Unmatched(range) => (format!("no rule of network `{}` allows {range}", network.short(vpc)), None),
    };
    let mut finding = Finding::new(
        Place::field(pool, "mover"),
        format!(
            "health checks of the VIPs of `{}` reach `{}` on no TCP port: {why}",
            network.short(pool),
            network.short(row.over)
        ),
    )
    .label("moved by health checks")
    .also(row.over, "these instances would all be unhealthy")
    .help("allow the health check ranges in on the port that the holder opens");
    if let Some(rule) = rule {
        finding = finding.also(rule, "denies them");
    }
    Ok(finding.into())
}
