//! The way in: texts of any kind become one network, with everything that the user must know about the reading.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use twinrail_facts::{Date, Override, Status};
use twinrail_model::{EntityId, Network};

use crate::document::{self, Found};
use crate::expand;
use crate::lower;
use crate::origins::{Origins, SourceId, Spot, Text};
use crate::profile::{Observation, observe};
use crate::resource::{Kind, Resource};
use crate::schema;
use crate::spec;
use crate::tree;

/// A text and the path it came from. The path is only repeated in messages.
#[derive(Debug, Clone)]
pub struct Input {
    pub path: String,
    pub text: String,
}

/// What is wrong with an input: a mistake in our world, not in the user's network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError {
    pub path: String,
    /// Bytes of the text, where a place is known.
    pub at: Option<std::ops::Range<usize>>,
    pub message: String,
    pub hint: Option<String>,
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl std::error::Error for InputError {}

/// One resource that occurs twice with two values of a field that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    pub name: String,
    pub field: String,
    pub used: String,
    pub dropped: String,
    pub spot: Option<Spot>,
}

/// Something in the input that is of no kind we understand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unsupported {
    pub what: String,
    pub count: usize,
}

/// A field of an understood kind that nothing reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    pub kind: &'static str,
    pub field: String,
    pub count: usize,
}

/// Everything that reading the inputs gave.
#[derive(Debug, Default)]
pub struct Loaded {
    pub network: Network,
    pub origins: Origins,
    /// From the model file's `facts:`.
    pub overrides: Vec<Override>,
    /// From real network profiles.
    pub observations: Vec<Observation>,
    pub unsupported: Vec<Unsupported>,
    /// Values of understood fields that are malformed.
    pub malformed: Vec<String>,
    pub unread: Vec<Unread>,
    pub conflicts: Vec<Conflict>,
    /// Resources that are named in the input and not described there.
    pub outside: Vec<(EntityId, String)>,
    /// Answers in recordings that a later answer replaced.
    pub superseded: usize,
}

/// Reads inputs in any mixture. `today` dates what is observed in them. All errors of all inputs are returned at once.
pub fn read(inputs: Vec<Input>, today: Date) -> Result<Loaded, Vec<InputError>> {
    let mut loaded = Loaded::default();
    let mut errors = Vec::new();
    let mut resources = Vec::new();
    let mut unsupported: BTreeMap<String, usize> = BTreeMap::new();
    let mut models = Vec::new();
    for (place, input) in inputs.into_iter().enumerate() {
        let source = SourceId(place);
        let text = input.text.strip_prefix('\u{feff}').map_or(input.text.clone(), ToOwned::to_owned);
        let mut kept = Text { path: input.path, text, tree: None };
        match parse(&kept, source) {
            Ok(Parsed::Resources(found)) => {
                resources.extend(found.resources);
                loaded.superseded += found.superseded;
                for (what, count) in found.unsupported {
                    *unsupported.entry(what).or_default() += count;
                }
            }
            Ok(Parsed::Model(model, tree)) => {
                kept.tree = Some(tree);
                models.push((source, *model));
            }
            Err(found) => errors.extend(found),
        }
        loaded.origins.texts.push(kept);
    }
    if models.len() > 1 {
        let (source, _) = models[1];
        errors.push(InputError {
            path: loaded.origins.path(source).to_owned(),
            at: None,
            message: "a second model file".to_owned(),
            hint: Some("give one model file, and real resources beside it".to_owned()),
        });
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let model = models.pop();
    let mut expansion = None;
    if let Some((source, model)) = &model {
        let tree = loaded.origins.texts[source.0].tree.as_ref().expect("a model file keeps its tree");
        let path = loaded.origins.path(*source);
        let made = expand::expand(model, *source, path, tree)?;
        resources.extend(made.resources.iter().cloned());
        loaded.overrides = overrides(model, path);
        expansion = Some(made);
    }
    resources.retain(|resource| {
        if resource.kind != Kind::NetworkProfile {
            return true;
        }
        match observe(resource, loaded.origins.path(resource.source), today) {
            Some(observation) => loaded.observations.push(observation),
            None => *unsupported.entry("network profile without features".to_owned()).or_default() += 1,
        }
        false
    });
    lower::lower(resources, &mut loaded);
    if let (Some((source, model)), Some(expansion)) = (&model, expansion) {
        let errors = expand::declare(model, *source, &expansion, &mut loaded);
        if !errors.is_empty() {
            return Err(errors);
        }
    }
    loaded.unsupported = unsupported.into_iter().map(|(what, count)| Unsupported { what, count }).collect();
    Ok(loaded)
}

/// Reads a file of fact overrides: the `facts:` section of a model file, alone.
pub fn read_facts(input: &Input) -> Result<Vec<Override>, Vec<InputError>> {
    #[derive(Deserialize)]
    struct Only {
        facts: BTreeMap<String, spec::FactOverride>,
    }
    let tree = yaml(&input.text, &input.path).map_err(|error| vec![error])?;
    let json = match tree.to_json() {
        Value::Object(map) if map.contains_key("facts") => Value::Object(map),
        bare => serde_json::json!({ "facts": bare }),
    };
    let only: Only = serde_json::from_value(json).map_err(|error| {
        vec![InputError {
            path: input.path.clone(),
            at: None,
            message: error.to_string(),
            hint: Some("each fact has value, status (confirmed or assumed), date and note".to_owned()),
        }]
    })?;
    let overrides = only.facts.iter().map(|(id, fact)| fact_override(id, fact, &input.path));
    Ok(overrides.collect())
}

enum Parsed {
    Resources(Found),
    Model(Box<spec::Model>, tree::Node),
}

fn parse(input: &Text, source: SourceId) -> Result<Parsed, Vec<InputError>> {
    let text = input.text.trim_start();
    let failed = |error: document::JsonError| {
        vec![InputError {
            path: input.path.clone(),
            at: Some(error.at..error.at),
            message: format!("not valid JSON: {}", error.message),
            hint: Some("give the output of `gcloud … --format=json`, or an answer of the Compute API".to_owned()),
        }]
    };
    if text.starts_with('{') || text.starts_with('[') {
        return document::json(&input.text, source).map(Parsed::Resources).map_err(failed);
    }
    if document::is_recording(text) {
        return document::recording(&input.text, source).map(Parsed::Resources).map_err(failed);
    }
    let tree = yaml(&input.text, &input.path).map_err(|error| vec![error])?;
    let json = tree.to_json();
    if json.get("twinrail").is_none() {
        let hint = "a model file begins with `twinrail: 1`; `twinrail init` writes one to start from".to_owned();
        return Err(vec![InputError {
            path: input.path.clone(),
            at: None,
            message: "neither a model file nor JSON of Google Cloud".to_owned(),
            hint: Some(hint),
        }]);
    }
    schema::check(&json, &tree, &input.path)?;
    let model = serde_json::from_value(json).map_err(|error| {
        vec![InputError { path: input.path.clone(), at: None, message: error.to_string(), hint: None }]
    })?;
    Ok(Parsed::Model(Box::new(model), tree))
}

fn yaml(text: &str, path: &str) -> Result<tree::Node, InputError> {
    tree::parse(text).map_err(|error| InputError {
        path: path.to_owned(),
        at: Some(error.at..error.at),
        message: format!("not valid YAML: {}", error.message),
        hint: None,
    })
}

fn overrides(model: &spec::Model, path: &str) -> Vec<Override> {
    model.facts.iter().map(|(id, fact)| fact_override(id, fact, path)).collect()
}

fn fact_override(id: &str, fact: &spec::FactOverride, path: &str) -> Override {
    let values = match (&fact.value, &fact.values) {
        (Some(value), _) => vec![value.clone()],
        (None, Some(values)) => values.clone(),
        (None, None) => Vec::new(),
    };
    Override {
        id: id.to_owned(),
        values,
        status: match fact.status {
            spec::OverrideStatus::Confirmed => Status::Confirmed,
            spec::OverrideStatus::Assumed => Status::Assumed,
        },
        date: fact.date.0,
        expires: fact.expires.as_ref().map(|date| date.0),
        note: fact.note.clone(),
        source: path.to_owned(),
    }
}

/// Merges resources of the same name: what is known fills what is not, and two different values of one field are noted. The result does not depend on the order of the input.
pub(crate) fn merge(resources: Vec<Resource>) -> (Vec<Resource>, Vec<(usize, RawConflict)>) {
    let mut groups: BTreeMap<(Kind, String), Vec<Resource>> = BTreeMap::new();
    for resource in resources {
        groups.entry((resource.kind, resource.name.clone())).or_default().push(resource);
    }
    let mut merged = Vec::with_capacity(groups.len());
    let mut conflicts = Vec::new();
    for ((_, _), mut group) in groups {
        group.sort_by_cached_key(age);
        let mut group = group.into_iter();
        let mut first = group.next().expect("a group has a member");
        for other in group {
            for (field, value) in other.body {
                match first.body.get(&field) {
                    None => {
                        first.body.insert(field, value);
                    }
                    Some(kept) if *kept == value => {}
                    Some(kept) => conflicts.push((merged.len(), RawConflict { field, used: kept.clone(), dropped: value })),
                }
            }
        }
        merged.push(first);
    }
    (merged, conflicts)
}

/// Two values of one field, before it is known whether anything reads it.
#[derive(Debug, Clone)]
pub(crate) struct RawConflict {
    pub field: String,
    pub used: Value,
    pub dropped: Value,
}

/// Newest first; where no timestamp tells, the order of the text, which does not depend on the order of the files.
fn age(resource: &Resource) -> (std::cmp::Reverse<String>, String) {
    let time = ["lastStartTimestamp", "lastStopTimestamp", "creationTimestamp"]
        .iter()
        .filter_map(|field| resource.body.get(*field).and_then(Value::as_str))
        .max()
        .unwrap_or_default()
        .to_owned();
    (std::cmp::Reverse(time), Value::Object(resource.body.clone()).to_string())
}
