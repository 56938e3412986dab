//! From a resource as Terraform writes it to the Compute API's shape: names of fields, blocks and lists, short names of
//! other resources, and what is known only after apply.
//! Not here: how a plan is laid out, and what an expression refers to (`configuration`).

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::{Map, Value};

use super::table::{Field, Form, Link, Named, Scope, Shape, Type, camel, field_of, is_irrelevant, type_of};
use crate::resource::{Kind, Lack, UNKNOWN_PLACE, Unknown, canonical, canonical_in, short};

/// One resource as a plan or a state writes it.
#[derive(Debug)]
pub(super) struct Written<'p> {
    /// `google_compute_instance`.
    pub of: &'p str,
    /// `module.farm.google_compute_instance.node["a"]`.
    pub address: &'p str,
    pub values: &'p Map<String, Value>,
    /// Mirrors `values`: `true` where a value is known only after apply.
    pub unknown: &'p Value,
    pub defaults: &'p Defaults,
}

/// What the provider fills in where a resource leaves it out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Defaults {
    /// `None`: it comes from the environment, so it is not known.
    pub project: Option<String>,
    pub region: Option<String>,
    pub zone: Option<String>,
}

/// What the configuration says about the attributes of one resource. A path is Terraform's, with places in lists: `network_interface/0/subnetwork`.
pub(super) trait Configured {
    /// Whether the configuration sets the attribute; if not, the platform decides.
    fn is_set(&self, path: &str) -> bool;

    /// The one resource to which the attribute's expression refers, by its canonical name. `None` where it refers to none that is known, to several, or to a
    /// part of a text.
    fn target(&self, path: &str) -> Option<Target>;
}

/// A resource that an expression refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// Canonical name.
    pub name: String,
    pub kind: Kind,
    /// The attribute that was named: `self_link`, `id`, `address`.
    pub attribute: String,
}

/// A resource of the Compute API, or a part of one, before it has a place.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub kind: Kind,
    pub name: String,
    pub body: Map<String, Value>,
    pub unknown: Unknown,
    pub is_part: bool,
}

/// What a type of resource comes to.
#[derive(Debug)]
pub(super) enum Translated {
    Drafts(Vec<Draft>),
    /// A type that says nothing about the network: a role binding, a disk.
    Nothing,
    /// A type that is not understood.
    Unsupported,
}

/// The canonical name of a resource; one whose name is known only after apply is called by its address, in parentheses. A part of another resource has none.
pub(super) fn name_of(written: &Written<'_>) -> Option<(Kind, String)> {
    let row = type_of(written.of)?;
    let Named::Own(scope, collection) = row.named else { return None };
    let stated = text(written.values, "self_link").and_then(canonical);
    if let Some(name) = stated.filter(|name| Kind::of_name(name) == Some(row.kind)) {
        return Some((row.kind, name.to_owned()));
    }
    let home = Home::of(written);
    let name = text(written.values, "name").map_or_else(|| called_by(written.address), ToOwned::to_owned);
    Some((row.kind, home.named(scope, collection, &name)))
}

/// The resources of the Compute API that one resource of Terraform makes, or takes part in.
pub(super) fn translate(written: &Written<'_>, stated: &dyn Configured) -> Translated {
    let Some(row) = type_of(written.of) else {
        return if is_irrelevant(written.of) { Translated::Nothing } else { Translated::Unsupported };
    };
    let home = Home::of(written);
    let (name, is_part) = match row.named {
        Named::Own(..) => (name_of(written).map(|(_, name)| name), false),
        Named::Part { of, whole, .. } => (Some(whole_of(written, stated, &home, of, &whole)), true),
    };
    let Some(name) = name else { return Translated::Unsupported };
    let mut writer = Writer { home, stated, unknown: Unknown::default() };
    let block = writer.block(written.values, written.unknown, row.shape, &At::top(row));
    let mut body = match row.named {
        Named::Part { list, .. } if !list.is_empty() => {
            Map::from_iter([(list.to_owned(), Value::Array(vec![block.into()]))])
        }
        _ => block,
    };
    let mut unknown = writer.unknown;
    match row.kind {
        Kind::HealthCheck => say_protocol(&mut body, &mut unknown),
        Kind::Subnetwork | Kind::Firewall => switch_logs_on(&mut body),
        _ => {}
    }
    Translated::Drafts(vec![Draft { kind: row.kind, name, body, unknown, is_part }])
}

/// The canonical name of the resource of which this is a part.
fn whole_of(written: &Written<'_>, stated: &dyn Configured, home: &Home, of: &str, whole: &Link) -> String {
    if whole.scope == Scope::Host {
        let unknown = || if of == "project" { short(&home.project).to_owned() } else { called_by(written.address) };
        let host = text(written.values, of).map_or_else(unknown, |url| short(url).to_owned());
        return home.named(whole.scope, whole.collection, &host);
    }
    if let Some(url) = text(written.values, of) {
        return home.link(whole, written.values, url);
    }
    let target = stated.target(of).and_then(|target| Form::Link(*whole).takes(&target));
    target.unwrap_or_else(|| home.named(whole.scope, whole.collection, &called_by(written.address)))
}

/// Where the block is there, the provider switches the logs on.
fn switch_logs_on(body: &mut Map<String, Value>) {
    if let Some(Value::Object(logs)) = body.get_mut("logConfig") {
        logs.entry("enable").or_insert(Value::Bool(true));
    }
}

/// The provider takes a health check's type from the block that is there.
fn say_protocol(body: &mut Map<String, Value>, unknown: &mut Unknown) {
    const TYPES: &[(&str, &str)] = &[
        ("grpcHealthCheck", "GRPC"),
        ("grpcTlsHealthCheck", "GRPC_WITH_TLS"),
        ("http2HealthCheck", "HTTP2"),
        ("httpHealthCheck", "HTTP"),
        ("httpsHealthCheck", "HTTPS"),
        ("sslHealthCheck", "SSL"),
        ("tcpHealthCheck", "TCP"),
    ];
    let Some((_, word)) = TYPES.iter().find(|(block, _)| body.contains_key(*block)) else { return };
    if !body.contains_key("type") {
        body.insert("type".to_owned(), (*word).into());
        unknown.forget("type");
    }
}

/// An address of Terraform as the last part of a name: in parentheses, and without slashes.
fn called_by(address: &str) -> String {
    format!("({})", address.replace('%', "%25").replace('/', "%2F"))
}

fn text<'p>(values: &'p Map<String, Value>, attribute: &str) -> Option<&'p str> {
    values.get(attribute)?.as_str().filter(|text| !text.is_empty())
}

/// Where a resource stands, and so where the short names that it uses lead.
#[derive(Debug)]
struct Home {
    /// `projects/P`.
    project: String,
    region: String,
    zone: String,
}

impl Home {
    fn of(written: &Written<'_>) -> Self {
        let at = |attribute, default: &Option<String>| -> Option<String> {
            text(written.values, attribute).map(|url| short(url).to_owned()).or_else(|| default.clone())
        };
        let project = at("project", &written.defaults.project);
        let zone = at("zone", &written.defaults.zone);
        // The provider takes the region of its zone where it is given none.
        let region = text(written.values, "zone").and_then(region_of).map(ToOwned::to_owned);
        let region = text(written.values, "region").map(|url| short(url).to_owned()).or(region);
        let region = region.or_else(|| at("region", &written.defaults.region));
        let region = region.or_else(|| zone.as_deref().and_then(region_of).map(ToOwned::to_owned));
        let or_unknown = |place: Option<String>| place.unwrap_or_else(|| UNKNOWN_PLACE.to_owned());
        Self {
            project: format!("projects/{}", or_unknown(project)),
            region: or_unknown(region),
            zone: or_unknown(zone),
        }
    }

    fn named(&self, scope: Scope, collection: &str, name: &str) -> String {
        let Self { project, region, zone } = self;
        match scope {
            Scope::Global => format!("{project}/global/{collection}/{name}"),
            Scope::Region => format!("{project}/regions/{region}/{collection}/{name}"),
            Scope::Zone => format!("{project}/zones/{zone}/{collection}/{name}"),
            Scope::Project => format!("{project}/{collection}/{name}"),
            Scope::Location => format!("{project}/locations/global/{collection}/{name}"),
            Scope::Host => format!("projects/{name}/{collection}"),
            Scope::Organisation => format!("locations/global/{collection}/{name}"),
        }
    }

    /// A reference in full; a value that is none is left as it is, and lowering lists it.
    fn link(&self, link: &Link, beside: &Map<String, Value>, url: &str) -> String {
        let at =
            |attribute, own: &str| text(beside, attribute).map_or_else(|| own.to_owned(), |url| short(url).to_owned());
        let project = match text(beside, link.project) {
            Some(url) => format!("projects/{}", short(url)),
            None => self.project.clone(),
        };
        let home = Self { region: at(link.place, &self.region), zone: at(link.place, &self.zone), project };
        match canonical_in(url, &home.project) {
            Some(name) => name,
            None if url.contains('/') => url.to_owned(),
            None => home.named(link.scope, link.collection, url),
        }
    }
}

/// The region of a zone's name or URL.
fn region_of(zone: &str) -> Option<&str> {
    short(zone).rsplit_once('-').map(|(region, _)| region)
}

/// A body while it is written.
struct Writer<'s> {
    home: Home,
    stated: &'s dyn Configured,
    unknown: Unknown,
}

impl Writer<'_> {
    /// A block, or the resource itself, as an object of the API.
    fn block(
        &mut self,
        values: &Map<String, Value>,
        unknown: &Value,
        shape: &'static Shape,
        at: &At,
    ) -> Map<String, Value> {
        let lacking = unknown.as_object().into_iter().flatten().filter(|(_, lacks)| is_lacking(lacks));
        let attributes: BTreeSet<&String> = values.keys().chain(lacking.map(|(attribute, _)| attribute)).collect();
        let mut object = Map::new();
        for attribute in attributes.into_iter().filter(|attribute| !at.row.is_some_and(|row| row.is_name(attribute))) {
            let known = field_of(shape, at.row.is_some(), attribute);
            let form = known.map_or(&Form::Plain, |field| &field.form);
            let api = at.api(attribute, known);
            let at = At {
                row: None,
                path: if at.path.is_empty() { attribute.clone() } else { format!("{}/{attribute}", at.path) },
                pointer: format!("{}/{api}", at.pointer),
            };
            let lacks = unknown.get(attribute).unwrap_or(&Value::Null);
            let value = values.get(attribute).unwrap_or(&Value::Null);
            if let Some(value) = self.value(form, value, lacks, values, &at) {
                put(&mut object, &api, value);
            }
        }
        object
    }

    /// A value as the API writes it; `None` where it is left out.
    fn value(
        &mut self,
        form: &Form,
        value: &Value,
        lacks: &Value,
        beside: &Map<String, Value>,
        at: &At,
    ) -> Option<Value> {
        if matches!(form, Form::Dropped) {
            return None;
        }
        if lacks.as_bool() == Some(true) {
            return self.lacking(form, at);
        }
        let link = |link: &Link, url: &Value| match url.as_str() {
            Some(url) => self.home.link(link, beside, url).into(),
            None => url.clone(),
        };
        match (form, value) {
            (_, Value::Null) if is_lacking(lacks) => self.lacking(form, at),
            (_, Value::Array(items)) if items.is_empty() && is_lacking(lacks) => self.lacking(form, at),
            (_, Value::Null) => None,
            (_, Value::String(text)) if text.is_empty() => None,
            (_, Value::Array(items)) if items.is_empty() => None,
            (Form::NonZero, Value::Number(number)) if number.as_f64() == Some(0.0) => None,
            (Form::One(shape), Value::Array(blocks)) => {
                Some(self.element(shape, blocks.first()?, lacks.get(0).unwrap_or(&Value::Null), at, None))
            }
            (Form::Many(shape), Value::Array(blocks)) => Some(self.elements(shape, blocks, lacks, at)),
            (Form::Links(_) | Form::LinkList(_), Value::Array(_)) if is_lacking(lacks) => self.lacking(form, at),
            (Form::Links(to) | Form::LinkList(to), Value::Array(urls)) => {
                Some(urls.iter().map(|url| link(to, url)).collect())
            }
            (Form::Element(to), url) => Some(Value::Array(vec![link(to, url)])),
            (Form::AddressOr(_), Value::String(address)) if address.parse::<IpAddr>().is_ok() => Some(value.clone()),
            (Form::Link(to) | Form::AddressOr(to), url) => Some(link(to, url)),
            (Form::Keyed(key, shape), Value::Array(blocks)) => self.keyed(key, shape, blocks, lacks, at),
            (Form::Pairs, Value::Object(map)) => Some(self.pairs(map, lacks, at)),
            (_, value) => self.plain(value, lacks, at),
        }
    }

    /// By the plain rule.
    fn plain(&mut self, value: &Value, lacks: &Value, at: &At) -> Option<Value> {
        match value {
            Value::Array(blocks) if blocks.iter().all(Value::is_object) => Some(self.elements(&[], blocks, lacks, at)),
            Value::Array(_) if is_lacking(lacks) => self.lacking(&Form::Plain, at),
            Value::Object(map) if map.is_empty() && !is_lacking(lacks) => None,
            Value::Object(_) => {
                let lacking = lacks.as_object().into_iter().flatten().filter(|(_, lacks)| is_lacking(lacks));
                for (key, _) in lacking {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    self.unknown.insert(format!("{}/{key}", at.pointer), Lack::AfterApply);
                }
                Some(value.clone())
            }
            _ => Some(value.clone()),
        }
    }

    /// The blocks of one sort; what is not known of a block is not known at its place.
    fn elements(&mut self, shape: &'static Shape, blocks: &[Value], lacks: &Value, at: &At) -> Value {
        let blocks = blocks.iter().enumerate();
        blocks
            .map(|(place, block)| self.element(shape, block, lacks.get(place).unwrap_or(&Value::Null), at, Some(place)))
            .collect()
    }

    fn element(&mut self, shape: &'static Shape, block: &Value, lacks: &Value, at: &At, place: Option<usize>) -> Value {
        let pointer = place.map_or_else(|| at.pointer.clone(), |place| format!("{}/{place}", at.pointer));
        let at = At { row: None, path: format!("{}/{}", at.path, place.unwrap_or(0)), pointer };
        let nothing = Map::new();
        if lacks.as_bool() == Some(true) {
            self.unknown.insert(at.pointer, Lack::AfterApply);
            return nothing.into();
        }
        match block {
            // A block without a word in it.
            Value::Null => self.block(&nothing, lacks, shape, &at).into(),
            Value::Object(values) => self.block(values, lacks, shape, &at).into(),
            other => other.clone(),
        }
    }

    /// Blocks as a map; without its key a block has no place in it, and so the whole is not known.
    fn keyed(&mut self, key: &str, shape: &'static Shape, blocks: &[Value], lacks: &Value, at: &At) -> Option<Value> {
        let mut map = Map::new();
        for (place, block) in blocks.iter().enumerate() {
            let Some(name) = block.get(key).and_then(Value::as_str) else {
                self.unknown.insert(at.pointer.clone(), Lack::AfterApply);
                return None;
            };
            let token = name.replace('~', "~0").replace('/', "~1");
            let within =
                At { row: None, path: format!("{}/{place}", at.path), pointer: format!("{}/{token}", at.pointer) };
            let lacks = lacks.get(place).unwrap_or(&Value::Null);
            let nothing = Map::new();
            let mut entry = self.block(block.as_object().unwrap_or(&nothing), lacks, shape, &within);
            entry.remove(&camel(key));
            map.insert(name.to_owned(), entry.into());
        }
        Some(map.into())
    }

    /// A map as a list of keys and values.
    fn pairs(&mut self, map: &Map<String, Value>, lacks: &Value, at: &At) -> Value {
        let lacking = lacks.as_object().into_iter().flatten().filter(|(_, lacks)| is_lacking(lacks));
        let keys: BTreeSet<&String> = map.keys().chain(lacking.map(|(key, _)| key)).collect();
        let mut pairs = Vec::with_capacity(keys.len());
        for (place, key) in keys.into_iter().enumerate() {
            let mut pair = Map::from_iter([("key".to_owned(), key.as_str().into())]);
            match map.get(key) {
                Some(value) if !lacks.get(key).is_some_and(is_lacking) => {
                    pair.insert("value".to_owned(), value.clone());
                }
                _ => self.unknown.insert(format!("{}/{place}/value", at.pointer), Lack::AfterApply),
            }
            pairs.push(pair.into());
        }
        Value::Array(pairs)
    }

    /// A value that is known only after apply: the name of the resource to which it refers, if that is one that the field takes.
    fn lacking(&mut self, form: &Form, at: &At) -> Option<Value> {
        let target = |path: &str| self.stated.target(path).and_then(|target| form.takes(&target));
        let name = target(&at.path);
        let is_list = matches!(form, Form::LinkList(_) | Form::Element(_));
        let name = if is_list { name.or_else(|| target(&format!("{}/0", at.path))) } else { name };
        if let Some(name) = name {
            return Some(if is_list { Value::Array(vec![name.into()]) } else { name.into() });
        }
        let lack = if self.stated.is_set(&at.path) { Lack::AfterApply } else { Lack::ByPlatform };
        self.unknown.insert(at.pointer.clone(), lack);
        None
    }
}

/// Where the writer stands: in the attributes of Terraform, and in the body.
#[derive(Debug, Clone, Default)]
struct At {
    /// The type, at the top.
    row: Option<&'static Type>,
    /// `network_interface/0`, empty at the top.
    path: String,
    /// `/networkInterfaces/0`, empty at the top.
    pointer: String,
}

impl At {
    fn top(row: &'static Type) -> Self {
        let pointer = match row.named {
            Named::Part { list, .. } if !list.is_empty() => format!("/{list}/0"),
            _ => String::new(),
        };
        Self { row: Some(row), path: String::new(), pointer }
    }

    /// What the API calls an attribute: a path below this place.
    fn api(&self, attribute: &str, known: Option<&Field>) -> String {
        let api = known.map_or_else(|| camel(attribute), |field| field.api.to_owned());
        match self.row {
            _ if api.starts_with('/') => api[1..].to_owned(),
            Some(row) if !row.below.is_empty() => format!("{}/{api}", row.below),
            _ => api,
        }
    }
}

/// Whether something at or below is known only after apply.
fn is_lacking(lacks: &Value) -> bool {
    match lacks {
        Value::Bool(lacks) => *lacks,
        Value::Array(items) => items.iter().any(is_lacking),
        Value::Object(fields) => fields.values().any(is_lacking),
        _ => false,
    }
}

/// Writes a value at a path; what is there already stays.
fn put(object: &mut Map<String, Value>, path: &str, value: Value) {
    let Some((first, rest)) = path.split_once('/') else {
        match (object.get_mut(path), value) {
            (Some(Value::Object(there)), Value::Object(more)) => {
                for (key, value) in more {
                    there.entry(key).or_insert(value);
                }
            }
            (Some(_), _) => {}
            (None, value) => {
                object.insert(path.to_owned(), value);
            }
        }
        return;
    };
    if let Value::Object(inner) = object.entry(first).or_insert_with(|| Map::new().into()) {
        put(inner, rest, value);
    }
}

#[cfg(test)]
mod tests;
