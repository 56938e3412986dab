//! A module of a blueprint: where its settings come from, and the resources that it makes. A setting is what the module
//! says, else what the modules it uses give, else the variable of the same name, else the default of the table.
//! Not here: what a module makes of them (`network`, `instance`).

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::value::{UNKNOWN_NAME, Value};
use super::{Fault, Reading};
use crate::expand::is_resource_name;
use crate::resource::{Anchor, Kind, Lack, Resource, UNKNOWN_PLACE, Unknown};

/// Resources that a blueprint makes at most.
const MAX_RESOURCES: usize = 50_000;

/// What is known of a module of the toolkit: `modules.toml` says what each field means.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub source: String,
    /// Where this was read. Nothing asks for it but a reader of the file, and the test that it is there.
    #[cfg_attr(not(test), expect(dead_code, reason = "said for the reader of the table"))]
    read: Vec<String>,
    pub makes: Option<Makes>,
    #[serde(default)]
    inputs: Vec<String>,
    #[serde(default)]
    lists: Vec<String>,
    #[serde(default)]
    wired: Vec<String>,
    #[serde(default)]
    silent: Vec<String>,
    #[serde(default)]
    outputs: Vec<String>,
    #[serde(default)]
    defaults: BTreeMap<String, Json>,
    #[serde(default)]
    constants: BTreeMap<String, Json>,
    #[serde(default)]
    parts: BTreeMap<String, Vec<String>>,
}

/// What a module makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Makes {
    Network,
    Networks,
    RdmaNetwork,
    ExistingNetwork,
    Instances,
}

#[derive(Debug, Deserialize)]
struct Table {
    module: Vec<Entry>,
}

static TABLE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let table: Table = toml::from_str(include_str!("modules.toml")).expect("the table of modules is well formed");
    table.module
});

/// What is known of a module by its source: embedded, or at a commit of the toolkit's repository. A local folder may hold
/// anything.
pub(super) fn find(source: &str) -> Option<&'static Entry> {
    let embedded = match source.split_once("//") {
        Some((repository, path)) => {
            let repository = repository.trim_start_matches("git::").trim_end_matches(".git");
            let names = ["cluster-toolkit", "hpc-toolkit"];
            let is_toolkit = |name| repository == format!("github.com/GoogleCloudPlatform/{name}");
            names.into_iter().any(is_toolkit).then(|| path.split('?').next().unwrap_or(path))?
        }
        None => source,
    };
    TABLE.iter().find(|entry| entry.source == embedded)
}

impl Entry {
    /// What the module writes itself, such as the range that it lets in.
    pub fn constant(&self, name: &str) -> Value {
        self.constants.get(name).map_or(Value::Unknown, Value::of_json)
    }

    fn has_input(&self, name: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|known| known == name);
        named(&self.inputs) || named(&self.lists) || named(&self.silent) || self.defaults.contains_key(name)
    }
}

/// A module as the blueprint writes it.
#[derive(Debug)]
pub(super) struct Module {
    pub id: String,
    pub source: String,
    /// Pointer to it.
    pub at: String,
    pub settings: Map<String, Json>,
    pub uses: Vec<String>,
    pub known: Option<&'static Entry>,
    pub state: State,
}

/// How far a module is.
#[derive(Debug)]
pub(super) enum State {
    Written,
    /// Its settings are being computed: whoever asks for its outputs now is part of a circle.
    Asked,
    /// Its outputs, as a map; unknown where the module is not understood.
    Made(Value),
}

/// A value, and where the blueprint says it.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub value: Value,
    pub at: String,
}

/// The settings of a module, all that there are.
#[derive(Debug)]
pub(super) struct Settings {
    pub id: String,
    pub at: String,
    pub entry: &'static Entry,
    values: BTreeMap<String, Setting>,
}

impl Settings {
    pub fn get(&self, name: &str) -> Setting {
        let missing = || Setting { value: Value::Null, at: self.at.clone() };
        self.values.get(name).cloned().unwrap_or_else(missing)
    }

    pub fn value(&self, name: &str) -> Value {
        self.get(name).value
    }

    pub fn at(&self, name: &str) -> String {
        self.get(name).at
    }

    /// The same module with other settings: how one module makes several of another.
    pub fn with<const N: usize>(&self, entry: &'static Entry, others: [(&str, Setting); N]) -> Self {
        let mut values = self.values.clone();
        for (name, default) in &entry.defaults {
            let setting = || Setting { value: Value::of_json(default), at: self.at.clone() };
            values.entry(name.clone()).or_insert_with(setting);
        }
        values.extend(others.into_iter().map(|(name, setting)| (name.to_owned(), setting)));
        Self { id: self.id.clone(), at: self.at.clone(), entry, values }
    }
}

impl Reading<'_> {
    /// Makes what a module makes, unless that was done or is being done.
    pub(super) fn expand(&mut self, place: usize) {
        let module = &mut self.modules[place];
        if !matches!(module.state, State::Written) {
            return;
        }
        module.state = State::Asked;
        let settings = self.settings(place);
        let outputs = match settings {
            Some(settings) => match settings.entry.makes {
                Some(Makes::Network) => self.vpc(&settings),
                Some(Makes::Networks) => self.multivpc(&settings),
                Some(Makes::RdmaNetwork) => self.rdma_vpc(&settings),
                Some(Makes::ExistingNetwork) => self.existing_vpc(&settings),
                Some(Makes::Instances) => self.instances(&settings),
                None => Value::Unknown,
            },
            None => Value::Unknown,
        };
        self.modules[place].state = State::Made(outputs);
    }

    /// All settings of a module; `None` where nothing is known of it. Its own are evaluated in any case, for what is wrong
    /// with them is wrong whoever reads them.
    fn settings(&mut self, place: usize) -> Option<Settings> {
        let module = &self.modules[place];
        // What has no place of its own stands where the module is named.
        let named_at = format!("{}/id", module.at);
        let (id, at, uses, known) = (module.id.clone(), module.at.clone(), module.uses.clone(), module.known);
        let source = module.source.clone();
        let mut values = BTreeMap::new();
        for (name, json) in module.settings.clone() {
            let at = format!("{at}{}", crate::expand::pointer(&["settings", &name]));
            let value = self.value(&at, &json);
            if known.is_some_and(|entry| entry.makes.is_some() && !entry.has_input(&name)) {
                self.not_understood(format!("blueprint setting {name} of {source}"));
            }
            values.insert(name, Setting { value, at });
        }
        let entry = known.filter(|entry| entry.makes.is_some())?;
        self.wire(&mut values, entry, &uses, &at);
        let globals = entry.inputs.iter().chain(&entry.lists).chain(entry.defaults.keys());
        for name in globals {
            if !values.contains_key(name) && self.variables.contains_key(name) {
                let at = crate::expand::pointer(&["vars", name]);
                let value = self.variable(name).unwrap_or(Value::Unknown);
                values.insert(name.clone(), Setting { value, at });
            }
        }
        for (name, default) in &entry.defaults {
            let setting = || Setting { value: Value::of_json(default), at: named_at.clone() };
            values.entry(name.clone()).or_insert_with(setting);
        }
        Some(Settings { id, at: named_at, entry, values })
    }

    /// Fills settings with the outputs of the same name that used modules have: the first wins, and lists are joined. What
    /// the module says itself stays. An output of a module that is not understood is unknown.
    fn wire(&mut self, values: &mut BTreeMap<String, Setting>, entry: &Entry, uses: &[String], at: &str) {
        let mut wired: BTreeMap<&String, Setting> = BTreeMap::new();
        for (place, used) in uses.iter().enumerate() {
            let Some(index) = self.ids.get(used).copied() else { continue };
            let known = self.modules[index].known;
            let at = format!("{at}/use/{place}");
            for name in entry.inputs.iter().chain(&entry.lists).filter(|name| !values.contains_key(*name)) {
                let is_list = entry.lists.contains(name);
                let gives = known.map_or(&entry.wired, |known| &known.outputs).contains(name);
                if !gives || (wired.contains_key(name) && !is_list) {
                    continue;
                }
                let value = self.output(used, name).unwrap_or_else(|fault| {
                    self.fault(&at, fault);
                    Value::Unknown
                });
                let joined = match (wired.remove(name).map(|setting| setting.value), value) {
                    (None, value) => value,
                    (Some(Value::List(mut first)), Value::List(more)) => {
                        first.extend(more);
                        Value::List(first)
                    }
                    _ => Value::Unknown,
                };
                wired.insert(name, Setting { value: joined, at: at.clone() });
            }
        }
        values.extend(wired.into_iter().map(|(name, setting)| (name.clone(), setting)));
    }

    /// Lists the keys of a part of a setting that are not read.
    pub(super) fn only_parts(&mut self, settings: &Settings, setting: &str, value: &Value) {
        let known = settings.entry.parts.get(setting).map(Vec::as_slice).unwrap_or_default();
        if let Value::Map(fields) = value {
            let foreign = fields.keys().filter(|key| *key != super::value::OTHERS && !known.contains(key));
            let foreign: Vec<String> = foreign.cloned().collect();
            for key in foreign {
                self.not_understood(format!("blueprint setting {setting}/{key} of {}", settings.entry.source));
            }
        }
    }

    /// `projects/ID`; the unknown project where the blueprint leaves it open.
    pub(super) fn project(&mut self, setting: &Setting) -> String {
        match &setting.value {
            Value::Unknown | Value::Null => {}
            Value::Text(id) if id.contains(UNKNOWN_NAME) => {}
            Value::Text(id) if !id.is_empty() && !id.contains(['/', ' ']) => return format!("projects/{id}"),
            other => {
                let message = format!(
                    "{} is no project's id",
                    other.to_text().map_or(other.kind().into(), |id| format!("`{id}`"))
                );
                self.error(&setting.at, message, None);
            }
        }
        format!("projects/{UNKNOWN_PLACE}")
    }

    /// A name that a resource can have; one in parentheses where the blueprint leaves it open.
    pub(super) fn name(&mut self, value: &Value, at: &str, stand_in: &str) -> String {
        let unknown = || format!("{UNKNOWN_NAME} name of {stand_in})");
        match value {
            Value::Text(name) if is_resource_name(name) => name.clone(),
            value if value.is_open() || *value == Value::Null => unknown(),
            other => {
                let shown = other.to_text().unwrap_or_else(|| other.kind().to_owned());
                let hint = "lower-case letters, digits and hyphens, beginning with a letter".to_owned();
                self.error(at, format!("`{shown}` is no name that a resource can have"), Some(hint));
                unknown()
            }
        }
    }

    /// A region or a zone, as it stands in names.
    pub(super) fn location(&mut self, setting: &Setting) -> String {
        match &setting.value {
            Value::Text(name) if is_resource_name(name) => name.clone(),
            value if value.is_open() || *value == Value::Null => UNKNOWN_PLACE.to_owned(),
            other => {
                let shown = other.to_text().unwrap_or_else(|| other.kind().to_owned());
                self.error(&setting.at, format!("`{shown}` is no region or zone"), None);
                UNKNOWN_PLACE.to_owned()
            }
        }
    }

    /// A flag of a setting; `None` where it is not known.
    pub(super) fn flag(&mut self, settings: &Settings, name: &str) -> Option<bool> {
        let Setting { value, at } = settings.get(name);
        if value.is_open() {
            return None;
        }
        let flag = value.as_flag();
        if flag.is_none() && value != Value::Null {
            self.error(&at, format!("`{name}` is {}, not a flag", value.kind()), None);
        }
        Some(flag.unwrap_or(false))
    }

    /// The elements of a list; `None` where it is not known.
    pub(super) fn list(&mut self, settings: &Settings, name: &str) -> Option<Vec<Value>> {
        let Setting { value, at } = settings.get(name);
        match value {
            Value::List(items) => Some(items),
            Value::Null => Some(Vec::new()),
            Value::Unknown => None,
            other => {
                self.error(&at, format!("`{name}` is {}, not a list", other.kind()), None);
                None
            }
        }
    }

    /// Adds a resource whose body is written as a value, with what is not known in its place.
    pub(super) fn push(&mut self, kind: Kind, name: String, body: &Value, at: &str, fields: Vec<(String, String)>) {
        if self.found.resources.len() >= MAX_RESOURCES {
            let fault = Fault::too_much(format!("the blueprint makes more than {MAX_RESOURCES} resources"));
            self.fault(at, fault);
            return;
        }
        let mut unknown = Unknown::default();
        let Some(Json::Object(body)) = api(body, "", &mut unknown) else { unreachable!("bodies are written as maps") };
        let anchor = Anchor::Model { pointer: at.to_owned(), fields: Arc::from(fields) };
        let mut resource = Resource::new(kind, name, body, self.source, anchor);
        resource.unknown = unknown;
        self.found.resources.push(resource);
    }
}

/// A body as JSON: what is null is left out, and what is not known is noted by its pointer.
fn api(value: &Value, pointer: &str, unknown: &mut Unknown) -> Option<Json> {
    match value {
        Value::Map(fields) => {
            let mut map = Map::new();
            for (key, value) in fields {
                if let Some(json) = api(value, &format!("{pointer}/{key}"), unknown) {
                    map.insert(key.clone(), json);
                }
            }
            Some(Json::Object(map))
        }
        Value::List(items) if items.iter().all(|item| matches!(item, Value::Map(_) | Value::Unknown)) => {
            let element = |(place, item)| {
                api(item, &format!("{pointer}/{place}"), unknown).unwrap_or_else(|| Json::Object(Map::new()))
            };
            Some(Json::Array(items.iter().enumerate().map(element).collect()))
        }
        Value::Null => None,
        // Names of resources may lead through the unknown project; any other text that names it is as little known.
        Value::Text(text) if text.contains('/') => Some(Json::String(text.clone())),
        open if open.is_open() => {
            unknown.insert(pointer, Lack::NotInInput);
            None
        }
        known => known.to_json(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_where_it_was_read() {
        assert!(TABLE.iter().any(|entry| entry.makes.is_some()));
        for entry in TABLE.iter() {
            assert!(!entry.read.is_empty(), "{}", entry.source);
        }
    }

    #[test]
    fn sources_of_the_toolkit_are_known_wherever_they_stand() {
        for source in [
            "modules/network/vpc",
            "github.com/GoogleCloudPlatform/cluster-toolkit//modules/network/vpc?ref=v1.50.0&depth=1",
            "git::github.com/GoogleCloudPlatform/hpc-toolkit.git//modules/network/vpc",
        ] {
            assert_eq!(find(source).map(|entry| entry.source.as_str()), Some("modules/network/vpc"), "{source}");
        }
        for other in ["./modules/network/vpc", "github.com/somebody/cluster-toolkit//modules/network/vpc", "", "//"] {
            assert!(find(other).is_none(), "{other}");
        }
    }
}
