//! A VPN gateway or an Interconnect attachment in a network whose profile blocks it.

use twinrail_model::{Answer, Class, Feature, Finding, GatewayId, GatewayKind, Judged, Place, View, admit};

use crate::blocked::{self, named};
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "gateway-on-rdma-network",
    class: Class::Refused,
    page: include_str!("../../pages/gateway-on-rdma-network.md"),
    judge: Judge::Gateway(judge),
};

fn judge(view: &View<'_>, gateway: GatewayId) -> Judged {
    let row = &view.network.gateways[gateway];
    let vpc = row.vpc.get()?;
    if view.profile(vpc)?.is_ordinary() {
        return Ok(Answer::NotApplicable);
    }
    let Some(refusal) = admit::profile::gateway_allowed(view, gateway)? else { return Ok(Answer::Holds) };
    let (what, feature) = match row.kind {
        GatewayKind::Vpn => ("VPN gateway", Feature::Vpn),
        GatewayKind::Interconnect => ("Interconnect attachment", Feature::Interconnect),
    };
    let message = format!("{what} `{}` leads into {}", view.network.short(gateway), named(view, vpc));
    let finding = Finding::new(Place::field(gateway, "network"), message).label(format!("this {what}")).help(
        "end it in an ordinary network: RDMA does not leave its own network, and the nodes' other NICs serve the rest",
    );
    blocked::by_profile(view, vpc, feature, refusal, finding)
}
