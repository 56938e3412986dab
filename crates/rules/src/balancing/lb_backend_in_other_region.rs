//! A backend of an internal passthrough load balancer in another region than the load balancer.

use twinrail_model::{Answer, BackendServiceId, Class, Finding, Judged, Place, Scheme, View, admit};

use crate::rule::{Judge, Rule};

pub const RULE: Rule = Rule {
    code: "lb-backend-in-other-region",
    class: Class::Refused,
    page: include_str!("../../pages/lb-backend-in-other-region.md"),
    judge: Judge::BackendService(judge),
};

fn judge(view: &View<'_>, service: BackendServiceId) -> Judged {
    let row = &view.network.backend_services[service];
    if row.scheme != Scheme::Internal || row.backends.is_empty() {
        return Ok(Answer::NotApplicable);
    }
    let Some(refusal) = admit::balancing::backends_in_region(view, row)? else { return Ok(Answer::Holds) };
    let (backend, region) =
        admit::balancing::backend_elsewhere(view, row).expect("a refused service has a backend elsewhere");
    let own = row.region.as_deref().unwrap_or_default();
    let finding = Finding::new(
        Place::field(service, "backends"),
        format!(
            "backend service `{}` is in region {own} and its backend `{}` in {region}",
            view.network.short(service),
            view.network.short(backend)
        ),
    )
    .label(format!("a backend in {region}"))
    .also(backend, format!("in {region}"))
    .help("make one load balancer for each region, with global access if clients of other regions call it")
    .refused(refusal);
    Ok(finding.into())
}
