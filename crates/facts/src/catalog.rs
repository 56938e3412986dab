//! All facts, by id and by index, with the sources, profiles and machines they are about, and what a user lays over them.
//! Not here: the text of the files (`parse`) and the way answers depend on facts (`decide`).

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::fact::{Date, Fact, FactId, Possible, Status, Unit};
use crate::key::{Key, Kind};
use crate::range::Range;
use crate::{keys, parse};

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// A source that facts cite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub title: String,
    pub url: String,
    /// Date or version visible in the copy that was read, in words.
    pub dated: String,
    pub read: Date,
}

/// A kind of network profile; the features are facts named `ID.feature`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Profile {
    pub id: String,
    pub title: String,
    /// A profile of this kind is named `ZONE-suffix`; empty for the ordinary network, which has no profile.
    pub suffix: String,
    pub network_type: String,
    pub rdma_subtype: String,
}

/// A machine type and the facts about it, its series' where it has none of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    pub name: String,
    pub series: String,
    pub fields: BTreeMap<String, FactId>,
}

/// What a user, or a real answer of the platform, says of a fact instead of the catalog.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    pub id: String,
    /// One value, or several that are possible.
    pub values: Vec<Json>,
    /// Within which factors on the values the truth is believed to lie.
    pub range: Option<Range>,
    /// `Confirmed`, `Assumed` or `Observed`.
    pub status: Status,
    pub date: Date,
    /// After this day the catalog's own values count again.
    pub expires: Option<Date>,
    /// Who said it, to whom, or on what it was observed.
    pub note: String,
    /// The source as it will be cited.
    pub source: String,
    /// The provider was only asked: what is believed stays as it is.
    pub is_question: bool,
}

/// Why an override could not be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CatalogError {
    /// No fact has this id; the nearest ids.
    NoSuchFact { id: String, near: Vec<String> },
    /// The value is not of the fact's unit.
    Value { id: String, problem: String },
}

impl fmt::Display for CatalogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchFact { id, near } => {
                write!(f, "no fact is named `{id}`")?;
                if let [first, ..] = near.as_slice() {
                    write!(f, "; did you mean `{first}`?")?;
                }
                Ok(())
            }
            Self::Value { id, problem } => write!(f, "{id}: {problem}"),
        }
    }
}

impl std::error::Error for CatalogError {}

/// The facts. Cheap to read, cloned only to lay overrides over it.
#[derive(Debug, Clone)]
pub struct Catalog {
    pub(crate) facts: Vec<Fact>,
    by_id: HashMap<String, FactId>,
    pub(crate) sources: BTreeMap<String, Source>,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) machines: BTreeMap<String, Machine>,
}

impl Catalog {
    /// The catalog that this program carries.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Catalog> = OnceLock::new();
        EMBEDDED.get_or_init(|| {
            let catalog =
                parse::catalog(FILES).unwrap_or_else(|error| panic!("the embedded catalog is well formed: {error}"));
            for (index, id) in keys::ALL.iter().enumerate() {
                assert_eq!(catalog.facts[index].id, *id, "generated keys follow the order of the catalog");
            }
            catalog
        })
    }

    pub(crate) fn empty() -> Self {
        Self {
            facts: Vec::new(),
            by_id: HashMap::new(),
            sources: BTreeMap::new(),
            profiles: Vec::new(),
            machines: BTreeMap::new(),
        }
    }

    pub(crate) fn add(&mut self, fact: Fact) -> Result<FactId, String> {
        let id = FactId(u32::try_from(self.facts.len()).expect("fewer than 2^32 facts"));
        if self.by_id.insert(fact.id.clone(), id).is_some() {
            return Err(format!("the fact `{}` stands twice", fact.id));
        }
        self.facts.push(fact);
        Ok(id)
    }

    pub fn fact(&self, id: FactId) -> &Fact {
        &self.facts[id.index()]
    }

    /// Every fact with its index, single facts first, each group by id.
    pub fn facts(&self) -> impl Iterator<Item = (FactId, &Fact)> {
        self.facts.iter().enumerate().map(|(index, fact)| (FactId(u32::try_from(index).expect("checked by add")), fact))
    }

    pub fn find(&self, id: &str) -> Option<FactId> {
        self.by_id.get(id).copied()
    }

    /// A typed key for a fact that is known only by its name, such as a profile's or a machine's.
    pub fn key<K: Kind>(&self, id: &str) -> Option<Key<K>> {
        self.find(id).and_then(|id| self.typed(id))
    }

    /// A typed key for a fact, if its values are of that kind.
    pub fn typed<K: Kind>(&self, id: FactId) -> Option<Key<K>> {
        K::view(&self.fact(id).values[0].value).map(|_| Key::new(id))
    }

    pub fn source(&self, key: &str) -> Option<&Source> {
        self.sources.get(key)
    }

    pub fn sources(&self) -> &BTreeMap<String, Source> {
        &self.sources
    }

    pub fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    pub fn machine(&self, name: &str) -> Option<&Machine> {
        self.machines.get(name)
    }

    pub fn machines(&self) -> &BTreeMap<String, Machine> {
        &self.machines
    }

    /// Lays a user's or a live API's answer over a fact. An expired one changes nothing and returns `false`. What is assumed without a range
    /// keeps that of the catalog: a guess of the user's is not surer than ours. What was observed or confirmed has only a range of its own.
    pub fn apply(&mut self, over: &Override, today: Date) -> Result<bool, CatalogError> {
        let Some(id) = self.find(&over.id) else {
            return Err(CatalogError::NoSuchFact { id: over.id.clone(), near: self.nearest(&over.id) });
        };
        if over.expires.is_some_and(|expires| expires < today) {
            return Ok(false);
        }
        if over.is_question {
            self.facts[id.index()].asked = Some((over.date, over.note.clone()));
            return Ok(true);
        }
        let fact = &self.facts[id.index()];
        let mut values = Vec::with_capacity(over.values.len());
        for json in &over.values {
            let value = fact.unit.value(json);
            let value = value.map_err(|problem| CatalogError::Value { id: over.id.clone(), problem })?;
            values.push(Possible { value, weight: 1.0, why: None, sources: Vec::new() });
        }
        if values.is_empty() {
            return Err(CatalogError::Value {
                id: over.id.clone(),
                problem: "an override has at least one value".to_owned(),
            });
        }
        if let Some(problem) = over.range.and_then(|_| Range::misfit(&fact.unit, over.status)) {
            return Err(CatalogError::Value { id: over.id.clone(), problem });
        }
        let kept = if over.status == Status::Assumed { fact.range } else { None };
        let fact = &mut self.facts[id.index()];
        fact.values = values;
        fact.range = over.range.or(kept);
        fact.status = over.status;
        fact.date = over.date;
        fact.sources = vec![over.source.clone()];
        fact.note = Some(over.note.clone());
        fact.sought = None;
        fact.setting = (over.status == Status::Observed).then(|| over.note.clone());
        Ok(true)
    }

    /// Adds a profile that the catalog does not have, as a real answer of the platform describes it.
    pub fn learn_profile(&mut self, profile: Profile) {
        if !self.profiles.iter().any(|known| known.id == profile.id) {
            self.profiles.push(profile);
        }
    }

    /// Adds a fact that the catalog does not have, as a real answer of the platform gives it.
    pub fn learn(&mut self, question: String, unit: &str, feature: &str, over: &Override) -> Result<(), CatalogError> {
        let unit = Unit::parse(unit);
        let wrong = |problem: String| CatalogError::Value { id: over.id.clone(), problem };
        let value = over.values.first().ok_or_else(|| wrong("no value".to_owned()))?;
        let value = unit.value(value).map_err(wrong)?;
        let fact = Fact {
            id: over.id.clone(),
            question,
            unit,
            status: over.status,
            values: vec![Possible { value, weight: 1.0, why: None, sources: Vec::new() }],
            range: None,
            sources: vec![over.source.clone()],
            date: over.date,
            note: Some(over.note.clone()),
            sought: None,
            setting: Some(over.note.clone()),
            reference: None,
            settle: None,
            asked: None,
            feature: Some(feature.to_owned()),
        };
        self.add(fact).map(|_| ()).map_err(wrong)
    }

    /// The three ids that look most like this one, the nearest first.
    pub fn nearest(&self, id: &str) -> Vec<String> {
        let mut near: Vec<&String> = self.facts.iter().map(|fact| &fact.id).collect();
        near.sort_by_cached_key(|other| (distance(id, other), (*other).clone()));
        near.into_iter().take(3).cloned().collect()
    }
}

/// Unlike parts of two ids: enough to rank suggestions.
fn distance(a: &str, b: &str) -> usize {
    let trigrams = |text: &str| -> Vec<String> {
        let padded: Vec<char> = format!("  {text} ").chars().collect();
        padded.windows(3).map(|window| window.iter().collect()).collect()
    };
    let (a, b) = (trigrams(a), trigrams(b));
    let shared = a.iter().filter(|gram| b.contains(gram)).count();
    a.len() + b.len() - 2 * shared.min(b.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> Date {
        "2026-11-22".parse().expect("a date")
    }

    #[test]
    fn every_fact_is_complete() {
        let catalog = Catalog::embedded();
        assert!(catalog.facts.len() > 300, "the catalog is embedded: {} facts", catalog.facts.len());
        for fact in &catalog.facts {
            assert!(!fact.values.is_empty() && !fact.sources.is_empty(), "{}", fact.id);
            assert!(fact.sources.iter().all(|key| catalog.source(key).is_some()), "{}", fact.id);
            let kind = std::mem::discriminant(&fact.values[0].value);
            assert!(fact.values.iter().all(|value| std::mem::discriminant(&value.value) == kind), "{}", fact.id);
        }
    }

    #[test]
    fn every_profile_answers_every_feature_of_the_api() {
        let catalog = Catalog::embedded();
        for profile in &catalog.profiles {
            let mut features: Vec<&str> = catalog
                .facts
                .iter()
                .filter(|fact| fact.id.split('.').next() == Some(profile.id.as_str()))
                .filter_map(|fact| fact.feature.as_deref())
                .collect();
            features.sort_unstable();
            features.dedup();
            assert_eq!(features.len(), 38, "{}: {features:?}", profile.id);
        }
        assert_eq!(catalog.profiles.len(), 4);
    }

    #[test]
    fn an_override_replaces_a_fact_until_it_expires() {
        let mut catalog = Catalog::embedded().clone();
        let over = |expires: Option<&str>| Override {
            id: "falcon.load-balancing".to_owned(),
            values: vec![Json::Bool(true)],
            range: None,
            status: Status::Confirmed,
            date: today(),
            expires: expires.map(|date| date.parse().expect("a date")),
            note: "support case".to_owned(),
            source: "model.yaml".to_owned(),
            is_question: false,
        };
        assert_eq!(catalog.apply(&over(Some("2026-11-21")), today()), Ok(false));
        assert_eq!(catalog.apply(&over(None), today()), Ok(true));
        let id = catalog.find("falcon.load-balancing").expect("a fact");
        assert_eq!(catalog.fact(id).status, Status::Confirmed);
    }

    /// What others measured on other systems is there to hold results against; no trial draws from it.
    const FOREIGN: [&str; 3] = ["f5-cfe.", "k8s.", "nfs.field-"];

    #[test]
    fn every_guessed_delay_says_how_far_off_it_may_be() {
        let guessed = |fact: &&Fact| {
            fact.unit == Unit::Delay
                && matches!(fact.status, Status::Assumed | Status::Reported)
                && !FOREIGN.iter().any(|prefix| fact.id.starts_with(prefix))
        };
        let guessed: Vec<&Fact> = Catalog::embedded().facts.iter().filter(guessed).collect();
        assert!(guessed.len() >= 12, "{}", guessed.len());
        for fact in guessed {
            let range = fact.range.unwrap_or_else(|| panic!("{} has no range", fact.id));
            assert!(range.low() < 1.0 && range.high() > 1.0, "{}: {range}", fact.id);
        }
    }

    #[test]
    fn a_range_is_kept_while_the_value_is_a_guess() {
        let id = "api.get-time";
        let catalog = Catalog::embedded();
        let range_of = |catalog: &Catalog| catalog.fact(catalog.find(id).expect("a fact")).range;
        let apply = |range, status| {
            let mut catalog = catalog.clone();
            let values = vec![serde_json::json!([{ "point": 0.2 }])];
            let note = "n".to_owned();
            let over = Override {
                id: id.to_owned(),
                values,
                range,
                status,
                date: today(),
                expires: None,
                source: note.clone(),
                note,
            };
            catalog.apply(&over, today()).map(|_| range_of(&catalog))
        };
        let own = Some(Range::new(0.9, 1.5).expect("a range"));
        assert!(range_of(catalog).is_some());
        assert_eq!(apply(None, Status::Assumed), Ok(range_of(catalog)));
        assert_eq!(apply(own, Status::Assumed), Ok(own));
        assert_eq!(apply(None, Status::Observed), Ok(None));
        assert_eq!(apply(own, Status::Observed), Ok(own));
        assert_eq!(apply(None, Status::Confirmed), Ok(None));
        let error = apply(own, Status::Confirmed).expect_err("a confirmed value is taken as it is");
        assert!(error.to_string().starts_with("api.get-time: a range belongs to"), "{error}");
    }

    #[test]
    fn a_misspelt_fact_gets_a_suggestion() {
        let mut catalog = Catalog::embedded().clone();
        let over = Override {
            id: "falcon.load-balancin".to_owned(),
            values: vec![Json::Bool(true)],
            range: None,
            status: Status::Assumed,
            date: today(),
            expires: None,
            note: String::new(),
            source: String::new(),
            is_question: false,
        };
        let error = catalog.apply(&over, today()).expect_err("no such fact");
        assert_eq!(error.to_string(), "no fact is named `falcon.load-balancin`; did you mean `falcon.load-balancing`?");
    }
}
