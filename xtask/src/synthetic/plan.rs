//! A Terraform plan of a storage farm as `terraform show -json` prints it (format 1.2), as large as wanted. The farm is
//! made of cells: a project each with two rails, storage nodes with two NICs, gateways behind a load balancer. Every tenth cell
//! exists already, and some of its nodes are changed or replaced. In the others, links between resources are known
//! only after apply, and stand in the configuration. Written as a stream: memory holds one resource.
//!
//! Not here: a configuration's text; this plan was never made by Terraform.

use std::io::{self, Write};

use clap::Args;
use serde_json::{Map, Value, json};

mod cell;
mod configuration;

/// Storage nodes of a cell, with a reserved address each: a project reserves some hundred.
const NODES_OF_CELL: usize = 128;

/// A cell in so many exists before the plan.
const EXISTING: usize = 10;

const PROVIDER: &str = "registry.terraform.io/hashicorp/google";
const VERSION: &str = "1.11.4";

/// What is done to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Create,
    Keep,
    Update,
    Replace,
}

/// A resource before it is a part of a plan.
#[derive(Debug)]
struct Resource {
    module: String,
    kind: &'static str,
    name: &'static str,
    key: Option<String>,
    schema_version: u64,
    /// What the configuration says and the provider fills in.
    values: Value,
    /// What the platform answers: known only after apply, if the resource is new.
    answers: Value,
    /// In a resource that is changed: the values that were others before.
    old: Value,
    sensitive: Value,
    action: Action,
}

/// How large the plan is to be.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = false)]
pub struct Wanted {
    /// Millions of bytes, roughly.
    #[arg(long)]
    pub megabytes: Option<f64>,
    /// Storage nodes: instances with two NICs each.
    #[arg(long)]
    pub instances: Option<usize>,
}

/// Prints the plan that is wanted.
pub fn print(wanted: &Wanted) -> Result<(), String> {
    let nodes = wanted.instances.unwrap_or_else(|| nodes_of(wanted.megabytes.unwrap_or_default()));
    let mut out = io::BufWriter::new(io::stdout().lock());
    write(&mut out, nodes.max(1)).and_then(|()| out.flush()).map_err(|error| format!("standard output: {error}"))
}

/// How many nodes make a plan of so many megabytes (a million bytes each), of a terabyte at most.
pub fn nodes_of(megabytes: f64) -> usize {
    let first = size(NODES_OF_CELL);
    let next = size(2 * NODES_OF_CELL) - first;
    let mut left = megabytes.clamp(0.0, 1e6) * 1e6;
    for number in 0.. {
        let cell = if usize::is_multiple_of(number, EXISTING) { first } else { next };
        if left < cell || left.is_nan() {
            let part =
                (1..NODES_OF_CELL).take_while(|nodes| cell * *nodes as f64 <= left * NODES_OF_CELL as f64).count();
            return (number * NODES_OF_CELL + part).max(1);
        }
        left -= cell;
    }
    unreachable!("a cell has bytes")
}

fn size(nodes: usize) -> f64 {
    struct Count(usize);
    impl Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    write(&mut count, nodes).expect("counting does not fail");
    count.0 as f64
}

/// Writes the plan of a farm of so many storage nodes.
pub fn write(out: &mut impl Write, nodes: usize) -> io::Result<()> {
    let cells = nodes.div_ceil(NODES_OF_CELL);
    let cell = |number: usize| cell::cell(number, NODES_OF_CELL.min(nodes - number * NODES_OF_CELL));
    write!(out, "{{\"format_version\":\"1.2\",\"terraform_version\":\"{VERSION}\"")?;
    write!(out, ",\"variables\":{}", configuration::variables(nodes))?;
    write!(
        out,
        ",\"planned_values\":{{\"outputs\":{{\"vips\":{{\"sensitive\":false}}}},\"root_module\":{{\"child_modules\":["
    )?;
    each(out, 0..cells, |out, number| modules(out, &cell(number), Resource::planned))?;
    write!(out, "]}}}},\"resource_changes\":[")?;
    each(out, (0..cells).flat_map(cell), |out, resource| write!(out, "{}", resource.change()))?;
    let vips = json!({ "actions": ["update"], "before": {}, "after_unknown": true, "before_sensitive": false, "after_sensitive": false });
    write!(out, "],\"output_changes\":{{\"vips\":{vips}}}")?;
    write!(out, ",\"prior_state\":{{\"format_version\":\"1.0\",\"terraform_version\":\"{VERSION}\",\"values\":")?;
    write!(out, "{{\"root_module\":{{\"resources\":[{}],\"child_modules\":[", cell::image())?;
    each(out, (0..cells).step_by(EXISTING), |out, number| modules(out, &cell(number), Resource::prior))?;
    write!(out, "]}}}}}},\"configuration\":{}", configuration::configuration())?;
    write!(out, ",\"relevant_attributes\":{}", configuration::relevant(cells))?;
    writeln!(out, ",\"timestamp\":\"2026-11-22T08:00:00Z\",\"applyable\":true,\"complete\":true,\"errored\":false}}")
}

/// Writes items with commas between them.
fn each<W: Write, T>(
    out: &mut W,
    items: impl Iterator<Item = T>,
    mut item: impl FnMut(&mut W, T) -> io::Result<()>,
) -> io::Result<()> {
    for (number, one) in items.enumerate() {
        if number > 0 {
            out.write_all(b",")?;
        }
        item(out, one)?;
    }
    Ok(())
}

/// Writes a cell's module with the modules in it; its resources are in the order of their modules.
fn modules(out: &mut impl Write, resources: &[Resource], print: impl Fn(&Resource) -> Value) -> io::Result<()> {
    let module = resources[0].module.rsplit_once(".module.").map_or("", |(cell, _)| cell);
    write!(out, "{{\"address\":{},\"child_modules\":[", json!(module))?;
    each(out, resources.chunk_by(|a, b| a.module == b.module), |out, group| {
        write!(out, "{{\"address\":{},\"resources\":[", json!(group[0].module))?;
        each(out, group.iter(), |out, resource| write!(out, "{}", print(resource)))?;
        write!(out, "]}}")
    })?;
    write!(out, "]}}")
}

impl Resource {
    fn address(&self) -> String {
        let key = self.key.as_ref().map(|key| format!("[{}]", json!(key))).unwrap_or_default();
        format!("{}.{}.{}{key}", self.module, self.kind, self.name)
    }

    /// What every place that names the resource says of it.
    fn named(&self) -> Map<String, Value> {
        let mut named = Map::new();
        named.insert("address".to_owned(), self.address().into());
        named.insert("mode".to_owned(), "managed".into());
        named.insert("type".to_owned(), self.kind.into());
        named.insert("name".to_owned(), self.name.into());
        if let Some(key) = &self.key {
            named.insert("index".to_owned(), key.as_str().into());
        }
        named.insert("provider_name".to_owned(), PROVIDER.into());
        named
    }

    fn with_values(&self, values: Value) -> Value {
        let mut resource = self.named();
        resource.insert("schema_version".to_owned(), self.schema_version.into());
        resource.insert("values".to_owned(), values);
        resource.insert("sensitive_values".to_owned(), self.sensitivity());
        Value::Object(resource)
    }

    /// As under `planned_values`.
    fn planned(&self) -> Value {
        self.with_values(self.after())
    }

    /// As under `prior_state`.
    fn prior(&self) -> Value {
        self.with_values(self.before())
    }

    /// As under `resource_changes`.
    fn change(&self) -> Value {
        let actions: &[&str] = match self.action {
            Action::Create => &["create"],
            Action::Keep => &["no-op"],
            Action::Update => &["update"],
            Action::Replace => &["delete", "create"],
        };
        let before_sensitive = if self.action == Action::Create { json!(false) } else { self.sensitivity() };
        let mut change = json!({ "actions": actions, "before": self.before(), "after": self.after(),
            "after_unknown": self.unknown(), "before_sensitive": before_sensitive, "after_sensitive": self.sensitivity() });
        let mut resource = self.named();
        resource.insert("module_address".to_owned(), self.module.as_str().into());
        if self.action == Action::Replace {
            change["replace_paths"] = json!([["boot_disk", 0, "initialize_params", 0, "image"]]);
            resource.insert("action_reason".to_owned(), "replace_because_cannot_update".into());
        }
        resource.insert("change".to_owned(), change);
        Value::Object(resource)
    }

    fn before(&self) -> Value {
        match self.action {
            Action::Create => Value::Null,
            _ => merged(&merged(&self.values, &self.answers), &self.old),
        }
    }

    fn after(&self) -> Value {
        match self.action {
            Action::Create | Action::Replace => self.values.clone(),
            Action::Keep | Action::Update => merged(&self.values, &self.answers),
        }
    }

    fn unknown(&self) -> Value {
        match self.action {
            Action::Create | Action::Replace => merged(&mirror(&self.values), &unknown(&self.values, &self.answers)),
            Action::Keep | Action::Update => mirror(&merged(&self.values, &self.answers)),
        }
    }

    fn sensitivity(&self) -> Value {
        merged(&mirror(&merged(&self.values, &self.answers)), &self.sensitive)
    }
}

/// A value with another laid over it: objects by key, lists by place.
fn merged(below: &Value, above: &Value) -> Value {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            let mut both = below.clone();
            for (key, value) in above {
                let under = both.get(key).unwrap_or(&Value::Null);
                let value = merged(under, value);
                both.insert(key.clone(), value);
            }
            Value::Object(both)
        }
        (Value::Array(below), Value::Array(above)) if below.len() == above.len() => {
            below.iter().zip(above).map(|(below, above)| merged(below, above)).collect()
        }
        _ => above.clone(),
    }
}

/// Only the lists and objects of a value, as Terraform says beside values which of them are special: here, none.
fn mirror(value: &Value) -> Value {
    match value {
        Value::Object(entries) => {
            let nested = entries.iter().filter(|(_, value)| value.is_object() || value.is_array());
            nested.map(|(key, value)| (key.clone(), mirror(value))).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.iter().map(mirror).collect(),
        _ => false.into(),
    }
}

/// `true` for each part that is only in the answers.
fn unknown(values: &Value, answers: &Value) -> Value {
    match (values, answers) {
        (Value::Object(values), Value::Object(answers)) => {
            let parts = answers.iter();
            let parts =
                parts.map(|(key, answer)| (key.clone(), unknown(values.get(key).unwrap_or(&Value::Null), answer)));
            parts.collect::<Map<_, _>>().into()
        }
        (Value::Array(values), Value::Array(answers)) if values.len() == answers.len() => {
            values.iter().zip(answers).map(|(value, answer)| unknown(value, answer)).collect()
        }
        _ => true.into(),
    }
}

#[cfg(test)]
mod tests;
