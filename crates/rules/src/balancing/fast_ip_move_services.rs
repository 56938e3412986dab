//! More backend services with fast IP move in one network and region than there may be.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Finding, Judged, View, VpcId, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "fast-ip-move-services",
    class: Class::Refused,
    page: include_str!("../../pages/fast-ip-move-services.md"),
    judge: Judge::Vpc(judge),
};

fn judge(view: &View<'_>, vpc: VpcId) -> Judged {
    let Some((region, count)) = admit::balancing::most_fast_services(view, vpc, view.network.backend_services.rows())
    else {
        return Ok(Answer::NotApplicable);
    };
    let Some(refusal) = admit::balancing::fast_services_within_limit(view, region, count)? else {
        return Ok(Answer::Holds);
    };
    let limit = view.facts.get(keys::lb::FAST_IP_MOVE_SERVICES_PER_NETWORK_REGION);
    let finding = Finding::new(
        vpc,
        format!(
            "network `{}` has {count} backend services with fast IP move in {region}, and may have {limit}",
            view.network.short(vpc)
        ),
    )
    .label(format!("{count} such services"))
    .note("every VIP that moves on its own needs a service, as one announcement moves all addresses of a service")
    .help("let VIPs that may move together share a service, or move some of them as alias ranges")
    .refused(refusal);
    Ok(finding.into())
}
