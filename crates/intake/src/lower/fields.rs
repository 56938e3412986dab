//! Reading the fields of a resource, and remembering which ones were read, which were malformed, and which nothing asked for.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::rc::Rc;
use std::str::FromStr;

use ipnet::IpNet;
use serde_json::{Map, Value};
use twinrail_model::{EntityId, Field, FieldName, Hole, Place, Ratio, Stated};

use crate::resource::{Kind, Lack, Resource};

/// Fields that say nothing about the network: names, times, checksums and texts for people.
pub(crate) const IGNORED: &[&str] = &[
    "kind",
    "id",
    "selfLink",
    "selfLinkWithId",
    "name",
    "creationTimestamp",
    "description",
    "fingerprint",
    "labelFingerprint",
    "labels",
    "etag",
];

/// What was read of the resources so far.
#[derive(Debug, Default)]
pub(super) struct Log {
    read: BTreeSet<(Kind, String)>,
    unread: BTreeMap<(Kind, String), usize>,
    malformed: Vec<String>,
    listed: BTreeSet<String>,
    /// What is there and leads nowhere, in words, and how often.
    pub astray: BTreeMap<&'static str, usize>,
    /// The first field that was read as if left out though it will have a value, since the last time somebody asked.
    cloud: Option<(FieldName, Missing)>,
}

impl Log {
    /// What is left of a resource that will have a value and that nothing says so of.
    pub fn take_cloud(&mut self) -> Option<(FieldName, Missing)> {
        self.cloud.take()
    }

    /// Counts what was read of an object and what nothing asked for.
    fn count(&mut self, kind: Kind, visit: &Visit<'_>) {
        for key in visit.map.keys() {
            let path = if visit.path.is_empty() { key.clone() } else { format!("{}/{key}", visit.path) };
            if visit.read.contains(key.as_str()) {
                if visit.path.is_empty() {
                    self.read.insert((kind, path));
                }
            } else if !IGNORED.contains(&key.as_str()) {
                *self.unread.entry((kind, path)).or_default() += 1;
            }
        }
    }

    pub fn was_read(&self, kind: Kind, field: &str) -> bool {
        self.read.contains(&(kind, field.to_owned()))
    }

    pub fn malformed(&self) -> Vec<String> {
        self.malformed.clone()
    }

    pub fn unread(&self) -> impl Iterator<Item = (&'static str, String, usize)> + '_ {
        self.unread.iter().map(|((kind, field), count)| (kind.word(), field.clone(), *count))
    }
}

/// Why a field gives no value though one is, or will be, there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Malformed,
    AfterApply,
    NotInInput,
}

impl Missing {
    /// What the platform will choose is left out and not missing.
    fn of(lack: Lack) -> Option<Self> {
        match lack {
            Lack::AfterApply => Some(Self::AfterApply),
            Lack::NotInInput => Some(Self::NotInInput),
            Lack::ByPlatform => None,
        }
    }

    pub fn hole(self, place: Place) -> Hole {
        match self {
            Self::Malformed => Hole::NotUnderstood(place),
            Self::AfterApply => Hole::AfterApply(place),
            Self::NotInInput => Hole::NotInInput(place),
        }
    }
}

/// An object's fields. Each getter marks its field as read; what is left when all is done was unread.
pub(super) struct Fields<'r> {
    resource: &'r Resource,
    map: &'r Map<String, Value>,
    /// Path of this object below the resource: empty, or `scheduling`, `networkInterfaces`.
    path: String,
    /// The same with the places in lists: `/networkInterfaces/0`.
    pointer: String,
    visits: Rc<RefCell<Visits<'r>>>,
    log: Rc<RefCell<Log>>,
}

/// The objects of a resource that were read, by pointer, with the keys that something asked for: an object may be read in several goes.
type Visits<'r> = BTreeMap<String, Visit<'r>>;

struct Visit<'r> {
    path: String,
    map: &'r Map<String, Value>,
    read: BTreeSet<&'static str>,
}

impl<'r> Fields<'r> {
    pub fn of(resource: &'r Resource, log: Log) -> Self {
        let fields = Self {
            resource,
            map: &resource.body,
            path: String::new(),
            pointer: String::new(),
            visits: Rc::default(),
            log: Rc::new(RefCell::new(log)),
        };
        fields.visit()
    }

    /// Ends the reading of a resource and gives the log back.
    pub fn finish(self) -> Log {
        let Self { resource, visits, log, .. } = self;
        let mut log = Rc::into_inner(log).expect("every child was dropped before its parent").into_inner();
        let visits = Rc::into_inner(visits).expect("every child was dropped before its parent").into_inner();
        for visit in visits.into_values() {
            log.count(resource.kind, &visit);
        }
        log
    }

    /// Notes that this object is read.
    fn visit(self) -> Self {
        let visit = || Visit { path: self.path.clone(), map: self.map, read: BTreeSet::new() };
        self.visits.borrow_mut().entry(self.pointer.clone()).or_insert_with(visit);
        self
    }

    fn value(&self, key: &'static str) -> Option<&'r Value> {
        if let Some(visit) = self.visits.borrow_mut().get_mut(&self.pointer) {
            visit.read.insert(key);
        }
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// Lists a value that has not the form it should have.
    pub fn malformed(&self, key: &str, value: &Value) {
        let text = super::brief(value);
        let place = if self.path.is_empty() { key.to_owned() } else { format!("{}/{key}", self.path) };
        let line = format!("{}: {place} is {text}", self.resource.name);
        let mut log = self.log.borrow_mut();
        // What is read in several goes is listed once.
        if log.listed.insert(line.clone()) {
            log.malformed.push(line);
        }
    }

    /// Notes something that is there and leads to nothing that is modelled.
    pub fn astray(&self, what: &'static str) {
        *self.log.borrow_mut().astray.entry(what).or_default() += 1;
    }

    /// Why the body does not have a field that the resource will have.
    fn lack(&self, key: &str) -> Option<Lack> {
        self.resource.unknown.lack(&format!("{}/{key}", self.pointer))
    }

    fn parsed<T>(&self, key: &'static str, parse: impl Fn(&'r Value) -> Option<T>) -> Result<Option<T>, Missing> {
        let Some(value) = self.value(key) else {
            return self.lack(key).and_then(Missing::of).map_or(Ok(None), Err);
        };
        if let Some(parsed) = parse(value) {
            Ok(Some(parsed))
        } else {
            self.malformed(key, value);
            Err(Missing::Malformed)
        }
    }

    /// What one or several fields say of an entity. The getters in `read` that give plain values read what is known only after apply as if it were left
    /// out; here that becomes the hole of the whole. Every such getter is called in a `read`, so that nothing that is missing goes unsaid.
    pub fn stated<T>(&self, entity: impl Into<EntityId>, read: impl FnOnce(&Self) -> T) -> Stated<T> {
        let around = self.log.borrow_mut().cloud.take();
        let value = read(self);
        let cloud = std::mem::replace(&mut self.log.borrow_mut().cloud, around);
        Stated::new(value, cloud.map(|(key, missing)| missing.hole(Place::field(entity, key))))
    }

    /// A value, where [`Self::stated`] says what it lacks.
    pub fn plain<T>(&self, key: &'static str, parsed: Result<Option<T>, Missing>) -> Option<T> {
        if let Err(missing @ (Missing::AfterApply | Missing::NotInInput)) = &parsed {
            self.cloud(key, *missing);
        }
        parsed.ok().flatten()
    }

    fn cloud(&self, key: &'static str, missing: Missing) {
        self.log.borrow_mut().cloud.get_or_insert((key, missing));
    }

    pub fn text(&self, key: &'static str) -> Option<&'r str> {
        self.plain(key, self.parsed(key, Value::as_str))
    }

    /// `false` where it is left out, as in the API.
    pub fn flag(&self, key: &'static str) -> bool {
        self.plain(key, self.parsed(key, Value::as_bool)).unwrap_or(false)
    }

    pub fn count(&self, key: &'static str) -> Option<u64> {
        self.plain(key, self.parsed(key, whole))
    }

    pub fn ratio(&self, key: &'static str) -> Option<Ratio> {
        self.plain(key, self.parsed(key, |value| value.as_f64().and_then(Ratio::new)))
    }

    pub fn port(&self, key: &'static str) -> Option<u16> {
        self.plain(key, self.parsed(key, |value| u16::try_from(whole(value)?).ok()))
    }

    pub fn texts(&self, key: &'static str) -> Vec<&'r str> {
        self.each(key, Value::as_str)
    }

    /// A reference, as `resolve` makes a name of it; an error if that fails.
    pub fn resolved(
        &self,
        key: &'static str,
        resolve: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<String>, Missing> {
        self.parsed(key, |value| resolve(value.as_str()?))
    }

    /// References; those that name nothing are listed and left out.
    pub fn resolved_all(&self, key: &'static str, resolve: impl Fn(&str) -> Option<String>) -> Vec<String> {
        self.each(key, |value| resolve(value.as_str()?))
    }

    /// A value with a form of its own; malformed ones are listed and left out.
    pub fn form<T: FromStr>(&self, key: &'static str) -> Option<T> {
        self.plain(key, self.parsed(key, |value| value.as_str()?.parse().ok()))
    }

    /// Values with a form of their own; malformed ones are listed and left out.
    pub fn forms<T: FromStr>(&self, key: &'static str) -> Vec<T> {
        self.each(key, |value| value.as_str()?.parse().ok())
    }

    /// Address ranges; a single address is a range of one.
    pub fn ranges(&self, key: &'static str) -> Vec<IpNet> {
        self.each(key, |value| range(value.as_str()?))
    }

    fn each<T>(&self, key: &'static str, parse: impl Fn(&'r Value) -> Option<T>) -> Vec<T> {
        self.slots(key, |_, value| parse(value)).into_iter().flatten().collect()
    }

    /// The elements of a list, by their places: `None` for one that is known only after apply, and for a list of which nothing else is known. A malformed one
    /// is listed and left out.
    fn slots<T>(&self, key: &'static str, parse: impl Fn(usize, &'r Value) -> Option<T>) -> Vec<Option<T>> {
        let items = match self.parsed(key, Value::as_array) {
            Ok(items) => items.map_or(&[][..], Vec::as_slice),
            Err(Missing::Malformed) => &[],
            Err(missing @ (Missing::AfterApply | Missing::NotInInput)) => {
                self.cloud(key, missing);
                return vec![None];
            }
        };
        let unknown = self.resource.unknown.elements(&format!("{}/{key}", self.pointer));
        unknown.values().filter_map(|lack| Missing::of(*lack)).for_each(|missing| self.cloud(key, missing));
        let mut slots = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            match parse(place, item) {
                _ if unknown.contains_key(&place) => slots.push(None),
                Some(value) => slots.push(Some(value)),
                None => self.malformed(key, item),
            }
        }
        slots.extend(unknown.into_keys().filter(|place| *place >= items.len()).map(|_| None));
        slots
    }

    /// One of several words.
    pub fn word<T: Copy>(&self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let parsed = self.parsed(key, |value| {
            words.iter().find(|(word, _)| Some(*word) == value.as_str()).map(|(_, meaning)| *meaning)
        });
        self.plain(key, parsed)
    }

    /// Like [`Self::form`] where a judgement may need the value: a malformed one is a hole.
    pub fn form_field<T: FromStr>(&self, key: FieldName, entity: impl Into<EntityId>) -> Field<Option<T>> {
        let parsed = self.parsed(key, |value| value.as_str()?.parse().ok());
        parsed.map_err(|missing| missing.hole(Place::field(entity, key)))
    }

    /// Like [`Self::text`] where a judgement may need the value: a malformed one is a hole.
    pub fn text_field(&self, key: FieldName, entity: impl Into<EntityId>) -> Field<Option<&'r str>> {
        self.parsed(key, Value::as_str).map_err(|missing| missing.hole(Place::field(entity, key)))
    }

    /// Like [`Self::count`] where a judgement may need the value: a malformed one is a hole.
    pub fn count_field(&self, key: FieldName, entity: impl Into<EntityId>) -> Field<Option<u64>> {
        self.parsed(key, whole).map_err(|missing| missing.hole(Place::field(entity, key)))
    }

    /// A value that must be there: a hole if it is not.
    pub fn needed<T: FromStr>(&self, key: FieldName, entity: impl Into<EntityId> + Copy) -> Field<T> {
        self.form_field(key, entity)?.ok_or_else(|| self.absent(key, entity))
    }

    /// The hole of a field that must be there and is not: the platform will choose it, or the input does not say.
    pub fn absent(&self, key: FieldName, entity: impl Into<EntityId>) -> Hole {
        let place = Place::field(entity, key);
        match self.lack(key) {
            Some(Lack::AfterApply | Lack::ByPlatform) => Hole::AfterApply(place),
            Some(Lack::NotInInput) | None => Hole::NotInInput(place),
        }
    }

    /// A range where a judgement may need it; a single address is a range of one.
    pub fn range_field(&self, key: FieldName, entity: impl Into<EntityId>) -> Field<Option<IpNet>> {
        let parsed = self.parsed(key, |value| range(value.as_str()?));
        parsed.map_err(|missing| missing.hole(Place::field(entity, key)))
    }

    /// A range that must be there; a single address is a range of one.
    pub fn needed_range(&self, key: FieldName, entity: impl Into<EntityId> + Copy) -> Field<IpNet> {
        let parsed = self.parsed(key, |value| range(value.as_str()?));
        parsed.map_err(|missing| missing.hole(Place::field(entity, key)))?.ok_or_else(|| self.absent(key, entity))
    }

    pub fn child(&self, key: &'static str) -> Option<Fields<'r>> {
        let map = self.plain(key, self.parsed(key, Value::as_object))?;
        Some(self.below(key, None, map))
    }

    pub fn children(&self, key: &'static str) -> Vec<Fields<'r>> {
        self.child_slots(key).into_iter().flatten().collect()
    }

    /// The same with `None` for each that is known only after apply.
    pub fn child_slots(&self, key: &'static str) -> Vec<Option<Fields<'r>>> {
        self.slots(key, |place, item| Some(self.below(key, Some(&place.to_string()), item.as_object()?)))
    }

    /// The values of a map whose keys are names, such as stateful addresses by NIC.
    pub fn entries(&self, key: &'static str) -> Vec<(&'r str, Fields<'r>)> {
        let Some(map) = self.plain(key, self.parsed(key, Value::as_object)) else { return Vec::new() };
        let unknown = self.resource.unknown.below(&format!("{}/{key}", self.pointer));
        unknown.values().filter_map(|lack| Missing::of(*lack)).for_each(|missing| self.cloud(key, missing));
        let mut entries = Vec::with_capacity(map.len());
        for (name, value) in map {
            match value.as_object() {
                None if value.is_null() && unknown.contains_key(name.as_str()) => {}
                Some(fields) => entries
                    .push((name.as_str(), self.below(key, Some(&name.replace('~', "~0").replace('/', "~1")), fields))),
                None => self.malformed(key, value),
            }
        }
        entries
    }

    /// The texts of a map whose keys are names, such as tags by their keys.
    pub fn pairs(&self, key: &'static str) -> Vec<(&'r str, &'r str)> {
        let Some(map) = self.plain(key, self.parsed(key, Value::as_object)) else { return Vec::new() };
        let unknown = self.resource.unknown.below(&format!("{}/{key}", self.pointer));
        unknown.values().filter_map(|lack| Missing::of(*lack)).for_each(|missing| self.cloud(key, missing));
        let mut pairs = Vec::with_capacity(map.len());
        for (name, value) in map {
            match value.as_str() {
                Some(text) => pairs.push((name.as_str(), text)),
                None if unknown.contains_key(name.as_str()) => {}
                None => self.malformed(key, value),
            }
        }
        pairs
    }

    /// Whether a list is left out, or is empty.
    pub fn is_empty(&self, key: &'static str) -> bool {
        match self.value(key) {
            Some(value) => value.as_array().is_some_and(Vec::is_empty),
            None => !self.lacks(key),
        }
    }

    /// Whether the object has the field at all.
    pub fn has(&self, key: &'static str) -> bool {
        self.plain(key, self.parsed(key, Some)).is_some()
    }

    /// Knows a field and reads nothing of it.
    pub fn skip(&self, key: &'static str) {
        self.value(key);
    }

    /// Whether the field will have a value that is not known yet.
    pub fn lacks(&self, key: &'static str) -> bool {
        self.lack(key).is_some_and(Lack::is_set)
    }

    /// Whether a selector is there that restricts something: empty lists and `UNSPECIFIED` do not.
    pub fn narrows(&self, key: &'static str) -> bool {
        match self.value(key) {
            Some(Value::Array(items)) => !items.is_empty(),
            Some(Value::String(word)) => word != "UNSPECIFIED",
            Some(_) => true,
            None => self.has(key),
        }
    }

    /// The first of several fields that is there: how the API writes alternatives.
    pub fn first_of(&self, keys: &[&'static str]) -> Option<(&'static str, &'r str)> {
        let mut found = None;
        for key in keys {
            if let (Some(text), None) = (self.text(key), found) {
                found = Some((*key, text));
            }
        }
        found
    }

    /// An object below: in a list by its place, in a map by its name.
    fn below(&self, key: &str, place: Option<&str>, map: &'r Map<String, Value>) -> Fields<'r> {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}/{key}", self.path) };
        let place = place.map_or_else(String::new, |place| format!("/{place}"));
        let pointer = format!("{}/{key}{place}", self.pointer);
        let (visits, log) = (Rc::clone(&self.visits), Rc::clone(&self.log));
        Fields { resource: self.resource, map, path, pointer, visits, log }.visit()
    }
}

/// A whole number, also as text: the API writes 64-bit numbers so.
fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// A range, or one address as a range of one.
pub(super) fn range(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
