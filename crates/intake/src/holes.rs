//! A way in for tests: resources are changed after they were merged and before they are lowered, so that any value of any input can be made unknown, and any
//! resource a stranger. Not here: what is unknown in real inputs, which their readers say.

use serde_json::{Map, Value};
use twinrail_facts::Date;

use crate::merge::RawConflict;
use crate::read::{Input, InputError, Loaded, read_into};
use crate::resource::{Lack, Resource};

/// What becomes of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Keep,
    /// It is described nowhere: what names it leads out of the input.
    Drop,
    /// The values at these JSON pointers are known only after apply.
    Punch(Vec<String>),
}

/// Reads like [`read`](crate::read) and asks of each resource, by kind, canonical name and body, what becomes of it.
pub fn read_changed(
    inputs: Vec<Input>,
    today: Date,
    mut change: impl FnMut(&'static str, &str, &Map<String, Value>) -> Change,
) -> Result<Loaded, Vec<InputError>> {
    let mut loaded = Loaded::default();
    read_into(&mut loaded, inputs, today, |(resources, conflicts)| {
        let mut kept: Vec<Resource> = Vec::with_capacity(resources.len());
        for mut resource in resources {
            match change(resource.kind.word(), &resource.name, &resource.body) {
                Change::Keep => kept.push(resource),
                Change::Drop => {}
                Change::Punch(pointers) => {
                    for pointer in pointers {
                        punch(&mut resource, pointer);
                    }
                    kept.push(resource);
                }
            }
        }
        // Conflicts name resources by their places.
        let conflicts: Vec<RawConflict> =
            if conflicts.iter().any(|conflict| conflict.resource >= kept.len()) { Vec::new() } else { conflicts };
        (kept, conflicts)
    })?;
    Ok(loaded)
}

/// Takes a value out of a body and says that it is known only after apply; in a list its place stays.
fn punch(resource: &mut Resource, pointer: String) {
    if let Some((parent, key)) = pointer.rsplit_once('/') {
        let key = key.replace("~1", "/").replace("~0", "~");
        let parent = if parent.is_empty() {
            Some(&mut resource.body)
        } else {
            {
                let mut steps = parent[1..].split('/').map(|step| step.replace("~1", "/").replace("~0", "~"));
                let first = steps.next().and_then(|step| resource.body.get_mut(&step));
                let found = steps.try_fold(first, |value, step| match value {
                    Some(Value::Object(map)) => Some(map.get_mut(&step)),
                    Some(Value::Array(items)) => {
                        Some(step.parse::<usize>().ok().and_then(|place| items.get_mut(place)))
                    }
                    _ => None,
                });
                match found.flatten() {
                    Some(Value::Object(map)) => Some(map),
                    Some(Value::Array(items)) => {
                        if let Some(item) = key.parse::<usize>().ok().and_then(|place| items.get_mut(place)) {
                            *item = Value::Null;
                        }
                        None
                    }
                    _ => None,
                }
            }
        };
        if let Some(map) = parent {
            map.remove(&key);
        }
    }
    resource.unknown.insert(pointer, Lack::AfterApply);
}
