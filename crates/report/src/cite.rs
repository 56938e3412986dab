//! Facts, worlds and holes as every report cites them. Not here: which of them an answer hangs on.

use twinrail_facts::{Arm, Catalog, Choice, Decision, FactId};
use twinrail_model::{Hole, Network, Place};

use crate::{Condition, FactCitation, SourceCitation, words};

/// A fact with all that a reader needs to judge it.
pub(crate) fn citation(catalog: &Catalog, id: FactId) -> FactCitation {
    let fact = catalog.fact(id);
    let source = |key: &String| match catalog.source(key) {
        Some(source) => SourceCitation { key: key.clone(), title: source.title.clone(), url: source.url.clone() },
        None => SourceCitation { key: key.clone(), title: key.clone(), url: String::new() },
    };
    FactCitation {
        id: fact.id.clone(),
        question: fact.question.clone(),
        values: fact.values.iter().map(|possible| possible.value.to_string()).collect(),
        status: fact.status.word().to_owned(),
        sources: fact.sources.iter().map(source).collect(),
        date: fact.date.to_string(),
    }
}

/// The values of facts with which an arm holds: alternatives, each of conditions that hold together.
pub(crate) fn conditions<T>(catalog: &Catalog, decision: &Decision<T>, arm: &Arm<T>) -> Vec<Vec<Condition>> {
    let condition = |choice: &Choice| {
        let fact = catalog.fact(choice.fact);
        Condition { fact: fact.id.clone(), value: fact.values[usize::from(choice.value)].value.to_string() }
    };
    let alternatives = shortened(catalog, decision.conditions(arm));
    alternatives.iter().map(|together| together.iter().map(condition).collect()).collect()
}

/// Alternatives that differ in one fact only, and between them have all its values, are one without that fact.
fn shortened(catalog: &Catalog, mut alternatives: Vec<Vec<Choice>>) -> Vec<Vec<Choice>> {
    let without = |together: &[Choice], fact: FactId| -> Vec<Choice> {
        together.iter().filter(|choice| choice.fact != fact).copied().collect()
    };
    let all_values = |alternatives: &[Vec<Choice>], together: &[Choice], fact: FactId| {
        let rest = without(together, fact);
        let has = |value: usize| {
            let wanted = |other: &&Vec<Choice>| other.iter().any(|c| c.fact == fact && usize::from(c.value) == value);
            alternatives.iter().filter(wanted).any(|other| without(other, fact) == rest)
        };
        (0..catalog.fact(fact).values.len()).all(has)
    };
    loop {
        let found = alternatives.iter().find_map(|together| {
            let fact = together.iter().find(|choice| all_values(&alternatives, together, choice.fact))?.fact;
            Some((without(together, fact), fact))
        });
        let Some((rest, fact)) = found else { return alternatives };
        let is_covered = |other: &Vec<Choice>| other.len() > rest.len() && without(other, fact) == rest;
        let place = alternatives.iter().position(is_covered).expect("what is shortened is one of them");
        alternatives.retain(|other| !is_covered(other) && *other != rest);
        alternatives.insert(place.min(alternatives.len()), rest);
    }
}

/// What is missing.
pub(crate) fn hole(network: &Network, hole: &Hole) -> String {
    holes(network, hole, 1)
}

/// What is missing, for as many entities.
pub(crate) fn holes(network: &Network, hole: &Hole, count: usize) -> String {
    let place = |place: &Place| {
        let (kind, name) = (place.entity.kind(), network.short(place.entity));
        let name = match count {
            1 => format!("{kind} `{name}`"),
            _ => format!("{count} {}, such as `{name}`", words::plural(kind)),
        };
        place.field.map_or_else(|| name.clone(), |field| format!("`{field}` of {name}"))
    };
    let are = if count == 1 { "is" } else { "are" };
    match hole {
        Hole::AfterApply(at) => format!("{}, known only after apply", place(at)),
        Hole::NotInInput(at) => format!("{}, which {are} not in the input", place(at)),
        Hole::NotUnderstood(at) => format!("{}, whose value is not understood", place(at)),
        Hole::NotModelled(at) => format!("{}, through which packets are not followed", place(at)),
        Hole::NobodyToAsk(at) => {
            format!("{}, under which there is nobody to ask: no machine is asked about itself", place(at))
        }
        Hole::NotInCatalog(id) => format!("the fact `{id}`, which the catalog does not have"),
    }
}

/// The place that lacks it.
pub(crate) fn place_of(hole: &Hole) -> Option<Place> {
    match hole {
        Hole::AfterApply(place)
        | Hole::NotInInput(place)
        | Hole::NotUnderstood(place)
        | Hole::NotModelled(place)
        | Hole::NobodyToAsk(place) => Some(*place),
        Hole::NotInCatalog(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_over_all_values_of_a_fact_are_one() {
        type Given<'a> = &'a [&'a [(FactId, u8)]];
        let catalog = Catalog::embedded();
        let facts: Vec<FactId> = catalog.facts().filter(|(_, fact)| fact.values.len() == 2).map(|(id, _)| id).collect();
        let [a, b] = [facts[0], facts[1]];
        let all = |pairs: Given<'_>| -> Vec<Vec<Choice>> {
            let choices = |together: &&[(FactId, u8)]| {
                together.iter().map(|(fact, value)| Choice { fact: *fact, value: *value }).collect()
            };
            pairs.iter().map(choices).collect()
        };
        let cases: [(Given<'_>, Given<'_>); 4] = [
            (&[&[(a, 0), (b, 0)], &[(a, 0), (b, 1)]], &[&[(a, 0)]]),
            (&[&[(a, 0), (b, 0)], &[(a, 1), (b, 1)]], &[&[(a, 0), (b, 0)], &[(a, 1), (b, 1)]]),
            (&[&[(a, 1)], &[(a, 0), (b, 0)], &[(a, 0), (b, 1)]], &[&[]]),
            (&[&[(a, 0)]], &[&[(a, 0)]]),
        ];
        for (given, expected) in cases {
            assert_eq!(shortened(catalog, all(given)), all(expected));
        }
    }
}
