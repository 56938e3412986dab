//! From a plan or a state to resources: what will be after the plan is applied, what it deletes, and its steps. Not here: what the attributes of a resource
//! mean (`translate`), and where expressions lead (`configuration`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use twinrail_model::Action;

use super::address::{module_of, text_of};
use super::configuration::{Instance, World};
use super::format::{Change, Configuration, Document, ModuleValues, ResourceValues, block_name};
use super::secret::{is_marked, secrets};
use super::steps::RawStep;
use super::translate::{Configured, Defaults, Target, Translated, Written, name_of, translate};
use super::{JsonError, PlanError};
use crate::document::{Found, parse};
use crate::origins::SourceId;
use crate::resource::{Anchor, Resource};

/// The resources of a plan as they are after it is applied, and what it deletes; or those of a state.
pub(crate) fn plan(text: &str, source: SourceId) -> Result<Found, PlanError> {
    super::check_stream(text)?;
    let document: Document<'_> = parse(text, text)?;
    super::check_version(text, &document)?;
    let mut found = Found { is_plan: true, ..Found::default() };
    list_gaps(&document, &mut found.unsupported);
    let configuration: Configuration = match document.configuration {
        Some(raw) => parse(text, raw.get())?,
        None => Configuration::default(),
    };
    let objects = objects(&document, &mut found.unsupported);
    if objects.is_empty() {
        *found.unsupported.entry("Terraform plan or state without resources".to_owned()).or_default() += 1;
    }
    for change in document.resource_changes.iter().flatten().map(|change| &change.change) {
        for (values, marks) in [(change.before, change.before_sensitive), (change.after, change.after_sensitive)] {
            note_secrets(text, values, marks, &mut found)?;
        }
    }
    let states = document.prior_state.iter().filter_map(|state| state.values.as_ref()).chain(&document.values);
    for module in states.filter_map(|values| values.root_module.as_ref()) {
        note_state_secrets(text, module, &mut found)?;
    }
    let mut reader = Reader { text, source, world: World::new(&configuration, &document.variables), found };
    let places: Vec<usize> = objects.iter().map(|object| reader.place(object)).collect();
    for (object, place) in objects.iter().zip(&places) {
        reader.learn(object, *place)?;
    }
    for (object, place) in objects.iter().zip(&places) {
        reader.name(object, *place)?;
    }
    for (object, place) in objects.iter().zip(&places) {
        reader.read(object, *place)?;
    }
    Ok(reader.found)
}

fn note_secrets(
    text: &str,
    values: Option<&RawValue>,
    marks: Option<&RawValue>,
    found: &mut Found,
) -> Result<(), PlanError> {
    if let (Some(values), Some(marks)) = (values, marks.filter(|marks| is_marked(marks))) {
        secrets(text, values, &parse(text, marks.get())?, &mut found.secrets);
    }
    Ok(())
}

/// The same of a state, and of all modules below.
fn note_state_secrets(text: &str, module: &ModuleValues<'_>, found: &mut Found) -> Result<(), PlanError> {
    for resource in &module.resources {
        note_secrets(text, resource.values, resource.sensitive_values, found)?;
    }
    module.child_modules.iter().try_for_each(|child| note_state_secrets(text, child, found))
}

/// Lists what a plan says of itself that is missing in it.
fn list_gaps(document: &Document<'_>, unsupported: &mut BTreeMap<String, usize>) {
    let mut list = |what: String, count| *unsupported.entry(what).or_default() += count;
    if document.errored == Some(true) {
        list("Terraform plan that ended with an error, and is incomplete".to_owned(), 1);
    } else if document.complete == Some(false) {
        list("Terraform plan that is not complete: another must follow".to_owned(), 1);
    }
    for deferred in &document.deferred_changes {
        let reason = if deferred.reason.is_empty() { "unknown" } else { &deferred.reason };
        list(format!("Terraform change that waits for another plan ({reason})"), 1);
    }
    if document.resource_changes.is_none() && document.planned_values.is_some() {
        // What it plans does not tell what is known only after apply from what is left out, so it would pass for known.
        list("Terraform plan without `resource_changes`: only its state before is read".to_owned(), 1);
    }
}

/// What happens to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is there after the plan as its values say.
    Stays,
    Does(Action),
}

/// One object of a resource: of a plan's changes, or of a state.
#[derive(Debug)]
struct Object<'t> {
    address: &'t str,
    of: &'t str,
    mode: &'t str,
    name: &'t str,
    /// `None` where it is deleted.
    after: Option<&'t RawValue>,
    unknown: Option<&'t RawValue>,
    /// `None` where it is new, or stays as it is.
    before: Option<&'t RawValue>,
    fate: Fate,
    /// Whether it is the one that references mean, and not one that was replaced and still waits to be deleted.
    is_current: bool,
}

impl Object<'_> {
    /// Whether the plan says how the object is before.
    fn needs_before(&self) -> bool {
        matches!(self.fate, Fate::Does(Action::Update | Action::Delete | Action::Replace { .. }))
    }
}

/// All objects: those of the changes, and of the states what no change is about.
fn objects<'d>(document: &'d Document<'_>, unsupported: &mut BTreeMap<String, usize>) -> Vec<Object<'d>> {
    let mut objects = Vec::new();
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    for change in document.resource_changes.iter().flatten() {
        seen.insert((&change.address, &change.deposed));
        if !change.previous_address.is_empty() {
            seen.insert((&change.previous_address, &change.deposed));
        }
        changed(change, &mut objects, unsupported);
    }
    let prior = document.prior_state.iter().filter_map(|state| state.values.as_ref());
    for values in prior.chain(&document.values).filter_map(|values| values.root_module.as_ref()) {
        in_state(values, &seen, &mut objects);
    }
    for object in &objects {
        if object.fate != Fate::Does(Action::Delete) && object.after.is_none()
            || object.before.is_none() && object.needs_before()
        {
            *unsupported.entry(format!("Terraform type {} without values", object.of)).or_default() += 1;
        }
    }
    objects
}

/// The objects that a change is about: two where the old one is left alone.
fn changed<'d>(change: &'d Change<'_>, objects: &mut Vec<Object<'d>>, unsupported: &mut BTreeMap<String, usize>) {
    let difference = &change.change;
    let actions: Vec<&str> = difference.actions.iter().map(String::as_str).collect();
    let object = |after, before, fate| Object {
        address: &change.address,
        of: &change.of,
        mode: &change.mode,
        name: &change.name,
        after,
        unknown: difference.after_unknown,
        before,
        fate,
        is_current: change.deposed.is_empty(),
    };
    let (before, after) = (difference.before, difference.after);
    match actions.as_slice() {
        ["no-op" | "read"] => objects.push(object(after, None, Fate::Stays)),
        ["create"] => objects.push(object(after, None, Fate::Does(Action::Create))),
        ["update"] => objects.push(object(after, before, Fate::Does(Action::Update))),
        ["delete"] => objects.push(object(None, before, Fate::Does(Action::Delete))),
        ["delete", "create"] => {
            objects.push(object(after, before, Fate::Does(Action::Replace { create_first: false })));
        }
        ["create", "delete"] => {
            objects.push(object(after, before, Fate::Does(Action::Replace { create_first: true })));
        }
        // What Terraform forgets, the platform keeps.
        ["forget"] => objects.push(Object { unknown: None, ..object(before, None, Fate::Stays) }),
        ["create", "forget"] => {
            objects.push(object(after, None, Fate::Does(Action::Create)));
            objects.push(Object { unknown: None, is_current: false, ..object(before, None, Fate::Stays) });
        }
        other => *unsupported.entry(format!("Terraform action {}", other.join(" and "))).or_default() += 1,
    }
}

/// The objects of a state that no change is about: data sources that were read already, what the plan was told to leave out, and all of a state alone.
fn in_state<'d>(module: &'d ModuleValues<'_>, seen: &BTreeSet<(&str, &str)>, objects: &mut Vec<Object<'d>>) {
    let is_new = |resource: &&ResourceValues<'_>| !seen.contains(&(&*resource.address, &*resource.deposed_key));
    objects.extend(module.resources.iter().filter(is_new).map(|resource| Object {
        address: &resource.address,
        of: &resource.of,
        mode: &resource.mode,
        name: &resource.name,
        after: resource.values,
        unknown: None,
        before: None,
        fate: Fate::Stays,
        is_current: resource.deposed_key.is_empty(),
    }));
    for child in &module.child_modules {
        in_state(child, seen, objects);
    }
}

/// A plan while it is read.
struct Reader<'p> {
    text: &'p str,
    source: SourceId,
    world: World<'p>,
    found: Found,
}

impl<'p> Reader<'p> {
    /// Makes an object known to references.
    fn place(&mut self, object: &Object<'p>) -> usize {
        let modules = module_of(object.address).unwrap_or_default();
        let block = block_name(object.mode, object.of, object.name);
        let prefix = text_of(&modules);
        let own = object.address.strip_prefix(prefix.as_str()).map(|rest| rest.trim_start_matches('.'));
        let key = own.and_then(|own| own.strip_prefix(block.as_str())?.strip_prefix('[')?.strip_suffix(']'));
        let is_found = object.is_current && object.after.is_some();
        // What is deleted, or was replaced before, is not what a reference means.
        let block = if is_found { block } else { String::new() };
        self.world.add(Instance { modules, block, key: key.map(ToOwned::to_owned), values: object.after, name: None })
    }

    /// Learns which project the resources of a provider are given.
    fn learn(&mut self, object: &Object<'p>, place: usize) -> Result<(), JsonError> {
        let Some(raw) = object.after.filter(|_| object.of.starts_with("google")) else { return Ok(()) };
        let OfProject { project } = parse(self.text, raw.get())?;
        if let Some(Value::String(project)) = project {
            self.world.learn_project(place, &project);
        }
        Ok(())
    }

    fn name(&mut self, object: &Object<'p>, place: usize) -> Result<(), JsonError> {
        let values = self.values(object, object.after)?;
        let unknown = self.unknown(object)?;
        let defaults = self.world.defaults(place);
        let name = values.as_object().and_then(|values| name_of(&written(object, values, &unknown, &defaults)));
        self.world.name(place, name);
        Ok(())
    }

    /// The resources that an object comes to, after the plan and before it.
    fn read(&mut self, object: &Object<'p>, place: usize) -> Result<(), JsonError> {
        let defaults = self.world.defaults(place);
        let (after, before) = (self.values(object, object.after)?, self.values(object, object.before)?);
        let unknown = self.unknown(object)?;
        let stated = self.world.stated(place, &after);
        let after = object.after.map(|raw| (raw, translated(object, &after, &unknown, &defaults, &stated)));
        let before = object.before.map(|raw| (raw, translated(object, &before, &Value::Null, &defaults, &AllKnown)));
        let is_listed = matches!((&after, &before), (Some((_, None)), _) | (None, Some((_, None))));
        if is_listed {
            *self.found.unsupported.entry(format!("Terraform type {}", object.of)).or_default() += 1;
        }
        let address: Arc<str> = object.address.into();
        let resources = |side: Option<(&RawValue, Option<Vec<_>>)>| -> Vec<Resource> {
            let Some((raw, Some(drafts))) = side else { return Vec::new() };
            let start = raw.get().as_ptr() as usize - self.text.as_ptr() as usize;
            let anchor = Anchor::Plan { start, len: raw.get().len(), address: Arc::clone(&address) };
            let resource = |draft: super::translate::Draft| Resource {
                unknown: draft.unknown,
                is_part: draft.is_part,
                ..Resource::new(draft.kind, draft.name, draft.body, self.source, anchor.clone())
            };
            drafts.into_iter().map(resource).collect()
        };
        let (after, before) = (resources(after), resources(before));
        self.keep(object.fate, after, before);
        Ok(())
    }

    fn keep(&mut self, fate: Fate, after: Vec<Resource>, before: Vec<Resource>) {
        let found = &mut self.found;
        if let Fate::Does(action) = fate {
            let is_deleted = action == Action::Delete;
            found.steps.extend(if is_deleted { &before } else { &after }.iter().map(|resource| RawStep {
                kind: resource.kind,
                name: resource.name.clone(),
                action,
                anchor: resource.anchor.clone(),
                is_part: resource.is_part,
            }));
            if is_deleted || matches!(action, Action::Replace { .. }) {
                found.deleted.extend(before.iter().cloned());
            }
        }
        found.before.extend(before);
        found.resources.extend(after);
    }

    /// The values of an object, if any type of ours may read them.
    fn values(&self, object: &Object<'p>, raw: Option<&'p RawValue>) -> Result<Value, JsonError> {
        match raw.filter(|_| object.of.starts_with("google")) {
            Some(raw) => parse::<Map<String, Value>>(self.text, raw.get()).map(Value::Object),
            None => Ok(Value::Object(Map::new())),
        }
    }

    fn unknown(&self, object: &Object<'p>) -> Result<Value, JsonError> {
        match object.unknown.filter(|_| object.of.starts_with("google")) {
            Some(raw) => parse(self.text, raw.get()),
            None => Ok(Value::Null),
        }
    }
}

/// The one attribute that is needed before all others.
#[derive(Debug, Deserialize)]
struct OfProject {
    #[serde(default)]
    project: Option<Value>,
}

fn written<'w>(
    object: &'w Object<'_>,
    values: &'w Map<String, Value>,
    unknown: &'w Value,
    defaults: &'w Defaults,
) -> Written<'w> {
    Written { of: object.of, address: object.address, values, unknown, defaults }
}

/// What values come to; `None` for a type that is not understood.
fn translated(
    object: &Object<'_>,
    values: &Value,
    unknown: &Value,
    defaults: &Defaults,
    stated: &dyn Configured,
) -> Option<Vec<super::translate::Draft>> {
    let values = values.as_object().expect("values are read as an object");
    match translate(&written(object, values, unknown, defaults), stated) {
        Translated::Drafts(drafts) => Some(drafts),
        Translated::Nothing => Some(Vec::new()),
        Translated::Unsupported => None,
    }
}

/// What is known of a resource that exists: everything.
struct AllKnown;

impl Configured for AllKnown {
    fn is_set(&self, _: &str) -> bool {
        true
    }

    fn target(&self, _: &str) -> Option<Target> {
        None
    }
}
