//! Reading the fields of a resource, and remembering which ones were read, which were malformed, and which nothing asked for.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::rc::Rc;
use std::str::FromStr;

use ipnet::IpNet;
use serde_json::{Map, Value};
use twinrail_model::{EntityId, Field, FieldName, Hole, Place};

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
    /// Fields that were read as if left out though they will have a value, since the last time somebody asked.
    clouds: Vec<(FieldName, Missing)>,
}

impl Log {
    pub fn take_clouds(&mut self) -> Vec<(FieldName, Missing)> {
        std::mem::take(&mut self.clouds)
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
    read: RefCell<Vec<&'static str>>,
    log: Rc<RefCell<Log>>,
}

impl<'r> Fields<'r> {
    pub fn of(resource: &'r Resource, log: Log) -> Self {
        Self {
            resource,
            map: &resource.body,
            path: String::new(),
            pointer: String::new(),
            read: RefCell::default(),
            log: Rc::new(RefCell::new(log)),
        }
    }

    /// Ends the reading of a resource and gives the log back.
    pub fn finish(self) -> Log {
        let log = Rc::clone(&self.log);
        drop(self);
        Rc::into_inner(log).expect("every child was dropped before its parent").into_inner()
    }

    fn value(&self, key: &'static str) -> Option<&'r Value> {
        self.read.borrow_mut().push(key);
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// Lists a value that has not the form it should have.
    pub fn malformed(&self, key: &str, value: &Value) {
        let text = super::brief(value);
        let place = if self.path.is_empty() { key.to_owned() } else { format!("{}/{key}", self.path) };
        self.log.borrow_mut().malformed.push(format!("{}: {place} is {text}", self.resource.name));
    }

    /// Why the body does not have a field that the resource will have.
    fn lack(&self, key: &str) -> Option<Lack> {
        self.resource.unknown.lack(&format!("{}/{key}", self.pointer))
    }

    fn parsed<T>(&self, key: &'static str, parse: impl Fn(&'r Value) -> Option<T>) -> Result<Option<T>, Missing> {
        let Some(value) = self.value(key) else {
            return match self.lack(key) {
                Some(Lack::AfterApply) => Err(Missing::AfterApply),
                Some(Lack::NotInInput) => Err(Missing::NotInInput),
                Some(Lack::ByPlatform) | None => Ok(None),
            };
        };
        if let Some(parsed) = parse(value) {
            Ok(Some(parsed))
        } else {
            self.malformed(key, value);
            Err(Missing::Malformed)
        }
    }

    /// A value that has no place for a hole: one that is known only after apply clouds its entity, so that nothing about it passes unseen.
    pub fn plain<T>(&self, key: &'static str, parsed: Result<Option<T>, Missing>) -> Option<T> {
        if let Err(missing @ (Missing::AfterApply | Missing::NotInInput)) = &parsed {
            self.log.borrow_mut().clouds.push((key, *missing));
        }
        parsed.ok().flatten()
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

    /// A ratio between 0 and 1, as whole percent.
    pub fn percent(&self, key: &'static str) -> Option<u8> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to lie between 0 and 100")]
        let percent = |ratio: f64| (0.0..=1.0).contains(&ratio).then(|| (ratio * 100.0).round() as u8);
        self.plain(key, self.parsed(key, |value| value.as_f64().and_then(percent)))
    }

    pub fn port(&self, key: &'static str) -> Option<u16> {
        self.plain(key, self.parsed(key, |value| u16::try_from(whole(value)?).ok()))
    }

    pub fn texts(&self, key: &'static str) -> Vec<&'r str> {
        let list = |value: &'r Value| value.as_array()?.iter().map(Value::as_str).collect();
        self.plain(key, self.parsed(key, list)).unwrap_or_default()
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
        let Some(items) = self.plain(key, self.parsed(key, Value::as_array)) else { return Vec::new() };
        let mut parsed = Vec::with_capacity(items.len());
        for item in items {
            match parse(item) {
                Some(value) => parsed.push(value),
                None => self.malformed(key, item),
            }
        }
        parsed
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
        let place = Cell::new(0);
        self.each(key, |item| {
            let at = place.replace(place.get() + 1);
            Some(self.below(key, Some(at), item.as_object()?))
        })
    }

    /// The values of a map whose keys are names, such as stateful addresses by NIC.
    pub fn entries(&self, key: &'static str) -> Vec<(&'r str, Fields<'r>)> {
        let Some(map) = self.plain(key, self.parsed(key, Value::as_object)) else { return Vec::new() };
        let mut entries = Vec::with_capacity(map.len());
        for (name, value) in map {
            match value.as_object() {
                Some(fields) => entries.push((name.as_str(), self.below(key, None, fields))),
                None => self.malformed(key, value),
            }
        }
        entries
    }

    /// Whether a list is left out, or is empty.
    pub fn is_empty(&self, key: &'static str) -> bool {
        match self.value(key) {
            Some(value) => value.as_array().is_some_and(Vec::is_empty),
            None => !self.lacks(key),
        }
    }

    /// Whether the object has the field at all, or will have it.
    pub fn has(&self, key: &'static str) -> bool {
        self.value(key).is_some() || self.lacks(key)
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

    fn below(&self, key: &str, place: Option<usize>, map: &'r Map<String, Value>) -> Fields<'r> {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}/{key}", self.path) };
        let place = place.map_or_else(String::new, |place| format!("/{place}"));
        let pointer = format!("{}/{key}{place}", self.pointer);
        Fields { resource: self.resource, map, path, pointer, read: RefCell::default(), log: Rc::clone(&self.log) }
    }
}

impl Drop for Fields<'_> {
    fn drop(&mut self) {
        let read = self.read.borrow();
        let mut log = self.log.borrow_mut();
        let kind = self.resource.kind;
        for key in self.map.keys() {
            let path = if self.path.is_empty() { key.clone() } else { format!("{}/{key}", self.path) };
            if read.iter().any(|name| name == key) {
                if self.path.is_empty() {
                    log.read.insert((kind, path));
                }
            } else if !IGNORED.contains(&key.as_str()) {
                *log.unread.entry((kind, path)).or_default() += 1;
            }
        }
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
