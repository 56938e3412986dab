//! What the configuration of a plan says about one resource: which attributes it sets, and to which other resource an attribute's expression leads, through
//! variables, outputs and keys. Nothing is guessed: what may lead to several resources leads to none, and stays unknown.
//! Not here: what an attribute means (`translate`).
//!
//! The JSON of a plan lists only what an expression refers to, not the expression. So a text that is put together from one reference looks like the bare
//! reference; [`STANDS_FOR`] says which attributes are taken for their resource.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use serde_json::value::RawValue;

use super::address::{Reference, Root, Segment, Step, references, text_of};
use super::format::{Block, Configuration, Module, Variable};
use super::translate::{Configured, Defaults, Target};
use crate::resource::Kind;

/// The attributes that stand for the resource that has them. A resource is named by its `id`, `self_link` or `name`, and a project and a place beside its name
/// are part of the same name; a reserved address is its `address`; a group manager's `instance_group` is made with it and bears its name. Any other
/// attribute is a value of its own: a network's `gateway_ipv4` does not mean the network.
const STANDS_FOR: &[&str] = &["id", "self_link", "self_link_unique", "name", "address", "instance_group", "network_id"];

/// The parts of a name that say nothing without it.
const BESIDE_NAME: &[&str] = &["project", "region", "zone"];

/// The blocks of which the provider keeps no order: their places in the values are not those in the configuration.
const SETS: &[&str] =
    &["backend", "allow", "deny", "named_port", "subnetwork", "rules", "advertised_ip_ranges", "metadata_filters"];

/// One expression leads at most through so many references: modules within modules, each with a variable or an output. Above all it ends expressions that
/// fan out.
const MAX_STEPS: usize = 2_000;

/// Expressions lead at most so deep into others, which ends circles; a path into a value has at most so many parts.
const MAX_DEPTH: usize = 100;

/// One instance of a resource.
#[derive(Debug)]
pub(super) struct Instance<'p> {
    pub modules: Vec<Segment>,
    /// `TYPE.NAME`, or `data.TYPE.NAME`.
    pub block: String,
    /// What stands between the brackets.
    pub key: Option<String>,
    /// Its attributes, as far as they are known.
    pub values: Option<&'p RawValue>,
    /// The kind and canonical name that it comes to, if it is of a kind that is understood.
    pub name: Option<(Kind, String)>,
}

/// A configuration, and all instances of its resources.
#[derive(Debug)]
pub(super) struct World<'p> {
    configuration: &'p Configuration,
    variables: &'p BTreeMap<String, Variable>,
    instances: Vec<Instance<'p>>,
    /// Their attributes, read when first asked for.
    values: Vec<OnceCell<Value>>,
    /// By module and block: the instances by key, which is empty where there is none.
    blocks: BTreeMap<(String, String), BTreeMap<String, usize>>,
    /// By the call's address without its own key: the keys of the module's instances.
    calls: BTreeMap<String, BTreeSet<String>>,
    /// By provider configuration: the projects of the resources that leave theirs to it.
    projects: BTreeMap<String, BTreeSet<String>>,
}

/// Where an expression stands.
#[derive(Debug, Clone)]
struct Scope<'s> {
    modules: Vec<Segment>,
    repeated: Option<Repeated<'s>>,
}

/// By what the block around an expression is repeated.
#[derive(Debug, Clone)]
struct Repeated<'s> {
    key: String,
    for_each: &'s Value,
    /// How many instances there are.
    count: usize,
}

/// Where an expression leads. The attribute is not always said: after a key that is an expression itself, nothing is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reached {
    instance: usize,
    attribute: Option<String>,
}

/// The way from one expression through others.
#[derive(Debug)]
struct Walk {
    left: Cell<usize>,
    depth: Cell<usize>,
    /// Set where a key was `count.index`: what it leads into must be repeated as often, or the key is likely a number computed from it.
    count: Cell<Option<usize>>,
}

impl Walk {
    fn new() -> Self {
        Self { left: Cell::new(MAX_STEPS), depth: Cell::new(0), count: Cell::new(None) }
    }

    /// Takes steps; `None` when there are not so many left.
    fn take(&self, steps: usize) -> Option<()> {
        let left = self.left.get().checked_sub(steps);
        self.left.set(left.unwrap_or(0));
        left.map(|_| ())
    }

    /// One expression deeper; `None` where that is too deep.
    fn deeper<T>(&self, inner: impl FnOnce() -> Option<T>) -> Option<T> {
        let depth = self.depth.get();
        if depth >= MAX_DEPTH {
            return None;
        }
        self.depth.set(depth + 1);
        let found = inner();
        self.depth.set(depth);
        found
    }

    /// What an expression refers to. Reading it is a step for each, and more for long ones.
    fn references_of(&self, expression: &Value) -> Option<Vec<Reference>> {
        let texts = expression.get("references")?.as_array()?;
        self.take(texts.len())?;
        let texts = texts.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?;
        self.take(texts.iter().map(|text| text.len() / 100).sum())?;
        references(&texts)
    }
}

impl<'p> World<'p> {
    pub fn new(configuration: &'p Configuration, variables: &'p BTreeMap<String, Variable>) -> Self {
        Self {
            configuration,
            variables,
            instances: Vec::new(),
            values: Vec::new(),
            blocks: BTreeMap::new(),
            calls: BTreeMap::new(),
            projects: BTreeMap::new(),
        }
    }

    /// Adds an instance and returns its place. Of two with one address, the first is found by references.
    pub fn add(&mut self, instance: Instance<'p>) -> usize {
        let place = self.instances.len();
        let mut called = &self.configuration.root_module;
        for (at, module) in instance.modules.iter().enumerate() {
            // A call that the configuration does not have is never asked for.
            let Some(call) = called.module_calls.get(&module.name) else { break };
            called = &call.module;
            let call = call_of(&instance.modules[..at], &module.name);
            self.calls.entry(call).or_default().insert(module.key.clone().unwrap_or_default());
        }
        let block = (text_of(&instance.modules), instance.block.clone());
        let key = instance.key.clone().unwrap_or_default();
        self.blocks.entry(block).or_default().entry(key).or_insert(place);
        self.instances.push(instance);
        self.values.push(OnceCell::new());
        place
    }

    /// Gives an instance its name.
    pub fn name(&mut self, place: usize, name: Option<(Kind, String)>) {
        self.instances[place].name = name;
    }

    /// Notes the project that a resource has: its provider's, if its block does not say one.
    pub fn learn_project(&mut self, place: usize, project: &str) {
        let Some(block) = self.block(place) else { return };
        if block.expressions.get("project").is_none() {
            self.projects.entry(block.provider_config_key.clone()).or_default().insert(project.to_owned());
        }
    }

    /// What the provider of a resource fills in.
    pub fn defaults(&self, place: usize) -> Defaults {
        let Some(key) = self.block(place).map(|block| &block.provider_config_key) else { return Defaults::default() };
        let said = |attribute, is_one: fn(&str) -> bool| -> Option<String> {
            let provider = self.configuration.provider_config.get(key).or_else(|| self.inherited(key))?;
            let modules = super::address::modules(&provider.module_address)?;
            let scope = Scope { modules, repeated: None };
            let value = self.value(&Walk::new(), provider.expressions.get(attribute)?, &[], &scope)?;
            value.as_str().filter(|text| is_one(text)).map(ToOwned::to_owned)
        };
        // What other resources of the same provider were given is better than any expression, which may be a text put together.
        let mut seen = self.projects.get(key).into_iter().flatten();
        let project = match (seen.next(), seen.next()) {
            (None, _) => said("project", |text| text.len() >= 6),
            (one, None) => one.cloned(),
            (Some(_), Some(_)) => None,
        };
        Defaults { project, region: said("region", is_region), zone: said("zone", is_zone) }
    }

    /// Older versions do not say which configuration a module inherits: the one that there is, if there is one.
    fn inherited(&self, key: &str) -> Option<&'p super::format::Provider> {
        let name = key.rsplit(':').next()?.split('.').next()?;
        let mut providers = self.configuration.provider_config.values().filter(|provider| provider.name == name);
        providers.next().filter(|_| providers.next().is_none())
    }

    /// What the configuration says about the attributes of an instance.
    pub fn stated<'w>(&'w self, place: usize, values: &'w Value) -> ConfiguredIn<'w, 'p> {
        ConfiguredIn { world: self, place, values }
    }

    fn module(&self, modules: &[Segment]) -> Option<&'p Module> {
        let mut module = &self.configuration.root_module;
        for segment in modules {
            module = &module.module_calls.get(&segment.name)?.module;
        }
        Some(module)
    }

    fn block(&self, place: usize) -> Option<&'p Block> {
        let instance = &self.instances[place];
        self.module(&instance.modules)?.resources.get(&instance.block)
    }

    fn siblings(&self, modules: &[Segment], block: &str) -> Option<&BTreeMap<String, usize>> {
        self.blocks.get(&(text_of(modules), block.to_owned()))
    }

    /// The expression of a variable, where the module is called.
    fn argument(&self, name: &str, scope: &Scope<'p>) -> Option<(&'p Value, Scope<'p>)> {
        let (module, around) = scope.modules.split_last()?;
        let call = self.module(around)?.module_calls.get(&module.name)?;
        let count = self.calls.get(&call_of(around, &module.name)).map_or(0, BTreeSet::len);
        let for_each = &call.for_each_expression;
        let repeated = module.key.clone().map(|key| Repeated { key, for_each, count });
        Some((call.expressions.get(name)?, Scope { modules: around.to_vec(), repeated }))
    }

    /// The expression of an output, within its module.
    fn output(&self, module: &Segment, output: &str, scope: &Scope<'p>) -> Option<(&'p Value, Scope<'p>)> {
        let modules = [scope.modules.as_slice(), std::slice::from_ref(module)].concat();
        let expression = &self.module(&modules)?.outputs.get(output)?.expression;
        Some((expression, Scope { modules, repeated: None }))
    }

    /// Where the attribute of an instance leads. Places in blocks are compared with those in its values.
    fn attribute(&self, walk: &Walk, place: usize, path: &[&str], values: &Value) -> Option<Reached> {
        let instance = &self.instances[place];
        let block = self.block(place)?;
        let count = self.siblings(&instance.modules, &instance.block).map_or(0, BTreeMap::len);
        let for_each = &block.for_each_expression;
        let repeated = instance.key.clone().map(|key| Repeated { key, for_each, count });
        let scope = Scope { modules: instance.modules.clone(), repeated };
        let leaves = leaves(&block.expressions, path, values)?;
        same(leaves.into_iter().map(|(leaf, rest)| {
            let rest: Vec<Step> = rest.iter().map(|part| step_of(part)).collect();
            self.expression(walk, leaf, &rest, &scope)
        }))
    }

    /// Where an expression leads, and from there by a path.
    fn expression(&self, walk: &Walk, expression: &'p Value, path: &[Step], scope: &Scope<'p>) -> Option<Reached> {
        walk.deeper(|| self.led_by(walk, expression, path, scope))
    }

    fn led_by(&self, walk: &Walk, expression: &'p Value, path: &[Step], scope: &Scope<'p>) -> Option<Reached> {
        walk.take(1)?;
        let found = walk.references_of(expression)?;
        let (keys, named): (Vec<_>, Vec<_>) = found.into_iter().partition(|reference| is_key(&reference.root));
        // The value is not known. A reference whose own value is known did not make it so: a condition, a prefix.
        let is_open = |reference: &Reference| self.reference_value(walk, reference, &[], scope).is_none();
        let open: Vec<&Reference> = named.iter().filter(|reference| is_open(reference)).collect();
        match (open.as_slice(), keys.as_slice()) {
            ([], [one]) if one.root == Root::EachValue && named.is_empty() => {
                let repeated = scope.repeated.as_ref()?;
                let steps = joined(&[&[Step::Key(repeated.key.clone())], &one.path, path]);
                let around = Scope { modules: scope.modules.clone(), repeated: None };
                self.expression(walk, repeated.for_each, &steps, &around)
            }
            ([one], [key]) if one.path.is_empty() && named.len() == 1 => {
                let key = Step::Key(self.key(walk, key, scope)?);
                self.reference(walk, one, &joined(&[&[key], path]), scope)
            }
            (several @ [_, ..], keys) if keys.is_empty() || several.iter().all(|one| !one.path.is_empty()) => {
                same(several.iter().map(|one| self.reference(walk, one, &joined(&[&one.path, path]), scope)))
            }
            _ => None,
        }
    }

    /// Where a reference leads by a path, which begins with its own.
    fn reference(&self, walk: &Walk, one: &Reference, path: &[Step], scope: &Scope<'p>) -> Option<Reached> {
        if path.len() > MAX_DEPTH {
            return None;
        }
        match &one.root {
            Root::Variable(name) => {
                let (expression, scope) = self.argument(name, scope)?;
                self.expression(walk, expression, path, &scope)
            }
            Root::Output { module, output } => {
                let (expression, scope) = self.output(module, output, scope)?;
                self.expression(walk, expression, path, &scope)
            }
            Root::Block(block) => self.resource(walk, self.siblings(&scope.modules, block)?, path),
            Root::EachKey | Root::EachValue | Root::CountIndex | Root::Other => None,
        }
    }

    /// One of the instances of a resource, and an attribute of it.
    fn resource(&self, walk: &Walk, instances: &BTreeMap<String, usize>, path: &[Step]) -> Option<Reached> {
        let (instance, rest) = match path.split_first() {
            Some((Step::Key(key), rest)) if !instances.contains_key("") => {
                if walk.count.get().is_some_and(|count| count != instances.len()) {
                    return None;
                }
                (*instances.get(key)?, rest)
            }
            // A key of a map or list that was made of the one resource.
            Some((Step::Key(_), rest)) => (*instances.get("")?, rest),
            // Without a key it is all of them, and one if there is one: `one(subnet.rdma[*].id)`.
            _ => (instances.values().next().copied().filter(|_| instances.len() == 1)?, path),
        };
        let Some(Step::Attribute(attribute)) = rest.first() else { return Some(Reached { instance, attribute: None }) };
        if STANDS_FOR.contains(&attribute.as_str()) || BESIDE_NAME.contains(&attribute.as_str()) {
            return Some(Reached { instance, attribute: Some(attribute.clone()) });
        }
        // An attribute that the configuration of that resource sets: `subnet.rdma.network` leads where its expression does.
        walk.take(1)?;
        let texts = rest.iter().map(|step| match step {
            Step::Attribute(text) | Step::Key(text) => text.as_str(),
        });
        let path: Vec<&str> = texts.collect();
        self.attribute(walk, instance, &path, if path.len() > 1 { self.values(instance) } else { &Value::Null })
    }

    fn values(&self, instance: usize) -> &Value {
        let read = || self.instances[instance].values.and_then(|raw| serde_json::from_str(raw.get()).ok());
        self.values[instance].get_or_init(|| read().unwrap_or(Value::Null))
    }

    /// The key that an expression between brackets has for this instance.
    fn key(&self, walk: &Walk, key: &Reference, scope: &Scope<'p>) -> Option<String> {
        let repeated = scope.repeated.as_ref()?;
        match key.root {
            Root::EachKey if key.path.is_empty() => Some(repeated.key.clone()),
            Root::CountIndex if key.path.is_empty() => {
                walk.count.set(Some(repeated.count));
                Some(repeated.key.clone())
            }
            Root::EachValue => match &*self.reference_value(walk, key, &[], scope)? {
                text @ Value::String(_) => Some(text.to_string()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            },
            _ => None,
        }
    }

    /// The value of an expression, if the plan tells.
    fn value(&self, walk: &Walk, expression: &'p Value, path: &[Step], scope: &Scope<'p>) -> Option<Cow<'p, Value>> {
        walk.take(1)?;
        if let Some(constant) = expression.get("constant_value") {
            return part(constant, path).map(Cow::Borrowed);
        }
        match walk.references_of(expression)?.as_slice() {
            [one] => walk.deeper(|| self.reference_value(walk, one, path, scope)),
            _ => None,
        }
    }

    fn reference_value(
        &self,
        walk: &Walk,
        one: &Reference,
        path: &[Step],
        scope: &Scope<'p>,
    ) -> Option<Cow<'p, Value>> {
        walk.take(1)?;
        let path = joined(&[&one.path, path]);
        if path.len() > MAX_DEPTH {
            return None;
        }
        match &one.root {
            Root::Variable(name) if scope.modules.is_empty() => {
                part(&self.variables.get(name)?.value, &path).map(Cow::Borrowed)
            }
            Root::Variable(name) => {
                if let Some((expression, scope)) = self.argument(name, scope) {
                    return self.value(walk, expression, &path, &scope);
                }
                let default = self.module(&scope.modules)?.variables.get(name)?.default.as_ref()?;
                part(default, &path).map(Cow::Borrowed)
            }
            Root::Output { module, output } => {
                let (expression, scope) = self.output(module, output, scope)?;
                self.value(walk, expression, &path, &scope)
            }
            Root::EachKey if path.is_empty() => {
                serde_json::from_str(&scope.repeated.as_ref()?.key).ok().map(Cow::Owned)
            }
            Root::EachValue => {
                let repeated = scope.repeated.as_ref()?;
                let around = Scope { modules: scope.modules.clone(), repeated: None };
                let steps = joined(&[&[Step::Key(repeated.key.clone())], &path]);
                if let Some(value) = self.value(walk, repeated.for_each, &steps, &around) {
                    return Some(value);
                }
                // The elements of a set are their own keys.
                let key: Value = serde_json::from_str(&repeated.key).ok()?;
                let set = self.value(walk, repeated.for_each, &[], &around).filter(|_| path.is_empty())?;
                set.as_array()?.contains(&key).then_some(Cow::Owned(key))
            }
            _ => None,
        }
    }
}

/// What the configuration says about one instance.
#[derive(Debug)]
pub(super) struct ConfiguredIn<'w, 'p> {
    world: &'w World<'p>,
    place: usize,
    values: &'w Value,
}

impl Configured for ConfiguredIn<'_, '_> {
    fn is_set(&self, path: &str) -> bool {
        // What the configuration does not say is not said to be left out.
        let Some(block) = self.world.block(self.place) else { return true };
        is_set(&block.expressions, &path.split('/').collect::<Vec<_>>(), self.values)
    }

    fn target(&self, path: &str) -> Option<Target> {
        let path: Vec<&str> = path.split('/').collect();
        let reached = self.world.attribute(&Walk::new(), self.place, &path, self.values)?;
        let (kind, name) = self.world.instances[reached.instance].name.clone()?;
        // Where the attribute is not said, the kind of the field decides whether the resource fits.
        Some(Target { name, kind, attribute: reached.attribute.unwrap_or_else(|| "id".to_owned()) })
    }
}

/// The expressions that may be the one at a path, and what of the path leads on into its value. Several where a set has lost the order of its blocks.
fn leaves<'e, 's>(at: &'e Value, path: &'s [&'s str], values: &Value) -> Option<Vec<(&'e Value, &'s [&'s str])>> {
    if is_expression(at) {
        return Some(vec![(at, path)]);
    }
    let (name, rest) = path.split_first()?;
    let (next, values) = (at.get(*name)?, values.get(*name).unwrap_or(&Value::Null));
    let Value::Array(blocks) = next else { return leaves(next, rest, values) };
    let (place, rest) = rest.split_first()?;
    let element = values.get(place.parse::<usize>().ok()?)?;
    // A block that is generated is not among the expressions, and shifts the places of the others.
    if values.as_array().map(Vec::len) != Some(blocks.len()) {
        return None;
    }
    if !SETS.contains(name) {
        return leaves(&blocks[place.parse::<usize>().ok()?], rest, element);
    }
    let fits = blocks.iter().filter(|block| agrees(block, element));
    let found: Option<Vec<_>> = fits.map(|block| leaves(block, rest, element)).collect();
    Some(found?.concat())
}

/// Whether an element of a set may come from a block: no constant says otherwise.
fn agrees(block: &Value, element: &Value) -> bool {
    let Value::Object(attributes) = block else { return false };
    attributes.iter().all(|(name, expression)| match (expression.get("constant_value"), element.get(name)) {
        (Some(constant), Some(value)) => constant.is_null() || value.is_null() || constant == value,
        _ => true,
    })
}

/// Whether expressions set the attribute at a path.
fn is_set(at: &Value, path: &[&str], values: &Value) -> bool {
    if is_expression(at) {
        return at.get("constant_value") != Some(&Value::Null);
    }
    let Some((name, rest)) = path.split_first() else { return true };
    let values = values.get(*name).unwrap_or(&Value::Null);
    match at.get(*name) {
        // A block that is generated is not among the expressions.
        None => !rest.is_empty() && values.as_array().is_some_and(|blocks| !blocks.is_empty()),
        Some(Value::Array(blocks)) => {
            let Some((place, rest)) = rest.split_first() else { return !blocks.is_empty() };
            let place = place.parse::<usize>().ok();
            let element = place.and_then(|place| values.get(place)).unwrap_or(&Value::Null);
            if values.as_array().is_some_and(|values| values.len() != blocks.len()) {
                return true;
            }
            match place.and_then(|place| blocks.get(place)) {
                Some(block) if !SETS.contains(name) => is_set(block, rest, element),
                _ => blocks.iter().any(|block| is_set(block, rest, element)),
            }
        }
        Some(next) => is_set(next, rest, values),
    }
}

/// Whether an object is an expression, and no block of them.
fn is_expression(at: &Value) -> bool {
    at.get("references").is_some_and(Value::is_array) || at.get("constant_value").is_some()
}

fn is_key(root: &Root) -> bool {
    matches!(root, Root::EachKey | Root::EachValue | Root::CountIndex)
}

/// The one resource that all lead to, by the attribute that names it best.
fn same(all: impl Iterator<Item = Option<Reached>>) -> Option<Reached> {
    let mut one: Option<Reached> = None;
    for reached in all {
        let reached = reached?;
        let stands = |reached: &Reached| {
            reached.attribute.as_ref().is_none_or(|attribute| STANDS_FOR.contains(&attribute.as_str()))
        };
        one = match one {
            None => Some(reached),
            Some(known) if known.instance != reached.instance => return None,
            Some(known) => Some(if stands(&known) { known } else { reached }),
        };
    }
    one
}

fn step_of(part: &str) -> Step {
    let is_place = part.bytes().all(|byte| byte.is_ascii_digit());
    if is_place { Step::Key(part.to_owned()) } else { Step::Attribute(part.to_owned()) }
}

fn joined(parts: &[&[Step]]) -> Vec<Step> {
    parts.concat()
}

/// A part of a value.
fn part<'v>(value: &'v Value, path: &[Step]) -> Option<&'v Value> {
    let mut at = value;
    for step in path {
        at = match step {
            Step::Attribute(name) => at.get(name)?,
            Step::Key(key) => match serde_json::from_str(key).ok()? {
                Value::String(name) => at.get(name)?,
                Value::Number(place) => at.get(usize::try_from(place.as_u64()?).ok()?)?,
                _ => return None,
            },
        };
    }
    Some(at).filter(|value| !value.is_null())
}

/// The address of a module's call, without its own key.
fn call_of(modules: &[Segment], name: &str) -> String {
    text_of(&[modules, &[Segment { name: name.to_owned(), key: None }]].concat())
}

/// `us-central1`; a text that is put together from a region and something else has another form.
fn is_region(text: &str) -> bool {
    text.contains('-') && text.ends_with(|last: char| last.is_ascii_digit())
}

/// `us-central1-a`.
fn is_zone(text: &str) -> bool {
    text.rsplit_once('-').is_some_and(|(region, _)| is_region(region)) && !is_region(text)
}
