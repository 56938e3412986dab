//! A static route whose destination lies inside a subnet range of its network, or equals one: subnet routes always win, so the API refuses it.

use twinrail_model::{Answer, Class, Finding, Judged, Place, RouteId, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "route-inside-subnet",
    class: Class::Refused,
    page: include_str!("../../pages/route-inside-subnet.md"),
    judge: Judge::Route(judge),
};

fn judge(view: &View<'_>, route: RouteId) -> Judged {
    let row = &view.network.routes[route];
    if !row.is_static() {
        return Ok(Answer::NotApplicable);
    }
    let Some(refusal) = admit::route::destination_is_outside_subnets(view, row)? else { return Ok(Answer::Holds) };
    let (subnet, range) = admit::route::subnet_around_destination(view.network, row)?
        .expect("a refused destination lies in a subnet range");
    let destination = row.destination.get()?;
    let finding = Finding::new(
        Place::field(route, "destRange"),
        format!(
            "route `{}` leads to {destination}, inside range {range} of subnet `{}`",
            view.network.short(route),
            view.network.short(subnet)
        ),
    )
    .label(format!("inside {range}"))
    .also(subnet, "this subnet holds the range")
    .help("take addresses outside every subnet of the network for what routes move, or move addresses of the subnet as alias ranges")
    .refused(refusal);
    Ok(finding.into())
}
