//! What became of the intents that following packets decides: each with its answer, how much was looked at and who was let off. A violated one is a finding
//! besides. Not here: judging them.

use twinrail_model::{Answer, Ask, EntityId, Intent, IntentId, Network, Place};
use twinrail_rules::{Outcome, Run, Verdict};

use crate::IntentResult;
use crate::cite;
use crate::place::Places;

/// The rule that judges intents.
const RULE: &str = "intent-violated";

/// All intents about who reaches whom, in the order of the model.
pub(crate) fn intents(network: &Network, places: &Places<'_>, run: &Run) -> Vec<IntentResult> {
    let of_rule = |outcome: &&Outcome| outcome.rule.code == RULE;
    let outcomes: Vec<&Outcome> = run.outcomes.iter().chain(&run.proved).filter(of_rule).collect();
    let asked = network.intents.iter().filter(|(_, intent)| matches!(intent.ask, Ask::Reach { .. }));
    let result = |(id, intent): (IntentId, &Intent)| {
        let subject = EntityId::from(id);
        let outcome = outcomes.iter().find(|outcome| outcome.subject == subject);
        IntentResult {
            text: intent.text.clone(),
            about: "reach".to_owned(),
            verdict: outcome.map_or("not run", |outcome| verdict(outcome)).to_owned(),
            proof: outcome.map(|outcome| proof(network, outcome)).unwrap_or_default(),
            place: places.place(Place::from(id), ""),
        }
    };
    asked.map(result).collect()
}

fn verdict(outcome: &Outcome) -> &'static str {
    if !outcome.decision.complete {
        "bound-hit"
    } else if outcome.is_undecided() {
        "undecided"
    } else if outcome.depends() {
        "depends"
    } else if Verdict::of(&outcome.decision.arms[0].answer) == Verdict::Violated {
        "violated"
    } else {
        "holds"
    }
}

/// What the first world in which it holds says of how much was looked at; of one that is undecided, what it lacks.
fn proof(network: &Network, outcome: &Outcome) -> Vec<String> {
    if outcome.is_undecided() {
        let mut lacking: Vec<String> = Vec::new();
        for hole in outcome.decision.arms.iter().filter_map(|arm| arm.answer.as_ref().err()) {
            let line = format!("needs {}", cite::hole(network, hole));
            if !lacking.contains(&line) {
                lacking.push(line);
            }
        }
        return lacking;
    }
    let lines = outcome.decision.arms.iter().find_map(|arm| match &arm.answer {
        Ok(Answer::Proved(lines)) => Some(lines.clone()),
        _ => None,
    });
    lines.unwrap_or_default()
}
