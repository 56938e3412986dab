//! Autohealing of a group whose nodes keep data on local SSD: one cause that fails the check everywhere empties them all.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, HealthCheckId, Judged, MigId, Place, View, admit};

use crate::local_data;
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "autohealing-empties-every-node",
    class: Class::Risk,
    page: include_str!("../../pages/autohealing-empties-every-node.md"),
    judge: Judge::Mig(judge),
};

fn judge(view: &View<'_>, mig: MigId) -> Judged {
    let row = &view.network.migs[mig];
    let Some((check, _)) = &*row.autohealing else { return Ok(Answer::NotApplicable) };
    let Some(member) = admit::instance::member_of(view.network, row) else { return Ok(Answer::NotApplicable) };
    if !local_data::is_kept(view, mig, member) {
        return Ok(Answer::NotApplicable);
    }
    if !*row.repairs || !view.facts.get(keys::mig::RECREATE_EMPTIES_LOCAL_SSD) {
        return Ok(Answer::Holds);
    }
    let message = format!(
        "group `{}` recreates every node that fails a health check, and a common cause fails it on all {}",
        view.network.short(mig),
        row.size
    );
    let mut finding = Finding::new(Place::field(mig, "autoHealingPolicies"), message)
        .label("autohealing")
        .help("take the health check off the group; let it watch nodes elsewhere, and repair them one by one, by hand or by software that counts");
    if let Ok(check) = check {
        finding = finding.also(*check, "the check").note(time_to_verdict(view, *check));
    }
    if let Some(tolerated) = local_data::tolerated(view, mig) {
        finding = finding.note(format!("the protection scheme tolerates {tolerated} lost nodes of {}", row.size));
    }
    if view.facts.get(keys::mig::AUTOHEALING_SPARES_SOME) {
        finding = finding.note(
            "by default fewer than all are recreated at a time, but an empty node does not pass the check either",
        );
    }
    Ok(finding.into())
}

/// How soon after the common cause the first nodes are recreated.
fn time_to_verdict(view: &View<'_>, check: HealthCheckId) -> String {
    let row = &view.network.health_checks[check];
    let defaults = (
        view.facts.get(keys::lb::HEALTH_CHECK_INTERVAL_DEFAULT),
        view.facts.get(keys::lb::HEALTH_CHECK_UNHEALTHY_THRESHOLD_DEFAULT),
    );
    let interval = row.interval_seconds.map_or(defaults.0, |seconds| seconds as f64);
    let failures = row.unhealthy_threshold.unwrap_or(defaults.1);
    format!(
        "{failures} failed probes × {interval} s = {} s until a node counts as unhealthy",
        failures as f64 * interval
    )
}
