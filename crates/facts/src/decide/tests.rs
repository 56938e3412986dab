//! `decide` against brute force: every world of a small catalog is run, and the arms must say the same.

use proptest::prelude::*;

use super::*;
use crate::fact::{Fact, Possible, Status, Unit, Value};
use crate::key::Count;

/// A catalog of facts `t.0`, `t.1`, … with the given numbers of values; value `v` of any fact is the count `v`.
fn catalog(sizes: &[usize]) -> Catalog {
    let mut catalog = Catalog::empty();
    for (place, size) in sizes.iter().enumerate() {
        let values = (0..*size as u64).map(|count| Possible {
            value: Value::Count(count),
            weight: 1.0,
            why: None,
            sources: Vec::new(),
        });
        let fact = Fact {
            id: format!("t.{place}"),
            question: "which?".to_owned(),
            unit: Unit::Count("values".to_owned()),
            status: Status::Unknown,
            values: values.collect(),
            range: None,
            sources: Vec::new(),
            date: "2026-11-22".parse().expect("a date"),
            note: None,
            sought: None,
            setting: None,
            reference: None,
            settle: None,
            asked: None,
            feature: None,
        };
        catalog.add(fact).expect("ids differ");
    }
    catalog
}

fn key(catalog: &Catalog, place: usize) -> Key<Count> {
    catalog.key(&format!("t.{place}")).expect("made above")
}

/// A judgement as a tree: read a fact and go on by its value, or answer.
#[derive(Debug, Clone)]
enum Tree {
    Answer(u8),
    Read(usize, Vec<Tree>),
}

impl Tree {
    fn judge(&self, facts: &Facts<'_>, keys: &[Key<Count>]) -> u8 {
        match self {
            Self::Answer(answer) => *answer,
            Self::Read(fact, branches) => {
                let value = facts.get(keys[*fact % keys.len()]);
                branches[usize::try_from(value).expect("small") % branches.len()].judge(facts, keys)
            }
        }
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = (0_u8..3).prop_map(Tree::Answer);
    leaf.prop_recursive(4, 40, 3, |inner| {
        (0_usize..4, proptest::collection::vec(inner, 1..4)).prop_map(|(fact, branches)| Tree::Read(fact, branches))
    })
}

fn all_worlds(sizes: &[usize]) -> Vec<World> {
    let mut worlds = vec![World::new()];
    for (place, size) in sizes.iter().enumerate() {
        let id = FactId(u32::try_from(place).expect("small"));
        worlds = worlds
            .into_iter()
            .flat_map(|world| {
                (0..u8::try_from(*size).expect("small")).map(move |value| {
                    let mut world = world.clone();
                    world.insert(id, value);
                    world
                })
            })
            .collect();
    }
    worlds
}

fn covers(condition: &[Choice], world: &World) -> bool {
    condition.iter().all(|choice| world[&choice.fact] == choice.value)
}

/// The smallest number of facts whose values determine the answer, by trying every subset on every pair of worlds.
fn fewest(sizes: &[usize], answers: &[(World, u8)]) -> usize {
    (0_u32..1 << sizes.len())
        .filter(|subset| {
            let same =
                |a: &World, b: &World| a.iter().zip(b).all(|((fact, x), (_, y))| subset >> fact.0 & 1 == 0 || x == y);
            answers.iter().all(|(a, x)| answers.iter().all(|(b, y)| x == y || !same(a, b)))
        })
        .map(u32::count_ones)
        .min()
        .expect("all facts together decide") as usize
}

proptest! {
    #[test]
    fn arms_agree_with_brute_force(sizes in proptest::collection::vec(1_usize..4, 1..5), tree in tree()) {
        let catalog = catalog(&sizes);
        let keys: Vec<Key<Count>> = (0..sizes.len()).map(|place| key(&catalog, place)).collect();
        let decision = decide(&catalog, |facts| tree.judge(facts, &keys));
        prop_assert!(decision.complete || decision.arms.iter().map(|arm| arm.worlds.len()).sum::<usize>() == RUN_BOUND);
        if !decision.complete {
            return Ok(());
        }
        let mut answers = Vec::new();
        for world in all_worlds(&sizes) {
            let expected = tree.judge(&Facts::in_world(&catalog, world.clone()), &keys);
            let arms: Vec<&Arm<u8>> = decision
                .arms
                .iter()
                .filter(|arm| decision.conditions(arm).iter().any(|condition| covers(condition, &world)))
                .collect();
            prop_assert_eq!(arms.len(), 1, "exactly one arm covers a world");
            prop_assert_eq!(arms[0].answer, expected);
            answers.push((world, expected));
        }
        let distinct: std::collections::BTreeSet<u8> = answers.iter().map(|(_, answer)| *answer).collect();
        prop_assert_eq!(decision.arms.len(), distinct.len(), "equal answers are joined");
        prop_assert_eq!(decision.deciding.len(), fewest(&sizes, &answers), "the deciding set is the smallest");
    }
}

#[test]
fn only_facts_that_were_read_are_forked() {
    let catalog = catalog(&[3, 3, 3]);
    let mut runs = 0;
    let decision = decide(&catalog, |facts| {
        runs += 1;
        facts.get(key(&catalog, 1)) == 2
    });
    assert_eq!(runs, 3);
    assert_eq!(decision.deciding, [FactId(1)]);
    assert_eq!(decision.arms[0].worlds.len(), 2);
}

#[test]
fn the_bound_is_reported() {
    let catalog = catalog(&[5, 5, 5]);
    let decision = decide(&catalog, |facts| (0..3).map(|place| facts.get(key(&catalog, place))).sum::<u64>() > 99);
    assert!(!decision.complete);
    assert_eq!(decision.certain(), None);
    assert_eq!(decision.arms[0].worlds.len(), RUN_BOUND);
}

#[test]
fn the_world_of_a_run_gives_the_same_run_again() {
    let catalog = catalog(&[2, 3]);
    let judgement = |facts: &Facts<'_>| facts.get(key(&catalog, 1)) * 10 + facts.get(key(&catalog, 0));
    let mut worlds = Vec::new();
    decide(&catalog, |facts| {
        let answer = judgement(facts);
        worlds.push((facts.world(), answer));
        answer
    });
    assert_eq!(worlds.len(), 6);
    for (world, answer) in worlds {
        assert_eq!(judgement(&Facts::in_world(&catalog, world)), answer);
    }
}

#[test]
fn reads_made_elsewhere_count() {
    let catalog = catalog(&[2, 2]);
    let decision = decide(&catalog, |facts| {
        let elsewhere = Facts::in_world(&catalog, facts.world());
        let _ = elsewhere.get(key(&catalog, 1));
        facts.absorb(&elsewhere.reads());
        Facts::in_world(&catalog, facts.world()).get(key(&catalog, 1)) == 1
    });
    assert_eq!(decision.deciding, [FactId(1)]);
}

#[test]
#[should_panic(expected = "reads the same facts")]
fn a_judgement_that_is_no_function_of_its_reads_is_caught() {
    let catalog = catalog(&[2, 2]);
    let mut run = 0;
    decide(&catalog, |facts| {
        run += 1;
        facts.get(key(&catalog, run % 2))
    });
}
