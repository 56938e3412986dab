//! Cluster Toolkit blueprints: modules and their settings become the resources that the modules make. What the blueprint
//! leaves open stays unknown: a project that is still to be filled in, an output of a module that is not understood, and
//! whatever is computed from these.
//!
//! The grammar is here; texts with `$(…)` are evaluated in `expression`, a module's settings come together in `module`, and
//! `network` and `instance` say what modules make. What modules have as defaults is data, in `blueprint/modules.toml`.
//! Not here: packages of Packer, backends and providers of Terraform, and everything that is on a machine.

mod expression;
mod function;
mod instance;
mod module;
mod network;
mod value;

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::document::Found;
use crate::origins::SourceId;
use crate::read::InputError;
use crate::resource::UNKNOWN_PLACE;
use crate::tree::Node;
use module::{Module, State};
use value::{OTHERS, Value};

/// A YAML tree and the path that it came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'t> {
    pub tree: &'t Node,
    pub path: &'t str,
}

/// Whether a tree is a deployment file: values for the variables of a blueprint beside it.
pub(crate) fn is_deployment(keys: &[&str]) -> bool {
    keys.contains(&"vars") && keys.iter().all(|key| DEPLOYMENT.contains(key))
}

/// The resources of a blueprint, with the variables as a deployment file sets them; every error at once.
pub(crate) fn read(text: Text<'_>, source: SourceId, deployment: Option<Text<'_>>) -> Result<Found, Vec<InputError>> {
    let mut reading = Reading {
        text,
        source,
        deployment,
        variables: BTreeMap::new(),
        modules: Vec::new(),
        ids: BTreeMap::new(),
        found: Found::default(),
        errors: Vec::new(),
        depth: 0,
        work: 0,
    };
    reading.blueprint(&text.tree.to_json());
    let names: Vec<String> = reading.variables.keys().cloned().collect();
    for name in names {
        // Its own faults were reported; none is left for whoever only asks.
        let _: Result<Value, Fault> = reading.variable(&name);
    }
    for place in 0..reading.modules.len() {
        reading.expand(place);
    }
    let Reading { found, mut errors, .. } = reading;
    if errors.is_empty() {
        return Ok(found);
    }
    errors.sort_by_key(|error| error.at.as_ref().map(|at| at.start));
    errors.dedup();
    Err(errors)
}

const TOP: &[&str] = &[
    "blueprint_name",
    "vars",
    "deployment_groups",
    "validators",
    "validation_level",
    "terraform_backend_defaults",
    "terraform_providers",
    "toolkit_modules_url",
    "toolkit_modules_version",
    "ghpc_version",
];
const DEPLOYMENT: &[&str] =
    &["vars", "terraform_backend_defaults", "terraform_providers", "validators", "validation_level"];
const GROUP: &[&str] = &["group", "modules", "terraform_backend", "terraform_providers", "kind"];
const MODULE: &[&str] = &["id", "source", "kind", "use", "settings", "outputs", "wrapsettingswith", "required_apis"];

/// Why an expression, or a module, gives no value.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    message: String,
    hint: Option<String>,
    /// A bound was reached: nothing may go on as if it were an ordinary mistake.
    is_final: bool,
}

impl Fault {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, is_final: false }
    }

    fn too_much(message: String) -> Self {
        let hint = "no real blueprint does: see whether it is the right file";
        Self { message, hint: Some(hint.to_owned()), is_final: true }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// A variable of `vars`.
#[derive(Debug)]
enum Variable {
    Written(Json),
    /// It is being computed: whoever asks for it now is part of a circle.
    Asked,
    Known(Value),
}

/// A blueprint that is being read.
struct Reading<'b> {
    text: Text<'b>,
    source: SourceId,
    deployment: Option<Text<'b>>,
    variables: BTreeMap<String, Variable>,
    modules: Vec<Module>,
    /// Places of modules by id.
    ids: BTreeMap<String, usize>,
    found: Found,
    errors: Vec<InputError>,
    /// How deep the expressions are that are being evaluated, and how much all have come to.
    depth: usize,
    work: usize,
}

impl Reading<'_> {
    fn error(&mut self, at: &str, message: impl Into<String>, hint: Option<String>) {
        let first = at.split('/').nth(2).unwrap_or_default();
        let overriding = self.deployment.filter(|deployment| {
            at.starts_with("/vars/") && deployment.tree.child("vars").is_some_and(|vars| vars.keys().contains(&first))
        });
        let Text { tree, path } = overriding.unwrap_or(self.text);
        let at = Some(tree.locate(at));
        self.errors.push(InputError { path: path.to_owned(), at, message: message.into(), hint });
    }

    fn fault(&mut self, at: &str, fault: Fault) {
        // Once a bound is reached, every further expression would say so.
        let said = |error: &InputError| fault.is_final && error.message == fault.message;
        if !self.errors.iter().any(said) {
            self.error(at, fault.message, fault.hint);
        }
    }

    fn not_understood(&mut self, what: String) {
        *self.found.unsupported.entry(what).or_default() += 1;
    }

    /// Lists the keys of a map that the grammar does not have.
    fn only(&mut self, map: &serde_json::Map<String, Json>, known: &[&str], of: &str) {
        for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
            self.not_understood(format!("blueprint key {of}{key}"));
        }
    }

    fn blueprint(&mut self, json: &Json) {
        let Json::Object(top) = json else { return };
        self.only(top, TOP, "");
        if !top.get("blueprint_name").is_some_and(Json::is_string) {
            self.error("/blueprint_name", "the blueprint's name is no text", None);
        }
        self.vars(top.get("vars"));
        if let Some(deployment) = self.deployment {
            let json = deployment.tree.to_json();
            self.vars(json.get("vars"));
        }
        match top.get("deployment_groups") {
            Some(Json::Array(groups)) => {
                for (place, group) in groups.iter().enumerate() {
                    self.group(&format!("/deployment_groups/{place}"), group);
                }
            }
            _ => self.error("/deployment_groups", "a blueprint without a list of `deployment_groups`", None),
        }
        self.check_uses();
    }

    fn vars(&mut self, vars: Option<&Json>) {
        match vars {
            None | Some(Json::Null) => {}
            Some(Json::Object(vars)) => {
                let written = vars.iter().map(|(name, json)| (name.clone(), Variable::Written(json.clone())));
                self.variables.extend(written);
            }
            Some(_) => self.error("/vars", "`vars` is no map of names to values", None),
        }
    }

    fn group(&mut self, at: &str, group: &Json) {
        let Json::Object(fields) = group else {
            self.error(at, "a deployment group is a map with `group` and `modules`", None);
            return;
        };
        self.only(fields, GROUP, "deployment_groups/");
        match fields.get("modules") {
            Some(Json::Array(modules)) => {
                for (place, module) in modules.iter().enumerate() {
                    self.module(format!("{at}/modules/{place}"), module);
                }
            }
            _ => self.error(at, "a deployment group without a list of `modules`", None),
        }
    }

    fn module(&mut self, at: String, module: &Json) {
        let Json::Object(fields) = module else {
            self.error(&at, "a module is a map with `id` and `source`", None);
            return;
        };
        self.only(fields, MODULE, "modules/");
        let (Some(Json::String(id)), Some(Json::String(source))) = (fields.get("id"), fields.get("source")) else {
            self.error(&at, "a module without the texts `id` and `source`", None);
            return;
        };
        let settings = match fields.get("settings") {
            None | Some(Json::Null) => serde_json::Map::new(),
            Some(Json::Object(settings)) => settings.clone(),
            Some(_) => {
                self.error(&format!("{at}/settings"), format!("the settings of `{id}` are no map"), None);
                return;
            }
        };
        let uses = match fields.get("use") {
            None | Some(Json::Null) => Some(Vec::new()),
            Some(Json::Array(uses)) => uses.iter().map(|id| id.as_str().map(ToOwned::to_owned)).collect(),
            Some(_) => None,
        };
        let Some(uses) = uses else {
            self.error(&format!("{at}/use"), format!("`use` of `{id}` is no list of modules"), None);
            return;
        };
        if self.ids.insert(id.clone(), self.modules.len()).is_some() {
            self.error(&format!("{at}/id"), format!("a second module is called `{id}`"), None);
        }
        let is_packer = fields.get("kind").and_then(Json::as_str) == Some("packer");
        let known = module::find(source).filter(|_| !is_packer);
        if known.is_none_or(|known| known.makes.is_none()) {
            self.not_understood(format!("blueprint module {source}"));
        }
        self.modules.push(Module {
            id: id.clone(),
            source: source.clone(),
            at,
            settings,
            uses,
            known,
            state: State::Written,
        });
    }

    /// Reports modules that use one that does not exist.
    fn check_uses(&mut self) {
        let mut missing = Vec::new();
        for module in &self.modules {
            for (place, id) in module.uses.iter().enumerate().filter(|(_, id)| !self.ids.contains_key(*id)) {
                missing.push((format!("{}/use/{place}", module.at), self.no_module(id)));
            }
        }
        for (at, fault) in missing {
            self.fault(&at, fault);
        }
    }

    fn no_module(&self, id: &str) -> Fault {
        let fault = Fault::new(format!("no module is called `{id}`"));
        let vars = "vars".to_owned();
        match nearest(id, self.ids.keys().chain([&vars])) {
            Some(near) => fault.hint(format!("did you mean `{near}`?")),
            None => fault.hint("names of modules are their `id`"),
        }
    }

    /// The value of a variable. One that is null is still to be filled in.
    fn variable(&mut self, name: &str) -> Result<Value, Fault> {
        let Some(variable) = self.variables.get_mut(name) else {
            if name == "labels" {
                // The toolkit adds these itself.
                return Ok(Value::map([(OTHERS, Value::Unknown)]));
            }
            let near = nearest(name, self.variables.keys());
            let fault = Fault::new(format!("no variable is called `{name}`"));
            let hint =
                near.map_or("variables are written below `vars`".to_owned(), |near| format!("did you mean `{near}`?"));
            return Err(fault.hint(hint));
        };
        let json = match std::mem::replace(variable, Variable::Asked) {
            Variable::Known(value) => {
                *variable = Variable::Known(value.clone());
                return Ok(value);
            }
            Variable::Asked => return Err(Fault::new(format!("the variable `{name}` leads back to itself"))),
            Variable::Written(json) => json,
        };
        let value = match (&json, name) {
            (Json::Null, "project_id") => Value::text(UNKNOWN_PLACE),
            (Json::Null, _) => Value::Unknown,
            (json, name) => self.value(&crate::expand::pointer(&["vars", name]), json),
        };
        self.variables.insert(name.to_owned(), Variable::Known(value.clone()));
        Ok(value)
    }

    /// An output of a module.
    fn output(&mut self, id: &str, name: &str) -> Result<Value, Fault> {
        let Some(place) = self.ids.get(id).copied() else { return Err(self.no_module(id)) };
        self.expand(place);
        let module = &self.modules[place];
        match &module.state {
            State::Made(Value::Unknown) => Ok(Value::Unknown),
            State::Made(outputs) => {
                if let Some(value) = outputs.attribute(name) {
                    return Ok(value);
                }
                let what = format!("blueprint output {name} of {}", module.source);
                self.not_understood(what);
                Ok(Value::Unknown)
            }
            State::Written | State::Asked => Err(Fault::new(format!("the module `{id}` leads back to itself"))),
        }
    }
}

/// The nearest of several names, if it is near.
fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n String>) -> Option<&'n String> {
    let near = known.map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate)).min()?;
    (near.0 <= 1 + near.1.len() / 3).then_some(near.1)
}
