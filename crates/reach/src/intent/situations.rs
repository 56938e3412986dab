//! `after …`: the states of the world in which a wish is to be true, the one without failure first. After a failure every move is complete, and any candidate
//! may hold each VIP. Not here: how likely or how long.

use std::collections::BTreeSet;

use twinrail_model::{After, Ask, Failing, Field, InstanceId, Part, Party, Reach, Situation};

use super::{Wish, machines};
use crate::failure::failures;
use crate::plane::Plane;

/// Situations, and how many they stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situations {
    /// The first is the one in which nothing is down.
    pub each: Vec<Situation>,
    pub stands_for: u64,
    /// What was left out, in words.
    pub left_out: Vec<String>,
}

/// The situations that a wish names: one of each kind, as it does not matter which of several machines that nothing tells apart fails.
///
/// # Errors
/// The hole, where the input does not say which parts there are.
pub fn situations(plane: &Plane<'_>, wish: &Wish<'_>) -> Field<Situations> {
    let mut each = vec![Situation::default()];
    let mut left_out = Vec::new();
    let mut stands_for = 1;
    if let Some(after) = wish.after {
        let parts = parts(plane, wish, &after)?;
        let found = failures(plane, &parts, after.count > 1, &apart(plane, wish));
        stands_for += found.stands_for;
        if found.left_out > 0 {
            let total = found.stands_for + found.left_out;
            left_out.push(format!("bound hit: {} of {total} failures were judged", found.stands_for));
        }
        left_out.extend(counted(plane, wish, &after));
        if parts.is_empty() {
            left_out.push("nothing is there that could fail as the intent says: no failure was judged".to_owned());
        } else if after.count > 1 && parts.len() == 1 {
            left_out.push("only one part is there that could fail: no two at once were judged".to_owned());
        } else if after.count > 1 {
            left_out.push("failures of one part and of two at once were judged, of three or more none".to_owned());
        }
        each.extend(found.each.into_iter().map(|failure| failure.situation));
    }
    Ok(Situations { each, stands_for, left_out })
}

/// Whose parts may fail.
fn whose(wish: &Wish<'_>, after: &After) -> Vec<Party> {
    let from = match wish.reach {
        Reach::Reaches(from) | Reach::Never(from) | Reach::Only(from) => Some(from),
        Reach::NothingElse => None,
    };
    match after.of {
        Some(of) => vec![of],
        None => [from, Some(wish.to)].into_iter().flatten().collect(),
    }
}

/// Says of clients that are only counted that no failure of theirs is judged.
fn counted(plane: &Plane<'_>, wish: &Wish<'_>, after: &After) -> Vec<String> {
    let network = plane.network;
    let mut lines = Vec::new();
    for party in whose(wish, after) {
        let Party::Clients(group) = party else { continue };
        let line = format!("clients `{}` are only counted, and such clients do not fail", network.short(group));
        if network.client_instances(&network.clients[group]).is_empty() && !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// The parts that may fail.
fn parts(plane: &Plane<'_>, wish: &Wish<'_>, after: &After) -> Field<Vec<Part>> {
    let network = plane.network;
    let whose = whose(wish, after);
    let of_parties = |parties: &[Party]| -> BTreeSet<InstanceId> {
        parties.iter().flat_map(|party| machines(plane, *party)).collect()
    };
    let all = of_parties(&whose);
    let holders: Vec<Party> = whose.iter().copied().filter(|party| matches!(party, Party::Vips(_))).collect();
    let mut found = BTreeSet::new();
    let fails = |kind: Failing| after.failing == kind || after.failing == Failing::Any;
    if fails(Failing::Instance) {
        found.extend(all.iter().copied().map(Part::Instance));
    }
    if fails(Failing::Holder) {
        // Where no VIPs are named, those over the machines are meant.
        let holders = if holders.is_empty() { all.clone() } else { of_parties(&holders) };
        found.extend(holders.into_iter().map(Part::Instance));
    }
    if fails(Failing::Nic) {
        for instance in &all {
            found.extend(network.nics_of(*instance)?.iter().copied().map(Part::Nic));
        }
    }
    if fails(Failing::Zone) {
        for instance in &all {
            found.insert(Part::Zone(network.instances[*instance].zone.get()?));
        }
    }
    Ok(found.into_iter().collect())
}

/// Machines that this wish or an intent names one by one: what fails of them stands for nobody else.
fn apart(plane: &Plane<'_>, wish: &Wish<'_>) -> Vec<BTreeSet<InstanceId>> {
    let from = |reach: &Reach| match *reach {
        Reach::Reaches(from) | Reach::Never(from) | Reach::Only(from) => Some(from),
        Reach::NothingElse => None,
    };
    let mut parties: Vec<Party> = from(&wish.reach).into_iter().chain([wish.to]).collect();
    for intent in plane.network.intents.rows() {
        if let Ask::Reach { reach, to, .. } = &intent.ask {
            parties.extend(from(reach).into_iter().chain([*to]));
        }
    }
    let named = parties.into_iter().filter_map(|party| match party {
        Party::Instance(instance) => Some(instance),
        Party::Cluster(_) | Party::Clients(_) | Party::Vips(_) | Party::Internet => None,
    });
    let named: BTreeSet<InstanceId> = named.collect();
    named.into_iter().map(|instance| BTreeSet::from([instance])).collect()
}
