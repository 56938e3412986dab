//! How the pages of rules describe a mistake: a model file changed by a JSON merge patch (RFC 7396) that is written as YAML, or the steps of a Terraform plan,
//! also written as YAML. Comments are lost.

use serde_json::{Map, Value, json};

use crate::read::InputError;
use crate::tree;

/// Makes the JSON of a Terraform plan from a list of steps, each with `address`, `actions`, and `before` or `after` or both.
pub fn plan(steps: &str) -> Result<String, InputError> {
    let Value::Array(steps) = parse("the steps", steps)? else {
        let message = "a plan is a list of steps".to_owned();
        return Err(InputError { path: "the steps".to_owned(), at: None, message, hint: None });
    };
    let change = |step: &Value| {
        let address = step["address"].as_str().unwrap_or_default();
        let mut labels = address.rsplit('.');
        let (name, of) = (labels.next().unwrap_or_default(), labels.next().unwrap_or_default());
        let name = name.split('[').next().unwrap_or_default();
        json!({
            "address": address,
            "mode": "managed",
            "type": of,
            "name": name,
            "change": { "actions": step["actions"], "before": step["before"], "after": step["after"], "after_unknown": {} },
        })
    };
    let changes: Vec<Value> = steps.iter().map(change).collect();
    let plan = json!({ "format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": changes });
    Ok(format!("{plan:#}\n"))
}

fn parse(path: &str, text: &str) -> Result<Value, InputError> {
    tree::parse(text).map(|tree| tree.to_json()).map_err(|error| InputError {
        path: path.to_owned(),
        at: Some(error.at..error.at),
        message: format!("not valid YAML: {}", error.message),
        hint: Some(error.hint),
    })
}

/// Applies a patch to a model file and writes the result as YAML.
pub fn patch(model: &str, patch: &str) -> Result<String, InputError> {
    let mut value = parse("the model", model)?;
    merge(&mut value, parse("the patch", patch)?);
    serde_saphyr::to_string(&value).map_err(|error| InputError {
        path: "the patched model".to_owned(),
        at: None,
        message: error.to_string(),
        hint: None,
    })
}

/// Maps merge, null removes, all else replaces.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(changes) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(fields) = target else { unreachable!("made an object above") };
    for (key, change) in changes {
        if change.is_null() {
            fields.remove(&key);
        } else {
            merge(fields.entry(key).or_insert(Value::Null), change);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_examples_of_the_standard() {
        for (target, change, expected) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            let mut result = target.clone();
            merge(&mut result, change);
            assert_eq!(result, expected, "{target}");
        }
    }
}
