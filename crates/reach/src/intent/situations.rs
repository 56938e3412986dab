//! `after …`: the states of the world in which a wish is to be true, the one without failure first. After a failure every move is complete, and any candidate
//! may hold each VIP. Not here: how likely or how long.

use std::collections::{BTreeMap, BTreeSet};

use twinrail_model::{After, Ask, ClientGroupId, ClusterId, Failing, Field, InstanceId, Part, Party, Reach, Situation};

use super::{Wish, machines};
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

/// Situations that one wish is judged in at most, beside those like them. When it is hit, the answer says so.
pub const BOUND: usize = 2_000;

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
        let mut failures = singles(&parts);
        if after.count > 1 {
            failures.extend(doubles(&parts));
        }
        let total = failures.len();
        failures.truncate(BOUND - 1);
        stands_for += failures.iter().map(|failure| failure.stands_for).sum::<u64>();
        if failures.len() < total {
            left_out.push(format!("bound hit: {} of {total} kinds of failure were judged", failures.len()));
        }
        if after.count > 1 {
            left_out.push("failures of one part and of two at once were judged, of three or more none".to_owned());
        }
        each.extend(failures.into_iter().map(|failure| Situation::after(failure.down)));
    }
    Ok(Situations { stands_for, each, left_out })
}

/// What a part is like; `.1` is the part itself where it is like no other.
type Kind = (u8, usize, (u32, Option<InstanceId>), Option<ClusterId>, Option<ClientGroupId>, Option<Part>);

/// Parts that fail, by kind, each with its instance.
type Parts = BTreeMap<Kind, Vec<(Part, Option<InstanceId>)>>;

/// A failure, and how many are like it.
struct Failure {
    down: Vec<Part>,
    stands_for: u64,
}

fn singles(parts: &Parts) -> Vec<Failure> {
    let one = |alike: &Vec<(Part, Option<InstanceId>)>| {
        let (part, _) = alike.first().expect("a kind has a part");
        Failure { down: vec![part.clone()], stands_for: alike.len() as u64 }
    };
    parts.values().map(one).collect()
}

/// Two parts at once: of one instance, or of two.
fn doubles(parts: &Parts) -> Vec<Failure> {
    let mut failures = Vec::new();
    let kinds: Vec<&Vec<(Part, Option<InstanceId>)>> = parts.values().collect();
    for (at, some) in kinds.iter().enumerate() {
        for (beside, others) in kinds.iter().enumerate().skip(at) {
            let mut of_one: Option<Failure> = None;
            let mut of_two: Option<Failure> = None;
            let by_instance: BTreeMap<Option<InstanceId>, u64> =
                others.iter().fold(BTreeMap::new(), |mut counts, (_, instance)| {
                    *counts.entry(*instance).or_default() += 1;
                    counts
                });
            for (part, instance) in *some {
                let together = instance.and_then(|_| by_instance.get(instance)).copied().unwrap_or(0);
                let apart = others.len() as u64 - together;
                let itself = u64::from(at == beside && instance.is_some());
                let alone = u64::from(at == beside && instance.is_none());
                let pick = |same: bool| {
                    let fits = |(other, of): &&(Part, Option<InstanceId>)| {
                        other != part && (instance.is_some() && of == instance) == same
                    };
                    others.iter().find(fits).map(|(other, _)| vec![part.clone(), other.clone()])
                };
                for (slot, count, same) in [(&mut of_one, together - itself, true), (&mut of_two, apart - alone, false)]
                {
                    if count == 0 {
                        continue;
                    }
                    match slot {
                        Some(failure) => failure.stands_for += count,
                        None => *slot = pick(same).map(|down| Failure { down, stands_for: count }),
                    }
                }
            }
            for mut failure in [of_one, of_two].into_iter().flatten() {
                // Of two of one kind each was counted beside the other.
                failure.stands_for /= if at == beside { 2 } else { 1 };
                failures.push(failure);
            }
        }
    }
    failures
}

/// The parts that may fail.
fn parts(plane: &Plane<'_>, wish: &Wish<'_>, after: &After) -> Field<Parts> {
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
    let named = named(plane);
    let mut parts = Parts::new();
    for part in found {
        let (kind, instance) = kind(plane, &part, &named);
        parts.entry(kind).or_default().push((part, instance));
    }
    Ok(parts)
}

/// Instances that intents name one by one: no other is like them.
fn named(plane: &Plane<'_>) -> BTreeSet<InstanceId> {
    let mut named = BTreeSet::new();
    for intent in plane.network.intents.rows() {
        let Ask::Reach { reach, to, .. } = &intent.ask else { continue };
        let from = match reach {
            Reach::Reaches(from) | Reach::Never(from) | Reach::Only(from) => Some(from),
            Reach::NothingElse => None,
        };
        for party in from.into_iter().chain([to]) {
            if let Party::Instance(instance) = party {
                named.insert(*instance);
            }
        }
    }
    named
}

fn kind(plane: &Plane<'_>, part: &Part, named: &BTreeSet<InstanceId>) -> (Kind, Option<InstanceId>) {
    let of = |instance: InstanceId, sort: u8, index: usize| {
        let row = &plane.network.instances[instance];
        let alone = named.contains(&instance).then(|| part.clone());
        ((sort, index, plane.likeness(instance), row.cluster, row.clients, alone), Some(instance))
    };
    match part {
        Part::Instance(instance) => of(*instance, 0, 0),
        Part::Nic(nic) => {
            let row = &plane.network.nics[*nic];
            of(row.instance, 1, row.index)
        }
        Part::Zone(_) => ((2, 0, (0, None), None, None, Some(part.clone())), None),
    }
}
