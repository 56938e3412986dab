//! A static route in a network whose profile blocks it.

use twinrail_model::{Answer, Class, Feature, Finding, Judged, Place, RouteId, View, admit};

use crate::blocked::{self, named};
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "static-route-on-rdma-network",
    class: Class::Refused,
    page: include_str!("../../pages/static-route-on-rdma-network.md"),
    judge: Judge::Route(judge),
};

fn judge(view: &View<'_>, route: RouteId) -> Judged {
    let row = &view.network.routes[route];
    if !row.is_static() {
        return Ok(Answer::NotApplicable);
    }
    let vpc = row.vpc.get()?;
    if view.profile(vpc)?.is_ordinary() {
        return Ok(Answer::NotApplicable);
    }
    let Some(refusal) = admit::profile::static_route_allowed(view, row)? else { return Ok(Answer::Holds) };
    let message = format!("route `{}` is a static route in {}", view.network.short(route), named(view, vpc));
    let finding = Finding::new(Place::field(route, "network"), message)
        .label("this route")
        .help("route on the ordinary rail; instances of one RDMA network reach each other by its subnet routes alone");
    blocked::by_profile(view, vpc, Feature::StaticRoutes, refusal, finding)
}
