//! A backend of an internal passthrough load balancer with a balancing mode that such load balancers do not have.

use twinrail_facts::keys;
use twinrail_model::{Answer, BackendServiceId, Class, Finding, Judged, Place, Scheme, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "lb-balancing-mode",
    class: Class::Refused,
    page: include_str!("../../pages/lb-balancing-mode.md"),
    judge: Judge::BackendService(judge),
};

fn judge(view: &View<'_>, service: BackendServiceId) -> Judged {
    let row = &view.network.backend_services[service];
    if row.scheme != Scheme::Internal || row.backends.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let Some(refusal) = admit::balancing::balancing_mode(view, row)? else { return Ok(Answer::Holds) };
    let only = view.facts.get(keys::lb::BALANCING_MODE);
    let mut modes = row.backends.iter().filter_map(|backend| backend.balancing_mode.as_deref());
    let wrong = modes.find(|mode| *mode != only).expect("a refused service has a backend with another mode");
    let finding = Finding::new(
        Place::field(service, "backends"),
        format!(
            "backend service `{}` has a backend of balancing mode {wrong}, where an internal passthrough load balancer takes {only} only",
            view.network.short(service)
        ),
    )
    .label(format!("{wrong} here"))
    .help(format!("set the balancing mode to {only}, also where a tool's default is another"))
    .refused(refusal);
    Ok(finding.into())
}
