//! Members of a managed instance group hold alias ranges that their template does not have.

use twinrail_facts::keys;
use twinrail_model::{Answer, Class, Field, Finding, Hole, InstanceId, Judged, Known, MigId, NicId, Place, View};

use crate::rule::{Judge, Rule};
use crate::words;

pub const RULE: Rule = Rule {
    code: "alias-added-to-mig-member",
    class: Class::Risk,
    page: include_str!("../../pages/alias-added-to-mig-member.md"),
    judge: Judge::Mig(judge),
};

fn judge(view: &View<'_>, mig: MigId) -> Judged {
    let network = view.network;
    let row = &network.migs[mig];
    let mut added: Vec<NicId> = Vec::new();
    let mut any = false;
    for instance in &row.instances {
        // A pool of the model file is judged with its mover.
        let pools =
            network.instances[*instance].cluster.is_some_and(|cluster| !network.clusters[cluster].vips.is_empty());
        for nic in network.instances[*instance].nics.iter().filter(|_| !pools) {
            if network.nics[*nic].aliases.is_empty() {
                continue;
            }
            any = true;
            if network.nics[*nic].aliases.len() > from_template(view, mig, *instance, network.nics[*nic].index)? {
                added.push(*nic);
            }
        }
    }
    let Some(first) = added.first() else { return Ok(if any { Answer::Holds } else { Answer::NotApplicable }) };
    if view.facts.get(keys::mig::RECREATE_KEEPS_ADDED_ALIAS_RANGES) {
        return Ok(Answer::Holds);
    }
    let finding = Finding::new(
        mig,
        format!(
            "{} alias ranges that the template of `{}` does not have: a recreated member is without them",
            words::verb(added.len(), "NIC", "has", "have"),
            network.short(mig)
        ),
    )
    .label("a group whose members were given alias ranges")
    .also(Place::field(*first, "aliasIpRanges"), "added after the member was made")
    .help("reserve these addresses, and have their owner put them back after a repair; or keep the instances out of a group");
    Ok(finding.into())
}

/// How many alias ranges the template gives this NIC.
fn from_template(view: &View<'_>, mig: MigId, instance: InstanceId, index: usize) -> Field<usize> {
    let network = view.network;
    let template = network.instances[instance].template.or(*network.migs[mig].template);
    let template = template.filter(|template| network.instances[*template].known == Known::Here);
    let template = template.ok_or(Hole::NotInInput(Place::field(mig, "instanceTemplate")))?;
    Ok(network.instances[template].nics.get(index).map_or(0, |nic| network.nics[*nic].aliases.len()))
}
