//! An instance with more NICs than its machine type takes.

use twinrail_model::{Answer, Class, Finding, InstanceId, Judged, Place, View, admit};

use crate::rule::{Judge, Rule};
use crate::siblings;

pub const RULE: Rule = Rule {
    code: "too-many-nics-on-instance",
    class: Class::Refused,
    page: include_str!("../../pages/too-many-nics-on-instance.md"),
    judge: Judge::Instance(judge),
};

fn judge(view: &View<'_>, instance: InstanceId) -> Judged {
    let row = &view.network.instances[instance];
    if row.nics.len() < 2 || siblings::repeats_plan(view.network, instance) {
        return Ok(Answer::NotApplicable);
    }
    let nics = view.network.nic_rows(instance);
    let Some(refusal) = admit::instance::nic_count_fits(view, row, &nics)? else { return Ok(Answer::Holds) };
    let dynamic = nics.len() - admit::instance::vnics(&nics);
    let of_them = if dynamic > 0 { format!(", {dynamic} of them Dynamic NICs") } else { String::new() };
    let message = format!("{} has {} NICs{of_them}", view.network.short(instance), row.nics.len());
    let finding = Finding::new(Place::field(instance, "networkInterfaces"), message)
        .label(format!("{} NICs", row.nics.len()))
        .help("leave out NICs that share a network with another one, or take a machine type with more vCPUs")
        .refused(refusal);
    Ok(siblings::count_note(finding, view.network, instance).into())
}
