//! The JSON that `terraform show -json` and `tofu show -json` write of a plan or a state: format versions 0 and 1. The values of resources stay text until they
//! are needed. Documented at <https://developer.hashicorp.com/terraform/internals/json-format>. Not here: what any of it means.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// A plan or a state; the two share their outermost object. Everything else in it says nothing about resources, or says it again.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Document<'t> {
    #[serde(borrow)]
    pub format_version: Option<&'t RawValue>,
    /// Of a plan.
    #[serde(borrow)]
    pub resource_changes: Option<Vec<Change<'t>>>,
    #[serde(borrow)]
    pub planned_values: Option<&'t RawValue>,
    #[serde(borrow)]
    pub prior_state: Option<State<'t>>,
    #[serde(borrow)]
    pub configuration: Option<&'t RawValue>,
    pub variables: BTreeMap<String, Variable>,
    #[serde(borrow)]
    pub deferred_changes: Vec<Deferred<'t>>,
    /// Only newer versions say it.
    pub complete: Option<bool>,
    pub errored: Option<bool>,
    /// Of a state.
    #[serde(borrow)]
    pub values: Option<Values<'t>>,
    /// Of a state as it is kept in a file or a bucket.
    pub lineage: Option<IgnoredAny>,
    pub serial: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
pub(super) struct State<'t> {
    #[serde(borrow, default)]
    pub values: Option<Values<'t>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Values<'t> {
    #[serde(borrow, default)]
    pub root_module: Option<ModuleValues<'t>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ModuleValues<'t> {
    #[serde(borrow, default)]
    pub resources: Vec<ResourceValues<'t>>,
    #[serde(borrow, default)]
    pub child_modules: Vec<ModuleValues<'t>>,
}

/// A resource of a state.
#[derive(Debug, Deserialize)]
pub(super) struct ResourceValues<'t> {
    #[serde(borrow)]
    pub address: Cow<'t, str>,
    #[serde(borrow)]
    pub mode: Cow<'t, str>,
    #[serde(borrow, rename = "type")]
    pub of: Cow<'t, str>,
    #[serde(borrow)]
    pub name: Cow<'t, str>,
    /// Set where the object is not the resource's current one: it has been replaced and not yet deleted.
    #[serde(borrow, default)]
    pub deposed_key: Cow<'t, str>,
    #[serde(borrow, default)]
    pub values: Option<&'t RawValue>,
    #[serde(borrow, default)]
    pub sensitive_values: Option<&'t RawValue>,
}

/// What a plan does with one object of a resource.
#[derive(Debug, Deserialize)]
pub(super) struct Change<'t> {
    #[serde(borrow)]
    pub address: Cow<'t, str>,
    #[serde(borrow, default)]
    pub previous_address: Cow<'t, str>,
    #[serde(borrow)]
    pub mode: Cow<'t, str>,
    #[serde(borrow, rename = "type")]
    pub of: Cow<'t, str>,
    #[serde(borrow)]
    pub name: Cow<'t, str>,
    #[serde(borrow, default)]
    pub deposed: Cow<'t, str>,
    #[serde(borrow)]
    pub change: Difference<'t>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Difference<'t> {
    pub actions: Vec<String>,
    #[serde(borrow, default)]
    pub before: Option<&'t RawValue>,
    #[serde(borrow, default)]
    pub after: Option<&'t RawValue>,
    #[serde(borrow, default)]
    pub after_unknown: Option<&'t RawValue>,
    #[serde(borrow, default)]
    pub before_sensitive: Option<&'t RawValue>,
    #[serde(borrow, default)]
    pub after_sensitive: Option<&'t RawValue>,
}

/// A change that waits for another plan.
#[derive(Debug, Deserialize)]
pub(super) struct Deferred<'t> {
    #[serde(borrow, default)]
    pub reason: Cow<'t, str>,
}

/// The value of a variable of the root module.
#[derive(Debug, Deserialize)]
pub(super) struct Variable {
    #[serde(default)]
    pub value: Value,
}

/// The configuration that a plan carries out. Expressions are not evaluated: each is a constant, or a list of what it refers to.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Configuration {
    #[serde(default)]
    pub provider_config: BTreeMap<String, Provider>,
    #[serde(default)]
    pub root_module: Module,
}

#[derive(Debug, Deserialize)]
pub(super) struct Provider {
    #[serde(default)]
    pub name: String,
    /// Empty for the root.
    #[serde(default)]
    pub module_address: String,
    #[serde(default)]
    pub expressions: BTreeMap<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Module {
    #[serde(default)]
    pub outputs: BTreeMap<String, Output>,
    /// By `TYPE.NAME`, or `data.TYPE.NAME`.
    #[serde(default, deserialize_with = "by_name")]
    pub resources: BTreeMap<String, Block>,
    #[serde(default)]
    pub module_calls: BTreeMap<String, Call>,
    #[serde(default)]
    pub variables: BTreeMap<String, Declared>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Output {
    #[serde(default)]
    pub expression: Value,
}

/// A variable as its module declares it.
#[derive(Debug, Deserialize)]
pub(super) struct Declared {
    pub default: Option<Value>,
}

/// A block of a resource or a data source.
#[derive(Debug, Deserialize)]
pub(super) struct Block {
    #[serde(default)]
    mode: String,
    #[serde(rename = "type")]
    of: String,
    name: String,
    #[serde(default)]
    pub provider_config_key: String,
    #[serde(default)]
    pub expressions: Value,
    #[serde(default)]
    pub for_each_expression: Value,
}

/// A block that calls a module.
#[derive(Debug, Deserialize)]
pub(super) struct Call {
    #[serde(default)]
    pub expressions: BTreeMap<String, Value>,
    #[serde(default)]
    pub for_each_expression: Value,
    #[serde(default)]
    pub module: Module,
}

/// `TYPE.NAME` as references spell it.
pub(super) fn block_name(mode: &str, of: &str, name: &str) -> String {
    if mode == "data" { format!("data.{of}.{name}") } else { format!("{of}.{name}") }
}

fn by_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Block>, D::Error> {
    let blocks = Vec::<Block>::deserialize(deserializer)?;
    Ok(blocks.into_iter().map(|block| (block_name(&block.mode, &block.of, &block.name), block)).collect())
}
