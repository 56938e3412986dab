//! An RDMA instance of a machine type that the catalog does not have, so that nothing about the machine is judged.

use twinrail_model::{Answer, Class, Finding, Instance, InstanceId, Judged, Network, Place, View};

use crate::rule::{Judge, Rule};
use crate::siblings;

pub const RULE: Rule = Rule {
    code: "machine-not-in-catalog",
    class: Class::Risk,
    page: include_str!("../../pages/machine-not-in-catalog.md"),
    judge: Judge::Instance(judge),
};

/// How like another name a misspelt one is at least.
const LIKE: f64 = 0.9;

fn judge(view: &View<'_>, instance: InstanceId) -> Judged {
    let row = &view.network.instances[instance];
    if !matters(view, row) || siblings::repeats_plan(view.network, instance) {
        return Ok(Answer::NotApplicable);
    }
    let machine = row.machine.get()?;
    if view.platform.machine(&machine).is_some() {
        return Ok(Answer::Holds);
    }
    let help = match near(view, &machine) {
        Some(other) => format!("did you mean `{other}`?"),
        None => "check NIC counts, RDMA and bandwidth of this type by hand, or add it to the catalog".to_owned(),
    };
    let message = format!("{} is of type {machine}, which the catalog does not have", view.network.short(instance));
    let finding = Finding::new(Place::field(instance, "machineType"), message)
        .label("not judged")
        .note("rules about machine types pass such an instance over")
        .help(help);
    Ok(siblings::count_note(finding, view.network, instance).into())
}

/// Ordinary instances of an import need no facts about their machine type; clusters and RDMA do.
fn matters(view: &View<'_>, row: &Instance) -> bool {
    let Network { nics, .. } = view.network;
    row.cluster.is_some()
        || row.nics.iter().map(|nic| &nics[*nic]).any(|nic| {
            let rdma_type = matches!(&*nic.nic_type, Ok(Some(kind)) if kind.is_rdma());
            let rdma_network = nic.vpc.as_ref().is_ok_and(|vpc| view.is_profiled(*vpc));
            rdma_type || rdma_network
        })
}

/// The machine type whose name is most like a misspelt one.
fn near<'a>(view: &View<'a>, name: &str) -> Option<&'a str> {
    let scored =
        view.platform.machines().map(|machine| (strsim::jaro_winkler(name, &machine.name), machine.name.as_str()));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))?;
    (best.0 >= LIKE).then_some(best.1)
}
