//! `after …`: the states of the world in which a wish is to be true, the one without failure first. After a failure every move is complete, and any candidate
//! may hold each VIP. Not here: how likely or how long.

use std::collections::BTreeSet;

use twinrail_model::{After, Failing, Field, InstanceId, Part, Party, Reach, Situation};

use super::Wish;
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

/// Situations that one wish is judged in at most. When it is hit, the answer says so.
pub const BOUND: usize = 2_000;

/// The situations that a wish names.
///
/// # Errors
/// The hole, where the input does not say which parts there are.
pub fn situations(plane: &Plane<'_>, wish: &Wish<'_>) -> Field<Situations> {
    let mut each = vec![Situation::default()];
    let mut left_out = Vec::new();
    if let Some(after) = wish.after {
        let parts = parts(plane, wish, &after)?;
        let mut failures: Vec<Vec<Part>> = parts.iter().map(|part| vec![part.clone()]).collect();
        if after.count > 1 {
            let later = |place: usize| parts[place + 1..].iter();
            let both = parts.iter().enumerate();
            let both = both.flat_map(|(place, one)| later(place).map(|other| vec![one.clone(), other.clone()]));
            failures.extend(both);
        }
        let total = failures.len();
        each.extend(failures.into_iter().take(BOUND - 1).map(Situation::after));
        if total >= BOUND {
            left_out.push(format!("bound hit: {} of {total} failures were judged", BOUND - 1));
        }
    }
    Ok(Situations { stands_for: each.len() as u64, each, left_out })
}

/// The parts that may fail.
fn parts(plane: &Plane<'_>, wish: &Wish<'_>, after: &After) -> Field<Vec<Part>> {
    let network = plane.network;
    let from = match wish.reach {
        Reach::Reaches(from) | Reach::Never(from) | Reach::Only(from) => Some(from),
        Reach::NothingElse => None,
    };
    let whose: Vec<Party> = match after.of {
        Some(of) => vec![of],
        None => [from, Some(wish.to)].into_iter().flatten().collect(),
    };
    let of_parties = |parties: &[Party]| -> BTreeSet<InstanceId> {
        parties.iter().flat_map(|party| super::machines(plane, *party)).collect()
    };
    let all = of_parties(&whose);
    let holders: Vec<Party> = whose.iter().copied().filter(|party| matches!(party, Party::Vips(_))).collect();
    let mut parts = BTreeSet::new();
    let fails = |kind: Failing| after.failing == kind || after.failing == Failing::Any;
    if fails(Failing::Instance) {
        parts.extend(all.iter().copied().map(Part::Instance));
    }
    if fails(Failing::Holder) {
        // Where no VIPs are named, those over the machines are meant.
        let holders = if holders.is_empty() { all.clone() } else { of_parties(&holders) };
        parts.extend(holders.into_iter().map(Part::Instance));
    }
    if fails(Failing::Nic) {
        for instance in &all {
            parts.extend(network.nics_of(*instance)?.iter().copied().map(Part::Nic));
        }
    }
    if fails(Failing::Zone) {
        for instance in &all {
            parts.insert(Part::Zone(network.instances[*instance].zone.get()?));
        }
    }
    Ok(parts.into_iter().collect())
}
