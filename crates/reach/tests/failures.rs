//! The matrix and what failures change in it are right: both are compared with every pair asked by itself, from scratch. Not here: whether one verdict is
//! right, and classes of pairs.

use std::collections::BTreeMap;

use twinrail_facts::Catalog;
use twinrail_model::{InstanceId, Network, NicId, Part, Platform, Rail, Situation};
use twinrail_reach::{
    Bound, Change, End, GroupKind, Matrix, Packet, Plane, Reached, Row, Sender, Traffic, ask, failures, impacts,
    internet, matrix, matrix_within, nics_on,
};

use crate::classes::crowded;
use crate::random;

const SEEDS: u64 = 8;

/// The machines of a group, as its kind says.
fn machines(network: &Network, kind: &GroupKind) -> Vec<InstanceId> {
    match kind {
        GroupKind::Cluster(id) => network.clusters[*id].instances.clone(),
        GroupKind::Instances(instances) => instances.clone(),
        _ => Vec::new(),
    }
}

fn nics(plane: &Plane<'_>, kind: &GroupKind, rail: Rail) -> Vec<(InstanceId, NicId)> {
    // A matrix leaves out whose NICs are not known, and says so.
    let of = |instance: InstanceId| nics_on(plane, instance, rail).unwrap_or_default();
    let all = machines(plane.network, kind).into_iter();
    all.flat_map(|instance| of(instance).into_iter().map(move |nic| (instance, nic))).collect()
}

fn ends(plane: &Plane<'_>, kind: &GroupKind, rail: Option<Rail>) -> Vec<End> {
    match (kind, rail) {
        (GroupKind::Vips(pool), _) => plane.network.vips_of(*pool).map(End::Vip).collect(),
        (GroupKind::Balancers(rules), _) => rules.iter().copied().map(End::Rule).collect(),
        (GroupKind::Internet, _) => internet(plane.network).into_iter().map(End::Address).collect(),
        (GroupKind::Clients(id), _) => vec![End::Clients(*id)],
        (_, Some(rail)) => nics(plane, kind, rail).into_iter().map(|(_, nic)| End::Nic(nic)).collect(),
        (_, None) => Vec::new(),
    }
}

fn senders(plane: &Plane<'_>, kind: &GroupKind, to: &GroupKind, rail: Option<Rail>) -> Vec<Sender> {
    let chosen = matches!(to, GroupKind::Vips(_) | GroupKind::Balancers(_) | GroupKind::Internet);
    match (kind, rail) {
        (GroupKind::Internet, _) => internet(plane.network).into_iter().map(Sender::Internet).collect(),
        (GroupKind::Clients(id), _) => vec![Sender::Clients(*id)],
        (_, Some(rail)) if !chosen => {
            let bound = |(instance, nic)| Sender::Guest { instance, bound: Some(End::Nic(nic)) };
            nics(plane, kind, rail).into_iter().map(bound).collect()
        }
        _ => {
            let free = |instance| Sender::Guest { instance, bound: None };
            machines(plane.network, kind).into_iter().map(free).collect()
        }
    }
}

/// Whether both are up, and two.
fn is_asked(network: &Network, situation: &Situation, from: Sender, to: End) -> bool {
    let nic_is_up = |nic: NicId| situation.is_nic_up(network, nic) == Ok(true);
    let end = match to {
        End::Nic(nic) => nic_is_up(nic),
        _ => true,
    };
    end && match from {
        Sender::Guest { instance, bound } => {
            let itself = matches!(to, End::Nic(nic) if network.nics[nic].instance == instance);
            let up = match bound {
                Some(End::Nic(nic)) => nic_is_up(nic),
                _ => situation.is_up(network, instance) == Ok(true),
            };
            up && !itself
        }
        _ => true,
    }
}

type Tally = BTreeMap<(Option<Reached>, Reached), u64>;

/// The pairs of a row by their answers before a failure and after it, each asked by itself; nothing before of what is not asked then.
fn by_hand(plane: &Plane<'_>, matrix: &Matrix, row: &Row, situation: &Situation) -> Tally {
    let catalog = Catalog::embedded();
    let (from, to) = (&matrix.groups[row.from].kind, &matrix.groups[row.to].kind);
    let nothing = Situation::default();
    let mut tally = Tally::new();
    for from in senders(plane, from, to, row.rail) {
        for to in ends(plane, to, row.rail) {
            if is_asked(plane.network, situation, from, to) {
                let packet = Packet { from, to, traffic: row.traffic };
                let answer = |situation| Reached::of(&ask(plane, catalog, situation, &packet));
                *tally.entry((Some(answer(&nothing)), answer(situation))).or_default() += 1;
            }
        }
    }
    tally
}

/// The answers of a row and how many pairs have each.
fn counted(row: &Row) -> BTreeMap<Reached, u64> {
    let mut counted = BTreeMap::new();
    for cell in &row.cells {
        *counted.entry(cell.answer).or_default() += cell.pairs;
    }
    counted
}

type RowAt = (usize, usize, Option<Rail>, Traffic);

fn summary(changes: &[Change]) -> BTreeMap<(RowAt, Reached, Reached), u64> {
    let mut summary = BTreeMap::new();
    for change in changes {
        let at = (change.from, change.to, change.rail, change.traffic);
        *summary.entry((at, change.before, change.after)).or_default() += change.pairs;
    }
    summary
}

fn parts(network: &Network) -> Vec<Part> {
    let mut zones: Vec<Part> =
        network.instances.rows().iter().filter_map(|row| row.zone.get().ok()).map(Part::Zone).collect();
    zones.sort_unstable();
    zones.dedup();
    let instances = network.instances.ids().map(Part::Instance);
    instances.chain(network.nics.ids().map(Part::Nic)).chain(zones).collect()
}

#[test]
fn after_each_failure_the_answers_are_those_from_scratch() {
    let catalog = Catalog::embedded();
    let platform = Platform::new(catalog);
    let mut changed = 0;
    for seed in 0..SEEDS {
        let network = crowded(&random::case(seed).network, 1);
        let plane = Plane::new(&network, &platform);
        let found = impacts(&plane, catalog, &parts(&network), false);
        for impact in &found.each {
            let situation = &impact.failure.situation;
            let after = matrix(&plane, catalog, situation);
            let summary = summary(&impact.changes);
            for row in &found.before.rows {
                let tally = by_hand(&plane, &found.before, row, situation);
                let at = (row.from, row.to, row.rail, row.traffic);
                let mut answers: BTreeMap<Reached, u64> = BTreeMap::new();
                for ((before, now), pairs) in &tally {
                    *answers.entry(*now).or_default() += pairs;
                    let before = before.expect("whoever is asked after a failure was asked before");
                    let said = summary.get(&(at, before, *now)).copied().unwrap_or(0);
                    let differs = before != *now;
                    assert_eq!(said, if differs { *pairs } else { 0 }, "seed {seed}, {situation:?}, {row:?}");
                    changed += u64::from(differs);
                }
                let same = |other: &&Row| (other.from, other.to, other.rail, other.traffic) == at;
                let of_matrix = after.rows.iter().find(same).map(counted).unwrap_or_default();
                assert_eq!(of_matrix, answers, "seed {seed}, {situation:?}, {at:?}");
            }
        }
    }
    assert!(changed > 40, "failures change something: {changed}");
}

/// What a bound leaves is as it is without one, and what it leaves out is counted.
#[test]
fn within_a_bound_the_rest_is_counted() {
    let catalog = Catalog::embedded();
    let platform = Platform::new(catalog);
    let is_like = |a: &Row, b: &Row| {
        (a.from, a.to, a.rail, a.traffic, a.counts()) == (b.from, b.to, b.rail, b.traffic, b.counts())
    };
    let pairs = |matrix: &Matrix| -> u64 { matrix.rows.iter().map(|row| row.counts().total()).sum() };
    let mut cut = 0;
    for seed in 0..SEEDS {
        let network = crowded(&random::case(seed).network, 1);
        let plane = Plane::new(&network, &platform);
        let nothing = Situation::default();
        let whole = matrix(&plane, catalog, &nothing);
        assert_eq!(whole.not_asked, 0, "seed {seed}: it is small");
        for (packets, rows) in [(0, 0), (1, 1), (20, 1_000), (100_000, 5), (300, 30), (100_000, 1_000)] {
            let some = matrix_within(&plane, catalog, &nothing, Bound { packets, rows });
            assert!(
                some.rows.iter().all(|row| whole.rows.iter().any(|other| is_like(row, other))),
                "seed {seed}: other answers"
            );
            assert!(some.rows.len() as u64 <= rows, "seed {seed}: {} rows", some.rows.len());
            assert_eq!(pairs(&some) + some.not_asked, pairs(&whole), "seed {seed}, {packets} packets, {rows} rows");
            cut += u64::from(some.not_asked > 0);
        }
    }
    assert!(cut > 2 * SEEDS, "the bound is hit: {cut} times");
}

#[test]
fn failures_that_stand_for_one_another_change_the_same() {
    let catalog = Catalog::embedded();
    let platform = Platform::new(catalog);
    let mut alike = 0;
    for seed in 0..SEEDS {
        let network = crowded(&random::case(seed).network, 2);
        let plane = Plane::new(&network, &platform);
        let parts = parts(&network);
        let whole = failures(&plane, &parts, false, &[]);
        assert_eq!(whole.stands_for, parts.len() as u64, "seed {seed}");
        let mut classes: BTreeMap<Vec<String>, u64> = BTreeMap::new();
        for impact in impacts(&plane, catalog, &parts, false).each {
            *classes.entry(told(&impact.changes)).or_default() += impact.failure.stands_for;
        }
        let mut singly: BTreeMap<Vec<String>, u64> = BTreeMap::new();
        for part in &parts {
            let one = impacts(&plane, catalog, std::slice::from_ref(part), false);
            *singly.entry(told(&one.each[0].changes)).or_default() += 1;
        }
        assert_eq!(classes, singly, "seed {seed}");
        alike += parts.len() - whole.each.len();
    }
    assert!(alike > 20, "some failures stand for others: {alike}");
}

#[test]
fn every_two_parts_are_counted_once() {
    let catalog = Catalog::embedded();
    let platform = Platform::new(catalog);
    for seed in 0..SEEDS {
        let network = crowded(&random::case(seed).network, 2);
        let plane = Plane::new(&network, &platform);
        let parts = parts(&network);
        let found = failures(&plane, &parts, true, &[]);
        let count = parts.len() as u64;
        assert_eq!(found.stands_for + found.left_out, count + count * (count - 1) / 2, "seed {seed}");
    }
}

fn told(changes: &[Change]) -> Vec<String> {
    summary(changes).iter().map(|change| format!("{change:?}")).collect()
}
