//! The model file's JSON Schema, derived from the types, and the check that finds every error of a file at once by it.

use std::sync::OnceLock;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::read::InputError;
use crate::spec::{Model, check_format};
use crate::tree::Node;

/// The JSON Schema of the model file, for editors.
pub fn model_schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| schemars::schema_for!(Model).to_value())
}

fn validator() -> &'static Validator {
    static VALIDATOR: OnceLock<Validator> = OnceLock::new();
    VALIDATOR.get_or_init(|| {
        let mut options = jsonschema::options().should_validate_formats(true);
        for format in crate::spec::FORMATS {
            options = options.with_format(*format, |text: &str| check_format(format, text).is_ok());
        }
        options.build(model_schema()).expect("the schema that the types give is valid")
    })
}

/// Every error of a model file against its schema.
pub(crate) fn check(json: &Value, tree: &Node, path: &str) -> Result<(), Vec<InputError>> {
    let mut errors = Vec::new();
    for error in validator().iter_errors(json) {
        collect(&error, json, tree, path, &mut errors);
    }
    errors.sort_by_key(|error| error.at.as_ref().map(|at| at.start));
    errors.dedup();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn collect(error: &ValidationError<'_>, json: &Value, tree: &Node, path: &str, errors: &mut Vec<InputError>) {
    let pointer = error.instance_path().as_str().to_owned();
    let at = Some(tree.locate(&pointer));
    let mut push = |at, message: String, hint| errors.push(InputError { path: path.to_owned(), at, message, hint });
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let allowed = properties(error, json, &pointer);
            for key in unexpected {
                let hint = nearest(key, &allowed).map(|near| format!("did you mean `{near}`?"));
                let hint = hint.or_else(|| (!allowed.is_empty()).then(|| format!("known here: {}", allowed.join(", "))));
                push(Some(tree.locate_key(&pointer, key)), format!("unknown field `{key}` in {}", place(&pointer)), hint);
            }
        }
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            push(at, format!("{} has no `{name}`", place(&pointer)), None);
        }
        ValidationErrorKind::Enum { options } => {
            let words: Vec<String> = options.as_array().into_iter().flatten().filter_map(|word| Some(word.as_str()?.to_owned())).collect();
            let given = error.instance().as_str().unwrap_or_default();
            let hint = nearest(given, &words).map(|near| format!("did you mean `{near}`?"));
            push(at, format!("{} is {}, not one of {}", place(&pointer), error.instance(), words.join(", ")), hint);
        }
        ValidationErrorKind::Format { format } => {
            let given = error.instance().as_str().unwrap_or_default();
            let message = check_format(format, given).err().unwrap_or_else(|| format!("`{given}` has not the form of a {format}"));
            push(at, format!("{}: {message}", place(&pointer)), None);
        }
        ValidationErrorKind::Type { kind } => {
            let wanted = match kind {
                TypeKind::Single(one) => one.to_string(),
                TypeKind::Multiple(many) => many.iter().map(|one| one.to_string()).collect::<Vec<_>>().join(" or "),
            };
            push(at, format!("{} is {}, not {}", place(&pointer), shape(error.instance()), article(&wanted)), None);
        }
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            // The alternative whose errors lie deepest is the one that was meant.
            let depth = |errors: &Vec<ValidationError<'_>>| {
                let deepest = errors.iter().map(|error| error.instance_path().as_str().matches('/').count()).max();
                (deepest, std::cmp::Reverse(errors.iter().filter(|error| matches!(error.kind(), ValidationErrorKind::Type { .. })).count()))
            };
            match context.iter().max_by_key(|errors| depth(errors)) {
                Some(meant) if !meant.is_empty() => meant.iter().for_each(|error| collect(error, json, tree, path, errors)),
                _ => push(at, format!("{} is of none of the forms that fit here", place(&pointer)), None),
            }
        }
        _ => push(at, format!("{}: {error}", place(&pointer)), None),
    }
}

/// The fields that the schema allows where a field too many stands.
fn properties(error: &ValidationError<'_>, _json: &Value, _pointer: &str) -> Vec<String> {
    let mut at = error.schema_path().as_str().split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~"));
    let mut schema = model_schema();
    let mut parts: Vec<String> = at.by_ref().collect();
    parts.pop();
    for part in parts {
        if part == "$ref" {
            let target = schema.get("$ref").and_then(Value::as_str).and_then(|target| model_schema().pointer(target.trim_start_matches('#')));
            match target {
                Some(target) => schema = target,
                None => return Vec::new(),
            }
            continue;
        }
        let next = match schema {
            Value::Array(items) => part.parse().ok().and_then(|place: usize| items.get(place)),
            other => other.get(&part),
        };
        match next {
            Some(next) => schema = next,
            None => return Vec::new(),
        }
    }
    schema.get("properties").and_then(Value::as_object).map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
}

fn nearest(word: &str, words: &[String]) -> Option<String> {
    words
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min()
        .map(|(_, candidate)| candidate.clone())
}

/// A pointer as people write it: `clusters.vault.nics[0]`.
fn place(pointer: &str) -> String {
    let mut text = String::new();
    for part in pointer.split('/').skip(1) {
        if part.bytes().all(|b| b.is_ascii_digit()) && !part.is_empty() {
            text.push('[');
            text.push_str(part);
            text.push(']');
        } else {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(&part.replace("~1", "/").replace("~0", "~"));
        }
    }
    if text.is_empty() { "the file".to_owned() } else { format!("`{text}`") }
}

fn shape(value: &Value) -> String {
    match value {
        Value::Null => "empty".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
        plain => format!("`{plain}`"),
    }
}

fn article(kind: &str) -> String {
    match kind {
        "object" => "a map".to_owned(),
        "array" => "a list".to_owned(),
        "integer" => "a whole number".to_owned(),
        "boolean" => "true or false".to_owned(),
        other => format!("a {other}"),
    }
}
