//! An RDMA network with another MTU than its profile sets.

use twinrail_facts::Count;
use twinrail_model::{Answer, Class, Finding, Judged, Place, View, VpcId};

use crate::blocked::named;
use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "mtu-not-of-profile",
    class: Class::Risk,
    page: include_str!("../../pages/mtu-not-of-profile.md"),
    judge: Judge::Vpc(judge),
};

fn judge(view: &View<'_>, vpc: VpcId) -> Judged {
    let profile = view.profile(vpc)?;
    let stated = view.network.vpcs[vpc].mtu.get()?;
    if profile.is_ordinary() {
        return Ok(Answer::NotApplicable);
    }
    // Without a stated MTU the profile's own is taken.
    let Some(mtu) = stated else { return Ok(Answer::Holds) };
    let best = profile.get::<Count>(view.facts, "mtu")?;
    if mtu == best {
        return Ok(Answer::Holds);
    }
    Ok(Finding::new(
        Place::field(vpc, "mtu"),
        format!("{} has an MTU of {mtu}, and its profile is made for {best}", named(view, vpc)),
    )
    .label(format!("not {best}"))
    .help(format!("set the MTU to {best}, or leave it out: the profile's default is {best}"))
    .note("a smaller MTU also bounds the size of RDMA packets, and so what one NIC can carry")
    .into())
}
