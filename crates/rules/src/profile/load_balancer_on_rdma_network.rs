//! A load balancer whose address or backends are in a network whose profile blocks it.

use twinrail_model::{Answer, Class, Feature, Finding, ForwardingRuleId, Judged, Place, View, VpcId, admit};

use crate::blocked::{self, named};
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "load-balancer-on-rdma-network",
    class: Class::Refused,
    page: include_str!("../../pages/load-balancer-on-rdma-network.md"),
    judge: Judge::ForwardingRule(judge),
};

fn judge(view: &View<'_>, rule: ForwardingRuleId) -> Judged {
    let row = &view.network.forwarding_rules[rule];
    if !admit::profile::is_internal(&row.scheme) {
        return Ok(Answer::NotApplicable);
    }
    let service = row.backend_service.map(|service| &view.network.backend_services[service]);
    let backends = service.and_then(|service| *service.vpc);
    let mut with_profile: Option<VpcId> = None;
    for vpc in backends.map(Ok).into_iter().chain([row.vpc.get()]) {
        let vpc = vpc?;
        if with_profile.is_none() && !view.profile(vpc)?.is_ordinary() {
            with_profile = Some(vpc);
        }
    }
    let Some(vpc) = with_profile else { return Ok(Answer::NotApplicable) };
    let Some(refusal) = admit::profile::load_balancer_allowed(view, row, service)? else { return Ok(Answer::Holds) };
    let message = format!("load balancer `{}` is in {}", view.network.short(rule), named(view, vpc));
    let finding = Finding::new(Place::field(rule, "network"), message)
        .label("this forwarding rule")
        .help("balance over the ordinary NICs; on the RDMA rail clients choose among the nodes' own addresses");
    blocked::by_profile(view, vpc, Feature::LoadBalancing, refusal, finding)
}
