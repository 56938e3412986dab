//! What changes in the network from one reading to another: resources by their names, fields by their paths, and the
//! parts of the model file that are no resources.
//! Not here: which findings appear and disappear, and which facts are believed otherwise.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::lower::IGNORED;
use crate::merge::{is_same_element, key_of, plain};
use crate::read::Loaded;
use crate::resource::{Anchor, Kind, Lack, Resource, project_of, short};

/// Something that differs between two readings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The API's word, or the section of the model file.
    pub kind: &'static str,
    /// Canonical name, or the path in the model file: `vips/nfs`.
    pub name: String,
    pub change: Change,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Added,
    Removed,
    Changed(Vec<FieldChange>),
}

/// A field with two values, by its path: `networkInterfaces/0/subnetwork`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    pub field: String,
    pub old: Told,
    pub new: Told,
}

/// What one side says of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    Value(String),
    /// It has no such field: the platform's default.
    Nothing,
    /// Known only after apply.
    AfterApply,
}

/// Everything that differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    /// By kind, then by name.
    pub changes: Vec<Difference>,
    /// Fields that a live network states and a plan or a model leaves to the platform: no difference, and not compared.
    pub left_to_platform: usize,
}

/// One resource as the old reading and the new one have it.
type Sides<'l> = (Option<&'l Resource>, Option<&'l Resource>);

/// Compares two readings. The result does not depend on the order of their inputs.
pub fn difference(old: &Loaded, new: &Loaded) -> Differences {
    let mut found = Differences::default();
    // What no judgement sees is no difference in the network.
    let mut unread: BTreeSet<(&str, &str)> = BTreeSet::new();
    unread.extend(old.unread.iter().chain(&new.unread).map(|unread| (unread.kind, unread.field.as_str())));
    let mut pairs: BTreeMap<(Kind, &str), Sides<'_>> = BTreeMap::new();
    for resource in &old.resources {
        pairs.entry((resource.kind, resource.name.as_str())).or_default().0 = Some(resource);
    }
    for resource in &new.resources {
        pairs.entry((resource.kind, resource.name.as_str())).or_default().1 = Some(resource);
    }
    for ((kind, name), pair) in pairs {
        let change = match pair {
            (None, Some(_)) => Change::Added,
            (Some(_), None) => Change::Removed,
            (Some(old), Some(new)) => {
                let mut comparison = Comparison::of(old, new, &unread);
                comparison.bodies(old, new);
                found.left_to_platform += comparison.left_to_platform;
                if comparison.changes.is_empty() {
                    continue;
                }
                Change::Changed(comparison.changes)
            }
            (None, None) => unreachable!("a pair is made of something"),
        };
        found.changes.push(Difference { kind: kind.word(), name: name.to_owned(), change });
    }
    for section in SECTIONS {
        sections(section, old, new, &mut found);
    }
    found
}

/// The parts of a model file that are no resources of the Compute API.
const SECTIONS: [&str; 9] =
    ["clusters", "vips", "clients", "links", "workload", "intents", "demand", "tests", "sizing"];

fn sections(section: &'static str, old: &Loaded, new: &Loaded, found: &mut Differences) {
    let (old, new) = (old.origins.section(section), new.origins.section(section));
    let mut names: BTreeMap<String, (Option<Value>, Option<Value>)> = BTreeMap::new();
    for (name, value) in old {
        names.entry(name).or_default().0 = Some(value);
    }
    for (name, value) in new {
        names.entry(name).or_default().1 = Some(value);
    }
    for (name, pair) in names {
        let change = match pair {
            (None, _) => Change::Added,
            (_, None) => Change::Removed,
            (Some(old), Some(new)) => {
                let mut comparison = Comparison::default();
                comparison.values("", Some(&old), Some(&new));
                if comparison.changes.is_empty() {
                    continue;
                }
                Change::Changed(comparison.changes)
            }
        };
        found.changes.push(Difference { kind: section, name: format!("{section}/{name}"), change });
    }
}

/// Fields that hold a place by its name or its URL.
const PLACES: &[&str] = &["zone", "region"];

/// Comparing two descriptions of one thing.
#[derive(Default)]
struct Comparison<'c> {
    kind: &'static str,
    project: &'c str,
    unread: Option<&'c BTreeSet<(&'c str, &'c str)>>,
    sides: Option<(&'c Resource, &'c Resource)>,
    changes: Vec<FieldChange>,
    left_to_platform: usize,
}

impl<'c> Comparison<'c> {
    fn of(old: &'c Resource, new: &'c Resource, unread: &'c BTreeSet<(&'c str, &'c str)>) -> Self {
        Self {
            kind: new.kind.word(),
            project: project_of(&new.name),
            unread: Some(unread),
            sides: Some((old, new)),
            changes: Vec::new(),
            left_to_platform: 0,
        }
    }

    fn bodies(&mut self, old: &Resource, new: &Resource) {
        let keys: BTreeSet<&String> = old.body.keys().chain(new.body.keys()).collect();
        for key in keys {
            self.entry("", key, old.body.get(key), new.body.get(key));
        }
    }

    /// One key of an object, unless it says nothing about the network.
    fn entry(&mut self, path: &str, key: &str, old: Option<&Value>, new: Option<&Value>) {
        // The name tells the elements of a list apart; the resources themselves are paired by theirs.
        if IGNORED.contains(&key) && (key != "name" || path.is_empty()) {
            return;
        }
        let path = if path.is_empty() { key.to_owned() } else { format!("{path}/{key}") };
        let general: Vec<&str> = path.split('/').filter(|part| part.parse::<usize>().is_err()).collect();
        if self.unread.is_some_and(|unread| unread.contains(&(self.kind, general.join("/").as_str()))) {
            return;
        }
        self.values(&path, old, new);
    }

    fn values(&mut self, path: &str, old: Option<&Value>, new: Option<&Value>) {
        match (old, new) {
            (Some(Value::Object(before)), Some(Value::Object(after))) => {
                let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
                for key in keys {
                    self.entry(path, key, before.get(key), after.get(key));
                }
            }
            (Some(Value::Array(before)), Some(Value::Array(after)))
                if before.iter().chain(after).any(Value::is_object) =>
            {
                self.elements(path, before, after);
            }
            _ => self.leaves(path, old, new),
        }
    }

    /// Elements that have a name, a priority or a protocol of their own are paired by it, others by their place.
    fn elements(&mut self, path: &str, old: &[Value], new: &[Value]) {
        if !are_told_apart(old) || !are_told_apart(new) {
            for place in 0..old.len().max(new.len()) {
                self.values(&format!("{path}/{place}"), old.get(place), new.get(place));
            }
            return;
        }
        for (place, after) in new.iter().enumerate() {
            let before = old.iter().find(|before| is_same_element(before, after));
            self.values(&format!("{path}/{place}"), before, Some(after));
        }
        for (place, before) in old.iter().enumerate() {
            if !new.iter().any(|after| is_same_element(before, after)) {
                self.values(&format!("{path}/{place}"), Some(before), None);
            }
        }
    }

    fn leaves(&mut self, path: &str, old: Option<&Value>, new: Option<&Value>) {
        let comparable = |value: Option<&Value>| {
            value.filter(|value| !says_nothing(value)).map(|value| match value {
                // A zone or a region is written as a URL or by its name.
                Value::String(url) if PLACES.contains(&path) => Value::String(short(url).to_owned()),
                _ => plain(value, self.project),
            })
        };
        let (before, after) = (comparable(old), comparable(new));
        if before == after {
            return;
        }
        let told = |value: Option<&Value>, side: Option<&Resource>| match value {
            Some(value) => Told::Value(words(value)),
            None if side.is_some_and(|side| side.unknown.lack(&format!("/{path}")) == Some(Lack::AfterApply)) => {
                Told::AfterApply
            }
            None => Told::Nothing,
        };
        let (old_side, new_side) = (self.sides.map(|sides| sides.0), self.sides.map(|sides| sides.1));
        let (old, new) = (told(before.as_ref(), old_side), told(after.as_ref(), new_side));
        if old == new {
            return;
        }
        let is_live = |side: Option<&Resource>| side.is_some_and(|side| matches!(side.anchor, Anchor::Json { .. }));
        let left =
            |mine: &Told, my_side, other_side| *mine == Told::Nothing && !is_live(my_side) && is_live(other_side);
        if left(&old, old_side, new_side) || left(&new, new_side, old_side) {
            self.left_to_platform += 1;
            return;
        }
        self.changes.push(FieldChange { field: path.to_owned(), old, new });
    }
}

/// Whether each element has something that no other has.
fn are_told_apart(elements: &[Value]) -> bool {
    let keys: Option<BTreeSet<String>> = elements.iter().map(|element| Some(key_of(element)?.to_string())).collect();
    keys.is_some_and(|keys| keys.len() == elements.len())
}

/// The API leaves these out as often as it states them.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// A value as it is read: texts without quotes, lists and fields with commas.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if !items.iter().any(Value::is_object) => {
            items.iter().map(words).collect::<Vec<_>>().join(", ")
        }
        Value::Object(fields) => {
            let says = fields.iter().filter(|(_, value)| !says_nothing(value));
            says.map(|(key, value)| format!("{key} {}", words(value))).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}
