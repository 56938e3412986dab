//! Input from outside never makes the program panic: what the fuzz targets run, on a few hundred changed examples, so that it is exercised where no fuzzer is.
//! Not here: whether an answer is right.

#[path = "../../../fuzz/src/lib.rs"]
mod targets;

use proptest::collection::vec;
use proptest::prelude::*;

const FACTS: &str = include_str!("../../../fuzz/seeds/facts.yaml");
const TABLE: &str = include_str!("../../../fuzz/seeds/facts.csv");
const CONFIG: &str = include_str!("../../../fuzz/seeds/twinrail.toml");
const BASELINE: &str = include_str!("../../../fuzz/seeds/baseline.json");
const TRACE: &str = include_str!("data/nfs-alias-ip-I5.json");

const QUESTIONS: [&str; 4] = [
    include_str!("../../../fuzz/seeds/questions/1.txt"),
    include_str!("../../../fuzz/seeds/questions/2.txt"),
    include_str!("../../../fuzz/seeds/questions/3.txt"),
    include_str!("../../../fuzz/seeds/questions/4.txt"),
];

/// A text with a part of it cut out, doubled or overwritten.
fn mangled(text: &str, cuts: &[(usize, usize, u8)]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for (start, length, action) in cuts {
        let start = start % bytes.len().max(1);
        let end = (start + length % 40).min(bytes.len());
        match action % 4 {
            0 => drop(bytes.drain(start..end)),
            1 => bytes.truncate(end),
            2 => bytes.extend_from_within(start..end),
            _ => bytes[start..end].fill(*action),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_models_are_judged_or_refused(bytes in vec(any::<u8>(), 1..120)) {
        targets::mutated_model(&bytes);
    }

    #[test]
    fn changed_questions_are_answered_or_refused(
        question in 0..QUESTIONS.len(),
        cuts in vec((any::<usize>(), any::<usize>(), any::<u8>()), 0..3),
    ) {
        targets::trace(&mangled(QUESTIONS[question], &cuts));
    }

    #[test]
    fn changed_dumps_are_judged_or_refused(bytes in vec(any::<u8>(), 1..120)) {
        targets::mutated_dump(&bytes);
    }

    #[test]
    fn changed_plans_are_judged_or_refused(bytes in vec(any::<u8>(), 1..120)) {
        targets::mutated_plan(&bytes);
    }

    #[test]
    fn changed_assets_are_judged_or_refused(bytes in vec(any::<u8>(), 2..120)) {
        targets::mutated_assets(&bytes);
    }

    #[test]
    fn changed_blueprints_are_judged_or_refused(bytes in vec(any::<u8>(), 1..120)) {
        targets::mutated_blueprint(&bytes);
    }

    #[test]
    fn mangled_text_is_judged_or_refused(
        which in 0_usize..16,
        cuts in vec((any::<usize>(), any::<usize>(), any::<u8>()), 1..6),
    ) {
        let model = targets::MODELS[which % targets::MODELS.len()];
        targets::check("model.yaml", &mangled(model, &cuts));
        let dump = targets::DUMPS[which % targets::DUMPS.len()];
        targets::check("dump.json", &mangled(dump, &cuts));
        let assets = targets::ASSETS[which % targets::ASSETS.len()];
        targets::check("assets.json", &mangled(assets, &cuts));
        let blueprint = targets::BLUEPRINTS[which % targets::BLUEPRINTS.len()];
        targets::check("blueprint.yaml", &mangled(blueprint, &cuts));
        targets::check("plan.json", &mangled(targets::PLAN, &cuts));
        targets::configuration(&mangled(targets::CONFIGURATION, &cuts));
        targets::facts(&mangled(FACTS, &cuts));
        targets::facts(&mangled(TABLE, &cuts));
        targets::config(&mangled(CONFIG, &cuts));
        targets::baseline(&mangled(BASELINE, &cuts));
        targets::proof_trace(&mangled(TRACE, &cuts));
    }
}

#[test]
fn the_seeds_are_read() {
    assert!(targets::MODELS.iter().all(|text| targets::check("model.yaml", text)));
    assert!(targets::DUMPS.iter().all(|text| targets::check("dump.json", text)));
    assert!(targets::ASSETS.iter().all(|text| targets::check("assets.json", text)));
    assert!(targets::BLUEPRINTS.iter().all(|text| targets::check("blueprint.yaml", text)));
    assert!(targets::check("plan.json", targets::PLAN) && targets::configuration(targets::CONFIGURATION));
    assert!(targets::facts(FACTS) && targets::facts(TABLE) && targets::config(CONFIG) && targets::baseline(BASELINE));
    assert!(targets::proof_trace(TRACE));
}

/// What a fuzzer has found: each was a panic once.
#[test]
fn what_once_panicked_does_no_more() {
    let huge = twinrail_intake::patch(targets::MODELS[0], "clusters: { vault: { grows-to: 9223372036854775807 } }");
    targets::check("model.yaml", &huge.expect("a patch of an example"));
}
