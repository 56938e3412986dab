//! A Cloud Router, with or without Cloud NAT, in a network whose profile blocks it.

use twinrail_model::{Answer, Class, Feature, Finding, Judged, Place, RouterId, View, admit};

use crate::blocked::{self, named};
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "router-on-rdma-network",
    class: Class::Refused,
    page: include_str!("../../pages/router-on-rdma-network.md"),
    judge: Judge::Router(judge),
};

fn judge(view: &View<'_>, router: RouterId) -> Judged {
    let row = &view.network.routers[router];
    let vpc = row.vpc.get()?;
    if view.profile(vpc)?.is_ordinary() {
        return Ok(Answer::NotApplicable);
    }
    let (name, network) = (view.network.short(router), named(view, vpc));
    let help = "give instances their way out by nic0, in an ordinary network with its own router and Cloud NAT";
    if let Some(refusal) = admit::profile::nat_allowed(view, router)? {
        let finding =
            Finding::new(Place::field(router, "nats"), format!("Cloud NAT of router `{name}` serves {network}"))
                .label(row.nats.iter().map(|nat| nat.name.as_str()).collect::<Vec<_>>().join(", "))
                .help(help);
        return blocked::by_profile(view, vpc, Feature::CloudNat, refusal, finding);
    }
    let Some(refusal) = admit::profile::router_allowed(view, router)? else { return Ok(Answer::Holds) };
    let finding = Finding::new(Place::field(router, "network"), format!("Cloud Router `{name}` is in {network}"))
        .label("this router")
        .help(help);
    blocked::by_profile(view, vpc, Feature::CloudRouter, refusal, finding)
}
