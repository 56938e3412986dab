//! Names that calls give: movers, pools and words, read with a hint where one means nothing. Not here: what is done with them.

use twinrail_model::{MoverKind, Network, VipPoolId};

/// Movers by their names, each once.
pub(crate) fn movers(names: &[String], errors: &mut Vec<String>) -> Vec<MoverKind> {
    let mut movers: Vec<MoverKind> = Vec::new();
    let kinds = || MoverKind::ALL.iter().map(|kind| kind.word().to_owned());
    for text in names {
        let mover: Option<MoverKind> = text.parse().ok();
        let mover = known(mover, ("--mover", "mover"), text, kinds(), errors);
        movers.extend(mover.filter(|mover| !movers.contains(mover)));
    }
    movers
}

/// All pools of a name are meant by it; all there are, if none is named.
pub(crate) fn pools(network: &Network, names: &[String], errors: &mut Vec<String>) -> Vec<VipPoolId> {
    let all = || network.vips.iter().map(|(pool, _)| pool);
    if names.is_empty() {
        return all().collect();
    }
    let mut pools: Vec<VipPoolId> = Vec::new();
    for text in names {
        let meant: Vec<VipPoolId> = all().filter(|pool| network.short(*pool) == *text).collect();
        let found = (!meant.is_empty()).then_some(());
        let there = all().map(|pool| network.short(pool));
        known(found, ("--pool", "pool of virtual IPs"), text, there, errors);
        pools.extend(meant);
    }
    pools.sort_unstable();
    pools.dedup();
    pools
}

/// What was read; a name that means nothing joins the errors, with what was probably meant.
pub(crate) fn known<T>(
    read: Option<T>,
    (option, kind): (&str, &str),
    text: &str,
    names: impl Iterator<Item = String>,
    errors: &mut Vec<String>,
) -> Option<T> {
    if read.is_none() {
        let names: Vec<String> = names.collect();
        let near = names.iter().map(|name| (strsim::damerau_levenshtein(text, name), name)).min();
        let hint = match near {
            Some((distance, name)) if distance <= 1 + name.len() / 3 => format!("did you mean `{name}`?"),
            Some(_) => format!("one of {}", names.join(", ")),
            None => "the input has none".to_owned(),
        };
        errors.push(format!("{option}: no {kind} is named `{text}`\n  hint: {hint}"));
    }
    read
}
